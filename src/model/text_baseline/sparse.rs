//! A matrix that is mostly zeros, by rows.

use rayon::prelude::*;

/// Rows of a sparse matrix, `[rows, columns]`.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct SparseRows {
    starts: Vec<usize>,
    columns: Vec<u32>,
    values: Vec<f64>,
    width: usize,
}

impl SparseRows {
    /// A matrix of `width` columns; each row is its columns, ascending, with their values.
    #[must_use]
    pub fn new(rows: Vec<Vec<(u32, f64)>>, width: usize) -> Self {
        let mut matrix = Self { starts: vec![0], width, ..Self::default() };
        for row in rows {
            for (column, value) in row {
                matrix.columns.push(column);
                matrix.values.push(value);
            }
            matrix.starts.push(matrix.columns.len());
        }
        matrix
    }

    /// Number of rows.
    #[must_use]
    pub fn len(&self) -> usize {
        self.starts.len() - 1
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Number of columns.
    #[must_use]
    pub fn width(&self) -> usize {
        self.width
    }

    /// Columns and values of a row.
    pub fn row(&self, row: usize) -> impl Iterator<Item = (usize, f64)> + '_ {
        let range = self.starts[row]..self.starts[row + 1];
        let columns = self.columns[range.clone()].iter().map(|&column| column as usize);
        columns.zip(self.values[range].iter().copied())
    }

    /// The same numbers by columns.
    #[must_use]
    pub fn transposed(&self) -> Self {
        let mut starts = vec![0; self.width + 1];
        for &column in &self.columns {
            starts[column as usize + 1] += 1;
        }
        for column in 0..self.width {
            starts[column + 1] += starts[column];
        }
        let mut next = starts.clone();
        let (mut columns, mut values) =
            (vec![0; self.columns.len()], vec![0.0; self.columns.len()]);
        for row in 0..self.len() {
            for (column, value) in self.row(row) {
                columns[next[column]] = row as u32;
                values[next[column]] = value;
                next[column] += 1;
            }
        }
        Self { starts, columns, values, width: self.len() }
    }

    /// `X W`, `[rows, outputs]`, of a dense `W`, `[columns, outputs]`.
    #[must_use]
    pub fn times(&self, dense: &[f64], outputs: usize) -> Vec<f64> {
        let mut product = vec![0.0; self.len() * outputs];
        product.par_chunks_mut(outputs).enumerate().for_each(|(row, target)| {
            for (column, value) in self.row(row) {
                let weights = &dense[column * outputs..(column + 1) * outputs];
                for (target, weight) in target.iter_mut().zip(weights) {
                    *target += value * weight;
                }
            }
        });
        product
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_product_is_the_same_by_rows_and_columns() {
        let rows = vec![vec![(0, 1.0), (2, 2.0)], vec![], vec![(1, -1.0), (2, 0.5)]];
        let matrix = SparseRows::new(rows, 3);
        assert_eq!(
            matrix.times(&[1.0, 2.0, 3.0, 4.0, 5.0, 6.0], 2),
            [11.0, 14.0, 0.0, 0.0, -0.5, -1.0]
        );
        let turned = matrix.transposed();
        assert_eq!((turned.len(), turned.width()), (3, 3));
        assert_eq!(turned.row(2).collect::<Vec<_>>(), [(0, 2.0), (2, 0.5)]);
        assert_eq!(turned.transposed(), matrix);
    }
}
