//! Writing an age file, chunk after chunk.

use std::io::{self, Write};

use ring::aead::{Aad, LessSafeKey};

use super::header::seal;
use super::{AgeError, CHUNK, NONCE, nonce, random};
use crate::vault::Passphrase;

/// Encrypts what is written to it. Only [`Self::finish`] makes it whole.
pub(in crate::vault) struct AgeWriter<W: Write> {
    out: W,
    key: LessSafeKey,
    /// Chunks written so far.
    chunks: u64,
    /// What is not encrypted yet; a full chunk waits for whether another one follows.
    pending: Vec<u8>,
    code: String,
}

impl<W: Write> AgeWriter<W> {
    /// A file that `passphrase` opens; the header goes out at once.
    pub(in crate::vault) fn new(
        mut out: W,
        passphrase: &Passphrase,
        log_n: u8,
    ) -> Result<Self, AgeError> {
        let (header, key) = seal(passphrase, log_n)?;
        let mut salt = [0; NONCE];
        random(&mut salt)?;
        out.write_all(header.as_bytes())?;
        out.write_all(&salt)?;
        let code = header.trim_end().rsplit(' ').next().unwrap_or_default().to_owned();
        let key = key.payload_key(&salt);
        Ok(Self { out, key, chunks: 0, pending: Vec::with_capacity(CHUNK), code })
    }

    /// The code that tells this file from every other one.
    pub(in crate::vault) fn code(&self) -> &str {
        &self.code
    }

    /// Encrypts the last chunk, without which the file counts as cut off.
    pub(in crate::vault) fn finish(mut self) -> io::Result<W>
    where
        W: Write,
    {
        self.seal(true)?;
        Ok(self.out)
    }

    fn seal(&mut self, is_last: bool) -> io::Result<()> {
        let nonce = nonce(self.chunks, is_last);
        let tag = self
            .key
            .seal_in_place_separate_tag(nonce, Aad::empty(), &mut self.pending)
            .map_err(|_| io::Error::other("a part cannot be encrypted"))?;
        self.out.write_all(&self.pending)?;
        self.out.write_all(tag.as_ref())?;
        self.pending.clear();
        self.chunks += 1;
        Ok(())
    }
}

impl<W: Write> Write for AgeWriter<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        if self.pending.len() == CHUNK {
            self.seal(false)?;
        }
        let taken = bytes.len().min(CHUNK - self.pending.len());
        self.pending.extend_from_slice(&bytes[..taken]);
        Ok(taken)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}
