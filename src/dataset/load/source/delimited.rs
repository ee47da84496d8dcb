//! CSV, TSV and their kin: which character separates values, whether the first line names them, and
//! the rows as cells.

use std::borrow::Cow;
use std::path::Path;

use super::bytes::Head;
use super::records::{self, MOST_VALUES, Parsed, Record, Span, Syntax};
use super::{ReadStats, Visitor, layout, text};
use crate::control::Control;
use crate::dataset::load::cell::{Cell, GoodRow, Row};
use crate::dataset::load::error::{FileProblem, Stop};
use crate::dataset::load::format::FileFormat;
use crate::dataset::load::report::RejectReason;

const DELIMITERS: [u8; 4] = [b',', b'\t', b';', b'|'];
/// Records looked at to find the delimiter.
const SNIFFED: usize = 200;

/// A delimited file whose columns are known.
#[derive(Debug, Clone)]
pub(super) struct Delimited {
    pub syntax: Syntax,
    pub columns: Vec<String>,
    /// The first record is one of values, not of names.
    pub is_headerless: bool,
}

impl Delimited {
    /// Finds delimiter and columns.
    pub(super) fn sniff(path: &Path, head: &Head, format: FileFormat) -> Result<Self, FileProblem> {
        let sample = head.text();
        if sample.trim().is_empty() {
            return Err(FileProblem::Empty);
        }
        let newline = text::newline_of(&sample);
        let syntax = if format == FileFormat::MovieLens && sample.contains("::") {
            Syntax { delimiter: Some(b':'), doubled: true, newline }
        } else {
            let delimiter = match format {
                FileFormat::RecBole => b'\t',
                _ => find_delimiter(&sample, newline, head.is_whole()),
            };
            Syntax { delimiter: Some(delimiter), doubled: false, newline }
        };
        let sampled = sample_records(&sample, syntax, head.is_whole());
        let nameless = if format == FileFormat::MovieLens {
            layout::movielens(path, &sampled).filter(|_| !is_named(&sampled))
        } else {
            let is_headerless = format == FileFormat::Delimited && layout::is_headerless(&sampled);
            is_headerless.then(|| layout::names(&sampled))
        };
        if let Some(columns) = nameless {
            return Ok(Self { syntax, columns, is_headerless: true });
        }
        let mut records = text::open(path, head, syntax)?;
        let header = records.next().map_err(|error| head.problem(error))?;
        let columns =
            header.map(|record| header_names(&record, syntax)).ok_or(FileProblem::Empty)?;
        if columns.len() > MOST_VALUES {
            return Err(FileProblem::TooManyColumns { most: MOST_VALUES });
        }
        Ok(Self { syntax, columns, is_headerless: false })
    }

    /// What stands between values.
    pub(super) fn delimiter(&self) -> Option<char> {
        self.syntax.delimiter.map(char::from)
    }

    /// Hands every row to `visit`, with the cells of the wanted columns.
    pub(super) fn read(
        &self,
        path: &Path,
        head: &Head,
        wanted: &[usize],
        control: &Control,
        visit: &mut Visitor<'_>,
    ) -> Result<ReadStats, Stop> {
        let mut scratch = RowScratch::default();
        let mut is_header = !self.is_headerless;
        text::each(path, head, self.syntax, control, &mut |record, text, stats| {
            if std::mem::take(&mut is_header) {
                *stats = ReadStats::default();
                return Ok(());
            }
            stats.rows += 1;
            self.hand_on(record, text, wanted, &mut scratch, visit)
        })
    }

    fn hand_on(
        &self,
        record: &Record<'_>,
        text: Cow<'_, str>,
        wanted: &[usize],
        scratch: &mut RowScratch,
        visit: &mut Visitor<'_>,
    ) -> Result<(), Stop> {
        let bad = |reason| Row::Bad { line: record.line, reason, text: text.clone() };
        if record.unclosed {
            return visit(bad(RejectReason::UnclosedQuote));
        }
        let spans = match &text {
            Cow::Borrowed(_) => record.spans,
            Cow::Owned(text) => {
                // The positions have moved; structure is ASCII, so it is the same record.
                records::parse(text.as_bytes(), self.syntax, true, &mut scratch.spans);
                &scratch.spans
            }
        };
        if !self.fits(&text, spans) {
            return visit(bad(RejectReason::RaggedRow));
        }
        scratch.unquoted.clear();
        scratch.unquoted.extend(wanted.iter().map(|&column| unquote(&text, spans[column])));
        let cells: Vec<Cell<'_>> = (wanted.iter().zip(&scratch.unquoted))
            .map(|(&column, unquoted)| match unquoted {
                Some(unquoted) => Cell::Text(unquoted),
                None => Cell::Text(spans[column].of(&text)),
            })
            .collect();
        visit(Row::Good(GoodRow { line: record.line, cells: &cells, raw: Some(&text) }))
    }

