//! An expression held against the columns of a table: names looked up, values read as what the column
//! holds. Costs nothing that grows with the data, so that a window can do it while somebody types.

use super::moment::span_ms;
use super::{Expression, ExpressionError, Operator, Problem, Word};
use crate::analysis::table::view::{Cells, Column, TableView};
use crate::analysis::table::{ColumnKind, cells::NumberCells};

/// The name that stands for every text column.
const ANY: &str = "any";

/// A condition on columns by position.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::analysis::table) enum Test {
    And(Vec<Self>),
    Or(Vec<Self>),
    Not(Box<Self>),
    /// The number lies within one of these closed ranges, or, negated, in none; never a missing one.
    Number {
        column: usize,
        ranges: Vec<(f64, f64)>,
        is_negated: bool,
    },
    /// The text fits, or, negated, does not; never a missing one. All text columns where `column` is
    /// `None`.
    Text {
        column: Option<usize>,
        pattern: Pattern,
        is_negated: bool,
    },
    Missing {
        column: usize,
        is_negated: bool,
    },
}

/// Texts in lower case to compare with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::analysis::table) enum Pattern {
    OneOf(Vec<String>),
    Holds(String),
}

impl Expression {
    /// Whether all columns are there and compared with what they hold.
    ///
    /// # Errors
    /// [`ExpressionError`] with its place.
    pub fn check(&self, view: &TableView<'_>) -> Result<(), ExpressionError> {
        resolve(self, view).map(drop)
    }
}

pub(in crate::analysis::table) fn resolve(
    expression: &Expression,
    view: &TableView<'_>,
) -> Result<Test, ExpressionError> {
    let all = |parts: &[Expression]| -> Result<Vec<Test>, ExpressionError> {
        parts.iter().map(|part| resolve(part, view)).collect()
    };
    Ok(match expression {
        Expression::And(parts) => Test::And(all(parts)?),
        Expression::Or(parts) => Test::Or(all(parts)?),
        Expression::Not(inner) => Test::Not(Box::new(resolve(inner, view)?)),
        Expression::Missing { column, is_negated } => {
            Test::Missing { column: position(view, column)?, is_negated: *is_negated }
        }
        Expression::Compare { column, operator, value } => {
            compare(view, column, *operator, std::slice::from_ref(value))?
        }
        Expression::In { column, values, is_negated } => {
            let operator = if *is_negated { Operator::NotEqual } else { Operator::Equal };
            compare(view, column, operator, values)?
        }
    })
}

fn position(view: &TableView<'_>, name: &Word) -> Result<usize, ExpressionError> {
    view.position(&name.text).ok_or_else(|| ExpressionError {
        at: name.at,
        len: name.len,
        problem: Problem::UnknownColumn { name: name.text.clone(), known: view.column_names() },
    })
}

fn compare(
    view: &TableView<'_>,
    name: &Word,
    operator: Operator,
    values: &[Word],
) -> Result<Test, ExpressionError> {
    if name.text.eq_ignore_ascii_case(ANY) && view.position(ANY).is_none() {
        let pattern = pattern(name, ColumnKind::Text, operator, values)?;
        return Ok(Test::Text { column: None, pattern, is_negated: is_negated(operator) });
    }
    let position = position(view, name)?;
    let column = &view.columns[position];
    match &column.cells {
        Cells::Text(_) => {
            let pattern = pattern(name, column.kind, operator, values)?;
            let is_negated = is_negated(operator);
            Ok(Test::Text { column: Some(position), pattern, is_negated })
        }
        Cells::Number(cells) => {
            let ranges = values
                .iter()
                .map(|value| range(name, column, cells, operator, value))
                .collect::<Result<_, _>>()?;
            Ok(Test::Number { column: position, ranges, is_negated: is_negated(operator) })
        }
    }
}

const fn is_negated(operator: Operator) -> bool {
    matches!(operator, Operator::NotEqual | Operator::ContainsNot)
}

fn pattern(
    name: &Word,
    kind: ColumnKind,
    operator: Operator,
    values: &[Word],
) -> Result<Pattern, ExpressionError> {
    let lower = || values.iter().map(|value| value.text.trim().to_lowercase());
    match operator {
        Operator::Equal | Operator::NotEqual => Ok(Pattern::OneOf(lower().collect())),
        Operator::Contains | Operator::ContainsNot => {
            Ok(Pattern::Holds(values.iter().map(|value| value.text.to_lowercase()).collect()))
        }
        _ => Err(wrong_operator(name, kind, operator)),
    }
}

fn wrong_operator(name: &Word, kind: ColumnKind, operator: Operator) -> ExpressionError {
    let problem = Problem::WrongOperator { column: name.text.clone(), kind, sign: operator.sign() };
    ExpressionError { at: name.at, len: name.len, problem }
}

/// The closed range of numbers that `operator value` describes; of `!=` the one that it excludes.
fn range(
    name: &Word,
    column: &Column<'_>,
    cells: &NumberCells<'_>,
    operator: Operator,
    value: &Word,
) -> Result<(f64, f64), ExpressionError> {
    let read = match column.kind {
        ColumnKind::Time => span_ms(&value.text).map(|(first, last)| (first as f64, last as f64)),
        _ => number(&value.text).map(|number| cells.rounded(number)).map(|number| (number, number)),
    };
    let (first, last) = read.ok_or_else(|| ExpressionError {
        at: value.at,
        len: value.len,
        problem: Problem::WrongValue {
            column: name.text.clone(),
            kind: column.kind,
            found: value.text.clone(),
        },
    })?;
    match operator {
        Operator::Equal | Operator::NotEqual => Ok((first, last)),
        Operator::Less => Ok((f64::NEG_INFINITY, first.next_down())),
        Operator::AtMost => Ok((f64::NEG_INFINITY, last)),
        Operator::Greater => Ok((last.next_up(), f64::INFINITY)),
        Operator::AtLeast => Ok((first, f64::INFINITY)),
        Operator::Contains | Operator::ContainsNot => {
            Err(wrong_operator(name, column.kind, operator))
        }
    }
}

/// `12`, `-3.5`, `1e6`, `1_000` or `5%`.
fn number(text: &str) -> Option<f64> {
    let text = text.trim();
    let (digits, scale) = match text.strip_suffix('%') {
        Some(digits) => (digits.trim_end(), 100.0),
        None => (text, 1.0),
    };
    // `inf` and `nan` are words here.
    let starts = digits.trim_start_matches(['-', '+', '.']);
    if !starts.starts_with(|c: char| c.is_ascii_digit()) {
        return None;
    }
    let value: f64 = digits.replace('_', "").parse().ok()?;
    value.is_finite().then_some(value / scale)
}
