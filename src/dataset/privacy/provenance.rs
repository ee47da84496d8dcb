//! Where a shop's data come from and what was done to them.

use std::fs::{self, File};
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use serde::{Deserialize, Serialize};

use super::PrivacyOutcome;
use crate::control::{Cancelled, Control};
use crate::dataset::load::{FileFormat, LoadReport, MappedColumn, SourceReport, format_ms};
use crate::dataset::schema::Role;
use crate::ids::DatasetRevision;

/// Bytes hashed between two looks at the cancel flag.
const BLOCK: usize = 1 << 20;

/// The story of an import. The keys of its JSON are stable.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Provenance {
    /// When the import ended, ISO 8601 in UTC.
    pub imported_at: String,
    /// Version of the program that imported.
    pub program_version: String,
    /// Fingerprint of the data that came of it.
    pub revision: DatasetRevision,
    /// The files, in the order read.
    pub files: Vec<SourceFile>,
    /// What was done for privacy.
    pub privacy: PrivacyOutcome,
}

/// One file that was read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SourceFile {
    /// Where it lay.
    pub path: PathBuf,
    /// What it holds.
    pub role: Role,
    /// How it is laid out.
    pub format: FileFormat,
    /// Character encoding, of text files.
    pub encoding: Option<String>,
    /// Its size; `None` where it could no longer be looked at.
    pub size_bytes: Option<u64>,
    /// BLAKE3 hash of its bytes; `None` where it could no longer be read.
    pub blake3: Option<String>,
    /// When it was last changed, ISO 8601 in UTC.
    pub modified: Option<String>,
    /// When reading began, ISO 8601 in UTC.
    pub read_at: String,
    /// Whether it was changed between being read and being hashed.
    pub changed_while_read: bool,
    /// The columns used.
    pub mapping: Vec<MappedColumn>,
    /// Rows in the file.
    pub rows_read: u64,
    /// Rows that went into the data.
    pub rows_kept: u64,
}

/// What files looked like before they were read.
#[derive(Debug)]
pub(in crate::dataset) struct Witness {
    read_at: String,
    files: Vec<(PathBuf, Option<State>)>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct State {
    size_bytes: u64,
    modified: Option<SystemTime>,
}

impl State {
    fn of(path: &Path) -> Option<Self> {
        let metadata = fs::metadata(path).ok()?;
        Some(Self { size_bytes: metadata.len(), modified: metadata.modified().ok() })
    }
}

impl Witness {
    /// Looks at files that are about to be read.
    pub(in crate::dataset) fn before<'a>(paths: impl Iterator<Item = &'a PathBuf>) -> Self {
        let files = paths.map(|path| (path.clone(), State::of(path))).collect();
        Self { read_at: iso(SystemTime::now()), files }
    }

    /// Whether a file that was just read is another one than when reading began: shorter, or as long
    /// and written to. One that only grew is none, as a log that is being written does; nor is one that
    /// is gone, of which an open file still had every byte.
    pub(in crate::dataset) fn was_rewritten(&self, path: &Path) -> bool {
        let before =
            self.files.iter().find(|(known, _)| known == path).and_then(|(_, state)| *state);
        let (Some(before), Some(after)) = (before, State::of(path)) else { return false };
        after != before && after.size_bytes <= before.size_bytes
    }

    /// Hashes the files and tells the story; the revision is added when it is known.
    pub(in crate::dataset) fn tell(
        &self,
        report: &LoadReport,
        privacy: PrivacyOutcome,
        control: &Control,
    ) -> Result<Provenance, Cancelled> {
        control.report("stage-provenance", 0, report.sources.len() as u64);
        let files = report.sources.iter().map(|source| self.file(source, control));
        Ok(Provenance {
            files: files.collect::<Result<_, _>>()?,
            imported_at: iso(SystemTime::now()),
            program_version: env!("CARGO_PKG_VERSION").to_owned(),
            revision: DatasetRevision::default(),
            privacy,
        })
    }

    fn file(&self, source: &SourceReport, control: &Control) -> Result<SourceFile, Cancelled> {
        let before = self.files.iter().find(|(path, _)| *path == source.path);
        let before = before.and_then(|(_, state)| *state);
        let blake3 = hash_of(&source.path, control)?;
        let after = State::of(&source.path);
        Ok(SourceFile {
            path: source.path.clone(),
            role: source.role,
            format: source.format,
            encoding: source.encoding.clone(),
            size_bytes: before.map(|state| state.size_bytes),
            blake3,
            modified: before.and_then(|state| state.modified).map(iso),
            read_at: self.read_at.clone(),
            changed_while_read: before != after,
            mapping: source.mapping.clone(),
            rows_read: source.rows_read,
            rows_kept: source.rows_kept,
        })
    }
}

/// The hash of a file's bytes; `None` if it cannot be read.
///
/// A second reading, as the first one is no single pass: columnar files and workbooks are read here and
/// there, in parts and by other libraries, a compressed file may go on behind its end, and every file is
/// looked into before it is read. A hash of what passed by would be another for each format and equal to
/// nobody else's. Between the two readings a file can change; that its size or time of change differ is
/// told, see [`SourceFile::changed_while_read`].
fn hash_of(path: &Path, control: &Control) -> Result<Option<String>, Cancelled> {
    let Ok(mut file) = File::open(path) else { return Ok(None) };
    let mut hasher = blake3::Hasher::new();
    let mut block = vec![0; BLOCK];
    loop {
        control.check()?;
        match file.read(&mut block) {
            Ok(0) => return Ok(Some(hasher.finalize().to_hex().to_string())),
            Ok(length) => drop(hasher.update(&block[..length])),
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
            Err(_) => return Ok(None),
        }
    }
}

/// A time of the system's clock to the second.
fn iso(time: SystemTime) -> String {
    let secs = match time.duration_since(SystemTime::UNIX_EPOCH) {
        Ok(since) => i64::try_from(since.as_secs()).unwrap_or(i64::MAX / 1000),
        Err(before) => -i64::try_from(before.duration().as_secs()).unwrap_or(i64::MAX / 1000),
    };
    format_ms(secs.saturating_mul(1000))
}
