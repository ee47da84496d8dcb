//! Fine-tuning on the next product.
//!
//! A shopper's newest products become a text, `viewed red mug ; bought blue teapot`; the encoder makes a
//! vector `z` of it, the recency-weighted mean of its tokens' last hidden states, scaled to a fixed
//! length; `p = softmax(φᵀ z + b)` over the catalogue is the probability of each product being next.
//! φ starts from the embeddings of the products' texts and b from the log of their shares of visits, and both
//! are learned; or φ stays what the encoder makes of the products' texts, and b is 0 (two towers). What the graph of
//! knowledge says of products is added to both vectors, see [`facts`].
//! Negative log-likelihood, `AdamW` with warm-up; the epoch with the best validation `ndcg@10` is kept,
//! the state before training among them.

pub(in crate::model::bert) mod bench;
pub(in crate::model::bert) mod catalogue;
mod examples;
mod facts;
mod head;
mod history;
pub(in crate::model::bert) mod judge;
#[cfg(test)]
mod knowledge_tests;
mod learner;
mod recommender;
pub(in crate::model::bert) mod scorer;
mod store;
#[cfg(test)]
mod tests;
mod towers;
mod training;
mod warm_start;

use std::path::Path;

use self::catalogue::{Candidates, Start, product_texts, visits};
use self::examples::{Examples, told};
use self::facts::{Facts, Reading};
use self::head::Head;
use self::history::HistoryReader;
use self::judge::Judge;
use self::learner::{Learner, micro_tokens};
use self::recommender::RecentVectors;
pub use self::recommender::{BertRecommender, TrainingResult};
use self::scorer::Scorer;
use self::towers::Products;
use self::training::Training;
use super::checkpoint::{CheckpointFolder, Standing};
use super::config::{BertConfig, ProductVectors, Trainable};
use super::deltas::{finished, refuse_apart, room};
use super::device::{DeviceChoice, SelectedDevice, guard};
use super::embedder::TextNetwork;
use super::memory::{self, Load, MemoryEstimate, count_weights};
use super::pretrained::{Pretrained, fingerprint};
use super::rate_finder::RateSweep;
use super::weights::values_of;
use crate::dataset::Dataset;
use crate::dataset::split::Split;
use crate::model::knowledge::{Knowledge, ProductTexts};
use crate::model::{FitContext, ModelError};

/// Fine-tune an encoder on the training part of a split.
///
/// Cancelled, it leaves a checkpoint where `context.checkpoints` says; called again with the same
/// configuration, seed, device and data it goes on from there and gives the very result of an unbroken
/// training.
///
/// # Errors
/// [`ModelError`]: cancelled, settings or data that cannot be used, a device or file that failed, a
/// loss that diverged.
pub fn fit(
    config: &BertConfig,
    dataset: &Dataset,
    split: &Split,
    context: &FitContext<'_>,
) -> Result<BertRecommender, ModelError> {
    config.check().map_err(ModelError::UnusableData)?;
    context.control.check()?;
    context.control.report("stage-loading-model", 0, 0);
    let base = Pretrained::open(config.base_model.as_deref())?;
    fit_from(&base, config, dataset, split, context)
}

/// [`fit`] from an encoder that is already in memory.
pub(super) fn fit_from(
    base: &Pretrained,
    config: &BertConfig,
    dataset: &Dataset,
    split: &Split,
    context: &FitContext<'_>,
) -> Result<BertRecommender, ModelError> {
    let run = |training: Training<'_>, ready: Ready| {
        let folder = CheckpointFolder::wanted(context.checkpoints, || {
            identity(base, config, split, context.seed, &ready)
        })?;
        let (learner, standing) = training.run(ready.learner, ready.start.as_ref(), folder)?;
        let products = learner.standing(context.control)?;
        let facts = guard(&ready.device, || Ok(learner.history_facts()))?;
        let examples = training.examples.len();
        let told = training_result(base, &ready.device, context.seed, examples, standing);
        let weights = Some(count_weights(&base.config, config.trainable));
        let result = TrainingResult { memory: Some(ready.memory), weights, ..told };
        Ok((learner.into_encoder(), (products, facts), result, ready.device))
    };
    let ((encoder, (products, facts), result, device), reader, candidates) =
        with_training(base, config, dataset, split, context, run)?;
    let towers::Standing { phi, bias } = products;
    let (phi, bias) = guard(&device, || Ok((values_of(phi), values_of(bias))))?;
    let (encoder, changes) = guard(&device, || Ok(finished(encoder)))?;
    let width = base.config.hidden_size;
    Ok(BertRecommender {
        config: config.clone(),
        network: TextNetwork { encoder, config: base.config.clone(), device },
        scorer: Scorer::new(candidates, phi, bias, width),
        reader,
        result,
        base_fingerprint: base.fingerprint,
        changes,
        recent: RecentVectors::default(),
        facts,
    })
}

