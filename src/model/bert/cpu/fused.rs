//! The fused layer as an operation of Burn's CPU engine, with its own backward pass.

use std::sync::{Arc, Mutex, PoisonError};

use burn::backend::autodiff::checkpoint::base::Checkpointer;
use burn::backend::autodiff::checkpoint::strategy::NoCheckpointing;
use burn::backend::autodiff::grads::Gradients;
use burn::backend::autodiff::ops::{Backward, Ops, OpsKind};
use burn::backend::flex::FlexTensor;
use burn::backend::tensor::FloatTensor;
use burn::backend::{Autodiff, Flex};
use burn::tensor::{Tensor, TensorData};
use rayon::prelude::*;

use super::adapter::{ADAPTER_WEIGHTS, Adapter};
use super::backward::{BlockGrads, WEIGHTS, backward, weight_grads};
use super::forward::{BlockTape, Dense, LayerWeights, Norm, forward};
use super::matmul::{Packed, View};
use super::plan::{Block, LayerPlan};
use crate::model::bert::precision::Precision;

/// The weights of a layer.
pub(in crate::model::bert) struct LayerTensors {
    /// Of query, key, value, attention output, intermediate and output, each `[out, in]`.
    pub matrices: [Tensor<2>; 6],
    /// Their biases in the same order, then γ and β of the norm after attention and of the norm after the
    /// output.
    pub vectors: [Tensor<1>; 10],
    /// After attention and after the feed-forward part: weight and bias of the ways down and up.
    pub adapters: [Option<[(Tensor<2>, Tensor<1>); 2]>; 2],
}

impl LayerTensors {
    fn learn(&self) -> bool {
        let adapters = self.adapters.iter().flatten().flatten();
        self.matrices.iter().any(Tensor::is_autodiff)
            || adapters.into_iter().any(|(weight, _)| weight.is_autodiff())
    }

    /// Weight and bias of each dense part and γ and β of each norm, in the order of the layer, then the
    /// adapters; each as `matrix` or `vector` has it.
    fn in_order<T>(self, matrix: fn(Tensor<2>) -> T, vector: fn(Tensor<1>) -> T) -> Vec<T> {
        let [query, key, value, attention_output, intermediate, output] = self.matrices.map(matrix);
        let [qb, kb, vb, ab, ib, ob, attention_gamma, attention_beta, output_gamma, output_beta] =
            self.vectors.map(vector);
        let own: [T; WEIGHTS] = [
            query,
            qb,
            key,
            kb,
            value,
            vb,
            attention_output,
            ab,
            attention_gamma,
            attention_beta,
            intermediate,
            ib,
            output,
            ob,
            output_gamma,
            output_beta,
        ];
        let adapters = self.adapters.into_iter().flatten().flatten();
        let adapters = adapters.flat_map(|(weight, bias)| [matrix(weight), vector(bias)]);
        own.into_iter().chain(adapters).collect()
    }
}

/// An encoder layer over rows of tokens without padding, `[tokens, hidden]` to `[tokens, hidden]`.
///
/// # Panics
/// If a tensor is not on the CPU engine or shapes do not fit.
pub(in crate::model::bert) fn encoder_layer(
    hidden: Tensor<2>,
    tensors: LayerTensors,
    plan: LayerPlan,
    cache: &LayerCache,
) -> Tensor<2> {
    if hidden.is_autodiff() || tensors.learn() {
        // An operation's number of parents is part of its type.
        return match tensors.adapters.iter().flatten().count() {
            0 => recorded::<{ 1 + WEIGHTS }>(hidden, tensors, plan),
            1 => recorded::<{ 1 + WEIGHTS + ADAPTER_WEIGHTS }>(hidden, tensors, plan),
            _ => recorded::<{ 1 + WEIGHTS + 2 * ADAPTER_WEIGHTS }>(hidden, tensors, plan),
        };
    }
    let x = plain(hidden);
    let sites = tensors.adapters.each_ref().map(Option::is_some);
    let weights = Weights { all: tensors.in_order(plain, plain), sites };
    let (out, _) = run(&x, &weights, &cache.get(&weights, plan.precision), &plan);
    Tensor::from_primitive::<Flex>(out)
}

type Learning = Autodiff<Flex>;

fn plain<const D: usize>(tensor: Tensor<D>) -> FlexTensor {
    contiguous(&tensor.try_into_primitive::<Flex>().expect("a tensor of the CPU engine"))
}

fn tracked<const D: usize>(tensor: Tensor<D>) -> FloatTensor<Learning> {
    const ENGINE: &str = "a differentiable tensor of the CPU engine";
    tensor.autodiff().try_into_primitive::<Learning>().expect(ENGINE)
}

