//! Parts of few weights that learn in place of an encoder's own.

mod adapter;
mod budget;
mod low_rank;
mod prompt;

use burn::tensor::{Device, Tensor, TensorData};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

pub(super) use self::adapter::Adapter;
pub(super) use self::budget::RankBudget;
pub(super) use self::low_rank::{LowRank, first_rank};
pub(super) use self::prompt::Prompt;
use super::config::Trainable;
use super::network::{Encoder, Layer};

/// An encoder with the parts that learn in place of its weights; a function of the seed. At the start they
/// change nothing or next to nothing, but for a prompt.
pub(super) fn equip(encoder: Encoder, trainable: Trainable, seed: u64) -> Encoder {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let Encoder { embeddings, layers } = encoder;
    let mut in_layers = |change: &mut dyn FnMut(Layer, &mut ChaCha8Rng) -> Layer| -> Vec<Layer> {
        layers.iter().cloned().map(|layer| change(layer, &mut rng)).collect()
    };
    match trainable {
        Trainable::Full | Trainable::TopLayers(_) | Trainable::Biases => {
            Encoder { embeddings, layers }
        }
        Trainable::LowRank(rank) => {
            let layers = in_layers(&mut |layer, rng| low_rank::attached(layer, rank, rng));
            Encoder { embeddings, layers }
        }
        Trainable::AdaLora(rank) => {
            let layers = in_layers(&mut |layer, rng| low_rank::attached_ranked(layer, rank, rng));
            Encoder { embeddings, layers }
        }
        Trainable::Houlsby(width) => {
            let layers =
                in_layers(&mut |layer, rng| adapter::inserted(layer, width, [true; 2], rng));
            Encoder { embeddings, layers }
        }
        Trainable::Pfeiffer(width) => {
            let sites = [false, true];
            let layers = in_layers(&mut |layer, rng| adapter::inserted(layer, width, sites, rng));
            Encoder { embeddings, layers }
        }
        Trainable::Prompt(vectors) => {
            let embeddings = embeddings.map(|own| prompt::preceded(own, vectors, &mut rng));
            Encoder { embeddings, layers }
        }
    }
}

/// Values of a normal distribution around 0, none further away than two standard deviations.
fn normal_matrix(
    shape: [usize; 2],
    deviation: f64,
    rng: &mut ChaCha8Rng,
    device: &Device,
) -> Tensor<2> {
    let values: Vec<f32> =
        (0..shape.iter().product()).map(|_| (deviation * normal(rng)) as f32).collect();
    Tensor::from_data(TensorData::new(values, shape), device)
}

/// Box and Muller 1958, drawn again beyond two standard deviations.
fn normal(rng: &mut ChaCha8Rng) -> f64 {
    loop {
        let radius = (-2.0 * (1.0 - rng.random::<f64>()).ln()).sqrt();
        let value = radius * (std::f64::consts::TAU * rng.random::<f64>()).cos();
        if value.abs() <= 2.0 {
            return value;
        }
    }
}
