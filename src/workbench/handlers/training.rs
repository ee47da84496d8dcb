//! Training runs in the background: start, resume, cancel, and what is done with the result.

use std::path::PathBuf;
use std::sync::Arc;

use super::failed;
use crate::control::Control;
use crate::dataset::Dataset;
use crate::dataset::split::{Phase, Split, SplitSpec};
use crate::ids::{JobId, RunId};
use crate::jobs::{JobError, Lane, Outcome};
use crate::model::bert::device;
use crate::model::bert::device::DeviceChoice;
use crate::model::bert::finetune;
use crate::model::bert::rate_finder::RateSweep;
use crate::model::{
    EpochReport, FitContext, ModelConfig, SilentObserver, StepReport, TrainingObserver, fit,
};
use crate::runs::{NewRun, RunLease, RunOutcome, RunStore, RunStoreError};
use crate::workbench::answer::{self, Answer};
use crate::workbench::caches::Caches;
use crate::workbench::command::{EvaluationRequest, TrainingRequest};
use crate::workbench::state::{OpenShop, Training};
use crate::workbench::training_log::TrainingLog;
use crate::workbench::{Command, Severity, Workbench};

/// List lengths that every finished run is judged at.
const KS: [usize; 3] = [5, 10, 20];

/// All that the training job takes with it.
struct TrainingJob {
    project: PathBuf,
    dataset: Arc<Dataset>,
    lease: RunLease,
    config: ModelConfig,
    split: SplitSpec,
    seed: u64,
    device: DeviceChoice,
    log: Arc<TrainingLog>,
    caches: Arc<Caches>,
}

impl Workbench {
    /// Whether a training runs or waits.
    pub(super) fn is_training(&self) -> bool {
        self.state.training.as_ref().is_some_and(|training| training.ticket.is_some())
    }

    pub(in crate::workbench) fn start_training(&mut self, request: TrainingRequest) {
        let Some(shop) = self.state.shop.value().cloned() else {
            self.notify(Severity::Warning, "notice-no-shop", "");
            return;
        };
        if self.is_training() {
            self.notify(Severity::Warning, "notice-already-training", "");
            return;
        }
        let split = match request.split.clone().settled() {
            Ok(split) => split,
            Err(error) => return self.notify_error("notice-training-failed", &error),
        };
        let new = NewRun {
            name: self.run_name(&request),
            config: request.config.clone(),
            seed: request.seed,
            revision: shop.dataset.revision.clone(),
            split: split.clone(),
            device: device_text(&request.config, request.device),
        };
        let begun = RunStore::open(&shop.project).and_then(|store| store.begin(&new));
        match begun {
            Ok(lease) => {
                let job = TrainingJob {
                    project: shop.project,
                    dataset: shop.dataset,
                    lease,
                    config: request.config,
                    split,
                    seed: request.seed,
                    device: request.device,
                    log: Arc::default(),
                    caches: self.caches.clone(),
                };
                self.submit_training(job);
            }
            Err(error) => self.notify_error("notice-training-failed", &error),
        }
    }

    fn run_name(&self, request: &TrainingRequest) -> String {
        if !request.name.trim().is_empty() {
            return request.name.trim().to_owned();
        }
        let model = request.config.name();
        let number = self.state.runs.iter().filter(|run| run.model == model).count() + 1;
        format!("{model} {number}")
    }

    fn submit_training(&mut self, job: TrainingJob) {
        let (run, config, split) = (job.lease.id().clone(), job.config.clone(), job.split.clone());
        let log = job.log.clone();
        let ticket = self.submit(Lane::Training, answer::TRAIN, move |control| job.run(control));
        self.state.training =
            Some(Training { run, config, split, ticket: Some(ticket), log, error: None });
        self.refresh_runs();
    }

    pub(in crate::workbench) fn resume_training(&mut self, run: &RunId) {
        let Some(shop) = self.state.shop.value().cloned() else {
            self.notify(Severity::Warning, "notice-no-shop", "");
            return;
        };
        if self.is_training() {
            self.notify(Severity::Warning, "notice-already-training", "");
            return;
        }
        let device = self.state.settings.device;
        match resumed_job(shop, run, device, self.caches.clone()) {
            Ok(Some(job)) => self.submit_training(job),
            Ok(None) => self.notify(Severity::Error, "notice-resume-other-data", ""),
            Err(error) => self.notify_error("notice-training-failed", &error),
        }
    }

