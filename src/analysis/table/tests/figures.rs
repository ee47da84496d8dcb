//! Statistics against numpy, by `scripts/golden/table.py`.

use serde_json::Value as Json;

use super::*;
use crate::analysis::testing::{assert_close, golden, numbers};

fn profile(values: &[f64]) -> ColumnProfile {
    // Revenue is a column of double precision that takes any number.
    let items: Vec<ItemSummary> = values
        .iter()
        .enumerate()
        .map(|(item, &revenue)| ItemSummary {
            item: ItemIdx::from_index(item),
            users: 0,
            events: 0,
            views: 0,
            carts: 0,
            purchases: 0,
            returns: 0,
            units: 0.0,
            revenue,
            conversion: None,
            mean_stars: None,
            last_ms: None,
        })
        .collect();
    let dataset = Dataset {
        items: IdMap::from_ids((0..values.len()).map(|item| format!("p{item}"))),
        ..Dataset::default()
    };
    let view = TableView::products(&dataset, &items);
    profile_column(&view, "revenue", &Rows::All(values.len()), &Control::default())
        .expect("there is such a column")
}

fn check_histogram(found: Option<&Histogram>, expected: &Json, what: &str) {
    if expected.is_null() {
        assert!(found.is_none(), "{what}: there is nothing to count");
        return;
    }
    let found = found.unwrap_or_else(|| panic!("{what} is missing"));
    let counts: Vec<f64> = found.counts.iter().map(|&count| count as f64).collect();
    let edges = numbers(&expected["edges"]);
    let scale = edges.iter().fold(1.0_f64, |scale, edge| scale.max(edge.abs()));
    assert_close(&found.edges, &edges, 1e-9 * scale, &format!("{what}: edges"));
    assert_close(&counts, &numbers(&expected["counts"]), 0.0, &format!("{what}: counts"));
}

#[test]
fn figures_agree_with_numpy() {
    for case in golden("table")["cases"].as_array().expect("a list of cases") {
        let name = case["name"].as_str().expect("a name");
        let values = numbers(&case["values"]);
        let found = profile(&values);
        let summary = found.numbers.expect("there are numbers");
        let figures = [
            summary.min,
            summary.max,
            summary.mean,
            summary.std_dev,
            summary.sum,
            summary.p5,
            summary.p25,
            summary.median,
            summary.p75,
            summary.p95,
        ];
        let expected = numbers(&case["figures"]);
        let scale = expected.iter().fold(1.0_f64, |scale, figure| scale.max(figure.abs()));
        assert_close(&figures, &expected, 1e-9 * scale, name);
        assert_eq!(found.distinct, case["distinct"].as_u64().expect("a count"), "{name}");
        let top: Vec<f64> = found.top.iter().filter_map(|top| top.number).collect();
        let counts: Vec<f64> = found.top.iter().map(|top| top.count as f64).collect();
        assert_close(&top, &numbers(&case["top"]), 0.0, &format!("{name}: top values"));
        assert_close(&counts, &numbers(&case["top_counts"]), 0.0, &format!("{name}: top counts"));
        check_histogram(found.histogram.as_ref(), &case["histogram"], name);
        check_histogram(found.log_histogram.as_ref(), &case["log_histogram"], name);
    }
}

#[test]
fn texts_are_counted_with_ties_in_order() {
    let shop = shop();
    let view = shop.view(TableKind::Events);
    let of = |name: &str, rows: &Rows| {
        profile_column(&view, name, rows, &Control::default()).expect("there is such a column")
    };
    let category = of("category", &Rows::All(7));
    assert_eq!((category.rows, category.missing, category.distinct), (7, 1, 2));
    let top: Vec<_> =
        category.top.iter().map(|top| (top.text.as_deref().unwrap_or(""), top.count)).collect();
    assert_eq!(top, [("Home", 4), ("Kitchen", 2)]);
    let shopper = of("shopper", &Rows::Picked(vec![5, 0, 6]));
    let top: Vec<_> = shopper.top.iter().filter_map(|top| top.text.as_deref()).collect();
    assert_eq!(top, ["u1", "u2", "u10"]);
    let price = of("price", &Rows::Picked(vec![3, 6]));
    assert_eq!((price.missing, price.distinct, price.numbers), (2, 0, None));
    assert_eq!(price.histogram, None);
}

#[test]
fn counts_fall_into_bins_of_whole_numbers() {
    let sorted = [1.0, 1.0, 2.0, 3.0, 3.0, 3.0];
    let histogram = Histogram::of_sorted(&sorted, true).expect("there are numbers");
    assert_eq!(histogram.rule, BinRule::Whole);
    assert_eq!(histogram.counts.iter().sum::<u64>(), 6);
    assert!(histogram.edges.iter().all(|edge| (edge.fract().abs() - 0.5).abs() < 1e-12));
    let wide: Vec<f64> = (0..10_000).map(f64::from).collect();
    let histogram = Histogram::of_sorted(&wide, true).expect("there are numbers");
    assert!(histogram.counts.len() <= MAX_BINS);
    assert_eq!(histogram.counts.iter().sum::<u64>(), 10_000);
    assert_eq!(Histogram::of_sorted(&[], true), None);
    assert_eq!(Histogram::log_of_sorted(&[-1.0, 0.0]), None);
}

#[test]
fn activity_is_measured_by_rank() {
    let shop = shop();
    let found = activity(&shop.dataset, &Control::default()).expect("nobody cancels");
    let shoppers = found.per_shopper.expect("there are events");
    let points: Vec<_> = shoppers.points.iter().map(|point| (point.rank, point.count)).collect();
    assert_eq!(points, [(1, 3), (2, 3), (3, 1)]);
    // Gini of 1, 3, 3: (2 · (1 + 6 + 9) / 7 − 4) / 3.
    assert!((shoppers.gini - (32.0 / 7.0 - 4.0) / 3.0).abs() < 1e-12);
    assert!((shoppers.top_10_percent - 3.0 / 7.0).abs() < 1e-12);
    let products = found.per_product.expect("there are events");
    assert_eq!((products.n, products.summary.max), (3, 2.0));
    let gaps = found.gaps.expect("there are times");
    assert_eq!((gaps.n, gaps.zeros), (4, 1));
    assert!((gaps.summary_secs.max - 23.0 * 3_600.0).abs() < 1e-9);
    assert_eq!(gaps.histogram_secs.expect("there are gaps").counts.iter().sum::<u64>(), 3);
    let empty = activity(&Dataset::default(), &Control::default()).expect("nobody cancels");
    assert_eq!((empty.per_shopper, empty.gaps), (None, None));
}
