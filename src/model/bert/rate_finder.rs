//! Finding a learning rate: a short training whose rate grows from step to step by the same factor, until
//! the loss runs away (Smith 2017). The weights are put back after.

use std::collections::BTreeMap;
use std::path::Path;

use serde::Serialize;

use super::course::{Learner, Lessons, Moment};
use super::device::guard;
use crate::model::{FitContext, ModelError};

/// Steps of the sweep.
const STEPS: u64 = 100;

/// First and last learning rate of the encoder.
const LOWEST: f64 = 1e-7;
const HIGHEST: f64 = 1.0;

/// How much of the smoothed loss stays at each step.
const SMOOTHING: f64 = 0.9;

/// The loss has run away once it is this many times the least.
const RUN_AWAY: f64 = 3.0;

/// How far below the rate of least loss the suggestion lies, as is usual.
const CAUTION: f64 = 10.0;

/// One step of the sweep.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct RatePoint {
    /// Learning rate of the encoder; that of the head keeps its proportion to it.
    pub encoder_rate: f64,
    /// Mean loss of the batch before the step.
    pub loss: f32,
    /// Loss smoothed over the steps.
    pub smoothed: f64,
}

/// How the loss went as the learning rate grew.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct RateSweep {
    /// Step by step, to where the loss ran away or to the end.
    pub points: Vec<RatePoint>,
    /// A peak learning rate for the encoder: a tenth of the one with the least smoothed loss.
    pub encoder_rate: f64,
    /// The same for the head, in the proportion of the settings.
    pub head_rate: f64,
}

/// Sweep through learning rates on real batches from the learner's weights, which are as they were after.
/// `peaks` are the rates of encoder and head in the settings.
///
/// # Errors
/// [`ModelError`]: cancelled, a device that failed.
pub(super) fn sweep<L: Lessons>(
    lessons: &L,
    learner: &mut L::Learner,
    [encoder, head]: [f64; 2],
    context: &FitContext<'_>,
) -> Result<RateSweep, ModelError> {
    let weights = learner.learning().weights();
    let mut batches = (1..).flat_map(|epoch| {
        lessons.batches(epoch).into_iter().map(move |batch| (epoch, batch)).collect::<Vec<_>>()
    });
    let mut points: Vec<RatePoint> = Vec::new();
    let mut mean = 0.0;
    for step in 0..STEPS {
        let Some((epoch, batch)) = batches.next() else { break };
        let rate = LOWEST * (HIGHEST / LOWEST).powf(step as f64 / (STEPS - 1) as f64);
        let at = Moment { epoch, step, total: STEPS, share: Some(rate / encoder) };
        let device = learner.device().clone();
        let drawn = lessons.draw(&batch, at);
        let loss = match guard(&device, || lessons.step(learner, &drawn, at, context.control)) {
            Ok(step) => step.loss,
            Err(ModelError::Diverged { .. }) => break,
            Err(error) => return Err(error),
        };
        context.control.report("stage-finding-rate", step + 1, STEPS);
        mean = SMOOTHING * mean + (1.0 - SMOOTHING) * f64::from(loss);
        // Without this the first values would be pulled towards 0.
        let smoothed = mean / (1.0 - SMOOTHING.powf(step as f64 + 1.0));
        points.push(RatePoint { encoder_rate: rate, loss, smoothed });
        let least = points.iter().map(|point| point.smoothed).fold(f64::INFINITY, f64::min);
        if smoothed > RUN_AWAY * least {
            break;
        }
    }
    let learning = learner.learning_mut();
    learning.set_weights(&weights, Path::new("before the sweep"))?;
    learning.set_optimiser_state(&BTreeMap::new(), 0);
    let found = suggestion(&points).unwrap_or(encoder);
    Ok(RateSweep { points, encoder_rate: found, head_rate: found * head / encoder })
}

fn suggestion(points: &[RatePoint]) -> Option<f64> {
    let least = points.iter().min_by(|a, b| a.smoothed.total_cmp(&b.smoothed))?;
    Some(least.encoder_rate / CAUTION)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tenth_of_the_rate_of_least_loss_is_suggested() {
        let point = |encoder_rate, smoothed| RatePoint { encoder_rate, loss: 0.0, smoothed };
        let points = [point(1e-5, 2.0), point(1e-3, 1.0), point(1e-2, 1.5)];
        assert!((suggestion(&points).expect("points") - 1e-4).abs() < 1e-12);
        assert_eq!(suggestion(&[]), None);
    }
}
