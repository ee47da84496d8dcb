//! Takes a stream of JSON apart into values, however they are spread over lines: the elements of an
//! array, or values one after another.

use std::io::{self, Read};

use super::bytes;
use super::records::{LONGEST_RECORD, TooLong};

/// Which values a document consists of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Shape {
    /// One after another, or in one array.
    Values,
    /// In the first array of objects inside an object.
    Wrapped,
}

/// Reads values from a stream.
pub(super) struct Values {
    stream: Box<dyn Read>,
    buffer: Vec<u8>,
    start: usize,
    at_end: bool,
    next_line: u64,
    in_array: bool,
    finished: bool,
}

/// One value, unparsed.
pub(super) struct Value<'a> {
    /// Line on which it begins, from 1.
    pub line: u64,
    /// Its text.
    pub bytes: &'a [u8],
}

impl Values {
    /// Reads `stream` up to its first value.
    pub(super) fn new(stream: Box<dyn Read>, shape: Shape) -> io::Result<Self> {
        let mut values = Self {
            stream,
            buffer: Vec::new(),
            start: 0,
            at_end: false,
            next_line: 1,
            in_array: false,
            finished: false,
        };
        values.fill()?;
        if values.buffer.starts_with(&[0xef, 0xbb, 0xbf]) {
            values.start = 3;
        }
        match shape {
            Shape::Wrapped => values.find_array()?,
            Shape::Values => {
                values.skip_between()?;
                if values.peek(0)? == Some(b'[') {
                    values.advance(1);
                    values.in_array = true;
                }
            }
        }
        Ok(values)
    }

    /// The next value.
    pub(super) fn next(&mut self) -> io::Result<Option<Value<'_>>> {
        if self.finished {
            return Ok(None);
        }
        self.skip_between()?;
        match self.peek(0)? {
            None => return Ok(None),
            Some(b']') if self.in_array => {
                self.finished = true;
                return Ok(None);
            }
            Some(_) => {}
        }
        let line = self.next_line;
        let length = self.measure()?;
        self.advance(length);
        Ok(Some(Value { line, bytes: &self.buffer[self.start - length..self.start] }))
    }

    /// The byte so far behind the current position.
    fn peek(&mut self, ahead: usize) -> io::Result<Option<u8>> {
        while self.start + ahead >= self.buffer.len() {
            if self.at_end {
                return Ok(None);
            }
            self.fill()?;
        }
        Ok(Some(self.buffer[self.start + ahead]))
    }

    #[expect(clippy::naive_bytecount, reason = "a crate for this would not be noticed in the time")]
    fn advance(&mut self, count: usize) {
        let passed = &self.buffer[self.start..self.start + count];
        self.next_line += passed.iter().filter(|&&byte| byte == b'\n').count() as u64;
        self.start += count;
    }

    fn skip_between(&mut self) -> io::Result<()> {
        while let Some(byte) = self.peek(0)? {
            if !byte.is_ascii_whitespace() && byte != b',' {
                break;
            }
            self.advance(1);
        }
        Ok(())
    }

    /// Moves into the first array that holds objects.
    fn find_array(&mut self) -> io::Result<()> {
        let (mut in_text, mut escaped, mut after_bracket) = (false, false, false);
        while let Some(byte) = self.peek(0)? {
            if in_text {
                in_text = escaped || byte != b'"';
                escaped = !escaped && byte == b'\\';
            } else if after_bracket && byte == b'{' {
                self.in_array = true;
                return Ok(());
            } else if !byte.is_ascii_whitespace() {
                after_bracket = byte == b'[';
                in_text = byte == b'"';
            }
            self.advance(1);
        }
        Ok(())
    }

    /// Length of the value that begins here; what is left where it never ends.
    fn measure(&mut self) -> io::Result<usize> {
        let mut scan = Scan::default();
        let mut at = 0;
        loop {
            let bytes = &self.buffer[self.start..];
            while at < bytes.len() {
                match scan.take(bytes[at]) {
                    Step::Inside => at += 1,
                    Step::Last => return Ok(at + 1),
                    // A closing bracket where a value should begin is a value, or nothing would move.
                    Step::Behind => return Ok(at.max(1)),
                }
            }
            if self.at_end {
                return Ok(at);
            }
            if at > LONGEST_RECORD {
                return Err(io::Error::other(TooLong { line: self.next_line, bytes: at }));
            }
            self.fill()?;
        }
    }

    /// Drops what was read and appends the next chunk.
    fn fill(&mut self) -> io::Result<()> {
        self.buffer.drain(..self.start);
        self.start = 0;
        self.at_end = bytes::append_chunk(&mut self.stream, &mut self.buffer)?;
        Ok(())
    }
}

