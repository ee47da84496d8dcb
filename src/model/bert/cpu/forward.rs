//! One block of sequences forward through an encoder layer.

use super::adapter::{Adapter, AdapterTape};
use super::buffer::Buffer;
use super::kernels::{
    NormTape, add, add_bias, causal_softmax_rows, drop_elements, gelu_all, layer_norm, softmax_rows,
};
use super::matmul::{Into, Packed, View, matmul, multiply};
use super::plan::{Block, LayerDropout, LayerPlan};
use crate::model::bert::dropout::{attention_index, threshold_and_scale, token_index};

/// The weights of a layer.
#[derive(Debug, Clone, Copy)]
pub(super) struct LayerWeights<'a> {
    pub query: Dense<'a>,
    pub key: Dense<'a>,
    pub value: Dense<'a>,
    pub attention_output: Dense<'a>,
    pub attention_norm: Norm<'a>,
    pub intermediate: Dense<'a>,
    pub output: Dense<'a>,
    pub output_norm: Norm<'a>,
    /// After attention and after the feed-forward part, before the residual sums.
    pub adapters: [Option<Adapter<'a>>; 2],
}

#[derive(Debug, Clone, Copy)]
pub(super) struct Dense<'a> {
    /// `[in, out]` on the way forward, `[out, in]` on the way back.
    pub weight: &'a Packed,
    pub bias: &'a [f32],
    /// Width of what goes in.
    pub inputs: usize,
}

#[derive(Debug, Clone, Copy)]
pub(super) struct Norm<'a> {
    pub gamma: &'a [f32],
    pub beta: &'a [f32],
}

/// What the backward pass of one block needs.
#[derive(Debug, Default)]
pub(super) struct BlockTape {
    pub query: Buffer,
    pub key: Buffer,
    pub value: Buffer,
    /// Attention weights before dropout, per sequence and head `[length, length]`.
    pub attention: Buffer,
    pub context: Buffer,
    pub attention_norm: NormTape,
    /// Output of the attention half, `[rows, hidden]`.
    pub attended: Buffer,
    /// Before GELU, `[rows, intermediate]`.
    pub intermediate: Buffer,
    /// After GELU.
    pub activated: Buffer,
    pub output_norm: NormTape,
    pub adapters: [Option<AdapterTape>; 2],
}

/// The layer's output for one block goes to `out`, `[rows, hidden]`; what backward needs comes back.
pub(super) fn forward(
    x: &[f32],
    weights: &LayerWeights<'_>,
    plan: &LayerPlan,
    block: &Block,
    out: &mut [f32],
) -> BlockTape {
    let hidden = weights.attention_norm.gamma.len();
    let query = dense(x, weights.query);
    let key = dense(x, weights.key);
    let value = dense(x, weights.value);
    let (attention, context) = attend(&query, &key, &value, hidden, plan, block);

    let mut summed = dense(&context, weights.attention_output);
    drop_hidden(&mut summed, hidden, block, plan.dropout, 0);
    let after_attention = weights.adapters[0].map(|adapter| adapter.forward(&mut summed));
    let (attended, attention_norm) = add_and_norm(summed, x, weights.attention_norm, plan.epsilon);

    let intermediate = dense(&attended, weights.intermediate);
    let activated = activate(&intermediate);
    let mut summed = dense(&activated, weights.output);
    drop_hidden(&mut summed, hidden, block, plan.dropout, 1);
    let after_output = weights.adapters[1].map(|adapter| adapter.forward(&mut summed));
    add(&mut summed, &attended);
    let mut output_norm =
        NormTape { normal: summed, inverse_deviation: Buffer::zeros(block.rows.len()) };
    norm(&mut output_norm, weights.output_norm, plan.epsilon, out);
    BlockTape {
        query,
        key,
        value,
        attention,
        context,
        attention_norm,
        attended,
        intermediate,
        activated,
        output_norm,
        adapters: [after_attention, after_output],
    }
}

/// `x wᵀ + b`.
pub(super) fn dense(x: &[f32], dense: Dense<'_>) -> Buffer {
    let (rows, outputs) = (x.len() / dense.inputs, dense.bias.len());
    let mut out = Buffer::stale(rows * outputs);
    multiply(&mut out, outputs, Into::Replace, View::new(x, rows, dense.inputs), dense.weight);
    add_bias(&mut out, dense.bias);
    out
}

