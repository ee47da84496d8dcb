//! The encoder as in Hugging Face BERT: embeddings, then layers of attention and feed-forward parts,
//! each followed by a residual sum and a layer normalisation (Devlin et al. 2018).
//!
//! Hidden states are `[rows, hidden]`; what a row is, [`Batch`] says. Dense weights are `[out, in]`, as
//! checkpoints hold them.

use burn::module::{Module, Param};
use burn::tensor::activation::{gelu, softmax};
use burn::tensor::module::embedding;
use burn::tensor::{Bool, Device, Int, Tensor, TensorData};
use rayon::prelude::*;

use super::batch::{Batch, Layout, Sequence};
use super::composed::{self, Pass, drop_weights, layer_norm, operand, product, recomputed};
use super::cpu::{self, LayerCache, LayerDropout, LayerPlan, LayerTensors};
use super::device::SelectedDevice;
use super::dropout::{factor, key, threshold_and_scale, token_index};
use super::encoder_config::EncoderConfig;
use super::peft::{Adapter, LowRank, Prompt};
use super::precision::Precision;

/// `x wᵀ + b`.
#[derive(Module, Debug)]
pub(super) struct Dense {
    /// `[out, in]`.
    pub weight: Param<Tensor<2>>,
    /// `[out]`.
    pub bias: Param<Tensor<1>>,
    /// A change of low rank that learns in place of the weight.
    pub low_rank: Option<LowRank>,
}

impl Dense {
    /// A part of the right size to load weights into.
    pub fn blank(inputs: usize, outputs: usize, device: &Device) -> Self {
        Self {
            weight: Param::from_tensor(Tensor::zeros([outputs, inputs], device)),
            bias: Param::from_tensor(Tensor::zeros([outputs], device)),
            low_rank: None,
        }
    }

    /// `[rows, inputs]` to `[rows, outputs]`, multiplied as exactly as the input is.
    pub fn forward(&self, x: Tensor<2>) -> Tensor<2> {
        product(x, self.weight().transpose()) + self.bias.val().unsqueeze()
    }

    /// The weight with its change, if there is one.
    fn weight(&self) -> Tensor<2> {
        match &self.low_rank {
            Some(low_rank) => self.weight.val() + low_rank.change(),
            None => self.weight.val(),
        }
    }

    /// Outputs and inputs.
    pub fn shape(&self) -> [usize; 2] {
        self.weight.dims()
    }

    /// Where it lies.
    pub fn device(&self) -> Device {
        self.weight.val().device()
    }

    /// The change made part of the weight.
    fn merged(self) -> Self {
        match self.low_rank {
            Some(_) => Self { weight: Param::from_tensor(self.weight()), low_rank: None, ..self },
            None => self,
        }
    }
}

/// Layer normalisation with its scale and shift.
#[derive(Module, Debug)]
pub(super) struct Norm {
    gamma: Param<Tensor<1>>,
    beta: Param<Tensor<1>>,
}

impl Norm {
    /// A norm of the right size to load weights into.
    pub fn blank(width: usize, device: &Device) -> Self {
        Self {
            gamma: Param::from_tensor(Tensor::ones([width], device)),
            beta: Param::from_tensor(Tensor::zeros([width], device)),
        }
    }

    /// `[rows, width]`, each row normalised.
    pub fn forward(&self, x: Tensor<2>, epsilon: f64) -> Tensor<2> {
        layer_norm(x, self.gamma.val(), self.beta.val(), epsilon)
    }
}

/// Random dropout of a training step; a pure function of seed and step.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Dropout {
    /// Seed of the training.
    pub seed: u64,
    /// Forward passes done before.
    pub step: u64,
    /// Probability for embeddings and sub-layer outputs.
    pub hidden: f32,
    /// Probability for attention weights.
    pub attention: f32,
}

impl Dropout {
    fn key(self, layer: usize, site: u32) -> u32 {
        let layer = u32::try_from(layer).expect("few layers");
        key(self.seed, self.step, layer * 4 + site)
    }

    fn of_layer(self, layer: usize) -> LayerDropout {
        LayerDropout {
            attention: self.attention,
            hidden: self.hidden,
            attention_key: self.key(layer, 0),
            hidden_keys: [self.key(layer, 1), self.key(layer, 2)],
        }
    }
}

