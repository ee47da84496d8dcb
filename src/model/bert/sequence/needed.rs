//! The products that one step has to do with, so that a sampled loss costs nothing of a large catalogue.

use burn::tensor::{Device, Int, Tensor, TensorData};

use super::examples::Example;
use crate::model::bert::columns::Columns;

/// Products by their rows among own vectors.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Needed {
    /// All of so many.
    All(u32),
    /// These, ascending, of so many.
    Some(Vec<u32>, u32),
}

impl Needed {
    /// What a batch reads and what its loss goes over, of `n_items`.
    pub fn new(columns: &Columns, examples: &[Example], n_items: usize) -> Self {
        let all = n_items as u32;
        let Some(items) = &columns.items else { return Self::All(all) };
        let read = examples.iter().flat_map(|example| example.items.iter().copied());
        let mut rows: Vec<u32> =
            items.iter().copied().chain(read.filter(|&item| item < all)).collect();
        rows.sort_unstable();
        rows.dedup();
        Self::Some(rows, all)
    }

    /// The rows, in order.
    pub fn rows(&self) -> Box<dyn Iterator<Item = u32> + '_> {
        match self {
            Self::All(all) => Box::new(0..*all),
            Self::Some(rows, _) => Box::new(rows.iter().copied()),
        }
    }

    /// Where the vector of a row stands among those needed; the mask, whose row is after all others, is last.
    ///
    /// # Panics
    /// If it is not needed.
    pub fn place(&self, row: u32) -> u32 {
        match self {
            Self::All(_) => row,
            Self::Some(rows, all) if row == *all => rows.len() as u32,
            Self::Some(rows, _) => rows.binary_search(&row).expect("a needed product") as u32,
        }
    }

    /// The needed rows of `[products, width]`.
    pub fn of(&self, table: Tensor<2>) -> Tensor<2> {
        match self {
            Self::All(_) => table,
            Self::Some(rows, _) => {
                let device = table.device().without_autodiff();
                table.select(0, index_of(rows, &device))
            }
        }
    }

    /// The needed elements of `[products]`.
    pub fn of_vector(&self, vector: Tensor<1>) -> Tensor<1> {
        match self {
            Self::All(_) => vector,
            Self::Some(rows, _) => {
                let device = vector.device().without_autodiff();
                vector.select(0, index_of(rows, &device))
            }
        }
    }

    /// The needed rows of `[products + 1, width]`, and the last.
    pub fn with_mask(&self, table: Tensor<2>) -> Tensor<2> {
        match self {
            Self::All(_) => table,
            Self::Some(rows, all) => {
                let device = table.device().without_autodiff();
                let rows: Vec<u32> = rows.iter().copied().chain([*all]).collect();
                table.select(0, index_of(&rows, &device))
            }
        }
    }
}

/// Rows as a tensor.
pub(super) fn index_of(rows: &[u32], device: &Device) -> Tensor<1, Int> {
    let index: Vec<i32> = rows.iter().map(|row| row.cast_signed()).collect();
    Tensor::from_data(TensorData::new(index, [rows.len()]), device)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sample_needs_what_is_read_and_what_is_told_apart() {
        let columns =
            Columns { items: Some(vec![2, 7]), correction: vec![0.0; 2], targets: vec![1] };
        let example = Example { items: vec![5, 2, 9], places: vec![2], targets: vec![7] };
        let needed = Needed::new(&columns, &[example], 9);
        assert_eq!(needed, Needed::Some(vec![2, 5, 7], 9));
        assert_eq!([2, 5, 7, 9].map(|row| needed.place(row)), [0, 1, 2, 3]);
        let all = Needed::new(&Columns { items: None, ..columns }, &[], 9);
        assert_eq!((all.rows().count(), all.place(9)), (9, 9));
    }
}
