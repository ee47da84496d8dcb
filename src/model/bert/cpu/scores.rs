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

/// `row · z + bias` of one row, the same value as [`scores`] gives it.
pub(in crate::model::bert) fn score(row: &[f32], bias: f32, z: &[f32]) -> f32 {
    let mut out = [0.0];
    score_rows(&mut out, row, &[bias], z);
    out[0]
}
