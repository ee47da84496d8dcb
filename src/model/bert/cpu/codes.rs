//! Rows rounded to 8 bits, for finding the few best of many scalar products without reading all of the
//! rows: a bound on the rounding error tells which rows have to be looked at in full.

use rayon::prelude::*;

use super::kernels::square_sum;
use super::multiversion::multiversion;

/// Rows that one thread works on at a time.
const ROWS: usize = 2_048;

/// Largest code of a vector; products of it with 8-bit codes sum up without overflow below 8,192 columns.
const VECTOR_LEVELS: f32 = 2_047.0;

/// Share of `‖row‖ ‖z‖` that the rounding of 32-bit arithmetic stays below, with a wide margin.
const ARITHMETIC: f32 = 1e-5;

/// `[n, width]` rows, each as codes in -127..=127 times a scale of its own.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::model::bert) struct CodedRows {
    codes: Vec<i8>,
    scales: Vec<f32>,
    /// `‖row - scale · codes‖`.
    errors: Vec<f32>,
    /// `‖row‖`.
    lengths: Vec<f32>,
}

/// What is known of a scalar product before it is computed in full.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(in crate::model::bert) struct Bounds {
    /// It is at least this.
    pub low: f32,
    /// It is at most this.
    pub high: f32,
}

impl CodedRows {
    /// Codes of `rows`, `[n, width]`.
    pub fn new(rows: &[f32], width: usize) -> Self {
        let coded: Vec<(Vec<i8>, f32, f32, f32)> = rows.par_chunks(width).map(code_row).collect();
        let mut all = Self {
            codes: Vec::with_capacity(rows.len()),
            scales: Vec::with_capacity(coded.len()),
            errors: Vec::with_capacity(coded.len()),
            lengths: Vec::with_capacity(coded.len()),
        };
        for (codes, scale, error, length) in coded {
            all.codes.extend_from_slice(&codes);
            all.scales.push(scale);
            all.errors.push(error);
            all.lengths.push(length);
        }
        all
    }

    /// Bounds of `row · z + bias` for every row.
    ///
    /// With `row = r + e` and `z = y + f`, `r` and `y` being the coded values,
    /// `|row·z - r·y| = |e·z + r·f| ≤ ‖e‖ ‖z‖ + ‖r‖ ‖f‖`.
    pub fn bounds(&self, bias: &[f32], z: &[f32]) -> Vec<Bounds> {
        let (codes, scale) = code_vector(z);
        let length = norm(z);
        let coded: Vec<f32> = codes.iter().map(|&code| f32::from(code) * scale).collect();
        let lost = distance(z, &coded);
        let mut all = vec![Bounds { low: 0.0, high: 0.0 }; bias.len()];
        all.par_chunks_mut(ROWS).enumerate().for_each(|(block, out)| {
            let first = block * ROWS;
            let rows = &self.codes[first * z.len()..];
            let mut products = vec![0; out.len()];
            code_products(&mut products, rows, &codes);
            for ((out, product), at) in out.iter_mut().zip(products).zip(first..) {
                let about = product as f32 * (self.scales[at] * scale) + bias[at];
                let slack = self.errors[at] * length
                    + (self.lengths[at] + self.errors[at]) * lost
                    + self.lengths[at] * length * ARITHMETIC
                    + about.abs() * f32::EPSILON;
                *out = Bounds { low: about - slack, high: about + slack };
            }
        });
        all
    }
}

fn code_row(row: &[f32]) -> (Vec<i8>, f32, f32, f32) {
    let scale = largest(row) / 127.0;
    let codes: Vec<i8> = row.iter().map(|&value| rounded(value, scale) as i8).collect();
    let coded: Vec<f32> = codes.iter().map(|&code| f32::from(code) * scale).collect();
    (codes, scale, distance(row, &coded), norm(row))
}

