//! The rows of a shop as tables: typed columns, a filter language, search, sorting, statistics of a
//! column, and how uneven shoppers and products are.
//!
//! A [`TableView`] borrows the data and copies nothing; a [`TableQuery`] gives [`Rows`], four bytes
//! per row that fits and none when every row does. Loops over rows are parallel, notice a cancel
//! within a block, and give the same result at every number of threads.

mod activity;
mod cells;
mod csv;
mod error;
pub mod expression;
mod filter;
mod histogram;
mod pieces;
mod predicate;
mod query;
mod rows;
mod sort;
mod statistics;
#[cfg(test)]
mod tests;
mod view;

pub use activity::{Activity, Concentration, Gaps, RankPoint, activity};
pub use csv::write_csv;
pub use error::TableError;
pub use histogram::{BinRule, Histogram, MAX_BINS};
pub use query::{SortKey, TableQuery, run_query};
pub use rows::Rows;
pub use statistics::{ColumnProfile, MAX_TOP, NumberSummary, TopValue, profile_column};
pub use view::{Column, ColumnKind, TableKind, TableView, Value};
