//! Fine-tuning an encoder for search on pairs of texts: a query and the product that was wanted, a question
//! and its answer.
//!
//! Two towers of shared weights (Reimers and Gurevych 2019): the vector of a text is the pooled last hidden
//! states of its tokens, divided by its length, whichever side it stands on. The loss is multiple negatives
//! ranking (Henderson et al. 2017): `-log softmax(scale · cos(left, rights))[right]` over the right texts of
//! the batch, of which those that are right for the left text too are taken out. `AdamW`, warm-up and decay;
//! the best epoch by the mean reciprocal rank of validation pairs is kept, the state before training among
//! them.

mod config;
mod data;
#[cfg(test)]
mod golden_tests;
mod judge;
mod learner;
mod loss;
mod search;
mod searchable;
#[cfg(test)]
mod small_part_tests;
mod source;
#[cfg(test)]
mod tests;
mod training;

use std::path::Path;

pub use self::config::PairConfig;
pub use self::data::{Pair, PairData, PairDataReport};
use self::judge::Held;
use self::learner::PairLearner;
pub use self::search::{cosines, nearest, ranks, vectors_of};
pub use self::searchable::Searchable;
pub use self::source::{PairFiles, PairSource, ShopPairs, product_texts};
use self::training::{PairTraining, Read};
use super::batch::Sequence;
use super::checkpoint::{CheckpointFolder, Standing};
use super::config::Trainable;
use super::deltas::{finished, refuse_apart, room};
use super::device::{SelectedDevice, guard};
use super::export::{export, save_apart};
use super::finetune::{TrainingResult, training_result};
use super::memory::{self, Load, MemoryEstimate, count_weights};
use super::network::Encoder;
use super::pretrained::{Pooling, Pretrained, fingerprint};
use super::rate_finder::{RateSweep, sweep};
use super::tasks::TextParts;
use super::weights::{checkpoint_name, collect};
use crate::model::{FitContext, ModelError};

/// What could learn in place of all weights.
const SMALLER: &[Trainable] = &[Trainable::TopLayers(2), Trainable::LowRank(8)];

/// Fine-tune an encoder on the training pairs of `parts`; the best epoch on the validation pairs is kept, the
/// last where there are none. The model that comes back is an encoder like any other.
///
/// Stopped, it leaves a checkpoint where `context.checkpoints` says; called again with the same
/// configuration, seed, device and pairs it goes on from there and gives the very result of an unbroken
/// training.
///
/// # Errors
/// [`ModelError`]: cancelled, settings or texts that cannot be used, a device or file that failed, a
/// loss that diverged.
pub fn fit(
    config: &PairConfig,
    data: &PairData,
    parts: &TextParts,
    context: &FitContext<'_>,
) -> Result<(Pretrained, TrainingResult), ModelError> {
    config.check().map_err(ModelError::UnusableData)?;
    context.control.check()?;
    context.control.report("stage-loading-model", 0, 0);
    let base = Pretrained::open(config.base_model.as_deref())?;
    fit_from(&base, config, data, parts, context)
}

/// [`fit`] from an encoder that is already in memory.
///
/// # Errors
/// As [`fit`].
pub fn fit_from(
    base: &Pretrained,
    config: &PairConfig,
    data: &PairData,
    parts: &TextParts,
    context: &FitContext<'_>,
) -> Result<(Pretrained, TrainingResult), ModelError> {
    let run = |training: PairTraining<'_>, ready: Ready| {
        let folder = CheckpointFolder::wanted(context.checkpoints, || {
            identity(base, config, data, parts, context.seed, &ready.device)
        })?;
        let (learner, standing) = training.run(ready.learner, folder)?;
        let model =
            guard(&ready.device, || Ok(learned(base, config, learner.into_encoder(), &standing)))?;
        let told = training_result(base, &ready.device, context.seed, parts.train.len(), standing);
        let weights = Some(count_weights(&base.config, config.trainable));
        Ok((model, TrainingResult { memory: Some(ready.memory), weights, ..told }))
    };
    with_training(base, config, data, parts, context, run)
}

/// Find a learning rate for these settings by a short sweep. Nothing is kept of it.
///
/// # Errors
/// As [`fit`].
pub fn find_rate(
    config: &PairConfig,
    data: &PairData,
    parts: &TextParts,
    context: &FitContext<'_>,
) -> Result<RateSweep, ModelError> {
    config.check().map_err(ModelError::UnusableData)?;
    context.control.report("stage-loading-model", 0, 0);
    let base = Pretrained::open(config.base_model.as_deref())?;
    let run = |training: PairTraining<'_>, mut ready: Ready| {
        sweep(&training, &mut ready.learner, [config.learning_rate; 2], context)
    };
    with_training(&base, config, data, parts, context, run)
}

/// What a training starts from.
struct Ready {
    learner: PairLearner,
    device: SelectedDevice,
    memory: MemoryEstimate,
}

