//! Ordering rows by one or several columns.
//!
//! Each pass packs a row's key with its position in the present order into one number and sorts
//! those: equal keys keep their order, so passes from the last key to the first order by all of them.

use std::cmp::Ordering;

use rayon::prelude::*;

use super::cells::{NONE, NumberCells, Pool, TextCells};
use super::pieces::sort_pieces;
use super::view::{Cells, Column};
use crate::control::{Cancelled, Control};

const BLOCK: usize = 1 << 16;

/// Orders `rows` by a column; equal values keep their order and missing ones come last either way.
/// Numbers ascend by value, texts as a person would expect: without regard to case, `P2` before `P10`.
pub(super) fn sort_by(
    column: &Column<'_>,
    descending: bool,
    rows: Vec<u32>,
    control: &Control,
) -> Result<Vec<u32>, Cancelled> {
    if rows.len() < 2 {
        return Ok(rows);
    }
    let keys = Keys::of(column, control)?;
    let Some((least, most)) = keys.bounds(&rows, control)? else { return Ok(rows) };
    let range = most - least;
    // Missing values take the place after the last; a range over all 64 bits would leave none.
    let key = |row: u32| match keys.key(row as usize) {
        None => u128::from(range) + 1,
        Some(key) if descending => u128::from(most - key),
        Some(key) => u128::from(key - least),
    };
    let position_bits = usize::BITS - (rows.len() - 1).leading_zeros();
    let key_bits = u128::BITS - (u128::from(range) + 1).leading_zeros();
    if position_bits + key_bits <= u64::BITS {
        let pack = |row, position: usize| (key(row) as u64) << position_bits | position as u64;
        let mask = (1_u64 << position_bits) - 1;
        ordered(rows, pack, |packed| (packed & mask) as usize, control)
    } else {
        let pack = |row, position: usize| key(row) << 32 | position as u128;
        ordered(rows, pack, |packed: u128| (packed & u128::from(u32::MAX)) as usize, control)
    }
}

fn ordered<T: Copy + Default + Ord + Send + Sync>(
    rows: Vec<u32>,
    pack: impl Fn(u32, usize) -> T + Sync,
    position: impl Fn(T) -> usize + Sync,
    control: &Control,
) -> Result<Vec<u32>, Cancelled> {
    let mut packed = vec![T::default(); rows.len()];
    packed.par_chunks_mut(BLOCK).zip(rows.par_chunks(BLOCK)).enumerate().try_for_each(
        |(block, (packed, rows))| {
            control.check()?;
            for (offset, (packed, &row)) in packed.iter_mut().zip(rows).enumerate() {
                *packed = pack(row, block * BLOCK + offset);
            }
            Ok(())
        },
    )?;
    sort_pieces(&mut packed, T::cmp, control)?;
    let mut sorted = vec![0; rows.len()];
    sorted.par_chunks_mut(BLOCK).zip(packed.par_chunks(BLOCK)).for_each(|(sorted, packed)| {
        for (sorted, &packed) in sorted.iter_mut().zip(packed) {
            *sorted = rows[position(packed)];
        }
    });
    control.check()?;
    Ok(sorted)
}

/// Values as numbers that order like them.
enum Keys<'a> {
    Number(NumberCells<'a>),
    /// The place of each text among all of them.
    Text(TextCells<'a>, Vec<u32>),
}

impl<'a> Keys<'a> {
    fn of(column: &Column<'a>, control: &Control) -> Result<Self, Cancelled> {
        Ok(match column.cells {
            Cells::Number(cells) => Self::Number(cells),
            Cells::Text(cells) => Self::Text(cells, ranks(cells.pool, control)?),
        })
    }

    fn key(&self, row: usize) -> Option<u64> {
        match self {
            // Values of 32 bits keep short keys, which makes sorting cheaper.
            Self::Number(NumberCells::Single(values)) => {
                values.get(row).filter(|value| !value.is_nan()).map(|&value| single_key(value))
            }
            Self::Number(NumberCells::Times(times)) => Some(times[row] as u64 ^ 1 << 63),
            Self::Number(cells) => {
                let value = cells.get(row);
                (!value.is_nan()).then(|| double_key(value))
            }
            Self::Text(cells, ranks) => {
                let code = cells.code(row);
                (code != NONE).then(|| u64::from(ranks[code as usize]))
            }
        }
    }

    /// The least and the greatest key; `None` where every value is missing.
    fn bounds(&self, rows: &[u32], control: &Control) -> Result<Option<(u64, u64)>, Cancelled> {
        let blocks: Vec<Option<(u64, u64)>> = rows
            .par_chunks(BLOCK)
            .map(|rows| {
                control.check()?;
                let keys = rows.iter().filter_map(|&row| self.key(row as usize));
                Ok(keys.map(|key| (key, key)).reduce(wider))
            })
            .collect::<Result<_, Cancelled>>()?;
        Ok(blocks.into_iter().flatten().reduce(wider))
    }
}

fn wider(a: (u64, u64), b: (u64, u64)) -> (u64, u64) {
    (a.0.min(b.0), a.1.max(b.1))
}

/// Bits that order like the numbers: those of negative ones turned round, zeros alike.
fn single_key(value: f32) -> u64 {
    let bits = (value + 0.0).to_bits();
    u64::from(if bits >> 31 == 1 { !bits } else { bits | 1 << 31 })
}

fn double_key(value: f64) -> u64 {
    let bits = (value + 0.0).to_bits();
    if bits >> 63 == 1 { !bits } else { bits | 1 << 63 }
}

fn ranks(pool: Pool<'_>, control: &Control) -> Result<Vec<u32>, Cancelled> {
    let mut order: Vec<u32> = (0..pool.len() as u32).collect();
    let compare = |&a: &u32, &b: &u32| {
        let (first, second) = (pool.text(a), pool.text(b));
        compare_texts(first, second).then_with(|| first.cmp(second)).then(a.cmp(&b))
    };
    sort_pieces(&mut order, compare, control)?;
    let mut ranks = vec![0; order.len()];
    for (rank, &code) in order.iter().enumerate() {
        ranks[code as usize] = rank as u32;
    }
    Ok(ranks)
}

/// Without regard to case, numbers within texts by their value.
pub(super) fn compare_texts(a: &str, b: &str) -> Ordering {
    let (mut a, mut b) = (a, b);
    loop {
        let (Some(first), Some(second)) = (a.chars().next(), b.chars().next()) else {
            return a.len().cmp(&b.len());
        };
        let order = if first.is_ascii_digit() && second.is_ascii_digit() {
            let (left, right) = (take_digits(&mut a), take_digits(&mut b));
            left.len().cmp(&right.len()).then_with(|| left.cmp(right))
        } else {
            a = &a[first.len_utf8()..];
            b = &b[second.len_utf8()..];
            lower(first).cmp(&lower(second))
        };
        if order != Ordering::Equal {
            return order;
        }
    }
}

/// The digits at the beginning without leading zeros.
fn take_digits<'a>(text: &mut &'a str) -> &'a str {
    let end = text.bytes().position(|byte| !byte.is_ascii_digit()).unwrap_or(text.len());
    let (digits, rest) = text.split_at(end);
    *text = rest;
    digits.trim_start_matches('0')
}

fn lower(c: char) -> char {
    if c.is_ascii() { c.to_ascii_lowercase() } else { c.to_lowercase().next().unwrap_or(c) }
}
