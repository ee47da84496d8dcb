//! The behaviour log as columns, grouped by user and ordered by time.

mod slices;

use rayon::prelude::*;

use super::columns::{TextColumn, TextColumnBuilder};
use super::event::{EventCounts, EventKind};
use crate::ids::{ItemIdx, UserIdx};

const NO_ITEM: u32 = u32::MAX;
/// Fewer rows are not worth another thread.
const ROWS_PER_TASK: usize = 1 << 16;

/// One interaction on its way into [`Interactions`].
#[derive(Debug, Clone, PartialEq)]
pub struct NewInteraction<'a> {
    /// Who acted.
    pub user: UserIdx,
    /// On which product; a search has none.
    pub item: Option<ItemIdx>,
    /// What was done.
    pub kind: EventKind,
    /// Milliseconds since 1970-01-01 UTC; a running number where the source has no times.
    pub time_ms: i64,
    /// Quantity of a purchase, cart or return; stars of a review or rating.
    pub amount: Option<f32>,
    /// Price of one unit at that moment, in the shop's currency.
    pub price: Option<f32>,
    /// Query of a search, text of a review.
    pub text: Option<&'a str>,
}

/// One interaction as read back.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Interaction<'a> {
    /// On which product; a search has none.
    pub item: Option<ItemIdx>,
    /// What was done.
    pub kind: EventKind,
    /// Milliseconds since 1970-01-01 UTC; a running number where the source has no times.
    pub time_ms: i64,
    /// Quantity of a purchase, cart or return; stars of a review or rating.
    pub amount: Option<f32>,
    /// Price of one unit at that moment, in the shop's currency.
    pub price: Option<f32>,
    /// Query of a search, text of a review.
    pub text: Option<&'a str>,
}

/// All interactions. Rows are grouped by user in dense order and ascend in time within a user;
/// rows of equal time keep the order of the file.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Interactions {
    /// `[n_users + 1]`: rows of user `u` are `user_offsets[u]..user_offsets[u + 1]`.
    user_offsets: Vec<u32>,
    items: Vec<u32>,
    kinds: Vec<EventKind>,
    times_ms: Vec<i64>,
    /// Empty, like the prices and texts, where no row has one: most logs of behaviour have none.
    amounts: Vec<f32>,
    prices: Vec<f32>,
    texts: TextColumn,
}

/// The columns of a log whose rows are in their order already.
pub(in crate::dataset) struct InteractionColumns {
    /// `[n_users + 1]`
    pub(in crate::dataset) user_offsets: Vec<u32>,
    /// `[n_rows]` like all that follow; amounts, prices and texts may be empty.
    pub(in crate::dataset) items: Vec<u32>,
    pub(in crate::dataset) kinds: Vec<EventKind>,
    pub(in crate::dataset) times_ms: Vec<i64>,
    pub(in crate::dataset) amounts: Vec<f32>,
    pub(in crate::dataset) prices: Vec<f32>,
    pub(in crate::dataset) texts: TextColumn,
}

impl Interactions {
    /// A log as it was taken apart; `None` where columns are not equally long or the offsets are not
    /// those of so many shoppers and rows.
    pub(in crate::dataset) fn from_columns(
        columns: InteractionColumns,
        n_users: usize,
    ) -> Option<Self> {
        let InteractionColumns { user_offsets, items, kinds, times_ms, amounts, prices, texts } =
            columns;
        let rows = items.len();
        let is_whole = |length: usize| length == rows;
        let is_optional = |length: usize| length == rows || length == 0;
        // The empty log of no shop in particular has no offsets at all.
        let is_blank = user_offsets.is_empty() && rows == 0;
        let fits = [kinds.len(), times_ms.len()].into_iter().all(is_whole)
            && [amounts.len(), prices.len(), texts.len()].into_iter().all(is_optional)
            && (is_blank || user_offsets.len() == n_users + 1)
            && user_offsets.first().is_none_or(|&first| first == 0)
            && user_offsets.last().is_none_or(|&last| last as usize == rows)
            && user_offsets.is_sorted();
        fits.then_some(Self { user_offsets, items, kinds, times_ms, amounts, prices, texts })
    }

    /// Number of users, those without a row included.
    #[must_use]
    pub fn n_users(&self) -> usize {
        self.user_offsets.len().saturating_sub(1)
    }

    /// Number of rows.
    #[must_use]
    pub fn len(&self) -> usize {
        self.items.len()
    }

