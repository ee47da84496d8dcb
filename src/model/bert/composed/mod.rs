//! What makes composed operations, those of a GPU, need fewer launches and less memory than Burn's own
//! differentiation of each primitive does.

mod masks;
mod norm;
mod product;
mod recompute;

use burn::backend::tensor::FloatTensor;
use burn::backend::{Autodiff, Backend, DispatchKindConversion, DispatchTensor};
use burn::tensor::Tensor;

pub(super) use masks::{drop_tokens, drop_weights};
pub(super) use norm::layer_norm;
pub(super) use product::{operand, product};
pub(super) use recompute::{Pass, recomputed};

/// A tensor as an engine has it, with its place in the graph; `None` where it is of another engine.
fn tracked<B: Backend, const D: usize>(tensor: Tensor<D>) -> Option<FloatTensor<Autodiff<B>>>
where
    DispatchTensor: DispatchKindConversion<Autodiff<B>>,
{
    tensor.autodiff().try_into_primitive::<Autodiff<B>>().ok()
}

/// A tensor of an engine without its place in the graph.
///
/// # Panics
/// If it is of another engine.
fn plain<B: Backend, const D: usize>(tensor: Tensor<D>) -> FloatTensor<B>
where
    DispatchTensor: DispatchKindConversion<B>,
{
    tensor.try_into_primitive::<B>().expect("a tensor of this engine, outside of autodiff")
}
