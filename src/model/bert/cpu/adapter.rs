//! A bottleneck after one half of a layer, forward and backward, and the gradients of its weights.

use rayon::prelude::*;

use super::backward::{add_input_grad, bias_grad, input_grad, matrix_grad};
use super::buffer::Buffer;
use super::forward::{Dense, activate, dense};
use super::kernels::{add, gelu_backward};
use super::matmul::{Packed, View};
use crate::model::bert::precision::Precision;

/// `x + up(gelu(down(x)))`.
#[derive(Debug, Clone, Copy)]
pub(super) struct Adapter<'a> {
    pub down: Dense<'a>,
    pub up: Dense<'a>,
}

/// What the backward pass of one block needs.
#[derive(Debug)]
pub(super) struct AdapterTape {
    /// What went in, `[rows, hidden]`.
    input: Buffer,
    /// Before GELU, `[rows, width]`.
    narrow: Buffer,
    /// After GELU.
    activated: Buffer,
}

/// Gradients of what the two dense parts put out.
#[derive(Debug)]
pub(super) struct AdapterGrads {
    narrow: Buffer,
    wide: Buffer,
}

impl Adapter<'_> {
    /// `values` become the output.
    pub fn forward(self, values: &mut [f32]) -> AdapterTape {
        let input = Buffer::copy_of(values);
        let narrow = dense(&input, self.down);
        let activated = activate(&narrow);
        add(values, &dense(&activated, self.up));
        AdapterTape { input, narrow, activated }
    }

    /// `grad`, of the output, becomes that of the input.
    pub fn backward(self, grad: &mut [f32], tape: &AdapterTape) -> AdapterGrads {
        let wide = Buffer::copy_of(grad);
        let mut narrow = input_grad(&wide, self.up);
        gelu_backward(&mut narrow, &tape.narrow);
        add_input_grad(grad, &narrow, self.down);
        AdapterGrads { narrow, wide }
    }
}

/// Weights of an adapter: weight and bias of the way down and of the way up.
pub(super) const ADAPTER_WEIGHTS: usize = 4;

/// Gradients in the order of [`ADAPTER_WEIGHTS`], summed over blocks in order; each block is told with its
/// number of rows. `None` where they are not wanted.
pub(super) fn weight_grads(
    blocks: &[(usize, &AdapterTape, &AdapterGrads)],
    wanted: &[bool],
    precision: Precision,
) -> Vec<Option<Vec<f32>>> {
    let half = |wanted: &[bool], inputs: Vec<&[f32]>, grads: Vec<&[f32]>| {
        let rows = blocks[0].0;
        let outputs = grads[0].len() / rows;
        let weight = wanted[0].then(|| {
            let laid_out: Vec<Packed> = inputs
                .par_iter()
                .zip(blocks)
                .map(|(input, (rows, ..))| {
                    Packed::new(View::new(input, *rows, input.len() / rows), precision)
                })
                .collect();
            matrix_grad(&laid_out, outputs, &grads)
        });
        [weight, wanted[1].then(|| bias_grad(outputs, &grads))]
    };
    let (down, up) = wanted.split_at(2);
    let inputs = blocks.iter().map(|(_, tape, _)| &tape.input[..]).collect();
    let narrow = blocks.iter().map(|(.., grads)| &grads.narrow[..]).collect();
    let activated = blocks.iter().map(|(_, tape, _)| &tape.activated[..]).collect();
    let wide = blocks.iter().map(|(.., grads)| &grads.wide[..]).collect();
    let (down, up) = (half(down, inputs, narrow), half(up, activated, wide));
    down.into_iter().chain(up).collect()
}
