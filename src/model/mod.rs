//! Recommenders: one contract, one registry, one file or folder each.

mod arrays;
#[cfg(test)]
mod baseline_tests;
pub mod bert;
pub(crate) mod counting;
pub mod diagnosis;
pub mod item_knn;
pub mod knowledge;
pub mod levels;
pub mod markov;
pub mod popularity;
pub mod registry;
pub mod synonyms;
pub mod text_baseline;

use std::collections::BTreeMap;
use std::ops::Range;
use std::path::Path;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::control::{Cancelled, Control};
use crate::dataset::{EventKind, Interactions};
use crate::ids::{ItemIdx, UserIdx};
use levels::SparseScores;
pub use registry::{ModelConfig, fit, load};

/// One product that a user met.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct HistoryEvent {
    /// Which product.
    pub item: ItemIdx,
    /// What was done with it.
    pub kind: EventKind,
    /// When, milliseconds since 1970-01-01 UTC.
    pub time_ms: i64,
}

/// What a recommendation starts from, oldest first.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct History {
    /// Whose history it is; `None` for one that was put together by hand.
    pub user: Option<UserIdx>,
    /// The products met, oldest first.
    pub events: Vec<HistoryEvent>,
}

impl History {
    /// The history in some rows of a log; rows without a product are left out.
    #[must_use]
    pub fn from_rows(log: &Interactions, user: UserIdx, rows: Range<usize>) -> Self {
        let event = |row: usize| {
            Some(HistoryEvent {
                item: log.item(row)?,
                kind: log.kind(row),
                time_ms: log.time_ms(row),
            })
        };
        Self { user: Some(user), events: rows.filter_map(event).collect() }
    }

    /// A history of views put together by hand.
    #[must_use]
    pub fn from_items(items: &[ItemIdx]) -> Self {
        let event = |&item| HistoryEvent { item, kind: EventKind::View, time_ms: 0 };
        Self { user: None, events: items.iter().map(event).collect() }
    }
}

/// Why a product was recommended. Views turn it into a sentence in the user's language.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "kind")]
pub enum Reason {
    /// It is among the shop's most met products; `rank` from 1.
    Popular {
        /// Position by number of shoppers, from 1.
        rank: u32,
    },
    /// Shoppers went on to it from a product in the history.
    FollowedFrom {
        /// The product in the history.
        item: ItemIdx,
        /// Estimated probability of that step.
        probability: f32,
    },
    /// Shoppers who met a product in the history met it too.
    MetTogether {
        /// The product in the history.
        item: ItemIdx,
        /// Cosine similarity of the two products' shoppers.
        cosine: f32,
    },
    /// The network sees it near to a product in the history.
    TextNear {
        /// The product in the history.
        item: ItemIdx,
        /// Cosine similarity of the two products' embeddings.
        cosine: f32,
    },
}

/// One recommended product.
#[derive(Debug, Clone, PartialEq)]
pub struct Recommendation {
    /// Which product.
    pub item: ItemIdx,
    /// The model's score; higher is better, comparable within one list only.
    pub score: f32,
    /// Position from 1.
    pub rank: u32,
}

/// What went wrong in fitting, saving or loading a model.
#[derive(Debug, thiserror::Error)]
pub enum ModelError {
    /// Stopped on request.
    #[error(transparent)]
    Cancelled(#[from] Cancelled),
    /// The data cannot be learned from.
    #[error("{0}")]
    UnusableData(String),
    /// A file could not be read or written.
    #[error("{action}: {source}. File: {}", path.display())]
    Io {
        /// What was tried, such as `cannot read the checkpoint`.
        action: &'static str,
        /// The file.
        path: std::path::PathBuf,
        /// The system's answer.
        source: std::io::Error,
    },
    /// A file is there but is not what it should be.
    #[error("{what}. File: {}", path.display())]
    BadFile {
        /// What was found and what was expected.
        what: String,
        /// The file.
        path: std::path::PathBuf,
    },
    /// Texts to learn from could not be read.
    #[error(transparent)]
    Texts(#[from] crate::dataset::load::LoadError),
    /// No device of the kind asked for, or it failed.
    #[error("{0}")]
    Device(String),
    /// A training step gave a loss that is not a number.
    #[error(
        "training diverged: the loss became {loss} at step {step}; try a smaller learning rate"
    )]
    Diverged {
        /// The loss.
        loss: f32,
        /// Optimiser steps done before.
        step: u64,
    },
}

