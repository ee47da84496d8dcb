//! The network while it learns.

use burn::module::{Module, Param};
use burn::tensor::{Device, Tensor, TensorData};

use super::config::{Objective, SequenceConfig};
use super::examples::Example;
use super::items::Items;
use super::needed::{Needed, index_of};
use crate::control::Control;
use crate::model::ModelError;
use crate::model::bert::batch::{Batch, Layout, Sequence, by_length};
use crate::model::bert::columns::{Choice, Columns};
use crate::model::bert::config::Trainable;
use crate::model::bert::course;
use crate::model::bert::device::SelectedDevice;
use crate::model::bert::dropout::{factor, key, threshold_and_scale};
use crate::model::bert::encoder_config::EncoderConfig;
use crate::model::bert::learning::Learning;
use crate::model::bert::negatives::hardness;
use crate::model::bert::network::{Dropout, Encoder, LayerShape, select_rows};
use crate::model::bert::optimiser::{NamedGrads, StepRates};
use crate::model::bert::scratch::draw;
use crate::model::bert::softmax::{corrected_loss, softmax_loss};
use crate::model::bert::tensors::HostTensor;
use crate::model::bert::weights::{collect, load_with, values_of};

/// Everything that has gradients.
#[derive(Module, Debug)]
pub(super) struct Learned {
    /// A BERT encoder whose words are the products with vectors of their own, and after them the mask.
    pub encoder: Encoder,
    /// `[products]`, added to their scores.
    pub bias: Param<Tensor<1>>,
    /// What texts say, where they are used.
    pub told: Option<Told>,
}

/// From a text's embedding to its part of a product's vector and bias. A product that nobody has met has
/// these parts alone; own ones are left out of some steps, so that they learn to stand in (after Volkovs et
/// al. 2017, `DropoutNet`).
#[derive(Module, Debug)]
pub(super) struct Told {
    /// `[hidden, text]`.
    pub projection: Param<Tensor<2>>,
    /// `[1, text]`: how often a product of such a text is asked for.
    pub bias: Param<Tensor<2>>,
}

impl Told {
    fn nothing(hidden: usize, text: usize, device: &Device) -> Self {
        let zeros = |rows| Param::from_tensor(Tensor::zeros([rows, text], device));
        Self { projection: zeros(hidden), bias: zeros(1) }
    }

    /// Vectors `[products, hidden]` and biases `[products]` of texts `[products, text]`.
    fn of(&self, text: Tensor<2>) -> (Tensor<2>, Tensor<1>) {
        let bias = text.clone().matmul(self.bias.val().transpose()).squeeze_dim(1);
        (text.matmul(self.projection.val().transpose()), bias)
    }
}

/// Vectors and biases of the products that a step has to do with.
struct Vectors {
    /// Own and told parts added up, and the mask's vector: `[needed + 1, hidden]`.
    table: Tensor<2>,
    /// `[needed]`.
    bias: Tensor<1>,
}

impl Vectors {
    /// Vectors and biases of some products.
    fn of(&self, needed: &Needed, items: &[u32]) -> (Tensor<2>, Tensor<1>) {
        let places: Vec<u32> = items.iter().map(|&item| needed.place(item)).collect();
        let index = index_of(&places, &self.table.device().without_autodiff());
        (self.table.clone().select(0, index.clone()), self.bias.clone().select(0, index))
    }
}

/// The shape of the network over `n_words` words.
pub(super) fn encoder_config(config: &SequenceConfig, n_words: usize) -> EncoderConfig {
    EncoderConfig {
        vocab_size: n_words,
        hidden_size: config.hidden_size,
        num_hidden_layers: config.layers,
        num_attention_heads: config.heads,
        intermediate_size: config.hidden_size * 4,
        max_position_embeddings: config.max_items,
        type_vocab_size: 1,
        layer_norm_eps: 1e-12,
        hidden_dropout_prob: config.dropout,
        attention_probs_dropout_prob: config.dropout,
        hidden_act: "gelu".to_owned(),
        position_embedding_type: "absolute".to_owned(),
    }
}

/// How an objective lets tokens look at each other.
pub(super) fn shape(objective: Objective, config: &EncoderConfig) -> LayerShape {
    match objective {
        Objective::Next => LayerShape::of(config).causal(),
        Objective::Masked => LayerShape::of(config),
    }
}

