//! Element-wise mathematics of the encoder on slices, compiled for the vector units that the machine has.
//!
//! Sums run over 16 fixed lanes, so a result does not depend on the vector width of the machine's
//! registers or on the number of threads.

use super::buffer::Buffer;
use super::multiversion::multiversion;
use crate::model::bert::dropout::factor;

const LANES: usize = 16;

/// `e^x` within 2 units in the last place (Cephes `expf`); 0 below -87.3, finite above 88.
#[inline(always)]
fn exp(x: f32) -> f32 {
    const MAGIC: f32 = 12_582_912.0; // 1.5 · 2^23: adding it rounds to an integer in the low bits
    let x = x.clamp(-87.3, 88.0);
    let shifted = x * std::f32::consts::LOG2_E + MAGIC;
    let n = shifted - MAGIC;
    let r = x - n * 0.693_359_4 + n * 2.121_944_4e-4;
    let p = 1.987_569_2e-4;
    let p = p * r + 1.398_2e-3;
    let p = p * r + 8.333_452e-3;
    let p = p * r + 4.166_579_6e-2;
    let p = p * r + 1.666_666_5e-1;
    let p = p * r + 0.5;
    let power = f32::from_bits((shifted.to_bits() << 23).wrapping_add(127 << 23));
    (p * r * r + r + 1.0) * power
}

/// The error function within 4e-7 (the rational approximation of Eigen and XLA).
#[inline(always)]
fn erf(x: f32) -> f32 {
    let x = x.clamp(-4.0, 4.0);
    let x2 = x * x;
    let p = -2.726_142_3e-10;
    let p = p * x2 + 2.770_681_4e-8;
    let p = p * x2 - 2.101_024e-6;
    let p = p * x2 - 5.692_506_4e-5;
    let p = p * x2 - 7.349_906_3e-4;
    let p = p * x2 - 2.954_6e-3;
    let p = p * x2 - 1.609_603_3e-2;
    let q = -1.456_607_2e-5;
    let q = q * x2 - 2.133_740_5e-4;
    let q = q * x2 - 1.682_827e-3;
    let q = q * x2 - 7.373_329e-3;
    let q = q * x2 - 1.426_473_9e-2;
    x * p / q
}

/// The exact GELU, `x Φ(x)` (Hendrycks and Gimpel 2016, not the tanh approximation).
#[inline(always)]
fn gelu(x: f32) -> f32 {
    0.5 * x * (1.0 + erf(x * std::f32::consts::FRAC_1_SQRT_2))
}

/// Derivative of [`gelu`]: `Φ(x) + x φ(x)`.
#[inline(always)]
fn gelu_slope(x: f32) -> f32 {
    const DENSITY: f32 = 0.398_942_3; // 1 / √(2π)
    0.5 * (1.0 + erf(x * std::f32::consts::FRAC_1_SQRT_2)) + x * DENSITY * exp(-0.5 * x * x)
}

/// Sum over fixed lanes.
#[inline(always)]
fn sum(values: &[f32]) -> f32 {
    fold(values, |lane, value| lane + value, |a, b| a + b, 0.0)
}

/// Largest value, `NEG_INFINITY` of none.
#[inline(always)]
fn max(values: &[f32]) -> f32 {
    fold(values, f32::max, f32::max, f32::NEG_INFINITY)
}

/// Scalar product over fixed lanes.
#[inline(always)]
fn dot(a: &[f32], b: &[f32]) -> f32 {
    let mut lanes = [0.0; LANES];
    let (a_whole, a_rest) = a.as_chunks::<LANES>();
    let (b_whole, b_rest) = b.as_chunks::<LANES>();
    for (x, y) in a_whole.iter().zip(b_whole) {
        for lane in 0..LANES {
            lanes[lane] += x[lane] * y[lane];
        }
    }
    for (lane, (x, y)) in a_rest.iter().zip(b_rest).enumerate() {
        lanes[lane] += x * y;
    }
    join(&lanes, |a, b| a + b)
}

#[inline(always)]
fn fold(
    values: &[f32],
    step: impl Fn(f32, f32) -> f32,
    merge: impl Fn(f32, f32) -> f32,
    empty: f32,
) -> f32 {
    let mut lanes = [empty; LANES];
    let (whole, rest) = values.as_chunks::<LANES>();
    for chunk in whole {
        for lane in 0..LANES {
            lanes[lane] = step(lanes[lane], chunk[lane]);
        }
    }
    for (lane, &value) in rest.iter().enumerate() {
        lanes[lane] = step(lanes[lane], value);
    }
    join(&lanes, merge)
}

