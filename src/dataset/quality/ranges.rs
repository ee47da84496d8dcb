//! Prices, quantities and stars that cannot be.

use std::collections::BTreeMap;

use super::finding::{
    BarLabel, BarWord, Example, FigureName, Finding, FindingKind, Subject, Unit, share,
};
use super::repair::Repair;
use super::report::SkipReason;
use super::shop::{Found, Shop, Tally};
use super::thresholds::{SCALE_SHARE, by_share};
use crate::control::Cancelled;
use crate::dataset::clean::{self, EventTest};
use crate::dataset::event::{EventCounts, EventKind};
use crate::dataset::load::OddRows;
use crate::dataset::schema::{Field, Role};

/// The scales that shops use, the narrowest first.
const SCALES: [(f32, f32); 5] = [(1.0, 5.0), (0.0, 5.0), (1.0, 10.0), (0.0, 10.0), (0.0, 100.0)];
/// Different values of stars that are told apart; a scale has few.
const MOST_STARS: usize = 1_000;
/// Bars in the chart of stars.
const MOST_BARS: usize = 24;

pub(super) fn check(shop: &Shop<'_>, found: &mut Found) -> Result<(), Cancelled> {
    let seen = look(shop)?;
    let oddities = &shop.report.oddities;
    let (below, zero) = (FindingKind::NegativePrices, FindingKind::ZeroPrices);
    of_events(shop, found, below, seen.negative_prices, &oddities.negative_prices);
    of_events(shop, found, zero, seen.zero_prices, &oddities.zero_prices);
    let empty = FindingKind::ZeroQuantities;
    of_events(shop, found, empty, seen.zero_quantities, &oddities.zero_quantities);
    of_catalog(shop, found, below, |price| price < 0.0);
    of_catalog(shop, found, zero, |price| price == 0.0);
    of_stars(shop, found, &seen.stars)
}

/// Odd rows of the log, by kind.
#[derive(Default)]
struct Odd {
    tally: Tally,
    kinds: EventCounts,
}

impl Odd {
    fn add(&mut self, row: usize, kind: EventKind) {
        self.tally.add(row);
        self.kinds.add(kind);
    }

    fn merge(&mut self, later: Self) {
        self.tally.merge(later.tally);
        self.kinds.merge(later.kinds);
    }
}

#[derive(Default)]
struct Seen {
    negative_prices: Odd,
    zero_prices: Odd,
    zero_quantities: Odd,
    /// How often each number of stars occurs, by its bits.
    stars: BTreeMap<u32, u64>,
}

fn look(shop: &Shop<'_>) -> Result<Seen, Cancelled> {
    let log = shop.log();
    let chunks = shop.per_rows(|rows| {
        let mut seen = Seen::default();
        for row in rows {
            let event = log.row(row);
            let is_rated = matches!(event.kind, EventKind::Review | EventKind::Rating);
            match event.price {
                Some(price) if price < 0.0 => seen.negative_prices.add(row, event.kind),
                Some(0.0) => seen.zero_prices.add(row, event.kind),
                _ => {}
            }
            match event.amount {
                Some(stars) if is_rated => count_star(&mut seen.stars, stars, 1),
                Some(quantity) if quantity <= 0.0 => seen.zero_quantities.add(row, event.kind),
                _ => {}
            }
        }
        seen
    })?;
    let mut all = Seen::default();
    for chunk in chunks {
        all.negative_prices.merge(chunk.negative_prices);
        all.zero_prices.merge(chunk.zero_prices);
        all.zero_quantities.merge(chunk.zero_quantities);
        for (bits, count) in chunk.stars {
            count_star(&mut all.stars, f32::from_bits(bits), count);
        }
    }
    Ok(all)
}

/// A column with ever more different values is no scale, and must not fill the memory.
fn count_star(stars: &mut BTreeMap<u32, u64>, value: f32, count: u64) {
    // Adding 0 makes -0 the same as 0.
    let bits = (value + 0.0).to_bits();
    if let Some(known) = stars.get_mut(&bits) {
        *known += count;
    } else if stars.len() <= MOST_STARS {
        stars.insert(bits, count);
    }
}

/// Odd events: those in the log, and those that the import left out for another reason.
fn of_events(shop: &Shop<'_>, found: &mut Found, kind: FindingKind, odd: Odd, rows: &OddRows) {
    let Odd { tally, kinds } = odd;
    let (kept, left_out) = (tally.count, rows.left_out);
    let rows_read: u64 = shop
        .report
        .sources
        .iter()
        .filter(|source| source.role == Role::Events)
        .map(|source| source.rows_read)
        .sum();
    let (unit, of) = if left_out > 0 {
        (Unit::Rows, rows_read.max(kept + left_out))
    } else {
        (Unit::Events, shop.n_events())
    };
    let (field, test, serious) = match kind {
        FindingKind::NegativePrices => (Field::Price, EventTest::NegativePrice, 0.01),
        FindingKind::ZeroPrices => (Field::Price, EventTest::ZeroPrice, 0.2),
        _ => (Field::Quantity, EventTest::ZeroQuantity, 0.2),
    };
    let severity = by_share(share(kept + left_out, of), 0.0, serious);
    let mut examples = tally.examples(|row| event_example(shop, row, kind));
    examples.extend(rows.examples.iter().filter(|_| kept == 0).map(|example| Example {
        line: Some(example.line),
        value: super::shop::shorten(&example.text),
        ..Example::default()
    }));
    let mut bars: Vec<_> =
        kinds.present().map(|(kind, count)| (BarLabel::Kind(kind), count)).collect();
    if left_out > 0 {
        bars.push((BarLabel::Word(BarWord::LeftOut), left_out));
    }
    let mut finding = Finding::new(kind, severity, unit, kept + left_out, of)
        .about(Subject::Field(Role::Events, field))
        .with_figure(FigureName::Kept, kept as f64)
        .with_figure(FigureName::LeftOut, left_out as f64)
        .with_examples(examples)
        .with_bars(bars);
    if kept > 0 {
        finding = finding.with_repair(Repair::drop_events(Vec::new(), test, kept));
    }
    found.push_if_any(finding);
}

