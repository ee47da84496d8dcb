//! `p = softmax(φᵀ z + b)` over the catalogue.

use burn::module::{Module, Param};
use burn::tensor::{Device, Int, Tensor, TensorData};

use crate::model::bert::columns::Columns;
use crate::model::bert::negatives::hardness;
use crate::model::bert::softmax::softmax_loss;

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

    /// The products' vectors with what facts add to them, `[candidates, hidden]`.
    pub fn products(&self, known: Option<Tensor<2>>) -> Tensor<2> {
        match known {
            Some(known) => self.phi.val() + known,
            None => self.phi.val(),
        }
    }

    /// How hard the products of a sample are after the histories of `z`; see [`hardness`].
    ///
    /// # Panics
    /// If these are the columns of no sample.
    pub fn hardness(&self, z: Tensor<2>, known: Option<Tensor<2>>, columns: &Columns) -> Vec<f32> {
        let items = columns.items.as_ref().expect("a sample");
        let index: Vec<i32> = items.iter().map(|item| item.cast_signed()).collect();
        let index = Tensor::<1, Int>::from_data(TensorData::new(index, [items.len()]), &z.device());
        let (phi, bias) = (self.products(known), self.bias.val());
        hardness(z, phi.select(0, index.clone()), bias.select(0, index), &columns.correction)
    }

    /// The loss of `z`, summed over its rows, nats; see [`softmax_loss`].
    pub fn loss(
        &self,
        z: Tensor<2>,
        known: Option<Tensor<2>>,
        columns: &Columns,
        targets: &[u32],
        is_gpu: bool,
    ) -> Tensor<1> {
        softmax_loss(z, self.products(known), self.bias.val(), columns, targets, is_gpu)
    }
}
