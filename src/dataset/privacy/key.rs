//! The secret behind pseudonyms, and where it is kept: apart from every project.
//!
//! A pseudonym is the first 128 bits of the keyed BLAKE3 hash of the shopper's id, as 26 letters and
//! digits. Without the key nobody can tell whose it is or try ids out; with the same key the same
//! shopper has the same pseudonym in every import. The project keeps only the key's fingerprint.

use std::fmt;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use rand::TryRngCore as _;
use rand::rngs::OsRng;
use rayon::prelude::*;

use super::{PrivacyError, PrivacyRequest};
use crate::ids::IdMap;

const HEADER: &str = "shelfwise pseudonym key 1";
const FINGERPRINT_CONTEXT: &str = "shelfwise 2026 fingerprint of a pseudonym key";
/// Crockford's alphabet in lower case: no letter looks like a digit.
const ALPHABET: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";
/// Characters for 128 bits, five each.
const PSEUDONYM_CHARS: usize = 26;

/// A secret of 256 bits.
#[derive(Clone, PartialEq, Eq)]
pub struct PseudonymKey([u8; 32]);

/// Shows the fingerprint; the secret stays one.
impl fmt::Debug for PseudonymKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PseudonymKey({})", self.fingerprint())
    }
}

impl PseudonymKey {
    /// A new key from the system's randomness.
    ///
    /// # Errors
    /// [`PrivacyError::NoRandomness`].
    pub fn generate() -> Result<Self, PrivacyError> {
        let mut bytes = [0; 32];
        OsRng
            .try_fill_bytes(&mut bytes)
            .map_err(|error| PrivacyError::NoRandomness(error.to_string()))?;
        Ok(Self(bytes))
    }

    /// Names the key without giving it away: 16 hexadecimal digits.
    #[must_use]
    pub fn fingerprint(&self) -> String {
        blake3::Hasher::new_derive_key(FINGERPRINT_CONTEXT)
            .update(&self.0)
            .finalize()
            .to_hex()
            .chars()
            .take(16)
            .collect()
    }

    /// The pseudonym of a shopper.
    #[must_use]
    pub fn pseudonym(&self, id: &str) -> String {
        let hash = blake3::keyed_hash(&self.0, id.as_bytes());
        let mut bytes = [0; 16];
        bytes.copy_from_slice(&hash.as_bytes()[..16]);
        let bits = u128::from_be_bytes(bytes);
        (0..PSEUDONYM_CHARS)
            .rev()
            .map(|position| char::from(ALPHABET[((bits >> (5 * position)) & 31) as usize]))
            .collect()
    }

    /// The pseudonyms of all shoppers, in the same order.
    ///
    /// # Errors
    /// [`PrivacyError::Collision`] if two shoppers got one pseudonym, which chance alone brings about
    /// once in 10²⁶ shops of a million.
    pub(in crate::dataset) fn pseudonyms(&self, users: &IdMap) -> Result<IdMap, PrivacyError> {
        let ids: Vec<&str> = users.iter().collect();
        let pseudonyms: Vec<String> = ids.par_iter().map(|id| self.pseudonym(id)).collect();
        let map = IdMap::from_ids(&pseudonyms);
        if map.len() == users.len() { Ok(map) } else { Err(PrivacyError::Collision) }
    }

    /// Reads a key file.
    ///
    /// # Errors
    /// [`PrivacyError::KeyFile`] or [`PrivacyError::NotAKey`].
    pub fn read(path: &Path) -> Result<Self, PrivacyError> {
        let text = fs::read_to_string(path).map_err(|error| match error.kind() {
            io::ErrorKind::InvalidData => PrivacyError::NotAKey { path: path.to_owned() },
            _ => key_file("read", path)(error),
        })?;
        parse(&text).ok_or_else(|| PrivacyError::NotAKey { path: path.to_owned() })
    }

    /// Writes a new key file that its owner alone can read; an existing file is left alone.
    ///
    /// # Errors
    /// [`PrivacyError::KeyFile`].
    pub fn write_new(&self, path: &Path) -> Result<(), PrivacyError> {
        if let Some(folder) = path.parent() {
            make_private_folder(folder).map_err(key_file("write", folder))?;
        }
        let mut file = create_private(path).map_err(key_file("write", path))?;
        let digits = blake3::Hash::from_bytes(self.0).to_hex();
        file.write_all(format!("{HEADER}\n{digits}\n").as_bytes())
            .and_then(|()| file.sync_all())
            .map_err(key_file("write", path))
    }
}

