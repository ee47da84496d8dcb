//! Which rows of which table in which order.

use super::error::TableError;
use super::expression::{Expression, Typed, resolve::resolve};
use super::filter::filter;
use super::predicate::{prepare, search};
use super::rows::Rows;
use super::sort::sort_by;
use super::view::{TableKind, TableView};
use crate::control::Control;

/// A column to sort by.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct SortKey {
    /// Name of the column.
    pub column: String,
    /// Largest or last first.
    pub descending: bool,
}

impl SortKey {
    /// `price` or, descending, `-price`.
    #[must_use]
    pub fn parse(text: &str) -> Self {
        match text.trim().strip_prefix('-') {
            Some(column) => Self { column: column.trim().to_owned(), descending: true },
            None => Self { column: text.trim().to_owned(), descending: false },
        }
    }
}

/// What is asked of a table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TableQuery {
    /// Which table.
    pub table: TableKind,
    /// What rows have to fulfil.
    pub condition: Option<Expression>,
    /// Words that rows have to hold, each in any text column.
    pub words: Vec<String>,
    /// Columns to sort by, the one that counts most first.
    pub sort: Vec<SortKey>,
    /// What kinds of events are called on the screen, in the order of
    /// [`crate::dataset::EventKind::ALL`]; found beside their own names. May be empty.
    pub kind_names: Vec<String>,
}

impl TableQuery {
    /// Every row of a table in its own order.
    #[must_use]
    pub const fn whole(table: TableKind) -> Self {
        Self { table, condition: None, words: Vec::new(), sort: Vec::new(), kind_names: Vec::new() }
    }

    /// With what somebody typed as its filter.
    #[must_use]
    pub fn with_typed(mut self, typed: Typed) -> Self {
        (self.condition, self.words) = match typed {
            Typed::Nothing => (None, Vec::new()),
            Typed::Search(words) => (None, words),
            Typed::Condition(condition) => (Some(condition), Vec::new()),
        };
        self
    }

    /// Whether it leaves out no row and keeps the order.
    #[must_use]
    pub fn is_whole(&self) -> bool {
        self.is_unfiltered() && self.sort.is_empty()
    }

    /// Whether it leaves out no row.
    #[must_use]
    pub fn is_unfiltered(&self) -> bool {
        self.condition.is_none() && self.words.is_empty()
    }

    /// Whether another query leaves the same rows.
    #[must_use]
    pub fn has_same_rows(&self, other: &Self) -> bool {
        self.table == other.table
            && self.condition == other.condition
            && self.words == other.words
            && self.kind_names == other.kind_names
    }
}

/// The rows that a query asks for. Ties keep the table's own order.
///
/// # Errors
/// A condition that does not fit the table, an unknown column to sort by, or a stop on request.
pub fn run_query(
    view: &TableView<'_>,
    query: &TableQuery,
    control: &Control,
) -> Result<Rows, TableError> {
    let keys = query
        .sort
        .iter()
        .map(|key| Ok((column_of(view, &key.column)?, key.descending)))
        .collect::<Result<Vec<_>, TableError>>()?;
    let mut rows = filtered(view, query, control)?;
    for (column, descending) in keys.into_iter().rev() {
        control.report("stage-sorting", 0, 0);
        let unsorted = match rows {
            Rows::All(n) => (0..n as u32).collect(),
            Rows::Picked(rows) => rows,
        };
        rows = Rows::Picked(sort_by(&view.columns[column], descending, unsorted, control)?);
    }
    Ok(rows)
}

pub(super) fn column_of(view: &TableView<'_>, name: &str) -> Result<usize, TableError> {
    view.position(name).ok_or_else(|| TableError::UnknownColumn {
        table: view.kind.name(),
        name: name.to_owned(),
        known: view.column_names(),
    })
}

fn filtered(
    view: &TableView<'_>,
    query: &TableQuery,
    control: &Control,
) -> Result<Rows, TableError> {
    let mut predicates = Vec::new();
    if let Some(condition) = &query.condition {
        let test = resolve(condition, view)?;
        predicates.push(prepare(view, &test, &query.kind_names, control)?);
    }
    if !query.words.is_empty() {
        predicates.push(search(view, &query.words, &query.kind_names, control)?);
    }
    if predicates.is_empty() {
        return Ok(Rows::All(view.n_rows));
    }
    let all = super::predicate::Predicate::And(predicates);
    Ok(Rows::Picked(filter(view.n_rows, &all, control)?))
}
