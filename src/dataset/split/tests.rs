//! Splits of small shops, strategy by strategy.

mod files;
mod kinds;
mod leaks;

use std::ops::Range;

use super::fixtures::{shop, shop_of_kinds};
use super::*;
use crate::dataset::{Dataset, EventKind};
use crate::ids::{ItemIdx, UserIdx};

fn items(dataset: &Dataset, log: &Interactions, rows: Range<usize>) -> Vec<String> {
    let id = |row| dataset.items.external(log.item(row).unwrap().0).to_owned();
    rows.map(id).collect()
}

fn ids(dataset: &Dataset, items: &[ItemIdx]) -> Vec<String> {
    items.iter().map(|item| dataset.items.external(item.0).to_owned()).collect()
}

fn at(validation_from_ms: i64, test_from_ms: i64) -> SplitSpec {
    SplitSpec {
        strategy: SplitStrategy::TimePoint { validation_from_ms, test_from_ms },
        ..SplitSpec::default()
    }
}

#[test]
fn of_each_user_the_last_is_test_and_the_one_before_validation() {
    let dataset = shop(&[
        ("long", "a", 1),
        ("long", "b", 2),
        ("long", "c", 3),
        ("long", "d", 4),
        ("short", "a", 1),
        ("short", "b", 2),
    ]);
    let split = Split::new(&dataset, &SplitSpec::default()).unwrap();
    assert_eq!((split.validation.len(), split.test.len()), (1, 1));
    let [validation] = split.holdouts(Phase::Validation) else { panic!("one case") };
    let [test] = split.holdouts(Phase::Test) else { panic!("one case") };
    assert_eq!(items(&dataset, &split.visits, validation.history.clone()), ["a", "b"]);
    assert_eq!(ids(&dataset, &validation.relevant), ["c"]);
    assert_eq!(items(&dataset, &split.visits, test.history.clone()), ["a", "b", "c"]);
    assert_eq!(ids(&dataset, &test.relevant), ["d"]);
    assert_eq!(split.train.rows_of(UserIdx(0)).len(), 2);
    assert_eq!(split.train.rows_of(UserIdx(1)).len(), 2, "short users are learned from whole");
}

#[test]
fn repeats_in_a_row_are_one_visit_of_the_strongest_kind() {
    let dataset = shop_of_kinds(&[
        ("u", "a", EventKind::View, 1),
        ("u", "a", EventKind::Purchase, 2),
        ("u", "a", EventKind::Cart, 3),
        ("u", "b", EventKind::View, 4),
        ("u", "a", EventKind::View, 5),
    ]);
    let split = Split::new(&dataset, &SplitSpec::default()).unwrap();
    let visits = &split.visits;
    assert_eq!(items(&dataset, visits, 0..visits.len()), ["a", "b", "a"]);
    assert_eq!(visits.kind(0), EventKind::Purchase);
    let keep = SplitSpec { repeats: Repeats::Keep, ..SplitSpec::default() };
    assert_eq!(Split::new(&dataset, &keep).unwrap().visits.len(), 5);
}

#[test]
fn only_kinds_that_count_are_visits() {
    let dataset = shop_of_kinds(&[
        ("u", "a", EventKind::View, 1),
        ("u", "", EventKind::Search, 2),
        ("u", "b", EventKind::Return, 3),
        ("u", "c", EventKind::Purchase, 4),
    ]);
    let visits = |kinds: &[EventKind]| {
        let spec = SplitSpec { kinds: kinds.to_vec(), ..SplitSpec::default() };
        Split::new(&dataset, &spec)
            .map(|split| items(&dataset, &split.visits, 0..split.visits.len()))
    };
    assert_eq!(visits(&[]).unwrap(), ["a", "c"]);
    assert_eq!(visits(&[EventKind::Return]).unwrap(), ["b"]);
    let error = visits(&[EventKind::Cart]).unwrap_err();
    assert!(error.to_string().ends_with("kinds asked for: cart"), "{error}");
}

