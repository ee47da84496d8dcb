//! How shoppers move: first-order Markov chains over event kinds, categories or products.

mod classes;
mod count;
mod graph;
mod matrix;
mod order_test;
mod passage;
mod segment;
mod states;
mod stationary;
mod types;

#[cfg(test)]
mod tests;

use crate::analysis::AnalysisError;
use crate::control::Control;
use crate::dataset::Dataset;
pub(crate) use count::sessions;
pub use types::{
    Edge, GraphLayout, OrderTest, Segment, StateId, StateSpace, Stationary, StationaryKind,
    TransitionMatrix, TransitionOptions,
};

/// The most states that stand for themselves: matrices are dense.
pub const MAX_STATES: usize = 1000;

/// Counts transitions and estimates `P(to | from) = (count + smoothing) / row total`.
///
/// Only moves that can happen are smoothed: nothing enters the start, nothing leaves the exit, and
/// without self transitions no state follows itself at once.
///
/// # Errors
/// [`AnalysisError::InvalidSetting`] for settings out of range, [`AnalysisError::UnknownSegment`] for a
/// category or attribute that the shop lacks, [`AnalysisError::SmallGroup`] for one of too few shoppers
/// to be shown, [`AnalysisError::NoTransitions`] where the segment has no
/// event with a state, and [`AnalysisError::Cancelled`].
pub fn transitions(
    dataset: &Dataset,
    options: &TransitionOptions,
    control: &Control,
) -> Result<TransitionMatrix, AnalysisError> {
    validate(options)?;
    let filter = segment::RowFilter::new(dataset, &options.segment)?;
    filter.check_size(dataset)?;
    let states = states::States::collect(dataset, options, &filter, control)?;
    if states.is_empty() {
        return Err(AnalysisError::NoTransitions { states: options.states.name() });
    }
    let counted = count::count(dataset, options, &filter, &states, control)?;
    Ok(matrix::assemble(dataset, options, states, counted))
}

fn validate(options: &TransitionOptions) -> Result<(), AnalysisError> {
    let invalid = |setting, found: String, expected| {
        Err(AnalysisError::InvalidSetting { setting, found, expected })
    };
    if !(1..=MAX_STATES).contains(&options.max_states) {
        return invalid("max_states", options.max_states.to_string(), "between 1 and 1000");
    }
    if options.lag == 0 {
        return invalid("lag", options.lag.to_string(), "at least 1");
    }
    if !options.smoothing.is_finite() || options.smoothing < 0.0 {
        return invalid("smoothing", options.smoothing.to_string(), "0 or above");
    }
    Ok(())
}
