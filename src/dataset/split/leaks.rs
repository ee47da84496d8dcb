//! Whether anything of what is predicted, or of the future, is known beforehand.
//!
//! The check trusts nothing that [`Split::new`] says: it compares the training part and the histories,
//! event by event, with what is held out and with the dataset. What leaks because of how a split is
//! meant (a random one draws the past from among the future) is found too and marked as such; see Ji,
//! Sun, Zhang & Li 2023, "A critical study on data leakage in recommender system offline evaluation".

use std::fmt;
use std::ops::Range;

use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::{Part, Phase, Split};
use crate::dataset::{Dataset, EventKind, Interactions};
use crate::ids::{ItemIdx, UserIdx};

/// Examples kept of each finding.
const MAX_EXAMPLES: usize = 3;

/// What kind of knowledge leaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LeakKind {
    /// The split was made of other data than what it is checked against.
    OtherData,
    /// A held-out event is learned from.
    HeldOutInTrain,
    /// A held-out event stands in the history that a model is given.
    HeldOutInHistory,
    /// Under a split by time, something at or after the start of validation is learned from.
    FittedOnFuture,
    /// A user's own event after the first one held out of that user is learned from.
    FutureInTrain,
    /// A history holds an event later than what is to be predicted.
    FutureInHistory,
    /// A visit that is learned from is no event of the data: something else changed it.
    AlteredInTrain,
    /// The same event (shopper, product, kind, time) stands twice in the data, once in training and
    /// once held out.
    TwinHeldOut,
    /// Others' events after the first one held out are learned from, so that trends of that time are
    /// known.
    LaterThanFirstHeldOut,
}

/// What is found, as the end of a sentence that begins with a number of events.
impl fmt::Display for LeakKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::OtherData => "visits are of other data than what the split is checked against",
            Self::HeldOutInTrain => "held-out visits are learned from",
            Self::HeldOutInHistory => "held-out visits stand in histories given to models",
            Self::FittedOnFuture => "visits at or after the start of validation are learned from",
            Self::FutureInTrain => {
                "visits are learned from that a shopper made after one that is held out"
            }
            Self::FutureInHistory => "visits in histories are later than what is to be predicted",
            Self::AlteredInTrain => "visits that are learned from are no event of the data",
            Self::TwinHeldOut => "visits learned from are also held out, being twice in the data",
            Self::LaterThanFirstHeldOut => {
                "visits of others learned from are later than the first one held out"
            }
        })
    }
}

/// One finding.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Leak {
    /// What leaks.
    pub kind: LeakKind,
    /// Events concerned.
    pub events: u64,
    /// Whether this kind of split or of data brings it with it. Anything else is a defect, and figures
    /// measured on the split are too good.
    pub is_by_design: bool,
    /// Some of the events: shopper, product and time.
    pub examples: Vec<String>,
}

/// What leaks in `split`, the worst first; empty when nothing does.
///
/// O(n log n) in the visits, over all cores.
#[must_use]
pub fn leaks(dataset: &Dataset, split: &Split) -> Vec<Leak> {
    if split.revision != dataset.revision {
        return vec![Leak {
            kind: LeakKind::OtherData,
            events: split.visits.len() as u64,
            is_by_design: false,
            examples: vec![format!("{} and {}", split.revision, dataset.revision)],
        }];
    }
    let check = Check::new(dataset, split);
    let users = 0..dataset.n_users();
    let found = users
        .into_par_iter()
        .fold(Findings::default, |mut findings, user| {
            check.user(UserIdx::from_index(user), &mut findings);
            findings
        })
        .reduce(Findings::default, Findings::and);
    check.report(found)
}

/// Events per kind of leak, and the first ones in the order of users.
#[derive(Default)]
struct Findings(std::collections::BTreeMap<LeakKind, (u64, Vec<(UserIdx, Key)>)>);

