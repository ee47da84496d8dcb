//! Where encoders come from: the one built into the program, or a folder of the user's.
//!
//! A folder is what Hugging Face calls a model: `config.json`; `tokenizer.json`, or `vocab.txt` with or
//! without `tokenizer_config.json`; `model.safetensors`, another safetensors file, or `pytorch_model.bin`.
//! What sentence-transformers adds is read too, as far as it says how token vectors become one.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use serde::{Deserialize, Serialize};

use super::config::Trainable;
use super::deltas;
use super::encoder_config::EncoderConfig;
use super::network::Encoder;
use super::peft::equip;
use super::tensors::{HostTensor, TensorFile};
use super::tokenizer::TextTokenizer;
use super::torch_file;
use super::weights::{load_into, normalised};
use crate::model::ModelError;
use crate::vault::files;
use burn::tensor::Device;

/// The files of the built-in all-MiniLM-L6-v2, embedded so that the program works from any folder.
mod builtin {
    pub const NAME: &str = "all-MiniLM-L6-v2";
    pub const CONFIG: &[u8] = include_bytes!("../../../assets/models/all-MiniLM-L6-v2/config.json");
    pub const TOKENIZER: &[u8] =
        include_bytes!("../../../assets/models/all-MiniLM-L6-v2/tokenizer.json");
    pub const WEIGHTS: &[u8] =
        include_bytes!("../../../assets/models/all-MiniLM-L6-v2/model.f16.safetensors");
}

/// How the vectors of a text's tokens become one.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Pooling {
    /// Their mean.
    #[default]
    Mean,
    /// The vector of the first token, `[CLS]`.
    First,
}

/// A pre-trained encoder on the host, before it is put on a device.
#[derive(Debug, Clone)]
pub struct Pretrained {
    /// What to show: the model's or folder's name.
    pub name: String,
    /// Sizes.
    pub config: EncoderConfig,
    /// Text to word pieces.
    pub tokenizer: TextTokenizer,
    /// How a text's vector is made.
    pub pooling: Pooling,
    pub(super) weights: BTreeMap<String, HostTensor>,
    /// What stands beside the weights of a plain encoder, if anything does.
    pub(super) apart: Option<Trainable>,
    /// Hash of the weights' file.
    pub(super) fingerprint: u64,
    pub(super) path: PathBuf,
}

/// The model that is part of the program.
///
/// # Errors
/// [`ModelError::BadFile`] only if the program was built from damaged files.
pub fn builtin_model() -> Result<Pretrained, ModelError> {
    let path = PathBuf::from(format!("built-in {}", builtin::NAME));
    Pretrained::assemble(
        builtin::NAME.into(),
        path,
        builtin::CONFIG,
        TextTokenizer::from_json(builtin::TOKENIZER, Path::new("tokenizer.json"))?,
        builtin::WEIGHTS,
    )
}

/// Sizes of the model that is part of the program; at hand without reading its weights.
pub fn builtin_config() -> &'static EncoderConfig {
    static CONFIG: LazyLock<EncoderConfig> = LazyLock::new(|| {
        EncoderConfig::from_json(builtin::CONFIG, Path::new("config.json"))
            .expect("the built-in configuration is one")
    });
    &CONFIG
}

/// Sizes of the model in a folder, or of the built-in one; its weights are not read.
///
/// # Errors
/// [`ModelError::Io`], [`ModelError::BadFile`].
pub(super) fn config_of(folder: Option<&Path>) -> Result<EncoderConfig, ModelError> {
    let Some(folder) = folder else { return Ok(builtin_config().clone()) };
    let path = folder.join("config.json");
    EncoderConfig::from_json(&read(&path, "cannot read the encoder's configuration")?, &path)
}

