//! Cleaning against numpy, scikit-learn and pandas; the values were made by
//! `scripts/golden/cleaning.py`.

use serde::Deserialize;

use super::{Event, clean, shop, size};
use crate::dataset::clean::{Bound, CleaningStep, Field, ScaleMethod};
use crate::dataset::numeric::quantile;
use crate::dataset::{Dataset, EventKind};

const GOLDEN: &str = include_str!("../../../../tests/golden/cleaning.json");
/// Values are kept in 32 bits.
const TOLERANCE: f64 = 1e-6;

#[derive(Deserialize)]
struct Golden {
    shares: Vec<f64>,
    numbers: Vec<Numbers>,
    events: Vec<(u32, u32, EventKind, i64, f32)>,
    deduplicated: [u64; 3],
    deduplicated_exact: [u64; 3],
    k_cores: Vec<((u32, u32), [u64; 3])>,
    minimum_counts: Vec<((u32, u32), [u64; 3])>,
}

#[derive(Deserialize)]
struct Numbers {
    name: String,
    values: Vec<f64>,
    quantiles: Vec<f64>,
    clipped: Vec<f64>,
    standard: Vec<f64>,
    robust: Vec<f64>,
    min_max: Vec<f64>,
    log1p: Vec<f64>,
}

fn golden() -> Golden {
    serde_json::from_str(GOLDEN).unwrap()
}

fn assert_near(what: &str, found: &[f64], expected: &[f64]) {
    assert_eq!(found.len(), expected.len());
    for (found, expected) in found.iter().zip(expected) {
        let difference = (found - expected).abs();
        assert!(difference <= TOLERANCE * expected.abs().max(1.0), "{what}: {found} {expected}");
    }
}

/// The prices that a step makes of some.
fn after(values: &[f64], step: CleaningStep) -> Vec<f64> {
    let event = |(secs, &value): (usize, &f64)| Event {
        price: Some(value as f32),
        ..Event::new(0, 0, EventKind::Purchase, secs as i64)
    };
    let events: Vec<Event> = values.iter().enumerate().map(event).collect();
    let (cleaned, _) = clean(&shop(1, 1, &events), step);
    let log = &cleaned.interactions;
    (0..log.len()).map(|row| f64::from(log.row(row).price.unwrap())).collect()
}

#[test]
fn numbers_agree_with_numpy_and_scikit_learn() {
    let golden = golden();
    for case in golden.numbers {
        let at = |&share: &f64| quantile(&mut case.values.clone(), share).unwrap();
        let quantiles: Vec<f64> = golden.shares.iter().map(at).collect();
        assert_near(&case.name, &quantiles, &case.quantiles);
        let field = Field::Price;
        let at = |quantile| Some(Bound::Quantile { quantile });
        let clip = CleaningStep::Clip { field, low: at(0.1), high: at(0.9) };
        assert_near(&case.name, &after(&case.values, clip), &case.clipped);
        for (method, expected) in [
            (ScaleMethod::Standard, &case.standard),
            (ScaleMethod::Robust, &case.robust),
            (ScaleMethod::MinMax, &case.min_max),
            (ScaleMethod::Log1p, &case.log1p),
        ] {
            let found = after(&case.values, CleaningStep::Scale { field, method });
            assert_near(&format!("{} {method:?}", case.name), &found, expected);
        }
    }
}

fn drawn_shop(golden: &Golden) -> Dataset {
    let event = |&(user, item, kind, secs, amount): &(u32, u32, EventKind, i64, f32)| Event {
        amount: (amount > 0.0).then_some(amount),
        ..Event::new(user, item, kind, secs)
    };
    let events: Vec<Event> = golden.events.iter().map(event).collect();
    shop(40, 50, &events)
}

#[test]
fn counts_agree_with_pandas() {
    let golden = golden();
    let shop = drawn_shop(&golden);
    // pandas counts the products that are left in events.
    let left = |step| {
        let (cleaned, _) = clean(&shop, step);
        size(clean(&cleaned, CleaningStep::DropUnusedProducts).1.after)
    };
    let duplicates = |exact| CleaningStep::DeduplicateEvents { window_secs: 0.0, exact };
    assert_eq!(left(duplicates(false)), golden.deduplicated);
    assert_eq!(left(duplicates(true)), golden.deduplicated_exact);
    for ((users, items), expected) in golden.k_cores {
        assert_eq!(left(CleaningStep::KCore { users, items }), expected, "{users} {items}");
    }
    for ((per_user, per_item), expected) in golden.minimum_counts {
        let step = CleaningStep::MinimumCounts { per_user, per_item };
        assert_eq!(left(step), expected, "{per_user} {per_item}");
    }
}
