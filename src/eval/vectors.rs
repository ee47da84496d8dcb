//! Vectors of products, over which the diversity of a list is measured.

mod shoppers;
mod text;

use super::protocol::DiversityBasis;
use crate::control::{Cancelled, Control};
use crate::dataset::Dataset;
use crate::dataset::split::Split;
use crate::ids::ItemIdx;
use shoppers::ShopperVectors;
use text::TextVectors;

/// Something that knows how alike two products are.
pub trait ItemVectors: Sync {
    /// Cosine similarity of two products' vectors; 0 where either has none.
    fn cosine(&self, a: ItemIdx, b: ItemIdx) -> f32;

    /// For each product of `list` the sum of its cosines with all products before it,
    /// `[list.len()]`.
    fn cosines_with_earlier(&self, list: &[ItemIdx]) -> Vec<f64> {
        let with_earlier = |at: usize| {
            list[..at].iter().map(|&earlier| f64::from(self.cosine(list[at], earlier))).sum()
        };
        (0..list.len()).map(with_earlier).collect()
    }

    /// What the vectors are made of.
    fn basis(&self) -> DiversityBasis;
}

/// Embeddings, `[n_items, width]` row by row.
#[derive(Debug, Clone)]
pub struct DenseVectors {
    width: usize,
    unit: Vec<f32>,
}

impl DenseVectors {
    /// Takes embeddings of any length and brings each to unit length.
    ///
    /// # Panics
    /// If `values` is not a whole number of rows of `width > 0`.
    #[must_use]
    pub fn new(width: usize, mut values: Vec<f32>) -> Self {
        assert!(
            width > 0 && values.len().is_multiple_of(width),
            "{} values, width {width}",
            values.len()
        );
        for row in values.chunks_exact_mut(width) {
            let norm = row.iter().map(|value| value * value).sum::<f32>().sqrt();
            if norm > 0.0 {
                for value in row {
                    *value /= norm;
                }
            }
        }
        Self { width, unit: values }
    }

    fn row(&self, item: ItemIdx) -> &[f32] {
        let from = item.index() * self.width;
        self.unit.get(from..from + self.width).unwrap_or_default()
    }
}

impl ItemVectors for DenseVectors {
    fn cosine(&self, a: ItemIdx, b: ItemIdx) -> f32 {
        self.row(a).iter().zip(self.row(b)).map(|(a, b)| a * b).sum()
    }

    fn basis(&self) -> DiversityBasis {
        DiversityBasis::Embeddings
    }
}

/// The vectors that can be had without a model: the catalogue's words, or where it has none the
/// shoppers of the training part.
///
/// # Errors
/// [`Cancelled`] on request.
pub(super) fn default_vectors(
    dataset: &Dataset,
    split: &Split,
    control: &Control,
) -> Result<Box<dyn ItemVectors>, Cancelled> {
    let catalog = &dataset.catalog;
    if catalog.titles.is_blank() && catalog.categories.is_blank() && catalog.brands.is_blank() {
        Ok(Box::new(ShopperVectors::new(&split.train, dataset.n_items())))
    } else {
        Ok(Box::new(TextVectors::new(dataset, control)?))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dense_vectors_are_brought_to_unit_length() {
        let vectors = DenseVectors::new(2, vec![3.0, 4.0, 0.0, 0.0, 4.0, 3.0]);
        assert!((vectors.cosine(ItemIdx(0), ItemIdx(2)) - 0.96).abs() < 1e-6);
        assert_eq!(vectors.cosine(ItemIdx(0), ItemIdx(1)), 0.0);
        assert_eq!(vectors.cosine(ItemIdx(0), ItemIdx(9)), 0.0);
    }
}
