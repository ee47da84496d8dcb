//! Cleaning: a list of steps that makes a new dataset of an existing one. The original is never
//! changed.
//!
//! Every step looks at each row a fixed number of times, is stopped within a second, and depends
//! on nothing but the data and its own parameters.

mod duplicates;
mod error;
mod events;
mod mojibake;
mod numbers;
mod outcome;
mod people;
mod recipe;
mod repair;
mod returns;
mod step;
#[cfg(test)]
mod tests;
mod texts;
mod work;

pub use error::CleanError;
pub use mojibake::repair_mojibake;
pub use outcome::{CleaningExample, Counts, MAX_CLEANING_EXAMPLES, StepOutcome};
pub use step::{
    Bound, CleaningStep, EventTest, Field, FieldKind, FillWith, RECIPE_VERSION, Recipe,
    ScaleMethod, TextFix,
};

use super::Dataset;
use super::load::revision_of;
use crate::control::Control;
use work::{Refusal, Work};

/// A cleaned dataset and what each step did.
#[derive(Debug, Clone)]
pub struct Cleaned {
    /// The new dataset, with a revision of its own unless nothing changed.
    pub dataset: Dataset,
    /// An outcome per step, in order.
    pub outcomes: Vec<StepOutcome>,
}

/// Carries out a recipe on a copy of a dataset.
///
/// # Errors
/// [`CleanError`] where a step asks for something that cannot be or would leave no event, where the
/// recipe is of a newer version, or where the work is cancelled.
pub fn apply(dataset: &Dataset, recipe: &Recipe, control: &Control) -> Result<Cleaned, CleanError> {
    if recipe.version > RECIPE_VERSION {
        return Err(CleanError::Newer { found: u64::from(recipe.version) });
    }
    control.check()?;
    let mut work = Work::new(dataset.clone(), control);
    let mut outcomes = Vec::with_capacity(recipe.steps.len());
    for (index, step) in recipe.steps.iter().enumerate() {
        control.report("stage-cleaning", index as u64, recipe.steps.len() as u64);
        let (position, name) = (index + 1, step.name());
        let before = Counts::of(&work.dataset);
        carry_out(&mut work, step).map_err(|refusal| match refusal {
            Refusal::Invalid(problem) => CleanError::Invalid { position, step: name, problem },
            Refusal::Cancelled(cancelled) => CleanError::Cancelled(cancelled),
        })?;
        if before.events > 0 && work.dataset.interactions.is_empty() {
            return Err(CleanError::NothingLeft { position, step: name, events: before.events });
        }
        outcomes.push(work.outcome(step, before));
    }
    control.check()?;
    let mut dataset = work.dataset;
    if !recipe.steps.is_empty() {
        dataset.revision = revision_of(&dataset);
    }
    Ok(Cleaned { dataset, outcomes })
}

fn carry_out(work: &mut Work<'_>, step: &CleaningStep) -> Result<(), Refusal> {
    match step {
        CleaningStep::DropEvents { kinds, when } => events::drop_events(work, kinds, *when),
        CleaningStep::DeduplicateEvents { window_secs, exact } => {
            duplicates::deduplicate_events(work, *window_secs, *exact)
        }
        CleaningStep::FillMissing { field, with } => match field.kind() {
            FieldKind::Number => numbers::fill(work, *field, with),
            FieldKind::Text => texts::fill(work, *field, with),
        },
        CleaningStep::Clip { field, low, high } => numbers::clip(work, *field, *low, *high),
        CleaningStep::NormaliseText { fields, fixes } => texts::normalise(work, fields, fixes),
        CleaningStep::MergeReturns => returns::merge_returns(work),
        CleaningStep::DropBots { max_events_per_minute, max_events_per_day } => {
            people::drop_bots(work, *max_events_per_minute, *max_events_per_day)
        }
        CleaningStep::KCore { users, items } => people::k_core(work, *users, *items),
        CleaningStep::MinimumCounts { per_user, per_item } => {
            people::minimum_counts(work, *per_user, *per_item)
        }
        CleaningStep::DateWindow { from, to } => {
            events::date_window(work, from.as_deref(), to.as_deref())
        }
        CleaningStep::Scale { field, method } => numbers::scale(work, *field, *method),
        CleaningStep::DropUnusedProducts => people::drop_unused_products(work),
    }
}
