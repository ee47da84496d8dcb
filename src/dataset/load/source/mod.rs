//! Files as tables: a list of columns, and rows of cells handed to a visitor one after another.

use std::borrow::Cow;
use std::collections::HashSet;
use std::path::{Path, PathBuf};

use encoding_rs::WINDOWS_1252;

use super::cell::{OwnedCell, Row};
use super::error::{FileProblem, Stop};
use super::report::{FileFormat, MAX_EXAMPLES, shorten};
use crate::control::Control;

mod bytes;
mod delimited;
mod json_lines;
mod parquet;
mod records;

use bytes::Head;
use delimited::Delimited;
use json_lines::JsonLines;
use parquet::ParquetTable;

/// Takes rows one after another; an error stops the reading.
pub(super) type Visitor<'v> = dyn FnMut(Row<'_>) -> Result<(), Stop> + 'v;

/// A file that was opened and whose columns are known.
#[derive(Debug, Clone)]
pub(super) struct Source {
    /// Where it lies.
    pub path: PathBuf,
    kind: Kind,
}

#[derive(Debug, Clone)]
enum Kind {
    Delimited { head: Head, table: Delimited },
    JsonLines { head: Head, table: JsonLines },
    Parquet(ParquetTable),
}

impl Source {
    /// Finds out what the file is and which columns it has.
    pub(super) fn open(path: &Path) -> Result<Self, FileProblem> {
        let head = bytes::head(path)?;
        let kind = match recognise(path, &head)? {
            FileFormat::Parquet => Kind::Parquet(ParquetTable::open(path)?),
            FileFormat::JsonLines => {
                let table = JsonLines::sniff(path, &head)?;
                Kind::JsonLines { head, table }
            }
            FileFormat::Delimited => {
                let table = Delimited::sniff(path, &head)?;
                Kind::Delimited { head, table }
            }
        };
        Ok(Self { path: path.to_owned(), kind })
    }

    /// How the file is laid out.
    pub(super) fn format(&self) -> FileFormat {
        match self.kind {
            Kind::Delimited { .. } => FileFormat::Delimited,
            Kind::JsonLines { .. } => FileFormat::JsonLines,
            Kind::Parquet(_) => FileFormat::Parquet,
        }
    }

    /// What stands between values.
    pub(super) fn delimiter(&self) -> Option<char> {
        match &self.kind {
            Kind::Delimited { table, .. } => table.syntax.delimiter.map(char::from),
            _ => None,
        }
    }

    /// Whether the file is compressed with gzip.
    pub(super) fn gzip(&self) -> bool {
        self.head().is_some_and(|head| head.gzip)
    }

    /// All columns, distinct.
    pub(super) fn columns(&self) -> &[String] {
        match &self.kind {
            Kind::Delimited { table, .. } => &table.columns,
            Kind::JsonLines { table, .. } => &table.columns,
            Kind::Parquet(table) => &table.columns,
        }
    }

    /// The character encoding of a text file, given what was met while reading it, or by its
    /// beginning where it has not been read.
    pub(super) fn encoding(&self, stats: &ReadStats) -> Option<String> {
        let head = self.head()?;
        let encoding = match head.utf16 {
            Some(encoding) => encoding.name(),
            None if stats.fallback_rows > 0 || (stats.rows == 0 && !head.is_utf8()) => {
                WINDOWS_1252.name()
            }
            None => "UTF-8",
        };
        Some(encoding.to_owned())
    }

    fn head(&self) -> Option<&Head> {
        match &self.kind {
            Kind::Delimited { head, .. } | Kind::JsonLines { head, .. } => Some(head),
            Kind::Parquet(_) => None,
        }
    }

    /// Hands every row to `visit`, with the cells of the wanted columns in that order.
    pub(super) fn read(
        &self,
        wanted: &[usize],
        control: &Control,
        visit: &mut Visitor<'_>,
    ) -> Result<ReadStats, Stop> {
        match &self.kind {
            Kind::Delimited { head, table } => table.read(&self.path, head, wanted, control, visit),
            Kind::JsonLines { head, table } => table.read(&self.path, head, wanted, control, visit),
            Kind::Parquet(table) => table.read(&self.path, wanted, control, visit),
        }
    }

    /// The first good rows, all columns.
    pub(super) fn sample(&self, rows: usize) -> Result<Vec<Vec<OwnedCell>>, FileProblem> {
        if let Kind::Parquet(table) = &self.kind {
            return table.sample(&self.path, rows);
        }
        let wanted: Vec<usize> = (0..self.columns().len()).collect();
        let mut sample = Vec::new();
        let outcome = self.read(&wanted, &Control::default(), &mut |row| {
            if let Row::Good(row) = row {
                sample.push(row.cells.iter().map(|&cell| cell.into()).collect());
            }
            if sample.len() < rows { Ok(()) } else { Err(Stop::Enough) }
        });
        match outcome {
            Err(Stop::Problem(problem)) => Err(problem),
            Ok(_) | Err(Stop::Enough | Stop::Cancelled(_)) => Ok(sample),
        }
    }
}

