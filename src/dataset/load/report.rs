//! What happened to each row of each file.

use std::collections::BTreeMap;
use std::fmt;
use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use super::format::FileFormat;
use super::oddities::Oddities;
use super::source::Compression;
use crate::dataset::event::EventKind;
use crate::dataset::privacy::Provenance;
use crate::dataset::schema::{Field, Role};

/// Examples kept of each reason.
pub const MAX_EXAMPLES: usize = 5;

/// Longest example text, in characters.
const MAX_EXAMPLE_CHARS: usize = 200;

/// Why a row was left out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RejectReason {
    /// Another number of values than the header names.
    RaggedRow,
    /// A quote that is never closed.
    UnclosedQuote,
    /// A line that is no JSON object.
    BadJson,
    /// No shopper id.
    NoUser,
    /// No product id.
    NoItem,
    /// No time although the file has a time column.
    NoTime,
    /// A time that cannot be read.
    BadTime,
    /// A number that cannot be read.
    BadNumber,
    /// A word in the event column that stands for no known kind.
    UnknownEvent,
    /// An id that an earlier row already had.
    DuplicateId,
}

impl RejectReason {
    /// What it means, for people.
    #[must_use]
    pub const fn describe(self) -> &'static str {
        match self {
            Self::RaggedRow => "another number of values than the header",
            Self::UnclosedQuote => "a quote that is never closed",
            Self::BadJson => "not a JSON object",
            Self::NoUser => "no user",
            Self::NoItem => "no product",
            Self::NoTime => "no time",
            Self::BadTime => "a time that cannot be read",
            Self::BadNumber => "a number that cannot be read",
            Self::UnknownEvent => "an unknown event word",
            Self::DuplicateId => "an id that an earlier row already has",
        }
    }
}

/// One row that shows a problem.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Example {
    /// Line in the file from 1, the header included; row from 1 in a Parquet file.
    pub line: u64,
    /// What stands there, shortened.
    pub text: String,
}

/// Rows left out for one reason.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rejected {
    /// Why.
    pub reason: RejectReason,
    /// How many.
    pub count: u64,
    /// The first few, at most [`MAX_EXAMPLES`].
    pub examples: Vec<Example>,
}

/// Which column fills a field, and why that one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MappedColumn {
    /// What the column means.
    pub field: Field,
    /// Its name in the file; `#row` or `#view`, … where the user chose no column.
    pub column: String,
    /// How it was recognised.
    pub reason: MatchReason,
}

/// A word of the event column and what it was taken for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EventWord {
    /// The word as in the file.
    pub word: String,
    /// What it stands for; `None` where that is not known and its rows are left out.
    pub kind: Option<EventKind>,
    /// Rows with it.
    pub count: u64,
}

/// How a column was recognised. `Display` says it in English.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "kind")]
pub enum MatchReason {
    /// The user chose it.
    Chosen,
    /// The format of the file says so.
    Format,
    /// Its name says so; there was nothing to check in the values.
    Name,
    /// Its name says so and its values agree.
    NameAndValues {
        /// Sampled values that fit.
        fitting: u64,
        /// Values sampled.
        sampled: u64,
    },
    /// Its name says so, although most values do not fit.
    NameDespiteValues {
        /// Sampled values that fit.
        fitting: u64,
        /// Values sampled.
        sampled: u64,
    },
    /// Its values say so; the name is unknown.
    Values {
        /// Sampled values that fit.
        fitting: u64,
        /// Values sampled.
        sampled: u64,
    },
}

impl fmt::Display for MatchReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Chosen => write!(f, "chosen by you"),
            Self::Format => write!(f, "by the file's format"),
            Self::Name => write!(f, "by its name"),
            Self::NameAndValues { fitting, sampled } => {
                write!(f, "by its name; {fitting} of {sampled} values looked at fit")
            }
            Self::NameDespiteValues { fitting, sampled } => {
                write!(f, "by its name, although only {fitting} of {sampled} values looked at fit")
            }
            Self::Values { fitting, sampled } => {
                write!(f, "by its values: {fitting} of {sampled} looked at fit")
            }
        }
    }
}

/// One file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SourceReport {
    /// Where it was read from.
    pub path: PathBuf,
    /// What it holds.
    pub role: Role,
    /// How it is laid out.
    pub format: FileFormat,
    /// How it was compressed as a whole.
    #[serde(default)]
    pub compression: Option<Compression>,
    /// What stands between values, of delimited files.
    pub delimiter: Option<char>,
    /// Character encoding, of text files: `UTF-8`, `windows-1252`, `UTF-16LE`, …
    pub encoding: Option<String>,
    /// All columns found.
    pub columns: Vec<String>,
    /// The columns used.
    pub mapping: Vec<MappedColumn>,
    /// The words of the event column, the most frequent first; empty where there is no such column.
    #[serde(default)]
    pub event_words: Vec<EventWord>,
    /// Rows in the file, header and blank lines not counted.
    pub rows_read: u64,
    /// Rows that went into the dataset.
    pub rows_kept: u64,
    /// The others, by reason.
    pub rejected: Vec<Rejected>,
}

