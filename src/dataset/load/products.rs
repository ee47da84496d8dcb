//! Products: from catalogue files, and from the product columns that events carry.

use std::collections::HashSet;

use super::cell::{GoodRow, Row};
use super::error::Stop;
use super::plan::Plan;
use super::report::{MAX_EXAMPLES, RejectCounter, RejectReason};
use super::source::ReadStats;
use super::sparse::{NumberTally, SparseNumber, SparseText, TextTally};
use crate::control::Control;
use crate::dataset::catalog::Catalog;
use crate::dataset::schema::Field;
use crate::ids::IdMap;

/// The catalogue while it is read.
#[derive(Debug, Default)]
pub(super) struct Products {
    titles: SparseText,
    descriptions: SparseText,
    categories: SparseText,
    brands: SparseText,
    pictures: SparseText,
    prices: SparseNumber,
    stock: SparseNumber,
    /// Prices and stock that are no numbers.
    pub unreadable: u64,
    /// The first of those.
    pub unreadable_examples: Vec<String>,
    /// Values of later files that contradict an earlier one.
    pub conflicts: u64,
    /// The first of those.
    pub conflict_examples: Vec<String>,
}

impl Products {
    /// Reads one catalogue file. A product of an earlier file is completed, not replaced.
    pub(super) fn read(
        &mut self,
        plan: &Plan,
        items: &mut IdMap,
        rejected: &mut RejectCounter,
        control: &Control,
    ) -> Result<ReadStats, Stop> {
        let mut in_file = HashSet::new();
        let mut row_number = 0_u64;
        plan.source.read(&plan.layout.wanted, control, &mut |row| {
            row_number += 1;
            let row = match row {
                Row::Good(row) => row,
                Row::Bad { line, reason, text } => {
                    rejected.add(reason, line, || text.into_owned());
                    return Ok(());
                }
            };
            let Some(id) = plan.item_id(&row, row_number) else {
                rejected.add(RejectReason::NoItem, row.line, || row.example());
                return Ok(());
            };
            let item = items.insert(&id);
            if in_file.insert(item) {
                self.add(plan, &row, item, &id);
            } else {
                rejected.add(RejectReason::DuplicateId, row.line, || row.example());
            }
            Ok(())
        })
    }

    /// The first file wins; a later one fills what is open, and where it says something else, that
    /// is counted.
    fn add(&mut self, plan: &Plan, row: &GoodRow<'_>, item: u32, id: &str) {
        let mut conflicts = Vec::new();
        let texts = [
            (Field::Title, &mut self.titles),
            (Field::Description, &mut self.descriptions),
            (Field::Category, &mut self.categories),
            (Field::Brand, &mut self.brands),
            (Field::Picture, &mut self.pictures),
        ];
        for (field, column) in texts {
            if let Some(text) = plan.layout.cell(row, field).text()
                && !column.fill(item, &text)
            {
                conflicts.push(field);
            }
        }
        for (field, column) in [(Field::Price, &mut self.prices), (Field::Stock, &mut self.stock)] {
            let cell = plan.layout.cell(row, field);
            match plan.numbers.read(cell) {
                Ok(Some(value)) => {
                    if !column.fill(item, narrow(value)) {
                        conflicts.push(field);
                    }
                }
                Ok(None) => {}
                Err(_) => {
                    self.unreadable += 1;
                    if self.unreadable_examples.len() < MAX_EXAMPLES {
                        let text = cell.text().unwrap_or_default();
                        self.unreadable_examples.push(format!("line {}: {text:?}", row.line));
                    }
                }
            }
        }
        self.conflicts += conflicts.len() as u64;
        for field in conflicts {
            if self.conflict_examples.len() < MAX_EXAMPLES {
                self.conflict_examples.push(format!("{id}: {field} (line {})", row.line));
            }
        }
    }

    /// Fills what the catalogue leaves open from the events; the number of products that got text.
    pub(super) fn complete(&mut self, from_events: FromEvents) -> u64 {
        let mut titled = 0;
        for (item, text) in from_events.titles.winners() {
            self.titles.fill(item, text);
            titled += 1;
        }
        for (item, text) in from_events.categories.winners() {
            self.categories.fill(item, text);
        }
        for (item, text) in from_events.brands.winners() {
            self.brands.fill(item, text);
        }
        for (item, price) in from_events.prices.medians() {
            self.prices.fill(item, price);
        }
        titled
    }

    /// The catalogue of this many products.
    pub(super) fn finish(self, n_items: usize) -> Catalog {
        Catalog {
            titles: self.titles.finish(n_items),
            descriptions: self.descriptions.finish(n_items),
            categories: self.categories.finish(n_items),
            brands: self.brands.finish(n_items),
            pictures: self.pictures.finish(n_items),
            prices: self.prices.finish(n_items),
            stock: self.stock.finish(n_items),
        }
    }
}

/// What events say about products: the most frequent text and the median price count.
#[derive(Debug, Default)]
pub(super) struct FromEvents {
    titles: TextTally,
    categories: TextTally,
    brands: TextTally,
    prices: NumberTally,
}

impl FromEvents {
    /// Note what one event says about its product.
    pub(super) fn add(&mut self, plan: &Plan, row: &GoodRow<'_>, item: u32, price: Option<f32>) {
        let texts = [
            (Field::Title, &mut self.titles),
            (Field::Category, &mut self.categories),
            (Field::Brand, &mut self.brands),
        ];
        for (field, tally) in texts {
            if let Some(text) = plan.layout.cell(row, field).text() {
                tally.add(item, &text);
            }
        }
        if let Some(price) = price.filter(|&price| price > 0.0) {
            self.prices.add(item, price);
        }
    }
}

/// Prices and amounts are kept in 32 bits.
#[expect(clippy::cast_possible_truncation, reason = "seven digits are enough for prices")]
pub(super) fn narrow(value: f64) -> f32 {
    value as f32
}
