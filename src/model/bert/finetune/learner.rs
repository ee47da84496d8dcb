//! The network while it learns: a lower part that runs without gradients, an upper one that changes.

use burn::module::Module;
use burn::tensor::Tensor;

use super::facts::{FactHead, Facts, Reading};
use super::head::Head;
use super::towers::{Products, Standing};
use crate::control::Control;
use crate::model::ModelError;
use crate::model::bert::batch::{Batch, Sequence, by_length};
use crate::model::bert::columns::{Choice, Columns};
use crate::model::bert::config::{BertConfig, ProductVectors};
use crate::model::bert::course;
use crate::model::bert::embedder::TextNetwork;
use crate::model::bert::learning::{Learning, divide, levels_down, micro_batch_tokens, unite};
use crate::model::bert::network::{Dropout, Encoder, LayerShape, pool, unit_rows};
use crate::model::bert::optimiser::{AdamW, NamedGrads, StepRates};
use crate::model::bert::precision::Precision;
use crate::model::bert::weights::values_of;

/// Everything that has gradients.
#[derive(Module, Debug)]
pub(super) struct Learned {
    pub encoder: Encoder,
    /// None where the products' vectors come from their texts.
    pub head: Option<Head>,
    /// What is learned of facts, where these are used.
    pub facts: Option<FactHead>,
}

/// An example as the network sees it.
pub(super) struct Example<'a> {
    /// The history's text.
    pub text: &'a Sequence,
    /// The mean of what is known of its products; empty where there is no knowledge.
    pub known: &'a [f32],
    /// The candidate that came next.
    pub target: u32,
}

/// The network, its optimiser and where they run.
pub(super) struct Learner {
    frozen: Encoder,
    /// Texts of the candidates where these take their vectors from them.
    pub(super) products: Vec<Sequence>,
    /// Vectors of what is known of the candidates, `[candidates, dim]`.
    pub(super) facts: Option<Tensor<2>>,
    learning: Learning<Learned>,
    shape: LayerShape,
    dropout: (f32, f32),
    pub(super) scale: f32,
    choice: Choice,
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
    /// Split an encoder into the part that stays and the part that learns. `facts` are what is known of the
    /// candidates, and `counts` says how many examples lead to each.
    pub fn new(
        config: &BertConfig,
        network: TextNetwork,
        products: Products,
        facts: Option<&Facts>,
        counts: &[u32],
        seed: u64,
    ) -> Self {
        let TextNetwork { encoder, config: encoder_config, device } = network;
        let (frozen, encoder) = divide(encoder, config.trainable, seed);
        let hidden = encoder_config.hidden_size;
        let learned_of_facts = facts.map(|facts| FactHead::new(hidden, facts.dim, device.device()));
        let rate = |own: f64| config.dropout.unwrap_or(own) as f32;
        let (head, products) = match products {
            Products::Learned(head) => (Some(*head), Vec::new()),
            Products::Texts(texts) => (None, texts),
        };
        Self {
            frozen,
            products,
            facts: facts.map(|facts| facts.to_tensor(device.device())),
            learning: Learning::new(
                Learned { encoder, head, facts: learned_of_facts },
                config.trainable,
                &device,
            ),
            shape: LayerShape::of(&encoder_config)
                .recomputing(config.gradient_checkpointing)
                .with_precision(config.precision),
            dropout: (
                rate(encoder_config.hidden_dropout_prob),
                rate(encoder_config.attention_probs_dropout_prob),
            ),
            scale: config.logit_scale,
            choice: Choice::new(config.softmax(), config.negatives, counts),
            micro_tokens: micro_tokens(config, device.is_gpu),
            layer_decay: config.layer_decay,
            seed,
        }
    }

