//! Encoders from the Hugging Face hub, or from a mirror of it.
//!
//! A download sends the model's name and, where `HF_TOKEN` is set, that token; nothing of a shop ever goes out.
//! Everything that speaks to a network lies in this folder and is compiled with the feature `hub` only.
//!
//! The model is taken at one commit, so that its files belong together. They are written into a folder beside
//! their place, each held against the hash that the hub lists for it, opened as any encoder is, and put in their
//! place by a rename: a model is there whole or not at all.

#[cfg(feature = "hub")]
mod client;
#[cfg(feature = "hub")]
mod digest;
mod error;
#[cfg(feature = "hub")]
mod fetch;
#[cfg(feature = "hub")]
mod listing;
#[cfg(all(test, feature = "hub"))]
mod tests;

use std::fmt;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use serde::{Deserialize, Serialize};

pub use self::error::HubError;
use crate::control::Control;
use crate::model::bert::rules::stored_as_text;

/// Whether this program was built with what a download takes.
pub const IS_AVAILABLE: bool = cfg!(feature = "hub");

/// Largest model that is downloaded, bytes; the largest BERT takes less than half of it.
pub const LARGEST: u64 = 4_000_000_000;

/// The stage whose progress is in bytes.
pub const DOWNLOADING: &str = "stage-downloading";

/// The file of a downloaded model that tells where it comes from.
const ORIGIN: &str = "hub.json";

/// The branch that is taken where none is named.
const MAIN: &str = "main";

/// A model of the hub: `owner/name`, or `owner/name@revision` with a branch, tag or commit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct HubModel {
    owner: String,
    name: String,
    revision: Option<String>,
}

impl FromStr for HubModel {
    type Err = HubError;

    fn from_str(text: &str) -> Result<Self, HubError> {
        let bad = || HubError::BadName(text.to_owned());
        let text = text.trim();
        let (model, revision) = match text.split_once('@') {
            Some((model, revision)) => (model, Some(revision)),
            None => (text, None),
        };
        let (owner, name) = model.split_once('/').ok_or_else(bad)?;
        let is_part = |part: &str| {
            let is_plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
            part.starts_with(|c: char| c.is_ascii_alphanumeric() || c == '_')
                && part.chars().all(is_plain)
                && !part.contains("--")
                && part.len() <= 96
        };
        let is_revision =
            |revision: &str| revision.split('/').all(is_part) && revision.len() <= 255;
        if !is_part(owner) || !is_part(name) || !revision.is_none_or(is_revision) {
            return Err(bad());
        }
        let [owner, name] = [owner, name].map(str::to_owned);
        Ok(Self { owner, name, revision: revision.map(str::to_owned) })
    }
}

impl fmt::Display for HubModel {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}/{}", self.owner, self.name)?;
        match &self.revision {
            Some(revision) => write!(out, "@{revision}"),
            None => Ok(()),
        }
    }
}

stored_as_text!(HubModel);

impl HubModel {
    /// The branch, tag or commit that is meant.
    #[must_use]
    pub fn revision(&self) -> &str {
        self.revision.as_deref().unwrap_or(MAIN)
    }

    /// Name of the folder that the model is kept in: `owner--name`, or `owner--name@revision`.
    #[must_use]
    pub fn folder_name(&self) -> String {
        self.to_string().replace('/', "--")
    }
}

/// A model that was downloaded, and where it comes from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Downloaded {
    /// Which model.
    pub model: HubModel,
    /// The commit that its files are of.
    pub commit: String,
    /// Where it was downloaded from.
    pub endpoint: String,
    /// The licence that its owner names.
    pub license: Option<String>,
    /// Its files, as they were checked.
    pub files: Vec<DownloadedFile>,
}

/// A file of a downloaded model.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DownloadedFile {
    /// Path within the model's folder.
    pub name: String,
    /// Size.
    pub bytes: u64,
    /// SHA-256 of its content, in hexadecimal.
    pub sha256: String,
}

impl Downloaded {
    /// What a folder says of its own origin, if it was downloaded.
    #[must_use]
    pub fn of_folder(folder: &Path) -> Option<Self> {
        serde_json::from_slice(&std::fs::read(folder.join(ORIGIN)).ok()?).ok()
    }

    /// Size of all files.
    #[must_use]
    pub fn bytes(&self) -> u64 {
        self.files.iter().map(|file| file.bytes).sum()
    }
}

