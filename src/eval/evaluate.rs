//! Ranking the catalogue for every case.

use std::collections::BTreeMap;
use std::sync::OnceLock;
use std::time::Instant;

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng;
use rayon::prelude::*;

use super::bootstrap::{RESAMPLES, intervals};
use super::judge::{Judge, Outcome};
use super::metrics::mean;
use super::protocol::{EvalSpec, FittedOn, Protocol, Ranking, Ties};
use super::report::{Estimate, EvalReport};
use super::vectors::{ItemVectors, default_vectors};
use crate::control::{Cancelled, Control};
use crate::dataset::split::{Holdout, Leak, Phase, Split, leaks};
use crate::dataset::{Dataset, Interactions};
use crate::ids::DatasetRevision;
use crate::model::{FittedModel, History, ModelError};

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

/// What all models that are judged on one split share; made once for a table of them.
pub struct Evaluator<'a> {
    dataset: &'a Dataset,
    split: &'a Split,
    vectors: OnceLock<Box<dyn ItemVectors>>,
    leaks: OnceLock<Vec<Leak>>,
}

impl<'a> Evaluator<'a> {
    /// Judges on the cases of `split`, which divides `dataset`.
    #[must_use]
    pub const fn new(dataset: &'a Dataset, split: &'a Split) -> Self {
        Self { dataset, split, vectors: OnceLock::new(), leaks: OnceLock::new() }
    }

    /// Judges `model` on the cases of one phase by ranking the whole catalogue for each.
    ///
    /// `diversity@k` is measured over the catalogue's category, brand and title words (TF-IDF), or over
    /// the shoppers of the training part where there are none of these; the protocol says which.
    /// `auc` and `log_loss` look at the scores of all products that are not masked, `log_loss` only where
    /// the model's scores are probabilities ([`ScoreScale`](crate::model::ScoreScale)); a masked target
    /// counts 0 and the greatest loss. The protocol holds what [`leaks`] finds in the split. Equal input
    /// and seed give an equal report (but for `eval_secs`) on any number of threads.
    ///
    /// A model with [`FittedModel::sparse_score`] is judged without scoring every product; its report is
    /// the same, bit by bit.
    ///
    /// # Errors
    /// [`EvalError`]: cancelled, a model that failed, list lengths or data that do not fit, no case.
    pub fn evaluate(
        &self,
        model: &dyn FittedModel,
        spec: &EvalSpec,
        control: &Control,
    ) -> Result<EvalReport, EvalError> {
        check(model, self.dataset, self.split)?;
        let vectors = match self.vectors.get() {
            Some(vectors) => vectors,
            None => {
                let made = default_vectors(self.dataset, self.split, control)?;
                self.vectors.get_or_init(|| made)
            }
        };
        self.evaluate_with_vectors(model, spec, &**vectors, control)
    }

    /// As [`Self::evaluate`], with `diversity@k` over the vectors given.
    ///
    /// # Errors
    /// As [`Self::evaluate`].
    pub fn evaluate_with_vectors(
        &self,
        model: &dyn FittedModel,
        spec: &EvalSpec,
        vectors: &dyn ItemVectors,
        control: &Control,
    ) -> Result<EvalReport, EvalError> {
        let started = Instant::now();
        let (dataset, split) = (self.dataset, self.split);
        check(model, dataset, split)?;
        let cases = chosen_cases(split, spec)?;
        let judge = Judge::new(dataset, split, spec, vectors, model.score_scale())?;
        let outcomes = judge_all(&judge, model, split.known(spec.phase), &cases, control)?;
        let per_user = judge.series(&outcomes);
        let mut metrics = estimates(&per_user, spec.seed, control)?;
        metrics.extend(judge.shared_estimates(&outcomes, dataset.n_items()));
        Ok(EvalReport {
            model: model.config().name().to_owned(),
            protocol: self.protocol(spec, &judge, cases.len()),
            n_users: cases.len(),
            metrics,
            masked_targets: outcomes.iter().map(|outcome| outcome.masked_targets).sum(),
            targets: cases.iter().map(|case| case.relevant.len()).sum(),
            eval_secs: started.elapsed().as_secs_f64(),
            users: cases.iter().map(|case| case.user).collect(),
            per_user,
        })
    }

    fn protocol(&self, spec: &EvalSpec, judge: &Judge<'_>, n_users: usize) -> Protocol {
        let (dataset, split) = (self.dataset, self.split);
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
            leaks: Some(self.leaks.get_or_init(|| leaks(dataset, split)).clone()),
        }
    }
}

/// Judges one model on a split: [`Evaluator::evaluate`].
///
/// # Errors
/// As [`Evaluator::evaluate`].
pub fn evaluate(
    model: &dyn FittedModel,
    dataset: &Dataset,
    split: &Split,
    spec: &EvalSpec,
    control: &Control,
) -> Result<EvalReport, EvalError> {
    Evaluator::new(dataset, split).evaluate(model, spec, control)
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

fn judge_all(
    judge: &Judge<'_>,
    model: &dyn FittedModel,
    known: &Interactions,
    cases: &[&Holdout],
    control: &Control,
) -> Result<Vec<Outcome>, EvalError> {
    let is_sparse = model.sparse_score(&History::default()).is_some();
    let held = (CHUNK_BYTES / (4 * model.n_items().max(1))).clamp(1, MOST_CASES);
    let mut outcomes = Vec::with_capacity(cases.len());
    for chunk in cases.chunks(if is_sparse { MOST_CASES } else { held }) {
        control.check()?;
        control.report("stage-evaluating", outcomes.len() as u64, cases.len() as u64);
        let history = |case: &&Holdout| History::from_rows(known, case.user, case.history.clone());
        let histories: Vec<History> = chunk.iter().map(history).collect();
        if is_sparse {
            let one = |(case, history): (&&Holdout, &History)| match model.sparse_score(history) {
                Some(scores) => judge.judge_sparse(scores, history, &case.relevant),
                None => judge.judge_dense(model.score(history), history, &case.relevant),
            };
            outcomes.par_extend(chunk.par_iter().zip(&histories).map(one));
        } else {
            let scores = model.score_batch(&histories, control)?;
            let all = chunk.par_iter().zip(&histories).zip(scores);
            outcomes.par_extend(all.map(|((case, history), scores)| {
                judge.judge_dense(scores, history, &case.relevant)
            }));
        }
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