    /// As many values as columns; empty ones beyond do no harm.
    fn fits(&self, text: &str, spans: &[Span]) -> bool {
        (self.columns.len()..=MOST_VALUES).contains(&spans.len())
            && spans[self.columns.len()..].iter().all(|span| span.of(text).trim().is_empty())
    }
}

/// Buffers kept between rows.
#[derive(Default)]
struct RowScratch {
    spans: Vec<Span>,
    unquoted: Vec<Option<String>>,
}

/// The value with its doubled quotes made single, where it has any.
fn unquote(text: &str, span: Span) -> Option<String> {
    span.is_doubled().then(|| span.of(text).replace("\"\"", "\""))
}

/// A value as it is meant.
pub(super) fn value(text: &str, span: Span) -> Cow<'_, str> {
    unquote(text, span).map_or_else(|| Cow::Borrowed(span.of(text)), Cow::Owned)
}

/// Whether the first record holds names after all.
fn is_named(records: &[Vec<String>]) -> bool {
    let known = |name: &String| crate::dataset::load::synonyms::is_known(name);
    records.first().is_some_and(|first| first.iter().any(known))
}

/// The delimiter that splits the header into most values, weighted by the share of the following
/// records that have as many. A comma where nothing splits.
pub(super) fn find_delimiter(sample: &str, newline: u8, whole: bool) -> u8 {
    let score = |delimiter: u8| {
        let syntax = Syntax { delimiter: Some(delimiter), doubled: false, newline };
        let counts = value_counts(sample.as_bytes(), syntax, whole);
        let header = counts.first().copied().unwrap_or(0);
        let same = counts.iter().filter(|&&count| count == header).count();
        if header < 2 { 0 } else { header * 1000 * same / counts.len() }
    };
    // Of equal scores the first delimiter wins.
    DELIMITERS.into_iter().rev().max_by_key(|&delimiter| score(delimiter)).unwrap_or(b',')
}

fn value_counts(mut bytes: &[u8], syntax: Syntax, whole: bool) -> Vec<usize> {
    let mut counts = Vec::new();
    let mut spans = Vec::new();
    while counts.len() < SNIFFED && !bytes.is_empty() {
        match records::parse(bytes, syntax, whole, &mut spans) {
            Parsed::Record(length) => {
                if !bytes[..length].trim_ascii().is_empty() {
                    counts.push(spans.len());
                }
                bytes = &bytes[length..];
            }
            Parsed::Unclosed(length) => bytes = &bytes[length..],
            Parsed::NeedMore if counts.is_empty() => {
                records::parse(bytes, syntax, true, &mut spans);
                counts.push(spans.len());
                break;
            }
            Parsed::NeedMore => break,
        }
    }
    counts
}

/// The values of the first records; those with a quote that stays open are left out.
pub(super) fn sample_records(sample: &str, syntax: Syntax, is_whole: bool) -> Vec<Vec<String>> {
    let mut rest = sample;
    let mut found = Vec::new();
    let mut spans = Vec::new();
    while found.len() < SNIFFED && !rest.is_empty() {
        let length = match records::parse(rest.as_bytes(), syntax, is_whole, &mut spans) {
            Parsed::NeedMore => break,
            Parsed::Unclosed(length) => {
                spans.clear();
                length
            }
            Parsed::Record(length) => length,
        };
        if !spans.is_empty() && !rest[..length].trim().is_empty() {
            found.push(spans.iter().map(|&span| value(rest, span).into_owned()).collect());
        }
        rest = &rest[length..];
    }
    found
}

/// Distinct names for all columns.
fn header_names(record: &Record<'_>, syntax: Syntax) -> Vec<String> {
    let text = ReadStats::default().decode(record.bytes).into_owned();
    let mut spans = Vec::new();
    records::parse(text.as_bytes(), syntax, true, &mut spans);
    let name = |span: &Span| value(&text, *span).trim().to_owned();
    super::distinct_names(spans.iter().map(name))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn delimiter(sample: &str) -> char {
        char::from(find_delimiter(sample, b'\n', true))
    }

    #[test]
    fn the_delimiter_is_the_one_that_splits_the_header() {
        assert_eq!(delimiter("a,b\n1,2\n"), ',');
        assert_eq!(delimiter("a;b;c\n1,5;2;3\n1,5;2;3\n"), ';');
        assert_eq!(delimiter("a\tb\nx, y\tz, w\n"), '\t');
        assert_eq!(delimiter("a|b\n1|2\n"), '|');
        assert_eq!(delimiter("\"a;b;c\",d\n1,2\n"), ',');
        assert_eq!(delimiter("id\n1\n"), ',');
    }
}
