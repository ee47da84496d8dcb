//! How large the parts are, and who and what is new in them.

use serde::{Deserialize, Serialize};

use super::{Part, Phase, Split};
use crate::dataset::Interactions;
use crate::ids::{ItemIdx, UserIdx};

/// One part in figures.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PartCounts {
    /// Which part.
    pub part: Part,
    /// Visits.
    pub visits: u64,
    /// Users with a visit in it.
    pub users: u64,
    /// Products met in it.
    pub items: u64,
    /// Of its users, those that nothing is learned from.
    pub cold_users: u64,
    /// Of its products, those that nothing is learned of.
    pub cold_items: u64,
    /// Of its visits, those to such products; no model of behaviour alone can predict them.
    pub cold_item_visits: u64,
    /// Time of its first visit, milliseconds since 1970-01-01 UTC; `None` of an empty part.
    pub first_ms: Option<i64>,
    /// Time of its last visit.
    pub last_ms: Option<i64>,
}

/// A split in figures.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SplitSummary {
    /// The parts that hold anything, in reading order.
    pub parts: Vec<PartCounts>,
    /// Cases to judge on in validation.
    pub validation_cases: u64,
    /// Cases to judge on in test.
    pub test_cases: u64,
    /// Rows of the files given that are no event of this dataset.
    pub unmatched_rows: u64,
}

/// Users and products that nothing is learned from, ascending.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Cold {
    /// Users with a visit in the phase and none in training.
    pub users: Vec<UserIdx>,
    /// Products met in the phase and not in training.
    pub items: Vec<ItemIdx>,
}

impl Split {
    /// The users and products of a phase that models have not learned from.
    #[must_use]
    pub fn cold(&self, phase: Phase) -> Cold {
        let known = Known::of(&self.train);
        let census = Census::of(self, phase.part(), known.items.len());
        Cold {
            users: census.users().filter(|user| !known.has_user(*user)).collect(),
            items: census.items().filter(|item| !known.has_item(*item)).collect(),
        }
    }

    /// Its parts in figures.
    #[must_use]
    pub fn summary(&self) -> SplitSummary {
        let known = Known::of(&self.train);
        let parts = Part::ALL.into_iter().map(|part| self.counts(part, &known));
        SplitSummary {
            parts: parts.filter(|counts| counts.visits > 0).collect(),
            validation_cases: self.validation.len() as u64,
            test_cases: self.test.len() as u64,
            unmatched_rows: self.unmatched_rows,
        }
    }

    fn counts(&self, part: Part, known: &Known) -> PartCounts {
        let census = Census::of(self, part, known.items.len());
        let rows = || (0..self.visits.len()).filter(|&row| self.parts[row] == part);
        let times = || rows().map(|row| self.visits.time_ms(row));
        let is_cold =
            |row: &usize| self.visits.item(*row).is_some_and(|item| !known.has_item(item));
        PartCounts {
            part,
            visits: rows().count() as u64,
            users: census.users().count() as u64,
            items: census.items().count() as u64,
            cold_users: census.users().filter(|user| !known.has_user(*user)).count() as u64,
            cold_items: census.items().filter(|item| !known.has_item(*item)).count() as u64,
            cold_item_visits: rows().filter(is_cold).count() as u64,
            first_ms: times().min(),
            last_ms: times().max(),
        }
    }
}

/// Who and what occurs in training.
struct Known<'a> {
    train: &'a Interactions,
    items: Vec<bool>,
}

impl<'a> Known<'a> {
    fn of(train: &'a Interactions) -> Self {
        let mut items = Vec::new();
        for item in (0..train.len()).filter_map(|row| train.item(row)) {
            mark(&mut items, item.index());
        }
        Self { train, items }
    }

    fn has_user(&self, user: UserIdx) -> bool {
        !self.train.rows_of(user).is_empty()
    }

    fn has_item(&self, item: ItemIdx) -> bool {
        self.items.get(item.index()).copied().unwrap_or(false)
    }
}

/// Who and what occurs in a part.
struct Census {
    users: Vec<bool>,
    items: Vec<bool>,
}

impl Census {
    fn of(split: &Split, part: Part, n_items: usize) -> Self {
        let mut census = Self { users: Vec::new(), items: vec![false; n_items] };
        for (user, rows) in split.visits.users() {
            for row in rows.filter(|&row| split.parts[row] == part) {
                mark(&mut census.users, user.index());
                if let Some(item) = split.visits.item(row) {
                    mark(&mut census.items, item.index());
                }
            }
        }
        census
    }

    fn users(&self) -> impl Iterator<Item = UserIdx> + '_ {
        marked(&self.users).map(UserIdx::from_index)
    }

    fn items(&self) -> impl Iterator<Item = ItemIdx> + '_ {
        marked(&self.items).map(ItemIdx::from_index)
    }
}

fn mark(marks: &mut Vec<bool>, at: usize) {
    if marks.len() <= at {
        marks.resize(at + 1, false);
    }
    marks[at] = true;
}

fn marked(marks: &[bool]) -> impl Iterator<Item = usize> + '_ {
    marks.iter().enumerate().filter(|(_, marked)| **marked).map(|(at, _)| at)
}
