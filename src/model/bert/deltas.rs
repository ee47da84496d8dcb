//! What a fine-tuned model keeps of its own when the rest can be left to the built-in encoder, and what
//! stands beside an encoder's weights: a few megabytes in place of all weights.

use std::collections::{BTreeMap, HashMap};
use std::path::Path;

use burn::tensor::Device;

use super::config::Trainable;
use super::encoder_config::EncoderConfig;
use super::network::Encoder;
use super::peft::equip;
use super::pretrained::builtin_model;
use super::tensors::HostTensor;
use super::weights::{checkpoint_name, collect, load_into};
use crate::model::ModelError;

/// Weights by checkpoint name.
pub(super) type NamedWeights = BTreeMap<String, HostTensor>;

/// What learned, in a file's metadata.
const TRAINABLE: &str = "shelfwise-trainable";
/// The built-in model that a file leans on, in its metadata.
const BASE: &str = "shelfwise-base";

/// Whether a weight, by its checkpoint name, may differ from the base model's.
pub(super) fn has_learned(name: &str, trainable: Trainable, encoder: &EncoderConfig) -> bool {
    let layer = || name.strip_prefix("encoder.layer.")?.split('.').next()?.parse::<usize>().ok();
    let is_norm = name.contains(".LayerNorm.");
    match trainable {
        Trainable::Full => true,
        Trainable::TopLayers(top) => {
            let first = encoder.num_hidden_layers.saturating_sub(top);
            layer().is_some_and(|layer| layer >= first)
        }
        Trainable::LowRank(_) | Trainable::AdaLora(_) => name.contains(".low_rank."),
        Trainable::Biases => {
            layer().is_some() && (is_norm || name.rsplit('.').next() == Some("bias"))
        }
        Trainable::Houlsby(_) => layer().is_some() && (name.contains("_adapter.") || is_norm),
        Trainable::Pfeiffer(_) => name.contains("_adapter."),
        Trainable::Prompt(_) => name.contains(".prompt."),
    }
}

/// An encoder whose training is over: changes of low rank are part of its weights, and beside it what they
/// were.
pub(super) fn finished(encoder: Encoder) -> (Encoder, NamedWeights) {
    let mut changes = collect(&encoder, checkpoint_name);
    changes.retain(|name, _| name.contains(".low_rank."));
    (encoder.merged(), changes)
}

/// The opposite: an encoder from all of its weights, with what stands beside them, as [`finished`] gives it.
///
/// # Errors
/// [`ModelError::BadFile`] when weights are missing or of another shape.
pub(super) fn restored(
    config: &EncoderConfig,
    trainable: Trainable,
    weights: &NamedWeights,
    path: &Path,
    device: &Device,
) -> Result<(Encoder, NamedWeights), ModelError> {
    let blank = Encoder::blank(config, device);
    let is_equipped =
        trainable.stays_apart() || weights.keys().any(|name| name.contains(".low_rank."));
    let blank = if is_equipped { equip(blank, trainable, 0) } else { blank };
    Ok(finished(load_into(blank, weights, path)?))
}

/// What [`complete`] needs to know of a file; `base` is the fingerprint of the built-in model, if the file
/// leans on it.
pub(super) fn metadata(trainable: Trainable, base: Option<u64>) -> HashMap<String, String> {
    let base = base.map(|base| (BASE.to_owned(), format!("{base:016x}")));
    HashMap::from([(TRAINABLE.to_owned(), trainable.to_string())]).into_iter().chain(base).collect()
}

/// Whole weights of a file that may lean on the built-in model, changes of low rank merged; beside them what
/// stays apart.
///
/// # Errors
/// [`ModelError::BadFile`] when it leans on another model or is damaged.
pub(super) fn complete(
    mut weights: NamedWeights,
    metadata: &HashMap<String, String>,
    config: &EncoderConfig,
    path: &Path,
) -> Result<(NamedWeights, Option<Trainable>), ModelError> {
    let bad = |what: String| ModelError::BadFile { what, path: path.to_owned() };
    let Some(trainable) = metadata.get(TRAINABLE) else { return Ok((weights, None)) };
    let trainable: Trainable = trainable.parse().map_err(bad)?;
    if let Some(base) = metadata.get(BASE) {
        fill_up(&mut weights, |fingerprint| *base == format!("{fingerprint:016x}"), path)?;
    }
    if weights.keys().any(|name| name.contains(".low_rank.")) {
        let (encoder, _) = restored(config, trainable, &weights, path, &Device::flex())?;
        weights.retain(|name, _| !name.contains(".low_rank."));
        weights.extend(collect(&encoder, checkpoint_name));
    }
    Ok((weights, trainable.stays_apart().then_some(trainable)))
}

/// Adds the weights that were left to the built-in model, if it is the right one.
///
/// # Errors
/// [`ModelError::BadFile`] when it is another one.
pub(super) fn fill_up(
    weights: &mut NamedWeights,
    is_base: impl FnOnce(u64) -> bool,
    path: &Path,
) -> Result<(), ModelError> {
    let base = builtin_model()?;
    if !is_base(base.fingerprint) {
        return Err(ModelError::BadFile {
            what: "this model was fitted on another built-in encoder; train it again".into(),
            path: path.to_owned(),
        });
    }
    for (name, tensor) in base.weights {
        weights.entry(name).or_insert(tensor);
    }
    Ok(())
}

/// Refuses a base model with parts that stand beside its weights: nothing can be trained from it or exported.
///
/// # Errors
/// [`ModelError::UnusableData`].
pub(super) fn refuse_apart(apart: Option<Trainable>, action: &str) -> Result<(), ModelError> {
    match apart {
        None => Ok(()),
        Some(trainable) => Err(ModelError::UnusableData(format!(
            "the model cannot be {action}: it was trained as {trainable}, and what learned stands beside \
             the encoder's weights and cannot be made part of them. Train it as lora:8, biases or full \
             instead"
        ))),
    }
}

/// Tokens that a text may have beside a prompt.
///
/// # Errors
/// [`ModelError::UnusableData`] when the prompt leaves too little room.
pub(super) fn room(trainable: Trainable, config: &EncoderConfig) -> Result<usize, ModelError> {
    let positions = config.max_position_embeddings;
    let left = positions.saturating_sub(trainable.prompt_len());
    if left >= positions.min(8) {
        return Ok(left);
    }
    Err(ModelError::UnusableData(format!(
        "a {trainable} leaves no room for a text: the encoder reads {positions} tokens. Choose fewer vectors"
    )))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_weights_that_can_have_changed_are_stored() {
        let base = builtin_model().expect("the built-in model");
        let blank = || Encoder::blank(&base.config, &Device::flex());
        // Sixteen weights in each of six layers, five of the embeddings; an adapter has four.
        let counts = [
            (Trainable::Full, base.weights.len()),
            (Trainable::TopLayers(2), 32),
            (Trainable::TopLayers(0), 0),
            (Trainable::LowRank(4), 6 * 2 * 2),
            (Trainable::AdaLora(4), 6 * 6 * 3),
            (Trainable::Biases, 60),
            (Trainable::Houlsby(8), 6 * (2 * 4 + 4)),
            (Trainable::Pfeiffer(8), 6 * 4),
            (Trainable::Prompt(5), 1),
        ];
        for (trainable, count) in counts {
            let weights = collect(&equip(blank(), trainable, 0), checkpoint_name);
            let names = if trainable == Trainable::Full { &base.weights } else { &weights }.keys();
            let stored = names.filter(|name| has_learned(name, trainable, &base.config)).count();
            assert_eq!(stored, count, "{trainable}");
        }
    }
}
