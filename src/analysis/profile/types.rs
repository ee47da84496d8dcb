//! The parts of a shopper's profile, as views and the command line read them.

use serde::{Serialize, Serializer};

use crate::analysis::numeric::Interval;
use crate::dataset::{EventCounts, EventKind};
use crate::ids::UserIdx;

/// Everything a profile view shows of one shopper.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct UserProfile {
    /// Whose profile it is.
    pub user: UserIdx,
    /// Number of events.
    pub n_events: usize,
    /// Events by kind.
    #[serde(serialize_with = "serialize_counts")]
    pub counts: EventCounts,
    /// Time of the first event, milliseconds since 1970-01-01 UTC; `None` without events.
    pub first_ms: Option<i64>,
    /// Time of the last event.
    pub last_ms: Option<i64>,
    /// Visits, parted by [`super::SESSION_GAP_MINUTES`] without an event; `None` where the source
    /// had no times.
    pub n_sessions: Option<usize>,
    /// Events over time.
    pub timeline: Timeline,
    /// Rows of [`crate::dataset::Interactions`], newest first, at most [`super::MAX_RECENT`].
    pub recent: Vec<usize>,
    /// Interest by category, strongest first.
    pub categories: Vec<Share>,
    /// Interest by brand, strongest first.
    pub brands: Vec<Share>,
    /// What the products met cost; `None` where no price is known.
    pub price: Option<PriceBand>,
    /// From looking to buying.
    pub funnel: Funnel,
    /// What the titles met and the queries typed are about, strongest first.
    pub keywords: Vec<Keyword>,
    /// Recency, frequency and monetary value; `None` without an event that counts for it.
    pub rfm: Option<Rfm>,
    /// What shoppers do next after this one's last kind of event, likeliest first.
    pub next_steps: Vec<NextStep>,
    /// The category that shoppers go to next from this one's last category, likeliest first.
    pub next_categories: Vec<NextStep>,
}

/// Events over time in calendar buckets (UTC) without holes between the first and the last.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Timeline {
    /// What one bucket spans.
    pub unit: TimelineUnit,
    /// Ascending in time.
    pub buckets: Vec<TimelineBucket>,
}

/// What one bucket of a timeline spans.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum TimelineUnit {
    /// A calendar day.
    Day,
    /// A week from Monday on.
    Week,
    /// A calendar month.
    Month,
    /// A calendar year.
    Year,
    /// A stretch of the running order, where the source had no times.
    Order,
}

/// One bucket of a timeline.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct TimelineBucket {
    /// Start, milliseconds since 1970-01-01 UTC; a running number for [`TimelineUnit::Order`].
    pub start_ms: i64,
    /// Events by kind.
    #[serde(serialize_with = "serialize_counts")]
    pub counts: EventCounts,
}

/// How much of a shopper's interest goes to one category or brand.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Share {
    /// Category or brand.
    pub name: String,
    /// Its code in the catalogue's column.
    pub code: u32,
    /// Share of the shopper's interest in `0..=1`: events weighted by strength and recency (see
    /// [`super::weights`]), over those whose category (brand) is known. All shares sum to 1.
    pub weight: f64,
    /// Events behind it.
    pub count: u64,
    /// The same share over all shoppers, weighted by strength only.
    pub shop_weight: f64,
    /// `weight / shop_weight`: above 1 means more than usual in this shop.
    pub lift: Option<f64>,
}

/// What the products that a shopper met cost.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct PriceBand {
    /// 10th percentile of the prices met.
    pub low: f64,
    /// Median.
    pub median: f64,
    /// 90th percentile.
    pub high: f64,
    /// Events with a known price.
    pub count: usize,
    /// Share in `0..=1` of the shop's products that cost less than the median met (ties count half).
    pub shop_percentile: f64,
    /// The same within each product's own category, averaged over the events, so that dear
    /// categories do not make a shopper look dear. `None` where no category is known.
    pub category_percentile: Option<f64>,
    /// In words: thirds of `category_percentile`, else of `shop_percentile`.
    pub label: PriceLabel,
}

/// A price band in words.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum PriceLabel {
    /// In the lower third.
    Budget,
    /// In the middle third.
    Mid,
    /// In the upper third.
    Premium,
}

/// From looking to buying, counted in distinct products, so that every rate is a proportion.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Funnel {
    /// Distinct products viewed.
    pub viewed: u64,
    /// Distinct products put into the cart.
    pub carted: u64,
    /// Distinct products bought.
    pub purchased: u64,
    /// Distinct products sent back.
    pub returned: u64,
    /// Of the products viewed, how many were put into the cart.
    pub view_to_cart: Rate,
    /// Of the products put into the cart, how many were bought.
    pub cart_to_purchase: Rate,
    /// Of the products viewed, how many were bought.
    pub view_to_purchase: Rate,
    /// Of the products bought, how many were sent back.
    pub purchase_to_return: Rate,
}

/// A proportion with its uncertainty and the shop's own beside it.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Rate {
    /// Products that went on.
    pub successes: u64,
    /// Products that could have.
    pub trials: u64,
    /// `successes / trials` with its Wilson 95 % interval; `None` without trials.
    pub estimate: Option<Interval>,
    /// The same proportion over all shoppers and products together; `None` without trials.
    pub shop: Option<f64>,
}

/// A word that stands out in what a shopper met.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Keyword {
    /// Lower-cased word, or a pair of characters for scripts without spaces.
    pub word: String,
    /// `Σ event weight · idf`, scaled so that the first keyword has 1.
    pub weight: f64,
}

/// Recency, frequency and monetary value, with the shopper's place among the shop's customers.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Rfm {
    /// What was counted.
    pub basis: RfmBasis,
    /// Days from the last counted event to the shop's last event; `None` where the source had no
    /// times.
    pub recency_days: Option<f64>,
    /// Counted events.
    pub frequency: u64,
    /// Price times quantity over purchases, in the shop's currency; 0 where no price is known.
    pub monetary: f64,
    /// Share in `0..=1` of customers who were active longer ago (ties count half): 1 is freshest.
    pub recency_rank: Option<f64>,
    /// Share of customers with fewer counted events (ties count half).
    pub frequency_rank: f64,
    /// Share of customers who spent less (ties count half).
    pub monetary_rank: f64,
}

/// Which events recency and frequency count.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum RfmBasis {
    /// Purchases.
    Purchases,
    /// Every event, in a shop whose log has no purchases.
    Events,
}

/// A state that may come next.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct NextStep {
    /// What it is, for a view's own wording.
    pub id: crate::analysis::transitions::StateId,
    /// Its name in the data.
    pub state: String,
    /// Estimated probability.
    pub probability: f64,
}

/// Counts as `{"view": 3, …}`, kinds that occur only.
pub(crate) fn serialize_counts<S: Serializer>(
    counts: &EventCounts,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    serializer
        .collect_map(counts.present().map(|(kind, count): (EventKind, u64)| (kind.name(), count)))
}
