//! The fitted recommender.

use std::collections::HashMap;
use std::path::Path;
use std::sync::{Mutex, PoisonError};

use serde::{Deserialize, Serialize};

use super::facts::mean_row;
use super::history::{HistoryReader, Told};
use super::scorer::Scorer;
use crate::control::Control;
use crate::ids::ItemIdx;
use crate::model::bert::batch::{Sequence, by_length};
use crate::model::bert::config::BertConfig;
use crate::model::bert::deltas::NamedWeights;
use crate::model::bert::device::guard;
use crate::model::bert::embedder::TextNetwork;
use crate::model::bert::memory::{MemoryEstimate, WeightCount};
use crate::model::bert::pretrained::{Pooling, Pretrained};
use crate::model::bert::weights::{checkpoint_name, collect};
use crate::model::{
    EpochReport, FittedModel, History, ModelConfig, ModelError, Reason, Recommendation, ScoreScale,
};

/// How a training went.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TrainingResult {
    /// The encoder that it started from.
    pub base_model: String,
    /// The device that it ran on.
    pub device: String,
    /// Seed of everything random.
    pub seed: u64,
    /// Next-product steps that could be drawn.
    pub examples: usize,
    /// Optimiser steps done.
    pub steps: u64,
    /// Seconds of training, those before an interruption included.
    pub fit_secs: f64,
    /// Epochs as they were judged, 0 before training.
    pub epochs: Vec<EpochReport>,
    /// The epoch whose weights the model has.
    pub best_epoch: u32,
    /// What memory it was thought to need before it began.
    #[serde(default)]
    pub memory: Option<MemoryEstimate>,
    /// How many of the encoder's weights learned.
    #[serde(default)]
    pub weights: Option<WeightCount>,
}

/// A BERT encoder and product vectors fine-tuned on the next product.
///
/// The score of a product is `φᵀ z + b`, where `z` is the encoder's vector of the history's text; its
/// softmax over the catalogue is the estimated probability of the product being next.
#[derive(Debug)]
pub struct BertRecommender {
    pub(super) config: BertConfig,
    pub(super) network: TextNetwork,
    pub(super) reader: HistoryReader,
    pub(super) scorer: Scorer,
    pub(super) result: TrainingResult,
    pub(super) base_fingerprint: u64,
    /// The changes of low rank that were made part of the encoder.
    pub(super) changes: NamedWeights,
    pub(super) recent: RecentVectors,
    /// What a product in a history adds to its vector, `[candidates, hidden]`, where there is knowledge.
    pub(super) facts: Option<Vec<f32>>,
}

impl BertRecommender {
    /// How its training went.
    #[must_use]
    pub fn training(&self) -> &TrainingResult {
        &self.result
    }

    /// The device that histories are read on.
    #[must_use]
    pub fn device(&self) -> &str {
        &self.network.device.description
    }

    /// The fine-tuned encoder alone, with the tokenizer of the model that it started from.
    ///
    /// # Errors
    /// [`ModelError`] when that model is not there any more, or the device fails.
    pub fn encoder(&self) -> Result<Pretrained, ModelError> {
        let base = Pretrained::open(self.config.base_model.as_deref())?;
        let learned =
            guard(&self.network.device, || Ok(collect(&self.network.encoder, checkpoint_name)))?;
        // The pooler has not learned, but those who read the model may look for it.
        let mut weights = base.weights.clone();
        weights.retain(|name, _| name.starts_with("pooler."));
        weights.extend(learned);
        Ok(Pretrained {
            name: format!("{}, fine-tuned", base.name),
            config: self.network.config.clone(),
            pooling: Pooling::Mean,
            weights,
            apart: Some(self.config.trainable).filter(|trainable| trainable.stays_apart()),
            ..base
        })
    }

    /// The history text's word pieces; what the vector of a history depends on.
    pub(super) fn text(&self, history: &History) -> Sequence {
        let newest_first =
            history.events.iter().rev().map(|event| Told { item: event.item, kind: event.kind });
        self.reader.text(newest_first.filter(|told| told.item.index() < self.reader.n_items()))
    }

