//! Weights by name between checkpoints and the network.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use burn::module::{Module, ModuleMapper, ModuleVisitor, Param};
use burn::tensor::{Tensor, TensorData};

use super::tensors::{HostTensor, TensorFile};
use crate::model::ModelError;

/// Names inside the network and their counterparts in Hugging Face checkpoints.
const NAMES: [(&str, &str); 15] = [
    ("embeddings.word", "embeddings.word_embeddings.weight"),
    ("embeddings.position", "embeddings.position_embeddings.weight"),
    ("embeddings.segment", "embeddings.token_type_embeddings.weight"),
    ("embeddings.norm.", "embeddings.LayerNorm."),
    ("layers.", "encoder.layer."),
    (".query.", ".attention.self.query."),
    (".key.", ".attention.self.key."),
    (".value.", ".attention.self.value."),
    (".attention_output.", ".attention.output.dense."),
    (".attention_norm.", ".attention.output.LayerNorm."),
    (".intermediate.", ".intermediate.dense."),
    (".output_norm.", ".output.LayerNorm."),
    (".output.weight", ".output.dense.weight"),
    (".output.bias", ".output.dense.bias"),
    (".gamma", ".weight"),
];

/// The checkpoint's name of a weight, given its path in the network; paths outside of an encoder stay.
///
/// `layers.0.query.weight` is `encoder.layer.0.attention.self.query.weight`.
pub(super) fn checkpoint_name(path: &str) -> String {
    if path.starts_with("head.") {
        return path.to_owned();
    }
    let mut name = path.to_owned();
    for (inside, outside) in NAMES {
        if name.contains(".dense.") && inside.starts_with(".output.") {
            continue;
        }
        name = name.replacen(inside, outside, 1);
    }
    match name.strip_suffix(".beta") {
        Some(stem) => format!("{stem}.bias"),
        None => name,
    }
}

/// A checkpoint's weights under today's names: without the `bert.` prefix, `gamma` and `beta` of old
/// files as `weight` and `bias`, heads for other tasks left out.
pub(super) fn normalised(file: TensorFile) -> BTreeMap<String, HostTensor> {
    file.tensors
        .into_iter()
        .map(|(name, tensor)| {
            let name = name.strip_prefix("bert.").unwrap_or(&name);
            let name = name
                .replace("LayerNorm.gamma", "LayerNorm.weight")
                .replace("LayerNorm.beta", "LayerNorm.bias");
            (name, tensor)
        })
        .collect()
}

/// Put weights into a module by name.
///
/// # Errors
/// [`ModelError::BadFile`] naming the weights that are missing or of another shape.
pub(super) fn load_into<M: Module>(
    module: M,
    weights: &BTreeMap<String, HostTensor>,
    path: &Path,
) -> Result<M, ModelError> {
    load_with(module, weights, checkpoint_name, path)
}

/// [`load_into`] with names of one's own choice.
pub(super) fn load_with<M: Module>(
    module: M,
    weights: &BTreeMap<String, HostTensor>,
    name: impl Fn(&str) -> String,
    path: &Path,
) -> Result<M, ModelError> {
    let mut loader =
        Loader { weights, name, path: Vec::new(), missing: BTreeSet::new(), misshapen: Vec::new() };
    let module = module.map(&mut loader);
    match loader.complaint() {
        None => Ok(module),
        Some(what) => Err(ModelError::BadFile { what, path: path.to_owned() }),
    }
}

struct Loader<'a, N> {
    weights: &'a BTreeMap<String, HostTensor>,
    name: N,
    path: Vec<String>,
    missing: BTreeSet<String>,
    misshapen: Vec<String>,
}