impl Learned {
    /// Matrices drawn from the seed; the biases start from the log of the products' shares of visits.
    pub fn new(config: &SequenceConfig, items: &Items, seed: u64, device: &Device) -> Self {
        let shape = encoder_config(config, items.n_met() + 1);
        let told = items.text.as_ref();
        let told = told.map(|text| Told::nothing(config.hidden_size, text.dim, device));
        let shares = TensorData::new(items.log_shares.clone(), [items.n_met()]);
        let bias = Tensor::from_data(shares, device);
        let blank =
            Self { encoder: Encoder::blank(&shape, device), bias: Param::from_tensor(bias), told };
        let mut weights = collect(&blank, str::to_owned);
        weights.iter_mut().for_each(|(name, tensor)| draw(name, tensor, seed));
        load_with(blank, &weights, str::to_owned, std::path::Path::new("new network"))
            .expect("its own weights fit")
    }

    /// A stand-in while the real weights are being updated.
    fn nothing(device: &Device) -> Self {
        Self {
            encoder: Encoder { embeddings: None, layers: Vec::new() },
            bias: Param::from_tensor(Tensor::zeros([1], device)),
            told: None,
        }
    }

    /// The table of own vectors and the mask, `[products + 1, hidden]`.
    fn own(&self) -> Tensor<2> {
        self.encoder.embeddings.as_ref().expect("it has its products").word_table()
    }

    /// Vectors and biases of some products; `text` is `[products, text]`, `kept` `[needed + 1, 1]` what own
    /// parts are multiplied by.
    fn vectors(
        &self,
        needed: &Needed,
        text: Option<&Tensor<2>>,
        kept: Option<Tensor<2>>,
    ) -> Vectors {
        let (own, bias) = (needed.with_mask(self.own()), needed.of_vector(self.bias.val()));
        let (own, bias) = match kept {
            Some(kept) => {
                let of_products = kept.clone().narrow(0, 0, bias.dims()[0]).squeeze_dim(1);
                (own * kept, bias * of_products)
            }
            None => (own, bias),
        };
        match (text, &self.told) {
            (Some(text), Some(told)) => {
                let (vectors, biases) = told.of(needed.of(text.clone()));
                let mask = Tensor::zeros([1, vectors.dims()[1]], &text.device());
                Vectors { table: own + Tensor::cat(vec![vectors, mask], 0), bias: bias + biases }
            }
            _ => Vectors { table: own, bias },
        }
    }
}

/// The network, its optimiser and where they run.
pub(super) struct Learner {
    learning: Learning<Learned>,
    /// Text embeddings of the products with vectors of their own, `[products, text]`.
    text: Option<Tensor<2>>,
    config: EncoderConfig,
    shape: LayerShape,
    choice: Choice,
    text_only_share: f32,
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

/// Scores that a micro-batch may hold on a CPU: 64 MB, and well under a second of work.
const MICRO_SCORES: usize = 1 << 24;

/// Tokens of one way through the network, where products with vectors of their own are so many.
pub(super) fn micro_tokens(n_met: usize, is_gpu: bool) -> usize {
    if is_gpu { 32_768 } else { (MICRO_SCORES / n_met.max(1)).clamp(128, 4_096) }
}

impl Learner {
    /// Before the first step; `counts` says how often each product is asked for.
    pub fn new(
        objective: Objective,
        config: &SequenceConfig,
        items: &Items,
        counts: &[u32],
        device: &SelectedDevice,
        seed: u64,
    ) -> Self {
        let learned = Learned::new(config, items, seed, device.device());
        let encoder = encoder_config(config, items.n_met() + 1);
        let text = items.text.as_ref().map(|text| {
            let rows = items.met().iter().flat_map(|&at| text.row(at as usize).iter().copied());
            let data = TensorData::new(rows.collect::<Vec<f32>>(), [items.n_met(), text.dim]);
            Tensor::from_data(data, device.device())
        });
        Self {
            learning: Learning::new(learned, Trainable::Full, device),
            text,
            shape: shape(objective, &encoder).with_precision(config.precision),
            config: encoder,
            choice: Choice::new(config.loss, config.negatives, counts),
            text_only_share: config.text_only_share as f32,
            micro_tokens: micro_tokens(counts.len(), device.is_gpu),
            seed,
        }
    }

    /// One optimiser step on a batch: the mean loss over what is asked for, nats, and the gradient's L2 norm
    /// before clipping. Nothing has changed when it was cancelled.
    ///
    /// # Errors
    /// [`ModelError::Cancelled`], [`ModelError::Diverged`].
    pub fn step(
        &mut self,
        examples: &[Example],
        step: u64,
        rates: &StepRates,
        control: &Control,
    ) -> Result<(f32, f64), ModelError> {
        let (loss, grads) = self.loss(examples, step, control)?;
        let nothing = Learned::nothing(self.learning.device.device());
        let norm = self.learning.step(nothing, grads, rates, &|_| 1.0);
        Ok((loss, norm))
    }

