//! Cold starts: shoppers and products with a single event, products that come late.

use super::finding::{BarLabel, Finding, FindingKind, Unit, share};
use super::repair::{Effect, Repair};
use super::report::SkipReason;
use super::shop::{Found, Shop, Tally};
use super::thresholds::{LATE_SHARE, ONE_EVENT_SHARE, by_share};
use super::times::Plausible;
use crate::control::Cancelled;
use crate::dataset::load::format_ms;
use crate::ids::UserIdx;

/// Share with one event that is a warning.
const WARNING_SHARE: f64 = 0.5;
/// Share of late products that is a warning.
const LATE_WARNING_SHARE: f64 = 0.2;
/// Shoppers or products needed to speak of shares.
const FEWEST: u64 = 10;
const TENTHS: usize = 10;

pub(super) fn check(shop: &Shop<'_>, found: &mut Found) -> Result<(), Cancelled> {
    let kinds = [
        FindingKind::ShoppersWithOneEvent,
        FindingKind::ProductsWithOneEvent,
        FindingKind::LateProducts,
    ];
    if shop.log().is_empty() {
        found.skip(&kinds, SkipReason::NoEvents);
        return Ok(());
    }
    shoppers(shop, found);
    products(shop, found)?;
    late(shop, found)
}

/// How many there are of each number of events.
pub(super) fn by_size(counts: impl Iterator<Item = u64>) -> Vec<(BarLabel, u64)> {
    const LABELS: [&str; 8] = ["0", "1", "2", "3–4", "5–9", "10–19", "20–99", "≥ 100"];
    let mut sizes = [0; LABELS.len()];
    for count in counts {
        sizes[match count {
            0 => 0,
            1 => 1,
            2 => 2,
            3..=4 => 3,
            5..=9 => 4,
            10..=19 => 5,
            20..=99 => 6,
            _ => 7,
        }] += 1;
    }
    let label = |label: &str| BarLabel::Plain(label.to_owned());
    LABELS.into_iter().map(label).zip(sizes).collect()
}

fn shoppers(shop: &Shop<'_>, found: &mut Found) {
    let log = shop.log();
    let n = shop.dataset.n_users();
    let events = |user| log.rows_of(UserIdx::from_index(user)).len() as u64;
    let tally = Tally::over(n, |user| events(user) == 1);
    let of = (0..n).filter(|&user| events(user) > 0).count() as u64;
    let kind = FindingKind::ShoppersWithOneEvent;
    if of < FEWEST {
        return found.skip(&[kind], SkipReason::TooFew);
    }
    if share(tally.count, of) < ONE_EVENT_SHARE {
        return;
    }
    let only = |user| log.rows_of(UserIdx::from_index(user)).start;
    let severity = by_share(share(tally.count, of), WARNING_SHARE, 2.0);
    found.push(
        Finding::new(kind, severity, Unit::Users, tally.count, of)
            .with_examples(tally.examples(|user| {
                let row = only(user);
                shop.event_example(row, log.kind(row).name())
            }))
            .with_bars(by_size((0..n).map(events)))
            .with_repair(Repair::at_least_two(Effect::RemovesUsers, tally.count)),
    );
}

fn products(shop: &Shop<'_>, found: &mut Found) -> Result<(), Cancelled> {
    let per_item = shop.events_per_item()?;
    let tally = Tally::over(per_item.len(), |item| per_item[item] == 1);
    let of = per_item.iter().filter(|&&count| count > 0).count() as u64;
    let kind = FindingKind::ProductsWithOneEvent;
    if of < FEWEST {
        found.skip(&[kind], SkipReason::TooFew);
        return Ok(());
    }
    if share(tally.count, of) < ONE_EVENT_SHARE {
        return Ok(());
    }
    let title = |item| shop.dataset.catalog.titles.get(item).unwrap_or_default();
    let severity = by_share(share(tally.count, of), WARNING_SHARE, 2.0);
    found.push(
        Finding::new(kind, severity, Unit::Items, tally.count, of)
            .with_examples(tally.examples(|item| shop.item_example(item, title(item))))
            .with_bars(by_size(per_item.iter().copied()))
            .with_repair(Repair::at_least_two(Effect::RemovesItems, tally.count)),
    );
    Ok(())
}

/// Products whose first event lies in the last tenth of the time.
fn late(shop: &Shop<'_>, found: &mut Found) -> Result<(), Cancelled> {
    let kind = FindingKind::LateProducts;
    if !shop.dataset.has_times {
        found.skip(&[kind], SkipReason::NoTimes);
        return Ok(());
    }
    let log = shop.log();
    let range = Plausible::of(shop);
    let mut first_met = vec![i64::MAX; shop.dataset.n_items()];
    let (mut first, mut last) = (i64::MAX, i64::MIN);
    for row in 0..log.len() {
        if row % (1 << 20) == 0 {
            shop.control.check()?;
        }
        let time_ms = log.time_ms(row);
        if !range.holds(time_ms) {
            continue;
        }
        (first, last) = (first.min(time_ms), last.max(time_ms));
        if let Some(item) = log.item(row) {
            let met = &mut first_met[item.index()];
            *met = time_ms.min(*met);
        }
    }
    let of = first_met.iter().filter(|&&met| met < i64::MAX).count() as u64;
    if of < FEWEST || last <= first {
        found.skip(&[kind], SkipReason::TooFew);
        return Ok(());
    }
    let tenth = |time_ms: i64| {
        let part = (time_ms - first) as f64 / (last - first) as f64;
        ((part * TENTHS as f64) as usize).min(TENTHS - 1)
    };
    let is_late = |item: usize| first_met[item] < i64::MAX && tenth(first_met[item]) == TENTHS - 1;
    let tally = Tally::over(first_met.len(), is_late);
    if share(tally.count, of) < LATE_SHARE {
        return Ok(());
    }
    let mut tenths = [0_u64; TENTHS];
    for &met in first_met.iter().filter(|&&met| met < i64::MAX) {
        tenths[tenth(met)] += 1;
    }
    let severity = by_share(share(tally.count, of), LATE_WARNING_SHARE, 2.0);
    let label = |part: usize| BarLabel::Plain(format!("{}–{} %", part * 10, part * 10 + 10));
    found.push(
        Finding::new(kind, severity, Unit::Items, tally.count, of)
            .with_examples(
                tally.examples(|item| shop.item_example(item, format_ms(first_met[item]))),
            )
            .with_bars(tenths.into_iter().enumerate().map(|(part, count)| (label(part), count))),
    );
    Ok(())
}
