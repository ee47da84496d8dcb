//! The network while it learns: a lower part that runs without gradients, an upper one that changes.

use std::collections::BTreeMap;
use std::path::Path;

use burn::module::{Module, ModuleMapper, Param};
use burn::tensor::Tensor;

use super::head::{Head, negative_log_likelihood};
use super::optimiser::{AdamW, NamedGrads, StepRates};
use crate::control::Control;
use crate::model::ModelError;
use crate::model::bert::batch::{Batch, Layout, Sequence, by_length};
use crate::model::bert::config::{BertConfig, Trainable};
use crate::model::bert::device::SelectedDevice;
use crate::model::bert::encoder_config::EncoderConfig;
use crate::model::bert::network::{Dropout, Encoder, LayerShape, pool, unit_rows};
use crate::model::bert::tensors::HostTensor;
use crate::model::bert::weights::{collect, load_with, values_of};

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

/// Tokens of one micro-batch. Gradients of several are added up, so that a stop is noticed in between and
/// between the two ways through the network: on a CPU each takes well under a second.
pub(in crate::model::bert) fn micro_batch_tokens(trainable: Trainable, is_gpu: bool) -> usize {
    match trainable {
        _ if is_gpu => 16_384,
        Trainable::Full | Trainable::LowRank(_) | Trainable::Biases => 1_024,
        Trainable::TopLayers(_) => 1_536,
    }
}

/// The network, its optimiser and where they run.
pub(super) struct Learner {
    frozen: Encoder,
    learned: Learned,
    optimiser: AdamW,
    trainable: Trainable,
    device: SelectedDevice,
    shape: LayerShape,
    dropout: (f32, f32),
    scale: f32,
    micro_tokens: usize,
    seed: u64,
    gradient_norm: f64,
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
        let (frozen, upper) = divide(encoder, config.trainable);
        let upper = match config.trainable {
            Trainable::LowRank(rank) => upper.with_low_rank(rank, seed),
            _ => upper,
        };
        let rate = |own: f64| config.dropout.unwrap_or(own) as f32;
        Self {
            frozen,
            learned: ready_to_learn(Learned { encoder: upper, head }, config.trainable),
            optimiser: AdamW::new(device.is_gpu),
            trainable: config.trainable,
            device: device.clone(),
            shape: LayerShape::of(encoder_config),
            dropout: (
                rate(encoder_config.hidden_dropout_prob),
                rate(encoder_config.attention_probs_dropout_prob),
            ),
            scale: config.logit_scale,
            micro_tokens: micro_batch_tokens(config.trainable, device.is_gpu),
            seed,
            gradient_norm: 0.0,
        }
    }

    /// One optimiser step on a batch; the mean loss comes back, nats. Nothing has changed when it was cancelled.
    ///
    /// # Errors
    /// [`ModelError::Cancelled`], [`ModelError::Diverged`].
    pub fn step(
        &mut self,
        examples: &[Example<'_>],
        step: u64,
        rates: &StepRates,
        control: &Control,
    ) -> Result<f32, ModelError> {
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
                &self.learned.encoder,
                &batch,
                self.shape,
                self.scale,
                Some(dropout),
            );
            let logits = self.learned.head.logits(z);
            let loss = negative_log_likelihood(logits, &targets, self.device.is_gpu)
                / examples.len() as f32;
            total += values_of(loss.clone().inner())[0];
            if !total.is_finite() {
                return Err(ModelError::Diverged { loss: total, step });
            }
            control.check()?;
            grads.add(&self.learned, loss.backward());
        }
        let learned = self.hand_over();
        (self.learned, self.gradient_norm) =
            self.optimiser.step_with(learned, grads, rates, &|_| 1.0);
        Ok(total)
    }

    /// One optimiser step of the head alone, on vectors that are given, `[examples, hidden]`; mean loss, nats.
    pub fn head_step(
        &mut self,
        optimiser: &mut AdamW,
        z: Tensor<2>,
        targets: &[u32],
        rates: &StepRates,
    ) -> f32 {
        let logits = self.learned.head.logits(z * self.scale);
        let loss =
            negative_log_likelihood(logits, targets, self.device.is_gpu) / targets.len() as f32;
        let value = values_of(loss.clone().inner())[0];
        let mut grads = NamedGrads::default();
        grads.add(&self.learned, loss.backward());
        let learned = self.hand_over();
        self.learned = optimiser.step(learned, grads, rates);
        value
    }

    /// The weights themselves, not a second handle to them, so that an update can work in place.
    fn hand_over(&mut self) -> Learned {
        std::mem::replace(&mut self.learned, Learned::nothing(&self.device))
    }

    /// Logits of all candidates after each text, a function of a few texts at a time; for judging.
    pub fn logits(&self, texts: &[&Sequence]) -> Vec<f32> {
        let batch = self.batch(texts);
        let upper = self.learned.valid();
        let z = vectors(&self.frozen, &upper.encoder, &batch, self.shape, self.scale, None);
        values_of(upper.head.logits(z))
    }

    /// L2 norm of the last step's gradient before it was clipped.
    pub fn gradient_norm(&self) -> f64 {
        self.gradient_norm
    }

    /// Where it runs.
    pub fn device(&self) -> &SelectedDevice {
        &self.device
    }

    /// Weights that learn, by path.
    pub fn weights(&self) -> BTreeMap<String, HostTensor> {
        let mut weights = collect(&self.learned, str::to_owned);
        weights.retain(|path, _| learns(self.trainable, path));
        weights
    }

    /// Put back weights that [`Self::weights`] gave.
    ///
    /// # Errors
    /// [`ModelError::BadFile`] when they are of another network.
    pub fn set_weights(
        &mut self,
        weights: &BTreeMap<String, HostTensor>,
        path: &Path,
    ) -> Result<(), ModelError> {
        let fresh = self.learned.valid();
        let mut all = collect(&fresh, str::to_owned);
        all.retain(|path, _| !learns(self.trainable, path));
        all.extend(weights.clone());
        let loaded = load_with(fresh, &all, str::to_owned, path)?;
        self.learned = ready_to_learn(loaded, self.trainable);
        Ok(())
    }

    /// The optimiser's moments.
    pub fn optimiser_state(&self) -> BTreeMap<String, HostTensor> {
        self.optimiser.state()
    }

    /// Put back moments after `steps` steps.
    pub fn set_optimiser_state(&mut self, state: &BTreeMap<String, HostTensor>, steps: u64) {
        self.optimiser = AdamW::restore(state, steps, self.device.device(), self.device.is_gpu);
    }

    /// The whole encoder and the head, outside of autodiff.
    pub fn into_parts(self) -> (Encoder, Head) {
        let Learned { encoder, head } = self.learned.valid();
        (unite(self.frozen, encoder.merged()), head)
    }

    fn batch(&self, texts: &[&Sequence]) -> Batch {
        Batch::new(texts, Layout::best_for(self.device.is_gpu), self.device.device())
    }
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

