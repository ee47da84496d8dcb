//! What is going well or wrong with a training, from what it has told so far.

use super::{EpochReport, StepReport};

/// Steps from which a loss says something.
const MIN_STEPS: usize = 20;
/// A mean loss this many times the lowest one is running away.
const RUNS_AWAY: f64 = 1.5;
/// A mean loss below this share of the first one has fallen.
const HAS_FALLEN: f64 = 0.98;
/// A validation loss this many times the lowest one has risen.
const HAS_RISEN: f32 = 1.01;
/// Epochs without a better one that make a plateau.
const PLATEAU_EPOCHS: usize = 3;

/// How a training goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Diagnosis {
    /// Too little was seen.
    TooEarly,
    /// The training loss falls; nothing was validated yet.
    LossFalls,
    /// The training loss does not fall.
    NotLearning,
    /// The training loss runs away.
    Diverging,
    /// The last epoch was the best on the validation cases.
    Improving,
    /// The training loss falls while the validation loss rises.
    Overfitting {
        /// The epoch with the lowest validation loss.
        best: u32,
    },
    /// No epoch was better than this one for a while.
    Plateau {
        /// The best epoch so far.
        best: u32,
    },
    /// The last epoch was not the best, which a single epoch may not mean anything by.
    Wavering {
        /// The best epoch so far.
        best: u32,
    },
}

/// What the steps (thinned or not) and epochs of one training say.
#[must_use]
pub fn diagnose(steps: &[StepReport], epochs: &[EpochReport]) -> Diagnosis {
    let quarters = quarters(steps);
    if quarters.is_some_and(|means| runs_away(&means)) {
        return Diagnosis::Diverging;
    }
    let trained = epochs.iter().filter(|epoch| epoch.epoch > 0).count();
    if trained == 0 || epochs.iter().all(|epoch| epoch.validation.is_empty()) {
        return match quarters {
            None => Diagnosis::TooEarly,
            Some(means) if means[3] < HAS_FALLEN * means[0] => Diagnosis::LossFalls,
            Some(_) => Diagnosis::NotLearning,
        };
    }
    if let Some(best) = overfits_since(epochs) {
        return Diagnosis::Overfitting { best };
    }
    let best = epochs.iter().rposition(|epoch| epoch.is_best).unwrap_or_default();
    match epochs.len() - 1 - best {
        0 => Diagnosis::Improving,
        waited if waited >= PLATEAU_EPOCHS => Diagnosis::Plateau { best: epochs[best].epoch },
        _ => Diagnosis::Wavering { best: epochs[best].epoch },
    }
}

/// Mean losses of four parts of the steps.
fn quarters(steps: &[StepReport]) -> Option<[f64; 4]> {
    if steps.len() < MIN_STEPS {
        return None;
    }
    let mean = |part: usize| {
        let part = &steps[part * steps.len() / 4..(part + 1) * steps.len() / 4];
        part.iter().map(|step| f64::from(step.loss)).sum::<f64>() / part.len() as f64
    };
    Some([mean(0), mean(1), mean(2), mean(3)])
}

fn runs_away(means: &[f64; 4]) -> bool {
    let lowest = means.iter().copied().fold(f64::INFINITY, f64::min);
    !means[3].is_finite() || means[3] > RUNS_AWAY * lowest
}

/// The epoch of the lowest validation loss, where that has risen since while the training loss fell.
fn overfits_since(epochs: &[EpochReport]) -> Option<u32> {
    let losses: Vec<(&EpochReport, f32)> =
        epochs.iter().filter_map(|epoch| Some((epoch, *epoch.validation.get("loss")?))).collect();
    let (best, lowest) = losses.iter().copied().min_by(|a, b| a.1.total_cmp(&b.1))?;
    let (last, loss) = losses.last().copied()?;
    let has_fallen = match (best.train_loss, last.train_loss) {
        (Some(before), Some(now)) => now < before,
        _ => best.epoch == 0,
    };
    (last.epoch > best.epoch && loss > HAS_RISEN * lowest && has_fallen).then_some(best.epoch)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    fn steps(loss: impl Fn(f32) -> f32) -> Vec<StepReport> {
        let step = |number: u32| StepReport {
            step: number.into(),
            total_steps: 100,
            epoch: 1,
            loss: loss(number as f32 / 40.0),
            learning_rate: 1e-4,
            gradient_norm: 1.0,
            examples_per_sec: 1.0,
        };
        (0..40).map(step).collect()
    }

    fn epoch(epoch: u32, train: f32, validation: f32, is_best: bool) -> EpochReport {
        EpochReport {
            epoch,
            train_loss: (epoch > 0).then_some(train),
            validation: BTreeMap::from([("loss".to_owned(), validation)]),
            secs: 1.0,
            is_best,
        }
    }

    #[test]
    fn steps_alone_say_whether_the_loss_falls() {
        assert_eq!(diagnose(&steps(|_| 1.0)[..5], &[]), Diagnosis::TooEarly);
        assert_eq!(diagnose(&steps(|at| 2.0 - at), &[]), Diagnosis::LossFalls);
        assert_eq!(diagnose(&steps(|_| 1.0), &[]), Diagnosis::NotLearning);
        assert_eq!(diagnose(&steps(|at| 1.0 + 3.0 * at), &[]), Diagnosis::Diverging);
        assert_eq!(
            diagnose(&steps(|at| if at > 0.9 { f32::NAN } else { 1.0 }), &[]),
            Diagnosis::Diverging
        );
    }

    #[test]
    fn epochs_say_what_is_gained() {
        let falling = steps(|at| 2.0 - at);
        let good = [epoch(0, 0.0, 2.0, true), epoch(1, 1.5, 1.5, true)];
        assert_eq!(diagnose(&falling, &good), Diagnosis::Improving);
        let over = [epoch(1, 1.5, 1.2, true), epoch(2, 1.0, 1.0, true), epoch(3, 0.5, 1.3, false)];
        assert_eq!(diagnose(&falling, &over), Diagnosis::Overfitting { best: 2 });
        let flat: Vec<EpochReport> = (1..6).map(|at| epoch(at, 1.0, 1.0, at == 1)).collect();
        assert_eq!(diagnose(&falling, &flat), Diagnosis::Plateau { best: 1 });
        assert_eq!(diagnose(&falling, &flat[..2]), Diagnosis::Wavering { best: 1 });
    }
}
