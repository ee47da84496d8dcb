//! The run store: every training with its settings, state, reports and artefacts.
//!
//! A project folder holds `runs.sqlite` and, per run, `runs/<id>/model` and `runs/<id>/checkpoints`.
//! Several processes may use one project. Whoever trains holds a [`RunLease`], an operating-system
//! lock that dies with the process: a run left behind by a killed process is found by its free lock
//! and shown as [`RunStatus::Interrupted`].

mod database;
mod dump;
mod encoder;
mod lease;
mod locking;
#[cfg(test)]
mod locking_tests;
mod reports;
mod rows;
mod schema;
mod store;
#[cfg(test)]
mod tests;
mod work;

use serde::{Deserialize, Serialize};

use crate::dataset::split::SplitSpec;
use crate::ids::{DatasetRevision, RunId};
use crate::model::{EpochReport, ModelConfig};
pub use lease::RunLease;
pub use locking::{LockError, lock_project, unlock_project};
pub use store::{RunStore, model_folder};
pub use work::{
    PRETRAINING, PairResult, PairTraining, TEXT_PAIRS, TEXT_TASK, TextOutcome, TextResult,
    TextTraining, Work,
};

/// Where a run stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RunStatus {
    /// Somebody is fitting it now.
    Training,
    /// Fitted; its model is there.
    Finished,
    /// Stopped on request.
    Cancelled,
    /// Ended by an error, see [`Run::error`].
    Failed,
    /// Its process died while training.
    Interrupted,
}

impl RunStatus {
    /// Every status.
    pub const ALL: [Self; 5] =
        [Self::Training, Self::Finished, Self::Cancelled, Self::Failed, Self::Interrupted];

    /// The name in the store and in JSON.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Training => "training",
            Self::Finished => "finished",
            Self::Cancelled => "cancelled",
            Self::Failed => "failed",
            Self::Interrupted => "interrupted",
        }
    }

    /// The status of that name.
    #[must_use]
    pub fn by_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|status| status.name() == name)
    }

    /// Whether training may go on from the last checkpoint.
    #[must_use]
    pub const fn is_resumable(self) -> bool {
        matches!(self, Self::Cancelled | Self::Failed | Self::Interrupted)
    }
}

/// What is known of a run before it starts.
#[derive(Debug, Clone, PartialEq)]
pub struct NewRun {
    /// Name to show.
    pub name: String,
    /// What is trained, with all its settings.
    pub work: Work,
    /// Seed of everything random.
    pub seed: u64,
    /// The data that it is fitted on.
    pub revision: DatasetRevision,
    /// Where it trains, such as `cpu`.
    pub device: String,
}

/// One training and its outcome.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Run {
    /// Identity; sorts by creation.
    pub id: RunId,
    /// Name to show.
    pub name: String,
    /// Name of the model; [`TEXT_TASK`], [`TEXT_PAIRS`] or [`PRETRAINING`] where no recommender is trained.
    pub model: String,
    /// The model with all its settings, `{"model": "markov", …}`. Kept as JSON so that a run of a
    /// model that this version does not know can still be listed.
    pub config: serde_json::Value,
    /// Seed of everything random.
    pub seed: u64,
    /// The data that it was fitted on.
    pub revision: DatasetRevision,
    /// The split that it was fitted under.
    pub split: SplitSpec,
    /// Where it trained, such as `cpu`.
    pub device: String,
    /// When it was created, milliseconds since 1970-01-01 UTC.
    pub created_ms: i64,
    /// Where it stands.
    pub status: RunStatus,
    /// Seconds of fitting so far, over all resumptions.
    pub fit_secs: f64,
    /// Epochs so far; empty for a model without epochs.
    pub epochs: Vec<EpochReport>,
    /// Why it failed.
    pub error: Option<String>,
}

impl Run {
    /// Whether a recommender is trained.
    #[must_use]
    pub fn is_recommender(&self) -> bool {
        !matches!(self.model.as_str(), TEXT_TASK | TEXT_PAIRS | PRETRAINING)
    }

    /// What is trained.
    ///
    /// # Errors
    /// [`RunStoreError::UnknownModel`] when this version does not know it or a setting of it.
    pub fn work(&self) -> Result<Work, RunStoreError> {
        Work::read(&self.model, &self.config, &self.split).map_err(|source| {
            RunStoreError::UnknownModel { run: self.id.clone(), model: self.model.clone(), source }
        })
    }

    /// The typed model settings.
    ///
    /// # Errors
    /// [`RunStoreError::UnknownModel`] when this version does not know the model or a setting.
    pub fn model_config(&self) -> Result<ModelConfig, RunStoreError> {
        serde_json::from_value(self.config.clone()).map_err(|source| RunStoreError::UnknownModel {
            run: self.id.clone(),
            model: self.model.clone(),
            source,
        })
    }
}

/// How a training ended.
#[derive(Debug, Clone, PartialEq)]
pub enum RunOutcome {
    /// Fitted, and the model saved.
    Finished,
    /// Stopped on request.
    Cancelled,
    /// Ended by an error; the message says which.
    Failed(String),
}

/// What went wrong with the run store. None of these changes or deletes what is there.
#[derive(Debug, thiserror::Error)]
pub enum RunStoreError {
    /// The file is damaged or is no run store.
    #[error(
        "the run store cannot be read: {found}. Nothing was changed; put back a copy of the file, or \
         move it away to start with an empty store. File: {}", path.display()
    )]
    Corrupt {
        /// What was found.
        found: String,
        /// The file.
        path: std::path::PathBuf,
    },
    /// Written by a newer version of the program.
    #[error(
        "the run store has format {found}, this version of Shelfwise reads up to {supported}; \
         update Shelfwise to open this project. File: {}", path.display()
    )]
    Newer {
        /// Format of the file.
        found: i64,
        /// Newest format that can be read.
        supported: i64,
        /// The file.
        path: std::path::PathBuf,
    },
    /// There is no such run.
    #[error("there is no run {0} in this project; list the runs to see which there are")]
    NoSuchRun(String),
    /// Another process, or another job of this one, is training it.
    #[error("run {0} is being trained at the moment; wait for it to end or cancel it first")]
    Busy(RunId),
    /// A finished run was to be trained again.
    #[error("run {0} is finished; start a new run instead of resuming it")]
    AlreadyFinished(RunId),
    /// The run's model is not one that this version can build.
    #[error("run {run} holds a model \"{model}\" that this version cannot build: {source}")]
    UnknownModel {
        /// The run.
        run: RunId,
        /// Its model.
        model: String,
        /// What serde found.
        source: serde_json::Error,
    },
    /// The database refused.
    #[error("{action}: {source}. File: {}", path.display())]
    Database {
        /// What was tried.
        action: &'static str,
        /// The database's answer.
        source: rusqlite::Error,
        /// The file.
        path: std::path::PathBuf,
    },
    /// A file or folder could not be read or written.
    #[error("{action}: {source}. File: {}", path.display())]
    Io {
        /// What was tried.
        action: &'static str,
        /// The system's answer.
        source: std::io::Error,
        /// The file.
        path: std::path::PathBuf,
    },
    /// The project is locked with a passphrase that was not given.
    #[error(transparent)]
    Locked(#[from] crate::dataset::project::ProjectError),
    /// The model could not be written.
    #[error(transparent)]
    Model(#[from] crate::model::ModelError),
}
