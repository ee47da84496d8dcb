//! Figures of a search, with intervals, and two searches side by side.

use std::collections::BTreeMap;

use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::super::bootstrap::intervals;
use super::super::metrics::{Hits, Metric, MetricKind, mean};
use super::super::report::Estimate;
use super::super::significance::randomisation_test;
use super::super::text::{Difference, McNemar, PairedTest};
use super::held::Queries;
use crate::control::{Cancelled, Control};
use crate::model::bert::pairs::ranks;

/// What a search is judged by.
pub const METRICS: [Metric; 4] = [
    Metric { kind: MetricKind::Recall, k: 1 },
    Metric { kind: MetricKind::Recall, k: 10 },
    Metric { kind: MetricKind::Mrr, k: 10 },
    Metric { kind: MetricKind::Ndcg, k: 10 },
];
/// Its place among [`METRICS`], of what paired tests are made of.
const NDCG: usize = 3;

/// A search with its figures over the queries.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FoundFigures {
    /// Its name: `bert`, `untrained`, `bm25`, `tfidf_cosine` or `popularity`.
    pub model: String,
    /// Figures by name, means over queries with 95 % percentile bootstrap intervals over queries.
    pub metrics: BTreeMap<String, Estimate>,
}

/// Values of all metrics for each query, `[metrics][queries]`.
pub(super) type Values = Vec<Vec<f32>>;

/// What a search gives for each query; `scores` are of the whole collection. Ties count against it.
///
/// # Errors
/// [`Cancelled`] on request.
pub(super) fn values(
    queries: &Queries,
    scores: impl Fn(usize) -> Vec<f32> + Sync,
    control: &Control,
) -> Result<Values, Cancelled> {
    let one = |query: usize| {
        control.check()?;
        let mut scores = scores(query);
        for &known in &queries.known[query] {
            scores[known as usize] = f32::NEG_INFINITY;
        }
        let right = &queries.right[query];
        let hits = Hits { ranks: ranks(&scores, right), n_targets: right.len() };
        Ok(METRICS.map(|metric| hits.value(metric).unwrap_or_default()))
    };
    let by_query: Vec<[f32; METRICS.len()]> =
        (0..queries.len()).into_par_iter().map(one).collect::<Result<_, _>>()?;
    let of = |metric: usize| by_query.iter().map(|values| values[metric]).collect();
    Ok((0..METRICS.len()).map(of).collect())
}

impl FoundFigures {
    /// Means and intervals of a search.
    ///
    /// # Errors
    /// [`Cancelled`] on request.
    pub(super) fn new(
        model: &str,
        values: &Values,
        seed: u64,
        control: &Control,
    ) -> Result<Self, Cancelled> {
        let series: Vec<&[f32]> = values.iter().map(Vec::as_slice).collect();
        let intervals = intervals(&series, seed, control)?;
        let estimate = |(values, (low, high)): (&Vec<f32>, (f64, f64))| Estimate {
            mean: mean(values),
            low: Some(low),
            high: Some(high),
        };
        let names = METRICS.iter().map(Metric::to_string);
        let metrics = names.zip(values.iter().zip(intervals).map(estimate)).collect();
        Ok(Self { model: model.to_owned(), metrics })
    }

    /// A figure by its name.
    #[must_use]
    pub fn get(&self, metric: &str) -> Option<Estimate> {
        self.metrics.get(metric).copied()
    }
}

/// Puts one search beside another, whose name is `against`, query by query: differences with bootstrap
/// intervals, the randomisation test of NDCG, and the test of `McNemar` of what came first.
///
/// # Errors
/// [`Cancelled`] on request.
pub(super) fn beside(
    first: &Values,
    second: &Values,
    against: &str,
    seed: u64,
    control: &Control,
) -> Result<PairedTest, Cancelled> {
    let less = |(a, b): (&Vec<f32>, &Vec<f32>)| -> Vec<f32> {
        a.iter().zip(b).map(|(a, b)| a - b).collect()
    };
    let differences: Values = first.iter().zip(second).map(less).collect();
    let series: Vec<&[f32]> = differences.iter().map(Vec::as_slice).collect();
    let intervals = intervals(&series, seed, control)?;
    let named = METRICS.iter().zip(&differences).zip(intervals);
    let named = named.map(|((metric, values), (low, high))| {
        (metric.to_string(), Difference { difference: mean(values), low, high })
    });
    let only =
        |sign: f32| differences[0].iter().filter(|value| **value * sign > 0.0).count() as u64;
    Ok(PairedTest {
        against: against.to_owned(),
        differences: named.collect(),
        mcnemar: Some(McNemar::new(only(1.0), only(-1.0))),
        p_value: Some(randomisation_test(&differences[NDCG], seed)),
    })
}