/// What a model's scores say beyond their order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ScoreScale {
    /// Nothing more: higher is better.
    Order,
    /// They are proportional to the probability that a product comes next; none is negative, and a
    /// product without a score has none.
    Probability,
    /// They are logits: probabilities are their softmax.
    Logit,
}

/// A model after fitting. Holds all it needs; indices are those of the dataset it was fitted on.
pub trait FittedModel: Send + Sync {
    /// How it was configured.
    fn config(&self) -> ModelConfig;

    /// Number of products it ranks.
    fn n_items(&self) -> usize;

    /// What its scores say beyond their order.
    fn score_scale(&self) -> ScoreScale {
        ScoreScale::Order
    }

    /// Scores of all products after `history`, `[n_items]`; higher is better, never NaN.
    /// `NEG_INFINITY` marks a product that it has nothing to say about.
    fn score(&self, history: &History) -> Vec<f32>;

    /// Scores for several histories, `[n_histories][n_items]`.
    ///
    /// # Errors
    /// [`ModelError::Cancelled`] on request.
    fn score_batch(
        &self,
        histories: &[History],
        control: &Control,
    ) -> Result<Vec<Vec<f32>>, ModelError> {
        let one = |history: &History| {
            control.check()?;
            Ok(self.score(history))
        };
        histories.iter().map(one).collect()
    }

    /// The scores of [`Self::score`], bit by bit, told by how few they stand out from an order that all
    /// histories share; `None` from a model that knows no such order, and then for every history. Judging
    /// on a large catalogue then costs what stands out and not the catalogue.
    fn sparse_score(&self, _: &History) -> Option<SparseScores<'_>> {
        None
    }

    /// The best `k` products after `history`, those that `is_excluded` left out; the same list as
    /// [`top_k`] of [`Self::score`], possibly found without scoring every product in full.
    fn recommend(
        &self,
        history: &History,
        is_excluded: &dyn Fn(ItemIdx) -> bool,
        k: usize,
    ) -> Vec<Recommendation> {
        top_k(&self.score(history), is_excluded, k)
    }

    /// Why `item` follows from `history`, the strongest reason first.
    fn explain(&self, history: &History, item: ItemIdx) -> Vec<Reason>;

    /// Write all that [`load`] needs into an existing, empty folder.
    ///
    /// # Errors
    /// [`ModelError::Io`] when a file cannot be written.
    fn save(&self, folder: &Path) -> Result<(), ModelError>;
}

/// One optimiser step, as shown while training.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct StepReport {
    /// Optimiser steps done, from 1.
    pub step: u64,
    /// Steps in the whole training.
    pub total_steps: u64,
    /// Epoch of this step, from 1.
    pub epoch: u32,
    /// Mean loss of the step's batch, nats.
    pub loss: f32,
    /// Learning rate of the step.
    pub learning_rate: f64,
    /// L2 norm of the gradient before it is clipped; 0 where it was not noted.
    #[serde(default)]
    pub gradient_norm: f32,
    /// Training examples per second over the last steps.
    pub examples_per_sec: f32,
}

/// One pass over the training examples.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct EpochReport {
    /// From 1; 0 is the state before training.
    pub epoch: u32,
    /// Mean training loss, nats; `None` for epoch 0.
    pub train_loss: Option<f32>,
    /// `loss` and ranking metrics such as `ndcg@10` on the validation cases.
    pub validation: BTreeMap<String, f32>,
    /// Seconds that the epoch took, validation included.
    pub secs: f32,
    /// Whether this is the best epoch so far by the validation metric that chooses, such as `ndcg@10`.
    pub is_best: bool,
}

