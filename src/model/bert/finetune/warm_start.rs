//! Product vectors fitted before the encoder learns, on cheap stand-ins for its output.
//!
//! The vector of a history is close to the recency-weighted mean of the vectors of its products alone.
//! Those are computed once, so that all training steps can be gone through in seconds, and fine-tuning
//! starts from product vectors that already know what follows what.

use burn::tensor::{Tensor, TensorData};
use rand::SeedableRng;
use rand::seq::SliceRandom;
use rand_chacha::ChaCha8Rng;

use super::catalogue::Candidates;
use super::examples::Examples;
use super::history::HistoryReader;
use super::learner::Learner;
use crate::control::Control;
use crate::model::ModelError;
use crate::model::bert::config::{BertConfig, Decay};
use crate::model::bert::course::Learner as _;
use crate::model::bert::embedder::Embeddings;
use crate::model::bert::optimiser::{AdamW, StepRates, schedule};

const BATCH: usize = 256;

/// Pairs of example and product that the whole warm start may cost: some ten seconds on two CPU cores.
const MAX_PAIRS: usize = 500_000_000;

/// Fit the head of `learner`.
///
/// # Errors
/// [`ModelError::Cancelled`], [`ModelError::Diverged`].
#[expect(clippy::too_many_arguments, reason = "one call; a struct would only rename them")]
pub(super) fn warm_start(
    learner: &mut Learner,
    config: &BertConfig,
    examples: &Examples<'_>,
    reader: &HistoryReader,
    candidates: &Candidates,
    alone: &Embeddings,
    seed: u64,
    control: &Control,
) -> Result<(), ModelError> {
    let epochs = config.warm_start_epochs as usize;
    let affordable = MAX_PAIRS / candidates.len().max(1) / epochs.max(1);
    let drawn = examples.len().min(affordable.max(BATCH));
    let total = (epochs * drawn.div_ceil(BATCH)) as u64;
    let device = learner.device().device().clone();
    let mut optimiser = AdamW::new(learner.device().is_gpu);
    let mut rng = ChaCha8Rng::seed_from_u64(!seed);
    let mut order: Vec<usize> = (0..examples.len()).collect();
    let mut step = 0;
    for _ in 0..epochs {
        let (chosen, _) = order.partial_shuffle(&mut rng, drawn);
        for batch in chosen.chunks(BATCH) {
            control.check()?;
            control.report("stage-warm-start", step, total);
            let z = stand_ins(batch, examples, reader, candidates, alone);
            let z = Tensor::from_data(TensorData::new(z, [batch.len(), alone.dim]), &device);
            let targets: Vec<u32> =
                batch.iter().map(|&index| target(examples, candidates, index)).collect();
            let rate = config.head_learning_rate
                * schedule(step, total, config.warmup_share, Decay::Linear);
            let rates = StepRates {
                encoder: 0.0,
                head: rate,
                weight_decay: config.weight_decay,
                clip_norm: config.clip_norm,
                done: 0.0,
            };
            let loss = learner.head_step(&mut optimiser, z, &targets, step, &rates)?;
            if !loss.is_finite() {
                return Err(ModelError::Diverged { loss, step });
            }
            step += 1;
        }
    }
    Ok(())
}

/// The candidate that an example leads to; training products are all candidates.
pub(super) fn target(examples: &Examples<'_>, candidates: &Candidates, index: usize) -> u32 {
    candidates
        .position(examples.target(index))
        .expect("a product of the training visits is a candidate")
}

/// Unit vectors, `[batch, dim]`.
fn stand_ins(
    batch: &[usize],
    examples: &Examples<'_>,
    reader: &HistoryReader,
    candidates: &Candidates,
    alone: &Embeddings,
) -> Vec<f32> {
    let mut all = vec![0.0; batch.len() * alone.dim];
    for (vector, &index) in all.chunks_exact_mut(alone.dim).zip(batch) {
        for (age, told) in examples.history(index).enumerate() {
            let Some(position) = candidates.position(told.item) else { continue };
            let weight = reader.weight(age);
            for (value, part) in vector.iter_mut().zip(alone.row(position as usize)) {
                *value += weight * part;
            }
        }
        let length = vector.iter().map(|value| value * value).sum::<f32>().sqrt().max(1e-12);
        vector.iter_mut().for_each(|value| *value /= length);
    }
    all
}
