//! Single-threaded matrix products on row-major slices.

use gemm::Parallelism;

/// A row-major matrix `[rows, columns]` inside a slice; a row may be longer than its columns.
#[derive(Debug, Clone, Copy)]
pub(super) struct View<'a> {
    values: &'a [f32],
    rows: usize,
    columns: usize,
    row_stride: isize,
    column_stride: isize,
}

impl<'a> View<'a> {
    /// All of `values` as `[rows, columns]`.
    pub fn new(values: &'a [f32], rows: usize, columns: usize) -> Self {
        Self::strided(values, rows, columns, columns)
    }

    /// The first `columns` of rows that lie `stride` apart.
    pub fn strided(values: &'a [f32], rows: usize, columns: usize, stride: usize) -> Self {
        assert!(covers(values.len(), rows, columns, stride), "view outside of its slice");
        Self { values, rows, columns, row_stride: stride.cast_signed(), column_stride: 1 }
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

/// `out (+)= factor · a b`, where `out` has rows `out_stride` apart.
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
            a.column_stride,
            a.row_stride,
            b.values.as_ptr(),
            b.column_stride,
            b.row_stride,
            1.0,
            factor,
            false,
            false,
            false,
            Parallelism::None,
        );
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
}
