//! The fitted recommender.

use std::path::Path;

use super::config::{Objective, SequenceConfig};
use super::network::ProductNetwork;
use crate::control::Control;
use crate::ids::ItemIdx;
use crate::model::bert::batch::by_length;
use crate::model::bert::finetune::TrainingResult;
use crate::model::bert::finetune::scorer::Scorer;
use crate::model::{
    FittedModel, History, ModelConfig, ModelError, Reason, Recommendation, ScoreScale,
};

/// A transformer over the products of a history (Kang and `McAuley` 2018, Sun et al. 2019).
///
/// The score of a product is `φᵀ z + b`: `z` is the network's output at the end of the history, φ the
/// product's vector, the one that the network reads too; the softmax of the scores over the catalogue is
/// the estimated probability of the product being next.
#[derive(Debug)]
pub struct SequenceRecommender {
    pub(super) config: SequenceConfig,
    pub(super) network: ProductNetwork,
    pub(super) scorer: Scorer,
    pub(super) result: TrainingResult,
}

impl SequenceRecommender {
    /// How its training went.
    #[must_use]
    pub fn training(&self) -> &TrainingResult {
        &self.result
    }

    /// The history as the network reads it; products that it does not know are left out.
    fn input(&self, history: &History) -> Vec<u32> {
        let events = history.events.iter();
        self.network.input(events.filter_map(|event| self.scorer.candidates.position(event.item)))
    }

    /// A device that fails is logged; there is no vector then.
    fn vector(&self, history: &History) -> Option<Vec<f32>> {
        self.network
            .vectors(&[&self.input(history)])
            .inspect_err(|error| tracing::error!("a history could not be read: {error}"))
            .ok()
    }
}

impl FittedModel for SequenceRecommender {
    fn config(&self) -> ModelConfig {
        match self.network.objective {
            Objective::Next => ModelConfig::Sasrec(self.config.clone()),
            Objective::Masked => ModelConfig::Bert4rec(self.config.clone()),
        }
    }

    fn n_items(&self) -> usize {
        self.scorer.candidates.n_items()
    }

    fn score_scale(&self) -> ScoreScale {
        ScoreScale::Logit
    }

    /// With a device that fails nothing is recommended.
    fn score(&self, history: &History) -> Vec<f32> {
        match self.vector(history) {
            Some(z) => self.scorer.scores(&z),
            None => vec![f32::NEG_INFINITY; self.n_items()],
        }
    }

    /// With a device that fails nothing is recommended.
    fn recommend(
        &self,
        history: &History,
        is_excluded: &dyn Fn(ItemIdx) -> bool,
        k: usize,
    ) -> Vec<Recommendation> {
        let z = self.vector(history);
        z.map_or_else(Vec::new, |z| self.scorer.best(&z, is_excluded, k))
    }

    fn score_batch(
        &self,
        histories: &[History],
        control: &Control,
    ) -> Result<Vec<Vec<f32>>, ModelError> {
        let inputs: Vec<Vec<u32>> = histories.iter().map(|history| self.input(history)).collect();
        let lengths: Vec<usize> = inputs.iter().map(Vec::len).collect();
        let mut all = vec![Vec::new(); inputs.len()];
        for batch in by_length(&lengths, 4_096, 256) {
            control.check()?;
            let chosen: Vec<&[u32]> = batch.iter().map(|&index| inputs[index].as_slice()).collect();
            let z = self.network.vectors(&chosen)?;
            for (index, scores) in batch.into_iter().zip(self.scorer.score_all(&z)) {
                all[index] = scores;
            }
        }
        Ok(all)
    }

    fn explain(&self, history: &History, item: ItemIdx) -> Vec<Reason> {
        let newest_first = history.events.iter().rev().take(self.config.max_items);
        self.scorer.near(newest_first.map(|event| event.item), item)
    }

    fn save(&self, folder: &Path) -> Result<(), ModelError> {
        super::store::save(self, folder)
    }
}
