//! Files by path, as the standard library has them: in clear, or out of the vault of a locked project
//! whose key is in the [`keyring`](super::keyring).

use std::fs::{self, File};
use std::io::{self, BufWriter, Read as _, Seek, SeekFrom, Write};
use std::path::Path;
use std::sync::Arc;

use zeroize::Zeroizing;

use super::age::AgeReader;
use super::keyring::find;
use super::store::{self, SealedFile, Vault};
use crate::control::Control;

/// All that a file holds.
///
/// # Errors
/// As [`fs::read`]; [`io::ErrorKind::InvalidData`] where an encrypted file is not as it was written.
pub fn read(path: &Path) -> io::Result<Vec<u8>> {
    match find(path) {
        None => fs::read(path),
        Some((vault, path)) => Ok(vault.open(&path)?.read_whole()?),
    }
}

/// Writes a file and waits until it is on the disk.
///
/// # Errors
/// As [`fs::write`].
pub fn write(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut file = create(path)?;
    file.write_all(bytes)?;
    file.finish()
}

/// Begins a file, in the place of one that is there; [`Writer::finish`] ends it.
///
/// # Errors
/// As [`File::create`].
pub fn create(path: &Path) -> io::Result<Writer> {
    Ok(Writer(match find(path) {
        None => Kind::Clear(BufWriter::new(File::create(path)?)),
        Some((vault, path)) => Kind::Sealed { file: Box::new(vault.begin()?), vault, path },
    }))
}

/// A file that is being written. In a vault it counts once it is finished; in clear what was written is
/// there before that, as with the standard library.
pub struct Writer(Kind);

enum Kind {
    Clear(BufWriter<File>),
    Sealed { file: Box<SealedFile>, vault: Arc<Vault>, path: String },
}

impl Writer {
    /// Waits until all is on the disk.
    ///
    /// # Errors
    /// The disk refuses.
    pub fn finish(self) -> io::Result<()> {
        match self.0 {
            Kind::Clear(file) => {
                file.into_inner().map_err(io::IntoInnerError::into_error)?.sync_all()
            }
            Kind::Sealed { file, vault, path } => vault.add(&path, *file),
        }
    }
}

impl Write for Writer {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match &mut self.0 {
            Kind::Clear(file) => file.write(bytes),
            Kind::Sealed { file, .. } => file.write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match &mut self.0 {
            Kind::Clear(file) => file.flush(),
            Kind::Sealed { file, .. } => file.flush(),
        }
    }
}

/// Opens a file to be read from any place in it.
///
/// # Errors
/// As [`File::open`].
pub fn open(path: &Path) -> io::Result<Reader> {
    Ok(Reader(match find(path) {
        None => Source::Clear(File::open(path)?),
        Some((vault, path)) => Source::Sealed(Box::new(vault.open(&path)?)),
    }))
}

/// A file that is being read.
pub struct Reader(Source);

enum Source {
    Clear(File),
    Sealed(Box<AgeReader<File>>),
}

impl Reader {
    /// Fills `bytes` with what stands from `at` on.
    ///
    /// # Errors
    /// As [`std::io::Read::read_exact`].
    pub fn read_exact_at(&mut self, at: u64, bytes: &mut [u8]) -> io::Result<()> {
        match &mut self.0 {
            Source::Clear(file) => {
                file.seek(SeekFrom::Start(at))?;
                file.read_exact(bytes)
            }
            Source::Sealed(file) => Ok(file.read_exact_at(at, bytes)?),
        }
    }

    /// Bytes of content.
    ///
    /// # Errors
    /// The system does not say.
    pub fn size(&self) -> io::Result<u64> {
        match &self.0 {
            Source::Clear(file) => Ok(file.metadata()?.len()),
            Source::Sealed(file) => Ok(file.len()),
        }
    }
}

/// Whether there is such a file or folder.
#[must_use]
pub fn exists(path: &Path) -> bool {
    match find(path) {
        None => path.exists(),
        Some((vault, path)) => vault
            .index()
            .is_ok_and(|index| index.is_folder(&path) || index.entries.contains_key(&path)),
    }
}

/// Whether there is such a file.
#[must_use]
pub fn is_file(path: &Path) -> bool {
    match find(path) {
        None => path.is_file(),
        Some((vault, path)) => vault.index().is_ok_and(|index| index.file(&path).is_ok()),
    }
}

