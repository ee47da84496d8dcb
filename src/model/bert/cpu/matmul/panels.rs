//! Matrices laid out in panels for the vector kernels, and products of them.

use std::{cell::Cell, thread::LocalKey};

use super::View;
#[cfg(target_arch = "x86_64")]
use super::{Into, covers};
#[cfg(target_arch = "x86_64")]
use crate::model::bert::cpu::{
    brain::{Pair, vectors},
    multiversion::has_brain_vectors,
    tiles::{Operands, Tile},
};

/// What a lane of a vector unit reads at a time, 32 bits.
pub(super) trait Word: Copy + Default + 'static {
    /// Inner values in a word.
    const VALUES: usize;

    /// Columns `first..first + width` of a matrix, as far as it has them, `[words, width]`. Columns too many
    /// keep what was there.
    fn pack(panel: &mut [Self], matrix: View<'_>, first: usize, width: usize);

    /// Memory of this thread that stays for the next product.
    #[cfg(target_arch = "x86_64")]
    fn kept() -> &'static LocalKey<Cell<Vec<Self>>>;
}

/// Panels of `width` neighbouring columns, each `[words, width]`, the last filled up with zeros.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Panels<T> {
    values: Vec<T>,
    /// Rows of the matrix.
    depth: usize,
    columns: usize,
    width: usize,
}

impl<T: Word> Panels<T> {
    /// A matrix `[depth, columns]`.
    pub fn new(matrix: View<'_>, width: usize) -> Self {
        let mut values = Vec::new();
        pack_all(&mut values, matrix, width);
        Self { values, depth: matrix.rows, columns: matrix.columns, width }
    }
}

impl Panels<f32> {
    /// The whole matrix, where one panel holds it.
    pub fn as_rows(&self) -> View<'_> {
        debug_assert_eq!(self.width, self.columns, "one panel of all columns");
        View::new(&self.values, self.depth, self.columns)
    }
}

/// Lays out a matrix `[depth, columns]` in panels of `width` columns. Columns that the last panel has too many
/// keep what was there, zeros in new memory.
fn pack_all<T: Word>(panels: &mut Vec<T>, matrix: View<'_>, width: usize) {
    let words = matrix.rows.div_ceil(T::VALUES);
    panels.resize(matrix.columns.div_ceil(width) * words * width, T::default());
    for (index, panel) in panels.chunks_exact_mut((words * width).max(1)).enumerate() {
        T::pack(panel, matrix, index * width, width);
    }
}

impl Word for f32 {
    const VALUES: usize = 1;

    fn pack(panel: &mut [f32], matrix: View<'_>, first: usize, width: usize) {
        let columns = first..(first + width).min(matrix.columns);
        if matrix.column_stride == 1 {
            for (step, row) in panel.chunks_exact_mut(width).enumerate() {
                let start = step * matrix.row_stride;
                row[..columns.len()]
                    .copy_from_slice(&matrix.values[start + columns.start..start + columns.end]);
            }
            return;
        }
        // The transpose of rows: read each row once, a few elements of every row at a time.
        for (offset, column) in columns.enumerate() {
            let start = column * matrix.column_stride;
            for (step, row) in panel.chunks_exact_mut(width).enumerate() {
                row[offset] = matrix.values[start + step * matrix.row_stride];
            }
        }
    }

    #[cfg(target_arch = "x86_64")]
    fn kept() -> &'static LocalKey<Cell<Vec<f32>>> {
        thread_local! {
            static BANDS: Cell<Vec<f32>> = const { Cell::new(Vec::new()) };
        }
        &BANDS
    }
}

#[cfg(target_arch = "x86_64")]
impl Word for Pair {
    const VALUES: usize = 2;

    fn pack(panel: &mut [Pair], matrix: View<'_>, first: usize, width: usize) {
        assert!(has_brain_vectors(), "the kernels for pairs were chosen");
        let columns = first..(first + width).min(matrix.columns);
        if matrix.column_stride == 1 {
            let nothing = vec![0.0; columns.len()];
            let row = |at: usize| {
                let start = at * matrix.row_stride;
                let is_there = at < matrix.rows;
                let row = || &matrix.values[start + columns.start..start + columns.end];
                if is_there { row() } else { nothing.as_slice() }
            };
            for (step, pairs) in panel.chunks_exact_mut(width).enumerate() {
                let (above, below) = (row(2 * step), row(2 * step + 1));
                #[expect(unsafe_code, reason = "the machine was asked for these instructions")]
                // SAFETY: it has them, by the assertion.
                unsafe {
                    vectors::pairs_of_rows(above, below, &mut pairs[..columns.len()]);
                };
            }
            return;
        }
        assert_eq!(matrix.row_stride, 1, "the elements of rows or of columns lie together");
        let (stride, shape) = (matrix.column_stride, [columns.len(), matrix.rows]);
        let values = &matrix.values[columns.start * stride..];
        #[expect(unsafe_code, reason = "the machine was asked for these instructions")]
        // SAFETY: it has them, by the assertion.
        unsafe {
            vectors::turned_pairs(values, shape, stride, panel, width);
        };
    }

