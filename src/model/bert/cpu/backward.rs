//! One block of sequences backward through an encoder layer, and the gradients of its weights.

use rayon::prelude::*;

use super::adapter::{self, ADAPTER_WEIGHTS, AdapterGrads};
use super::buffer::Buffer;
use super::forward::{
    BlockTape, Dense, LayerWeights, Norm, drop_attention, drop_hidden, head_of, scale,
};
use super::kernels::{
    NormTape, add, add_column_sums, gelu_backward, layer_norm_backward, softmax_backward,
};
use super::matmul::{Into, Packed, View, matmul, multiply};
use super::plan::{Block, LayerPlan};
use crate::model::bert::precision::Precision;

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
    adapters: [Option<AdapterGrads>; 2],
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

/// From the gradient of a block's output to those of everything before it; that of the input is left
/// unfinished unless it is wanted.
pub(super) fn backward(
    out_grad: &[f32],
    tape: &BlockTape,
    weights: &LayerWeights<'_>,
    plan: &LayerPlan,
    block: &Block,
    wants_input: bool,
) -> BlockGrads {
    let hidden = weights.attention_norm.gamma.len();
    let mut output_norm = NormGrads::zeros(hidden);
    let mut attended = Buffer::copy_of(out_grad);
    output_norm.backward(&mut attended, &tape.output_norm, weights.output_norm);
    let mut output = Buffer::copy_of(&attended);
    let after_output = adapter_backward(&mut output, tape, weights, 1);
    drop_hidden(&mut output, hidden, block, plan.dropout, 1);

    let mut intermediate = input_grad(&output, weights.output);
    gelu_backward(&mut intermediate, &tape.intermediate);
    add_input_grad(&mut attended, &intermediate, weights.intermediate);

    let mut attention_norm = NormGrads::zeros(hidden);
    let mut x = attended;
    attention_norm.backward(&mut x, &tape.attention_norm, weights.attention_norm);
    let mut attention_output = Buffer::copy_of(&x);
    let after_attention = adapter_backward(&mut attention_output, tape, weights, 0);
    drop_hidden(&mut attention_output, hidden, block, plan.dropout, 0);

    let context = input_grad(&attention_output, weights.attention_output);
    let [query, key, value] = attend_backward(&context, tape, hidden, plan, block);
    if wants_input {
        add_input_grad(&mut x, &query, weights.query);
        add_input_grad(&mut x, &key, weights.key);
        add_input_grad(&mut x, &value, weights.value);
    }
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
        adapters: [after_attention, after_output],
    }
}

/// `grad`, of what the adapter of a site put out, becomes that of what went in.
fn adapter_backward(
    grad: &mut [f32],
    tape: &BlockTape,
    weights: &LayerWeights<'_>,
    site: usize,
) -> Option<AdapterGrads> {
    let adapter = weights.adapters[site]?;
    Some(adapter.backward(grad, tape.adapters[site].as_ref()?))
}

/// Gradient of a dense part's input: `grad w`.
pub(super) fn input_grad(grad: &[f32], dense: Dense<'_>) -> Buffer {
    let rows = grad.len() / dense.bias.len();
    let mut out = Buffer::stale(rows * dense.inputs);
    product(&mut out, Into::Replace, grad, dense);
    out
}

