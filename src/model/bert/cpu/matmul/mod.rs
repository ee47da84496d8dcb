//! Single-threaded matrix products on row-major slices.
//!
//! A product's rows are the same bits whatever rows stand beside them in the batch.

mod panels;

use gemm::Parallelism;

use self::panels::Panels;
#[cfg(target_arch = "x86_64")]
use self::panels::multiply_panels;
#[cfg(all(target_arch = "x86_64", target_os = "linux"))]
pub(super) use self::panels::{copy_edge, with_kept};
#[cfg(all(target_arch = "x86_64", target_os = "linux"))]
use super::amx;
#[cfg(target_arch = "x86_64")]
use super::{brain::Pair, tiles::Tile};
use crate::model::bert::precision::Precision;

/// A matrix `[rows, columns]` inside a slice, at any strides.
#[derive(Debug, Clone, Copy)]
pub(super) struct View<'a> {
    values: &'a [f32],
    rows: usize,
    columns: usize,
    row_stride: usize,
    column_stride: usize,
}

impl<'a> View<'a> {
    /// All of `values` as `[rows, columns]`.
    pub fn new(values: &'a [f32], rows: usize, columns: usize) -> Self {
        Self::strided(values, rows, columns, columns)
    }

    /// The first `columns` of rows that lie `stride` apart.
    pub fn strided(values: &'a [f32], rows: usize, columns: usize, stride: usize) -> Self {
        assert!(covers(values.len(), rows, columns, stride), "view outside of its slice");
        Self { values, rows, columns, row_stride: stride, column_stride: 1 }
    }

    /// The transpose, without moving anything.
    pub fn transposed(self) -> Self {
        Self {
            values: self.values,
            rows: self.columns,
            columns: self.rows,
            row_stride: self.column_stride,
            column_stride: self.row_stride,
        }
    }

    /// Number of rows.
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// Number of columns.
    pub fn columns(&self) -> usize {
        self.columns
    }

    /// What the strides walk over.
    #[cfg(all(target_arch = "x86_64", target_os = "linux"))]
    pub fn values(&self) -> &'a [f32] {
        self.values
    }

    /// How far rows lie apart when the elements of a row lie together.
    #[cfg(all(target_arch = "x86_64", target_os = "linux"))]
    pub fn row_stride_if_contiguous(&self) -> Option<usize> {
        (self.column_stride == 1).then_some(self.row_stride)
    }

    /// Some of the rows.
    #[cfg(target_arch = "x86_64")]
    fn some_rows(self, rows: std::ops::Range<usize>) -> Self {
        Self { values: &self.values[rows.start * self.row_stride..], rows: rows.len(), ..self }
    }
}

fn covers(len: usize, rows: usize, columns: usize, stride: usize) -> bool {
    columns <= stride && (rows == 0 || columns == 0 || (rows - 1) * stride + columns <= len)
}

/// What becomes of the values that were in the target.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Into {
    /// They are replaced.
    Replace,
    /// The product is added to them.
    Add,
}

/// `out (+)= factor · a b`, where `out` has rows `out_stride` apart; for small or odd matrices.
///
/// # Panics
/// If the shapes do not fit.
pub(super) fn matmul(
    out: &mut [f32],
    out_stride: usize,
    into: Into,
    factor: f32,
    a: View<'_>,
    b: View<'_>,
) {
    assert_eq!(a.columns, b.rows, "inner sizes of a product");
    assert!(covers(out.len(), a.rows, b.columns, out_stride), "product outside of its target");
    #[expect(unsafe_code, reason = "the matrix product library takes pointers and strides")]
    // SAFETY: the constructors of `View` and the assertion above hold every element that the strides
    // reach inside the three slices, and `out` is borrowed mutably, so it overlaps neither operand.
    unsafe {
        gemm::gemm(
            a.rows,
            b.columns,
            a.columns,
            out.as_mut_ptr(),
            1,
            out_stride.cast_signed(),
            into == Into::Add,
            a.values.as_ptr(),
            a.column_stride.cast_signed(),
            a.row_stride.cast_signed(),
            b.values.as_ptr(),
            b.column_stride.cast_signed(),
            b.row_stride.cast_signed(),
            1.0,
            factor,
            false,
            false,
            false,
            Parallelism::None,
        );
    }
}

/// A right-hand matrix `[depth, columns]` laid out for [`multiply`].
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Packed {
    layout: Layout,
    depth: usize,
    columns: usize,
}

/// What the kernels of a machine want to read.
#[derive(Debug, Clone, PartialEq)]
enum Layout {
    /// 32-bit values. Where the machine has no kernels for them, one panel of all columns.
    Panels(Panels<f32>),
    /// Brain floats for the vector units.
    #[cfg(target_arch = "x86_64")]
    Pairs(Panels<Pair>),
    /// Brain floats for the tile unit.
    #[cfg(all(target_arch = "x86_64", target_os = "linux"))]
    Blocks(Vec<amx::Tile>, amx::Parts),
}