fn event_example(shop: &Shop<'_>, row: usize, kind: FindingKind) -> Example {
    let event = shop.log().row(row);
    let value = match kind {
        FindingKind::ZeroQuantities => event.amount,
        _ => event.price,
    };
    shop.event_example(row, value.unwrap_or_default())
}

fn of_catalog(shop: &Shop<'_>, found: &mut Found, kind: FindingKind, is_odd: fn(f32) -> bool) {
    let prices = &shop.dataset.catalog.prices;
    let tally = Tally::over(prices.len(), |item| is_odd(prices[item]));
    let known = prices.iter().filter(|price| !price.is_nan()).count() as u64;
    let mut finding = Finding::new(
        kind,
        by_share(share(tally.count, known), 0.0, 0.2),
        Unit::Items,
        tally.count,
        known,
    )
    .about(Subject::Field(Role::Catalog, Field::Price))
    .with_examples(tally.examples(|item| shop.item_example(item, prices[item])))
    .with_bars([
        (
            BarLabel::Plain("> 0".to_owned()),
            prices.iter().filter(|&&price| price > 0.0).count() as u64,
        ),
        (
            BarLabel::Plain("= 0".to_owned()),
            prices.iter().filter(|&&price| price == 0.0).count() as u64,
        ),
        (
            BarLabel::Plain("< 0".to_owned()),
            prices.iter().filter(|&&price| price < 0.0).count() as u64,
        ),
    ]);
    if kind == FindingKind::NegativePrices {
        let field = clean::Field::ListPrice;
        finding = finding.with_repair(Repair::clip(field, Some(0.0), None, tally.count));
    }
    found.push_if_any(finding);
}

fn of_stars(
    shop: &Shop<'_>,
    found: &mut Found,
    stars: &BTreeMap<u32, u64>,
) -> Result<(), Cancelled> {
    let kind = FindingKind::RatingsOffScale;
    if stars.is_empty() {
        found.skip(&[kind], SkipReason::NoSuchColumn);
        return Ok(());
    }
    let Some((low, high)) = scale_of(stars) else {
        found.skip(&[kind], SkipReason::TooFew);
        return Ok(());
    };
    let is_off = |value: f32| !(low..=high).contains(&value);
    let total: u64 = stars.values().sum();
    let off: u64 = stars
        .iter()
        .filter(|&(&bits, _)| is_off(f32::from_bits(bits)))
        .map(|(_, count)| count)
        .sum();
    if off == 0 {
        return Ok(());
    }
    let examples = off_scale_rows(shop, is_off)?;
    let mut by_value: Vec<(f32, u64)> =
        stars.iter().map(|(&bits, &count)| (f32::from_bits(bits), count)).collect();
    by_value.sort_by(|a, b| a.0.total_cmp(&b.0));
    // Of a fine scale only what lies off it has room.
    if by_value.len() > MOST_BARS {
        by_value.retain(|&(value, _)| is_off(value));
        by_value.truncate(MOST_BARS);
    }
    let bars =
        by_value.into_iter().map(|(value, count)| (BarLabel::Plain(value.to_string()), count));
    let bounds = (Some(f64::from(low)), Some(f64::from(high)));
    found.push(
        Finding::new(kind, by_share(share(off, total), 0.0, 2.0), Unit::Values, off, total)
            .about(Subject::Field(Role::Events, Field::Rating))
            .with_figure(FigureName::ScaleLow, f64::from(low))
            .with_figure(FigureName::ScaleHigh, f64::from(high))
            .with_examples(examples)
            .with_bars(bars)
            .with_repair(Repair::clip(clean::Field::Stars, bounds.0, bounds.1, off)),
    );
    Ok(())
}

/// The first usual scale that holds nearly all stars; none for half stars on no scale of these.
fn scale_of(stars: &BTreeMap<u32, u64>) -> Option<(f32, f32)> {
    let total: u64 = stars.values().sum();
    let within = |low: f32, high: f32| -> u64 {
        let held = stars.iter().filter(|&(&bits, _)| (low..=high).contains(&f32::from_bits(bits)));
        held.map(|(_, count)| count).sum()
    };
    SCALES.into_iter().find(|&(low, high)| share(within(low, high), total) >= SCALE_SHARE)
}

fn off_scale_rows(
    shop: &Shop<'_>,
    is_off: impl Fn(f32) -> bool + Sync,
) -> Result<Vec<Example>, Cancelled> {
    let log = shop.log();
    let mut all = Tally::default();
    for chunk in shop.per_rows(|rows| {
        let mut tally = Tally::default();
        for row in rows {
            let event = log.row(row);
            let is_rated = matches!(event.kind, EventKind::Review | EventKind::Rating);
            if is_rated && event.amount.is_some_and(&is_off) {
                tally.add(row);
            }
        }
        tally
    })? {
        all.merge(chunk);
    }
    Ok(all.examples(|row| shop.event_example(row, log.row(row).amount.unwrap_or_default())))
}