/// Makes a folder that is not there yet.
///
/// # Errors
/// As [`fs::create_dir`].
pub fn create_dir(path: &Path) -> io::Result<()> {
    match find(path) {
        None => fs::create_dir(path),
        Some((vault, path)) => vault.update(|index| index.add_folder(&path)),
    }
}

/// Makes a folder and those that it is in.
///
/// # Errors
/// As [`fs::create_dir_all`].
pub fn create_dir_all(path: &Path) -> io::Result<()> {
    match find(path) {
        None => fs::create_dir_all(path),
        Some((vault, path)) => vault.update(|index| index.add_folders(&path)),
    }
}

/// Removes a folder with all that is in it.
///
/// # Errors
/// As [`fs::remove_dir_all`].
pub fn remove_dir_all(path: &Path) -> io::Result<()> {
    match find(path) {
        None => fs::remove_dir_all(path),
        Some((vault, path)) => vault.update(|index| index.take(&path).map(drop)),
    }
}

/// Gives a file or folder of one project another name.
///
/// # Errors
/// As [`fs::rename`].
pub fn rename(from: &Path, to: &Path) -> io::Result<()> {
    match (find(from), find(to)) {
        (Some((vault, from)), Some((other, to))) if Arc::ptr_eq(&vault, &other) => {
            vault.update(|index| index.rename(&from, &to).map(drop))
        }
        (None, None) => fs::rename(from, to),
        _ => Err(io::ErrorKind::CrossesDevices.into()),
    }
}

/// Names of the folders in a folder.
///
/// # Errors
/// As [`fs::read_dir`].
pub fn folders(path: &Path) -> io::Result<Vec<String>> {
    let children = children(path)?;
    Ok(children.into_iter().filter_map(|(name, is_folder)| is_folder.then_some(name)).collect())
}

/// Names of the files in a folder.
///
/// # Errors
/// As [`fs::read_dir`].
pub fn names(path: &Path) -> io::Result<Vec<String>> {
    let children = children(path)?;
    Ok(children.into_iter().filter_map(|(name, is_folder)| (!is_folder).then_some(name)).collect())
}

/// Names of what is in a folder, folders with `true`.
fn children(path: &Path) -> io::Result<Vec<(String, bool)>> {
    match find(path) {
        None => Ok(fs::read_dir(path)?
            .flatten()
            .map(|entry| {
                let name = entry.file_name().to_string_lossy().into_owned();
                (name, entry.path().is_dir())
            })
            .collect()),
        Some((vault, path)) => vault.index()?.children(&path),
    }
}

/// A file for the system's locks, made where there is none. It never holds anything.
///
/// # Errors
/// As [`File::open`].
pub fn lock_file(path: &Path) -> io::Result<File> {
    match find(path) {
        None => store::lock_file(path),
        Some((vault, path)) => vault.lock_file(&path),
    }
}

/// What tells one content of a file from the next without reading it; `None` where there is no such
/// file in a vault.
///
/// # Errors
/// The vault cannot be read.
pub fn stamp(path: &Path) -> io::Result<Option<String>> {
    let Some((vault, path)) = find(path) else { return Ok(None) };
    match vault.index()?.file(&path) {
        Ok(stored) => Ok(Some(stored.object.clone())),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

/// All of a file that is open.
pub(super) fn whole(file: AgeReader<File>) -> io::Result<Vec<u8>> {
    Ok(file.read_whole()?)
}

/// Writes a file in clear, and waits until it is on the disk. Ends early, with what is written so far,
/// where `control` says so.
pub(super) fn copy(mut file: AgeReader<File>, to: &Path, control: &Control) -> io::Result<()> {
    const PIECE: u64 = 1 << 20;
    let mut out = File::create(to)?;
    let mut piece = Zeroizing::new(vec![0; PIECE as usize]);
    let mut at = 0;
    while at < file.len() && control.check().is_ok() {
        let length = (file.len() - at).min(PIECE);
        let part = &mut piece[..length as usize];
        file.read_exact_at(at, part)?;
        out.write_all(part)?;
        at += length;
    }
    out.sync_all()
}

/// Makes a change of names in a folder last through a power cut where the system offers that.
pub fn sync_folder(path: &Path) {
    // A vault sees to it by itself.
    if find(path).is_none() {
        store::sync_folder(path);
    }
}
