//! `p = softmax(φᵀ z + b)` over the catalogue.

use burn::module::{Module, Param};
use burn::tensor::{Device, Tensor, TensorData};

use crate::model::bert::softmax::{Columns, softmax_loss};

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

    /// The loss of `z`, summed over its rows, nats; see [`softmax_loss`].
    pub fn loss(
        &self,
        z: Tensor<2>,
        columns: &Columns,
        targets: &[u32],
        is_gpu: bool,
    ) -> Tensor<1> {
        softmax_loss(z, self.phi.val(), self.bias.val(), columns, targets, is_gpu)
    }
}