#[inline(always)]
fn join(lanes: &[f32; LANES], merge: impl Fn(f32, f32) -> f32) -> f32 {
    let mut lanes = *lanes;
    let mut width = LANES / 2;
    while width > 0 {
        for lane in 0..width {
            lanes[lane] = merge(lanes[lane], lanes[lane + width]);
        }
        width /= 2;
    }
    lanes[0]
}

multiversion! {
    /// `rows += bias`, the bias repeated over rows.
    pub(super) fn add_bias(rows: &mut [f32], bias: &[f32]) {
        for row in rows.chunks_exact_mut(bias.len()) {
            for (value, bias) in row.iter_mut().zip(bias) {
                *value += bias;
            }
        }
    }
}

multiversion! {
    /// `totals += Σ rows`.
    pub(super) fn add_column_sums(totals: &mut [f32], rows: &[f32]) {
        for row in rows.chunks_exact(totals.len()) {
            for (total, value) in totals.iter_mut().zip(row) {
                *total += value;
            }
        }
    }
}

multiversion! {
    /// Softmax of each row of `width` values in place.
    pub(super) fn softmax_rows(rows: &mut [f32], width: usize) {
        for row in rows.chunks_exact_mut(width) {
            softmax(row);
        }
    }
}

multiversion! {
    /// Softmax of the first `r + 1` values of row `r` in place, for each square of `width` rows; zeros after.
    pub(super) fn causal_softmax_rows(rows: &mut [f32], width: usize) {
        for (index, row) in rows.chunks_exact_mut(width).enumerate() {
            let (known, later) = row.split_at_mut(index % width + 1);
            softmax(known);
            later.fill(0.0);
        }
    }
}

#[inline(always)]
fn softmax(row: &mut [f32]) {
    let top = max(row);
    for value in row.iter_mut() {
        *value = exp(*value - top);
    }
    let scale = 1.0 / sum(row);
    for value in row.iter_mut() {
        *value *= scale;
    }
}

/// What a layer normalisation keeps for its backward pass.
#[derive(Debug, Default)]
pub(super) struct NormTape {
    /// `(x - mean) / σ`, `[rows, width]`.
    pub normal: Buffer,
    /// `1 / σ`, `[rows]`.
    pub inverse_deviation: Buffer,
}

multiversion! {
    /// `out = γ (x - mean) / √(var + ε) + β` per row (Ba et al. 2016); `x` becomes the normalised rows.
    pub(super) fn layer_norm(
        x: &mut [f32],
        gamma: &[f32],
        beta: &[f32],
        epsilon: f32,
        out: &mut [f32],
        inverse_deviations: &mut [f32],
    ) {
        let width = gamma.len();
        let share = 1.0 / width as f32;
        for ((row, out), inverse) in
            x.chunks_exact_mut(width).zip(out.chunks_exact_mut(width)).zip(inverse_deviations)
        {
            let mean = sum(row) * share;
            for value in row.iter_mut() {
                *value -= mean;
            }
            *inverse = 1.0 / (dot(row, row) * share + epsilon).sqrt();
            for (((value, out), gamma), beta) in row.iter_mut().zip(out).zip(gamma).zip(beta) {
                *value *= *inverse;
                *out = *value * gamma + beta;
            }
        }
    }
}

multiversion! {
    /// Backward of [`layer_norm`]: `grad` becomes the gradient of `x`; those of γ and β are added.
    pub(super) fn layer_norm_backward(
        grad: &mut [f32],
        tape: &NormTape,
        gamma: &[f32],
        gamma_grad: &mut [f32],
        beta_grad: &mut [f32],
    ) {
        let width = gamma.len();
        let share = 1.0 / width as f32;
        let rows = grad.chunks_exact_mut(width).zip(tape.normal.chunks_exact(width));
        for ((grad, normal), inverse) in rows.zip(tape.inverse_deviation.iter()) {
            for index in 0..width {
                gamma_grad[index] += grad[index] * normal[index];
                beta_grad[index] += grad[index];
                grad[index] *= gamma[index];
            }
            let mean = sum(grad) * share;
            let along = dot(grad, normal) * share;
            for (grad, normal) in grad.iter_mut().zip(normal) {
                *grad = (*grad - mean - normal * along) * inverse;
            }
        }
    }
}

multiversion! {
    /// Backward of [`softmax_rows`]: `grad` becomes `p ⊙ (grad - Σ grad p)` per row.
    pub(super) fn softmax_backward(grad: &mut [f32], weights: &[f32], width: usize) {
        for (grad, weights) in grad.chunks_exact_mut(width).zip(weights.chunks_exact(width)) {
            let along = dot(grad, weights);
            for (grad, weight) in grad.iter_mut().zip(weights) {
                *grad = weight * (*grad - along);
            }
        }
    }
}

