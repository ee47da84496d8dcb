//! Statistics against numpy, scipy and scikit-learn; `scripts/golden/quality.py` wrote the values.

use serde_json::Value;

use crate::dataset::numeric::gini;
use crate::dataset::quality::statistics::{Robust, information_share};

fn golden(part: &str) -> Vec<Value> {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/golden/quality/statistics.json");
    let text = std::fs::read_to_string(path).unwrap();
    let value: Value = serde_json::from_str(&text).unwrap();
    value[part].as_array().unwrap().clone()
}

fn numbers(value: &Value) -> Vec<f64> {
    value.as_array().unwrap().iter().map(|number| number.as_f64().unwrap()).collect()
}

fn assert_near(found: f64, expected: &Value, what: &str) {
    let expected = expected.as_f64().unwrap();
    let tolerance = 1e-6 * expected.abs().max(1.0);
    assert!((found - expected).abs() < tolerance, "{what}: {found} for {expected}");
}

#[test]
fn robust_z_and_fences_agree_with_scipy() {
    for case in golden("robust") {
        let values = numbers(&case["values"]);
        let mut buffer: Vec<f32> = values.iter().map(|&value| value as f32).collect();
        let expected = &case["expected"];
        let Some(robust) = Robust::of(&mut buffer) else {
            assert!(expected.is_null() && values.is_empty());
            continue;
        };
        assert_near(robust.median, &expected["median"], "median");
        assert_near(robust.median_deviation, &expected["mad"], "mad");
        assert_near(robust.low_fence, &expected["low_fence"], "low fence");
        assert_near(robust.high_fence, &expected["high_fence"], "high fence");
        for (&value, z) in values.iter().zip(expected["z"].as_array().unwrap()) {
            assert_near(robust.z(value), z, "z");
        }
        let count =
            |test: &dyn Fn(f64) -> bool| values.iter().filter(|&&value| test(value)).count();
        assert_eq!(count(&|value| robust.is_outlying(value)), expected["outlying"]);
        assert_eq!(count(&|value| robust.is_beyond_fences(value)), expected["beyond"]);
    }
}

#[test]
fn gini_agrees_with_its_definition_by_differences() {
    for case in golden("gini") {
        let mut counts: Vec<u64> =
            numbers(&case["counts"]).iter().map(|&count| count as u64).collect();
        counts.sort_unstable();
        match gini(counts.iter().map(|&count| count as f64)) {
            Some(found) => assert_near(found, &case["expected"], "gini"),
            None => assert!(case["expected"].is_null()),
        }
    }
}

#[test]
fn the_information_share_agrees_with_scikit_learn() {
    for case in golden("information") {
        let rows = case["table"].as_array().unwrap().iter();
        let table: Vec<[u64; 2]> =
            rows.map(|row| [0, 1].map(|class| row[class].as_u64().unwrap())).collect();
        match information_share(&table) {
            Some(found) => assert_near(found, &case["expected"], "information"),
            None => assert!(case["expected"].is_null()),
        }
    }
}
