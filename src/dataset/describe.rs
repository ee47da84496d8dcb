//! A shop in figures: counts, span, mix, and the series that the Data view draws.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::calendar::DAY_MS;
use super::event::{EventCounts, EventKind};
use super::load::{LoadReport, Warning, format_ms};
use super::privacy::Provenance;
use super::sessions::{DEFAULT_GAP_MINUTES, SessionStatistics, session_statistics};
use super::{Dataset, Origin};
use crate::ids::{DatasetRevision, ItemIdx};

/// Longest span that is drawn by day; longer ones are drawn by week.
const LONGEST_DAILY: i64 = 180;
/// Products in the top list.
const TOP_PRODUCTS: usize = 20;

/// A shop in figures. The keys of its JSON are stable.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Description {
    /// The shop's name.
    pub name: String,
    /// Fingerprint of the content.
    pub revision: DatasetRevision,
    /// Where the data come from.
    pub origin: Origin,
    /// Shoppers.
    pub users: u64,
    /// Products.
    pub items: u64,
    /// Events.
    pub events: u64,
    /// Events of each kind that occurs.
    pub events_by_type: BTreeMap<EventKind, u64>,
    /// Time of the first event, ISO 8601 in UTC; `null` without times.
    pub first_event: Option<String>,
    /// Time of the last event, ISO 8601 in UTC; `null` without times.
    pub last_event: Option<String>,
    /// The same two in milliseconds since 1970-01-01 UTC.
    #[serde(skip)]
    pub span_ms: Option<(i64, i64)>,
    /// Rows that the import left out.
    pub rejected_rows: u64,
    /// What the import found.
    pub warnings: Vec<Warning>,
    /// Whether there are real times.
    pub has_times: bool,
    /// Shoppers without an event.
    pub users_without_events: u64,
    /// Products without an event.
    pub items_without_events: u64,
    /// Products with a title.
    pub items_with_text: u64,
    /// Products with a price.
    pub items_with_price: u64,
    /// Distinct pairs of shopper and product met, over all pairs there could be.
    pub density: f64,
    /// Events per shopper with any.
    pub events_per_user: Option<Quantiles>,
    /// Events per product with any.
    pub events_per_item: Option<Quantiles>,
    /// Categories, those with most events first.
    pub categories: Vec<CategoryCount>,
    /// Names of what is known about shoppers.
    pub user_attributes: Vec<String>,
    /// Events over time; `null` without times.
    pub series: Option<EventSeries>,
    /// Products with most events.
    pub top_items: Vec<ItemCount>,
    /// What shoppers do in one go; `null` without times.
    #[serde(default)]
    pub sessions: Option<SessionStatistics>,
    /// Where the data come from and what was done to them; `null` where that was not recorded.
    #[serde(default)]
    pub provenance: Option<Provenance>,
}

/// Five numbers and a mean. Quantiles between two values are interpolated linearly.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Quantiles {
    /// Smallest.
    pub min: f64,
    /// A quarter is at most this.
    pub p25: f64,
    /// Half is at most this.
    pub median: f64,
    /// Three quarters are at most this.
    pub p75: f64,
    /// Nine tenths are at most this.
    pub p90: f64,
    /// Largest.
    pub max: f64,
    /// Arithmetic mean.
    pub mean: f64,
}

/// One category.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CategoryCount {
    /// Its name.
    pub name: String,
    /// Products in it.
    pub items: u64,
    /// Events of those.
    pub events: u64,
}

/// One product.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ItemCount {
    /// External id.
    pub id: String,
    /// Title, if it has one.
    pub title: Option<String>,
    /// Its events.
    pub events: u64,
}

/// Length of a step of [`EventSeries`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Bucket {
    /// A day in UTC.
    Day,
    /// A week from Monday in UTC.
    Week,
}

impl Bucket {
    /// Its length in days.
    #[must_use]
    pub const fn days(self) -> i64 {
        match self {
            Self::Day => 1,
            Self::Week => 7,
        }
    }

