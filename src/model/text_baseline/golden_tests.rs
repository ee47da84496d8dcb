//! The baseline against scikit-learn 1.9.1; values made by `scripts/golden/text_baseline.py`.

use serde::Deserialize;

use super::{BaselineText, LinearModel, LinearTarget, TfIdf};
use crate::control::Control;

#[derive(Deserialize)]
struct Golden {
    train: Vec<String>,
    test: Vec<String>,
    marks: Vec<u32>,
    terms: Vec<String>,
    idf: Vec<f64>,
    first_row: Vec<f64>,
    two: Two,
    three: Three,
    ridge: Numbers,
}

#[derive(Deserialize)]
struct Two {
    weights: Vec<f64>,
    intercept: f64,
    chances: Vec<f64>,
}

#[derive(Deserialize)]
struct Three {
    chances: Vec<Vec<f64>>,
}

#[derive(Deserialize)]
struct Numbers {
    intercept: f64,
    values: Vec<f64>,
}

fn golden() -> Golden {
    serde_json::from_str(include_str!("../../../tests/golden/text/baseline.json")).expect("golden")
}

fn texts(texts: &[String]) -> Vec<BaselineText<'_>> {
    texts.iter().map(|text| BaselineText::from(text.as_str())).collect()
}

fn near(found: f64, expected: f64, tolerance: f64, what: &str) {
    assert!((found - expected).abs() < tolerance, "{what}: {found}, expected {expected}");
}

#[test]
fn weights_of_words_are_those_of_scikit_learn() {
    let golden = golden();
    let train = texts(&golden.train);
    let tfidf = TfIdf::fit(&train, 1);
    assert_eq!(tfidf.len(), golden.terms.len());
    let rows = tfidf.transform(&train[..1]);
    let mut first = vec![0.0; tfidf.len()];
    rows.row(0).for_each(|(column, value)| first[column] = value);
    for (at, term) in golden.terms.iter().enumerate() {
        assert_eq!(tfidf.column(term), u32::try_from(at).ok(), "{term}");
        near(tfidf.idf(at), golden.idf[at], 1e-12, term);
        near(first[at], golden.first_row[at], 1e-12, term);
    }
}

/// Values made by `scripts/golden/text_labels.py`.
#[test]
fn labels_are_told_one_by_one_as_by_scikit_learn() {
    #[derive(Deserialize)]
    struct Labels {
        train: Vec<String>,
        test: Vec<String>,
        sets: Vec<Vec<u8>>,
        chances: Vec<Vec<f64>>,
    }
    let golden: Labels =
        serde_json::from_str(include_str!("../../../tests/golden/text/labels.json"))
            .expect("golden");
    let (train, test) = (texts(&golden.train), texts(&golden.test));
    let tfidf = TfIdf::fit(&train, 1);
    let (rows, judged) = (tfidf.transform(&train), tfidf.transform(&test));
    let n = golden.sets[0].len();
    let marks: Vec<bool> = golden.sets.concat().iter().map(|&mark| mark == 1).collect();
    let (own, others) = marks.split_at(train.len() * n);
    let target = LinearTarget::Marks { of: own, n };
    let model = LinearModel::fit(&rows, target, 5.0, &Control::default()).expect("fitted");
    for (found, expected) in model.predict(&judged).iter().zip(golden.chances.iter().flatten()) {
        near(*found, *expected, 1e-5, "chance of a label");
    }
    let loss = model.loss(&judged, LinearTarget::Marks { of: others, n });
    let chances = golden.chances.concat();
    let each = chances
        .iter()
        .zip(others)
        .map(|(chance, &has)| -(if has { *chance } else { 1.0 - chance }).ln());
    near(loss, each.sum::<f64>() / test.len() as f64, 1e-4, "loss");
}

#[test]
fn linear_models_are_those_of_scikit_learn() {
    let golden = golden();
    let (train, test) = (texts(&golden.train), texts(&golden.test));
    let tfidf = TfIdf::fit(&train, 1);
    let (rows, judged) = (tfidf.transform(&train), tfidf.transform(&test));
    let fit = |target| LinearModel::fit(&rows, target, 5.0, &Control::default()).expect("fitted");
    let marks = &golden.marks[..train.len()];
    let is_liked: Vec<u32> = marks.iter().map(|&mark| u32::from(mark > 0)).collect();
    let two = fit(LinearTarget::Classes { of: &is_liked, n: 2 });
    near(two.intercepts()[0], golden.two.intercept, 1e-4, "intercept");
    for (at, expected) in golden.two.weights.iter().enumerate() {
        near(two.weight(at, 0), *expected, 1e-4, &golden.terms[at]);
    }
    for (pair, expected) in two.predict(&judged).chunks(2).zip(&golden.two.chances) {
        near(pair[1], *expected, 1e-5, "chance of two classes");
    }
    let three = fit(LinearTarget::Classes { of: marks, n: 3 }).predict(&judged);
    for (found, expected) in three.iter().zip(golden.three.chances.iter().flatten()) {
        near(*found, *expected, 1e-5, "chance of three classes");
    }
    let numbers: Vec<f64> = marks.iter().map(|&mark| f64::from(mark)).collect();
    let ridge = fit(LinearTarget::Values(&numbers));
    near(ridge.intercepts()[0], golden.ridge.intercept, 1e-4, "intercept of ridge");
    for (found, expected) in ridge.predict(&judged).iter().zip(&golden.ridge.values) {
        near(*found, *expected, 1e-4, "rating");
    }
}
