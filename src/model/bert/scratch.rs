//! New encoders: a vocabulary trained on the user's own texts and weights drawn at random, to be
//! pre-trained.

use std::collections::BTreeMap;
use std::f64::consts::TAU;
use std::path::PathBuf;

use burn::tensor::Device;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use serde::{Deserialize, Serialize};

use super::encoder_config::EncoderConfig;
use super::network::Encoder;
use super::pretrained::{Pooling, Pretrained, fingerprint};
use super::tensors::HostTensor;
use super::tokenizer::TextTokenizer;
use super::vocabulary::Casing;
use super::weights::{checkpoint_name, collect};
use crate::control::Control;
use crate::model::ModelError;

/// Standard deviation of new weights (Devlin et al. 2018).
const SPREAD: f64 = 0.02;

/// The size of a new encoder. The defaults make one of four million weights, which learns on a CPU.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct NewEncoder {
    /// Most words of its vocabulary.
    pub vocab_size: usize,
    /// Layers.
    pub layers: usize,
    /// Width of a token's vector.
    pub hidden_size: usize,
    /// Attention heads of a layer.
    pub heads: usize,
    /// Width of a layer's feed-forward part; `None` is four times the hidden size.
    pub intermediate_size: Option<usize>,
    /// Longest text, tokens.
    pub max_tokens: usize,
    /// How text is cleaned.
    pub casing: Casing,
    /// Seed of the weights.
    pub seed: u64,
}

impl Default for NewEncoder {
    fn default() -> Self {
        Self {
            vocab_size: 8_000,
            layers: 4,
            hidden_size: 256,
            heads: 4,
            intermediate_size: None,
            max_tokens: 256,
            casing: Casing::default(),
            seed: 0,
        }
    }
}

impl NewEncoder {
    fn config(&self, vocab_size: usize) -> Result<EncoderConfig, ModelError> {
        let config = EncoderConfig {
            vocab_size,
            hidden_size: self.hidden_size,
            num_hidden_layers: self.layers,
            num_attention_heads: self.heads,
            intermediate_size: self.intermediate_size.unwrap_or(self.hidden_size * 4),
            max_position_embeddings: self.max_tokens,
            type_vocab_size: 2,
            layer_norm_eps: 1e-12,
            hidden_dropout_prob: 0.1,
            attention_probs_dropout_prob: 0.1,
            hidden_act: "gelu".to_owned(),
            position_embedding_type: "absolute".to_owned(),
        };
        config.check().map_err(|what| {
            ModelError::UnusableData(format!("no encoder of this size can be made: {what}"))
        })?;
        Ok(config)
    }
}

/// Train a vocabulary on texts and draw an encoder's weights: matrices from a normal distribution with
/// standard deviation 0.02, biases 0, normalisations 1 and 0. The same texts, sizes and seed give the
/// same model.
///
/// # Errors
/// [`ModelError::UnusableData`] when sizes or texts cannot be used, [`ModelError::Cancelled`].
pub fn new_encoder<S: AsRef<str> + Sync>(
    new: &NewEncoder,
    texts: &[S],
    control: &Control,
) -> Result<Pretrained, ModelError> {
    new.config(new.vocab_size)?;
    let tokenizer = TextTokenizer::train(texts, new.vocab_size, new.casing, control)?;
    let words = tokenizer.words();
    let config = new.config(words.len())?;
    let identity = serde_json::json!({"new": new, "words": words}).to_string();
    Ok(Pretrained {
        apart: None,
        name: "new encoder".to_owned(),
        weights: encoder_weights(&config, new.seed),
        config,
        tokenizer,
        pooling: Pooling::Mean,
        fingerprint: fingerprint(identity.as_bytes()),
        path: PathBuf::from("new encoder"),
    })
}

fn encoder_weights(config: &EncoderConfig, seed: u64) -> BTreeMap<String, HostTensor> {
    let mut weights = collect(&Encoder::blank(config, &Device::flex()), checkpoint_name);
    for (name, tensor) in &mut weights {
        draw(name, tensor, seed);
    }
    // The embedding of padding stays 0, as in the reference.
    if let Some(words) = weights.get_mut("embeddings.word_embeddings.weight") {
        words.values[..config.hidden_size].fill(0.0);
    }
    weights
}

/// Draw a matrix; vectors (biases and normalisations) stay as they are. A function of the seed and the
/// name, whatever else is drawn.
pub(super) fn draw(name: &str, tensor: &mut HostTensor, seed: u64) {
    if tensor.shape.len() < 2 {
        return;
    }
    let mut rng = ChaCha8Rng::seed_from_u64(seed ^ fingerprint(name.as_bytes()));
    for pair in tensor.values.chunks_mut(2) {
        // Box and Muller 1958: two uniform numbers make two normal ones.
        let (radius, angle): (f64, f64) = (1.0 - rng.random::<f64>(), rng.random());
        let radius = SPREAD * (-2.0 * radius.ln()).sqrt();
        for (value, normal) in pair.iter_mut().zip([(TAU * angle).cos(), (TAU * angle).sin()]) {
            *value = (radius * normal) as f32;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn small() -> NewEncoder {
        let (vocab_size, layers) = (60, 1);
        NewEncoder { vocab_size, layers, hidden_size: 32, heads: 2, ..NewEncoder::default() }
    }

    const TEXTS: [&str; 3] = ["red mug, blue mug", "红色 mug", "blue kettle and red kettle"];

    #[test]
    fn a_new_encoder_is_the_same_for_the_same_seed() {
        let control = Control::default();
        let make = |new: &NewEncoder| new_encoder(new, &TEXTS, &control).expect("made");
        let (a, b) = (make(&small()), make(&small()));
        assert_eq!((&a.weights, a.fingerprint), (&b.weights, b.fingerprint));
        let other = make(&NewEncoder { seed: 1, ..small() });
        assert_ne!(a.weights, other.weights);
        assert_ne!(a.fingerprint, other.fingerprint);
        a.encoder(&Device::flex()).expect("all weights are there");
        assert_eq!(a.config.vocab_size, a.tokenizer.words().len());
    }

    #[test]
    fn weights_are_normal_with_the_usual_spread() {
        let mut tensor = HostTensor { shape: vec![100, 301], values: vec![0.0; 30_100] };
        draw("w", &mut tensor, 5);
        let count = tensor.values.len() as f32;
        let mean = tensor.values.iter().sum::<f32>() / count;
        let spread = (tensor.values.iter().map(|value| value * value).sum::<f32>() / count).sqrt();
        assert!(mean.abs() < 5e-4 && (spread - 0.02).abs() < 4e-4, "{mean} {spread}");
        let beyond = tensor.values.iter().filter(|value| value.abs() > 0.04).count() as f32 / count;
        assert!((beyond - 0.0455).abs() < 0.008, "{beyond} beyond two deviations");
        let bias = HostTensor { shape: vec![3], values: vec![1.0; 3] };
        let mut same = bias.clone();
        draw("b", &mut same, 5);
        assert_eq!(same, bias);
    }

    #[test]
    fn sizes_that_do_not_fit_are_told() {
        let odd = NewEncoder { heads: 3, ..small() };
        let error =
            new_encoder(&odd, &TEXTS, &Control::default()).expect_err("3 heads").to_string();
        assert!(error.contains("not a multiple of num_attention_heads 3"), "{error}");
    }
}
