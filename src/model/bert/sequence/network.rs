//! The network as it recommends: a BERT encoder whose words are products.

use burn::tensor::{Tensor, TensorData};

use super::config::Objective;
use super::learner::shape;
use crate::model::ModelError;
use crate::model::bert::batch::{Batch, Layout, Sequence};
use crate::model::bert::device::{SelectedDevice, guard};
use crate::model::bert::encoder_config::EncoderConfig;
use crate::model::bert::network::{Encoder, LayerShape, pool};
use crate::model::bert::tensors::HostTensor;
use crate::model::bert::weights::values_of;

/// An encoder over products, its objective and where it runs.
#[derive(Debug, Clone)]
pub(super) struct ProductNetwork {
    pub encoder: Encoder,
    pub config: EncoderConfig,
    pub device: SelectedDevice,
    pub objective: Objective,
}

impl ProductNetwork {
    /// With the products' vectors and the mask's as the table of words.
    pub fn new(
        encoder: Encoder,
        words: &HostTensor,
        config: &EncoderConfig,
        device: &SelectedDevice,
        objective: Objective,
    ) -> Self {
        let data = TensorData::new(words.values.clone(), words.shape.clone());
        let table = Tensor::from_data(data, device.device());
        let embeddings = encoder.embeddings.map(|part| part.with_word_table(table));
        Self {
            encoder: Encoder { embeddings, layers: encoder.layers },
            config: EncoderConfig { vocab_size: words.shape[0], ..config.clone() },
            device: device.clone(),
            objective,
        }
    }

    fn shape(&self) -> LayerShape {
        shape(self.objective, &self.config)
    }

    /// The newest of some products, given oldest first, as the network reads them; with a mask in the place
    /// of the one to come where it was trained on masks.
    pub fn input(&self, candidates: impl Iterator<Item = u32>) -> Vec<u32> {
        let mut items: Vec<u32> = candidates.collect();
        if items.is_empty() {
            return items;
        }
        if self.objective == Objective::Masked {
            items.push(self.config.vocab_size as u32 - 1);
        }
        let longest = self.config.max_position_embeddings;
        items.drain(..items.len().saturating_sub(longest));
        items
    }

    /// The vector z of each input, `[inputs, hidden]`; zeros for an empty one, so that the biases alone speak.
    ///
    /// # Errors
    /// [`ModelError::Device`].
    pub fn vectors(&self, inputs: &[&[u32]]) -> Result<Vec<f32>, ModelError> {
        let width = self.config.hidden_size;
        let sequences: Vec<Sequence> = inputs
            .iter()
            .filter(|items| !items.is_empty())
            .map(|items| last_pooled(items.to_vec()))
            .collect();
        if sequences.is_empty() {
            return Ok(vec![0.0; inputs.len() * width]);
        }
        let sequences: Vec<&Sequence> = sequences.iter().collect();
        let found = guard(&self.device, || {
            let layout = Layout::best_for(self.device.is_gpu);
            let batch = Batch::new(&sequences, layout, self.device.device())
                .aligned_to_end(self.config.max_position_embeddings);
            let hidden = self.encoder.forward(None, &batch, self.shape(), 0, None);
            Ok(values_of(pool(hidden, &batch)))
        })?;
        let mut rows = found.chunks_exact(width);
        let mut all = Vec::with_capacity(inputs.len() * width);
        for items in inputs {
            if items.is_empty() {
                all.resize(all.len() + width, 0.0);
            } else {
                all.extend_from_slice(rows.next().expect("a row of each input"));
            }
        }
        Ok(all)
    }
}

/// Products whose pooled vector is the hidden state of the last.
fn last_pooled(items: Vec<u32>) -> Sequence {
    let mut pooling = vec![0.0; items.len()];
    pooling[items.len() - 1] = 1.0;
    Sequence { ids: items, pooling, second: None }
}
