//! Transformers over the products of a history.
//!
//! A product's vector is one of its own that is learned, plus a linear projection of the frozen embedding of
//! its text and of its vector in the graph of knowledge, where these are used; so is its bias b. A product that
//! nobody has met has the second parts alone and stands like a met one of such a text. The same
//! vectors are what the network reads and what its output is held against: `p = softmax(φᵀ z + b)` over the
//! catalogue, negative log-likelihood, full or sampled. Two objectives share everything else: the next
//! product at every place, looking back only (Kang and `McAuley` 2018, trained as Klenitskiy and Vasilev 2023
//! found best), and masked products, looking both ways (Sun et al. 2019). The layers are those of BERT.

pub mod config;
mod examples;
#[cfg(test)]
mod golden_tests;
mod items;
mod learner;
pub mod memory;
mod needed;
mod network;
mod recommender;
mod store;
#[cfg(test)]
mod tests;
mod training;

use std::path::Path;

use self::config::{Objective, SequenceConfig};
use self::examples::Examples;
use self::items::Items;
use self::learner::Learner;
use self::memory::Catalogue;
pub use self::recommender::SequenceRecommender;
use self::training::Training;
use super::checkpoint::CheckpointFolder;
use super::device::{DeviceChoice, SelectedDevice};
use super::finetune::TrainingResult;
use super::finetune::judge::Judge;
use super::memory::{MemoryEstimate, available_bytes};
use super::pretrained::{config_of, fingerprint};
use super::rate_finder::RateSweep;
use crate::dataset::Dataset;
use crate::dataset::split::Split;
use crate::model::knowledge::{Knowledge, ProductTexts};
use crate::model::{FitContext, ModelError};

/// Train a network on the training part of a split.
///
/// Cancelled, it leaves a checkpoint where `context.checkpoints` says; called again with the same
/// configuration, seed, device and data it goes on from there and gives the very result of an unbroken
/// training.
///
/// # Errors
/// [`ModelError`]: cancelled, settings or data that cannot be used, a device or file that failed, a
/// loss that diverged.
pub fn fit(
    objective: Objective,
    config: &SequenceConfig,
    dataset: &Dataset,
    split: &Split,
    context: &FitContext<'_>,
) -> Result<SequenceRecommender, ModelError> {
    let device = config.precision.device(context.device)?;
    let (items, memory) = read_items(config, dataset, split, &device, context)?;
    fit_items(objective, config, &items, (dataset, split), &device, memory, context)
}

/// Find a learning rate for these settings by a short sweep from where a training would begin. Nothing is
/// kept of it.
///
/// # Errors
/// As [`fit`].
pub fn find_rate(
    objective: Objective,
    config: &SequenceConfig,
    dataset: &Dataset,
    split: &Split,
    context: &FitContext<'_>,
) -> Result<RateSweep, ModelError> {
    let device = config.precision.device(context.device)?;
    let (items, _) = read_items(config, dataset, split, &device, context)?;
    with_training(
        objective,
        config,
        &items,
        (dataset, split),
        &device,
        context,
        |training, mut learner| training.find_rate(&mut learner),
    )
}

/// The products, with what their texts say, and what memory all of it takes; refused where that is more than there is.
fn read_items(
    config: &SequenceConfig,
    dataset: &Dataset,
    split: &Split,
    device: &SelectedDevice,
    context: &FitContext<'_>,
) -> Result<(Items, MemoryEstimate), ModelError> {
    config.check().map_err(ModelError::UnusableData)?;
    context.control.check()?;
    let knowledge = Knowledge::new(&config.knowledge, dataset, context.seed, context.control)?;
    let texts = ProductTexts::of_settings(&config.knowledge, dataset, knowledge.as_ref());
    let texts = config.use_text.then_some(texts);
    let mut items = Items::new(dataset, split, texts.as_ref(), knowledge.as_ref());
    let mut known = items.candidates.items().iter();
    let has_texts =
        texts.as_ref().is_some_and(|texts| known.any(|&item| !texts.text(item).is_empty()));
    let encoder = has_texts.then(|| config_of(config.base_model.as_deref())).transpose()?;
    let of_texts = encoder.as_ref().map_or(0, |encoder| encoder.hidden_size);
    let of_facts = knowledge.as_ref().and_then(|known| known.vectors.as_ref());
    let told = of_texts + of_facts.map_or(0, |vectors| vectors.dim);
    let (is_gpu, n) = (device.is_gpu, items.candidates.len());
    let reading_bytes = encoder.map_or(0, |encoder| memory::reading_bytes(&encoder, n, is_gpu));
    let catalogue = Catalogue { told, reading_bytes, ..catalogue(&items) };
    let memory = memory::check(config, &catalogue, is_gpu, available_bytes())?;
    if let Some(texts) = &texts {
        items.read_texts(texts, config.base_model.as_deref(), device, context.control)?;
    }
    if let Some(knowledge) = &knowledge {
        items.add_knowledge(knowledge);
    }
    Ok((items, memory))
}