/// Find a learning rate for these settings by a short sweep, after the product vectors were fitted as for a
/// training. Nothing is kept of it.
///
/// # Errors
/// As [`fit`].
pub fn find_rate(
    config: &BertConfig,
    dataset: &Dataset,
    split: &Split,
    context: &FitContext<'_>,
) -> Result<RateSweep, ModelError> {
    config.check().map_err(ModelError::UnusableData)?;
    context.control.report("stage-loading-model", 0, 0);
    let base = Pretrained::open(config.base_model.as_deref())?;
    let run = |training: Training<'_>, mut ready: Ready| {
        training.find_rate(&mut ready.learner, ready.start.as_ref())
    };
    Ok(with_training(&base, config, dataset, split, context, run)?.0)
}

/// What a training starts from.
struct Ready {
    learner: Learner,
    /// None where the products' vectors come from their texts.
    start: Option<Start>,
    device: SelectedDevice,
    memory: MemoryEstimate,
    /// Fingerprint of the graph of knowledge.
    knowledge: Option<u64>,
}

/// Gets everything ready for a training and has `run` do it; its answer comes back with what it read by.
fn with_training<T>(
    base: &Pretrained,
    config: &BertConfig,
    dataset: &Dataset,
    split: &Split,
    context: &FitContext<'_>,
    run: impl FnOnce(Training<'_>, Ready) -> Result<T, ModelError>,
) -> Result<(T, HistoryReader, Candidates), ModelError> {
    refuse_apart(base.apart, "trained further")?;
    let device = config.precision.device(context.device)?;
    let room = room(config.trainable, &base.config)?;
    let longest = config.max_tokens.min(room);
    let knowledge = Knowledge::new(&config.knowledge, dataset, context.seed, context.control)?;
    let texts = ProductTexts::of_settings(&config.knowledge, dataset, knowledge.as_ref());
    let reader = HistoryReader::new(config, &texts, &base.tokenizer, room);
    let mut examples = Examples::new(config, split, &reader);
    if config.product_vectors == ProductVectors::Text && config.learn_from_texts {
        examples = examples.with_texts(&base.tokenizer, longest);
    }
    let candidates = Candidates::new(dataset.n_items(), split, Some(&texts), knowledge.as_ref());
    let visits = visits(split, &candidates);
    let facts = Facts::new(knowledge.as_ref(), &candidates);
    if examples.len() == 0 {
        return Err(ModelError::UnusableData(format!(
            "BERT cannot be fine-tuned: no shopper has two training visits in a row (found {} visits of {} \
             shoppers). Import more events, or choose another split",
            split.train.len(),
            dataset.n_users()
        )));
    }
    let known = facts.as_ref().map_or(0, |facts| facts.dim);
    let load = load_of(config, base, candidates.len(), known, room, device.is_gpu);
    let memory = memory::check(&load, memory::available_bytes())?;
    let network = TextNetwork {
        encoder: guard(&device, || base.encoder(device.device()))?,
        config: base.config.clone(),
        device: device.clone(),
    };
    let (products, start) = match config.product_vectors {
        ProductVectors::Text => {
            let texts = product_texts(&texts, &candidates, &base.tokenizer, longest);
            (Products::Texts(texts), None)
        }
        ProductVectors::Learned => {
            let (tokenizer, control) = (&base.tokenizer, context.control);
            let start =
                Start::new(&texts, &visits, &candidates, &reader, tokenizer, &network, control)?;
            let head = Head::new(start.phi.values.clone(), start.bias.clone(), device.device());
            (Products::Learned(Box::new(head)), Some(start))
        }
    };
    let counts = examples.counts(&candidates);
    let learner = Learner::new(config, network, products, facts.as_ref(), &counts, context.seed)
        .with_visits(&visits);
    let limit = config.max_validation_cases;
    let judge = Judge::new(dataset, split, &candidates, limit, context.seed, |log, rows| {
        let newest_first = rows.rev().map(|row| told(log, row));
        let recent = newest_first.clone().take(reader.history_items());
        let known = facts.as_ref().map(|facts| facts.mean(&candidates, recent));
        Reading { text: reader.text(newest_first), known: known.unwrap_or_default() }
    });
    let training = Training {
        config,
        context,
        examples: &examples,
        reader: &reader,
        candidates: &candidates,
        facts: facts.as_ref(),
        judge: &judge,
    };
    let knowledge = knowledge.as_ref().map(Knowledge::fingerprint);
    let answer = run(training, Ready { learner, start, device, memory, knowledge })?;
    drop(examples);
    Ok((answer, reader, candidates))
}

/// What two towers could train instead: something of the encoder has to learn.
const SMALLER_TOWERS: &[Trainable] = &[Trainable::TopLayers(2), Trainable::LowRank(8)];

/// A training as far as its memory goes; `known` is the width of what is known of products, 0 where nothing is.
fn load_of<'a>(
    config: &BertConfig,
    base: &'a Pretrained,
    candidates: usize,
    known: usize,
    room: usize,
    is_gpu: bool,
) -> Load<'a> {
    let longest = config.max_tokens.min(room);
    let is_text = config.product_vectors == ProductVectors::Text;
    let hidden = base.config.hidden_size;
    let head_weights = if is_text { 0 } else { candidates * (hidden + 1) } + 2 * known * hidden;
    let pass = if is_text {
        config.tower_tokens(candidates, longest)
    } else {
        micro_tokens(config, is_gpu).min(config.batch_size * longest)
    };
    Load {
        encoder: &base.config,
        trainable: config.trainable,
        head_weights,
        outputs: config.columns(candidates),
        micro_tokens: pass,
        in_parts: !is_text,
        longest,
        recomputes: config.gradient_checkpointing,
        is_gpu,
        choices: if is_text { SMALLER_TOWERS } else { memory::SMALLER },
    }
}

