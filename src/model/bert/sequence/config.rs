//! Settings of the transformers over product vectors.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use crate::model::bert::config::Decay;
use crate::model::bert::histories::{Augmentation, Change};
use crate::model::bert::negatives::Negatives;
use crate::model::bert::precision::Precision;
use crate::model::bert::rules::{Rule, kept};
use crate::model::bert::softmax::SoftmaxOver;
use crate::model::knowledge::config::KnowledgeConfig;

/// What the network is asked for while it learns.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Objective {
    /// The next product at every place of a history, looking back only (Kang and `McAuley` 2018).
    Next,
    /// Products that were masked, looking both ways (Sun et al. 2019).
    Masked,
}

/// How a transformer over product vectors is trained.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct SequenceConfig {
    /// Newest products of a history that are read; longer ones are learned from in windows.
    pub max_items: usize,
    /// Width of a product's vector.
    pub hidden_size: usize,
    /// Layers.
    pub layers: usize,
    /// Attention heads of a layer.
    pub heads: usize,
    /// Dropout probability in embeddings, attention and layers.
    pub dropout: f64,
    /// Whether a product's vector has a part that comes from its text, so that one that nobody has met can
    /// be recommended too.
    pub use_text: bool,
    /// Folder with the encoder of product texts; `None` is the built-in all-MiniLM-L6-v2.
    pub base_model: Option<PathBuf>,
    /// Share of products whose own vectors are left out of a step, so that their texts learn to stand in.
    pub text_only_share: f64,
    /// Share of a history's products that are masked; for masked products alone.
    pub mask_share: f64,
    /// Share of examples with nothing but the last product masked, as in a recommendation; for masked
    /// products alone.
    pub last_share: f64,
    /// Whether only products that the shopper had not met before are learned from. Lists that leave out met
    /// products are judged on such steps alone.
    pub new_products_only: bool,
    /// How likely a stretch of a history is shown in place of the whole.
    pub item_crop: f64,
    /// The share of the history that such a stretch is.
    pub item_crop_share: f64,
    /// How likely some products of a history are hidden without being asked for.
    pub item_mask: f64,
    /// The share of its products that is hidden then.
    pub item_mask_share: f64,
    /// How likely a stretch of a history is shuffled; what stands in it is not asked for then.
    pub item_reorder: f64,
    /// The share of the history that such a stretch is.
    pub item_reorder_share: f64,
    /// Which products stand against the right one in the loss.
    pub loss: SoftmaxOver,
    /// How the products of a sampled loss are drawn: `uniform`, `popularity:0.75` or `hard:4`.
    pub negatives: Negatives,
    /// Most passes over the histories.
    pub epochs: u32,
    /// Passes without a better one after which the training ends; `None` goes on to the last.
    pub patience: Option<u32>,
    /// Histories per optimiser step.
    pub batch_size: usize,
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
    /// How exactly layers multiply while they learn: `full`, or `mixed` where the device has 16-bit products.
    pub precision: Precision,
    /// Validation cases judged after each epoch, drawn once; `None` takes all.
    pub max_validation_cases: Option<usize>,
    /// Seconds between checkpoints within an epoch.
    pub checkpoint_secs: u32,
    /// What is taken from the catalogue beside behaviour.
    #[serde(flatten)]
    pub knowledge: KnowledgeConfig,
}

impl Default for SequenceConfig {
    fn default() -> Self {
        Self {
            max_items: 50,
            hidden_size: 64,
            layers: 2,
            heads: 2,
            dropout: 0.2,
            use_text: true,
            base_model: None,
            text_only_share: 0.1,
            mask_share: 0.2,
            last_share: 0.3,
            new_products_only: true,
            item_crop: 0.0,
            item_crop_share: 0.6,
            item_mask: 0.0,
            item_mask_share: 0.3,
            item_reorder: 0.0,
            item_reorder_share: 0.6,
            loss: SoftmaxOver::Auto,
            negatives: Negatives::default(),
            epochs: 30,
            patience: Some(5),
            batch_size: 128,
            learning_rate: 1e-3,
            warmup_share: 0.05,
            decay: Decay::Linear,
            weight_decay: 0.01,
            clip_norm: 5.0,
            precision: Precision::Full,
            max_validation_cases: Some(2_000),
            checkpoint_secs: 30,
            knowledge: KnowledgeConfig::default(),
        }
    }
}

/// Longest history, products: what dropout masks can tell apart.
pub const LONGEST: usize = 512;

