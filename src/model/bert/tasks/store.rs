//! A fitted text task on disk: the encoder as Hugging Face keeps it, and beside it the head and the labels.

use std::path::Path;

use serde::{Deserialize, Serialize};

use super::config::TextTaskConfig;
use super::data::Outputs;
use super::fitted::TextModel;
use super::head::TaskHead;
use super::loss::Loss;
use super::{Reader, TrainingResult};
use crate::model::ModelError;
use crate::model::bert::deltas::{has_learned, metadata};
use crate::model::bert::device::{DeviceChoice, guard, select};
use crate::model::bert::embedder::TextNetwork;
use crate::model::bert::pretrained::Pretrained;
use crate::model::bert::tensors::{HostTensor, TensorFile, write_atomically};
use crate::model::bert::weights::{checkpoint_name, collect};
use crate::vault::files;

/// Labels, settings and how the training went.
const FILE: &str = "text_task.json";
const FORMAT: u32 = 1;
const HEAD_WEIGHT: &str = "head.weight";
const HEAD_BIAS: &str = "head.bias";

#[derive(Serialize, Deserialize)]
struct Header {
    format: u32,
    outputs: Outputs,
    loss: Loss,
    config: TextTaskConfig,
    result: TrainingResult,
}

/// Whether a folder holds a fitted text task.
#[must_use]
pub fn is_text_model(folder: &Path) -> bool {
    files::is_file(&folder.join(FILE))
}

/// Write a model into an existing folder.
///
/// # Errors
/// [`ModelError::Io`].
pub(super) fn save(model: &TextModel, folder: &Path) -> Result<(), ModelError> {
    let network = &model.network;
    let (mut encoder, head) = guard(&network.device, || {
        let encoder = collect(&network.encoder, checkpoint_name);
        Ok((encoder, collect(&model.head, |path| format!("head.{path}"))))
    })?;
    let trainable = model.config.trainable;
    let base = model.of_builtin.as_ref().filter(|_| trainable.is_small());
    if let Some((_, changes)) = base {
        encoder.retain(|name, _| has_learned(name, trainable, &network.config));
        encoder.extend(changes.clone());
    }
    let tensors = encoder.into_iter().chain(head).collect();
    let mut metadata = metadata(trainable, base.map(|(fingerprint, _)| *fingerprint));
    metadata.insert("format".to_owned(), "pt".to_owned());
    let weights = TensorFile { tensors, metadata };
    weights.write(&folder.join("model.safetensors"), "cannot write the model")?;
    let mut config = serde_json::to_value(&network.config).expect("a configuration is plain data");
    config["model_type"] = "bert".into();
    let header = Header {
        format: FORMAT,
        outputs: model.outputs.clone(),
        loss: model.loss.clone(),
        config: model.config.clone(),
        result: model.result.clone(),
    };
    let header = serde_json::to_string_pretty(&header).expect("a header is plain data");
    let tokenizer = model.reader.tokenizer.to_json();
    for (name, text) in
        [("config.json", config.to_string()), ("tokenizer.json", tokenizer), (FILE, header)]
    {
        let path = folder.join(name);
        write_atomically(&path, text.as_bytes()).map_err(|source| ModelError::Io {
            action: "cannot write the model",
            path,
            source,
        })?;
    }
    Ok(())
}

/// Read a model back onto a device.
///
/// # Errors
/// [`ModelError::Io`], [`ModelError::BadFile`], [`ModelError::Device`].
pub(super) fn load(folder: &Path, device: DeviceChoice) -> Result<TextModel, ModelError> {
    let path = folder.join(FILE);
    let bad = |what: String| ModelError::BadFile { what, path: path.clone() };
    let text = files::read(&path).map_err(|source| ModelError::Io {
        action: "cannot read the text model",
        path: path.clone(),
        source,
    })?;
    let header: Header = serde_json::from_slice(&text)
        .map_err(|error| bad(format!("this is no fitted text task: {error}")))?;
    if header.format != FORMAT {
        return Err(bad(format!(
            "the model has format {}, this program reads format {FORMAT}; update the program or train again",
            header.format
        )));
    }
    let base = Pretrained::open(Some(folder))?;
    let device = select(device)?;
    let (outputs, width) = (header.loss.outputs(), base.config.hidden_size);
    let part = |name: &str, shape: &[usize]| match base.weights.get(name) {
        Some(HostTensor { shape: found, values }) if found == shape => Ok(values.clone()),
        _ => Err(bad(format!(
            "the weights of the model lack {name} of shape {shape:?}; train again"
        ))),
    };
    let (weight, bias) = (part(HEAD_WEIGHT, &[outputs, width])?, part(HEAD_BIAS, &[outputs])?);
    let encoder = guard(&device, || base.encoder(device.device()))?;
    let head = guard(&device, || Ok(TaskHead::new(weight, bias, device.device())))?;
    Ok(TextModel {
        reader: Reader::new(&header.config, &base)?,
        network: TextNetwork { encoder, config: base.config.clone(), device },
        config: header.config,
        outputs: header.outputs,
        loss: header.loss,
        result: header.result,
        of_builtin: None,
        head,
    })
}
