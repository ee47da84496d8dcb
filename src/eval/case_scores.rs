//! The scores of one case, whichever way they are held.

use crate::ids::ItemIdx;
use crate::model::ScoreScale;

/// Scores looked at together, so that counting is vectorised.
const BLOCK: usize = 4_096;

/// What judging asks of the scores of all products after one history. Masked products score `NEG_INFINITY`.
///
/// [`Dense`] is the definition; another way of holding scores must answer the same, bit by bit.
pub(super) trait CaseScores {
    /// Number of products, masked ones included.
    fn n_items(&self) -> usize;

    /// Products left out, ascending and distinct.
    fn masked(&self) -> &[ItemIdx];

    /// Score of one product.
    fn score(&self, item: ItemIdx) -> f32;

    /// The best `k` products, the best first, ties by index; those of `NEG_INFINITY` are left out.
    fn best(&self, k: usize) -> Vec<ItemIdx>;

    /// How many unmasked products score below `score`, and how many exactly it.
    fn below_and_at(&self, score: f32) -> (usize, usize);

    /// What makes probabilities of the scores on a scale that has them.
    fn chances(&self, scale: ScoreScale) -> Chances;
}

/// Makes probabilities of scores.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Chances {
    scale: ScoreScale,
    /// The greatest score, on the scale of logits.
    top: f32,
    /// Weights of all products together.
    total: f64,
}

impl Chances {
    /// Of a `total` that is known already, on the scale of probabilities.
    pub const fn of_total(total: f64) -> Self {
        Self { scale: ScoreScale::Probability, top: 0.0, total }
    }

    /// The probability of a product of this score.
    pub fn probability(&self, score: f32) -> f64 {
        if self.total > 0.0 { self.weight(score) / self.total } else { 0.0 }
    }

    fn weight(&self, score: f32) -> f64 {
        match self.scale {
            ScoreScale::Order => 1.0,
            ScoreScale::Probability => f64::from(score.max(0.0)),
            ScoreScale::Logit if score == f32::NEG_INFINITY => 0.0,
            ScoreScale::Logit => f64::from(score - self.top).exp(),
        }
    }
}

/// One score per product.
#[derive(Debug, Clone, Copy)]
pub(super) struct Dense<'a> {
    /// `NEG_INFINITY` for what is masked or has none. `[n_items]`
    scores: &'a [f32],
    masked: &'a [ItemIdx],
}

impl<'a> Dense<'a> {
    /// `masked` ascends and its products score `NEG_INFINITY`.
    pub const fn new(scores: &'a [f32], masked: &'a [ItemIdx]) -> Self {
        Self { scores, masked }
    }
}

impl CaseScores for Dense<'_> {
    fn n_items(&self) -> usize {
        self.scores.len()
    }

    fn masked(&self) -> &[ItemIdx] {
        self.masked
    }

    fn score(&self, item: ItemIdx) -> f32 {
        self.scores[item.index()]
    }

    fn best(&self, k: usize) -> Vec<ItemIdx> {
        super::rank::best(self.scores, k)
    }

    fn below_and_at(&self, score: f32) -> (usize, usize) {
        let (mut below, mut at) = (0_usize, 0_usize);
        for block in self.scores.chunks(BLOCK) {
            let (mut below_here, mut at_here) = (0_u32, 0_u32);
            for &other in block {
                below_here += u32::from(other < score);
                at_here += u32::from(other == score);
            }
            below += below_here as usize;
            at += at_here as usize;
        }
        if score > f32::NEG_INFINITY {
            (below - self.masked.len(), at)
        } else {
            (below, at - self.masked.len())
        }
    }

    fn chances(&self, scale: ScoreScale) -> Chances {
        let top = match scale {
            ScoreScale::Logit => self.scores.iter().copied().fold(f32::NEG_INFINITY, f32::max),
            ScoreScale::Order | ScoreScale::Probability => 0.0,
        };
        let weights = Chances { scale, top, total: 0.0 };
        let total = self.scores.iter().map(|&score| weights.weight(score)).sum();
        Chances { total, ..weights }
    }
}
