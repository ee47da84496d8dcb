//! `p = softmax(φᵀ z + b)` over the catalogue, and its negative log-likelihood.

use burn::module::{Module, Param};
use burn::tensor::activation::log_softmax;
use burn::tensor::{Device, Int, Tensor, TensorData};

use crate::model::bert::cpu;

/// Product vectors and biases.
#[derive(Module, Debug)]
pub(super) struct Head {
    /// φ, `[candidates, hidden]`.
    pub phi: Param<Tensor<2>>,
    /// `[candidates]`.
    pub bias: Param<Tensor<1>>,
}

impl Head {
    /// A head from values on the host.
    pub fn new(phi: Vec<f32>, bias: Vec<f32>, device: &Device) -> Self {
        let (items, width) = (bias.len(), phi.len() / bias.len());
        Self {
            phi: Param::from_tensor(Tensor::from_data(
                TensorData::new(phi, [items, width]),
                device,
            )),
            bias: Param::from_tensor(Tensor::from_data(TensorData::new(bias, [items]), device)),
        }
    }

    /// `z φᵀ + b`: `[batch, hidden]` to `[batch, candidates]`.
    pub fn logits(&self, z: Tensor<2>) -> Tensor<2> {
        z.matmul(self.phi.val().transpose()) + self.bias.val().unsqueeze()
    }
}

/// `-Σ log softmax(logits)[target]` over rows, nats.
pub(in crate::model::bert) fn negative_log_likelihood(
    logits: Tensor<2>,
    targets: &[u32],
    is_gpu: bool,
) -> Tensor<1> {
    if !is_gpu {
        return cpu::negative_log_likelihood(logits, targets.to_vec());
    }
    let device = logits.device().without_autodiff();
    let targets: Vec<i32> = targets.iter().map(|target| target.cast_signed()).collect();
    let index = TensorData::new(targets, [logits.dims()[0], 1]);
    let index = Tensor::<2, Int>::from_data(index, &device);
    log_softmax(logits, 1).gather(1, index).sum().neg()
}
