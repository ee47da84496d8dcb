//! Why nothing could be loaded. Each message says what failed, what was found and what to do next,
//! the path last.

use std::fmt::Write as _;
use std::io;
use std::path::PathBuf;

use crate::control::Cancelled;
use crate::dataset::privacy::PrivacyError;
use crate::dataset::schema::{Field, Role};

/// Nothing could be loaded.
#[derive(Debug, thiserror::Error)]
pub enum LoadError {
    /// Neither events nor a catalogue were given.
    #[error(
        "cannot load a shop: neither a file of events nor a catalogue was given. \
         Choose at least one of them"
    )]
    NothingGiven,
    /// Something is wrong with one file.
    #[error("cannot load {}: {problem}. File: {}", what.unwrap_or("the file"), path.display())]
    File {
        /// What it was to hold, where that is known: `events`, `catalog`, `users`.
        what: Option<&'static str>,
        /// The file.
        path: PathBuf,
        /// What is wrong, and what to do next.
        problem: FileProblem,
    },
    /// A folder that cannot be opened as a shop.
    #[error("cannot open the folder: {problem}. Folder: {}", path.display())]
    Folder {
        /// The folder.
        path: PathBuf,
        /// What is wrong, and what to do next.
        problem: String,
    },
    /// A table without a column that was asked for.
    #[error(
        "cannot read texts: there is no column {wanted} (found {found}). Name one of those found. \
         File: {}",
        path.display()
    )]
    Columns {
        /// The column.
        wanted: String,
        /// Those that are there.
        found: String,
        /// The file.
        path: PathBuf,
    },
    /// The privacy policy cannot be kept.
    #[error(transparent)]
    Privacy(#[from] PrivacyError),
    /// The load was cancelled on request.
    #[error(transparent)]
    Cancelled(#[from] Cancelled),
}

/// What is wrong with one file, and what to do next.
#[derive(Debug, thiserror::Error)]
pub enum FileProblem {
    /// Nothing lies there.
    #[error("there is no such file. Check the name and the folder")]
    Missing,
    /// It is not the file any more that was begun.
    #[error(
        "it was written to while it was read, so what was read may be half of one state and half of \
         another; nothing was imported. Wait until it is complete, or import a copy of it"
    )]
    ChangedMeanwhile,
    /// A folder lies there.
    #[error("this is a folder, not a file. Choose a file in it, or open the folder as a whole")]
    IsFolder,
    /// The system refuses to read it.
    #[error("the file cannot be read ({0}). Check its permissions and that the disk is there")]
    Unreadable(io::Error),
    /// Zero bytes, or blank lines only.
    #[error("the file is empty. Export it again, or choose another one")]
    Empty,
    /// Column names and nothing below them.
    #[error(
        "there are column names ({}) but no rows below them. Export it again with its rows, or \
         choose another file",
        quoted(columns)
    )]
    HeaderOnly {
        /// The columns.
        columns: Vec<String>,
    },
    /// Not text, or text of a kind that is not read.
    #[error(
        "this is {looks_like}, not a table in text (CSV, TSV, JSON), Parquet, Arrow or a workbook. \
         Export it as CSV in UTF-8, or as Parquet"
    )]
    NotATable {
        /// What it seems to be.
        looks_like: &'static str,
    },
    /// The gzip data break off or are damaged.
    #[error("the gzip data are damaged ({0}). Compress or download the file again")]
    DamagedGzip(io::Error),
    /// The zstd data break off or are damaged.
    #[error("the zstd data are damaged ({0}). Compress or download the file again")]
    DamagedZstd(io::Error),
    /// Decompression gives far more than any table would, as in a file made to fill a disk.
    #[error(
        "its {packed} compressed bytes unfold to more than {unfolded}, which no table does. If the \
         file can be trusted, decompress it and load what comes out"
    )]
    UnfoldsTooFar {
        /// Bytes on disk so far.
        packed: u64,
        /// Bytes they became so far.
        unfolded: u64,
    },
    /// A line so long that the file can hardly be a table.
    #[error(
        "line {line} is longer than {bytes} bytes, so this can hardly be a table. Check that it is \
         complete and that each row ends its line"
    )]
    LineTooLong {
        /// The line, from 1.
        line: u64,
        /// Bytes read of it.
        bytes: usize,
    },
    /// More columns than any table has.
    #[error(
        "its first line has more than {most} values, so it can hardly hold the names of columns. \
         Check the delimiter, or leave out columns that are not needed"
    )]
    TooManyColumns {
        /// As many can be read.
        most: usize,
    },
    /// Asked to read units by period where no columns are numbered.
    #[error(
        "there is no product beside numbered columns such as W1, W2, W3 (found {}). Name the \
         columns so, or load it with --format csv",
        quoted(found)
    )]
    NoPeriods {
        /// The columns there are.
        found: Vec<String>,
    },
    /// An Arrow file that cannot be read.
    #[error("the Arrow file is damaged or cut short ({0}). Write or download it again")]
    DamagedArrow(String),
    /// A workbook that cannot be read.
    #[error(
        "the workbook cannot be read ({0}). Open it in a spreadsheet program and save it again, or \
         export the sheet as CSV"
    )]
    DamagedWorkbook(String),
    /// A workbook without rows, or without the sheet that was asked for.
    #[error(
        "{} (the sheets are {}). Choose one with --format FILE=excel:SHEET",
        match sheet {
            Some(sheet) => format!("there is no sheet {sheet:?} with rows"),
            None => "no sheet has rows".to_owned(),
        },
        quoted(sheets)
    )]
    NoSheet {
        /// The sheet that was asked for.
        sheet: Option<String>,
        /// The sheets there are.
        sheets: Vec<String>,
    },
    /// A Parquet file that cannot be read.
    #[error("the Parquet file is damaged or cut short ({0}). Write or download it again")]
    DamagedParquet(String),
    /// Nothing in a JSON file is an object.
    #[error(
        "nothing in it is a JSON object (line {line}: {detail}). Write one object a line, such as \
         {{\"user_id\":\"u1\",\"item_id\":\"p1\",\"event\":\"view\"}}"
    )]
    NotJsonLines {
        /// The first line that is none.
        line: u64,
        /// What the parser says.
        detail: String,
    },
    /// A required field has no column.
    #[error("{}", no_column(*role, *field, found))]
    NoColumn {
        /// What the file was to hold.
        role: Role,
        /// The field.
        field: Field,
        /// The columns there are.
        found: Vec<String>,
    },
    /// The user named a column that does not exist.
    #[error(
        "the column {column:?}, chosen for {field}, is not there (found {}). Choose another one \
         under Data > Columns or with --map {field}=…",
        quoted(found)
    )]
    NoSuchColumn {
        /// The field.
        field: Field,
        /// What the user named.
        column: String,
        /// The columns there are.
        found: Vec<String>,
    },
    /// A column that was asked for by name.
    #[error("there is no column {column:?} (found {}). Name one of those", quoted(found))]
    UnknownColumn {
        /// What was asked for.
        column: String,
        /// The columns there are.
        found: Vec<String>,
    },
    /// Every row was rejected.
    #[error(
        "none of its {rows} rows could be used, mostly because of {reason} ({example}). Check the \
         columns under Data > Columns or with --map"
    )]
    NothingUsable {
        /// Rows read.
        rows: u64,
        /// The most frequent reason.
        reason: &'static str,
        /// Its first example.
        example: String,
    },
    /// Some event files have times and this one has none.
    #[error(
        "it has no column for \"time\" but another file of events has one, so the two cannot be \
         put in order. Choose a column under Data > Columns or with --map time=…, or load the \
         files one by one"
    )]
    TimesDisagree,
}

