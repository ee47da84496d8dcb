//! Products by score, on the host: `φᵀ z + b` over the whole catalogue.

use std::sync::OnceLock;

use rayon::prelude::*;

use super::catalogue::Candidates;
use crate::ids::ItemIdx;
use crate::model::bert::cpu::{Bounds, CodedRows, score, scores, scores_of_all};
use crate::model::{Reason, Recommendation, ranked};

/// Reasons given for one product, at most.
const MAX_REASONS: usize = 3;

/// Cosine from which a product in the history counts as near.
const MIN_COSINE: f32 = 0.2;

/// Product vectors in memory.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::model::bert) struct Scorer {
    pub candidates: Candidates,
    /// φ, `[candidates, width]`.
    pub phi: Vec<f32>,
    /// `[candidates]`.
    pub bias: Vec<f32>,
    pub width: usize,
    /// Length of each row of φ.
    lengths: Vec<f32>,
    /// φ in 8 bits, made when a list is first asked for.
    coded: OnceLock<CodedRows>,
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
            coded: OnceLock::new(),
        }
    }

    fn row(&self, position: usize) -> &[f32] {
        &self.phi[position * self.width..(position + 1) * self.width]
    }

    /// The best `k` products by [`Self::scores`], excluded ones left out, ties by index.
    ///
    /// Reads φ in 8 bits, a quarter of the memory, and in full only where the bounds of the rounding
    /// leave open whether a product belongs to the list; so the list and its scores are exact.
    pub fn best(
        &self,
        z: &[f32],
        is_excluded: &dyn Fn(ItemIdx) -> bool,
        k: usize,
    ) -> Vec<Recommendation> {
        let items = self.candidates.items();
        let bounds =
            self.coded.get_or_init(|| CodedRows::new(&self.phi, self.width)).bounds(&self.bias, z);
        let threshold = kth_low(&bounds, |at| is_excluded(items[at]), k);
        let open = (0..bounds.len())
            .filter(|&at| bounds[at].high >= threshold && !is_excluded(items[at]))
            .map(|at| (items[at], score(self.row(at), self.bias[at], z)))
            .collect();
        ranked(open, k)
    }

    /// Scores of all products of the dataset after a history of vector `z`; `NEG_INFINITY` for those that
    /// cannot be ranked.
    pub fn scores(&self, z: &[f32]) -> Vec<f32> {
        if self.candidates.len() == self.candidates.n_items() {
            let mut all = vec![0.0; self.candidates.len()];
            scores(&self.phi, &self.bias, z, &mut all);
            return all;
        }
        let mut ranked = vec![0.0; self.candidates.len()];
        scores(&self.phi, &self.bias, z, &mut ranked);
        self.over_all(&ranked)
    }

    /// Scores of the candidates as those of all products.
    fn over_all(&self, ranked: &[f32]) -> Vec<f32> {
        let mut all = vec![f32::NEG_INFINITY; self.candidates.n_items()];
        for (&score, item) in ranked.iter().zip(self.candidates.items()) {
            all[item.index()] = score;
        }
        all
    }

    /// Scores of the candidates alone for several vectors, `[n, candidates]`.
    pub fn candidate_scores(&self, z: &[f32]) -> Vec<f32> {
        let n = self.candidates.len();
        let mut all = vec![0.0; z.len() / self.width * n];
        let outs = all.chunks_mut(n.max(1));
        scores_of_all(&self.phi, &self.bias, z, self.width, outs);
        all
    }

    /// [`Self::scores`] of several vectors, `[n, width]`.
    pub fn score_all(&self, z: &[f32]) -> Vec<Vec<f32>> {
        let mut all = vec![vec![0.0; self.candidates.len()]; z.len() / self.width];
        let outs = all.iter_mut().map(Vec::as_mut_slice);
        scores_of_all(&self.phi, &self.bias, z, self.width, outs);
        if self.candidates.len() == self.candidates.n_items() {
            return all;
        }
        all.par_iter().map(|ranked| self.over_all(ranked)).collect()
    }

    /// The products of a history, newest first, whose vectors are nearest to that of `item`, as reasons for it.
    pub fn near(&self, newest_first: impl Iterator<Item = ItemIdx>, item: ItemIdx) -> Vec<Reason> {
        let mut near: Vec<(ItemIdx, f32)> = Vec::new();
        for known in newest_first {
            let is_new = known != item && near.iter().all(|(other, _)| *other != known);
            if let Some(cosine) =
                self.cosine(known, item).filter(|&cosine| is_new && cosine >= MIN_COSINE)
            {
                near.push((known, cosine));
            }
        }
        near.sort_by(|a, b| b.1.total_cmp(&a.1));
        near.truncate(MAX_REASONS);
        near.into_iter().map(|(item, cosine)| Reason::TextNear { item, cosine }).collect()
    }

    /// Cosine similarity of two products' vectors; `None` when one of them has none.
    pub fn cosine(&self, a: ItemIdx, b: ItemIdx) -> Option<f32> {
        let (a, b) = (self.candidates.position(a)? as usize, self.candidates.position(b)? as usize);
        let product: f32 = self.row(a).iter().zip(self.row(b)).map(|(x, y)| x * y).sum();
        Some(product / (self.lengths[a] * self.lengths[b]).max(1e-12))
    }
}