/// Word, position and segment embeddings, summed and normalised.
#[derive(Module, Debug)]
pub(super) struct Embeddings {
    word: Param<Tensor<2>>,
    position: Param<Tensor<2>>,
    segment: Param<Tensor<2>>,
    norm: Norm,
    /// What stands before every text.
    pub prompt: Option<Prompt>,
}

impl Embeddings {
    fn blank(config: &EncoderConfig, device: &Device) -> Self {
        let table = |rows| Param::from_tensor(Tensor::zeros([rows, config.hidden_size], device));
        Self {
            word: table(config.vocab_size),
            position: table(config.max_position_embeddings),
            segment: table(config.type_vocab_size),
            norm: Norm::blank(config.hidden_size, device),
            prompt: None,
        }
    }

    /// The table of word embeddings, `[words, hidden]`.
    pub fn word_table(&self) -> Tensor<2> {
        self.word.val()
    }

    /// The same with another table of word embeddings.
    pub fn with_word_table(self, table: Tensor<2>) -> Self {
        Self { word: Param::from_tensor(table), ..self }
    }

    /// Hidden states of a batch, `[rows, hidden]`.
    pub fn forward(&self, batch: &Batch, epsilon: f64, dropout: Option<Dropout>) -> Tensor<2> {
        self.forward_words(self.words(batch), batch, epsilon, dropout)
    }

    /// Word vectors of a batch's tokens, `[rows, hidden]`, those of the prompt among them.
    pub fn words(&self, batch: &Batch) -> Tensor<2> {
        let words = embedding(self.word.val(), batch.ids.clone()).squeeze_dim(0);
        match &self.prompt {
            Some(prompt) => prompt.placed(words, batch),
            None => words,
        }
    }

    /// Hidden states of a batch from its tokens' word vectors.
    pub fn forward_words(
        &self,
        words: Tensor<2>,
        batch: &Batch,
        epsilon: f64,
        dropout: Option<Dropout>,
    ) -> Tensor<2> {
        let positions = embedding(self.position.val(), batch.positions.clone());
        let sum = words + positions.squeeze_dim::<2>(0);
        let sum = match &batch.segments {
            Some(segments) => sum + embedding(self.segment.val(), segments.clone()).squeeze_dim(0),
            None => sum + self.segment.val().narrow(0, 0, 1),
        };
        let out = self.norm.forward(sum, epsilon);
        match dropout {
            Some(dropout) => drop_tokens(out, batch, dropout.hidden, dropout.key(1_000, 0)),
            None => out,
        }
    }
}

/// One layer of the encoder.
#[derive(Module, Debug)]
pub(super) struct Layer {
    pub query: Dense,
    pub key: Dense,
    pub value: Dense,
    pub attention_output: Dense,
    /// After attention, before the residual sum.
    pub attention_adapter: Option<Adapter>,
    pub attention_norm: Norm,
    pub intermediate: Dense,
    pub output: Dense,
    /// After the feed-forward part, before the residual sum.
    pub output_adapter: Option<Adapter>,
    pub output_norm: Norm,
    #[module(skip)]
    pub cache: LayerCache,
}

/// What is the same in all layers.
#[derive(Debug, Clone, Copy)]
pub(super) struct LayerShape {
    heads: usize,
    epsilon: f64,
    causal: bool,
    recompute: bool,
    precision: Precision,
}

impl LayerShape {
    /// Added to variances in layer normalisation.
    pub fn epsilon(self) -> f64 {
        self.epsilon
    }

    /// The shape that a configuration gives its layers.
    pub fn of(config: &EncoderConfig) -> Self {
        let (heads, epsilon) = (config.num_attention_heads, config.layer_norm_eps);
        Self { heads, epsilon, causal: false, recompute: false, precision: Precision::Full }
    }

    /// The same, a token looking at itself and at those before it only.
    pub fn causal(self) -> Self {
        Self { causal: true, ..self }
    }

    /// Whether the layers compute again on the way back what they need, in place of keeping it
    /// (gradient checkpointing, Chen et al. 2016).
    pub fn recomputing(self, recompute: bool) -> Self {
        Self { recompute, ..self }
    }

