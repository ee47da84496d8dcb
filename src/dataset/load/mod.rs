//! From a shop's files to a [`Dataset`]: CSV and its kin, JSON, Parquet, Arrow, workbooks and the
//! plain files of recommender research, for the catalogue, the shoppers and what they did.
//!
//! Columns are recognised by name and value, or taken from the user's [`Mappings`]; bad rows are
//! counted with examples and never fatal; everything that happened stands in the [`LoadReport`].

use std::path::PathBuf;

use super::privacy::PrivacyRequest;
use super::schema::{Mappings, Role};
use super::{Dataset, Origin};

mod assemble;
mod calendar;
pub(in crate::dataset) mod careful;
mod cell;
mod checks;
mod error;
mod events;
mod findings;
mod folder;
mod format;
mod fuzz;
mod named;
mod number;
mod oddities;
mod parquet_check;
mod plan;
mod preview;
mod products;
mod recognise;
mod report;
mod revision;
mod shoppers;
mod source;
mod sparse;
mod synonyms;
#[cfg(test)]
mod tests;
mod text_columns;
mod texts;
mod timestamp;

pub use assemble::load;
pub use calendar::format_ms;
pub use careful::catches_panics;
pub use error::{FileProblem, LoadError};
pub use folder::guess_request;
pub use format::{FileFormat, FormatChoice, Formats, UnknownFormat};
pub use fuzz::{FUZZ_READERS, FuzzFinding, FuzzReader, Fuzzer};
pub use named::{NamedColumns, TextValues, read_columns};
pub use oddities::{OddRows, Oddities};
pub use preview::{preview, preview_as, preview_in};
pub use report::{
    EventWord, Example, LoadReport, MAX_EXAMPLES, MappedColumn, MatchReason, RejectReason,
    Rejected, SourceReport, Warning, WarningKind,
};
pub use revision::revision_of;
pub use source::Compression;
pub use text_columns::{ColumnLook, TextColumns, text_columns};
pub use texts::texts_of_table;

/// What to load.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LoadRequest {
    /// Name of the shop, to show.
    pub name: String,
    /// Files of events.
    pub events: Vec<PathBuf>,
    /// Files of products.
    pub catalog: Vec<PathBuf>,
    /// Files of shoppers.
    pub users: Vec<PathBuf>,
    /// The user's corrections.
    pub mapping: Mappings,
    /// How files are laid out, where the user said; the rest is found out.
    pub formats: Formats,
    /// Whether the files were simulated.
    pub origin: Origin,
    /// What is left out, made coarser, masked or given another name before it is stored.
    pub privacy: PrivacyRequest,
}

/// A dataset with the story of how it came about.
#[derive(Debug, Clone)]
pub struct Loaded {
    /// The shop.
    pub dataset: Dataset,
    /// What happened to the rows.
    pub report: LoadReport,
}

/// A look into a file before it is loaded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Preview {
    /// Where it lies.
    pub path: PathBuf,
    /// How it is laid out.
    pub format: FileFormat,
    /// What stands between values, of delimited files.
    pub delimiter: Option<char>,
    /// Character encoding, of text files.
    pub encoding: Option<String>,
    /// All columns.
    pub columns: Vec<String>,
    /// The first rows, a value per column; empty where there is none.
    pub rows: Vec<Vec<String>>,
    /// What the file seems to hold.
    pub role: Role,
    /// The columns that would be used for that.
    pub mapping: Vec<MappedColumn>,
    /// The words of the event column in the rows looked at, and what they would be taken for.
    pub event_words: Vec<EventWord>,
}

/// The files of a folder that can be loaded together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FolderGuess {
    /// What to load.
    pub request: LoadRequest,
    /// Data files that were not taken, with the reason.
    pub ignored: Vec<(PathBuf, String)>,
}
