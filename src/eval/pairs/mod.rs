//! Judging encoders that search: held-out queries over the whole collection, beside search by words, the
//! encoder as it was and what is popular.

mod figures;
mod held;
mod task;
#[cfg(test)]
mod tests;

pub use figures::{FoundFigures, METRICS};
pub use held::{PairLeaks, Queries};
pub use task::{PairReport, PairTask, find_rate, run};