/// What the first bytes and, where they say nothing, the name tell of the format.
fn recognise(path: &Path, head: &Head) -> Result<FileFormat, FileProblem> {
    let bytes = &head.bytes;
    let named_parquet = path.extension().is_some_and(|ext| ext.eq_ignore_ascii_case("parquet"));
    if bytes.starts_with(b"PAR1") && head.gzip {
        return Err(FileProblem::NotATable { looks_like: "a Parquet file inside gzip" });
    }
    if bytes.starts_with(b"PAR1") {
        return Ok(FileFormat::Parquet);
    }
    if bytes.is_empty() {
        return Err(FileProblem::Empty);
    }
    if named_parquet {
        let problem = "it does not begin with PAR1".to_owned();
        return Err(FileProblem::DamagedParquet(problem));
    }
    if let Some(looks_like) = foreign(head) {
        return Err(FileProblem::NotATable { looks_like });
    }
    let text = bytes.strip_prefix(&[0xef, 0xbb, 0xbf]).unwrap_or(bytes).trim_ascii_start();
    let first = match head.utf16 {
        Some(encoding) => {
            encoding.decode(&bytes[..bytes.len().min(64)]).0.trim_start().bytes().next()
        }
        None => text.first().copied(),
    };
    match first {
        Some(b'{') => Ok(FileFormat::JsonLines),
        Some(b'[') => Err(FileProblem::NotJsonLines {
            line: 1,
            detail: "the file is one JSON array".to_owned(),
        }),
        _ => Ok(FileFormat::Delimited),
    }
}

/// What a file is that is no table in text, if that can be told.
fn foreign(head: &Head) -> Option<&'static str> {
    const KNOWN: [(&[u8], &str); 12] = [
        (b"PK\x03\x04", "a ZIP archive or Excel workbook"),
        (b"\xd0\xcf\x11\xe0", "an old Excel workbook"),
        (b"%PDF", "a PDF document"),
        (b"SQLite format 3", "an SQLite database"),
        (b"ARROW1", "an Arrow file"),
        (b"\x28\xb5\x2f\xfd", "a file compressed with zstd"),
        (b"BZh", "a file compressed with bzip2"),
        (b"\xfd7zXZ", "a file compressed with xz"),
        (b"\x89PNG", "a picture"),
        (b"\xff\xd8\xff", "a picture"),
        (b"<!DOCTYPE", "a web page"),
        (b"<html", "a web page"),
    ];
    if head.utf16.is_some() {
        return None;
    }
    let known = KNOWN.iter().find(|(magic, _)| head.bytes.starts_with(magic));
    let control = |byte: &&u8| **byte < 0x20 && !matches!(**byte, b'\t' | b'\n' | b'\r' | 0x0c);
    let strange = head.bytes.iter().filter(control).count();
    known.map(|&(_, name)| name).or_else(|| {
        (head.bytes.contains(&0) || strange * 20 > head.bytes.len()).then_some("binary data")
    })
}

/// What was met while reading.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct ReadStats {
    /// Rows met, good and bad.
    pub rows: u64,
    /// Rows that are UTF-8 and use it.
    pub utf8_rows: u64,
    /// Rows that are not UTF-8 and were read as Windows-1252, of which Latin-1 is a part.
    pub fallback_rows: u64,
    /// The first of those.
    pub fallback_examples: Vec<String>,
}

impl ReadStats {
    /// The text of a row; Windows-1252 where it is not UTF-8.
    fn decode<'a>(&mut self, bytes: &'a [u8]) -> Cow<'a, str> {
        if let Ok(text) = std::str::from_utf8(bytes) {
            self.utf8_rows += u64::from(!text.is_ascii());
            return Cow::Borrowed(text);
        }
        let text = WINDOWS_1252.decode_without_bom_handling(bytes).0;
        self.fallback_rows += 1;
        if self.fallback_examples.len() < MAX_EXAMPLES {
            self.fallback_examples.push(shorten(&text));
        }
        text
    }
}

/// Names for all columns: blank ones numbered, repeated ones told apart.
fn distinct_names(names: impl Iterator<Item = String>) -> Vec<String> {
    let mut seen = HashSet::new();
    let mut distinct = Vec::new();
    for (position, name) in names.enumerate() {
        let name = if name.is_empty() { format!("column {}", position + 1) } else { name };
        let mut candidate = name.clone();
        let mut number = 2;
        while !seen.insert(candidate.clone()) {
            candidate = format!("{name} ({number})");
            number += 1;
        }
        distinct.push(candidate);
    }
    distinct
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blank_and_repeated_names_are_told_apart() {
        let names = ["", "a", "a", "column 1"].map(str::to_owned);
        assert_eq!(distinct_names(names.into_iter()), ["column 1", "a", "a (2)", "column 1 (2)"]);
    }
}