    /// The number of the bucket that a time lies in.
    pub(crate) const fn of(self, ms: i64) -> i64 {
        // Day 0 was a Thursday.
        match self {
            Self::Day => ms.div_euclid(DAY_MS),
            Self::Week => (ms.div_euclid(DAY_MS) + 3).div_euclid(7),
        }
    }

    pub(crate) const fn start_ms(self, bucket: i64) -> i64 {
        match self {
            Self::Day => bucket * DAY_MS,
            Self::Week => (bucket * 7 - 3) * DAY_MS,
        }
    }
}

/// Events over time, a step without events included.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EventSeries {
    /// Length of a step.
    pub bucket: Bucket,
    /// Start of each step, milliseconds since 1970-01-01 UTC. `[n_steps]`.
    pub starts_ms: Vec<i64>,
    /// Events of each kind that occurs, per step. `[n_steps]` each.
    pub by_type: BTreeMap<EventKind, Vec<u64>>,
}

/// Describes a dataset; the report, where there is one, adds what the import found.
#[must_use]
pub fn describe(dataset: &Dataset, report: Option<&LoadReport>) -> Description {
    let log = &dataset.interactions;
    let span = if dataset.has_times { log.span_ms() } else { None };
    let per_item = events_per_item(dataset);
    let per_user: Vec<u64> = log.users().map(|(_, rows)| rows.len() as u64).collect();
    let with_events = |counts: &[u64]| counts.iter().filter(|&&count| count > 0).count() as u64;
    let (users, items) = (dataset.n_users() as u64, dataset.n_items() as u64);
    let (density, sessions) =
        rayon::join(|| density(dataset), || session_statistics(dataset, DEFAULT_GAP_MINUTES));
    let all_items =
        || (0..dataset.n_items()).map(|item| dataset.catalog.product(ItemIdx::from_index(item)));
    Description {
        name: dataset.name.clone(),
        revision: dataset.revision.clone(),
        origin: dataset.origin,
        users,
        items,
        events: log.len() as u64,
        events_by_type: log.counts().present().collect(),
        first_event: span.map(|(first, _)| format_ms(first)),
        last_event: span.map(|(_, last)| format_ms(last)),
        span_ms: span,
        rejected_rows: report.map_or(0, LoadReport::rows_rejected),
        warnings: report.map_or_else(Vec::new, |report| report.warnings.clone()),
        has_times: dataset.has_times,
        users_without_events: users - with_events(&per_user),
        items_without_events: items - with_events(&per_item),
        items_with_text: all_items().filter(|product| product.title.is_some()).count() as u64,
        items_with_price: all_items().filter(|product| product.price.is_some()).count() as u64,
        density,
        events_per_user: quantiles(per_user),
        events_per_item: quantiles(per_item.clone()),
        categories: categories(dataset, &per_item),
        user_attributes: dataset.user_attributes.iter().map(|a| a.name.clone()).collect(),
        series: span.map(|span| series(dataset, span)),
        top_items: top_items(dataset, &per_item),
        sessions,
        provenance: report
            .map(|report| report.provenance.clone())
            .filter(|provenance| !provenance.files.is_empty()),
    }
}

fn events_per_item(dataset: &Dataset) -> Vec<u64> {
    let mut counts = vec![0; dataset.n_items()];
    let log = &dataset.interactions;
    for item in (0..log.len()).filter_map(|row| log.item(row)) {
        counts[item.index()] += 1;
    }
    counts
}

#[expect(clippy::cast_precision_loss, reason = "a share needs no 53 bits")]
fn density(dataset: &Dataset) -> f64 {
    let cells = dataset.n_users() as f64 * dataset.n_items() as f64;
    if cells == 0.0 {
        return 0.0;
    }
    let log = &dataset.interactions;
    let mut met = 0;
    let mut items: Vec<ItemIdx> = Vec::new();
    for (_, rows) in log.users() {
        items.clear();
        items.extend(rows.filter_map(|row| log.item(row)));
        items.sort_unstable();
        items.dedup();
        met += items.len();
    }
    met as f64 / cells
}

