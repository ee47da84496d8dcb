//! All models by name.

use std::path::Path;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::bert::config::BertConfig;
use super::bert::sequence;
use super::bert::sequence::config::{Objective, SequenceConfig};
use super::item_knn::ItemKnnConfig;
use super::knowledge::config::KnowledgeConfig;
use super::markov::MarkovConfig;
use super::{FitContext, ModelError, SharedModel, bert, item_knn, markov, popularity};
use crate::dataset::Dataset;
use crate::dataset::split::Split;

/// Which model, with all its settings. Serialised as `{"model": "markov", …settings}`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "model", rename_all = "snake_case")]
pub enum ModelConfig {
    /// Most met products.
    Popularity,
    /// First-order Markov chain over products.
    Markov(MarkovConfig),
    /// Nearest products by shared shoppers.
    ItemKnn(ItemKnnConfig),
    /// BERT fine-tuned on the next product.
    Bert(BertConfig),
    /// Transformer over product vectors, trained on the next product.
    Sasrec(SequenceConfig),
    /// Transformer over product vectors, trained on masked products.
    Bert4rec(SequenceConfig),
}

impl ModelConfig {
    /// Every model with its default settings, baselines first.
    #[must_use]
    pub fn all() -> Vec<Self> {
        vec![
            Self::Popularity,
            Self::Markov(MarkovConfig::default()),
            Self::ItemKnn(ItemKnnConfig::default()),
            Self::Bert(BertConfig::default()),
            Self::Sasrec(SequenceConfig::default()),
            Self::Bert4rec(SequenceConfig::default()),
        ]
    }

    /// The name on the command line and in JSON.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Popularity => "popularity",
            Self::Markov(_) => "markov",
            Self::ItemKnn(_) => "item_knn",
            Self::Bert(_) => "bert",
            Self::Sasrec(_) => "sasrec",
            Self::Bert4rec(_) => "bert4rec",
        }
    }

    /// The model of that name with its default settings.
    #[must_use]
    pub fn by_name(name: &str) -> Option<Self> {
        Self::all().into_iter().find(|config| config.name() == name)
    }

    /// Whether the model trains in epochs, with checkpoints and on a device.
    #[must_use]
    pub const fn is_neural(&self) -> bool {
        matches!(self, Self::Bert(_) | Self::Sasrec(_) | Self::Bert4rec(_))
    }

    /// What the model takes from the catalogue beside behaviour; `None` of one that takes nothing.
    #[must_use]
    pub const fn knowledge(&self) -> Option<&KnowledgeConfig> {
        match self {
            Self::Popularity | Self::Markov(_) | Self::ItemKnn(_) => None,
            Self::Bert(config) => Some(&config.knowledge),
            Self::Sasrec(config) | Self::Bert4rec(config) => Some(&config.knowledge),
        }
    }
}

/// Fit a model on the training part of `split`.
///
/// # Errors
/// [`ModelError`]: cancelled, unusable data, a device or file that failed, a loss that diverged.
pub fn fit(
    config: &ModelConfig,
    dataset: &Dataset,
    split: &Split,
    context: &FitContext<'_>,
) -> Result<SharedModel, ModelError> {
    Ok(match config {
        ModelConfig::Popularity => Arc::new(popularity::fit(dataset, split, context)?),
        ModelConfig::Markov(config) => Arc::new(markov::fit(config, dataset, split, context)?),
        ModelConfig::ItemKnn(config) => Arc::new(item_knn::fit(config, dataset, split, context)?),
        ModelConfig::Bert(config) => {
            Arc::new(bert::finetune::fit(config, dataset, split, context)?)
        }
        ModelConfig::Sasrec(config) => {
            Arc::new(sequence::fit(Objective::Next, config, dataset, split, context)?)
        }
        ModelConfig::Bert4rec(config) => {
            Arc::new(sequence::fit(Objective::Masked, config, dataset, split, context)?)
        }
    })
}

/// Load a model that was saved into `folder`.
///
/// # Errors
/// [`ModelError::Io`] or [`ModelError::BadFile`] when the folder does not hold such a model.
pub fn load(
    config: &ModelConfig,
    folder: &Path,
    device: bert::device::DeviceChoice,
) -> Result<SharedModel, ModelError> {
    Ok(match config {
        ModelConfig::Popularity => Arc::new(popularity::load(folder)?),
        ModelConfig::Markov(config) => Arc::new(markov::load(config, folder)?),
        ModelConfig::ItemKnn(config) => Arc::new(item_knn::load(config, folder)?),
        ModelConfig::Bert(config) => Arc::new(bert::finetune::load(config, folder, device)?),
        ModelConfig::Sasrec(config) => {
            Arc::new(sequence::load(Objective::Next, config, folder, device)?)
        }
        ModelConfig::Bert4rec(config) => {
            Arc::new(sequence::load(Objective::Masked, config, folder, device)?)
        }
    })
}
