//! Layer normalisation with a way back that is written out.
//!
//! Burn takes back each primitive of it, 27 launches on a GPU; written out they are 9:
//! with `n` the normalised row, `g` the gradient and `s = g ⊙ γ`,
//! `dx = (s − mean(s) − n ⊙ mean(s ⊙ n)) / σ`, `dγ = Σ g ⊙ n`, `dβ = Σ g` (Ba et al. 2016).

use burn::backend::autodiff::checkpoint::base::Checkpointer;
use burn::backend::autodiff::checkpoint::strategy::NoCheckpointing;
use burn::backend::autodiff::grads::Gradients;
use burn::backend::autodiff::ops::{Backward, Ops, OpsKind};
use burn::backend::{Autodiff, Backend, DispatchKindConversion, DispatchTensor, Wgpu};
use burn::tensor::Tensor;
use burn::tensor::module;

use super::{plain, tracked};

/// `[rows, width]`, each row normalised, scaled by `gamma` and shifted by `beta`, both `[width]`.
pub(in crate::model::bert) fn layer_norm(
    x: Tensor<2>,
    gamma: Tensor<1>,
    beta: Tensor<1>,
    epsilon: f64,
) -> Tensor<2> {
    let learns = x.is_autodiff() || gamma.is_autodiff();
    let own = || recorded::<Wgpu>(&x, &gamma, &beta, epsilon);
    match learns.then(own).flatten() {
        Some(out) => out,
        None => module::layer_norm(x, gamma, Some(beta), epsilon),
    }
}

/// What the way back needs.
#[derive(Debug, Clone)]
struct Normalised {
    /// Rows of mean 0 and variance 1, `[rows, width]`.
    rows: Tensor<2>,
    /// `1 / √(variance + ε)` of each, `[rows, 1]`.
    inverse: Tensor<2>,
    gamma: Tensor<1>,
}

impl Normalised {
    fn of(x: Tensor<2>, gamma: Tensor<1>, epsilon: f64) -> Self {
        let centred = x.clone() - x.mean_dim(1);
        let variance = centred.clone().square().mean_dim(1);
        let inverse = (variance + epsilon).sqrt().recip();
        Self { rows: centred * inverse.clone(), inverse, gamma }
    }

    fn scaled(&self, beta: Tensor<1>) -> Tensor<2> {
        self.rows.clone() * self.gamma.clone().unsqueeze() + beta.unsqueeze()
    }

    fn input_grad(&self, grad: Tensor<2>) -> Tensor<2> {
        let scaled = grad * self.gamma.clone().unsqueeze();
        let mean = scaled.clone().mean_dim(1);
        let along = (scaled.clone() * self.rows.clone()).mean_dim(1);
        (scaled - mean - self.rows.clone() * along) * self.inverse.clone()
    }
}

/// The same with its way back recorded; `None` where the tensors are of another engine.
fn recorded<B: Backend>(
    x: &Tensor<2>,
    gamma: &Tensor<1>,
    beta: &Tensor<1>,
    epsilon: f64,
) -> Option<Tensor<2>>
where
    DispatchTensor: DispatchKindConversion<B> + DispatchKindConversion<Autodiff<B>>,
{
    let parents = [
        tracked::<B, 2>(x.clone())?.node(),
        tracked::<B, 1>(gamma.clone())?.node(),
        tracked::<B, 1>(beta.clone())?.node(),
    ];
    let normalised = Normalised::of(x.clone().inner(), gamma.clone().inner(), epsilon);
    let out = plain::<B, 2>(normalised.scaled(beta.clone().inner()));
    let out = match LayerNorm.prepare::<NoCheckpointing>(parents).compute_bound().stateful() {
        OpsKind::Tracked(prep) => prep.finish(normalised, out),
        OpsKind::UnTracked(prep) => prep.finish(out),
    };
    Some(Tensor::from_primitive::<Autodiff<B>>(out))
}

