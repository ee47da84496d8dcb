//! Sparse rows.

/// Rows of `(column, value)` pairs, columns ascending within a row.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct SparseRows {
    offsets: Vec<usize>,
    columns: Vec<u32>,
    values: Vec<f32>,
    n_columns: usize,
}

impl SparseRows {
    pub(super) fn new(n_columns: usize) -> Self {
        Self { offsets: vec![0], columns: Vec::new(), values: Vec::new(), n_columns }
    }

    /// Append a row; columns ascend.
    pub(super) fn push(&mut self, cells: impl IntoIterator<Item = (u32, f32)>) {
        for (column, value) in cells {
            self.columns.push(column);
            self.values.push(value);
        }
        self.offsets.push(self.columns.len());
    }

    pub(super) fn len(&self) -> usize {
        self.offsets.len() - 1
    }

    pub(super) fn n_columns(&self) -> usize {
        self.n_columns
    }

    pub(super) fn columns_of(&self, row: usize) -> &[u32] {
        &self.columns[self.offsets[row]..self.offsets[row + 1]]
    }

    pub(super) fn values_of(&self, row: usize) -> &[f32] {
        &self.values[self.offsets[row]..self.offsets[row + 1]]
    }

    pub(super) fn cells(&self, row: usize) -> impl ExactSizeIterator<Item = (u32, f32)> + '_ {
        let columns = self.columns_of(row).iter().copied();
        columns.zip(self.values_of(row).iter().copied())
    }

    /// Scale every row to length 1; empty rows stay as they are.
    pub(super) fn normalise(&mut self) {
        for row in 0..self.len() {
            let values = &mut self.values[self.offsets[row]..self.offsets[row + 1]];
            let square: f64 = values.iter().map(|&value| f64::from(value).powi(2)).sum();
            let scale = crate::analysis::numeric::single(square.sqrt().recip());
            if square > 0.0 {
                for value in values {
                    *value *= scale;
                }
            }
        }
    }

    /// Multiply every value by its column's factor.
    pub(super) fn scale_columns(&mut self, factors: &[f32]) {
        for (value, &column) in self.values.iter_mut().zip(&self.columns) {
            *value *= factors[column as usize];
        }
    }

    /// Columns as rows; by counting, so row numbers ascend within each.
    pub(super) fn transposed(&self) -> Self {
        let mut offsets = vec![0; self.n_columns + 1];
        for &column in &self.columns {
            offsets[column as usize + 1] += 1;
        }
        for column in 0..self.n_columns {
            offsets[column + 1] += offsets[column];
        }
        let mut next = offsets.clone();
        let mut columns = vec![0; self.columns.len()];
        let mut values = vec![0.0; self.values.len()];
        for row in 0..self.len() {
            let number = u32::try_from(row).expect("row counts fit 32 bits");
            for (column, value) in self.cells(row) {
                let place = &mut next[column as usize];
                columns[*place] = number;
                values[*place] = value;
                *place += 1;
            }
        }
        Self { offsets, columns, values, n_columns: self.len() }
    }

    /// The given rows, in the given order.
    pub(super) fn select(&self, rows: &[u32]) -> Self {
        let mut selected = Self::new(self.n_columns);
        for &row in rows {
            selected.push(self.cells(row as usize));
        }
        selected
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn transposing_twice_gives_the_same_rows() {
        let mut rows = SparseRows::new(4);
        rows.push([(1, 2.0), (3, 1.0)]);
        rows.push([]);
        rows.push([(0, 5.0), (1, 7.0)]);
        let columns = rows.transposed();
        assert_eq!(columns.cells(1).collect::<Vec<_>>(), vec![(0, 2.0), (2, 7.0)]);
        assert_eq!((columns.len(), columns.n_columns()), (4, 3));
        assert_eq!(columns.transposed(), rows);
        assert_eq!(rows.select(&[2, 0]).columns_of(1), &[1, 3]);
    }
}
