//! Ranking the catalogue for every case.

use std::collections::BTreeMap;
use std::time::Instant;

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng;
use rayon::prelude::*;

use super::bootstrap::{RESAMPLES, intervals};
use super::lists::{
    coverage, diversity, expectedness, gini, novelty, self_information, serendipity,
};
use super::metrics::{Hits, Metric, MetricKind};
use super::protocol::{EvalSpec, FittedOn, Protocol, Ranking, Ties};
use super::rank::{best, ranked};
use super::report::{Estimate, EvalReport};
use super::scores::Unseen;
use super::vectors::{ItemVectors, default_vectors};
use crate::control::{Cancelled, Control};
use crate::dataset::split::{Holdout, Phase, Split, leaks};
use crate::dataset::{Dataset, Interactions};
use crate::ids::{DatasetRevision, ItemIdx};
use crate::model::counting::shoppers_per_item;
use crate::model::{FittedModel, History, ModelError, ScoreScale};

/// Bytes of scores that are held at a time.
const CHUNK_BYTES: usize = 64 << 20;
/// Most cases that are scored at a time, so that a stop is heard soon.
const MOST_CASES: usize = 256;

/// Why a model could not be judged.
#[derive(Debug, thiserror::Error)]
pub enum EvalError {
    /// Stopped on request.
    #[error(transparent)]
    Cancelled(#[from] Cancelled),
    /// The model failed.
    #[error(transparent)]
    Model(ModelError),
    /// The list lengths cannot be used.
    #[error("list lengths must be numbers above 0, at least one; found {0:?}")]
    BadLengths(Vec<usize>),
    /// The split has no case of the phase.
    #[error(
        "there is nothing to judge on: the split has no {} case; choose a split that leaves some shoppers \
         a product to predict", phase_name(*.0)
    )]
    NoCases(Phase),
    /// The split divides other data.
    #[error(
        "the split was made of data {split}, but the data at hand is {dataset}; make the split again"
    )]
    OtherData {
        /// Revision that the split divides.
        split: DatasetRevision,
        /// Revision of the dataset.
        dataset: DatasetRevision,
    },
    /// The model was fitted on another catalogue.
    #[error(
        "the model ranks {model} products, but the data has {dataset}; fit it again on this data"
    )]
    OtherCatalogue {
        /// Products that the model ranks.
        model: usize,
        /// Products in the data.
        dataset: usize,
    },
}

impl From<ModelError> for EvalError {
    fn from(error: ModelError) -> Self {
        match error {
            ModelError::Cancelled(cancelled) => Self::Cancelled(cancelled),
            other => Self::Model(other),
        }
    }
}

const fn phase_name(phase: Phase) -> &'static str {
    match phase {
        Phase::Validation => "validation",
        Phase::Test => "test",
    }
}

/// Judges `model` on the cases of one phase by ranking the whole catalogue for each.
///
/// `diversity@k` is measured over the catalogue's category, brand and title words (TF-IDF), or over
/// the shoppers of the training part where there are none of these; the protocol says which.
/// `auc` and `log_loss` look at the scores of all products that are not masked, `log_loss` only where
/// the model's scores are probabilities ([`ScoreScale`]); a masked target counts 0 and the greatest loss.
/// The protocol holds what [`leaks`] finds in the split. Equal input and seed give an equal report (but for `eval_secs`) on any number of threads.
///
/// # Errors
/// [`EvalError`]: cancelled, a model that failed, list lengths or data that do not fit, no case.
pub fn evaluate(
    model: &dyn FittedModel,
    dataset: &Dataset,
    split: &Split,
    spec: &EvalSpec,
    control: &Control,
) -> Result<EvalReport, EvalError> {
    check(model, dataset, split)?;
    let vectors = default_vectors(dataset, split);
    evaluate_with_vectors(model, dataset, split, spec, &*vectors, control)
}

/// As [`evaluate`], with `diversity@k` over the vectors given.
///
/// # Errors
/// As [`evaluate`].
pub fn evaluate_with_vectors(
    model: &dyn FittedModel,
    dataset: &Dataset,
    split: &Split,
    spec: &EvalSpec,
    vectors: &dyn ItemVectors,
    control: &Control,
) -> Result<EvalReport, EvalError> {
    let started = Instant::now();
    check(model, dataset, split)?;
    let cases = chosen_cases(split, spec)?;
    let judge = Judge::new(dataset, split, spec, vectors, model.score_scale())?;
    let outcomes = judge_all(&judge, model, split.known(spec.phase), &cases, control)?;
    let per_user = judge.series(&outcomes);
    let mut metrics = estimates(&per_user, spec.seed, control)?;
    metrics.extend(judge.shared_estimates(&outcomes, dataset.n_items()));
    Ok(EvalReport {
        model: model.config().name().to_owned(),
        protocol: protocol(dataset, split, spec, &judge, cases.len()),
        n_users: cases.len(),
        metrics,
        masked_targets: outcomes.iter().map(|outcome| outcome.masked_targets).sum(),
        targets: cases.iter().map(|case| case.relevant.len()).sum(),
        eval_secs: started.elapsed().as_secs_f64(),
        users: cases.iter().map(|case| case.user).collect(),
        per_user,
    })
}

fn check(model: &dyn FittedModel, dataset: &Dataset, split: &Split) -> Result<(), EvalError> {
    if split.revision != dataset.revision {
        return Err(EvalError::OtherData {
            split: split.revision.clone(),
            dataset: dataset.revision.clone(),
        });
    }
    if model.n_items() != dataset.n_items() {
        return Err(EvalError::OtherCatalogue {
            model: model.n_items(),
            dataset: dataset.n_items(),
        });
    }
    Ok(())
}

