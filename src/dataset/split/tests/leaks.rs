//! The leak check fails where something leaks: splits are made by hand, each with one defect.

use super::*;

fn dataset() -> Dataset {
    shop(&[
        ("u", "a", 1),
        ("u", "b", 9),
        ("u", "c", 12),
        ("u", "d", 21),
        ("v", "a", 2),
        ("v", "b", 15),
        ("v", "d", 25),
    ])
}

fn found(split: &Split) -> Vec<(LeakKind, u64)> {
    let leaks = leaks(&dataset(), split);
    leaks.iter().filter(|leak| !leak.is_by_design).map(|leak| (leak.kind, leak.events)).collect()
}

fn by_time() -> Split {
    Split::new(&dataset(), &at(10, 20)).unwrap()
}

#[test]
fn a_sound_split_has_no_leak() {
    assert_eq!(found(&by_time()), []);
    let last = Split::new(&dataset(), &SplitSpec::default()).unwrap();
    assert_eq!(found(&last), []);
    let later = leaks(&dataset(), &last);
    assert!(later.iter().all(|leak| leak.kind == LeakKind::LaterThanFirstHeldOut), "{later:?}");
}

#[test]
fn the_future_in_training_is_found() {
    let mut split = by_time();
    // All visits are learned from: two of validation, two of test.
    split.train = split.visits.clone();
    let kinds = found(&split);
    assert!(kinds.contains(&(LeakKind::HeldOutInTrain, 4)), "{kinds:?}");
    assert!(kinds.contains(&(LeakKind::FittedOnFuture, 4)), "{kinds:?}");
    assert!(kinds.contains(&(LeakKind::FutureInTrain, 2)), "{kinds:?}");
}

#[test]
fn one_test_event_in_training_is_found_and_named() {
    let dataset = dataset();
    let mut split = Split::new(&dataset, &SplitSpec::default()).unwrap();
    let test_row = split.visits.rows_of(UserIdx(0)).end - 1;
    let train = split.visits.filter(|_, row| split.parts[row] == Part::Train || row == test_row);
    split.train = Arc::new(train);
    let leaks = leaks(&dataset, &split);
    assert_eq!(leaks[0].kind, LeakKind::HeldOutInTrain);
    assert_eq!((leaks[0].events, leaks[0].is_by_design), (1, false));
    assert_eq!(leaks[0].examples, ["u view d 1970-01-01T00:00:00.021Z"]);
}

#[test]
fn a_history_that_reaches_too_far_is_found() {
    let mut split = by_time();
    split.test[0].history.end += 1;
    assert_eq!(found(&split), [(LeakKind::HeldOutInHistory, 1)]);
    let mut split = by_time();
    // Into test already in validation: one visit to be predicted now, one later.
    split.validation[0].history.end += 2;
    assert_eq!(found(&split), [(LeakKind::HeldOutInHistory, 2)]);
    let mut split = by_time();
    // The history of another shopper.
    split.test[0].history = split.visits.rows_of(UserIdx(1));
    assert_eq!(found(&split), [(LeakKind::HeldOutInHistory, 3)]);
}

#[test]
fn a_visit_that_the_future_has_changed_is_found() {
    let rows = [
        ("u", "a", EventKind::View, 1),
        ("u", "b", EventKind::View, 2),
        ("u", "b", EventKind::Purchase, 12),
        ("u", "c", EventKind::View, 21),
    ];
    let dataset = shop_of_kinds(&rows);
    let mut split = Split::new(&dataset, &at(10, 20)).unwrap();
    assert_eq!(leaks(&dataset, &split), []);
    // As if the view of b had been merged into the purchase that came later.
    let mut altered = rows;
    altered[1].2 = EventKind::Purchase;
    split.train = Arc::new(shop_of_kinds(&altered).interactions.filter(|_, row| row < 2));
    let leaks = leaks(&dataset, &split);
    assert_eq!((leaks[0].kind, leaks[0].events), (LeakKind::AlteredInTrain, 1));
}

#[test]
fn a_split_of_other_data_is_found() {
    let mut split = by_time();
    split.revision = DatasetRevision("other".to_owned());
    let [leak] = &leaks(&dataset(), &split)[..] else { panic!("one leak") };
    assert_eq!((leak.kind, leak.is_by_design), (LeakKind::OtherData, false));
}

#[test]
fn what_a_random_split_leaks_by_design_is_said() {
    let rows: Vec<(String, String, i64)> = (0..60)
        .map(|event| (format!("u{}", event % 4), format!("i{}", event % 13), event))
        .collect();
    let rows: Vec<(&str, &str, i64)> =
        rows.iter().map(|(user, item, time)| (user.as_str(), item.as_str(), *time)).collect();
    let dataset = shop(&rows);
    let spec = SplitSpec::parse("ratio:0.7@1", &dataset).unwrap();
    let leaks = leaks(&dataset, &Split::new(&dataset, &spec).unwrap());
    assert!(leaks.iter().all(|leak| leak.is_by_design), "{leaks:?}");
    for kind in [LeakKind::FutureInTrain, LeakKind::FutureInHistory] {
        assert!(leaks.iter().any(|leak| leak.kind == kind && leak.events > 0), "{kind:?}");
    }
}

#[test]
fn twins_on_both_sides_are_told_from_leaks() {
    // The same event twice in the data: one is learned from, the other held out.
    let dataset =
        shop(&[("u", "a", 5), ("u", "b", 6), ("u", "c", 7), ("u", "d", 9), ("u", "a", 5)]);
    let spec = SplitSpec { repeats: Repeats::Keep, ..SplitSpec::default() };
    let mut split = Split::new(&dataset, &spec).unwrap();
    let mut parts = vec![Part::Train; split.visits.len()];
    parts[1] = Part::Test;
    split.train = Arc::new(split.visits.filter(|_, row| row != 1));
    split.parts = parts.into();
    split.test.clear();
    split.validation.clear();
    let leaks = leaks(&dataset, &split);
    assert!(leaks.iter().any(|leak| leak.kind == LeakKind::TwinHeldOut && leak.is_by_design));
    assert!(leaks.iter().all(|leak| leak.kind != LeakKind::HeldOutInTrain), "{leaks:?}");
}