    /// Whether there are no rows.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.items.is_empty()
    }

    /// The rows of one user, ascending in time.
    #[must_use]
    pub fn rows_of(&self, user: UserIdx) -> std::ops::Range<usize> {
        match self.user_offsets.get(user.index()..=user.index() + 1) {
            Some(bounds) => bounds[0] as usize..bounds[1] as usize,
            None => 0..0,
        }
    }

    /// One row.
    ///
    /// # Panics
    /// If `row >= len()`.
    #[must_use]
    pub fn row(&self, row: usize) -> Interaction<'_> {
        let present = |column: &[f32]| column.get(row).copied().filter(|value| !value.is_nan());
        Interaction {
            item: self.item(row),
            kind: self.kinds[row],
            time_ms: self.times_ms[row],
            amount: present(&self.amounts),
            price: present(&self.prices),
            text: self.texts.get(row),
        }
    }

    /// The product of a row.
    #[must_use]
    pub fn item(&self, row: usize) -> Option<ItemIdx> {
        let item = self.items[row];
        (item != NO_ITEM).then_some(ItemIdx(item))
    }

    /// The kind of a row.
    #[must_use]
    pub fn kind(&self, row: usize) -> EventKind {
        self.kinds[row]
    }

    /// The time of a row, milliseconds since 1970-01-01 UTC.
    #[must_use]
    pub fn time_ms(&self, row: usize) -> i64 {
        self.times_ms[row]
    }

    /// Whose row it is, by binary search over the user offsets.
    ///
    /// # Panics
    /// If `row >= len()`.
    #[must_use]
    pub fn user_of(&self, row: usize) -> UserIdx {
        assert!(row < self.len(), "row {row} of {}", self.len());
        let after = self.user_offsets.partition_point(|&offset| offset as usize <= row);
        UserIdx::from_index(after - 1)
    }

    /// The texts of searches and reviews, one per row; no rows where there is none at all.
    #[must_use]
    pub fn texts(&self) -> &TextColumn {
        &self.texts
    }

    /// All users in dense order, each with its rows.
    pub fn users(&self) -> impl ExactSizeIterator<Item = (UserIdx, std::ops::Range<usize>)> + '_ {
        (0..self.n_users()).map(|user| {
            let user = UserIdx::from_index(user);
            (user, self.rows_of(user))
        })
    }

    /// How many rows there are of each kind.
    #[must_use]
    pub fn counts(&self) -> EventCounts {
        let mut counts = EventCounts::default();
        for &kind in &self.kinds {
            counts.add(kind);
        }
        counts
    }

    /// Times of the first and the last row, if there is any.
    #[must_use]
    pub fn span_ms(&self) -> Option<(i64, i64)> {
        let first = self.times_ms.iter().min()?;
        let last = self.times_ms.iter().max()?;
        Some((*first, *last))
    }

    /// The rows for which `keep` holds; users keep their indices, also when left without a row.
    #[must_use]
    pub fn filter(&self, mut keep: impl FnMut(UserIdx, usize) -> bool) -> Self {
        let mut rows = Vec::new();
        let mut user_offsets = Vec::with_capacity(self.user_offsets.len());
        user_offsets.push(0);
        for (user, range) in self.users() {
            rows.extend(range.filter(|&row| keep(user, row)).map(row_number));
            user_offsets.push(row_number(rows.len()));
        }
        self.take(&rows, user_offsets)
    }

    /// The same rows without the users that are not kept; those must not have a row.
    #[must_use]
    pub(in crate::dataset) fn without_users(mut self, keeps: &[bool]) -> Self {
        let ends = self.user_offsets.iter().skip(1).zip(keeps);
        let kept = ends.filter(|&(_, &keeps)| keeps).map(|(&end, _)| end);
        self.user_offsets = std::iter::once(0).chain(kept).collect();
        self
    }

    /// Gives each kept item the number of kept items before it; no row may name another one.
    pub(in crate::dataset) fn renumber_items(&mut self, keeps: &[bool]) {
        let mut next = 0;
        let numbers: Vec<u32> = keeps
            .iter()
            .map(|&keeps| {
                let number = next;
                next += u32::from(keeps);
                number
            })
            .collect();
        for item in self.items.iter_mut().filter(|item| **item != NO_ITEM) {
            *item = numbers[*item as usize];
        }
    }

    /// `[n_rows]` quantities and stars, NaN where unknown.
    pub(in crate::dataset) fn amounts_mut(&mut self) -> &mut [f32] {
        self.amounts.resize(self.items.len(), f32::NAN);
        &mut self.amounts
    }

    /// `[n_rows]` prices of one unit, NaN where unknown.
    pub(in crate::dataset) fn prices_mut(&mut self) -> &mut [f32] {
        self.prices.resize(self.items.len(), f32::NAN);
        &mut self.prices
    }

    /// Other texts in the place of those of searches and reviews; one per row.
    pub(in crate::dataset) fn set_texts(&mut self, texts: TextColumn) {
        self.texts = unless_blank(texts);
    }

    /// The same rows in the same order with other times; `change` must not put a later time before an
    /// earlier one.
    #[must_use]
    pub fn with_times(mut self, change: impl Fn(i64) -> i64) -> Self {
        self.times_ms.iter_mut().for_each(|time| *time = change(*time));
        self
    }

    /// The same rows with other texts, a text per row.
    #[must_use]
    pub fn with_texts(self, texts: TextColumn) -> Self {
        Self { texts: unless_blank(texts), ..self }
    }

    fn take(&self, rows: &[u32], user_offsets: Vec<u32>) -> Self {
        Self {
            user_offsets,
            items: gather(&self.items, rows),
            kinds: gather(&self.kinds, rows),
            times_ms: gather(&self.times_ms, rows),
            amounts: gather(&self.amounts, rows),
            prices: gather(&self.prices, rows),
            texts: if self.texts.is_empty() {
                TextColumn::default()
            } else {
                self.texts.take(rows)
            },
        }
    }

    /// Bytes that the columns take in memory.
    pub(in crate::dataset) fn size_bytes(&self) -> usize {
        size_of_val(&*self.user_offsets)
            + size_of_val(&*self.items)
            + size_of_val(&*self.kinds)
            + size_of_val(&*self.times_ms)
            + size_of_val(&*self.amounts)
            + size_of_val(&*self.prices)
            + self.texts.size_bytes()
    }
}

