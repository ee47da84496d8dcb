//! The vault of one project: encrypted files under random names, and their index.

use std::collections::HashSet;
use std::fmt::Write as _;
use std::fs::{self, File, OpenOptions};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use super::Passphrase;
use super::age::{AgeError, AgeReader, AgeWriter, decrypt, encrypt, random};
use super::index::{Entry, Index, Stored};

/// Work factor under a key that is random: none.
const NO_WORK: u8 = 1;
const INDEX: &str = "index.age";
/// Held while the index changes.
pub(super) const LOCK: &str = "lock";
const EXTENSION: &str = "age";
/// Bytes of a random name.
const NAME: usize = 16;

/// An open vault. Threads and processes may share it.
#[derive(Debug)]
pub(super) struct Vault {
    folder: PathBuf,
    key: Passphrase,
}

impl Vault {
    pub(super) const fn new(folder: PathBuf, key: Passphrase) -> Self {
        Self { folder, key }
    }

    /// The folder of encrypted files.
    pub(super) fn folder(&self) -> &Path {
        &self.folder
    }

    /// The passphrase of its files.
    pub(super) const fn key(&self) -> &Passphrase {
        &self.key
    }

    /// What there is.
    pub(super) fn index(&self) -> io::Result<Index> {
        let file = fs::read(self.folder.join(INDEX))?;
        Index::from_json(&decrypt(&file, &self.key)?)
    }

    /// Holds the vault: until the file is dropped nobody else changes what there is.
    pub(super) fn hold(&self) -> io::Result<File> {
        let held = lock_file(&self.folder.join(LOCK))?;
        held.lock()?;
        Ok(held)
    }

    /// Changes the index in one step and removes the files that it names no more.
    pub(super) fn update<T>(
        &self,
        change: impl FnOnce(&mut Index) -> io::Result<T>,
    ) -> io::Result<T> {
        let _held = self.hold()?;
        self.update_held(change)
    }

    fn update_held<T>(&self, change: impl FnOnce(&mut Index) -> io::Result<T>) -> io::Result<T> {
        let before = self.index()?;
        let mut after = before.clone();
        let changed = change(&mut after)?;
        if after == before {
            return Ok(changed);
        }
        self.write_index(&after)?;
        let named: HashSet<&str> = after.entries.values().filter_map(Entry::object).collect();
        let gone = before.entries.values().filter_map(Entry::object);
        for object in gone.filter(|object| !named.contains(object)) {
            // What cannot be removed now is removed when the project is opened again.
            let _ = fs::remove_file(self.path_of(object));
        }
        Ok(changed)
    }

    /// Puts an index in the place of the present one.
    pub(super) fn write_index(&self, index: &Index) -> io::Result<()> {
        let file = encrypt(&serde_json::to_vec(index)?, &self.key, NO_WORK)?;
        replace(&self.folder.join(INDEX), &file)
    }

    /// Opens a file to be read.
    pub(super) fn open(&self, path: &str) -> io::Result<AgeReader<File>> {
        match self.open_listed(path) {
            // Somebody may have replaced it in between.
            Err(error) if error.kind() == io::ErrorKind::NotFound => self.open_listed(path),
            opened => opened,
        }
    }

    fn open_listed(&self, path: &str) -> io::Result<AgeReader<File>> {
        let index = self.index()?;
        self.open_stored(index.file(path)?)
    }

    /// Opens a file that the index names.
    pub(super) fn open_stored(&self, stored: &Stored) -> io::Result<AgeReader<File>> {
        let reader = AgeReader::open(File::open(self.path_of(&stored.object))?, &self.key)?;
        if reader.len() != stored.len || reader.code() != stored.code {
            return Err(AgeError::Damaged("it is another file").into());
        }
        Ok(reader)
    }

    /// Begins a file; it counts once [`Self::add`] has put it into the index.
    pub(super) fn begin(&self) -> io::Result<SealedFile> {
        // Held for a moment, so that a sweep does not meet the file before it is locked.
        let _held = self.hold()?;
        self.begin_held()
    }

    /// The same for who holds the vault already.
    pub(super) fn begin_held(&self) -> io::Result<SealedFile> {
        let object = random_name()?;
        let path = self.path_of(&object);
        let file = OpenOptions::new().write(true).create_new(true).open(&path)?;
        file.lock()?;
        let out = AgeWriter::new(BufWriter::new(file), &self.key, NO_WORK)?;
        Ok(SealedFile { out: Some(out), object, path, len: 0 })
    }

