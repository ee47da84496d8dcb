//! A condition made ready for rows: texts are looked at once per distinct text, not once per row.

use std::ops::Range;

use rayon::prelude::*;

use super::cells::{NONE, NumberCells, Pool, TextCells};
use super::expression::resolve::{Pattern, Test};
use super::view::{Cells, TableView};
use crate::control::{Cancelled, Control};

/// Texts looked at between two looks at the cancel flag.
const TEXTS: usize = 1 << 14;

/// What a row has to fulfil.
pub(super) enum Predicate<'a> {
    And(Vec<Self>),
    Or(Vec<Self>),
    Not(Box<Self>),
    Number {
        cells: NumberCells<'a>,
        ranges: Vec<(f64, f64)>,
        is_negated: bool,
    },
    /// The row's code is kept; rows without a text are not.
    Text {
        cells: TextCells<'a>,
        keep: Vec<bool>,
    },
    NumberMissing(NumberCells<'a>),
    TextMissing(TextCells<'a>),
}

/// Looks at the distinct texts of the columns that `test` names.
pub(super) fn prepare<'a>(
    view: &TableView<'a>,
    test: &Test,
    kind_names: &[String],
    control: &Control,
) -> Result<Predicate<'a>, Cancelled> {
    let all = |parts: &[Test]| -> Result<Vec<Predicate<'a>>, Cancelled> {
        parts.iter().map(|part| prepare(view, part, kind_names, control)).collect()
    };
    Ok(match test {
        Test::And(parts) => Predicate::And(all(parts)?),
        Test::Or(parts) => Predicate::Or(all(parts)?),
        Test::Not(inner) => Predicate::Not(Box::new(prepare(view, inner, kind_names, control)?)),
        Test::Missing { column, is_negated } => {
            let missing = match view.columns[*column].cells {
                Cells::Text(cells) => Predicate::TextMissing(cells),
                Cells::Number(cells) => Predicate::NumberMissing(cells),
            };
            if *is_negated { Predicate::Not(Box::new(missing)) } else { missing }
        }
        Test::Number { column, ranges, is_negated } => match view.columns[*column].cells {
            Cells::Number(cells) => {
                Predicate::Number { cells, ranges: ranges.clone(), is_negated: *is_negated }
            }
            Cells::Text(cells) => Predicate::Text { cells, keep: Vec::new() },
        },
        Test::Text { column: Some(column), pattern, is_negated } => {
            match view.columns[*column].cells {
                Cells::Text(cells) => text(&cells, pattern, *is_negated, kind_names, control)?,
                Cells::Number(cells) => {
                    Predicate::Number { cells, ranges: Vec::new(), is_negated: false }
                }
            }
        }
        Test::Text { column: None, pattern, is_negated } => {
            let any = any_text(view, pattern, kind_names, control)?;
            if *is_negated { Predicate::Not(Box::new(any)) } else { any }
        }
    })
}

/// Holds where some text column holds the pattern.
fn any_text<'a>(
    view: &TableView<'a>,
    pattern: &Pattern,
    kind_names: &[String],
    control: &Control,
) -> Result<Predicate<'a>, Cancelled> {
    let columns = view.text_columns();
    let parts = columns.map(|cells| text(cells, pattern, false, kind_names, control));
    Ok(Predicate::Or(parts.collect::<Result<_, _>>()?))
}

/// Holds where each word stands in some text column.
pub(super) fn search<'a>(
    view: &TableView<'a>,
    words: &[String],
    kind_names: &[String],
    control: &Control,
) -> Result<Predicate<'a>, Cancelled> {
    let one =
        |word: &String| any_text(view, &Pattern::Holds(word.to_lowercase()), kind_names, control);
    Ok(Predicate::And(words.iter().map(one).collect::<Result<_, _>>()?))
}

