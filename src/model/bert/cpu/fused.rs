//! The fused layer as an operation of Burn's CPU engine, with its own backward pass.

use std::sync::{Arc, Mutex, PoisonError};

use burn::backend::autodiff::checkpoint::base::Checkpointer;
use burn::backend::autodiff::checkpoint::strategy::NoCheckpointing;
use burn::backend::autodiff::grads::Gradients;
use burn::backend::autodiff::ops::{Backward, Ops, OpsKind};
use burn::backend::flex::FlexTensor;
use burn::backend::{Autodiff, Flex};
use burn::tensor::{Tensor, TensorData};
use rayon::prelude::*;

use super::backward::{BlockGrads, WEIGHTS, backward, weight_grads};
use super::forward::{BlockTape, Dense, LayerWeights, Norm, forward};
use super::matmul::{Packed, View};
use super::plan::{Block, LayerPlan};

/// An encoder layer over rows of tokens without padding, `[tokens, hidden]` to `[tokens, hidden]`.
///
/// `matrices` are the weights of query, key, value, attention output, intermediate and output, each
/// `[out, in]`; `vectors` are their biases in the same order, then γ and β of the norm after attention
/// and of the norm after the output.
///
/// # Panics
/// If a tensor is not on the CPU engine or shapes do not fit.
pub(in crate::model::bert) fn encoder_layer(
    hidden: Tensor<2>,
    matrices: [Tensor<2>; 6],
    vectors: [Tensor<1>; 10],
    plan: LayerPlan,
    cache: &LayerCache,
) -> Tensor<2> {
    let learns = hidden.is_autodiff() || matrices.iter().any(Tensor::is_autodiff);
    if learns {
        return recorded(hidden, matrices, vectors, plan);
    }
    let plain =
        |tensor: Result<FlexTensor, _>| contiguous(&tensor.expect("a tensor of the CPU engine"));
    let x = plain(hidden.try_into_primitive::<Flex>());
    let matrices = matrices.map(|matrix| plain(matrix.try_into_primitive::<Flex>()));
    let vectors = vectors.map(|vector| plain(vector.try_into_primitive::<Flex>()));
    let weights = in_order(matrices, vectors);
    let (out, _) = run(&x, &weights, &cache.get(&weights), &plan);
    Tensor::from_primitive::<Flex>(out)
}

/// The same with its backward pass recorded.
fn recorded(
    hidden: Tensor<2>,
    matrices: [Tensor<2>; 6],
    vectors: [Tensor<1>; 10],
    plan: LayerPlan,
) -> Tensor<2> {
    const ENGINE: &str = "a differentiable tensor of the CPU engine";
    type Learning = Autodiff<Flex>;
    let (x, x_guard) =
        hidden.autodiff().try_into_primitive::<Learning>().expect(ENGINE).into_parts();
    let matrices =
        matrices.map(|matrix| matrix.autodiff().try_into_primitive::<Learning>().expect(ENGINE));
    let vectors =
        vectors.map(|vector| vector.autodiff().try_into_primitive::<Learning>().expect(ENGINE));
    let weights = in_order(matrices, vectors);
    let guards = weights.each_ref().map(|weight| weight.node());
    let mut guards = std::iter::once(x_guard).chain(guards);
    let guards = std::array::from_fn(|_| guards.next().expect("one guard per parent"));
    let weights = weights.map(|weight| contiguous(weight.primitive()));
    let x = contiguous(&x);
    let (out, tapes) = run(&x, &weights, &packed(&weights, Way::Forward), &plan);
    let out = match FusedLayer.prepare::<NoCheckpointing>(guards).compute_bound().stateful() {
        OpsKind::Tracked(prep) => {
            let tape = LayerTape { x, weights, plan, tapes };
            prep.finish(Arc::new(tape), out)
        }
        OpsKind::UnTracked(prep) => prep.finish(out),
    };
    Tensor::from_primitive::<Learning>(out)
}

/// Weight and bias of each dense part and γ and β of each norm, in the order of the layer.
fn in_order<T>(matrices: [T; 6], vectors: [T; 10]) -> [T; WEIGHTS] {
    let [query, key, value, attention_output, intermediate, output] = matrices;
    let [qb, kb, vb, ab, ib, ob, attention_gamma, attention_beta, output_gamma, output_beta] =
        vectors;
    [
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
    ]
}

pub(super) fn contiguous(tensor: &FlexTensor) -> FlexTensor {
    if tensor.as_slice::<f32>().is_some() { tensor.clone() } else { tensor.to_contiguous() }
}

pub(super) fn slice(tensor: &FlexTensor) -> &[f32] {
    tensor.as_slice().expect("a contiguous tensor of 32-bit floats")
}

/// Positions of the matrices among the weights.
const MATRICES: [usize; 6] = [0, 2, 4, 6, 10, 12];

/// The layer's matrices laid out for products, in the order of [`MATRICES`].
type PackedLayer = [Packed; 6];

/// Which way the products go.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Way {
    Forward,
    Back,
}

