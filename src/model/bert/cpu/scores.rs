//! One vector against many.

use rayon::prelude::*;

use super::kernels::score_rows;

/// Rows that one thread works on at a time.
const ROWS: usize = 2_048;

/// `out = rows · z + bias`, `rows` being `[n, width]`.
pub(in crate::model::bert) fn scores(rows: &[f32], bias: &[f32], z: &[f32], out: &mut [f32]) {
    out.par_chunks_mut(ROWS)
        .zip(bias.par_chunks(ROWS))
        .zip(rows.par_chunks(ROWS * z.len()))
        .for_each(|((out, bias), rows)| score_rows(out, rows, bias, z));
}

/// Vectors that a block of rows is held against while it lies in the cache.
const VECTORS: usize = 8;

/// [`scores`] of several vectors, `[n, width]`, each into one of `outs`: rows are read once for a group of
/// vectors and not once for each.
pub(in crate::model::bert) fn scores_of_all<'a>(
    rows: &[f32],
    bias: &[f32],
    z: &[f32],
    width: usize,
    outs: impl Iterator<Item = &'a mut [f32]>,
) {
    let mut blocks: Vec<Vec<&mut [f32]>> = bias.chunks(ROWS).map(|_| Vec::new()).collect();
    for out in outs {
        for (block, part) in blocks.iter_mut().zip(out.chunks_mut(ROWS)) {
            block.push(part);
        }
    }
    blocks.par_iter_mut().zip(bias.par_chunks(ROWS)).zip(rows.par_chunks(ROWS * width)).for_each(
        |((outs, bias), rows)| {
            outs.par_chunks_mut(VECTORS).zip(z.par_chunks(VECTORS * width)).for_each(
                |(outs, z)| {
                    for (out, z) in outs.iter_mut().zip(z.chunks_exact(width)) {
                        score_rows(out, rows, bias, z);
                    }
                },
            );
        },
    );
}

/// `row · z + bias` of one row, the same value as [`scores`] gives it.
pub(in crate::model::bert) fn score(row: &[f32], bias: f32, z: &[f32]) -> f32 {
    let mut out = [0.0];
    score_rows(&mut out, row, &[bias], z);
    out[0]
}