    /// Mean loss of a batch and its gradients.
    pub fn loss(
        &self,
        examples: &[Example],
        step: u64,
        control: &Control,
    ) -> Result<(f32, NamedGrads), ModelError> {
        let wanted: Vec<u32> =
            examples.iter().flat_map(|example| example.targets.iter().copied()).collect();
        let mut columns = self.columns(examples, &wanted, step, control)?;
        let mut rest = std::mem::take(&mut columns.targets).into_iter();
        let targets: Vec<Vec<u32>> = examples
            .iter()
            .map(|example| rest.by_ref().take(example.targets.len()).collect())
            .collect();
        let needed = Needed::new(&columns, examples, self.choice.n_items());
        let mut grads = NamedGrads::default();
        let mut total = 0.0;
        for (part, indices) in self.parts(examples).into_iter().enumerate() {
            control.check()?;
            let chosen: Vec<&Example> = indices.iter().map(|&index| &examples[index]).collect();
            let targets: Vec<u32> =
                indices.iter().flat_map(|&index| targets[index].iter().copied()).collect();
            let dropout = self.dropout((step << 12) + part as u64);
            let learned = &self.learning.network;
            let vectors = learned.vectors(&needed, self.text.as_ref(), self.kept(&needed, step));
            let asked = self.asked(learned, &needed, &vectors.table, &chosen, dropout);
            let loss = self.likelihood(&needed, &vectors, asked, &columns, &targets);
            let loss = loss / wanted.len() as f32;
            total += values_of(loss.clone().inner())[0];
            if !total.is_finite() {
                return Err(ModelError::Diverged { loss: total, step });
            }
            control.check()?;
            grads.add(&self.learning.network, loss.backward());
        }
        Ok((total, grads))
    }

    /// Numbers of the examples that go through at once.
    fn parts(&self, examples: &[Example]) -> Vec<Vec<usize>> {
        let lengths: Vec<usize> = examples.iter().map(|example| example.items.len()).collect();
        by_length(&lengths, self.micro_tokens, usize::MAX)
    }

    /// The products that a batch which leads to `wanted` is held against.
    pub(super) fn columns(
        &self,
        examples: &[Example],
        wanted: &[u32],
        step: u64,
        control: &Control,
    ) -> Result<Columns, ModelError> {
        let columns = self.choice.columns(wanted, self.seed, step);
        let Some(count) = self.choice.hardest() else { return Ok(columns) };
        let hardness = self.hardness(examples, &columns, control)?;
        Ok(columns.hardest(&hardness, count))
    }

    /// How hard each column is after a batch, for the network as it stands.
    pub(super) fn hardness(
        &self,
        examples: &[Example],
        columns: &Columns,
        control: &Control,
    ) -> Result<Vec<f32>, ModelError> {
        let learned = self.learning.network.valid();
        let needed = Needed::new(columns, examples, self.choice.n_items());
        let vectors = learned.vectors(&needed, self.text.as_ref(), None);
        let items = columns.items.as_deref().unwrap_or_default();
        let (phi, bias) = vectors.of(&needed, items);
        let mut total = vec![0.0; items.len()];
        for indices in self.parts(examples) {
            control.check()?;
            let chosen: Vec<&Example> = indices.iter().map(|&index| &examples[index]).collect();
            let asked = self.asked(&learned, &needed, &vectors.table, &chosen, None);
            let found = hardness(asked, phi.clone(), bias.clone(), &columns.correction);
            total.iter_mut().zip(found).for_each(|(total, found)| *total += found);
        }
        Ok(total)
    }

    /// The loss of hidden states where something is asked for, summed, nats.
    fn likelihood(
        &self,
        needed: &Needed,
        vectors: &Vectors,
        asked: Tensor<2>,
        columns: &Columns,
        targets: &[u32],
    ) -> Tensor<1> {
        let is_gpu = self.learning.device.is_gpu;
        match &columns.items {
            None => {
                let bias = vectors.bias.clone();
                let phi = vectors.table.clone().narrow(0, 0, bias.dims()[0]);
                softmax_loss(asked, phi, bias, columns, targets, is_gpu)
            }
            Some(items) => {
                let (phi, bias) = vectors.of(needed, items);
                corrected_loss(asked, phi, Some(bias), &columns.correction, targets, is_gpu)
            }
        }
    }

