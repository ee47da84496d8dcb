//! The cleaning step that deals with a finding, and what it would do.

use serde::Serialize;

use crate::dataset::clean::{Bound, CleaningStep, EventTest, Field, FillWith, TextFix};
use crate::dataset::event::EventKind;

/// What a repair does to what the finding counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Effect {
    /// Removes events.
    RemovesEvents,
    /// Removes shoppers with their events.
    RemovesUsers,
    /// Removes products.
    RemovesItems,
    /// Changes values.
    ChangesValues,
}

/// A cleaning step with its expected effect.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Repair {
    /// The step, as a recipe would hold it.
    pub step: CleaningStep,
    /// What it does.
    pub effect: Effect,
    /// To how many, if nothing else comes of it.
    pub amount: u64,
    /// Whether the true number depends on more than was counted here.
    pub is_estimate: bool,
}

impl Repair {
    const fn new(step: CleaningStep, effect: Effect, amount: u64) -> Self {
        Self { step, effect, amount, is_estimate: false }
    }

    /// Drop the events of some kinds that fail a test.
    pub(super) const fn drop_events(kinds: Vec<EventKind>, when: EventTest, events: u64) -> Self {
        Self::new(CleaningStep::DropEvents { kinds, when }, Effect::RemovesEvents, events)
    }

    /// Drop repeated events.
    pub(super) const fn deduplicate(window_secs: f64, exact: bool, events: u64) -> Self {
        let step = CleaningStep::DeduplicateEvents { window_secs, exact };
        Self::new(step, Effect::RemovesEvents, events)
    }

    /// Give the median to those without a value.
    pub(super) const fn fill_median(field: Field, values: u64) -> Self {
        let step = CleaningStep::FillMissing { field, with: FillWith::Median };
        Self::new(step, Effect::ChangesValues, values)
    }

    /// Give the most frequent text to those without one.
    pub(super) const fn fill_mode(field: Field, values: u64) -> Self {
        let step = CleaningStep::FillMissing { field, with: FillWith::Mode };
        Self::new(step, Effect::ChangesValues, values)
    }

    /// Pull numbers back to bounds.
    pub(super) const fn clip(
        field: Field,
        low: Option<f64>,
        high: Option<f64>,
        values: u64,
    ) -> Self {
        const fn bound(value: Option<f64>) -> Option<Bound> {
            match value {
                Some(value) => Some(Bound::Value(value)),
                None => None,
            }
        }
        let step = CleaningStep::Clip { field, low: bound(low), high: bound(high) };
        Self::new(step, Effect::ChangesValues, values)
    }

    /// Repair texts.
    pub(super) const fn texts(fields: Vec<Field>, fixes: Vec<TextFix>, values: u64) -> Self {
        Self::new(CleaningStep::NormaliseText { fields, fixes }, Effect::ChangesValues, values)
    }

    /// Let returns cancel purchases: of so many returns those go that find their purchase, and so do
    /// purchases that are used up.
    pub(super) fn merge_returns(events: u64) -> Self {
        Self {
            is_estimate: true,
            ..Self::new(CleaningStep::MergeReturns, Effect::RemovesEvents, events)
        }
    }

    /// Keep only plausible times.
    pub(super) const fn date_window(from: String, to: String, events: u64) -> Self {
        let step = CleaningStep::DateWindow { from: Some(from), to: Some(to) };
        Self::new(step, Effect::RemovesEvents, events)
    }

    /// Drop shoppers who are too fast for people.
    pub(super) const fn drop_bots(per_minute: u32, per_day: u32, users: u64) -> Self {
        let step = CleaningStep::DropBots {
            max_events_per_minute: Some(per_minute),
            max_events_per_day: Some(per_day),
        };
        Self::new(step, Effect::RemovesUsers, users)
    }

    /// Drop shoppers or products with a single event.
    pub(super) fn at_least_two(effect: Effect, amount: u64) -> Self {
        let (per_user, per_item) = match effect {
            Effect::RemovesUsers => (2, 0),
            _ => (0, 2),
        };
        let step = CleaningStep::MinimumCounts { per_user, per_item };
        Self { is_estimate: true, ..Self::new(step, effect, amount) }
    }

    /// Drop products without events.
    pub(super) const fn drop_unused(items: u64) -> Self {
        Self::new(CleaningStep::DropUnusedProducts, Effect::RemovesItems, items)
    }
}