fn chosen_cases<'a>(split: &'a Split, spec: &EvalSpec) -> Result<Vec<&'a Holdout>, EvalError> {
    let all = split.holdouts(spec.phase);
    let sample = match spec.max_users {
        Some(most) if most < all.len() => {
            let mut rng = ChaCha8Rng::seed_from_u64(spec.seed);
            let mut chosen = rand::seq::index::sample(&mut rng, all.len(), most).into_vec();
            chosen.sort_unstable();
            chosen.into_iter().map(|at| &all[at]).collect()
        }
        _ => all.iter().collect::<Vec<_>>(),
    };
    if sample.is_empty() { Err(EvalError::NoCases(spec.phase)) } else { Ok(sample) }
}

fn protocol(
    dataset: &Dataset,
    split: &Split,
    spec: &EvalSpec,
    judge: &Judge<'_>,
    n_users: usize,
) -> Protocol {
    Protocol {
        dataset: dataset.name.clone(),
        revision: dataset.revision.clone(),
        origin: dataset.origin,
        split: split.spec.clone(),
        phase: spec.phase,
        fitted_on: FittedOn::Train,
        mask_seen: spec.mask_seen,
        ranking: Ranking::Full,
        ties: Ties::AgainstModel,
        ks: judge.ks.clone(),
        n_items: dataset.n_items(),
        n_users,
        n_cases: split.holdouts(spec.phase).len(),
        seed: spec.seed,
        resamples: RESAMPLES,
        diversity_over: judge.vectors.basis(),
        device: None,
        leaks: Some(leaks(dataset, split)),
    }
}

/// What one case gave.
struct Outcome {
    /// Value of each of [`Judge::metrics`].
    values: Vec<f32>,
    /// The list shown, of the greatest length asked for.
    list: Vec<ItemIdx>,
    masked_targets: usize,
}

/// Turns the scores of a case into its values.
struct Judge<'a> {
    /// Ascending, distinct, at least one.
    ks: Vec<usize>,
    longest: usize,
    mask_seen: bool,
    self_information: Vec<f32>,
    expectedness: Vec<f32>,
    vectors: &'a dyn ItemVectors,
    scale: ScoreScale,
}

impl<'a> Judge<'a> {
    fn new(
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

    fn judge(&self, scores: &mut [f32], history: &History, targets: &[ItemIdx]) -> Outcome {
        let mut masked: Vec<ItemIdx> = Vec::new();
        if self.mask_seen {
            masked.extend(history.events.iter().map(|event| event.item));
            masked.sort_unstable();
            masked.dedup();
            for item in &masked {
                scores[item.index()] = f32::NEG_INFINITY;
            }
        }
        let unseen = Unseen::new(scores, &masked, targets);
        let list = best(scores, self.longest);
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
        unseen: &Unseen<'_>,
    ) -> Vec<f32> {
        let hits = Hits { ranks: ranked.iter().map(|&(rank, _)| rank).collect(), n_targets };
        let diversities = diversity(list, &self.ks, self.vectors);
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

    fn series(&self, outcomes: &[Outcome]) -> BTreeMap<String, Vec<f32>> {
        let series = |(at, metric): (usize, Metric)| {
            (metric.to_string(), outcomes.iter().map(|outcome| outcome.values[at]).collect())
        };
        self.metrics().into_iter().enumerate().map(series).collect()
    }

    /// The figures that belong to all lists together.
    fn shared_estimates(&self, outcomes: &[Outcome], n_items: usize) -> Vec<(String, Estimate)> {
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

fn judge_all(
    judge: &Judge<'_>,
    model: &dyn FittedModel,
    known: &Interactions,
    cases: &[&Holdout],
    control: &Control,
) -> Result<Vec<Outcome>, EvalError> {
    let at_a_time = (CHUNK_BYTES / (4 * model.n_items().max(1))).clamp(1, MOST_CASES);
    let mut outcomes = Vec::with_capacity(cases.len());
    for chunk in cases.chunks(at_a_time) {
        control.check()?;
        control.report("stage-evaluating", outcomes.len() as u64, cases.len() as u64);
        let history = |case: &&Holdout| History::from_rows(known, case.user, case.history.clone());
        let histories: Vec<History> = chunk.iter().map(history).collect();
        let mut scores = model.score_batch(&histories, control)?;
        let judged = scores
            .par_iter_mut()
            .zip(&histories)
            .zip(chunk)
            .map(|((scores, history), case)| judge.judge(scores, history, &case.relevant));
        outcomes.par_extend(judged);
    }
    control.report("stage-evaluating", cases.len() as u64, cases.len() as u64);
    Ok(outcomes)
}

fn estimates(
    per_user: &BTreeMap<String, Vec<f32>>,
    seed: u64,
    control: &Control,
) -> Result<BTreeMap<String, Estimate>, EvalError> {
    let series: Vec<&[f32]> = per_user.values().map(Vec::as_slice).collect();
    let intervals = intervals(&series, seed, control)?;
    let estimate = |((name, values), (low, high)): ((&String, &Vec<f32>), (f64, f64))| {
        (name.clone(), Estimate { mean: mean(values), low: Some(low), high: Some(high) })
    };
    Ok(per_user.iter().zip(intervals).map(estimate).collect())
}

fn mean(values: &[f32]) -> f64 {
    values.iter().copied().map(f64::from).sum::<f64>() / values.len().max(1) as f64
}
