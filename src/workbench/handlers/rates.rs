//! Finding a learning rate before a training.

use std::sync::Arc;

use super::failed;
use crate::control::Control;
use crate::dataset::Dataset;
use crate::dataset::split::Split;
use crate::eval::{pairs, text};
use crate::jobs::{JobError, Lane};
use crate::model::bert::device::DeviceChoice;
use crate::model::bert::rate_finder::RateSweep;
use crate::model::bert::sequence::config::Objective;
use crate::model::bert::{finetune, sequence};
use crate::model::{FitContext, ModelConfig, SilentObserver};
use crate::runs::Work;
use crate::workbench::answer::{self, Answer};
use crate::workbench::command::{TextTrainingRequest, TrainingRequest};
use crate::workbench::{Severity, Workbench};

impl Workbench {
    pub(in crate::workbench) fn find_rate(&mut self, request: TrainingRequest) {
        self.sweep_rates(move |dataset, control| of_recommender(&request, dataset, control));
    }

    pub(in crate::workbench) fn find_text_rate(&mut self, request: TextTrainingRequest) {
        self.sweep_rates(move |dataset, control| of_texts(&request, dataset, control));
    }

    /// A sweep has the processor to itself, as a training has.
    fn sweep_rates(
        &mut self,
        sweep: impl FnOnce(&Dataset, &Control) -> Result<RateSweep, JobError> + Send + 'static,
    ) {
        let Some(dataset) = self.dataset_or_notice() else { return };
        if self.is_training() {
            self.notify(Severity::Warning, "notice-already-training", "");
            return;
        }
        let ticket = self.submit(Lane::Training, answer::FIND_RATE, move |control| {
            sweep(&dataset, control).map(|sweep| Answer::RateFound(Arc::new(sweep)))
        });
        self.state.rate_sweep.start(ticket);
    }
}

fn context(control: &Control, device: DeviceChoice, seed: u64) -> FitContext<'_> {
    FitContext { control, observer: &SilentObserver, checkpoints: None, device, seed }
}

fn of_recommender(
    request: &TrainingRequest,
    dataset: &Dataset,
    control: &Control,
) -> Result<RateSweep, JobError> {
    control.report("stage-splitting", 0, 0);
    let spec = request.split.clone().settled().map_err(|error| failed(&error))?;
    let split = Split::new(dataset, &spec).map_err(|error| failed(&error))?;
    let context = context(control, request.device, request.seed);
    let found = match &request.config {
        ModelConfig::Bert(config) => finetune::find_rate(config, dataset, &split, &context),
        ModelConfig::Sasrec(config) => {
            sequence::find_rate(Objective::Next, config, dataset, &split, &context)
        }
        ModelConfig::Bert4rec(config) => {
            sequence::find_rate(Objective::Masked, config, dataset, &split, &context)
        }
        ModelConfig::Popularity | ModelConfig::Markov(_) | ModelConfig::ItemKnn(_) => {
            return Err(no_rate(request.config.name()));
        }
    };
    found.map_err(|error| failed(&error))
}

fn of_texts(
    request: &TextTrainingRequest,
    dataset: &Dataset,
    control: &Control,
) -> Result<RateSweep, JobError> {
    control.report("stage-reading", 0, 0);
    let context = context(control, request.device, request.seed);
    let found = match &request.work {
        Work::Texts(training) => {
            let data = training.source.read(control).map_err(|error| failed(&error))?;
            text::find_rate(&training.task, &data, &context)
        }
        Work::Pairs(training) => {
            let data =
                training.source.read(Some(dataset), control).map_err(|error| failed(&error))?;
            pairs::find_rate(&training.task, &data, &context)
        }
        Work::Pretraining(plan) => plan.find_rate(Some(dataset), &context),
        Work::Recommender { .. } => return Err(no_rate(request.work.model())),
    };
    found.map_err(|error| failed(&error))
}

fn no_rate(model: &str) -> JobError {
    JobError::Failed(format!("{model} has no learning rate to be found"))
}
