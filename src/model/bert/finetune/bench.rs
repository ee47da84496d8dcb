//! Parts of fine-tuning set up for being measured.

use super::catalogue::Candidates;
use super::head::Head;
use super::learner::{Example, Learner};
use super::scorer::Scorer;
use super::towers::Products;
use crate::control::Control;
use crate::ids::ItemIdx;
use crate::model::ModelError;
use crate::model::bert::batch::Sequence;
use crate::model::bert::config::BertConfig;
use crate::model::bert::embedder::TextNetwork;
use crate::model::bert::optimiser::StepRates;

/// Optimiser steps on one batch.
pub(in crate::model::bert) struct StepBench {
    learner: Learner,
    texts: Vec<Sequence>,
    n_items: u32,
    steps: u64,
    rates: StepRates,
}

impl StepBench {
    /// A learner over `n_items` products that start alike.
    pub fn new(
        config: &BertConfig,
        network: TextNetwork,
        texts: Vec<Sequence>,
        n_items: u32,
    ) -> Self {
        let width = network.config.hidden_size;
        let phi = (0..n_items as usize * width).map(|index| (index as f32).sin() * 0.05).collect();
        let head = Head::new(phi, vec![0.0; n_items as usize], network.device.device());
        let products = Products::Learned(Box::new(head));
        Self {
            learner: Learner::new(config, network, products, None, &vec![1; n_items as usize], 1),
            texts,
            n_items,
            steps: 0,
            rates: StepRates {
                encoder: config.encoder_learning_rate,
                head: config.head_learning_rate,
                weight_decay: config.weight_decay,
                clip_norm: config.clip_norm,
                done: 0.5,
            },
        }
    }

    /// One step on the whole batch.
    pub fn step(&mut self) -> Result<(), ModelError> {
        let targets = (0..).map(|index| index * 7 % self.n_items);
        let examples: Vec<Example<'_>> = self
            .texts
            .iter()
            .zip(targets)
            .map(|(text, target)| Example { text, known: &[], target })
            .collect();
        self.learner.step(&examples, self.steps, &self.rates, &Control::default())?;
        self.steps += 1;
        Ok(())
    }
}

/// A large catalogue of product vectors.
pub(in crate::model::bert) struct ScanBench {
    scorer: Scorer,
    z: Vec<f32>,
}

impl ScanBench {
    /// `n_items` products of `width` numbers each.
    pub fn new(n_items: usize, width: usize) -> Self {
        let items = (0..n_items).map(ItemIdx::from_index).collect();
        let phi = (0..n_items * width).map(|index| (index as f32 * 0.37).sin()).collect();
        let candidates = Candidates::from_items(items, n_items);
        Self {
            scorer: Scorer::new(candidates, phi, vec![0.0; n_items], width),
            z: (0..width).map(|index| (index as f32).cos()).collect(),
        }
    }

    /// The best ten of all products.
    pub fn top_ten(&self) -> usize {
        self.scorer.best(&self.z, &|_| false, 10).len()
    }
}