multiversion! {
    /// The row becomes its softmax; `-log softmax[target]` comes back, nats.
    pub(super) fn softmax_loss(row: &mut [f32], target: usize) -> f64 {
        let top = max(row);
        let wanted = row[target] - top;
        for value in row.iter_mut() {
            *value = exp(*value - top);
        }
        let total = sum(row);
        let scale = 1.0 / total;
        for value in row.iter_mut() {
            *value *= scale;
        }
        f64::from(total).ln() - f64::from(wanted)
    }
}

multiversion! {
    /// [`gelu`] of each value.
    pub(super) fn gelu_all(out: &mut [f32], x: &[f32]) {
        for (out, &x) in out.iter_mut().zip(x) {
            *out = gelu(x);
        }
    }
}

multiversion! {
    /// Multiply gradients by the slope of [`gelu`] at `x`.
    pub(super) fn gelu_backward(grad: &mut [f32], x: &[f32]) {
        for (grad, &x) in grad.iter_mut().zip(x) {
            *grad *= gelu_slope(x);
        }
    }
}

multiversion! {
    /// `target += values`.
    pub(super) fn add(target: &mut [f32], values: &[f32]) {
        for (target, value) in target.iter_mut().zip(values) {
            *target += value;
        }
    }
}

multiversion! {
    /// Multiply neighbouring elements, the first of index `first`, by their dropout factors.
    pub(super) fn drop_elements(values: &mut [f32], first: u32, key: u32, threshold: u32, scale: f32) {
        for (value, index) in values.iter_mut().zip(0..) {
            *value *= factor(first.wrapping_add(index), key, threshold, scale);
        }
    }
}

multiversion! {
    /// `Σ v²`.
    pub(super) fn square_sum(values: &[f32]) -> f32 {
        dot(values, values)
    }
}

multiversion! {
    /// `out = rows · z + bias`.
    pub(super) fn score_rows(out: &mut [f32], rows: &[f32], bias: &[f32], z: &[f32]) {
        for ((out, bias), row) in out.iter_mut().zip(bias).zip(rows.chunks_exact(z.len())) {
            *out = dot(row, z) + bias;
        }
    }
}

/// What [`hash`] shifts and multiplies by (Wellons' `lowbias32`).
pub(in crate::model::bert) struct Mixing {
    /// Neighbouring indices are this far apart.
    pub spread: u32,
    pub shifts: [u32; 3],
    pub factors: [u32; 2],
}

/// The one mixing of the product, on the host and on a GPU.
pub(in crate::model::bert) const HASH: Mixing =
    Mixing { spread: 0x9E37_79B9, shifts: [16, 15, 16], factors: [0x7FEB_352D, 0x846C_A68B] };

/// A well mixed 32-bit number for element `index` under `key`.
#[inline(always)]
pub(in crate::model::bert) fn hash(index: u32, key: u32) -> u32 {
    let mut x = index.wrapping_mul(HASH.spread) ^ key;
    x ^= x >> HASH.shifts[0];
    x = x.wrapping_mul(HASH.factors[0]);
    x ^= x >> HASH.shifts[1];
    x = x.wrapping_mul(HASH.factors[1]);
    x ^ (x >> HASH.shifts[2])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn series_erf(x: f64) -> f64 {
        let (mut term, mut total) = (x, x);
        for n in 1..200 {
            term *= -x * x / f64::from(n);
            total += term / f64::from(2 * n + 1);
        }
        total * 2.0 / std::f64::consts::PI.sqrt()
    }

    #[test]
    fn exp_and_erf_are_close_to_the_truth() {
        for step in -8_000..8_000_i16 {
            let x = f32::from(step) / 100.0;
            let relative = f64::from(exp(x)) / f64::from(x).exp() - 1.0;
            assert!(relative.abs() < 3e-7, "exp({x}) is off by {relative}");
            let x = f32::from(step) / 2_500.0;
            let error = f64::from(erf(x)) - series_erf(f64::from(x));
            assert!(error.abs() < 4e-7, "erf({x}) is off by {error}");
        }
    }

    #[test]
    fn the_slope_of_gelu_is_its_derivative() {
        for step in -50..50_i16 {
            let x = f32::from(step) / 10.0;
            let numeric = (f64::from(gelu(x + 1e-2)) - f64::from(gelu(x - 1e-2))) / 2e-2;
            assert!((numeric - f64::from(gelu_slope(x))).abs() < 1e-4, "at {x}");
        }
    }

    #[test]
    fn sums_take_in_every_value() {
        let values: Vec<f32> = (1..=37_u8).map(f32::from).collect();
        assert_eq!((sum(&values), max(&values)), (703.0, 37.0));
        assert_eq!(dot(&values, &values), 17_575.0);
        let mut rows = vec![0.0; 74];
        softmax_rows(&mut rows, 37);
        assert!(rows.iter().all(|value| (value - 1.0 / 37.0).abs() < 1e-7));
    }
}
