//! The network of a text task while it learns.

use burn::module::Module;
use burn::tensor::{Gradients, Tensor, TensorData};

use super::config::{Adversarial, TextTaskConfig};
use super::data::Target;
use super::head::{TaskHead, drop_pooled};
use super::loss::Loss;
use super::push::Push;
use crate::control::Control;
use crate::model::ModelError;
use crate::model::bert::batch::{Batch, Sequence, by_length};
use crate::model::bert::course;
use crate::model::bert::device::SelectedDevice;
use crate::model::bert::encoder_config::EncoderConfig;
use crate::model::bert::learning::{Learning, divide, levels_down, micro_batch_tokens, unite};
use crate::model::bert::network::{Dropout, Encoder, LayerShape, pool};
use crate::model::bert::optimiser::{NamedGrads, StepRates};
use crate::model::bert::precision::Precision;
use crate::model::bert::weights::values_of;

/// Everything that has gradients.
#[derive(Module, Debug)]
pub(super) struct Learned {
    encoder: Encoder,
    head: TaskHead,
}

/// A text as the network sees it.
#[derive(Clone, Copy)]
pub(super) struct Shown<'a> {
    pub sequence: &'a Sequence,
    pub target: Target,
}

/// The network, its optimiser and where they run.
pub(super) struct TaskLearner {
    frozen: Encoder,
    learning: Learning<Learned>,
    encoder: EncoderConfig,
    config: TextTaskConfig,
    loss: Loss,
    seed: u64,
}

impl course::Learner for TaskLearner {
    type Network = Learned;

    fn learning(&self) -> &Learning<Learned> {
        &self.learning
    }

    fn learning_mut(&mut self) -> &mut Learning<Learned> {
        &mut self.learning
    }
}

/// What one forward and backward pass gives.
struct Pass {
    loss: f32,
    grads: Gradients,
    /// Gradient of the push, `[rows, hidden]`; empty where nothing was pushed.
    along: Vec<f32>,
}

/// Part of a batch on its way through the network.
struct Part<'a> {
    batch: &'a Batch,
    targets: &'a [Target],
    dropout: Dropout,
    /// Texts of the whole batch.
    whole: usize,
}

impl TaskLearner {
    /// An encoder under a fresh head.
    pub fn new(
        config: &TextTaskConfig,
        encoder_config: &EncoderConfig,
        encoder: Encoder,
        loss: Loss,
        device: &SelectedDevice,
        seed: u64,
    ) -> Self {
        let (frozen, upper) = divide(encoder, config.trainable, seed);
        let width = encoder_config.hidden_size;
        let head = TaskHead::random(loss.outputs(), width, seed, device.device());
        Self {
            frozen,
            learning: Learning::new(Learned { encoder: upper, head }, config.trainable, device),
            encoder: encoder_config.clone(),
            config: config.clone(),
            loss,
            seed,
        }
    }

