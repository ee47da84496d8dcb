//! A folder of files that appears whole or not at all.

use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use super::SimulateError;

/// The files of a simulated shop.
const FILES: [&str; 4] = ["catalog.csv", "events.csv", "users.csv", "shop.json"];

/// The folder to be, written beside its final place and moved there at the end.
pub struct Target {
    folder: PathBuf,
    temporary: PathBuf,
}

impl Target {
    /// Begin a folder that will be moved to `out`.
    pub fn open(out: &Path) -> Result<Self, SimulateError> {
        let folder = std::path::absolute(out).map_err(|source| io_error(source, out))?;
        let (Some(parent), Some(name)) = (folder.parent(), folder.file_name()) else {
            let source = io::Error::new(io::ErrorKind::InvalidInput, "this is no folder name");
            return Err(io_error(source, out));
        };
        refuse_foreign(&folder)?;
        fs::create_dir_all(parent).map_err(|source| io_error(source, parent))?;
        let mut hidden = std::ffi::OsString::from(".");
        hidden.push(name);
        hidden.push(format!(".simulating-{}", std::process::id()));
        let temporary = parent.join(hidden);
        let target = Self { folder, temporary };
        target.remove_leftovers()?;
        fs::create_dir(&target.temporary).map_err(|source| io_error(source, &target.temporary))?;
        Ok(target)
    }

    /// Where a file stands until it is published.
    pub fn path(&self, name: &str) -> PathBuf {
        self.temporary.join(name)
    }

    /// What a killed process with the same number may have left.
    fn remove_leftovers(&self) -> Result<(), SimulateError> {
        match fs::remove_dir_all(&self.temporary) {
            Err(source) if source.kind() != io::ErrorKind::NotFound => {
                Err(io_error(source, &self.temporary))
            }
            _ => Ok(()),
        }
    }

    /// Write one file.
    pub fn write(
        &self,
        name: &str,
        fill: impl FnOnce(&mut BufWriter<File>) -> io::Result<()>,
    ) -> Result<(), SimulateError> {
        let path = self.path(name);
        let mut file = self.create(name)?;
        fill(&mut file).and_then(|()| file.flush()).map_err(|source| io_error(source, &path))
    }

    /// Begin one file.
    pub fn create(&self, name: &str) -> Result<BufWriter<File>, SimulateError> {
        let path = self.path(name);
        File::create(&path)
            .map(|file| BufWriter::with_capacity(1 << 18, file))
            .map_err(|source| io_error(source, &path))
    }

    /// Move the finished folder to its place, in exchange for an older simulated shop.
    pub fn publish(self) -> Result<(), SimulateError> {
        refuse_foreign(&self.folder)?;
        let old = self.temporary.with_extension("old");
        let replaces = self.folder.exists();
        if replaces {
            fs::rename(&self.folder, &old).map_err(|source| io_error(source, &self.folder))?;
        }
        if let Err(source) = fs::rename(&self.temporary, &self.folder) {
            if replaces {
                fs::rename(&old, &self.folder).map_err(|source| io_error(source, &old))?;
            }
            return Err(io_error(source, &self.folder));
        }
        if replaces {
            fs::remove_dir_all(&old).map_err(|source| io_error(source, &old))?;
        }
        Ok(())
    }
}

impl Drop for Target {
    /// Nothing half-written stays behind; after [`Target::publish`] there is nothing to remove.
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.temporary);
    }
}

/// Only an empty folder, or one that holds a simulated shop and nothing else, may be replaced.
fn refuse_foreign(folder: &Path) -> Result<(), SimulateError> {
    let entries = match fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(source) if source.kind() == io::ErrorKind::NotFound => return Ok(()),
        Err(source) => return Err(io_error(source, folder)),
    };
    let mut names = Vec::new();
    for entry in entries {
        let entry = entry.map_err(|source| io_error(source, folder))?;
        names.push(entry.file_name().to_string_lossy().into_owned());
    }
    names.sort();
    let foreign = names.iter().find(|name| !FILES.contains(&name.as_str()));
    let found = foreign.or(if is_simulated(folder) { None } else { names.first() });
    match found {
        None => Ok(()),
        Some(found) => {
            Err(SimulateError::FolderInUse { found: found.clone(), folder: folder.to_owned() })
        }
    }
}

fn is_simulated(folder: &Path) -> bool {
    let manifest = fs::read(folder.join("shop.json")).ok();
    let parsed =
        manifest.and_then(|bytes| serde_json::from_slice::<serde_json::Value>(&bytes).ok());
    parsed.is_some_and(|value| value["origin"] == "simulated")
}

/// The error with the file or folder that it is about.
pub fn io_error(source: io::Error, path: &Path) -> SimulateError {
    SimulateError::Io { source, path: path.to_owned() }
}
