//! Events that are there more than once.

use super::finding::{BarLabel, Finding, FindingKind, Unit};
use super::repair::Repair;
use super::report::SkipReason;
use super::shop::{Found, Shop, Tally};
use super::thresholds::{NEAR_MS, by_share};
use crate::control::Cancelled;
use crate::dataset::Interactions;
use crate::dataset::event::{EventCounts, EventKind};

pub(super) fn check(shop: &Shop<'_>, found: &mut Found) -> Result<(), Cancelled> {
    let kinds = [FindingKind::ExactDuplicates, FindingKind::NearDuplicates];
    if !shop.dataset.has_times {
        found.skip(&kinds, SkipReason::NoTimes);
        return Ok(());
    }
    let log = shop.log();
    let chunks = shop.per_users(|users| {
        let (mut exact, mut near) = (Repeated::default(), Repeated::default());
        let mut order: Vec<usize> = Vec::new();
        for user in users {
            order.clear();
            order.extend(log.rows_of(crate::ids::UserIdx::from_index(user)));
            order.sort_unstable_by_key(|&row| {
                (group(log, row), log.time_ms(row), rest(log, row), row)
            });
            for pair in order.windows(2) {
                compare(log, pair[0], pair[1], &mut exact, &mut near);
            }
        }
        (exact, near)
    })?;
    let (mut exact, mut near) = (Repeated::default(), Repeated::default());
    for (more_exact, more_near) in chunks {
        exact.merge(more_exact);
        near.merge(more_near);
    }
    let repair = Repair::deduplicate(0.0, true, exact.tally.count);
    push(shop, found, FindingKind::ExactDuplicates, exact, repair);
    // Without a demand for equality, the window takes exact duplicates along.
    let repair = Repair::deduplicate(NEAR_MS as f64 / 1_000.0, false, near.tally.count);
    let repair = Repair { is_estimate: true, ..repair };
    push(shop, found, FindingKind::NearDuplicates, near, repair);
    Ok(())
}

/// Rows that repeat another, by kind.
#[derive(Default)]
struct Repeated {
    tally: Tally,
    kinds: EventCounts,
}

impl Repeated {
    fn add(&mut self, log: &Interactions, row: usize) {
        self.tally.add(row);
        self.kinds.add(log.kind(row));
    }

    fn merge(&mut self, later: Self) {
        self.tally.merge(later.tally);
        self.kinds.merge(later.kinds);
    }
}

/// What repeated events share: product and kind, of searches the text.
fn group(log: &Interactions, row: usize) -> (u32, u8, u32) {
    let (item, kind) = (log.item(row), log.kind(row));
    let text = match kind {
        EventKind::Search => log.texts().code(row).unwrap_or(u32::MAX),
        _ => 0,
    };
    (item.map_or(u32::MAX, |item| item.0), kind as u8, text)
}

/// What exact duplicates share beside that and the time.
fn rest(log: &Interactions, row: usize) -> (u32, u32, u32) {
    let event = log.row(row);
    let bits = |value: Option<f32>| value.map_or(u32::MAX, f32::to_bits);
    (bits(event.amount), bits(event.price), log.texts().code(row).unwrap_or(u32::MAX))
}

fn compare(
    log: &Interactions,
    first: usize,
    second: usize,
    exact: &mut Repeated,
    near: &mut Repeated,
) {
    if group(log, first) != group(log, second) {
        return;
    }
    // A search without a text says nothing that could be repeated a little later.
    let says_nothing = log.item(second).is_none() && log.texts().code(second).is_none();
    let apart = log.time_ms(second).saturating_sub(log.time_ms(first));
    if apart == 0 && rest(log, first) == rest(log, second) {
        exact.add(log, second);
    } else if apart <= NEAR_MS && !says_nothing {
        near.add(log, second);
    }
}

fn push(shop: &Shop<'_>, found: &mut Found, kind: FindingKind, repeated: Repeated, repair: Repair) {
    let Repeated { tally, kinds } = repeated;
    let severity = match kind {
        FindingKind::ExactDuplicates => {
            by_share(super::finding::share(tally.count, shop.n_events()), 0.001, 0.1)
        }
        _ => by_share(super::finding::share(tally.count, shop.n_events()), 0.05, 2.0),
    };
    let example = |row| {
        let event = shop.log().row(row);
        let amount = event.amount.map(|amount| format!(" × {amount}")).unwrap_or_default();
        shop.event_example(row, format!("{}{amount}", event.kind.name()))
    };
    found.push_if_any(
        Finding::new(kind, severity, Unit::Events, tally.count, shop.n_events())
            .with_examples(tally.examples(example))
            .with_bars(kinds.present().map(|(kind, count)| (BarLabel::Kind(kind), count)))
            .with_repair(repair),
    );
}
