//! The keys of the locked projects that are open in this process.
//!
//! Whoever opens a project gives its passphrase once; from then on [`super::files`] finds the project's
//! vault by path, so that readers and writers of models, columns and runs know nothing of it.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError, RwLock};

use super::Passphrase;
use super::age::{AgeError, decrypt};
use super::error::VaultError;
use super::project::{KEY, VAULT, is_locked, remove_clear};
use super::store::Vault;

/// Vaults by the canonical path of their project's folder.
static OPEN: RwLock<BTreeMap<PathBuf, Arc<Vault>>> = RwLock::new(BTreeMap::new());

/// Opens a locked project for this process. What an interrupted command has left in it is removed.
///
/// # Errors
/// [`VaultError`] where the project is not locked, the passphrase is wrong, or the key or the vault
/// cannot be read.
pub fn add(folder: &Path, passphrase: &Passphrase) -> Result<(), VaultError> {
    let vault = open_vault(folder, passphrase)?;
    let path = vault.folder().to_owned();
    vault.sweep().map_err(|error| VaultError::of_file(error.into(), &path))?;
    {
        let _held = vault.hold().map_err(VaultError::io("open", &path))?;
        // It may have been unlocked while it was held by somebody else.
        if !is_locked(folder) {
            return Err(VaultError::NotLocked { folder: folder.to_owned() });
        }
        remove_clear(folder);
    }
    remember(folder, vault)
}

/// Forgets the key of a project. What is read and written in its folder from now on is in clear.
pub fn forget(folder: &Path) {
    if let Ok(folder) = folder.canonicalize() {
        OPEN.write().unwrap_or_else(PoisonError::into_inner).remove(&folder);
    }
}

/// Whether the key of the project in this folder is known.
#[must_use]
pub fn holds(folder: &Path) -> bool {
    find(folder).is_some_and(|(_, path)| path.is_empty())
}

pub(super) fn remember(folder: &Path, vault: Vault) -> Result<(), VaultError> {
    let folder = folder.canonicalize().map_err(VaultError::io("open", folder))?;
    OPEN.write().unwrap_or_else(PoisonError::into_inner).insert(folder, Arc::new(vault));
    Ok(())
}

/// The vault that a path belongs to, and the path in it.
pub(super) fn find(path: &Path) -> Option<(Arc<Vault>, String)> {
    let open = OPEN.read().unwrap_or_else(PoisonError::into_inner);
    if open.is_empty() {
        return None;
    }
    let whole = canonical(path)?;
    let (folder, vault) = whole.ancestors().find_map(|folder| open.get_key_value(folder))?;
    let parts = whole.strip_prefix(folder).ok()?.iter();
    let parts: Option<Vec<&str>> = parts.map(|part| part.to_str()).collect();
    Some((vault.clone(), parts?.join("/")))
}

/// The path without links, as far as it is on the disk: what is in a vault is not.
fn canonical(path: &Path) -> Option<PathBuf> {
    let path = std::path::absolute(path).ok()?;
    let found = path.ancestors().find_map(|known| Some((known, known.canonicalize().ok()?)));
    let (known, canonical) = found?;
    let rest = path.strip_prefix(known).ok()?;
    // Joining nothing would add a divider.
    Some(if rest.as_os_str().is_empty() { canonical } else { canonical.join(rest) })
}

/// The vault of a locked project, by its passphrase.
pub(super) fn open_vault(folder: &Path, passphrase: &Passphrase) -> Result<Vault, VaultError> {
    if !is_locked(folder) {
        return Err(VaultError::NotLocked { folder: folder.to_owned() });
    }
    let path = folder.join(KEY);
    let of_file = |error| match error {
        AgeError::WrongPassphrase => VaultError::WrongPassphrase { folder: folder.to_owned() },
        error => VaultError::of_file(error, &path),
    };
    let file = fs::read(&path).map_err(VaultError::io("open", &path))?;
    let key = decrypt(&file, passphrase).map_err(of_file)?;
    let key = std::str::from_utf8(&key).ok().and_then(|key| Passphrase::new(key.trim().to_owned()));
    let key = key.ok_or_else(|| of_file(AgeError::Damaged("it holds no key")))?;
    let vault = Vault::new(folder.join(VAULT), key);
    match vault.index() {
        Ok(_) => Ok(vault),
        Err(error) => Err(VaultError::of_file(age_error(error), &vault.folder().join("index.age"))),
    }
}

fn age_error(error: io::Error) -> AgeError {
    if error.kind() == io::ErrorKind::InvalidData {
        return match error.downcast::<AgeError>() {
            // The key opened, so that it is the index that another key was used for.
            Ok(AgeError::WrongPassphrase) => AgeError::Damaged("it belongs to another project"),
            Ok(error) => error,
            Err(error) => AgeError::Io(error),
        };
    }
    AgeError::Io(error)
}

/// Whether a file is in a locked project whose key is known, for those that keep it another way there.
#[must_use]
pub fn covers(path: &Path) -> bool {
    find(path).is_some()
}
