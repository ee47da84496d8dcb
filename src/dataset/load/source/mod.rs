//! Files as tables: a list of columns, and rows of cells handed to a visitor one after another.

use std::borrow::Cow;
use std::collections::HashSet;
use std::path::{Path, PathBuf};

use encoding_rs::WINDOWS_1252;

use super::cell::{OwnedCell, Row};
use super::error::{FileProblem, Stop};
use super::format::{FileFormat, FormatChoice};
use super::recognise::Binding;
use super::report::{MAX_EXAMPLES, shorten};
use crate::control::Control;
use crate::dataset::schema::{Field, Role};

mod arrow;
mod arrow_messages;
mod bytes;
mod columns;
mod compressed;
mod delimited;
mod detect;
mod encoding;
mod flatbuffer;
mod json;
mod json_flatten;
mod json_stream;
mod layout;
mod parquet;
mod periods;
mod plain;
mod records;
mod text;
mod workbook;

use arrow::ArrowTable;
use bytes::Head;
pub use compressed::Compression;
use delimited::Delimited;
use json::JsonTable;
use parquet::ParquetTable;
use periods::Periods;
use plain::Plain;
use workbook::Workbook;

/// Values looked at in a sample; a table with very many columns gives fewer rows.
const SAMPLED_VALUES: usize = 1 << 20;

/// Takes rows one after another; an error stops the reading.
pub(super) type Visitor<'v> = dyn FnMut(Row<'_>) -> Result<(), Stop> + 'v;

/// A file that was opened and whose columns are known.
#[derive(Debug, Clone)]
pub(super) struct Source {
    /// Where it lies.
    pub path: PathBuf,
    format: FileFormat,
    head: Head,
    table: Table,
}

/// The file as one of the shapes that are read.
#[derive(Debug, Clone)]
enum Table {
    Delimited(Delimited),
    Periods(Periods),
    Plain(Plain),
    Json(JsonTable),
    Parquet(ParquetTable),
    Arrow(ArrowTable),
    Workbook(Workbook),
}

impl Source {
    /// Finds out what the file is, unless the user said, and which columns it has.
    pub(super) fn open(path: &Path, choice: &FormatChoice) -> Result<Self, FileProblem> {
        let head = bytes::head(path)?;
        let format = match choice.format {
            Some(_) if head.bytes.is_empty() => return Err(FileProblem::Empty),
            Some(format) => format,
            None => detect::detect(path, &head)?,
        };
        let table = match format {
            FileFormat::Parquet => Table::Parquet(ParquetTable::open(path)?),
            FileFormat::Arrow => Table::Arrow(ArrowTable::open(path)?),
            FileFormat::Excel => Table::Workbook(Workbook::open(path, choice.sheet.as_deref())?),
            FileFormat::JsonLines | FileFormat::Json | FileFormat::Amazon => {
                Table::Json(JsonTable::sniff(path, &head, format)?)
            }
            FileFormat::Periods => Table::Periods(Periods::sniff(path, &head)?),
            FileFormat::Sequence | FileFormat::Pairs | FileFormat::Baskets | FileFormat::Lines => {
                Table::Plain(Plain::sniff(&head, format)?)
            }
            FileFormat::Delimited | FileFormat::RecBole | FileFormat::MovieLens => {
                Table::Delimited(Delimited::sniff(path, &head, format)?)
            }
        };
        let format = if let Table::Json(table) = &table { table.format() } else { format };
        Ok(Self { path: path.to_owned(), format, head, table })
    }

    /// How the file is laid out.
    pub(super) fn format(&self) -> FileFormat {
        self.format
    }

    /// What stands between values.
    pub(super) fn delimiter(&self) -> Option<char> {
        match &self.table {
            Table::Delimited(table) => table.delimiter(),
            Table::Periods(table) => table.delimiter(),
            Table::Plain(table) => table.delimiter(),
            _ => None,
        }
    }

    /// How the file is compressed as a whole.
    pub(super) fn compression(&self) -> Option<Compression> {
        self.head.compression
    }

    /// All columns, distinct.
    pub(super) fn columns(&self) -> &[String] {
        match &self.table {
            Table::Delimited(table) => &table.columns,
            Table::Periods(table) => &table.columns,
            Table::Plain(table) => &table.columns,
            Table::Json(table) => &table.columns,
            Table::Parquet(table) => &table.columns,
            Table::Arrow(table) => &table.columns,
            Table::Workbook(table) => &table.columns,
        }
    }

    /// The fields that the format itself settles, in a file of this role.
    pub(super) fn known(&self, role: Role) -> Vec<(Field, Binding)> {
        match &self.table {
            Table::Periods(_) => Periods::known(role),
            Table::Plain(table) => table.known(role),
            _ => Vec::new(),
        }
    }

    fn is_text(&self) -> bool {
        !matches!(self.table, Table::Parquet(_) | Table::Arrow(_) | Table::Workbook(_))
    }

    /// The character encoding of a text file, given what was met while reading it, or by its
    /// beginning where it has not been read.
    pub(super) fn encoding(&self, stats: &ReadStats) -> Option<String> {
        if !self.is_text() {
            return None;
        }
        let encoding = match self.head.encoding {
            Some(encoding) => encoding.name(),
            None if stats.fallback_rows > 0 || (stats.rows == 0 && !self.head.is_utf8()) => {
                WINDOWS_1252.name()
            }
            None => "UTF-8",
        };
        Some(encoding.to_owned())
    }

    /// Hands every row to `visit`, with the cells of the wanted columns in that order.
    pub(super) fn read(
        &self,
        wanted: &[usize],
        control: &Control,
        visit: &mut Visitor<'_>,
    ) -> Result<ReadStats, Stop> {
        let (path, head) = (&self.path, &self.head);
        match &self.table {
            Table::Delimited(table) => table.read(path, head, wanted, control, visit),
            Table::Periods(table) => table.read(path, head, wanted, control, visit),
            Table::Plain(table) => table.read(path, head, wanted, control, visit),
            Table::Json(table) => table.read(path, head, wanted, control, visit),
            Table::Parquet(table) => table.read(path, wanted, control, visit),
            Table::Arrow(table) => table.read(path, wanted, control, visit),
            Table::Workbook(table) => table.read(path, wanted, control, visit),
        }
    }

    /// The first good rows, all columns.
    pub(super) fn sample(&self, rows: usize) -> Result<Vec<Vec<OwnedCell>>, FileProblem> {
        let rows = rows.min(SAMPLED_VALUES / self.columns().len().max(1)).max(1);
        match &self.table {
            Table::Parquet(table) => return table.sample(&self.path, rows),
            Table::Arrow(table) => return table.sample(&self.path, rows),
            _ => {}
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
