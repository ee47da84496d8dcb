//! The inner loops of matrix products: a few rows times a panel of columns, kept in registers.
//!
//! Both matrices are laid out for it beforehand: the left one in bands of [`Tile::rows`] rows, the right one
//! in panels of [`Tile::width`] columns, each with the words of one step side by side. A word is a 32-bit value,
//! or two neighbouring inner values as brain floats. Packing weights into panels once, instead of in every
//! product, is what this saves over a general library, and small batches gain most. Reading the left matrix
//! where it lies costs a quarter of the speed.

#![expect(unsafe_code, reason = "vector loads and stores take pointers")]

use std::arch::x86_64::{
    __m256, __m512, __m512bh, _mm256_add_ps, _mm256_fmadd_ps, _mm256_loadu_ps, _mm256_set1_ps,
    _mm256_setzero_ps, _mm256_storeu_ps, _mm512_add_ps, _mm512_dpbf16_ps, _mm512_fmadd_ps,
    _mm512_loadu_ps, _mm512_set1_ps, _mm512_setzero_ps, _mm512_storeu_ps,
};
use std::mem::transmute;

use super::multiversion::{has_avx2, has_avx512, has_brain_vectors};

/// Where a tile reads and writes. Strides are in elements.
#[derive(Clone, Copy)]
pub(super) struct Operands {
    /// Words along the inner size.
    pub depth: usize,
    /// A band of words, `[depth, Tile::rows]`.
    pub a: *const f32,
    /// A panel of words, `[depth, Tile::width]`.
    pub b: *const f32,
    pub out: *mut f32,
    pub out_row: usize,
    pub adds: bool,
}

type Kernel = unsafe fn(&Operands);

/// The kernels of one vector unit.
#[derive(Clone, Copy)]
pub(super) struct Tile {
    /// Columns of a panel.
    pub width: usize,
    /// Rows of a full tile.
    pub rows: usize,
    /// Kernels for 1 up to `rows` rows.
    kernels: &'static [Kernel],
}

impl Tile {
    /// The widest kernels of this machine; `None` when it has neither AVX-512 nor AVX2.
    pub fn of_this_machine() -> Option<Self> {
        if has_avx512() {
            Some(Self { width: 48, rows: 8, kernels: &WIDE })
        } else if has_avx2() {
            Some(Self { width: 16, rows: 6, kernels: &NARROW })
        } else {
            None
        }
    }

    /// Kernels whose words are pairs of brain floats; `None` where the machine has no instruction for them.
    pub fn of_brain_floats() -> Option<Self> {
        has_brain_vectors().then_some(Self { width: 48, rows: 8, kernels: &WIDE_PAIRS })
    }

    /// `out (+)= a b` for `rows` rows and one panel.
    ///
    /// # Safety
    /// `rows` is in `1..=self.rows`; every element that the operands' strides reach is inside of their
    /// allocations, `out` overlaps neither `a` nor `b`, and nothing else writes to it.
    pub unsafe fn multiply(&self, rows: usize, operands: &Operands) {
        // SAFETY: whoever made the tile made sure of the instructions, the caller of the rest.
        unsafe { self.kernels[rows - 1](operands) };
    }
}

/// Define a kernel. `$splat` and `$load` give words of the left and the right side, `$fma` multiplies them.
macro_rules! tile_kernel {
    ($name:ident, $features:literal, $vector:ty, $lanes:literal, $vectors:literal, $rows:literal, $zero:ident, $load:ident, $splat:ident, $fma:ident, $add:ident, $store:ident) => {
        #[target_feature(enable = $features)]
        unsafe fn $name<const ROWS: usize>(operands: &Operands) {
            let Operands { depth, mut a, mut b, out, out_row, adds } = *operands;
            let mut totals: [[$vector; $vectors]; ROWS] = [[$zero(); $vectors]; ROWS];
            for _ in 0..depth {
                // SAFETY: the caller of `Tile::multiply` holds all of these inside of their matrices.
                unsafe {
                    let mut right = [$zero(); $vectors];
                    for (at, right) in right.iter_mut().enumerate() {
                        *right = $load(b.add(at * $lanes));
                    }
                    for (row, totals) in totals.iter_mut().enumerate() {
                        let value = $splat(*a.add(row));
                        for (total, right) in totals.iter_mut().zip(right) {
                            *total = $fma(value, right, *total);
                        }
                    }
                    a = a.add($rows);
                    b = b.add($vectors * $lanes);
                }
            }
            for (row, totals) in totals.iter().enumerate() {
                for (at, total) in totals.iter().enumerate() {
                    // SAFETY: as above.
                    unsafe {
                        let out = out.add(row * out_row + at * $lanes);
                        let sum = if adds { $add($load(out), *total) } else { *total };
                        $store(out, sum);
                    }
                }
            }
        }
    };
}

tile_kernel!(
    wide,
    "avx512f",
    __m512,
    16,
    3,
    8,
    _mm512_setzero_ps,
    _mm512_loadu_ps,
    _mm512_set1_ps,
    _mm512_fmadd_ps,
    _mm512_add_ps,
    _mm512_storeu_ps
);
tile_kernel!(
    wide_pairs,
    "avx512f,avx512bf16",
    __m512,
    16,
    3,
    8,
    _mm512_setzero_ps,
    _mm512_loadu_ps,
    _mm512_set1_ps,
    multiply_pairs,
    _mm512_add_ps,
    _mm512_storeu_ps
);
tile_kernel!(
    narrow,
    "avx2,fma",
    __m256,
    8,
    2,
    6,
    _mm256_setzero_ps,
    _mm256_loadu_ps,
    _mm256_set1_ps,
    _mm256_fmadd_ps,
    _mm256_add_ps,
    _mm256_storeu_ps
);

/// Both products of each pair, added up; the words are brain floats whatever their type says.
#[inline]
#[target_feature(enable = "avx512f,avx512bf16")]
fn multiply_pairs(a: __m512, b: __m512, total: __m512) -> __m512 {
    // SAFETY: both are 512 bits, and any bits are pairs of brain floats.
    let (a, b) = unsafe { (transmute::<__m512, __m512bh>(a), transmute::<__m512, __m512bh>(b)) };
    _mm512_dpbf16_ps(total, a, b)
}

static WIDE: [Kernel; 8] =
    [wide::<1>, wide::<2>, wide::<3>, wide::<4>, wide::<5>, wide::<6>, wide::<7>, wide::<8>];
static WIDE_PAIRS: [Kernel; 8] = [
    wide_pairs::<1>,
    wide_pairs::<2>,
    wide_pairs::<3>,
    wide_pairs::<4>,
    wide_pairs::<5>,
    wide_pairs::<6>,
    wide_pairs::<7>,
    wide_pairs::<8>,
];
static NARROW: [Kernel; 6] =
    [narrow::<1>, narrow::<2>, narrow::<3>, narrow::<4>, narrow::<5>, narrow::<6>];
