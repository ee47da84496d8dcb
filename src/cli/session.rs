//! A workbench driven by a command line: send, wait, read.

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::interrupt::Watch;
use super::{CliError, output};
use crate::dataset::Dataset;
use crate::ids::{ItemIdx, UserIdx};
use crate::jobs::{JobTicket, RateMeter};
use crate::model::bert::device::DeviceChoice;
use crate::model::bert::hub::DOWNLOADING;
use crate::runs::RunStatus;
use crate::workbench::{AsyncValue, Command, Folders, OpenShop, State, Workbench};

/// How long a press of Ctrl+C may go unnoticed at most.
const WATCH_INTERVAL: Duration = Duration::from_millis(100);
const PROGRESS_INTERVAL: Duration = Duration::from_millis(500);

/// A workbench and the shop that is open in it.
pub(super) struct Session {
    workbench: Workbench,
}

impl Session {
    /// A session with nothing open.
    pub(super) fn start(device: DeviceChoice) -> Self {
        Self { workbench: Workbench::headless(Folders::of_system(), device) }
    }

    /// A session with a project, or a folder of files, open.
    pub(super) fn open(project: &Path, device: DeviceChoice) -> Result<Self, CliError> {
        let mut session = Self::start(device);
        session.run(Command::OpenFolder(project.to_path_buf()))?;
        session.shop()?;
        Ok(session)
    }

    /// Send a command and wait for all that it starts.
    ///
    /// # Errors
    /// Ctrl+C was pressed; by then everything has stopped and tidied up.
    pub(super) fn run(&mut self, command: Command) -> Result<(), CliError> {
        let watch = Watch::start();
        self.workbench.send(command);
        let mut shown = Instant::now();
        let mut is_stopping = false;
        while !self.workbench.settle(WATCH_INTERVAL, |state| {
            if shown.elapsed() >= PROGRESS_INTERVAL {
                shown = Instant::now();
                show_progress(state);
            }
        }) {
            if !is_stopping && watch.is_pressed() {
                is_stopping = true;
                output::progress("stopping; Ctrl+C again ends at once");
                self.workbench.pending().into_iter().for_each(JobTicket::cancel);
            }
        }
        output::progress("");
        if is_stopping { Err(self.interrupted()) } else { Ok(()) }
    }

    fn interrupted(&self) -> CliError {
        let training = self.state().training.as_ref().map(|training| &training.run);
        let run = training.and_then(|id| self.state().runs.iter().find(|run| run.id == *id));
        CliError::interrupted(match run {
            Some(run) if run.status == RunStatus::Cancelled => {
                format!("interrupted; run {} is kept as far as it came", run.id)
            }
            _ => "interrupted".to_owned(),
        })
    }

    pub(super) fn state(&self) -> &State {
        self.workbench.state()
    }

    /// The open shop, or why there is none.
    pub(super) fn shop(&self) -> Result<&OpenShop, CliError> {
        ready(&self.state().shop)
    }

    pub(super) fn dataset(&self) -> Result<Arc<Dataset>, CliError> {
        Ok(self.shop()?.dataset.clone())
    }

    pub(super) fn user(&self, id: &str) -> Result<UserIdx, CliError> {
        self.dataset()?.user(id).ok_or_else(|| {
            CliError::failed(format!(
                "there is no shopper {id:?} in this shop; see `shelfwise describe`"
            ))
        })
    }

    pub(super) fn item(&self, id: &str) -> Result<ItemIdx, CliError> {
        self.dataset()?.item(id).ok_or_else(|| {
            CliError::failed(format!(
                "there is no product {id:?} in this shop; see `shelfwise describe`"
            ))
        })
    }

    /// The last message that the workbench left, for commands that give no value.
    pub(super) fn last_problem(&self) -> Option<String> {
        self.state().notices.last().map(|notice| match notice.detail.as_str() {
            "" => notice.key.trim_start_matches("notice-").replace('-', " "),
            detail => detail.to_owned(),
        })
    }
}

/// The value, or the error that stands in its place.
pub(super) fn ready<T>(value: &AsyncValue<T>) -> Result<&T, CliError> {
    if let Some(message) = value.error() {
        return Err(CliError::failed(message));
    }
    value.value().ok_or_else(|| CliError::failed("nothing was computed"))
}

fn show_progress(state: &State) {
    if let Some(training) = &state.training
        && training.ticket.is_some()
        && let Some(step) = training.log.snapshot().latest
    {
        let left = training.log.snapshot().left_secs.unwrap_or_default();
        return output::progress(&format!(
            "epoch {}, step {}/{}, loss {:.4}, {:.1} examples/s, {left:.0} s left",
            step.epoch, step.step, step.total_steps, step.loss, step.examples_per_sec
        ));
    }
    let tickets = [
        state.shop.pending(),
        state.cleaning.pending(),
        state.overview.pending(),
        state.evaluation.pending(),
        state.comparison.pending(),
        state.download.pending(),
        state.classified.pending(),
        state.knowledge.pending(),
    ];
    if let Some(text) = tickets.into_iter().flatten().find_map(describe_progress) {
        output::progress(&text);
    }
}

fn describe_progress(ticket: &JobTicket) -> Option<String> {
    let (progress, elapsed) = ticket.progress()?;
    let stage = progress.stage.trim_start_matches("stage-");
    let meter = RateMeter::estimate(&progress, elapsed);
    if progress.stage == DOWNLOADING {
        let [done, total] = [progress.done, progress.total].map(|bytes| bytes as f64 / 1e6);
        let rate = meter.units_per_sec / 1e6;
        let left = meter.left.unwrap_or_default().as_secs();
        return Some(format!("{stage} {done:.1} of {total:.1} MB, {rate:.1} MB/s, {left} s left"));
    }
    Some(match meter.left {
        Some(left) if progress.total > 0 => {
            format!(
                "{stage} {}/{}, {:.0} s left",
                progress.done,
                progress.total,
                left.as_secs_f64()
            )
        }
        _ => format!("{stage} …"),
    })
}
