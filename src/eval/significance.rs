//! Whether two models differ: paired bootstrap interval, paired randomisation test, Holm correction.

use rand::RngCore;
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::bootstrap::{intervals, stream};
use super::metrics::{Metric, MetricKind, UnknownMetric, mean};
use super::protocol::Protocol;
use super::report::EvalReport;
use crate::control::Control;

/// Random sign assignments of the randomisation test.
pub const SIGN_FLIPS: usize = 9_999;

/// How much `a` is above `b` on one metric, over the same cases.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct PairedDifference {
    /// Mean of `a − b`.
    pub difference: f64,
    /// Lower end of its 95 % percentile bootstrap interval.
    pub low: f64,
    /// Upper end.
    pub high: f64,
    /// Two-sided p-value of the paired randomisation test: the share of random sign assignments that
    /// give at least this difference, the observed one counted among them.
    pub p_value: f64,
}

/// What a paired difference says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// The whole interval of the difference speaks for the model.
    Better,
    /// The whole interval speaks against it.
    Worse,
    /// The interval holds 0.
    Undecided,
}

/// Why two reports cannot be put side by side.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum CompareError {
    /// They were measured differently.
    #[error(
        "the two reports cannot be compared: they differ in {what} ({a} and {b}); evaluate both again alike"
    )]
    DifferentProtocol {
        /// What differs.
        what: &'static str,
        /// In the first.
        a: String,
        /// In the second.
        b: String,
    },
    /// One of them lacks the metric's values per case.
    #[error(
        "\"{metric}\" has no values per shopper in the report of {model}, so no paired comparison can be made"
    )]
    NoValues {
        /// The metric.
        metric: String,
        /// Model of the report that lacks it.
        model: String,
    },
    /// There is no such metric.
    #[error(transparent)]
    UnknownMetric(#[from] UnknownMetric),
}

/// Compares two reports case by case.
///
/// # Errors
/// [`CompareError::DifferentProtocol`] when data, split, phase, masking or the cases judged differ,
/// [`CompareError::NoValues`] when a report has no values per case for `metric`.
pub fn compare(
    a: &EvalReport,
    b: &EvalReport,
    metric: Metric,
) -> Result<PairedDifference, CompareError> {
    check_comparable(a, b)?;
    let (of_a, of_b) = (values(a, metric)?, values(b, metric)?);
    let differences: Vec<f32> = of_a.iter().zip(of_b).map(|(a, b)| a - b).collect();
    let (low, high) = intervals(&[&differences], a.protocol.seed, &Control::default())
        .expect("a control that nobody else holds is never cancelled")[0];
    Ok(PairedDifference {
        difference: mean(&differences),
        low,
        high,
        p_value: randomisation_test(&differences, a.protocol.seed),
    })
}

/// Whether `report` beats `baseline` by the paired interval of `ndcg@10`; where the reports have no
/// `ndcg@10`, by that of NDCG at the greatest k of `report`.
///
/// # Errors
/// As [`compare`].
pub fn beats(report: &EvalReport, baseline: &EvalReport) -> Result<Verdict, CompareError> {
    let k = Some(Metric::MAIN.k).filter(|k| report.protocol.ks.contains(k));
    let k = k.or(report.protocol.ks.last().copied()).unwrap_or(Metric::MAIN.k);
    let metric = Metric { kind: MetricKind::Ndcg, k };
    Ok(compare(report, baseline, metric)?.verdict(metric.kind))
}

impl PairedDifference {
    /// What the interval says about the first model.
    #[must_use]
    pub fn verdict(&self, kind: MetricKind) -> Verdict {
        let (is_above, is_below) = (self.low > 0.0, self.high < 0.0);
        match (is_above, is_below, kind.higher_is_better()) {
            (true, _, true) | (_, true, false) => Verdict::Better,
            (true, _, false) | (_, true, true) => Verdict::Worse,
            _ => Verdict::Undecided,
        }
    }
}

/// p-values corrected for being looked at together (Holm 1979), in the order given.
#[must_use]
pub fn holm(p_values: &[f64]) -> Vec<f64> {
    let mut order: Vec<usize> = (0..p_values.len()).collect();
    order.sort_by(|&a, &b| p_values[a].total_cmp(&p_values[b]));
    let mut corrected = vec![0.0; p_values.len()];
    let mut floor: f64 = 0.0;
    for (smaller, at) in order.into_iter().enumerate() {
        let remaining = (p_values.len() - smaller) as f64;
        floor = floor.max(p_values[at] * remaining).min(1.0);
        corrected[at] = floor;
    }
    corrected
}

fn check_comparable(a: &EvalReport, b: &EvalReport) -> Result<(), CompareError> {
    match a.protocol.difference(&b.protocol) {
        Some((what, a, b)) => Err(CompareError::DifferentProtocol { what, a, b }),
        None if a.users != b.users => Err(CompareError::DifferentProtocol {
            what: "the shoppers judged",
            a: format!("{} shoppers", a.users.len()),
            b: format!("{} shoppers", b.users.len()),
        }),
        None => Ok(()),
    }
}

impl Protocol {
    /// The first thing that keeps two reports from being put side by side, with both values.
    #[must_use]
    pub fn difference(&self, other: &Self) -> Option<(&'static str, String, String)> {
        let pairs = [
            ("data", self.revision.to_string(), other.revision.to_string()),
            ("split", self.split.to_string(), other.split.to_string()),
            ("phase", format!("{:?}", self.phase), format!("{:?}", other.phase)),
            (
                "what was fitted on",
                format!("{:?}", self.fitted_on),
                format!("{:?}", other.fitted_on),
            ),
            ("masking of seen products", on_off(self.mask_seen), on_off(other.mask_seen)),
            ("ranking", format!("{:?}", self.ranking), format!("{:?}", other.ranking)),
        ];
        pairs.into_iter().find(|(_, a, b)| a != b)
    }
}