    /// With products that have vectors of their own, told how often training met each: those that it never did
    /// are left as they are.
    pub fn with_visits(mut self, visits: &[u32]) -> Self {
        if self.products.is_empty() {
            self.choice = self.choice.of_met(visits);
        }
        self
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
        let targets: Vec<u32> = examples.iter().map(|example| example.target).collect();
        let columns = self.columns(&targets, step, || self.vectors(examples, control))?;
        let mut grads = NamedGrads::default();
        let mut total = 0.0;
        for (part, indices) in by_length(&lengths, self.micro_tokens, usize::MAX).iter().enumerate()
        {
            control.check()?;
            let texts: Vec<&Sequence> = indices.iter().map(|&index| examples[index].text).collect();
            let targets: Vec<u32> = indices.iter().map(|&index| columns.targets[index]).collect();
            let dropout = Dropout {
                seed: self.seed,
                step: (step << 12) + part as u64,
                hidden: self.dropout.0,
                attention: self.dropout.1,
            };
            let known: Vec<&[f32]> = indices.iter().map(|&index| examples[index].known).collect();
            let loss = self.loss(&texts, &known, &columns, &targets, dropout);
            let loss = loss / examples.len() as f32;
            total += values_of(loss.clone().inner())[0];
            if !total.is_finite() {
                return Err(ModelError::Diverged { loss: total, step });
            }
            control.check()?;
            grads.add(&self.learning.network, loss.backward());
        }
        let nothing = Learned::nothing();
        let depth = self.learning.network.encoder.layers.len();
        let factor = |path: &str| self.layer_decay.powi(levels_down(path, depth));
        let norm = self.learning.step(nothing, grads, rates, &factor);
        Ok((total, norm))
    }

    /// The products that a batch is held against; `z` gives its histories' vectors for the network as it
    /// stands, `[rows, hidden]`, where the hardest are wanted.
    fn columns(
        &self,
        targets: &[u32],
        step: u64,
        z: impl FnOnce() -> Result<Tensor<2>, ModelError>,
    ) -> Result<Columns, ModelError> {
        let columns = self.choice.columns(targets, self.seed, step);
        let Some(count) = self.choice.hardest() else { return Ok(columns) };
        let network = self.learning.network.valid();
        let Some(head) = &network.head else { return Ok(columns) };
        let known = network.of_products(self.facts.as_ref());
        let hardness = head.hardness(z()?, known, &columns);
        Ok(columns.hardest(&hardness, count))
    }

