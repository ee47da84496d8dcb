//! Why a model could not be downloaded, each with what to do next.

use std::path::PathBuf;

use super::{HubModel, LARGEST};
use crate::control::Cancelled;

/// A model could not be downloaded; nothing of it is left behind.
#[derive(Debug, thiserror::Error)]
pub enum HubError {
    /// Stopped on request.
    #[error(transparent)]
    Cancelled(#[from] Cancelled),
    /// No name of a model.
    #[error(
        "{0:?} is no name of a model on the hub. Write owner/name, or owner/name@revision, such as \
         google-bert/bert-base-uncased"
    )]
    BadName(String),
    /// `HF_ENDPOINT` or `HF_TOKEN` cannot be used.
    #[error("the environment variable {variable} cannot be used: {reason}")]
    BadSetting {
        /// Which.
        variable: &'static str,
        /// What is wrong, and what it should be.
        reason: String,
    },
    /// Compiled without network code.
    #[error(
        "this program was built without downloads. Build it with the feature hub, or put the model's files into a \
         folder yourself and name that"
    )]
    NotBuiltIn,
    /// Not there, or not for everybody.
    #[error(
        "{host} has no model {model}, or it is private. Check the spelling; for a private one set HF_TOKEN to a \
         token that may read it"
    )]
    NoSuchModel {
        /// Which.
        model: HubModel,
        /// Where.
        host: String,
    },
    /// No such branch, tag or commit.
    #[error("{model} has no revision {:?}. Name a branch, tag or commit of it, or none for its main branch", model.revision())]
    NoSuchRevision {
        /// Which.
        model: HubModel,
    },
    /// Its owner lets in whom they know only.
    #[error(
        "{model} is gated: accept its conditions at {page} in a browser, then set HF_TOKEN to a token of the same \
         account that may read it, and try again"
    )]
    Gated {
        /// Which.
        model: HubModel,
        /// Its page.
        page: String,
    },
    /// The token is not accepted.
    #[error(
        "{host} does not accept the token in HF_TOKEN for {model}. Take one that may read it, or unset HF_TOKEN"
    )]
    Refused {
        /// Which.
        model: HubModel,
        /// Where.
        host: String,
    },
    /// No connection.
    #[error(
        "cannot reach {host}: {reason}. Check the connection and the proxy (HTTPS_PROXY), or name a mirror in \
         HF_ENDPOINT"
    )]
    Unreachable {
        /// Where.
        host: String,
        /// What the network says.
        reason: String,
    },
    /// No answer.
    #[error("{host} gave no answer for {secs} s. Try again later, or name a mirror in HF_ENDPOINT")]
    TimedOut {
        /// Where.
        host: String,
        /// How long was waited.
        secs: u64,
    },
    /// It broke off and would not go on.
    #[error(
        "the connection to {host} broke off after {received} bytes of {file}, several times. Try again later"
    )]
    Cut {
        /// Where.
        host: String,
        /// The file.
        file: String,
        /// Bytes that came.
        received: u64,
    },
    /// Some other answer.
    #[error("{host} answers {status} to a request for {what}. {advice}")]
    Status {
        /// Where.
        host: String,
        /// Code and words.
        status: String,
        /// A file, or the list of files.
        what: String,
        /// What to do.
        advice: &'static str,
    },
    /// What came is not what the hub sends.
    #[error(
        "{host} gives no list of a model's files that can be read: {reason}. Check HF_ENDPOINT, or try again later"
    )]
    BadListing {
        /// Where.
        host: String,
        /// What is wrong.
        reason: String,
    },
    /// A file that is needed.
    #[error(
        "{model} cannot be used: it has no {file}. Choose a BERT with files for transformers (PyTorch)"
    )]
    Lacks {
        /// Which.
        model: HubModel,
        /// What is not there.
        file: &'static str,
    },
    /// Of another kind.
    #[error(
        "{model} is no BERT: its configuration says {found:?}. Shelfwise runs encoders of the kind \"bert\" only; \
         choose one, such as google-bert/bert-base-uncased or a sentence-transformers model made from BERT"
    )]
    NotBert {
        /// Which.
        model: HubModel,
        /// What it is.
        found: String,
    },
    /// Downloaded whole, and cannot be opened.
    #[error("{model} was downloaded but cannot be used: {reason}. Choose another model")]
    Unusable {
        /// Which.
        model: HubModel,
        /// What the reader of encoders says.
        reason: String,
    },
    /// Too large.
    #[error(
        "{model} takes {:.1} GB, and models above {:.0} GB are not downloaded. Choose a smaller one",
        *.bytes as f64 / 1e9, LARGEST as f64 / 1e9
    )]
    TooLarge {
        /// Which.
        model: HubModel,
        /// Size of what would be downloaded, or of what has come.
        bytes: u64,
    },
    /// Not what the hub lists.
    #[error(
        "{file} arrived damaged: found {found}, the hub lists {expected}. Nothing was kept; try again"
    )]
    Damaged {
        /// The file.
        file: String,
        /// Hash or size of what came.
        found: String,
        /// Hash or size of what should have come.
        expected: String,
    },
    /// Something else is in its place.
    #[error(
        "the folder holds {found} already. Choose another one, or remove it and try again. Folder: {}",
        folder.display()
    )]
    Taken {
        /// What.
        found: String,
        /// Where.
        folder: PathBuf,
    },
    /// Another program is at it.
    #[error("the model is being downloaded already. Wait for that to end. Folder: {}", folder.display())]
    Busy {
        /// Where to.
        folder: PathBuf,
    },
    /// No room.
    #[error(
        "the disk is full: the model takes {:.2} GB. Make room, or choose a folder on another disk. Folder: {}",
        *.bytes as f64 / 1e9, folder.display()
    )]
    DiskFull {
        /// Size of the model.
        bytes: u64,
        /// Where to.
        folder: PathBuf,
    },
    /// The disk refuses for another reason.
    #[error("{action}: {source}. Path: {}", path.display())]
    Io {
        /// What was tried.
        action: &'static str,
        /// On what.
        path: PathBuf,
        /// The system's answer.
        source: std::io::Error,
    },
}

impl HubError {
    /// What the reader of encoders says of a folder that is gone by the time that somebody reads it.
    #[cfg(feature = "hub")]
    pub(super) fn unusable(model: &HubModel, error: &crate::model::ModelError) -> Self {
        let reason = match error {
            crate::model::ModelError::BadFile { what, .. } => what.clone(),
            other => other.to_string(),
        };
        Self::Unusable { model: model.clone(), reason }
    }
}
