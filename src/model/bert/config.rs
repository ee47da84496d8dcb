//! Settings of the fine-tuned BERT recommender.

use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::histories::{Augmentation, Change};
use super::negatives::Negatives;
use super::precision::Precision;
use super::rules::{Rule, kept, stored_as_text};
use super::softmax::SoftmaxOver;
use crate::model::knowledge::config::KnowledgeConfig;

/// Which part of the encoder learns. The product vectors φ always do.
///
/// As text `full`, `head`, `top_layers:2`, `lora:8`, `adalora:8`, `houlsby:64`, `pfeiffer:64`, `biases` or
/// `prompt:20`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum Trainable {
    /// Every weight, the word embeddings included.
    Full,
    /// The `n` layers nearest to the output; everything below runs without gradients.
    /// 0 trains the product vectors alone.
    TopLayers(usize),
    /// A change of this rank to the queries and values of every layer (`LoRA`, Hu et al. 2021).
    LowRank(usize),
    /// The biases and norms of every layer (`BitFit`, Ben Zaken et al. 2022).
    Biases,
    /// Changes of weighted ranks to all matrices of every layer, of this rank in the mean once those that
    /// matter least were given up (`AdaLoRA`, Zhang et al. 2023).
    AdaLora(usize),
    /// Two bottlenecks of this width in every layer, and its norms (Houlsby et al. 2019).
    Houlsby(usize),
    /// One bottleneck of this width after every feed-forward part (Pfeiffer et al. 2021).
    Pfeiffer(usize),
    /// This many vectors before every text (prompt tuning, Lester et al. 2021).
    Prompt(usize),
}

/// A method of a size.
type OfSize = fn(usize) -> Trainable;

/// Methods whose text is a name and a number of at least 1.
const SIZED: [(&str, OfSize); 5] = [
    ("lora", Trainable::LowRank),
    ("adalora", Trainable::AdaLora),
    ("houlsby", Trainable::Houlsby),
    ("pfeiffer", Trainable::Pfeiffer),
    ("prompt", Trainable::Prompt),
];

impl Trainable {
    /// Whether the weight of this path learns, given that its layer is among those that may. Heads always do.
    pub(super) fn learns(self, path: &str) -> bool {
        if !path.starts_with("encoder.") {
            return true;
        }
        let ends = |ends: &[&str]| ends.iter().any(|end| path.ends_with(end));
        match self {
            Self::Full | Self::TopLayers(_) => true,
            Self::LowRank(_) | Self::AdaLora(_) => path.contains(".low_rank."),
            Self::Biases => ends(&[".bias", ".gamma", ".beta"]),
            Self::Houlsby(_) => path.contains("_adapter.") || ends(&[".gamma", ".beta"]),
            Self::Pfeiffer(_) => path.contains("_adapter."),
            Self::Prompt(_) => path.contains(".prompt."),
        }
    }

    /// Whether what learned stays beside the encoder's weights, since it cannot be made part of them.
    #[must_use]
    pub fn stays_apart(self) -> bool {
        matches!(self, Self::Houlsby(_) | Self::Pfeiffer(_) | Self::Prompt(_))
    }

    /// Whether only a small part of the weights learns, which is then stored alone.
    #[must_use]
    pub fn is_small(self) -> bool {
        !matches!(self, Self::Full | Self::TopLayers(1..))
    }

    /// A peak learning rate to begin with. The fewer weights learn, and the nearer they start to nothing, the
    /// higher it has to be: with the rate of a full training a small part hardly moves in a short one.
    #[must_use]
    pub const fn usual_rate(self) -> f64 {
        match self {
            Self::Full => 5e-5,
            Self::TopLayers(_) => 2e-4,
            Self::LowRank(_) | Self::Houlsby(_) | Self::Pfeiffer(_) | Self::Biases => 1e-3,
            // Its scales start at zero, and nothing else of it can learn while they do.
            Self::AdaLora(_) => 3e-3,
            Self::Prompt(_) => 1e-2,
        }
    }

    /// Vectors that it puts before every text.
    #[must_use]
    pub fn prompt_len(self) -> usize {
        if let Self::Prompt(vectors) = self { vectors } else { 0 }
    }
}

