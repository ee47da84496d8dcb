//! Which events a model may learn from and which it is judged on.
//!
//! Whatever the strategy, a [`Split`] keeps one contract: models are fitted on [`Split::train`] alone;
//! each [`Holdout`] gives a model a stretch of [`Split::known`] as history and asks for what the user
//! met in the phase; and [`Split::parts`] says of every visit where it went. [`leaks`] checks it.

mod build;
mod calendar;
mod error;
mod files;
#[cfg(test)]
pub(crate) mod fixtures;
mod leaks;
mod merge;
mod ordered;
mod parse;
mod random;
mod spec;
mod summary;
#[cfg(test)]
mod tests;
mod timeline;

pub(in crate::dataset) use calendar::parse_ms;

use std::ops::Range;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::interactions::Interactions;
use crate::ids::{DatasetRevision, ItemIdx, UserIdx};
pub use error::SplitError;
pub use leaks::{Leak, LeakKind, leaks};
pub use spec::{RatioBy, Repeats, SplitSpec, SplitStrategy, VALIDATION_SHARE};
pub use summary::{Cold, PartCounts, SplitSummary};
pub use timeline::Timeline;

/// The part that is predicted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Phase {
    /// For choosing epochs and settings.
    Validation,
    /// For the figures that are reported.
    Test,
}

impl Phase {
    /// Both, in the order of their use.
    pub const ALL: [Self; 2] = [Self::Validation, Self::Test];

    /// The part of the visits that is predicted in it.
    #[must_use]
    pub const fn part(self) -> Part {
        match self {
            Self::Validation => Part::Validation,
            Self::Test => Part::Test,
        }
    }
}

/// Where a visit went.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Part {
    /// Learned from.
    Train,
    /// Predicted for choosing.
    Validation,
    /// Predicted for reporting.
    Test,
    /// Given to the model as history of a user that it did not learn from.
    Context,
    /// Left out: after the end of a fold, or named by no file.
    Unused,
}

impl Part {
    /// Every part, in reading order.
    pub const ALL: [Self; 5] =
        [Self::Train, Self::Validation, Self::Test, Self::Context, Self::Unused];

    /// Its position in [`Self::ALL`].
    #[must_use]
    pub const fn index(self) -> usize {
        self as usize
    }
}

/// One case to judge a model on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Holdout {
    /// Whose future it is.
    pub user: UserIdx,
    /// Rows of [`Split::known`] of the phase that the model may look at.
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
    /// Where each row of `visits` went. `[visits.len()]`
    pub parts: Arc<[Part]>,
    /// The visits that models are fitted on.
    pub train: Arc<Interactions>,
    /// Cases for choosing.
    pub validation: Vec<Holdout>,
    /// Cases for reporting.
    pub test: Vec<Holdout>,
    /// The logs that hold the histories of validation and of test.
    pub histories: [Arc<Interactions>; 2],
    /// Rows of the files given that are no event of this dataset; 0 where no files are given.
    pub unmatched_rows: u64,
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

    /// The log whose rows are the histories of a phase's cases. Where parts follow one another in time
    /// it is [`Self::visits`]; else it holds what is known in the phase alone: the training part in
    /// validation, that and validation in test.
    #[must_use]
    pub fn known(&self, phase: Phase) -> &Arc<Interactions> {
        match phase {
            Phase::Validation => &self.histories[0],
            Phase::Test => &self.histories[1],
        }
    }
}