/// The products as far as memory goes.
fn catalogue(items: &Items) -> Catalogue {
    Catalogue {
        met: items.n_met(),
        candidates: items.candidates.len(),
        told: items.text.as_ref().map_or(0, |text| text.dim),
        reading_bytes: 0,
    }
}

/// [`fit`] on products whose texts have been read.
fn fit_items(
    objective: Objective,
    config: &SequenceConfig,
    items: &Items,
    (dataset, split): (&Dataset, &Split),
    device: &SelectedDevice,
    memory: MemoryEstimate,
    context: &FitContext<'_>,
) -> Result<SequenceRecommender, ModelError> {
    let run = |training: &Training<'_>, learner: Learner| {
        let folder = CheckpointFolder::wanted(context.checkpoints, || {
            identity(objective, config, items, split, context.seed, device)
        })?;
        let (learner, standing) = training.run(learner, folder)?;
        let (network, scorer) = training.fitted(&learner)?;
        let text_encoder = items.text_encoder.as_ref().map(|(name, _)| name.clone());
        let weights = memory::weights(config, &catalogue(items));
        let result = TrainingResult {
            base_model: text_encoder.unwrap_or_default(),
            device: device.description.clone(),
            seed: context.seed,
            examples: training.examples.len(),
            steps: standing.step,
            fit_secs: standing.secs,
            epochs: standing.reports,
            best_epoch: standing.best_epoch,
            memory: Some(memory),
            weights: Some(weights),
        };
        Ok(SequenceRecommender { config: config.clone(), network, scorer, result })
    };
    with_training(objective, config, items, (dataset, split), device, context, run)
}

/// Gets everything ready for a training and has `run` do it.
fn with_training<T>(
    objective: Objective,
    config: &SequenceConfig,
    items: &Items,
    (dataset, split): (&Dataset, &Split),
    device: &SelectedDevice,
    context: &FitContext<'_>,
    run: impl FnOnce(&Training<'_>, Learner) -> Result<T, ModelError>,
) -> Result<T, ModelError> {
    let examples = Examples::new(objective, config, split, items);
    if examples.len() == 0 {
        return Err(ModelError::UnusableData(format!(
            "no sequence can be learned from: no shopper has two training visits in a row (found {} visits). \
             Import more events, or choose another split",
            split.train.len()
        )));
    }
    let candidates = &items.candidates;
    let limit = config.max_validation_cases;
    let judge = Judge::new(dataset, split, candidates, limit, context.seed, |log, rows| {
        rows.filter_map(|row| candidates.position(log.item(row)?)).collect()
    });
    let counts = examples.counts(items.n_met());
    let learner = Learner::new(objective, config, items, &counts, device, context.seed);
    let training =
        Training { objective, config, context, examples: &examples, items, judge: &judge };
    run(&training, learner)
}

/// Load a recommender that was saved into `folder`.
///
/// # Errors
/// [`ModelError::Io`] or [`ModelError::BadFile`] when the folder does not hold such a model,
/// [`ModelError::Device`] when there is no such device.
pub fn load(
    objective: Objective,
    config: &SequenceConfig,
    folder: &Path,
    device: DeviceChoice,
) -> Result<SequenceRecommender, ModelError> {
    store::load(objective, config, folder, device)
}

/// What a checkpoint must have been written for to be gone on from.
fn identity(
    objective: Objective,
    config: &SequenceConfig,
    items: &Items,
    split: &Split,
    seed: u64,
    device: &SelectedDevice,
) -> String {
    let config = SequenceConfig { checkpoint_secs: 0, ..config.clone() };
    let parts = serde_json::json!({
        "learned": "own and told parts of vectors and biases",
        "objective": objective,
        "config": config,
        "knowledge": items.knowledge,
        "text": items.text_encoder.as_ref().map(|(_, fingerprint)| fingerprint),
        "revision": split.revision,
        "split": split.spec,
        "train": split.train.len(),
        "seed": seed,
        "device": device.description,
    });
    format!("{:016x}", fingerprint(parts.to_string().as_bytes()))
}