impl fmt::Display for Trainable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Full => f.write_str("full"),
            Self::TopLayers(0) => f.write_str("head"),
            Self::TopLayers(layers) => write!(f, "top_layers:{layers}"),
            Self::LowRank(rank) => write!(f, "lora:{rank}"),
            Self::Biases => f.write_str("biases"),
            Self::AdaLora(rank) => write!(f, "adalora:{rank}"),
            Self::Houlsby(width) => write!(f, "houlsby:{width}"),
            Self::Pfeiffer(width) => write!(f, "pfeiffer:{width}"),
            Self::Prompt(vectors) => write!(f, "prompt:{vectors}"),
        }
    }
}

impl FromStr for Trainable {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let text = text.trim();
        let sized = || {
            let (name, size) = text.split_once(':')?;
            let size: usize = size.trim().parse().ok()?;
            let (_, method) = SIZED.iter().find(|(known, _)| *known == name)?;
            (1..=MOST).contains(&size).then(|| method(size))
        };
        let top = || text.strip_prefix("top_layers:")?.trim().parse().ok().map(Self::TopLayers);
        match text {
            "full" => Some(Self::Full),
            "head" => Some(Self::TopLayers(0)),
            "biases" => Some(Self::Biases),
            _ => top().or_else(sized),
        }
        .ok_or_else(|| {
            format!(
                "cannot read {text:?} as what to train; write full, head, top_layers:N, lora:RANK, \
                 adalora:RANK, houlsby:WIDTH, pfeiffer:WIDTH, biases or prompt:VECTORS, with a number from 1 \
                 to {MOST}"
            )
        })
    }
}

/// Largest rank, width or number of vectors.
pub(crate) const MOST: usize = 1_024;

stored_as_text!(Trainable);

/// The course of the learning rate after the warm-up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Decay {
    /// Straight down to 0.
    Linear,
    /// Down to 0 along half a cosine wave (Loshchilov and Hutter 2017).
    Cosine,
    /// Not at all.
    Constant,
}

/// Where a product's vector φ comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ProductVectors {
    /// It starts from the embedding of the product's text and is learned by itself.
    Learned,
    /// It is what the encoder makes of the product's text, as z is of the history's (two towers that share an
    /// encoder): a product that nobody has met stands as well as any other.
    Text,
}

/// How a BERT encoder is fine-tuned on the next product.
///
/// The defaults are a recipe for two CPU cores and a shop of hundreds of products: a few minutes.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct BertConfig {
    /// Folder with a BERT in the layout of Hugging Face: `config.json`, `tokenizer.json` or `vocab.txt`,
    /// and safetensors or `pytorch_model.bin`; `None` is the built-in all-MiniLM-L6-v2.
    pub base_model: Option<PathBuf>,
    /// Newest products of a history that the encoder reads.
    pub history_items: usize,
    /// Longest history text, tokens, `[CLS]` and `[SEP]` included; the oldest products fall off.
    pub max_tokens: usize,
    /// Tokens of one product's title that a history keeps.
    pub title_tokens: usize,
    /// Weight of a history's product relative to the next newer one in the pooled vector, above 0 and at
    /// most 1; 1 weighs all products alike.
    pub recency_decay: f32,
    /// Which part of the encoder learns.
    pub trainable: Trainable,
    /// Passes over the drawn examples.
    pub epochs: u32,
    /// Examples per optimiser step.
    pub batch_size: usize,
    /// Examples drawn for one epoch, new ones each epoch; `None` takes all.
    pub max_examples: Option<usize>,
    /// Newest next-product steps of one shopper that can be drawn; `None` takes all.
    pub max_examples_per_user: Option<usize>,
    /// Whether only steps to products that the shopper had not met before are learned from. Lists that leave
    /// out met products are judged on such steps alone.
    pub new_products_only: bool,
    /// Peak learning rate of the encoder's weights.
    pub encoder_learning_rate: f64,
    /// Peak learning rate of the product vectors and biases.
    pub head_learning_rate: f64,
    /// Factor of the encoder's learning rate from each layer to the one below; 1 gives all the same.
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
    /// Passes over all training steps in which the product vectors alone are fitted, on recency-weighted
    /// means of the products' text embeddings in place of the encoder's output. Takes seconds; 0 skips it.
    pub warm_start_epochs: u32,
    /// Where a product's vector comes from.
    pub product_vectors: ProductVectors,
    /// Whether what shoppers wrote at a visit, a review or a query, is learned from too, as leading to the
    /// product; with vectors from texts alone.
    pub learn_from_texts: bool,
    /// Which products stand against the right one in the loss; with vectors from texts those of the batch, or
    /// of a sample beside them.
    pub loss: SoftmaxOver,
    /// How the products of a sampled loss are drawn: `uniform`, `popularity:0.75` or `hard:4`; the last with
    /// learned product vectors alone.
    pub negatives: Negatives,
    /// How likely the newest products of a history are shown in place of all: a stretch of it that ends where
    /// the product to tell stands.
    pub item_crop: f64,
    /// The share of the history that such a stretch is.
    pub item_crop_share: f64,
    /// How likely some products of a history are left out.
    pub item_mask: f64,
    /// The share of its products that is left out then.
    pub item_mask_share: f64,
    /// How likely a stretch of a history is shuffled.
    pub item_reorder: f64,
    /// The share of the history that such a stretch is.
    pub item_reorder_share: f64,
    /// Length of the pooled vector z before `softmax(φᵀz)`: the inverse temperature of the start, when
    /// φ holds unit vectors.
    pub logit_scale: f32,
    /// Validation cases judged after each epoch, drawn once; `None` takes all.
    pub max_validation_cases: Option<usize>,
    /// Tokens of one forward and backward pass, whose gradients are added up to those of a batch; `None`
    /// leaves it to the device. With vectors from texts a batch goes through at once.
    pub micro_batch_tokens: Option<usize>,
    /// Compute again on the way back what the layers need of the way forward, in place of keeping it: less
    /// memory, more time, the same result.
    pub gradient_checkpointing: bool,
    /// How exactly layers multiply while they learn: `full`, or `mixed` where the device has 16-bit products.
    pub precision: Precision,
    /// Seconds between checkpoints within an epoch.
    pub checkpoint_secs: u32,
    /// What is taken from the catalogue beside behaviour.
    #[serde(flatten)]
    pub knowledge: KnowledgeConfig,
}