    fn kept() -> &'static LocalKey<Cell<Vec<Pair>>> {
        thread_local! {
            static BANDS: Cell<Vec<Pair>> = const { Cell::new(Vec::new()) };
        }
        &BANDS
    }
}

/// Words along the inner size between writes: a panel of this depth stays in the nearest caches.
#[cfg(target_arch = "x86_64")]
const DEPTH: usize = 384;

/// `out (+)= a b` with the kernels of `tile`. The caller has checked the shapes.
#[cfg(target_arch = "x86_64")]
pub(super) fn multiply_panels<T: Word>(
    tile: Tile,
    out: &mut [f32],
    out_stride: usize,
    into: Into,
    a: View<'_>,
    b: &Panels<T>,
) {
    assert!(covers(out.len(), a.rows, b.columns, out_stride), "product outside of its target");
    assert_eq!((a.columns, tile.width), (b.depth, b.width), "laid out for these kernels");
    let mut edge = vec![0.0; tile.rows * tile.width];
    let words = b.depth.div_ceil(T::VALUES);
    with_kept(T::kept(), |bands| {
        for first in (0..words).step_by(DEPTH) {
            let depth = DEPTH.min(words - first);
            let adds = into == Into::Add || first > 0;
            let inner = first * T::VALUES..((first + depth) * T::VALUES).min(b.depth);
            // Bands of rows are panels of the transpose; no kernel reads the rows that the last has too many.
            pack_all(bands, a.transposed().some_rows(inner), tile.rows);
            for (index, panel) in b.values.chunks_exact(words * b.width).enumerate() {
                let columns = b.width.min(b.columns - index * b.width);
                for (band, row) in
                    bands.chunks_exact(depth * tile.rows).zip((0..a.rows).step_by(tile.rows))
                {
                    let rows = tile.rows.min(a.rows - row);
                    let target = &mut out[row * out_stride + index * b.width..];
                    let is_whole = columns == b.width;
                    let (place, place_row) = if is_whole {
                        (&mut *target, out_stride)
                    } else {
                        (edge.as_mut_slice(), b.width)
                    };
                    let operands = Operands {
                        depth,
                        a: band.as_ptr().cast(),
                        b: panel[first * b.width..].as_ptr().cast(),
                        out: place.as_mut_ptr(),
                        out_row: place_row,
                        adds: adds && is_whole,
                    };
                    #[expect(unsafe_code, reason = "the kernels take pointers")]
                    // SAFETY: a band holds `depth` words of `tile.rows` rows and the panel at least `depth`
                    // words of `tile.width` columns from `first` on, of the kind that the kernels of `tile`
                    // read; the first assertion holds whole tiles inside `out`, and partial ones go to `edge`,
                    // which has room for the largest.
                    unsafe {
                        tile.multiply(rows, &operands);
                    };
                    if !is_whole {
                        copy_edge(target, out_stride, &edge, b.width, rows, columns, adds);
                    }
                }
            }
        }
    });
}

/// Runs `work` with memory of this thread that stays for the next product.
#[cfg(target_arch = "x86_64")]
pub(in crate::model::bert::cpu) fn with_kept<T>(
    kept: &'static LocalKey<Cell<Vec<T>>>,
    work: impl FnOnce(&mut Vec<T>),
) {
    kept.with(|kept| {
        let mut memory = kept.take();
        work(&mut memory);
        kept.set(memory);
    });
}

/// Puts the `rows` by `columns` results in the corner of an edge's own memory where they belong.
#[cfg(target_arch = "x86_64")]
pub(in crate::model::bert::cpu) fn copy_edge(
    out: &mut [f32],
    out_stride: usize,
    edge: &[f32],
    width: usize,
    rows: usize,
    columns: usize,
    adds: bool,
) {
    for row in 0..rows {
        let values = &edge[row * width..row * width + columns];
        let out = &mut out[row * out_stride..row * out_stride + columns];
        for (out, value) in out.iter_mut().zip(values) {
            *out = if adds { *out + value } else { *value };
        }
    }
}
