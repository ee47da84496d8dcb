//! Which file of a locked project lies where in its vault.

use std::collections::BTreeMap;
use std::io;

use serde::{Deserialize, Serialize};

/// Format of the index.
const FORMAT: u32 = 1;

/// Files and folders by their path from the project's folder, parts divided by `/`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Index {
    format: u32,
    pub entries: BTreeMap<String, Entry>,
}

/// One file or folder.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Entry {
    /// A folder.
    Folder,
    /// A file that is there to be held by the system's locks.
    Lock {
        /// Its name in the vault.
        object: String,
    },
    /// A file with content.
    File(Stored),
}

/// Where content lies.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Stored {
    /// Its name in the vault, random and never used again.
    pub object: String,
    /// Bytes of content.
    pub len: u64,
    /// Code of its header, so that no file can be put in the place of another.
    pub code: String,
}

impl Default for Index {
    fn default() -> Self {
        Self { format: FORMAT, entries: BTreeMap::new() }
    }
}

impl Index {
    pub(super) fn from_json(json: &[u8]) -> io::Result<Self> {
        let index: Self = serde_json::from_slice(json)?;
        if index.format == FORMAT {
            return Ok(index);
        }
        let problem =
            format!("the vault has format {}, a newer one; update the program", index.format);
        Err(io::Error::new(io::ErrorKind::InvalidData, problem))
    }

    /// The content of a file.
    pub(super) fn file(&self, path: &str) -> io::Result<&Stored> {
        match self.entries.get(path) {
            Some(Entry::File(stored)) => Ok(stored),
            Some(Entry::Folder) => Err(io::ErrorKind::IsADirectory.into()),
            Some(Entry::Lock { .. }) | None => Err(io::ErrorKind::NotFound.into()),
        }
    }

    /// Whether there is such a folder; the project's own is called by the empty path.
    pub(super) fn is_folder(&self, path: &str) -> bool {
        path.is_empty() || matches!(self.entries.get(path), Some(Entry::Folder))
    }

    /// A new folder in one that is there.
    pub(super) fn add_folder(&mut self, path: &str) -> io::Result<()> {
        if self.is_folder(path) || self.entries.contains_key(path) {
            return Err(io::ErrorKind::AlreadyExists.into());
        }
        self.check_parent(path)?;
        self.entries.insert(path.to_owned(), Entry::Folder);
        Ok(())
    }

    /// A folder and those that it is in, as far as they are not there.
    pub(super) fn add_folders(&mut self, path: &str) -> io::Result<()> {
        let ends = path.match_indices('/').map(|(at, _)| at).chain([path.len()]);
        for end in ends.filter(|&end| end > 0) {
            match self.add_folder(&path[..end]) {
                Err(error) if error.kind() != io::ErrorKind::AlreadyExists => return Err(error),
                Err(_) if !self.is_folder(&path[..end]) => {
                    return Err(io::ErrorKind::NotADirectory.into());
                }
                _ => {}
            }
        }
        Ok(())
    }

    /// A file in a folder that is there; gives back the one that it takes the place of.
    pub(super) fn put(&mut self, path: &str, entry: Entry) -> io::Result<Option<Entry>> {
        self.check_parent(path)?;
        if self.is_folder(path) {
            return Err(io::ErrorKind::IsADirectory.into());
        }
        Ok(self.entries.insert(path.to_owned(), entry))
    }

    fn check_parent(&self, path: &str) -> io::Result<()> {
        let parent = path.rsplit_once('/').map_or("", |(parent, _)| parent);
        if self.is_folder(parent) { Ok(()) } else { Err(io::ErrorKind::NotFound.into()) }
    }

    /// Takes out a file, or a folder with all that is in it.
    pub(super) fn take(&mut self, path: &str) -> io::Result<BTreeMap<String, Entry>> {
        if !self.entries.contains_key(path) {
            return Err(io::ErrorKind::NotFound.into());
        }
        Ok(self.entries.extract_if(.., |name, _| is_within(name, path)).collect())
    }

    /// Gives a file, or a folder with all that is in it, another path; a file may take the place of
    /// another one, which is given back.
    pub(super) fn rename(&mut self, from: &str, to: &str) -> io::Result<Option<Entry>> {
        self.check_parent(to)?;
        if is_within(to, from) && to != from {
            return Err(io::ErrorKind::InvalidInput.into());
        }
        let is_folder = self.is_folder(from);
        if is_folder && self.entries.contains_key(to) || !is_folder && self.is_folder(to) {
            return Err(io::ErrorKind::AlreadyExists.into());
        }
        let moved = self.take(from)?;
        let replaced = self.entries.remove(to);
        let renamed =
            moved.into_iter().map(|(name, entry)| (format!("{to}{}", &name[from.len()..]), entry));
        self.entries.extend(renamed);
        Ok(replaced)
    }

    /// Names of what is in a folder, folders with `true`.
    pub(super) fn children(&self, path: &str) -> io::Result<Vec<(String, bool)>> {
        if !self.is_folder(path) {
            return Err(io::ErrorKind::NotFound.into());
        }
        let below = |name: &str| -> Option<String> {
            let rest =
                if path.is_empty() { name } else { name.strip_prefix(path)?.strip_prefix('/')? };
            (!rest.contains('/')).then(|| rest.to_owned())
        };
        let entries = self.entries.iter();
        Ok(entries
            .filter_map(|(name, entry)| Some((below(name)?, *entry == Entry::Folder)))
            .collect())
    }
}

impl Entry {
    /// Its name in the vault.
    pub(super) fn object(&self) -> Option<&str> {
        match self {
            Self::Folder => None,
            Self::Lock { object } | Self::File(Stored { object, .. }) => Some(object),
        }
    }
}

fn is_within(name: &str, path: &str) -> bool {
    name.strip_prefix(path).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}
