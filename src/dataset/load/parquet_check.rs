//! Checks the page headers of a Parquet file before polars believes them: a damaged count makes it
//! ask for more memory than there is, which would end the whole program.
//!
//! Headers are Thrift structs in the compact protocol; the field numbers are those of
//! `parquet.thrift` in the Apache Parquet format.

use std::io::{self, BufReader, Read, Seek, SeekFrom};

/// Bytes of one column in one row group.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Chunk {
    /// Where its pages stand in the file.
    pub bytes: std::ops::Range<u64>,
    /// Values in it, as the footer says.
    pub values: i64,
}

/// Whether the pages of every chunk are where they should be and hold as many values as they should.
pub(super) fn pages_fit<R: Read + Seek>(file: R, chunks: &[Chunk]) -> bool {
    let mut file = BufReader::new(file);
    chunks.iter().all(|chunk| chunk_fits(&mut file, chunk).unwrap_or(false))
}

fn chunk_fits<R: Read + Seek>(file: &mut BufReader<R>, chunk: &Chunk) -> io::Result<bool> {
    let mut at = chunk.bytes.start;
    let mut values = 0_i64;
    while values < chunk.values {
        if at >= chunk.bytes.end {
            return Ok(false);
        }
        file.seek(SeekFrom::Start(at))?;
        let mut thrift = Thrift { input: file, read: 0 };
        let page = thrift.page_header()?;
        let header_bytes = thrift.read;
        if page.values < 0 || page.compressed < 0 || page.uncompressed < 0 {
            return Ok(false);
        }
        if page.is_data {
            values = values.saturating_add(page.values);
        } else if page.values > chunk.values {
            return Ok(false);
        }
        at = at.saturating_add(header_bytes).saturating_add(page.compressed.unsigned_abs());
    }
    Ok(values == chunk.values && at <= chunk.bytes.end)
}

/// What is needed of a page header.
#[derive(Debug, Default)]
struct Page {
    uncompressed: i64,
    compressed: i64,
    values: i64,
    is_data: bool,
}

/// Reads the Thrift compact protocol.
struct Thrift<'a, R> {
    input: &'a mut BufReader<R>,
    read: u64,
}

const TYPE_STRUCT: u8 = 12;
/// Structs inside structs that are believed.
const DEEPEST: u32 = 16;

impl<R: Read> Thrift<'_, R> {
    fn page_header(&mut self) -> io::Result<Page> {
        let mut page = Page::default();
        let mut field = 0;
        while let Some(kind) = self.field(&mut field)? {
            match field {
                2 => page.uncompressed = self.number()?,
                3 => page.compressed = self.number()?,
                // Data page, dictionary page, data page of the second version.
                5 | 7 | 8 if kind == TYPE_STRUCT => {
                    page.is_data = field != 7;
                    page.values = self.first_number()?;
                }
                _ => self.skip(kind, 0)?,
            }
        }
        Ok(page)
    }

    /// The number in field 1 of a struct, the rest passed over.
    fn first_number(&mut self) -> io::Result<i64> {
        let (mut number, mut field) = (0, 0);
        while let Some(kind) = self.field(&mut field)? {
            if field == 1 {
                number = self.number()?;
            } else {
                self.skip(kind, 0)?;
            }
        }
        Ok(number)
    }

    /// Moves on to the next field of a struct; its type, or `None` at the end.
    fn field(&mut self, field: &mut i64) -> io::Result<Option<u8>> {
        let byte = self.byte()?;
        if byte == 0 {
            return Ok(None);
        }
        *field = match byte >> 4 {
            0 => self.number()?,
            step => field.saturating_add(i64::from(step)),
        };
        Ok(Some(byte & 0x0f))
    }

    fn skip(&mut self, kind: u8, depth: u32) -> io::Result<()> {
        if depth > DEEPEST {
            return Err(malformed());
        }
        match kind {
            // Booleans stand in the type itself.
            1 | 2 => Ok(()),
            3 => self.byte().map(|_| ()),
            4..=6 => self.number().map(|_| ()),
            7 => self.pass(8),
            8 => {
                let length = self.varint()?;
                self.pass(length)
            }
            9 | 10 => self.skip_list(depth),
            TYPE_STRUCT => {
                let mut field = 0;
                while let Some(kind) = self.field(&mut field)? {
                    self.skip(kind, depth + 1)?;
                }
                Ok(())
            }
            _ => Err(malformed()),
        }
    }

    fn skip_list(&mut self, depth: u32) -> io::Result<()> {
        let head = self.byte()?;
        let length = if head >> 4 == 15 { self.varint()? } else { u64::from(head >> 4) };
        for _ in 0..length {
            match head & 0x0f {
                // In a list a boolean takes a byte.
                1 | 2 => self.byte().map(|_| ())?,
                kind => self.skip(kind, depth + 1)?,
            }
        }
        Ok(())
    }

    fn pass(&mut self, bytes: u64) -> io::Result<()> {
        for _ in 0..bytes {
            self.byte()?;
        }
        Ok(())
    }

    fn byte(&mut self) -> io::Result<u8> {
        let mut byte = [0];
        self.input.read_exact(&mut byte)?;
        self.read += 1;
        Ok(byte[0])
    }

    /// An unsigned number, seven bits a byte, the low ones first.
    fn varint(&mut self) -> io::Result<u64> {
        let mut value = 0;
        for shift in (0..64).step_by(7) {
            let byte = self.byte()?;
            value |= u64::from(byte & 0x7f) << shift;
            if byte & 0x80 == 0 {
                return Ok(value);
            }
        }
        Err(malformed())
    }

    /// A signed number: 0, -1, 1, -2, … are written as 0, 1, 2, 3, ….
    fn number(&mut self) -> io::Result<i64> {
        let value = self.varint()?;
        Ok((value >> 1).cast_signed() ^ -(value & 1).cast_signed())
    }
}

fn malformed() -> io::Error {
    io::Error::from(io::ErrorKind::InvalidData)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Cursor;

    /// A data page header: sizes 9 and 11, 4 values, three encodings; then the page.
    const PAGE: &[u8] =
        b"\x15\x00\x15\x12\x15\x16\x2c\x15\x08\x15\x10\x15\x06\x15\x06\x00\x0001234567890";

    fn fits(bytes: &[u8], values: i64) -> bool {
        let chunk = Chunk { bytes: 0..bytes.len() as u64, values };
        pages_fit(Cursor::new(bytes), &[chunk])
    }

    #[test]
    fn pages_that_agree_with_the_footer_pass() {
        assert!(fits(PAGE, 4));
        assert!(fits(&[PAGE, PAGE].concat(), 8));
    }

    #[test]
    fn pages_that_do_not_agree_are_refused() {
        assert!(!fits(PAGE, 5));
        assert!(!fits(PAGE, 3));
        assert!(!fits(&PAGE[..PAGE.len() - 1], 4));
        assert!(!fits(&PAGE[..10], 4));
        let mut negative = PAGE.to_vec();
        negative[8] = 0x09;
        assert!(!fits(&negative, 4));
        let mut endless = PAGE.to_vec();
        endless[8..].fill(0xff);
        assert!(!fits(&endless, 4));
    }
}
