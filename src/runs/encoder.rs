//! The encoder that a run left behind.

use super::{PRETRAINING, Run, RunStatus, RunStore, TEXT_PAIRS};
use crate::model::bert::device::DeviceChoice;
use crate::model::bert::finetune;
use crate::model::bert::pretrained::Pretrained;
use crate::model::{ModelConfig, ModelError};

/// The recommender that fine-tunes an encoder.
const RECOMMENDER: &str = "bert";

impl Run {
    /// Whether it left an encoder that can be exported.
    #[must_use]
    pub fn has_encoder(&self) -> bool {
        let is_one = matches!(self.model.as_str(), PRETRAINING | TEXT_PAIRS | RECOMMENDER);
        is_one && self.status == RunStatus::Finished
    }
}

impl RunStore {
    /// The encoder of a finished run.
    ///
    /// # Errors
    /// [`ModelError`] when the run is of another kind, or its model cannot be read.
    pub fn encoder(&self, run: &Run) -> Result<Pretrained, ModelError> {
        let folder = self.model_folder(&run.id);
        if matches!(run.model.as_str(), PRETRAINING | TEXT_PAIRS) {
            return Pretrained::open(Some(&folder));
        }
        if run.model != RECOMMENDER {
            return Err(no_encoder(run));
        }
        let config = run.model_config();
        let config = config.map_err(|error| ModelError::UnusableData(error.to_string()))?;
        let ModelConfig::Bert(config) = config else { return Err(no_encoder(run)) };
        finetune::load(&config, &folder, DeviceChoice::Cpu)?.encoder()
    }
}

fn no_encoder(run: &Run) -> ModelError {
    ModelError::UnusableData(format!(
        "run {} is a model of kind {}, which has no encoder to export; choose a run of {RECOMMENDER}, \
         {TEXT_PAIRS} or {PRETRAINING}",
        run.id, run.model
    ))
}
