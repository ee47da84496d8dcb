//! Interest by category and by brand.

use std::collections::BTreeMap;
use std::ops::Range;

use super::Share;
use super::weights::{recency, strength};
use crate::dataset::{Dataset, TextColumn};

/// Shares of interest among the texts of one catalogue column, strongest first, ties by code.
pub(super) fn shares(
    dataset: &Dataset,
    rows: Range<usize>,
    column: &TextColumn,
    shop: &[f64],
) -> Vec<Share> {
    let log = &dataset.interactions;
    let latest = rows.clone().next_back().map_or(0, |row| log.time_ms(row));
    let mut found: BTreeMap<u32, (f64, u64)> = BTreeMap::new();
    for row in rows {
        let code = log.item(row).and_then(|item| column.code(item.index()));
        let Some(code) = code else { continue };
        let age = if dataset.has_times { recency(log.time_ms(row), latest) } else { 1.0 };
        let (weight, count) = found.entry(code).or_default();
        *weight += strength(log.kind(row)) * age;
        *count += 1;
    }
    let total: f64 = found.values().map(|&(weight, _)| weight).sum();
    if total <= 0.0 {
        return Vec::new();
    }
    let share = |(code, (weight, count)): (u32, (f64, u64))| {
        let weight = weight / total;
        let shop_weight = shop.get(code as usize).copied().unwrap_or(0.0);
        Share {
            name: column.pool()[code as usize].to_string(),
            code,
            weight,
            count,
            shop_weight,
            lift: (shop_weight > 0.0).then(|| weight / shop_weight),
        }
    };
    let mut shares: Vec<Share> = found.into_iter().map(share).collect();
    shares.sort_by(|a, b| b.weight.total_cmp(&a.weight).then(a.code.cmp(&b.code)));
    shares
}
