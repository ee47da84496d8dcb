//! Files inside gzip or zstd, with a limit on how much they may unfold to.

use std::fmt;
use std::io::{self, Read};
use std::sync::atomic::Ordering;

use flate2::read::MultiGzDecoder;
use serde::{Deserialize, Serialize};

use super::bytes::{BytesRead, Counting};
use crate::dataset::load::error::FileProblem;

/// Unfolded bytes up to which any ratio is believed.
pub(super) const HARMLESS_BYTES: u64 = 64 << 20;
/// Most unfolded bytes for one byte on disk; tables of text reach 50, made-up ones 200.
pub(super) const MOST_EXPANSION: u64 = 500;
/// Longest window of a zstd frame, as a power of two; what `zstd` itself allows without asking.
const LONGEST_WINDOW: u32 = 27;

/// How a file is compressed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Compression {
    /// gzip, one member or several.
    Gzip,
    /// Zstandard.
    Zstd,
}

impl Compression {
    /// By the first bytes.
    pub(super) fn of(bytes: &[u8]) -> Option<Self> {
        if bytes.starts_with(&[0x1f, 0x8b]) {
            Some(Self::Gzip)
        } else if bytes.starts_with(&[0x28, 0xb5, 0x2f, 0xfd]) {
            Some(Self::Zstd)
        } else {
            None
        }
    }

    /// The name in reports.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Gzip => "gzip",
            Self::Zstd => "zstd",
        }
    }

    /// The bytes inside.
    pub(super) fn open<R: Read + 'static>(self, file: Counting<R>) -> io::Result<Box<dyn Read>> {
        let packed = file.counter();
        let inner: Box<dyn Read> = match self {
            Self::Gzip => Box::new(MultiGzDecoder::new(file)),
            Self::Zstd => {
                let mut decoder = zstd::stream::read::Decoder::new(file)?;
                decoder.window_log_max(LONGEST_WINDOW)?;
                Box::new(decoder)
            }
        };
        Ok(Box::new(Limited { inner, packed, unfolded: 0 }))
    }
}

/// A file that unfolds to far more than any table would.
#[derive(Debug)]
struct Bomb {
    packed: u64,
    unfolded: u64,
}

impl fmt::Display for Bomb {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} bytes unfold to more than {}", self.packed, self.unfolded)
    }
}

impl std::error::Error for Bomb {}

/// Stops a stream that unfolds beyond all measure.
struct Limited<R> {
    inner: R,
    packed: BytesRead,
    unfolded: u64,
}

impl<R: Read> Read for Limited<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.inner.read(buffer)?;
        self.unfolded += count as u64;
        let packed = self.packed.load(Ordering::Relaxed);
        if is_bomb(packed, self.unfolded) {
            return Err(io::Error::other(Bomb { packed, unfolded: self.unfolded }));
        }
        Ok(count)
    }
}

/// Whether so many bytes may not unfold to so many.
pub(super) fn is_bomb(packed: u64, unfolded: u64) -> bool {
    unfolded > HARMLESS_BYTES && unfolded / MOST_EXPANSION > packed
}

/// What an error while reading a file means.
pub(super) fn problem(error: io::Error, compression: Option<Compression>) -> FileProblem {
    let inner = error.get_ref();
    if let Some(bomb) = inner.and_then(|inner| inner.downcast_ref::<Bomb>()) {
        return FileProblem::UnfoldsTooFar { packed: bomb.packed, unfolded: bomb.unfolded };
    }
    if let Some(long) = inner.and_then(|inner| inner.downcast_ref::<super::records::TooLong>()) {
        return FileProblem::LineTooLong { line: long.line, bytes: long.bytes };
    }
    match compression {
        Some(Compression::Gzip) => FileProblem::DamagedGzip(error),
        Some(Compression::Zstd) => FileProblem::DamagedZstd(error),
        None => FileProblem::Unreadable(error),
    }
}
