//! The weights that learn, and those that stay.

use std::collections::BTreeMap;
use std::path::Path;

use burn::module::{Module, ModuleMapper, Param};
use burn::tensor::Tensor;

use super::config::Trainable;
use super::tensors::HostTensor;
use super::weights::{collect, load_with};
use crate::model::ModelError;

/// The network with gradients for the weights that learn, and for no others.
pub(super) fn learning<M: Module>(module: M, trainable: Trainable) -> M {
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

/// Weights that learn, by path.
pub(super) fn learned_weights<M: Module>(
    module: &M,
    trainable: Trainable,
) -> BTreeMap<String, HostTensor> {
    let mut weights = collect(module, str::to_owned);
    weights.retain(|path, _| trainable.learns(path));
    weights
}

/// The network with weights that [`learned_weights`] gave; the others stay as they are.
///
/// # Errors
/// [`ModelError::BadFile`] when they are of another network.
pub(super) fn with_learned_weights<M: Module>(
    module: &M,
    weights: &BTreeMap<String, HostTensor>,
    trainable: Trainable,
    path: &Path,
) -> Result<M, ModelError> {
    let fresh = module.valid();
    let mut all = collect(&fresh, str::to_owned);
    all.retain(|path, _| !trainable.learns(path));
    all.extend(weights.clone());
    Ok(learning(load_with(fresh, &all, str::to_owned, path)?, trainable))
}
