//! What a running training has told so far, shared between its thread and the views.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use crate::model::bert::memory::resident_bytes;
use crate::model::{EpochReport, Sample, StepReport, TrainingObserver};

/// Points kept of the loss curve; beyond that every second one is dropped, so memory and painting
/// stay bounded however long a training runs.
const MAX_POINTS: usize = 2_000;

#[derive(Debug, Default)]
struct Log {
    steps: Vec<StepReport>,
    /// Only every `stride`-th step is kept.
    stride: u64,
    latest: Option<StepReport>,
    epochs: Vec<EpochReport>,
    samples: Option<(u32, Vec<Sample>)>,
    /// Resident memory at the kept steps, bytes.
    memory: Vec<(u64, u64)>,
    started: Option<Instant>,
    first_step: Option<u64>,
    revision: u64,
}

/// Steps and epochs of one training.
#[derive(Debug, Default)]
pub struct TrainingLog(Mutex<Log>);

/// A copy to draw from.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct TrainingSnapshot {
    /// The thinned loss curve.
    pub steps: Vec<StepReport>,
    /// The last step.
    pub latest: Option<StepReport>,
    /// All epochs so far.
    pub epochs: Vec<EpochReport>,
    /// What the state after an epoch says of a few held-out cases.
    pub samples: Option<(u32, Vec<Sample>)>,
    /// Resident memory of the program at the kept steps, bytes; empty where the system does not tell.
    pub memory: Vec<(u64, u64)>,
    /// Seconds that the rest is expected to take at the mean pace so far.
    pub left_secs: Option<f64>,
    /// Grows with each report.
    pub revision: u64,
}

impl TrainingLog {
    /// A log that starts with the epochs of an earlier, interrupted part.
    #[must_use]
    pub fn resumed(epochs: Vec<EpochReport>) -> Self {
        Self(Mutex::new(Log { epochs, ..Log::default() }))
    }

    fn lock(&self) -> MutexGuard<'_, Log> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Grows with each report; lets a view copy only when something is new.
    #[must_use]
    pub fn revision(&self) -> u64 {
        self.lock().revision
    }

    /// A copy of everything kept.
    #[must_use]
    pub fn snapshot(&self) -> TrainingSnapshot {
        let log = self.lock();
        TrainingSnapshot {
            steps: log.steps.clone(),
            latest: log.latest,
            epochs: log.epochs.clone(),
            samples: log.samples.clone(),
            memory: log.memory.clone(),
            left_secs: log.left_secs(),
            revision: log.revision,
        }
    }

    /// The epochs so far.
    #[must_use]
    pub fn epochs(&self) -> Vec<EpochReport> {
        self.lock().epochs.clone()
    }
}

impl Log {
    fn left_secs(&self) -> Option<f64> {
        let (latest, started, first) = (self.latest?, self.started?, self.first_step?);
        let done = latest.step.checked_sub(first).filter(|&done| done > 0)?;
        let pace = started.elapsed().as_secs_f64() / done as f64;
        Some(pace * latest.total_steps.saturating_sub(latest.step) as f64)
    }

    fn thin(&mut self) {
        self.stride *= 2;
        let stride = self.stride;
        self.steps.retain(|step| step.step.is_multiple_of(stride));
        self.memory.retain(|(step, _)| step.is_multiple_of(stride));
    }
}

impl TrainingObserver for TrainingLog {
    fn step(&self, report: StepReport) {
        let mut log = self.lock();
        log.stride = log.stride.max(1);
        log.started.get_or_insert_with(Instant::now);
        log.first_step.get_or_insert(report.step);
        if report.step.is_multiple_of(log.stride) {
            log.steps.push(report);
            let bytes = resident_bytes();
            log.memory.extend(bytes.map(|bytes| (report.step, bytes)));
        }
        if log.steps.len() > MAX_POINTS {
            log.thin();
        }
        log.latest = Some(report);
        log.revision += 1;
    }

    fn epoch(&self, report: &EpochReport) {
        let mut log = self.lock();
        log.epochs.retain(|known| known.epoch < report.epoch);
        log.epochs.push(report.clone());
        log.revision += 1;
    }

    fn samples(&self, epoch: u32, samples: &[Sample]) {
        let mut log = self.lock();
        log.samples = Some((epoch, samples.to_vec()));
        log.revision += 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn step(step: u64) -> StepReport {
        StepReport {
            gradient_norm: 1.0,
            step,
            total_steps: 10_000,
            epoch: 1,
            loss: 1.0,
            learning_rate: 0.1,
            examples_per_sec: 1.0,
        }
    }

    #[test]
    fn a_long_curve_is_thinned_and_keeps_its_last_step() {
        let log = TrainingLog::default();
        for number in 1..=9_999 {
            log.step(step(number));
        }
        let snapshot = log.snapshot();
        assert!(snapshot.steps.len() <= MAX_POINTS);
        assert!(snapshot.steps.is_sorted_by_key(|step| step.step));
        assert_eq!(snapshot.latest.map(|step| step.step), Some(9_999));
        assert!(snapshot.left_secs.is_some());
    }
}
