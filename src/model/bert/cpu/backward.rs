//! One block of sequences backward through an encoder layer, and the gradients of its weights.

use rayon::prelude::*;

use super::buffer::Buffer;
use super::forward::{
    BlockTape, Dense, LayerWeights, Norm, drop_attention, drop_hidden, head_of, scale,
};
use super::kernels::{
    NormTape, add, add_column_sums, gelu_backward, layer_norm_backward, softmax_backward,
};
use super::matmul::{Into, Packed, View, matmul, multiply};
use super::plan::{Block, LayerPlan};

/// Gradients of one block: of its input, of what each dense part put out, and of the norms' weights.
#[derive(Debug)]
pub(super) struct BlockGrads {
    /// `[rows, hidden]`.
    pub x: Buffer,
    query: Buffer,
    key: Buffer,
    value: Buffer,
    attention_output: Buffer,
    intermediate: Buffer,
    output: Buffer,
    attention_norm: NormGrads,
    output_norm: NormGrads,
}

#[derive(Debug)]
struct NormGrads {
    gamma: Vec<f32>,
    beta: Vec<f32>,
}

impl NormGrads {
    fn zeros(width: usize) -> Self {
        Self { gamma: vec![0.0; width], beta: vec![0.0; width] }
    }

    /// `grad` becomes the gradient of what was normalised; those of γ and β are added here.
    fn backward(&mut self, grad: &mut [f32], tape: &NormTape, weights: Norm<'_>) {
        layer_norm_backward(grad, tape, weights.gamma, &mut self.gamma, &mut self.beta);
    }
}

/// From the gradient of a block's output to those of everything before it.
pub(super) fn backward(
    out_grad: &[f32],
    tape: &BlockTape,
    weights: &LayerWeights<'_>,
    plan: &LayerPlan,
    block: &Block,
) -> BlockGrads {
    let hidden = weights.attention_norm.gamma.len();
    let mut output_norm = NormGrads::zeros(hidden);
    let mut attended = Buffer::copy_of(out_grad);
    output_norm.backward(&mut attended, &tape.output_norm, weights.output_norm);
    let mut output = Buffer::copy_of(&attended);
    drop_hidden(&mut output, hidden, block, plan.dropout, 1);

    let mut intermediate = input_grad(&output, weights.output);
    gelu_backward(&mut intermediate, &tape.intermediate);
    add_input_grad(&mut attended, &intermediate, weights.intermediate);

    let mut attention_norm = NormGrads::zeros(hidden);
    let mut x = attended;
    attention_norm.backward(&mut x, &tape.attention_norm, weights.attention_norm);
    let mut attention_output = Buffer::copy_of(&x);
    drop_hidden(&mut attention_output, hidden, block, plan.dropout, 0);

    let context = input_grad(&attention_output, weights.attention_output);
    let [query, key, value] = attend_backward(&context, tape, hidden, plan, block);
    add_input_grad(&mut x, &query, weights.query);
    add_input_grad(&mut x, &key, weights.key);
    add_input_grad(&mut x, &value, weights.value);
    BlockGrads {
        x,
        query,
        key,
        value,
        attention_output,
        intermediate,
        output,
        attention_norm,
        output_norm,
    }
}

/// Gradient of a dense part's input: `grad w`.
fn input_grad(grad: &[f32], dense: Dense<'_>) -> Buffer {
    let rows = grad.len() / dense.bias.len();
    let mut out = Buffer::stale(rows * dense.inputs);
    product(&mut out, Into::Replace, grad, dense);
    out
}

fn add_input_grad(target: &mut [f32], grad: &[f32], dense: Dense<'_>) {
    product(target, Into::Add, grad, dense);
}

fn product(target: &mut [f32], into: Into, grad: &[f32], dense: Dense<'_>) {
    let outputs = dense.bias.len();
    let grad = View::new(grad, grad.len() / outputs, outputs);
    multiply(target, dense.inputs, into, grad, dense.weight);
}

