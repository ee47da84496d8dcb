//! One case at a time: its list, the ranks of its targets, the values of its metrics.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Mutex, PoisonError};

use super::case_scores::{CaseScores, Dense};
use super::evaluate::EvalError;
use super::levelled::Levelled;
use super::lists::{
    coverage, diversity, expectedness, gini, novelty, self_information, serendipity,
};
use super::metrics::{Hits, Metric, MetricKind};
use super::protocol::EvalSpec;
use super::rank::ranked;
use super::report::Estimate;
use super::scores::Unseen;
use super::vectors::ItemVectors;
use crate::dataset::Dataset;
use crate::dataset::split::Split;
use crate::ids::ItemIdx;
use crate::model::counting::shoppers_per_item;
use crate::model::levels::SparseScores;
use crate::model::{History, ScoreScale};

/// Most lists whose diversity is remembered.
const MOST_KNOWN_LISTS: usize = 10_000;

/// What one case gave.
pub(super) struct Outcome {
    /// Value of each of [`Judge::metrics`].
    values: Vec<f32>,
    /// The list shown, of the greatest length asked for.
    list: Vec<ItemIdx>,
    pub masked_targets: usize,
}

/// Turns the scores of a case into its values.
pub(super) struct Judge<'a> {
    /// Ascending, distinct, at least one.
    pub ks: Vec<usize>,
    longest: usize,
    mask_seen: bool,
    self_information: Vec<f32>,
    expectedness: Vec<f32>,
    pub vectors: &'a dyn ItemVectors,
    /// What was found of lists so far, by list.
    known_diversities: Mutex<HashMap<Vec<ItemIdx>, Vec<f32>>>,
    scale: ScoreScale,
}

impl<'a> Judge<'a> {
    pub fn new(
        dataset: &Dataset,
        split: &Split,
        spec: &EvalSpec,
        vectors: &'a dyn ItemVectors,
        scale: ScoreScale,
    ) -> Result<Self, EvalError> {
        let mut ks = spec.ks.clone();
        ks.sort_unstable();
        ks.dedup();
        let (Some(1..), Some(&longest)) = (ks.first(), ks.last()) else {
            return Err(EvalError::BadLengths(spec.ks.clone()));
        };
        let shoppers = shoppers_per_item(&split.train, dataset.n_items());
        let n_shoppers = split.train.users().filter(|(_, rows)| !rows.is_empty()).count();
        Ok(Self {
            ks,
            longest,
            mask_seen: spec.mask_seen,
            self_information: self_information(&shoppers, n_shoppers),
            expectedness: expectedness(&shoppers),
            vectors,
            known_diversities: Mutex::default(),
            scale,
        })
    }

    /// The metrics that each case has a value of, in the order of [`Outcome::values`].
    fn metrics(&self) -> Vec<Metric> {
        let has_value = |kind: &MetricKind| {
            kind.is_per_user() && (*kind != MetricKind::LogLoss || self.scale != ScoreScale::Order)
        };
        let at = |kind: MetricKind| {
            let ks = if kind.is_at_k() { &self.ks[..] } else { &[0] };
            ks.iter().map(move |&k| Metric { kind, k })
        };
        MetricKind::ALL.into_iter().filter(has_value).flat_map(at).collect()
    }

    /// Products that are left out, ascending.
    fn masked(&self, history: &History) -> Vec<ItemIdx> {
        if !self.mask_seen {
            return Vec::new();
        }
        let mut masked: Vec<ItemIdx> = history.events.iter().map(|event| event.item).collect();
        masked.sort_unstable();
        masked.dedup();
        masked
    }

    pub fn judge_dense(
        &self,
        mut scores: Vec<f32>,
        history: &History,
        targets: &[ItemIdx],
    ) -> Outcome {
        let masked = self.masked(history);
        for item in &masked {
            scores[item.index()] = f32::NEG_INFINITY;
        }
        self.judge(&Dense::new(&scores, &masked), targets)
    }

    pub fn judge_sparse(
        &self,
        scores: SparseScores<'_>,
        history: &History,
        targets: &[ItemIdx],
    ) -> Outcome {
        self.judge(&Levelled::new(scores, &self.masked(history)), targets)
    }

    fn judge(&self, scores: &impl CaseScores, targets: &[ItemIdx]) -> Outcome {
        let unseen = Unseen::new(scores, targets);
        let list = scores.best(self.longest);
        let ranked = ranked(scores, &list, targets, self.longest);
        Outcome {
            values: self.values(&ranked, targets.len(), &list, &unseen),
            list,
            masked_targets: unseen.masked_targets(),
        }
    }

    fn values(
        &self,
        ranked: &[(usize, ItemIdx)],
        n_targets: usize,
        list: &[ItemIdx],
        unseen: &Unseen<'_, impl CaseScores>,
    ) -> Vec<f32> {
        let hits = Hits { ranks: ranked.iter().map(|&(rank, _)| rank).collect(), n_targets };
        let diversities = self.diversities(list);
        let other = |metric: Metric| match metric.kind {
            MetricKind::Novelty => novelty(list, metric.k, &self.self_information),
            MetricKind::Serendipity => serendipity(ranked, metric.k, &self.expectedness),
            MetricKind::Auc => unseen.auc(),
            MetricKind::LogLoss => unseen.log_loss(self.scale),
            _ => diversities[self.ks.partition_point(|&k| k < metric.k)],
        };
        self.metrics()
            .into_iter()
            .map(|metric| hits.value(metric).unwrap_or_else(|| other(metric)))
            .collect()
    }

    /// `diversity@k` of a list for each length. Many shoppers get the same list of a simple rule.
    fn diversities(&self, list: &[ItemIdx]) -> Vec<f32> {
        let known = || self.known_diversities.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(found) = known().get(list) {
            return found.clone();
        }
        let found = diversity(list, &self.ks, self.vectors);
        let mut known = known();
        if known.len() < MOST_KNOWN_LISTS {
            known.insert(list.to_vec(), found.clone());
        }
        found
    }

    pub fn series(&self, outcomes: &[Outcome]) -> BTreeMap<String, Vec<f32>> {
        let series = |(at, metric): (usize, Metric)| {
            (metric.to_string(), outcomes.iter().map(|outcome| outcome.values[at]).collect())
        };
        self.metrics().into_iter().enumerate().map(series).collect()
    }

    /// The figures that belong to all lists together.
    pub fn shared_estimates(
        &self,
        outcomes: &[Outcome],
        n_items: usize,
    ) -> Vec<(String, Estimate)> {
        let mut estimates = Vec::new();
        for &k in &self.ks {
            let mut exposure = vec![0; n_items];
            for item in outcomes.iter().flat_map(|outcome| outcome.list.iter().take(k)) {
                exposure[item.index()] += 1;
            }
            for (kind, mean) in
                [(MetricKind::Coverage, coverage(&exposure)), (MetricKind::Gini, gini(&exposure))]
            {
                estimates.push((
                    Metric { kind, k }.to_string(),
                    Estimate { mean, low: None, high: None },
                ));
            }
        }
        estimates
    }
}
