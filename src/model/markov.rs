//! First-order Markov chain over products, with the older steps of the history fading.

use std::path::Path;

use serde::{Deserialize, Serialize};

use super::arrays::{ArrayReader, ArrayWriter};
use super::counting::{Prior, SparseRows, score_parallel};
use super::levels::{SparseScores, sums};
use super::{
    FitContext, FittedModel, History, HistoryEvent, ModelConfig, ModelError, Reason, ScoreScale,
};
use crate::control::Control;
use crate::dataset::split::Split;
use crate::dataset::{Dataset, Interactions};
use crate::ids::ItemIdx;

const NAME: &str = "markov";
/// Users between two looks at the cancel flag.
const USERS_PER_CHECK: usize = 4096;

/// Settings of the chain.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct MarkovConfig {
    /// How many of the latest products of the history speak.
    pub window: usize,
    /// Weight of a product relative to the one after it, in `0..=1`; 0 leaves only the latest.
    pub decay: f32,
    /// Weight of popularity in each product's transitions, in observed steps; at least 0.
    pub smoothing: f32,
}

impl Default for MarkovConfig {
    fn default() -> Self {
        Self { window: 10, decay: 0.7, smoothing: 1.0 }
    }
}

impl MarkovConfig {
    fn check(&self) -> Result<(), ModelError> {
        let problem = if self.window == 0 {
            "window must be at least 1".to_owned()
        } else if !(0.0..=1.0).contains(&self.decay) {
            format!("decay must lie between 0 and 1, found {}", self.decay)
        } else if !(self.smoothing >= 0.0 && self.smoothing.is_finite()) {
            format!("smoothing must be 0 or more, found {}", self.smoothing)
        } else {
            return Ok(());
        };
        Err(ModelError::UnusableData(format!("the Markov settings cannot be used: {problem}")))
    }
}

/// Scores a product by its mean transition probability from the latest products of the history:
///
/// `score(j) = Σ_a decay^a · P(j | h_a) / Σ_a decay^a`, where `h_0` is the latest product, and
/// `P(j | i) = (count(i → j) + smoothing · prior(j)) / (count(i → ·) + smoothing)` (Dirichlet
/// smoothing towards the share of `j` among all shopper-product pairs). Unseen steps are therefore
/// ranked by popularity, below or among the seen ones by the same scale of probability. Products that
/// nobody met in training score `NEG_INFINITY`. An empty history scores by the prior alone.
#[derive(Debug, Clone, PartialEq)]
pub struct MarkovModel {
    config: MarkovConfig,
    /// Steps from row to column, `[n_items, n_items]`.
    counts: SparseRows,
    /// Steps from each product, `[n_items]`.
    totals: Vec<f32>,
    prior: Prior,
}

/// Count the steps between neighbouring visits of the training part.
///
/// # Errors
/// [`ModelError::UnusableData`] for settings out of range, [`ModelError::Cancelled`] on request.
pub fn fit(
    config: &MarkovConfig,
    dataset: &Dataset,
    split: &Split,
    context: &FitContext<'_>,
) -> Result<MarkovModel, ModelError> {
    config.check()?;
    let pairs = steps(&split.train, context.control)?;
    let counts = SparseRows::from_pairs(pairs, dataset.n_items());
    context.control.check()?;
    let prior = Prior::fit(&split.train, dataset.n_items());
    Ok(MarkovModel::new(config.clone(), counts, prior))
}

fn steps(log: &Interactions, control: &Control) -> Result<Vec<(u32, u32)>, ModelError> {
    let mut pairs = Vec::with_capacity(log.len());
    for (user, rows) in log.users() {
        if user.index() % USERS_PER_CHECK == 0 {
            control.check()?;
            control.report("stage-counting", user.index() as u64, log.n_users() as u64);
        }
        for row in rows.start + 1..rows.end {
            if let (Some(from), Some(to)) = (log.item(row - 1), log.item(row)) {
                pairs.push((from.0, to.0));
            }
        }
    }
    Ok(pairs)
}

/// Load a model that was saved into `folder`.
///
/// # Errors
/// [`ModelError::Io`] or [`ModelError::BadFile`] when the folder does not hold such a model.
pub fn load(config: &MarkovConfig, folder: &Path) -> Result<MarkovModel, ModelError> {
    config.check()?;
    let reader = ArrayReader::open(folder, NAME)?;
    let prior = Prior::new(reader.counts("shoppers")?);
    let counts = reader.rows(prior.n_items())?;
    Ok(MarkovModel::new(config.clone(), counts, prior))
}

