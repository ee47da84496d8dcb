//! Nearest products by shared shoppers.

use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};

use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::arrays::{ArrayReader, ArrayWriter};
use super::counting::{Prior, SparseRows, distinct_items, score_parallel};
use super::levels::{SparseScores, sums};
use super::{FitContext, FittedModel, History, HistoryEvent, ModelConfig, ModelError, Reason};
use crate::control::Control;
use crate::dataset::split::Split;
use crate::dataset::{Dataset, Interactions};
use crate::ids::ItemIdx;

const NAME: &str = "item_knn";
/// Products between two progress reports.
const ITEMS_PER_REPORT: u64 = 512;

/// Settings of the neighbourhood.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ItemKnnConfig {
    /// Neighbours kept of each product.
    pub neighbours: usize,
    /// Added to the denominator of the cosine, so that few shared shoppers weigh less; at least 0.
    pub shrinkage: f32,
    /// Weight of a product of the history relative to the one after it, in `0..=1`; 1 weighs all
    /// the same.
    pub decay: f32,
}

impl Default for ItemKnnConfig {
    fn default() -> Self {
        Self { neighbours: 100, shrinkage: 5.0, decay: 0.7 }
    }
}

impl ItemKnnConfig {
    fn check(&self) -> Result<(), ModelError> {
        let problem = if self.neighbours == 0 {
            "neighbours must be at least 1".to_owned()
        } else if !(self.shrinkage >= 0.0 && self.shrinkage.is_finite()) {
            format!("shrinkage must be 0 or more, found {}", self.shrinkage)
        } else if !(0.0..=1.0).contains(&self.decay) {
            format!("decay must lie between 0 and 1, found {}", self.decay)
        } else {
            return Ok(());
        };
        Err(ModelError::UnusableData(format!("the ItemKNN settings cannot be used: {problem}")))
    }
}

/// Scores a product by its similarity to the products of the history:
///
/// `score(j) = Σ_a decay^a · s(h_a, j)` over the kept neighbours of `h_a`, where `h_0` is the latest
/// product and `s(i, j) = shared(i, j) / (√(n_i · n_j) + shrinkage)` with `n` and `shared` counting
/// distinct shoppers of the training part; without shrinkage that is the cosine of their 0/1 vectors.
/// Products that are nobody's neighbour here follow by popularity, with scores below 0. Products that
/// nobody met in training score `NEG_INFINITY`.
#[derive(Debug, Clone, PartialEq)]
pub struct ItemKnnModel {
    config: ItemKnnConfig,
    /// Similarity of the kept neighbours, the nearest first, `[n_items, n_items]`.
    neighbours: SparseRows,
    prior: Prior,
}

/// Find the neighbours of every product in the training part.
///
/// # Errors
/// [`ModelError::UnusableData`] for settings out of range, [`ModelError::Cancelled`] on request.
pub fn fit(
    config: &ItemKnnConfig,
    dataset: &Dataset,
    split: &Split,
    context: &FitContext<'_>,
) -> Result<ItemKnnModel, ModelError> {
    config.check()?;
    let shop = Incidence::new(&split.train, dataset.n_items());
    context.control.check()?;
    let neighbours = all_neighbours(config, &shop, context.control)?;
    Ok(ItemKnnModel {
        config: config.clone(),
        neighbours: SparseRows::from_rows(neighbours),
        prior: Prior::fit(&split.train, dataset.n_items()),
    })
}

/// Who met what, both ways round.
struct Incidence {
    items_of_user: Vec<Vec<u32>>,
    users_of_item: Vec<Vec<u32>>,
}

impl Incidence {
    fn new(log: &Interactions, n_items: usize) -> Self {
        let items_of_user: Vec<Vec<u32>> =
            log.users().map(|(_, rows)| distinct_items(log, rows)).collect();
        let mut users_of_item = vec![Vec::new(); n_items];
        for (user, items) in (0..).zip(&items_of_user) {
            for &item in items {
                users_of_item[item as usize].push(user);
            }
        }
        Self { items_of_user, users_of_item }
    }

    /// How many shoppers each other product shares with `item`, in no particular order. `shared` is
    /// scratch space of zeros, `[n_items]`, and is zeros again afterwards.
    fn shared_with(&self, item: usize, shared: &mut [u32]) -> Vec<(u32, u32)> {
        let mut met = Vec::new();
        for &user in &self.users_of_item[item] {
            for &other in &self.items_of_user[user as usize] {
                if shared[other as usize] == 0 {
                    met.push(other);
                }
                shared[other as usize] += 1;
            }
        }
        let take = |other: u32| (other, std::mem::take(&mut shared[other as usize]));
        let mut counts: Vec<(u32, u32)> = met.into_iter().map(take).collect();
        counts.retain(|&(other, _)| other as usize != item);
        counts
    }
}

