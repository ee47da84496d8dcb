//! Events: each row turned into one interaction, or into a reason why not.

use std::borrow::Cow;

use super::cell::{Cell, GoodRow, Row};
use super::error::Stop;
use super::oddities::{OddRow, Oddities};
use super::plan::Plan;
use super::products::{FromEvents, narrow};
use super::recognise::Binding;
use super::report::{EventWord, RejectCounter, RejectReason};
use super::shoppers::UserFinder;
use super::source::ReadStats;
use crate::control::Control;
use crate::dataset::event::{EventKind, stars_of};
use crate::dataset::interactions::{InteractionsBuilder, NewInteraction};
use crate::dataset::schema::{ColumnMapping, Field};
use crate::ids::{IdMap, ItemIdx, UserIdx};

/// The behaviour log while it is read.
#[derive(Debug, Default)]
pub(super) struct Events {
    /// The rows so far.
    pub log: InteractionsBuilder,
    /// What they say about products.
    pub mentions: FromEvents,
    /// What they hold that the log no longer shows.
    pub oddities: Oddities,
    users: UserFinder,
    words: WordReader,
    /// Rows met in all files, which stands for the time where there is none.
    row_number: u64,
}

/// The numbers of a row.
#[derive(Debug, Clone, Copy, Default)]
struct Numbers {
    quantity: Option<f32>,
    price: Option<f32>,
    rating: Option<f32>,
}

/// The ids seen so far.
pub(super) struct Ids<'a> {
    /// Shoppers.
    pub users: &'a mut IdMap,
    /// Products.
    pub items: &'a mut IdMap,
}

impl Events {
    /// The words of the event column of the file read last, the most frequent first.
    pub(super) fn take_words(&mut self) -> Vec<EventWord> {
        std::mem::take(&mut self.words).finish()
    }

    /// Reads one file of events.
    pub(super) fn read(
        &mut self,
        plan: &Plan,
        mapping: &ColumnMapping,
        ids: &mut Ids<'_>,
        rejected: &mut RejectCounter,
        control: &Control,
    ) -> Result<ReadStats, Stop> {
        plan.source.read(&plan.layout.wanted, control, &mut |row| {
            self.row_number += 1;
            match row {
                Row::Bad { line, reason, text } => {
                    rejected.add(reason, line, || text.into_owned());
                }
                Row::Good(row) => {
                    if let Err(reason) = self.add(plan, mapping, &row, ids) {
                        rejected.add(reason, row.line, || row.example());
                        // What cannot be read is none.
                        let numbers = numbers_of(plan, &row).unwrap_or_default();
                        self.note_oddities(plan, &row, numbers, false);
                    }
                }
            }
            Ok(())
        })
    }

    /// Everything is checked before an id is given, so that a bad row leaves no trace.
    fn add(
        &mut self,
        plan: &Plan,
        mapping: &ColumnMapping,
        row: &GoodRow<'_>,
        ids: &mut Ids<'_>,
    ) -> Result<(), RejectReason> {
        let layout = &plan.layout;
        if !plan.numbers_rows() && layout.cell(row, Field::User).text().is_none() {
            return Err(RejectReason::NoUser);
        }
        let kind = kind_of(plan, mapping, row, &mut self.words)?;
        let item_id = plan.item_id(row, self.row_number);
        if item_id.is_none() && kind != EventKind::Search {
            return Err(RejectReason::NoItem);
        }
        let time_ms = self.time_of(plan, row)?;
        let numbers = numbers_of(plan, row)?;
        let kind = match numbers.quantity {
            Some(quantity) if quantity < 0.0 && kind == EventKind::Purchase => EventKind::Return,
            _ => kind,
        };
        let user = self.users.find(plan, row, self.row_number, ids.users);
        let user = user.ok_or(RejectReason::NoUser)?;
        let item = item_id.map(|id| ids.items.insert(&id));
        let text = text_of(plan, row, kind);
        self.log.push(&NewInteraction {
            user: UserIdx(user),
            item: item.map(ItemIdx),
            kind,
            time_ms,
            amount: amount_of(kind, numbers).or_else(|| stars_in_word(plan, row, kind)),
            price: numbers.price,
            text: text.as_deref(),
        });
        if let Some(item) = item {
            self.mentions.add(plan, row, item, numbers.price);
        }
        self.note_oddities(plan, row, numbers, true);
        Ok(())
    }

    fn note_oddities(&mut self, plan: &Plan, row: &GoodRow<'_>, numbers: Numbers, is_kept: bool) {
        let Numbers { quantity, price, .. } = numbers;
        // Where a column says what was done, an order number says nothing.
        let is_cancellation = !plan.layout.has(Field::Event) && is_cancellation(plan, row);
        let odd = OddRow { is_cancellation, quantity, price };
        self.oddities.add(odd, is_kept, row.line, || row.example());
    }

    fn time_of(&self, plan: &Plan, row: &GoodRow<'_>) -> Result<i64, RejectReason> {
        let Some(times) = plan.times else {
            return Ok(i64::try_from(self.row_number).unwrap_or(i64::MAX));
        };
        let cell = plan.layout.cell(row, Field::Time);
        match times.reader.read(cell) {
            Some(ms) => Ok(ms),
            None if cell.text().is_none() => Err(RejectReason::NoTime),
            None => Err(RejectReason::BadTime),
        }
    }
}