fn packed(weights: &[FlexTensor; WEIGHTS], way: Way) -> PackedLayer {
    let all: Vec<Packed> = MATRICES
        .par_iter()
        .map(|&at| {
            let [outputs, inputs] = [0, 1].map(|side| weights[at].layout().shape()[side]);
            let matrix = View::new(slice(&weights[at]), outputs, inputs);
            Packed::new(if way == Way::Forward { matrix.transposed() } else { matrix })
        })
        .collect();
    all.try_into().expect("six matrices in, six out")
}

/// The laid out matrices of a layer that does not learn, kept from one batch to the next.
///
/// It holds on to the tensors that it was made of, so it is known by them: other weights, other layout.
#[derive(Debug, Clone, Default)]
pub(in crate::model::bert) struct LayerCache(Arc<Mutex<Option<CacheEntry>>>);

#[derive(Debug)]
struct CacheEntry {
    made_of: [Arc<burn::tensor::Bytes>; 6],
    packed: Arc<PackedLayer>,
}

impl LayerCache {
    fn get(&self, weights: &[FlexTensor; WEIGHTS]) -> Arc<PackedLayer> {
        let mut entry = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let made_of = MATRICES.map(|at| weights[at].data_arc());
        if let Some(entry) = entry.as_ref() {
            let is_same = entry.made_of.iter().zip(&made_of).all(|(a, b)| Arc::ptr_eq(a, b));
            if is_same {
                return Arc::clone(&entry.packed);
            }
        }
        let packed = Arc::new(packed(weights, Way::Forward));
        *entry = Some(CacheEntry { made_of, packed: Arc::clone(&packed) });
        packed
    }
}

fn layer_weights<'a>(
    weights: &'a [FlexTensor; WEIGHTS],
    packed: &'a PackedLayer,
) -> LayerWeights<'a> {
    let dense = |index: usize| {
        let at = MATRICES[index];
        Dense {
            weight: &packed[index],
            bias: slice(&weights[at + 1]),
            inputs: weights[at].layout().shape()[1],
        }
    };
    let norm = |at: usize| Norm { gamma: slice(&weights[at]), beta: slice(&weights[at + 1]) };
    LayerWeights {
        query: dense(0),
        key: dense(1),
        value: dense(2),
        attention_output: dense(3),
        attention_norm: norm(8),
        intermediate: dense(4),
        output: dense(5),
        output_norm: norm(14),
    }
}

pub(super) fn tensor(values: Vec<f32>, shape: &[usize]) -> FlexTensor {
    FlexTensor::from_data(TensorData::new(values, shape.to_vec()))
}

/// All blocks forward.
fn run(
    x: &FlexTensor,
    weights: &[FlexTensor; WEIGHTS],
    packed: &PackedLayer,
    plan: &LayerPlan,
) -> (FlexTensor, Vec<(Block, BlockTape)>) {
    let rows = slice(x);
    let weights = layer_weights(weights, packed);
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

/// What the backward pass keeps of one layer.
#[derive(Debug)]
struct LayerTape {
    x: FlexTensor,
    weights: [FlexTensor; WEIGHTS],
    plan: LayerPlan,
    tapes: Vec<(Block, BlockTape)>,
}

impl LayerTape {
    /// Gradients of the input and of the weights that are wanted.
    fn grads(
        &self,
        out_grad: &[f32],
        wants_input: bool,
        wanted: &[bool; WEIGHTS],
    ) -> Vec<Option<Vec<f32>>> {
        let packed = packed(&self.weights, Way::Back);
        let weights = layer_weights(&self.weights, &packed);
        let hidden = weights.attention_norm.gamma.len();
        let blocks: Vec<(Block, &BlockTape, BlockGrads)> = self
            .tapes
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
        let weight_grads = weight_grads(slice(&self.x), hidden, &blocks, wanted);
        std::iter::once(x_grad).chain(weight_grads).collect()
    }
}

#[derive(Debug)]
struct FusedLayer;

impl Backward<Flex, { WEIGHTS + 1 }> for FusedLayer {
    type State = Arc<LayerTape>;

    fn backward(
        self,
        ops: Ops<Self::State, { WEIGHTS + 1 }>,
        grads: &mut Gradients,
        _checkpointer: &mut Checkpointer,
    ) {
        let out_grad = contiguous(&grads.consume::<Flex>(&ops.node));
        let tape = ops.state;
        let wanted = std::array::from_fn(|at| ops.parents[at + 1].is_some());
        let values = tape.grads(slice(&out_grad), ops.parents[0].is_some(), &wanted);
        let shapes = std::iter::once(&tape.x).chain(&tape.weights);
        for ((parent, like), values) in ops.parents.into_iter().zip(shapes).zip(values) {
            if let (Some(parent), Some(values)) = (parent, values) {
                let shape: Vec<usize> = like.layout().shape().to_vec();
                grads.register::<Flex>(parent.id, tensor(values, &shape));
            }
        }
    }
}
