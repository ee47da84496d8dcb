//! Bottlenecks between the parts of a layer (Houlsby et al. 2019, Pfeiffer et al. 2021).
//!
//! Houlsby puts one after the attention's output and one after the feed-forward part, each before the
//! residual sum and its norm, and lets the norms learn; Pfeiffer has the second one only.

use burn::module::{Module, Param};
use burn::tensor::activation::gelu;
use burn::tensor::{Device, Tensor};
use rand_chacha::ChaCha8Rng;

use super::normal_matrix;
use crate::model::bert::network::{Dense, Layer, LayerShape};

/// `x + up(gelu(down(x)))`; GELU as in the code of Houlsby et al.
#[derive(Module, Debug)]
pub(in crate::model::bert) struct Adapter {
    /// To the bottleneck.
    pub down: Dense,
    /// Back to the hidden width.
    pub up: Dense,
}

/// Standard deviation of the matrices at the start, as in the paper; what comes out is nearly what went in.
const START: f64 = 0.01;

impl Adapter {
    fn new(hidden: usize, width: usize, rng: &mut ChaCha8Rng, device: &Device) -> Self {
        let mut dense = |inputs, outputs| Dense {
            weight: Param::from_tensor(normal_matrix([outputs, inputs], START, rng, device)),
            ..Dense::blank(inputs, outputs, device)
        };
        Self { down: dense(hidden, width), up: dense(width, hidden) }
    }

    /// `[rows, hidden]` to the same.
    pub fn forward(&self, x: Tensor<2>, shape: LayerShape) -> Tensor<2> {
        let narrow = gelu(self.down.forward(shape.operand(x.clone())));
        x + self.up.forward(shape.operand(narrow))
    }
}

/// A layer with an adapter at each site: after attention, after the feed-forward part.
pub(super) fn inserted(
    layer: Layer,
    width: usize,
    sites: [bool; 2],
    rng: &mut ChaCha8Rng,
) -> Layer {
    let ([hidden, _], device) = (layer.query.shape(), layer.query.device());
    let [attention_adapter, output_adapter] =
        sites.map(|wanted| wanted.then(|| Adapter::new(hidden, width, rng, &device)));
    Layer { attention_adapter, output_adapter, ..layer }
}
