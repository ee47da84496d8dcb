//! The scores of one case as levels that all cases share, and what stands out from them.

use std::ops::Range;

use super::case_scores::{CaseScores, Chances, Dense};
use super::rank::{Scored, first};
use crate::ids::ItemIdx;
use crate::model::ScoreScale;
use crate::model::levels::{Levels, SparseScores};

/// Sparse scores with what is masked taken out. A question costs the levels and the special products, not
/// the catalogue.
#[derive(Debug)]
pub(super) struct Levelled<'a> {
    levels: &'a Levels,
    /// Score of each level, never rising, `[n_levels]`.
    of_level: Vec<f32>,
    /// `[n_levels + 1]`: products of the levels before that score as their level does and are not masked.
    before: Vec<usize>,
    /// Unmasked products with scores of their own, ascending.
    special: Vec<(ItemIdx, f32)>,
    masked: &'a [ItemIdx],
}

impl<'a> Levelled<'a> {
    /// `masked` ascends and is distinct.
    pub fn new(scores: SparseScores<'a>, masked: &'a [ItemIdx]) -> Self {
        let SparseScores { levels, of_level, mut special } = scores;
        special.retain(|(item, _)| masked.binary_search(item).is_err());
        let mut left: Vec<usize> =
            (0..levels.n_levels()).map(|level| levels.members(level).len()).collect();
        for item in special.iter().map(|(item, _)| item).chain(masked) {
            left[levels.level(*item)] -= 1;
        }
        let mut before = Vec::with_capacity(left.len() + 1);
        let mut so_far = 0;
        before.push(so_far);
        for count in left {
            so_far += count;
            before.push(so_far);
        }
        Self { levels, of_level, before, special, masked }
    }

    fn special(&self, item: ItemIdx) -> Option<f32> {
        let at = self.special.binary_search_by_key(&item, |&(item, _)| item).ok()?;
        Some(self.special[at].1)
    }

    fn is_masked(&self, item: ItemIdx) -> bool {
        self.masked.binary_search(&item).is_ok()
    }

    /// The first `k` of the products that score as their level does.
    fn best_of_levels(&self, k: usize) -> Vec<Scored> {
        let mut found = Vec::new();
        let mut from = 0;
        while found.len() < k && from < self.of_level.len() {
            let score = self.of_level[from];
            if score == f32::NEG_INFINITY {
                break;
            }
            // Rounding may have made one of several levels.
            let to = from + self.of_level[from..].partition_point(|&other| other >= score);
            if self.before[to] > self.before[from] {
                let items = self.first_of(from..to, k - found.len());
                found.extend(items.into_iter().map(|item| (score, item.0)));
            }
            from = to;
        }
        found
    }

    /// The first `k` products by index of some levels.
    fn first_of(&self, levels: Range<usize>, k: usize) -> Vec<ItemIdx> {
        let is_plain = |item: &&ItemIdx| !self.is_masked(**item) && self.special(**item).is_none();
        let mut items: Vec<ItemIdx> = Vec::new();
        for level in levels {
            items.extend(self.levels.members(level).iter().filter(is_plain).take(k));
        }
        items.sort_unstable();
        items.truncate(k);
        items
    }

    /// Weights of all products together, on the scale of probabilities, where no order of adding them
    /// would round; `None` where one might.
    fn exact_total(&self) -> Option<f64> {
        let of_levels = self.of_level.iter().zip(self.before.windows(2));
        let left = of_levels.map(|(&score, before)| (score, before[1] - before[0]));
        let all = left.chain(self.special.iter().map(|&(_, score)| (score, 1)));
        let (mut least, mut total) = (f32::INFINITY, 0.0);
        for (score, count) in all.filter(|&(score, count)| score > 0.0 && count > 0) {
            least = least.min(score);
            total += f64::from(score) * count as f64;
        }
        // All scores are whole multiples of this grain, and so is every sum of some of them.
        let grain = f64::from(least.next_up() - least);
        (total == 0.0 || total < grain * (1_u64 << 52) as f64).then_some(total)
    }

    fn to_dense(&self) -> Vec<f32> {
        let (levels, of_level, special) =
            (self.levels, self.of_level.clone(), self.special.clone());
        let mut scores = SparseScores { levels, of_level, special }.to_dense();
        for item in self.masked {
            scores[item.index()] = f32::NEG_INFINITY;
        }
        scores
    }
}

impl CaseScores for Levelled<'_> {
    fn n_items(&self) -> usize {
        self.levels.n_items()
    }

    fn masked(&self) -> &[ItemIdx] {
        self.masked
    }

    fn score(&self, item: ItemIdx) -> f32 {
        if self.is_masked(item) {
            return f32::NEG_INFINITY;
        }
        self.special(item).unwrap_or_else(|| self.of_level[self.levels.level(item)])
    }

    fn best(&self, k: usize) -> Vec<ItemIdx> {
        let has_score = |&&(_, score): &&(ItemIdx, f32)| score > f32::NEG_INFINITY;
        let special = self.special.iter().filter(has_score).map(|&(item, score)| (score, item.0));
        let mut candidates: Vec<Scored> = special.collect();
        candidates.extend(self.best_of_levels(k));
        first(candidates, k)
    }

    fn below_and_at(&self, score: f32) -> (usize, usize) {
        let above = self.of_level.partition_point(|&other| other > score);
        let up_to = self.of_level.partition_point(|&other| other >= score);
        let mut at = self.before[up_to] - self.before[above];
        let mut below = self.before[self.of_level.len()] - self.before[up_to];
        for &(_, other) in &self.special {
            below += usize::from(other < score);
            at += usize::from(other == score);
        }
        (below, at)
    }

    fn chances(&self, scale: ScoreScale) -> Chances {
        let exact = if scale == ScoreScale::Probability { self.exact_total() } else { None };
        // Where a sum depends on its order, it is that of the dense scores.
        exact.map_or_else(|| Dense::new(&self.to_dense(), &[]).chances(scale), Chances::of_total)
    }
}

