//! A network while it learns: which weights do and which stay, the optimiser, the device.

use std::collections::BTreeMap;
use std::path::Path;

use burn::module::{Module, ModuleMapper, Param};
use burn::tensor::Tensor;

use super::config::Trainable;
use super::device::SelectedDevice;
use super::network::Encoder;
use super::optimiser::{AdamW, NamedGrads, StepRates};
use super::peft::{RankBudget, equip};
use super::tensors::HostTensor;
use super::weights::{collect, load_with};
use crate::model::ModelError;

/// A network, its optimiser and where they run.
pub(super) struct Learning<M> {
    pub network: M,
    optimiser: AdamW,
    /// Which ranks take part, where that is for the training to find out.
    budget: Option<RankBudget>,
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
        let budget = match trainable {
            Trainable::AdaLora(rank) => Some(RankBudget::new(rank)),
            _ => None,
        };
        Self {
            network: ready(network, trainable),
            optimiser: AdamW::new(device.is_gpu),
            budget,
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
        mut grads: NamedGrads,
        rates: &StepRates,
        factor: &dyn Fn(&str) -> f64,
    ) -> f64 {
        let network = std::mem::replace(&mut self.network, nothing);
        if let Some(budget) = &mut self.budget {
            budget.note(&network, &mut grads, rates.done);
        }
        let (network, norm) = self.optimiser.step(network, grads, rates, factor);
        self.network = match &self.budget {
            Some(budget) => budget.cut(network, rates.done),
            None => network,
        };
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

    /// The optimiser's moments, and what decides on ranks.
    pub fn optimiser_state(&self) -> BTreeMap<String, HostTensor> {
        let mut state = self.optimiser.state();
        state.extend(self.budget.iter().flat_map(RankBudget::state));
        state
    }

    /// Put back the state after `steps` steps.
    pub fn set_optimiser_state(&mut self, state: &BTreeMap<String, HostTensor>, steps: u64) {
        self.budget = self.budget.take().map(|budget| budget.restored(state, steps));
        self.optimiser = AdamW::restore(state, steps, self.device.device(), self.device.is_gpu);
    }
}

/// Tokens of one micro-batch. Gradients of several are added up, so that a stop is noticed in between and
/// between the two ways through the network: on a CPU each takes well under a second.
pub(super) fn micro_batch_tokens(trainable: Trainable, is_gpu: bool) -> usize {
    match trainable {
        _ if is_gpu => 16_384,
        Trainable::TopLayers(_) => 1_536,
        _ => 1_024,
    }
}

/// An encoder as the part that stays and the part that learns, or that gradients have to pass.
pub(super) fn divide(encoder: Encoder, trainable: Trainable, seed: u64) -> (Encoder, Encoder) {
    let Encoder { embeddings, mut layers } = equip(encoder, trainable, seed);
    let upper_layers = match trainable {
        Trainable::TopLayers(wanted) => wanted.min(layers.len()),
        _ => layers.len(),
    };
    let upper_layers = layers.split_off(layers.len() - upper_layers);
    let (below, above) = match trainable {
        Trainable::Full | Trainable::Prompt(_) => (None, embeddings),
        _ => (embeddings, None),
    };
    (Encoder { embeddings: below, layers }, Encoder { embeddings: above, layers: upper_layers })
}

/// The opposite of [`divide`].
pub(super) fn unite(below: Encoder, above: Encoder) -> Encoder {
    let mut layers = below.layers;
    layers.extend(above.layers);
    Encoder { embeddings: below.embeddings.or(above.embeddings), layers }
}

/// How many layers below the topmost one a weight lies; the embeddings are below all `depth` layers.
pub(super) fn levels_down(path: &str, depth: usize) -> i32 {
    let Some(rest) = path.strip_prefix("encoder.") else { return 0 };
    let layer = rest.strip_prefix("layers.").and_then(|rest| rest.split('.').next()?.parse().ok());
    let down = layer.map_or(depth, |layer: usize| depth.saturating_sub(layer + 1));
    i32::try_from(down).unwrap_or(i32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn levels_count_from_the_top() {
        let levels = |path| levels_down(path, 6);
        assert_eq!((levels("encoder.layers.5.query.weight"), levels("head.weight")), (0, 0));
        assert_eq!(levels("encoder.layers.0.output.bias"), 5);
        assert_eq!(levels("encoder.embeddings.word"), 6);
    }
}
