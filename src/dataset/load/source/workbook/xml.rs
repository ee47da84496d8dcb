//! As much XML as a sheet of an `OpenDocument` workbook takes: tags, attributes and text from a stream.

use std::io::{self, BufRead, BufReader, Read};

/// Longest tag or text that is believed.
const LONGEST: usize = 1 << 20;

/// What comes next in a document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Event {
    /// A tag; `is_empty` closes itself.
    Open { name: String, attributes: Vec<(String, String)>, is_empty: bool },
    /// The end of an element.
    Close(String),
    /// Text between tags.
    Text(String),
}

/// Reads a document from a stream.
pub(super) struct Events<R> {
    input: BufReader<R>,
}

fn broken(problem: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, problem.to_owned())
}

impl<R: Read> Events<R> {
    pub(super) fn new(input: R) -> Self {
        Self { input: BufReader::new(input) }
    }

    /// The next tag or text; comments, declarations and blank text are left out.
    pub(super) fn next(&mut self) -> io::Result<Option<Event>> {
        loop {
            let text = self.until_tag()?;
            if !text.is_empty() {
                return Ok(Some(Event::Text(unescape(&text))));
            }
            let Some(tag) = self.tag()? else { return Ok(None) };
            if tag.starts_with(['!', '?']) {
                continue;
            }
            return match tag.strip_prefix('/') {
                Some(name) => Ok(Some(Event::Close(name.trim().to_owned()))),
                None => Ok(Some(open(&tag))),
            };
        }
    }

    /// The text before the next tag.
    fn until_tag(&mut self) -> io::Result<String> {
        let mut bytes = Vec::new();
        loop {
            let chunk = self.input.fill_buf()?;
            let end = chunk.iter().position(|&byte| byte == b'<');
            let taken = end.unwrap_or(chunk.len());
            bytes.extend_from_slice(&chunk[..taken]);
            self.input.consume(taken);
            if end.is_some() || taken == 0 {
                return Ok(String::from_utf8_lossy(&bytes).into_owned());
            }
            if bytes.len() > LONGEST {
                return Err(broken("a text in it is too long"));
            }
        }
    }

    /// What stands between the next `<` and its `>`; signs inside quotes do not count.
    fn tag(&mut self) -> io::Result<Option<String>> {
        let mut bytes = Vec::new();
        let mut quote = None;
        let mut is_first = true;
        loop {
            let chunk = self.input.fill_buf()?;
            if chunk.is_empty() {
                return if bytes.is_empty() { Ok(None) } else { Err(broken("it breaks off")) };
            }
            let mut taken = 0;
            let mut is_done = false;
            for &byte in chunk {
                taken += 1;
                if std::mem::take(&mut is_first) {
                    continue;
                }
                match (quote, byte) {
                    (None, b'>') => {
                        is_done = true;
                        break;
                    }
                    (None, b'"' | b'\'') => quote = Some(byte),
                    (Some(open), byte) if open == byte => quote = None,
                    _ => {}
                }
                bytes.push(byte);
            }
            self.input.consume(taken);
            if is_done {
                return Ok(Some(String::from_utf8_lossy(&bytes).into_owned()));
            }
            if bytes.len() > LONGEST {
                return Err(broken("a tag in it is too long"));
            }
        }
    }
}

fn open(tag: &str) -> Event {
    let (tag, is_empty) = match tag.strip_suffix('/') {
        Some(tag) => (tag, true),
        None => (tag, false),
    };
    let (name, mut rest) = tag.split_once(char::is_whitespace).unwrap_or((tag, ""));
    let mut attributes = Vec::new();
    while let Some((key, after)) = rest.split_once('=') {
        let after = after.trim_start();
        let Some(quote) = after.chars().next().filter(|letter| matches!(letter, '"' | '\'')) else {
            break;
        };
        let Some((value, after)) = after[1..].split_once(quote) else { break };
        attributes.push((key.trim().to_owned(), unescape(value)));
        rest = after;
    }
    Event::Open { name: name.to_owned(), attributes, is_empty }
}

fn unescape(text: &str) -> String {
    if !text.contains('&') {
        return text.to_owned();
    }
    let mut plain = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('&') {
        plain.push_str(&rest[..at]);
        rest = &rest[at..];
        let entity = rest.find(';').filter(|&end| end < 12).map(|end| &rest[1..end]);
        match entity.and_then(|entity| Some((entity.len() + 2, character(entity)?))) {
            Some((length, letter)) => {
                plain.push(letter);
                rest = &rest[length..];
            }
            None => {
                plain.push('&');
                rest = &rest[1..];
            }
        }
    }
    plain.push_str(rest);
    plain
}

fn character(entity: &str) -> Option<char> {
    match entity {
        "amp" => Some('&'),
        "lt" => Some('<'),
        "gt" => Some('>'),
        "quot" => Some('"'),
        "apos" => Some('\''),
        _ => {
            let number = entity.strip_prefix('#')?;
            let code = match number.strip_prefix(['x', 'X']) {
                Some(hex) => u32::from_str_radix(hex, 16).ok()?,
                None => number.parse().ok()?,
            };
            char::from_u32(code)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_attributes_and_text_come_in_order() {
        let text = "<?xml?><a x='1 > 0' y=\"&lt;&#228;\"><!-- c -->t &amp; u<b/></a>";
        let mut events = Events::new(text.as_bytes());
        let mut all = Vec::new();
        while let Some(event) = events.next().unwrap() {
            all.push(event);
        }
        let attributes =
            vec![("x".to_owned(), "1 > 0".to_owned()), ("y".to_owned(), "<ä".to_owned())];
        assert_eq!(all[0], Event::Open { name: "a".to_owned(), attributes, is_empty: false });
        assert_eq!(all[1], Event::Text("t & u".to_owned()));
        assert!(matches!(&all[2], Event::Open { name, is_empty: true, .. } if name == "b"));
        assert_eq!(all[3], Event::Close("a".to_owned()));
        assert!(Events::new(&b"<a"[..]).next().is_err());
    }
}
