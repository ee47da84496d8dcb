//! A linear layer, a softmax and its negative log-likelihood as one operation of the CPU engine.
//!
//! With a catalogue of thousands of products this is where a training step spends its time: three products
//! with the table, on the tile unit where the machine has one, and a pass over the scores in between.

use std::sync::Arc;

use burn::backend::autodiff::checkpoint::base::Checkpointer;
use burn::backend::autodiff::checkpoint::strategy::NoCheckpointing;
use burn::backend::autodiff::grads::Gradients;
use burn::backend::autodiff::ops::{Backward, Ops, OpsKind};
use burn::backend::flex::FlexTensor;
use burn::backend::{Autodiff, Flex};
use burn::tensor::{Tensor, TensorData};
use rayon::prelude::*;

use super::buffer::Buffer;
use super::fused::{contiguous, slice, tensor};
use super::kernels::{add_bias, add_column_sums, softmax_loss};
use super::matmul::{Into, Packed, View, multiply};
use crate::model::bert::precision::Precision;

/// Rows that one thread works on at a time, a constant so that results do not depend on threads.
const ROWS: usize = 64;

/// Classes whose gradients one thread works on at a time.
const CLASSES: usize = 192;

/// `-Σ log softmax(z tableᵀ + bias)[target]` over the rows of `z`, nats; `z` is `[rows, width]`, `table`
/// `[classes, width]`, `bias` `[classes]`. Each row's score of its target is lowered by `own`, if any, first.
///
/// # Panics
/// If a tensor is not on the CPU engine, or a target is out of range.
pub(in crate::model::bert) fn linear_likelihood(
    z: Tensor<2>,
    table: Tensor<2>,
    bias: Tensor<1>,
    targets: Vec<u32>,
    own: Option<&[f32]>,
) -> Tensor<1> {
    const ENGINE: &str = "a differentiable tensor of the CPU engine";
    type Learning = Autodiff<Flex>;
    let [[rows, width], [classes, _]] = [z.dims(), table.dims()];
    assert_eq!(rows, targets.len(), "a target per row");
    let (z, z_node) = z.autodiff().try_into_primitive::<Learning>().expect(ENGINE).into_parts();
    let (table, table_node) =
        table.autodiff().try_into_primitive::<Learning>().expect(ENGINE).into_parts();
    let (bias, bias_node) =
        bias.autodiff().try_into_primitive::<Learning>().expect(ENGINE).into_parts();
    let [z, table, bias] = [z, table, bias].map(|tensor| contiguous(&tensor));

    let packed =
        Packed::new(View::new(slice(&table), classes, width).transposed(), Precision::Full);
    let mut probabilities = Buffer::stale(rows * classes);
    let losses: Vec<f64> = probabilities
        .par_chunks_mut(ROWS * classes)
        .zip(slice(&z).par_chunks(ROWS * width))
        .zip(targets.par_chunks(ROWS))
        .enumerate()
        .map(|(chunk, ((scores, z), targets))| {
            let z = View::new(z, targets.len(), width);
            multiply(scores, classes, Into::Replace, z, &packed);
            add_bias(scores, slice(&bias));
            let rows = scores.chunks_exact_mut(classes).zip(targets).zip(chunk * ROWS..);
            rows.map(|((row, &target), index)| {
                row[target as usize] -= own.map_or(0.0, |own| own[index]);
                softmax_loss(row, target as usize)
            })
            .sum()
        })
        .collect();
    let loss: f64 = losses.iter().sum();
    let out = FlexTensor::from_data(TensorData::new(vec![loss as f32], [1]));
    let parents = [z_node, table_node, bias_node];
    let out = match LinearLikelihood.prepare::<NoCheckpointing>(parents).compute_bound().stateful()
    {
        OpsKind::Tracked(prep) => {
            prep.finish(Arc::new(Tape { z, table, probabilities, targets }), out)
        }
        OpsKind::UnTracked(prep) => prep.finish(out),
    };
    Tensor::from_primitive::<Learning>(out)
}

#[derive(Debug, Clone)]
struct Tape {
    z: FlexTensor,
    table: FlexTensor,
    /// `[rows, classes]`.
    probabilities: Buffer,
    targets: Vec<u32>,
}

#[derive(Debug)]
struct LinearLikelihood;

impl Backward<Flex, 3> for LinearLikelihood {
    type State = Arc<Tape>;

