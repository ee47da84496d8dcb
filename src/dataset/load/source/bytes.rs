//! The bytes of a text file: opened, decompressed, and turned from UTF-16 into UTF-8 on the way.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use encoding_rs::{CoderResult, Decoder, Encoding, UTF_16BE, UTF_16LE};
use flate2::read::MultiGzDecoder;

use crate::dataset::load::error::FileProblem;

/// Bytes looked at to tell what a file is.
pub(super) const HEAD_BYTES: usize = 1 << 16;

/// What the first bytes of a file say.
#[derive(Debug, Clone)]
pub(super) struct Head {
    /// The first bytes after decompression, still in the file's encoding.
    pub bytes: Vec<u8>,
    /// Whether the file is compressed.
    pub gzip: bool,
    /// UTF-16, if it is that.
    pub utf16: Option<&'static Encoding>,
    /// Size on disk.
    pub file_bytes: u64,
}

impl Head {
    /// Whether the beginning is UTF-8, a character cut in two at its end aside.
    pub(super) fn is_utf8(&self) -> bool {
        match std::str::from_utf8(&self.bytes) {
            Ok(_) => true,
            Err(error) => error.error_len().is_none(),
        }
    }
}

/// Counts the bytes taken from the disk, for progress.
pub(super) type BytesRead = Arc<AtomicU64>;

struct Counting<R> {
    inner: R,
    read: BytesRead,
}

impl<R: Read> Read for Counting<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.inner.read(buffer)?;
        self.read.fetch_add(count as u64, Ordering::Relaxed);
        Ok(count)
    }
}

/// Opens a file that must be there and be no folder.
pub(super) fn open_file(path: &Path) -> Result<File, FileProblem> {
    let metadata = std::fs::metadata(path).map_err(|error| match error.kind() {
        io::ErrorKind::NotFound => FileProblem::Missing,
        _ => FileProblem::Unreadable(error),
    })?;
    if metadata.is_dir() {
        return Err(FileProblem::IsFolder);
    }
    File::open(path).map_err(FileProblem::Unreadable)
}

/// Looks at the beginning of a file.
pub(super) fn head(path: &Path) -> Result<Head, FileProblem> {
    let mut file = open_file(path)?;
    let file_bytes = file.metadata().map_err(FileProblem::Unreadable)?.len();
    let bytes = first_bytes(&mut file).map_err(FileProblem::Unreadable)?;
    let gzip = bytes.starts_with(&[0x1f, 0x8b]);
    let bytes = if gzip {
        let file = open_file(path)?;
        first_bytes(&mut MultiGzDecoder::new(file)).map_err(FileProblem::DamagedGzip)?
    } else {
        bytes
    };
    let utf16 = detect_utf16(&bytes);
    Ok(Head { bytes, gzip, utf16, file_bytes })
}

fn first_bytes(reader: &mut dyn Read) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    reader.take(HEAD_BYTES as u64).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// By its byte order mark, or by every other byte being zero as in Western text.
fn detect_utf16(bytes: &[u8]) -> Option<&'static Encoding> {
    match bytes {
        [0xff, 0xfe, ..] => return Some(UTF_16LE),
        [0xfe, 0xff, ..] => return Some(UTF_16BE),
        _ => {}
    }
    let sample = &bytes[..bytes.len().min(2000) & !1];
    let zeros = |offset: usize| sample.iter().skip(offset).step_by(2).filter(|&&b| b == 0).count();
    let half = sample.len() / 2;
    match (zeros(0), zeros(1)) {
        (0, odd) if half > 4 && odd * 2 > half => Some(UTF_16LE),
        (even, 0) if half > 4 && even * 2 > half => Some(UTF_16BE),
        _ => None,
    }
}

/// The whole file as a stream of text bytes: UTF-8, or an eight-bit encoding as it stands.
pub(super) fn text_stream(
    path: &Path,
    head: &Head,
) -> Result<(Box<dyn Read>, BytesRead), FileProblem> {
    let read = BytesRead::default();
    let file = Counting { inner: open_file(path)?, read: Arc::clone(&read) };
    let stream: Box<dyn Read> = match (head.gzip, head.utf16) {
        (false, None) => Box::new(file),
        (true, None) => Box::new(MultiGzDecoder::new(file)),
        (false, Some(encoding)) => Box::new(Utf16Stream::new(file, encoding)),
        (true, Some(encoding)) => Box::new(Utf16Stream::new(MultiGzDecoder::new(file), encoding)),
    };
    Ok((stream, read))
}

/// Decodes UTF-16 to UTF-8 as it is read.
struct Utf16Stream<R> {
    inner: R,
    decoder: Decoder,
    input: Vec<u8>,
    consumed: usize,
    at_end: bool,
    finished: bool,
}

impl<R: Read> Utf16Stream<R> {
    fn new(inner: R, encoding: &'static Encoding) -> Self {
        Self {
            inner,
            decoder: encoding.new_decoder_with_bom_removal(),
            input: Vec::new(),
            consumed: 0,
            at_end: false,
            finished: false,
        }
    }

    fn refill(&mut self) -> io::Result<()> {
        self.input.resize(HEAD_BYTES, 0);
        let count = self.inner.read(&mut self.input)?;
        self.input.truncate(count);
        self.consumed = 0;
        self.at_end = count == 0;
        Ok(())
    }
}

impl<R: Read> Read for Utf16Stream<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        // The decoder needs room for one whole character; every caller here brings kilobytes.
        if buffer.len() < 4 {
            return Err(io::Error::from(io::ErrorKind::InvalidInput));
        }
        while !self.finished {
            if self.consumed == self.input.len() && !self.at_end {
                self.refill()?;
            }
            let input = &self.input[self.consumed..];
            let (result, consumed, written, _) =
                self.decoder.decode_to_utf8(input, buffer, self.at_end);
            self.consumed += consumed;
            self.finished = self.at_end && result == CoderResult::InputEmpty;
            if written > 0 {
                return Ok(written);
            }
        }
        Ok(0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn utf16_is_recognised_with_and_without_its_mark() {
        let text = "user,item\nä,1\nb,2\n";
        let little: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
        let big: Vec<u8> = text.encode_utf16().flat_map(u16::to_be_bytes).collect();
        assert_eq!(detect_utf16(&little), Some(UTF_16LE));
        assert_eq!(detect_utf16(&big), Some(UTF_16BE));
        assert_eq!(detect_utf16(text.as_bytes()), None);
        let marked = [&[0xff, 0xfe][..], &little].concat();
        let mut decoded = String::new();
        Utf16Stream::new(&marked[..], UTF_16LE).read_to_string(&mut decoded).unwrap();
        assert_eq!(decoded, text);
    }
}