    /// How exactly layers multiply.
    pub fn precision(self) -> Precision {
        self.precision
    }

    /// What composed layers multiply, as exact as they do it.
    pub fn operand<const D: usize>(self, x: Tensor<D>) -> Tensor<D> {
        operand(x, self.precision)
    }

    /// The same, multiplied so exactly.
    pub fn with_precision(self, precision: Precision) -> Self {
        Self { precision, ..self }
    }
}

impl Layer {
    fn blank(config: &EncoderConfig, device: &Device) -> Self {
        let (hidden, wide) = (config.hidden_size, config.intermediate_size);
        let dense = |inputs, outputs| Dense::blank(inputs, outputs, device);
        Self {
            query: dense(hidden, hidden),
            key: dense(hidden, hidden),
            value: dense(hidden, hidden),
            attention_output: dense(hidden, hidden),
            attention_adapter: None,
            attention_norm: Norm::blank(hidden, device),
            intermediate: dense(hidden, wide),
            output: dense(wide, hidden),
            output_adapter: None,
            output_norm: Norm::blank(hidden, device),
            cache: LayerCache::default(),
        }
    }

    /// With something done to its six matrices.
    pub fn map_dense(self, change: &mut dyn FnMut(Dense) -> Dense) -> Self {
        Self {
            query: change(self.query),
            key: change(self.key),
            value: change(self.value),
            attention_output: change(self.attention_output),
            intermediate: change(self.intermediate),
            output: change(self.output),
            ..self
        }
    }

    /// `[rows, hidden]` to the same. `index` is the layer's number in the encoder, from 0.
    pub fn forward(
        &self,
        hidden: Tensor<2>,
        batch: &Batch,
        shape: LayerShape,
        index: usize,
        dropout: Option<Dropout>,
    ) -> Tensor<2> {
        let dropout = dropout.map(|dropout| dropout.of_layer(index));
        match batch.layout {
            Layout::Packed => self.fused(hidden, batch, shape, dropout),
            Layout::Padded if shape.recompute => {
                recomputed(self, hidden, &Pass { batch: batch.clone(), shape, dropout })
            }
            Layout::Padded => self.composed(hidden, batch, shape, dropout),
        }
    }

    fn fused(
        &self,
        hidden: Tensor<2>,
        batch: &Batch,
        shape: LayerShape,
        dropout: Option<LayerDropout>,
    ) -> Tensor<2> {
        let dense = [
            &self.query,
            &self.key,
            &self.value,
            &self.attention_output,
            &self.intermediate,
            &self.output,
        ];
        let biases = dense.map(|dense| dense.bias.val());
        let [query, key, value, attention_output, intermediate, output] = biases;
        let vectors = [
            query,
            key,
            value,
            attention_output,
            intermediate,
            output,
            self.attention_norm.gamma.val(),
            self.attention_norm.beta.val(),
            self.output_norm.gamma.val(),
            self.output_norm.beta.val(),
        ];
        let plan = LayerPlan {
            lengths: batch.lengths.clone(),
            heads: shape.heads,
            epsilon: shape.epsilon as f32,
            causal: shape.causal,
            dropout,
            recompute: shape.recompute,
            precision: shape.precision,
        };
        let adapters = [&self.attention_adapter, &self.output_adapter].map(|adapter| {
            let adapter = adapter.as_ref()?;
            Some([&adapter.down, &adapter.up].map(|dense| (dense.weight.val(), dense.bias.val())))
        });
        let tensors = LayerTensors { matrices: dense.map(Dense::weight), vectors, adapters };
        cpu::encoder_layer(hidden, tensors, plan, &self.cache)
    }

