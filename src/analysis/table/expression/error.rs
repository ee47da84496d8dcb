//! What is wrong with an expression and where.

use std::fmt;

use crate::analysis::table::ColumnKind;

/// Why an expression cannot be used. Positions count characters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExpressionError {
    /// The first character that is wrong, from 0.
    pub at: usize,
    /// How many characters are wrong; 0 at the end.
    pub len: usize,
    /// What is wrong.
    pub problem: Problem,
}

/// What is wrong with an expression.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Problem {
    /// Something else should stand here.
    Unexpected {
        /// What stands here; empty at the end.
        found: String,
        /// What should.
        expected: Expected,
    },
    /// A quote or backtick that is never closed.
    Unclosed,
    /// A sign that means nothing.
    UnknownSign {
        /// The sign.
        found: String,
    },
    /// More parentheses within each other than anybody needs.
    TooDeep,
    /// No column has this name.
    UnknownColumn {
        /// The name.
        name: String,
        /// The names that there are.
        known: String,
    },
    /// The column is not compared in this way.
    WrongOperator {
        /// Its name.
        column: String,
        /// What its values are.
        kind: ColumnKind,
        /// The sign.
        sign: &'static str,
    },
    /// The column's values are not of this sort.
    WrongValue {
        /// Its name.
        column: String,
        /// What its values are.
        kind: ColumnKind,
        /// What it is to be compared with.
        found: String,
    },
}

/// What should stand somewhere.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Expected {
    /// The name of a column.
    Column,
    /// A comparison.
    Operator,
    /// A value.
    Value,
    /// An opening parenthesis.
    Open,
    /// A comma or a closing parenthesis.
    CommaOrClose,
    /// `missing` or `not missing`.
    Missing,
    /// `in`.
    In,
    /// `and`, `or` or a closing parenthesis.
    AndOrClose,
    /// `and`, `or` or the end.
    AndOrEnd,
}

impl Expected {
    const fn words(self) -> &'static str {
        match self {
            Self::Column => "the name of a column",
            Self::Operator => "a comparison such as =, >, ~, in or is missing",
            Self::Value => "a value",
            Self::Open => "(",
            Self::CommaOrClose => ", or )",
            Self::Missing => "missing or not missing",
            Self::In => "in",
            Self::AndOrClose => "and, or or )",
            Self::AndOrEnd => "and, or or the end",
        }
    }
}

impl fmt::Display for ExpressionError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "at character {}, {}", self.at + 1, self.problem)
    }
}

impl std::error::Error for ExpressionError {}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unexpected { found, expected } if found.is_empty() => {
                write!(f, "expected {}, found the end", expected.words())
            }
            Self::Unexpected { found, expected } => {
                write!(f, "expected {}, found {found}", expected.words())
            }
            Self::Unclosed => f.write_str("a quote is never closed"),
            Self::UnknownSign { found } => write!(f, "{found} is no sign of comparison"),
            Self::TooDeep => f.write_str("there are too many parentheses within each other"),
            Self::UnknownColumn { name, known } => {
                write!(f, "there is no column {name}. Choose one of: {known}")
            }
            Self::WrongOperator { column, kind, sign } if kind.is_text() => write!(
                f,
                "{column} holds texts, which {sign} does not compare. Use =, !=, ~, !~, in or is missing"
            ),
            Self::WrongOperator { column, sign, .. } => write!(
                f,
                "{column} holds numbers, which {sign} does not compare. Use =, !=, <, <=, >, >=, in or is missing"
            ),
            Self::WrongValue { column, kind, found } => {
                let wanted = match kind {
                    ColumnKind::Time => "a date such as 2024-01-05 or 2024-01-05T10:30",
                    _ => "a number",
                };
                write!(f, "{column} is compared with {wanted}, found {found}")
            }
        }
    }
}
