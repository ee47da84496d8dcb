//! A fitted recommender on disk: its encoder, whose words are products, and how its training went.

use std::collections::HashMap;
use std::path::Path;

use serde::{Deserialize, Serialize};

use super::config::{Objective, SequenceConfig};
use super::network::ProductNetwork;
use super::recommender::SequenceRecommender;
use crate::model::ModelError;
use crate::model::bert::device::{DeviceChoice, guard, select};
use crate::model::bert::encoder_config::EncoderConfig;
use crate::model::bert::finetune::TrainingResult;
use crate::model::bert::finetune::catalogue::Candidates;
use crate::model::bert::finetune::scorer::Scorer;
use crate::model::bert::network::Encoder;
use crate::model::bert::tensors::{HEADER, HostTensor, TensorFile};
use crate::model::bert::weights::{checkpoint_name, collect, load_into};

const FILE: &str = "sequence.safetensors";
const FORMAT: u32 = 1;
const WORDS: &str = "embeddings.word_embeddings.weight";

#[derive(Serialize, Deserialize)]
struct Header {
    format: u32,
    n_items: usize,
    objective: Objective,
    encoder: EncoderConfig,
    result: TrainingResult,
}

/// Write a recommender into an existing folder.
///
/// # Errors
/// [`ModelError::Io`].
pub(super) fn save(model: &SequenceRecommender, folder: &Path) -> Result<(), ModelError> {
    let network = &model.network;
    let weights = guard(&network.device, || Ok(collect(&network.encoder, checkpoint_name)))?;
    let header = Header {
        format: FORMAT,
        n_items: model.scorer.candidates.n_items(),
        objective: network.objective,
        encoder: network.config.clone(),
        result: model.result.clone(),
    };
    let header = serde_json::to_string(&header).expect("a header is plain data");
    let mut file =
        TensorFile { tensors: weights, metadata: HashMap::from([(HEADER.to_owned(), header)]) };
    let bias = model.scorer.bias.clone();
    let bias = HostTensor { shape: vec![bias.len()], values: bias };
    file.tensors.insert("head.bias".to_owned(), bias);
    file.tensors.insert("head.items".to_owned(), model.scorer.candidates.to_tensor());
    file.write(&folder.join(FILE), "cannot write the model")
}

/// Read a recommender back onto a device.
///
/// # Errors
/// [`ModelError::Io`], [`ModelError::BadFile`], [`ModelError::Device`].
pub(super) fn load(
    objective: Objective,
    config: &SequenceConfig,
    folder: &Path,
    device: DeviceChoice,
) -> Result<SequenceRecommender, ModelError> {
    let path = folder.join(FILE);
    let bad = |what: String| ModelError::BadFile { what, path: path.clone() };
    let mut file = TensorFile::read(&path, "cannot read the model")?;
    let header: Header = file.header(&path)?;
    if header.format != FORMAT || header.objective != objective {
        return Err(bad(format!(
            "the model has format {} and objective {:?}, expected format {FORMAT} and {objective:?}; update \
             the program or train again",
            header.format, header.objective
        )));
    }
    let scorer = scorer(&mut file, &header)
        .ok_or_else(|| bad("the product vectors are damaged; train again".into()))?;
    let device = select(device)?;
    let blank = || Encoder::blank(&header.encoder, device.device());
    let encoder = guard(&device, || load_into(blank(), &file.tensors, &path))?;
    Ok(SequenceRecommender {
        config: config.clone(),
        network: ProductNetwork { encoder, config: header.encoder, device, objective },
        scorer,
        result: header.result,
    })
}

/// The products' vectors are the encoder's words but the last, which is the mask.
fn scorer(file: &mut TensorFile, header: &Header) -> Option<Scorer> {
    let bias = file.tensors.remove("head.bias")?.values;
    let items = file.tensors.remove("head.items")?;
    let candidates = Candidates::from_tensor(&items, header.n_items)?;
    let words = file.tensors.get(WORDS)?;
    let width = header.encoder.hidden_size;
    let n = candidates.len();
    let fits = words.shape == [n + 1, width] && bias.len() == n;
    fits.then(|| Scorer::new(candidates, words.values[..n * width].to_vec(), bias, width))
}