impl Findings {
    fn add(&mut self, kind: LeakKind, user: UserIdx, key: Key) {
        let (events, examples) = self.0.entry(kind).or_default();
        *events += 1;
        if examples.len() < MAX_EXAMPLES {
            examples.push((user, key));
        }
    }

    /// `later` are of users after these: rayon keeps the order of an indexed range.
    fn and(mut self, later: Self) -> Self {
        for (kind, (events, examples)) in later.0 {
            let known = self.0.entry(kind).or_default();
            known.0 += events;
            let room = MAX_EXAMPLES - known.1.len();
            known.1.extend(examples.into_iter().take(room));
        }
        self
    }
}

/// What makes two events of a user the same.
type Key = (i64, Option<ItemIdx>, EventKind);

fn key(log: &Interactions, row: usize) -> Key {
    (log.time_ms(row), log.item(row), log.kind(row))
}

fn sorted_keys(log: &Interactions, rows: impl Iterator<Item = usize>) -> Vec<Key> {
    let mut keys: Vec<Key> = rows.map(|row| key(log, row)).collect();
    keys.sort_unstable();
    keys
}

fn copies(sorted: &[Key], key: &Key) -> usize {
    sorted.partition_point(|known| known <= key) - sorted.partition_point(|known| known < key)
}

struct Check<'a> {
    dataset: &'a Dataset,
    split: &'a Split,
    /// The first moment that is held out from everybody, under a split by time.
    phase_from_ms: Option<i64>,
    /// The time of the first event that is held out at all.
    first_held_out_ms: Option<i64>,
}

impl<'a> Check<'a> {
    fn new(dataset: &'a Dataset, split: &'a Split) -> Self {
        let held_out = (0..split.visits.len()).filter(|&row| is_held_out(split, row));
        let first_held_out_ms = held_out.map(|row| split.visits.time_ms(row)).min();
        let is_by_time = split.spec.strategy.is_by_time();
        Self {
            dataset,
            split,
            phase_from_ms: first_held_out_ms.filter(|_| is_by_time),
            first_held_out_ms: first_held_out_ms.filter(|_| dataset.has_times && !is_by_time),
        }
    }

    fn user(&self, user: UserIdx, findings: &mut Findings) {
        self.train(user, findings);
        for phase in Phase::ALL {
            let cases = self.split.holdouts(phase);
            let of_user = cases.partition_point(|case| case.user < user);
            for case in cases[of_user..].iter().take_while(|case| case.user == user) {
                self.history(user, phase, case.history.clone(), findings);
            }
        }
    }

    fn train(&self, user: UserIdx, findings: &mut Findings) {
        let Split { visits, train, .. } = self.split;
        let rows = visits.rows_of(user);
        let held_out =
            sorted_keys(visits, rows.clone().filter(|&row| is_held_out(self.split, row)));
        let of_train = |row: &usize| self.split.parts.get(*row) == Some(&Part::Train);
        let meant = sorted_keys(visits, rows.filter(of_train));
        let first_own_ms = held_out.first().map(|key| key.0);
        let trained = sorted_keys(train, train.rows_of(user));
        for one in train.rows_of(user).map(|row| key(train, row)) {
            if held_out.binary_search(&one).is_ok() {
                let is_twin = copies(&trained, &one) <= copies(&meant, &one);
                findings.add(
                    if is_twin { LeakKind::TwinHeldOut } else { LeakKind::HeldOutInTrain },
                    user,
                    one,
                );
            }
            if self.phase_from_ms.is_some_and(|from_ms| one.0 >= from_ms) {
                findings.add(LeakKind::FittedOnFuture, user, one);
            }
            if first_own_ms.is_some_and(|first_ms| one.0 > first_ms) {
                findings.add(LeakKind::FutureInTrain, user, one);
            } else if self.first_held_out_ms.is_some_and(|first_ms| one.0 > first_ms) {
                findings.add(LeakKind::LaterThanFirstHeldOut, user, one);
            }
            if !self.is_event(user, &one) {
                findings.add(LeakKind::AlteredInTrain, user, one);
            }
        }
    }