    /// The same in tensor operations, for batches with padding.
    pub fn composed(
        &self,
        hidden: Tensor<2>,
        batch: &Batch,
        shape: LayerShape,
        dropout: Option<LayerDropout>,
    ) -> Tensor<2> {
        let context = self.attend(hidden.clone(), batch, shape, dropout);
        let mut attended = self.attention_output.forward(shape.operand(context));
        if let Some(dropout) = dropout {
            attended = drop_tokens(attended, batch, dropout.hidden, dropout.hidden_keys[0]);
        }
        let attended = adapted(self.attention_adapter.as_ref(), attended, shape);
        let attended = self.attention_norm.forward(attended + hidden, shape.epsilon);
        let wide = self.intermediate.forward(shape.operand(attended.clone()));
        let mut out = self.output.forward(shape.operand(gelu(wide)));
        if let Some(dropout) = dropout {
            out = drop_tokens(out, batch, dropout.hidden, dropout.hidden_keys[1]);
        }
        let out = adapted(self.output_adapter.as_ref(), out, shape);
        self.output_norm.forward(out + attended, shape.epsilon)
    }

    /// Scaled dot-product attention, padding masked.
    fn attend(
        &self,
        hidden: Tensor<2>,
        batch: &Batch,
        shape: LayerShape,
        dropout: Option<LayerDropout>,
    ) -> Tensor<2> {
        let heads = shape.heads;
        let [rows, width] = hidden.dims();
        let size = width / heads;
        let split =
            |x: Tensor<2>| x.reshape([batch.sequences(), batch.width, heads, size]).swap_dims(1, 2);
        let hidden = shape.operand(hidden);
        let query = split(self.query.forward(hidden.clone())) / (size as f32).sqrt();
        let key = split(self.key.forward(hidden.clone()));
        let value = split(self.value.forward(hidden));
        let scores = product(shape.operand(query), key.transpose());
        let scores = match &batch.padding {
            Some(padding) => {
                let padding =
                    padding.clone().expand([batch.sequences(), heads, batch.width, batch.width]);
                scores.mask_fill(padding, -1e9)
            }
            None => scores,
        };
        let scores = if shape.causal { hide_later(scores) } else { scores };
        let mut weights = softmax(scores, 3);
        let dropout = dropout.filter(|dropout| dropout.attention > 0.0);
        if let Some(dropout) = dropout {
            weights = drop_weights(weights, dropout.attention, dropout.attention_key);
        }
        let context = product(shape.operand(weights), value);
        context.swap_dims(1, 2).reshape([rows, width])
    }
}

fn adapted(adapter: Option<&Adapter>, x: Tensor<2>, shape: LayerShape) -> Tensor<2> {
    match adapter {
        Some(adapter) => adapter.forward(x, shape),
        None => x,
    }
}

/// The encoder in two parts: the lower one runs without gradients, the upper one may learn.
#[derive(Module, Debug)]
pub(super) struct Encoder {
    /// `None` once they belong to the part that learns.
    pub embeddings: Option<Embeddings>,
    /// Layers from the input up.
    pub layers: Vec<Layer>,
}

impl Encoder {
    /// Changes of low rank made part of the weights.
    pub fn merged(self) -> Self {
        let merge = |layer: Layer| layer.map_dense(&mut Dense::merged);
        Self { layers: self.layers.into_iter().map(merge).collect(), ..self }
    }

    /// Texts as a batch, behind this encoder's prompt if it has one.
    pub fn batch(&self, texts: &[&Sequence], device: &SelectedDevice) -> Batch {
        let layout = Layout::best_for(device.is_gpu);
        match self.embeddings.as_ref().and_then(|embeddings| embeddings.prompt.as_ref()) {
            None => Batch::new(texts, layout, device.device()),
            Some(prompt) => {
                let texts: Vec<Sequence> =
                    texts.iter().map(|text| text.behind(prompt.len())).collect();
                Batch::new(&texts.iter().collect::<Vec<_>>(), layout, device.device())
            }
        }
    }

    /// An encoder of the right sizes to load weights into.
    pub fn blank(config: &EncoderConfig, device: &Device) -> Self {
        Self {
            embeddings: Some(Embeddings::blank(config, device)),
            layers: (0..config.num_hidden_layers).map(|_| Layer::blank(config, device)).collect(),
        }
    }