/// Gradients of queries, keys and values from that of the gathered context.
fn attend_backward(
    context: &[f32],
    tape: &BlockTape,
    hidden: usize,
    plan: &LayerPlan,
    block: &Block,
) -> [Buffer; 3] {
    let size = hidden / plan.heads;
    let [mut query, mut key, mut value] = [(); 3].map(|()| Buffer::stale(context.len()));
    let mut rest = &tape.attention[..];
    let (mut weights_grad, mut dropped) = (Vec::new(), Vec::new());
    for (sequence, rows) in block.sequences() {
        let length = rows.len();
        for head in 0..plan.heads {
            let (weights, after) = rest.split_at(length * length);
            rest = after;
            let part = |all| head_of(all, rows.start, length, hidden, head, size);
            let start = rows.start * hidden + head * size;
            weights_grad.resize(weights.len(), 0.0);
            let square = View::new;
            matmul(
                &mut weights_grad,
                length,
                Into::Replace,
                1.0,
                part(context),
                part(&tape.value).transposed(),
            );
            dropped.clear();
            dropped.extend_from_slice(weights);
            if let Some(dropout) = plan.dropout.filter(|dropout| dropout.attention > 0.0) {
                drop_attention(&mut dropped, length, sequence, head, plan.heads, dropout);
                drop_attention(&mut weights_grad, length, sequence, head, plan.heads, dropout);
            }
            let gathered = square(&dropped, length, length).transposed();
            matmul(&mut value[start..], hidden, Into::Replace, 1.0, gathered, part(context));
            softmax_backward(&mut weights_grad, weights, length);
            let scores = square(&weights_grad, length, length);
            let factor = scale(size);
            matmul(&mut query[start..], hidden, Into::Replace, factor, scores, part(&tape.key));
            let scores = scores.transposed();
            matmul(&mut key[start..], hidden, Into::Replace, factor, scores, part(&tape.query));
        }
    }
    [query, key, value]
}

/// Order of the gradients that [`weight_grads`] returns: weight and bias of query, key, value and
/// attention output, γ and β, weight and bias of intermediate and output, γ and β.
pub(super) const WEIGHTS: usize = 16;

/// Gradients of the layer's weights, summed over blocks in order.
pub(super) fn weight_grads(
    x: &[f32],
    hidden: usize,
    blocks: &[(Block, &BlockTape, BlockGrads)],
) -> Vec<Vec<f32>> {
    let inputs: Vec<DenseInputs> = blocks
        .par_iter()
        .map(|(block, tape, _)| {
            let rows = block.rows.start * hidden..block.rows.end * hidden;
            DenseInputs::new(&x[rows], tape, block.rows.len())
        })
        .collect();
    let grads_of = |pick: fn(&BlockGrads) -> &[f32]| -> Vec<&[f32]> {
        blocks.iter().map(|(.., grads)| pick(grads)).collect()
    };
    let packed =
        |pick: fn(&DenseInputs) -> &Packed| -> Vec<&Packed> { inputs.iter().map(pick).collect() };
    let (x, context) = (packed(|all| &all.x), packed(|all| &all.context));
    let (attended, activated) = (packed(|all| &all.attended), packed(|all| &all.activated));
    [
        dense_grads(&x, &grads_of(|grads| &grads.query)),
        dense_grads(&x, &grads_of(|grads| &grads.key)),
        dense_grads(&x, &grads_of(|grads| &grads.value)),
        dense_grads(&context, &grads_of(|grads| &grads.attention_output)),
        norm_grads(hidden, blocks, |grads| &grads.attention_norm),
        dense_grads(&attended, &grads_of(|grads| &grads.intermediate)),
        dense_grads(&activated, &grads_of(|grads| &grads.output)),
        norm_grads(hidden, blocks, |grads| &grads.output_norm),
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// What went into the dense parts of one block, laid out for products.
struct DenseInputs {
    x: Packed,
    context: Packed,
    attended: Packed,
    activated: Packed,
}

impl DenseInputs {
    fn new(x: &[f32], tape: &BlockTape, rows: usize) -> Self {
        let packed = |values: &[f32]| Packed::new(View::new(values, rows, values.len() / rows));
        Self {
            x: packed(x),
            context: packed(&tape.context),
            attended: packed(&tape.attended),
            activated: packed(&tape.activated),
        }
    }
}

/// Output rows of a weight gradient that one thread works on.
const TILE: usize = 192;

/// `Σ gradᵀ input` over blocks and the column sums of `grad`.
fn dense_grads(inputs: &[&Packed], grads: &[&[f32]]) -> [Vec<f32>; 2] {
    let (width, outputs) = (inputs[0].columns(), grads[0].len() / inputs[0].depth());
    let mut weight = vec![0.0; outputs * width];
    weight.par_chunks_mut(TILE * width).enumerate().for_each(|(tile, target)| {
        let columns = target.len() / width;
        for (index, (input, grad)) in inputs.iter().zip(grads).enumerate() {
            let into = if index == 0 { Into::Replace } else { Into::Add };
            let grad = View::strided(&grad[tile * TILE..], input.depth(), columns, outputs);
            multiply(target, width, into, grad.transposed(), input);
        }
    });
    let mut bias = vec![0.0; outputs];
    for grad in grads {
        add_column_sums(&mut bias, grad);
    }
    [weight, bias]
}

fn norm_grads(
    hidden: usize,
    blocks: &[(Block, &BlockTape, BlockGrads)],
    pick: impl Fn(&BlockGrads) -> &NormGrads,
) -> [Vec<f32>; 2] {
    let mut total = NormGrads::zeros(hidden);
    for (.., grads) in blocks {
        add(&mut total.gamma, &pick(grads).gamma);
        add(&mut total.beta, &pick(grads).beta);
    }
    [total.gamma, total.beta]
}
