//! What of a project lies in its folder, locked and in clear.

use std::fs;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

/// Says what the folder is.
pub(super) const MANIFEST: &str = "project.json";
/// The project's key under its passphrase.
pub(super) const KEY: &str = "key.age";
/// Folder of encrypted files.
pub(super) const VAULT: &str = "vault";
/// Beginnings of names that files of a project in clear have beside [`MANIFEST`], or on their way.
const CLEAR: [&str; 5] = ["data-", "runs.sqlite", "project.json.", "project.new", "key.new"];
const RUNS: &str = "runs";

/// Format of a locked project, so that a program that knows no locks says that it is too old.
const FORMAT_VERSION: u64 = 4;

/// All that `project.json` of a locked project says.
#[derive(Serialize, Deserialize)]
struct Marker {
    format_version: u64,
    locked: bool,
    #[serde(default)]
    note: String,
}

/// Content of the file that says that a project is locked.
pub(super) fn marker() -> Vec<u8> {
    let note = "This project is locked. Open it with Shelfwise and its passphrase; without that it \
                cannot be opened. key.age and the files in vault have the format of \
                https://age-encryption.org.";
    let marker = Marker { format_version: FORMAT_VERSION, locked: true, note: note.to_owned() };
    serde_json::to_vec_pretty(&marker).expect("plain fields can be written as JSON")
}

/// Whether a folder holds a project that is locked, whether or not its key is known.
#[must_use]
pub fn is_locked(folder: &Path) -> bool {
    let Ok(json) = fs::read(folder.join(MANIFEST)) else { return false };
    serde_json::from_slice::<Marker>(&json).is_ok_and(|marker| marker.locked)
}

/// Removes files in clear from a locked project, as an interrupted locking or unlocking leaves them,
/// unless somebody is at it.
pub(super) fn remove_clear(folder: &Path) {
    for path in clear_files(folder) {
        // What cannot be removed now is removed when the project is opened again.
        let _ = if path.is_dir() { fs::remove_dir_all(path) } else { fs::remove_file(path) };
    }
}

/// Files and folders of a project in clear, but for [`MANIFEST`].
pub(super) fn clear_files(folder: &Path) -> Vec<PathBuf> {
    let is_clear = |name: &str| name == RUNS || CLEAR.iter().any(|start| name.starts_with(start));
    entries(folder, is_clear)
}

/// All that a locked project does not need: files in clear, and what is no part of it.
pub(super) fn foreign_files(folder: &Path) -> Vec<PathBuf> {
    entries(folder, |name| ![MANIFEST, KEY, VAULT].contains(&name))
}

fn entries(folder: &Path, wanted: impl Fn(&str) -> bool) -> Vec<PathBuf> {
    let Ok(entries) = fs::read_dir(folder) else { return Vec::new() };
    let mut paths: Vec<PathBuf> = entries
        .flatten()
        .filter(|entry| wanted(&entry.file_name().to_string_lossy()))
        .map(|entry| entry.path())
        .collect();
    paths.sort();
    paths
}
