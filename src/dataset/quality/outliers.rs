//! Numbers far from the middle.

use super::finding::{Chart, Example, FigureName, Finding, FindingKind, Severity, Subject, Unit};
use super::repair::Repair;
use super::report::SkipReason;
use super::shop::{Found, Shop};
use super::statistics::Robust;
use super::thresholds::{EXTREME_Z, FEWEST_VALUES, OUTLYING_Z};
use crate::control::Cancelled;
use crate::dataset::clean;
use crate::dataset::event::EventKind;
use crate::dataset::schema::{Field, Role};

/// Steps of the chart.
const STEPS: usize = 24;
/// How many times the limit the chart reaches on either side.
const CHART_REACH: f64 = 2.0;

pub(super) fn check(shop: &Shop<'_>, found: &mut Found) -> Result<(), Cancelled> {
    let (log, catalog) = (shop.log(), &shop.dataset.catalog);
    // Prices and quantities that cannot be are counted elsewhere.
    let positive = |value: Option<f32>| value.filter(|&value| value > 0.0 && value.is_finite());
    let quantity = |row: usize| {
        let event = log.row(row);
        let has_quantity =
            matches!(event.kind, EventKind::Cart | EventKind::Purchase | EventKind::Return);
        positive(event.amount.filter(|_| has_quantity))
    };
    let price = |row: usize| positive(log.row(row).price);
    let of_events = |row: usize, value: f32| shop.event_example(row, value);
    let of_items = |item: usize, value: f32| shop.item_example(item, value);
    let mut judged = 0;
    judged += column(
        shop,
        found,
        (Role::Events, Field::Price, clean::Field::Price),
        log.len(),
        price,
        of_events,
    )?;
    judged += column(
        shop,
        found,
        (Role::Events, Field::Quantity, clean::Field::Quantity),
        log.len(),
        quantity,
        of_events,
    )?;
    // Prices that come from the events were judged there.
    let own_prices: &[f32] = if shop.has_derived_catalog() { &[] } else { &catalog.prices };
    for (field, cleaned, values) in [
        (Field::Price, clean::Field::ListPrice, own_prices),
        (Field::Stock, clean::Field::Stock, &catalog.stock),
    ] {
        judged += column(
            shop,
            found,
            (Role::Catalog, field, cleaned),
            values.len(),
            |item| positive(Some(values[item])),
            of_items,
        )?;
    }
    if judged == 0 {
        found.skip(&[FindingKind::OutlyingValues], SkipReason::TooFew);
    }
    Ok(())
}

/// Judges one column; 1 if it has enough values.
fn column(
    shop: &Shop<'_>,
    found: &mut Found,
    (role, field, cleaned): (Role, Field, clean::Field),
    n: usize,
    value: impl Fn(usize) -> Option<f32> + Sync,
    example: impl Fn(usize, f32) -> Example,
) -> Result<usize, Cancelled> {
    const CHUNK: usize = 1 << 17;
    let chunks = shop.chunks(n, CHUNK, |rows| rows.filter_map(&value).collect::<Vec<f32>>())?;
    let mut values: Vec<f32> = chunks.concat();
    let total = values.len();
    if total < FEWEST_VALUES {
        return Ok(0);
    }
    let Some(robust) = Robust::of(&mut values) else { return Ok(0) };
    drop(values);
    shop.control.check()?;
    let scale = ChartScale::around(&robust);
    let mut seen = Seen::default();
    for chunk in shop.chunks(n, CHUNK, |rows| {
        let mut seen = Seen::default();
        for row in rows {
            if let Some(value) = value(row) {
                seen.add(&robust, &scale, row, value);
            }
        }
        seen
    })? {
        seen.merge(chunk);
    }
    if seen.outlying == 0 {
        return Ok(1);
    }
    let largest = seen.largest.first().map_or(0.0, |&(z, _, _)| z);
    // Long tails are the nature of prices and quantities; what lies this far out is rarely right.
    let severity = if largest >= EXTREME_Z { Severity::Warning } else { Severity::Note };
    let reach = OUTLYING_Z * robust.scale;
    let (low, high) = ((robust.median - reach).max(0.0), robust.median + reach);
    let examples = seen.largest.iter().map(|&(_, row, value)| example(row, value)).collect();
    found.push(
        Finding::new(
            FindingKind::OutlyingValues,
            severity,
            Unit::Values,
            seen.outlying,
            total as u64,
        )
        .about(Subject::Field(role, field))
        .with_figure(FigureName::Median, robust.median)
        .with_figure(FigureName::MedianDeviation, robust.median_deviation)
        .with_figure(FigureName::LargestZ, largest)
        .with_figure(FigureName::LowFence, robust.low_fence)
        .with_figure(FigureName::HighFence, robust.high_fence)
        .with_figure(FigureName::BeyondFences, seen.beyond_fences as f64)
        .with_examples(examples)
        .with_chart(Chart::Histogram { low: scale.low, width: scale.width, counts: seen.counts })
        .with_repair(Repair::clip(cleaned, Some(low), Some(high), seen.outlying)),
    );
    Ok(1)
}

/// Where the chart begins and how wide its steps are.
struct ChartScale {
    low: f64,
    width: f64,
}

impl ChartScale {
    fn around(robust: &Robust) -> Self {
        let reach = CHART_REACH * OUTLYING_Z * robust.scale.max(f64::MIN_POSITIVE);
        let low = (robust.median - reach).max(0.0);
        Self { low, width: (robust.median + reach - low) / STEPS as f64 }
    }

    fn step(&self, value: f64) -> usize {
        (((value - self.low) / self.width).max(0.0) as usize).min(STEPS - 1)
    }
}

#[derive(Default)]
struct Seen {
    outlying: u64,
    beyond_fences: u64,
    counts: Vec<u64>,
    /// Robust z in size, row and value of the farthest, farthest first.
    largest: Vec<(f64, usize, f32)>,
}

impl Seen {
    fn add(&mut self, robust: &Robust, scale: &ChartScale, row: usize, value: f32) {
        self.counts.resize(STEPS, 0);
        self.counts[scale.step(f64::from(value))] += 1;
        self.beyond_fences += u64::from(robust.is_beyond_fences(f64::from(value)));
        if robust.is_outlying(f64::from(value)) {
            self.outlying += 1;
            self.keep((robust.z(f64::from(value)).abs(), row, value));
        }
    }

    fn keep(&mut self, candidate: (f64, usize, f32)) {
        let room = super::MAX_EXAMPLES;
        if self.largest.len() == room && self.largest[room - 1].0 >= candidate.0 {
            return;
        }
        // Rows come in order, so that equal ones keep it.
        let place = self.largest.partition_point(|known| known.0 >= candidate.0);
        self.largest.insert(place, candidate);
        self.largest.truncate(room);
    }

    fn merge(&mut self, later: Self) {
        self.outlying += later.outlying;
        self.beyond_fences += later.beyond_fences;
        self.counts.resize(STEPS, 0);
        for (total, count) in self.counts.iter_mut().zip(later.counts) {
            *total += count;
        }
        later.largest.into_iter().for_each(|candidate| self.keep(candidate));
    }
}
