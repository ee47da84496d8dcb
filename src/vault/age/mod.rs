//! Files in the format of age (<https://age-encryption.org/v1>) that a passphrase opens, written so
//! that the `age` tool reads them and the other way round.
//!
//! The payload is a nonce and chunks of 64 KiB, each encrypted and authenticated by
//! ChaCha20-Poly1305 under its number and whether it is the last (STREAM): a chunk that is changed,
//! missing, moved or cut off is found when it is read, and any chunk can be read without those before.

mod header;
mod read;
#[cfg(test)]
mod tests;
mod write;

use ring::aead::{CHACHA20_POLY1305, LessSafeKey, Nonce, UnboundKey};
use ring::rand::{SecureRandom, SystemRandom};
use zeroize::Zeroizing;

use super::Passphrase;
pub(super) use read::AgeReader;
pub(super) use write::AgeWriter;

/// Bytes of a chunk before encryption.
const CHUNK: usize = 64 << 10;
/// Bytes by which a chunk grows.
const TAG: usize = 16;
/// Bytes before the first chunk.
const NONCE: usize = 16;

/// A file cannot be encrypted or decrypted.
#[derive(Debug, thiserror::Error)]
pub enum AgeError {
    /// Something else.
    #[error("this is no file of the age format")]
    NotAge,
    /// Encrypted for somebody's public key.
    #[error("the file is encrypted for a public key, not with a passphrase")]
    OtherRecipient,
    /// The work factor asks for more memory or time than is given.
    #[error("the passphrase was given a work factor of 2^{log_n}, which takes too much memory")]
    TooHard {
        /// Binary logarithm of the work factor.
        log_n: u8,
    },
    /// The passphrase is another one.
    #[error("the passphrase is wrong")]
    WrongPassphrase,
    /// Changed or cut off since it was written.
    #[error("the encrypted file is damaged or was tampered with ({0})")]
    Damaged(&'static str),
    /// The disk, or the system's random numbers.
    #[error(transparent)]
    Io(#[from] std::io::Error),
}

impl From<AgeError> for std::io::Error {
    fn from(error: AgeError) -> Self {
        match error {
            AgeError::Io(error) => error,
            error => Self::new(std::io::ErrorKind::InvalidData, error),
        }
    }
}

/// A small file out of its content.
pub(super) fn encrypt(
    bytes: &[u8],
    passphrase: &Passphrase,
    log_n: u8,
) -> Result<Vec<u8>, AgeError> {
    let mut writer = AgeWriter::new(Vec::new(), passphrase, log_n)?;
    std::io::Write::write_all(&mut writer, bytes)?;
    Ok(writer.finish()?)
}

/// The content of a small file.
pub(super) fn decrypt(
    file: &[u8],
    passphrase: &Passphrase,
) -> Result<Zeroizing<Vec<u8>>, AgeError> {
    AgeReader::open(std::io::Cursor::new(file), passphrase)?.read_whole().map(Zeroizing::new)
}

/// Fills `bytes` from the system's source of randomness.
pub(super) fn random(bytes: &mut [u8]) -> Result<(), AgeError> {
    let refused = |_| std::io::Error::other("the system gives no random numbers");
    Ok(SystemRandom::new().fill(bytes).map_err(refused)?)
}

fn key_of(bytes: &[u8; 32]) -> LessSafeKey {
    let key = UnboundKey::new(&CHACHA20_POLY1305, bytes).expect("a key has 32 bytes");
    LessSafeKey::new(key)
}

/// Eleven bytes of the chunk's number and one that says whether it is the last.
fn nonce(chunk: u64, is_last: bool) -> Nonce {
    let mut bytes = [0; 12];
    bytes[3..11].copy_from_slice(&chunk.to_be_bytes());
    bytes[11] = u8::from(is_last);
    Nonce::assume_unique_for_key(bytes)
}