/// Load a recommender that was saved into `folder`.
///
/// # Errors
/// [`ModelError::Io`] or [`ModelError::BadFile`] when the folder does not hold such a model,
/// [`ModelError::Device`] when there is no such device.
pub fn load(
    config: &BertConfig,
    folder: &Path,
    device: DeviceChoice,
) -> Result<BertRecommender, ModelError> {
    store::load(config, folder, device)
}

/// What a checkpoint must have been written for to be gone on from.
fn identity(
    base: &Pretrained,
    config: &BertConfig,
    split: &Split,
    seed: u64,
    ready: &Ready,
) -> String {
    let config = BertConfig { checkpoint_secs: 0, ..config.clone() };
    let parts = serde_json::json!({
        "config": config,
        "base": base.fingerprint,
        "revision": split.revision,
        "split": split.spec,
        "train": split.train.len(),
        "seed": seed,
        "knowledge": ready.knowledge,
        "device": ready.device.description,
    });
    format!("{:016x}", fingerprint(parts.to_string().as_bytes()))
}

pub(in crate::model::bert) fn training_result(
    base: &Pretrained,
    device: &SelectedDevice,
    seed: u64,
    examples: usize,
    standing: Standing,
) -> TrainingResult {
    TrainingResult {
        base_model: base.name.clone(),
        device: device.description.clone(),
        seed,
        examples,
        steps: standing.step,
        fit_secs: standing.secs,
        epochs: standing.reports,
        best_epoch: standing.best_epoch,
        memory: None,
        weights: None,
    }
}
