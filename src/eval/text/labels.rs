//! Figures of several labels a text. Definitions as in scikit-learn, which the golden tests hold them to, but that the
//! mean F1 leaves out labels that are neither true nor given of any text drawn.

use super::figures::{Calibration, auc, calibration_of, ordered};
use crate::model::bert::tasks::LabelSet;

/// Predictions of labels made ready to be judged with any weights of the texts.
pub(in crate::eval) struct LabelJudge<'a> {
    truth: &'a [LabelSet],
    given: Vec<LabelSet>,
    labels: usize,
    /// Mean over the labels of `-ln` of the chance of what is true, of each text.
    losses: Vec<f64>,
    /// Label ranking precision of each text.
    rankings: Vec<f64>,
    /// Of each label, the texts from the least chance up, equal chances with equal numbers.
    orders: Vec<(u32, Vec<(u32, u32)>)>,
}

impl<'a> LabelJudge<'a> {
    /// Names of the figures, in the order of [`Self::values`].
    pub const NAMES: [&'static str; 6] =
        ["subset_accuracy", "micro_f1", "macro_f1", "lrap", "auc", "log_loss"];

    /// Of true and given labels, and the chances of all, `[texts, labels]`.
    pub fn new(
        truth: &'a [LabelSet],
        given: Vec<LabelSet>,
        chances: &[f64],
        labels: usize,
    ) -> Self {
        let rows = || truth.iter().zip(chances.chunks(labels));
        let order = |label: usize| (label as u32, ordered(chances, labels, label));
        Self {
            truth,
            given,
            labels,
            losses: rows().map(|(truth, row)| loss(*truth, row)).collect(),
            rankings: rows().map(|(truth, row)| ranking(*truth, row)).collect(),
            orders: (0..labels).map(order).collect(),
        }
    }

    /// All figures, each text counting by its weight.
    pub fn values(&self, weights: &[f32]) -> Vec<f64> {
        let total: f64 = weights.iter().copied().map(f64::from).sum::<f64>().max(f64::MIN_POSITIVE);
        let mean = |value: &dyn Fn(usize) -> f64| {
            weights.iter().enumerate().map(|(at, &w)| f64::from(w) * value(at)).sum::<f64>() / total
        };
        let [micro, macro_f1] = self.f1(weights);
        let is_true = |text: u32, label: u32| self.truth[text as usize].contains(label as usize);
        vec![
            mean(&|at| f64::from(u8::from(self.truth[at] == self.given[at]))),
            micro,
            macro_f1,
            mean(&|at| self.rankings[at]),
            auc(is_true, &self.orders, weights),
            mean(&|at| self.losses[at]),
        ]
    }

    /// F1 over all pairs of text and label, and the mean over the labels that are true or given of any text drawn.
    fn f1(&self, weights: &[f32]) -> [f64; 2] {
        let (mut right, mut sum) = (vec![0.0; self.labels], vec![0.0; self.labels]);
        for ((truth, given), &weight) in self.truth.iter().zip(&self.given).zip(weights) {
            let weight = f64::from(weight);
            for label in truth.labels() {
                sum[label] += weight;
                right[label] += if given.contains(label) { weight } else { 0.0 };
            }
            given.labels().for_each(|label| sum[label] += weight);
        }
        let f1 = |right: f64, sum: f64| if sum > 0.0 { 2.0 * right / sum } else { 0.0 };
        let met: Vec<f64> = right
            .iter()
            .zip(&sum)
            .filter(|(_, sum)| **sum > 0.0)
            .map(|(&right, &sum)| f1(right, sum))
            .collect();
        let macro_f1 = met.iter().sum::<f64>() / met.len().max(1) as f64;
        [f1(right.iter().sum(), sum.iter().sum()), macro_f1]
    }
}

fn loss(truth: LabelSet, chances: &[f64]) -> f64 {
    let one = |(label, &chance): (usize, &f64)| {
        let chance = if truth.contains(label) { chance } else { 1.0 - chance };
        -chance.clamp(f64::EPSILON, 1.0).ln()
    };
    chances.iter().enumerate().map(one).sum::<f64>() / chances.len() as f64
}

/// Mean over the true labels of the share of true ones among all that are as likely or likelier; 1 where every label
/// is true or none (Tsoumakas, Katakis and Vlahavas 2010).
fn ranking(truth: LabelSet, chances: &[f64]) -> f64 {
    if truth.is_empty() || truth.len() == chances.len() {
        return 1.0;
    }
    let one = |label: usize| {
        let above = |other: &usize| chances[*other] >= chances[label];
        let all = (0..chances.len()).filter(above).count();
        truth.labels().filter(above).count() as f64 / all as f64
    };
    truth.labels().map(one).sum::<f64>() / truth.len() as f64
}

/// Whether chances mean what they say, over all pairs of text and label.
pub(super) fn calibrate(truth: &[LabelSet], chances: &[f64], labels: usize) -> Calibration {
    let cases = chances.iter().enumerate();
    calibration_of(cases.map(|(at, &chance)| (chance, truth[at / labels].contains(at % labels))))
}
