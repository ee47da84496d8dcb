//! How files are laid out, by name, and what the user says about it.

use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::dataset::schema::Role;

/// How a file is laid out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FileFormat {
    /// Lines of values between delimiters: CSV, TSV and their kin.
    Delimited,
    /// Apache Parquet.
    Parquet,
    /// Arrow IPC, as a file (Feather) or as a stream.
    Arrow,
    /// One JSON object a line.
    JsonLines,
    /// One JSON array of objects, or an object that holds one.
    Json,
    /// A sheet of a workbook: .xlsx, .xlsb, .xls or .ods.
    Excel,
    /// `RecBole` atomic files: tab-separated, with names such as `user_id:token`.
    #[serde(rename = "recbole")]
    RecBole,
    /// `MovieLens` files without names: `::`, tabs or bars between values.
    #[serde(rename = "movielens")]
    MovieLens,
    /// A shopper and then its products in the order of time, one shopper a line.
    Sequence,
    /// A shopper and a product a line, in the order of time.
    Pairs,
    /// The products of one basket a line.
    Baskets,
    /// Reviews as Amazon's are given: JSON lines with `reviewerID`, `asin`, `overall`, …
    Amazon,
    /// Plain text, a text a line; the n-th line of one file belongs to the n-th of the other.
    Lines,
    /// A product a line and its units sold in a column per week or other period.
    Periods,
}

impl FileFormat {
    /// Every format.
    pub const ALL: [Self; 14] = [
        Self::Delimited,
        Self::Parquet,
        Self::Arrow,
        Self::JsonLines,
        Self::Json,
        Self::Excel,
        Self::RecBole,
        Self::MovieLens,
        Self::Sequence,
        Self::Pairs,
        Self::Baskets,
        Self::Amazon,
        Self::Lines,
        Self::Periods,
    ];

    /// The name on the command line.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Delimited => "csv",
            Self::Parquet => "parquet",
            Self::Arrow => "arrow",
            Self::JsonLines => "jsonl",
            Self::Json => "json",
            Self::Excel => "excel",
            Self::RecBole => "recbole",
            Self::MovieLens => "movielens",
            Self::Sequence => "sequence",
            Self::Pairs => "pairs",
            Self::Baskets => "baskets",
            Self::Amazon => "amazon",
            Self::Lines => "lines",
            Self::Periods => "periods",
        }
    }

    /// The format of that name.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|format| format.name() == name)
    }

    /// Whether the files of a shop come in this format together, the catalogue and the shoppers
    /// with the events.
    const fn is_of_whole_shops(self) -> bool {
        matches!(self, Self::RecBole | Self::MovieLens | Self::Lines)
    }
}

impl fmt::Display for FileFormat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// How one file is to be read, as far as the user said.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FormatChoice {
    /// The layout; `None` finds out.
    pub format: Option<FileFormat>,
    /// The sheet of a workbook; the first with rows where there is none.
    pub sheet: Option<String>,
}

/// How the files of a request are to be read.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Formats {
    /// All files of events, and the other files where the format is one of whole shops.
    pub events: FormatChoice,
    /// Single files, by path as in the request or by name.
    pub files: BTreeMap<PathBuf, FormatChoice>,
}

/// A format that does not exist.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "there is no format {0:?}. The formats are auto, {names}; write FORMAT for all files of events \
     or FILE=FORMAT for one, and excel:SHEET for one sheet of a workbook",
    names = FileFormat::ALL.map(FileFormat::name).join(", ")
)]
pub struct UnknownFormat(String);

impl Formats {
    /// Takes one word of the user: `sequence`, `orders.xlsx=excel:Sheet2`, `events.dat=auto`.
    ///
    /// # Errors
    /// [`UnknownFormat`] if it names no format.
    pub fn add(&mut self, text: &str) -> Result<(), UnknownFormat> {
        if let Some((file, format)) = text.rsplit_once('=') {
            self.files.insert(PathBuf::from(file), choice(format)?);
        } else {
            self.events = choice(text)?;
        }
        Ok(())
    }

    /// How a file of this role is to be read.
    #[must_use]
    pub fn of(&self, path: &Path, role: Role) -> FormatChoice {
        let by_name = || path.file_name().and_then(|name| self.files.get(Path::new(name)));
        if let Some(choice) = self.files.get(path).or_else(by_name) {
            return choice.clone();
        }
        let reaches =
            role == Role::Events || self.events.format.is_some_and(FileFormat::is_of_whole_shops);
        if reaches { self.events.clone() } else { FormatChoice::default() }
    }
}

fn choice(text: &str) -> Result<FormatChoice, UnknownFormat> {
    let (name, sheet) = match text.split_once(':') {
        Some((name @ "excel", sheet)) => (name, Some(sheet.to_owned())),
        _ => (text, None),
    };
    let format = match name {
        "auto" => None,
        name => Some(FileFormat::parse(name).ok_or_else(|| UnknownFormat(name.to_owned()))?),
    };
    Ok(FormatChoice { format, sheet })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn format_of(formats: &Formats, path: &str, role: Role) -> Option<FileFormat> {
        formats.of(Path::new(path), role).format
    }

    #[test]
    fn one_word_is_for_events_and_a_file_has_its_own() {
        let mut formats = Formats::default();
        formats.add("sequence").unwrap();
        formats.add("b.xlsx=excel:Orders").unwrap();
        assert_eq!(format_of(&formats, "x/a.txt", Role::Events), Some(FileFormat::Sequence));
        assert_eq!(format_of(&formats, "x/a.txt", Role::Catalog), None);
        let workbook = formats.of(Path::new("x/b.xlsx"), Role::Catalog);
        assert_eq!(workbook.format, Some(FileFormat::Excel));
        assert_eq!(workbook.sheet.as_deref(), Some("Orders"));
        formats.add("auto").unwrap();
        assert_eq!(format_of(&formats, "x/a.txt", Role::Events), None);
        formats.add("lines").unwrap();
        assert_eq!(format_of(&formats, "x/a.txt", Role::Catalog), Some(FileFormat::Lines));
    }

    #[test]
    fn names_are_read_back_and_unknown_ones_refused() {
        for format in FileFormat::ALL {
            assert_eq!(FileFormat::parse(format.name()), Some(format));
        }
        let message = Formats::default().add("doc").unwrap_err().to_string();
        assert!(message.contains("no format \"doc\"") && message.contains("auto, csv, parquet"));
    }
}
