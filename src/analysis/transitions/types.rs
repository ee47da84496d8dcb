//! What can be asked of the transition counter and what it answers.

use serde::{Deserialize, Serialize};

use crate::analysis::AnalysisError;
use crate::dataset::EventKind;
use crate::ids::{DatasetRevision, ItemIdx};

/// What a state of the chain is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StateSpace {
    /// The kind of event: view, search, cart, …
    #[default]
    Event,
    /// The category of the product met.
    Category,
    /// The product met.
    Item,
}

impl StateSpace {
    /// Every state space.
    pub const ALL: [Self; 3] = [Self::Event, Self::Category, Self::Item];

    /// The name on the command line and in JSON.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Event => "event",
            Self::Category => "category",
            Self::Item => "item",
        }
    }

    /// The state space with this name.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|space| space.name() == name)
    }
}

/// Whose events count.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "kind")]
pub enum Segment {
    /// Everybody's.
    #[default]
    All,
    /// Shoppers with at least one purchase.
    Buyers,
    /// Shoppers without a purchase.
    NonBuyers,
    /// Events on products of one category.
    Category {
        /// Category as in the catalogue.
        name: String,
    },
    /// Shoppers with one value of an attribute.
    Attribute {
        /// Column of the user file.
        column: String,
        /// Value in it.
        value: String,
    },
}

impl Segment {
    /// Read `all`, `buyers`, `non-buyers`, `category=NAME` or `COLUMN=VALUE`.
    ///
    /// # Errors
    /// [`AnalysisError::UnknownSegment`] for anything else.
    pub fn parse(text: &str) -> Result<Self, AnalysisError> {
        match (text.trim(), text.split_once('=')) {
            ("" | "all", _) => Ok(Self::All),
            ("buyers", _) => Ok(Self::Buyers),
            ("non-buyers", _) => Ok(Self::NonBuyers),
            (_, Some(("category", name))) => Ok(Self::Category { name: name.trim().into() }),
            (_, Some((column, value))) => {
                Ok(Self::Attribute { column: column.trim().into(), value: value.trim().into() })
            }
            (other, None) => {
                Err(AnalysisError::UnknownSegment { what: "segment", name: other.into() })
            }
        }
    }
}

/// How transitions are counted.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TransitionOptions {
    /// What a state is.
    pub states: StateSpace,
    /// The most frequent states that stand for themselves; the rest become one "other" state.
    /// `1..=`[`super::MAX_STATES`].
    pub max_states: usize,
    /// How many steps lie between "from" and "to" when counting; 1 counts neighbours. (What the
    /// one-step chain implies for n steps is [`TransitionMatrix::n_step`].)
    pub lag: usize,
    /// Added to every possible cell before rows are normalised: additive (Laplace) smoothing.
    pub smoothing: f64,
    /// Break a shopper's chain where so many minutes pass without an event. Ignored where the source
    /// had no times.
    pub session_gap_minutes: Option<u32>,
    /// Add a start and an exit state around every chain.
    pub boundaries: bool,
    /// Whether staying in a state counts; if not, equal states in a row are one.
    pub self_transitions: bool,
    /// Whose events count.
    pub segment: Segment,
}

impl Default for TransitionOptions {
    fn default() -> Self {
        Self {
            states: StateSpace::Event,
            max_states: 50,
            lag: 1,
            smoothing: 0.0,
            session_gap_minutes: Some(30),
            boundaries: false,
            self_transitions: true,
            segment: Segment::All,
        }
    }
}

/// What a state stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StateId {
    /// A kind of event.
    Event(EventKind),
    /// A code of the catalogue's category column.
    Category(u32),
    /// A product whose category is not known.
    NoCategory,
    /// A product.
    Item(ItemIdx),
    /// All less frequent states together.
    Other,
    /// The beginning of a chain.
    Start,
    /// The end of a chain.
    Exit,
}

/// A first-order Markov chain over states; rows are "from", columns are "to".
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct TransitionMatrix {
    /// The data it was counted on.
    pub revision: DatasetRevision,
    /// How it was counted.
    pub options: TransitionOptions,
    /// `[n]` what each state is.
    pub ids: Vec<StateId>,
    /// `[n]` names in the data (`start`, `exit`, `other` and `(none)` for the special ones; views
    /// word those themselves by [`StateId`]).
    pub states: Vec<String>,
    /// `[n]` how often each state was visited in the segment.
    pub visits: Vec<u64>,
    /// `[n][n]` row-major transition counts, without smoothing.
    pub counts: Vec<f64>,
    /// `[n][n]` row-major `P(to | from)`; every row sums to 1. A state that was never left (the exit
    /// among them) keeps its mass: `P(state | state) = 1`, see [`Self::absorbing`].
    pub probabilities: Vec<f64>,
    /// `[n]` share of chains that begin in each state; all of it on the start state when there is one.
    pub initial: Vec<f64>,
    /// States that no transition leaves, so that their row was made absorbing.
    pub absorbing: Vec<usize>,
    /// How many chains (sessions, or shoppers without a gap) were read.
    pub n_chains: u64,
}

/// Where the chain spends its time in the long run.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Stationary {
    /// `[n]` long-run share of steps spent in each state; sums to 1 and satisfies `π P = π`.
    pub distribution: Vec<f64>,
    /// What kind of limit it is.
    pub kind: StationaryKind,
    /// Whether `P^n` itself settles; false for a periodic chain, whose time average still does.
    pub converged: bool,
    /// Closed classes: sets of states that are never left again. Above 1 the chain is reducible and
    /// the limit depends on where it begins; `distribution` then begins at
    /// [`TransitionMatrix::initial`].
    pub closed_classes: usize,
    /// States that the chain leaves for good.
    pub transient_states: usize,
    /// Least common period of the closed classes; 1 is aperiodic.
    pub period: usize,
    /// Largest `|π P - π|`.
    pub residual: f64,
}

/// What kind of limit a stationary distribution is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum StationaryKind {
    /// One closed class: unique, whatever the beginning.
    Unique,
    /// One closed class that is periodic: the unique time average.
    PeriodicAverage,
    /// Several closed classes: the time average from the observed beginnings.
    FromObservedStart,
    /// A chain with an exit was begun again at its start after each exit.
    Restarted,
}

/// One arrow of the transition graph.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Edge {
    /// State left.
    pub from: usize,
    /// State entered.
    pub to: usize,
    /// `P(to | from)`.
    pub probability: f64,
    /// Observed transitions.
    pub count: f64,
}

/// Whether the next state depends on the present one: Pearson's chi-square test of the transition
/// counts against independence (first order against zero order), boundary states left out.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct OrderTest {
    /// `Σ (observed - expected)² / expected`.
    pub chi_square: f64,
    /// `(rows - 1)(columns - 1)` over rows and columns that are not empty.
    pub degrees_of_freedom: usize,
    /// Probability of a statistic at least as large under independence.
    pub p_value: f64,
    /// Cramér's V in `0..=1`: how strong the dependence is, whatever the sample size.
    pub cramers_v: f64,
    /// Share of cells whose expected count is under 5; above 0.2 the p-value is rough.
    pub sparse_cells: f64,
}

/// Where to draw the states of the graph.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum GraphLayout {
    /// On a circle, states that lead to each other side by side.
    #[default]
    Circular,
    /// By springs (Fruchterman and Reingold), from the circular positions: deterministic.
    Force,
}