impl SourceReport {
    /// Rows left out.
    #[must_use]
    pub fn rows_rejected(&self) -> u64 {
        self.rejected.iter().map(|rejected| rejected.count).sum()
    }
}

/// What a warning is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum WarningKind {
    /// Rows were left out of a file.
    RejectedRows,
    /// Events of products that the catalogue lacks; kept.
    UnknownProducts,
    /// Events of shoppers that the users file lacks; kept.
    UnknownUsers,
    /// Events that equal another in shopper, product, kind, time, amount, price and text; kept.
    DuplicateEvents,
    /// Text that was not UTF-8.
    Encoding,
    /// Dates such as 3/4/2020 that could be read month first or day first.
    AmbiguousDates,
    /// There is no time column, or only running numbers.
    NoTimes,
    /// Products whose price or stock is no number; kept without it.
    UnreadableNumbers,
    /// A catalogue was made from product columns in the events.
    CatalogFromEvents,
    /// Texts that seem to hold e-mail addresses, phone, card or account numbers; kept.
    PersonalData,
    /// Catalogue files say different things of one product; the first file was kept.
    CatalogConflicts,
    /// A file that changed after it was read, or grew while it was.
    ChangedFile,
}

/// Something that the user should know and that does not stop the import.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Warning {
    /// What it is about.
    pub kind: WarningKind,
    /// How many rows, products or shoppers.
    pub count: u64,
    /// The same in words.
    pub message: String,
    /// A few ids or texts, at most [`MAX_EXAMPLES`].
    pub examples: Vec<String>,
}

/// The whole import.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct LoadReport {
    /// Each file, in the order read: catalogue, users, events.
    pub sources: Vec<SourceReport>,
    /// What the user should know.
    pub warnings: Vec<Warning>,
    /// Shoppers in the dataset.
    pub n_users: u64,
    /// Products in the dataset.
    pub n_items: u64,
    /// Events in the dataset.
    pub n_events: u64,
    /// Events kept of each kind; kinds that do not occur are left out.
    pub events_by_type: BTreeMap<EventKind, u64>,
    /// Events whose product is not in the catalogue files; 0 where there are none of those.
    pub events_without_catalog: u64,
    /// Products known from events only, where there is a catalogue file.
    pub items_without_catalog: u64,
    /// Events that equal another one.
    pub duplicate_events: u64,
    /// Whether there are real times.
    pub has_times: bool,
    /// What event rows held that the dataset no longer shows; nothing in reports of older versions.
    #[serde(default)]
    pub oddities: Oddities,
    /// Where the data come from and what was done to them.
    #[serde(default)]
    pub provenance: Provenance,
}

impl LoadReport {
    /// Rows left out of all files.
    #[must_use]
    pub fn rows_rejected(&self) -> u64 {
        self.sources.iter().map(SourceReport::rows_rejected).sum()
    }

    /// Rows in all files.
    #[must_use]
    pub fn rows_read(&self) -> u64 {
        self.sources.iter().map(|source| source.rows_read).sum()
    }
}

/// Counts rows left out while a file is read.
#[derive(Debug, Default)]
pub(super) struct RejectCounter(BTreeMap<RejectReason, Rejected>);

impl RejectCounter {
    /// Count one row; `text` is only asked for while examples are short.
    pub(super) fn add(&mut self, reason: RejectReason, line: u64, text: impl FnOnce() -> String) {
        let entry = self.0.entry(reason).or_insert_with(|| Rejected {
            reason,
            count: 0,
            examples: Vec::new(),
        });
        entry.count += 1;
        if entry.examples.len() < MAX_EXAMPLES {
            entry.examples.push(Example { line, text: shorten(&text()) });
        }
    }

    /// The counts, the most frequent first.
    pub(super) fn finish(self) -> Vec<Rejected> {
        let mut rejected: Vec<_> = self.0.into_values().collect();
        rejected.sort_by_key(|rejected| (std::cmp::Reverse(rejected.count), rejected.reason));
        rejected
    }
}

/// The beginning of a text, on one line.
pub(super) fn shorten(text: &str) -> String {
    let line = text.trim_end_matches(['\r', '\n']);
    let mut short: String = line
        .chars()
        .take(MAX_EXAMPLE_CHARS)
        .map(|character| if character.is_control() { ' ' } else { character })
        .collect();
    if line.chars().nth(MAX_EXAMPLE_CHARS).is_some() {
        short.push('…');
    }
    short
}