/// What the model in training says of one held-out case, to look at.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Sample {
    /// What it was shown: a text, one with `[MASK]` where words are hidden and `[[MASK]]` where one is
    /// guessed, or a history.
    pub text: String,
    /// What is right.
    pub truth: String,
    /// Its guesses, the best first, with their probabilities; a rating is one guess without.
    pub guesses: Vec<(String, Option<f32>)>,
}

/// Hears of training as it goes. Called from the training thread; must return at once.
pub trait TrainingObserver: Send + Sync {
    /// A step was done.
    fn step(&self, report: StepReport);
    /// An epoch was done.
    fn epoch(&self, report: &EpochReport);
    /// What the state after an epoch says of the same few held-out cases each time.
    fn samples(&self, _epoch: u32, _samples: &[Sample]) {}
}

/// Hears nothing.
#[derive(Debug, Clone, Copy, Default)]
pub struct SilentObserver;

impl TrainingObserver for SilentObserver {
    fn step(&self, _: StepReport) {}
    fn epoch(&self, _: &EpochReport) {}
}

/// What fitting needs beside data and configuration.
pub struct FitContext<'a> {
    /// Cancel and progress.
    pub control: &'a Control,
    /// Hears of steps and epochs.
    pub observer: &'a dyn TrainingObserver,
    /// Where a long training keeps its checkpoints; `None` keeps none. If the folder already holds a
    /// checkpoint of the same configuration, seed and data, fitting goes on from it.
    pub checkpoints: Option<&'a Path>,
    /// The device for neural models.
    pub device: bert::device::DeviceChoice,
    /// Seed of everything random.
    pub seed: u64,
}

/// The best `k` of `scores`: excluded items and those without a score left out, ties by index.
#[must_use]
pub fn top_k(
    scores: &[f32],
    is_excluded: impl Fn(ItemIdx) -> bool,
    k: usize,
) -> Vec<Recommendation> {
    let mut candidates: Vec<u32> = (0..scores.len())
        .map(ItemIdx::from_index)
        .filter(|&item| scores[item.index()] > f32::NEG_INFINITY && !is_excluded(item))
        .map(|item| item.0)
        .collect();
    let better =
        |a: &u32, b: &u32| scores[*b as usize].total_cmp(&scores[*a as usize]).then(a.cmp(b));
    if candidates.len() > k && k > 0 {
        candidates.select_nth_unstable_by(k - 1, better);
    }
    candidates.truncate(k);
    ranked(candidates.into_iter().map(|item| (ItemIdx(item), scores[item as usize])).collect(), k)
}

/// The first `k` of scored products from best to worst, ties by index.
pub(crate) fn ranked(mut scored: Vec<(ItemIdx, f32)>, k: usize) -> Vec<Recommendation> {
    scored.sort_unstable_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
    let best = scored.into_iter().take(k).zip(1..);
    best.map(|((item, score), rank)| Recommendation { item, score, rank }).collect()
}

/// A fitted model behind a shared pointer, as the upper layers hold it.
pub type SharedModel = Arc<dyn FittedModel>;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn top_k_leaves_out_excluded_and_unscored_items() {
        let scores = [1.0, 3.0, f32::NEG_INFINITY, 3.0, 2.0];
        let top = top_k(&scores, |item| item == ItemIdx(1), 2);
        let items: Vec<u32> = top.iter().map(|one| one.item.0).collect();
        assert_eq!(items, [3, 4]);
        assert_eq!(top[1].rank, 2);
        assert!(top_k(&scores, |_| false, 0).is_empty());
        assert_eq!(top_k(&scores, |_| false, 99).len(), 4);
    }
}
