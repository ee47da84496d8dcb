//! Products by score, on the host: `φᵀ z + b` over the whole catalogue.

use rayon::prelude::*;

use super::catalogue::Candidates;
use crate::ids::ItemIdx;
use crate::model::bert::cpu::scores;

/// Product vectors in memory.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Scorer {
    pub candidates: Candidates,
    /// φ, `[candidates, width]`.
    pub phi: Vec<f32>,
    /// `[candidates]`.
    pub bias: Vec<f32>,
    pub width: usize,
    /// Length of each row of φ.
    lengths: Vec<f32>,
}

impl Scorer {
    /// From vectors and biases of the candidates.
    pub fn new(candidates: Candidates, phi: Vec<f32>, bias: Vec<f32>, width: usize) -> Self {
        let length = |row: &[f32]| row.iter().map(|value| value * value).sum::<f32>().sqrt();
        Self {
            lengths: phi.chunks_exact(width).map(length).collect(),
            candidates,
            phi,
            bias,
            width,
        }
    }

    /// Scores of all products of the dataset after a history of vector `z`; `NEG_INFINITY` for those that
    /// cannot be ranked.
    pub fn scores(&self, z: &[f32]) -> Vec<f32> {
        let mut all = vec![f32::NEG_INFINITY; self.candidates.n_items()];
        if self.candidates.len() == all.len() {
            scores(&self.phi, &self.bias, z, &mut all);
            return all;
        }
        let mut ranked = vec![0.0; self.candidates.len()];
        scores(&self.phi, &self.bias, z, &mut ranked);
        for (score, item) in ranked.into_iter().zip(self.candidates.items()) {
            all[item.index()] = score;
        }
        all
    }

    /// [`Self::scores`] of several vectors, `[n, width]`.
    pub fn score_all(&self, z: &[f32]) -> Vec<Vec<f32>> {
        z.par_chunks(self.width).map(|z| self.scores(z)).collect()
    }

    /// Cosine similarity of two products' vectors; `None` when one of them has none.
    pub fn cosine(&self, a: ItemIdx, b: ItemIdx) -> Option<f32> {
        let (a, b) = (self.candidates.position(a)? as usize, self.candidates.position(b)? as usize);
        let row = |at: usize| &self.phi[at * self.width..(at + 1) * self.width];
        let product: f32 = row(a).iter().zip(row(b)).map(|(x, y)| x * y).sum();
        Some(product / (self.lengths[a] * self.lengths[b]).max(1e-12))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scorer() -> Scorer {
        let candidates = Candidates::from_items(vec![ItemIdx(0), ItemIdx(2)], 3);
        Scorer::new(candidates, vec![1.0, 0.0, 3.0, 4.0], vec![0.5, -0.5], 2)
    }

    #[test]
    fn scores_are_products_and_unknown_products_have_none() {
        assert_eq!(scorer().scores(&[2.0, 1.0]), [2.5, f32::NEG_INFINITY, 9.5]);
        assert_eq!(scorer().score_all(&[2.0, 1.0, 0.0, 0.0])[1], [0.5, f32::NEG_INFINITY, -0.5]);
    }

    #[test]
    fn cosines_are_of_product_vectors() {
        let cosine = scorer().cosine(ItemIdx(0), ItemIdx(2)).expect("both are known");
        assert!((cosine - 0.6).abs() < 1e-6);
        assert_eq!(scorer().cosine(ItemIdx(0), ItemIdx(1)), None);
    }
}