pub(super) fn add_input_grad(target: &mut [f32], grad: &[f32], dense: Dense<'_>) {
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
/// attention output, γ and β, weight and bias of intermediate and output, γ and β; then those of the
/// adapters that there are.
pub(super) const WEIGHTS: usize = 16;

/// Gradients of the layer's weights, summed over blocks in order; `None` where they are not wanted. Whoever
/// trains a few weights of a layer does not pay for the others.
pub(super) fn weight_grads(
    x: &[f32],
    hidden: usize,
    blocks: &[(Block, &BlockTape, BlockGrads)],
    wanted: &[bool],
    precision: Precision,
) -> Vec<Option<Vec<f32>>> {
    type Input = fn(&BlockTape) -> &[f32];
    let lay_out = |input: Option<Input>| -> Vec<Packed> {
        blocks
            .par_iter()
            .map(|(block, tape, _)| {
                let rows = block.rows.len();
                let values = match input {
                    Some(input) => input(tape),
                    None => &x[block.rows.start * hidden..block.rows.end * hidden],
                };
                Packed::new(View::new(values, rows, values.len() / rows), precision)
            })
            .collect()
    };
    let dense = |at: usize, inputs: &[Packed], pick: fn(&BlockGrads) -> &[f32]| {
        let grads: Vec<&[f32]> = blocks.iter().map(|(.., grads)| pick(grads)).collect();
        let outputs = grads[0].len() / blocks[0].0.rows.len();
        [
            wanted[at].then(|| matrix_grad(inputs, outputs, &grads)),
            wanted[at + 1].then(|| bias_grad(outputs, &grads)),
        ]
    };
    let norm = |at: usize, pick: fn(&BlockGrads) -> &NormGrads| {
        let [gamma, beta] = norm_grads(hidden, blocks, pick);
        [wanted[at].then_some(gamma), wanted[at + 1].then_some(beta)]
    };
    // An input is laid out only for a matrix that learns.
    let laid_out = |matrices: &[usize], input: Option<Input>| {
        if matrices.iter().any(|&at| wanted[at]) { lay_out(input) } else { Vec::new() }
    };
    let x = laid_out(&[0, 2, 4], None);
    let context = laid_out(&[6], Some(|tape| &tape.context));
    let attended = laid_out(&[10], Some(|tape| &tape.attended));
    let activated = laid_out(&[12], Some(|tape| &tape.activated));
    let own = [
        dense(0, &x, |grads| &grads.query),
        dense(2, &x, |grads| &grads.key),
        dense(4, &x, |grads| &grads.value),
        dense(6, &context, |grads| &grads.attention_output),
        norm(8, |grads| &grads.attention_norm),
        dense(10, &attended, |grads| &grads.intermediate),
        dense(12, &activated, |grads| &grads.output),
        norm(14, |grads| &grads.output_norm),
    ];
    own.into_iter().flatten().chain(adapter_grads(blocks, &wanted[WEIGHTS..], precision)).collect()
}

/// Gradients of the adapters' weights, those after attention first.
fn adapter_grads(
    blocks: &[(Block, &BlockTape, BlockGrads)],
    wanted: &[bool],
    precision: Precision,
) -> Vec<Option<Vec<f32>>> {
    let of_site = |site: usize| -> Option<Vec<_>> {
        blocks
            .iter()
            .map(|(block, tape, grads)| {
                let (tape, grads) = (tape.adapters[site].as_ref()?, grads.adapters[site].as_ref()?);
                Some((block.rows.len(), tape, grads))
            })
            .collect()
    };
    let sites = (0..2).filter_map(of_site).zip(wanted.chunks(ADAPTER_WEIGHTS));
    sites.flat_map(|(blocks, wanted)| adapter::weight_grads(&blocks, wanted, precision)).collect()
}

/// Output rows of a weight gradient that one thread works on.
const TILE: usize = 96;

/// `Σ gradᵀ input` over blocks.
pub(super) fn matrix_grad(inputs: &[Packed], outputs: usize, grads: &[&[f32]]) -> Vec<f32> {
    let width = inputs[0].columns();
    let mut weight = vec![0.0; outputs * width];
    weight.par_chunks_mut(TILE * width).enumerate().for_each(|(tile, target)| {
        let columns = target.len() / width;
        for (index, (input, grad)) in inputs.iter().zip(grads).enumerate() {
            let into = if index == 0 { Into::Replace } else { Into::Add };
            let grad = View::strided(&grad[tile * TILE..], input.depth(), columns, outputs);
            multiply(target, width, into, grad.transposed(), input);
        }
    });
    weight
}

/// Column sums.
pub(super) fn bias_grad(outputs: usize, grads: &[&[f32]]) -> Vec<f32> {
    let mut bias = vec![0.0; outputs];
    for grad in grads {
        add_column_sums(&mut bias, grad);
    }
    bias
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