    /// `z`, `[hidden]`.
    fn vector(&self, history: &History) -> Result<Vec<f32>, ModelError> {
        let text = self.text(history);
        let mut vector = match self.recent.get(&text.ids) {
            Some(found) => found,
            None => {
                let vector = guard(&self.network.device, || Ok(self.scaled_batch(&[&text])))?;
                self.recent.put(text.ids, &vector);
                vector
            }
        };
        self.add_known(&mut vector, history);
        Ok(vector)
    }

    /// Adds what is known of a history's products to its vector.
    fn add_known(&self, vector: &mut [f32], history: &History) {
        let Some(facts) = &self.facts else { return };
        let newest_first =
            history.events.iter().rev().map(|event| Told { item: event.item, kind: event.kind });
        let recent = newest_first
            .filter(|told| told.item.index() < self.reader.n_items())
            .take(self.reader.history_items());
        let mean = mean_row(facts, self.scorer.width, &self.scorer.candidates, recent);
        vector.iter_mut().zip(mean).for_each(|(value, known)| *value += known);
    }

    /// `z` of several texts, `[texts, hidden]`.
    fn scaled_batch(&self, texts: &[&Sequence]) -> Vec<f32> {
        let mut vectors = self.network.embed_batch(texts);
        vectors.iter_mut().for_each(|value| *value *= self.config.logit_scale);
        vectors
    }
}

impl FittedModel for BertRecommender {
    fn config(&self) -> ModelConfig {
        ModelConfig::Bert(self.config.clone())
    }

    fn n_items(&self) -> usize {
        self.scorer.candidates.n_items()
    }

    fn score_scale(&self) -> ScoreScale {
        ScoreScale::Logit
    }

    /// A device that fails is logged and nothing is recommended.
    fn score(&self, history: &History) -> Vec<f32> {
        match self.vector(history) {
            Ok(z) => self.scorer.scores(&z),
            Err(error) => {
                tracing::error!("the BERT recommender cannot read a history: {error}");
                vec![f32::NEG_INFINITY; self.n_items()]
            }
        }
    }

    /// A device that fails is logged and nothing is recommended.
    fn recommend(
        &self,
        history: &History,
        is_excluded: &dyn Fn(ItemIdx) -> bool,
        k: usize,
    ) -> Vec<Recommendation> {
        match self.vector(history) {
            Ok(z) => self.scorer.best(&z, is_excluded, k),
            Err(error) => {
                tracing::error!("the BERT recommender cannot read a history: {error}");
                Vec::new()
            }
        }
    }

    fn score_batch(
        &self,
        histories: &[History],
        control: &Control,
    ) -> Result<Vec<Vec<f32>>, ModelError> {
        let texts: Vec<Sequence> = histories.iter().map(|history| self.text(history)).collect();
        let lengths: Vec<usize> = texts.iter().map(Sequence::len).collect();
        let mut all = vec![Vec::new(); texts.len()];
        for batch in by_length(&lengths, 2_048, 128) {
            control.check()?;
            let chosen: Vec<&Sequence> = batch.iter().map(|&index| &texts[index]).collect();
            let mut z = guard(&self.network.device, || Ok(self.scaled_batch(&chosen)))?;
            for (z, &index) in z.chunks_exact_mut(self.scorer.width).zip(&batch) {
                self.add_known(z, &histories[index]);
            }
            for (index, scores) in batch.into_iter().zip(self.scorer.score_all(&z)) {
                all[index] = scores;
            }
        }
        Ok(all)
    }

    fn explain(&self, history: &History, item: ItemIdx) -> Vec<Reason> {
        let newest_first = history.events.iter().rev().take(self.reader.history_items());
        self.scorer.near(newest_first.map(|event| event.item), item)
    }

    fn save(&self, folder: &Path) -> Result<(), ModelError> {
        super::store::save(self, folder)
    }
}

/// Vectors of the histories asked for last, so that filters and explanations cost no second pass.
#[derive(Debug, Default)]
pub(super) struct RecentVectors {
    known: Mutex<HashMap<Vec<u32>, Vec<f32>>>,
}

const RECENT: usize = 512;

impl RecentVectors {
    fn get(&self, text: &[u32]) -> Option<Vec<f32>> {
        self.known.lock().unwrap_or_else(PoisonError::into_inner).get(text).cloned()
    }

    fn put(&self, text: Vec<u32>, vector: &[f32]) {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if known.len() >= RECENT {
            known.clear();
        }
        known.insert(text, vector.to_vec());
    }
}
