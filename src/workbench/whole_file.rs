//! Files that are there whole or not at all.

use std::fs::{self, File};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

/// Writes a file beside its place and then puts it there, so that one that cannot be written to its
/// end, or is cancelled, leaves the one that was there before and nothing else.
///
/// # Errors
/// What the system says, or what `writing` ended with.
pub fn write_whole(
    path: &Path,
    writing: impl FnOnce(&mut dyn Write) -> io::Result<()>,
) -> io::Result<()> {
    let mut name = path.as_os_str().to_owned();
    name.push(".part");
    let part = PathBuf::from(name);
    let write = || {
        let mut out = BufWriter::new(File::create(&part)?);
        writing(&mut out)?;
        out.flush()?;
        fs::rename(&part, path)
    };
    write().inspect_err(|_| {
        // There may be no such file, and the first problem is the one to tell.
        let _ = fs::remove_file(&part);
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_written_whole_or_stays_as_it_was() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.csv");
        write_whole(&path, |out| out.write_all(b"1")).unwrap();
        let broken = write_whole(&path, |out| {
            out.write_all(b"2")?;
            Err(io::Error::other("the disk is full"))
        });
        assert_eq!(broken.unwrap_err().to_string(), "the disk is full");
        assert_eq!(fs::read(&path).unwrap(), b"1");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }
}
