//! Figures of classes, labels and ratings with their intervals.
//!
//! Intervals are 95 % percentile bootstrap intervals over texts: as many texts as there are, drawn with
//! replacement, the same draws for every figure.

use std::collections::BTreeMap;

use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::super::bootstrap::{RESAMPLES, draw, percentile_interval, stream};
use super::super::report::Estimate;
use super::labels::{self, LabelFigures, LabelJudge};
use crate::control::{Cancelled, Control};
use crate::model::bert::tasks::{LabelSet, Predictions};

/// Bins of the chance of the class named, of equal width.
pub const RELIABILITY_BINS: usize = 10;

/// What is true of the texts judged.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Truth<'a> {
    /// A class each.
    Classes(&'a [u32]),
    /// All labels each.
    Labels(&'a [LabelSet]),
    /// A rating each.
    Ratings(&'a [f64]),
}

impl Truth<'_> {
    /// Number of texts.
    #[must_use]
    pub fn len(&self) -> usize {
        match self {
            Self::Classes(classes) => classes.len(),
            Self::Labels(labels) => labels.len(),
            Self::Ratings(ratings) => ratings.len(),
        }
    }

    /// Whether there is no text.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// Texts whose class was named with about the same chance; of several labels, pairs of a text and a label.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
pub struct ReliabilityBin {
    /// Least chance of the bin.
    pub low: f64,
    /// Greatest chance of the bin.
    pub high: f64,
    /// Texts in it.
    pub texts: usize,
    /// Mean chance of the classes named, or of the labels.
    pub confidence: f64,
    /// Share of them that were right, or that are true.
    pub accuracy: f64,
}

/// Whether chances mean what they say.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Calibration {
    /// `Σ share of the texts · |accuracy − confidence|` over the bins (Guo et al. 2017).
    pub expected_error: f64,
    /// The bins, from the least chance up.
    pub bins: Vec<ReliabilityBin>,
}

/// How well a model did on texts.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Figures {
    /// Texts judged.
    pub texts: usize,
    /// `accuracy`, `macro_f1`, `auc`, `log_loss` and `ece` of classes; `subset_accuracy`, `micro_f1`, `macro_f1`, `lrap`,
    /// `auc`, `log_loss` and `ece` of labels; `rmse`, `mae` and `r2` of ratings. `ece` has no
    /// interval: its resamples are biased upwards.
    pub metrics: BTreeMap<String, Estimate>,
    /// Whether chances mean what they say; none for ratings.
    pub calibration: Option<Calibration>,
    /// Texts by true class and class named, `[true][named]`; none for ratings.
    pub confusion: Option<Vec<Vec<u64>>>,
    /// Of several labels a text, each by itself, in the order of the task's labels; none for classes and ratings.
    #[serde(default)]
    pub by_label: Option<Vec<LabelFigures>>,
}

impl Figures {
    /// Judges predictions.
    ///
    /// # Errors
    /// [`Cancelled`] on request.
    ///
    /// # Panics
    /// If truth and predictions are of different kinds or lengths.
    pub fn new(
        truth: Truth<'_>,
        predictions: &Predictions,
        seed: u64,
        control: &Control,
    ) -> Result<Self, Cancelled> {
        assert_eq!(truth.len(), predictions.len(), "a prediction per text");
        let judge = Judge::new(truth, predictions);
        let ones = vec![1.0; truth.len()];
        let values = judge.values(&ones);
        let resampled = resampled(&[&judge], truth.len(), seed, control)?;
        let mut metrics: BTreeMap<String, Estimate> = BTreeMap::new();
        for (at, name) in judge.names().iter().enumerate() {
            let (low, high) = percentile_interval(resampled.iter().map(|one| one[0][at]).collect());
            let estimate = Estimate { mean: values[at], low: Some(low), high: Some(high) };
            metrics.insert((*name).to_owned(), estimate);
        }
        let (mut calibration, mut confusion) = (None, None);
        if let (Truth::Labels(truth), Predictions::Marks { labels, values }) = (truth, predictions)
        {
            let found = labels::calibrate(truth, values, *labels);
            let ece = Estimate { mean: found.expected_error, low: None, high: None };
            metrics.insert("ece".to_owned(), ece);
            calibration = Some(found);
        }
        if let (Truth::Classes(truth), Predictions::Chances { classes, values }) =
            (truth, predictions)
        {
            let named = predictions.named();
            let found = calibrate(truth, &named, values, *classes);
            let ece = Estimate { mean: found.expected_error, low: None, high: None };
            metrics.insert("ece".to_owned(), ece);
            calibration = Some(found);
            let mut counts = vec![vec![0; *classes]; *classes];
            for (&truth, &named) in truth.iter().zip(&named) {
                counts[truth as usize][named as usize] += 1;
            }
            confusion = Some(counts);
        }
        let by_label = match &judge {
            Judge::Labels(judge) => Some(judge.by_label()),
            Judge::Classes { .. } | Judge::Ratings { .. } => None,
        };
        Ok(Self { texts: truth.len(), metrics, calibration, confusion, by_label })
    }

