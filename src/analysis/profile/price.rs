//! What the products met cost, and where that lies in the shop.

use std::ops::Range;

use super::{PriceBand, PriceLabel, ShopStatistics};
use crate::analysis::numeric::{quantile_of_sorted, rank_in_sorted, real_len};
use crate::dataset::{Dataset, Interaction};
use crate::ids::ItemIdx;

/// What one unit cost: the event's own price, else the catalogue's.
pub(crate) fn unit_price(dataset: &Dataset, event: &Interaction<'_>) -> Option<f64> {
    let listed = || dataset.catalog.product(event.item?).price;
    event.price.or_else(listed).map(f64::from).filter(|price| price.is_finite())
}

/// Units of an event: its amount, 1 where none is given. A log that writes returns as negative amounts
/// means so many units.
pub(crate) fn units(event: &Interaction<'_>) -> f64 {
    event.amount.map_or(1.0, |amount| f64::from(amount.abs()))
}

/// Price times quantity of an event; 0 where the price is not known.
pub(crate) fn paid(dataset: &Dataset, event: &Interaction<'_>) -> f64 {
    unit_price(dataset, event).map_or(0.0, |price| price * units(event))
}

/// Prices of the shop's products, to rank others in.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct PriceRanks {
    /// Ascending, one per product with a known price.
    shop: Vec<f64>,
    /// The same per category code.
    by_category: Vec<Vec<f64>>,
}

impl PriceRanks {
    /// `prices` is `[n_items]`, NaN where unknown.
    pub(super) fn new(dataset: &Dataset, prices: &[f64]) -> Self {
        let categories = &dataset.catalog.categories;
        let mut ranks =
            Self { shop: Vec::new(), by_category: vec![Vec::new(); categories.pool().len()] };
        for (item, &price) in prices.iter().enumerate().filter(|(_, price)| price.is_finite()) {
            ranks.shop.push(price);
            if let Some(code) = categories.code(item) {
                ranks.by_category[code as usize].push(price);
            }
        }
        ranks.shop.sort_unstable_by(f64::total_cmp);
        ranks.by_category.iter_mut().for_each(|list| list.sort_unstable_by(f64::total_cmp));
        ranks
    }

    fn in_category(&self, dataset: &Dataset, item: ItemIdx, price: f64) -> Option<f64> {
        let code = dataset.catalog.categories.code(item.index())?;
        rank_in_sorted(&self.by_category[code as usize], price)
    }
}

/// The band of prices met; `None` where no price is known.
pub(super) fn band(
    dataset: &Dataset,
    shop: &ShopStatistics,
    rows: Range<usize>,
) -> Option<PriceBand> {
    let log = &dataset.interactions;
    let mut prices = Vec::new();
    let mut category_ranks = Vec::new();
    for row in rows {
        let event = log.row(row);
        if let Some((item, price)) = event.item.zip(unit_price(dataset, &event)) {
            prices.push(price);
            category_ranks.extend(shop.prices.in_category(dataset, item, price));
        }
    }
    prices.sort_unstable_by(f64::total_cmp);
    let at = |q| quantile_of_sorted(&prices, q);
    let median = at(0.5)?;
    let shop_percentile = rank_in_sorted(&shop.prices.shop, median)?;
    let mean_rank = category_ranks.iter().sum::<f64>() / real_len(category_ranks.len());
    let category_percentile = (!category_ranks.is_empty()).then_some(mean_rank);
    Some(PriceBand {
        low: at(0.1)?,
        median,
        high: at(0.9)?,
        count: prices.len(),
        shop_percentile,
        category_percentile,
        label: label(category_percentile.unwrap_or(shop_percentile)),
    })
}

fn label(percentile: f64) -> PriceLabel {
    if percentile < 1.0 / 3.0 {
        PriceLabel::Budget
    } else if percentile <= 2.0 / 3.0 {
        PriceLabel::Mid
    } else {
        PriceLabel::Premium
    }
}
