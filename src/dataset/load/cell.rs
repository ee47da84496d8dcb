//! One value of a table, whatever the file format.

use std::borrow::Cow;

use super::report::RejectReason;

/// One value.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Cell<'a> {
    /// Nothing stands there.
    Missing,
    /// Text as in the file.
    Text(&'a str),
    /// A whole number of a typed format.
    Int(i64),
    /// A number of a typed format.
    Float(f64),
    /// A time of a typed format, milliseconds since 1970-01-01 UTC.
    TimeMs(i64),
}

impl<'a> Cell<'a> {
    /// The trimmed text of the value; `None` where it is missing or says so (`null`, `NaN`, …).
    pub(super) fn text(self) -> Option<Cow<'a, str>> {
        match self {
            Self::Missing => None,
            Self::Text(text) => present(text).map(Cow::Borrowed),
            Self::Int(value) => Some(Cow::Owned(value.to_string())),
            Self::Float(value) if value.is_nan() => None,
            Self::Float(value) => Some(Cow::Owned(float_text(value))),
            Self::TimeMs(value) => Some(Cow::Owned(super::calendar::format_ms(value))),
        }
    }
}

/// A whole number stored as a float, as pandas stores ids beside missing ones, is that number.
fn float_text(value: f64) -> String {
    const EXACT: f64 = 9_007_199_254_740_992.0;
    if value.fract() == 0.0 && value.abs() < EXACT {
        format!("{value:.0}")
    } else {
        value.to_string()
    }
}

/// Text without surrounding space, unless it is blank or a usual word for "nothing".
pub(super) fn present(text: &str) -> Option<&str> {
    let text = text.trim();
    let absent = match text.as_bytes() {
        [] => true,
        [b'n' | b'N' | b'<' | b'\\', ..] if text.len() <= 4 => {
            text == "\\N"
                || ["null", "nan", "na", "n/a", "<na>"]
                    .iter()
                    .any(|word| text.eq_ignore_ascii_case(word))
        }
        _ => false,
    };
    (!absent).then_some(text)
}

/// One row as the readers hand it on.
#[derive(Debug)]
pub(super) enum Row<'a> {
    /// A row with a cell for each requested column.
    Good(GoodRow<'a>),
    /// A row that the reader could not take apart.
    Bad {
        /// Line or row number from 1.
        line: u64,
        /// What is wrong.
        reason: RejectReason,
        /// What stands there.
        text: Cow<'a, str>,
    },
}

/// A row with a cell for each requested column.
#[derive(Debug)]
pub(super) struct GoodRow<'a> {
    /// Line or row number from 1.
    pub line: u64,
    /// The requested columns, in the order asked for.
    pub cells: &'a [Cell<'a>],
    /// The whole row as in the file; `None` where that is no text.
    pub raw: Option<&'a str>,
}

impl GoodRow<'_> {
    /// The row for a report.
    pub(super) fn example(&self) -> String {
        self.raw.map_or_else(
            || {
                let texts = self.cells.iter().map(|cell| cell.text().unwrap_or_default());
                texts.collect::<Vec<_>>().join(", ")
            },
            str::to_owned,
        )
    }
}

/// A value that outlives its row.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum OwnedCell {
    /// Nothing stands there.
    Missing,
    /// Text as in the file.
    Text(String),
    /// A whole number of a typed format.
    Int(i64),
    /// A number of a typed format.
    Float(f64),
    /// A time of a typed format, milliseconds since 1970-01-01 UTC.
    TimeMs(i64),
}

impl OwnedCell {
    /// The value to look at.
    pub(super) fn as_cell(&self) -> Cell<'_> {
        match self {
            Self::Missing => Cell::Missing,
            Self::Text(text) => Cell::Text(text),
            Self::Int(value) => Cell::Int(*value),
            Self::Float(value) => Cell::Float(*value),
            Self::TimeMs(value) => Cell::TimeMs(*value),
        }
    }
}

impl From<Cell<'_>> for OwnedCell {
    fn from(cell: Cell<'_>) -> Self {
        match cell {
            Cell::Missing => Self::Missing,
            Cell::Text(text) => Self::Text(text.to_owned()),
            Cell::Int(value) => Self::Int(value),
            Cell::Float(value) => Self::Float(value),
            Cell::TimeMs(value) => Self::TimeMs(value),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_for_nothing_are_missing() {
        for text in ["", "  ", "null", "NaN", "NA", "n/a", "\\N", "<NA>"] {
            assert_eq!(Cell::Text(text).text(), None, "{text:?}");
        }
        assert_eq!(Cell::Text(" nano ").text().as_deref(), Some("nano"));
    }

    #[test]
    fn whole_floats_read_as_whole_numbers() {
        assert_eq!(Cell::Float(17850.0).text().as_deref(), Some("17850"));
        assert_eq!(Cell::Float(2.5).text().as_deref(), Some("2.5"));
        assert_eq!(Cell::Float(f64::NAN).text(), None);
        assert_eq!(Cell::Int(-3).text().as_deref(), Some("-3"));
    }
}
