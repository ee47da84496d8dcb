//! The encoder while it learns from pairs.
//!
//! The loss needs all vectors of a batch at once, the memory for a whole batch may not be there, and a stop
//! must be noticed in between. So a batch that is too large for one pass goes through twice (Gao et al.
//! 2021): first without gradients, for the vectors, and how the loss falls along each; then part by part,
//! each with the share of the gradient that is its own. The sum is the gradient of the whole batch.

use burn::module::Module;
use burn::tensor::{Tensor, TensorData};

use super::config::PairConfig;
use super::loss::Ranking;
use crate::control::Control;
use crate::model::ModelError;
use crate::model::bert::batch::{Batch, Sequence, by_length};
use crate::model::bert::course;
use crate::model::bert::device::{SelectedDevice, guard};
use crate::model::bert::encoder_config::EncoderConfig;
use crate::model::bert::learning::{Learning, divide, levels_down, micro_batch_tokens, unite};
use crate::model::bert::network::{Dropout, Encoder, LayerShape, pool, select_rows, unit_rows};
use crate::model::bert::optimiser::{NamedGrads, StepRates};
use crate::model::bert::precision::Precision;
use crate::model::bert::weights::values_of;

/// Tokens and texts of one pass without gradients.
const JUDGED_TOKENS: usize = 2_048;
const JUDGED_TEXTS: usize = 128;

/// Everything that has gradients.
#[derive(Module, Debug)]
pub(super) struct Learned {
    encoder: Encoder,
}

/// Pairs of one step; a text that stands in several of them is read once.
pub(super) struct PairBatch<'a> {
    /// Distinct texts.
    pub texts: Vec<&'a Sequence>,
    /// The place of each pair's left text among them.
    pub left: Vec<usize>,
    /// The place of each pair's right text among them.
    pub right: Vec<usize>,
    /// Who does not stand against whom, see [`super::loss::taken_out`].
    pub out: Option<Vec<bool>>,
}

/// The network, its optimiser and where they run.
pub(super) struct PairLearner {
    frozen: Encoder,
    learning: Learning<Learned>,
    shape: LayerShape,
    dropout: (f32, f32),
    ranking: Ranking,
    micro_tokens: usize,
    layer_decay: f64,
    seed: u64,
}

impl course::Learner for PairLearner {
    type Network = Learned;

    fn learning(&self) -> &Learning<Learned> {
        &self.learning
    }

    fn learning_mut(&mut self) -> &mut Learning<Learned> {
        &mut self.learning
    }
}

impl PairLearner {
    /// Before the first step.
    pub fn new(
        config: &PairConfig,
        encoder_config: &EncoderConfig,
        encoder: Encoder,
        device: &SelectedDevice,
        seed: u64,
    ) -> Self {
        let (frozen, upper) = divide(encoder, config.trainable, seed);
        let rate = |own: f64| config.dropout.unwrap_or(own) as f32;
        Self {
            frozen,
            learning: Learning::new(Learned { encoder: upper }, config.trainable, device),
            shape: LayerShape::of(encoder_config)
                .recomputing(config.gradient_checkpointing)
                .with_precision(config.precision),
            dropout: (
                rate(encoder_config.hidden_dropout_prob),
                rate(encoder_config.attention_probs_dropout_prob),
            ),
            ranking: config.ranking(),
            micro_tokens: micro_tokens(config, device.is_gpu),
            layer_decay: config.layer_decay,
            seed,
        }
    }

    /// One optimiser step on a batch: the mean loss and the gradient's L2 norm before clipping. Nothing has
    /// changed when it was cancelled.
    ///
    /// # Errors
    /// [`ModelError::Cancelled`], [`ModelError::Diverged`].
    pub fn step(
        &mut self,
        batch: &PairBatch<'_>,
        step: u64,
        rates: &StepRates,
        control: &Control,
    ) -> Result<(f32, f64), ModelError> {
        let (loss, grads) = self.gradients(batch, step, control)?;
        let depth = self.learning.network.encoder.layers.len();
        let factor = |path: &str| self.layer_decay.powi(levels_down(path, depth));
        let nothing = Learned { encoder: Encoder { embeddings: None, layers: Vec::new() } };
        let norm = self.learning.step(nothing, grads, rates, &factor);
        Ok((loss, norm))
    }

    /// The mean loss of a batch and its gradients.
    ///
    /// # Errors
    /// [`ModelError::Cancelled`], [`ModelError::Diverged`].
    pub fn gradients(
        &self,
        batch: &PairBatch<'_>,
        step: u64,
        control: &Control,
    ) -> Result<(f32, NamedGrads), ModelError> {
        let lengths: Vec<usize> = batch.texts.iter().map(|text| text.len()).collect();
        let parts = by_length(&lengths, self.micro_tokens, usize::MAX);
        let network = &self.learning.network;
        let mut grads = NamedGrads::default();
        control.check()?;
        if let [whole] = parts.as_slice() {
            let vectors = self.part(&network.encoder, batch, whole, (step, 0));
            let loss = self.loss(vectors, batch, whole);
            let value = finite(&loss, step)?;
            control.check()?;
            grads.add(network, loss.backward());
            return Ok((value, grads));
        }
        let still = network.valid();
        let mut values = Vec::new();
        for (part, indices) in parts.iter().enumerate() {
            control.check()?;
            values.extend(values_of(self.part(&still.encoder, batch, indices, (step, part))));
        }
        let order: Vec<usize> = parts.concat();
        let width = values.len() / order.len();
        let vectors = self.tensor(values, width).autodiff().require_grad();
        let loss = self.loss(vectors.clone(), batch, &order);
        let value = finite(&loss, step)?;
        let along = vectors.grad_remove(&mut loss.backward()).map(values_of).unwrap_or_default();
        let mut rest = along.as_slice();
        for (part, indices) in parts.iter().enumerate() {
            control.check()?;
            let (own, others) = rest.split_at(indices.len() * width);
            rest = others;
            let own = self.tensor(own.to_vec(), width);
            let vectors = self.part(&network.encoder, batch, indices, (step, part));
            grads.add(network, (vectors * own).sum().backward());
        }
        Ok((value, grads))
    }

