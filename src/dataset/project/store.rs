//! Files of a project: written beside what is there, and taken over by one rename.

use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};

use polars::prelude::*;

use super::error::ProjectError;
use crate::dataset::load::careful::{guarded, open_parquet};
use crate::vault::{self, files};

/// Name of the file that says which data are valid.
pub(super) const MANIFEST: &str = "project.json";
/// Every folder of data is named so; the manifest says which one counts.
pub(super) const DATA_PREFIX: &str = "data-";
/// Locked, together with others, by whoever writes a folder of data, and alone by whoever removes leftovers.
/// The system frees it when a process ends, however it ends.
const LOCK: &str = "data-lock";

pub(super) fn io_error(
    action: &'static str,
    path: &Path,
) -> impl FnOnce(io::Error) -> ProjectError {
    let path = path.to_owned();
    move |source| match source.kind() {
        io::ErrorKind::InvalidData => ProjectError::Damaged { problem: source.to_string(), path },
        _ => ProjectError::Io { action, source, path },
    }
}

/// Says that data are being written, until it is dropped.
#[derive(Debug)]
pub(super) struct Writing {
    /// Locked as long as it is open.
    _lock: File,
}

impl Writing {
    /// Say so, in a folder that is made if it is not there.
    pub fn begin(folder: &Path) -> Result<Self, ProjectError> {
        files::create_dir_all(folder).map_err(io_error("write", folder))?;
        let path = folder.join(LOCK);
        let lock = files::lock_file(&path).map_err(io_error("write", &path))?;
        // Where there are no locks, nobody can have it alone either, and nothing is removed.
        let _ = lock.lock_shared();
        Ok(Self { _lock: lock })
    }

    /// Take back that a project was begun here.
    pub fn forget(self, folder: &Path) {
        drop(self);
        let _ = std::fs::remove_file(folder.join(LOCK));
    }
}

/// A folder of its own for new data, next to the present one.
pub(super) fn new_data_folder(folder: &Path, revision: &str) -> Result<PathBuf, ProjectError> {
    let short = &revision[..revision.len().min(12)];
    for number in 1_u32.. {
        let path = folder.join(format!("{DATA_PREFIX}{short}-{number}"));
        match files::create_dir(&path) {
            Ok(()) => return Ok(path),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            Err(error) => return Err(io_error("write", &path)(error)),
        }
    }
    Err(io_error("write", folder)(io::Error::from(io::ErrorKind::AlreadyExists)))
}

/// Reads a table, a frame for each of its row groups.
pub(super) fn read_table(
    path: &Path,
) -> Result<impl Iterator<Item = Result<DataFrame, ProjectError>>, ProjectError> {
    let (_, groups) = open_table(path)?;
    // A table without rows still has its columns.
    let groups = if groups.is_empty() { vec![0] } else { groups };
    let mut from = 0;
    let path = path.to_owned();
    Ok(groups.into_iter().map(move |rows| {
        let slice = (from, rows);
        from += rows;
        let reader = ParquetReader::new(open_file(&path)?).with_slice(Some(slice));
        let frame = guarded(|| reader.finish()).map_err(|problem| damaged(&path, &problem))?;
        if frame.height() == rows { Ok(frame) } else { Err(damaged(&path, "rows are missing")) }
    }))
}

/// Reads a table that is small enough to be one frame.
pub(super) fn read_whole_table(path: &Path) -> Result<DataFrame, ProjectError> {
    let (reader, _) = open_table(path)?;
    guarded(|| reader.finish()).map_err(|problem| damaged(path, &problem))
}

fn open_table(path: &Path) -> Result<(ParquetReader<File>, Vec<usize>), ProjectError> {
    open_parquet(open_file(path)?).map_err(|problem| damaged(path, &problem))
}

fn damaged(path: &Path, problem: &str) -> ProjectError {
    let problem = format!("a table cannot be read ({problem})");
    ProjectError::Damaged { problem, path: path.to_owned() }
}

fn open_file(path: &Path) -> Result<File, ProjectError> {
    File::open(path).map_err(|error| match error.kind() {
        io::ErrorKind::NotFound => {
            let problem = "a table is missing".to_owned();
            ProjectError::Damaged { problem, path: path.to_owned() }
        }
        _ => io_error("read", path)(error),
    })
}

/// Writes a small file and waits until it is on the disk.
pub(super) fn write_file(path: &Path, bytes: &[u8]) -> Result<(), ProjectError> {
    files::write(path, bytes).map_err(io_error("write", path))
}

/// Puts a new manifest in the place of the old one. From here on the new data count.
pub(super) fn take_over(folder: &Path, manifest: &[u8]) -> Result<(), ProjectError> {
    let fresh = folder.join(format!("{MANIFEST}.new"));
    write_file(&fresh, manifest)?;
    let path = folder.join(MANIFEST);
    if vault::is_locked(folder) && !vault::keyring::holds(folder) {
        // Somebody has locked it meanwhile.
        return Err(ProjectError::Locked { folder: folder.to_owned() });
    }
    files::rename(&fresh, &path).map_err(io_error("write", &path))?;
    files::sync_folder(folder);
    Ok(())
}

/// Removes folders of data other than those that count, as an interrupted import leaves them, unless somebody
/// is writing data. `valid` says which count; it is asked when nobody can be about to change that.
pub(super) fn remove_leftovers(folder: &Path, valid: impl Fn() -> Option<Vec<String>>) {
    let leftovers = |valid: &[String]| -> Vec<String> {
        let names = files::folders(folder).unwrap_or_default();
        names.into_iter().filter(|name| is_data(name) && !valid.contains(name)).collect()
    };
    if valid().is_none_or(|valid| leftovers(&valid).is_empty()) {
        return; // so that looking at a project writes nothing
    }
    let Ok(lock) = files::lock_file(&folder.join(LOCK)) else { return };
    if lock.try_lock().is_err() {
        return;
    }
    for name in valid().map(|valid| leftovers(&valid)).unwrap_or_default() {
        // What cannot be removed now is removed by a later import or opening.
        let _ = files::remove_dir_all(&folder.join(name));
    }
}

/// Whether a folder is named as [`new_data_folder`] names them: by the beginning of a fingerprint and a number.
fn is_data(name: &str) -> bool {
    let parts = name.strip_prefix(DATA_PREFIX).and_then(|rest| rest.rsplit_once('-'));
    parts.is_some_and(|(short, number)| {
        let is_short = short.len() <= 12 && short.bytes().all(|byte| byte.is_ascii_hexdigit());
        is_short && !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit())
    })
}
