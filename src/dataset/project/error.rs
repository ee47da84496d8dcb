//! Why a project cannot be written or read.

use std::io;
use std::path::PathBuf;

use crate::control::Cancelled;
use crate::dataset::clean::CleanError;

/// A project cannot be written or read.
#[derive(Debug, thiserror::Error)]
pub enum ProjectError {
    /// There is no project there.
    #[error(
        "cannot open the project: there is no project.json in it. Choose a project folder, or \
         import files into a new one. Folder: {}",
        folder.display()
    )]
    NotAProject {
        /// The folder.
        folder: PathBuf,
    },
    /// A later version wrote it.
    #[error(
        "cannot open the project: it was written by a newer version (format {found}; this version \
         reads up to {supported}). Update the program, or import the files again. Folder: {}",
        folder.display()
    )]
    Newer {
        /// The format found.
        found: u64,
        /// The latest format that can be read.
        supported: u64,
        /// The folder.
        folder: PathBuf,
    },
    /// Locked with a passphrase that was not given.
    #[error(
        "the project is locked with a passphrase. Give it by --passphrase-file FILE or in \
         SHELFWISE_PASSPHRASE, or open the project in the window. Folder: {}",
        folder.display()
    )]
    Locked {
        /// The folder.
        folder: PathBuf,
    },
    /// Its data lie as an older version wrote them, and it is to be locked.
    #[error(
        "cannot lock the project: its data were stored by an older version. Import the files again \
         first; runs are kept. Folder: {}",
        folder.display()
    )]
    OldTables {
        /// The folder.
        folder: PathBuf,
    },
    /// Its files contradict each other or cannot be read.
    #[error(
        "cannot open the project: {problem}. Import the files again; runs and settings are kept. \
         File: {}",
        path.display()
    )]
    Damaged {
        /// What is wrong.
        problem: String,
        /// The file.
        path: PathBuf,
    },
    /// The disk refuses.
    #[error(
        "cannot {action} the project: {source}. Check free space and permissions. Path: {}",
        path.display()
    )]
    Io {
        /// What was tried: `read` or `write`.
        action: &'static str,
        /// Why it failed.
        source: io::Error,
        /// The file or folder.
        path: PathBuf,
    },
    /// The data cannot be cleaned as asked; the project is as it was.
    #[error(transparent)]
    Clean(#[from] CleanError),
    /// Cancelled on request; the project is as it was.
    #[error(transparent)]
    Cancelled(#[from] Cancelled),
}
