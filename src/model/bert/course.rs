//! The course of a training, whatever is learned: epochs of steps, each judged, the best kept, and a place
//! to go on from.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::{Duration, Instant};

use burn::module::Module;

use super::checkpoint::{CheckpointFolder, Standing};
use super::config::Decay;
use super::device::{SelectedDevice, guard};
use super::learning::Learning;
use super::optimiser::{StepRates, schedule};
use super::tensors::HostTensor;
use crate::control::Control;
use crate::model::{EpochReport, FitContext, ModelError, Sample, StepReport};

/// A network with whatever else it takes to learn one kind of thing.
pub(super) trait Learner {
    /// What has weights.
    type Network: Module;

    fn learning(&self) -> &Learning<Self::Network>;
    fn learning_mut(&mut self) -> &mut Learning<Self::Network>;

    /// Where it runs.
    fn device(&self) -> &SelectedDevice {
        &self.learning().device
    }
}

/// What is learned, and how it is judged.
pub(super) trait Lessons: Sync {
    type Learner: Learner;

    /// A batch as the network reads it.
    type Drawn: Send;

    /// Batches of example numbers of an epoch: a function of the epoch alone, as many in every epoch.
    fn batches(&self, epoch: u32) -> Vec<Vec<usize>>;

    /// A batch read, masked, augmented, whatever it takes: a function of seed, numbers and moment alone. It runs
    /// on another core while the network learns from the batch before.
    fn draw(&self, batch: &[usize], at: Moment) -> Self::Drawn;

    /// One optimiser step on a batch. Nothing has changed when it was cancelled.
    ///
    /// # Errors
    /// [`ModelError::Cancelled`], [`ModelError::Diverged`].
    fn step(
        &self,
        learner: &mut Self::Learner,
        drawn: &Self::Drawn,
        at: Moment,
        control: &Control,
    ) -> Result<Step, ModelError>;

    /// The state on validation examples; empty without any.
    ///
    /// # Errors
    /// [`ModelError::Cancelled`], [`ModelError::Device`].
    fn judge(&self, learner: &Self::Learner, control: &Control) -> Result<Judgement, ModelError>;

    /// What chooses the best epoch, more being better; `None` without validation examples.
    fn worth(&self, validation: &BTreeMap<String, f32>) -> Option<f32>;
}

/// What validation examples say of a state.
pub(super) struct Judgement {
    /// Figures by name.
    pub metrics: BTreeMap<String, f32>,
    /// What the state says of a few cases, the same each time.
    pub samples: Vec<Sample>,
}

/// Where in a training a step stands.
#[derive(Debug, Clone, Copy)]
pub(super) struct Moment {
    /// From 1.
    pub epoch: u32,
    /// Steps done before.
    pub step: u64,
    /// Steps in the whole training.
    pub total: u64,
    /// Share of the peak learning rate, in place of what the schedule says.
    pub share: Option<f64>,
}

impl Moment {
    /// Share of the peak learning rate.
    fn share(&self, warmup_share: f64, decay: Decay) -> f64 {
        self.share.unwrap_or_else(|| schedule(self.step, self.total, warmup_share, decay))
    }

    /// One step later in the same epoch.
    fn next(self) -> Self {
        Self { step: self.step + 1, ..self }
    }

    /// What a step here uses; `peak` holds the highest rates.
    pub fn rates(&self, peak: StepRates, warmup_share: f64, decay: Decay) -> StepRates {
        let share = self.share(warmup_share, decay);
        let done = self.step as f64 / self.total.max(1) as f64;
        StepRates { encoder: peak.encoder * share, head: peak.head * share, done, ..peak }
    }
}

/// What a step gave.
#[derive(Debug, Clone, Copy)]
pub(super) struct Step {
    /// Mean loss of the batch.
    pub loss: f32,
    /// Learning rate that is shown.
    pub learning_rate: f64,
    /// L2 norm of the gradient before clipping.
    pub gradient_norm: f64,
}

/// How long a training goes on, and where it leaves its state.
pub(super) struct Plan<'a> {
    pub context: &'a FitContext<'a>,
    pub folder: Option<CheckpointFolder>,
    pub epochs: u32,
    /// Epochs without a better one after which it ends; `None` goes on to the last.
    pub patience: Option<u32>,
    /// Seconds between checkpoints within an epoch.
    pub checkpoint_secs: u32,
}