#[cfg(test)]
mod tests {
    use rand::Rng;
    use rand_chacha::ChaCha8Rng;
    use rand_chacha::rand_core::SeedableRng;

    use super::super::rank::ranked;
    use super::super::scores::Unseen;
    use super::*;

    const NONE: f32 = f32::NEG_INFINITY;

    /// Some distinct products, ascending.
    fn some(rng: &mut ChaCha8Rng, n_items: usize, most: usize) -> Vec<ItemIdx> {
        let n = rng.random_range(0..=most.min(n_items));
        let mut chosen = rand::seq::index::sample(rng, n_items, n).into_vec();
        chosen.sort_unstable();
        chosen.into_iter().map(ItemIdx::from_index).collect()
    }

    /// Scores of levels that never rise, with ties among them and the last at times without a score.
    fn falling(rng: &mut ChaCha8Rng, n: usize, step: f32) -> Vec<f32> {
        let mut score = 1.0;
        let fall = |at| {
            score -= step * f32::from(rng.random_range(0..3_u8));
            if at + 1 == n && rng.random() { NONE } else { score }
        };
        (0..n).map(fall).collect()
    }

    /// Every answer as bits, so that nothing is rounded away.
    fn answers(scores: &impl CaseScores, targets: &[ItemIdx], k: usize) -> Vec<Vec<u64>> {
        let list = scores.best(k);
        let ranks = ranked(scores, &list, targets, k);
        let unseen = Unseen::new(scores, targets);
        let loss = |scale| u64::from(unseen.log_loss(scale).to_bits());
        vec![
            list.iter().map(|item| u64::from(item.0)).collect(),
            ranks.into_iter().flat_map(|(rank, item)| [rank as u64, u64::from(item.0)]).collect(),
            vec![
                unseen.masked_targets() as u64,
                u64::from(unseen.auc().to_bits()),
                loss(ScoreScale::Order),
                loss(ScoreScale::Probability),
                loss(ScoreScale::Logit),
            ],
        ]
    }

    #[test]
    fn levels_answer_as_the_scores_one_by_one() {
        let mut rng = ChaCha8Rng::seed_from_u64(11);
        for round in 0..600 {
            let n_items = rng.random_range(1..120);
            let most = rng.random_range(1..9);
            let counts: Vec<u32> = (0..n_items).map(|_| rng.random_range(0..most)).collect();
            let levels = Levels::by_count(&counts);
            let of_level = falling(&mut rng, levels.n_levels(), [0.0, 0.5, 0.1][round % 3]);
            let own = |rng: &mut ChaCha8Rng| match rng.random_range(0..4) {
                0 => NONE,
                1 => of_level[rng.random_range(0..of_level.len())],
                2 => 0.5,
                _ => rng.random::<f32>() * 2.0 - 0.5,
            };
            let special: Vec<(ItemIdx, f32)> =
                some(&mut rng, n_items, 12).into_iter().map(|item| (item, own(&mut rng))).collect();
            // Masked products, known targets and products that nobody met are all among these.
            let (masked, targets) = (some(&mut rng, n_items, 15), some(&mut rng, n_items, 6));
            let sparse = SparseScores { levels: &levels, of_level, special };
            let mut scores = sparse.to_dense();
            masked.iter().for_each(|item| scores[item.index()] = NONE);
            let dense = Dense::new(&scores, &masked);
            let levelled = Levelled::new(sparse, &masked);
            for k in [1, 3, 20, 500] {
                let (found, expected) =
                    (answers(&levelled, &targets, k), answers(&dense, &targets, k));
                assert_eq!(found, expected, "round {round}, k {k}");
            }
        }
    }

    #[test]
    fn a_sum_that_would_round_is_added_up_in_order() {
        let counts: Vec<u32> = (0..3_000).map(|item| 1 + item % 700).collect();
        let levels = Levels::by_count(&counts);
        let chance = |least: f32| (0..700).map(|at| least * (700 - at) as f32 / 3.0).collect();
        for (least, is_exact) in [(1e-5, true), (1e-19, false)] {
            let special = vec![(ItemIdx(5), 0.75), (ItemIdx(9), 0.1)];
            let sparse = SparseScores { levels: &levels, of_level: chance(least), special };
            let scores = sparse.to_dense();
            let levelled = Levelled::new(sparse, &[]);
            assert_eq!(levelled.exact_total().is_some(), is_exact, "{least}");
            let expected = Dense::new(&scores, &[]).chances(ScoreScale::Probability);
            let found = levelled.chances(ScoreScale::Probability);
            for score in [least, 0.1, 0.75] {
                assert_eq!(found.probability(score), expected.probability(score), "{least}");
            }
        }
    }
}