/// The same with its backward pass recorded; `PARENTS` are the input and all weights.
fn recorded<const PARENTS: usize>(
    hidden: Tensor<2>,
    tensors: LayerTensors,
    plan: LayerPlan,
) -> Tensor<2> {
    let (x, x_guard) = tracked(hidden).into_parts();
    let x = contiguous(&x);
    let sites = tensors.adapters.each_ref().map(Option::is_some);
    let weights = tensors.in_order(tracked, tracked);
    let mut guards = std::iter::once(x_guard).chain(weights.iter().map(|weight| weight.node()));
    let guards: [_; PARENTS] = std::array::from_fn(|_| guards.next().expect("one per parent"));
    let all = weights.iter().map(|weight| contiguous(weight.primitive())).collect();
    let weights = Weights { all, sites };
    let (out, tapes) = run(&x, &weights, &weights.packed(Way::Forward, plan.precision), &plan);
    let out = match FusedLayer.prepare::<NoCheckpointing>(guards).compute_bound().stateful() {
        OpsKind::Tracked(prep) => {
            let tapes = if plan.recompute { Vec::new() } else { tapes };
            prep.finish(Arc::new(LayerTape { x, weights, plan, tapes }), out)
        }
        OpsKind::UnTracked(prep) => prep.finish(out),
    };
    Tensor::from_primitive::<Learning>(out)
}

pub(super) fn contiguous(tensor: &FlexTensor) -> FlexTensor {
    if tensor.as_slice::<f32>().is_some() { tensor.clone() } else { tensor.to_contiguous() }
}

pub(super) fn slice(tensor: &FlexTensor) -> &[f32] {
    tensor.as_slice().expect("a contiguous tensor of 32-bit floats")
}

/// The weights of a layer in their order.
#[derive(Debug)]
struct Weights {
    all: Vec<FlexTensor>,
    /// Whether there is an adapter after attention, and one after the feed-forward part.
    sites: [bool; 2],
}

/// Positions of the layer's own matrices among the weights.
const MATRICES: [usize; 6] = [0, 2, 4, 6, 10, 12];

/// A layer's matrices laid out for products, in the order of [`Weights::matrices`].
type PackedLayer = Vec<Packed>;

/// Which way the products go.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Way {
    Forward,
    Back,
}

impl Weights {
    /// Positions of all matrices: those of [`MATRICES`], then two of each adapter.
    fn matrices(&self) -> impl Iterator<Item = usize> {
        MATRICES.into_iter().chain((WEIGHTS..self.all.len()).step_by(2))
    }

    fn packed(&self, way: Way, precision: Precision) -> PackedLayer {
        let places: Vec<usize> = self.matrices().collect();
        places
            .par_iter()
            .map(|&at| {
                let [outputs, inputs] = [0, 1].map(|side| self.all[at].layout().shape()[side]);
                let matrix = View::new(slice(&self.all[at]), outputs, inputs);
                let matrix = if way == Way::Forward { matrix.transposed() } else { matrix };
                Packed::new(matrix, precision)
            })
            .collect()
    }

    fn layer<'a>(&'a self, packed: &'a PackedLayer) -> LayerWeights<'a> {
        let dense = |index: usize, at: usize| Dense {
            weight: &packed[index],
            bias: slice(&self.all[at + 1]),
            inputs: self.all[at].layout().shape()[1],
        };
        let own = |index: usize| dense(index, MATRICES[index]);
        let norm = |at: usize| Norm { gamma: slice(&self.all[at]), beta: slice(&self.all[at + 1]) };
        let adapter = |site: usize| {
            let before = usize::from(site == 1 && self.sites[0]);
            let (index, at) = (MATRICES.len() + 2 * before, WEIGHTS + ADAPTER_WEIGHTS * before);
            self.sites[site]
                .then(|| Adapter { down: dense(index, at), up: dense(index + 1, at + 2) })
        };
        LayerWeights {
            query: own(0),
            key: own(1),
            value: own(2),
            attention_output: own(3),
            attention_norm: norm(8),
            intermediate: own(4),
            output: own(5),
            output_norm: norm(14),
            adapters: [adapter(0), adapter(1)],
        }
    }
}

/// The laid out matrices of a layer that does not learn, kept from one batch to the next.
///
/// It holds on to the tensors that it was made of, so it is known by them: other weights, other layout.
#[derive(Debug, Clone, Default)]
pub(in crate::model::bert) struct LayerCache(Arc<Mutex<Option<CacheEntry>>>);

#[derive(Debug)]
struct CacheEntry {
    made_of: Vec<Arc<burn::tensor::Bytes>>,
    precision: Precision,
    packed: Arc<PackedLayer>,
}

