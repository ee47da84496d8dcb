//! One block of sequences backward through an encoder layer, and the gradients of its weights.

use rayon::prelude::*;

use super::forward::{
    BlockTape, Dense, LayerWeights, add, drop_attention, drop_hidden, head_of, scale,
};
use super::kernels::{add_column_sums, dot, gelu_slope, layer_norm_backward, vectorised};
use super::matmul::{Into, View, matmul};
use super::plan::{Block, LayerPlan};

/// Gradients of one block: of its input, of what each dense part put out, and of the norms' weights.
#[derive(Debug)]
pub(super) struct BlockGrads {
    /// `[rows, hidden]`.
    pub x: Vec<f32>,
    query: Vec<f32>,
    key: Vec<f32>,
    value: Vec<f32>,
    attention_output: Vec<f32>,
    intermediate: Vec<f32>,
    output: Vec<f32>,
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
    let mut attended = out_grad.to_vec();
    vectorised(|| {
        let NormGrads { gamma, beta } = &mut output_norm;
        layer_norm_backward(
            &mut attended,
            &tape.output_norm,
            weights.output_norm.gamma,
            gamma,
            beta,
        );
    });
    let mut output = attended.clone();
    drop_hidden(&mut output, hidden, block, plan.dropout, 1);

    let mut intermediate = input_grad(&output, weights.output);
    vectorised(|| {
        for (grad, &before) in intermediate.iter_mut().zip(&tape.intermediate) {
            *grad *= gelu_slope(before);
        }
    });
    add_input_grad(&mut attended, &intermediate, weights.intermediate);

    let mut attention_norm = NormGrads::zeros(hidden);
    let mut x = attended;
    vectorised(|| {
        let NormGrads { gamma, beta } = &mut attention_norm;
        layer_norm_backward(
            &mut x,
            &tape.attention_norm,
            weights.attention_norm.gamma,
            gamma,
            beta,
        );
    });
    let mut attention_output = x.clone();
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
fn input_grad(grad: &[f32], dense: Dense<'_>) -> Vec<f32> {
    let (outputs, rows) = (dense.bias.len(), grad.len() / dense.bias.len());
    let mut out = vec![0.0; rows * (dense.weight.len() / outputs)];
    product(&mut out, Into::Replace, grad, dense);
    out
}

fn add_input_grad(target: &mut [f32], grad: &[f32], dense: Dense<'_>) {
    product(target, Into::Add, grad, dense);
}

fn product(target: &mut [f32], into: Into, grad: &[f32], dense: Dense<'_>) {
    let outputs = dense.bias.len();
    let (rows, inputs) = (grad.len() / outputs, dense.weight.len() / outputs);
    let weight = View::new(dense.weight, outputs, inputs);
    matmul(target, inputs, into, 1.0, View::new(grad, rows, outputs), weight);
}

/// Gradients of queries, keys and values from that of the gathered context.
fn attend_backward(
    context: &[f32],
    tape: &BlockTape,
    hidden: usize,
    plan: &LayerPlan,
    block: &Block,
) -> [Vec<f32>; 3] {
    let size = hidden / plan.heads;
    let [mut query, mut key, mut value] = [(); 3].map(|()| vec![0.0; context.len()]);
    let mut rest = tape.attention.as_slice();
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
            vectorised(|| softmax_backward(&mut weights_grad, weights, length));
            let scores = square(&weights_grad, length, length);
            let factor = scale(size);
            matmul(&mut query[start..], hidden, Into::Replace, factor, scores, part(&tape.key));
            let scores = scores.transposed();
            matmul(&mut key[start..], hidden, Into::Replace, factor, scores, part(&tape.query));
        }
    }
    [query, key, value]
}

/// `grad` becomes `p ⊙ (grad - Σ grad p)` per row.
#[inline(always)]
fn softmax_backward(grad: &mut [f32], weights: &[f32], length: usize) {
    for (grad, weights) in grad.chunks_exact_mut(length).zip(weights.chunks_exact(length)) {
        let along = dot(grad, weights);
        for (grad, weight) in grad.iter_mut().zip(weights) {
            *grad = weight * (*grad - along);
        }
    }
}

/// A dense part seen from its weight gradient: what went in and the gradient of what came out.
type Ends = for<'a> fn(&'a BlockTape, &'a BlockGrads, &'a [f32]) -> (&'a [f32], &'a [f32]);

/// Order of the gradients that [`weight_grads`] returns: weight and bias of query, key, value and
/// attention output, γ and β, weight and bias of intermediate and output, γ and β.
pub(super) const WEIGHTS: usize = 16;

/// Gradients of the layer's weights, summed over blocks in order.
pub(super) fn weight_grads(
    x: &[f32],
    hidden: usize,
    blocks: &[(Block, &BlockTape, BlockGrads)],
) -> Vec<Vec<f32>> {
    let parts: [Ends; 6] = [
        |_, grads, x| (x, &grads.query),
        |_, grads, x| (x, &grads.key),
        |_, grads, x| (x, &grads.value),
        |tape, grads, _| (&tape.context, &grads.attention_output),
        |tape, grads, _| (&tape.attended, &grads.intermediate),
        |tape, grads, _| (&tape.activated, &grads.output),
    ];
    let ends = |part: Ends, index: usize| {
        let (block, tape, grads) = &blocks[index];
        part(tape, grads, &x[block.rows.start * hidden..block.rows.end * hidden])
    };
    let dense: Vec<[Vec<f32>; 2]> = parts
        .iter()
        .map(|&part| {
            let pairs: Vec<_> = (0..blocks.len()).map(|index| ends(part, index)).collect();
            let rows: Vec<usize> = blocks.iter().map(|(block, ..)| block.rows.len()).collect();
            dense_grads(&pairs, &rows)
        })
        .collect();
    let mut all: Vec<Vec<f32>> = Vec::with_capacity(WEIGHTS);
    for (index, [weight, bias]) in dense.into_iter().enumerate() {
        if index == 4 {
            all.extend(norm_grads(hidden, blocks, |grads| &grads.attention_norm));
        }
        all.extend([weight, bias]);
    }
    all.extend(norm_grads(hidden, blocks, |grads| &grads.output_norm));
    all
}

/// Output rows of a weight gradient that one thread works on.
const TILE: usize = 192;

/// `Σ gradᵀ input` over blocks and the column sums of `grad`.
fn dense_grads(pairs: &[(&[f32], &[f32])], rows: &[usize]) -> [Vec<f32>; 2] {
    let (first_input, first_grad) = pairs[0];
    let (inputs, outputs) = (first_input.len() / rows[0], first_grad.len() / rows[0]);
    let mut weight = vec![0.0; outputs * inputs];
    weight.par_chunks_mut(TILE * inputs).enumerate().for_each(|(tile, target)| {
        for (index, ((input, grad), &rows)) in pairs.iter().zip(rows).enumerate() {
            let into = if index == 0 { Into::Replace } else { Into::Add };
            let columns = target.len() / inputs;
            let grad = View::strided(&grad[tile * TILE..], rows, columns, outputs).transposed();
            matmul(target, inputs, into, 1.0, grad, View::new(input, rows, inputs));
        }
    });
    let mut bias = vec![0.0; outputs];
    for (_, grad) in pairs {
        vectorised(|| add_column_sums(&mut bias, grad));
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
