//! Reading an age file, from any place in it.

use std::io::{self, Read, Seek, SeekFrom};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD as BASE64;
use ring::aead::{Aad, LessSafeKey};

use super::header::{Header, MOST_BYTES};
use super::{AgeError, CHUNK, NONCE, TAG, nonce};
use crate::vault::Passphrase;

/// An age file that is open.
pub(in crate::vault) struct AgeReader<R> {
    file: R,
    key: LessSafeKey,
    /// Where the first chunk begins.
    payload: u64,
    /// Bytes of the content.
    len: u64,
    code: String,
    /// The chunk read last, and its content with the tag behind it.
    chunk: Option<u64>,
    bytes: Vec<u8>,
}

impl<R: Read + Seek> AgeReader<R> {
    /// Opens a file by its passphrase.
    pub(in crate::vault) fn open(mut file: R, passphrase: &Passphrase) -> Result<Self, AgeError> {
        let size = file.seek(SeekFrom::End(0))?;
        file.seek(SeekFrom::Start(0))?;
        let mut start = Vec::with_capacity(MOST_BYTES);
        file.by_ref().take(MOST_BYTES as u64).read_to_end(&mut start)?;
        let header = Header::parse(&start)?;
        let key = header.open(&start, passphrase)?;
        let salt = start.get(header.len..header.len + NONCE).ok_or(CUT_OFF)?;
        let salt: &[u8; NONCE] = salt.try_into().map_err(|_| CUT_OFF)?;
        let payload = (header.len + NONCE) as u64;
        let len = content_len(size - payload).ok_or(CUT_OFF)?;
        let key = key.payload_key(salt);
        let code = BASE64.encode(header.mac);
        Ok(Self { file, key, payload, len, code, chunk: None, bytes: Vec::new() })
    }

    /// Bytes of the content.
    pub(in crate::vault) const fn len(&self) -> u64 {
        self.len
    }

    /// The code that tells this file from every other one.
    pub(in crate::vault) fn code(&self) -> &str {
        &self.code
    }

    /// All of the content.
    pub(in crate::vault) fn read_whole(mut self) -> Result<Vec<u8>, AgeError> {
        let room = usize::try_from(self.len).map_err(|_| CUT_OFF)?;
        let mut content = vec![0; room];
        // An empty file has one chunk too, and it may have been tampered with.
        self.load(0)?;
        self.read_exact_at(0, &mut content)?;
        Ok(content)
    }

    /// The content from `at` on, as much as fills `out`.
    pub(in crate::vault) fn read_exact_at(
        &mut self,
        mut at: u64,
        mut out: &mut [u8],
    ) -> Result<(), AgeError> {
        while !out.is_empty() {
            if at >= self.len {
                return Err(io::Error::from(io::ErrorKind::UnexpectedEof).into());
            }
            self.load(at / CHUNK as u64)?;
            let from = (at % CHUNK as u64) as usize;
            let part = &self.bytes[from..self.bytes.len() - TAG];
            let taken = part.len().min(out.len());
            out[..taken].copy_from_slice(&part[..taken]);
            out = &mut out[taken..];
            at += taken as u64;
        }
        Ok(())
    }

    /// Decrypts a chunk unless it is the one at hand.
    fn load(&mut self, chunk: u64) -> Result<(), AgeError> {
        if self.chunk == Some(chunk) {
            return Ok(());
        }
        self.chunk = None;
        let start = chunk * CHUNK as u64;
        let is_last = start + CHUNK as u64 >= self.len;
        let length = (self.len - start).min(CHUNK as u64) as usize + TAG;
        self.bytes.resize(length, 0);
        self.file.seek(SeekFrom::Start(self.payload + chunk * (CHUNK + TAG) as u64))?;
        self.file.read_exact(&mut self.bytes)?;
        self.key
            .open_in_place(nonce(chunk, is_last), Aad::empty(), &mut self.bytes)
            .map_err(|_| AgeError::Damaged("a part of it is not as it was written"))?;
        self.chunk = Some(chunk);
        Ok(())
    }
}

/// Bytes of content in so many bytes of payload; `None` where no file has that many.
fn content_len(payload: u64) -> Option<u64> {
    let chunks = payload.div_ceil((CHUNK + TAG) as u64);
    let content = payload.checked_sub(chunks * TAG as u64)?;
    // Only an empty file has an empty chunk.
    let expected = content.div_ceil(CHUNK as u64).max(1);
    (chunks == expected).then_some(content)
}

const CUT_OFF: AgeError = AgeError::Damaged("it is cut off");