/// What a byte is to the value being measured.
enum Step {
    Inside,
    Last,
    Behind,
}

/// Finds the end of a value.
#[derive(Default)]
struct Scan {
    depth: usize,
    in_text: bool,
    escaped: bool,
    begun: bool,
}

impl Scan {
    fn take(&mut self, byte: u8) -> Step {
        if self.in_text {
            if self.escaped {
                self.escaped = false;
            } else if byte == b'\\' {
                self.escaped = true;
            } else if byte == b'"' {
                self.in_text = false;
                return if self.depth == 0 { Step::Last } else { Step::Inside };
            }
            return Step::Inside;
        }
        let begun = std::mem::replace(&mut self.begun, true);
        match byte {
            b'"' | b'{' | b'[' if self.depth == 0 && begun => return Step::Behind,
            b'"' => self.in_text = true,
            b'{' | b'[' => self.depth += 1,
            b'}' | b']' => match self.depth {
                0 => return Step::Behind,
                1 => return Step::Last,
                _ => self.depth -= 1,
            },
            b',' if self.depth == 0 => return Step::Behind,
            byte if byte.is_ascii_whitespace() && self.depth == 0 => return Step::Behind,
            _ => {}
        }
        Step::Inside
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dataset::load::source::bytes::CHUNK;

    fn values(text: &str, shape: Shape) -> Vec<(u64, String)> {
        let stream = Box::new(io::Cursor::new(text.as_bytes().to_vec()));
        let mut values = Values::new(stream, shape).unwrap();
        let mut all = Vec::new();
        while let Some(value) = values.next().unwrap() {
            all.push((value.line, String::from_utf8(value.bytes.to_vec()).unwrap()));
        }
        all
    }

    fn texts(text: &str, shape: Shape) -> Vec<String> {
        values(text, shape).into_iter().map(|(_, text)| text).collect()
    }

    #[test]
    fn the_elements_of_an_array_are_found_over_lines() {
        let found = values(
            "\u{feff}[\n {\"a\": \"]},\\\"\"},\n {\"b\":\n [1,{}]} ] trailing",
            Shape::Values,
        );
        assert_eq!(found[0], (2, "{\"a\": \"]},\\\"\"}".to_owned()));
        assert_eq!(found[1], (3, "{\"b\":\n [1,{}]}".to_owned()));
        assert_eq!(found.len(), 2);
    }

    #[test]
    fn values_may_stand_one_after_another() {
        assert_eq!(texts("{\"a\":1}\n{\"a\":2}{\"a\":3}", Shape::Values).len(), 3);
        assert_eq!(texts("[1, \"x y\",null]", Shape::Values), ["1", "\"x y\"", "null"]);
    }

    #[test]
    fn an_array_inside_an_object_is_found() {
        let text =
            "{\"n\": [1,2], \"note\": \"[{\", \"items\": [ {\"a\":1}, {\"a\":2} ], \"b\": 3}";
        assert_eq!(texts(text, Shape::Wrapped), ["{\"a\":1}", "{\"a\":2}"]);
        assert!(texts("{\"n\": [1,2]}", Shape::Wrapped).is_empty());
    }

    #[test]
    fn what_breaks_off_is_a_value_and_every_byte_moves_on() {
        assert_eq!(texts("[{\"a\":1},{\"b\":", Shape::Values), ["{\"a\":1}", "{\"b\":"]);
        assert_eq!(texts("}}]", Shape::Values), ["}", "}", "]"]);
        assert_eq!(texts("[", Shape::Values), Vec::<String>::new());
    }

    #[test]
    fn a_value_longer_than_a_chunk_is_one_value() {
        let long = "x".repeat(3 * CHUNK);
        let found = texts(&format!("[\"{long}\",1]"), Shape::Values);
        assert_eq!((found[0].len(), found.len()), (long.len() + 2, 2));
    }
}
