//! Matrix products in 16 bits on a GPU (Micikevicius et al. 2018): factors and results are half floats, sums
//! run in 32 bits, and everything else of a training stays as it is.
//!
//! Half floats end at 65,504 and fade below 6e-5, where gradients lie. The usual remedy multiplies the loss by
//! a number that is found by trial and repeats steps that overflowed. Here every gradient is multiplied on
//! its own by what makes its largest value fit, and the product divided by it again: nothing to find, nothing
//! to keep with a checkpoint, and no step is lost.

use burn::backend::autodiff::checkpoint::base::Checkpointer;
use burn::backend::autodiff::checkpoint::strategy::NoCheckpointing;
use burn::backend::autodiff::grads::Gradients;
use burn::backend::autodiff::ops::{Backward, Ops, OpsKind};
use burn::backend::{Autodiff, Backend, DispatchKindConversion, DispatchTensor, Flex, Wgpu};
use burn::tensor::{FloatDType, Tensor};

use super::{plain, tracked};
use crate::model::bert::precision::Precision;

const HALF: FloatDType = FloatDType::F16;
const WHOLE: FloatDType = FloatDType::F32;

/// Sums of this many gradients of largest size stay finite for inputs up to 255.
const LARGEST_SUM: f32 = 256.0;

/// A gradient is zero below this.
const NOTHING: f32 = 1e-30;

/// What [`product`] multiplies, as exactly as `precision` says. Several products of one tensor share it.
pub(in crate::model::bert) fn operand<const D: usize>(
    x: Tensor<D>,
    precision: Precision,
) -> Tensor<D> {
    match precision {
        Precision::Full => x,
        Precision::Mixed => x.cast(HALF),
    }
}

/// `[…, m, k]` by `[…, k, n]`, in 32 bits; multiplied in those of `left`.
///
/// # Panics
/// If 16-bit factors have other leading dimensions.
pub(in crate::model::bert) fn product<const D: usize>(
    left: Tensor<D>,
    right: Tensor<D>,
) -> Tensor<D> {
    if FloatDType::from(left.dtype()) != HALF {
        return left.matmul(right);
    }
    assert_eq!(left.dims()[..D - 2], right.dims()[..D - 2], "nothing is broadcast");
    if left.is_autodiff() || right.is_autodiff() {
        return recorded::<Wgpu, D>(&left, &right)
            .or_else(|| recorded::<Flex, D>(&left, &right))
            .expect("factors are on the GPU's engine or on that of the CPU");
    }
    left.matmul(right.cast(HALF)).cast(WHOLE)
}

fn recorded<B: Backend, const D: usize>(left: &Tensor<D>, right: &Tensor<D>) -> Option<Tensor<D>>
where
    DispatchTensor: DispatchKindConversion<B> + DispatchKindConversion<Autodiff<B>>,
{
    let parents = [tracked::<B, D>(left.clone())?.node(), tracked::<B, D>(right.clone())?.node()];
    let factors = Factors { left: left.clone().inner(), right: right.clone().inner().cast(HALF) };
    let out = factors.left.clone().matmul(factors.right.clone()).cast(WHOLE);
    let out = plain::<B, D>(out);
    let out = match Product::<D>.prepare::<NoCheckpointing>(parents).compute_bound().stateful() {
        OpsKind::Tracked(prep) => prep.finish(factors, out),
        OpsKind::UnTracked(prep) => prep.finish(out),
    };
    Some(Tensor::from_primitive::<Autodiff<B>>(out))
}

/// Half floats, outside of autodiff.
#[derive(Debug, Clone)]
struct Factors<const D: usize> {
    left: Tensor<D>,
    right: Tensor<D>,
}

#[derive(Debug)]
struct Product<const D: usize>;

impl<B: Backend, const D: usize> Backward<B, 2> for Product<D>
where
    DispatchTensor: DispatchKindConversion<B>,
{
    type State = Factors<D>;

    fn backward(self, ops: Ops<Self::State, 2>, grads: &mut Gradients, _: &mut Checkpointer) {
        let grad = Tensor::<D>::from_primitive::<B>(grads.consume::<B>(&ops.node));
        let grad = Scaled::of(grad);
        let Factors { left, right } = ops.state;
        let [of_left, of_right] = ops.parents;
        if let Some(parent) = of_left {
            let found = grad.whole(grad.values.clone().matmul(right.transpose()));
            grads.register::<B>(parent.id, plain::<B, D>(found));
        }
        if let Some(parent) = of_right {
            let found = grad.whole(left.transpose().matmul(grad.values.clone()));
            grads.register::<B>(parent.id, plain::<B, D>(found));
        }
    }
}

/// A gradient in half floats.
struct Scaled<const D: usize> {
    values: Tensor<D>,
    /// What they are to be multiplied by, a single number.
    unit: Tensor<D>,
}

impl<const D: usize> Scaled<D> {
    fn of(grad: Tensor<D>) -> Self {
        let rows = grad.dims()[D - 2].max(1);
        let top = (LARGEST_SUM / rows as f32).min(1.0);
        let largest = grad.clone().abs().max().clamp_min(NOTHING);
        let unit = largest.div_scalar(top).reshape([1; D]);
        Self { values: (grad / unit.clone()).cast(HALF), unit }
    }

    fn whole(&self, product: Tensor<D>) -> Tensor<D> {
        product.cast(WHOLE) * self.unit.clone()
    }
}

#[cfg(test)]
mod tests {
    use burn::tensor::{Device, TensorData};

    use super::*;
    use crate::model::bert::weights::values_of;

    fn wave(shape: [usize; 2], pace: f32, size: f32) -> Tensor<2> {
        let count: usize = shape.iter().product();
        let values: Vec<f32> = (0..count).map(|at| (at as f32 * pace).sin() * size).collect();
        Tensor::from_data(TensorData::new(values, shape), &Device::flex())
    }

    /// The product, and the gradients of both factors under a gradient of this size.
    fn run(precision: Precision, size: f32) -> [Vec<f32>; 3] {
        let left = wave([40, 24], 0.7, 2.0).autodiff().require_grad();
        let right = wave([24, 9], 1.3, 0.4).autodiff().require_grad();
        let out = product(operand(left.clone(), precision), right.clone());
        let grads = (out.clone() * wave([40, 9], 2.1, size)).sum().backward();
        let grad = "both factors have a gradient";
        [
            values_of(out.inner()),
            values_of(left.grad(&grads).expect(grad)),
            values_of(right.grad(&grads).expect(grad)),
        ]
    }

    /// Half floats keep 11 bits; with gradients far below and far above what they can hold, too.
    #[test]
    fn a_16_bit_product_is_that_of_32_bits_within_its_rounding() {
        for size in [1e-12, 1.0, 1e9] {
            let (full, mixed) = (run(Precision::Full, size), run(Precision::Mixed, size));
            for (full, mixed) in full.iter().zip(&mixed) {
                let largest = full.iter().fold(0.0_f32, |top, value| top.max(value.abs()));
                assert_eq!(full.len(), mixed.len());
                assert_ne!(full, mixed, "it was rounded");
                for (a, b) in full.iter().zip(mixed) {
                    assert!((a - b).abs() <= 4e-3 * largest, "{a} and {b}, largest {largest}");
                }
            }
        }
    }

    #[test]
    fn no_gradient_stays_none() {
        let mixed = run(Precision::Mixed, 0.0);
        assert!(mixed[1].iter().chain(&mixed[2]).all(|&value| value == 0.0));
    }
}
