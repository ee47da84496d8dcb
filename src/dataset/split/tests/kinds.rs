//! Every strategy keeps the contract and its own formula.

use super::super::fixtures::ring_shop;
use super::*;

fn spec(text: &str, dataset: &Dataset) -> SplitSpec {
    SplitSpec::parse(text, dataset).unwrap()
}

fn divided(text: &str, dataset: &Dataset) -> Split {
    Split::new(dataset, &spec(text, dataset)).unwrap()
}

fn count(split: &Split, part: Part) -> usize {
    split.parts.iter().filter(|&&one| one == part).count()
}

/// The visits of a part as (user, item, time).
fn visits_of(split: &Split, part: Part) -> Vec<(u32, u32, i64)> {
    let visit = |row: usize| {
        let item = split.visits.item(row).unwrap();
        (split.visits.user_of(row).0, item.0, split.visits.time_ms(row))
    };
    (0..split.visits.len()).filter(|&row| split.parts[row] == part).map(visit).collect()
}

const ALL: [&str; 8] = [
    "last-one",
    "last:2",
    "time:0.8",
    "fold:2/4",
    "ratio:0.8@3",
    "stratified:0.8",
    "ratio-users:0.7",
    "stratified-users:0.7@9",
];

#[test]
fn every_strategy_keeps_the_contract() {
    let dataset = ring_shop(80, 40, 15);
    for text in ALL {
        let split = divided(text, &dataset);
        assert_eq!(split.parts.len(), split.visits.len(), "{text}");
        assert_eq!(split.train.len(), count(&split, Part::Train), "{text}");
        for phase in Phase::ALL {
            let cases = split.holdouts(phase);
            assert!(!cases.is_empty(), "{text} {phase:?}");
            assert!(cases.is_sorted_by_key(|case| case.user), "{text} {phase:?}");
            let known = split.known(phase);
            for case in cases {
                assert!(!case.history.is_empty() && !case.relevant.is_empty(), "{text}");
                let own = known.rows_of(case.user);
                assert!(own.start <= case.history.start && case.history.end <= own.end, "{text}");
            }
        }
        let defects: Vec<Leak> =
            leaks(&dataset, &split).into_iter().filter(|leak| !leak.is_by_design).collect();
        assert_eq!(defects, [], "{text}");
    }
}

#[test]
fn a_seed_gives_one_split_and_another_seed_another() {
    let dataset = ring_shop(60, 30, 10);
    for name in ["ratio", "stratified", "ratio-users", "stratified-users"] {
        let parts = |seed| divided(&format!("{name}:0.8@{seed}"), &dataset).parts;
        assert_eq!(parts(1), parts(1), "{name}");
        assert_ne!(parts(1), parts(2), "{name}");
    }
}

#[test]
fn the_last_n_are_test_and_the_n_before_them_validation() {
    let dataset = shop(&[
        ("long", "a", 1),
        ("long", "b", 2),
        ("long", "c", 3),
        ("long", "d", 4),
        ("long", "e", 5),
        ("short", "a", 1),
        ("short", "b", 2),
        ("short", "c", 3),
        ("short", "d", 4),
    ]);
    let split = divided("last:2", &dataset);
    let [test] = split.holdouts(Phase::Test) else { panic!("one case") };
    let [validation] = split.holdouts(Phase::Validation) else { panic!("one case") };
    assert_eq!(ids(&dataset, &test.relevant), ["d", "e"]);
    assert_eq!(ids(&dataset, &validation.relevant), ["b", "c"]);
    assert_eq!(items(&dataset, &split.visits, validation.history.clone()), ["a"]);
    assert_eq!(items(&dataset, &split.visits, test.history.clone()), ["a", "b", "c"]);
    assert_eq!(split.train.rows_of(UserIdx(1)).len(), 4, "fewer than 2n + 1 are learned from");
    let zero = SplitSpec::from(SplitStrategy::LastN { n: 0 });
    assert!(matches!(Split::new(&dataset, &zero), Err(SplitError::OutOfRange { .. })));
}

#[test]
fn folds_roll_forward_and_never_look_ahead() {
    let dataset = ring_shop(50, 40, 20);
    let mut tested = 0;
    let mut last_end = i64::MIN;
    for fold in 1..=4 {
        let split = divided(&format!("fold:{fold}/4"), &dataset);
        let times = |part| visits_of(&split, part).into_iter().map(|(_, _, time)| time);
        let (train_end, test_start) =
            (times(Part::Train).max().unwrap(), times(Part::Test).min().unwrap());
        assert!(train_end < times(Part::Validation).min().unwrap());
        assert!(times(Part::Validation).max().unwrap() < test_start);
        assert!(test_start > last_end, "blocks follow one another");
        last_end = times(Part::Test).max().unwrap();
        assert!(times(Part::Unused).all(|time| time > last_end));
        assert_eq!(count(&split, Part::Unused) == 0, fold == 4);
        tested += count(&split, Part::Test);
    }
    let all = divided("fold:1/4", &dataset).visits.len();
    assert!(tested * 5 > all * 4 - 50, "four of five blocks are tested once: {tested} of {all}");
}