impl Default for BertConfig {
    fn default() -> Self {
        Self {
            base_model: None,
            history_items: 5,
            max_tokens: 48,
            title_tokens: 10,
            recency_decay: 0.6,
            trainable: Trainable::TopLayers(2),
            epochs: 2,
            batch_size: 32,
            max_examples: Some(3_000),
            max_examples_per_user: None,
            new_products_only: true,
            encoder_learning_rate: 1e-4,
            head_learning_rate: 2e-3,
            layer_decay: 1.0,
            warmup_share: 0.1,
            decay: Decay::Linear,
            weight_decay: 0.01,
            clip_norm: 1.0,
            dropout: None,
            warm_start_epochs: 5,
            product_vectors: ProductVectors::Learned,
            learn_from_texts: true,
            loss: SoftmaxOver::Auto,
            negatives: Negatives::default(),
            item_crop: 0.0,
            item_crop_share: 0.6,
            item_mask: 0.0,
            item_mask_share: 0.3,
            item_reorder: 0.0,
            item_reorder_share: 0.6,
            logit_scale: 12.0,
            max_validation_cases: Some(800),
            micro_batch_tokens: None,
            gradient_checkpointing: false,
            precision: Precision::Full,
            checkpoint_secs: 30,
            knowledge: KnowledgeConfig::default(),
        }
    }
}

impl BertConfig {
    /// What the loss goes over.
    pub(super) fn softmax(&self) -> SoftmaxOver {
        match (self.product_vectors, self.loss) {
            (ProductVectors::Learned, SoftmaxOver::Auto) => SoftmaxOver::Full,
            (ProductVectors::Text, SoftmaxOver::Auto) => SoftmaxOver::InBatch,
            (_, loss) => loss,
        }
    }

    /// Products in the softmax of one step, of so many candidates.
    pub(super) fn columns(&self, candidates: usize) -> usize {
        match self.softmax() {
            SoftmaxOver::Full | SoftmaxOver::Auto => candidates,
            SoftmaxOver::InBatch => self.batch_size.min(candidates),
            SoftmaxOver::Sampled(drawn) => (self.batch_size + drawn).min(candidates),
        }
    }

    /// Most tokens of one step where products stand in it as texts, each text of at most `longest`.
    #[must_use]
    pub fn tower_tokens(&self, candidates: usize, longest: usize) -> usize {
        (self.batch_size + self.columns(candidates)) * longest
    }