/// Do `work` on this thread, which a device may be bound to, while another core makes what comes after it.
fn beside<T: Send, R>(
    next: Option<impl FnOnce() -> T + Send>,
    into: &mut Option<T>,
    work: impl FnOnce() -> R,
) -> R {
    rayon::in_place_scope(|scope| {
        if let Some(next) = next {
            scope.spawn(|_| *into = Some(next()));
        }
        work()
    })
}

/// A training under way.
pub(super) struct Course<'a, L: Lessons> {
    lessons: &'a L,
    pub learner: L::Learner,
    plan: Plan<'a>,
    standing: Standing,
    best: BTreeMap<String, HostTensor>,
    clock: Instant,
    last_save: Instant,
}

impl<'a, L: Lessons> Course<'a, L> {
    /// Before the first step.
    pub fn new(lessons: &'a L, learner: L::Learner, plan: Plan<'a>) -> Self {
        let now = Instant::now();
        Self {
            lessons,
            learner,
            plan,
            standing: Standing::default(),
            best: BTreeMap::new(),
            clock: now,
            last_save: now,
        }
    }

    /// Take up the checkpoint; whether there was one.
    ///
    /// # Errors
    /// [`ModelError::BadFile`].
    pub fn resume(&mut self) -> Result<bool, ModelError> {
        let Some(folder) = &self.plan.folder else { return Ok(false) };
        let Some(found) = folder.load() else { return Ok(false) };
        let learning = self.learner.learning_mut();
        learning.set_weights(&found.weights, &folder.file())?;
        learning.set_optimiser_state(&found.optimiser, found.standing.step);
        self.standing = found.standing;
        self.best = found.best;
        for report in &self.standing.reports {
            self.plan.context.observer.epoch(report);
        }
        Ok(true)
    }

    /// Judge the state before training, as epoch 0.
    ///
    /// # Errors
    /// [`ModelError`]: cancelled, a device or file that failed.
    pub fn judge_start(&mut self) -> Result<(), ModelError> {
        self.close_epoch(0, None)
    }

    /// Train to the end. The learner comes back with the weights of the best epoch, beside how it went.
    ///
    /// # Errors
    /// [`ModelError`]: cancelled (the checkpoint then holds the last whole step), a device or file that
    /// failed, a loss that diverged.
    pub fn finish(mut self) -> Result<(L::Learner, Standing), ModelError> {
        while self.standing.epochs_done < self.plan.epochs && !self.is_stale() {
            self.epoch()?;
        }
        self.learner.learning_mut().set_weights(&self.best, Path::new("best epoch"))?;
        self.turn_clock();
        Ok((self.learner, self.standing))
    }

    /// Whether patience is at its end.
    fn is_stale(&self) -> bool {
        let waited = self.standing.epochs_done - self.standing.best_epoch;
        self.plan.patience.is_some_and(|patience| waited >= patience)
    }

    /// The rest of the epoch under way, then its judgement.
    fn epoch(&mut self) -> Result<(), ModelError> {
        let epoch = self.standing.epochs_done + 1;
        let batches = self.lessons.batches(epoch);
        let total = u64::from(self.plan.epochs) * batches.len() as u64;
        let interval = Duration::from_secs(self.plan.checkpoint_secs.into());
        let lessons = self.lessons;
        let mut rest = batches.iter().skip(self.standing.batches_done).peekable();
        let mut ahead = None;
        while let Some(batch) = rest.next() {
            self.rest_if_paused(total)?;
            let at = Moment { epoch, step: self.standing.step, total, share: None };
            let drawn = ahead.take().unwrap_or_else(|| lessons.draw(batch, at));
            let done = beside(
                rest.peek().map(|next| || lessons.draw(next, at.next())),
                &mut ahead,
                || self.step(&drawn, batch.len(), at),
            );
            self.save_if_cancelled(done)?;
            if self.last_save.elapsed() >= interval {
                self.save()?;
            }
        }
        let loss = f64::from_bits(self.standing.loss_bits) / batches.len().max(1) as f64;
        self.close_epoch(epoch, Some(loss as f32))?;
        self.save()
    }

    /// A paused training leaves a checkpoint and waits; its clock stands still.
    fn rest_if_paused(&mut self, total: u64) -> Result<(), ModelError> {
        let control = self.plan.context.control;
        if !control.is_paused() {
            return Ok(());
        }
        self.save()?;
        control.report("stage-paused", self.standing.step, total);
        control.wait_while_paused()?;
        self.clock = Instant::now();
        Ok(())
    }

