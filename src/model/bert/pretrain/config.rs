//! Settings of a pre-training.

use serde::{Deserialize, Serialize};

use crate::model::bert::config::Decay;
use crate::model::bert::precision::Precision;
use crate::model::bert::rules::{Rule, kept};

/// How an encoder is pre-trained on texts.
///
/// The defaults suit a small encoder and a shop's texts on two CPU cores: minutes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct PretrainConfig {
    /// Most passes over the texts.
    pub epochs: u32,
    /// Passes without a better one after which the training ends; `None` goes on to the last.
    pub patience: Option<u32>,
    /// Examples per optimiser step.
    pub batch_size: usize,
    /// Longest example, tokens, `[CLS]` and `[SEP]` included.
    pub max_tokens: usize,
    /// Share of an example's word pieces that are to be predicted.
    pub mask_share: f64,
    /// Whether all pieces of a word are predicted together.
    pub whole_words: bool,
    /// Whether it is also learned if the second text of a pair follows the first one.
    pub next_sentence: bool,
    /// Examples of one epoch, other ones each epoch; `None` takes all.
    pub max_examples: Option<usize>,
    /// Peak learning rate.
    pub learning_rate: f64,
    /// Share of all steps over which the learning rate rises from 0.
    pub warmup_share: f64,
    /// How it falls after.
    pub decay: Decay,
    /// Decoupled weight decay of `AdamW`, on matrices only.
    pub weight_decay: f64,
    /// Longest gradient by global L2 norm; longer ones are scaled down to it.
    pub clip_norm: f64,
    /// Dropout probability; `None` takes the encoder's own.
    pub dropout: Option<f64>,
    /// Share of the documents that are held out to judge by.
    pub validation_share: f64,
    /// Held-out examples that are judged; `None` takes all.
    pub max_validation_examples: Option<usize>,
    /// Tokens of one forward and backward pass, whose gradients are added up to those of a batch; `None`
    /// leaves it to the device and the encoder's size.
    pub micro_batch_tokens: Option<usize>,
    /// Compute again on the way back what the layers need of the way forward, in place of keeping it: less
    /// memory, more time, the same result.
    pub gradient_checkpointing: bool,
    /// How exactly layers multiply while they learn: `full`, or `mixed` where the device has 16-bit products.
    pub precision: Precision,
    /// Seconds between checkpoints within an epoch.
    pub checkpoint_secs: u32,
}

impl Default for PretrainConfig {
    fn default() -> Self {
        Self {
            epochs: 3,
            patience: None,
            batch_size: 32,
            max_tokens: 96,
            mask_share: 0.15,
            whole_words: false,
            next_sentence: true,
            max_examples: None,
            learning_rate: 1e-4,
            warmup_share: 0.1,
            decay: Decay::Linear,
            weight_decay: 0.01,
            clip_norm: 1.0,
            dropout: None,
            validation_share: 0.05,
            max_validation_examples: Some(500),
            micro_batch_tokens: None,
            gradient_checkpointing: false,
            precision: Precision::Full,
            checkpoint_secs: 30,
        }
    }
}

impl PretrainConfig {
    /// What is wrong with these settings, if anything; names the setting, what was found and what is allowed.
    ///
    /// # Errors
    /// The first setting that cannot be worked with.
    pub fn check(&self) -> Result<(), String> {
        let positive = |value: f64| value > 0.0 && value.is_finite();
        let share = |value: f64| (0.0..1.0).contains(&value);
        let number = |value: f64| value.to_string();
        let rules: [Rule; 12] = [
            (self.epochs >= 1, "epochs", self.epochs.to_string(), "1 or more"),
            (
                self.patience != Some(0),
                "patience",
                format!("{:?}", self.patience.unwrap_or_default()),
                "1 or more, or none",
            ),
            (self.batch_size >= 1, "batch_size", self.batch_size.to_string(), "1 or more"),
            (self.max_tokens >= 8, "max_tokens", self.max_tokens.to_string(), "8 or more"),
            (
                self.micro_batch_tokens.is_none_or(|tokens| tokens >= 1),
                "micro_batch_tokens",
                format!("{:?}", self.micro_batch_tokens),
                "1 or more",
            ),
            (
                self.mask_share > 0.0 && self.mask_share <= 0.9,
                "mask_share",
                number(self.mask_share),
                "above 0 and at most 0.9",
            ),
            (
                positive(self.learning_rate),
                "learning_rate",
                number(self.learning_rate),
                "a positive number",
            ),
            (
                share(self.warmup_share),
                "warmup_share",
                number(self.warmup_share),
                "from 0 to below 1",
            ),
            (
                self.weight_decay >= 0.0 && self.weight_decay.is_finite(),
                "weight_decay",
                number(self.weight_decay),
                "0 or more",
            ),
            (positive(self.clip_norm), "clip_norm", number(self.clip_norm), "a positive number"),
            (
                self.dropout.is_none_or(share),
                "dropout",
                format!("{:?}", self.dropout),
                "from 0 to below 1",
            ),
            (
                (0.0..=0.5).contains(&self.validation_share),
                "validation_share",
                number(self.validation_share),
                "from 0 to 0.5",
            ),
        ];
        kept("the pre-training setting", rules)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bad_setting_is_named() {
        assert_eq!(PretrainConfig::default().check(), Ok(()));
        let bad = PretrainConfig { mask_share: 0.0, ..PretrainConfig::default() };
        assert!(bad.check().expect_err("no masks").contains("mask_share is 0"));
        let bad = PretrainConfig { patience: Some(0), ..PretrainConfig::default() };
        assert!(bad.check().expect_err("it would not begin").contains("patience is 0"));
        let bad = PretrainConfig { dropout: Some(1.0), ..PretrainConfig::default() };
        assert!(bad.check().expect_err("all dropped").contains("dropout"));
    }
}