impl SequenceConfig {
    /// What is wrong with these settings, if anything; names the setting, what was found and what is allowed.
    ///
    /// # Errors
    /// The first setting that cannot be worked with.
    pub fn check(&self) -> Result<(), String> {
        let is_share = |share: f64| (0.0..1.0).contains(&share);
        let is_positive = |value: f64| value > 0.0 && value.is_finite();
        let rules: [Rule; 16] = [
            (
                (2..=LONGEST).contains(&self.max_items),
                "max_items",
                self.max_items.to_string(),
                "from 2 to 512",
            ),
            (self.layers >= 1, "layers", self.layers.to_string(), "1 or more"),
            (self.heads >= 1, "heads", self.heads.to_string(), "1 or more"),
            (
                self.hidden_size >= 1 && self.hidden_size.is_multiple_of(self.heads.max(1)),
                "hidden_size",
                self.hidden_size.to_string(),
                "a positive multiple of heads",
            ),
            (is_share(self.dropout), "dropout", self.dropout.to_string(), SHARE),
            (
                is_share(self.text_only_share),
                "text_only_share",
                self.text_only_share.to_string(),
                SHARE,
            ),
            (
                is_share(self.mask_share) && self.mask_share > 0.0,
                "mask_share",
                self.mask_share.to_string(),
                "above 0 and below 1",
            ),
            (
                (0.0..=1.0).contains(&self.last_share),
                "last_share",
                self.last_share.to_string(),
                "from 0 to 1",
            ),
            (self.epochs >= 1, "epochs", self.epochs.to_string(), "1 or more"),
            (self.batch_size >= 1, "batch_size", self.batch_size.to_string(), "1 or more"),
            (
                is_positive(self.learning_rate),
                "learning_rate",
                self.learning_rate.to_string(),
                "a positive number",
            ),
            (is_share(self.warmup_share), "warmup_share", self.warmup_share.to_string(), SHARE),
            (
                self.weight_decay >= 0.0 && self.weight_decay.is_finite(),
                "weight_decay",
                self.weight_decay.to_string(),
                "0 or more",
            ),
            (
                is_positive(self.clip_norm),
                "clip_norm",
                self.clip_norm.to_string(),
                "a positive number",
            ),
            self.negatives.rule(self.loss),
            (
                self.use_text || !self.knowledge.used.is_text(),
                "knowledge",
                format!("{:?}", self.knowledge.used).to_lowercase(),
                "none or graph where product texts are not used (use_text)",
            ),
        ];
        let more =
            self.knowledge.rules_of_settings().into_iter().chain(self.augmentation().rules());
        kept("the setting", rules.into_iter().chain(more))
    }

    /// How histories are changed before they are learned from.
    pub(in crate::model::bert) const fn augmentation(&self) -> Augmentation {
        Augmentation {
            crop: Change { chance: self.item_crop, share: self.item_crop_share },
            mask: Change { chance: self.item_mask, share: self.item_mask_share },
            reorder: Change { chance: self.item_reorder, share: self.item_reorder_share },
        }
    }
}

const SHARE: &str = "from 0 to below 1";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_config_survives_json_and_names_a_bad_setting() {
        let config = SequenceConfig::default();
        assert_eq!(config.check(), Ok(()));
        let json = serde_json::to_string(&config).expect("a config is plain data");
        assert_eq!(serde_json::from_str::<SequenceConfig>(&json).expect("its own JSON"), config);
        let old: SequenceConfig = serde_json::from_str(r#"{"epochs": 3}"#).expect("an older one");
        assert_eq!(old, SequenceConfig { epochs: 3, ..config.clone() });
        let unknown = serde_json::from_str::<SequenceConfig>(r#"{"knowledge_size": 3}"#);
        assert!(unknown.expect_err("no such setting").to_string().contains("knowledge_size"));
        let untold = r#"{"use_text": false, "knowledge": "both"}"#;
        let untold: SequenceConfig = serde_json::from_str(untold).expect("read");
        assert!(untold.check().expect_err("no texts").contains("knowledge is both"));
        let uneven = SequenceConfig { heads: 3, ..config.clone() };
        assert!(uneven.check().expect_err("64 by 3").contains("hidden_size is 64"));
        let often = SequenceConfig { item_mask: 1.2, ..config.clone() };
        assert!(often.check().expect_err("above 1").contains("item_mask is 1.2"));
        let bad = SequenceConfig { max_items: 1, ..config };
        assert!(bad.check().expect_err("no history").contains("max_items is 1"));
    }
}