/// Column names for a message: `"a", "b" and 7 more`.
pub(super) fn quoted(names: &[String]) -> String {
    const SHOWN: usize = 12;
    let mut text =
        names.iter().take(SHOWN).map(|name| format!("{name:?}")).collect::<Vec<_>>().join(", ");
    if names.len() > SHOWN {
        // Writing to a String cannot fail.
        let _ = write!(text, " and {} more", names.len() - SHOWN);
    }
    text
}

fn no_column(role: Role, field: Field, found: &[String]) -> String {
    let mut text = format!(
        "there is no column for \"{field}\" (found {}). Choose one under Data > Columns or with \
         --map {field}=…",
        quoted(found)
    );
    if found.len() == 1 {
        text.push_str(
            "; only one column was found, so check that values are separated by comma, tab, \
             semicolon or |",
        );
    } else if found.iter().all(|name| name.starts_with("column ")) {
        text.push_str(
            "; the first line has to hold the names of the columns, and here it holds values, so \
             name them by position, as in --map user=column1,item=column2",
        );
    } else if role == Role::Catalog && field == Field::Item {
        text.push_str("; --map item=#row makes every row a product of its own");
    } else if role == Role::Events && field == Field::User {
        text.push_str("; --map user=#row makes every row a shopper of its own");
    }
    text
}

/// Why reading stopped before the end.
#[derive(Debug)]
pub(super) enum Stop {
    /// Something is wrong with the file.
    Problem(FileProblem),
    /// Somebody asked for a stop.
    Cancelled(Cancelled),
    /// The reader has seen what it wanted.
    Enough,
}

impl From<FileProblem> for Stop {
    fn from(problem: FileProblem) -> Self {
        Self::Problem(problem)
    }
}

impl From<Cancelled> for Stop {
    fn from(cancelled: Cancelled) -> Self {
        Self::Cancelled(cancelled)
    }
}