fn text<'a>(
    cells: &TextCells<'a>,
    pattern: &Pattern,
    is_negated: bool,
    kind_names: &[String],
    control: &Control,
) -> Result<Predicate<'a>, Cancelled> {
    let pool = cells.pool;
    let mut keep = vec![false; pool.len()];
    keep.par_chunks_mut(TEXTS).enumerate().try_for_each(|(chunk, keep)| {
        control.check()?;
        let mut lower = String::new();
        for (offset, keep) in keep.iter_mut().enumerate() {
            let code = (chunk * TEXTS + offset) as u32;
            let fits = pattern.fits(pool.text(code), &mut lower)
                || matches!(pool, Pool::Kinds)
                    && kind_names
                        .get(code as usize)
                        .is_some_and(|name| pattern.fits(name, &mut lower));
            *keep = fits != is_negated;
        }
        Ok(())
    })?;
    Ok(Predicate::Text { cells: *cells, keep })
}

impl Pattern {
    /// `lower` is room to work in.
    fn fits(&self, text: &str, lower: &mut String) -> bool {
        lower.clear();
        if text.is_ascii() {
            lower.push_str(text);
            lower.make_ascii_lowercase();
        } else {
            lower.push_str(&text.to_lowercase());
        }
        match self {
            Self::OneOf(texts) => texts.iter().any(|other| other == lower),
            Self::Holds(part) => lower.contains(part.as_str()),
        }
    }
}

/// Room for one block, so that rows cost no allocation.
#[derive(Default)]
pub(super) struct Scratch {
    numbers: Vec<f64>,
    codes: Vec<u32>,
    masks: Vec<Vec<bool>>,
}

impl Predicate<'_> {
    /// Writes whether each of `rows` fits; `out` is as long as `rows`.
    pub(super) fn evaluate(&self, rows: Range<usize>, out: &mut [bool], scratch: &mut Scratch) {
        match self {
            Self::And(parts) => combine(parts, true, rows, out, scratch),
            Self::Or(parts) => combine(parts, false, rows, out, scratch),
            Self::Not(inner) => {
                inner.evaluate(rows, out, scratch);
                out.iter_mut().for_each(|fits| *fits = !*fits);
            }
            Self::Number { cells, ranges, is_negated } => {
                let values = read_numbers(cells, rows, &mut scratch.numbers);
                within(values, ranges, *is_negated, out);
            }
            Self::NumberMissing(cells) => {
                let values = read_numbers(cells, rows, &mut scratch.numbers);
                for (out, value) in out.iter_mut().zip(values) {
                    *out = value.is_nan();
                }
            }
            Self::Text { cells, keep } => {
                let codes = read_codes(cells, rows, &mut scratch.codes);
                for (out, &code) in out.iter_mut().zip(codes) {
                    *out = keep.get(code as usize).copied().unwrap_or(false);
                }
            }
            Self::TextMissing(cells) => {
                let codes = read_codes(cells, rows, &mut scratch.codes);
                for (out, &code) in out.iter_mut().zip(codes) {
                    *out = code == NONE;
                }
            }
        }
    }
}

/// All of the parts where `is_and`, any of them otherwise; of none, what changes nothing.
fn combine(
    parts: &[Predicate<'_>],
    is_and: bool,
    rows: Range<usize>,
    out: &mut [bool],
    scratch: &mut Scratch,
) {
    out.fill(is_and);
    let mut mask = scratch.masks.pop().unwrap_or_default();
    mask.resize(out.len(), false);
    for part in parts {
        part.evaluate(rows.clone(), &mut mask, scratch);
        for (out, &fits) in out.iter_mut().zip(&mask) {
            *out = if is_and { *out & fits } else { *out | fits };
        }
    }
    scratch.masks.push(mask);
}

fn within(values: &[f64], ranges: &[(f64, f64)], is_negated: bool, out: &mut [bool]) {
    out.fill(false);
    for &(low, high) in ranges {
        for (out, &value) in out.iter_mut().zip(values) {
            *out |= (low..=high).contains(&value);
        }
    }
    if is_negated {
        for (out, value) in out.iter_mut().zip(values) {
            *out = !*out & !value.is_nan();
        }
    }
}

fn read_numbers<'s>(
    cells: &NumberCells<'_>,
    rows: Range<usize>,
    values: &'s mut Vec<f64>,
) -> &'s [f64] {
    values.resize(rows.len(), 0.0);
    cells.read(rows, values);
    values
}

fn read_codes<'s>(cells: &TextCells<'_>, rows: Range<usize>, codes: &'s mut Vec<u32>) -> &'s [u32] {
    codes.resize(rows.len(), 0);
    cells.read(rows, codes);
    codes
}