/// Whether this machine multiplies brain floats faster than others.
pub(in crate::model::bert) fn has_brain_floats() -> bool {
    #[cfg(all(target_arch = "x86_64", target_os = "linux"))]
    if amx::is_available() {
        return true;
    }
    #[cfg(target_arch = "x86_64")]
    return Tile::of_brain_floats().is_some();
    #[cfg(not(target_arch = "x86_64"))]
    false
}

impl Layout {
    fn panels(matrix: View<'_>) -> Self {
        Self::Panels(Panels::new(matrix, panel_width().unwrap_or(matrix.columns)))
    }

    fn best(matrix: View<'_>, precision: Precision) -> Self {
        #[cfg(all(target_arch = "x86_64", target_os = "linux"))]
        if amx::is_available() {
            let parts = match precision {
                Precision::Full => amx::Parts::Two,
                Precision::Mixed => amx::Parts::One,
            };
            return Self::Blocks(amx::right_blocks(matrix, parts), parts);
        }
        #[cfg(target_arch = "x86_64")]
        if let (Precision::Mixed, Some(tile)) = (precision, Tile::of_brain_floats()) {
            return Self::Pairs(Panels::new(matrix, tile.width));
        }
        Self::panels(matrix)
    }
}

impl Packed {
    /// Lay out a matrix; what it is multiplied with is taken as exactly as itself.
    pub fn new(matrix: View<'_>, precision: Precision) -> Self {
        let layout = Layout::best(matrix, precision);
        Self { depth: matrix.rows, columns: matrix.columns, layout }
    }

    /// Number of rows.
    pub fn depth(&self) -> usize {
        self.depth
    }

    /// Number of columns.
    pub fn columns(&self) -> usize {
        self.columns
    }
}

#[cfg(target_arch = "x86_64")]
fn panel_width() -> Option<usize> {
    Tile::of_this_machine().map(|tile| tile.width)
}

#[cfg(not(target_arch = "x86_64"))]
fn panel_width() -> Option<usize> {
    None
}