/// Quantiles of the counts that are not zero.
fn quantiles(mut counts: Vec<u64>) -> Option<Quantiles> {
    counts.retain(|&count| count > 0);
    Quantiles::of(counts)
}

impl Quantiles {
    /// Of whole numbers in any order; `None` of none.
    pub(crate) fn of(values: Vec<u64>) -> Option<Self> {
        Self::with_zeros(0, values)
    }

    /// Of so many zeros and whole numbers in any order, so that the zeros take no room.
    #[expect(clippy::cast_precision_loss, reason = "counts and milliseconds are below 2^53")]
    pub(crate) fn with_zeros(zeros: usize, mut values: Vec<u64>) -> Option<Self> {
        values.sort_unstable();
        let count = zeros + values.len();
        let last = count.checked_sub(1)?;
        let ranked = |rank: usize| rank.checked_sub(zeros).map_or(0.0, |rank| values[rank] as f64);
        let at = |permille: usize| {
            let (below, rest) = (last * permille / 1000, last * permille % 1000);
            let (low, high) = (ranked(below), ranked(last.min(below + 1)));
            low + (high - low) * rest as f64 / 1000.0
        };
        Some(Self {
            min: at(0),
            p25: at(250),
            median: at(500),
            p75: at(750),
            p90: at(900),
            max: at(1000),
            mean: values.iter().map(|&value| value as f64).sum::<f64>() / count as f64,
        })
    }

    /// In another unit.
    pub(crate) fn scaled(self, factor: f64) -> Self {
        self.map(|value| value * factor)
    }

    /// Of values that are all this much larger.
    pub(crate) fn raised(self, by: f64) -> Self {
        self.map(|value| value + by)
    }

    fn map(self, change: impl Fn(f64) -> f64) -> Self {
        Self {
            min: change(self.min),
            p25: change(self.p25),
            median: change(self.median),
            p75: change(self.p75),
            p90: change(self.p90),
            max: change(self.max),
            mean: change(self.mean),
        }
    }
}

fn categories(dataset: &Dataset, per_item: &[u64]) -> Vec<CategoryCount> {
    let column = &dataset.catalog.categories;
    let mut counts = vec![(0, 0); column.pool().len()];
    for (item, events) in per_item.iter().enumerate() {
        if let Some(code) = column.code(item) {
            let (items, total) = &mut counts[code as usize];
            *items += 1;
            *total += events;
        }
    }
    let mut categories: Vec<CategoryCount> = column
        .pool()
        .iter()
        .zip(counts)
        .map(|(name, (items, events))| CategoryCount { name: name.to_string(), items, events })
        .collect();
    categories
        .sort_by(|a, b| (b.events, b.items).cmp(&(a.events, a.items)).then(a.name.cmp(&b.name)));
    categories
}

fn series(dataset: &Dataset, (first, last): (i64, i64)) -> EventSeries {
    let log = &dataset.interactions;
    let bucket = if (last - first) / DAY_MS <= LONGEST_DAILY { Bucket::Day } else { Bucket::Week };
    let buckets = bucket.of(first)..=bucket.of(last);
    let begin = *buckets.start();
    let starts_ms: Vec<i64> = buckets.map(|bucket_number| bucket.start_ms(bucket_number)).collect();
    let kinds: EventCounts = log.counts();
    let mut by_type: BTreeMap<EventKind, Vec<u64>> =
        kinds.present().map(|(kind, _)| (kind, vec![0; starts_ms.len()])).collect();
    for row in 0..log.len() {
        let step = usize::try_from(bucket.of(log.time_ms(row)) - begin);
        if let (Some(counts), Ok(step)) = (by_type.get_mut(&log.kind(row)), step) {
            counts[step] += 1;
        }
    }
    EventSeries { bucket, starts_ms, by_type }
}

