//! Changes of low rank: `LoRA` (Hu et al. 2021), and with weighted ranks `AdaLoRA` (Zhang et al. 2023).

use burn::module::{Module, Param};
use burn::tensor::{Device, Tensor, TensorData};
use rand::Rng;
use rand_chacha::ChaCha8Rng;

use super::normal_matrix;
use crate::model::bert::network::{Dense, Layer};

/// `scale · up · diag(ranks) · down`, added to a weight.
#[derive(Module, Debug)]
pub(in crate::model::bert) struct LowRank {
    /// A, in `AdaLoRA` Q; `[rank, in]`.
    down: Param<Tensor<2>>,
    /// B, in `AdaLoRA` P; `[out, rank]`.
    up: Param<Tensor<2>>,
    /// Λ, `[rank]`; `LoRA` has none.
    ranks: Option<Param<Tensor<1>>>,
}

/// α / r: what the change is multiplied by, as is usual with α twice the rank.
const SCALE: f32 = 2.0;

/// The rank that `AdaLoRA` starts from, for a mean rank in the end.
pub(in crate::model::bert) const fn first_rank(target: usize) -> usize {
    (target * 3).div_ceil(2)
}

impl LowRank {
    /// Before the first step; `down` uniform within `1 / √in`, as in the authors' code, and `up` zeros, so that
    /// nothing changes.
    fn plain(
        rank: usize,
        [outputs, inputs]: [usize; 2],
        rng: &mut ChaCha8Rng,
        device: &Device,
    ) -> Self {
        let bound = 1.0 / (inputs as f32).sqrt();
        let down: Vec<f32> = (0..rank * inputs).map(|_| rng.random_range(-bound..bound)).collect();
        let down = Tensor::from_data(TensorData::new(down, [rank, inputs]), device);
        Self {
            down: Param::from_tensor(down),
            up: Param::from_tensor(Tensor::zeros([outputs, rank], device)),
            ranks: None,
        }
    }

    /// Before the first step; both matrices normal with vectors of length about 1, which lie nearly at right
    /// angles to each other, and Λ zeros, so that nothing changes.
    fn ranked(
        rank: usize,
        [outputs, inputs]: [usize; 2],
        rng: &mut ChaCha8Rng,
        device: &Device,
    ) -> Self {
        let mut matrix = |shape, width: usize| {
            Param::from_tensor(normal_matrix(shape, 1.0 / (width as f64).sqrt(), rng, device))
        };
        Self {
            down: matrix([rank, inputs], inputs),
            up: matrix([outputs, rank], outputs),
            ranks: Some(Param::from_tensor(Tensor::zeros([rank], device))),
        }
    }

    /// The change, `[out, in]`.
    pub fn change(&self) -> Tensor<2> {
        let up = match &self.ranks {
            Some(ranks) => self.up.val() * ranks.val().unsqueeze(),
            None => self.up.val(),
        };
        up.matmul(self.down.val()) * SCALE
    }
}

/// Changes on queries and values, where the authors of `LoRA` found them to do most.
pub(super) fn attached(layer: Layer, rank: usize, rng: &mut ChaCha8Rng) -> Layer {
    let mut change = |dense: Dense| {
        let low_rank = LowRank::plain(rank, dense.shape(), rng, &dense.device());
        Dense { low_rank: Some(low_rank), ..dense }
    };
    Layer { query: change(layer.query), value: change(layer.value), ..layer }
}

/// Changes on all six matrices, for `target` ranks each in the mean once most have been given up.
pub(super) fn attached_ranked(layer: Layer, target: usize, rng: &mut ChaCha8Rng) -> Layer {
    layer.map_dense(&mut |dense| {
        let low_rank = LowRank::ranked(first_rank(target), dense.shape(), rng, &dense.device());
        Dense { low_rank: Some(low_rank), ..dense }
    })
}
