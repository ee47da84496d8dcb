//! Why a table has no answer.

use super::expression::ExpressionError;
use crate::control::Cancelled;

/// Why a query has no result.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TableError {
    /// Somebody asked for a stop.
    #[error(transparent)]
    Cancelled(#[from] Cancelled),
    /// The condition cannot be understood.
    #[error("the condition cannot be read: {0}")]
    Expression(#[from] ExpressionError),
    /// A column that the table does not have.
    #[error("the table of {table} has no column \"{name}\". Choose one of: {known}")]
    UnknownColumn {
        /// Which table.
        table: &'static str,
        /// What was asked for.
        name: String,
        /// What there is.
        known: String,
    },
}
