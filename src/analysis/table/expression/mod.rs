//! The language of conditions on rows.
//!
//! ```text
//! price > 10 and category = "Shoes" and title ~ red
//! event in (purchase, cart) and time >= 2024-01-05 and not brand is missing
//! any ~ lamp and (stock = 0 or conversion < 2%)
//! ```
//!
//! A condition compares a column with a value by `=`, `!=`, `<`, `<=`, `>`, `>=`, `~` (contains) or
//! `!~`, with a list by `in (…)` or `not in (…)`, or asks for what `is missing` or `is not missing`.
//! Conditions are put together by `not`, `and`, `or` (binding in this order) and parentheses.
//! Texts may stand in quotes, and have to when they hold spaces or signs; a column whose name does
//! stands between backticks. `any` is every text column at once.
//!
//! Texts are compared without regard to case. A missing value satisfies no comparison, `!=` included.
//! A date stands for the whole day, month or year that it names (UTC): `time = 2024-01` is January,
//! `time > 2024-01` is what came after it. A number with `%` is a hundredth of it.

mod error;
mod moment;
mod parse;
pub(super) mod resolve;
mod token;

pub use error::{Expected, ExpressionError, Problem};

/// How a column is compared with a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Operator {
    /// `=`
    Equal,
    /// `!=`
    NotEqual,
    /// `<`
    Less,
    /// `<=`
    AtMost,
    /// `>`
    Greater,
    /// `>=`
    AtLeast,
    /// `~`
    Contains,
    /// `!~`
    ContainsNot,
}

impl Operator {
    /// The sign that it is written with.
    #[must_use]
    pub const fn sign(self) -> &'static str {
        match self {
            Self::Equal => "=",
            Self::NotEqual => "!=",
            Self::Less => "<",
            Self::AtMost => "<=",
            Self::Greater => ">",
            Self::AtLeast => ">=",
            Self::Contains => "~",
            Self::ContainsNot => "!~",
        }
    }
}

/// A word of an expression with its place in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Word {
    /// What it says, without quotes.
    pub text: String,
    /// Its first character, counted from 0.
    pub at: usize,
    /// Its characters, quotes included.
    pub len: usize,
}

/// A condition as it was written; columns and values are not looked at yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Expression {
    /// All of these.
    And(Vec<Self>),
    /// Any of these.
    Or(Vec<Self>),
    /// Not this.
    Not(Box<Self>),
    /// A column against a value.
    Compare {
        /// Name of the column.
        column: Word,
        /// How.
        operator: Operator,
        /// With what.
        value: Word,
    },
    /// A column against a list.
    In {
        /// Name of the column.
        column: Word,
        /// With what.
        values: Vec<Word>,
        /// `not in`.
        is_negated: bool,
    },
    /// A column without a value.
    Missing {
        /// Name of the column.
        column: Word,
        /// `is not missing`.
        is_negated: bool,
    },
}

/// What somebody typed into the one box that takes both conditions and words to search for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Typed {
    /// Nothing.
    #[default]
    Nothing,
    /// Words that a row has to hold, each in any text column.
    Search(Vec<String>),
    /// A condition.
    Condition(Expression),
}

impl Expression {
    /// Reads a condition.
    ///
    /// # Errors
    /// [`ExpressionError`] with its place and what was expected there.
    pub fn parse(source: &str) -> Result<Self, ExpressionError> {
        parse::parse(&token::tokens(source)?)
    }
}

impl Typed {
    /// A condition where there is a sign of comparison, `in (` or `is missing`; else words to search
    /// for, those in quotes as one.
    ///
    /// # Errors
    /// [`ExpressionError`] for a condition that cannot be read.
    pub fn read(source: &str) -> Result<Self, ExpressionError> {
        match token::tokens(source) {
            Ok(tokens) if token::is_condition(&tokens) => {
                parse::parse(&tokens).map(Self::Condition)
            }
            Err(error) if source.contains(['=', '<', '>', '~']) => Err(error),
            _ => {
                let words = search_words(source);
                Ok(if words.is_empty() { Self::Nothing } else { Self::Search(words) })
            }
        }
    }
}

/// Words to search for: separated by spaces, those in quotes as one. A quote that is never closed is
/// a character like any other, as in `12" pan`.
#[must_use]
pub fn search_words(source: &str) -> Vec<String> {
    let words: Vec<String> = match token::tokens(source) {
        Ok(tokens) => tokens.into_iter().filter_map(token::Token::into_search_word).collect(),
        Err(_) => source.split_whitespace().map(str::to_owned).collect(),
    };
    words.into_iter().filter(|word| !word.trim().is_empty()).collect()
}

#[cfg(test)]
mod tests;
