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

/// Lay out panels with the instructions that round to brain floats.
#[cfg(target_arch = "x86_64")]
pub(super) mod vectors {
    #![expect(unsafe_code, reason = "vector loads and stores take pointers")]

    use std::arch::x86_64::{
        __m256bh, __m256i, __m512, __m512bh, __m512i, __mmask16, _mm256_storeu_si256,
        _mm512_castsi512_si256, _mm512_cvtepu16_epi32, _mm512_cvtne2ps_pbh, _mm512_cvtneps_pbh,
        _mm512_loadu_ps, _mm512_mask_storeu_epi32, _mm512_maskz_loadu_ps, _mm512_or_si512,
        _mm512_setzero_si512, _mm512_shuffle_i32x4, _mm512_slli_epi32, _mm512_storeu_si512,
        _mm512_unpackhi_epi32, _mm512_unpackhi_epi64, _mm512_unpacklo_epi32, _mm512_unpacklo_epi64,
    };
    use std::mem::transmute;

    use super::Pair;

    /// Lanes of a vector.
    const LANES: usize = 16;

    /// The first `count` lanes, all where there are more.
    fn first(count: usize) -> __mmask16 {
        if count >= LANES { __mmask16::MAX } else { (1 << count) - 1 }
    }

    #[inline]
    #[target_feature(enable = "avx512f")]
    fn load(values: &[f32]) -> __m512 {
        // SAFETY: lanes beyond the end of the slice are not read.
        unsafe {
            if values.len() >= LANES {
                return _mm512_loadu_ps(values.as_ptr());
            }
            _mm512_maskz_loadu_ps(first(values.len()), values.as_ptr())
        }
    }

    #[inline]
    #[target_feature(enable = "avx512f")]
    fn store(pairs: &mut [Pair], count: usize, values: __m512i) {
        let count = count.min(pairs.len());
        // SAFETY: lanes beyond the end of the slice are not written.
        unsafe {
            // Stores with a mask are many times slower on some processors.
            if count >= LANES {
                return _mm512_storeu_si512(pairs.as_mut_ptr().cast(), values);
            }
            if count == LANES / 2 {
                return _mm256_storeu_si256(
                    pairs.as_mut_ptr().cast(),
                    _mm512_castsi512_si256(values),
                );
            }
            _mm512_mask_storeu_epi32(pairs.as_mut_ptr().cast(), first(count), values);
        }
    }

    /// The nearest brain floats, as lower halves of words.
    #[inline]
    #[target_feature(enable = "avx512f,avx512bf16")]
    fn rounded(values: &[f32]) -> __m512i {
        let rounded = _mm512_cvtneps_pbh(load(values));
        // SAFETY: both are 256 bits.
        _mm512_cvtepu16_epi32(unsafe { transmute::<__m256bh, __m256i>(rounded) })
    }

    /// [`pairs_of_rows`](super::pairs_of_rows) with the machine's own rounding.
    ///
    /// # Safety
    /// The machine has these instructions.
    #[target_feature(enable = "avx512f,avx512bf16")]
    pub unsafe fn pairs_of_rows(above: &[f32], below: &[f32], pairs: &mut [Pair]) {
        for (at, pairs) in pairs.chunks_mut(LANES).enumerate() {
            let rows = (above.get(at * LANES..), below.get(at * LANES..));
            let lower = rounded(rows.0.unwrap_or_default());
            let upper = _mm512_slli_epi32::<16>(rounded(rows.1.unwrap_or_default()));
            store(pairs, LANES, _mm512_or_si512(lower, upper));
        }
    }

    /// Pairs of neighbours in `columns` rows of `depth` values that lie `stride` apart, turned: `[pairs, columns]`
    /// in a panel whose rows are `width` apart.
    ///
    /// # Safety
    /// The machine has these instructions.
    #[target_feature(enable = "avx512f,avx512bf16")]
    pub unsafe fn turned_pairs(
        values: &[f32],
        [columns, depth]: [usize; 2],
        stride: usize,
        panel: &mut [Pair],
        width: usize,
    ) {
        for column in (0..columns).step_by(LANES) {
            let count = LANES.min(columns - column);
            for start in (0..depth).step_by(2 * LANES) {
                let mut rows = [_mm512_setzero_si512(); LANES];
                for (at, row) in rows.iter_mut().take(count).enumerate() {
                    let values = &values[(column + at) * stride..][start..depth];
                    let upper = values.get(LANES..).unwrap_or_default();
                    let rounded = _mm512_cvtne2ps_pbh(load(upper), load(values));
                    // SAFETY: both are 512 bits.
                    *row = unsafe { transmute::<__m512bh, __m512i>(rounded) };
                }
                let words = (depth - start).div_ceil(2).min(LANES);
                for (at, row) in turned(&rows).into_iter().take(words).enumerate() {
                    store(&mut panel[(start / 2 + at) * width + column..], count, row);
                }
            }
        }
    }

