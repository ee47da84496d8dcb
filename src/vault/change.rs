//! Locking, unlocking, another passphrase.
//!
//! Locking writes the encrypted files beside those in clear and then replaces `project.json` by a
//! rename: before that the project is as it was, after it it is locked, whenever the machine stops.
//! Then the files in clear are removed; what is left of them goes when the project is next opened.
//! Unlocking is the same the other way round.

use std::fs::{self, File};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD as BASE64;
use zeroize::Zeroizing;

use super::age::{encrypt, random};
use super::error::VaultError;
use super::index::{Entry, Index};
use super::keyring;
use super::project::{KEY, MANIFEST, VAULT, foreign_files, is_locked, marker, remove_clear};
use super::store::{LOCK, SealedFile, Vault, replace, sync_folder};
use super::{Passphrase, files};
use crate::control::Control;

/// Binary logarithm of the work factor of passphrases, as age itself takes it: 256 MiB and about a
/// second for each guess.
const WORK: u8 = if cfg!(test) { 8 } else { 18 };
/// Bytes between two looks at whether to go on.
const PIECE: usize = 1 << 20;

/// What became of a project that was locked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Locking {
    /// Files that were encrypted.
    pub files: usize,
    /// Bytes of them.
    pub bytes: u64,
    /// What lies in the folder as it was: files that are no part of the project, and files of the
    /// project that could not be removed.
    pub in_clear: Vec<PathBuf>,
}

/// A file of a project that is kept in another form in a vault.
pub struct Converted {
    /// Its path from the project's folder.
    pub path: &'static str,
    /// What the vault keeps.
    pub content: Vec<u8>,
}

/// Encrypts a project with a passphrase. `data` are its folders and files by their path from its
/// folder; `project.json` is one without being named. The key of the project stays in the keyring.
///
/// # Errors
/// [`VaultError`]; the project is as it was.
pub fn lock(
    folder: &Path,
    passphrase: &Passphrase,
    data: &[&str],
    converted: Option<Converted>,
    control: &Control,
) -> Result<Locking, VaultError> {
    if is_locked(folder) {
        return Err(VaultError::AlreadyLocked { folder: folder.to_owned() });
    }
    if is_held(folder) {
        return Err(VaultError::Changed { folder: folder.to_owned() });
    }
    // An earlier try that was killed.
    remove_vault(folder);
    let mut filling = Filling::new(folder, control)?;
    let locked =
        filling.fill(data, converted).and_then(|manifest| filling.take_over(&manifest, passphrase));
    if let Err(error) = locked {
        drop(filling);
        remove_vault(folder);
        return Err(error);
    }
    let Filling { vault, held, index, bytes, .. } = filling;
    // Whoever looks from now on needs the key.
    keyring::remember(folder, vault)?;
    remove_clear(folder);
    drop(held);
    let files = index.entries.values().filter(|entry| matches!(entry, Entry::File(_))).count();
    Ok(Locking { files, bytes, in_clear: foreign_files(folder) })
}

/// A vault on its way.
struct Filling<'a> {
    folder: &'a Path,
    vault: Vault,
    key: Passphrase,
    /// Nobody else uses the vault meanwhile.
    held: File,
    index: Index,
    bytes: u64,
    total: u64,
    control: &'a Control,
}

impl<'a> Filling<'a> {
    fn new(folder: &'a Path, control: &'a Control) -> Result<Self, VaultError> {
        let path = folder.join(VAULT);
        let failed = || VaultError::io("lock", &path);
        fs::create_dir(&path).map_err(failed())?;
        let mut bytes = Zeroizing::new([0; 32]);
        random(bytes.as_mut()).map_err(|error| failed()(error.into()))?;
        let key = Passphrase::new(BASE64.encode(bytes)).expect("32 bytes give some text");
        let vault = Vault::new(path.clone(), key.clone());
        let held = vault.hold().map_err(failed())?;
        let index = Index::default();
        Ok(Self { folder, vault, key, held, index, bytes: 0, total: 0, control })
    }

