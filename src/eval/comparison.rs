//! Several reports side by side: every pair, every metric, corrected for being many.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::metrics::{Metric, MetricKind};
use super::report::EvalReport;
use super::significance::{CompareError, PairedDifference, Verdict, compare, holm};
use crate::control::{Cancelled, Control};

/// Two reports in one metric, paired over users.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PairComparison {
    /// Position of the first report.
    pub a: usize,
    /// Position of the second.
    pub b: usize,
    /// In which metric, such as `ndcg@10`.
    pub metric: String,
    /// How much the first is above the second, with interval and p-value.
    #[serde(flatten)]
    pub difference: PairedDifference,
    /// The p-value after the correction of Holm over all pairs of this metric.
    pub p_holm: f64,
    /// What the interval says about the first.
    pub verdict: Verdict,
}

/// Two reports that cannot be tested against each other.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mismatch {
    /// Position of the first report.
    pub a: usize,
    /// Position of the second.
    pub b: usize,
    /// What differs and how.
    pub reason: String,
}

/// Several reports compared.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Comparison {
    /// The metrics, in reading order.
    pub metrics: Vec<String>,
    /// Every pair that was measured alike, by metric and then by position.
    pub pairs: Vec<PairComparison>,
    /// Every pair that was not.
    pub mismatches: Vec<Mismatch>,
}

/// The metrics at `k` that each user has a value of in every report, in reading order.
#[must_use]
pub fn shared_metrics(reports: &[&EvalReport], k: usize) -> Vec<Metric> {
    let kinds = MetricKind::ALL.into_iter().filter(|kind| kind.is_per_user());
    kinds
        .map(|kind| Metric::new(kind, k))
        .filter(|metric| {
            let name = metric.to_string();
            reports.iter().all(|report| report.per_user.contains_key(&name))
        })
        .collect()
}

/// Compares every pair of `reports` in every metric. Pairs that differ in data, split, phase, masking
/// or the users judged are refused and listed with the reason. The p-values of one metric are corrected
/// over all its pairs (Holm 1979); different metrics are different questions and are not pooled.
///
/// # Errors
/// [`Cancelled`] on request.
pub fn compare_all(
    reports: &[&EvalReport],
    metrics: &[Metric],
    control: &Control,
) -> Result<Comparison, Cancelled> {
    let n = reports.len();
    let all: Vec<(usize, usize)> = (0..n).flat_map(|a| (a + 1..n).map(move |b| (a, b))).collect();
    let total = (all.len() * metrics.len()) as u64;
    let mut mismatches = BTreeMap::new();
    let mut pairs: Vec<PairComparison> = Vec::new();
    for (done, &metric) in metrics.iter().enumerate() {
        let from = pairs.len();
        for (at, &(a, b)) in all.iter().enumerate() {
            control.check()?;
            control.report("stage-comparing", (done * all.len() + at) as u64, total);
            match compare(reports[a], reports[b], metric) {
                Ok(difference) => pairs.push(PairComparison {
                    a,
                    b,
                    metric: metric.to_string(),
                    difference,
                    p_holm: difference.p_value,
                    verdict: difference.verdict(metric.kind),
                }),
                Err(error @ CompareError::DifferentProtocol { .. }) => {
                    mismatches.insert((a, b), error.to_string());
                }
                Err(error) => drop(mismatches.entry((a, b)).or_insert_with(|| error.to_string())),
            }
        }
        let p_values: Vec<f64> = pairs[from..].iter().map(|pair| pair.difference.p_value).collect();
        for (pair, p_holm) in pairs[from..].iter_mut().zip(holm(&p_values)) {
            pair.p_holm = p_holm;
        }
    }
    let mismatches =
        mismatches.into_iter().map(|((a, b), reason)| Mismatch { a, b, reason }).collect();
    Ok(Comparison { metrics: metrics.iter().map(ToString::to_string).collect(), pairs, mismatches })
}

#[cfg(test)]
mod tests {
    use super::super::fixtures::report;
    use super::*;
    use crate::dataset::split::{SplitSpec, SplitStrategy};

    fn values(shift: f32) -> Vec<f32> {
        (0..200_u16).map(|case| f32::from(case % 7) / 10.0 + shift).collect()
    }

    #[test]
    fn every_pair_is_tested_and_corrected_over_all_pairs() {
        let reports =
            [report("a", &values(0.2)), report("b", &values(0.1)), report("c", &values(0.1))];
        let reports: Vec<&EvalReport> = reports.iter().collect();
        let compared = compare_all(&reports, &[Metric::MAIN], &Control::default()).unwrap();
        let ends: Vec<(usize, usize)> =
            compared.pairs.iter().map(|pair| (pair.a, pair.b)).collect();
        assert_eq!(ends, [(0, 1), (0, 2), (1, 2)]);
        assert_eq!(compared.mismatches, []);
        let [ab, ac, bc] = &compared.pairs[..] else { panic!("three pairs") };
        assert_eq!((ab.verdict, bc.verdict), (Verdict::Better, Verdict::Undecided));
        assert!((ab.p_holm - 3.0 * ab.difference.p_value).abs() < 1e-12);
        assert!((ac.p_holm - ab.p_holm).abs() < 1e-12, "the correction never falls");
        assert!((bc.p_holm - 1.0).abs() < 1e-12);
        let json = serde_json::to_value(ab).unwrap();
        for key in ["a", "b", "metric", "difference", "low", "high", "p_value"] {
            assert!(json.get(key).is_some(), "{key}");
        }
    }

    #[test]
    fn what_was_measured_otherwise_is_listed_and_not_tested() {
        let mut other = report("b", &values(0.1));
        other.protocol.split = SplitSpec::from(SplitStrategy::LastN { n: 2 });
        let (a, c) = (report("a", &values(0.2)), report("c", &values(0.0)));
        let reports = [&a, &other, &c];
        let metrics = shared_metrics(&reports, 10);
        assert_eq!(metrics, [Metric::MAIN]);
        let compared = compare_all(&reports, &metrics, &Control::default()).unwrap();
        assert_eq!(compared.pairs.len(), 1);
        assert_eq!((compared.pairs[0].a, compared.pairs[0].b), (0, 2));
        assert_eq!(compared.mismatches.len(), 2);
        assert!(compared.mismatches[0].reason.contains("split"), "{:?}", compared.mismatches);
        assert!(shared_metrics(&reports, 5).is_empty());
    }

    #[test]
    fn a_comparison_stops_when_it_is_told_to() {
        let a = report("a", &values(0.2));
        let control = Control::default();
        control.cancel_token().cancel();
        assert_eq!(compare_all(&[&a, &a], &[Metric::MAIN], &control), Err(Cancelled));
    }
}