    /// What is wrong with these settings, if anything; names the setting, what was found and what is allowed.
    ///
    /// # Errors
    /// The first setting that cannot be worked with.
    pub fn check(&self) -> Result<(), String> {
        let is_text = self.product_vectors == ProductVectors::Text;
        let rules: [Rule; 19] = [
            (self.history_items >= 1, "history_items", self.history_items.to_string(), "1 or more"),
            (self.max_tokens >= 8, "max_tokens", self.max_tokens.to_string(), "8 or more"),
            (self.title_tokens >= 1, "title_tokens", self.title_tokens.to_string(), "1 or more"),
            (
                self.recency_decay > 0.0 && self.recency_decay <= 1.0,
                "recency_decay",
                self.recency_decay.to_string(),
                "above 0 and at most 1",
            ),
            (self.batch_size >= 1, "batch_size", self.batch_size.to_string(), "1 or more"),
            (
                is_positive(self.encoder_learning_rate),
                "encoder_learning_rate",
                self.encoder_learning_rate.to_string(),
                "a positive number",
            ),
            (
                is_positive(self.head_learning_rate),
                "head_learning_rate",
                self.head_learning_rate.to_string(),
                "a positive number",
            ),
            (
                self.layer_decay > 0.0 && self.layer_decay <= 1.0,
                "layer_decay",
                self.layer_decay.to_string(),
                "above 0 and at most 1",
            ),
            (
                self.micro_batch_tokens.is_none_or(|tokens| tokens >= 1),
                "micro_batch_tokens",
                format!("{:?}", self.micro_batch_tokens),
                "1 or more",
            ),
            (
                !is_text || self.micro_batch_tokens.is_none(),
                "micro_batch_tokens",
                format!("{:?}", self.micro_batch_tokens),
                "left out where product vectors come from texts, for a batch then goes through at once",
            ),
            (
                !is_text || self.trainable != Trainable::TopLayers(0),
                "trainable",
                self.trainable.to_string(),
                "a part of the encoder where product vectors come from texts, since it is what makes them",
            ),
            (
                (0.0..1.0).contains(&self.warmup_share),
                "warmup_share",
                self.warmup_share.to_string(),
                "from 0 to below 1",
            ),
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
            (
                self.dropout.is_none_or(|rate| (0.0..1.0).contains(&rate)),
                "dropout",
                format!("{:?}", self.dropout),
                "from 0 to below 1",
            ),
            (
                !is_text || self.loss != SoftmaxOver::Full,
                "loss",
                self.loss.to_string(),
                "auto, in_batch or sampled:N where product vectors come from texts",
            ),
            self.negatives.rule(self.loss),
            (
                !is_text || self.negatives.pool() == 1,
                "negatives",
                self.negatives.to_string(),
                "uniform or popularity where product vectors come from texts, for the hardest are found by \
                 vectors that are there already",
            ),
            (
                self.logit_scale > 0.0 && self.logit_scale.is_finite(),
                "logit_scale",
                self.logit_scale.to_string(),
                "a positive number",
            ),
        ];
        let more =
            self.knowledge.rules_of_settings().into_iter().chain(self.augmentation().rules());
        kept("the BERT setting", rules.into_iter().chain(more))
    }

    /// How histories are changed before they are learned from.
    pub(super) const fn augmentation(&self) -> Augmentation {
        Augmentation {
            crop: Change { chance: self.item_crop, share: self.item_crop_share },
            mask: Change { chance: self.item_mask, share: self.item_mask_share },
            reorder: Change { chance: self.item_reorder, share: self.item_reorder_share },
        }
    }
}

fn is_positive(value: f64) -> bool {
    value > 0.0 && value.is_finite()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_trained_reads_back_from_its_text() {
        for trainable in [
            Trainable::Full,
            Trainable::TopLayers(0),
            Trainable::TopLayers(3),
            Trainable::LowRank(8),
            Trainable::Biases,
            Trainable::AdaLora(4),
            Trainable::Houlsby(64),
            Trainable::Pfeiffer(16),
            Trainable::Prompt(20),
        ] {
            assert_eq!(trainable.to_string().parse(), Ok(trainable));
        }
        for wrong in ["half", "lora:0", "lora", "houlsby:2000", "prompt:-1", "peft:3"] {
            assert!(wrong.parse::<Trainable>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_config_survives_json_and_names_a_bad_setting() {
        let config = BertConfig::default();
        assert_eq!(config.check(), Ok(()));
        let json = serde_json::to_string(&config).expect("a config is plain data");
        assert_eq!(serde_json::from_str::<BertConfig>(&json).expect("its own JSON"), config);
        let bad = BertConfig { batch_size: 0, ..config };
        assert!(bad.check().expect_err("a batch of none").contains("batch_size is 0"));
    }
}
