//! Who one shopper is: what they did, like and spend, beside what is usual in the shop.

mod funnel;
mod keywords;
mod next;
mod price;
mod rfm;
mod shares;
mod shop;
mod timeline;
mod types;
pub mod weights;

#[cfg(test)]
mod tests;

use crate::analysis::transitions::sessions;
use crate::dataset::{Dataset, EventCounts};
use crate::ids::UserIdx;
pub(crate) use price::{paid, units};
pub use shop::{FunnelTotals, ShopStatistics};
pub use types::{
    Funnel, Keyword, NextStep, PriceBand, PriceLabel, Rate, Rfm, RfmBasis, Share, Timeline,
    TimelineBucket, TimelineUnit, UserProfile,
};

/// Minutes without an event that part two visits.
pub const SESSION_GAP_MINUTES: u32 = 30;

/// Most rows that a profile lists as recent.
pub const MAX_RECENT: usize = 50;

/// The profile of one shopper; an empty one for a shopper without events or out of range.
///
/// `shop` has to be of the same dataset.
#[must_use]
pub fn profile(dataset: &Dataset, shop: &ShopStatistics, user: UserIdx) -> UserProfile {
    let log = &dataset.interactions;
    let rows = log.rows_of(user);
    let mut counts = EventCounts::default();
    for row in rows.clone() {
        counts.add(log.kind(row));
    }
    let gap_ms = i64::from(SESSION_GAP_MINUTES) * 60_000;
    UserProfile {
        user,
        n_events: rows.len(),
        counts,
        first_ms: rows.clone().next().map(|row| log.time_ms(row)),
        last_ms: rows.clone().next_back().map(|row| log.time_ms(row)),
        n_sessions: dataset
            .has_times
            .then(|| sessions(dataset, rows.clone(), Some(gap_ms)).count()),
        timeline: timeline::timeline(dataset, rows.clone()),
        recent: rows.clone().rev().take(MAX_RECENT).collect(),
        categories: shares::shares(
            dataset,
            rows.clone(),
            &dataset.catalog.categories,
            &shop.categories,
        ),
        brands: shares::shares(dataset, rows.clone(), &dataset.catalog.brands, &shop.brands),
        price: price::band(dataset, shop, rows.clone()),
        funnel: funnel::funnel(dataset, shop, rows.clone()),
        keywords: keywords::keywords(dataset, shop, rows.clone()),
        rfm: rfm::rfm(dataset, shop, rows.clone()),
        next_steps: next::next_steps(dataset, shop, rows.clone()),
        next_categories: next::next_categories(dataset, shop, rows),
    }
}