#[derive(Debug)]
struct LayerNorm;

impl<B: Backend> Backward<B, 3> for LayerNorm
where
    DispatchTensor: DispatchKindConversion<B>,
{
    type State = Normalised;

    fn backward(self, ops: Ops<Self::State, 3>, grads: &mut Gradients, _: &mut Checkpointer) {
        let grad = Tensor::<2>::from_primitive::<B>(grads.consume::<B>(&ops.node));
        let normalised = ops.state;
        let width = grad.dims()[1];
        let [x, gamma, beta] = ops.parents;
        if let Some(gamma) = gamma {
            let sum = (grad.clone() * normalised.rows.clone()).sum_dim(0).reshape([width]);
            grads.register::<B>(gamma.id, plain::<B, 1>(sum));
        }
        if let Some(beta) = beta {
            let sum = grad.clone().sum_dim(0).reshape([width]);
            grads.register::<B>(beta.id, plain::<B, 1>(sum));
        }
        if let Some(x) = x {
            grads.register::<B>(x.id, plain::<B, 2>(normalised.input_grad(grad)));
        }
    }
}

#[cfg(test)]
mod tests {
    use burn::backend::Flex;
    use burn::tensor::{Device, TensorData};

    use super::*;
    use crate::model::bert::weights::values_of;

    const ROWS: usize = 5;
    const WIDTH: usize = 7;

    fn wave<const D: usize>(shape: [usize; D], pace: f32) -> Tensor<D> {
        let count: usize = shape.iter().product();
        let values: Vec<f32> = (0..count).map(|at| (at as f32 * pace).sin() * 2.0 + 0.3).collect();
        Tensor::from_data(TensorData::new(values, shape), &Device::flex())
    }

    type Norm = fn(&Tensor<2>, &Tensor<1>, &Tensor<1>) -> Tensor<2>;

    /// The output, and the gradients of input, scale and shift.
    fn run(norm: Norm) -> [Vec<f32>; 4] {
        let x = wave([ROWS, WIDTH], 0.7).autodiff().require_grad();
        let gamma = wave([WIDTH], 1.3).autodiff().require_grad();
        let beta = wave([WIDTH], 0.4).autodiff().require_grad();
        let out = norm(&x, &gamma, &beta);
        let grads = (out.clone() * wave([ROWS, WIDTH], 2.1)).sum().backward();
        let grad = "every input has a gradient";
        [
            values_of(out.inner()),
            values_of(x.grad(&grads).expect(grad)),
            values_of(gamma.grad(&grads).expect(grad)),
            values_of(beta.grad(&grads).expect(grad)),
        ]
    }

    #[test]
    fn the_way_back_that_is_written_out_is_that_of_the_primitives() {
        let own = run(|x, gamma, beta| recorded::<Flex>(x, gamma, beta, 1e-5).expect("on the CPU"));
        let primitive = run(|x, gamma, beta| {
            module::layer_norm(x.clone(), gamma.clone(), Some(beta.clone()), 1e-5)
        });
        for (own, primitive) in own.iter().zip(&primitive) {
            assert_eq!(own.len(), primitive.len());
            for (a, b) in own.iter().zip(primitive) {
                assert!((a - b).abs() < 1e-5, "{a} and {b}");
            }
        }
    }

    #[test]
    fn inputs_that_do_not_learn_get_no_gradient() {
        let x = wave([ROWS, WIDTH], 0.7);
        let gamma = wave([WIDTH], 1.3).autodiff().require_grad();
        let beta = wave([WIDTH], 0.4);
        let out = recorded::<Flex>(&x, &gamma, &beta, 1e-5).expect("on the CPU");
        let grads = out.sum().backward();
        assert_eq!(gamma.grad(&grads).map(|grad| grad.dims()), Some([WIDTH]));
        assert!(recorded::<Wgpu>(&x, &gamma, &beta, 1e-5).is_none(), "another engine");
    }
}
