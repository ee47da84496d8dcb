//! The network while it learns: a lower part that runs without gradients, an upper one that changes.

use burn::module::Module;
use burn::tensor::Tensor;

use super::head::{Head, negative_log_likelihood};
use crate::control::Control;
use crate::model::ModelError;
use crate::model::bert::batch::{Batch, Sequence, by_length};
use crate::model::bert::config::BertConfig;
use crate::model::bert::course;
use crate::model::bert::device::SelectedDevice;
use crate::model::bert::encoder_config::EncoderConfig;
use crate::model::bert::learning::{Learning, divide, levels_down, micro_batch_tokens, unite};
use crate::model::bert::network::{Dropout, Encoder, LayerShape, pool, unit_rows};
use crate::model::bert::optimiser::{AdamW, NamedGrads, StepRates};
use crate::model::bert::weights::values_of;

/// Everything that has gradients.
#[derive(Module, Debug)]
pub(super) struct Learned {
    pub encoder: Encoder,
    pub head: Head,
}

/// An example as the network sees it.
pub(super) struct Example<'a> {
    /// The history's text.
    pub text: &'a Sequence,
    /// The candidate that came next.
    pub target: u32,
}

/// The network, its optimiser and where they run.
pub(super) struct Learner {
    frozen: Encoder,
    learning: Learning<Learned>,
    shape: LayerShape,
    dropout: (f32, f32),
    scale: f32,
    micro_tokens: usize,
    layer_decay: f64,
    seed: u64,
}

impl course::Learner for Learner {
    type Network = Learned;

    fn learning(&self) -> &Learning<Learned> {
        &self.learning
    }

    fn learning_mut(&mut self) -> &mut Learning<Learned> {
        &mut self.learning
    }
}

impl Learner {
    /// Split an encoder into the part that stays and the part that learns.
    pub fn new(
        config: &BertConfig,
        encoder_config: &EncoderConfig,
        encoder: Encoder,
        head: Head,
        device: &SelectedDevice,
        seed: u64,
    ) -> Self {
        let (frozen, upper) = divide(encoder, config.trainable, seed);
        let rate = |own: f64| config.dropout.unwrap_or(own) as f32;
        Self {
            frozen,
            learning: Learning::new(Learned { encoder: upper, head }, config.trainable, device),
            shape: LayerShape::of(encoder_config).recomputing(config.gradient_checkpointing),
            dropout: (
                rate(encoder_config.hidden_dropout_prob),
                rate(encoder_config.attention_probs_dropout_prob),
            ),
            scale: config.logit_scale,
            micro_tokens: micro_tokens(config, device.is_gpu),
            layer_decay: config.layer_decay,
            seed,
        }
    }

    /// One optimiser step on a batch: the mean loss, nats, and the gradient's L2 norm before clipping. Nothing
    /// has changed when it was cancelled.
    ///
    /// # Errors
    /// [`ModelError::Cancelled`], [`ModelError::Diverged`].
    pub fn step(
        &mut self,
        examples: &[Example<'_>],
        step: u64,
        rates: &StepRates,
        control: &Control,
    ) -> Result<(f32, f64), ModelError> {
        let lengths: Vec<usize> = examples.iter().map(|example| example.text.len()).collect();
        let mut grads = NamedGrads::default();
        let mut total = 0.0;
        for (part, indices) in by_length(&lengths, self.micro_tokens, usize::MAX).iter().enumerate()
        {
            control.check()?;
            let texts: Vec<&Sequence> = indices.iter().map(|&index| examples[index].text).collect();
            let targets: Vec<u32> = indices.iter().map(|&index| examples[index].target).collect();
            let dropout = Dropout {
                seed: self.seed,
                step: (step << 12) + part as u64,
                hidden: self.dropout.0,
                attention: self.dropout.1,
            };
            let batch = self.batch(&texts);
            let z = vectors(
                &self.frozen,
                &self.learning.network.encoder,
                &batch,
                self.shape,
                self.scale,
                Some(dropout),
            );
            let logits = self.learning.network.head.logits(z);
            let loss = negative_log_likelihood(logits, &targets, self.learning.device.is_gpu)
                / examples.len() as f32;
            total += values_of(loss.clone().inner())[0];
            if !total.is_finite() {
                return Err(ModelError::Diverged { loss: total, step });
            }
            control.check()?;
            grads.add(&self.learning.network, loss.backward());
        }
        let nothing = Learned::nothing(&self.learning.device);
        let depth = self.learning.network.encoder.layers.len();
        let factor = |path: &str| self.layer_decay.powi(levels_down(path, depth));
        let norm = self.learning.step(nothing, grads, rates, &factor);
        Ok((total, norm))
    }

    /// One optimiser step of the head alone, on vectors that are given, `[examples, hidden]`; mean loss, nats.
    pub fn head_step(
        &mut self,
        optimiser: &mut AdamW,
        z: Tensor<2>,
        targets: &[u32],
        rates: &StepRates,
    ) -> f32 {
        let logits = self.learning.network.head.logits(z * self.scale);
        let loss = negative_log_likelihood(logits, targets, self.learning.device.is_gpu)
            / targets.len() as f32;
        let value = values_of(loss.clone().inner())[0];
        let mut grads = NamedGrads::default();
        grads.add(&self.learning.network, loss.backward());
        let nothing = Learned::nothing(&self.learning.device);
        let learned = std::mem::replace(&mut self.learning.network, nothing);
        (self.learning.network, _) = optimiser.step(learned, grads, rates, &|_| 1.0);
        value
    }

    /// Logits of all candidates after each text, a function of a few texts at a time; for judging.
    pub fn logits(&self, texts: &[&Sequence]) -> Vec<f32> {
        let batch = self.batch(texts);
        let upper = self.learning.network.valid();
        let z = vectors(&self.frozen, &upper.encoder, &batch, self.shape, self.scale, None);
        values_of(upper.head.logits(z))
    }

    /// The whole encoder with what learned in it, and the head, outside of autodiff.
    pub fn into_parts(self) -> (Encoder, Head) {
        let Learned { encoder, head } = self.learning.network.valid();
        (unite(self.frozen, encoder), head)
    }

    fn batch(&self, texts: &[&Sequence]) -> Batch {
        self.learning.network.encoder.batch(texts, &self.learning.device)
    }
}

/// Tokens of one forward and backward pass.
pub(super) fn micro_tokens(config: &BertConfig, is_gpu: bool) -> usize {
    config.micro_batch_tokens.unwrap_or_else(|| micro_batch_tokens(config.trainable, is_gpu))
}

impl Learned {
    /// A stand-in without layers while the real weights are being updated.
    fn nothing(device: &SelectedDevice) -> Self {
        Self {
            encoder: Encoder { embeddings: None, layers: Vec::new() },
            head: Head::new(vec![0.0], vec![0.0], device.device()),
        }
    }
}

/// `z`, `[texts, hidden]`: pooled hidden states of length `scale`.
fn vectors(
    frozen: &Encoder,
    upper: &Encoder,
    batch: &Batch,
    shape: LayerShape,
    scale: f32,
    dropout: Option<Dropout>,
) -> Tensor<2> {
    let below = frozen.embeddings.is_some().then(|| frozen.forward(None, batch, shape, 0, None));
    let hidden = upper.forward(below, batch, shape, frozen.layers.len(), dropout);
    unit_rows(pool(hidden, batch)) * scale
}