fn top_items(dataset: &Dataset, per_item: &[u64]) -> Vec<ItemCount> {
    let mut order: Vec<usize> = (0..per_item.len()).filter(|&item| per_item[item] > 0).collect();
    order.sort_by_key(|&item| (std::cmp::Reverse(per_item[item]), item));
    order.truncate(TOP_PRODUCTS);
    let count = |item: usize| ItemCount {
        id: dataset.items.external(ItemIdx::from_index(item).0).to_owned(),
        title: dataset.catalog.titles.get(item).map(str::to_owned),
        events: per_item[item],
    };
    order.into_iter().map(count).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dataset::{Catalog, InteractionsBuilder, NewInteraction};
    use crate::ids::{IdMap, UserIdx};

    /// 2010-12-01T00:00:00Z, a Wednesday.
    const DAY: i64 = 1_291_161_600_000;

    fn shop() -> Dataset {
        let mut log = InteractionsBuilder::default();
        let rows = [(0, 0, DAY), (0, 0, DAY + 5), (0, 1, DAY + 2 * DAY_MS), (1, 0, DAY + 1)];
        for (position, (user, item, time_ms)) in rows.into_iter().enumerate() {
            log.push(&NewInteraction {
                user: UserIdx(user),
                item: Some(ItemIdx(item)),
                kind: if position == 3 { EventKind::Cart } else { EventKind::View },
                time_ms,
                amount: None,
                price: None,
                text: None,
            });
        }
        Dataset {
            users: IdMap::from_ids(["u", "v", "w"]),
            items: IdMap::from_ids(["p", "q"]),
            catalog: Catalog {
                titles: [Some("Cup"), None].into_iter().collect(),
                categories: [Some("kitchen"), Some("garden")].into_iter().collect(),
                prices: vec![2.5, f32::NAN],
                ..Catalog::default()
            },
            interactions: log.finish(3),
            has_times: true,
            ..Dataset::default()
        }
    }

    #[test]
    fn figures_are_counted() {
        let described = describe(&shop(), None);
        assert_eq!((described.users, described.items, described.events), (3, 2, 4));
        assert_eq!(described.events_by_type[&EventKind::View], 3);
        assert_eq!(described.first_event.as_deref(), Some("2010-12-01T00:00:00Z"));
        assert_eq!((described.users_without_events, described.items_with_text), (1, 1));
        assert_eq!(described.items_with_price, 1);
        assert!((described.density - 0.5).abs() < 1e-12);
        let per_user = described.events_per_user.unwrap();
        assert!((per_user.median - 2.0).abs() < 1e-12 && (per_user.p25 - 1.5).abs() < 1e-12);
        assert_eq!(described.categories[0].name, "kitchen");
        assert_eq!((described.top_items[0].id.as_str(), described.top_items[0].events), ("p", 3));
    }

    #[test]
    fn the_series_has_a_step_for_each_day() {
        let series = describe(&shop(), None).series.unwrap();
        assert_eq!(series.bucket, Bucket::Day);
        assert_eq!(series.starts_ms, [DAY, DAY + DAY_MS, DAY + 2 * DAY_MS]);
        assert_eq!(series.by_type[&EventKind::View], [2, 0, 1]);
        // The week of that Wednesday begins on Monday, two days before.
        assert_eq!(Bucket::Week.start_ms(Bucket::Week.of(DAY)), DAY - 2 * DAY_MS);
    }

    #[test]
    fn the_stable_keys_are_there_even_without_times() {
        let shop = Dataset { has_times: false, ..shop() };
        let json = serde_json::to_value(describe(&shop, None)).unwrap();
        for key in ["users", "items", "events", "events_by_type", "rejected_rows", "warnings"] {
            assert!(json.get(key).is_some(), "{key}");
        }
        assert!(json["first_event"].is_null() && json["last_event"].is_null());
        assert_eq!(json["events_by_type"]["view"], 3);
        let empty = describe(&Dataset::default(), None);
        assert_eq!((empty.events_per_user, empty.series), (None, None));
    }
}