    /// Puts a file that is whole into the index, in the place of one of that path.
    pub(super) fn add(&self, path: &str, file: SealedFile) -> io::Result<()> {
        let (stored, lock) = file.finish()?;
        let added = self.update(|index| index.put(path, Entry::File(stored.clone())));
        if added.is_err() {
            let _ = fs::remove_file(self.path_of(&stored.object));
        }
        drop(lock);
        added.map(drop)
    }

    /// A file for the system's locks.
    pub(super) fn lock_file(&self, path: &str) -> io::Result<File> {
        let find = |index: &Index| match index.entries.get(path) {
            Some(Entry::Lock { object }) => Some(object.clone()),
            _ => None,
        };
        let listed = find(&self.index()?);
        let object = match listed {
            Some(object) => object,
            None => self.update(|index| {
                if let Some(object) = find(index) {
                    return Ok(object);
                }
                let object = random_name()?;
                lock_file(&self.path_of(&object))?;
                index.put(path, Entry::Lock { object: object.clone() })?;
                Ok(object)
            })?,
        };
        lock_file(&self.path_of(&object))
    }

    /// Removes files that no index names, as a killed process leaves them.
    pub(super) fn sweep(&self) -> io::Result<()> {
        let _held = self.hold()?;
        let index = self.index()?;
        let named: HashSet<PathBuf> = index
            .entries
            .values()
            .filter_map(Entry::object)
            .map(|name| self.path_of(name))
            .collect();
        let kept = [self.folder.join(INDEX), self.folder.join(LOCK)];
        for entry in fs::read_dir(&self.folder)?.flatten() {
            let path = entry.path();
            if named.contains(&path) || kept.contains(&path) {
                continue;
            }
            // Whoever writes a file holds it.
            let is_free = File::open(&path).is_ok_and(|file| file.try_lock().is_ok());
            if is_free {
                let _ = fs::remove_file(path);
            }
        }
        Ok(())
    }

    fn path_of(&self, object: &str) -> PathBuf {
        self.folder.join(object).with_extension(EXTENSION)
    }
}

/// A file on its way into the vault; removed if it is dropped before it is whole.
pub(super) struct SealedFile {
    out: Option<AgeWriter<BufWriter<File>>>,
    object: String,
    path: PathBuf,
    len: u64,
}

impl SealedFile {
    /// Waits until it is on the disk; the file given back keeps it from being swept away.
    pub(super) fn finish(mut self) -> io::Result<(Stored, File)> {
        let out = self.out.take().ok_or_else(|| io::Error::from(io::ErrorKind::BrokenPipe))?;
        let code = out.code().to_owned();
        let finish = || {
            let file = out.finish()?.into_inner().map_err(io::IntoInnerError::into_error)?;
            file.sync_all()?;
            Ok(file)
        };
        let stored = Stored { object: self.object.clone(), len: self.len, code };
        match finish() {
            Ok(file) => Ok((stored, file)),
            Err(error) => {
                let _ = fs::remove_file(&self.path);
                Err(error)
            }
        }
    }
}

impl Write for SealedFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let out = self.out.as_mut().ok_or_else(|| io::Error::from(io::ErrorKind::BrokenPipe))?;
        let written = out.write(bytes)?;
        self.len += written as u64;
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        // A chunk goes out when it is full.
        Ok(())
    }
}

impl Drop for SealedFile {
    fn drop(&mut self) {
        if self.out.take().is_some() {
            let _ = fs::remove_file(&self.path);
        }
    }
}

/// Writes a file beside the present one and puts it in its place.
pub(super) fn replace(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let fresh = path.with_extension("new");
    let write = || {
        let mut file = File::create(&fresh)?;
        file.write_all(bytes)?;
        file.sync_all()?;
        drop(file);
        fs::rename(&fresh, path)
    };
    let written = write();
    if written.is_err() {
        let _ = fs::remove_file(&fresh);
    }
    sync_folder(path.parent().unwrap_or(path));
    written
}

/// Makes a rename last through a power cut where the system offers that.
pub(super) fn sync_folder(folder: &Path) {
    // Not every file system can do it, and the data themselves are safe already.
    if let Ok(folder) = File::open(folder) {
        let _ = folder.sync_all();
    }
}

/// A file for the system's locks, made where there is none.
pub(super) fn lock_file(path: &Path) -> io::Result<File> {
    OpenOptions::new().create(true).truncate(false).write(true).open(path)
}

fn random_name() -> io::Result<String> {
    let mut bytes = [0; NAME];
    random(&mut bytes)?;
    Ok(bytes.iter().fold(String::new(), |mut name, byte| {
        // Writing to a text cannot fail.
        let _ = write!(name, "{byte:02x}");
        name
    }))
}
