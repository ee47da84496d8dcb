//! One row per shopper and one per product, for tables that sort and filter.

use std::ops::Range;

use rayon::prelude::*;
use serde::Serialize;

use super::numeric::real;
use super::profile::{paid, units};
use crate::control::{Cancelled, Control};
use crate::dataset::{Dataset, EventKind};
use crate::ids::{ItemIdx, UserIdx};

const CHUNK: usize = 4096;

/// One shopper in a table.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct UserSummary {
    /// Who.
    pub user: UserIdx,
    /// Events of all kinds.
    pub events: u64,
    /// Purchases.
    pub purchases: u64,
    /// Distinct products met.
    pub items: u64,
    /// Time of the first event; `None` without events.
    pub first_ms: Option<i64>,
    /// Time of the last event.
    pub last_ms: Option<i64>,
    /// The category met most often (ties: the one that comes first in the catalogue), as a code of
    /// [`crate::dataset::Catalog::categories`].
    pub top_category: Option<u32>,
    /// Price times quantity over purchases, in the shop's currency; returns are not subtracted.
    pub spend: f64,
}

/// One product in a table.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct ItemSummary {
    /// Which.
    pub item: ItemIdx,
    /// Distinct shoppers who met it.
    pub users: u64,
    /// Events of all kinds.
    pub events: u64,
    /// Views.
    pub views: u64,
    /// Times put into a cart.
    pub carts: u64,
    /// Purchases.
    pub purchases: u64,
    /// Returns.
    pub returns: u64,
    /// Units bought.
    pub units: f64,
    /// Price times quantity over purchases, in the shop's currency; returns are not subtracted.
    pub revenue: f64,
    /// Distinct buyers among the distinct viewers, `0..=1`; `None` without viewers.
    pub conversion: Option<f64>,
    /// Mean stars of reviews and ratings; `None` without any.
    pub mean_stars: Option<f64>,
    /// Time of the last event; `None` without events.
    pub last_ms: Option<i64>,
}

/// `[n_users]` one row per shopper, in dense order.
///
/// # Errors
/// [`Cancelled`] on request.
pub fn summarise_users(
    dataset: &Dataset,
    control: &Control,
) -> Result<Vec<UserSummary>, Cancelled> {
    let n = dataset.n_users();
    let chunks: Vec<Vec<UserSummary>> = (0..n.div_ceil(CHUNK))
        .into_par_iter()
        .map(|chunk| {
            control.check()?;
            let users = chunk * CHUNK..n.min((chunk + 1) * CHUNK);
            Ok(users.map(|user| user_summary(dataset, UserIdx::from_index(user))).collect())
        })
        .collect::<Result<_, Cancelled>>()?;
    Ok(chunks.concat())
}

fn user_summary(dataset: &Dataset, user: UserIdx) -> UserSummary {
    let log = &dataset.interactions;
    let rows = log.rows_of(user);
    let purchase = |&row: &usize| log.kind(row) == EventKind::Purchase;
    let mut items: Vec<u32> = rows.clone().filter_map(|row| Some(log.item(row)?.0)).collect();
    items.sort_unstable();
    items.dedup();
    UserSummary {
        user,
        events: rows.len() as u64,
        purchases: rows.clone().filter(purchase).count() as u64,
        items: items.len() as u64,
        first_ms: rows.clone().next().map(|row| log.time_ms(row)),
        last_ms: rows.clone().next_back().map(|row| log.time_ms(row)),
        top_category: top_category(dataset, rows.clone()),
        spend: rows.filter(purchase).map(|row| paid(dataset, &log.row(row))).sum(),
    }
}

fn top_category(dataset: &Dataset, rows: Range<usize>) -> Option<u32> {
    let category = |row| dataset.catalog.categories.code(dataset.interactions.item(row)?.index());
    let mut codes: Vec<u32> = rows.filter_map(category).collect();
    codes.sort_unstable();
    let runs = codes.chunk_by(|a, b| a == b);
    runs.max_by_key(|run| (run.len(), std::cmp::Reverse(run[0]))).map(|run| run[0])
}

/// `[n_items]` one row per product, in dense order.
///
/// # Errors
/// [`Cancelled`] on request.
pub fn summarise_items(
    dataset: &Dataset,
    control: &Control,
) -> Result<Vec<ItemSummary>, Cancelled> {
    let log = &dataset.interactions;
    let mut totals = vec![ItemTotals::default(); dataset.n_items()];
    let mut met = Vec::new();
    for (user, rows) in log.users() {
        if user.index() % CHUNK == 0 {
            control.check()?;
            control.report("stage-item-summaries", user.index() as u64, log.n_users() as u64);
        }
        met.clear();
        for row in rows {
            if let Some(item) = log.item(row) {
                totals[item.index()].add_event(dataset, row);
                met.push((item.0, log.kind(row)));
            }
        }
        met.sort_unstable();
        for events in met.chunk_by(|a, b| a.0 == b.0) {
            totals[events[0].0 as usize].add_user(events);
        }
    }
    let row = |(item, totals): (usize, &ItemTotals)| totals.summary(ItemIdx::from_index(item));
    Ok(totals.iter().enumerate().map(row).collect())
}

#[derive(Debug, Clone, Copy, Default)]
struct ItemTotals {
    kinds: [u64; EventKind::ALL.len()],
    users: u64,
    viewers: u64,
    buying_viewers: u64,
    units: f64,
    revenue: f64,
    stars: f64,
    ratings: u64,
    last_ms: Option<i64>,
}

impl ItemTotals {
    fn add_event(&mut self, dataset: &Dataset, row: usize) {
        let event = dataset.interactions.row(row);
        self.kinds[event.kind as usize] += 1;
        self.last_ms = self.last_ms.max(Some(event.time_ms));
        match (event.kind, event.amount) {
            (EventKind::Purchase, _) => {
                self.units += units(&event);
                self.revenue += paid(dataset, &event);
            }
            (EventKind::Review | EventKind::Rating, Some(stars)) => {
                self.stars += f64::from(stars);
                self.ratings += 1;
            }
            _ => {}
        }
    }

    fn add_user(&mut self, events: &[(u32, EventKind)]) {
        let did = |kind| events.iter().any(|&(_, other)| other == kind);
        let viewed = did(EventKind::View);
        self.users += 1;
        self.viewers += u64::from(viewed);
        self.buying_viewers += u64::from(viewed && did(EventKind::Purchase));
    }

    fn summary(&self, item: ItemIdx) -> ItemSummary {
        let count = |kind: EventKind| self.kinds[kind as usize];
        ItemSummary {
            item,
            users: self.users,
            events: self.kinds.iter().sum(),
            views: count(EventKind::View),
            carts: count(EventKind::Cart),
            purchases: count(EventKind::Purchase),
            returns: count(EventKind::Return),
            units: self.units,
            revenue: self.revenue,
            conversion: (self.viewers > 0).then(|| real(self.buying_viewers) / real(self.viewers)),
            mean_stars: (self.ratings > 0).then(|| self.stars / real(self.ratings)),
            last_ms: self.last_ms,
        }
    }
}
