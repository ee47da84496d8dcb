//! Dropout masks that depend on nothing but a seed, the step and the place of an element, so that a
//! training can be resumed and repeated, on any device and in any batch layout.

use super::cpu::kernels::hash;

/// Apart in the index of neighbouring sequences' positions; the longest text that a mask can tell apart.
pub(super) const POSITIONS: u32 = 512;

/// Index of element `feature` of the token at `position` of a sequence, in a `width`-wide layer.
#[inline(always)]
pub(super) fn token_index(sequence: usize, position: usize, width: usize) -> u32 {
    (sequence as u32)
        .wrapping_mul(POSITIONS)
        .wrapping_add(position as u32)
        .wrapping_mul(width as u32)
}

/// Index of the first weight with which `query` of one head looks at its sequence.
#[inline(always)]
pub(super) fn attention_index(sequence: usize, head: usize, heads: usize, query: usize) -> u32 {
    ((sequence * heads + head) as u32)
        .wrapping_mul(POSITIONS)
        .wrapping_add(query as u32)
        .wrapping_mul(POSITIONS)
}

/// The factor of an element: 0, or `1 / (1 - probability)` where it is kept.
#[inline(always)]
pub(super) fn factor(index: u32, key: u32, threshold: u32, scale: f32) -> f32 {
    if hash(index, key) >= threshold { scale } else { 0.0 }
}

/// The hash below which an element is dropped, and the factor of those that stay.
pub(super) fn threshold_and_scale(probability: f32) -> (u32, f32) {
    let threshold = (f64::from(probability) * f64::from(u32::MAX)) as u32;
    (threshold, 1.0 / (1.0 - probability))
}

/// The key of one mask.
pub(super) fn key(seed: u64, step: u64, site: u32) -> u32 {
    let mut key = 0_u32;
    for part in [seed, step] {
        let (low, high) = (part as u32, (part >> 32) as u32);
        key = hash(high, hash(low, key.wrapping_add(0x6A09_E667)));
    }
    hash(site, key)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mask_drops_its_share_and_differs_by_key() {
        let (threshold, scale) = threshold_and_scale(0.1);
        let mask = |key| -> Vec<f32> {
            (0..100_000).map(|index| factor(index, key, threshold, scale)).collect()
        };
        let (a, b) = (mask(key(1, 7, 0)), mask(key(1, 8, 0)));
        for mask in [&a, &b] {
            let mean = mask.iter().sum::<f32>() / 1e5;
            assert!((mean - 1.0).abs() < 0.01, "{mean}");
        }
        let both = a.iter().zip(&b).filter(|(a, b)| **a == 0.0 && **b == 0.0).count();
        assert!((800..1_200).contains(&both), "{both} elements dropped in both");
    }
}
