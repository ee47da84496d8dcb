//! The inner loops of matrix products: a few rows times a panel of columns, kept in registers.
//!
//! Both matrices are laid out for it beforehand: the left one in bands of [`Tile::rows`] rows, the right one
//! in panels of [`Tile::width`] columns, each with the values of one step side by side. Packing weights
//! into panels once, instead of in every product, is what this saves over a general library, and small
//! batches gain most. Reading the left matrix where it lies costs a quarter of the speed.

#![expect(unsafe_code, reason = "vector loads and stores take pointers")]

use std::arch::x86_64::{
    __m256, __m512, _mm256_fmadd_ps, _mm256_loadu_ps, _mm256_set1_ps, _mm256_setzero_ps,
    _mm256_storeu_ps, _mm512_fmadd_ps, _mm512_loadu_ps, _mm512_set1_ps, _mm512_setzero_ps,
    _mm512_storeu_ps,
};

use super::multiversion::{has_avx2, has_avx512};

/// Where a tile reads and writes. Strides are in elements.
#[derive(Clone, Copy)]
pub(super) struct Operands {
    pub depth: usize,
    /// A band, `[depth, Tile::rows]`.
    pub a: *const f32,
    /// A panel, `[depth, Tile::width]`.
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

    /// `out (+)= a b` for `rows` rows and one panel.
    ///
    /// # Safety
    /// `rows` is in `1..=self.rows`; every element that the operands' strides reach is inside of their
    /// allocations, `out` overlaps neither `a` nor `b`, and nothing else writes to it.
    pub unsafe fn multiply(&self, rows: usize, operands: &Operands) {
        // SAFETY: `of_this_machine` made sure of the instructions, the caller of the rest.
        unsafe { self.kernels[rows - 1](operands) };
    }
}

macro_rules! tile_kernel {
    ($name:ident, $features:literal, $vector:ty, $lanes:literal, $vectors:literal, $rows:literal, $zero:ident, $load:ident, $splat:ident, $fma:ident, $store:ident) => {
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
                        let sum = if adds { $fma($splat(1.0), $load(out), *total) } else { *total };
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
    _mm256_storeu_ps
);

static WIDE: [Kernel; 8] =
    [wide::<1>, wide::<2>, wide::<3>, wide::<4>, wide::<5>, wide::<6>, wide::<7>, wide::<8>];
static NARROW: [Kernel; 6] =
    [narrow::<1>, narrow::<2>, narrow::<3>, narrow::<4>, narrow::<5>, narrow::<6>];
