//! Most met products: the simplest rule that any model has to beat.

use std::path::Path;

use super::arrays::{ArrayReader, ArrayWriter};
use super::counting::{Prior, score_parallel};
use super::levels::SparseScores;
use super::{FitContext, FittedModel, History, ModelConfig, ModelError, Reason, ScoreScale};
use crate::control::Control;
use crate::dataset::Dataset;
use crate::dataset::split::Split;
use crate::ids::ItemIdx;

const NAME: &str = "popularity";

/// Ranks products by how many distinct shoppers met them in training, whatever the history.
#[derive(Debug, Clone, PartialEq)]
pub struct PopularityModel {
    prior: Prior,
}

/// Count the shoppers of each product in the training part.
///
/// # Errors
/// [`ModelError::Cancelled`] on request.
pub fn fit(
    dataset: &Dataset,
    split: &Split,
    context: &FitContext<'_>,
) -> Result<PopularityModel, ModelError> {
    context.control.check()?;
    let prior = Prior::fit(&split.train, dataset.n_items());
    context.control.check()?;
    Ok(PopularityModel { prior })
}

/// Load a model that was saved into `folder`.
///
/// # Errors
/// [`ModelError::Io`] or [`ModelError::BadFile`] when the folder does not hold such a model.
pub fn load(folder: &Path) -> Result<PopularityModel, ModelError> {
    let shoppers = ArrayReader::open(folder, NAME)?.counts("shoppers")?;
    Ok(PopularityModel { prior: Prior::new(shoppers) })
}

impl FittedModel for PopularityModel {
    fn config(&self) -> ModelConfig {
        ModelConfig::Popularity
    }

    fn n_items(&self) -> usize {
        self.prior.n_items()
    }

    fn score_scale(&self) -> ScoreScale {
        ScoreScale::Probability
    }

    /// The number of shoppers of each product; `NEG_INFINITY` for products that nobody met.
    fn score(&self, _: &History) -> Vec<f32> {
        let score = |&count: &u32| if count == 0 { f32::NEG_INFINITY } else { count as f32 };
        self.prior.shoppers.iter().map(score).collect()
    }

    fn score_batch(
        &self,
        histories: &[History],
        control: &Control,
    ) -> Result<Vec<Vec<f32>>, ModelError> {
        score_parallel(self, histories, control)
    }

    fn sparse_score(&self, _: &History) -> Option<SparseScores<'_>> {
        let of_level = self.prior.of_level(|item| self.prior.shoppers[item] as f32);
        Some(SparseScores { levels: &self.prior.levels, of_level, special: Vec::new() })
    }

    fn explain(&self, _: &History, item: ItemIdx) -> Vec<Reason> {
        self.prior.rank(item).map(|rank| Reason::Popular { rank }).into_iter().collect()
    }

    fn save(&self, folder: &Path) -> Result<(), ModelError> {
        ArrayWriter::default().counts("shoppers", &self.prior.shoppers).write(folder, NAME)
    }
}

#[cfg(test)]
mod tests {
    use super::super::baseline_tests::{fitted, split_of};
    use super::*;
    use crate::dataset::split::fixtures::shop;

    #[test]
    fn products_are_ranked_by_distinct_shoppers_in_training() {
        let dataset = shop(&[
            ("u", "a", 1),
            ("u", "b", 2),
            ("u", "a", 3),
            ("u", "c", 4),
            ("u", "d", 5),
            ("v", "b", 1),
            ("w", "b", 1),
        ]);
        let split = split_of(&dataset);
        let model = fitted(|context| fit(&dataset, &split, context));
        assert_eq!(
            model.score(&History::default()),
            [1.0, 3.0, f32::NEG_INFINITY, f32::NEG_INFINITY]
        );
        assert_eq!(model.explain(&History::default(), ItemIdx(0)), [Reason::Popular { rank: 2 }]);
        assert_eq!(model.explain(&History::default(), ItemIdx(2)), []);
    }
}