    /// Encrypts everything; gives back the manifest as it was encrypted.
    fn fill(&mut self, data: &[&str], converted: Option<Converted>) -> Result<Vec<u8>, VaultError> {
        let mut todo = Vec::new();
        for path in data {
            list(self.folder, path, &mut todo)
                .map_err(VaultError::io("read", &self.folder.join(path)))?;
        }
        self.total = todo.iter().map(|(_, size)| size.unwrap_or(0)).sum();
        for (path, size) in todo {
            let from = self.folder.join(&path);
            let failed = || VaultError::io("lock", &from);
            if size.is_none() {
                self.index.add_folders(&path).map_err(failed())?;
                continue;
            }
            self.put(&path, &mut File::open(&from).map_err(failed())?)?;
        }
        if let Some(Converted { path, content }) = converted {
            self.put(path, &mut content.as_slice())?;
        }
        let manifest = self.manifest()?;
        self.put(MANIFEST, &mut manifest.as_slice())?;
        let path = self.vault.folder();
        self.vault.write_index(&self.index).map_err(VaultError::io("lock", path))?;
        Ok(manifest)
    }

    fn put(&mut self, path: &str, from: &mut dyn Read) -> Result<(), VaultError> {
        let place = self.folder.join(path);
        let failed = || VaultError::io("lock", &place);
        let mut file = self.vault.begin_held().map_err(failed())?;
        self.copy(from, &mut file, &place)?;
        let (stored, _) = file.finish().map_err(failed())?;
        self.index.put(path, Entry::File(stored)).map_err(failed())?;
        Ok(())
    }

    fn copy(
        &mut self,
        from: &mut dyn Read,
        to: &mut SealedFile,
        place: &Path,
    ) -> Result<(), VaultError> {
        let mut piece = Zeroizing::new(vec![0; PIECE]);
        loop {
            self.control.check()?;
            let read = from.read(&mut piece).map_err(VaultError::io("read", place))?;
            if read == 0 {
                return Ok(());
            }
            to.write_all(&piece[..read]).map_err(VaultError::io("lock", place))?;
            self.bytes += read as u64;
            self.control.report("stage-locking", self.bytes.min(self.total), self.total);
        }
    }

    fn manifest(&self) -> Result<Vec<u8>, VaultError> {
        let path = self.folder.join(MANIFEST);
        fs::read(&path).map_err(VaultError::io("read", &path))
    }

    /// Writes the key and lets the vault take the place of the files in clear.
    fn take_over(&self, manifest: &[u8], passphrase: &Passphrase) -> Result<(), VaultError> {
        self.control.check()?;
        write_key(self.folder, &self.key, passphrase, "lock")?;
        sync_folder(self.vault.folder());
        self.control.check()?;
        if self.manifest()? != manifest {
            return Err(VaultError::Changed { folder: self.folder.to_owned() });
        }
        let path = self.folder.join(MANIFEST);
        replace(&path, &marker()).map_err(VaultError::io("lock", &path))
    }
}

/// A folder with all that is in it, or a file: path and bytes, none for a folder.
fn list(root: &Path, path: &str, found: &mut Vec<(String, Option<u64>)>) -> io::Result<()> {
    let at = root.join(path);
    let metadata = match fs::symlink_metadata(&at) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        metadata => metadata?,
    };
    if !metadata.is_dir() {
        found.push((path.to_owned(), Some(metadata.len())));
        return Ok(());
    }
    found.push((path.to_owned(), None));
    let mut names = Vec::new();
    for entry in fs::read_dir(&at)? {
        let name = entry?.file_name().into_string();
        names.push(name.map_err(|_| io::Error::from(io::ErrorKind::InvalidFilename))?);
    }
    names.sort();
    names.iter().try_for_each(|name| list(root, &format!("{path}/{name}"), found))
}

