//! What a run trains.

use serde::{Deserialize, Serialize};

use crate::dataset::split::SplitSpec;
use crate::eval::pairs::{PairReport, PairTask};
use crate::eval::text::{TextTask, TextTaskReport};
use crate::model::ModelConfig;
use crate::model::bert::pairs::{PairDataReport, PairSource};
use crate::model::bert::pretrain::{PretrainPlan, PretrainResult};
use crate::model::bert::tasks::{TextDataReport, TextSource};

/// The name that runs of text tasks have in place of a model's.
pub const TEXT_TASK: &str = "text_task";
/// The name that runs of trainings on pairs have in place of a model's.
pub const TEXT_PAIRS: &str = "text_pairs";
/// The name that runs of pre-trainings have in place of a model's.
pub const PRETRAINING: &str = "pretraining";

/// An encoder that learns to tell labels or ratings of texts.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TextTraining {
    /// The texts.
    pub source: TextSource,
    /// What is learned and judged.
    pub task: TextTask,
}

/// An encoder that learns to find the right text for another one.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PairTraining {
    /// The pairs.
    pub source: PairSource,
    /// What is learned and judged.
    pub task: PairTask,
}

/// What came of a training on pairs: where they came from, what happened to their rows, the figures.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PairResult {
    /// Where the pairs came from.
    pub source: PairSource,
    /// What happened to their rows.
    pub data: PairDataReport,
    /// The figures.
    pub report: PairReport,
}

/// What came of a text task: the texts, what happened to their rows, the figures.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TextResult {
    /// The texts.
    pub source: TextSource,
    /// What happened to their rows.
    pub data: TextDataReport,
    /// The figures.
    pub report: TextTaskReport,
}

/// What came of a run that trains no recommender.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum TextOutcome {
    /// A text task.
    Task(Box<TextResult>),
    /// A training on pairs of texts.
    Pairs(Box<PairResult>),
    /// A pre-training.
    Pretraining(Box<PretrainResult>),
}

/// What a run trains.
#[derive(Debug, Clone, PartialEq)]
pub enum Work {
    /// A recommender on the shop's events.
    Recommender {
        /// The model with all its settings.
        config: Box<ModelConfig>,
        /// How events are divided.
        split: SplitSpec,
    },
    /// An encoder on labels or ratings of texts.
    Texts(Box<TextTraining>),
    /// An encoder on pairs of texts.
    Pairs(Box<PairTraining>),
    /// An encoder on plain texts.
    Pretraining(Box<PretrainPlan>),
}

impl Work {
    /// The model's name, or what stands in its place.
    #[must_use]
    pub fn model(&self) -> &'static str {
        match self {
            Self::Recommender { config, .. } => config.name(),
            Self::Texts(_) => TEXT_TASK,
            Self::Pairs(_) => TEXT_PAIRS,
            Self::Pretraining(_) => PRETRAINING,
        }
    }

    /// Whether it runs on the device for neural models.
    #[must_use]
    pub fn is_neural(&self) -> bool {
        match self {
            Self::Recommender { config, .. } => config.is_neural(),
            Self::Texts(_) | Self::Pairs(_) | Self::Pretraining(_) => true,
        }
    }

    /// How events are divided; a run that reads none has the default in the store.
    pub(super) fn split(&self) -> SplitSpec {
        match self {
            Self::Recommender { split, .. } => split.clone(),
            Self::Texts(_) | Self::Pairs(_) | Self::Pretraining(_) => SplitSpec::default(),
        }
    }

    /// The settings as they stand in the store.
    pub(super) fn settings(&self) -> serde_json::Value {
        let json = match self {
            Self::Recommender { config, .. } => serde_json::to_value(config),
            Self::Texts(training) => serde_json::to_value(training),
            Self::Pairs(training) => serde_json::to_value(training),
            Self::Pretraining(plan) => serde_json::to_value(plan),
        };
        json.expect("plain fields with text keys can be written as JSON")
    }

    /// The opposite of [`Self::model`], [`Self::settings`] and [`Self::split`].
    pub(super) fn read(
        model: &str,
        settings: &serde_json::Value,
        split: &SplitSpec,
    ) -> serde_json::Result<Self> {
        let settings = settings.clone();
        Ok(match model {
            TEXT_TASK => Self::Texts(serde_json::from_value(settings)?),
            TEXT_PAIRS => Self::Pairs(serde_json::from_value(settings)?),
            PRETRAINING => Self::Pretraining(serde_json::from_value(settings)?),
            _ => Self::Recommender {
                config: serde_json::from_value(settings)?,
                split: split.clone(),
            },
        })
    }
}