    /// Through embeddings (if it has them) and layers. `hidden` is what the part below put out;
    /// `first_layer` the number of this part's first layer in the whole encoder.
    ///
    /// # Panics
    /// If it has neither embeddings nor an input.
    pub fn forward(
        &self,
        hidden: Option<Tensor<2>>,
        batch: &Batch,
        shape: LayerShape,
        first_layer: usize,
        dropout: Option<Dropout>,
    ) -> Tensor<2> {
        let start = match (&self.embeddings, hidden) {
            (Some(embeddings), _) => embeddings.forward(batch, shape.epsilon, dropout),
            (None, Some(hidden)) => hidden,
            (None, None) => panic!("an upper part of an encoder needs the output of the lower one"),
        };
        self.forward_layers(start, batch, shape, first_layer, dropout)
    }

    /// Through the layers alone; `first_layer` as in [`Self::forward`].
    pub fn forward_layers(
        &self,
        hidden: Tensor<2>,
        batch: &Batch,
        shape: LayerShape,
        first_layer: usize,
        dropout: Option<Dropout>,
    ) -> Tensor<2> {
        self.layers.iter().enumerate().fold(hidden, |hidden, (index, layer)| {
            layer.forward(hidden, batch, shape, first_layer + index, dropout)
        })
    }
}

/// One vector per sequence: the weighted sum of its tokens' hidden states, `[sequences, hidden]`.
pub(super) fn pool(hidden: Tensor<2>, batch: &Batch) -> Tensor<2> {
    let pooling = batch.pooling.clone();
    match batch.layout {
        Layout::Packed => pooling.matmul(hidden),
        Layout::Padded => {
            let ([sequences, places], width) = (pooling.dims(), hidden.dims()[1]);
            let hidden = hidden.reshape([sequences, places, width]);
            pooling.reshape([sequences, 1, places]).matmul(hidden).reshape([sequences, width])
        }
    }
}

/// Some rows, `[rows, width]`.
pub(super) fn select_rows(from: &Tensor<2>, rows: &[usize]) -> Tensor<2> {
    let device = from.device().without_autodiff();
    let index: Vec<i32> = rows.iter().map(|&row| row as i32).collect();
    let index = Tensor::<1, Int>::from_data(TensorData::new(index, [rows.len()]), &device);
    from.clone().select(0, index)
}

/// Each row divided by its length, `[rows, width]`; a row of zeros stays.
pub(super) fn unit_rows(rows: Tensor<2>) -> Tensor<2> {
    let length = rows.clone().square().sum_dim(1).sqrt().clamp_min(1e-12);
    rows / length
}

/// Drop elements of tokens' vectors.
fn drop_tokens(x: Tensor<2>, batch: &Batch, probability: f32, key: u32) -> Tensor<2> {
    match batch.layout {
        _ if probability <= 0.0 => x,
        Layout::Padded => composed::drop_tokens(x, batch, probability, key),
        Layout::Packed => x.clone() * packed_mask(&x, batch, probability, key),
    }
}

/// The factors of packed rows, `[rows, width]`.
fn packed_mask(x: &Tensor<2>, batch: &Batch, probability: f32, key: u32) -> Tensor<2> {
    let [rows, width] = x.dims();
    let (threshold, scale) = threshold_and_scale(probability);
    let mut mask = vec![0.0_f32; rows * width];
    let places: Vec<_> = batch.places().collect();
    mask.par_chunks_exact_mut(width).zip(places).for_each(|(row, place)| {
        let Some((sequence, position)) = place else { return };
        let start = token_index(sequence, position, width);
        for (value, feature) in row.iter_mut().zip(0..) {
            *value = factor(start.wrapping_add(feature), key, threshold, scale);
        }
    });
    Tensor::from_data(TensorData::new(mask, [rows, width]), &x.device().without_autodiff())
}

/// Scores `[sequences, heads, queries, keys]` with those of later keys taken out.
fn hide_later(scores: Tensor<4>) -> Tensor<4> {
    let [sequences, heads, width, _] = scores.dims();
    let is_later: Vec<bool> =
        (0..width).flat_map(|query| (0..width).map(move |key| key > query)).collect();
    let device = scores.device().without_autodiff();
    let mask = TensorData::new(is_later, [1, 1, width, width]);
    let mask = Tensor::<4, Bool>::from_data(mask, &device);
    scores.mask_fill(mask.expand([sequences, heads, width, width]), -1e9)
}