fn all_neighbours(
    config: &ItemKnnConfig,
    shop: &Incidence,
    control: &Control,
) -> Result<Vec<Vec<(u32, f32)>>, ModelError> {
    let n_items = shop.users_of_item.len();
    let done = AtomicU64::new(0);
    let one = |shared: &mut Vec<u32>, item: usize| {
        control.check()?;
        let before = done.fetch_add(1, Ordering::Relaxed);
        if before.is_multiple_of(ITEMS_PER_REPORT) {
            control.report("stage-neighbours", before, n_items as u64);
        }
        Ok(nearest(config, shop, item, shared))
    };
    (0..n_items).into_par_iter().map_init(|| vec![0; n_items], one).collect()
}

fn nearest(
    config: &ItemKnnConfig,
    shop: &Incidence,
    item: usize,
    shared: &mut [u32],
) -> Vec<(u32, f32)> {
    let similarity = |(other, shared): (u32, u32)| {
        let norm = norm(&shop.users_of_item[item], &shop.users_of_item[other as usize]);
        let similarity = (f64::from(shared) / (norm + f64::from(config.shrinkage))) as f32;
        (other, similarity)
    };
    let mut all: Vec<(u32, f32)> =
        shop.shared_with(item, shared).into_iter().map(similarity).collect();
    let better = |a: &(u32, f32), b: &(u32, f32)| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0));
    if all.len() > config.neighbours {
        all.select_nth_unstable_by(config.neighbours - 1, better);
        all.truncate(config.neighbours);
    }
    all.sort_unstable_by(better);
    all
}

fn norm(users: &[u32], others: &[u32]) -> f64 {
    (users.len() as f64 * others.len() as f64).sqrt()
}

/// Load a model that was saved into `folder`.
///
/// # Errors
/// [`ModelError::Io`] or [`ModelError::BadFile`] when the folder does not hold such a model.
pub fn load(config: &ItemKnnConfig, folder: &Path) -> Result<ItemKnnModel, ModelError> {
    config.check()?;
    let reader = ArrayReader::open(folder, NAME)?;
    let prior = Prior::new(reader.counts("shoppers")?);
    let neighbours = reader.rows(prior.n_items())?;
    Ok(ItemKnnModel { config: config.clone(), neighbours, prior })
}

impl ItemKnnModel {
    /// The products of the history, the latest first, each with its weight.
    fn voices<'a>(&self, history: &'a History) -> impl Iterator<Item = (&'a HistoryEvent, f32)> {
        let decay = self.config.decay;
        let weights = std::iter::successors(Some(1.0_f32), move |weight| Some(weight * decay));
        history.events.iter().rev().zip(weights).take_while(|&(_, weight)| weight > f32::EPSILON)
    }

    /// The cosine behind a kept similarity, free of shrinkage.
    fn cosine(&self, item: ItemIdx, other: ItemIdx) -> Option<f32> {
        let similarity = self.neighbours.get(item.index(), other.index());
        let shoppers =
            |item: ItemIdx| self.prior.shoppers.get(item.index()).copied().map_or(0.0, f64::from);
        let norm = (shoppers(item) * shoppers(other)).sqrt();
        let cosine =
            (f64::from(similarity) * (norm + f64::from(self.config.shrinkage)) / norm) as f32;
        (similarity > 0.0).then_some(cosine)
    }

    /// A score below every similarity, by popularity.
    fn fallback(&self, item: usize) -> f32 {
        if self.prior.shoppers[item] == 0 {
            f32::NEG_INFINITY
        } else {
            self.prior.chance[item] - 1.0
        }
    }
}

impl FittedModel for ItemKnnModel {
    fn config(&self) -> ModelConfig {
        ModelConfig::ItemKnn(self.config.clone())
    }

    fn n_items(&self) -> usize {
        self.prior.n_items()
    }

