//! Settings of an encoder that is fine-tuned on pairs of texts.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use super::super::config::{Decay, Trainable};
use crate::model::bert::precision::Precision;
use crate::model::bert::rules::{
    Rule, at_least, factor, kept, no_zero, not_negative, positive, share,
};

/// How an encoder is fine-tuned on pairs of texts.
///
/// The defaults suit some thousands to some ten thousands of pairs and an encoder that tells texts apart
/// already.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct PairConfig {
    /// Folder of a Hugging Face BERT; `None` is the built-in all-MiniLM-L6-v2.
    pub base_model: Option<PathBuf>,
    /// Longest text, tokens, special ones included; the rest is cut off.
    pub max_tokens: usize,
    /// As for text tasks, but for `head`: there is none.
    pub trainable: Trainable,
    /// Passes over the training pairs.
    pub epochs: u32,
    /// Pairs of one optimiser step; the right texts of all others stand against each.
    pub batch_size: usize,
    /// What cosines are multiplied with before the softmax: one over its temperature.
    pub scale: f64,
    /// Whether right texts are to find their left ones too.
    pub symmetric: bool,
    /// Tokens of one forward and backward pass. The gradient is that of the whole batch whatever this
    /// is; `None` leaves it to the device.
    pub micro_batch_tokens: Option<usize>,
    /// Compute again on the way back what the layers need of the way forward, in place of keeping it: less
    /// memory, more time, the same result.
    pub gradient_checkpointing: bool,
    /// How exactly layers multiply while they learn: `full`, or `mixed` where the device has 16-bit products.
    pub precision: Precision,
    /// Peak learning rate of the topmost layer.
    pub learning_rate: f64,
    /// Factor of the learning rate from each layer to the one below; 1 gives all the same.
    pub layer_decay: f64,
    /// Share of all steps over which the learning rate rises from 0.
    pub warmup_share: f64,
    /// How it falls after.
    pub decay: Decay,
    /// Decoupled weight decay of `AdamW`, on matrices only.
    pub weight_decay: f64,
    /// Longest gradient by global L2 norm; longer ones are scaled down to it.
    pub clip_norm: f64,
    /// Dropout probability in the layers that learn; `None` takes the encoder's own.
    pub dropout: Option<f64>,
    /// Epochs without a better one after which training ends; `None` trains all epochs.
    pub patience: Option<u32>,
    /// Validation pairs that choose the epoch, evenly drawn; `None` takes all.
    pub max_validation_pairs: Option<usize>,
    /// Seconds between checkpoints within an epoch.
    pub checkpoint_secs: u32,
}

impl Default for PairConfig {
    fn default() -> Self {
        Self {
            base_model: None,
            max_tokens: 128,
            trainable: Trainable::Full,
            epochs: 3,
            batch_size: 32,
            scale: 20.0,
            symmetric: false,
            micro_batch_tokens: None,
            gradient_checkpointing: false,
            precision: Precision::Full,
            learning_rate: 5e-5,
            layer_decay: 1.0,
            warmup_share: 0.1,
            decay: Decay::Linear,
            weight_decay: 0.01,
            clip_norm: 1.0,
            dropout: None,
            patience: None,
            max_validation_pairs: Some(500),
            checkpoint_secs: 60,
        }
    }
}

impl PairConfig {
    /// What is wrong with these settings, if anything.
    ///
    /// # Errors
    /// The first setting that cannot be worked with, what was found and what is allowed.
    pub fn check(&self) -> Result<(), String> {
        let rules = self.rules_of_sizes().into_iter().chain(self.rules_of_rates());
        kept("the pair setting", rules)
    }

    fn rules_of_sizes(&self) -> Vec<Rule> {
        vec![
            at_least("max_tokens", self.max_tokens, 8, "8 or more"),
            at_least("epochs", self.epochs as usize, 1, "1 or more"),
            at_least(
                "batch_size",
                self.batch_size,
                2,
                "2 or more, since the others stand against each",
            ),
            no_zero("micro_batch_tokens", self.micro_batch_tokens),
            no_zero("patience", self.patience.map(|epochs| epochs as usize)),
            no_zero("max_validation_pairs", self.max_validation_pairs),
            (
                self.trainable != Trainable::TopLayers(0),
                "trainable",
                self.trainable.to_string(),
                "a part of the encoder, since there is no head",
            ),
        ]
    }

    fn rules_of_rates(&self) -> Vec<Rule> {
        vec![
            positive("scale", self.scale),
            positive("learning_rate", self.learning_rate),
            factor("layer_decay", self.layer_decay),
            share("warmup_share", self.warmup_share),
            not_negative("weight_decay", self.weight_decay),
            positive("clip_norm", self.clip_norm),
            share("dropout", self.dropout.unwrap_or(0.0)),
        ]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_config_survives_json_and_names_a_bad_setting() {
        let config = PairConfig { symmetric: true, ..PairConfig::default() };
        assert_eq!(config.check(), Ok(()));
        let json = serde_json::to_string(&config).expect("a config is plain data");
        assert_eq!(serde_json::from_str::<PairConfig>(&json).expect("its own JSON"), config);
        let alone = PairConfig { batch_size: 1, ..PairConfig::default() };
        assert!(alone.check().expect_err("no negatives").contains("batch_size is 1"));
        let headless = PairConfig { trainable: Trainable::TopLayers(0), ..PairConfig::default() };
        assert!(headless.check().expect_err("nothing learns").contains("trainable is head"));
        let patience = PairConfig { patience: Some(0), ..PairConfig::default() };
        assert!(patience.check().expect_err("it would not begin").contains("patience is 0"));
    }
}
