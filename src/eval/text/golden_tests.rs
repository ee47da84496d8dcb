//! Figures of texts against scikit-learn 1.9.1; values made by `scripts/golden/text_baseline.py`.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::figures::{Figures, Truth};
use crate::control::Control;
use crate::model::bert::tasks::Predictions;

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
