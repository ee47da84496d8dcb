//! Recency, frequency and monetary value.

use std::ops::Range;

use super::price::paid;
use super::{Rfm, RfmBasis, ShopStatistics};
use crate::analysis::numeric::{rank_in_sorted, real};
use crate::dataset::{Dataset, EventKind};

const DAY_MS: f64 = 86_400_000.0;

/// What one customer adds up to.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Customer {
    last_ms: i64,
    frequency: u64,
    monetary: f64,
}

/// Where all customers lie, each list ascending.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct CustomerRanks {
    last_ms: Vec<f64>,
    frequency: Vec<f64>,
    monetary: Vec<f64>,
}

impl CustomerRanks {
    pub(super) fn new(customers: &[Customer]) -> Self {
        let sorted = |value: fn(&Customer) -> f64| {
            let mut values: Vec<f64> = customers.iter().map(value).collect();
            values.sort_unstable_by(f64::total_cmp);
            values
        };
        Self {
            last_ms: sorted(|customer| millis(customer.last_ms)),
            frequency: sorted(|customer| real(customer.frequency)),
            monetary: sorted(|customer| customer.monetary),
        }
    }
}

/// Adds up one shopper's counted events; `None` without any.
pub(super) fn customer(dataset: &Dataset, basis: RfmBasis, rows: Range<usize>) -> Option<Customer> {
    let log = &dataset.interactions;
    let counts = |kind| basis == RfmBasis::Events || kind == EventKind::Purchase;
    let mut found: Option<Customer> = None;
    for row in rows.filter(|&row| counts(log.kind(row))) {
        let customer = found.get_or_insert(Customer { last_ms: 0, frequency: 0, monetary: 0.0 });
        customer.last_ms = log.time_ms(row);
        customer.frequency += 1;
        if log.kind(row) == EventKind::Purchase {
            customer.monetary += paid(dataset, &log.row(row));
        }
    }
    found
}

/// The shopper's values and place; `None` without a counted event.
pub(super) fn rfm(dataset: &Dataset, shop: &ShopStatistics, rows: Range<usize>) -> Option<Rfm> {
    let own = customer(dataset, shop.rfm_basis, rows)?;
    let ranks = &shop.customers;
    let (_, latest) = shop.span_ms?;
    let timed = dataset.has_times;
    Some(Rfm {
        basis: shop.rfm_basis,
        recency_days: timed.then(|| millis(latest - own.last_ms) / DAY_MS),
        frequency: own.frequency,
        monetary: own.monetary,
        recency_rank: timed.then(|| rank_in_sorted(&ranks.last_ms, millis(own.last_ms))).flatten(),
        frequency_rank: rank_in_sorted(&ranks.frequency, real(own.frequency))?,
        monetary_rank: rank_in_sorted(&ranks.monetary, own.monetary)?,
    })
}

#[expect(clippy::cast_precision_loss, reason = "times of this age are exact below 2^53")]
const fn millis(time_ms: i64) -> f64 {
    time_ms as f64
}
