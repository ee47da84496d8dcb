//! The heads of `BertForPreTraining`: word predictions over the tied table of word embeddings, and
//! whether the second text follows the first.

use std::collections::BTreeMap;

use burn::module::{Module, Param};
use burn::tensor::activation::gelu;
use burn::tensor::{Device, Tensor};

use crate::model::ModelError;
use crate::model::bert::encoder_config::EncoderConfig;
use crate::model::bert::network::{Dense, Encoder, Norm};
use crate::model::bert::pretrained::Pretrained;
use crate::model::bert::scratch::draw;
use crate::model::bert::tensors::HostTensor;
use crate::model::bert::weights::{checkpoint_name, collect, load_with};

/// Both heads.
#[derive(Module, Debug)]
pub(super) struct Heads {
    /// `[hidden, hidden]`, before words are scored.
    transform: Dense,
    norm: Norm,
    /// `[words]`, added to the scores.
    bias: Param<Tensor<1>>,
    /// `[hidden, hidden]`, over the first token's hidden state.
    pooler: Dense,
    /// `[2, hidden]`: the second text follows, it is of another document.
    relation: Dense,
}

impl Heads {
    fn blank(config: &EncoderConfig, device: &Device) -> Self {
        let hidden = config.hidden_size;
        Self {
            transform: Dense::blank(hidden, hidden, device),
            norm: Norm::blank(hidden, device),
            bias: Param::from_tensor(Tensor::zeros([config.vocab_size], device)),
            pooler: Dense::blank(hidden, hidden, device),
            relation: Dense::blank(hidden, 2, device),
        }
    }

    /// Scores of all words, from the hidden states of the tokens to be predicted and the table of word
    /// embeddings: `[tokens, hidden]` and `[words, hidden]` to `[tokens, words]`.
    pub fn words(&self, hidden: Tensor<2>, table: Tensor<2>, epsilon: f64) -> Tensor<2> {
        let changed = self.norm.forward(gelu(self.transform.forward(hidden)), epsilon);
        changed.matmul(table.transpose()) + self.bias.val().unsqueeze()
    }

    /// Scores of following and of not, from the first tokens' hidden states: `[texts, hidden]` to
    /// `[texts, 2]`.
    pub fn relations(&self, first: Tensor<2>) -> Tensor<2> {
        self.relation.forward(self.pooler.forward(first).tanh())
    }
}

/// Everything that is pre-trained.
#[derive(Module, Debug)]
pub(super) struct Learned {
    pub encoder: Encoder,
    pub head: Heads,
}

impl Learned {
    /// The encoder of a model with its heads; those that it lacks are drawn.
    ///
    /// # Errors
    /// [`ModelError::BadFile`] when weights are missing or of another shape.
    pub fn new(model: &Pretrained, seed: u64, device: &Device) -> Result<Self, ModelError> {
        let encoder = model.encoder(device)?;
        let blank = Heads::blank(&model.config, device);
        let mut weights = collect(&blank, |path| head_name(&format!("head.{path}")));
        for (name, tensor) in &mut weights {
            match model.weights.get(name) {
                Some(known) => *tensor = known.clone(),
                None => draw(name, tensor, seed),
            }
        }
        let named = |path: &str| head_name(&format!("head.{path}"));
        let head = load_with(blank, &weights, named, &model.path)?;
        Ok(Self { encoder, head })
    }

    /// A stand-in while the real weights are being updated.
    pub fn nothing(device: &Device) -> Self {
        let config = EncoderConfig {
            vocab_size: 1,
            hidden_size: 1,
            num_hidden_layers: 0,
            num_attention_heads: 1,
            intermediate_size: 1,
            max_position_embeddings: 1,
            type_vocab_size: 1,
            layer_norm_eps: 1e-12,
            hidden_dropout_prob: 0.0,
            attention_probs_dropout_prob: 0.0,
            hidden_act: String::new(),
            position_embedding_type: String::new(),
        };
        Self {
            encoder: Encoder { embeddings: None, layers: Vec::new() },
            head: Heads::blank(&config, device),
        }
    }
}

/// The name in checkpoints of a weight, given its path in [`Learned`].
pub(super) fn name_of(path: &str) -> String {
    path.strip_prefix("encoder.").map_or_else(|| head_name(path), checkpoint_name)
}

fn head_name(path: &str) -> String {
    let known = [
        ("head.transform.", "cls.predictions.transform.dense."),
        ("head.norm.gamma", "cls.predictions.transform.LayerNorm.weight"),
        ("head.norm.beta", "cls.predictions.transform.LayerNorm.bias"),
        ("head.bias", "cls.predictions.bias"),
        ("head.pooler.", "pooler.dense."),
        ("head.relation.", "cls.seq_relationship."),
    ];
    let found = known.into_iter().find_map(|(inside, outside)| {
        path.strip_prefix(inside).map(|rest| format!("{outside}{rest}"))
    });
    found.unwrap_or_else(|| path.to_owned())
}

/// Weights by path as weights by checkpoint name.
pub(super) fn renamed(weights: BTreeMap<String, HostTensor>) -> BTreeMap<String, HostTensor> {
    weights.into_iter().map(|(path, tensor)| (name_of(&path), tensor)).collect()
}
