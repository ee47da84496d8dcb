//! Steps that judge each event by itself: dropping by kind and value, and the date window.

use super::step::{EventTest, Field};
use super::work::{Refusal, Work, has_field};
use crate::dataset::calendar::DAY_MS;
use crate::dataset::event::EventKind;
use crate::dataset::split::parse_ms;
use crate::dataset::{Dataset, Interaction};

use crate::ids::ItemIdx;

pub(super) fn drop_events(
    work: &mut Work<'_>,
    kinds: &[EventKind],
    when: EventTest,
) -> Result<(), Refusal> {
    if kinds.is_empty() && when == EventTest::Any {
        let problem = "it would drop every event. Name kinds, or say when".to_owned();
        return Err(problem.into());
    }
    let known = match when {
        EventTest::NotInCatalogue => known_items(&work.dataset),
        _ => Vec::new(),
    };
    work.remove_events(|dataset, _, row| {
        let event = dataset.interactions.row(row);
        (kinds.is_empty() || kinds.contains(&event.kind)) && holds(when, &event, &known)
    })?;
    Ok(())
}

/// Products of which more is known than their id.
fn known_items(dataset: &Dataset) -> Vec<bool> {
    let is_known = |item| {
        let product = dataset.catalog.product(ItemIdx::from_index(item));
        product != crate::dataset::Product::default()
    };
    (0..dataset.n_items()).map(is_known).collect()
}

/// A value that a kind of event never has is not missing.
fn holds(when: EventTest, event: &Interaction<'_>, known: &[bool]) -> bool {
    let quantity = event.amount.filter(|_| has_field(event.kind, Field::Quantity));
    match when {
        EventTest::Any => true,
        EventTest::NegativePrice => event.price.is_some_and(|price| price < 0.0),
        EventTest::ZeroPrice => event.price == Some(0.0),
        EventTest::MissingPrice => has_field(event.kind, Field::Price) && event.price.is_none(),
        EventTest::NegativeQuantity => quantity.is_some_and(|quantity| quantity < 0.0),
        EventTest::ZeroQuantity => quantity == Some(0.0),
        EventTest::MissingQuantity => {
            has_field(event.kind, Field::Quantity) && event.amount.is_none()
        }
        EventTest::MissingStars => has_field(event.kind, Field::Stars) && event.amount.is_none(),
        EventTest::MissingText => has_field(event.kind, Field::Text) && event.text.is_none(),
        EventTest::MissingItem => event.item.is_none(),
        EventTest::NotInCatalogue => event.item.is_some_and(|item| !known[item.index()]),
    }
}

pub(super) fn date_window(
    work: &mut Work<'_>,
    from: Option<&str>,
    to: Option<&str>,
) -> Result<(), Refusal> {
    work.need_times()?;
    let from_ms = from.map(read_moment).transpose()?.map(|(start, _)| start);
    let to_ms = to.map(read_moment).transpose()?.map(|(_, end)| end);
    match (from_ms, to_ms) {
        (None, None) => return Err("it names no date. Give from, to or both".to_owned().into()),
        (Some(from_ms), Some(to_ms)) if from_ms > to_ms => {
            return Err("from lies after to. Swap them".to_owned().into());
        }
        _ => {}
    }
    let window = from_ms.unwrap_or(i64::MIN)..=to_ms.unwrap_or(i64::MAX);
    work.remove_events(|dataset, _, row| !window.contains(&dataset.interactions.time_ms(row)))?;
    Ok(())
}

/// First and last millisecond of a date, or a moment twice, the second one to the end of its second.
fn read_moment(text: &str) -> Result<(i64, i64), Refusal> {
    let unreadable = || {
        Refusal::Invalid(format!("{text:?} is no date. Write 2011-11-01 or 2011-11-01T18:00:00"))
    };
    let start = parse_ms(text).ok_or_else(unreadable)?;
    let is_date = !text.trim().contains(['T', ' ']);
    let length = if is_date { DAY_MS } else { 1_000 };
    Ok((start, start + length - 1))
}
