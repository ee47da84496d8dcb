//! Dividing a dataset.

use std::ops::Range;
use std::sync::Arc;

use super::{Holdout, Repeats, Split, SplitError, SplitSpec, SplitStrategy};
use crate::dataset::{Dataset, EventKind, Interactions};
use crate::ids::{ItemIdx, UserIdx};

/// Fewest visits of a user who is judged under leave-last-one-out.
const FEWEST_VISITS: usize = 3;

impl Split {
    /// Divides `dataset` as `spec` asks.
    ///
    /// Events without a product and of kinds that do not count are dropped first. Repeats in a row are
    /// then merged into the strongest of them (search < view < cart < rating < review < purchase <
    /// return, the first of equal ones); under a time split never across the start of a phase, so that
    /// nothing that comes later changes a visit that is learned from. Under leave-last-one-out users
    /// with fewer than three visits are learned from and not judged. Under a time split users without
    /// a visit before a phase are not judged in it: there is no history to start from.
    ///
    /// # Errors
    /// [`SplitError::NoTimes`], [`SplitError::OutOfOrder`], [`SplitError::NothingLeft`] or
    /// [`SplitError::NothingToLearn`] when there is nothing to divide or to learn from.
    pub fn new(dataset: &Dataset, spec: &SplitSpec) -> Result<Self, SplitError> {
        check(dataset, spec)?;
        let counted = counted(&dataset.interactions, &spec.kinds)?;
        let visits = match spec.repeats {
            Repeats::Keep => counted,
            Repeats::MergeConsecutive => merge_repeats(&counted, spec.strategy),
        };
        let parts = match spec.strategy {
            SplitStrategy::LastOne => last_one(&visits),
            SplitStrategy::TimePoint { validation_from_ms, test_from_ms } => {
                time_point(&visits, validation_from_ms, test_from_ms)
            }
        };
        if parts.train.is_empty() {
            let (first_ms, last_ms) = visits.span_ms().unwrap_or_default();
            return Err(SplitError::NothingToLearn { first_ms, last_ms });
        }
        Ok(Self {
            spec: spec.clone(),
            revision: dataset.revision.clone(),
            visits: Arc::new(visits),
            train: Arc::new(parts.train),
            validation: parts.validation,
            test: parts.test,
        })
    }
}

struct Parts {
    train: Interactions,
    validation: Vec<Holdout>,
    test: Vec<Holdout>,
}

fn check(dataset: &Dataset, spec: &SplitSpec) -> Result<(), SplitError> {
    let SplitStrategy::TimePoint { validation_from_ms, test_from_ms } = spec.strategy else {
        return Ok(());
    };
    if !dataset.has_times {
        return Err(SplitError::NoTimes);
    }
    if validation_from_ms > test_from_ms {
        return Err(SplitError::OutOfOrder { validation_from_ms, test_from_ms });
    }
    Ok(())
}

/// Whether a kind counts when none is asked for: a return is no sign of interest.
pub(super) fn default_kind(kind: EventKind) -> bool {
    kind != EventKind::Return
}

fn counted(log: &Interactions, kinds: &[EventKind]) -> Result<Interactions, SplitError> {
    let counts = |kind| if kinds.is_empty() { default_kind(kind) } else { kinds.contains(&kind) };
    let counted = log.filter(|_, row| log.item(row).is_some() && counts(log.kind(row)));
    if counted.is_empty() {
        return Err(nothing_left(log, kinds));
    }
    Ok(counted)
}

pub(super) fn nothing_left(log: &Interactions, kinds: &[EventKind]) -> SplitError {
    let names: Vec<&str> = kinds.iter().map(|kind| kind.name()).collect();
    SplitError::NothingLeft {
        events: log.len(),
        kinds: if names.is_empty() { "all but return".to_owned() } else { names.join(", ") },
    }
}

/// Interest that a kind shows, for choosing one event of a visit.
const fn strength(kind: EventKind) -> u8 {
    match kind {
        EventKind::Search => 0,
        EventKind::View => 1,
        EventKind::Cart => 2,
        EventKind::Rating => 3,
        EventKind::Review => 4,
        EventKind::Purchase => 5,
        EventKind::Return => 6,
    }
}

fn merge_repeats(log: &Interactions, strategy: SplitStrategy) -> Interactions {
    let mut is_kept = vec![false; log.len()];
    for (_, rows) in log.users() {
        let mut rows = rows.peekable();
        while let Some(first) = rows.next() {
            let mut strongest = first;
            let continues = |next: &usize| {
                log.item(*next) == log.item(first) && same_part(log, strategy, first, *next)
            };
            while let Some(next) = rows.next_if(continues) {
                if strength(log.kind(next)) > strength(log.kind(strongest)) {
                    strongest = next;
                }
            }
            is_kept[strongest] = true;
        }
    }
    log.filter(|_, row| is_kept[row])
}

fn same_part(log: &Interactions, strategy: SplitStrategy, row: usize, next: usize) -> bool {
    let SplitStrategy::TimePoint { validation_from_ms, test_from_ms } = strategy else {
        return true;
    };
    let part = |row| {
        let time = log.time_ms(row);
        (time >= validation_from_ms, time >= test_from_ms)
    };
    part(row) == part(next)
}

fn last_one(visits: &Interactions) -> Parts {
    let (mut validation, mut test) = (Vec::new(), Vec::new());
    let mut is_train = vec![true; visits.len()];
    for (user, rows) in visits.users() {
        if rows.len() < FEWEST_VISITS {
            continue;
        }
        for (row, cases) in [(rows.end - 2, &mut validation), (rows.end - 1, &mut test)] {
            is_train[row] = false;
            cases.extend(holdout(visits, user, rows.start..row, row..row + 1));
        }
    }
    Parts { train: visits.filter(|_, row| is_train[row]), validation, test }
}

fn time_point(visits: &Interactions, validation_from_ms: i64, test_from_ms: i64) -> Parts {
    let (mut validation, mut test) = (Vec::new(), Vec::new());
    for (user, rows) in visits.users() {
        let first_from = |from_ms| {
            let is_before = |row: &usize| visits.time_ms(*row) < from_ms;
            rows.start + rows.clone().take_while(is_before).count()
        };
        let (validation_row, test_row) = (first_from(validation_from_ms), first_from(test_from_ms));
        validation.extend(holdout(
            visits,
            user,
            rows.start..validation_row,
            validation_row..test_row,
        ));
        test.extend(holdout(visits, user, rows.start..test_row, test_row..rows.end));
    }
    let train = visits.filter(|_, row| visits.time_ms(row) < validation_from_ms);
    Parts { train, validation, test }
}

fn holdout(
    visits: &Interactions,
    user: UserIdx,
    history: Range<usize>,
    future: Range<usize>,
) -> Option<Holdout> {
    let mut relevant: Vec<ItemIdx> = Vec::new();
    let mut met = std::collections::HashSet::new();
    relevant.extend(future.filter_map(|row| visits.item(row)).filter(|&item| met.insert(item)));
    (!history.is_empty() && !relevant.is_empty()).then_some(Holdout { user, history, relevant })
}

#[cfg(test)]
mod tests {
    use super::super::Phase;
    use super::super::fixtures::{shop, shop_of_kinds};
    use super::*;

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
}
