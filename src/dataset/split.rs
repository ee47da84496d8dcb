//! Which events a model may learn from and which it is judged on.

mod build;
mod calendar;
#[cfg(test)]
pub(crate) mod fixtures;
mod parse;

pub(in crate::dataset) use calendar::parse_ms;

use std::ops::Range;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::event::EventKind;
use super::interactions::Interactions;
use crate::ids::{DatasetRevision, ItemIdx, UserIdx};

/// How events are divided.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "kind")]
pub enum SplitStrategy {
    /// Of each user with at least three events the last is test, the one before it validation, the
    /// rest train.
    LastOne,
    /// Everything from `test_from_ms` on is test, the stretch before it from `validation_from_ms` on
    /// is validation. Nothing later than a phase's start is known to a model judged on it.
    TimePoint {
        /// Start of validation, milliseconds since 1970-01-01 UTC.
        validation_from_ms: i64,
        /// Start of test, milliseconds since 1970-01-01 UTC.
        test_from_ms: i64,
    },
}

/// What becomes of a product that a user meets again.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Repeats {
    /// Events in a row on one product are one visit, of the strongest kind among them.
    #[default]
    MergeConsecutive,
    /// Every event counts.
    Keep,
}

/// A split as it is asked for; part of every protocol.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SplitSpec {
    /// How events are divided.
    pub strategy: SplitStrategy,
    /// The kinds that count; empty means every kind that names a product, but for returns.
    pub kinds: Vec<EventKind>,
    /// What becomes of repeated products.
    pub repeats: Repeats,
}

impl Default for SplitSpec {
    fn default() -> Self {
        Self { strategy: SplitStrategy::LastOne, kinds: Vec::new(), repeats: Repeats::default() }
    }
}

/// The part that is predicted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Phase {
    /// For choosing epochs and settings.
    Validation,
    /// For the figures that are reported.
    Test,
}

/// One case to judge a model on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Holdout {
    /// Whose future it is.
    pub user: UserIdx,
    /// Rows of [`Split::visits`] that the model may look at.
    pub history: Range<usize>,
    /// What the user then met, distinct, in order; never empty.
    pub relevant: Vec<ItemIdx>,
}

/// A dataset divided for training and judgement. Item and user indices are the dataset's own.
#[derive(Debug, Clone)]
pub struct Split {
    /// What was asked for.
    pub spec: SplitSpec,
    /// The dataset that it divides.
    pub revision: DatasetRevision,
    /// All visits after kinds were chosen and repeats merged; every row names a product.
    pub visits: Arc<Interactions>,
    /// The visits that models are fitted on.
    pub train: Arc<Interactions>,
    /// Cases for choosing.
    pub validation: Vec<Holdout>,
    /// Cases for reporting.
    pub test: Vec<Holdout>,
}

impl Split {
    /// The cases of one phase.
    #[must_use]
    pub fn holdouts(&self, phase: Phase) -> &[Holdout] {
        match phase {
            Phase::Validation => &self.validation,
            Phase::Test => &self.test,
        }
    }
}

/// Why a dataset could not be divided.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SplitError {
    /// The text names no split.
    #[error(
        "cannot read the split \"{0}\"; write last-one, time:FRACTION such as time:0.8, or time:DATE such as \
         time:2011-11-01"
    )]
    Unreadable(String),
    /// A time point was asked of data that has no times.
    #[error(
        "the data has no times, so it cannot be divided at a point in time; use the split last-one"
    )]
    NoTimes,
    /// No event is left after choosing kinds.
    #[error("no event with a product is left of the {events} events; kinds asked for: {kinds}")]
    NothingLeft {
        /// Events in the dataset.
        events: usize,
        /// The kinds asked for.
        kinds: String,
    },
    /// The time points leave nothing to learn from.
    #[error(
        "no event lies before the start of validation; choose a later time (the events span {first_ms} \
         to {last_ms} ms since 1970)"
    )]
    NothingToLearn {
        /// Time of the first event, milliseconds since 1970-01-01 UTC.
        first_ms: i64,
        /// Time of the last event.
        last_ms: i64,
    },
    /// Validation would start after test.
    #[error(
        "validation starts at {validation_from_ms} ms, after test at {test_from_ms} ms; swap them"
    )]
    OutOfOrder {
        /// Start of validation.
        validation_from_ms: i64,
        /// Start of test.
        test_from_ms: i64,
    },
}
