//! What is usual in the shop: computed once, held beside the dataset, read by every profile.

use super::funnel;
use super::keywords::WordFrequencies;
use super::price::{PriceRanks, unit_price};
use super::rfm::{Customer, CustomerRanks, customer};
use super::weights::strength;
use super::{RfmBasis, SESSION_GAP_MINUTES};
use crate::analysis::AnalysisError;
use crate::analysis::numeric::real;
use crate::analysis::transitions::{StateSpace, TransitionMatrix, TransitionOptions, transitions};
use crate::control::{Cancelled, Control};
use crate::dataset::{Dataset, EventCounts, EventKind, TextColumn};
use crate::ids::DatasetRevision;

const CHUNK: usize = 4096;
const MAX_CATEGORY_STATES: usize = 200;
const STAGE: &str = "stage-shop-statistics";

/// Shop-wide figures that profiles are compared with.
#[derive(Debug, Clone, PartialEq)]
pub struct ShopStatistics {
    /// The data it was computed on.
    pub revision: DatasetRevision,
    /// Events by kind.
    pub counts: EventCounts,
    /// Times of the first and the last event.
    pub span_ms: Option<(i64, i64)>,
    /// Shoppers with at least one event.
    pub n_active_users: usize,
    /// `[n_items]` distinct shoppers who met each product.
    pub item_users: Vec<u32>,
    /// `[n_categories]` share of all interest by category code, see [`super::weights::strength`].
    pub categories: Vec<f64>,
    /// `[n_brands]` the same by brand code.
    pub brands: Vec<f64>,
    /// Distinct products of every shopper, added up.
    pub funnel: FunnelTotals,
    /// Moves between kinds of event within a visit, with start and exit; `None` without events.
    pub behaviour: Option<TransitionMatrix>,
    /// Moves between categories within a visit; `None` where no product has a category.
    pub category_moves: Option<TransitionMatrix>,
    /// What recency and frequency count.
    pub rfm_basis: RfmBasis,
    pub(super) prices: PriceRanks,
    pub(super) words: WordFrequencies,
    pub(super) customers: CustomerRanks,
}

/// Shopper-product pairs by what was done with the product.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct FunnelTotals {
    /// Viewed.
    pub viewed: u64,
    /// Put into the cart.
    pub carted: u64,
    /// Bought.
    pub purchased: u64,
    /// Sent back.
    pub returned: u64,
    /// Viewed and put into the cart.
    pub viewed_carted: u64,
    /// Put into the cart and bought.
    pub carted_purchased: u64,
    /// Viewed and bought.
    pub viewed_purchased: u64,
    /// Bought and sent back.
    pub purchased_returned: u64,
}

impl FunnelTotals {
    fn add(&mut self, other: &Self) {
        self.viewed += other.viewed;
        self.carted += other.carted;
        self.purchased += other.purchased;
        self.returned += other.returned;
        self.viewed_carted += other.viewed_carted;
        self.carted_purchased += other.carted_purchased;
        self.viewed_purchased += other.viewed_purchased;
        self.purchased_returned += other.purchased_returned;
    }
}

impl ShopStatistics {
    /// Reads the whole log and catalogue once.
    ///
    /// # Errors
    /// [`Cancelled`] on request.
    pub fn new(dataset: &Dataset, control: &Control) -> Result<Self, Cancelled> {
        let counts = dataset.interactions.counts();
        let rfm_basis = if counts.get(EventKind::Purchase) > 0 {
            RfmBasis::Purchases
        } else {
            RfmBasis::Events
        };
        let silent = control.silent();
        let ((users, items), (behaviour, category_moves)) = rayon::join(
            || {
                rayon::join(
                    || read_users(dataset, rfm_basis, control),
                    || read_items(dataset, &silent),
                )
            },
            || {
                rayon::join(
                    || moves(dataset, StateSpace::Event, &silent),
                    || moves(dataset, StateSpace::Category, &silent),
                )
            },
        );
        let (users, items) = (users?, items?);
        Ok(Self {
            revision: dataset.revision.clone(),
            counts,
            span_ms: dataset.interactions.span_ms(),
            n_active_users: users.n_active,
            item_users: users.item_users,
            categories: column_shares(&dataset.catalog.categories, &items.interest),
            brands: column_shares(&dataset.catalog.brands, &items.interest),
            funnel: users.funnel,
            behaviour: behaviour?,
            category_moves: category_moves?,
            rfm_basis,
            prices: PriceRanks::new(dataset, &items.prices),
            words: read_words(dataset, control)?,
            customers: CustomerRanks::new(&users.customers),
        })
    }
}

