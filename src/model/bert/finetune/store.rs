//! A fitted recommender on disk: what it learned, its products' titles and how its training went.

use std::collections::HashMap;
use std::path::Path;

use serde::{Deserialize, Serialize};

use super::catalogue::Candidates;
use super::history::HistoryReader;
use super::recommender::{BertRecommender, RecentVectors, TrainingResult};
use super::scorer::Scorer;
use crate::model::ModelError;
use crate::model::bert::config::{BertConfig, Trainable};
use crate::model::bert::deltas::{fill_up, has_learned, restored, room};
use crate::model::bert::device::{DeviceChoice, guard, select};
use crate::model::bert::embedder::TextNetwork;
use crate::model::bert::encoder_config::EncoderConfig;
use crate::model::bert::tensors::{HEADER, HostTensor, TensorFile};
use crate::model::bert::weights::{checkpoint_name, collect};

const FILE: &str = "bert.safetensors";
const FORMAT: u32 = 1;
/// What a product in a history adds to its vector, where there is knowledge.
const FACTS: &str = "head.history_facts";

#[derive(Serialize, Deserialize)]
struct Header {
    format: u32,
    n_items: usize,
    encoder: EncoderConfig,
    /// Fingerprint of the base model's weights, when the layers that did not learn are left to it.
    base_fingerprint: Option<u64>,
    result: TrainingResult,
}

/// Write a recommender into an existing folder.
///
/// # Errors
/// [`ModelError::Io`].
pub(super) fn save(model: &BertRecommender, folder: &Path) -> Result<(), ModelError> {
    let leans_on_base =
        model.config.base_model.is_none() && model.config.trainable != Trainable::Full;
    let mut weights =
        guard(&model.network.device, || Ok(collect(&model.network.encoder, checkpoint_name)))?;
    if leans_on_base {
        let trainable = model.config.trainable;
        weights.retain(|name, _| has_learned(name, trainable, &model.network.config));
        weights.extend(model.changes.clone());
    }
    let header = Header {
        format: FORMAT,
        n_items: model.scorer.candidates.n_items(),
        encoder: model.network.config.clone(),
        base_fingerprint: leans_on_base.then_some(model.base_fingerprint),
        result: model.result.clone(),
    };
    let header = serde_json::to_string(&header).expect("a header is plain data");
    let mut file =
        TensorFile { tensors: weights, metadata: HashMap::from([(HEADER.to_owned(), header)]) };
    let scorer = &model.scorer;
    let rows = scorer.candidates.len();
    for (name, shape, values) in [
        ("head.phi", vec![rows, scorer.width], scorer.phi.clone()),
        ("head.bias", vec![rows], scorer.bias.clone()),
    ] {
        file.tensors.insert(name.to_owned(), HostTensor { shape, values });
    }
    file.tensors.insert("head.items".to_owned(), scorer.candidates.to_tensor());
    if let Some(facts) = &model.facts {
        let facts = HostTensor { shape: vec![rows, scorer.width], values: facts.clone() };
        file.tensors.insert(FACTS.to_owned(), facts);
    }
    model.reader.store(&mut file);
    file.write(&folder.join(FILE), "cannot write the model")
}

/// Read a recommender back onto a device.
///
/// # Errors
/// [`ModelError::Io`], [`ModelError::BadFile`], [`ModelError::Device`].
pub(super) fn load(
    config: &BertConfig,
    folder: &Path,
    device: DeviceChoice,
) -> Result<BertRecommender, ModelError> {
    let path = folder.join(FILE);
    let bad = |what: String| ModelError::BadFile { what, path: path.clone() };
    let mut file = TensorFile::read(&path, "cannot read the model")?;
    let header: Header = file.header(&path)?;
    if header.format != FORMAT {
        return Err(bad(format!(
            "the model has format {}, this program reads format {FORMAT}; update the program or train again",
            header.format
        )));
    }
    let scorer = scorer(&mut file, &header)
        .ok_or_else(|| bad("the product vectors are damaged; train again".into()))?;
    let facts = file.tensors.remove(FACTS).map(|facts| facts.values);
    if facts.as_ref().is_some_and(|facts| facts.len() != scorer.phi.len()) {
        return Err(bad("what is known of products is damaged; train again".into()));
    }
    let reader =
        HistoryReader::restore(config, &file, room(config.trainable, &header.encoder)?, &path)?;
    let base_fingerprint = complete(&mut file, &header, &path)?;
    let device = select(device)?;
    let (encoder, changes) = guard(&device, || {
        restored(&header.encoder, config.trainable, &file.tensors, &path, device.device())
    })?;
    Ok(BertRecommender {
        config: config.clone(),
        network: TextNetwork { encoder, config: header.encoder, device },
        reader,
        scorer,
        result: header.result,
        base_fingerprint,
        changes,
        recent: RecentVectors::default(),
        facts,
    })
}

/// Add the layers that were left to the base model.
fn complete(file: &mut TensorFile, header: &Header, path: &Path) -> Result<u64, ModelError> {
    let Some(expected) = header.base_fingerprint else { return Ok(0) };
    fill_up(&mut file.tensors, |fingerprint| fingerprint == expected, path)?;
    Ok(expected)
}

fn scorer(file: &mut TensorFile, header: &Header) -> Option<Scorer> {
    let phi = file.tensors.remove("head.phi")?;
    let bias = file.tensors.remove("head.bias")?.values;
    let items = file.tensors.remove("head.items")?;
    let candidates = Candidates::from_tensor(&items, header.n_items)?;
    let width = header.encoder.hidden_size;
    let fits = phi.shape == [candidates.len(), width] && bias.len() == candidates.len();
    fits.then(|| Scorer::new(candidates, phi.values, bias, width))
}
