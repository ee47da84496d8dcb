//! Settings of an encoder that is fine-tuned on labels or ratings of texts.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use super::super::config::{Decay, Trainable};
use super::super::pretrained::Pooling;
use crate::model::bert::precision::Precision;
use crate::model::bert::rules::{
    Rule, at_least, factor, kept, no_zero, not_negative, positive, share,
};

/// What the loss of classes is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ClassLoss {
    /// Cross-entropy of a softmax with an output per class.
    CrossEntropy,
    /// Cross-entropy of one sigmoid, for two classes.
    Binary,
}

/// How much each class counts in the loss.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ClassWeights {
    /// Every text the same.
    None,
    /// Every class the same in sum: `n / (classes · n of the class)`. Of several labels, the texts with each label the
    /// same in sum as those without it.
    Balanced,
}

/// What chooses the best epoch on the validation part.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ChooseBy {
    /// Accuracy of classes, micro F1 of labels, root mean squared error of ratings.
    Auto,
    /// Least loss.
    Loss,
    /// Highest macro F1.
    MacroF1,
}

/// Training on texts whose word vectors are pushed to where the loss is higher.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Adversarial {
    /// Texts as they are.
    None,
    /// One step of length `adversarial_radius` along the gradient, its loss added to that of the plain
    /// text (Miyato, Dai and Goodfellow 2017).
    Fgm,
    /// `adversarial_steps` steps of `adversarial_step_size`, kept within a ball of
    /// `adversarial_radius`, the loss at the last one added to that of the plain text (Madry et al. 2018).
    Pgd,
    /// As PGD from a random start, but with the mean loss over all steps in place of the plain text's
    /// (Zhu et al. 2020).
    #[serde(rename = "freelb")]
    FreeLb,
}

/// How an encoder is fine-tuned on a text task.
///
/// The defaults suit some thousands to some ten thousands of short texts.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct TextTaskConfig {
    /// Folder of a Hugging Face BERT; `None` is the built-in all-MiniLM-L6-v2.
    pub base_model: Option<PathBuf>,
    /// Longest text or pair, tokens, special ones included; the rest is cut off.
    pub max_tokens: usize,
    /// How tokens become one vector.
    pub pooling: Pooling,
    /// The loss of classes; several labels have a sigmoid each, ratings the squared error.
    pub class_loss: ClassLoss,
    /// How much each class counts.
    pub class_weights: ClassWeights,
    /// `full`; `head`; `top_layers:N`, the layers nearest to the output, all of them but not the word
    /// vectors where N is the number of layers or more; `lora:RANK`, `adalora:RANK`, `houlsby:WIDTH`,
    /// `pfeiffer:WIDTH` or `biases` of every layer; `prompt:VECTORS` before the text.
    pub trainable: Trainable,
    /// Passes over the training texts.
    pub epochs: u32,
    /// Texts of one optimiser step.
    pub batch_size: usize,
    /// Tokens of one forward and backward pass, whose gradients are added up to those of a batch; `None`
    /// leaves it to the device.
    pub micro_batch_tokens: Option<usize>,
    /// Compute again on the way back what the layers need of the way forward, in place of keeping it: less
    /// memory, more time, the same result.
    pub gradient_checkpointing: bool,
    /// How exactly layers multiply while they learn: `full`, or `mixed` where the device has 16-bit products.
    pub precision: Precision,
    /// Peak learning rate of the topmost layer.
    pub encoder_learning_rate: f64,
    /// Peak learning rate of the head.
    pub head_learning_rate: f64,
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
    /// Dropout probability of the pooled vector.
    pub head_dropout: f64,
    /// Training ends after this many epochs without a better one; `None` goes to the end.
    pub patience: Option<u32>,
    /// What chooses the best epoch.
    pub choose_by: ChooseBy,
    /// Share of the word pieces left out of a text, others each time it is shown.
    pub token_drop: f64,
    /// Share of the words of a small English list that give way to a synonym, others each time.
    pub synonym_swap: f64,
    /// Shortest share of a text that is shown, another span of it each time; 1 shows all of it.
    pub span_crop: f64,
    /// Training on pushed word vectors.
    pub adversarial: Adversarial,
    /// Longest push by L2 norm over a text's word vectors; those of BERT are about 1 long each.
    pub adversarial_radius: f64,
    /// Length of one step of PGD and `FreeLB`.
    pub adversarial_step_size: f64,
    /// Steps of PGD and `FreeLB`.
    pub adversarial_steps: u32,
    /// Longest random start of `FreeLB`.
    pub adversarial_start: f64,
    /// Seconds between checkpoints within an epoch.
    pub checkpoint_secs: u32,
}

