//! Why a project cannot be locked or unlocked.

use std::io;
use std::path::{Path, PathBuf};

use super::age::AgeError;
use crate::control::Cancelled;

/// A project cannot be locked, unlocked or opened with a passphrase; it is as it was.
#[derive(Debug, thiserror::Error)]
pub enum VaultError {
    /// No project, or one that is not locked.
    #[error("the project is not locked. Folder: {}", folder.display())]
    NotLocked {
        /// The folder.
        folder: PathBuf,
    },
    /// Locked already.
    #[error(
        "the project is locked already; change its passphrase, or unlock it first. Folder: {}",
        folder.display()
    )]
    AlreadyLocked {
        /// The folder.
        folder: PathBuf,
    },
    /// Another passphrase locked it.
    #[error(
        "the passphrase is wrong. Check capitals and keyboard layout; without its passphrase nobody \
         can open the project. Folder: {}",
        folder.display()
    )]
    WrongPassphrase {
        /// The folder.
        folder: PathBuf,
    },
    /// Changed by somebody while it was being locked.
    #[error(
        "the project was changed while it was being locked; close it elsewhere and try again. \
         Folder: {}",
        folder.display()
    )]
    Changed {
        /// The folder.
        folder: PathBuf,
    },
    /// Its key or one of its files is not as it was written.
    #[error(
        "cannot open the locked project: {source}. Put the file back from a backup. File: {}",
        path.display()
    )]
    Damaged {
        /// What is wrong.
        source: AgeError,
        /// The file.
        path: PathBuf,
    },
    /// The disk refuses.
    #[error(
        "cannot {action} the project: {source}. Check free space and permissions. Path: {}",
        path.display()
    )]
    Io {
        /// What was tried.
        action: &'static str,
        /// Why it failed.
        source: io::Error,
        /// The file or folder.
        path: PathBuf,
    },
    /// Cancelled on request.
    #[error(transparent)]
    Cancelled(#[from] Cancelled),
}

impl VaultError {
    pub(super) fn io(action: &'static str, path: &Path) -> impl FnOnce(io::Error) -> Self {
        let path = path.to_owned();
        move |source| Self::Io { action, source, path }
    }

    /// What opening a file of the vault came to.
    pub(super) fn of_file(error: AgeError, path: &Path) -> Self {
        match error {
            AgeError::Io(source) if source.kind() != io::ErrorKind::UnexpectedEof => {
                Self::Io { action: "open", source, path: path.to_owned() }
            }
            source => Self::Damaged { source, path: path.to_owned() },
        }
    }
}
