//! Training runs in the background: start, resume, cancel, and what is done with the result.

use std::sync::Arc;

use super::training_job::TrainingJob;
use crate::ids::{JobId, RunId};
use crate::jobs::{Lane, Outcome};
use crate::model::bert::device;
use crate::model::bert::device::DeviceChoice;
use crate::runs::{NewRun, Run, RunOutcome, RunStatus, RunStore, RunStoreError, Work};
use crate::workbench::answer::{self, Answer};
use crate::workbench::caches::Caches;
use crate::workbench::command::{TextTrainingRequest, TrainingRequest};
use crate::workbench::state::{OpenShop, Training};
use crate::workbench::training_log::TrainingLog;
use crate::workbench::{Command, Severity, Workbench};

impl Workbench {
    /// Whether a training runs or waits.
    pub(super) fn is_training(&self) -> bool {
        self.state.training.as_ref().is_some_and(|training| training.ticket.is_some())
    }

    /// Whether this run trains or waits to.
    fn is_in_training(&self, run: &RunId) -> bool {
        let trainings = self.state.training.iter().chain(&self.state.queue);
        trainings.into_iter().any(|one| one.run == *run && one.ticket.is_some())
    }

    pub(in crate::workbench) fn start_training(&mut self, request: TrainingRequest) {
        match request.split.settled() {
            Ok(split) => {
                let work = Work::Recommender { config: Box::new(request.config), split };
                self.start(&request.name, work, request.seed, request.device);
            }
            Err(error) => self.notify_error("notice-training-failed", &error),
        }
    }

    pub(in crate::workbench) fn start_text_training(&mut self, request: TextTrainingRequest) {
        self.start(&request.name, request.work, request.seed, request.device);
    }

    /// Starts a run, behind those that train or wait already.
    fn start(&mut self, name: &str, work: Work, seed: u64, device: DeviceChoice) {
        let Some(shop) = self.state.shop.value().cloned() else {
            self.notify(Severity::Warning, "notice-no-shop", "");
            return;
        };
        let new = NewRun {
            name: self.run_name(name, work.model()),
            work: work.clone(),
            seed,
            revision: shop.dataset.revision.clone(),
            device: device_text(&work, device),
        };
        let begun = RunStore::open(&shop.project).and_then(|store| store.begin(&new));
        match begun {
            Ok(lease) => {
                let job = TrainingJob {
                    project: shop.project,
                    dataset: shop.dataset,
                    lease,
                    work,
                    seed,
                    device,
                    log: Arc::default(),
                    caches: self.caches.clone(),
                };
                self.submit_training(job);
            }
            Err(error) => self.notify_error("notice-training-failed", &error),
        }
    }

    fn run_name(&self, name: &str, model: &str) -> String {
        if !name.trim().is_empty() {
            return name.trim().to_owned();
        }
        let runs = self.state.runs.iter().chain(&self.state.text_runs);
        let number = runs.filter(|run| run.model == model).count() + 1;
        format!("{} {number}", model.replace('_', " "))
    }

    fn submit_training(&mut self, job: TrainingJob) {
        let (run, work) = (job.lease.id().clone(), job.work.clone());
        let log = job.log.clone();
        let ticket = self.submit(Lane::Training, answer::TRAIN, move |control| job.run(control));
        let training = Training { run, work, ticket: Some(ticket), log, error: None };
        if self.is_training() {
            self.state.queue.push(training);
        } else {
            self.state.training = Some(training);
        }
        self.refresh_runs();
    }