impl Pretrained {
    /// The model in a folder, or the built-in one.
    ///
    /// # Errors
    /// [`ModelError::Io`] when a file is not there, [`ModelError::BadFile`] when one is not what it should be.
    pub fn open(folder: Option<&Path>) -> Result<Self, ModelError> {
        let Some(folder) = folder else {
            return builtin_model();
        };
        let config = read(&folder.join("config.json"), "cannot read the encoder's configuration")?;
        let tokenizer = tokenizer_of(folder)?;
        let path = weights_file(folder)?;
        let weights = read(&path, "cannot read the encoder's weights")?;
        let name = folder.file_name().unwrap_or(folder.as_os_str());
        let name = name.to_string_lossy().into_owned();
        let model = Self::assemble(name, path, &config, tokenizer, &weights)?;
        Ok(Self { pooling: pooling_of(folder), ..model })
    }

    fn assemble(
        name: String,
        path: PathBuf,
        config: &[u8],
        tokenizer: TextTokenizer,
        weights: &[u8],
    ) -> Result<Self, ModelError> {
        let folder = path.parent().unwrap_or(&path);
        let config = EncoderConfig::from_json(config, &folder.join("config.json"))?;
        check_words(&tokenizer, &config, folder)?;
        let is_torch = path.extension().is_some_and(|extension| extension == "bin");
        let file = if is_torch {
            torch_file::parse(weights, &path)?
        } else {
            TensorFile::parse(weights, &path)?
        };
        let metadata = file.metadata.clone();
        let (whole, apart) = deltas::complete(normalised(file), &metadata, &config, &path)?;
        Ok(Self {
            name,
            config,
            tokenizer,
            pooling: Pooling::Mean,
            weights: whole,
            apart,
            fingerprint: fingerprint(weights),
            path,
        })
    }

    /// Number of weights, those of heads included.
    #[must_use]
    pub fn n_weights(&self) -> usize {
        self.weights.values().map(|tensor| tensor.values.len()).sum()
    }

    /// The encoder on a device, its tensors outside of autodiff.
    ///
    /// # Errors
    /// [`ModelError::BadFile`] when weights are missing or of another shape.
    pub(super) fn encoder(&self, device: &Device) -> Result<Encoder, ModelError> {
        let blank = Encoder::blank(&self.config, device);
        let blank = match self.apart {
            Some(trainable) => equip(blank, trainable, 0),
            None => blank,
        };
        load_into(blank, &self.weights, &self.path)
    }
}

fn read(path: &Path, action: &'static str) -> Result<Vec<u8>, ModelError> {
    files::read(path).map_err(|source| ModelError::Io { action, path: path.to_owned(), source })
}

/// `tokenizer.json`, or else `vocab.txt`.
fn tokenizer_of(folder: &Path) -> Result<TextTokenizer, ModelError> {
    let (json, words) = (folder.join("tokenizer.json"), folder.join("vocab.txt"));
    if files::is_file(&json) || !files::is_file(&words) {
        let text = read(&json, "cannot read the tokenizer (nor is there a vocab.txt)")?;
        return TextTokenizer::from_json(&text, &json);
    }
    let config = folder.join("tokenizer_config.json");
    let config = if files::is_file(&config) {
        Some(read(&config, "cannot read the tokenizer's configuration")?)
    } else {
        None
    };
    let text = read(&words, "cannot read the vocabulary")?;
    TextTokenizer::from_vocabulary(&text, config.as_deref(), &words)
}

/// Every id that the tokenizer may give has a row among the word embeddings.
fn check_words(
    tokenizer: &TextTokenizer,
    config: &EncoderConfig,
    folder: &Path,
) -> Result<(), ModelError> {
    let words = tokenizer.words();
    match words.last() {
        Some((id, word)) if *id as usize >= config.vocab_size => Err(ModelError::BadFile {
            what: format!(
                "tokenizer and encoder are not of one model: the word {word:?} has the id {id}, the \
                 encoder knows {} words",
                config.vocab_size
            ),
            path: folder.to_owned(),
        }),
        _ => Ok(()),
    }
}

/// What sentence-transformers wrote beside the model, if anything.
fn pooling_of(folder: &Path) -> Pooling {
    let text = files::read(&folder.join("1_Pooling").join("config.json")).unwrap_or_default();
    let settings: serde_json::Value = serde_json::from_slice(&text).unwrap_or_default();
    let is_first = settings["pooling_mode_cls_token"] == true;
    if is_first { Pooling::First } else { Pooling::Mean }
}

