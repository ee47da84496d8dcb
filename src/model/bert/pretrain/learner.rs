//! The network while it is pre-trained, and what it says of held-out examples.

use burn::module::Module;
use burn::tensor::Tensor;

use super::config::PretrainConfig;
use super::examples::Masked;
use super::heads::Learned;
use crate::control::Control;
use crate::model::ModelError;
use crate::model::bert::batch::{Batch, Layout, Sequence, by_length};
use crate::model::bert::config::Trainable;
use crate::model::bert::course;
use crate::model::bert::device::SelectedDevice;
use crate::model::bert::encoder_config::EncoderConfig;
use crate::model::bert::learning::Learning;
use crate::model::bert::network::{Dropout, LayerShape, pool, select_rows};
use crate::model::bert::optimiser::{NamedGrads, StepRates};
use crate::model::bert::precision::Precision;
use crate::model::bert::softmax::negative_log_likelihood;
use crate::model::bert::weights::values_of;

/// Mean losses of a batch, nats. What is minimised is their sum.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(super) struct Losses {
    /// Of the tokens to be predicted.
    pub masked: f32,
    /// Of the pairs; 0 where there is none.
    pub next: f32,
}

/// Scores of a few examples on the host.
pub(super) struct Scores {
    /// Of all words for each token to be predicted, `[tokens, words]`.
    pub words: Vec<f32>,
    /// Of following and of not for each pair, `[pairs, 2]`.
    pub relations: Vec<f32>,
}

/// The network, its optimiser and where they run.
pub(super) struct Learner {
    learning: Learning<Learned>,
    shape: LayerShape,
    dropout: (f32, f32),
    micro_tokens: usize,
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

/// Tokens of one micro-batch; a stop is noticed between them. Unless said otherwise, on a CPU they take a
/// good part of a second at most, whatever the size of the encoder.
pub(super) fn micro_tokens(
    config: &PretrainConfig,
    encoder: &EncoderConfig,
    is_gpu: bool,
) -> usize {
    if let Some(tokens) = config.micro_batch_tokens {
        return tokens;
    }
    if is_gpu {
        return 16_384;
    }
    // What 768 tokens cost in the built-in model of 6 layers and width 384.
    let weights = encoder.num_hidden_layers * encoder.hidden_size * encoder.hidden_size;
    (768 * 6 * 384 * 384 / weights.max(1)).clamp(256, 4_096)
}

impl Learner {
    /// All of `learned` learns.
    pub fn new(
        learned: Learned,
        config: &PretrainConfig,
        encoder: &EncoderConfig,
        device: &SelectedDevice,
        seed: u64,
    ) -> Self {
        let rate = |own: f64| config.dropout.unwrap_or(own) as f32;
        Self {
            learning: Learning::new(learned, Trainable::Full, device),
            shape: LayerShape::of(encoder)
                .recomputing(config.gradient_checkpointing)
                .with_precision(config.precision),
            dropout: (
                rate(encoder.hidden_dropout_prob),
                rate(encoder.attention_probs_dropout_prob),
            ),
            micro_tokens: micro_tokens(config, encoder, device.is_gpu),
            seed,
        }
    }

    /// One optimiser step on a batch: the mean losses and the gradient's L2 norm before clipping. Nothing has
    /// changed when it was cancelled.
    ///
    /// # Errors
    /// [`ModelError::Cancelled`], [`ModelError::Diverged`].
    pub fn step(
        &mut self,
        examples: &[Masked],
        step: u64,
        rates: &StepRates,
        control: &Control,
    ) -> Result<(Losses, f64), ModelError> {
        let (losses, grads) = self.losses(examples, step, control)?;
        let nothing = Learned::nothing(self.learning.device.device());
        let norm = self.learning.step(nothing, grads, rates, &|_| 1.0);
        Ok((losses, norm))
    }

