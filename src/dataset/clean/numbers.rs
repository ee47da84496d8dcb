//! Steps on numbers: filling, clipping, scaling.

use std::collections::HashMap;

use super::outcome::CleaningExample;
use super::step::{Bound, Field, FieldKind, FillWith, ScaleMethod};
use super::work::{Refusal, Work, event_example, has_field, item_example};
use crate::control::Cancelled;
use crate::dataset::numeric::quantile;
use crate::ids::ItemIdx;

pub(super) fn fill(work: &mut Work<'_>, field: Field, with: &FillWith) -> Result<(), Refusal> {
    let (fallback, by_item) = match with {
        FillWith::Number(number) => (Some(finite("the number", *number)?), HashMap::new()),
        FillWith::Median => (quantile(&mut known(work, field)?, 0.5), HashMap::new()),
        FillWith::Mode => (mode(known(work, field)?), HashMap::new()),
        FillWith::ProductMedian => (None, product_medians(work, field)?),
        FillWith::Text(_) => {
            return Err(format!("{} holds numbers. Fill in a number", field.name()).into());
        }
    };
    edit(work, field, |value, item| {
        if !value.is_nan() {
            return value;
        }
        let own = item.and_then(|item| by_item.get(&item.0)).copied();
        own.or(fallback).map_or(f32::NAN, |filled| filled as f32)
    })?;
    Ok(())
}

pub(super) fn clip(
    work: &mut Work<'_>,
    field: Field,
    low: Option<Bound>,
    high: Option<Bound>,
) -> Result<(), Refusal> {
    if low.is_none() && high.is_none() {
        return Err("it names no bound. Give low, high or both".to_owned().into());
    }
    need_numbers(field)?;
    let is_quantile = |bound: &Bound| matches!(bound, Bound::Quantile { .. });
    let mut values = Vec::new();
    if [low, high].iter().flatten().any(is_quantile) {
        values = known(work, field)?;
    }
    let low = low.map(|bound| resolve(bound, &mut values)).transpose()?.flatten();
    let high = high.map(|bound| resolve(bound, &mut values)).transpose()?.flatten();
    if let (Some(low), Some(high)) = (low, high)
        && low > high
    {
        return Err(format!("low is {low} and high is {high}. Swap them").into());
    }
    let (low, high) = (low.map(|low| low as f32), high.map(|high| high as f32));
    edit(work, field, |value, _| {
        let raised = low.map_or(value, |low| if value < low { low } else { value });
        high.map_or(raised, |high| if raised > high { high } else { raised })
    })?;
    Ok(())
}

/// The value of a bound; none where a quantile is asked of nothing.
fn resolve(bound: Bound, values: &mut [f64]) -> Result<Option<f64>, Refusal> {
    match bound {
        Bound::Value(value) => Ok(Some(finite("a bound", value)?)),
        Bound::Quantile { quantile: share } if (0.0..=1.0).contains(&share) => {
            Ok(quantile(values, share))
        }
        Bound::Quantile { quantile } => {
            Err(format!("the quantile is {quantile}; it must lie between 0 and 1").into())
        }
    }
}

pub(super) fn scale(work: &mut Work<'_>, field: Field, method: ScaleMethod) -> Result<(), Refusal> {
    need_numbers(field)?;
    let mut values = known(work, field)?;
    let (centre, spread) = match method {
        ScaleMethod::Standard => mean_and_deviation(&values),
        ScaleMethod::Robust => {
            let mut at = |share| quantile(&mut values, share).unwrap_or(0.0);
            let (first, median, third) = (at(0.25), at(0.5), at(0.75));
            (median, third - first)
        }
        ScaleMethod::MinMax => {
            let least = values.iter().copied().fold(f64::INFINITY, f64::min);
            let greatest = values.iter().copied().fold(f64::NEG_INFINITY, f64::max);
            (least, greatest - least)
        }
        ScaleMethod::Log1p => (0.0, 1.0),
    };
    let spread = if spread > 0.0 { spread } else { 1.0 };
    edit(work, field, |value, _| {
        let value = f64::from(value);
        let scaled = match method {
            ScaleMethod::Log1p if value <= -1.0 => f64::NAN,
            ScaleMethod::Log1p => value.ln_1p(),
            _ => (value - centre) / spread,
        };
        scaled as f32
    })?;
    Ok(())
}

/// Mean and standard deviation of the population.
fn mean_and_deviation(values: &[f64]) -> (f64, f64) {
    let n = values.len().max(1) as f64;
    let mean = values.iter().sum::<f64>() / n;
    let variance = values.iter().map(|value| (value - mean).powi(2)).sum::<f64>() / n;
    // Equal values may leave a trace of rounding behind.
    let is_rounding = variance.sqrt() <= mean.abs() * n * f64::EPSILON;
    (mean, if is_rounding { 0.0 } else { variance.sqrt() })
}

/// The most frequent value, the smallest of several.
fn mode(mut values: Vec<f64>) -> Option<f64> {
    values.sort_unstable_by(f64::total_cmp);
    let runs = values.chunk_by(|a, b| a == b);
    // Of equals `max_by_key` gives the last, so the runs are asked from the greatest down.
    let longest = runs.collect::<Vec<_>>().into_iter().rev().max_by_key(|run| run.len())?;
    longest.first().copied()
}

