//! What the scores of all unseen products say of the targets, not their first ranks alone.

use super::case_scores::CaseScores;
use crate::ids::ItemIdx;
use crate::model::ScoreScale;

/// The least probability that a loss is taken of, as in scikit-learn.
const LEAST_PROBABILITY: f64 = f64::EPSILON;

/// The scores of the products that may be recommended to one user, targets among them.
pub(super) struct Unseen<'a, S> {
    scores: &'a S,
    targets: &'a [ItemIdx],
    /// Scores of the targets that are not masked, ascending.
    open_targets: Vec<f32>,
}

impl<'a, S: CaseScores> Unseen<'a, S> {
    /// `targets` are distinct.
    pub fn new(scores: &'a S, targets: &'a [ItemIdx]) -> Self {
        let is_open = |item: &&ItemIdx| scores.masked().binary_search(item).is_err();
        let mut open_targets: Vec<f32> =
            targets.iter().filter(is_open).map(|&item| scores.score(item)).collect();
        open_targets.sort_unstable_by(f32::total_cmp);
        Self { scores, targets, open_targets }
    }

    /// Targets that are masked and so cannot be hit.
    pub fn masked_targets(&self) -> usize {
        self.targets.len() - self.open_targets.len()
    }

    /// Mean over the targets of the share of unseen products that are no targets and have a lower
    /// score, equal scores counting half. A masked target counts 0; 0.5 where every unseen product is a
    /// target.
    pub fn auc(&self) -> f32 {
        let n_open = self.scores.n_items() - self.scores.masked().len();
        let n_others = n_open - self.open_targets.len();
        if n_others == 0 {
            return 0.5;
        }
        // Halves of pairs won: whole numbers, so that no order of counting them rounds.
        let mut halves = 0;
        for tied in self.open_targets.chunk_by(|a, b| a == b) {
            let (below, at) = self.scores.below_and_at(tied[0]);
            let targets_below = self.open_targets.partition_point(|&other| other < tied[0]);
            halves += (2 * (below - targets_below) + (at - tied.len())) * tied.len();
        }
        let pairs = n_others as f64 * self.targets.len().max(1) as f64;
        (0.5 * halves as f64 / pairs) as f32
    }

    /// Mean over the targets of `-ln p`, nats, with `p` a probability over the unseen products. It is
    /// at most that of the least probability that is told from 0, which is also what a masked target
    /// or one without a score gets. 0 on a scale that knows no probabilities.
    pub fn log_loss(&self, scale: ScoreScale) -> f32 {
        if scale == ScoreScale::Order {
            return 0.0;
        }
        let chances = self.scores.chances(scale);
        let loss = |probability: f64| -probability.max(LEAST_PROBABILITY).ln();
        let open: f64 =
            self.open_targets.iter().map(|&score| loss(chances.probability(score))).sum();
        let masked = self.masked_targets() as f64 * loss(0.0);
        ((open + masked) / self.targets.len().max(1) as f64) as f32
    }
}

#[cfg(test)]
mod tests {
    use super::super::case_scores::Dense;
    use super::*;

    const NONE: f32 = f32::NEG_INFINITY;

    fn items(items: &[u32]) -> Vec<ItemIdx> {
        items.iter().copied().map(ItemIdx).collect()
    }

    #[test]
    fn a_masked_target_wins_nothing_and_loses_most() {
        // Product 0 is masked; of the targets 0 and 3 only the second can win, against 1 and 2.
        let scores = [NONE, 1.0, 5.0, 2.0];
        let (masked, targets) = (items(&[0]), items(&[3, 0]));
        let dense = Dense::new(&scores, &masked);
        let unseen = Unseen::new(&dense, &targets);
        assert_eq!(unseen.masked_targets(), 1);
        assert!((unseen.auc() - 0.25).abs() < 1e-6, "{}", unseen.auc());
        let expected = (-(2.0_f64 / 8.0).ln() - f64::EPSILON.ln()) / 2.0;
        let found = f64::from(unseen.log_loss(ScoreScale::Probability));
        assert!((found - expected).abs() < 1e-4, "{found}, {expected}");
    }

    #[test]
    fn logits_and_probabilities_of_the_same_chances_lose_the_same() {
        let chances = [0.5_f32, 0.25, 0.125, 0.125];
        let logits = chances.map(|chance| chance.ln() + 7.0);
        let targets = items(&[1]);
        let loss =
            |scores: &[f32], scale| Unseen::new(&Dense::new(scores, &[]), &targets).log_loss(scale);
        let expected = 4.0_f32.ln();
        assert!((loss(&chances, ScoreScale::Probability) - expected).abs() < 1e-6);
        assert!((loss(&logits, ScoreScale::Logit) - expected).abs() < 1e-5);
    }

    #[test]
    fn nothing_to_tell_apart_is_a_coin_toss() {
        let targets = items(&[0, 1]);
        let auc = |scores: &[f32], targets: &[ItemIdx]| {
            Unseen::new(&Dense::new(scores, &[]), targets).auc()
        };
        assert!((auc(&[1.0, 2.0], &targets) - 0.5).abs() < 1e-6);
        assert!((auc(&[NONE; 5], &items(&[2])) - 0.5).abs() < 1e-6, "all tied");
    }
}