    /// One figure.
    #[must_use]
    pub fn get(&self, metric: &str) -> Option<Estimate> {
        self.metrics.get(metric).copied()
    }
}

/// Whether more of a figure is better.
#[must_use]
pub fn more_is_better(metric: &str) -> bool {
    !matches!(metric, "log_loss" | "ece" | "rmse" | "mae")
}

/// Figures of several models over the same resamples, `[resample][model][figure]`.
pub(super) fn resampled(
    judges: &[&Judge<'_>],
    texts: usize,
    seed: u64,
    control: &Control,
) -> Result<Vec<Vec<Vec<f64>>>, Cancelled> {
    let one = |resample: usize| {
        control.check()?;
        let weights = draw(texts, &mut stream(seed, resample));
        Ok(judges.iter().map(|judge| judge.values(&weights)).collect())
    };
    (0..RESAMPLES).into_par_iter().map(one).collect()
}

/// Predictions made ready to be judged with any weights of the texts.
pub(super) enum Judge<'a> {
    Classes {
        truth: &'a [u32],
        named: Vec<u32>,
        losses: Vec<f64>,
        classes: usize,
        /// Of each class that its chance is judged of, the texts from the least chance up, equal chances
        /// with equal numbers.
        orders: Vec<(u32, Vec<(u32, u32)>)>,
    },
    Labels(LabelJudge<'a>),
    Ratings {
        truth: &'a [f64],
        found: &'a [f64],
    },
}

impl<'a> Judge<'a> {
    /// Of truth and predictions of one kind.
    ///
    /// # Panics
    /// If they are not.
    pub fn new(truth: Truth<'a>, predictions: &'a Predictions) -> Self {
        match (truth, predictions) {
            (Truth::Classes(truth), Predictions::Chances { classes, values }) => {
                let classes = *classes;
                let chance =
                    |(text, &class): (usize, &u32)| values[text * classes + class as usize];
                let loss = |chance: f64| -chance.clamp(f64::EPSILON, 1.0).ln();
                // Of two classes the second one's chance says all.
                let judged: Vec<u32> =
                    if classes == 2 { vec![1] } else { (0..classes as u32).collect() };
                let order = |class: u32| (class, ordered(values, classes, class as usize));
                Self::Classes {
                    truth,
                    named: predictions.named(),
                    losses: truth.iter().enumerate().map(chance).map(loss).collect(),
                    classes,
                    orders: judged.into_iter().map(order).collect(),
                }
            }
            (Truth::Labels(truth), Predictions::Marks { labels, values }) => {
                Self::Labels(LabelJudge::new(truth, predictions.given(), values, *labels))
            }
            (Truth::Ratings(truth), Predictions::Ratings(found)) => Self::Ratings { truth, found },
            _ => panic!("classes are judged by chances, labels by marks, ratings by ratings"),
        }
    }

    /// Names of the figures, in the order of [`Self::values`].
    pub fn names(&self) -> &'static [&'static str] {
        match self {
            Self::Classes { .. } => &["accuracy", "macro_f1", "auc", "log_loss"],
            Self::Labels(_) => &LabelJudge::NAMES,
            Self::Ratings { .. } => &["rmse", "mae", "r2"],
        }
    }

    /// All figures, each text counting by its weight.
    pub fn values(&self, weights: &[f32]) -> Vec<f64> {
        let total: f64 = weights.iter().copied().map(f64::from).sum::<f64>().max(f64::MIN_POSITIVE);
        let mean = |value: &dyn Fn(usize) -> f64| {
            weights.iter().enumerate().map(|(at, &w)| f64::from(w) * value(at)).sum::<f64>() / total
        };
        match self {
            Self::Classes { truth, named, losses, classes, orders } => vec![
                mean(&|at| f64::from(u8::from(truth[at] == named[at]))),
                macro_f1(truth, named, *classes, weights),
                auc(|text, class| truth[text as usize] == class, orders, weights),
                mean(&|at| losses[at]),
            ],
            Self::Labels(judge) => judge.values(weights),
            Self::Ratings { truth, found } => {
                let square = mean(&|at| (found[at] - truth[at]).powi(2));
                let centre = mean(&|at| truth[at]);
                let spread = mean(&|at| (truth[at] - centre).powi(2));
                let r2 = if spread > 0.0 { 1.0 - square / spread } else { 0.0 };
                vec![square.sqrt(), mean(&|at| (found[at] - truth[at]).abs()), r2]
            }
        }
    }
}

