//! Sorting tens of millions of values so that a cancel is noticed on the way.

use std::cmp::Ordering;

use rayon::prelude::*;

use crate::control::{Cancelled, Control};

/// Values sorted or merged between two looks at the cancel flag: a tenth of a second of work.
const PIECE: usize = 1 << 20;

/// Sorts in parallel: pieces first, then merged in pairs. Takes room for the values once more. The
/// result does not depend on the number of threads as long as equal values cannot be told apart.
pub(super) fn sort_pieces<T: Copy + Default + Send + Sync>(
    values: &mut Vec<T>,
    compare: impl Fn(&T, &T) -> Ordering + Sync,
    control: &Control,
) -> Result<(), Cancelled> {
    sort_in(values, compare, control, PIECE)
}

fn sort_in<T: Copy + Default + Send + Sync>(
    values: &mut Vec<T>,
    compare: impl Fn(&T, &T) -> Ordering + Sync,
    control: &Control,
    piece: usize,
) -> Result<(), Cancelled> {
    let n = values.len();
    values.par_chunks_mut(piece).try_for_each(|chunk| {
        control.check()?;
        chunk.sort_unstable_by(&compare);
        Ok(())
    })?;
    if n <= piece {
        return Ok(());
    }
    let mut other = vec![T::default(); n];
    let mut width = piece;
    while width < n {
        other.par_chunks_mut(2 * width).zip(values.par_chunks(2 * width)).try_for_each(
            |(out, pair)| {
                let (left, right) = pair.split_at(width.min(pair.len()));
                merge(left, right, out, &compare, control)
            },
        )?;
        std::mem::swap(values, &mut other);
        width *= 2;
    }
    Ok(())
}

fn merge<'a, T: Copy>(
    mut left: &'a [T],
    mut right: &'a [T],
    out: &mut [T],
    compare: &impl Fn(&T, &T) -> Ordering,
    control: &Control,
) -> Result<(), Cancelled> {
    for out in out.chunks_mut(PIECE) {
        control.check()?;
        for out in out {
            let takes_right = match (left.first(), right.first()) {
                (Some(left), Some(right)) => compare(right, left) == Ordering::Less,
                (None, _) => true,
                (Some(_), None) => false,
            };
            let from = if takes_right { &mut right } else { &mut left };
            if let Some((first, rest)) = from.split_first() {
                (*out, *from) = (*first, rest);
            }
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pieces_become_one_whole() {
        let control = Control::default();
        for n in [0, 1, 7, 8, 9, 16, 17, 100] {
            let mut values: Vec<u64> = (0..n).map(|i| i * 7_919 % 101).collect();
            let mut expected = values.clone();
            expected.sort_unstable();
            sort_in(&mut values, u64::cmp, &control, 8).expect("nobody cancels");
            assert_eq!(values, expected, "{n}");
        }
    }

    #[test]
    fn a_cancelled_sort_stops() {
        let control = Control::default();
        control.cancel_token().cancel();
        assert_eq!(sort_pieces(&mut vec![2, 1], u64::cmp, &control), Err(Cancelled));
    }
}
