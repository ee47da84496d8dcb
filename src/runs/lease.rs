//! Who is training a run: an operating-system lock on a file of the run's folder. The system frees it
//! when the process ends, however it ends.

use std::fs::{File, TryLockError};
use std::path::Path;
use std::time::Duration;

use super::RunStoreError;
use crate::ids::RunId;
use crate::vault::files;

const FILE: &str = "lock";
/// Another process may hold the lock for a moment, to see whether the run is alive.
const TRIES: u32 = 10;
const BETWEEN_TRIES: Duration = Duration::from_millis(20);

/// The right to train one run, held until dropped or until the process ends. A lease dropped
/// without [`super::RunStore::end`] leaves an interrupted run.
#[derive(Debug)]
pub struct RunLease {
    id: RunId,
    /// Locked as long as it is open.
    _file: File,
}

impl RunLease {
    /// The run that may be trained.
    #[must_use]
    pub const fn id(&self) -> &RunId {
        &self.id
    }

    /// Takes the lease of a run whose folder is `folder`.
    pub(super) fn take(id: &RunId, folder: &Path) -> Result<Self, RunStoreError> {
        for _ in 0..TRIES {
            if let Some(lease) = Self::try_take(id, folder)? {
                return Ok(lease);
            }
            std::thread::sleep(BETWEEN_TRIES);
        }
        Err(RunStoreError::Busy(id.clone()))
    }

    /// Takes the lease unless somebody holds it.
    pub(super) fn try_take(id: &RunId, folder: &Path) -> Result<Option<Self>, RunStoreError> {
        let path = folder.join(FILE);
        let failed = |action| {
            let path = path.clone();
            move |source| RunStoreError::Io { action, source, path }
        };
        files::create_dir_all(folder).map_err(failed("cannot make the folder of the run"))?;
        let file = files::lock_file(&path).map_err(failed("cannot open the lock of the run"))?;
        match file.try_lock() {
            Ok(()) => Ok(Some(Self { id: id.clone(), _file: file })),
            Err(TryLockError::WouldBlock) => Ok(None),
            Err(TryLockError::Error(source)) => Err(failed("cannot lock the run")(source)),
        }
    }
}