fn unless_blank(texts: TextColumn) -> TextColumn {
    if texts.is_blank() { TextColumn::default() } else { texts }
}

/// The values of some rows; of a column without values none.
fn gather<T: Copy>(values: &[T], rows: &[u32]) -> Vec<T> {
    let rows = if values.is_empty() { &[] } else { rows };
    rows.iter().map(|&row| values[row as usize]).collect()
}

/// [`gather`] of a column that is of no use afterwards.
fn reordered<T: Copy + Send + Sync>(values: Vec<T>, rows: &[u32]) -> Vec<T> {
    let rows = if values.is_empty() { &[] } else { rows };
    rows.par_iter().with_min_len(ROWS_PER_TASK).map(|&row| values[row as usize]).collect()
}

/// `[n_users + 1]` where the rows of each user begin once they are grouped.
fn offsets(users: &[u32], n_users: usize) -> Vec<u32> {
    // That the rows have numbers at all is seen here once for all of them.
    row_number(users.len());
    let mut offsets = vec![0; n_users + 1];
    for &user in users {
        offsets[user as usize + 1] += 1;
    }
    for user in 0..n_users {
        offsets[user + 1] += offsets[user];
    }
    offsets
}

/// The rows grouped by user and ascending in time, those of equal time in their order.
fn order(users: &[u32], times_ms: &[i64], offsets: &[u32]) -> Vec<u32> {
    let mut order = vec![0; users.len()];
    let mut next = offsets.to_vec();
    for (row, &user) in users.iter().enumerate() {
        let place = &mut next[user as usize];
        order[*place as usize] = row as u32;
        *place += 1;
    }
    let time = |&row: &u32| times_ms[row as usize];
    for bounds in offsets.windows(2) {
        let rows = &mut order[bounds[0] as usize..bounds[1] as usize];
        // Most files are in the order of time already.
        if !rows.is_sorted_by_key(time) {
            rows.sort_by_key(time);
        }
    }
    order
}

fn row_number(row: usize) -> u32 {
    u32::try_from(row).expect("row counts fit 32 bits")
}

/// Collects interactions in any order.
#[derive(Debug, Default)]
pub struct InteractionsBuilder {
    users: Vec<u32>,
    items: Vec<u32>,
    kinds: Vec<EventKind>,
    times_ms: Vec<i64>,
    /// Empty, like the prices and texts, until a row has one.
    amounts: Vec<f32>,
    prices: Vec<f32>,
    texts: TextColumnBuilder,
}

