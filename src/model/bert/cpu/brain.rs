//! Brain floats, the upper halves of 32-bit floats, two to a word.

use super::multiversion::multiversion;

/// Two neighbouring inner values of a matrix product, the first in the lower half.
pub(super) type Pair = u32;

/// The nearest brain float, as the upper half of a word.
#[inline(always)]
pub(super) fn upper(value: f32) -> u32 {
    let bits = value.to_bits();
    bits.wrapping_add(0x7FFF + (bits >> 16 & 1)) & 0xFFFF_0000
}

multiversion! {
    /// Pairs of values that stand above one another.
    pub(super) fn pairs_of_rows(above: &[f32], below: &[f32], pairs: &mut [Pair]) {
        for ((pair, above), below) in pairs.iter_mut().zip(above).zip(below) {
            *pair = upper(*above) >> 16 | upper(*below);
        }
    }
}

multiversion! {
    /// Pairs of neighbours.
    pub(super) fn pairs_of_neighbours(values: &[f32], pairs: &mut [Pair]) {
        for (pair, values) in pairs.iter_mut().zip(values.chunks_exact(2)) {
            *pair = upper(values[0]) >> 16 | upper(values[1]);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pair_holds_the_nearest_brain_floats() {
        let values = [1.0, -0.3, 1234.567, 1e-20, -7.5e12, 0.0];
        let near = |value: f32| u32::from(half::bf16::from_f32(value).to_bits());
        let mut pairs = [0; 3];
        pairs_of_neighbours(&values, &mut pairs);
        for (pair, values) in pairs.iter().zip(values.chunks_exact(2)) {
            assert_eq!(*pair, near(values[0]) | near(values[1]) << 16);
        }
        pairs_of_rows(&values[..3], &values[3..], &mut pairs);
        for (at, pair) in pairs.iter().enumerate() {
            assert_eq!(*pair, near(values[at]) | near(values[at + 3]) << 16);
        }
    }
}