    /// Whether the data has this very event.
    fn is_event(&self, user: UserIdx, one: &Key) -> bool {
        let log = &self.dataset.interactions;
        let rows = log.rows_of(user);
        let (mut low, mut high) = (rows.start, rows.end);
        while low < high {
            let middle = low.midpoint(high);
            if log.time_ms(middle) < one.0 { low = middle + 1 } else { high = middle }
        }
        (low..rows.end)
            .take_while(|&row| log.time_ms(row) == one.0)
            .any(|row| key(log, row) == *one)
    }

    fn history(&self, user: UserIdx, phase: Phase, history: Range<usize>, findings: &mut Findings) {
        let Split { visits, parts, .. } = self.split;
        let is_hidden = |row: &usize| parts.get(*row).is_some_and(|&part| hides(phase, part));
        let held_out = sorted_keys(visits, visits.rows_of(user).filter(is_hidden));
        let Some(first_ms) = held_out.first().map(|key| key.0) else { return };
        let known = self.split.known(phase);
        let own = known.rows_of(user);
        // Rows of the visits themselves say where they went; those of another log are compared.
        let is_shared = std::sync::Arc::ptr_eq(known, visits);
        for row in history.filter(|&row| row < known.len()) {
            let one = key(known, row);
            let is_foreign = !own.contains(&row);
            let is_held_out = if is_shared {
                is_hidden(&row)
            } else {
                held_out.binary_search(&one).is_ok() && !self.is_twin(user, &one, phase)
            };
            if is_held_out || is_foreign {
                findings.add(LeakKind::HeldOutInHistory, user, one);
            } else if one.0 > first_ms {
                findings.add(LeakKind::FutureInHistory, user, one);
            }
        }
    }

    /// Whether the visits hold this event among what may be known as well.
    fn is_twin(&self, user: UserIdx, one: &Key, phase: Phase) -> bool {
        let Split { visits, parts, .. } = self.split;
        let is_open = |row: &usize| parts.get(*row).is_some_and(|&part| !hides(phase, part));
        visits.rows_of(user).filter(is_open).any(|row| key(visits, row) == *one)
    }

    fn report(&self, findings: Findings) -> Vec<Leak> {
        let is_sequential = self.split.spec.strategy.is_sequential();
        let leak = |(kind, (events, examples)): (LeakKind, (u64, Vec<(UserIdx, Key)>))| Leak {
            kind,
            events,
            is_by_design: match kind {
                LeakKind::TwinHeldOut | LeakKind::LaterThanFirstHeldOut => true,
                LeakKind::FutureInTrain | LeakKind::FutureInHistory => !is_sequential,
                _ => false,
            },
            examples: examples.into_iter().map(|(user, key)| self.example(user, &key)).collect(),
        };
        let mut leaks: Vec<Leak> = findings.0.into_iter().map(leak).collect();
        leaks.sort_by_key(|leak| leak.is_by_design);
        leaks
    }

    fn example(&self, user: UserIdx, (time_ms, item, kind): &Key) -> String {
        let item = item.map_or("-", |item| self.dataset.items.external(item.0));
        let when = if self.dataset.has_times {
            crate::dataset::load::format_ms(*time_ms)
        } else {
            format!("position {time_ms}")
        };
        format!("{} {} {item} {when}", self.dataset.users.external(user.0), kind.name())
    }
}

/// Whether a model judged in a phase must not know a part.
const fn hides(phase: Phase, part: Part) -> bool {
    match phase {
        Phase::Validation => matches!(part, Part::Validation | Part::Test),
        Phase::Test => matches!(part, Part::Test),
    }
}

fn is_held_out(split: &Split, row: usize) -> bool {
    matches!(split.parts.get(row), Some(Part::Validation | Part::Test))
}