impl Default for TextTaskConfig {
    fn default() -> Self {
        Self {
            base_model: None,
            max_tokens: 128,
            pooling: Pooling::Mean,
            class_loss: ClassLoss::CrossEntropy,
            class_weights: ClassWeights::None,
            trainable: Trainable::Full,
            epochs: 3,
            batch_size: 32,
            micro_batch_tokens: None,
            gradient_checkpointing: false,
            precision: Precision::Full,
            encoder_learning_rate: 5e-5,
            head_learning_rate: 1e-3,
            layer_decay: 0.9,
            warmup_share: 0.1,
            decay: Decay::Linear,
            weight_decay: 0.01,
            clip_norm: 1.0,
            dropout: None,
            head_dropout: 0.1,
            patience: None,
            choose_by: ChooseBy::Auto,
            token_drop: 0.0,
            synonym_swap: 0.0,
            span_crop: 1.0,
            adversarial: Adversarial::None,
            adversarial_radius: 1.0,
            adversarial_step_size: 0.4,
            adversarial_steps: 3,
            adversarial_start: 0.3,
            checkpoint_secs: 60,
        }
    }
}

impl TextTaskConfig {
    /// What is wrong with these settings, if anything.
    ///
    /// # Errors
    /// The first setting that cannot be worked with, what was found and what is allowed.
    pub fn check(&self) -> Result<(), String> {
        let rules = self.rules_of_sizes().into_iter().chain(self.rules_of_rates());
        kept("the text task's setting", rules)
    }

    fn rules_of_sizes(&self) -> Vec<Rule> {
        vec![
            at_least("max_tokens", self.max_tokens, 8, "8 or more"),
            at_least("epochs", self.epochs as usize, 1, "1 or more"),
            at_least("batch_size", self.batch_size, 1, "1 or more"),
            no_zero("micro_batch_tokens", self.micro_batch_tokens),
            at_least("adversarial_steps", self.adversarial_steps as usize, 1, "1 or more"),
            no_zero("patience", self.patience.map(|epochs| epochs as usize)),
        ]
    }

    fn rules_of_rates(&self) -> Vec<Rule> {
        vec![
            positive("encoder_learning_rate", self.encoder_learning_rate),
            positive("head_learning_rate", self.head_learning_rate),
            factor("layer_decay", self.layer_decay),
            share("warmup_share", self.warmup_share),
            not_negative("weight_decay", self.weight_decay),
            positive("clip_norm", self.clip_norm),
            share("dropout", self.dropout.unwrap_or(0.0)),
            share("head_dropout", self.head_dropout),
            share("token_drop", self.token_drop),
            share("synonym_swap", self.synonym_swap),
            factor("span_crop", self.span_crop),
            positive("adversarial_radius", self.adversarial_radius),
            positive("adversarial_step_size", self.adversarial_step_size),
            not_negative("adversarial_start", self.adversarial_start),
        ]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_config_survives_json_and_names_a_bad_setting() {
        let config = TextTaskConfig { adversarial: Adversarial::FreeLb, ..Default::default() };
        assert_eq!(config.check(), Ok(()));
        let json = serde_json::to_string(&config).expect("a config is plain data");
        assert!(json.contains("\"freelb\"") && json.contains("\"trainable\":\"full\""), "{json}");
        assert_eq!(serde_json::from_str::<TextTaskConfig>(&json).expect("its own JSON"), config);
        let bad = TextTaskConfig { layer_decay: 1.5, ..config };
        assert!(bad.check().expect_err("it grows downwards").contains("layer_decay is 1.5"));
    }
}