fn write_key(
    folder: &Path,
    key: &Passphrase,
    passphrase: &Passphrase,
    action: &'static str,
) -> Result<(), VaultError> {
    let path = folder.join(KEY);
    let line = Zeroizing::new([key.bytes(), b"\n"].concat());
    let file = encrypt(&line, passphrase, WORK).map_err(io::Error::from);
    file.and_then(|file| replace(&path, &file)).map_err(VaultError::io(action, &path))
}

/// Whether somebody is locking the project just now.
fn is_held(folder: &Path) -> bool {
    File::open(folder.join(VAULT).join(LOCK)).is_ok_and(|file| file.try_lock().is_err())
}

fn remove_vault(folder: &Path) {
    // What cannot be removed now is removed by the next locking.
    let _ = fs::remove_file(folder.join(KEY));
    let _ = fs::remove_dir_all(folder.join(VAULT));
}

/// Writes a locked project in clear again and forgets its key. The file `converted` is handed to
/// `restore` with the path to write.
///
/// # Errors
/// [`VaultError`]; the project is locked as it was.
pub fn unlock(
    folder: &Path,
    passphrase: &Passphrase,
    converted: &str,
    restore: impl FnOnce(&[u8], &Path) -> io::Result<()>,
    control: &Control,
) -> Result<(), VaultError> {
    let vault = keyring::open_vault(folder, passphrase)?;
    let path = vault.folder().to_owned();
    let held = vault.hold().map_err(VaultError::io("unlock", &path))?;
    if !is_locked(folder) {
        return Err(VaultError::NotLocked { folder: folder.to_owned() });
    }
    remove_clear(folder);
    let written = write_clear(folder, &vault, (converted, restore), control).and_then(|manifest| {
        control.check()?;
        let path = folder.join(MANIFEST);
        replace(&path, &manifest).map_err(VaultError::io("unlock", &path))
    });
    if written.is_err() {
        remove_clear(folder);
        return written;
    }
    keyring::forget(folder);
    drop(held);
    remove_vault(folder);
    Ok(())
}

/// Writes all that is in a vault but the manifest, which is given back.
fn write_clear(
    folder: &Path,
    vault: &Vault,
    (converted, restore): (&str, impl FnOnce(&[u8], &Path) -> io::Result<()>),
    control: &Control,
) -> Result<Vec<u8>, VaultError> {
    let index = vault.index().map_err(VaultError::io("read", vault.folder()))?;
    let total = index.entries.len() as u64;
    let mut restore = Some(restore);
    let mut manifest = None;
    for (done, (name, entry)) in index.entries.iter().enumerate() {
        control.check()?;
        control.report("stage-unlocking", done as u64, total);
        let path = folder.join(name);
        let failed = || VaultError::io("unlock", &path);
        match entry {
            Entry::Lock { .. } => {}
            Entry::Folder => fs::create_dir(&path).map_err(failed())?,
            Entry::File(stored) => {
                let reader = vault.open_stored(stored).map_err(failed())?;
                if name == MANIFEST {
                    manifest = Some(files::whole(reader).map_err(failed())?);
                } else if let Some(restore) = restore.take_if(|_| name == converted) {
                    let content = files::whole(reader).map_err(failed())?;
                    restore(&content, &path).map_err(failed())?;
                } else {
                    files::copy(reader, &path, control).map_err(failed())?;
                    control.check()?;
                }
            }
        }
    }
    sync_folder(folder);
    let missing = || io::Error::new(io::ErrorKind::InvalidData, "project.json is missing");
    manifest.ok_or_else(missing).map_err(VaultError::io("unlock", folder))
}

/// Gives a locked project another passphrase. The project's key stays the same, so that somebody who
/// kept an old `key.age` can open it with the old one; unlocking and locking gives a new key.
///
/// # Errors
/// [`VaultError`]; the old passphrase holds.
pub fn change_passphrase(
    folder: &Path,
    old: &Passphrase,
    new: &Passphrase,
) -> Result<(), VaultError> {
    let vault = keyring::open_vault(folder, old)?;
    write_key(folder, vault.key(), new, "write")
}
