//! Takes a stream of text bytes apart into records: lines, or lines that a quoted value spans.
//!
//! Only a quote at the beginning of a value opens a quoted one, as in RFC 4180; elsewhere it is a
//! character like any other. A quote that is never closed costs its own line, not the rest of the
//! file.

use std::fmt;
use std::io::{self, Read};

use super::bytes;

/// Longest quoted value that is believed.
const LONGEST_QUOTED: usize = 1 << 20;

/// Longest record that is believed; a session with all its events fits many times over.
pub(super) const LONGEST_RECORD: usize = 16 << 20;
/// Most values of a record that are told apart, and most columns of a table.
pub(super) const MOST_VALUES: usize = 1 << 14;

/// A record longer than any is.
#[derive(Debug)]
pub(super) struct TooLong {
    /// Where it begins.
    pub line: u64,
    /// Bytes of it that were read.
    pub bytes: usize,
}

impl fmt::Display for TooLong {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {} is longer than {} bytes", self.line, self.bytes)
    }
}

impl std::error::Error for TooLong {}

/// How values and records are told apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Syntax {
    /// Stands between values; `None` where a record is just a line.
    pub delimiter: Option<u8>,
    /// The delimiter is written twice, as in the `::` of `MovieLens`; there are no quotes then.
    pub doubled: bool,
    /// Ends a record.
    pub newline: u8,
}

impl Syntax {
    /// Plain lines.
    pub(super) const LINES: Self = Self { delimiter: None, doubled: false, newline: b'\n' };

    /// Tab-separated files rarely quote, and then within a line.
    fn quotes_span_lines(self) -> bool {
        self.delimiter != Some(b'\t')
    }
}

/// Where a value stands in its record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Span {
    start: usize,
    end: usize,
    /// The value holds doubled quotes that stand for one.
    doubled: bool,
}

impl Span {
    /// The value, quotes taken off; doubled ones are left doubled.
    pub(super) fn of(self, record: &str) -> &str {
        &record[self.start..self.end]
    }

    /// Whether doubled quotes stand for one.
    pub(super) fn is_doubled(self) -> bool {
        self.doubled
    }
}

/// What the bytes at hand begin with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Parsed {
    /// A record of so many bytes, line end included.
    Record(usize),
    /// A line of so many bytes with a quote that is never closed.
    Unclosed(usize),
    /// Not enough to tell.
    NeedMore,
}

/// Takes the first record of `bytes` apart; `at_end` says that no more will follow.
pub(super) fn parse(bytes: &[u8], syntax: Syntax, at_end: bool, spans: &mut Vec<Span>) -> Parsed {
    spans.clear();
    let newline = bytes.iter().position(|&byte| byte == syntax.newline);
    let line = &bytes[..newline.unwrap_or(bytes.len())];
    let Some(delimiter) = syntax.delimiter else {
        return whole_line(bytes, newline, at_end);
    };
    if !syntax.doubled && line.contains(&b'"') {
        return Quoted { bytes, syntax, delimiter, at_end }.parse(spans);
    }
    if newline.is_none() && !at_end {
        return Parsed::NeedMore;
    }
    let content = without_return(line);
    if syntax.doubled {
        split_doubled(content, delimiter, spans);
        return whole_line(bytes, newline, at_end);
    }
    let mut start = 0;
    for (position, &byte) in content.iter().enumerate() {
        if byte == delimiter && spans.len() <= MOST_VALUES {
            spans.push(Span { start, end: position, doubled: false });
            start = position + 1;
        }
    }
    spans.push(Span { start, end: content.len(), doubled: false });
    whole_line(bytes, newline, at_end)
}

fn split_doubled(content: &[u8], delimiter: u8, spans: &mut Vec<Span>) {
    let (mut start, mut at) = (0, 0);
    while at < content.len() {
        let is_double = content[at] == delimiter && content.get(at + 1) == Some(&delimiter);
        if is_double && spans.len() <= MOST_VALUES {
            spans.push(Span { start, end: at, doubled: false });
            at += 2;
            start = at;
        } else {
            at += 1;
        }
    }
    spans.push(Span { start, end: content.len(), doubled: false });
}