/// How a request ended that went well.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Download {
    /// Where the model lies.
    pub folder: PathBuf,
    /// What it is.
    pub model: Downloaded,
    /// Whether the very commit was there already, so that nothing was fetched.
    pub was_there: bool,
}

/// The models that were downloaded into a folder, by name.
#[must_use]
pub fn downloaded(folder: &Path) -> Vec<(HubModel, PathBuf)> {
    let Ok(entries) = std::fs::read_dir(folder) else { return Vec::new() };
    let mut found: Vec<(HubModel, PathBuf)> = entries
        .filter_map(|entry| {
            let folder = entry.ok()?.path();
            // One that is being written begins with a dot.
            let name = folder.file_name()?.to_str()?;
            let is_whole = !name.starts_with('.');
            is_whole.then(|| Downloaded::of_folder(&folder))?.map(|one| (one.model, folder))
        })
        .collect();
    found.sort_by_key(|(model, _)| model.to_string());
    found
}

/// The folder that somebody means by `name`: the name itself where it is a folder, or else a model of that name
/// that was downloaded into `models`.
#[must_use]
pub fn resolve(name: &Path, models: &Path) -> PathBuf {
    let downloaded = || {
        let model: HubModel = name.to_str()?.parse().ok()?;
        let folder = models.join(model.folder_name());
        folder.is_dir().then_some(folder)
    };
    if name.is_dir() {
        return name.to_owned();
    }
    downloaded().unwrap_or_else(|| name.to_owned())
}

/// Downloads a model into `folder`, from the hub that `HF_ENDPOINT` names or the usual one, with the token in
/// `HF_TOKEN` where there is one. Progress is in bytes.
///
/// # Errors
/// [`HubError`]; nothing of the model is left behind then.
#[cfg(feature = "hub")]
pub fn download(model: &HubModel, folder: &Path, control: &Control) -> Result<Download, HubError> {
    fetch::download(&client::Hub::of_environment()?, model, folder, control)
}

/// Says that this program was built without what a download takes.
///
/// # Errors
/// Always [`HubError::NotBuiltIn`].
#[cfg(not(feature = "hub"))]
pub fn download(_: &HubModel, _: &Path, _: &Control) -> Result<Download, HubError> {
    Err(HubError::NotBuiltIn)
}

#[cfg(test)]
mod name_tests {
    use super::*;

    #[test]
    fn names_are_read_and_become_folders() {
        let model: HubModel = " google-bert/bert-base-uncased ".parse().expect("a name");
        assert_eq!(model.to_string(), "google-bert/bert-base-uncased");
        assert_eq!(model.folder_name(), "google-bert--bert-base-uncased");
        assert_eq!(model.revision(), "main");
        let model: HubModel = "a/b.c@refs/pr/1".parse().expect("a name with a revision");
        assert_eq!(
            (model.revision(), model.folder_name().as_str()),
            ("refs/pr/1", "a--b.c@refs--pr--1")
        );
        for wrong in [
            "bert", "a/b/c", "a/", "/b", "../b", "a/..", "a b/c", "a/b@", "a/b@../c", ".a/b",
            "a--b/c",
        ] {
            let error = wrong.parse::<HubModel>().expect_err(wrong).to_string();
            assert!(error.contains("owner/name"), "{error}");
        }
    }

    #[test]
    fn a_short_name_means_a_downloaded_model_and_a_folder_itself() {
        let place = tempfile::tempdir().expect("a folder");
        let folder = place.path().join("some--model");
        std::fs::create_dir(&folder).expect("made");
        assert_eq!(resolve(Path::new("some/model"), place.path()), folder);
        assert_eq!(resolve(Path::new("other/model"), place.path()), Path::new("other/model"));
        assert_eq!(resolve(&folder, Path::new("nowhere")), folder);
        assert!(downloaded(place.path()).is_empty(), "it does not say where it is from");
        let origin = Downloaded {
            model: "some/model".parse().expect("a name"),
            commit: "c".into(),
            endpoint: "e".into(),
            license: None,
            files: vec![DownloadedFile { name: "a".into(), bytes: 3, sha256: String::new() }],
        };
        let text = serde_json::to_vec(&origin).expect("plain data");
        std::fs::write(folder.join(ORIGIN), text).expect("written");
        assert_eq!(downloaded(place.path()), [(origin.model.clone(), folder.clone())]);
        assert_eq!(Downloaded::of_folder(&folder), Some(origin));
    }
}
