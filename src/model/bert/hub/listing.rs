//! What the hub says that a model is made of, and which of its files an encoder is read from.

use serde::Deserialize;
use serde_json::Value;

use super::digest::Expected;
use super::{HubError, HubModel, LARGEST};

/// Files that are taken where they are there, beside configuration, words and weights.
const BESIDE: [&str; 5] = [
    "tokenizer_config.json",
    "special_tokens_map.json",
    "modules.json",
    "sentence_bert_config.json",
    "1_Pooling/config.json",
];

const CONFIG: &str = "config.json";

/// The hub's answer on a model.
#[derive(Debug, Deserialize)]
pub(super) struct Listing {
    /// The commit.
    pub sha: String,
    #[serde(default)]
    siblings: Vec<Sibling>,
    /// `false`, or how somebody gets in.
    #[serde(default)]
    gated: Value,
    #[serde(default)]
    tags: Vec<String>,
}

#[derive(Debug, Clone, Deserialize)]
struct Sibling {
    rfilename: String,
    size: Option<u64>,
    #[serde(rename = "blobId")]
    blob_id: Option<String>,
    lfs: Option<Large>,
}

#[derive(Debug, Clone, Deserialize)]
struct Large {
    sha256: Option<String>,
    size: Option<u64>,
}

/// A file to download.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Wanted {
    /// Path within the model.
    pub name: String,
    /// Size, where it is listed.
    pub bytes: Option<u64>,
    /// Its hash, where it is listed.
    pub expected: Option<Expected>,
}

impl Listing {
    /// From the hub's answer.
    ///
    /// # Errors
    /// What cannot be read.
    pub fn parse(text: &[u8]) -> Result<Self, String> {
        let listing: Self = serde_json::from_slice(text).map_err(|error| error.to_string())?;
        let is_commit =
            listing.sha.len() >= 7 && listing.sha.chars().all(|c| c.is_ascii_hexdigit());
        if is_commit { Ok(listing) } else { Err(format!("the commit is {:?}", listing.sha)) }
    }

    /// Whether one has to be let in.
    pub fn is_gated(&self) -> bool {
        !matches!(self.gated, Value::Null | Value::Bool(false))
    }

    /// The licence, as the hub's tags name it.
    pub fn license(&self) -> Option<String> {
        self.tags.iter().find_map(|tag| tag.strip_prefix("license:")).map(str::to_owned)
    }

    /// The files that an encoder is read from: the configuration, by which it is judged, first; the weights,
    /// which take long, last.
    ///
    /// # Errors
    /// [`HubError::Lacks`], [`HubError::TooLarge`].
    pub fn wanted(&self, model: &HubModel) -> Result<Vec<Wanted>, HubError> {
        let lacks = |file| HubError::Lacks { model: model.clone(), file };
        let first_of = |names: &[&str], or| {
            names.iter().find_map(|name| self.file(name)).ok_or_else(|| lacks(or))
        };
        let mut wanted = vec![first_of(&[CONFIG], CONFIG)?];
        wanted.push(first_of(&["tokenizer.json", "vocab.txt"], "tokenizer.json or vocab.txt")?);
        wanted.extend(BESIDE.iter().filter_map(|name| self.file(name)));
        let weights = ["model.safetensors", "pytorch_model.bin"];
        wanted.push(first_of(&weights, "model.safetensors or pytorch_model.bin")?);
        match wanted.iter().filter_map(|file| file.bytes).sum() {
            bytes if bytes > LARGEST => Err(HubError::TooLarge { model: model.clone(), bytes }),
            _ => Ok(wanted),
        }
    }

    fn file(&self, name: &str) -> Option<Wanted> {
        let found = self.siblings.iter().find(|sibling| sibling.rfilename == name)?;
        let large = found.lfs.as_ref();
        // The id of a large file in git is that of a note on where it lies.
        let hash = match large {
            Some(large) => large.sha256.as_deref(),
            None => found.blob_id.as_deref(),
        };
        Some(Wanted {
            name: name.to_owned(),
            bytes: large.and_then(|large| large.size).or(found.size),
            expected: hash.and_then(Expected::parse),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn model() -> HubModel {
        "a/b".parse().expect("a name")
    }

    fn listing(siblings: &str) -> Listing {
        let text = format!(
            r#"{{"sha": "0123456789abcdef", "gated": "auto", "tags": ["bert", "license:mit"], "siblings": [{siblings}]}}"#
        );
        Listing::parse(text.as_bytes()).expect("a listing")
    }

    #[test]
    fn what_an_encoder_is_read_from_is_picked() {
        let hash = "5891b5b522d5df086d0ff0b110fbd9d21bb4fc7163af34d08286a2e846f6be03";
        let found = listing(&format!(
            r#"{{"rfilename": "README.md"}}, {{"rfilename": "pytorch_model.bin", "size": 9}},
               {{"rfilename": "model.safetensors", "size": 130, "lfs": {{"sha256": "{hash}", "size": 800}}}},
               {{"rfilename": "vocab.txt", "size": 3, "blobId": "ce013625030ba8dba906f756967f9e9ca394464a"}},
               {{"rfilename": "1_Pooling/config.json"}}, {{"rfilename": "config.json", "size": 5}}"#
        ));
        assert!(found.is_gated());
        assert_eq!(found.license().as_deref(), Some("mit"));
        let wanted = found.wanted(&model()).expect("all is there");
        let names: Vec<&str> = wanted.iter().map(|file| file.name.as_str()).collect();
        assert_eq!(
            names,
            ["config.json", "vocab.txt", "1_Pooling/config.json", "model.safetensors"]
        );
        assert_eq!((wanted[3].bytes, wanted[2].bytes), (Some(800), None));
        assert_eq!(wanted[3].expected, Some(Expected::Sha256(hash.into())));
        assert!(matches!(wanted[1].expected, Some(Expected::GitBlob(_))));
    }

    #[test]
    fn what_is_not_there_or_too_large_is_told() {
        let error = |siblings: &str| {
            listing(siblings).wanted(&model()).expect_err("not usable").to_string()
        };
        assert!(error("").contains("it has no config.json"));
        let config = r#"{"rfilename": "config.json"}"#;
        assert!(error(config).contains("tokenizer.json or vocab.txt"));
        let words = format!(r#"{config}, {{"rfilename": "vocab.txt"}}"#);
        assert!(error(&words).contains("pytorch_model.bin"));
        let large = format!(r#"{words}, {{"rfilename": "model.safetensors", "size": 7000000000}}"#);
        let told = error(&large);
        assert!(told.contains("takes 7.0 GB") && told.contains("above 4 GB"), "{told}");
        assert!(Listing::parse(b"<html>").is_err());
        assert!(Listing::parse(br#"{"sha": "../../x"}"#).is_err());
    }
}