/// The `k`-th largest lower bound: a product whose upper bound is below it cannot be among the best `k`.
fn kth_low(bounds: &[Bounds], is_excluded: impl Fn(usize) -> bool, k: usize) -> f32 {
    // The largest so far, descending; lists are short, so a place is made by moving the rest.
    let mut largest: Vec<f32> = Vec::new();
    for (at, &Bounds { low, .. }) in bounds.iter().enumerate() {
        let is_full = largest.len() == k;
        if is_full && largest.last().is_none_or(|&least| low <= least) || is_excluded(at) {
            continue;
        }
        if is_full {
            largest.pop();
        }
        largest.insert(largest.partition_point(|&other| other >= low), low);
    }
    if largest.len() == k { largest.last().copied() } else { None }.unwrap_or(f32::NEG_INFINITY)
}

#[cfg(test)]
mod tests {
    use rand::{Rng, SeedableRng};
    use rand_chacha::ChaCha8Rng;

    use super::*;
    use crate::model::top_k;

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

    #[test]
    fn several_vectors_score_as_one_by_one() {
        let (width, n_items) = (5, 5_000);
        let mut rng = ChaCha8Rng::seed_from_u64(6);
        let mut draw = |n: usize| (0..n).map(|_| rng.random::<f32>() - 0.5).collect::<Vec<f32>>();
        let (phi, bias, z) = (draw(n_items * width), draw(n_items), draw(11 * width));
        for step in [1, 2] {
            let items = (0..n_items).map(|item| ItemIdx::from_index(item * step)).collect();
            let candidates = Candidates::from_items(items, n_items * step);
            let scorer = Scorer::new(candidates, phi.clone(), bias.clone(), width);
            let one_by_one: Vec<Vec<f32>> = z.chunks(width).map(|z| scorer.scores(z)).collect();
            assert_eq!(scorer.score_all(&z), one_by_one);
            let all = scorer.candidate_scores(&z);
            for (scores, one) in all.chunks(n_items).zip(&one_by_one) {
                assert!(scores.iter().eq(one.iter().step_by(step)));
            }
        }
    }

    #[test]
    fn the_best_are_those_of_all_scores() {
        let (n_items, width) = (3_000, 40);
        let mut rng = ChaCha8Rng::seed_from_u64(5);
        let mut phi: Vec<f32> = (0..n_items * width).map(|_| rng.random_range(-1.0..1.0)).collect();
        // Every third product is the one before it again, so that there are ties.
        for item in (2..n_items).step_by(3) {
            phi.copy_within((item - 1) * width..item * width, item * width);
        }
        let items: Vec<ItemIdx> = (0..n_items).map(|item| ItemIdx::from_index(item * 2)).collect();
        let candidates = Candidates::from_items(items, n_items * 2);
        let scorer = Scorer::new(candidates, phi, vec![0.25; n_items], width);
        for k in [0, 1, 10, 500, n_items, n_items + 5] {
            let z: Vec<f32> = (0..width).map(|_| rng.random_range(-2.0..2.0)).collect();
            let is_excluded = |item: ItemIdx| item.0.is_multiple_of(5);
            let expected = top_k(&scorer.scores(&z), is_excluded, k);
            assert_eq!(scorer.best(&z, &is_excluded, k), expected, "best {k}");
        }
    }
}