#[test]
fn a_time_split_divides_at_its_points() {
    let dataset = shop(&[
        ("u", "a", 1),
        ("u", "b", 10),
        ("u", "c", 19),
        ("u", "d", 20),
        ("u", "e", 21),
        ("u", "d", 22),
        ("new", "a", 25),
        ("gone", "b", 3),
    ]);
    let split = Split::new(&dataset, &at(10, 20)).unwrap();
    let [validation] = split.holdouts(Phase::Validation) else { panic!("one case") };
    let [test] = split.holdouts(Phase::Test) else { panic!("one case") };
    assert_eq!(items(&dataset, &split.visits, validation.history.clone()), ["a"]);
    assert_eq!(ids(&dataset, &validation.relevant), ["b", "c"]);
    assert_eq!(items(&dataset, &split.visits, test.history.clone()), ["a", "b", "c"]);
    assert_eq!(ids(&dataset, &test.relevant), ["d", "e"], "distinct, in order");
    assert_eq!(split.train.len(), 2);
}

/// Whatever happens from a phase's start on must not change what a model judged on it can see.
#[test]
fn the_future_does_not_leak_through_a_time_split() {
    let past = [
        ("u", "a", EventKind::View, 1),
        ("u", "b", EventKind::View, 9),
        ("v", "b", EventKind::View, 8),
        ("u", "c", EventKind::View, 12),
        ("v", "c", EventKind::Cart, 19),
    ];
    let futures = [
        vec![("u", "c", EventKind::Purchase, 20), ("v", "c", EventKind::Purchase, 21)],
        vec![
            ("u", "a", EventKind::View, 20),
            ("v", "a", EventKind::Cart, 30),
            ("w", "b", EventKind::View, 31),
        ],
    ];
    let split = |future: &[(&str, &str, EventKind, i64)]| {
        let mut rows = past.to_vec();
        rows.extend_from_slice(future);
        let dataset = shop_of_kinds(&rows);
        (Split::new(&dataset, &at(10, 20)).unwrap(), dataset)
    };
    let seen = |(split, dataset): &(Split, Dataset)| {
        let histories = |cases: &[Holdout]| -> Vec<Vec<(String, EventKind, i64)>> {
            let event = |row| {
                let item = split.visits.item(row).unwrap();
                (
                    dataset.items.external(item.0).to_owned(),
                    split.visits.kind(row),
                    split.visits.time_ms(row),
                )
            };
            cases.iter().map(|case| case.history.clone().map(event).collect()).collect()
        };
        let train: Vec<_> = (0..split.train.len())
            .map(|row| split.train.row(row))
            .map(|row| (row.item, row.kind, row.time_ms))
            .collect();
        (train, histories(&split.validation), histories(&split.test))
    };
    let (first, second) = (split(&futures[0]), split(&futures[1]));
    assert_eq!(seen(&first), seen(&second));
    for (split, _) in [&first, &second] {
        assert!((0..split.train.len()).all(|row| split.train.time_ms(row) < 10));
        for (cases, from) in [(&split.validation, 10), (&split.test, 20)] {
            assert!(!cases.is_empty());
            for case in cases {
                assert!(case.history.clone().all(|row| split.visits.time_ms(row) < from));
                assert!(case.history.clone().all(|row| split.visits.user_of(row) == case.user));
            }
        }
    }
}

#[test]
fn what_cannot_be_divided_is_refused() {
    let mut dataset = shop(&[("u", "a", 10), ("u", "b", 20)]);
    assert!(matches!(Split::new(&dataset, &at(5, 15)), Err(SplitError::NothingToLearn { .. })));
    assert!(matches!(Split::new(&dataset, &at(15, 5)), Err(SplitError::OutOfOrder { .. })));
    dataset.has_times = false;
    assert_eq!(Split::new(&dataset, &at(15, 15)).unwrap_err(), SplitError::NoTimes);
    let empty = Split::new(&Dataset::default(), &SplitSpec::default());
    assert!(matches!(empty, Err(SplitError::NothingLeft { events: 0, .. })));
}
