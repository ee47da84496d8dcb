//! What the training lane does: fit, save, judge.

use std::path::PathBuf;
use std::sync::Arc;

use super::failed;
use crate::control::Control;
use crate::dataset::Dataset;
use crate::dataset::split::{Phase, SplitSpec};
use crate::eval::{CaseLimit, pairs, text};
use crate::jobs::JobError;
use crate::model::bert::device::DeviceChoice;
use crate::model::bert::export::export;
use crate::model::bert::pairs::save;
use crate::model::bert::pretrain::PretrainPlan;
use crate::model::{
    EpochReport, FitContext, ModelConfig, Sample, StepReport, TrainingObserver, fit,
};
use crate::runs::{
    PairResult, PairTraining, RunLease, RunOutcome, RunStore, TextOutcome, TextResult,
    TextTraining, Work,
};
use crate::workbench::answer::Answer;
use crate::workbench::caches::Caches;
use crate::workbench::command::EvaluationRequest;
use crate::workbench::state::RunResult;
use crate::workbench::training_log::TrainingLog;

/// List lengths that every finished recommender is judged at.
const KS: [usize; 3] = [5, 10, 20];

/// All that the training job takes with it.
pub(super) struct TrainingJob {
    pub project: PathBuf,
    pub dataset: Arc<Dataset>,
    pub lease: RunLease,
    pub work: Work,
    pub seed: u64,
    pub device: DeviceChoice,
    pub log: Arc<TrainingLog>,
    pub caches: Arc<Caches>,
}

/// Passes reports on to the views and writes epochs down as they come, so that they outlive a kill.
struct RecordingObserver<'a> {
    log: &'a TrainingLog,
    store: &'a RunStore,
    lease: &'a RunLease,
}

impl TrainingObserver for RecordingObserver<'_> {
    fn step(&self, report: StepReport) {
        self.log.step(report);
    }

    fn epoch(&self, report: &EpochReport) {
        self.log.epoch(report);
        if let Err(error) = self.store.record_epoch(self.lease, report) {
            // The training itself is fine; the epoch is written again with the end of the run.
            tracing::warn!(%error, epoch = report.epoch, "an epoch could not be recorded");
        }
    }

    fn samples(&self, epoch: u32, samples: &[Sample]) {
        self.log.samples(epoch, samples);
    }
}

impl TrainingJob {
    pub fn run(self, control: &Control) -> Result<Answer, JobError> {
        let store = RunStore::open(&self.project).map_err(|error| failed(&error))?;
        let started = std::time::Instant::now();
        let result = self.train(&store, control);
        let fit_secs = started.elapsed().as_secs_f64();
        let end = match &result {
            Ok(_) => RunOutcome::Finished,
            Err(JobError::Cancelled) => RunOutcome::Cancelled,
            Err(JobError::Failed(message)) => RunOutcome::Failed(message.clone()),
        };
        let run = self.lease.id().clone();
        store.end(self.lease, &end, fit_secs).map_err(|error| failed(&error))?;
        if let Some(outcome) = result? {
            return Ok(Answer::LearnedTexts(Arc::new(RunResult { run, outcome })));
        }
        let request = EvaluationRequest {
            run,
            ks: KS.to_vec(),
            phase: Phase::Test,
            mask_seen: true,
            cases: CaseLimit::Auto,
        };
        let table =
            super::recommend::judge(&store, &self.dataset, &self.caches, &request, control)?;
        Ok(Answer::Trained(Arc::new(table)))
    }

    /// Fits and saves the model. A recommender is judged later, on the shop's own cases.
    fn train(&self, store: &RunStore, control: &Control) -> Result<Option<TextOutcome>, JobError> {
        let checkpoints =
            store.checkpoints_folder(self.lease.id()).map_err(|error| failed(&error))?;
        let observer = RecordingObserver { log: &self.log, store, lease: &self.lease };
        let context = FitContext {
            control,
            observer: &observer,
            checkpoints: Some(&checkpoints),
            device: self.device,
            seed: self.seed,
        };
        let outcome = match &self.work {
            Work::Recommender { config, split } => {
                self.recommender(store, config, split, &context)?;
                None
            }
            Work::Texts(training) => Some(self.texts(store, training, &context)?),
            Work::Pairs(training) => Some(self.pairs(store, training, &context)?),
            Work::Pretraining(plan) => Some(self.pretraining(store, plan, &context)?),
        };
        for epoch in &self.log.epochs() {
            store.record_epoch(&self.lease, epoch).map_err(|error| failed(&error))?;
        }
        Ok(outcome)
    }

    fn recommender(
        &self,
        store: &RunStore,
        config: &ModelConfig,
        split: &SplitSpec,
        context: &FitContext<'_>,
    ) -> Result<(), JobError> {
        context.control.report("stage-baselines", 0, 0);
        let baselines = self.caches.baselines(&self.dataset, split, context.control)?;
        let model = fit(config, &self.dataset, &baselines.split, context)
            .map_err(|error| failed(&error))?;
        store.save_model(&self.lease, model.as_ref()).map_err(|error| failed(&error))?;
        self.caches.keep_model(self.lease.id().clone(), model);
        Ok(())
    }

    fn texts(
        &self,
        store: &RunStore,
        training: &TextTraining,
        context: &FitContext<'_>,
    ) -> Result<TextOutcome, JobError> {
        context.control.report("stage-reading", 0, 0);
        let TextTraining { source, task } = training;
        let data = source.read(context.control).map_err(|error| failed(&error))?;
        let (model, report) = text::run(task, &data, context).map_err(|error| failed(&error))?;
        store
            .save_with(&self.lease, |folder| model.save(folder))
            .map_err(|error| failed(&error))?;
        let result = TextResult { source: source.clone(), data: data.report, report };
        let outcome = TextOutcome::Task(Box::new(result));
        store.save_outcome(&self.lease, &outcome).map_err(|error| failed(&error))?;
        Ok(outcome)
    }

    fn pairs(
        &self,
        store: &RunStore,
        training: &PairTraining,
        context: &FitContext<'_>,
    ) -> Result<TextOutcome, JobError> {
        context.control.report("stage-reading", 0, 0);
        let PairTraining { source, task } = training;
        let data =
            source.read(Some(&self.dataset), context.control).map_err(|error| failed(&error))?;
        let (model, report) = pairs::run(task, &data, context).map_err(|error| failed(&error))?;
        store
            .save_with(&self.lease, |folder| save(&model, folder))
            .map_err(|error| failed(&error))?;
        let result = PairResult { source: source.clone(), data: data.report, report };
        let outcome = TextOutcome::Pairs(Box::new(result));
        store.save_outcome(&self.lease, &outcome).map_err(|error| failed(&error))?;
        Ok(outcome)
    }

    fn pretraining(
        &self,
        store: &RunStore,
        plan: &PretrainPlan,
        context: &FitContext<'_>,
    ) -> Result<TextOutcome, JobError> {
        let (model, result) =
            plan.run(Some(&self.dataset), context).map_err(|error| failed(&error))?;
        store
            .save_with(&self.lease, |folder| export(&model, folder))
            .map_err(|error| failed(&error))?;
        let outcome = TextOutcome::Pretraining(Box::new(result));
        store.save_outcome(&self.lease, &outcome).map_err(|error| failed(&error))?;
        Ok(outcome)
    }
}
