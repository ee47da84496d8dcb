//! Pre-training on a shop's own texts (Devlin et al. 2018).
//!
//! Masked language modelling: 15 of 100 word pieces are hidden and predicted by
//! `softmax(E LayerNorm(gelu(W h + b)) + c)` over the vocabulary, E being the table of word embeddings.
//! Next-sentence prediction: `softmax(V tanh(U h₀))` tells pairs of neighbouring texts of one document
//! from pairs of two documents. The loss is the sum of both mean negative log-likelihoods; only the tokens
//! that are to be predicted go through the decoder. Which documents are paired and which pieces are hidden
//! is drawn anew each epoch, as a function of seed, epoch and example. `AdamW` with warm-up; the epoch with
//! the lowest loss on held-out documents is kept, the state before training among them.

mod config;
mod corpus;
mod examples;
mod heads;
mod judge;
mod learner;
mod masking;
mod plan;
#[cfg(test)]
mod tests;
mod training;

use serde::{Deserialize, Serialize};

pub use self::config::PretrainConfig;
pub use self::corpus::Corpus;
use self::examples::Examples;
use self::heads::{Learned, renamed};
use self::judge::Judge;
use self::learner::{Learner, micro_tokens};
use self::masking::Pieces;
pub use self::plan::{CorpusSource, PretrainPlan, StartFrom};
use self::training::{Outcome, Training};
use super::checkpoint::CheckpointFolder;
use super::config::Trainable;
use super::course::Learner as _;
use super::deltas::refuse_apart;
use super::device::{SelectedDevice, guard};
use super::encoder_config::EncoderConfig;
use super::memory::{self, Load};
use super::pretrained::{Pretrained, fingerprint};
use super::rate_finder::{RateSweep, sweep};
use crate::model::{EpochReport, FitContext, ModelError, Sample};

/// How a pre-training went.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PretrainResult {
    /// The encoder that it started from.
    pub base_model: String,
    /// The device that it ran on.
    pub device: String,
    /// Seed of everything random.
    pub seed: u64,
    /// Documents read.
    pub documents: usize,
    /// Examples of one epoch.
    pub examples: usize,
    /// Held-out examples that it was judged by.
    pub validation_examples: usize,
    /// Optimiser steps done.
    pub steps: u64,
    /// Seconds of training, those before an interruption included.
    pub fit_secs: f64,
    /// Epochs as they were judged, 0 before training.
    pub epochs: Vec<EpochReport>,
    /// The epoch whose weights the model has.
    pub best_epoch: u32,
    /// Filled masks of held-out texts.
    pub fills: Vec<Sample>,
}

/// Pre-train an encoder and its heads on a corpus; the model that comes back holds both. Heads that
/// `base` does not have are drawn.
///
/// Cancelled, it leaves a checkpoint where `context.checkpoints` says; called again with the same base,
/// texts, settings, seed and device it goes on from there and gives the very result of an unbroken training.
///
/// # Errors
/// [`ModelError`]: cancelled, settings or texts that cannot be used, a device or file that failed, a loss
/// that diverged.
pub fn pretrain(
    base: &Pretrained,
    corpus: &Corpus,
    config: &PretrainConfig,
    context: &FitContext<'_>,
) -> Result<(Pretrained, PretrainResult), ModelError> {
    with_training(base, corpus, config, context, |training, learner| {
        let device = learner.device().clone();
        let folder = CheckpointFolder::wanted(context.checkpoints, || {
            identity(base, corpus, training.config, context.seed, &device)
        })?;
        let Outcome { weights, standing, fills } = training.run(learner, folder)?;
        let state = format!("{:016x}:{}", base.fingerprint, standing.step);
        let model = Pretrained {
            weights: renamed(weights),
            fingerprint: fingerprint(state.as_bytes()),
            ..base.clone()
        };
        let result = PretrainResult {
            base_model: base.name.clone(),
            device: device.description,
            seed: context.seed,
            documents: corpus.len(),
            examples: training.examples.len(),
            validation_examples: training.judge.len(),
            steps: standing.step,
            fit_secs: standing.secs,
            epochs: standing.reports,
            best_epoch: standing.best_epoch,
            fills,
        };
        Ok((model, result))
    })
}