    /// Mean losses of a batch and the gradients of their sum.
    pub fn losses(
        &self,
        examples: &[Masked],
        step: u64,
        control: &Control,
    ) -> Result<(Losses, NamedGrads), ModelError> {
        let tokens: usize = examples.iter().map(|example| example.labels.len()).sum();
        let pairs = examples.iter().filter(|example| example.is_random.is_some()).count();
        let lengths: Vec<usize> = examples.iter().map(|example| example.sequence.len()).collect();
        let mut grads = NamedGrads::default();
        let mut total = Losses::default();
        for (part, indices) in by_length(&lengths, self.micro_tokens, usize::MAX).iter().enumerate()
        {
            control.check()?;
            let chosen: Vec<&Masked> = indices.iter().map(|&index| &examples[index]).collect();
            let dropout = Dropout {
                seed: self.seed,
                step: (step << 12) + part as u64,
                hidden: self.dropout.0,
                attention: self.dropout.1,
            };
            let [words, relations] = scores(
                &self.learning.network,
                &chosen,
                self.shape,
                &self.learning.device,
                Some(dropout),
            );
            let mean = |scores: Option<Tensor<2>>, targets: Vec<u32>, count: usize| {
                scores.map(|scores| {
                    negative_log_likelihood(scores, &targets, self.learning.device.is_gpu)
                        / count as f32
                })
            };
            let masked = mean(words, labels(&chosen), tokens);
            let next = mean(relations, orders(&chosen), pairs);
            let value = |loss: &Option<Tensor<1>>| {
                loss.as_ref().map_or(0.0, |loss| values_of(loss.clone().inner())[0])
            };
            total.masked += value(&masked);
            total.next += value(&next);
            if !(total.masked + total.next).is_finite() {
                return Err(ModelError::Diverged { loss: total.masked + total.next, step });
            }
            if let Some(loss) = masked.into_iter().chain(next).reduce(|a, b| a + b) {
                control.check()?;
                grads.add(&self.learning.network, loss.backward());
            }
        }
        Ok((total, grads))
    }

    /// What it says of a few examples, without dropout.
    pub fn judge(&self, examples: &[&Masked]) -> Scores {
        let plain = self.learning.network.valid();
        let shape = self.shape.with_precision(Precision::Full);
        let [words, relations] = scores(&plain, examples, shape, &self.learning.device, None);
        let host = |scores: Option<Tensor<2>>| scores.map(values_of).unwrap_or_default();
        Scores { words: host(words), relations: host(relations) }
    }

    /// Tokens of one forward pass.
    pub fn micro_tokens(&self) -> usize {
        self.micro_tokens
    }
}

/// What stood where something is to be predicted, one example after another.
pub(super) fn labels(examples: &[&Masked]) -> Vec<u32> {
    examples.iter().flat_map(|example| example.labels.iter().copied()).collect()
}

/// 0 where the second text of a pair follows, 1 where it does not.
pub(super) fn orders(examples: &[&Masked]) -> Vec<u32> {
    examples.iter().filter_map(|example| example.is_random).map(u32::from).collect()
}

/// Scores of words for the tokens to be predicted and of relations for the pairs; `None` without any.
/// Only those rows go through the heads.
fn scores(
    learned: &Learned,
    examples: &[&Masked],
    shape: LayerShape,
    device: &SelectedDevice,
    dropout: Option<Dropout>,
) -> [Option<Tensor<2>>; 2] {
    let sequences: Vec<&Sequence> = examples.iter().map(|example| &example.sequence).collect();
    let batch = Batch::new(&sequences, Layout::best_for(device.is_gpu), device.device());
    let hidden = learned.encoder.forward(None, &batch, shape, 0, dropout);
    let starts = batch.starts();
    let rows: Vec<usize> = examples
        .iter()
        .zip(&starts)
        .flat_map(|(example, start)| example.places.iter().map(move |place| start + place))
        .collect();
    let table = learned.encoder.embeddings.as_ref().map(|embeddings| embeddings.word_table());
    let words = table
        .filter(|_| !rows.is_empty())
        .map(|table| learned.head.words(select_rows(&hidden, &rows), table, shape.epsilon()));
    let pairs: Vec<usize> =
        (0..examples.len()).filter(|&index| examples[index].is_random.is_some()).collect();
    let relations = (!pairs.is_empty())
        .then(|| learned.head.relations(select_rows(&pool(hidden.clone(), &batch), &pairs)));
    [words, relations]
}