fn on_off(is_on: bool) -> String {
    if is_on { "masked" } else { "not masked" }.to_owned()
}

fn values(report: &EvalReport, metric: Metric) -> Result<&[f32], CompareError> {
    let name = metric.to_string();
    match report.per_user.get(&name) {
        Some(values) if values.len() == report.users.len() => Ok(values),
        _ => Err(CompareError::NoValues { metric: name, model: report.model.clone() }),
    }
}

/// Under the null hypothesis either model could have had either value, so the sign of each difference
/// is a coin's (Fisher 1935). Cases without a difference change nothing and are left out.
pub(super) fn randomisation_test(differences: &[f32], seed: u64) -> f64 {
    let differences: Vec<f32> = differences.iter().copied().filter(|&value| value != 0.0).collect();
    let sum: f64 = differences.iter().copied().map(f64::from).sum();
    // Sums that differ by rounding alone count as equal.
    let scale: f64 = differences.iter().map(|value| f64::from(value.abs())).sum();
    let observed = sum.abs() - scale * 1e-9;
    let is_as_large = |flip: &usize| flipped_sum(&differences, seed, *flip).abs() >= observed;
    let as_large = (0..SIGN_FLIPS).into_par_iter().filter(is_as_large).count();
    (as_large + 1) as f64 / (SIGN_FLIPS + 1) as f64
}

fn flipped_sum(differences: &[f32], seed: u64, flip: usize) -> f64 {
    // Streams from here on are not used by the bootstrap of the same seed.
    let mut rng = stream(seed, usize::MAX / 2 + flip);
    let mut sum = 0.0;
    for block in differences.chunks(64) {
        let mut signs = rng.next_u64();
        for &value in block {
            sum += f64::from(f32::from_bits(value.to_bits() ^ ((signs as u32 & 1) << 31)));
            signs >>= 1;
        }
    }
    sum
}

#[cfg(test)]
mod tests {
    use super::super::fixtures::report;
    use super::*;

    #[test]
    fn p_values_are_exact_where_all_signs_can_be_counted() {
        // Six equal differences: only all plus and all minus reach the observed sum, 2 of 64.
        let p_value = randomisation_test(&[0.5; 6], 3);
        assert!((p_value - 2.0 / 64.0).abs() < 0.006, "{p_value}");
        assert!((randomisation_test(&[0.5, -0.5, 0.0], 3) - 1.0).abs() < 1e-9);
        assert!((randomisation_test(&[], 3) - 1.0).abs() < 1e-9);
    }

    #[test]
    fn a_clear_difference_is_found_and_signed() {
        let low: Vec<f32> = (0..400_u16).map(|case| f32::from(case % 5) / 10.0).collect();
        let high: Vec<f32> = low.iter().map(|value| value + 0.1).collect();
        let (better, worse) = (report("x", &high), report("y", &low));
        let paired = compare(&better, &worse, Metric::MAIN).unwrap();
        assert!((paired.difference - 0.1).abs() < 1e-6 && paired.low > 0.09 && paired.high < 0.11);
        assert!(paired.p_value < 0.001);
        assert_eq!(beats(&better, &worse), Ok(Verdict::Better));
        assert_eq!(beats(&worse, &better), Ok(Verdict::Worse));
        assert_eq!(beats(&better, &better), Ok(Verdict::Undecided));
        let inequality = PairedDifference { difference: 0.1, low: 0.05, high: 0.2, p_value: 0.01 };
        assert_eq!(inequality.verdict(MetricKind::Gini), Verdict::Worse);
    }

    #[test]
    fn reports_measured_differently_are_refused() {
        let a = report("x", &[0.0, 1.0]);
        let refused = |change: fn(&mut EvalReport)| {
            let mut b = a.clone();
            change(&mut b);
            match compare(&a, &b, Metric::MAIN) {
                Err(CompareError::DifferentProtocol { what, .. }) => what,
                other => panic!("{other:?}"),
            }
        };
        assert_eq!(refused(|b| b.protocol.revision.0.push('x')), "data");
        assert_eq!(
            refused(|b| b.protocol.split.kinds.push(crate::dataset::EventKind::Cart)),
            "split"
        );
        assert_eq!(
            refused(|b| b.protocol.phase = crate::dataset::split::Phase::Validation),
            "phase"
        );
        assert_eq!(refused(|b| b.protocol.mask_seen = false), "masking of seen products");
        assert_eq!(refused(|b| b.users.swap(0, 1)), "the shoppers judged");
    }

    #[test]
    fn a_metric_without_values_is_refused() {
        let a = report("x", &[0.0, 1.0]);
        let coverage = Metric { kind: MetricKind::Coverage, k: 10 };
        assert!(matches!(compare(&a, &a, coverage), Err(CompareError::NoValues { .. })));
    }

    #[test]
    fn holm_corrects_step_by_step() {
        let corrected = holm(&[0.01, 0.04, 0.03, 0.005]);
        for (found, expected) in corrected.iter().zip([0.03, 0.06, 0.06, 0.02]) {
            assert!((found - expected).abs() < 1e-12, "{corrected:?}");
        }
        assert_eq!(holm(&[0.9, 0.8]), [1.0, 1.0]);
        assert_eq!(holm(&[]), [] as [f64; 0]);
    }
}