    /// One optimiser step on a batch: the mean loss and the gradient's norm before clipping. Nothing has
    /// changed when it was cancelled.
    ///
    /// # Errors
    /// [`ModelError::Cancelled`], [`ModelError::Diverged`].
    pub fn step(
        &mut self,
        shown: &[Shown<'_>],
        step: u64,
        rates: &StepRates,
        control: &Control,
    ) -> Result<(f32, f64), ModelError> {
        let (mut grads, mut total) = (NamedGrads::default(), 0.0);
        for (part, indices) in self.parts(shown).iter().enumerate() {
            let sequences: Vec<&Sequence> = indices.iter().map(|&at| shown[at].sequence).collect();
            let targets: Vec<Target> = indices.iter().map(|&at| shown[at].target).collect();
            let part = Part {
                batch: &self.batch(&sequences),
                targets: &targets,
                dropout: self.dropout((step << 12) + part as u64),
                whole: shown.len(),
            };
            total += self.add_gradients(&part, &mut grads, control)?;
            if !total.is_finite() {
                return Err(ModelError::Diverged { loss: total, step });
            }
        }
        let depth = self.learning.network.encoder.layers.len();
        let decay = self.config.layer_decay;
        let factor = |path: &str| decay.powi(levels_down(path, depth));
        let nothing = Learned {
            encoder: Encoder { embeddings: None, layers: Vec::new() },
            head: TaskHead::new(vec![0.0], vec![0.0], self.learning.device.device()),
        };
        let norm = self.learning.step(nothing, grads, rates, &factor);
        Ok((total, norm))
    }

    fn way(&self) -> LayerShape {
        LayerShape::of(&self.encoder)
            .recomputing(self.config.gradient_checkpointing)
            .with_precision(self.config.precision)
    }

    fn parts(&self, shown: &[Shown<'_>]) -> Vec<Vec<usize>> {
        let lengths: Vec<usize> = shown.iter().map(|one| one.sequence.len()).collect();
        let tokens = micro_tokens(&self.config, self.learning.device.is_gpu);
        by_length(&lengths, tokens, usize::MAX)
    }

    fn dropout(&self, step: u64) -> Dropout {
        let rate = |own: f64| self.config.dropout.unwrap_or(own) as f32;
        Dropout {
            seed: self.seed,
            step,
            hidden: rate(self.encoder.hidden_dropout_prob),
            attention: rate(self.encoder.attention_probs_dropout_prob),
        }
    }

    /// Adds up the gradients of a part, as the adversarial method says; its loss comes back.
    fn add_gradients(
        &self,
        part: &Part<'_>,
        grads: &mut NamedGrads,
        control: &Control,
    ) -> Result<f32, ModelError> {
        let steps = self.config.adversarial_steps;
        let mut keep = |pass: Pass| grads.add(&self.learning.network, pass.grads);
        if self.config.adversarial == Adversarial::None {
            let pass = self.pass(part, None, 1.0, control)?;
            let loss = pass.loss;
            keep(pass);
            return Ok(loss);
        }
        let width = self.encoder.hidden_size;
        let (mut push, mut loss) = (Push::none(part.batch, width), 0.0);
        let is_free = self.config.adversarial == Adversarial::FreeLb;
        let passes = match self.config.adversarial {
            Adversarial::FreeLb => steps,
            Adversarial::Pgd => steps + 1,
            Adversarial::Fgm | Adversarial::None => 2,
        };
        if is_free {
            let length = self.config.adversarial_start.min(self.config.adversarial_radius);
            let seed = self.seed ^ part.dropout.step.rotate_left(24);
            push = Push::random(part.batch, width, length, seed);
        }
        for index in 0..passes {
            let share = if is_free { 1.0 / passes as f32 } else { 1.0 };
            let mut pass = self.pass(part, Some(&push), share, control)?;
            self.go(&mut push, &pass.along);
            pass.along.clear();
            // FreeLB learns at every step, the others from the plain text and at the last step.
            if is_free {
                loss += pass.loss;
                keep(pass);
            } else if index == 0 || index + 1 == passes {
                loss = if index == 0 { pass.loss } else { loss };
                keep(pass);
            }
        }
        Ok(loss)
    }

    /// One adversarial step along the gradient.
    fn go(&self, push: &mut Push, along: &[f32]) {
        match self.config.adversarial {
            Adversarial::None => {}
            Adversarial::Fgm => push.go(along, self.config.adversarial_radius),
            Adversarial::Pgd | Adversarial::FreeLb => {
                push.go(along, self.config.adversarial_step_size);
                push.project(self.config.adversarial_radius);
            }
        }
    }

    /// Forward and backward; the loss is its share of the batch's mean.
    fn pass(
        &self,
        part: &Part<'_>,
        push: Option<&Push>,
        share: f32,
        control: &Control,
    ) -> Result<Pass, ModelError> {
        control.check()?;
        let rows = part.batch.places().count();
        let pushed = push.map(|push| {
            let data = TensorData::new(push.values.clone(), [rows, self.encoder.hidden_size]);
            let plain = Tensor::<2>::from_data(data, self.learning.device.device());
            plain.autodiff().require_grad()
        });
        let encoders = [&self.frozen, &self.learning.network.encoder];
        let hidden = forward(encoders, part.batch, self.way(), pushed.clone(), Some(part.dropout));
        let rate = self.config.head_dropout as f32;
        let pooled = drop_pooled(pool(hidden, part.batch), rate, self.seed, part.dropout.step);
        let outputs = self.learning.network.head.logits(pooled);
        let loss = self.loss.sum(outputs, part.targets, self.learning.device.is_gpu)
            * (share / part.whole as f32);
        let value = values_of(loss.clone().inner())[0];
        control.check()?;
        let mut grads = loss.backward();
        let along = pushed.and_then(|pushed| pushed.grad_remove(&mut grads)).map(values_of);
        Ok(Pass { loss: value, grads, along: along.unwrap_or_default() })
    }

    /// Outputs of a few texts, `[texts, outputs]`, row-major; for judging.
    pub fn outputs(&self, sequences: &[&Sequence]) -> Vec<f32> {
        let batch = self.batch(sequences);
        let upper = self.learning.network.valid();
        let way = self.way().with_precision(Precision::Full);
        let hidden = forward([&self.frozen, &upper.encoder], &batch, way, None, None);
        values_of(upper.head.logits(pool(hidden, &batch)))
    }

    /// What it learns by.
    pub fn loss(&self) -> &Loss {
        &self.loss
    }

    /// The whole encoder with what learned in it, and the head, outside of autodiff; what they learned by.
    pub fn into_parts(self) -> (Encoder, TaskHead, Loss) {
        let Learned { encoder, head } = self.learning.network.valid();
        (unite(self.frozen, encoder), head, self.loss)
    }

    fn batch(&self, sequences: &[&Sequence]) -> Batch {
        self.learning.network.encoder.batch(sequences, &self.learning.device)
    }
}

/// Tokens of one forward and backward pass.
pub(super) fn micro_tokens(config: &TextTaskConfig, is_gpu: bool) -> usize {
    config.micro_batch_tokens.unwrap_or_else(|| micro_batch_tokens(config.trainable, is_gpu))
}

/// Last hidden states, `[rows, hidden]`, through the part that stays and the part that learns; `push` is
/// added to the word vectors, which then have gradients whoever they belong to.
pub(super) fn forward(
    [below, above]: [&Encoder; 2],
    batch: &Batch,
    shape: LayerShape,
    push: Option<Tensor<2>>,
    dropout: Option<Dropout>,
) -> Tensor<2> {
    let Some(push) = push else {
        let lower = below.embeddings.is_some();
        let hidden = lower.then(|| below.forward(None, batch, shape, 0, None));
        return above.forward(hidden, batch, shape, below.layers.len(), dropout);
    };
    let epsilon = shape.epsilon();
    let start = match (&below.embeddings, &above.embeddings) {
        (Some(own), _) => own.forward_words(own.words(batch) + push, batch, epsilon, None),
        (None, Some(own)) => own.forward_words(own.words(batch) + push, batch, epsilon, dropout),
        (None, None) => panic!("one part of an encoder has its embeddings"),
    };
    let hidden = below.forward_layers(start, batch, shape, 0, None);
    above.forward_layers(hidden, batch, shape, below.layers.len(), dropout)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::bert::config::Trainable;

    use crate::model::bert::device::{DeviceChoice, select};
    use crate::model::bert::testing::tiny_model;

    fn learner(config: &TextTaskConfig) -> TaskLearner {
        let base = tiny_model(5);
        let device = select(DeviceChoice::Cpu).expect("a processor");
        let loss = Loss::CrossEntropy { weights: None, classes: 2 };
        let encoder = base.encoder(device.device()).expect("weights");
        TaskLearner::new(config, &base.config, encoder, loss, &device, 1)
    }

    /// A push along the gradient raises the loss, whoever owns the word vectors, and is as long as asked.
    #[test]
    fn a_push_along_the_gradient_raises_the_loss() {
        for trainable in [Trainable::Full, Trainable::TopLayers(1), Trainable::TopLayers(0)] {
            let method = |adversarial| TextTaskConfig {
                trainable,
                adversarial,
                adversarial_radius: 0.2,
                adversarial_step_size: 0.15,
                ..TextTaskConfig::default()
            };
            let learner = learner(&method(Adversarial::Fgm));
            let texts = [vec![101, 2417, 14757, 102], vec![101, 2630, 102]];
            let texts = texts.map(Sequence::mean_pooled);
            let batch = learner.batch(&texts.iter().collect::<Vec<_>>());
            let part = Part {
                batch: &batch,
                targets: &[Target::Class(0), Target::Class(1)],
                dropout: Dropout { seed: 0, step: 0, hidden: 0.1, attention: 0.1 },
                whole: 2,
            };
            let pass = |learner: &TaskLearner, push: Option<&Push>| {
                learner.pass(&part, push, 1.0, &Control::default()).expect("a pass")
            };
            let still = Push::none(&batch, 16);
            let plain = pass(&learner, Some(&still));
            let untouched = pass(&learner, None);
            assert!((plain.loss - untouched.loss).abs() < 1e-6, "{trainable}");
            assert!(untouched.along.is_empty() && plain.along.len() == 7 * 16);
            let mut push = still.clone();
            learner.go(&mut push, &plain.along);
            assert!(push.lengths().iter().all(|length| (length - 0.2).abs() < 1e-6));
            let pushed = pass(&learner, Some(&push));
            assert!(pushed.loss > plain.loss, "{trainable}: {} {}", pushed.loss, plain.loss);
            let stepwise = self::learner(&method(Adversarial::Pgd));
            let mut push = still;
            let mut last = plain.loss;
            for step in 1..=3 {
                let along = pass(&stepwise, Some(&push)).along;
                stepwise.go(&mut push, &along);
                let reached = (0.15 * f64::from(step)).min(0.2 + 1e-6);
                assert!(push.lengths().iter().all(|&length| length <= reached + 1e-6));
                let loss = pass(&stepwise, Some(&push)).loss;
                assert!(loss > last - 1e-4, "{trainable}: {loss} after {last}");
                last = loss;
            }
        }
    }
}
