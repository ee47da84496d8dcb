//! Fine-tuning on the next product.
//!
//! A shopper's newest products become a text, `viewed red mug ; bought blue teapot`; the encoder makes a
//! vector `z` of it, the recency-weighted mean of its tokens' last hidden states, scaled to a fixed
//! length; `p = softmax(φᵀ z + b)` over the catalogue is the probability of each product being next.
//! φ starts from the embeddings of the products' texts and b from the log of their shares of visits, and both
//! are learned; or φ stays what the encoder makes of the products' texts, and b is 0 (two towers).
//! Negative log-likelihood, `AdamW` with warm-up; the epoch with the best validation `ndcg@10` is kept,
//! the state before training among them.

pub(in crate::model::bert) mod bench;
pub(in crate::model::bert) mod catalogue;
mod examples;
mod head;
mod history;
pub(in crate::model::bert) mod judge;
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

use self::catalogue::{Candidates, Start, product_texts};
use self::examples::{Examples, told};
use self::head::Head;
use self::history::HistoryReader;
use self::judge::Judge;
use self::learner::Learner;
use self::recommender::RecentVectors;
pub use self::recommender::{BertRecommender, TrainingResult};
use self::scorer::Scorer;
use self::towers::Products;
use self::training::Training;
use super::checkpoint::{CheckpointFolder, Standing};
use super::config::{BertConfig, ProductVectors};
use super::device::{DeviceChoice, SelectedDevice, guard, select};
use super::embedder::TextNetwork;
use super::pretrained::{Pretrained, fingerprint};
use super::weights::values_of;
use crate::dataset::Dataset;
use crate::dataset::split::Split;
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
    let device = select(context.device)?;
    let reader =
        HistoryReader::new(config, dataset, &base.tokenizer, base.config.max_position_embeddings);
    let mut examples = Examples::new(config, split, &reader);
    if config.product_vectors == ProductVectors::Text && config.learn_from_texts {
        let longest = config.max_tokens.min(base.config.max_position_embeddings);
        examples = examples.with_texts(&base.tokenizer, longest);
    }
    let candidates = Candidates::new(dataset, split);
    if examples.len() == 0 {
        return Err(ModelError::UnusableData(format!(
            "BERT cannot be fine-tuned: no shopper has two training visits in a row (found {} visits of {} \
             shoppers). Import more events, or choose another split",
            split.train.len(),
            dataset.n_users()
        )));
    }
    let network = TextNetwork {
        encoder: guard(&device, || base.encoder(device.device()))?,
        config: base.config.clone(),
        device: device.clone(),
    };
    let (products, start) = match config.product_vectors {
        ProductVectors::Text => {
            let longest = config.max_tokens.min(base.config.max_position_embeddings);
            let texts = product_texts(dataset, &candidates, &base.tokenizer, longest);
            (Products::Texts(texts), None)
        }
        ProductVectors::Learned => {
            let tokenizer = &base.tokenizer;
            let start = Start::new(
                dataset,
                split,
                &candidates,
                &reader,
                tokenizer,
                &network,
                context.control,
            )?;
            let head = Head::new(start.phi.values.clone(), start.bias.clone(), device.device());
            (Products::Learned(head), Some(start))
        }
    };
    let counts = examples.counts(&candidates);
    let encoder = network.encoder;
    let learner =
        Learner::new(config, &base.config, encoder, products, &counts, &device, context.seed);
    let limit = config.max_validation_cases;
    let judge = Judge::new(split, &candidates, limit, context.seed, |log, rows| {
        reader.text(rows.rev().map(|row| told(log, row)))
    });
    let folder = CheckpointFolder::wanted(context.checkpoints, || {
        identity(base, config, split, context.seed, &device)
    })?;
    let training = Training {
        config,
        context,
        examples: &examples,
        reader: &reader,
        candidates: &candidates,
        judge: &judge,
    };
    let (learner, standing) = training.run(learner, start.as_ref(), folder)?;
    let result = training_result(base, &device, context.seed, examples.len(), standing);
    let towers::Standing { phi, bias } = learner.standing(context.control)?;
    let (phi, bias) = guard(&device, || Ok((values_of(phi), values_of(bias))))?;
    let encoder = learner.into_encoder();
    let width = base.config.hidden_size;
    Ok(BertRecommender {
        config: config.clone(),
        network: TextNetwork { encoder, config: base.config.clone(), device },
        scorer: Scorer::new(candidates, phi, bias, width),
        reader,
        result,
        base_fingerprint: base.fingerprint,
        recent: RecentVectors::default(),
    })
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
    device: &SelectedDevice,
) -> String {
    let config = BertConfig { checkpoint_secs: 0, ..config.clone() };
    let parts = serde_json::json!({
        "config": config,
        "base": base.fingerprint,
        "revision": split.revision,
        "split": split.spec,
        "train": split.train.len(),
        "seed": seed,
        "device": device.description,
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
    }
}