fn parse(text: &str) -> Option<PseudonymKey> {
    let mut lines = text.lines();
    let digits = (lines.next()? == HEADER).then(|| lines.next())?.map(str::trim)?;
    if digits.len() != 64 || !digits.is_ascii() {
        return None;
    }
    let mut bytes = [0; 32];
    for (position, byte) in bytes.iter_mut().enumerate() {
        *byte = u8::from_str_radix(&digits[2 * position..2 * position + 2], 16).ok()?;
    }
    Some(PseudonymKey(bytes))
}

/// The keys of this computer's user.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyStore {
    folder: PathBuf,
}

impl KeyStore {
    /// Keys kept in this folder, which is made when the first key is.
    #[must_use]
    pub fn in_folder(folder: PathBuf) -> Self {
        Self { folder }
    }

    /// Where the key of a fingerprint lies.
    #[must_use]
    pub fn path_of(&self, fingerprint: &str) -> PathBuf {
        self.folder.join(format!("{fingerprint}.key"))
    }

    /// Finds the key that an import needs: the one given, else the one that the project's pseudonyms
    /// were made with (`known` is its fingerprint), else a new one, which [`keep`](Self::keep) keeps.
    ///
    /// # Errors
    /// [`PrivacyError`] if the key is missing, cannot be read, or is not the project's, or if clear
    /// ids would come into a project that holds pseudonyms.
    pub fn settle(
        &self,
        request: &mut PrivacyRequest,
        known: Option<&str>,
    ) -> Result<(), PrivacyError> {
        if !request.policy.pseudonymise {
            return match known {
                Some(known) => Err(PrivacyError::WouldReveal(known.to_owned())),
                None => Ok(()),
            };
        }
        request.key = Some(match (&request.key_file, known) {
            (None, None) => PseudonymKey::generate()?,
            (given, known) => self.find(given.as_deref(), known)?,
        });
        Ok(())
    }

    /// The key given, else the one of this fingerprint.
    ///
    /// # Errors
    /// [`PrivacyError`] if there is none, it cannot be read, or it has another fingerprint.
    pub fn find(
        &self,
        given: Option<&Path>,
        known: Option<&str>,
    ) -> Result<PseudonymKey, PrivacyError> {
        let path = match (given, known) {
            (Some(path), _) => path.to_owned(),
            (None, Some(fingerprint)) => {
                let path = self.path_of(fingerprint);
                if !path.exists() {
                    let fingerprint = fingerprint.to_owned();
                    return Err(PrivacyError::KeyMissing { fingerprint, path });
                }
                path
            }
            (None, None) => return Err(PrivacyError::NoKey),
        };
        agreeing(PseudonymKey::read(&path)?, known)
    }

    /// Keeps a key that was made for an import, before anything is stored that needs it.
    ///
    /// # Errors
    /// [`PrivacyError::KeyFile`].
    pub fn keep(&self, request: &PrivacyRequest) -> Result<(), PrivacyError> {
        match &request.key {
            Some(key) if request.policy.pseudonymise && request.key_file.is_none() => {
                let path = self.path_of(&key.fingerprint());
                if path.exists() { Ok(()) } else { key.write_new(&path) }
            }
            _ => Ok(()),
        }
    }
}

fn agreeing(key: PseudonymKey, known: Option<&str>) -> Result<PseudonymKey, PrivacyError> {
    match known {
        Some(expected) if key.fingerprint() != expected => {
            Err(PrivacyError::OtherKey { expected: expected.to_owned(), found: key.fingerprint() })
        }
        _ => Ok(key),
    }
}

fn key_file(action: &'static str, path: &Path) -> impl FnOnce(io::Error) -> PrivacyError {
    let path = path.to_owned();
    move |source| PrivacyError::KeyFile { action, source, path }
}

#[cfg(unix)]
fn create_private(path: &Path) -> io::Result<File> {
    use std::os::unix::fs::OpenOptionsExt as _;
    OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)
}

/// Elsewhere the user's own configuration folder is private already.
#[cfg(not(unix))]
fn create_private(path: &Path) -> io::Result<File> {
    OpenOptions::new().write(true).create_new(true).open(path)
}

#[cfg(unix)]
fn make_private_folder(folder: &Path) -> io::Result<()> {
    use std::os::unix::fs::DirBuilderExt as _;
    fs::DirBuilder::new().recursive(true).mode(0o700).create(folder)
}

