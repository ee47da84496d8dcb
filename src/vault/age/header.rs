//! The header of an age file that a passphrase opens.
//!
//! ```text
//! age-encryption.org/v1
//! -> scrypt <salt> <log2 of the work factor>
//! <file key, encrypted>
//! --- <authentication code of all before>
//! ```

use std::fmt::Write as _;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD as BASE64;
use ring::aead::{Aad, LessSafeKey};
use ring::{hkdf, hmac};
use zeroize::{Zeroize, Zeroizing};

use super::{AgeError, NONCE, TAG, key_of, nonce, random};
use crate::vault::Passphrase;
use crate::vault::scrypt::scrypt;

const VERSION: &str = "age-encryption.org/v1";
const SCRYPT_LABEL: &[u8] = b"age-encryption.org/v1/scrypt";
const SALT: usize = 16;
const FILE_KEY: usize = 16;
const MAC: usize = 32;
/// Longest header that is looked at; one of ours has about 150 bytes.
pub(super) const MOST_BYTES: usize = 1024;
/// Largest work factor that is tried: 2^20 takes a GiB and some seconds. age itself writes 2^18.
const MOST_WORK: u8 = 20;

/// What a file is encrypted with, known to whoever knows the passphrase.
pub(super) struct FileKey(Zeroizing<[u8; FILE_KEY]>);

impl FileKey {
    pub(super) fn new() -> Result<Self, AgeError> {
        let mut key = Zeroizing::new([0; FILE_KEY]);
        random(key.as_mut())?;
        Ok(Self(key))
    }

    /// The key of a payload that begins with this nonce.
    pub(super) fn payload_key(&self, nonce: &[u8; NONCE]) -> LessSafeKey {
        key_of(&self.derive(nonce, b"payload"))
    }

    fn header_key(&self) -> hmac::Key {
        hmac::Key::new(hmac::HMAC_SHA256, self.derive(&[], b"header").as_ref())
    }

    /// HKDF-SHA-256.
    fn derive(&self, salt: &[u8], info: &[u8]) -> Zeroizing<[u8; 32]> {
        let mut key = Zeroizing::new([0; 32]);
        hkdf::Salt::new(hkdf::HKDF_SHA256, salt)
            .extract(self.0.as_ref())
            .expand(&[info], hkdf::HKDF_SHA256)
            .and_then(|material| material.fill(key.as_mut()))
            .expect("32 bytes are no more than the hash can give");
        key
    }
}

/// The header of a new file, and its key.
pub(super) fn seal(passphrase: &Passphrase, log_n: u8) -> Result<(String, FileKey), AgeError> {
    let key = FileKey::new()?;
    let mut salt = [0; SALT];
    random(&mut salt)?;
    let wrap = wrapping_key(passphrase, &salt, log_n)?;
    let mut body = [0; FILE_KEY + TAG];
    let (wrapped, tag) = body.split_at_mut(FILE_KEY);
    wrapped.copy_from_slice(key.0.as_ref());
    let sealed = wrap
        .seal_in_place_separate_tag(nonce(0, false), Aad::empty(), wrapped)
        .map_err(|_| AgeError::Damaged("the file key cannot be encrypted"))?;
    tag.copy_from_slice(sealed.as_ref());
    let mut header = format!("{VERSION}\n-> scrypt {} {log_n}\n", BASE64.encode(salt));
    // Writing to a text cannot fail.
    let _ = write!(header, "{}\n---", BASE64.encode(body));
    let mac = hmac::sign(&key.header_key(), header.as_bytes());
    let _ = writeln!(header, " {}", BASE64.encode(mac));
    Ok((header, key))
}

/// What a header says.
pub(super) struct Header {
    /// Bytes that it takes, to the end of its last line.
    pub len: usize,
    /// Its code, different for each file.
    pub mac: [u8; MAC],
    salt: [u8; SALT],
    log_n: u8,
    body: [u8; FILE_KEY + TAG],
    /// Bytes that the code is made of.
    covered: usize,
}

impl Header {
    /// Reads the header at the beginning of `bytes`.
    pub(super) fn parse(bytes: &[u8]) -> Result<Self, AgeError> {
        let mut rest = bytes;
        if line(&mut rest)? != VERSION {
            return Err(AgeError::NotAge);
        }
        let stanza = line(&mut rest)?;
        let mut arguments =
            stanza.strip_prefix("-> scrypt ").ok_or(AgeError::OtherRecipient)?.split(' ');
        let (salt, work) = (arguments.next(), arguments.next());
        let (Some(salt), Some(work), None) = (salt, work, arguments.next()) else {
            return Err(DAMAGED);
        };
        let is_number = work.bytes().all(|byte| byte.is_ascii_digit()) && !work.starts_with('0');
        let log_n: u8 = if is_number { work.parse().map_err(|_| DAMAGED)? } else { 0 };
        if log_n == 0 {
            return Err(DAMAGED);
        }
        let (salt, body) = (decode(salt)?, decode(line(&mut rest)?)?);
        let covered = bytes.len() - rest.len() + "---".len();
        let end = line(&mut rest)?;
        if end.starts_with("->") {
            // age allows no second recipient beside a passphrase.
            return Err(DAMAGED);
        }
        let mac = decode(end.strip_prefix("--- ").ok_or(DAMAGED)?)?;
        Ok(Self { len: bytes.len() - rest.len(), mac, salt, log_n, body, covered })
    }

    /// The key of the file whose first bytes are `bytes`.
    pub(super) fn open(&self, bytes: &[u8], passphrase: &Passphrase) -> Result<FileKey, AgeError> {
        if self.log_n > MOST_WORK {
            return Err(AgeError::TooHard { log_n: self.log_n });
        }
        let wrap = wrapping_key(passphrase, &self.salt, self.log_n)?;
        let mut body = self.body;
        let opened = wrap.open_in_place(nonce(0, false), Aad::empty(), &mut body[..]);
        let opened = opened.map_err(|_| AgeError::WrongPassphrase)?;
        let mut key = FileKey(Zeroizing::new([0; FILE_KEY]));
        key.0.copy_from_slice(opened);
        body.zeroize();
        let covered = bytes.get(..self.covered).ok_or(DAMAGED)?;
        hmac::verify(&key.header_key(), covered, &self.mac).map_err(|_| DAMAGED)?;
        Ok(key)
    }
}

const DAMAGED: AgeError = AgeError::Damaged("its header is damaged");

fn wrapping_key(
    passphrase: &Passphrase,
    salt: &[u8; SALT],
    log_n: u8,
) -> Result<LessSafeKey, AgeError> {
    let salt = [SCRYPT_LABEL, salt].concat();
    let mut key = Zeroizing::new([0; 32]);
    scrypt(passphrase.bytes(), &salt, (log_n, 8, 1), key.as_mut())
        .map_err(|_| AgeError::TooHard { log_n })?;
    Ok(key_of(&key))
}

fn line<'a>(rest: &mut &'a [u8]) -> Result<&'a str, AgeError> {
    let end = rest.iter().position(|&byte| byte == b'\n').ok_or(AgeError::NotAge)?;
    let (line, after) = rest.split_at(end);
    *rest = &after[1..];
    std::str::from_utf8(line).map_err(|_| AgeError::NotAge)
}

fn decode<const BYTES: usize>(text: &str) -> Result<[u8; BYTES], AgeError> {
    let bytes = BASE64.decode(text).map_err(|_| DAMAGED)?;
    bytes.try_into().map_err(|_| DAMAGED)
}

const _: () = assert!(ring::aead::MAX_TAG_LEN == TAG);
