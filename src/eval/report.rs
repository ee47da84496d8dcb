//! The outcome of an evaluation.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::metrics::Metric;
use super::protocol::Protocol;
use crate::ids::UserIdx;

/// A figure with its 95 % interval.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Estimate {
    /// The figure over all cases.
    pub mean: f64,
    /// Lower end of the percentile bootstrap interval over cases; `None` for `coverage@k` and
    /// `gini@k`, which belong to all lists together and whose resamples would be biased.
    pub low: Option<f64>,
    /// Upper end, likewise.
    pub high: Option<f64>,
}

/// How well one model did under one protocol.
///
/// Serialised it has the stable keys `model`, `protocol`, `n_users`, `metrics`; the values per user
/// are kept beside it by the run store.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct EvalReport {
    /// Name of the model.
    pub model: String,
    /// How it was measured.
    pub protocol: Protocol,
    /// Cases judged.
    pub n_users: usize,
    /// Figure by metric name, such as `ndcg@10`.
    pub metrics: BTreeMap<String, Estimate>,
    /// Targets that were in the history and hence could not be hit; 0 without masking.
    pub masked_targets: usize,
    /// All targets.
    pub targets: usize,
    /// Seconds that the evaluation took.
    pub eval_secs: f64,
    /// Whose cases were judged, ascending. Not serialised.
    #[serde(skip)]
    pub users: Vec<UserIdx>,
    /// Value of each case by metric name, aligned with `users`. Not serialised.
    #[serde(skip)]
    pub per_user: BTreeMap<String, Vec<f32>>,
}

impl EvalReport {
    /// One figure.
    #[must_use]
    pub fn get(&self, metric: Metric) -> Option<Estimate> {
        self.metrics.get(&metric.to_string()).copied()
    }

    /// The metrics of this report in reading order: by kind, then by k.
    #[must_use]
    pub fn metrics_in_order(&self) -> Vec<(Metric, Estimate)> {
        let mut metrics: Vec<(Metric, Estimate)> = self
            .metrics
            .iter()
            .filter_map(|(name, &estimate)| Some((name.parse().ok()?, estimate)))
            .collect();
        metrics.sort_by_key(|&(metric, _)| metric);
        metrics
    }
}
