//! How a figure was measured. Every report carries its protocol.

use serde::{Deserialize, Serialize};

use crate::dataset::Origin;
use crate::dataset::split::{Leak, Phase, SplitSpec};
use crate::ids::DatasetRevision;

/// What is asked of an evaluation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct EvalSpec {
    /// Lengths of the lists that are judged; distinct and above 0, in any order.
    pub ks: Vec<usize>,
    /// Which cases.
    pub phase: Phase,
    /// Whether products of the history are left out of the lists. A target that is left out so
    /// counts as a miss.
    pub mask_seen: bool,
    /// Judge a random sample of this many cases; `None` judges all. [`super::CaseLimit`] finds it.
    pub max_users: Option<usize>,
    /// Seed of the sample and of the bootstrap.
    pub seed: u64,
}

impl Default for EvalSpec {
    fn default() -> Self {
        Self { ks: vec![5, 10, 20], phase: Phase::Test, mask_seen: true, max_users: None, seed: 0 }
    }
}

/// Which part of the data a model was fitted on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FittedOn {
    /// The training part alone, in both phases.
    Train,
}

/// Which products a target competes with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Ranking {
    /// The whole catalogue.
    Full,
}

/// How a target is placed among products of the same score.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Ties {
    /// After all of them: a tie never helps the model.
    AgainstModel,
}

/// What the distance of two products means in `diversity@k`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DiversityBasis {
    /// TF-IDF vectors over category, brand and title words.
    CatalogText,
    /// The shoppers who met a product in training; used where there is no catalogue.
    Shoppers,
    /// Embeddings that the caller gave.
    Embeddings,
}

/// How a report was measured.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Protocol {
    /// Name of the dataset.
    pub dataset: String,
    /// Content that was judged on.
    pub revision: DatasetRevision,
    /// Whether the data is simulated; accuracy on it says nothing about a real shop.
    pub origin: Origin,
    /// How training and judgement were divided.
    pub split: SplitSpec,
    /// Which cases.
    pub phase: Phase,
    /// What the model was fitted on.
    pub fitted_on: FittedOn,
    /// Whether products of the history were left out.
    pub mask_seen: bool,
    /// What a target competes with.
    pub ranking: Ranking,
    /// How ties are broken.
    pub ties: Ties,
    /// List lengths, ascending.
    pub ks: Vec<usize>,
    /// Products in the catalogue.
    pub n_items: usize,
    /// Cases judged.
    pub n_users: usize,
    /// Cases there are; more than `n_users` where a sample was judged.
    pub n_cases: usize,
    /// Seed of the sample and of the bootstrap.
    pub seed: u64,
    /// Resamples behind each interval.
    pub resamples: usize,
    /// What `diversity@k` is measured over.
    pub diversity_over: DiversityBasis,
    /// Where the model ran, if whoever asked for the evaluation said so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub device: Option<String>,
    /// What leaks in the split, empty where nothing does; `None` in reports from before this was
    /// checked.
    #[serde(default)]
    pub leaks: Option<Vec<Leak>>,
}

impl Protocol {
    /// Whether only a part of the cases was judged.
    #[must_use]
    pub const fn is_sampled(&self) -> bool {
        self.n_users < self.n_cases
    }

    /// Leaks that are defects and not part of how the split is meant.
    pub fn defects(&self) -> impl Iterator<Item = &Leak> {
        self.leaks.iter().flatten().filter(|leak| !leak.is_by_design)
    }
}