fn product_medians(work: &Work<'_>, field: Field) -> Result<HashMap<u32, f64>, Refusal> {
    let source = match field {
        Field::ListPrice => Field::Price,
        Field::Price | Field::Quantity | Field::Stars => field,
        _ => {
            let problem = format!("{} has no median by product. Choose another", field.name());
            return Err(problem.into());
        }
    };
    let mut values: HashMap<u32, Vec<f64>> = HashMap::new();
    let log = &work.dataset.interactions;
    for row in 0..log.len() {
        work.check(row)?;
        if let (Some(item), Some(value)) = (log.item(row), event_number(work, source, row)) {
            values.entry(item.0).or_default().push(f64::from(value));
        }
    }
    let median = |(item, mut values): (u32, Vec<f64>)| Some((item, quantile(&mut values, 0.5)?));
    Ok(values.into_iter().filter_map(median).collect())
}

fn event_number(work: &Work<'_>, field: Field, row: usize) -> Option<f32> {
    let event = work.dataset.interactions.row(row);
    let value = if field == Field::Price { event.price } else { event.amount };
    value.filter(|_| has_field(event.kind, field))
}

/// The known values of a field.
fn known(work: &Work<'_>, field: Field) -> Result<Vec<f64>, Cancelled> {
    let dataset = &work.dataset;
    let of_items = |column: &[f32]| -> Vec<f64> {
        column.iter().filter(|value| !value.is_nan()).map(|&value| f64::from(value)).collect()
    };
    match field {
        Field::ListPrice => Ok(of_items(&dataset.catalog.prices)),
        Field::Stock => Ok(of_items(&dataset.catalog.stock)),
        _ => {
            let mut values = Vec::new();
            for row in 0..dataset.interactions.len() {
                work.check(row)?;
                values.extend(event_number(work, field, row).map(f64::from));
            }
            Ok(values)
        }
    }
}

/// Replaces every value of a field, missing ones (NaN) included, and counts those that changed.
fn edit(
    work: &mut Work<'_>,
    field: Field,
    change: impl FnMut(f32, Option<ItemIdx>) -> f32,
) -> Result<(), Cancelled> {
    match field {
        Field::ListPrice | Field::Stock => edit_items(work, field, change),
        _ => edit_events(work, field, change),
    }
}

fn edit_items(
    work: &mut Work<'_>,
    field: Field,
    mut change: impl FnMut(f32, Option<ItemIdx>) -> f32,
) -> Result<(), Cancelled> {
    let n_items = work.dataset.n_items();
    let mut column = std::mem::take(item_column(work, field));
    column.resize(n_items, f32::NAN);
    for (item, value) in column.iter_mut().enumerate() {
        work.check(item)?;
        let item = ItemIdx::from_index(item);
        let (before, after) = (*value, change(*value, Some(item)));
        if differs(before, after) {
            *value = after;
            work.changed(|dataset| with_values(item_example(dataset, item), before, after));
        }
    }
    // A column without a number is an empty one.
    if column.iter().all(|value| value.is_nan()) {
        column.clear();
    }
    *item_column(work, field) = column;
    Ok(())
}

fn item_column<'a>(work: &'a mut Work<'_>, field: Field) -> &'a mut Vec<f32> {
    let catalog = &mut work.dataset.catalog;
    if field == Field::Stock { &mut catalog.stock } else { &mut catalog.prices }
}

fn edit_events(
    work: &mut Work<'_>,
    field: Field,
    mut change: impl FnMut(f32, Option<ItemIdx>) -> f32,
) -> Result<(), Cancelled> {
    for row in 0..work.dataset.interactions.len() {
        work.check(row)?;
        let log = &work.dataset.interactions;
        let (kind, item) = (log.kind(row), log.item(row));
        if !has_field(kind, field) {
            continue;
        }
        let before = event_number(work, field, row).unwrap_or(f32::NAN);
        let after = change(before, item);
        if differs(before, after) {
            work.changed(|dataset| {
                let user = dataset.interactions.user_of(row);
                with_values(event_example(dataset, user, row), before, after)
            });
            let log = &mut work.dataset.interactions;
            let column = if field == Field::Price { log.prices_mut() } else { log.amounts_mut() };
            column[row] = after;
        }
    }
    Ok(())
}

fn differs(before: f32, after: f32) -> bool {
    before.to_bits() != after.to_bits() && !(before.is_nan() && after.is_nan())
}

fn with_values(example: CleaningExample, before: f32, after: f32) -> CleaningExample {
    let text = |value: f32| (!value.is_nan()).then(|| value.to_string());
    CleaningExample { before: text(before), after: text(after), ..example }
}

fn finite(what: &str, value: f64) -> Result<f64, Refusal> {
    if value.is_finite() {
        return Ok(value);
    }
    Err(format!("{what} is {value}; it must be a number").into())
}

fn need_numbers(field: Field) -> Result<(), Refusal> {
    if field.kind() == FieldKind::Number {
        return Ok(());
    }
    let problem = "holds texts. Choose price, quantity, stars, list_price or stock";
    Err(format!("{} {problem}", field.name()).into())
}
