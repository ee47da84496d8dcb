//! Metrics against the values that ranx 0.3.21, `RecTools` 0.19.0, scikit-learn 1.9.1 and numpy give;
//! made by `scripts/golden/ranking_metrics.py` and `scripts/golden/evaluation.py`.

use serde::Deserialize;

use super::case_scores::Dense;
use super::classification::{Average, accuracy, f1, f1_average, log_loss, roc_auc};
use super::lists::{
    coverage, diversity, expectedness, gini, novelty, self_information, serendipity,
};
use super::metrics::{Hits, Metric, MetricKind};
use super::rank::{best, ranked};
use super::scores::Unseen;
use super::vectors::DenseVectors;
use crate::ids::ItemIdx;
use crate::model::ScoreScale;

const GOLDEN: &str = include_str!("../../tests/golden/metrics/ranking_metrics.json");
const SCORES: &str = include_str!("../../tests/golden/metrics/scores.json");

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
            let dense = Dense::new(&scores, &[]);
            let ranked = ranked(&dense, &best(&scores, metric.k), &relevant, metric.k);
            let ranks = ranked.into_iter().map(|(rank, _)| rank).collect();
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

#[derive(Deserialize)]
struct ScoresGolden {
    users: Vec<UserCase>,
    classification: Vec<ClassificationCase>,
}

#[derive(Deserialize)]
struct UserCase {
    name: String,
    scores: Vec<Option<f32>>,
    relevant: Vec<u32>,
    shoppers: Vec<u32>,
    serendipity: std::collections::BTreeMap<usize, f64>,
    auc: f64,
    log_loss: LossPair,
}

#[derive(Deserialize)]
struct LossPair {
    probability: f64,
    logit: f64,
}

#[derive(Deserialize)]
struct ClassificationCase {
    name: String,
    truth: Vec<u32>,
    named: Vec<u32>,
    chances: Vec<f64>,
    accuracy: f64,
    f1: [f64; 3],
    #[serde(rename = "macro")]
    macro_f1: f64,
    micro: f64,
    weighted: f64,
    auc: Option<f64>,
    log_loss: f64,
}

fn assert_close(found: f64, expected: f64, what: &str) {
    assert!((found - expected).abs() < 1e-5, "{what}: {found}, expected {expected}");
}

#[test]
fn surprise_area_and_loss_are_those_of_rectools_and_scikit_learn() {
    let golden: ScoresGolden = serde_json::from_str(SCORES).unwrap();
    assert!(golden.users.len() >= 15);
    for case in golden.users {
        let scores: Vec<f32> =
            case.scores.iter().map(|score| score.unwrap_or(f32::NEG_INFINITY)).collect();
        let targets: Vec<ItemIdx> = case.relevant.iter().copied().map(ItemIdx).collect();
        let expectedness = expectedness(&case.shoppers);
        for (&k, &expected) in &case.serendipity {
            let ranked = ranked(&Dense::new(&scores, &[]), &best(&scores, k), &targets, k);
            let found = f64::from(serendipity(&ranked, k, &expectedness));
            assert_close(found, expected, &format!("{} serendipity@{k}", case.name));
        }
        let dense = Dense::new(&scores, &[]);
        let unseen = Unseen::new(&dense, &targets);
        assert_close(f64::from(unseen.auc()), case.auc, &case.name);
        for (scale, expected) in [
            (ScoreScale::Probability, case.log_loss.probability),
            (ScoreScale::Logit, case.log_loss.logit),
        ] {
            let found = f64::from(unseen.log_loss(scale));
            assert_close(found, expected, &format!("{} {scale:?}", case.name));
        }
    }
}

#[test]
fn classification_is_that_of_scikit_learn() {
    let golden: ScoresGolden = serde_json::from_str(SCORES).unwrap();
    assert!(golden.classification.len() >= 10);
    for case in golden.classification {
        let (truth, named, name) = (&case.truth, &case.named, case.name.as_str());
        assert_close(accuracy(truth, named), case.accuracy, name);
        for (class, expected) in (0..).zip(case.f1) {
            assert_close(f1(truth, named, class), expected, name);
        }
        for (average, expected) in [
            (Average::Macro, case.macro_f1),
            (Average::Micro, case.micro),
            (Average::Weighted, case.weighted),
        ] {
            assert_close(f1_average(truth, named, average), expected, name);
        }
        let is_one: Vec<bool> = truth.iter().map(|&class| class == 1).collect();
        assert_eq!(roc_auc(&is_one, &case.chances).is_some(), case.auc.is_some(), "{name}");
        if let (Some(found), Some(expected)) = (roc_auc(&is_one, &case.chances), case.auc) {
            assert_close(found, expected, name);
        }
        assert_close(log_loss(&is_one, &case.chances), case.log_loss, name);
    }
}

#[test]
fn no_cases_are_no_reason_to_fail() {
    assert_eq!((accuracy(&[], &[]), f1(&[], &[], 0), log_loss(&[], &[])), (0.0, 0.0, 0.0));
    assert_eq!((f1_average(&[], &[], Average::Macro), roc_auc(&[], &[])), (0.0, None));
}
