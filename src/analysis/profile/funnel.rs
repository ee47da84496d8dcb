//! From looking to buying, in distinct products.

use std::ops::Range;

use super::shop::FunnelTotals;
use super::{Funnel, Rate, ShopStatistics};
use crate::analysis::numeric::{real, wilson};
use crate::dataset::{Dataset, EventKind};

/// The funnel of one shopper.
pub(super) fn funnel(dataset: &Dataset, shop: &ShopStatistics, rows: Range<usize>) -> Funnel {
    let own = totals(dataset, rows, &mut Vec::new());
    let all = &shop.funnel;
    let rate = |(successes, trials), (shop_successes, shop_trials)| Rate {
        successes,
        trials,
        estimate: wilson(successes, trials),
        shop: (shop_trials > 0).then(|| real(shop_successes) / real(shop_trials)),
    };
    Funnel {
        viewed: own.viewed,
        carted: own.carted,
        purchased: own.purchased,
        returned: own.returned,
        view_to_cart: rate((own.viewed_carted, own.viewed), (all.viewed_carted, all.viewed)),
        cart_to_purchase: rate(
            (own.carted_purchased, own.carted),
            (all.carted_purchased, all.carted),
        ),
        view_to_purchase: rate(
            (own.viewed_purchased, own.viewed),
            (all.viewed_purchased, all.viewed),
        ),
        purchase_to_return: rate(
            (own.purchased_returned, own.purchased),
            (all.purchased_returned, all.purchased),
        ),
    }
}

/// Counts the distinct products of one shopper by what was done with them. `scratch` is only there to
/// be used again.
pub(super) fn totals(
    dataset: &Dataset,
    rows: Range<usize>,
    scratch: &mut Vec<(u32, u8)>,
) -> FunnelTotals {
    let log = &dataset.interactions;
    scratch.clear();
    scratch.extend(rows.filter_map(|row| Some((log.item(row)?.0, bit(log.kind(row))))));
    scratch.sort_unstable();
    let mut totals = FunnelTotals::default();
    for product in scratch.chunk_by(|a, b| a.0 == b.0) {
        let done = product.iter().fold(0, |done, &(_, bit)| done | bit);
        let has = |kind| u64::from(done & bit(kind) != 0);
        let [view, cart, purchase, returned] =
            [EventKind::View, EventKind::Cart, EventKind::Purchase, EventKind::Return].map(has);
        totals.viewed += view;
        totals.carted += cart;
        totals.purchased += purchase;
        totals.returned += returned;
        totals.viewed_carted += view * cart;
        totals.carted_purchased += cart * purchase;
        totals.viewed_purchased += view * purchase;
        totals.purchased_returned += purchase * returned;
    }
    totals
}

const fn bit(kind: EventKind) -> u8 {
    1 << kind as u8
}