struct UserTotals {
    n_active: usize,
    item_users: Vec<u32>,
    funnel: FunnelTotals,
    customers: Vec<Customer>,
}

fn read_users(
    dataset: &Dataset,
    basis: RfmBasis,
    control: &Control,
) -> Result<UserTotals, Cancelled> {
    let log = &dataset.interactions;
    let mut totals = UserTotals {
        n_active: 0,
        item_users: vec![0; dataset.n_items()],
        funnel: FunnelTotals::default(),
        customers: Vec::new(),
    };
    let mut last_user = vec![u32::MAX; dataset.n_items()];
    let mut scratch = Vec::new();
    for (user, rows) in log.users() {
        if user.index() % CHUNK == 0 {
            control.check()?;
            control.report(STAGE, user.index() as u64, log.n_users() as u64);
        }
        totals.n_active += usize::from(!rows.is_empty());
        for item in rows.clone().filter_map(|row| log.item(row)) {
            if std::mem::replace(&mut last_user[item.index()], user.0) != user.0 {
                totals.item_users[item.index()] += 1;
            }
        }
        totals.funnel.add(&funnel::totals(dataset, rows.clone(), &mut scratch));
        totals.customers.extend(customer(dataset, basis, rows));
    }
    Ok(totals)
}

struct ItemTotals {
    /// Summed strength of the events per product.
    interest: Vec<f64>,
    /// Catalogue price, else the mean price over events, else NaN.
    prices: Vec<f64>,
}

fn read_items(dataset: &Dataset, control: &Control) -> Result<ItemTotals, Cancelled> {
    let log = &dataset.interactions;
    let n = dataset.n_items();
    let (mut interest, mut sums, mut priced) = (vec![0.0; n], vec![0.0; n], vec![0_u64; n]);
    for row in 0..log.len() {
        if row % (CHUNK * 16) == 0 {
            control.check()?;
        }
        let event = log.row(row);
        let Some(item) = event.item else { continue };
        interest[item.index()] += strength(event.kind);
        if let Some(price) = unit_price(dataset, &event) {
            sums[item.index()] += price;
            priced[item.index()] += 1;
        }
    }
    let listed = |item: usize| dataset.catalog.prices.get(item).filter(|price| price.is_finite());
    let price = |item: usize| match listed(item) {
        Some(&price) => f64::from(price),
        None if priced[item] > 0 => sums[item] / real(priced[item]),
        None => f64::NAN,
    };
    Ok(ItemTotals { prices: (0..n).map(price).collect(), interest })
}

fn column_shares(column: &TextColumn, interest: &[f64]) -> Vec<f64> {
    let mut shares = vec![0.0; column.pool().len()];
    for (item, weight) in interest.iter().enumerate() {
        if let Some(code) = column.code(item) {
            shares[code as usize] += weight;
        }
    }
    let total: f64 = shares.iter().sum();
    if total > 0.0 {
        for share in &mut shares {
            *share /= total;
        }
    }
    shares
}

fn read_words(dataset: &Dataset, control: &Control) -> Result<WordFrequencies, Cancelled> {
    let mut words = WordFrequencies::default();
    let mut seen = Vec::new();
    for item in 0..dataset.n_items() {
        if item % CHUNK == 0 {
            control.check()?;
        }
        if let Some(title) = dataset.catalog.titles.get(item) {
            words.add(title, &mut seen);
        }
    }
    Ok(words)
}

/// `None` where the log has nothing to count.
fn moves(
    dataset: &Dataset,
    states: StateSpace,
    control: &Control,
) -> Result<Option<TransitionMatrix>, Cancelled> {
    if states == StateSpace::Category && dataset.catalog.categories.is_blank() {
        return Ok(None);
    }
    let options = TransitionOptions {
        states,
        max_states: MAX_CATEGORY_STATES,
        session_gap_minutes: Some(SESSION_GAP_MINUTES),
        boundaries: states == StateSpace::Event,
        ..TransitionOptions::default()
    };
    match transitions(dataset, &options, control) {
        Ok(matrix) => Ok(Some(matrix)),
        Err(AnalysisError::Cancelled(cancelled)) => Err(cancelled),
        Err(_) => Ok(None),
    }
}