#[cfg(not(unix))]
fn make_private_folder(folder: &Path) -> io::Result<()> {
    fs::create_dir_all(folder)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dataset::privacy::PrivacyPolicy;

    fn key(byte: u8) -> PseudonymKey {
        PseudonymKey([byte; 32])
    }

    #[test]
    fn a_pseudonym_depends_on_id_and_key_alone() {
        let one = key(1).pseudonym("alice@example.org");
        assert_eq!(one.len(), PSEUDONYM_CHARS);
        assert!(one.bytes().all(|byte| ALPHABET.contains(&byte)));
        assert_eq!(one, key(1).pseudonym("alice@example.org"));
        assert_ne!(one, key(2).pseudonym("alice@example.org"));
        assert_ne!(one, key(1).pseudonym("bob@example.org"));
        assert_ne!(key(1).fingerprint(), key(2).fingerprint());
        assert!(!format!("{:?}", key(1)).contains("0101"));
    }

    /// All 128 bits of the hash are in the text, the highest first.
    #[test]
    fn a_pseudonym_is_the_begin_of_the_keyed_hash() {
        let hash = blake3::keyed_hash(&[7; 32], b"u1");
        let bits = key(7).pseudonym("u1").bytes().fold(0_u128, |bits, byte| {
            let digit = ALPHABET.iter().position(|&letter| letter == byte).unwrap();
            (bits << 5) | digit as u128
        });
        assert_eq!(bits.to_be_bytes(), hash.as_bytes()[..16]);
    }

    fn pseudonymising() -> PrivacyRequest {
        let policy = PrivacyPolicy { pseudonymise: true, ..PrivacyPolicy::default() };
        PrivacyRequest { policy, ..PrivacyRequest::default() }
    }

    #[test]
    fn a_new_key_is_kept_privately_and_found_again() {
        let temp = tempfile::tempdir().unwrap();
        let store = KeyStore::in_folder(temp.path().join("keys"));
        let mut first = pseudonymising();
        store.settle(&mut first, None).unwrap();
        let fingerprint = first.key.as_ref().unwrap().fingerprint();
        let path = store.path_of(&fingerprint);
        assert!(!path.exists(), "an import that fails leaves no key behind");
        store.keep(&first).unwrap();
        store.keep(&first).unwrap();
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
            assert_eq!((mode(&path), mode(path.parent().unwrap())), (0o600, 0o700));
        }
        let mut again = pseudonymising();
        store.settle(&mut again, Some(&fingerprint)).unwrap();
        assert_eq!(again.key, first.key);
        let mut new = pseudonymising();
        store.settle(&mut new, None).unwrap();
        assert_ne!(new.key, first.key);
    }

    #[test]
    fn a_project_keeps_its_key() {
        let temp = tempfile::tempdir().unwrap();
        let store = KeyStore::in_folder(temp.path().to_owned());
        let (own, other) = (key(1), key(2));
        other.write_new(&temp.path().join("other.key")).unwrap();
        let known = own.fingerprint();
        let error = |request: &mut PrivacyRequest| {
            store.settle(request, Some(&known)).unwrap_err().to_string()
        };
        let missing = error(&mut pseudonymising());
        assert!(missing.contains("is not there") && missing.contains("--key"), "{missing}");
        let key_file = Some(temp.path().join("other.key"));
        let wrong = error(&mut PrivacyRequest { key_file, ..pseudonymising() });
        assert!(wrong.contains(&known) && wrong.contains(&other.fingerprint()), "{wrong}");
        let clear = error(&mut PrivacyRequest::default());
        assert!(clear.contains("--pseudonymise"), "{clear}");
        assert!(store.settle(&mut PrivacyRequest::default(), None).is_ok());
        assert!(matches!(store.find(None, None), Err(PrivacyError::NoKey)));
    }

    #[test]
    fn what_is_no_key_is_refused() {
        let temp = tempfile::tempdir().unwrap();
        let path = temp.path().join("a.key");
        for text in ["", "shelfwise pseudonym key 1\n", "shelfwise pseudonym key 1\nzz", "\u{fffd}"]
        {
            fs::write(&path, text).unwrap();
            assert!(matches!(PseudonymKey::read(&path), Err(PrivacyError::NotAKey { .. })));
        }
        fs::write(&path, [0xff, 0xfe]).unwrap();
        assert!(matches!(PseudonymKey::read(&path), Err(PrivacyError::NotAKey { .. })));
        assert!(matches!(key(1).write_new(&path), Err(PrivacyError::KeyFile { .. })));
    }
}
