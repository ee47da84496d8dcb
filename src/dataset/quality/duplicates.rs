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
        let mut order: Vec<(u64, usize)> = Vec::new();
        for user in users {
            order.clear();
            let rows = log.rows_of(crate::ids::UserIdx::from_index(user));
            order.extend(rows.map(|row| (group(log, row), row)));
            // Rows ascend in time, and so they do within each group.
            order.sort_unstable();
            for alike in order.chunk_by_mut(|a, b| a.0 == b.0).filter(|alike| alike.len() > 1) {
                look(log, alike, &mut exact, &mut near);
            }
        }
        (exact, near)
    })?;
    let (mut exact, mut near) = (Repeated::default(), Repeated::default());
    for (more_exact, more_near) in chunks {
        exact.merge(more_exact);
        near.merge(more_near);
    }
    let exact_count = exact.tally.count;
    let repair = Repair::deduplicate(0.0, true, exact_count);
    push(shop, found, FindingKind::ExactDuplicates, exact, repair);
    // Without a demand for equality, the window takes exact duplicates along.
    let all = exact_count + near.tally.count;
    let repair = Repair::deduplicate(NEAR_MS as f64 / 1_000.0, false, all);
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

/// What repeated events share, in one number: product and kind, of searches the text.
fn group(log: &Interactions, row: usize) -> u64 {
    const SEARCH: u64 = 1 << 63;
    let kind = log.kind(row);
    match kind {
        EventKind::Search => SEARCH | u64::from(log.texts().code(row).unwrap_or(u32::MAX)),
        _ => (item_code(log, row) << 8) | kind as u64,
    }
}

fn item_code(log: &Interactions, row: usize) -> u64 {
    log.item(row).map_or(u64::from(u32::MAX), |item| u64::from(item.0))
}

/// What exact duplicates share beside that and the time.
fn rest(log: &Interactions, row: usize) -> (u64, u32, u32, u32) {
    let event = log.row(row);
    let bits = |value: Option<f32>| value.map_or(u32::MAX, f32::to_bits);
    let text = log.texts().code(row).unwrap_or(u32::MAX);
    (item_code(log, row), bits(event.amount), bits(event.price), text)
}

/// Counts the repetitions in one group of one shopper, ascending in time.
fn look(log: &Interactions, alike: &mut [(u64, usize)], exact: &mut Repeated, near: &mut Repeated) {
    // A search without a text says nothing that could be repeated a little later.
    let first = alike[0].1;
    let says_nothing = log.item(first).is_none() && log.texts().code(first).is_none();
    let mut before = None;
    for moment in alike.chunk_by_mut(|a, b| log.time_ms(a.1) == log.time_ms(b.1)) {
        moment.sort_unstable_by_key(|&(_, row)| (rest(log, row), row));
        let time_ms = log.time_ms(moment[0].1);
        let is_soon = before.is_some_and(|before| time_ms.saturating_sub(before) <= NEAR_MS);
        if is_soon && !says_nothing {
            near.add(log, moment[0].1);
        }
        for pair in moment.windows(2) {
            if rest(log, pair[0].1) == rest(log, pair[1].1) {
                exact.add(log, pair[1].1);
            } else if !says_nothing {
                near.add(log, pair[1].1);
            }
        }
        before = Some(time_ms);
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
