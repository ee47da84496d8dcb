//! An encoder that was fine-tuned on a text task.

use std::path::Path;

use burn::tensor::{Tensor, TensorData};
use rayon::prelude::*;

use super::config::TextTaskConfig;
use super::data::{Outputs, Predictions, TextInput};
use super::head::TaskHead;
use super::judge::outputs_of;
use super::learner::forward;
use super::loss::Loss;
use super::push::Push;
use super::{Reader, store};
use crate::control::Control;
use crate::model::ModelError;
use crate::model::bert::batch::Sequence;
use crate::model::bert::deltas::NamedWeights;
use crate::model::bert::device::guard;
use crate::model::bert::embedder::TextNetwork;
use crate::model::bert::finetune::TrainingResult;
use crate::model::bert::network::{Encoder, LayerShape, pool};
use crate::model::bert::weights::values_of;

/// Random noise on word vectors, to see what a model makes of it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Noise {
    /// Norm of the noise as a share of the norm of a text's word vectors.
    pub share: f64,
    /// Seed; each text has noise of its own, whatever batch it is in.
    pub seed: u64,
}

/// A fitted text task: applied to new texts, saved, read back.
#[derive(Debug)]
pub struct TextModel {
    pub(super) config: TextTaskConfig,
    pub(super) outputs: Outputs,
    pub(super) reader: Reader,
    pub(super) network: TextNetwork,
    pub(super) head: TaskHead,
    pub(super) loss: Loss,
    pub(super) result: TrainingResult,
    /// Fingerprint of the built-in encoder and the changes of low rank to it, where that is what was trained
    /// and nothing more has to be stored.
    pub(super) of_builtin: Option<(u64, NamedWeights)>,
}

impl TextModel {
    /// How it was configured.
    #[must_use]
    pub fn config(&self) -> &TextTaskConfig {
        &self.config
    }

    /// What it tells.
    #[must_use]
    pub fn outputs(&self) -> &Outputs {
        &self.outputs
    }

    /// How its training went.
    #[must_use]
    pub fn training(&self) -> &TrainingResult {
        &self.result
    }

    /// What it says of texts, in order.
    ///
    /// # Errors
    /// [`ModelError::Cancelled`] on request, [`ModelError::Device`] when the device fails.
    pub fn predict(
        &self,
        texts: &[TextInput],
        control: &Control,
    ) -> Result<Predictions, ModelError> {
        self.predict_with(texts, None, control)
    }

    /// [`Self::predict`] with noise on the word vectors.
    ///
    /// # Errors
    /// As [`Self::predict`].
    pub fn predict_with(
        &self,
        texts: &[TextInput],
        noise: Option<Noise>,
        control: &Control,
    ) -> Result<Predictions, ModelError> {
        let sequences = self.reader.sequences(texts.par_iter());
        let device = &self.network.device;
        let run = |chosen: &[&Sequence], indices: &[usize]| {
            guard(device, || Ok(self.run(chosen, indices, noise)))
        };
        let width = self.loss.outputs();
        let outputs = outputs_of(&sequences, width, "stage-classifying", control, run)?;
        Ok(self.loss.predictions(&outputs))
    }

    /// Write all that [`super::load`] needs into an existing folder. The folder is a base model too:
    /// `config.json`, `tokenizer.json` and `model.safetensors` are those of the fine-tuned encoder. Where only a
    /// small part of the built-in encoder learned, only that part is there, and opening adds the rest.
    ///
    /// # Errors
    /// [`ModelError::Io`].
    pub fn save(&self, folder: &Path) -> Result<(), ModelError> {
        store::save(self, folder)
    }

    fn run(&self, chosen: &[&Sequence], indices: &[usize], noise: Option<Noise>) -> Vec<f32> {
        let TextNetwork { encoder, config, device } = &self.network;
        let batch = encoder.batch(chosen, device);
        let nothing = Encoder { embeddings: None, layers: Vec::new() };
        let push = noise.and_then(|noise| {
            let words = values_of(encoder.embeddings.as_ref()?.words(&batch));
            let seeds: Vec<u64> = indices.iter().map(|&index| mixed(noise.seed, index)).collect();
            let push = Push::noise(&batch, &words, config.hidden_size, noise.share, &seeds);
            let shape = [push.values.len() / config.hidden_size, config.hidden_size];
            Some(Tensor::from_data(TensorData::new(push.values, shape), device.device()))
        });
        let hidden = forward([&nothing, encoder], &batch, LayerShape::of(config), push, None);
        values_of(self.head.logits(pool(hidden, &batch)))
    }
}

/// A seed for one text of many.
fn mixed(seed: u64, index: usize) -> u64 {
    (seed ^ (index as u64).wrapping_mul(0x9E37_79B9_7F4A_7C15)).rotate_left(17)
}
