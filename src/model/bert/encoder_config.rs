//! The shape of a BERT encoder, as a Hugging Face `config.json` gives it.

use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::model::ModelError;

/// Sizes and rates of an encoder. Unknown keys of the file are ignored.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct EncoderConfig {
    /// Word pieces known.
    pub vocab_size: usize,
    /// Width of a token's vector.
    pub hidden_size: usize,
    /// Number of layers.
    pub num_hidden_layers: usize,
    /// Attention heads of a layer.
    pub num_attention_heads: usize,
    /// Width of a layer's feed-forward part.
    pub intermediate_size: usize,
    /// Longest text, tokens.
    pub max_position_embeddings: usize,
    /// Kinds of segments.
    #[serde(default = "two")]
    pub type_vocab_size: usize,
    /// Added to variances in layer normalisation.
    #[serde(default = "tiny")]
    pub layer_norm_eps: f64,
    /// Dropout probability of embeddings and sub-layer outputs.
    #[serde(default = "tenth")]
    pub hidden_dropout_prob: f64,
    /// Dropout probability of attention weights.
    #[serde(default = "tenth")]
    pub attention_probs_dropout_prob: f64,
    /// Activation; only the exact `gelu` is known.
    #[serde(default = "gelu")]
    pub hidden_act: String,
    /// How positions are embedded; only `absolute` is known.
    #[serde(default = "absolute")]
    pub position_embedding_type: String,
}

const fn two() -> usize {
    2
}

const fn tiny() -> f64 {
    1e-12
}

const fn tenth() -> f64 {
    0.1
}

fn gelu() -> String {
    "gelu".into()
}

fn absolute() -> String {
    "absolute".into()
}

impl EncoderConfig {
    /// Read and check a `config.json`.
    ///
    /// # Errors
    /// [`ModelError::BadFile`] when the text is no such configuration, or one that cannot be run.
    pub fn from_json(text: &[u8], path: &Path) -> Result<Self, ModelError> {
        let bad = |what: String| ModelError::BadFile {
            what: format!("this is not the configuration of a BERT encoder: {what}"),
            path: path.to_owned(),
        };
        let config: Self = serde_json::from_slice(text).map_err(|error| bad(error.to_string()))?;
        config.check().map_err(bad)?;
        Ok(config)
    }

    pub(super) fn check(&self) -> Result<(), String> {
        let sizes = [
            ("vocab_size", self.vocab_size),
            ("hidden_size", self.hidden_size),
            ("num_hidden_layers", self.num_hidden_layers),
            ("num_attention_heads", self.num_attention_heads),
            ("intermediate_size", self.intermediate_size),
            ("max_position_embeddings", self.max_position_embeddings),
            ("type_vocab_size", self.type_vocab_size),
        ];
        if let Some((name, _)) = sizes.iter().find(|(_, size)| *size == 0) {
            return Err(format!("{name} is 0"));
        }
        if !self.hidden_size.is_multiple_of(self.num_attention_heads) {
            return Err(format!(
                "hidden_size {} is not a multiple of num_attention_heads {}",
                self.hidden_size, self.num_attention_heads
            ));
        }
        if self.hidden_act != "gelu" {
            return Err(format!("hidden_act is {:?}; only \"gelu\" is supported", self.hidden_act));
        }
        if self.position_embedding_type != "absolute" {
            return Err(format!(
                "position_embedding_type is {:?}; only \"absolute\" is supported",
                self.position_embedding_type
            ));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SMALL: &str = r#"{"vocab_size": 9, "hidden_size": 8, "num_hidden_layers": 1,
        "num_attention_heads": HEADS, "intermediate_size": 16, "max_position_embeddings": 12,
        "hidden_act": "ACT", "model_type": "bert"}"#;

    fn read(heads: &str, act: &str) -> Result<EncoderConfig, ModelError> {
        let text = SMALL.replace("HEADS", heads).replace("ACT", act);
        EncoderConfig::from_json(text.as_bytes(), Path::new("config.json"))
    }

    #[test]
    fn a_hugging_face_config_is_read_with_its_defaults() {
        let config = read("2", "gelu").expect("a good config");
        assert_eq!((config.type_vocab_size, config.layer_norm_eps), (2, 1e-12));
    }

    #[test]
    fn what_cannot_be_run_is_said() {
        let error = |heads, act| read(heads, act).expect_err("a bad config").to_string();
        assert!(error("3", "gelu").contains("not a multiple"));
        assert!(error("2", "relu").contains("hidden_act is \"relu\""));
        assert!(error("\"x\"", "gelu").contains("config.json"));
    }
}
