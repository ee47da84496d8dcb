//! Compares a column's values with what a field holds.

use std::collections::HashSet;

use super::cell::Cell;
use super::number::NumberReader;
use super::recognise::Sampled;
use super::timestamp::{DateOrder, TimeReader};
use crate::dataset::event::EventKind;
use crate::dataset::schema::Field;

/// Share of values that must fit for a column to be of a kind.
const ENOUGH: f64 = 0.8;
/// Distinct words that an event column may have.
const MOST_EVENT_WORDS: usize = 50;
/// Length of most values in a column of words.
const LONGEST_WORD: usize = 40;

/// Whether a column holds bare numbers.
pub(super) fn is_plain_number(sampled: &Sampled<'_>, column: usize) -> bool {
    let number = |cell: Cell<'_>| match cell {
        Cell::Int(_) | Cell::Float(_) => true,
        Cell::Text(text) => text.trim().parse::<f64>().is_ok(),
        Cell::Missing | Cell::TimeMs(_) => false,
    };
    present(sampled, column).any(number)
}

fn present<'a>(sampled: &Sampled<'a>, column: usize) -> impl Iterator<Item = Cell<'a>> {
    let cells = sampled.rows.iter().map(move |row| row[column].as_cell());
    cells.filter(|cell| cell.text().is_some())
}

/// How many of a column's values a field could hold.
pub(super) fn check(sampled: &Sampled<'_>, field: Field, column: usize) -> Check {
    let numbers = NumberReader::default();
    match field {
        Field::Time => count(sampled, column, is_time),
        Field::Event => check_words(sampled, column),
        Field::Quantity => count(sampled, column, |cell| is_whole_number(numbers, cell)),
        Field::Price | Field::Total | Field::Rating | Field::Stock => {
            count(sampled, column, |cell| matches!(numbers.read(cell), Ok(Some(_))))
        }
        Field::Title | Field::Description | Field::Review | Field::Query => {
            count(sampled, column, |cell| !matches!(numbers.read(cell), Ok(Some(_))))
        }
        Field::User
        | Field::Item
        | Field::Order
        | Field::Category
        | Field::Brand
        | Field::Picture => count(sampled, column, |_| true),
    }
}

fn count(sampled: &Sampled<'_>, column: usize, fits: impl Fn(Cell<'_>) -> bool) -> Check {
    let mut check = Check { fitting: 0, sampled: 0 };
    for cell in present(sampled, column) {
        check.sampled += 1;
        check.fitting += u64::from(fits(cell));
    }
    check
}

/// A column of events has few words and knows some of them.
fn check_words(sampled: &Sampled<'_>, column: usize) -> Check {
    let mut words = HashSet::new();
    for cell in present(sampled, column) {
        words.extend(cell.text().map(|text| text.to_lowercase()));
        if words.len() > MOST_EVENT_WORDS {
            break;
        }
    }
    let few =
        words.len() <= MOST_EVENT_WORDS && words.iter().all(|word| word.len() <= LONGEST_WORD);
    count(sampled, column, |cell| {
        few && cell.text().is_some_and(|word| EventKind::parse(&word).is_some())
    })
}

fn is_time(cell: Cell<'_>) -> bool {
    let ways = [DateOrder::MonthFirst, DateOrder::DayFirst];
    ways.into_iter().any(|order| TimeReader { order, ordinal: false }.read(cell).is_some())
}

fn is_whole_number(numbers: NumberReader, cell: Cell<'_>) -> bool {
    matches!(numbers.read(cell), Ok(Some(value)) if value.fract() == 0.0)
}

/// How many of the values looked at fit.
#[derive(Debug, Clone, Copy)]
pub(super) struct Check {
    /// Values that fit.
    pub fitting: u64,
    /// Values looked at.
    pub sampled: u64,
}

impl Check {
    #[expect(clippy::cast_precision_loss, reason = "a sample has a thousand rows")]
    /// Whether enough values fit.
    pub(super) fn passes(self) -> bool {
        self.sampled > 0 && self.fitting as f64 >= ENOUGH * self.sampled as f64
    }

    /// Whether all values fit.
    pub(super) fn is_whole(self) -> bool {
        self.sampled > 0 && self.fitting == self.sampled
    }
}