impl MarkovModel {
    fn new(config: MarkovConfig, counts: SparseRows, prior: Prior) -> Self {
        let total = |row| counts.row(row).1.iter().sum();
        let totals = (0..counts.n_rows()).map(total).collect();
        Self { config, counts, totals, prior }
    }

    /// The products that speak, the latest first, each with its weight; weights sum to 1.
    fn voices<'a>(&self, history: &'a History) -> Vec<(&'a HistoryEvent, f32)> {
        let mut weight = 1.0;
        let mut voices = Vec::new();
        for event in history.events.iter().rev().take(self.config.window) {
            voices.push((event, weight));
            weight *= self.config.decay;
        }
        let total: f32 = voices.iter().map(|&(_, weight)| weight).sum();
        for (_, weight) in &mut voices {
            *weight /= total;
        }
        voices
    }

    /// How much popularity speaks beside the observed steps.
    fn prior_weight(&self, voices: &[(&HistoryEvent, f32)]) -> f32 {
        let mut prior_weight = if voices.is_empty() { 1.0 } else { 0.0 };
        for &(event, weight) in voices {
            let denominator = self.denominator(event.item);
            prior_weight += if denominator == 0.0 {
                weight
            } else {
                weight * self.config.smoothing / denominator
            };
        }
        prior_weight
    }

    /// What smoothed counts from a product are divided by; 0 if nothing is known of it.
    fn denominator(&self, from: ItemIdx) -> f32 {
        self.totals.get(from.index()).copied().unwrap_or(0.0) + self.config.smoothing
    }

    /// Probability of going on to `to` from `from`, smoothed.
    #[must_use]
    pub fn transition_probability(&self, from: ItemIdx, to: ItemIdx) -> f32 {
        let denominator = self.denominator(from);
        let chance = self.prior.chance.get(to.index()).copied().unwrap_or(0.0);
        if denominator == 0.0 {
            return chance;
        }
        (self.counts.get(from.index(), to.index()) + self.config.smoothing * chance) / denominator
    }
}

impl FittedModel for MarkovModel {
    fn config(&self) -> ModelConfig {
        ModelConfig::Markov(self.config.clone())
    }

    fn n_items(&self) -> usize {
        self.prior.n_items()
    }

    fn score_scale(&self) -> ScoreScale {
        ScoreScale::Probability
    }

    fn score(&self, history: &History) -> Vec<f32> {
        let voices = self.voices(history);
        let prior_weight = self.prior_weight(&voices);
        let mut scores: Vec<f32> =
            self.prior.chance.iter().map(|chance| chance * prior_weight).collect();
        for (event, weight) in voices {
            let scale = weight / self.denominator(event.item);
            for (to, count) in self.counts.entries(event.item.index()) {
                scores[to] += count * scale;
            }
        }
        for (score, &shoppers) in scores.iter_mut().zip(&self.prior.shoppers) {
            if shoppers == 0 {
                *score = f32::NEG_INFINITY;
            }
        }
        scores
    }

    fn score_batch(
        &self,
        histories: &[History],
        control: &Control,
    ) -> Result<Vec<Vec<f32>>, ModelError> {
        score_parallel(self, histories, control)
    }

    fn sparse_score(&self, history: &History) -> Option<SparseScores<'_>> {
        let voices = self.voices(history);
        let prior_weight = self.prior_weight(&voices);
        let mut steps = Vec::new();
        for (event, weight) in voices {
            let scale = weight / self.denominator(event.item);
            let (columns, counts) = self.counts.row(event.item.index());
            steps.extend(columns.iter().zip(counts).map(|(&to, count)| (to, count * scale)));
        }
        let mut special = sums(&steps, |item| self.prior.chance[item.index()] * prior_weight);
        special.retain(|(item, _)| self.prior.shoppers[item.index()] > 0);
        let of_level = self.prior.of_level(|item| self.prior.chance[item] * prior_weight);
        Some(SparseScores { levels: &self.prior.levels, of_level, special })
    }

    /// The observed steps to `item` by their part in its score; its popularity if there are none.
    fn explain(&self, history: &History, item: ItemIdx) -> Vec<Reason> {
        let mut reasons: Vec<(f32, Reason)> = Vec::new();
        let mut spoken = std::collections::HashSet::new();
        for (event, weight) in self.voices(history) {
            let is_observed = self.counts.get(event.item.index(), item.index()) > 0.0;
            if is_observed && spoken.insert(event.item) {
                let probability = self.transition_probability(event.item, item);
                reasons.push((
                    weight * probability,
                    Reason::FollowedFrom { item: event.item, probability },
                ));
            }
        }
        if reasons.is_empty() {
            return self
                .prior
                .rank(item)
                .map(|rank| Reason::Popular { rank })
                .into_iter()
                .collect();
        }
        reasons.sort_by(|a, b| b.0.total_cmp(&a.0));
        reasons.into_iter().map(|(_, reason)| reason).collect()
    }

    fn save(&self, folder: &Path) -> Result<(), ModelError> {
        ArrayWriter::default()
            .rows(&self.counts)
            .counts("shoppers", &self.prior.shoppers)
            .write(folder, NAME)
    }
}