fn whole_line(bytes: &[u8], newline: Option<usize>, at_end: bool) -> Parsed {
    match newline {
        Some(end) => Parsed::Record(end + 1),
        None if at_end => Parsed::Record(bytes.len()),
        None => Parsed::NeedMore,
    }
}

fn without_return(line: &[u8]) -> &[u8] {
    line.strip_suffix(b"\r").unwrap_or(line)
}

/// A record with a quote in it.
struct Quoted<'a> {
    bytes: &'a [u8],
    syntax: Syntax,
    delimiter: u8,
    at_end: bool,
}

/// One value.
enum Value {
    /// Where it stands, and where the delimiter or line end after it does.
    At(Span, usize),
    /// It begins with a quote that is never closed.
    Unclosed,
    /// More bytes are needed.
    NeedMore,
}

/// How a quoted value ends.
enum Close {
    /// After so many bytes, the closing quote included.
    At { after: usize, doubled: bool },
    /// Not in this record.
    Never,
    /// More bytes are needed.
    NeedMore,
}

impl Quoted<'_> {
    fn parse(&self, spans: &mut Vec<Span>) -> Parsed {
        let mut at = 0;
        loop {
            let (span, end) = match self.value(at) {
                Value::At(span, end) => (span, end),
                Value::Unclosed => return self.unclosed(spans),
                Value::NeedMore => return Parsed::NeedMore,
            };
            if spans.len() <= MOST_VALUES {
                spans.push(span);
            }
            match self.bytes.get(end) {
                Some(&byte) if byte == self.syntax.newline => return Parsed::Record(end + 1),
                Some(_) => at = end + 1,
                None if self.at_end => return Parsed::Record(end),
                None => return Parsed::NeedMore,
            }
        }
    }

    /// The value that begins at `at`.
    fn value(&self, at: usize) -> Value {
        let begin = self.skip_spaces(at);
        if self.bytes.get(begin) != Some(&b'"') {
            return self.plain(at);
        }
        match self.close(begin + 1) {
            Close::At { after, doubled } => self.quoted(at, begin, after, doubled),
            Close::Never if self.syntax.quotes_span_lines() => Value::Unclosed,
            Close::Never => self.plain(at),
            Close::NeedMore => Value::NeedMore,
        }
    }

    fn skip_spaces(&self, at: usize) -> usize {
        let spaces = self.bytes[at..].iter().take_while(|&&byte| byte == b' ').count();
        at + spaces
    }

    /// Looks for the quote that closes the value whose text begins at `from`.
    fn close(&self, from: usize) -> Close {
        let (mut at, mut doubled) = (from, false);
        while let Some(&byte) = self.bytes.get(at) {
            if byte == b'"' {
                match self.bytes.get(at + 1) {
                    Some(b'"') => {
                        doubled = true;
                        at += 2;
                        continue;
                    }
                    None if !self.at_end => return Close::NeedMore,
                    _ => return Close::At { after: at + 1, doubled },
                }
            }
            let too_far = at - from > LONGEST_QUOTED;
            if too_far || (byte == self.syntax.newline && !self.syntax.quotes_span_lines()) {
                return Close::Never;
            }
            at += 1;
        }
        if self.at_end { Close::Never } else { Close::NeedMore }
    }

    /// The delimiter or line end at or after `from`.
    fn value_end(&self, from: usize) -> usize {
        let ends = |byte: &u8| *byte == self.delimiter || *byte == self.syntax.newline;
        let length = self.bytes[from..].iter().position(ends);
        length.map_or(self.bytes.len(), |length| from + length)
    }

    /// The text between quotes. A value that goes on after them is taken as it stands if it is on
    /// one line; if not, its quote was a stray one that met another far below.
    fn quoted(&self, at: usize, begin: usize, after: usize, doubled: bool) -> Value {
        let end = self.value_end(after);
        if self.bytes[after..end].trim_ascii().is_empty() {
            Value::At(Span { start: begin + 1, end: after - 1, doubled }, end)
        } else if self.bytes[begin..after].contains(&self.syntax.newline) {
            Value::Unclosed
        } else {
            let length = without_return(&self.bytes[at..end]).len();
            Value::At(Span { start: at, end: at + length, doubled: false }, end)
        }
    }

    fn plain(&self, at: usize) -> Value {
        let end = self.value_end(at);
        let is_last = self.bytes.get(end).is_none_or(|&byte| byte == self.syntax.newline);
        let value = &self.bytes[at..end];
        let length = if is_last { without_return(value).len() } else { value.len() };
        Value::At(Span { start: at, end: at + length, doubled: false }, end)
    }

    fn unclosed(&self, spans: &mut Vec<Span>) -> Parsed {
        spans.clear();
        let newline = self.bytes.iter().position(|&byte| byte == self.syntax.newline);
        Parsed::Unclosed(newline.map_or(self.bytes.len(), |end| end + 1))
    }
}

