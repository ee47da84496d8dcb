//! Where the values of a column come from, read one by one or a block at a time.

use std::ops::Range;

use crate::analysis::summary::{ItemSummary, UserSummary};
use crate::dataset::{EventKind, Interactions, TextColumn};
use crate::ids::IdMap;

/// The code of a row without a text.
pub(super) const NONE: u32 = u32::MAX;

/// Texts as codes into a pool: equal code, equal text.
#[derive(Clone, Copy)]
pub(super) struct TextCells<'a> {
    pub(super) codes: Codes<'a>,
    pub(super) pool: Pool<'a>,
}

/// Which text a row has.
#[derive(Clone, Copy)]
pub(super) enum Codes<'a> {
    /// The row's own number.
    Row,
    /// The shopper of an event.
    User(&'a Interactions),
    /// The product of an event.
    Item(&'a [u32]),
    /// What an event is.
    Kind(&'a [EventKind]),
    /// A text per row.
    Own(&'a TextColumn),
    /// A text of the event's product.
    OfItem(&'a [u32], &'a TextColumn),
    /// The category that a shopper met most.
    TopCategory(&'a [UserSummary]),
}

/// The distinct texts of a column.
#[derive(Clone, Copy)]
pub(super) enum Pool<'a> {
    Ids(&'a IdMap),
    Texts(&'a [Box<str>]),
    Kinds,
}

impl<'a> Pool<'a> {
    pub(super) fn len(self) -> usize {
        match self {
            Self::Ids(ids) => ids.len(),
            Self::Texts(texts) => texts.len(),
            Self::Kinds => EventKind::ALL.len(),
        }
    }

    /// The text of a code below `len()`.
    pub(super) fn text(self, code: u32) -> &'a str {
        match self {
            Self::Ids(ids) => ids.external(code),
            Self::Texts(texts) => &texts[code as usize],
            Self::Kinds => EventKind::ALL[code as usize].name(),
        }
    }
}

impl<'a> TextCells<'a> {
    pub(super) fn of_column(column: &'a TextColumn) -> Self {
        Self { codes: Codes::Own(column), pool: Pool::Texts(column.pool()) }
    }

    /// The code of one row, [`NONE`] where it has no text.
    pub(super) fn code(&self, row: usize) -> u32 {
        match self.codes {
            Codes::Row => row as u32,
            Codes::User(log) => log.user_of(row).0,
            Codes::Item(items) => items[row],
            Codes::Kind(kinds) => kinds[row] as u32,
            Codes::Own(column) => column.code(row).unwrap_or(NONE),
            Codes::OfItem(items, column) => of_item(items[row], column),
            Codes::TopCategory(users) => users[row].top_category.unwrap_or(NONE),
        }
    }

    /// The codes of neighbouring rows; `out` is as long as `rows`.
    pub(super) fn read(&self, rows: Range<usize>, out: &mut [u32]) {
        match self.codes {
            Codes::User(log) => read_users(log, rows, out),
            Codes::Item(items) => out.copy_from_slice(&items[rows]),
            Codes::OfItem(items, column) => {
                for (out, &item) in out.iter_mut().zip(&items[rows]) {
                    *out = of_item(item, column);
                }
            }
            _ => {
                for (out, row) in out.iter_mut().zip(rows) {
                    *out = self.code(row);
                }
            }
        }
    }

    pub(super) fn text(&self, row: usize) -> Option<&'a str> {
        let code = self.code(row);
        (code != NONE).then(|| self.pool.text(code))
    }
}

fn of_item(item: u32, column: &TextColumn) -> u32 {
    if item == Interactions::NO_ITEM { NONE } else { column.code(item as usize).unwrap_or(NONE) }
}

/// Rows are grouped by user, so that one search per block is enough.
fn read_users(log: &Interactions, rows: Range<usize>, out: &mut [u32]) {
    if rows.is_empty() {
        return;
    }
    let start = rows.start;
    let mut user = log.user_of(start);
    let mut row = start;
    while row < rows.end {
        let end = log.rows_of(user).end.clamp(row, rows.end);
        out[row - start..end - start].fill(user.0);
        row = end;
        user.0 += 1;
    }
}

/// Numbers, money, shares and times; NaN is missing. Times are whole milliseconds, which 53 bits hold.
#[derive(Clone, Copy)]
pub(super) enum NumberCells<'a> {
    /// Single precision; rows beyond the column are missing.
    Single(&'a [f32]),
    Times(&'a [i64]),
    User(&'a [UserSummary], fn(&UserSummary) -> f64),
    Item(&'a [ItemSummary], fn(&ItemSummary) -> f64),
}

impl NumberCells<'_> {
    pub(super) fn get(&self, row: usize) -> f64 {
        match self {
            Self::Single(values) => f64::from(values.get(row).copied().unwrap_or(f32::NAN)),
            Self::Times(times) => times[row] as f64,
            Self::User(users, figure) => figure(&users[row]),
            Self::Item(items, figure) => figure(&items[row]),
        }
    }

    /// The values of neighbouring rows; `out` is as long as `rows`.
    pub(super) fn read(&self, rows: Range<usize>, out: &mut [f64]) {
        match self {
            Self::Single(values) if rows.end <= values.len() => {
                for (out, &value) in out.iter_mut().zip(&values[rows]) {
                    *out = f64::from(value);
                }
            }
            Self::Times(times) => {
                for (out, &time) in out.iter_mut().zip(&times[rows]) {
                    *out = time as f64;
                }
            }
            _ => {
                for (out, row) in out.iter_mut().zip(rows) {
                    *out = self.get(row);
                }
            }
        }
    }

    /// A number as this column can hold it: 9.99 is another number in single precision.
    pub(super) fn rounded(&self, value: f64) -> f64 {
        match self {
            Self::Single(_) => f64::from(value as f32),
            _ => value,
        }
    }
}
