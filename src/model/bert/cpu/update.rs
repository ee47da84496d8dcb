//! The optimiser's arithmetic in one pass over memory.

use rayon::prelude::*;

use super::kernels::square_sum;
use super::multiversion::multiversion;

/// One `AdamW` step of one tensor (Loshchilov and Hutter 2019).
#[derive(Debug, Clone, Copy, PartialEq)]
pub(in crate::model::bert) struct AdamStep {
    /// Learning rate of this step.
    pub learning_rate: f32,
    /// Decay of the running mean.
    pub beta1: f32,
    /// Decay of the running mean of squares.
    pub beta2: f32,
    /// Added to the root of the mean of squares.
    pub epsilon: f32,
    /// Decoupled weight decay.
    pub weight_decay: f32,
    /// `1 - beta1^t`.
    pub correction1: f32,
    /// `1 - beta2^t`.
    pub correction2: f32,
    /// What gradients are multiplied by first, from clipping.
    pub grad_scale: f32,
}

/// Elements that one thread works on.
const PIECE: usize = 1 << 16;

/// Update weights and moments in place.
pub(in crate::model::bert) fn adam_update(
    weights: &mut [f32],
    mean: &mut [f32],
    square: &mut [f32],
    grad: &[f32],
    step: &AdamStep,
) {
    weights
        .par_chunks_mut(PIECE)
        .zip(mean.par_chunks_mut(PIECE))
        .zip(square.par_chunks_mut(PIECE))
        .zip(grad.par_chunks(PIECE))
        .for_each(|(((weights, mean), square), grad)| {
            update(weights, mean, square, grad, step);
        });
}

multiversion! {
    fn update(
        weights: &mut [f32],
        mean: &mut [f32],
        square: &mut [f32],
        grad: &[f32],
        step: &AdamStep,
    ) {
        let keep = 1.0 - step.learning_rate * step.weight_decay;
        let rate = step.learning_rate / step.correction1;
        let root = 1.0 / step.correction2;
        for (((weight, mean), square), grad) in weights.iter_mut().zip(mean).zip(square).zip(grad) {
            let grad = grad * step.grad_scale;
            *mean = step.beta1 * *mean + (1.0 - step.beta1) * grad;
            *square = step.beta2 * *square + (1.0 - step.beta2) * grad * grad;
            *weight = *weight * keep - rate * *mean / ((*square * root).sqrt() + step.epsilon);
        }
    }
}

/// `Σ v²`, pieces added in order.
pub(in crate::model::bert) fn sum_of_squares(values: &[f32]) -> f64 {
    let pieces: Vec<f64> =
        values.par_chunks(PIECE).map(|piece| f64::from(square_sum(piece))).collect();
    pieces.iter().sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_step_moves_by_the_learning_rate_against_the_gradient() {
        let (mut weights, mut mean, mut square) = ([1.0, 1.0], [0.0; 2], [0.0; 2]);
        let step = AdamStep {
            learning_rate: 0.1,
            beta1: 0.9,
            beta2: 0.999,
            epsilon: 1e-8,
            weight_decay: 0.5,
            correction1: 1.0 - 0.9,
            correction2: 1.0 - 0.999,
            grad_scale: 1.0,
        };
        adam_update(&mut weights, &mut mean, &mut square, &[4.0, -0.5], &step);
        assert!((weights[0] - 0.85).abs() < 1e-5 && (weights[1] - 1.05).abs() < 1e-5);
        assert!((sum_of_squares(&[3.0, 4.0]) - 25.0).abs() < 1e-9);
    }
}
