//! What a step did.

use serde::{Deserialize, Serialize};

use super::step::CleaningStep;
use crate::dataset::Dataset;
use crate::dataset::event::EventKind;

/// Examples kept of each step.
pub const MAX_CLEANING_EXAMPLES: usize = 5;

/// How large a dataset is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counts {
    /// Rows of the behaviour log.
    pub events: u64,
    /// Shoppers.
    pub users: u64,
    /// Products.
    pub items: u64,
}

impl Counts {
    /// The counts of a dataset.
    #[must_use]
    pub fn of(dataset: &Dataset) -> Self {
        Self {
            events: dataset.interactions.len() as u64,
            users: dataset.n_users() as u64,
            items: dataset.n_items() as u64,
        }
    }
}

/// One row that a step removed or changed.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct CleaningExample {
    /// External id of the shopper, where the row has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user: Option<String>,
    /// External id of the product, where the row has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub item: Option<String>,
    /// Kind of the event, where the row is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kind: Option<EventKind>,
    /// Time of the event in milliseconds since 1970-01-01 UTC, where the data have times.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub time_ms: Option<i64>,
    /// The value before, or what the removed row held.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub before: Option<String>,
    /// The value after; nothing where the row was removed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub after: Option<String>,
}

/// What one step did.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct StepOutcome {
    /// The step.
    pub step: CleaningStep,
    /// Size of the data that it was given.
    pub before: Counts,
    /// Size of the data that it left.
    pub after: Counts,
    /// Values that it changed in rows that are left.
    pub changed_values: u64,
    /// Some of the rows that it removed or changed, in their order.
    pub examples: Vec<CleaningExample>,
}
