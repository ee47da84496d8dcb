//! The bytes of a text file: opened, decompressed, and turned from UTF-16 or GB18030 into UTF-8 on
//! the way.

use std::borrow::Cow;
use std::fs::File;
use std::io::{self, Read};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use encoding_rs::{CoderResult, Decoder, Encoding};

use super::compressed::{self, Compression};
use super::encoding;
use crate::dataset::load::error::FileProblem;

/// Bytes looked at to tell what a file is.
pub(super) const HEAD_BYTES: usize = 1 << 16;

/// What the first bytes of a file say.
#[derive(Debug, Clone)]
pub(super) struct Head {
    /// The first bytes after decompression, still in the file's encoding.
    pub bytes: Vec<u8>,
    /// How the file is compressed.
    pub compression: Option<Compression>,
    /// The encoding that is decoded before lines are told apart; `None` where that is done line by
    /// line.
    pub encoding: Option<&'static Encoding>,
    /// Size on disk.
    pub file_bytes: u64,
}

impl Head {
    /// Whether the beginning is UTF-8, a character cut in two at its end aside.
    pub(super) fn is_utf8(&self) -> bool {
        encoding::is_utf8(&self.bytes)
    }

    /// Whether the whole file is in `bytes`.
    pub(super) fn is_whole(&self) -> bool {
        self.bytes.len() < HEAD_BYTES
    }

    /// The beginning as text, for looking at its structure.
    pub(super) fn text(&self) -> Cow<'_, str> {
        encoding::decode(&self.bytes, self.encoding)
    }

    /// What an error while reading the file means.
    pub(super) fn problem(&self, error: io::Error) -> FileProblem {
        compressed::problem(error, self.compression)
    }
}

/// Counts the bytes taken from the disk, for progress.
pub(super) type BytesRead = Arc<AtomicU64>;

/// A reader that counts.
pub(super) struct Counting<R> {
    inner: R,
    read: BytesRead,
}

impl<R> Counting<R> {
    /// Bytes taken so far.
    pub(super) fn counter(&self) -> BytesRead {
        Arc::clone(&self.read)
    }
}

impl<R: Read> Read for Counting<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.inner.read(buffer)?;
        self.read.fetch_add(count as u64, Ordering::Relaxed);
        Ok(count)
    }
}

/// Bytes taken from a file at a time.
pub(super) const CHUNK: usize = 256 * 1024;

/// Appends the next chunk of a stream; whether it has ended. A chunk is at least as long as what is
/// held, which keeps a long value from being scanned over and over.
pub(super) fn append_chunk(stream: &mut impl Read, buffer: &mut Vec<u8>) -> io::Result<bool> {
    let mut filled = buffer.len();
    buffer.resize(filled + CHUNK.max(filled), 0);
    let mut at_end = false;
    while !at_end && filled < buffer.len() {
        match stream.read(&mut buffer[filled..]) {
            Ok(count) => {
                filled += count;
                at_end = count == 0;
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    buffer.truncate(filled);
    Ok(at_end)
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
    let compression = Compression::of(&bytes);
    let bytes = match compression {
        None => bytes,
        Some(kind) => {
            let damaged = |error| compressed::problem(error, compression);
            let file = Counting { inner: open_file(path)?, read: BytesRead::default() };
            let mut stream = kind.open(file).map_err(damaged)?;
            first_bytes(&mut stream).map_err(damaged)?
        }
    };
    let encoding = encoding::detect(&bytes);
    Ok(Head { bytes, compression, encoding, file_bytes })
}

fn first_bytes(reader: &mut dyn Read) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    reader.take(HEAD_BYTES as u64).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// The whole file as a stream of text bytes: UTF-8, or an eight-bit encoding as it stands.
pub(super) fn text_stream(
    path: &Path,
    head: &Head,
) -> Result<(Box<dyn Read>, BytesRead), FileProblem> {
    let read = BytesRead::default();
    let file = Counting { inner: open_file(path)?, read: Arc::clone(&read) };
    let plain: Box<dyn Read> = match head.compression {
        None => Box::new(file),
        Some(kind) => kind.open(file).map_err(|error| head.problem(error))?,
    };
    let stream = match head.encoding {
        None => plain,
        Some(encoding) => Box::new(DecodedStream::new(plain, encoding)),
    };
    Ok((stream, read))
}

/// Decodes another encoding to UTF-8 as it is read.
struct DecodedStream<R> {
    inner: R,
    decoder: Decoder,
    input: Vec<u8>,
    consumed: usize,
    at_end: bool,
    finished: bool,
}

impl<R: Read> DecodedStream<R> {
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

impl<R: Read> Read for DecodedStream<R> {
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
    fn a_stream_is_decoded_and_its_mark_left_out() {
        let text = "user,item\nä,1\nb,2\n";
        let little: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
        let marked = [&[0xff, 0xfe][..], &little].concat();
        let mut decoded = String::new();
        let mut stream = DecodedStream::new(&marked[..], encoding_rs::UTF_16LE);
        stream.read_to_string(&mut decoded).unwrap();
        assert_eq!(decoded, text);
    }
}