    fn tensor(&self, values: Vec<f32>, width: usize) -> Tensor<2> {
        let shape = [values.len() / width, width];
        Tensor::from_data(TensorData::new(values, shape), self.learning.device.device())
    }

    /// Unit vectors of some texts of a batch, with the dropout of this part of the step.
    fn part(
        &self,
        upper: &Encoder,
        batch: &PairBatch<'_>,
        indices: &[usize],
        (step, part): (u64, usize),
    ) -> Tensor<2> {
        let texts: Vec<&Sequence> = indices.iter().map(|&index| batch.texts[index]).collect();
        let dropout = Dropout {
            seed: self.seed,
            step: (step << 12) + part as u64,
            hidden: self.dropout.0,
            attention: self.dropout.1,
        };
        self.unit_vectors(upper, &texts, Some(dropout))
    }

    /// The loss from vectors of the batch's texts, which stand in this order.
    fn loss(&self, vectors: Tensor<2>, batch: &PairBatch<'_>, order: &[usize]) -> Tensor<1> {
        let mut row_of = vec![0; order.len()];
        for (row, &text) in order.iter().enumerate() {
            row_of[text] = row;
        }
        let rows = |places: &[usize]| {
            let rows: Vec<usize> = places.iter().map(|&place| row_of[place]).collect();
            select_rows(&vectors, &rows)
        };
        let (left, right) = (rows(&batch.left), rows(&batch.right));
        self.ranking.loss(left, right, batch.out.as_deref(), self.learning.device.is_gpu)
    }

    /// Pooled hidden states of length 1, `[texts, hidden]`; `upper` is the part that learns. Without dropout
    /// they are for judging, in full precision.
    fn unit_vectors(
        &self,
        upper: &Encoder,
        texts: &[&Sequence],
        dropout: Option<Dropout>,
    ) -> Tensor<2> {
        let precision = if dropout.is_some() { self.shape.precision() } else { Precision::Full };
        let (frozen, shape) = (&self.frozen, self.shape.with_precision(precision));
        let batch = self.batch(texts);
        let below =
            frozen.embeddings.is_some().then(|| frozen.forward(None, &batch, shape, 0, None));
        let hidden = upper.forward(below, &batch, shape, frozen.layers.len(), dropout);
        unit_rows(pool(hidden, &batch))
    }

    fn batch(&self, texts: &[&Sequence]) -> Batch {
        self.learning.network.encoder.batch(texts, &self.learning.device)
    }

    /// Unit vectors of texts as the encoder stands, `[texts, hidden]`, row-major; for judging.
    ///
    /// # Errors
    /// [`ModelError::Cancelled`], [`ModelError::Device`].
    pub fn vectors(&self, texts: &[Sequence], control: &Control) -> Result<Vec<f32>, ModelError> {
        let still = self.learning.network.valid();
        let lengths: Vec<usize> = texts.iter().map(Sequence::len).collect();
        let mut rows = vec![Vec::new(); texts.len()];
        let (mut done, total) = (0, texts.len() as u64);
        for batch in by_length(&lengths, JUDGED_TOKENS, JUDGED_TEXTS) {
            control.check()?;
            control.report("stage-validating", done, total);
            let chosen: Vec<&Sequence> = batch.iter().map(|&index| &texts[index]).collect();
            let found = guard(&self.learning.device, || {
                Ok(values_of(self.unit_vectors(&still.encoder, &chosen, None)))
            })?;
            let width = found.len() / batch.len();
            done += batch.len() as u64;
            for (index, row) in batch.into_iter().zip(found.chunks_exact(width)) {
                rows[index] = row.to_vec();
            }
        }
        Ok(rows.concat())
    }

    /// The whole encoder with what learned in it, outside of autodiff.
    pub fn into_encoder(self) -> Encoder {
        unite(self.frozen, self.learning.network.valid().encoder)
    }
}

/// A loss on the host, if it is a number.
fn finite(loss: &Tensor<1>, step: u64) -> Result<f32, ModelError> {
    let loss = values_of(loss.clone().inner())[0];
    if loss.is_finite() { Ok(loss) } else { Err(ModelError::Diverged { loss, step }) }
}

/// Tokens of one forward and backward pass.
pub(super) fn micro_tokens(config: &PairConfig, is_gpu: bool) -> usize {
    config.micro_batch_tokens.unwrap_or_else(|| micro_batch_tokens(config.trainable, is_gpu))
}

impl PairConfig {
    /// How scores become a loss.
    pub(super) fn ranking(&self) -> Ranking {
        Ranking { scale: self.scale as f32, symmetric: self.symmetric }
    }
}