/// Whether a weight of an encoder under a head learns.
pub(in crate::model::bert) fn learns(trainable: Trainable, path: &str) -> bool {
    path.starts_with("head.") || trainable.learns(path)
}

/// The network with gradients for the weights that learn, and for no others.
pub(in crate::model::bert) fn ready_to_learn<M: Module>(learned: M, trainable: Trainable) -> M {
    learned.train().map(&mut Freezer { path: Vec::new(), trainable })
}

struct Freezer {
    path: Vec<String>,
    trainable: Trainable,
}

impl ModuleMapper for Freezer {
    fn enter_module(&mut self, name: &str, _: &str) {
        self.path.push(name.to_owned());
    }

    fn exit_module(&mut self, _: &str, _: &str) {
        self.path.pop();
    }

    fn map_float<const D: usize>(&mut self, param: Param<Tensor<D>>) -> Param<Tensor<D>> {
        let learns = learns(self.trainable, &self.path.join("."));
        param.set_require_grad(learns)
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

/// An encoder as the part that stays and the part that learns.
pub(in crate::model::bert) fn divide(encoder: Encoder, trainable: Trainable) -> (Encoder, Encoder) {
    let Encoder { embeddings, mut layers } = encoder;
    let upper_layers = match trainable {
        Trainable::Full | Trainable::LowRank(_) | Trainable::Biases => layers.len(),
        Trainable::TopLayers(wanted) => wanted.min(layers.len()),
    };
    let upper_layers = layers.split_off(layers.len() - upper_layers);
    let (below, above) = match trainable {
        Trainable::Full => (None, embeddings),
        _ => (embeddings, None),
    };
    (Encoder { embeddings: below, layers }, Encoder { embeddings: above, layers: upper_layers })
}

/// The opposite of [`divide`].
pub(in crate::model::bert) fn unite(below: Encoder, above: Encoder) -> Encoder {
    let mut layers = below.layers;
    layers.extend(above.layers);
    Encoder { embeddings: below.embeddings.or(above.embeddings), layers }
}
