//! Why an import cannot keep what its privacy policy asks for.

use std::io;
use std::path::PathBuf;

/// An import cannot keep what its privacy policy asks for; nothing was stored.
#[derive(Debug, thiserror::Error)]
pub enum PrivacyError {
    /// The policy cannot be understood.
    #[error("cannot read the privacy policy: {0}")]
    Policy(String),
    /// The policy names a column that no file has.
    #[error(
        "cannot {action} the column {column:?}: no file has it. Check its spelling against the \
         columns that `describe` or the import assistant shows"
    )]
    NoSuchColumn {
        /// What was to be done: `drop` or `generalise`.
        action: &'static str,
        /// The column.
        column: String,
    },
    /// The rule is for a column that is no attribute of shoppers.
    #[error(
        "cannot generalise the column {0:?}: only columns of the users file, and \"time\", can be \
         made coarser. Drop it instead"
    )]
    NoAttribute(String),
    /// Pseudonyms were asked for without a key.
    #[error("cannot pseudonymise: there is no key. Give one with --key FILE")]
    NoKey,
    /// What stood in the files cannot be taken out of the report.
    #[error("cannot hide what stood in the files: {0}. Please report it")]
    Report(String),
    /// Two shoppers would become one.
    #[error("cannot pseudonymise: two shoppers got one pseudonym. Use another key")]
    Collision,
    /// The key of a project is not where keys are kept.
    #[error(
        "cannot pseudonymise: this project's pseudonyms were made with the key {fingerprint}, which \
         is not there. Copy the key file back, give it with --key FILE, or import into a new \
         project. File: {}",
        path.display()
    )]
    KeyMissing {
        /// Fingerprint of the key.
        fingerprint: String,
        /// Where it was looked for.
        path: PathBuf,
    },
    /// Another key than the project's.
    #[error(
        "cannot pseudonymise: this project's pseudonyms were made with the key {expected}, but the \
         key given is {found}, so that shoppers would not join up. Give the right key, or import \
         into a new project"
    )]
    OtherKey {
        /// Fingerprint of the project's key.
        expected: String,
        /// Fingerprint of the key given.
        found: String,
    },
    /// Clear ids would come into a project that holds pseudonyms.
    #[error(
        "cannot import with clear shopper ids: this project holds pseudonyms (key {0}). Import with \
         --pseudonymise, or into a new project"
    )]
    WouldReveal(String),
    /// A key file that holds no key.
    #[error(
        "cannot read the key: the file is not a key of this program. Give the file that an earlier \
         import made. File: {}",
        path.display()
    )]
    NotAKey {
        /// The file.
        path: PathBuf,
    },
    /// The disk refuses.
    #[error("cannot {action} the key: {source}. Check permissions. File: {}", path.display())]
    KeyFile {
        /// What was tried: `read` or `write`.
        action: &'static str,
        /// Why it failed.
        source: io::Error,
        /// The file.
        path: PathBuf,
    },
    /// The system gives no randomness.
    #[error(
        "cannot make a key: the system gives no random numbers ({0}). Give a key with --key FILE"
    )]
    NoRandomness(String),
}