/// `out (+)= a b`, where `out` has rows `out_stride` apart.
///
/// # Panics
/// If the shapes do not fit.
pub(super) fn multiply(out: &mut [f32], out_stride: usize, into: Into, a: View<'_>, b: &Packed) {
    assert_eq!(a.columns, b.depth, "inner sizes of a product");
    assert!(covers(out.len(), a.rows, b.columns, out_stride), "product outside of its target");
    match &b.layout {
        #[cfg(all(target_arch = "x86_64", target_os = "linux"))]
        Layout::Blocks(tiles, parts) => {
            amx::multiply_blocks(out, out_stride, into, a, (tiles, *parts), b.columns);
        }
        #[cfg(target_arch = "x86_64")]
        Layout::Pairs(panels) => {
            let tile = Tile::of_brain_floats().expect("laid out for these kernels");
            multiply_panels(tile, out, out_stride, into, a, panels);
        }
        Layout::Panels(panels) => {
            #[cfg(target_arch = "x86_64")]
            if let Some(tile) = Tile::of_this_machine() {
                return multiply_panels(tile, out, out_stride, into, a, panels);
            }
            matmul(out, out_stride, into, 1.0, a, panels.as_rows());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn products_of_strided_and_transposed_matrices() {
        let a = [1.0, 2.0, 9.0, 3.0, 4.0, 9.0]; // [2, 2] in rows of 3
        let b = [5.0, 6.0, 7.0, 8.0];
        let mut out = [1.0; 4];
        let a = View::strided(&a, 2, 2, 3);
        matmul(&mut out, 2, Into::Replace, 1.0, a, View::new(&b, 2, 2));
        assert_eq!(out, [19.0, 22.0, 43.0, 50.0]);
        matmul(&mut out, 2, Into::Add, 2.0, a.transposed(), View::new(&b, 2, 2).transposed());
        assert_eq!(out, [19.0 + 46.0, 22.0 + 62.0, 43.0 + 68.0, 50.0 + 92.0]);
    }

    fn numbers(count: usize, seed: usize) -> Vec<f32> {
        (0..count).map(|index| ((index * 37 + seed * 11) % 101) as f32 / 50.0 - 1.0).collect()
    }

    /// A matrix laid out in every way that this machine can multiply.
    fn layouts(matrix: View<'_>) -> Vec<Packed> {
        let (depth, columns) = (matrix.rows, matrix.columns);
        [Layout::best(matrix, Precision::Full), Layout::panels(matrix)]
            .map(|layout| Packed { layout, depth, columns })
            .to_vec()
    }

    #[test]
    fn packed_products_equal_plain_ones_at_every_edge() {
        for (rows, depth, columns) in
            [(1, 5, 3), (8, 384, 48), (13, 400, 49), (30, 7, 96), (7, 900, 64), (65, 33, 31)]
        {
            let (a, b) = (numbers(rows * depth, 1), numbers(depth * columns, 2));
            let start = numbers(rows * columns, 3);
            let left = [View::new(&a, rows, depth), View::new(&a, depth, rows).transposed()];
            let right = [View::new(&b, depth, columns), View::new(&b, columns, depth).transposed()];
            for (a, b) in left.into_iter().flat_map(|a| right.map(|b| (a, b))) {
                for (packed, into) in layouts(b).into_iter().flat_map(|packed| {
                    [Into::Replace, Into::Add].map(|into| (packed.clone(), into))
                }) {
                    let (mut plain, mut found) = (start.clone(), start.clone());
                    matmul(&mut plain, columns, into, 1.0, a, b);
                    multiply(&mut found, columns, into, a, &packed);
                    for (x, y) in plain.iter().zip(&found) {
                        assert!((x - y).abs() < 1e-3, "{rows}x{depth}x{columns}: {x} and {y}");
                    }
                }
            }
        }
    }

    #[test]
    fn products_are_good_to_a_hundred_thousandth_of_their_terms() {
        let (rows, depth, columns) = (40, 1_500, 40);
        let (a, b) = (numbers(rows * depth, 1), numbers(depth * columns, 2));
        for packed in layouts(View::new(&b, depth, columns)) {
            let mut out = vec![0.0; rows * columns];
            multiply(&mut out, columns, Into::Replace, View::new(&a, rows, depth), &packed);
            for (at, &found) in out.iter().enumerate() {
                let (row, column) = (at / columns, at % columns);
                let terms = (0..depth).map(|step| {
                    f64::from(a[row * depth + step]) * f64::from(b[step * columns + column])
                });
                let (exact, size) =
                    terms.fold((0.0, 0.0), |(sum, size), term| (sum + term, size + term.abs()));
                assert!((f64::from(found) - exact).abs() < 1e-5 * size, "{found} for {exact}");
            }
        }
    }

    fn rounded(values: &[f32]) -> Vec<f32> {
        let round = |&value: &f32| half::bf16::from_f32(value).to_f32();
        values.iter().map(|value| if has_brain_floats() { round(value) } else { *value }).collect()
    }

    /// The error of a brain float is at most one in 256 (half of that in the mean), sums are exact.
    #[test]
    fn mixed_products_are_those_of_rounded_values() {
        for (rows, depth, columns) in [(37, 500, 45), (1, 5, 3), (8, 384, 48), (13, 901, 49)] {
            let (a, b) = (numbers(rows * depth, 1), numbers(depth * columns, 2));
            let start = numbers(rows * columns, 3);
            let (near_a, near_b) = (rounded(&a), rounded(&b));
            let left = |a| [View::new(a, rows, depth), View::new(a, depth, rows).transposed()];
            let right =
                |b| [View::new(b, depth, columns), View::new(b, columns, depth).transposed()];
            for (place, into) in
                [(0, Into::Replace), (1, Into::Add), (2, Into::Add), (3, Into::Replace)]
            {
                let (side, other) = (place % 2, place / 2);
                let (mut expected, mut found) = (start.clone(), start.clone());
                let near = (left(&near_a)[side], right(&near_b)[other]);
                matmul(&mut expected, columns, into, 1.0, near.0, near.1);
                let packed = Packed::new(right(&b)[other], Precision::Mixed);
                multiply(&mut found, columns, into, left(&a)[side], &packed);
                for (x, y) in expected.iter().zip(&found) {
                    assert!((x - y).abs() < 1e-3, "{rows}x{depth}x{columns}: {x} and {y}");
                }
            }
        }
    }

    #[test]
    fn a_row_does_not_depend_on_its_neighbours() {
        let (a, b) = (numbers(20 * 50, 1), numbers(50 * 40, 2));
        let b = View::new(&b, 50, 40);
        let mixed = Packed::new(b, Precision::Mixed);
        for b in layouts(b).into_iter().chain([mixed]) {
            let mut all = vec![0.0; 20 * 40];
            multiply(&mut all, 40, Into::Replace, View::new(&a, 20, 50), &b);
            for row in 0..20 {
                let mut one = vec![0.0; 40];
                multiply(&mut one, 40, Into::Replace, View::new(&a[row * 50..][..50], 1, 50), &b);
                assert_eq!(one, all[row * 40..][..40]);
            }
        }
    }
}
