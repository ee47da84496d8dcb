//! The rows that fit, as numbers.

use std::ops::Range;
use std::sync::atomic::{AtomicU64, Ordering};

use rayon::prelude::*;

use super::predicate::{Predicate, Scratch};
use crate::control::{Cancelled, Control};

/// Rows per task: some milliseconds of work.
const BLOCK: usize = 1 << 16;
/// Rows evaluated at once: their values stay in the nearest cache.
const STRIP: usize = 1 << 11;
const WORD: usize = 64;

/// One bit per row of a block, and how many are set.
struct Mask {
    words: Vec<u64>,
    n: usize,
}

/// The rows of `0..n_rows` that fit, ascending. Beside the result it takes one bit per row.
pub(super) fn filter(
    n_rows: usize,
    predicate: &Predicate<'_>,
    control: &Control,
) -> Result<Vec<u32>, Cancelled> {
    let done = AtomicU64::new(0);
    let masks: Vec<Mask> = (0..n_rows.div_ceil(BLOCK))
        .into_par_iter()
        .map(|block| {
            control.check()?;
            let rows = block * BLOCK..n_rows.min((block + 1) * BLOCK);
            let before = done.fetch_add(rows.len() as u64, Ordering::Relaxed);
            control.report("stage-filtering", before, n_rows as u64);
            Ok(mask(predicate, rows))
        })
        .collect::<Result<_, Cancelled>>()?;
    let mut rows = vec![0; masks.iter().map(|mask| mask.n).sum()];
    let mut parts = Vec::with_capacity(masks.len());
    let mut rest = rows.as_mut_slice();
    for (block, mask) in masks.iter().enumerate() {
        let (part, after) = rest.split_at_mut(mask.n);
        parts.push((block * BLOCK, mask, part));
        rest = after;
    }
    parts.into_par_iter().for_each(|(first, mask, part)| mask.write(first, part));
    control.check()?;
    Ok(rows)
}

fn mask(predicate: &Predicate<'_>, rows: Range<usize>) -> Mask {
    let mut words = vec![0; rows.len().div_ceil(WORD)];
    let mut n = 0;
    let mut scratch = Scratch::default();
    let mut fits = [false; STRIP];
    for strip in rows.clone().step_by(STRIP) {
        let end = rows.end.min(strip + STRIP);
        let fits = &mut fits[..end - strip];
        predicate.evaluate(strip..end, fits, &mut scratch);
        let first_word = (strip - rows.start) / WORD;
        for (word, fits) in words[first_word..].iter_mut().zip(fits.chunks(WORD)) {
            *word = fits.iter().rev().fold(0, |word, &fits| word << 1 | u64::from(fits));
            n += word.count_ones() as usize;
        }
    }
    Mask { words, n }
}

impl Mask {
    fn write(&self, first: usize, out: &mut [u32]) {
        let mut out = out.iter_mut();
        for (position, &word) in self.words.iter().enumerate() {
            let mut left = word;
            while left != 0 {
                let row = first + position * WORD + left.trailing_zeros() as usize;
                if let Some(out) = out.next() {
                    *out = row as u32;
                }
                left &= left - 1;
            }
        }
    }
}
