//! Values that are missing where the same column has others. A column that is not there at all is
//! no finding.

use super::finding::{BarLabel, BarWord, Example, Finding, FindingKind, Subject, Unit};
use super::repair::Repair;
use super::shop::{Found, Shop, Tally};
use super::thresholds::by_share;
use crate::control::Cancelled;
use crate::dataset::clean;
use crate::dataset::event::EventKind;
use crate::dataset::schema::{Field, Role};

/// Share of missing values that is a warning.
const WARNING_SHARE: f64 = 0.2;
/// Kinds of events by the meaning of their amount.
const QUANTITY_KINDS: [EventKind; 3] = [EventKind::Cart, EventKind::Purchase, EventKind::Return];
const RATED_KINDS: [EventKind; 2] = [EventKind::Review, EventKind::Rating];
const N_KINDS: usize = EventKind::ALL.len();

pub(super) fn check(shop: &Shop<'_>, found: &mut Found) -> Result<(), Cancelled> {
    of_events(shop, found)?;
    of_catalog(shop, found)?;
    of_attributes(shop, found)
}

/// Present values and missing ones of each kind of event.
#[derive(Clone, Default)]
struct ByKind {
    present: [u64; N_KINDS],
    missing: [Tally; N_KINDS],
}

impl ByKind {
    fn add(&mut self, kind: EventKind, is_present: bool, row: usize) {
        if is_present {
            self.present[kind as usize] += 1;
        } else {
            self.missing[kind as usize].add(row);
        }
    }

    fn merge(&mut self, later: Self) {
        for (total, present) in self.present.iter_mut().zip(later.present) {
            *total += present;
        }
        for (total, missing) in self.missing.iter_mut().zip(later.missing) {
            total.merge(missing);
        }
    }

    /// Of those of the kinds that have any value: how many there are, and which miss it.
    fn sum(self, kinds: &[EventKind]) -> (u64, Tally) {
        let (mut of, mut missing) = (0, Tally::default());
        for (kind, tally) in EventKind::ALL.into_iter().zip(self.missing) {
            let present = self.present[kind as usize];
            if kinds.contains(&kind) && present > 0 {
                of += present + tally.count;
                missing.merge(tally);
            }
        }
        (of, missing)
    }
}

fn of_events(shop: &Shop<'_>, found: &mut Found) -> Result<(), Cancelled> {
    let log = shop.log();
    let chunks = shop.per_rows(|rows| {
        let (mut amounts, mut prices) = (ByKind::default(), ByKind::default());
        for row in rows {
            let event = log.row(row);
            amounts.add(event.kind, event.amount.is_some(), row);
            prices.add(event.kind, event.price.is_some(), row);
        }
        (amounts, prices)
    })?;
    let (mut amounts, mut prices) = (ByKind::default(), ByKind::default());
    for (amount, price) in chunks {
        amounts.merge(amount);
        prices.merge(price);
    }
    let stars = amounts.clone();
    for (field, cleaned, (of, missing)) in [
        (Field::Quantity, clean::Field::Quantity, amounts.sum(&QUANTITY_KINDS)),
        (Field::Rating, clean::Field::Stars, stars.sum(&RATED_KINDS)),
        (Field::Price, clean::Field::Price, prices.sum(&EventKind::ALL)),
    ] {
        let repair = Repair::fill_median(cleaned, missing.count);
        let example = |row: usize| shop.event_example(row, log.kind(row).name());
        let subject = Subject::Field(Role::Events, field);
        push(found, subject, Unit::Events, of, &missing, Some(repair), example);
    }
    Ok(())
}

fn of_catalog(shop: &Shop<'_>, found: &mut Found) -> Result<(), Cancelled> {
    let catalog = &shop.dataset.catalog;
    let n = shop.dataset.n_items();
    let texts = [
        (Field::Title, &catalog.titles, None),
        (Field::Description, &catalog.descriptions, None),
        (Field::Category, &catalog.categories, Some(clean::Field::Category)),
        (Field::Brand, &catalog.brands, Some(clean::Field::Brand)),
        (Field::Picture, &catalog.pictures, None),
    ];
    for (field, column, cleaned) in texts {
        shop.control.check()?;
        let missing = Tally::over(n, |item| column.get(item).is_none());
        let repair = cleaned.map(|field| Repair::fill_mode(field, missing.count));
        of_products(shop, found, field, &missing, repair);
    }
    let numbers = [
        (Field::Price, &catalog.prices, clean::Field::ListPrice),
        (Field::Stock, &catalog.stock, clean::Field::Stock),
    ];
    for (field, column, cleaned) in numbers {
        shop.control.check()?;
        let missing = Tally::over(n, |item| column.get(item).is_none_or(|value| value.is_nan()));
        let repair = Some(Repair::fill_median(cleaned, missing.count));
        of_products(shop, found, field, &missing, repair);
    }
    Ok(())
}

fn of_products(
    shop: &Shop<'_>,
    found: &mut Found,
    field: Field,
    missing: &Tally,
    repair: Option<Repair>,
) {
    let (subject, of) = (Subject::Field(Role::Catalog, field), shop.dataset.n_items() as u64);
    let title = |item| shop.dataset.catalog.titles.get(item).unwrap_or_default();
    let example = |item| shop.item_example(item, title(item));
    push(found, subject, Unit::Items, of, missing, repair, example);
}

fn of_attributes(shop: &Shop<'_>, found: &mut Found) -> Result<(), Cancelled> {
    for attribute in &shop.dataset.user_attributes {
        shop.control.check()?;
        let n = shop.dataset.n_users();
        let missing = Tally::over(n, |user| attribute.values.get(user).is_none());
        let subject = Subject::Attribute(attribute.name.clone());
        let example = |user| shop.user_example(user, "");
        push(found, subject, Unit::Users, n as u64, &missing, None, example);
    }
    Ok(())
}

/// A finding, unless nothing is missing or everything is.
fn push(
    found: &mut Found,
    subject: Subject,
    unit: Unit,
    of: u64,
    missing: &Tally,
    repair: Option<Repair>,
    example: impl FnMut(usize) -> Example,
) {
    let count = missing.count;
    if count == 0 || count == of {
        return;
    }
    let severity = by_share(super::finding::share(count, of), WARNING_SHARE, 2.0);
    let bars = [(BarWord::Present, of - count), (BarWord::Missing, count)];
    let mut finding = Finding::new(FindingKind::MissingValues, severity, unit, count, of)
        .about(subject)
        .with_examples(missing.examples(example))
        .with_bars(bars.map(|(word, count)| (BarLabel::Word(word), count)));
    finding.repair = repair;
    found.push(finding);
}
