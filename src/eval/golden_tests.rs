//! Metrics against the values that ranx 0.3.21, scikit-learn and numpy give; made by
//! `scripts/golden/ranking_metrics.py`.

use serde::Deserialize;

use super::lists::{coverage, diversity, gini, novelty, self_information};
use super::metrics::{Hits, Metric, MetricKind};
use super::rank::{best, ranks};
use super::vectors::DenseVectors;
use crate::ids::ItemIdx;

const GOLDEN: &str = include_str!("../../tests/golden/metrics/ranking_metrics.json");

#[derive(Deserialize)]
struct Golden {
    rankings: Vec<RankingCase>,
    lists: Vec<ListCase>,
}

#[derive(Deserialize)]
struct RankingCase {
    name: String,
    /// `null` where a product has no score.
    scores: Vec<Option<f32>>,
    relevant: Vec<u32>,
    expected: std::collections::BTreeMap<String, f64>,
}

#[derive(Deserialize)]
struct ListCase {
    name: String,
    k: usize,
    lists: Vec<Vec<u32>>,
    shoppers: Vec<u32>,
    n_shoppers: usize,
    vectors: Vec<Vec<f32>>,
    coverage: f64,
    gini: f64,
    novelty: Vec<f64>,
    diversity: Vec<f64>,
}

fn golden() -> Golden {
    serde_json::from_str(GOLDEN).unwrap()
}

#[test]
fn accuracy_is_that_of_ranx() {
    let cases = golden().rankings;
    assert!(cases.len() >= 20);
    for case in cases {
        let scores: Vec<f32> =
            case.scores.iter().map(|score| score.unwrap_or(f32::NEG_INFINITY)).collect();
        let relevant: Vec<ItemIdx> = case.relevant.iter().copied().map(ItemIdx).collect();
        assert_eq!(case.expected.len() % MetricKind::ACCURACY.len(), 0);
        for (name, expected) in case.expected {
            let metric: Metric = name.parse().unwrap();
            let ranks = ranks(&scores, &best(&scores, metric.k), &relevant, metric.k);
            let found = Hits { ranks, n_targets: relevant.len() }.value(metric).unwrap();
            assert!(
                (f64::from(found) - expected).abs() < 1e-6,
                "{} {name}: {found}, expected {expected}",
                case.name
            );
        }
    }
}

#[test]
fn list_measures_are_those_of_the_definitions() {
    for case in golden().lists {
        let lists: Vec<Vec<ItemIdx>> =
            case.lists.iter().map(|list| list.iter().copied().map(ItemIdx).collect()).collect();
        let mut exposure = vec![0; case.shoppers.len()];
        lists
            .iter()
            .flat_map(|list| list.iter().take(case.k))
            .for_each(|item| exposure[item.index()] += 1);
        assert!((coverage(&exposure) - case.coverage).abs() < 1e-9, "{}", case.name);
        assert!((gini(&exposure) - case.gini).abs() < 1e-9, "{}", case.name);
        let bits = self_information(&case.shoppers, case.n_shoppers);
        let vectors = DenseVectors::new(case.vectors[0].len(), case.vectors.concat());
        for ((list, expected_novelty), expected_diversity) in
            lists.iter().zip(case.novelty).zip(case.diversity)
        {
            let found = f64::from(novelty(list, case.k, &bits));
            assert!(
                (found - expected_novelty).abs() < 1e-5,
                "{}: {found}, expected {expected_novelty}",
                case.name
            );
            let found = f64::from(diversity(list, &[case.k], &vectors)[0]);
            assert!(
                (found - expected_diversity).abs() < 1e-5,
                "{}: {found}, expected {expected_diversity}",
                case.name
            );
        }
    }
}