/// Find a learning rate for these settings by a short sweep. Nothing is kept of it.
///
/// # Errors
/// As [`pretrain`].
pub fn find_rate(
    base: &Pretrained,
    corpus: &Corpus,
    config: &PretrainConfig,
    context: &FitContext<'_>,
) -> Result<RateSweep, ModelError> {
    with_training(base, corpus, config, context, |training, mut learner| {
        sweep(&training, &mut learner, [config.learning_rate; 2], context)
    })
}

/// Gets everything ready for a training on a corpus and has `run` do it.
fn with_training<T>(
    base: &Pretrained,
    corpus: &Corpus,
    config: &PretrainConfig,
    context: &FitContext<'_>,
    run: impl FnOnce(Training<'_>, Learner) -> Result<T, ModelError>,
) -> Result<T, ModelError> {
    refuse_apart(base.apart, "trained further")?;
    let config = fitted(config, base);
    config.check().map_err(ModelError::UnusableData)?;
    let device = config.precision.device(context.device)?;
    let pieces = Pieces::new(&base.tokenizer)?;
    let mask = pieces.mask;
    let [examples, judged] =
        Examples::read(corpus, &base.tokenizer, &pieces, &config, context.seed, context.control)?;
    if examples.len() == 0 {
        return Err(ModelError::UnusableData(format!(
            "nothing to pre-train on: {} documents hold no word. Import a catalogue with titles and \
             descriptions, or name files of texts",
            corpus.len()
        )));
    }
    let fixed = judged.fixed(context.seed, config.max_validation_examples.unwrap_or(usize::MAX));
    let judge = Judge::new(fixed, &base.tokenizer, mask);
    memory::check(&load_of(&config, base, device.is_gpu), memory::available_bytes())?;
    let learned = guard(&device, || Learned::new(base, context.seed, device.device()))?;
    let learner = Learner::new(learned, &config, &base.config, &device, context.seed);
    let training = Training {
        config: &config,
        context,
        examples: &examples,
        judge: &judge,
        words: base.config.vocab_size,
    };
    run(training, learner)
}

/// A training as far as its memory goes. Only the words that are to be predicted have outputs, one for each
/// word there is.
fn load_of<'a>(config: &PretrainConfig, base: &'a Pretrained, is_gpu: bool) -> Load<'a> {
    let EncoderConfig { vocab_size, hidden_size, .. } = base.config;
    let predicted = (config.max_tokens as f64 * config.mask_share).ceil() as usize;
    let micro_tokens = micro_tokens(config, &base.config, is_gpu);
    Load {
        encoder: &base.config,
        trainable: Trainable::Full,
        head_weights: 2 * hidden_size * hidden_size + vocab_size,
        outputs: predicted * vocab_size,
        micro_tokens: micro_tokens.min(config.batch_size * config.max_tokens),
        in_parts: true,
        longest: config.max_tokens,
        recomputes: config.gradient_checkpointing,
        is_gpu,
        choices: &[],
    }
}

/// The settings as this encoder can follow them: no longer texts than it has positions, and no pairs
/// where it knows one kind of segment only.
fn fitted(config: &PretrainConfig, base: &Pretrained) -> PretrainConfig {
    PretrainConfig {
        max_tokens: config.max_tokens.min(base.config.max_position_embeddings),
        next_sentence: config.next_sentence && base.config.type_vocab_size > 1,
        ..config.clone()
    }
}

/// What a checkpoint must have been written for to be gone on from.
fn identity(
    base: &Pretrained,
    corpus: &Corpus,
    config: &PretrainConfig,
    seed: u64,
    device: &SelectedDevice,
) -> String {
    let config = PretrainConfig { checkpoint_secs: 0, ..config.clone() };
    let parts = serde_json::json!({
        "config": config,
        "base": base.fingerprint,
        "texts": corpus.fingerprint(),
        "seed": seed,
        "device": device.description,
    });
    format!("{:016x}", fingerprint(parts.to_string().as_bytes()))
}
