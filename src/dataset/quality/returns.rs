//! Returns, and returns of what was never bought.

use std::collections::HashMap;

use super::finding::{BarLabel, BarWord, FigureName, Finding, FindingKind, Unit, share};
use super::repair::Repair;
use super::shop::{Found, Shop, Tally};
use super::thresholds::by_share;
use crate::control::Cancelled;
use crate::dataset::event::EventKind;
use crate::ids::UserIdx;

pub(super) fn check(shop: &Shop<'_>, found: &mut Found) -> Result<(), Cancelled> {
    let log = shop.log();
    let counts = log.counts();
    let (returns, purchases) = (counts.get(EventKind::Return), counts.get(EventKind::Purchase));
    if returns == 0 {
        return Ok(());
    }
    let mut unmatched = Tally::default();
    for chunk in shop.per_users(|users| {
        let mut tally = Tally::default();
        users.for_each(|user| look(shop, UserIdx::from_index(user), &mut tally));
        tally
    })? {
        unmatched.merge(chunk);
    }
    let matched = returns - unmatched.count;
    let bars = [
        (BarLabel::Word(BarWord::Matched), matched),
        (BarLabel::Word(BarWord::Unmatched), unmatched.count),
    ];
    let of = returns + purchases;
    let severity = by_share(share(returns, of), 0.2, 2.0);
    let kinds = [EventKind::Purchase, EventKind::Return];
    let mix = kinds.map(|kind| (BarLabel::Kind(kind), counts.get(kind)));
    let first = Tally::over(log.len(), |row| log.kind(row) == EventKind::Return);
    let example = |row: usize| {
        let amount = log.row(row).amount;
        shop.event_example(row, amount.map(|amount| amount.to_string()).unwrap_or_default())
    };
    found.push(
        Finding::new(FindingKind::Returns, severity, Unit::Events, returns, of)
            .with_examples(first.examples(example))
            .with_bars(mix)
            .with_repair(Repair::merge_returns(matched)),
    );
    let unknown = unmatched.count;
    found.push_if_any(
        Finding::new(
            FindingKind::ReturnsWithoutPurchase,
            by_share(share(unknown, returns), 0.05, 2.0),
            Unit::Events,
            unknown,
            returns,
        )
        .with_figure(FigureName::Events, returns as f64)
        .with_examples(unmatched.examples(example))
        .with_bars(bars),
    );
    Ok(())
}

/// Counts the returns of one shopper that no purchase of the product comes before.
fn look(shop: &Shop<'_>, user: UserIdx, unmatched: &mut Tally) {
    let log = shop.log();
    let rows = log.rows_of(user);
    let of_kind = |kind| rows.clone().filter(move |&row| log.kind(row) == kind);
    if of_kind(EventKind::Return).next().is_none() {
        return;
    }
    let mut first_bought = HashMap::new();
    for row in of_kind(EventKind::Purchase) {
        first_bought.entry(log.item(row)).or_insert_with(|| log.time_ms(row));
    }
    for row in of_kind(EventKind::Return) {
        let bought = first_bought.get(&log.item(row));
        if bought.is_none_or(|&bought| bought > log.time_ms(row)) {
            unmatched.add(row);
        }
    }
}
