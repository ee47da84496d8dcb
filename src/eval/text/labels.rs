//! Figures of several labels a text. Definitions as in scikit-learn, which the golden tests hold them to, but that the
//! mean F1 leaves out labels that are neither true nor given of any text drawn.

use serde::{Deserialize, Serialize};

use super::figures::{Calibration, area, auc, calibration_of, ordered};
use crate::model::bert::tasks::LabelSet;

/// How well one label is told from its absence. What no text judged could show is `None`, not 0: all four where no
/// text has the label, precision where it was never given, AUC where every text has it.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct LabelFigures {
    /// Texts that have it.
    pub support: usize,
    /// Texts that it was given to.
    pub given: usize,
    /// Share of the texts it was given to that have it.
    pub precision: Option<f64>,
    /// Share of the texts that have it that it was given to.
    pub recall: Option<f64>,
    /// `2 · right / (support + given)`.
    pub f1: Option<f64>,
    /// How likely a text that has it stands above one that has not, by its chance; ties count half.
    pub auc: Option<f64>,
}

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

    /// Each label by itself, every text counting alike.
    pub fn by_label(&self) -> Vec<LabelFigures> {
        let weights = vec![1.0; self.truth.len()];
        self.orders.iter().map(|(label, order)| self.of_label(*label, order, &weights)).collect()
    }

    fn of_label(&self, label: u32, order: &[(u32, u32)], weights: &[f32]) -> LabelFigures {
        let at = label as usize;
        let pairs = || self.truth.iter().zip(&self.given);
        let support = self.truth.iter().filter(|truth| truth.contains(at)).count();
        let given = self.given.iter().filter(|given| given.contains(at)).count();
        let right =
            pairs().filter(|(truth, given)| truth.contains(at) && given.contains(at)).count();
        let share =
            |part: usize, of: usize| (support > 0 && of > 0).then(|| part as f64 / of as f64);
        LabelFigures {
            support,
            given,
            precision: share(right, given),
            recall: share(right, support),
            f1: share(2 * right, support + given),
            auc: area(|text| self.truth[text as usize].contains(at), order, weights),
        }
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