    /// The transpose of 16 rows of 16 words.
    #[inline]
    #[target_feature(enable = "avx512f")]
    fn turned(rows: &[__m512i; LANES]) -> [__m512i; LANES] {
        // Within quarters of a register: words, then pairs of words; then the quarters themselves.
        let mut words = *rows;
        for at in (0..LANES).step_by(2) {
            words[at] = _mm512_unpacklo_epi32(rows[at], rows[at + 1]);
            words[at + 1] = _mm512_unpackhi_epi32(rows[at], rows[at + 1]);
        }
        let mut fours = words;
        for at in (0..LANES).step_by(4) {
            for half in 0..2 {
                let (one, other) = (words[at + half], words[at + half + 2]);
                fours[at + 2 * half] = _mm512_unpacklo_epi64(one, other);
                fours[at + 2 * half + 1] = _mm512_unpackhi_epi64(one, other);
            }
        }
        let mut turned = fours;
        for at in 0..4 {
            let (a, b, c, d) = (fours[at], fours[at + 4], fours[at + 8], fours[at + 12]);
            let even = [_mm512_shuffle_i32x4::<0x88>(a, b), _mm512_shuffle_i32x4::<0x88>(c, d)];
            let odd = [_mm512_shuffle_i32x4::<0xDD>(a, b), _mm512_shuffle_i32x4::<0xDD>(c, d)];
            turned[at] = _mm512_shuffle_i32x4::<0x88>(even[0], even[1]);
            turned[at + 4] = _mm512_shuffle_i32x4::<0x88>(odd[0], odd[1]);
            turned[at + 8] = _mm512_shuffle_i32x4::<0xDD>(even[0], even[1]);
            turned[at + 12] = _mm512_shuffle_i32x4::<0xDD>(odd[0], odd[1]);
        }
        turned
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const VALUES: [f32; 6] = [1.0, -0.3, 1234.567, 1e-20, -7.5e12, 0.0];

    fn near(value: f32) -> u32 {
        u32::from(half::bf16::from_f32(value).to_bits())
    }

    #[test]
    fn a_pair_holds_the_nearest_brain_floats() {
        let mut pairs = [0; 3];
        pairs_of_neighbours(&VALUES, &mut pairs);
        for (pair, values) in pairs.iter().zip(VALUES.chunks_exact(2)) {
            assert_eq!(*pair, near(values[0]) | near(values[1]) << 16);
        }
        pairs_of_rows(&VALUES[..3], &VALUES[3..], &mut pairs);
        for (at, pair) in pairs.iter().enumerate() {
            assert_eq!(*pair, near(VALUES[at]) | near(VALUES[at + 3]) << 16);
        }
    }

    #[cfg(target_arch = "x86_64")]
    #[test]
    fn vector_instructions_give_the_same_pairs() {
        if !crate::model::bert::cpu::multiversion::has_brain_vectors() {
            return;
        }
        let value = |at: usize| VALUES[at % 6] * (1.0 + at as f32 * 0.37);
        for (columns, depth) in [(1, 1), (8, 33), (16, 32), (37, 70), (48, 7)] {
            let (stride, width) = (depth + 3, columns + 5);
            let values: Vec<f32> = (0..columns * stride).map(value).collect();
            let words = depth.div_ceil(2);
            let mut found = vec![7; words * width];
            #[expect(unsafe_code, reason = "the machine was asked for these instructions")]
            // SAFETY: as asked above.
            unsafe {
                vectors::turned_pairs(&values, [columns, depth], stride, &mut found, width);
            };
            for (word, row) in found.chunks(width).enumerate() {
                for (column, &pair) in row.iter().enumerate() {
                    let at = |inner: usize| {
                        let value = values.get(column * stride + inner);
                        value.filter(|_| inner < depth).map_or(0, |&value| near(value))
                    };
                    let wanted = at(2 * word) | at(2 * word + 1) << 16;
                    let wanted = if column < columns { wanted } else { 7 };
                    assert_eq!(pair, wanted, "{columns}x{depth}: word {word} of column {column}");
                }
            }
            let (above, below) =
                (&values[..columns], &values[columns..2 * columns.min(values.len() / 2)]);
            let below = &below[..below.len().min(columns)];
            let (mut one, mut other) = (vec![0; below.len()], vec![0; below.len()]);
            pairs_of_rows(above, below, &mut one);
            #[expect(unsafe_code, reason = "the machine was asked for these instructions")]
            // SAFETY: as asked above.
            unsafe {
                vectors::pairs_of_rows(above, below, &mut other);
            };
            assert_eq!(one, other);
        }
    }
}