    pub(in crate::workbench) fn resume_training(&mut self, run: &RunId) {
        let Some(shop) = self.state.shop.value().cloned() else {
            self.notify(Severity::Warning, "notice-no-shop", "");
            return;
        };
        if self.is_in_training(run) {
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

    pub(in crate::workbench) fn cancel_queued(&mut self, run: &RunId) {
        let waiting = self.state.queue.iter().find(|training| training.run == *run);
        if let Some(ticket) = waiting.and_then(|training| training.ticket.as_ref()) {
            ticket.cancel();
        }
    }

    pub(super) fn training_ended(&mut self, id: JobId, outcome: Outcome<Answer>) {
        let is_it =
            |training: &Training| training.ticket.as_ref().is_some_and(|ticket| ticket.id == id);
        if let Some(place) = self.state.queue.iter().position(is_it) {
            let waiting = self.state.queue.remove(place);
            self.record_cancel(&waiting.run);
            return self.refresh_runs();
        }
        let Some(training) = self.state.training.as_mut().filter(|training| is_it(training)) else {
            return;
        };
        training.ticket = None;
        let run = training.run.clone();
        match outcome {
            Outcome::Finished(answer) => {
                self.state.selection.run = Some(run);
                self.answered(answer);
                self.notify(Severity::Info, "notice-training-finished", "");
            }
            Outcome::Cancelled => {
                self.record_cancel(&run);
                self.notify(Severity::Info, "notice-training-cancelled", "");
            }
            Outcome::Failed(message) => {
                training.error = Some(message.clone());
                self.notify(Severity::Error, "notice-training-failed", message);
            }
            Outcome::Panicked(message) => {
                training.error = Some(message.clone());
                self.record_end(&run, &RunOutcome::Failed(message.clone()));
                self.notify(Severity::Error, "notice-panicked", message);
            }
        }
        if !self.state.queue.is_empty() {
            self.state.training = Some(self.state.queue.remove(0));
        }
        self.refresh_runs();
    }

    /// A job that was cancelled before its turn came could not write its own end.
    fn record_cancel(&mut self, run: &RunId) {
        let Some(shop) = self.state.shop.value() else { return };
        let stored = RunStore::open(&shop.project).and_then(|store| store.get(run));
        if stored.is_ok_and(|run| run.status != RunStatus::Cancelled) {
            self.record_end(run, &RunOutcome::Cancelled);
        }
    }

    /// A job that panicked or never ran could not write its own end.
    fn record_end(&mut self, run: &RunId, outcome: &RunOutcome) {
        let Some(shop) = self.state.shop.value() else { return };
        let recorded = RunStore::open(&shop.project).and_then(|store| {
            let lease = store.resume(run)?;
            store.end(lease, outcome, 0.0)
        });
        if let Err(error) = recorded {
            self.notify_error("notice-runs-unreadable", &error);
        }
    }

    pub(in crate::workbench) fn delete_run(&mut self, run: &RunId) {
        let Some(shop) = self.state.shop.value() else { return };
        if self.is_in_training(run) {
            self.notify(Severity::Warning, "notice-already-training", "");
            return;
        }
        let mut runs = self.state.runs.iter().chain(&self.state.text_runs);
        let known = runs.find(|known| known.id == *run);
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
            Ok(runs) => self.show_runs(runs),
            Err(error) => self.notify_error("notice-runs-unreadable", &error),
        }
    }

    /// Recommenders and what is trained on texts apart.
    pub(super) fn show_runs(&mut self, runs: Vec<Run>) {
        (self.state.runs, self.state.text_runs) = runs.into_iter().partition(Run::is_recommender);
    }

    fn notify_error(&mut self, key: &'static str, error: &(dyn std::error::Error + 'static)) {
        self.notify(Severity::Error, key, crate::jobs::error_chain(error));
    }
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
    let work = run.work()?;
    let reads_shop = match &work {
        Work::Recommender { .. } => true,
        Work::Texts(_) => false,
        Work::Pairs(training) => training.source.reads_shop(),
        Work::Pretraining(plan) => plan.texts.shop,
    };
    if reads_shop && run.revision != shop.dataset.revision {
        return Ok(None);
    }
    Ok(Some(TrainingJob {
        project: shop.project,
        dataset: shop.dataset,
        lease: store.resume(&run.id)?,
        work,
        seed: run.seed,
        device,
        log: Arc::new(TrainingLog::resumed(run.epochs)),
        caches,
    }))
}

fn device_text(work: &Work, choice: DeviceChoice) -> String {
    if !work.is_neural() {
        return "cpu".to_owned();
    }
    device::select(choice).map_or_else(|_| choice.to_string(), |device| device.description)
}