/// What was done: as the row says, else as the columns of the file suggest.
fn kind_of(
    plan: &Plan,
    mapping: &ColumnMapping,
    row: &GoodRow<'_>,
    words: &mut WordReader,
) -> Result<EventKind, RejectReason> {
    if let Some(Binding::Always(kind)) = plan.recognised.binding(Field::Event) {
        return Ok(kind);
    }
    let layout = &plan.layout;
    if layout.has(Field::Event) {
        let word = layout.cell(row, Field::Event).text().ok_or(RejectReason::UnknownEvent)?;
        return words.read(&word, mapping).ok_or(RejectReason::UnknownEvent);
    }
    let has = |field| layout.has(field);
    Ok(if has(Field::Quantity) || has(Field::Total) || has(Field::Order) {
        if is_cancellation(plan, row) { EventKind::Return } else { EventKind::Purchase }
    } else if has(Field::Rating) || has(Field::Review) {
        let reviewed = layout.cell(row, Field::Review).text().is_some();
        if reviewed || !has(Field::Rating) { EventKind::Review } else { EventKind::Rating }
    } else if has(Field::Price) {
        EventKind::Purchase
    } else if layout.cell(row, Field::Query).text().is_some()
        && layout.cell(row, Field::Item).text().is_none()
    {
        EventKind::Search
    } else {
        EventKind::View
    })
}

/// The stars that an event word itself says.
fn stars_in_word(plan: &Plan, row: &GoodRow<'_>, kind: EventKind) -> Option<f32> {
    let judged = matches!(kind, EventKind::Rating | EventKind::Review);
    let word = plan.layout.cell(row, Field::Event).text().filter(|_| judged)?;
    stars_of(&word)
}

/// Reads and counts event words; the same few come over and over.
#[derive(Debug, Default)]
struct WordReader {
    known: Vec<EventWord>,
}

impl WordReader {
    /// Words remembered; a column of free text must not fill the memory.
    const REMEMBERED: usize = 64;

    fn read(&mut self, word: &str, mapping: &ColumnMapping) -> Option<EventKind> {
        if let Some(known) = self.known.iter_mut().find(|known| known.word == word) {
            known.count += 1;
            return known.kind;
        }
        let chosen = mapping.event_words.get(&word.to_lowercase()).copied();
        let kind = chosen.or_else(|| EventKind::parse(word));
        if self.known.len() < Self::REMEMBERED {
            self.known.push(EventWord { word: word.to_owned(), kind, count: 1 });
        }
        kind
    }

    fn finish(mut self) -> Vec<EventWord> {
        self.known.sort_by(|a, b| b.count.cmp(&a.count).then_with(|| a.word.cmp(&b.word)));
        self.known
    }
}

/// The words of an event column and what they are taken for, the most frequent first.
pub(super) fn count_words<'a>(
    cells: impl Iterator<Item = Cell<'a>>,
    mapping: &ColumnMapping,
) -> Vec<EventWord> {
    let mut words = WordReader::default();
    for word in cells.filter_map(Cell::text) {
        words.read(&word, mapping);
    }
    words.finish()
}

/// An invoice number such as C536379 cancels another one.
fn is_cancellation(plan: &Plan, row: &GoodRow<'_>) -> bool {
    plan.layout.cell(row, Field::Order).text().is_some_and(|order| {
        let rest = order.strip_prefix(['C', 'c']);
        rest.is_some_and(|rest| !rest.is_empty() && rest.bytes().all(|byte| byte.is_ascii_digit()))
    })
}

fn numbers_of(plan: &Plan, row: &GoodRow<'_>) -> Result<Numbers, RejectReason> {
    let read = |field| {
        let number = plan.numbers.read(plan.layout.cell(row, field));
        number.map_err(|_| RejectReason::BadNumber)
    };
    let quantity = read(Field::Quantity)?;
    let units = quantity.map(f64::abs).filter(|&units| units > 0.0).unwrap_or(1.0);
    let total = read(Field::Total)?.map(|total| total.abs() / units);
    Ok(Numbers {
        quantity: quantity.map(narrow),
        price: read(Field::Price)?.or(total).map(narrow),
        rating: read(Field::Rating)?.map(narrow),
    })
}

/// Units of what is bought, kept in the cart or sent back; stars of what is judged. A file may
/// hold both in one column.
fn amount_of(kind: EventKind, numbers: Numbers) -> Option<f32> {
    let Numbers { quantity, rating, .. } = numbers;
    match kind {
        EventKind::Review | EventKind::Rating => rating.or(quantity),
        EventKind::Cart | EventKind::Purchase | EventKind::Return => quantity.map(f32::abs),
        EventKind::View | EventKind::Search => None,
    }
}

/// The query of a search, the text of a review. A file may hold both in one column.
fn text_of<'a>(plan: &Plan, row: &GoodRow<'a>, kind: EventKind) -> Option<Cow<'a, str>> {
    let text = |field| plan.layout.cell(row, field).text();
    match kind {
        EventKind::Search => text(Field::Query).or_else(|| text(Field::Review)),
        EventKind::Review => text(Field::Review).or_else(|| text(Field::Query)),
        _ => None,
    }
}
