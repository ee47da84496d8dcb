//! Whether one model tells texts better than another, text by text.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::super::bootstrap::percentile_interval;
use super::super::significance::randomisation_test;
use super::figures::{Judge, Truth, resampled};
use crate::control::{Cancelled, Control};
use crate::model::bert::tasks::Predictions;

/// How much a figure of the first model is above that of the second.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Difference {
    /// First less second.
    pub difference: f64,
    /// Lower end of the 95 % percentile bootstrap interval over texts.
    pub low: f64,
    /// Upper end.
    pub high: f64,
}

/// The exact test of `McNemar` (1947): texts that only one of the two models tells rightly are a coin's tosses if
/// the models are equally good.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct McNemar {
    /// Texts that only the first tells rightly.
    pub only_first: u64,
    /// Texts that only the second tells rightly.
    pub only_second: u64,
    /// Two-sided p-value.
    pub p_value: f64,
}

impl McNemar {
    /// Of what is true and what two models say.
    fn of<T: PartialEq>(truth: &[T], first: &[T], second: &[T]) -> Self {
        let only = |right: &[T], wrong: &[T]| {
            let is_only = |at: &usize| right[*at] == truth[*at] && wrong[*at] != truth[*at];
            (0..truth.len()).filter(is_only).count() as u64
        };
        Self::new(only(first, second), only(second, first))
    }

    /// `min(1, 2 · P(X ≤ min(b, c)))` with `X` binomial over `b + c` tosses of a fair coin.
    #[must_use]
    pub fn new(only_first: u64, only_second: u64) -> Self {
        let tosses = (only_first + only_second) as f64;
        // Logarithms, since 2^-tosses is 0 in floats from a thousand tosses on.
        let mut log_term = -tosses * std::f64::consts::LN_2;
        let mut tail = log_term.exp();
        for heads in 1..=only_first.min(only_second) {
            log_term += ((tosses - heads as f64 + 1.0) / heads as f64).ln();
            tail += log_term.exp();
        }
        Self { only_first, only_second, p_value: (2.0 * tail).min(1.0) }
    }
}

/// Two models over the same texts.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PairedTest {
    /// The second model's name.
    pub against: String,
    /// Differences by figure, first less second.
    pub differences: BTreeMap<String, Difference>,
    /// The test of the accuracy, of several labels that of whole sets of them, in a search of what was found first;
    /// none for ratings.
    pub mcnemar: Option<McNemar>,
    /// Two-sided p-value of the paired randomisation test of the squared errors, in a search of NDCG@10;
    /// none for classes.
    pub p_value: Option<f64>,
}

/// Puts `first` beside `second`, whose name is `against`.
///
/// # Errors
/// [`Cancelled`] on request.
///
/// # Panics
/// If truth and predictions are of different kinds or lengths.
pub fn paired(
    truth: Truth<'_>,
    first: &Predictions,
    second: &Predictions,
    against: &str,
    seed: u64,
    control: &Control,
) -> Result<PairedTest, Cancelled> {
    let judges = [Judge::new(truth, first), Judge::new(truth, second)];
    let ones = vec![1.0; truth.len()];
    let [a, b] = judges.each_ref().map(|judge| judge.values(&ones));
    let resampled = resampled(&[&judges[0], &judges[1]], truth.len(), seed, control)?;
    let mut differences = BTreeMap::new();
    for (at, name) in judges[0].names().iter().enumerate() {
        let drawn = resampled.iter().map(|models| models[0][at] - models[1][at]).collect();
        let (low, high) = percentile_interval(drawn);
        let difference = Difference { difference: a[at] - b[at], low, high };
        differences.insert((*name).to_owned(), difference);
    }
    let (mut mcnemar, mut p_value) = (None, None);
    match (truth, first, second) {
        (Truth::Ratings(truth), Predictions::Ratings(a), Predictions::Ratings(b)) => {
            let worse = |((truth, a), b): ((&f64, &f64), &f64)| {
                ((a - truth).powi(2) - (b - truth).powi(2)) as f32
            };
            let differences: Vec<f32> = truth.iter().zip(a).zip(b).map(worse).collect();
            p_value = Some(randomisation_test(&differences, seed));
        }
        (Truth::Classes(truth), ..) => {
            mcnemar = Some(McNemar::of(truth, &first.named(), &second.named()));
        }
        (Truth::Labels(truth), ..) => {
            mcnemar = Some(McNemar::of(truth, &first.given(), &second.given()));
        }
        _ => {}
    }
    Ok(PairedTest { against: against.to_owned(), differences, mcnemar, p_value })
}
