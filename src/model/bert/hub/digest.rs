//! Hashes of what was downloaded, as the hub lists them.

use ring::digest::{Context, SHA1_FOR_LEGACY_USE_ONLY, SHA256};

/// What a file should come to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Expected {
    /// SHA-256 of the content: large files.
    Sha256(String),
    /// SHA-1 of `blob`, size, a zero byte and the content, as git names it: small files.
    GitBlob(String),
}

impl Expected {
    /// What a hash in hexadecimal is one of, by its length; quotes and the mark of a weak tag are taken off.
    pub fn parse(tag: &str) -> Option<Self> {
        let hash = tag.trim_start_matches("W/").trim_matches('"').to_ascii_lowercase();
        if !hash.chars().all(|c| c.is_ascii_hexdigit()) {
            return None;
        }
        match hash.len() {
            64 => Some(Self::Sha256(hash)),
            40 => Some(Self::GitBlob(hash)),
            _ => None,
        }
    }
}

/// Hashes of content that comes piece by piece.
pub(super) struct Digest {
    sha256: Context,
    /// Only where the size was known before, which git's hash begins with.
    git: Option<Context>,
}

impl Digest {
    /// Of a file of so many bytes.
    pub fn new(bytes: Option<u64>) -> Self {
        let git = bytes.map(|bytes| {
            let mut git = Context::new(&SHA1_FOR_LEGACY_USE_ONLY);
            git.update(format!("blob {bytes}\0").as_bytes());
            git
        });
        Self { sha256: Context::new(&SHA256), git }
    }

    pub fn update(&mut self, bytes: &[u8]) {
        self.sha256.update(bytes);
        if let Some(git) = &mut self.git {
            git.update(bytes);
        }
    }

    /// SHA-256 of it all; or what was found and expected, where it is not as expected.
    pub fn finish(self, expected: Option<&Expected>) -> Result<String, [String; 2]> {
        let sha256 = hex(self.sha256);
        let git = self.git.map(hex);
        match (expected, git) {
            (Some(Expected::Sha256(expected)), _) if *expected != sha256 => {
                Err([sha256, expected.clone()])
            }
            (Some(Expected::GitBlob(expected)), Some(found)) if *expected != found => {
                Err([found, expected.clone()])
            }
            _ => Ok(sha256),
        }
    }
}

fn hex(context: Context) -> String {
    let digest = context.finish();
    let pairs: Vec<String> = digest.as_ref().iter().map(|byte| format!("{byte:02x}")).collect();
    pairs.concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn digest(text: &str) -> Digest {
        let mut digest = Digest::new(Some(text.len() as u64));
        let (first, rest) = text.as_bytes().split_at(text.len() / 2);
        digest.update(first);
        digest.update(rest);
        digest
    }

    /// Values of `sha256sum` and `git hash-object`.
    #[test]
    fn hashes_are_those_of_the_usual_tools() {
        let sha256 = "5891b5b522d5df086d0ff0b110fbd9d21bb4fc7163af34d08286a2e846f6be03";
        let git = "ce013625030ba8dba906f756967f9e9ca394464a";
        assert_eq!(digest("hello\n").finish(None).expect("nothing was expected"), sha256);
        for expected in [sha256, &format!("W/\"{git}\"")] {
            let expected = Expected::parse(expected);
            assert!(expected.is_some());
            assert_eq!(digest("hello\n").finish(expected.as_ref()), Ok(sha256.to_owned()));
            assert!(digest("hullo\n").finish(expected.as_ref()).is_err());
        }
        assert_eq!(Expected::parse("no hash"), None);
        assert_eq!(Expected::parse("\"5891-2\""), None, "the parts of an upload are no hash");
    }
}
