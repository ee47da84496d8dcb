//! What one column holds: how many, how different, how large, how distributed.

use rayon::prelude::*;
use serde::Serialize;

use super::cells::{NONE, NumberCells, TextCells};
use super::error::TableError;
use super::histogram::Histogram;
use super::pieces::sort_pieces;
use super::query::column_of;
use super::rows::Rows;
use super::sort::compare_texts;
use super::view::{Cells, ColumnKind, TableKind, TableView};
use crate::analysis::numeric::{quantile_of_sorted, real, real_len};
use crate::control::{Cancelled, Control};

/// Most frequent values listed.
pub const MAX_TOP: usize = 20;

const BLOCK: usize = 1 << 16;

/// What one column holds over some rows. Every figure is exact: none is sampled.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ColumnProfile {
    /// Which table.
    pub table: TableKind,
    /// Name of the column.
    pub column: String,
    /// What its values are.
    pub kind: ColumnKind,
    /// Rows looked at.
    pub rows: u64,
    /// Rows without a value.
    pub missing: u64,
    /// Different values.
    pub distinct: u64,
    /// Figures of a column of numbers with any value. Times are milliseconds since 1970-01-01 UTC.
    pub numbers: Option<NumberSummary>,
    /// The [`MAX_TOP`] values with most rows; ties: the smaller or earlier in the alphabet first.
    pub top: Vec<TopValue>,
    /// How the numbers are distributed.
    pub histogram: Option<Histogram>,
    /// The same over the numbers above 0 on a log scale; `None` for times and texts.
    pub log_histogram: Option<Histogram>,
}

/// Figures of a column of numbers.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct NumberSummary {
    /// Smallest.
    pub min: f64,
    /// Largest.
    pub max: f64,
    /// Arithmetic mean.
    pub mean: f64,
    /// Standard deviation of a sample (divided by `n - 1`); 0 for one value.
    pub std_dev: f64,
    /// Sum.
    pub sum: f64,
    /// One in twenty is at most this; quantiles between two values are interpolated linearly.
    pub p5: f64,
    /// A quarter is at most this.
    pub p25: f64,
    /// Half is at most this.
    pub median: f64,
    /// Three quarters are at most this.
    pub p75: f64,
    /// Nineteen in twenty are at most this.
    pub p95: f64,
}

/// A value and in how many rows it stands.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct TopValue {
    /// The text, for a column of texts.
    pub text: Option<String>,
    /// The number, for a column of numbers.
    pub number: Option<f64>,
    /// Rows.
    pub count: u64,
}

/// Looks at one column over `rows` of its table. Takes eight bytes per row of a column of numbers
/// twice while it works, four per distinct text otherwise.
///
/// # Errors
/// No such column, or a stop on request.
pub fn profile_column(
    view: &TableView<'_>,
    name: &str,
    rows: &Rows,
    control: &Control,
) -> Result<ColumnProfile, TableError> {
    let column = &view.columns[column_of(view, name)?];
    let blank = ColumnProfile {
        table: view.kind,
        column: column.name.to_owned(),
        kind: column.kind,
        rows: rows.len() as u64,
        missing: 0,
        distinct: 0,
        numbers: None,
        top: Vec::new(),
        histogram: None,
        log_histogram: None,
    };
    control.report("stage-column", 0, 0);
    Ok(match &column.cells {
        Cells::Text(cells) => of_texts(blank, cells, rows, control)?,
        Cells::Number(cells) => of_numbers(blank, gather(cells, rows, control)?, control)?,
    })
}

fn of_texts(
    blank: ColumnProfile,
    cells: &TextCells<'_>,
    rows: &Rows,
    control: &Control,
) -> Result<ColumnProfile, Cancelled> {
    let mut counts = vec![0_u32; cells.pool.len()];
    let mut missing = 0;
    for_codes(cells, rows, control, |code| {
        if code == NONE {
            missing += 1;
        } else {
            counts[code as usize] += 1;
        }
    })?;
    let mut codes: Vec<u32> =
        (0..counts.len() as u32).filter(|&code| counts[code as usize] > 0).collect();
    let distinct = codes.len() as u64;
    let order = |&a: &u32, &b: &u32| {
        let (first, second) = (cells.pool.text(a), cells.pool.text(b));
        counts[b as usize]
            .cmp(&counts[a as usize])
            .then_with(|| compare_texts(first, second))
            .then_with(|| first.cmp(second))
    };
    if codes.len() > MAX_TOP {
        codes.select_nth_unstable_by(MAX_TOP, order);
        codes.truncate(MAX_TOP);
    }
    codes.sort_unstable_by(order);
    let top = codes.into_iter().map(|code| TopValue {
        text: Some(cells.pool.text(code).to_owned()),
        number: None,
        count: u64::from(counts[code as usize]),
    });
    Ok(ColumnProfile { missing, distinct, top: top.collect(), ..blank })
}