    pub(in crate::workbench) fn cancel_training(&mut self) {
        if let Some(ticket) = self.state.training.as_ref().and_then(|one| one.ticket.as_ref()) {
            ticket.cancel();
        }
    }

    pub(in crate::workbench) fn pause_training(&mut self, wanted: bool) {
        if let Some(ticket) = self.state.training.as_ref().and_then(|one| one.ticket.as_ref()) {
            ticket.pause(wanted);
        }
    }

    pub(in crate::workbench) fn find_rate(&mut self, request: TrainingRequest) {
        let Some(dataset) = self.dataset_or_notice() else { return };
        if self.is_training() {
            self.notify(Severity::Warning, "notice-already-training", "");
            return;
        }
        let ticket = self.submit(Lane::Training, answer::FIND_RATE, move |control| {
            rate_sweep(&request, &dataset, control).map(|sweep| Answer::RateFound(Arc::new(sweep)))
        });
        self.state.rate_sweep.start(ticket);
    }

    pub(super) fn training_ended(&mut self, id: JobId, outcome: Outcome<Answer>) {
        let Some(training) = self.state.training.as_mut() else { return };
        if training.ticket.as_ref().is_none_or(|ticket| ticket.id != id) {
            return;
        }
        training.ticket = None;
        let run = training.run.clone();
        match outcome {
            Outcome::Finished(answer) => {
                self.state.selection.run = Some(run);
                self.answered(answer);
                self.notify(Severity::Info, "notice-training-finished", "");
            }
            Outcome::Cancelled => self.notify(Severity::Info, "notice-training-cancelled", ""),
            Outcome::Failed(message) => {
                training.error = Some(message.clone());
                self.notify(Severity::Error, "notice-training-failed", message);
            }
            Outcome::Panicked(message) => {
                training.error = Some(message.clone());
                self.record_panic(&run, &message);
                self.notify(Severity::Error, "notice-panicked", message);
            }
        }
        self.refresh_runs();
    }

    /// A job that panicked could not write its own end.
    fn record_panic(&mut self, run: &RunId, message: &str) {
        let Some(shop) = self.state.shop.value() else { return };
        let recorded = RunStore::open(&shop.project).and_then(|store| {
            let lease = store.resume(run)?;
            store.end(lease, &RunOutcome::Failed(message.to_owned()), 0.0)
        });
        if let Err(error) = recorded {
            self.notify_error("notice-runs-unreadable", &error);
        }
    }

    pub(in crate::workbench) fn delete_run(&mut self, run: &RunId) {
        let Some(shop) = self.state.shop.value() else { return };
        let is_running = self.is_training()
            && self.state.training.as_ref().is_some_and(|training| training.run == *run);
        if is_running {
            self.notify(Severity::Warning, "notice-already-training", "");
            return;
        }
        let known = self.state.runs.iter().find(|known| known.id == *run);
        let name = known.map_or_else(String::new, |run| run.name.clone());
        match RunStore::open(&shop.project).and_then(|store| store.delete(run)) {
            Ok(()) => {
                let undo = Some(Command::RestoreRun(run.clone()));
                self.notify_with_undo(Severity::Info, "notice-run-deleted", name, undo);
            }
            Err(error) => self.notify_error("notice-runs-unreadable", &error),
        }
        self.caches.forget(run);
        if self.state.selection.run.as_ref() == Some(run) {
            self.state.selection.run = None;
        }
        self.refresh_runs();
    }

    pub(in crate::workbench) fn restore_run(&mut self, run: &RunId) {
        let Some(shop) = self.state.shop.value() else { return };
        match RunStore::open(&shop.project).and_then(|store| store.restore(run)) {
            Ok(()) => self.state.selection.run = Some(run.clone()),
            Err(error) => self.notify_error("notice-runs-unreadable", &error),
        }
        self.refresh_runs();
    }

    pub(in crate::workbench) fn rename_run(&mut self, run: &RunId, name: &str) {
        let Some(shop) = self.state.shop.value() else { return };
        let renamed =
            RunStore::open(&shop.project).and_then(|store| store.rename(run, name.trim()));
        if let Err(error) = renamed {
            self.notify_error("notice-runs-unreadable", &error);
        }
        self.refresh_runs();
    }

