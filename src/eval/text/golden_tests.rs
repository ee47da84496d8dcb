//! Figures of texts against scikit-learn 1.9.1; values made by `scripts/golden/text_baseline.py`.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::figures::{Figures, Truth};
use super::labels::LabelFigures;
use crate::control::Control;
use crate::model::bert::tasks::{LabelSet, Predictions};

#[derive(Deserialize)]
struct Golden {
    train: Vec<String>,
    marks: Vec<u32>,
    three: Three,
    ridge: Ridge,
    metrics: BTreeMap<String, f64>,
}

#[derive(Deserialize)]
struct Three {
    chances: Vec<Vec<f64>>,
}

#[derive(Deserialize)]
struct Ridge {
    values: Vec<f64>,
}

#[derive(Deserialize)]
struct Labels {
    train: Vec<String>,
    sets: Vec<Vec<usize>>,
    chances: Vec<Vec<f64>>,
    metrics: BTreeMap<String, f64>,
    rounded: Vec<Vec<f64>>,
    rounded_metrics: BTreeMap<String, f64>,
    by_label: Vec<LabelFigures>,
    rounded_by_label: Vec<LabelFigures>,
    rare: Rare,
}

/// A label that no text has, one that every text has, and one that is never given.
#[derive(Deserialize)]
struct Rare {
    sets: Vec<Vec<usize>>,
    chances: Vec<Vec<f64>>,
    by_label: Vec<LabelFigures>,
}

fn label_set(marks: &[usize]) -> LabelSet {
    (0..marks.len()).filter(|&at| marks[at] == 1).collect()
}

fn of_labels(truth: &[LabelSet], chances: &[Vec<f64>]) -> Figures {
    let told = Predictions::Marks { labels: chances[0].len(), values: chances.concat() };
    Figures::new(Truth::Labels(truth), &told, 1, &Control::default()).unwrap()
}

fn assert_same_labels(found: &Figures, expected: &[LabelFigures]) {
    let found = found.by_label.as_ref().unwrap();
    assert_eq!(found.len(), expected.len());
    for (found, expected) in found.iter().zip(expected) {
        assert_eq!((found.support, found.given), (expected.support, expected.given));
        for (a, b) in [
            (found.precision, expected.precision),
            (found.recall, expected.recall),
            (found.f1, expected.f1),
            (found.auc, expected.auc),
        ] {
            let is_same = a.zip(b).map_or(a == b, |(a, b)| (a - b).abs() < 1e-12);
            assert!(is_same, "{found:?} and {expected:?}");
        }
    }
}

/// Values made by `scripts/golden/text_labels.py`.
#[test]
fn each_label_is_judged_as_by_scikit_learn() {
    let golden: Labels =
        serde_json::from_str(include_str!("../../../tests/golden/text/labels.json")).unwrap();
    let truth: Vec<LabelSet> =
        golden.sets[golden.train.len()..].iter().map(|marks| label_set(marks)).collect();
    assert_same_labels(&of_labels(&truth, &golden.chances), &golden.by_label);
    assert_same_labels(&of_labels(&truth, &golden.rounded), &golden.rounded_by_label);
    let Rare { sets, chances, by_label } = golden.rare;
    let truth: Vec<LabelSet> = sets.iter().map(|marks| label_set(marks)).collect();
    let found = of_labels(&truth, &chances);
    assert_same_labels(&found, &by_label);
    let [none, all, silent, _] = found.by_label.unwrap()[..] else { panic!("four labels") };
    assert!(none.given > 0, "what it was given to is still told");
    assert_eq!((none.precision, none.recall, none.f1, none.auc), (None, None, None, None));
    assert!(all.recall.is_some() && all.auc.is_none());
    assert_eq!((silent.precision, silent.recall, silent.f1), (None, Some(0.0), Some(0.0)));
}

/// Values made by `scripts/golden/text_labels.py`.
#[test]
fn figures_of_labels_are_those_of_scikit_learn() {
    let golden: Labels =
        serde_json::from_str(include_str!("../../../tests/golden/text/labels.json")).unwrap();
    let truth: Vec<LabelSet> =
        golden.sets[golden.train.len()..].iter().map(|marks| label_set(marks)).collect();
    for (chances, expected) in
        [(&golden.chances, &golden.metrics), (&golden.rounded, &golden.rounded_metrics)]
    {
        let found = of_labels(&truth, chances);
        assert_eq!((found.metrics.len(), expected.len()), (7, 7));
        for (name, expected) in expected {
            let found = found.get(name).unwrap();
            assert!((found.mean - expected).abs() < 1e-9, "{name}: {}, {expected}", found.mean);
            let (low, high) = (found.low.unwrap_or(0.0), found.high.unwrap_or(f64::INFINITY));
            assert!(low <= found.mean && found.mean <= high, "{name}");
        }
        let pairs: usize = found.calibration.unwrap().bins.iter().map(|bin| bin.texts).sum();
        assert_eq!(pairs, truth.len() * 4, "each label of each text");
    }
}

#[test]
fn figures_are_those_of_scikit_learn() {
    let golden: Golden =
        serde_json::from_str(include_str!("../../../tests/golden/text/baseline.json")).unwrap();
    let truth = &golden.marks[golden.train.len()..];
    let ratings: Vec<f64> = truth.iter().map(|&mark| f64::from(mark)).collect();
    let chances = golden.three.chances[..truth.len()].concat();
    let chances = Predictions::Chances { classes: 3, values: chances };
    let numbers = Predictions::Ratings(golden.ridge.values[..truth.len()].to_vec());
    let judge = |truth, told| Figures::new(truth, told, 1, &Control::default()).unwrap();
    let of_classes = judge(Truth::Classes(truth), &chances);
    let of_ratings = judge(Truth::Ratings(&ratings), &numbers);
    assert_eq!(golden.metrics.len(), 6);
    for (name, expected) in golden.metrics {
        let found = of_classes.get(&name).or_else(|| of_ratings.get(&name)).unwrap();
        assert!((found.mean - expected).abs() < 1e-9, "{name}: {}, {expected}", found.mean);
        assert!(found.low.unwrap() <= found.mean && found.mean <= found.high.unwrap(), "{name}");
    }
}
