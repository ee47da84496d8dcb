//! Metrics of classification: is the right class named, and how sure was the model?
//!
//! Definitions as in scikit-learn, which the golden tests hold them to. All are 0 for no cases unless
//! said otherwise.

use std::collections::BTreeMap;

/// How the F1 scores of several classes become one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Average {
    /// Every class counts the same.
    Macro,
    /// Every case counts the same: with one class per case this is the accuracy.
    Micro,
    /// Classes count by their number of true cases.
    Weighted,
}

/// Share of the cases whose class is named rightly.
///
/// # Panics
/// If the two differ in length.
#[must_use]
pub fn accuracy(truth: &[u32], named: &[u32]) -> f64 {
    assert_eq!(truth.len(), named.len(), "a class per case");
    let right = truth.iter().zip(named).filter(|(truth, named)| truth == named).count();
    ratio(right as f64, truth.len() as f64)
}

/// Cases of one class.
#[derive(Debug, Clone, Copy, Default)]
struct Tally {
    /// Of this class and named so.
    right: u64,
    /// Of this class.
    truth: u64,
    /// Named so.
    named: u64,
}

impl Tally {
    /// `2 · right / (truth + named)`, the harmonic mean of precision and recall.
    fn f1(self) -> f64 {
        ratio(2.0 * self.right as f64, (self.truth + self.named) as f64)
    }
}

fn tallies(truth: &[u32], named: &[u32]) -> BTreeMap<u32, Tally> {
    assert_eq!(truth.len(), named.len(), "a class per case");
    let mut tallies: BTreeMap<u32, Tally> = BTreeMap::new();
    for (&truth, &named) in truth.iter().zip(named) {
        let own = tallies.entry(truth).or_default();
        own.truth += 1;
        own.right += u64::from(truth == named);
        tallies.entry(named).or_default().named += 1;
    }
    tallies
}

/// F1 of one class: `2 · right / (cases of it + cases named so)`, 0 where there are neither.
///
/// # Panics
/// If the two differ in length.
#[must_use]
pub fn f1(truth: &[u32], named: &[u32], class: u32) -> f64 {
    tallies(truth, named).get(&class).copied().unwrap_or_default().f1()
}

/// F1 over all classes that are true or named of any case.
///
/// # Panics
/// If the two differ in length.
#[must_use]
pub fn f1_average(truth: &[u32], named: &[u32], average: Average) -> f64 {
    let tallies = tallies(truth, named);
    let sum = |weight: fn(&Tally) -> f64| {
        let weighted: f64 = tallies.values().map(|tally| tally.f1() * weight(tally)).sum();
        ratio(weighted, tallies.values().map(weight).sum())
    };
    match average {
        Average::Macro => sum(|_| 1.0),
        Average::Micro => accuracy(truth, named),
        Average::Weighted => sum(|tally| tally.truth as f64),
    }
}

/// Area under the ROC curve: the chance that a positive case scores above a negative one, equal scores
/// counting half (Mann & Whitney 1947). `None` without a case of each.
///
/// # Panics
/// If the two differ in length.
#[must_use]
pub fn roc_auc(truth: &[bool], scores: &[f64]) -> Option<f64> {
    assert_eq!(truth.len(), scores.len(), "a score per case");
    let mut cases: Vec<(f64, bool)> = scores.iter().copied().zip(truth.iter().copied()).collect();
    cases.sort_by(|a, b| a.0.total_cmp(&b.0));
    let (mut won, mut negatives) = (0.0, 0.0);
    for tied in cases.chunk_by(|a, b| a.0 == b.0) {
        let positive = tied.iter().filter(|(_, truth)| *truth).count() as f64;
        let negative = tied.len() as f64 - positive;
        won += positive * (negatives + negative / 2.0);
        negatives += negative;
    }
    let positives = cases.len() as f64 - negatives;
    (positives > 0.0 && negatives > 0.0).then(|| won / (positives * negatives))
}

/// Mean of `-ln p` of what is true, nats, from the chances of the positive class; chances are kept
/// within `[ε, 1 − ε]` with `ε = 2⁻⁵²`.
///
/// # Panics
/// If the two differ in length.
#[must_use]
pub fn log_loss(truth: &[bool], chances: &[f64]) -> f64 {
    assert_eq!(truth.len(), chances.len(), "a chance per case");
    let loss = |(&truth, &chance): (&bool, &f64)| {
        let chance = chance.clamp(f64::EPSILON, 1.0 - f64::EPSILON);
        -(if truth { chance } else { 1.0 - chance }).ln()
    };
    ratio(truth.iter().zip(chances).map(loss).sum(), truth.len() as f64)
}

fn ratio(part: f64, whole: f64) -> f64 {
    if whole > 0.0 { part / whole } else { 0.0 }
}