    fn score(&self, history: &History) -> Vec<f32> {
        let mut scores = vec![0.0; self.n_items()];
        for (event, weight) in self.voices(history) {
            for (other, similarity) in self.neighbours.entries(event.item.index()) {
                scores[other] += weight * similarity;
            }
        }
        for (item, score) in scores.iter_mut().enumerate() {
            if *score == 0.0 {
                *score = self.fallback(item);
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
        let mut parts = Vec::new();
        for (event, weight) in self.voices(history) {
            let (others, similarities) = self.neighbours.row(event.item.index());
            let part = |(&other, similarity): (&u32, &f32)| (other, weight * similarity);
            parts.extend(others.iter().zip(similarities).map(part));
        }
        let mut special = sums(&parts, |_| 0.0);
        special.retain(|&(_, score)| score != 0.0);
        let of_level = self.prior.of_level(|item| self.fallback(item));
        Some(SparseScores { levels: &self.prior.levels, of_level, special })
    }

    /// The products of the history whose neighbour `item` is, by their part in its score; its
    /// popularity if there are none.
    fn explain(&self, history: &History, item: ItemIdx) -> Vec<Reason> {
        let mut reasons: Vec<(f32, Reason)> = Vec::new();
        let mut spoken = std::collections::HashSet::new();
        for (event, weight) in self.voices(history) {
            if let Some(cosine) =
                self.cosine(event.item, item).filter(|_| spoken.insert(event.item))
            {
                let part = weight * self.neighbours.get(event.item.index(), item.index());
                reasons.push((part, Reason::MetTogether { item: event.item, cosine }));
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
            .rows(&self.neighbours)
            .counts("shoppers", &self.prior.shoppers)
            .write(folder, NAME)
    }
}

#[cfg(test)]
mod tests {
    use super::super::baseline_tests::{fitted, split_of};
    use super::*;
    use crate::dataset::split::fixtures::shop;

    /// Shoppers in training: a {u, v, w}, b {u, v}, c {w}, d nobody.
    fn model(config: &ItemKnnConfig) -> ItemKnnModel {
        let dataset = shop(&[
            ("u", "a", 1),
            ("u", "b", 2),
            ("v", "b", 1),
            ("v", "a", 2),
            ("w", "a", 1),
            ("w", "c", 2),
            ("w", "b", 3),
            ("w", "d", 4),
        ]);
        let split = split_of(&dataset);
        fitted(|context| fit(config, &dataset, &split, context))
    }

    #[test]
    fn scores_are_cosines_weighted_by_recency() {
        let model =
            model(&ItemKnnConfig { decay: 0.5, shrinkage: 0.0, ..ItemKnnConfig::default() });
        let (ab, ac) = (2.0 / 6.0_f32.sqrt(), 1.0 / 3.0_f32.sqrt());
        let scores = model.score(&History::from_items(&[ItemIdx(0)]));
        assert!((scores[1] - ab).abs() < 1e-6 && (scores[2] - ac).abs() < 1e-6, "{scores:?}");
        assert_eq!(scores[3], f32::NEG_INFINITY);
        assert!(scores[0] < 0.0, "a product is no neighbour of itself");
        let scores = model.score(&History::from_items(&[ItemIdx(2), ItemIdx(1)]));
        assert!((scores[0] - (ab + 0.5 * ac)).abs() < 1e-6, "{scores:?}");
    }

    #[test]
    fn shrinkage_lowers_scores_but_not_the_cosine_that_is_shown() {
        let model = model(&ItemKnnConfig { shrinkage: 10.0, ..ItemKnnConfig::default() });
        let history = History::from_items(&[ItemIdx(0)]);
        let expected = 2.0 / (6.0_f32.sqrt() + 10.0);
        assert!((model.score(&history)[1] - expected).abs() < 1e-6);
        let [Reason::MetTogether { item: ItemIdx(0), cosine }] =
            model.explain(&history, ItemIdx(1))[..]
        else {
            panic!("one reason")
        };
        assert!((cosine - 2.0 / 6.0_f32.sqrt()).abs() < 1e-5, "{cosine}");
    }

    #[test]
    fn only_the_nearest_neighbours_are_kept() {
        let model = model(&ItemKnnConfig { neighbours: 1, ..ItemKnnConfig::default() });
        let scores = model.score(&History::from_items(&[ItemIdx(0)]));
        assert!(scores[1] > 0.0 && scores[2] < 0.0, "{scores:?}");
        assert_eq!(
            model.explain(&History::from_items(&[ItemIdx(0)]), ItemIdx(2)),
            [Reason::Popular { rank: 3 }]
        );
    }

    #[test]
    fn settings_out_of_range_are_refused() {
        for config in [
            ItemKnnConfig { neighbours: 0, ..ItemKnnConfig::default() },
            ItemKnnConfig { decay: -0.1, ..ItemKnnConfig::default() },
            ItemKnnConfig { shrinkage: f32::NAN, ..ItemKnnConfig::default() },
        ] {
            assert!(matches!(config.check(), Err(ModelError::UnusableData(_))), "{config:?}");
        }
    }
}
