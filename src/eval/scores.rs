//! What the scores of all unseen products say of the targets, not their first ranks alone.

use crate::ids::ItemIdx;
use crate::model::ScoreScale;

/// The least probability that a loss is taken of, as in scikit-learn.
const LEAST_PROBABILITY: f64 = f64::EPSILON;

/// The scores of the products that may be recommended to one user, targets among them.
pub(super) struct Unseen<'a> {
    /// Scores of all products; `NEG_INFINITY` for what is masked or has none. `[n_items]`
    scores: &'a [f32],
    /// Products left out, ascending.
    masked: &'a [ItemIdx],
    targets: &'a [ItemIdx],
    /// Scores of the targets that are not masked, ascending.
    open_targets: Vec<f32>,
}

impl<'a> Unseen<'a> {
    /// `masked` ascends; `targets` are distinct.
    pub fn new(scores: &'a [f32], masked: &'a [ItemIdx], targets: &'a [ItemIdx]) -> Self {
        let is_open = |item: &&ItemIdx| masked.binary_search(item).is_err();
        let mut open_targets: Vec<f32> =
            targets.iter().filter(is_open).map(|item| scores[item.index()]).collect();
        open_targets.sort_unstable_by(f32::total_cmp);
        Self { scores, masked, targets, open_targets }
    }

    /// Targets that are masked and so cannot be hit.
    pub fn masked_targets(&self) -> usize {
        self.targets.len() - self.open_targets.len()
    }

    /// Mean over the targets of the share of unseen products that are no targets and have a lower
    /// score, equal scores counting half. A masked target counts 0; 0.5 where every unseen product is a
    /// target.
    pub fn auc(&self) -> f32 {
        let mut ascending: Vec<ItemIdx> = self.targets.to_vec();
        ascending.sort_unstable();
        let (mut n_others, mut won) = (0_u64, 0.0);
        let (mut masked, mut targets) = (self.masked, &ascending[..]);
        for (at, &score) in self.scores.iter().enumerate() {
            // Both lists ascend, so each is walked once.
            if take(&mut masked, at) | take(&mut targets, at) {
                continue;
            }
            n_others += 1;
            let below = self.open_targets.partition_point(|&target| target < score);
            let up_to = self.open_targets.partition_point(|&target| target <= score);
            won += (self.open_targets.len() - up_to) as f64 + 0.5 * (up_to - below) as f64;
        }
        if n_others == 0 {
            return 0.5;
        }
        (won / (n_others as f64 * self.targets.len().max(1) as f64)) as f32
    }

    /// Mean over the targets of `-ln p`, nats, with `p` a probability over the unseen products. It is
    /// at most that of the least probability that is told from 0, which is also what a masked target
    /// or one without a score gets. 0 on a scale that knows no probabilities.
    pub fn log_loss(&self, scale: ScoreScale) -> f32 {
        let top = self.scores.iter().copied().fold(f32::NEG_INFINITY, f32::max);
        let weight = |score: f32| match scale {
            ScoreScale::Order => 1.0,
            ScoreScale::Probability => f64::from(score.max(0.0)),
            ScoreScale::Logit if score == f32::NEG_INFINITY => 0.0,
            ScoreScale::Logit => f64::from(score - top).exp(),
        };
        if scale == ScoreScale::Order {
            return 0.0;
        }
        let total: f64 = self.scores.iter().map(|&score| weight(score)).sum();
        let loss = |probability: f64| -probability.max(LEAST_PROBABILITY).ln();
        let probability = |&score: &f32| if total > 0.0 { weight(score) / total } else { 0.0 };
        let open: f64 = self.open_targets.iter().map(|score| loss(probability(score))).sum();
        let masked = self.masked_targets() as f64 * loss(0.0);
        ((open + masked) / self.targets.len().max(1) as f64) as f32
    }
}

/// Whether `at` is the next of an ascending list, which then goes on.
fn take(ascending: &mut &[ItemIdx], at: usize) -> bool {
    match ascending.split_first() {
        Some((next, rest)) if next.index() == at => {
            *ascending = rest;
            true
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
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
        let unseen = Unseen::new(&scores, &masked, &targets);
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
        let loss = |scores: &[f32], scale| Unseen::new(scores, &[], &targets).log_loss(scale);
        let expected = 4.0_f32.ln();
        assert!((loss(&chances, ScoreScale::Probability) - expected).abs() < 1e-6);
        assert!((loss(&logits, ScoreScale::Logit) - expected).abs() < 1e-5);
    }

    #[test]
    fn nothing_to_tell_apart_is_a_coin_toss() {
        let targets = items(&[0, 1]);
        assert!((Unseen::new(&[1.0, 2.0], &[], &targets).auc() - 0.5).abs() < 1e-6);
        let one = items(&[2]);
        assert!((Unseen::new(&[NONE; 5], &[], &one).auc() - 0.5).abs() < 1e-6, "all tied");
    }
}