impl LayerCache {
    fn get(&self, weights: &Weights, precision: Precision) -> Arc<PackedLayer> {
        let mut entry = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let made_of: Vec<_> = weights.matrices().map(|at| weights.all[at].data_arc()).collect();
        if let Some(entry) = entry.as_ref() {
            let is_same = entry.precision == precision
                && entry.made_of.len() == made_of.len()
                && entry.made_of.iter().zip(&made_of).all(|(a, b)| Arc::ptr_eq(a, b));
            if is_same {
                return Arc::clone(&entry.packed);
            }
        }
        let packed = Arc::new(weights.packed(Way::Forward, precision));
        *entry = Some(CacheEntry { made_of, precision, packed: Arc::clone(&packed) });
        packed
    }
}

pub(super) fn tensor(values: Vec<f32>, shape: &[usize]) -> FlexTensor {
    FlexTensor::from_data(TensorData::new(values, shape.to_vec()))
}

/// All blocks forward.
fn run(
    x: &FlexTensor,
    weights: &Weights,
    packed: &PackedLayer,
    plan: &LayerPlan,
) -> (FlexTensor, Tapes) {
    let rows = slice(x);
    let weights = weights.layer(packed);
    let hidden = weights.attention_norm.gamma.len();
    let tokens: usize = plan.lengths.iter().sum();
    assert_eq!(rows.len(), tokens * hidden, "rows of a batch of {tokens} tokens");
    let mut out = vec![0.0; rows.len()];
    let mut rest = out.as_mut_slice();
    let targets: Vec<(Block, &mut [f32])> = plan
        .blocks()
        .into_iter()
        .map(|block| {
            let (target, after) = std::mem::take(&mut rest).split_at_mut(block.rows.len() * hidden);
            rest = after;
            (block, target)
        })
        .collect();
    let tapes = targets
        .into_par_iter()
        .map(|(block, target)| {
            let x = &rows[block.rows.start * hidden..block.rows.end * hidden];
            let tape = forward(x, &weights, plan, &block, target);
            (block, tape)
        })
        .collect();
    (tensor(out, &[tokens, hidden]), tapes)
}

/// Each block with what its backward pass needs.
type Tapes = Vec<(Block, BlockTape)>;

/// What the backward pass keeps of one layer.
#[derive(Debug)]
struct LayerTape {
    x: FlexTensor,
    weights: Weights,
    plan: LayerPlan,
    /// Empty where they are computed again.
    tapes: Tapes,
}

impl LayerTape {
    /// Gradients of the input and of the weights that are wanted.
    fn grads(&self, out_grad: &[f32], wants_input: bool, wanted: &[bool]) -> Vec<Option<Vec<f32>>> {
        let precision = self.plan.precision;
        let computed_again = self.plan.recompute.then(|| {
            let packed = self.weights.packed(Way::Forward, precision);
            run(&self.x, &self.weights, &packed, &self.plan).1
        });
        let tapes = computed_again.as_ref().unwrap_or(&self.tapes);
        let packed = self.weights.packed(Way::Back, precision);
        let weights = self.weights.layer(&packed);
        let hidden = weights.attention_norm.gamma.len();
        let blocks: Vec<(Block, &BlockTape, BlockGrads)> = tapes
            .par_iter()
            .map(|(block, tape)| {
                let grad = &out_grad[block.rows.start * hidden..block.rows.end * hidden];
                let grads = backward(grad, tape, &weights, &self.plan, block, wants_input);
                (block.clone(), tape, grads)
            })
            .collect();
        let x_grad = wants_input.then(|| {
            let parts: Vec<&[f32]> = blocks.iter().map(|(.., grads)| &grads.x[..]).collect();
            parts.concat()
        });
        let weight_grads = weight_grads(slice(&self.x), hidden, &blocks, wanted, precision);
        std::iter::once(x_grad).chain(weight_grads).collect()
    }
}

#[derive(Debug)]
struct FusedLayer;

impl<const PARENTS: usize> Backward<Flex, PARENTS> for FusedLayer {
    type State = Arc<LayerTape>;

    fn backward(
        self,
        ops: Ops<Self::State, PARENTS>,
        grads: &mut Gradients,
        _checkpointer: &mut Checkpointer,
    ) {
        let out_grad = contiguous(&grads.consume::<Flex>(&ops.node));
        let tape = ops.state;
        let wanted: Vec<bool> = ops.parents[1..].iter().map(Option::is_some).collect();
        let values = tape.grads(slice(&out_grad), ops.parents[0].is_some(), &wanted);
        let shapes = std::iter::once(&tape.x).chain(&tape.weights.all);
        for ((parent, like), values) in ops.parents.into_iter().zip(shapes).zip(values) {
            if let (Some(parent), Some(values)) = (parent, values) {
                let shape: Vec<usize> = like.layout().shape().to_vec();
                grads.register::<Flex>(parent.id, tensor(values, &shape));
            }
        }
    }
}