/// Scaled dot-product attention within each sequence: the weights and what they gather.
fn attend(
    query: &[f32],
    key: &[f32],
    value: &[f32],
    hidden: usize,
    plan: &LayerPlan,
    block: &Block,
) -> (Buffer, Buffer) {
    let size = hidden / plan.heads;
    let weights: usize = block.lengths.iter().map(|length| length * length * plan.heads).sum();
    let mut attention = Buffer::stale(weights);
    let mut context = Buffer::stale(query.len());
    let mut dropped = Vec::new();
    let mut rest = &mut attention[..];
    for (sequence, rows) in block.sequences() {
        let length = rows.len();
        for head in 0..plan.heads {
            let (weights, after) = rest.split_at_mut(length * length);
            rest = after;
            let part = |all| head_of(all, rows.start, length, hidden, head, size);
            matmul(
                weights,
                length,
                Into::Replace,
                scale(size),
                part(query),
                part(key).transposed(),
            );
            if plan.causal {
                causal_softmax_rows(weights, length);
            } else {
                softmax_rows(weights, length);
            }
            let used = match plan.dropout.filter(|dropout| dropout.attention > 0.0) {
                None => &*weights,
                Some(dropout) => {
                    dropped.clear();
                    dropped.extend_from_slice(weights);
                    drop_attention(&mut dropped, length, sequence, head, plan.heads, dropout);
                    &dropped
                }
            };
            let start = rows.start * hidden + head * size;
            let used = View::new(used, length, length);
            matmul(&mut context[start..], hidden, Into::Replace, 1.0, used, part(value));
        }
    }
    (attention, context)
}

/// `1 / √size`.
pub(super) fn scale(size: usize) -> f32 {
    1.0 / (size as f32).sqrt()
}

/// One head's columns of one sequence's rows.
pub(super) fn head_of(
    all: &[f32],
    first_row: usize,
    length: usize,
    hidden: usize,
    head: usize,
    size: usize,
) -> View<'_> {
    View::strided(&all[first_row * hidden + head * size..], length, size, hidden)
}

/// Multiply attention weights (or their gradients) by their dropout factors.
pub(super) fn drop_attention(
    weights: &mut [f32],
    length: usize,
    sequence: usize,
    head: usize,
    heads: usize,
    dropout: LayerDropout,
) {
    let (threshold, scale) = threshold_and_scale(dropout.attention);
    for (query, row) in weights.chunks_exact_mut(length).enumerate() {
        let first = attention_index(sequence, head, heads, query);
        drop_elements(row, first, dropout.attention_key, threshold, scale);
    }
}

/// Multiply a sub-layer's output (or its gradient) by its dropout factors.
pub(super) fn drop_hidden(
    values: &mut [f32],
    hidden: usize,
    block: &Block,
    dropout: Option<LayerDropout>,
    site: usize,
) {
    let Some(dropout) = dropout.filter(|dropout| dropout.hidden > 0.0) else {
        return;
    };
    let (threshold, scale) = threshold_and_scale(dropout.hidden);
    let key = dropout.hidden_keys[site];
    for (sequence, rows) in block.sequences() {
        let tokens = values[rows.start * hidden..rows.end * hidden].chunks_exact_mut(hidden);
        for (position, token) in tokens.enumerate() {
            drop_elements(token, token_index(sequence, position, hidden), key, threshold, scale);
        }
    }
}

fn add_and_norm(
    mut summed: Buffer,
    x: &[f32],
    weights: Norm<'_>,
    epsilon: f32,
) -> (Buffer, NormTape) {
    add(&mut summed, x);
    let mut out = Buffer::stale(summed.len());
    let rows = summed.len() / weights.gamma.len();
    let mut tape = NormTape { normal: summed, inverse_deviation: Buffer::zeros(rows) };
    norm(&mut tape, weights, epsilon, &mut out);
    (out, tape)
}

/// Normalise `tape.normal` in place and write the scaled rows to `out`.
fn norm(tape: &mut NormTape, weights: Norm<'_>, epsilon: f32, out: &mut [f32]) {
    let NormTape { normal, inverse_deviation } = tape;
    layer_norm(normal, weights.gamma, weights.beta, epsilon, out, inverse_deviation);
}

pub(super) fn activate(x: &[f32]) -> Buffer {
    let mut out = Buffer::stale(x.len());
    gelu_all(&mut out, x);
    out
}