#[cfg(test)]
mod tests {
    use super::super::baseline_tests::{fitted, split_of};
    use super::*;
    use crate::dataset::split::fixtures::shop;

    /// a → b twice, a → c once; d is only ever held out.
    fn model(config: &MarkovConfig) -> MarkovModel {
        let dataset = shop(&[
            ("u", "a", 1),
            ("u", "b", 2),
            ("v", "a", 1),
            ("v", "b", 2),
            ("w", "a", 1),
            ("w", "c", 2),
            ("x", "a", 1),
            ("x", "c", 2),
            ("x", "d", 3),
        ]);
        let split = split_of(&dataset);
        fitted(|context| fit(config, &dataset, &split, context))
    }

    #[test]
    fn probabilities_are_smoothed_by_popularity_and_sum_to_one() {
        // Shoppers in training: a 4, b 2, c 1, d 0; steps from a: b 2, c 1.
        let model = model(&MarkovConfig { smoothing: 2.0, ..MarkovConfig::default() });
        let from_a: Vec<f32> =
            (0..4).map(|to| model.transition_probability(ItemIdx(0), ItemIdx(to))).collect();
        let expected =
            [2.0 * 4.0 / 7.0, 2.0 + 2.0 * 2.0 / 7.0, 1.0 + 2.0 / 7.0, 0.0].map(|part| part / 5.0);
        for (found, expected) in from_a.iter().zip(expected) {
            assert!((found - expected).abs() < 1e-6, "{from_a:?}");
        }
        let scores = model.score(&History::from_items(&[ItemIdx(0)]));
        assert_eq!(scores[3], f32::NEG_INFINITY);
        assert!((scores[1] - expected[1]).abs() < 1e-6);
    }

    #[test]
    fn older_products_fade_and_the_window_ends() {
        let config = MarkovConfig { window: 2, decay: 0.5, smoothing: 0.0 };
        let model = model(&config);
        // b leads nowhere, so popularity speaks for it: chance of b is 2/7.
        let scores = model.score(&History::from_items(&[ItemIdx(2), ItemIdx(0), ItemIdx(1)]));
        let expected = (1.0 * 2.0 / 7.0 + 0.5 * 2.0 / 3.0) / 1.5;
        assert!((scores[1] - expected).abs() < 1e-6, "{scores:?}");
    }

    #[test]
    fn an_unknown_history_is_answered_by_popularity() {
        let model = model(&MarkovConfig::default());
        for history in [History::default(), History::from_items(&[ItemIdx(3)])] {
            let scores = model.score(&history);
            assert!((scores[0] - 4.0 / 7.0).abs() < 1e-6, "{scores:?}");
            assert_eq!(model.explain(&history, ItemIdx(0)), [Reason::Popular { rank: 1 }]);
        }
        let from_a = History::from_items(&[ItemIdx(0)]);
        assert!(matches!(
            model.explain(&from_a, ItemIdx(1))[..],
            [Reason::FollowedFrom { item: ItemIdx(0), .. }]
        ));
    }

    #[test]
    fn settings_out_of_range_are_refused() {
        for config in [
            MarkovConfig { window: 0, ..MarkovConfig::default() },
            MarkovConfig { decay: 1.5, ..MarkovConfig::default() },
            MarkovConfig { decay: f32::NAN, ..MarkovConfig::default() },
            MarkovConfig { smoothing: -1.0, ..MarkovConfig::default() },
        ] {
            assert!(matches!(config.check(), Err(ModelError::UnusableData(_))), "{config:?}");
        }
    }
}