#[test]
fn a_ratio_of_events_is_drawn_exactly() {
    let dataset = ring_shop(50, 40, 20);
    let split = divided("ratio:0.75@5", &dataset);
    let n = split.visits.len();
    let test = (0.25 * n as f64).round() as usize;
    let validation = (0.1 * (n - test) as f64).round() as usize;
    assert_eq!((count(&split, Part::Test), count(&split, Part::Validation)), (test, validation));
    let case = &split.test[0];
    let held_out = visits_of(&split, Part::Test);
    let known = split.known(Phase::Test);
    for row in case.history.clone() {
        let visit = (case.user.0, known.item(row).unwrap().0, known.time_ms(row));
        assert!(!held_out.contains(&visit), "{visit:?} is held out");
    }
}

#[test]
fn nothing_is_learned_of_drawn_users() {
    let dataset = ring_shop(50, 40, 20);
    let split = divided("ratio-users:0.8", &dataset);
    assert_eq!((split.test.len(), split.validation.len()), (10, 4));
    for (phase, cases) in [(Phase::Test, &split.test), (Phase::Validation, &split.validation)] {
        assert_eq!(split.cold(phase).users.len(), cases.len());
        for case in cases {
            assert!(split.train.rows_of(case.user).is_empty());
            let all = split.visits.rows_of(case.user);
            let predicted = (0.2 * all.len() as f64).round() as usize;
            assert_eq!(case.history, all.start..all.end - predicted);
        }
    }
}

#[test]
fn strata_are_drawn_from_in_the_same_ratio() {
    // Forty shoppers of 3 events and ten of 16: drawn in one heap, chance decides between them.
    let mut rows = Vec::new();
    for user in 0..50_u32 {
        let length = if user < 40 { 3 } else { 16 };
        rows.extend((0..length).map(|step| (format!("u{user}"), format!("i{step}"), step)));
    }
    let rows: Vec<(&str, &str, i64)> =
        rows.iter().map(|(user, item, time)| (user.as_str(), item.as_str(), *time)).collect();
    let dataset = shop(&rows);
    for seed in 0..4 {
        let split = divided(&format!("stratified-users:0.8@{seed}"), &dataset);
        let is_active = |case: &&Holdout| case.user.0 >= 40;
        assert_eq!(split.test.iter().filter(is_active).count(), 2);
        assert_eq!(split.test.len(), 10);
    }
}

#[test]
fn the_summary_counts_parts_and_what_is_cold() {
    let dataset = shop(&[
        ("u", "a", 1),
        ("u", "b", 5),
        ("u", "new", 21),
        ("v", "a", 2),
        ("v", "c", 12),
        ("late", "a", 25),
    ]);
    let split = Split::new(&dataset, &at(10, 20)).unwrap();
    let summary = split.summary();
    let parts: Vec<Part> = summary.parts.iter().map(|counts| counts.part).collect();
    assert_eq!(parts, [Part::Train, Part::Validation, Part::Test]);
    let test = &summary.parts[2];
    assert_eq!((test.visits, test.users, test.items), (2, 2, 2));
    assert_eq!((test.cold_users, test.cold_items, test.cold_item_visits), (1, 1, 1));
    assert_eq!((test.first_ms, test.last_ms), (Some(21), Some(25)));
    assert_eq!((summary.validation_cases, summary.test_cases), (1, 1), "no case without a history");
    let cold = split.cold(Phase::Test);
    assert_eq!(ids(&dataset, &cold.items), ["new"]);
    assert_eq!(cold.users, [dataset.user("late").unwrap()]);
}

#[test]
fn the_timeline_counts_every_visit_once() {
    const DAY_MS: i64 = 86_400_000;
    let dataset = shop(&[
        ("u", "a", 0),
        ("u", "b", DAY_MS),
        ("u", "c", 3 * DAY_MS),
        ("v", "a", DAY_MS / 2),
        ("v", "b", 3 * DAY_MS + 5),
    ]);
    let split = Split::new(&dataset, &at(DAY_MS, 3 * DAY_MS)).unwrap();
    let timeline = Timeline::of(&split).unwrap();
    assert_eq!(timeline.starts_ms, [0, DAY_MS, 2 * DAY_MS, 3 * DAY_MS]);
    assert_eq!(timeline.of_part(Part::Train), [2, 0, 0, 0]);
    assert_eq!(timeline.of_part(Part::Validation), [0, 1, 0, 0]);
    assert_eq!(timeline.of_part(Part::Test), [0, 0, 0, 2]);
}