/// Reads records from a stream.
pub(super) struct Records {
    stream: Box<dyn Read>,
    syntax: Syntax,
    buffer: Vec<u8>,
    start: usize,
    at_end: bool,
    next_line: u64,
    spans: Vec<Span>,
}

/// One record, values not yet unquoted.
pub(super) struct Record<'a> {
    /// Line on which it begins, from 1.
    pub line: u64,
    /// The whole record without its line end.
    pub bytes: &'a [u8],
    /// Where its values stand; empty if a quote is never closed or records are plain lines.
    pub spans: &'a [Span],
    /// Whether it begins a quoted value that never ends.
    pub unclosed: bool,
}

impl Records {
    /// Reads `stream`; a byte order mark at its beginning is left out.
    pub(super) fn new(stream: Box<dyn Read>, syntax: Syntax) -> io::Result<Self> {
        let mut records = Self {
            stream,
            syntax,
            buffer: Vec::new(),
            start: 0,
            at_end: false,
            next_line: 1,
            spans: Vec::new(),
        };
        records.fill()?;
        if records.buffer.starts_with(&[0xef, 0xbb, 0xbf]) {
            records.start = 3;
        }
        Ok(records)
    }

    /// The next record that is not blank.
    pub(super) fn next(&mut self) -> io::Result<Option<Record<'_>>> {
        let (line, length, unclosed) = loop {
            let Some((length, unclosed)) = self.advance()? else {
                return Ok(None);
            };
            let bytes = &self.buffer[self.start - length..self.start];
            let line = self.next_line;
            self.next_line += self.count_lines(bytes);
            if !bytes.trim_ascii().is_empty() {
                break (line, length, unclosed);
            }
        };
        let bytes = &self.buffer[self.start - length..self.start];
        let bytes = bytes.strip_suffix(&[self.syntax.newline]).unwrap_or(bytes);
        Ok(Some(Record { line, bytes: without_return(bytes), spans: &self.spans, unclosed }))
    }

    #[expect(clippy::naive_bytecount, reason = "a crate for this would not be noticed in the time")]
    fn count_lines(&self, bytes: &[u8]) -> u64 {
        bytes.iter().filter(|&&byte| byte == self.syntax.newline).count() as u64
    }

    /// Moves behind the next record; its length and whether a quote stays open.
    fn advance(&mut self) -> io::Result<Option<(usize, bool)>> {
        loop {
            let bytes = &self.buffer[self.start..];
            if bytes.is_empty() && self.at_end {
                return Ok(None);
            }
            let (length, unclosed) = match parse(bytes, self.syntax, self.at_end, &mut self.spans) {
                Parsed::Record(length) => (length, false),
                Parsed::Unclosed(length) => (length, true),
                Parsed::NeedMore => {
                    self.fill()?;
                    continue;
                }
            };
            self.start += length;
            return Ok(Some((length, unclosed)));
        }
    }

    /// Drops what was read and appends the next chunk.
    fn fill(&mut self) -> io::Result<()> {
        self.buffer.drain(..self.start);
        self.start = 0;
        let held = self.buffer.len();
        if held > LONGEST_RECORD {
            return Err(io::Error::other(TooLong { line: self.next_line, bytes: held }));
        }
        self.at_end = bytes::append_chunk(&mut self.stream, &mut self.buffer)?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dataset::load::source::bytes::CHUNK;

    const COMMA: Syntax = Syntax { delimiter: Some(b','), doubled: false, newline: b'\n' };
    const TAB: Syntax = Syntax { delimiter: Some(b'\t'), doubled: false, newline: b'\n' };

    /// Line, values and whether a quote stays open, of each record.
    fn records(text: &str, syntax: Syntax) -> Vec<(u64, Vec<String>, bool)> {
        let stream = Box::new(io::Cursor::new(text.as_bytes().to_vec()));
        let mut records = Records::new(stream, syntax).unwrap();
        let mut all = Vec::new();
        while let Some(record) = records.next().unwrap() {
            let text = std::str::from_utf8(record.bytes).unwrap();
            let value = |span: &Span| {
                let value = span.of(text);
                if span.is_doubled() { value.replace("\"\"", "\"") } else { value.to_owned() }
            };
            all.push((record.line, record.spans.iter().map(value).collect(), record.unclosed));
        }
        all
    }

    fn values(text: &str, syntax: Syntax) -> Vec<Vec<String>> {
        records(text, syntax).into_iter().map(|(_, values, _)| values).collect()
    }

    #[test]
    fn values_are_taken_apart_as_rfc_4180_says() {
        let text = "a,b\r\n\"x, y\",\"5'8\"\" tall\"\r\n\n  \n6\" nail,\n,\n";
        assert_eq!(
            values(text, COMMA),
            [["a", "b"], ["x, y", "5'8\" tall"], ["6\" nail", ""], ["", ""]]
        );
    }

    #[test]
    fn a_quoted_value_may_span_lines_and_lines_stay_counted() {
        let found = records("h,i\n\"one\ntwo\",2\nx,y", COMMA);
        assert_eq!(found[1], (2, vec!["one\ntwo".to_owned(), "2".to_owned()], false));
        assert_eq!(found[2].0, 4);
    }

    #[test]
    fn a_quote_that_stays_open_costs_one_line() {
        let found = records("h,i\na,\"oops\nb,2\nc,3\n", COMMA);
        let lines: Vec<_> = found.iter().map(|(line, _, unclosed)| (*line, *unclosed)).collect();
        assert_eq!(lines, [(1, false), (2, true), (3, false), (4, false)]);
    }

    #[test]
    fn two_stray_quotes_do_not_swallow_what_is_between_them() {
        let found = records("h,i\n\"5 inch,1\nb,2\nc,\"7 inch\nd,\"ok\"\n", COMMA);
        let lines: Vec<_> = found.iter().map(|(line, _, unclosed)| (*line, *unclosed)).collect();
        assert_eq!(lines, [(1, false), (2, true), (3, false), (4, true), (5, false)]);
    }

    #[test]
    fn quotes_in_tab_separated_files_stay_within_their_line() {
        assert_eq!(
            values("\"Hello\tworld\n\"a\tb\"\t\"c\"d\n", TAB),
            [vec!["\"Hello", "world"], vec!["a\tb", "\"c\"d"]]
        );
    }

    #[test]
    fn a_record_longer_than_a_chunk_is_one_record() {
        let long = "x".repeat(3 * CHUNK);
        let found = values(&format!("a,b\n\"{long}\",1\n{long},2\n"), COMMA);
        assert_eq!((found[1][0].len(), found[2][0].len()), (long.len(), long.len()));
    }

    #[test]
    fn a_delimiter_of_two_characters_leaves_single_ones_alone() {
        let syntax = Syntax { delimiter: Some(b':'), doubled: true, newline: b'\n' };
        assert_eq!(
            values("1::Star Wars: \"IV\"::a|b\r\n2::::\n", syntax),
            [["1", "Star Wars: \"IV\"", "a|b"], ["2", "", ""]]
        );
    }

    #[test]
    fn the_byte_order_mark_is_no_part_of_the_first_name() {
        assert_eq!(values("\u{feff}a,b\n", COMMA), [["a", "b"]]);
    }
}
