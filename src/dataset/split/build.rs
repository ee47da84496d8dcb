//! Dividing a dataset.

use std::ops::Range;
use std::sync::Arc;

use super::files::GivenParts;
use super::merge::kept_rows;
use super::ordered::{self, TimeBounds};
use super::random::Draw;
use super::{Holdout, Part, Phase, Repeats, Split, SplitError, SplitSpec, SplitStrategy};
use crate::dataset::{Dataset, EventKind, Interactions};
use crate::ids::{ItemIdx, UserIdx};

impl Split {
    /// Divides `dataset` as `spec` asks.
    ///
    /// Events without a product and of kinds that do not count are dropped first. Repeats in a row are
    /// then merged into the strongest of them (search < view < cart < rating < review < purchase <
    /// return, the first of equal ones); under splits by time and by files never across parts, so that
    /// nothing that comes later changes a visit that is learned from. Users without a visit to start
    /// from are not judged in a phase.
    ///
    /// # Errors
    /// [`SplitError::NoTimes`], [`SplitError::OutOfOrder`], [`SplitError::OutOfRange`],
    /// [`SplitError::NothingLeft`] or [`SplitError::NothingToLearn`] when there is nothing to divide or
    /// to learn from; [`SplitError::File`] or [`SplitError::FilesChanged`] for files that cannot be
    /// used.
    pub fn new(dataset: &Dataset, spec: &SplitSpec) -> Result<Self, SplitError> {
        if spec.strategy.is_by_time() && !dataset.has_times {
            return Err(SplitError::NoTimes);
        }
        let divided = divide(dataset, spec)?;
        let split = assemble(dataset, spec, divided);
        if split.train.is_empty() {
            let (first_ms, last_ms) = split.visits.span_ms().unwrap_or_default();
            return Err(SplitError::NothingToLearn { first_ms, last_ms });
        }
        Ok(split)
    }
}

/// Visits, the part of each, and what files named in vain.
struct Divided {
    visits: Interactions,
    parts: Vec<Part>,
    unmatched_rows: u64,
}

fn divide(dataset: &Dataset, spec: &SplitSpec) -> Result<Divided, SplitError> {
    let log = &dataset.interactions;
    let is_counted = |row: usize| log.item(row).is_some() && counts(&spec.kinds, log.kind(row));
    let counted = log.filter(|_, row| is_counted(row));
    if counted.is_empty() {
        return Err(nothing_left(log, &spec.kinds));
    }
    let mut unmatched_rows = 0;
    let of_events: Option<Vec<Part>> = match &spec.strategy {
        SplitStrategy::Files { files, fingerprint } => {
            let given = GivenParts::read(files, fingerprint, dataset)?;
            unmatched_rows = given.unmatched_rows;
            Some(chosen(given.parts, is_counted))
        }
        strategy => TimeBounds::of(strategy, &counted)?.map(|bounds| bounds.parts(&counted)),
    };
    let (visits, of_visits) = match spec.repeats {
        Repeats::Keep => (counted, of_events),
        Repeats::MergeConsecutive => {
            let is_same =
                |a: usize, b: usize| of_events.as_ref().is_none_or(|parts| parts[a] == parts[b]);
            let is_kept = kept_rows(&counted, is_same);
            let of_visits = of_events.map(|parts| chosen(parts, |row| is_kept[row]));
            (counted.filter(|_, row| is_kept[row]), of_visits)
        }
    };
    let parts = match of_visits {
        Some(parts) => parts,
        None => of_visits_alone(&visits, &spec.strategy)?,
    };
    Ok(Divided { visits, parts, unmatched_rows })
}

fn chosen(parts: Vec<Part>, is_chosen: impl Fn(usize) -> bool) -> Vec<Part> {
    parts.into_iter().enumerate().filter(|&(row, _)| is_chosen(row)).map(|(_, part)| part).collect()
}

/// The part of each visit under a strategy that looks at visits and not at single events.
fn of_visits_alone(
    visits: &Interactions,
    strategy: &SplitStrategy,
) -> Result<Vec<Part>, SplitError> {
    match *strategy {
        SplitStrategy::LastN { n: 0 } => Err(SplitError::OutOfRange {
            what: "the number of last events",
            found: "0".to_owned(),
            wanted: "1 or more",
        }),
        SplitStrategy::LastN { n } => Ok(ordered::last_n(visits, n as usize)),
        SplitStrategy::Ratio { share, by, stratified, seed } => {
            Draw { share, by, stratified, seed }.parts(visits)
        }
        _ => Ok(ordered::last_n(visits, 1)),
    }
}

fn assemble(dataset: &Dataset, spec: &SplitSpec, divided: Divided) -> Split {
    let Divided { visits, parts, unmatched_rows } = divided;
    let train = Arc::new(visits.filter(|_, row| parts[row] == Part::Train));
    let visits = Arc::new(visits);
    let histories = if spec.strategy.is_sequential() {
        [visits.clone(), visits.clone()]
    } else {
        let is_known = |row: usize| !matches!(parts[row], Part::Test | Part::Unused);
        [train.clone(), Arc::new(visits.filter(|_, row| is_known(row)))]
    };
    let cases = |phase: Phase| {
        let known = (!spec.strategy.is_sequential()).then(|| &*histories[phase as usize]);
        cases(&visits, &parts, known, phase)
    };
    Split {
        spec: spec.clone(),
        revision: dataset.revision.clone(),
        validation: cases(Phase::Validation),
        test: cases(Phase::Test),
        train,
        visits,
        parts: parts.into(),
        histories,
        unmatched_rows,
    }
}

/// The cases of a phase. Histories are all that `known` holds of a user, or what comes before the
/// user's first visit of the phase.
fn cases(
    visits: &Interactions,
    parts: &[Part],
    known: Option<&Interactions>,
    phase: Phase,
) -> Vec<Holdout> {
    let case = |(user, rows): (UserIdx, Range<usize>)| {
        let is_of_phase = |row: &usize| parts[*row] == phase.part();
        let first = rows.clone().find(is_of_phase)?;
        let history = known.map_or(rows.start..first, |known| known.rows_of(user));
        holdout(visits, user, history, (first..rows.end).filter(is_of_phase))
    };
    visits.users().filter_map(case).collect()
}

fn holdout(
    visits: &Interactions,
    user: UserIdx,
    history: Range<usize>,
    future: impl Iterator<Item = usize>,
) -> Option<Holdout> {
    let mut met = std::collections::HashSet::new();
    let relevant: Vec<ItemIdx> =
        future.filter_map(|row| visits.item(row)).filter(|&item| met.insert(item)).collect();
    (!history.is_empty() && !relevant.is_empty()).then_some(Holdout { user, history, relevant })
}

/// Whether a kind counts when none is asked for: a return is no sign of interest.
pub(super) fn default_kind(kind: EventKind) -> bool {
    kind != EventKind::Return
}

fn counts(kinds: &[EventKind], kind: EventKind) -> bool {
    if kinds.is_empty() { default_kind(kind) } else { kinds.contains(&kind) }
}

pub(super) fn nothing_left(log: &Interactions, kinds: &[EventKind]) -> SplitError {
    let names: Vec<&str> = kinds.iter().map(|kind| kind.name()).collect();
    SplitError::NothingLeft {
        events: log.len(),
        kinds: if names.is_empty() { "all but return".to_owned() } else { names.join(", ") },
    }
}