/// Gets everything ready for a training on the training pairs of `parts` and has `run` do it.
fn with_training<T>(
    base: &Pretrained,
    config: &PairConfig,
    data: &PairData,
    parts: &TextParts,
    context: &FitContext<'_>,
    run: impl FnOnce(PairTraining<'_>, Ready) -> Result<T, ModelError>,
) -> Result<T, ModelError> {
    config.check().map_err(ModelError::UnusableData)?;
    refuse_apart(base.apart, "trained further")?;
    if parts.train.len() < 2 {
        return Err(ModelError::UnusableData(format!(
            "there are {} training pairs, and two at least are needed; name columns that are filled, or \
             another split",
            parts.train.len()
        )));
    }
    let device = config.precision.device(context.device)?;
    let max_tokens = config.max_tokens.min(room(config.trainable, &base.config)?);
    let read = |text: &str| sequence(base, text, max_tokens);
    let train = training_texts(data, &parts.train, read);
    let held = Held::new(data, &parts.validation, config.max_validation_pairs, read);
    let load = load_of(config, base, &train, device.is_gpu);
    let memory = memory::check(&load, memory::available_bytes())?;
    let encoder = guard(&device, || base.encoder(device.device()))?;
    let learner = PairLearner::new(config, &base.config, encoder, &device, context.seed);
    let training = PairTraining { config, context, train: &train, held: &held };
    run(training, Ready { learner, device, memory })
}

/// Write a model into an existing folder, as [`Pretrained::open`] reads it. Where what learned stands beside
/// the encoder's weights, transformers cannot read it; else it is a folder for transformers and
/// sentence-transformers.
///
/// # Errors
/// [`ModelError::Io`], [`ModelError::UnusableData`] when the folder holds a model already.
pub fn save(model: &Pretrained, folder: &Path) -> Result<(), ModelError> {
    if model.apart.is_some() { save_apart(model, folder) } else { export(model, folder) }
}

/// The encoder with what it learned; heads of pre-training do not fit it any longer.
fn learned(
    base: &Pretrained,
    config: &PairConfig,
    encoder: Encoder,
    standing: &Standing,
) -> Pretrained {
    let (encoder, _) = finished(encoder);
    let mut weights = base.weights.clone();
    weights.retain(|name, _| !name.starts_with("cls."));
    weights.extend(collect(&encoder, checkpoint_name));
    let grown = format!("{:016x}:{config:?}:{}", base.fingerprint, standing.step);
    Pretrained {
        weights,
        apart: config.trainable.stays_apart().then_some(config.trainable),
        fingerprint: fingerprint(grown.as_bytes()),
        ..base.clone()
    }
}

fn sequence(base: &Pretrained, text: &str, max_tokens: usize) -> Sequence {
    let ids = base.tokenizer.text(text, max_tokens);
    match base.pooling {
        Pooling::Mean => Sequence::mean_pooled(ids),
        Pooling::First => Sequence::first_pooled(ids, None),
    }
}

/// The texts of the training pairs, right ones behind the left ones.
fn training_texts(data: &PairData, chosen: &[usize], read: impl Fn(&str) -> Sequence) -> Read {
    let lefts = data.lefts.len();
    let mut texts = vec![Sequence::default(); lefts + data.rights.len()];
    let mut pairs = Vec::with_capacity(chosen.len());
    for &index in chosen {
        let Pair { left, right } = data.pairs[index];
        let behind = lefts + right as usize;
        for (at, text) in
            [(left as usize, &data.lefts[left as usize]), (behind, &data.rights[right as usize])]
        {
            if texts[at].ids.is_empty() {
                texts[at] = read(text);
            }
        }
        pairs.push(Pair { left, right: behind as u32 });
    }
    Read::new(texts, pairs)
}

/// A training as far as its memory goes.
fn load_of<'a>(config: &PairConfig, base: &'a Pretrained, train: &Read, is_gpu: bool) -> Load<'a> {
    let longest = train.texts.iter().map(Sequence::len).max().unwrap_or(1);
    Load {
        encoder: &base.config,
        trainable: config.trainable,
        head_weights: 0,
        outputs: config.batch_size,
        micro_tokens: learner::micro_tokens(config, is_gpu).min(2 * config.batch_size * longest),
        in_parts: true,
        longest,
        recomputes: config.gradient_checkpointing,
        is_gpu,
        choices: SMALLER,
    }
}

/// What a checkpoint must have been written for to be gone on from.
fn identity(
    base: &Pretrained,
    config: &PairConfig,
    data: &PairData,
    parts: &TextParts,
    seed: u64,
    device: &SelectedDevice,
) -> String {
    let config = PairConfig { checkpoint_secs: 0, ..config.clone() };
    let mut bytes = Vec::new();
    for part in [&parts.train, &parts.validation] {
        for &index in part {
            let Pair { left, right } = data.pairs[index];
            for text in [&data.lefts[left as usize], &data.rights[right as usize]] {
                bytes.extend_from_slice(&(text.len() as u64).to_le_bytes());
                bytes.extend_from_slice(text.as_bytes());
            }
        }
        bytes.extend_from_slice(&u64::MAX.to_le_bytes());
    }
    let parts = serde_json::json!({
        "config": config,
        "base": base.fingerprint,
        "texts": fingerprint(&bytes),
        "seed": seed,
        "device": device.description,
    });
    format!("{:016x}", fingerprint(parts.to_string().as_bytes()))
}