/// `model.safetensors`, `pytorch_model.bin`, or else the only safetensors file of the folder.
fn weights_file(folder: &Path) -> Result<PathBuf, ModelError> {
    for usual in ["model.safetensors", "pytorch_model.bin"] {
        let path = folder.join(usual);
        if files::is_file(&path) {
            return Ok(path);
        }
    }
    let names = files::names(folder).map_err(|source| ModelError::Io {
        action: "cannot read the model's folder",
        path: folder.to_owned(),
        source,
    })?;
    let mut found: Vec<PathBuf> = names
        .into_iter()
        .map(|name| folder.join(name))
        .filter(|path| path.extension().is_some_and(|extension| extension == "safetensors"))
        .collect();
    found.sort();
    match found.as_slice() {
        [only] => Ok(only.clone()),
        _ => Err(ModelError::BadFile {
            what: format!(
                "expected model.safetensors, pytorch_model.bin or one other safetensors file in the model's \
                 folder, found {}",
                found.len()
            ),
            path: folder.to_owned(),
        }),
    }
}

/// FNV-1a over 8-byte words: the same on every machine and in every release.
pub(in crate::model) fn fingerprint(bytes: &[u8]) -> u64 {
    const PRIME: u64 = 0x0100_0000_01B3;
    let mix = |hash: u64, word: u64| (hash ^ word).wrapping_mul(PRIME).rotate_left(23);
    let (words, rest) = bytes.as_chunks::<8>();
    let hash =
        words.iter().fold(0xCBF2_9CE4_8422_2325, |hash, word| mix(hash, u64::from_le_bytes(*word)));
    rest.iter().fold(hash, |hash, &byte| mix(hash, u64::from(byte)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_builtin_model_fills_its_network() {
        let model = builtin_model().expect("the program's own model");
        assert_eq!((model.config.hidden_size, model.config.num_hidden_layers), (384, 6));
        model.encoder(&Device::flex()).expect("all weights are there");
    }

    #[test]
    fn a_foreign_file_is_told_by_what_it_lacks() {
        let mut model = builtin_model().expect("the program's own model");
        model.weights.remove("encoder.layer.5.output.dense.weight");
        let error = model.encoder(&Device::flex()).expect_err("a weight is missing").to_string();
        assert!(error.contains("no tensor encoder.layer.5.output.dense.weight"), "{error}");
        let mut model = builtin_model().expect("the program's own model");
        model.config.intermediate_size = 768;
        let error = model.encoder(&Device::flex()).expect_err("another size").to_string();
        assert!(error.contains("[1536, 384], expected [768, 384]"), "{error}");
        model.weights.clear();
        let error = model.encoder(&Device::flex()).expect_err("nothing").to_string();
        assert!(error.contains("found 0 tensors"), "{error}");
    }

    #[test]
    fn a_tokenizer_of_another_model_is_refused() {
        let mut model = builtin_model().expect("the program's own model");
        model.config.vocab_size = 30_000;
        let check = check_words(&model.tokenizer, &model.config, Path::new("m"));
        let error = check.expect_err("too many words").to_string();
        assert!(error.contains("has the id 30521, the encoder knows 30000 words"), "{error}");
    }

    #[test]
    fn a_folder_without_weights_is_refused() {
        let folder = tempfile::tempdir().expect("a folder");
        let missing = Pretrained::open(Some(folder.path())).expect_err("nothing there");
        assert!(missing.to_string().contains("config.json"), "{missing}");
        std::fs::write(folder.path().join("config.json"), builtin::CONFIG).expect("written");
        let missing = Pretrained::open(Some(folder.path())).expect_err("no tokenizer");
        assert!(missing.to_string().contains("vocab.txt"), "{missing}");
        assert!(
            weights_file(folder.path()).expect_err("no weights").to_string().contains("found 0")
        );
    }
}