    fn dropout(&self, step: u64) -> Option<Dropout> {
        let (hidden, attention) =
            (self.config.hidden_dropout_prob, self.config.attention_probs_dropout_prob);
        let (hidden, attention) = (hidden as f32, attention as f32);
        let drops = hidden > 0.0 || attention > 0.0;
        drops.then_some(Dropout { seed: self.seed, step, hidden, attention })
    }

    /// Hidden states where something is asked for; `table` holds the needed products' vectors.
    fn asked(
        &self,
        learned: &Learned,
        needed: &Needed,
        table: &Tensor<2>,
        examples: &[&Example],
        dropout: Option<Dropout>,
    ) -> Tensor<2> {
        let sequences: Vec<Sequence> = examples
            .iter()
            .map(|example| example.items.iter().map(|&item| needed.place(item)).collect())
            .map(|places| Sequence::first_pooled(places, None))
            .collect();
        let sequences: Vec<&Sequence> = sequences.iter().collect();
        let device = &self.learning.device;
        let batch = Batch::new(&sequences, Layout::best_for(device.is_gpu), device.device())
            .aligned_to_end(self.config.max_position_embeddings);
        let hidden = read(&learned.encoder, table, &batch, self.shape, dropout);
        let places: Vec<usize> = examples
            .iter()
            .zip(batch.starts())
            .flat_map(|(example, start)| example.places.iter().map(move |place| start + place))
            .collect();
        select_rows(&hidden, &places)
    }

    /// 0 for the products whose own parts are left out of a step, 1 for the others and the mask,
    /// `[needed + 1, 1]`.
    fn kept(&self, needed: &Needed, step: u64) -> Option<Tensor<2>> {
        let share = self.text_only_share;
        if self.text.is_none() || share <= 0.0 {
            return None;
        }
        let (threshold, _) = threshold_and_scale(share);
        let key = key(self.seed, step, u32::MAX);
        let mut kept: Vec<f32> =
            needed.rows().map(|row| factor(row, key, threshold, 1.0)).collect();
        kept.push(1.0);
        let count = kept.len();
        let data = TensorData::new(kept, [count, 1]);
        Some(Tensor::from_data(data, self.learning.device.device()))
    }

    /// The network as it stands for all candidates: a plain encoder whose words are their vectors and, after
    /// them, the mask, and their biases. Those without vectors of their own have what their texts say.
    pub fn fitted(&self, items: &Items) -> (Encoder, HostTensor, Vec<f32>) {
        let learned = self.learning.network.valid();
        let own = values_of(learned.own());
        let width = self.config.hidden_size;
        let n_met = items.n_met();
        let (mut words, mut bias) =
            (vec![0.0; items.candidates.len() * width], vec![0.0; items.candidates.len()]);
        if let (Some(text), Some(told)) = (&items.text, &learned.told) {
            let device = self.learning.device.device();
            let data = TensorData::new(text.values.clone(), [text.len(), text.dim]);
            let (vectors, biases) = told.of(Tensor::<2>::from_data(data, device));
            (words, bias) = (values_of(vectors), values_of(biases));
        }
        let own_bias = values_of(learned.bias.val());
        for (&candidate, row) in items.met().iter().zip(0..) {
            let at = candidate as usize;
            bias[at] += own_bias[row];
            let own = &own[row * width..(row + 1) * width];
            words[at * width..(at + 1) * width].iter_mut().zip(own).for_each(|(a, b)| *a += b);
        }
        words.extend_from_slice(&own[n_met * width..]);
        let words = HostTensor { shape: vec![items.candidates.len() + 1, width], values: words };
        (learned.encoder, words, bias)
    }

    /// The shape of its encoder.
    pub fn config(&self) -> &EncoderConfig {
        &self.config
    }
}

/// Hidden states of a batch whose words are rows of `table`.
fn read(
    encoder: &Encoder,
    table: &Tensor<2>,
    batch: &Batch,
    shape: LayerShape,
    dropout: Option<Dropout>,
) -> Tensor<2> {
    let words = table.clone().select(0, batch.ids.clone().squeeze_dim(0));
    let embeddings = encoder.embeddings.as_ref().expect("it has positions");
    let hidden = embeddings.forward_words(words, batch, shape.epsilon(), dropout);
    encoder.forward_layers(hidden, batch, shape, 0, dropout)
}