/// Texts by their chance of one class, with a number that is equal for equal chances.
pub(super) fn ordered(chances: &[f64], classes: usize, class: usize) -> Vec<(u32, u32)> {
    let chance = |text: u32| chances[text as usize * classes + class];
    let mut order: Vec<u32> = (0..(chances.len() / classes) as u32).collect();
    order.sort_by(|&a, &b| chance(a).total_cmp(&chance(b)));
    let mut level = 0;
    let mut ordered: Vec<(u32, u32)> = Vec::with_capacity(order.len());
    for text in order {
        if ordered.last().is_some_and(|&(last, _)| chance(last) < chance(text)) {
            level += 1;
        }
        ordered.push((text, level));
    }
    ordered
}

/// Mean over the judged classes of the area under the curve of one class against the rest; 0.5 where no
/// class has texts on both sides.
pub(super) fn auc(
    is_true: impl Fn(u32, u32) -> bool,
    orders: &[(u32, Vec<(u32, u32)>)],
    weights: &[f32],
) -> f64 {
    let areas: Vec<f64> = orders
        .iter()
        .filter_map(|(class, order)| area(|text| is_true(text, *class), order, weights))
        .collect();
    if areas.is_empty() { 0.5 } else { areas.iter().sum::<f64>() / areas.len() as f64 }
}

/// The area under the curve of one class against the rest, texts from the least chance up; `None` without texts on
/// both sides.
pub(super) fn area(
    is_true: impl Fn(u32) -> bool,
    order: &[(u32, u32)],
    weights: &[f32],
) -> Option<f64> {
    let (mut won, mut positives, mut negatives) = (0.0, 0.0, 0.0);
    for tied in order.chunk_by(|a, b| a.1 == b.1) {
        let (mut positive, mut negative) = (0.0, 0.0);
        for &(text, _) in tied {
            let weight = f64::from(weights[text as usize]);
            *(if is_true(text) { &mut positive } else { &mut negative }) += weight;
        }
        won += positive * (negatives + negative / 2.0);
        positives += positive;
        negatives += negative;
    }
    (positives > 0.0 && negatives > 0.0).then(|| won / (positives * negatives))
}

/// Mean F1 over the classes that are true or named of any text drawn.
fn macro_f1(truth: &[u32], named: &[u32], classes: usize, weights: &[f32]) -> f64 {
    let (mut right, mut sum) = (vec![0.0; classes], vec![0.0; classes]);
    for ((&truth, &named), &weight) in truth.iter().zip(named).zip(weights) {
        let weight = f64::from(weight);
        if truth == named {
            right[truth as usize] += weight;
        }
        sum[truth as usize] += weight;
        sum[named as usize] += weight;
    }
    let scores: Vec<f64> = right
        .iter()
        .zip(&sum)
        .filter(|(_, sum)| **sum > 0.0)
        .map(|(right, sum)| 2.0 * right / sum)
        .collect();
    scores.iter().sum::<f64>() / scores.len().max(1) as f64
}

fn calibrate(truth: &[u32], named: &[u32], chances: &[f64], classes: usize) -> Calibration {
    let pairs = truth.iter().zip(named).enumerate();
    let cases = pairs
        .map(|(text, (truth, &named))| (chances[text * classes + named as usize], *truth == named));
    calibration_of(cases)
}

/// Bins of cases by chance, each with whether it came true.
pub(super) fn calibration_of(cases: impl Iterator<Item = (f64, bool)>) -> Calibration {
    let width = 1.0 / RELIABILITY_BINS as f64;
    let mut bins: Vec<ReliabilityBin> = (0..RELIABILITY_BINS)
        .map(|bin| ReliabilityBin {
            low: bin as f64 * width,
            high: (bin + 1) as f64 * width,
            ..ReliabilityBin::default()
        })
        .collect();
    let mut n = 0_usize;
    for (chance, is_right) in cases {
        let bin = ((chance * RELIABILITY_BINS as f64) as usize).min(RELIABILITY_BINS - 1);
        bins[bin].texts += 1;
        bins[bin].confidence += chance;
        bins[bin].accuracy += f64::from(u8::from(is_right));
        n += 1;
    }
    let mut expected_error = 0.0;
    for bin in bins.iter_mut().filter(|bin| bin.texts > 0) {
        expected_error += (bin.accuracy - bin.confidence).abs() / n as f64;
        bin.confidence /= bin.texts as f64;
        bin.accuracy /= bin.texts as f64;
    }
    Calibration { expected_error, bins }
}
