//! A network while it learns: which weights do and which stay, the optimiser, the device.

use std::collections::BTreeMap;
use std::path::Path;

use burn::module::{Module, ModuleMapper, Param};
use burn::tensor::Tensor;

use super::config::Trainable;
use super::device::SelectedDevice;
use super::network::Encoder;
use super::optimiser::{AdamW, NamedGrads, StepRates};
use super::tensors::HostTensor;
use super::weights::{collect, load_with};
use crate::model::ModelError;

/// A network, its optimiser and where they run.
pub(super) struct Learning<M> {
    pub network: M,
    optimiser: AdamW,
    trainable: Trainable,
    pub device: SelectedDevice,
}

/// The network with gradients for the weights that learn, and for no others.
fn ready<M: Module>(module: M, trainable: Trainable) -> M {
    module.train().map(&mut Freezer { path: Vec::new(), trainable })
}

struct Freezer {
    path: Vec<String>,
    trainable: Trainable,
}

impl ModuleMapper for Freezer {
    fn enter_module(&mut self, name: &str, _: &str) {
        self.path.push(name.to_owned());
    }

    fn exit_module(&mut self, _: &str, _: &str) {
        self.path.pop();
    }

    fn map_float<const D: usize>(&mut self, param: Param<Tensor<D>>) -> Param<Tensor<D>> {
        let learns = self.trainable.learns(&self.path.join("."));
        param.set_require_grad(learns)
    }
}

impl<M: Module> Learning<M> {
    /// Before the first step.
    pub fn new(network: M, trainable: Trainable, device: &SelectedDevice) -> Self {
        Self {
            network: ready(network, trainable),
            optimiser: AdamW::new(device.is_gpu),
            trainable,
            device: device.clone(),
        }
    }

    /// One optimiser step, the learning rate of each weight multiplied by a factor of its path; the L2 norm
    /// of the gradient before clipping comes back. `nothing` stands in for the network meanwhile, so that
    /// the update works on the weights themselves, in place, and not on a second handle to them.
    pub fn step(
        &mut self,
        nothing: M,
        grads: NamedGrads,
        rates: &StepRates,
        factor: &dyn Fn(&str) -> f64,
    ) -> f64 {
        let network = std::mem::replace(&mut self.network, nothing);
        let (network, norm) = self.optimiser.step(network, grads, rates, factor);
        self.network = network;
        norm
    }

    /// Weights that learn, by path.
    pub fn weights(&self) -> BTreeMap<String, HostTensor> {
        let mut weights = collect(&self.network, str::to_owned);
        weights.retain(|path, _| self.trainable.learns(path));
        weights
    }

    /// Put back weights that [`Self::weights`] gave; the others stay as they are.
    ///
    /// # Errors
    /// [`ModelError::BadFile`] when they are of another network.
    pub fn set_weights(
        &mut self,
        weights: &BTreeMap<String, HostTensor>,
        path: &Path,
    ) -> Result<(), ModelError> {
        let fresh = self.network.valid();
        let mut all = collect(&fresh, str::to_owned);
        all.retain(|path, _| !self.trainable.learns(path));
        all.extend(weights.clone());
        self.network = ready(load_with(fresh, &all, str::to_owned, path)?, self.trainable);
        Ok(())
    }

    /// The optimiser's moments.
    pub fn optimiser_state(&self) -> BTreeMap<String, HostTensor> {
        self.optimiser.state()
    }

    /// Put back moments after `steps` steps.
    pub fn set_optimiser_state(&mut self, state: &BTreeMap<String, HostTensor>, steps: u64) {
        self.optimiser = AdamW::restore(state, steps, self.device.device(), self.device.is_gpu);
    }
}

/// Tokens of one micro-batch. Gradients of several are added up, so that a stop is noticed in between and
/// between the two ways through the network: on a CPU each takes well under a second.
pub(super) fn micro_batch_tokens(trainable: Trainable, is_gpu: bool) -> usize {
    match trainable {
        _ if is_gpu => 16_384,
        Trainable::Full | Trainable::LowRank(_) | Trainable::Biases => 1_024,
        Trainable::TopLayers(_) => 1_536,
    }
}

/// An encoder as the part that stays and the part that learns.
pub(super) fn divide(encoder: Encoder, trainable: Trainable, seed: u64) -> (Encoder, Encoder) {
    let Encoder { embeddings, mut layers } = encoder;
    let upper_layers = match trainable {
        Trainable::Full | Trainable::LowRank(_) | Trainable::Biases => layers.len(),
        Trainable::TopLayers(wanted) => wanted.min(layers.len()),
    };
    let upper_layers = layers.split_off(layers.len() - upper_layers);
    let (below, above) = match trainable {
        Trainable::Full => (None, embeddings),
        _ => (embeddings, None),
    };
    let upper = Encoder { embeddings: above, layers: upper_layers };
    let upper = match trainable {
        Trainable::LowRank(rank) => upper.with_low_rank(rank, seed),
        _ => upper,
    };
    (Encoder { embeddings: below, layers }, upper)
}

/// The opposite of [`divide`].
pub(super) fn unite(below: Encoder, above: Encoder) -> Encoder {
    let mut layers = below.layers;
    layers.extend(above.layers);
    Encoder { embeddings: below.embeddings.or(above.embeddings), layers }
}
