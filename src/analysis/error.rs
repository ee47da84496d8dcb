//! What can go wrong in an analysis, said so that the reader knows what to do next.

use crate::control::Cancelled;

/// Why an analysis has no result.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AnalysisError {
    /// Somebody asked for a stop.
    #[error(transparent)]
    Cancelled(#[from] Cancelled),
    /// A shopper that this dataset does not have.
    #[error("there is no shopper number {idx}: the shop has {n}. Choose one from the list")]
    UnknownUser {
        /// The dense index asked for.
        idx: u32,
        /// How many there are.
        n: usize,
    },
    /// A product that this dataset does not have.
    #[error("there is no product number {idx}: the shop has {n}. Choose one from the list")]
    UnknownItem {
        /// The dense index asked for.
        idx: u32,
        /// How many there are.
        n: usize,
    },
    /// Comparing by text without any text.
    #[error(
        "cannot compare by text: none of the {n_items} products has a title or a description. \
         Load a catalogue, or compare by behaviour"
    )]
    NoText {
        /// How many products there are.
        n_items: usize,
    },
    /// Nothing happened that could be counted.
    #[error(
        "cannot count transitions between {states}: no shopper has events of that sort \
         in the chosen segment. Choose other states or a wider segment"
    )]
    NoTransitions {
        /// The state space that was asked for.
        states: &'static str,
    },
    /// A segment that names something unknown.
    #[error("there is no {what} \"{name}\" in this shop. Choose one from the list")]
    UnknownSegment {
        /// `category`, `attribute`, `attribute value` or `segment`.
        what: &'static str,
        /// What was asked for.
        name: String,
    },
    /// A segment of so few shoppers that its figures would be about persons.
    #[error(
        "cannot show this segment: fewer than {min_group_size} shoppers are in it, and this shop was \
         imported so that smaller groups are not shown. Choose a wider segment"
    )]
    SmallGroup {
        /// The smallest group that is shown.
        min_group_size: u32,
    },
    /// A setting outside its range.
    #[error("{setting} is {found}, but has to be {expected}")]
    InvalidSetting {
        /// Which setting.
        setting: &'static str,
        /// What it was.
        found: String,
        /// What it may be.
        expected: &'static str,
    },
}