    /// A cancelled training leaves a checkpoint of its last whole step.
    fn save_if_cancelled<T>(&mut self, outcome: Result<T, ModelError>) -> Result<T, ModelError> {
        if matches!(outcome, Err(ModelError::Cancelled(_))) {
            self.save()?;
        }
        outcome
    }

    /// One step on a batch of `examples`.
    fn step(&mut self, drawn: &L::Drawn, examples: usize, at: Moment) -> Result<(), ModelError> {
        let (lessons, context, started) = (self.lessons, self.plan.context, Instant::now());
        let device = self.learner.device().clone();
        let step = guard(&device, || lessons.step(&mut self.learner, drawn, at, context.control))?;
        self.standing.step += 1;
        self.standing.batches_done += 1;
        self.standing.loss_bits =
            (f64::from_bits(self.standing.loss_bits) + f64::from(step.loss)).to_bits();
        context.control.report("stage-training", self.standing.step, at.total);
        context.observer.step(StepReport {
            step: self.standing.step,
            total_steps: at.total,
            epoch: at.epoch,
            loss: step.loss,
            learning_rate: step.learning_rate,
            gradient_norm: step.gradient_norm as f32,
            examples_per_sec: examples as f32 / started.elapsed().as_secs_f32().max(1e-6),
        });
        Ok(())
    }

    /// Judge the weights as they are; keep them if they are the best so far.
    fn close_epoch(&mut self, epoch: u32, train_loss: Option<f32>) -> Result<(), ModelError> {
        let lessons = self.lessons;
        let judged = lessons.judge(&self.learner, self.plan.context.control);
        // Before training there is nothing to keep.
        let judged = if epoch > 0 { self.save_if_cancelled(judged)? } else { judged? };
        let Judgement { metrics: validation, samples } = judged;
        let worths =
            self.standing.reports.iter().filter_map(|report| lessons.worth(&report.validation));
        let best = worths.fold(f32::NEG_INFINITY, f32::max);
        // Without validation examples the last epoch is kept.
        let is_best = lessons.worth(&validation).is_none_or(|worth| worth > best);
        let secs = (self.standing.epoch_secs + self.clock.elapsed().as_secs_f64()) as f32;
        let report = EpochReport { epoch, train_loss, validation, secs, is_best };
        if is_best {
            self.best = self.learner.learning().weights();
            self.standing.best_epoch = epoch;
            if let Some(folder) = &self.plan.folder {
                folder.save_best(&self.best)?;
            }
        }
        self.plan.context.observer.epoch(&report);
        self.plan.context.observer.samples(epoch, &samples);
        self.standing.reports.push(report);
        self.standing.epochs_done = epoch;
        self.standing.batches_done = 0;
        self.standing.loss_bits = 0;
        self.turn_clock();
        self.standing.epoch_secs = 0.0;
        Ok(())
    }

    /// Write a checkpoint, if they are kept.
    ///
    /// # Errors
    /// [`ModelError::Io`].
    pub fn save(&mut self) -> Result<(), ModelError> {
        self.turn_clock();
        self.last_save = Instant::now();
        let Some(folder) = &self.plan.folder else { return Ok(()) };
        let learning = self.learner.learning();
        if self.best.is_empty() {
            // A checkpoint is read with the best epoch; before the first one that is where it stands.
            folder.save_best(&learning.weights())?;
        }
        folder.save(&self.standing, learning.weights(), learning.optimiser_state())
    }

    fn turn_clock(&mut self) {
        let passed = self.clock.elapsed().as_secs_f64();
        // To the millisecond: a number of so few digits is read back from JSON as it was written.
        self.standing.secs = ((self.standing.secs + passed) * 1e3).round() / 1e3;
        self.standing.epoch_secs += passed;
        self.clock = Instant::now();
    }
}

#[cfg(test)]
mod tests {
    use std::thread;

    use super::*;

    #[test]
    fn what_comes_next_is_made_on_another_thread() {
        let here = thread::current().id();
        let mut ahead = None;
        let worked = beside(Some(|| thread::current().id()), &mut ahead, || thread::current().id());
        assert_eq!(worked, here, "a device may be bound to the thread");
        assert!(ahead.take().is_some_and(|next| next != here));
        assert_eq!(beside(None::<fn() -> u8>, &mut None, || 7), 7);
    }
}