    /// The vectors of a batch for the network as it stands, in any order, without gradients.
    fn vectors(
        &self,
        examples: &[Example<'_>],
        control: &Control,
    ) -> Result<Tensor<2>, ModelError> {
        let network = self.learning.network.valid();
        let lengths: Vec<usize> = examples.iter().map(|example| example.text.len()).collect();
        let mut parts = Vec::new();
        for indices in by_length(&lengths, self.micro_tokens, usize::MAX) {
            control.check()?;
            let texts: Vec<&Sequence> = indices.iter().map(|&index| examples[index].text).collect();
            let z = self.unit_vectors(&network.encoder, &texts, None) * self.scale;
            let known: Vec<&[f32]> = indices.iter().map(|&index| examples[index].known).collect();
            parts.push(network.with_known(z, &known));
        }
        Ok(Tensor::cat(parts, 0))
    }

    /// The loss of a few histories, summed, nats.
    fn loss(
        &self,
        texts: &[&Sequence],
        known: &[&[f32]],
        columns: &Columns,
        targets: &[u32],
        dropout: Dropout,
    ) -> Tensor<1> {
        let network = &self.learning.network;
        let Some(head) = &network.head else {
            return self.tower_loss(texts, known, columns, targets, dropout);
        };
        let z = self.unit_vectors(&network.encoder, texts, Some(dropout)) * self.scale;
        let z = network.with_known(z, known);
        let known = network.of_products(self.facts.as_ref());
        head.loss(z, known, columns, targets, self.learning.device.is_gpu)
    }

    /// One optimiser step of the head alone, on vectors that are given, `[examples, hidden]`; mean loss, nats.
    ///
    /// # Errors
    /// [`ModelError::Cancelled`].
    ///
    /// # Panics
    /// If there is none.
    pub fn head_step(
        &mut self,
        optimiser: &mut AdamW,
        z: Tensor<2>,
        targets: &[u32],
        step: u64,
        rates: &StepRates,
    ) -> Result<f32, ModelError> {
        let z = z * self.scale;
        let columns = self.columns(targets, step, || Ok(z.clone()))?;
        let head = self.learning.network.head.as_ref().expect("a head");
        let known = self.learning.network.of_products(self.facts.as_ref());
        let is_gpu = self.learning.device.is_gpu;
        let loss = head.loss(z, known, &columns, &columns.targets, is_gpu);
        let loss = loss / targets.len() as f32;
        let value = values_of(loss.clone().inner())[0];
        let mut grads = NamedGrads::default();
        grads.add(&self.learning.network, loss.backward());
        let nothing = Learned::nothing();
        let learned = std::mem::replace(&mut self.learning.network, nothing);
        (self.learning.network, _) = optimiser.step(learned, grads, rates, &|_| 1.0);
        Ok(value)
    }

    /// Logits of all candidates after each text, a function of a few texts at a time; for judging.
    pub fn logits(&self, readings: &[&Reading], standing: &Standing) -> Vec<f32> {
        let network = self.learning.network.valid();
        let texts: Vec<&Sequence> = readings.iter().map(|reading| &reading.text).collect();
        let z = self.unit_vectors(&network.encoder, &texts, None) * self.scale;
        let known: Vec<&[f32]> = readings.iter().map(|reading| reading.known.as_slice()).collect();
        let z = network.with_known(z, &known);
        let Standing { phi, bias } = standing;
        values_of(z.matmul(phi.clone().transpose()) + bias.clone().unsqueeze())
    }

    /// What a product in a history adds to its vector, `[candidates, hidden]`; `None` without knowledge.
    pub fn history_facts(&self) -> Option<Vec<f32>> {
        let known = self.facts.clone()?;
        Some(self.learning.network.valid().facts?.of_histories_by_product(known))
    }

    /// The whole encoder with what learned in it, outside of autodiff.
    pub fn into_encoder(self) -> Encoder {
        unite(self.frozen, self.learning.network.valid().encoder)
    }

    /// Pooled hidden states of length 1, `[texts, hidden]`; `upper` is the part that learns. Without dropout
    /// nothing is learned from them, and precision is full.
    pub(super) fn unit_vectors(
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
}

/// Tokens of histories in one forward and backward pass.
pub(super) fn micro_tokens(config: &BertConfig, is_gpu: bool) -> usize {
    match config.product_vectors {
        // A history stands against the products of the whole batch.
        ProductVectors::Text => usize::MAX,
        ProductVectors::Learned => config
            .micro_batch_tokens
            .unwrap_or_else(|| micro_batch_tokens(config.trainable, is_gpu)),
    }
}

impl Learned {
    /// A stand-in without layers while the real weights are being updated.
    fn nothing() -> Self {
        let encoder = Encoder { embeddings: None, layers: Vec::new() };
        Self { encoder, head: None, facts: None }
    }

    /// What facts add to the vectors of products, whose own are `[products, dim]`; `None` without knowledge.
    pub(super) fn of_products(&self, facts: Option<&Tensor<2>>) -> Option<Tensor<2>> {
        Some(self.facts.as_ref()?.of_products(facts?.clone()))
    }

    /// Vectors of histories with what is known of their products, `[dim]` each.
    pub(super) fn with_known(&self, z: Tensor<2>, known: &[&[f32]]) -> Tensor<2> {
        match &self.facts {
            Some(facts) => {
                let device = z.device().without_autodiff();
                z + facts.of_histories(known, &device)
            }
            None => z,
        }
    }
}