    pub(super) fn refresh_runs(&mut self) {
        let Some(shop) = self.state.shop.value() else { return };
        match RunStore::open(&shop.project).and_then(|store| store.list()) {
            Ok(runs) => self.state.runs = runs,
            Err(error) => self.notify_error("notice-runs-unreadable", &error),
        }
    }

    fn notify_error(&mut self, key: &'static str, error: &(dyn std::error::Error + 'static)) {
        self.notify(Severity::Error, key, crate::jobs::error_chain(error));
    }
}

fn rate_sweep(
    request: &TrainingRequest,
    dataset: &Dataset,
    control: &Control,
) -> Result<RateSweep, JobError> {
    let ModelConfig::Bert(config) = &request.config else {
        return Err(JobError::Failed("only bert has a learning rate to be found".to_owned()));
    };
    control.report("stage-splitting", 0, 0);
    let spec = request.split.clone().settled().map_err(|error| failed(&error))?;
    let split = Split::new(dataset, &spec).map_err(|error| failed(&error))?;
    let context = FitContext {
        control,
        observer: &SilentObserver,
        checkpoints: None,
        device: request.device,
        seed: request.seed,
    };
    finetune::find_rate(config, dataset, &split, &context).map_err(|error| failed(&error))
}

/// The rest of a run's training; `None` when the run belongs to other data.
fn resumed_job(
    shop: OpenShop,
    run: &RunId,
    device: DeviceChoice,
    caches: Arc<Caches>,
) -> Result<Option<TrainingJob>, RunStoreError> {
    let store = RunStore::open(&shop.project)?;
    let run = store.get(run)?;
    if run.revision != shop.dataset.revision {
        return Ok(None);
    }
    let config = run.model_config()?;
    Ok(Some(TrainingJob {
        project: shop.project,
        dataset: shop.dataset,
        lease: store.resume(&run.id)?,
        config,
        split: run.split,
        seed: run.seed,
        device,
        log: Arc::new(TrainingLog::resumed(run.epochs)),
        caches,
    }))
}

fn device_text(config: &ModelConfig, choice: DeviceChoice) -> String {
    if !config.is_neural() {
        return "cpu".to_owned();
    }
    device::select(choice).map_or_else(|_| choice.to_string(), |device| device.description)
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
}

impl TrainingJob {
    fn run(self, control: &Control) -> Result<Answer, JobError> {
        let store = RunStore::open(&self.project).map_err(|error| failed(&error))?;
        let started = std::time::Instant::now();
        let result = self.train(&store, control);
        let fit_secs = started.elapsed().as_secs_f64();
        let outcome = match &result {
            Ok(()) => RunOutcome::Finished,
            Err(JobError::Cancelled) => RunOutcome::Cancelled,
            Err(JobError::Failed(message)) => RunOutcome::Failed(message.clone()),
        };
        let run = self.lease.id().clone();
        store.end(self.lease, &outcome, fit_secs).map_err(|error| failed(&error))?;
        result?;
        let request =
            EvaluationRequest { run, ks: KS.to_vec(), phase: Phase::Test, mask_seen: true };
        let table =
            super::recommend::judge(&store, &self.dataset, &self.caches, &request, control)?;
        Ok(Answer::Trained(Arc::new(table)))
    }

    fn train(&self, store: &RunStore, control: &Control) -> Result<(), JobError> {
        control.report("stage-baselines", 0, 0);
        let baselines = self.caches.baselines(&self.dataset, &self.split, control)?;
        let run = self.lease.id();
        let checkpoints = store.checkpoints_folder(run).map_err(|error| failed(&error))?;
        let observer = RecordingObserver { log: &self.log, store, lease: &self.lease };
        let context = FitContext {
            control,
            observer: &observer,
            checkpoints: Some(&checkpoints),
            device: self.device,
            seed: self.seed,
        };
        let model = fit(&self.config, &self.dataset, &baselines.split, &context)
            .map_err(|error| failed(&error))?;
        store.save_model(&self.lease, model.as_ref()).map_err(|error| failed(&error))?;
        for epoch in &self.log.epochs() {
            store.record_epoch(&self.lease, epoch).map_err(|error| failed(&error))?;
        }
        self.caches.keep_model(run.clone(), model);
        Ok(())
    }
}