fn code_vector(z: &[f32]) -> (Vec<i16>, f32) {
    let scale = largest(z) / VECTOR_LEVELS;
    (z.iter().map(|&value| rounded(value, scale) as i16).collect(), scale)
}

fn rounded(value: f32, scale: f32) -> f32 {
    if scale > 0.0 { (value / scale).round() } else { 0.0 }
}

fn largest(values: &[f32]) -> f32 {
    values.iter().fold(0.0, |largest, value| largest.max(value.abs()))
}

fn norm(values: &[f32]) -> f32 {
    square_sum(values).sqrt()
}

fn distance(a: &[f32], b: &[f32]) -> f32 {
    a.iter().zip(b).map(|(a, b)| (a - b) * (a - b)).sum::<f32>().sqrt()
}

/// Rows that are read side by side. The code waits for memory, and four streams of it come faster than one.
const STREAMS: usize = 4;

/// Scalar products of rows of codes with `z`.
fn code_products(out: &mut [i32], rows: &[i8], z: &[i16]) {
    let streamed = out.len() / STREAMS * STREAMS;
    let (streams, rest) = out.split_at_mut(streamed);
    stream_products(streams, rows, z);
    for (out, row) in rest.iter_mut().zip(rows[streamed * z.len()..].chunks_exact(z.len())) {
        *out = row.iter().zip(z).map(|(&code, &z)| i32::from(code) * i32::from(z)).sum();
    }
}

multiversion! {
    /// As plain as this, the loop becomes the processor's multiply-add of 16-bit pairs.
    fn stream_products(out: &mut [i32], rows: &[i8], z: &[i16]) {
        let (width, stripe) = (z.len(), out.len() / STREAMS);
        for at in 0..stripe {
            let row = |stream: usize| &rows[(at + stream * stripe) * width..][..width];
            let (a, b, c, d) = (row(0), row(1), row(2), row(3));
            let mut totals = [0_i32; STREAMS];
            for column in 0..width {
                let z = i32::from(z[column]);
                totals[0] += i32::from(a[column]) * z;
                totals[1] += i32::from(b[column]) * z;
                totals[2] += i32::from(c[column]) * z;
                totals[3] += i32::from(d[column]) * z;
            }
            for (stream, total) in totals.into_iter().enumerate() {
                out[at + stream * stripe] = total;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use rand::{Rng, SeedableRng};
    use rand_chacha::ChaCha8Rng;

    use super::*;

    fn random(count: usize, seed: u64) -> Vec<f32> {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        (0..count).map(|_| rng.random_range(-1.0_f32..1.0).powi(3)).collect()
    }

    #[test]
    fn products_lie_within_their_bounds_and_these_are_narrow() {
        let (n, width) = (5_000, 75);
        let (rows, z, bias) = (random(n * width, 1), random(width, 2), random(n, 3));
        let bounds = CodedRows::new(&rows, width).bounds(&bias, &z);
        for ((row, bias), bounds) in rows.chunks_exact(width).zip(&bias).zip(&bounds) {
            let exact: f64 =
                row.iter().zip(&z).map(|(a, b)| f64::from(*a) * f64::from(*b)).sum::<f64>()
                    + f64::from(*bias);
            let (low, high) = (f64::from(bounds.low), f64::from(bounds.high));
            assert!(low <= exact && exact <= high, "{exact} outside {bounds:?}");
            assert!(high - low < 0.05 * f64::from(norm(row) * norm(&z)), "{bounds:?}");
        }
    }

    #[test]
    fn rows_and_vectors_of_zeros_are_exact() {
        let rows = CodedRows::new(&[0.0, 0.0, 1.0, -2.0], 2);
        let bounds = rows.bounds(&[0.5, 0.0], &[0.0, 0.0]);
        assert!(bounds.iter().all(|bounds| bounds.high - bounds.low < 1e-6));
        assert!((bounds[0].low - 0.5).abs() < 1e-6);
    }
}
