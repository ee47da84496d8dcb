//! Locking a project with a passphrase, and unlocking it: data, runs and all that they left.

use std::io;
use std::path::Path;

use super::database::{content_of, write_clear};
use super::lease::RunLease;
use super::store::{ARTEFACTS, DATABASE};
use super::{RunStore, RunStoreError};
use crate::control::Control;
use crate::dataset::project::{Project, ProjectError};
use crate::vault::{self, Converted, Locking, Passphrase, VaultError};

/// A project cannot be locked or unlocked; it is as it was.
#[derive(Debug, thiserror::Error)]
pub enum LockError {
    /// Its data cannot be read.
    #[error(transparent)]
    Project(#[from] ProjectError),
    /// Its runs cannot be read, or one of them is being trained.
    #[error(transparent)]
    Runs(#[from] RunStoreError),
    /// It cannot be encrypted or decrypted.
    #[error(transparent)]
    Vault(#[from] VaultError),
}

/// Encrypts a project with a passphrase; it stays open in this process.
///
/// # Errors
/// [`LockError`]; the project is as it was.
pub fn lock_project(
    folder: &Path,
    passphrase: &Passphrase,
    control: &Control,
) -> Result<Locking, LockError> {
    if vault::is_locked(folder) {
        return Err(VaultError::AlreadyLocked { folder: folder.to_owned() }.into());
    }
    let project = Project::look(folder)?;
    project.check_columns()?;
    let leases = leases(folder)?;
    let mut paths = project.data_folders();
    paths.push(ARTEFACTS);
    let content = content_of(&folder.join(DATABASE))?;
    let converted = content.map(|content| Converted { path: DATABASE, content });
    let locked = vault::lock(folder, passphrase, &paths, converted, control);
    drop(leases);
    Ok(locked?)
}

/// Writes a locked project in clear again.
///
/// # Errors
/// [`LockError`]; the project is locked as it was.
pub fn unlock_project(
    folder: &Path,
    passphrase: &Passphrase,
    control: &Control,
) -> Result<(), LockError> {
    let was_open = vault::keyring::holds(folder);
    if !was_open {
        vault::keyring::add(folder, passphrase)?;
    }
    let unlocked = leases(folder).and_then(|leases| {
        drop(leases);
        let restore =
            |content: &[u8], path: &Path| write_clear(content, path).map_err(io::Error::other);
        Ok(vault::unlock(folder, passphrase, DATABASE, restore, control)?)
    });
    if unlocked.is_err() && !was_open {
        vault::keyring::forget(folder);
    }
    unlocked
}

/// The right to each run, so that nobody is training.
fn leases(folder: &Path) -> Result<Vec<RunLease>, LockError> {
    if !vault::files::exists(&folder.join(DATABASE)) {
        return Ok(Vec::new());
    }
    let store = RunStore::open(folder)?;
    let runs = store.list()?;
    let take = |id| RunLease::take(id, &folder.join(ARTEFACTS).join(&id.0));
    Ok(runs.iter().map(|run| take(&run.id)).collect::<Result<_, _>>()?)
}
