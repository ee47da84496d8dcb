//! From a text's vector to what is told of it.

use burn::module::{Module, Param};
use burn::tensor::{Device, Tensor, TensorData};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

use crate::model::bert::dropout::{factor, key, threshold_and_scale};

/// Standard deviation of the weights at the start, as in BERT.
const START: f64 = 0.02;

/// Site of the dropout mask; those of the encoder's layers are far below.
const SITE: u32 = 9_000;

/// `x wᵀ + b`.
#[derive(Module, Debug)]
pub(super) struct TaskHead {
    /// `[outputs, hidden]`.
    pub weight: Param<Tensor<2>>,
    /// `[outputs]`.
    pub bias: Param<Tensor<1>>,
}

impl TaskHead {
    /// Small random weights; a function of the seed.
    pub fn random(outputs: usize, hidden: usize, seed: u64, device: &Device) -> Self {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        // Box and Muller 1958.
        let mut normal = || {
            let radius = (-2.0 * (1.0 - rng.random::<f64>()).ln()).sqrt();
            (START * radius * (std::f64::consts::TAU * rng.random::<f64>()).cos()) as f32
        };
        let weight = (0..outputs * hidden).map(|_| normal()).collect();
        Self::new(weight, vec![0.0; outputs], device)
    }

    /// A head from values on the host.
    pub fn new(weight: Vec<f32>, bias: Vec<f32>, device: &Device) -> Self {
        let (outputs, hidden) = (bias.len(), weight.len() / bias.len());
        let weight = TensorData::new(weight, [outputs, hidden]);
        let bias = TensorData::new(bias, [outputs]);
        Self {
            weight: Param::from_tensor(Tensor::from_data(weight, device)),
            bias: Param::from_tensor(Tensor::from_data(bias, device)),
        }
    }

    /// `[texts, hidden]` to `[texts, outputs]`.
    pub fn logits(&self, pooled: Tensor<2>) -> Tensor<2> {
        pooled.matmul(self.weight.val().transpose()) + self.bias.val().unsqueeze()
    }
}

/// Drops elements of pooled vectors; a function of seed and step.
pub(super) fn drop_pooled(pooled: Tensor<2>, probability: f32, seed: u64, step: u64) -> Tensor<2> {
    if probability <= 0.0 {
        return pooled;
    }
    let [rows, width] = pooled.dims();
    let (threshold, scale) = threshold_and_scale(probability);
    let key = key(seed, step, SITE);
    let mask = (0..(rows * width) as u32).map(|at| factor(at, key, threshold, scale)).collect();
    let mask = TensorData::new::<f32, _>(mask, [rows, width]);
    let device = pooled.device().without_autodiff();
    pooled * Tensor::from_data(mask, &device)
}
