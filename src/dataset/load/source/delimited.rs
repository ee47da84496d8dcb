//! CSV, TSV and their kin: which character separates values, and the rows as cells.

use std::borrow::Cow;
use std::path::Path;
use std::sync::atomic::Ordering;

use encoding_rs::WINDOWS_1252;

use super::bytes::{self, Head};
use super::records::{self, Parsed, Record, Records, Span, Syntax};
use super::{ReadStats, Visitor};
use crate::control::Control;
use crate::dataset::load::cell::{Cell, GoodRow, Row};
use crate::dataset::load::error::{FileProblem, Stop};
use crate::dataset::load::report::RejectReason;

const DELIMITERS: [u8; 4] = [b',', b'\t', b';', b'|'];
/// Records looked at to find the delimiter.
const SNIFFED: usize = 200;
/// Rows between two looks at the cancel flag.
const ROWS_PER_CHECK: u64 = 4096;

/// A delimited file whose header was read.
#[derive(Debug, Clone)]
pub(super) struct Delimited {
    pub syntax: Syntax,
    pub columns: Vec<String>,
}

impl Delimited {
    /// Finds delimiter and header.
    pub(super) fn sniff(path: &Path, head: &Head) -> Result<Self, FileProblem> {
        let sample = sample_text(head);
        if sample.trim().is_empty() {
            return Err(FileProblem::Empty);
        }
        let newline = if sample.contains('\n') { b'\n' } else { b'\r' };
        let whole = head.bytes.len() < bytes::HEAD_BYTES;
        let delimiter = find_delimiter(&sample, newline, whole);
        let syntax = Syntax { delimiter: Some(delimiter), newline };
        let (stream, _) = bytes::text_stream(path, head)?;
        let mut records = Records::new(stream, syntax).map_err(|error| damaged(error, head))?;
        let header = records.next().map_err(|error| damaged(error, head))?;
        let columns =
            header.map(|record| header_names(&record, syntax)).ok_or(FileProblem::Empty)?;
        Ok(Self { syntax, columns })
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
        let (stream, bytes_read) = bytes::text_stream(path, head)?;
        let mut records =
            Records::new(stream, self.syntax).map_err(|error| damaged(error, head))?;
        records.next().map_err(|error| damaged(error, head))?;
        let mut stats = ReadStats::default();
        let mut scratch = RowScratch::default();
        while let Some(record) = records.next().map_err(|error| damaged(error, head))? {
            if stats.rows % ROWS_PER_CHECK == 0 {
                control.check()?;
                let done = bytes_read.load(Ordering::Relaxed);
                control.report("stage-reading", done, head.file_bytes);
            }
            stats.rows += 1;
            self.hand_on(&record, wanted, &mut scratch, &mut stats, visit)?;
        }
        Ok(stats)
    }

    fn hand_on(
        &self,
        record: &Record<'_>,
        wanted: &[usize],
        scratch: &mut RowScratch,
        stats: &mut ReadStats,
        visit: &mut Visitor<'_>,
    ) -> Result<(), Stop> {
        let text = stats.decode(record.bytes);
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
        spans.len() >= self.columns.len()
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

pub(super) fn damaged(error: std::io::Error, head: &Head) -> FileProblem {
    if head.gzip { FileProblem::DamagedGzip(error) } else { FileProblem::Unreadable(error) }
}

/// The first bytes as text, for looking at structure only.
fn sample_text(head: &Head) -> Cow<'_, str> {
    match head.utf16 {
        Some(encoding) => encoding.decode(&head.bytes).0,
        None => match std::str::from_utf8(&head.bytes) {
            Ok(text) => Cow::Borrowed(text.strip_prefix('\u{feff}').unwrap_or(text)),
            Err(_) => WINDOWS_1252.decode(&head.bytes).0,
        },
    }
}

/// The delimiter that splits the header into most values, weighted by the share of the following
/// records that have as many. A comma where nothing splits.
fn find_delimiter(sample: &str, newline: u8, whole: bool) -> u8 {
    let score = |delimiter: u8| {
        let syntax = Syntax { delimiter: Some(delimiter), newline };
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

/// Distinct names for all columns.
fn header_names(record: &Record<'_>, syntax: Syntax) -> Vec<String> {
    let text = ReadStats::default().decode(record.bytes).into_owned();
    let mut spans = Vec::new();
    records::parse(text.as_bytes(), syntax, true, &mut spans);
    let name = |span: &Span| {
        unquote(&text, *span).unwrap_or_else(|| span.of(&text).to_owned()).trim().to_owned()
    };
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
