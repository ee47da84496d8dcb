//! Negative log-likelihood of a softmax as one operation of the CPU engine.

use std::sync::Arc;

use burn::backend::autodiff::checkpoint::base::Checkpointer;
use burn::backend::autodiff::checkpoint::strategy::NoCheckpointing;
use burn::backend::autodiff::grads::Gradients;
use burn::backend::autodiff::ops::{Backward, Ops, OpsKind};
use burn::backend::flex::FlexTensor;
use burn::backend::{Autodiff, Flex};
use burn::tensor::{Tensor, TensorData};
use rayon::prelude::*;

use super::kernels::softmax_loss;

/// `-Σ log softmax(logits)[target]` over rows, nats.
///
/// # Panics
/// If the logits are not on the CPU engine, or a target is out of range.
pub(in crate::model::bert) fn negative_log_likelihood(
    logits: Tensor<2>,
    targets: Vec<u32>,
) -> Tensor<1> {
    let [rows, width] = logits.dims();
    assert_eq!(rows, targets.len(), "a target per row");
    let (logits, guard) = logits
        .autodiff()
        .try_into_primitive::<Autodiff<Flex>>()
        .expect("logits of the CPU engine")
        .into_parts();
    let mut probabilities = logits.into_data().try_into_vec_as::<f32>().expect("32-bit floats");
    let losses: Vec<f64> = probabilities
        .par_chunks_mut(width)
        .zip(&targets)
        .map(|(row, &target)| softmax_loss(row, target as usize))
        .collect();
    let loss: f64 = losses.iter().sum();
    let out = FlexTensor::from_data(TensorData::new(vec![loss as f32], [1]));
    let out = match Likelihood.prepare::<NoCheckpointing>([guard]).compute_bound().stateful() {
        OpsKind::Tracked(prep) => prep.finish(Arc::new(Tape { probabilities, targets }), out),
        OpsKind::UnTracked(prep) => prep.finish(out),
    };
    Tensor::from_primitive::<Autodiff<Flex>>(out)
}

#[derive(Debug, Clone)]
struct Tape {
    probabilities: Vec<f32>,
    targets: Vec<u32>,
}

#[derive(Debug)]
struct Likelihood;

impl Backward<Flex, 1> for Likelihood {
    type State = Arc<Tape>;

    fn backward(self, ops: Ops<Self::State, 1>, grads: &mut Gradients, _: &mut Checkpointer) {
        let out_grad = grads.consume::<Flex>(&ops.node);
        let factor = out_grad.as_slice::<f32>().map_or(1.0, |values| values[0]);
        let [Some(parent)] = ops.parents else { return };
        let tape = Arc::unwrap_or_clone(ops.state);
        let (rows, mut grad) = (tape.targets.len(), tape.probabilities);
        let width = grad.len() / rows;
        grad.par_chunks_mut(width).zip(&tape.targets).for_each(|(row, &target)| {
            row[target as usize] -= 1.0;
            row.iter_mut().for_each(|value| *value *= factor);
        });
        let grad = FlexTensor::from_data(TensorData::new(grad, [rows, width]));
        grads.register::<Flex>(parent.id, grad);
    }
}
