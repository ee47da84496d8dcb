//! One vector against many.

use rayon::prelude::*;

use super::kernels::{dot, vectorised};

/// Rows that one thread works on at a time.
const ROWS: usize = 2_048;

/// `out = rows · z + bias`, `rows` being `[n, width]`.
pub(in crate::model::bert) fn scores(rows: &[f32], bias: &[f32], z: &[f32], out: &mut [f32]) {
    let width = z.len();
    out.par_chunks_mut(ROWS)
        .zip(bias.par_chunks(ROWS))
        .zip(rows.par_chunks(ROWS * width))
        .for_each(|((out, bias), rows)| {
            vectorised(|| {
                for ((out, bias), row) in out.iter_mut().zip(bias).zip(rows.chunks_exact(width)) {
                    *out = dot(row, z) + bias;
                }
            });
        });
}

/// `row · z + bias` of one row, the same value as [`scores`] gives it.
pub(in crate::model::bert) fn score(row: &[f32], bias: f32, z: &[f32]) -> f32 {
    vectorised(|| dot(row, z)) + bias
}