impl<N> Loader<'_, N> {
    fn complaint(&self) -> Option<String> {
        if let Some(first) = self.misshapen.first() {
            return Some(format!(
                "the weights do not fit the encoder's configuration: {first}{}",
                more(self.misshapen.len())
            ));
        }
        let first = self.missing.first()?;
        let mut text = format!(
            "this is not a BERT encoder of the configured size: there is no tensor {first}{}",
            more(self.missing.len())
        );
        let found: Vec<&str> = self.weights.keys().take(4).map(String::as_str).collect();
        let listing = format!(
            " (found {} tensors: {}{})",
            self.weights.len(),
            found.join(", "),
            if self.weights.len() > found.len() { ", …" } else { "" }
        );
        text.push_str(&listing);
        Some(text)
    }
}

fn more(count: usize) -> String {
    if count > 1 { format!(" and {} more", count - 1) } else { String::new() }
}

impl<N: Fn(&str) -> String> ModuleMapper for Loader<'_, N> {
    fn enter_module(&mut self, name: &str, _: &str) {
        self.path.push(name.to_owned());
    }

    fn exit_module(&mut self, _: &str, _: &str) {
        self.path.pop();
    }

    fn map_float<const D: usize>(&mut self, param: Param<Tensor<D>>) -> Param<Tensor<D>> {
        let name = (self.name)(&self.path.join("."));
        let expected = param.val().dims();
        let Some(found) = self.weights.get(&name) else {
            self.missing.insert(name);
            return param;
        };
        if found.shape != expected {
            self.misshapen.push(format!("{name} is {:?}, expected {expected:?}", found.shape));
            return param;
        }
        let data = TensorData::new(found.values.clone(), found.shape.clone());
        param.map(|old| {
            let learns = old.is_require_grad();
            Tensor::from_data(data, &old.device()).set_require_grad(learns)
        })
    }
}

/// All weights of a module, named by `name` from their paths.
pub(super) fn collect<M: Module>(
    module: &M,
    name: impl Fn(&str) -> String,
) -> BTreeMap<String, HostTensor> {
    let mut collector = Collector { weights: BTreeMap::new(), name, path: Vec::new() };
    module.visit(&mut collector);
    collector.weights
}

struct Collector<N> {
    weights: BTreeMap<String, HostTensor>,
    name: N,
    path: Vec<String>,
}

impl<N: Fn(&str) -> String> ModuleVisitor for Collector<N> {
    fn enter_module(&mut self, name: &str, _: &str) {
        self.path.push(name.to_owned());
    }

    fn exit_module(&mut self, _: &str, _: &str) {
        self.path.pop();
    }

    fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
        let tensor = param.val().inner();
        let host = HostTensor { shape: tensor.dims().to_vec(), values: values_of(tensor) };
        self.weights.insert((self.name)(&self.path.join(".")), host);
    }
}

/// A tensor's values on the host, row-major.
///
/// # Panics
/// If the device does not answer; see [`super::device::guard`].
pub(super) fn values_of<const D: usize>(tensor: Tensor<D>) -> Vec<f32> {
    tensor
        .try_into_vec_as::<f32>()
        .unwrap_or_else(|error| panic!("a tensor could not be read back: {error}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_those_of_hugging_face() {
        for (inside, outside) in [
            ("embeddings.word", "embeddings.word_embeddings.weight"),
            ("embeddings.norm.gamma", "embeddings.LayerNorm.weight"),
            ("layers.3.query.bias", "encoder.layer.3.attention.self.query.bias"),
            ("layers.0.attention_output.weight", "encoder.layer.0.attention.output.dense.weight"),
            ("layers.0.attention_norm.beta", "encoder.layer.0.attention.output.LayerNorm.bias"),
            ("layers.11.intermediate.weight", "encoder.layer.11.intermediate.dense.weight"),
            ("layers.1.output.bias", "encoder.layer.1.output.dense.bias"),
            ("layers.1.output_norm.gamma", "encoder.layer.1.output.LayerNorm.weight"),
            ("head.phi", "head.phi"),
        ] {
            assert_eq!(checkpoint_name(inside), outside);
        }
    }
}
