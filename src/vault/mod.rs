//! Files of projects, encrypted where a project is locked with a passphrase.
//!
//! [`files`] reads and writes by path as the standard library does; below the folder of a locked project
//! whose key is in the [`keyring`] it goes through the project's vault instead:
//!
//! ```text
//! project.json      says that the project is locked, and nothing else
//! key.age           the project's key, encrypted with the passphrase
//! vault/index.age   which file of the project lies where
//! vault/<random>    the files themselves
//! ```
//!
//! Every file in it is one of the age format. The passphrase opens `key.age`; what that holds is the
//! passphrase of all others, which need no work factor since nobody can guess 256 random bits. So the
//! slow step is taken once for a project, the passphrase can be changed without touching the files, and
//! a project can be saved with the `age` tool alone. Names, folders and the number of runs stand in the
//! index only; sizes, the number of files and times of writing can be seen.
//!
//! Nothing is decrypted to disk: files are read into memory and encrypted on their way out.

mod age;
mod change;
mod error;
pub mod files;
mod index;
pub mod keyring;
mod project;
mod scrypt;
mod store;
#[cfg(test)]
mod tests;

use std::fmt;
use std::path::Path;

use zeroize::Zeroizing;

pub use change::{Converted, Locking, change_passphrase, lock, unlock};
pub use error::VaultError;
pub use project::is_locked;

/// A passphrase; wiped from memory when it is dropped, and never shown.
#[derive(Clone, PartialEq, Eq)]
pub struct Passphrase(Zeroizing<String>);

impl Passphrase {
    /// A passphrase of these characters, just as they are; `None` where there are none.
    #[must_use]
    pub fn new(text: String) -> Option<Self> {
        let text = Zeroizing::new(text);
        (!text.is_empty()).then_some(Self(text))
    }

    /// What a file holds but for one line break at its end.
    ///
    /// # Errors
    /// A file that cannot be read, is empty, or is longer than 4 KiB.
    pub fn from_file(path: &Path) -> std::io::Result<Self> {
        use std::io::Read as _;
        const MOST_BYTES: u64 = 4096;
        let bad = |what| std::io::Error::new(std::io::ErrorKind::InvalidData, what);
        let mut text = Zeroizing::new(String::with_capacity(MOST_BYTES as usize + 1));
        std::fs::File::open(path)?.take(MOST_BYTES + 1).read_to_string(&mut text)?;
        if text.len() as u64 > MOST_BYTES {
            return Err(bad("it is too long for a passphrase"));
        }
        let line = text.strip_suffix('\n').unwrap_or(&text);
        let line = line.strip_suffix('\r').unwrap_or(line);
        Self::new(line.to_owned()).ok_or_else(|| bad("it holds no passphrase"))
    }

    fn bytes(&self) -> &[u8] {
        self.0.as_bytes()
    }
}

impl fmt::Debug for Passphrase {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Passphrase(…)")
    }
}