impl InteractionsBuilder {
    /// Append one interaction.
    pub fn push(&mut self, new: &NewInteraction<'_>) {
        let row = self.users.len();
        self.users.push(new.user.0);
        self.items.push(new.item.map_or(NO_ITEM, |item| item.0));
        self.kinds.push(new.kind);
        self.times_ms.push(new.time_ms);
        push_number(&mut self.amounts, row, new.amount);
        push_number(&mut self.prices, row, new.price);
        if new.text.is_some() || self.texts.len() > 0 {
            self.texts.push_at(row, new.text);
        }
    }

    /// Number of rows so far.
    #[must_use]
    pub fn len(&self) -> usize {
        self.users.len()
    }

    /// Whether nothing was appended yet.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.users.is_empty()
    }

    /// Group by user, order by time, keep the order of insertion among equals.
    #[must_use]
    pub fn finish(self, n_users: usize) -> Interactions {
        let user_offsets = offsets(&self.users, n_users);
        let order = order(&self.users, &self.times_ms, &user_offsets);
        drop(self.users);
        // One column after another, so that never more than one of them is there twice.
        Interactions {
            user_offsets,
            items: reordered(self.items, &order),
            kinds: reordered(self.kinds, &order),
            times_ms: reordered(self.times_ms, &order),
            amounts: reordered(self.amounts, &order),
            prices: reordered(self.prices, &order),
            texts: match unless_blank(self.texts.finish()) {
                blank if blank.is_empty() => blank,
                texts => texts.reordered(&order),
            },
        }
    }
}

/// Appends a row's number, those of the rows before it first where this is the first that is known.
fn push_number(column: &mut Vec<f32>, row: usize, value: Option<f32>) {
    if value.is_some() || !column.is_empty() {
        column.resize(row, f32::NAN);
        column.push(value.unwrap_or(f32::NAN));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn view(user: u32, item: u32, time_ms: i64) -> NewInteraction<'static> {
        NewInteraction {
            user: UserIdx(user),
            item: Some(ItemIdx(item)),
            kind: EventKind::View,
            time_ms,
            amount: None,
            price: None,
            text: None,
        }
    }

    #[test]
    fn rows_are_grouped_by_user_and_ordered_by_time() {
        let mut builder = InteractionsBuilder::default();
        for new in [view(2, 7, 5), view(0, 1, 9), view(0, 2, 3), view(2, 8, 5)] {
            builder.push(&new);
        }
        let log = builder.finish(3);
        let items = |user| -> Vec<u32> {
            log.rows_of(UserIdx(user)).filter_map(|row| log.item(row)).map(|item| item.0).collect()
        };
        assert_eq!((items(0), items(1), items(2)), (vec![2, 1], vec![], vec![7, 8]));
        assert_eq!(log.user_of(1), UserIdx(0));
        assert_eq!(log.user_of(2), UserIdx(2));
        assert_eq!(log.span_ms(), Some((3, 9)));
    }

    #[test]
    fn what_no_row_has_takes_no_room_and_a_late_value_stands_in_its_row() {
        let mut builder = InteractionsBuilder::default();
        for new in [view(1, 0, 1), view(0, 1, 2)] {
            builder.push(&new);
        }
        let bare = builder.finish(2);
        assert_eq!((bare.amounts().len(), bare.prices().len(), bare.texts().len()), (0, 0, 0));
        assert_eq!((bare.row(1).amount, bare.row(1).price, bare.row(1).text), (None, None, None));
        assert_eq!(bare.filter(|_, _| true), bare);
        let mut late = InteractionsBuilder::default();
        late.push(&view(1, 0, 1));
        let known = NewInteraction { amount: Some(2.0), text: Some("x"), ..view(0, 1, 2) };
        late.push(&known);
        late.push(&view(1, 0, 3));
        let mut late = late.finish(2);
        assert_eq!((late.row(0).amount, late.row(0).text), (Some(2.0), Some("x")));
        assert_eq!((late.row(2).amount, late.row(2).price, late.row(2).text), (None, None, None));
        late.prices_mut()[1] = 5.0;
        assert_eq!((late.row(0).price, late.row(1).price), (None, Some(5.0)));
        assert!(late.size_bytes() > bare.size_bytes());
    }

    #[test]
    fn a_filter_keeps_user_indices() {
        let mut builder = InteractionsBuilder::default();
        for new in [view(0, 1, 1), view(1, 2, 2)] {
            builder.push(&new);
        }
        let log = builder.finish(2).filter(|user, _| user == UserIdx(1));
        assert_eq!((log.n_users(), log.len()), (2, 1));
        assert_eq!(log.user_of(0), UserIdx(1));
    }
}