fn for_codes(
    cells: &TextCells<'_>,
    rows: &Rows,
    control: &Control,
    mut each: impl FnMut(u32),
) -> Result<(), Cancelled> {
    match rows {
        Rows::All(n) => {
            let mut codes = vec![0; BLOCK];
            for start in (0..*n).step_by(BLOCK) {
                control.check()?;
                let codes = &mut codes[..BLOCK.min(n - start)];
                cells.read(start..start + codes.len(), codes);
                codes.iter().for_each(|&code| each(code));
            }
        }
        Rows::Picked(rows) => {
            for rows in rows.chunks(BLOCK) {
                control.check()?;
                rows.iter().for_each(|&row| each(cells.code(row as usize)));
            }
        }
    }
    Ok(())
}

/// The numbers of the rows; missing ones are NaN.
fn gather(cells: &NumberCells<'_>, rows: &Rows, control: &Control) -> Result<Vec<f64>, Cancelled> {
    let mut values = vec![0.0; rows.len()];
    values.par_chunks_mut(BLOCK).enumerate().try_for_each(|(block, values)| {
        control.check()?;
        let start = block * BLOCK;
        match rows {
            Rows::All(_) => cells.read(start..start + values.len(), values),
            Rows::Picked(rows) => {
                for (value, &row) in values.iter_mut().zip(&rows[start..]) {
                    *value = cells.get(row as usize);
                }
            }
        }
        Ok(())
    })?;
    Ok(values)
}

fn of_numbers(
    blank: ColumnProfile,
    mut values: Vec<f64>,
    control: &Control,
) -> Result<ColumnProfile, Cancelled> {
    let n_rows = values.len();
    values.retain(|value| !value.is_nan());
    let missing = (n_rows - values.len()) as u64;
    sort_pieces(&mut values, f64::total_cmp, control)?;
    let (distinct, top) = most_frequent(&values, control)?;
    let is_time = blank.kind == ColumnKind::Time;
    let is_whole = blank.kind == ColumnKind::Count;
    Ok(ColumnProfile {
        missing,
        distinct,
        numbers: NumberSummary::of_sorted(&values),
        top,
        histogram: Histogram::of_sorted(&values, is_whole),
        log_histogram: if is_time { None } else { Histogram::log_of_sorted(&values) },
        ..blank
    })
}

impl NumberSummary {
    /// Figures of ascending numbers; `None` without any.
    #[must_use]
    pub fn of_sorted(sorted: &[f64]) -> Option<Self> {
        let (&min, &max) = (sorted.first()?, sorted.last()?);
        let n = real_len(sorted.len());
        let sum = total(sorted, |value| value);
        let mean = sum / n;
        let squares = total(sorted, |value| (value - mean).powi(2));
        let std_dev = if sorted.len() > 1 { (squares / (n - 1.0)).sqrt() } else { 0.0 };
        let at = |q| quantile_of_sorted(sorted, q).unwrap_or(mean);
        Some(Self {
            min,
            max,
            mean,
            std_dev,
            sum,
            p5: at(0.05),
            p25: at(0.25),
            median: at(0.5),
            p75: at(0.75),
            p95: at(0.95),
        })
    }
}

/// Sums of blocks are summed, so that small values are not lost beside a large total.
fn total(values: &[f64], of: impl Fn(f64) -> f64 + Sync) -> f64 {
    let sums: Vec<f64> =
        values.par_chunks(BLOCK).map(|block| block.iter().map(|&value| of(value)).sum()).collect();
    sums.iter().sum()
}

/// How many different values there are, and those that stand most often.
fn most_frequent(sorted: &[f64], control: &Control) -> Result<(u64, Vec<TopValue>), Cancelled> {
    let mut distinct = 0;
    let mut top: Vec<(u64, f64)> = Vec::new();
    let mut rest = sorted;
    while let Some(&value) = rest.first() {
        if distinct % (1 << 20) == 0 {
            control.check()?;
        }
        let count = run_length(rest) as u64;
        rest = &rest[count as usize..];
        distinct += 1;
        // Values ascend, so that a later one of equal count stands behind.
        if top.len() < MAX_TOP || top.last().is_some_and(|&(least, _)| count > least) {
            let place = top.partition_point(|&(other, _)| other >= count);
            top.insert(place, (count, value));
            top.truncate(MAX_TOP);
        }
    }
    let top =
        top.into_iter().map(|(count, value)| TopValue { text: None, number: Some(value), count });
    Ok((distinct, top.collect()))
}

/// How many values at the beginning equal the first: by doubling steps, as runs are short or long.
fn run_length(sorted: &[f64]) -> usize {
    let first = sorted[0];
    let mut step = 1;
    while step < sorted.len() && sorted[step] == first {
        step *= 2;
    }
    let end = step.min(sorted.len());
    let begin = step / 2;
    begin + sorted[begin..end].partition_point(|&value| value == first)
}

impl ColumnProfile {
    /// Rows with a value, as a share of all; 1 without rows.
    #[must_use]
    pub fn filled_share(&self) -> f64 {
        if self.rows == 0 { 1.0 } else { real(self.rows - self.missing) / real(self.rows) }
    }
}