    fn backward(self, ops: Ops<Self::State, 3>, grads: &mut Gradients, _: &mut Checkpointer) {
        let out_grad = grads.consume::<Flex>(&ops.node);
        let factor = out_grad.as_slice::<f32>().map_or(1.0, |values| values[0]);
        let tape = Arc::unwrap_or_clone(ops.state);
        let [rows, classes] = [&tape.z, &tape.table].map(|tensor| tensor.layout().shape()[0]);
        let width = tape.table.layout().shape()[1];
        let score_grads = score_grads(tape.probabilities, &tape.targets, factor);
        let [z_parent, table_parent, bias_parent] = ops.parents;
        if let Some(parent) = z_parent {
            let packed =
                Packed::new(View::new(slice(&tape.table), classes, width), Precision::Full);
            let mut grad = vec![0.0; rows * width];
            grad.par_chunks_mut(ROWS * width).zip(score_grads.par_chunks(ROWS * classes)).for_each(
                |(grad, scores)| {
                    let scores = View::new(scores, scores.len() / classes, classes);
                    multiply(grad, width, Into::Replace, scores, &packed);
                },
            );
            grads.register::<Flex>(parent.id, tensor(grad, &[rows, width]));
        }
        if let Some(parent) = table_parent {
            let packed = Packed::new(View::new(slice(&tape.z), rows, width), Precision::Full);
            let mut grad = vec![0.0; classes * width];
            grad.par_chunks_mut(CLASSES * width).enumerate().for_each(|(tile, grad)| {
                let columns = grad.len() / width;
                let scores = View::strided(&score_grads[tile * CLASSES..], rows, columns, classes);
                multiply(grad, width, Into::Replace, scores.transposed(), &packed);
            });
            grads.register::<Flex>(parent.id, tensor(grad, &[classes, width]));
        }
        if let Some(parent) = bias_parent {
            let mut grad = vec![0.0; classes];
            add_column_sums(&mut grad, &score_grads);
            grads.register::<Flex>(parent.id, tensor(grad, &[classes]));
        }
    }
}

/// `factor · (p - 1[target])` in place of `p`, `[rows, classes]`.
fn score_grads(mut probabilities: Buffer, targets: &[u32], factor: f32) -> Buffer {
    let classes = probabilities.len() / targets.len();
    probabilities.par_chunks_mut(classes).zip(targets).for_each(|(row, &target)| {
        row[target as usize] -= 1.0;
        row.iter_mut().for_each(|value| *value *= factor);
    });
    probabilities
}

#[cfg(test)]
mod tests {
    use burn::tensor::Device;

    use super::super::likelihood::negative_log_likelihood;
    use super::*;
    use crate::model::bert::weights::values_of;

    fn wave(count: usize, pace: f32) -> Vec<f32> {
        (0..count).map(|index| (index as f32 * pace).sin()).collect()
    }

    #[test]
    fn loss_and_gradients_are_those_of_the_parts() {
        let device = Device::flex().autodiff();
        let (rows, classes, width) = (130, 401, 24);
        let make = || {
            let matrix = |values, shape: [usize; 2]| {
                Tensor::<2>::from_data(TensorData::new(values, shape), &device).require_grad()
            };
            let bias = TensorData::new(wave(classes, 0.7), [classes]);
            (
                matrix(wave(rows * width, 0.37), [rows, width]),
                matrix(wave(classes * width, 0.11), [classes, width]),
                Tensor::<1>::from_data(bias, &device).require_grad(),
            )
        };
        let targets: Vec<u32> = (0..130).map(|row| row * 53 % 401).collect();
        let run = |fused: bool| {
            let (z, table, bias) = make();
            let loss = if fused {
                linear_likelihood(z.clone(), table.clone(), bias.clone(), targets.clone(), None)
            } else {
                let scores = z.clone().matmul(table.clone().transpose());
                negative_log_likelihood(scores + bias.clone().unsqueeze(), targets.clone())
            };
            let loss = loss / 3.0;
            let mut grads = loss.backward();
            [
                values_of(loss.inner()),
                values_of(z.grad_remove(&mut grads).expect("of z")),
                values_of(table.grad_remove(&mut grads).expect("of the table")),
                values_of(bias.grad_remove(&mut grads).expect("of the bias")),
            ]
        };
        for (found, expected) in run(true).iter().zip(&run(false)) {
            assert_eq!(found.len(), expected.len());
            for (found, expected) in found.iter().zip(expected) {
                let allowed = 2e-4 * expected.abs().max(0.1);
                assert!((found - expected).abs() < allowed, "{found} against {expected}");
            }
        }
    }
}
