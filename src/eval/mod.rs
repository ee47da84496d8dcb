//! Judging models: ranking metrics with their protocol, intervals and paired tests.
//!
//! [`evaluate`] ranks the whole catalogue for each case of a [`crate::dataset::split::Split`] and keeps
//! the value of every shopper, so that two reports can be compared in pairs afterwards ([`compare`]).

pub mod bootstrap;
mod case_scores;
pub mod classification;
pub mod comparison;
pub mod evaluate;
#[cfg(test)]
pub(crate) mod fixtures;
#[cfg(test)]
mod golden_tests;
mod judge;
mod levelled;
pub mod limit;
pub mod lists;
pub mod metrics;
pub mod pairs;
pub mod protocol;
mod rank;
pub mod report;
mod scores;
pub mod significance;
#[cfg(test)]
mod tests;
pub mod text;
pub mod vectors;

pub use comparison::{Comparison, Mismatch, PairComparison, compare_all, shared_metrics};
pub use evaluate::{EvalError, Evaluator, evaluate};
pub use limit::CaseLimit;
pub use metrics::{Hits, Metric, MetricKind, UnknownMetric};
pub use protocol::{DiversityBasis, EvalSpec, FittedOn, Protocol, Ranking, Ties};
pub use report::{Estimate, EvalReport};
pub use significance::{CompareError, PairedDifference, Verdict, beats, compare, holm};
pub use vectors::{DenseVectors, ItemVectors};
