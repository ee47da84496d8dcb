//! The course of a training: epochs of steps, each judged, the best kept, and a place to go on from.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::{Duration, Instant};

use rand::SeedableRng;
use rand::seq::SliceRandom;
use rand_chacha::ChaCha8Rng;

use super::config::TextTaskConfig;
use super::data::{Outputs, Target};
use super::judge::{chooser, judge};
use super::learner::{Shown, TaskLearner};
use crate::model::bert::batch::Sequence;
use crate::model::bert::device::guard;
use crate::model::bert::finetune::checkpoint::{CheckpointFolder, Standing};
use crate::model::bert::finetune::optimiser::StepRates;
use crate::model::bert::tensors::HostTensor;
use crate::model::{EpochReport, FitContext, ModelError, StepReport};

/// Windows of this many batches are sorted by length, so that a batch holds similar lengths while the
/// order of batches stays random.
const WINDOW_BATCHES: usize = 32;

/// Texts as the network reads them, with what is known of them.
#[derive(Debug, Clone, Default)]
pub(super) struct Read {
    pub sequences: Vec<Sequence>,
    pub targets: Vec<Target>,
}

impl Read {
    /// The batches of one epoch: a function of seed and epoch alone.
    fn epoch(&self, batch_size: usize, seed: u64, epoch: u32) -> Vec<Vec<usize>> {
        let mut rng = ChaCha8Rng::seed_from_u64(seed ^ (u64::from(epoch) << 32));
        let mut order: Vec<usize> = (0..self.sequences.len()).collect();
        order.shuffle(&mut rng);
        for window in order.chunks_mut(batch_size * WINDOW_BATCHES) {
            window.sort_by_key(|&index| self.sequences[index].len());
        }
        let mut batches: Vec<Vec<usize>> =
            order.chunks(batch_size).map(<[usize]>::to_vec).collect();
        batches.shuffle(&mut rng);
        batches
    }
}

/// What a training is made of.
pub(super) struct TaskTraining<'a> {
    pub config: &'a TextTaskConfig,
    pub outputs: &'a Outputs,
    pub context: &'a FitContext<'a>,
    pub train: &'a Read,
    pub validation: &'a Read,
    pub folder: Option<CheckpointFolder>,
}

/// A training under way.
struct Course<'a> {
    training: &'a TaskTraining<'a>,
    learner: TaskLearner,
    standing: Standing,
    best: BTreeMap<String, HostTensor>,
    clock: Instant,
    last_save: Instant,
}

impl TaskTraining<'_> {
    /// Train to the end, from the checkpoint if there is one. The learner comes back with the weights of
    /// the best epoch, beside how it went.
    ///
    /// # Errors
    /// [`ModelError`]: cancelled (the checkpoint then holds the last whole step), a device or file that
    /// failed, a loss that diverged.
    pub fn run(&self, learner: TaskLearner) -> Result<(TaskLearner, Standing), ModelError> {
        let now = Instant::now();
        let mut course = Course {
            training: self,
            learner,
            standing: Standing::default(),
            best: BTreeMap::new(),
            clock: now,
            last_save: now,
        };
        course.resume()?;
        while course.standing.epochs_done < self.config.epochs && !course.is_stale() {
            course.epoch()?;
        }
        course.learner.set_weights(&course.best, Path::new("best epoch"))?;
        course.turn_clock();
        Ok((course.learner, course.standing))
    }
}

impl Course<'_> {
    /// Take up the checkpoint, if there is one.
    fn resume(&mut self) -> Result<(), ModelError> {
        let Some(folder) = &self.training.folder else { return Ok(()) };
        let Some(found) = folder.load() else { return Ok(()) };
        self.learner.set_weights(&found.weights, &folder.file())?;
        self.learner.set_optimiser_state(&found.optimiser, found.standing.step);
        self.standing = found.standing;
        self.best = found.best;
        for report in &self.standing.reports {
            self.training.context.observer.epoch(report);
        }
        Ok(())
    }

    /// Whether patience is at its end.
    fn is_stale(&self) -> bool {
        let Some(patience) = self.training.config.patience else { return false };
        self.standing.epochs_done - self.standing.best_epoch >= patience
    }

    /// The rest of the epoch under way, then its judgement.
    fn epoch(&mut self) -> Result<(), ModelError> {
        let TaskTraining { config, context, train, .. } = self.training;
        let epoch = self.standing.epochs_done + 1;
        let batches = train.epoch(config.batch_size, context.seed, epoch);
        let total = u64::from(config.epochs) * batches.len() as u64;
        let interval = Duration::from_secs(config.checkpoint_secs.into());
        for batch in batches.iter().skip(self.standing.batches_done) {
            let done = self.step(batch, epoch, total);
            self.save_if_cancelled(done)?;
            if self.last_save.elapsed() >= interval {
                self.save()?;
            }
        }
        let loss = f64::from_bits(self.standing.loss_bits) / batches.len().max(1) as f64;
        let judged = judge(
            &self.learner,
            &self.training.validation.sequences,
            &self.training.validation.targets,
            context.control,
        );
        let validation = self.save_if_cancelled(judged)?;
        self.close_epoch(epoch, loss as f32, validation)?;
        self.save()
    }

    /// A cancelled training leaves a checkpoint of its last whole step.
    fn save_if_cancelled<T>(&mut self, outcome: Result<T, ModelError>) -> Result<T, ModelError> {
        if matches!(outcome, Err(ModelError::Cancelled(_))) {
            self.save()?;
        }
        outcome
    }

    fn step(&mut self, batch: &[usize], epoch: u32, total: u64) -> Result<(), ModelError> {
        let TaskTraining { config, context, train, .. } = self.training;
        let started = Instant::now();
        let step = self.standing.step;
        let share = config.rate_share(step, total);
        let rates = StepRates {
            encoder: config.encoder_learning_rate * share,
            head: config.head_learning_rate * share,
            weight_decay: config.weight_decay,
            clip_norm: config.clip_norm,
        };
        let shown: Vec<Shown<'_>> = batch
            .iter()
            .map(|&index| Shown { sequence: &train.sequences[index], target: train.targets[index] })
            .collect();
        let device = self.learner.device().clone();
        let (loss, norm) =
            guard(&device, || self.learner.step(&shown, step, &rates, context.control))?;
        self.standing.step += 1;
        self.standing.batches_done += 1;
        self.standing.loss_bits =
            (f64::from_bits(self.standing.loss_bits) + f64::from(loss)).to_bits();
        context.control.report("stage-training", self.standing.step, total);
        context.observer.step(StepReport {
            step: self.standing.step,
            total_steps: total,
            epoch,
            loss,
            learning_rate: rates.encoder,
            gradient_norm: norm as f32,
            examples_per_sec: batch.len() as f32 / started.elapsed().as_secs_f32().max(1e-6),
        });
        Ok(())
    }

    /// Note how an epoch did; keep its weights if they are the best so far.
    fn close_epoch(
        &mut self,
        epoch: u32,
        train_loss: f32,
        validation: BTreeMap<String, f32>,
    ) -> Result<(), ModelError> {
        let (metric, more_is_better) = chooser(self.training.config, self.training.outputs);
        let sign = if more_is_better { 1.0 } else { -1.0 };
        let value = |report: &BTreeMap<String, f32>| report.get(metric).map(|value| sign * value);
        let before = self.standing.reports.iter().filter_map(|report| value(&report.validation));
        let before = before.fold(f32::NEG_INFINITY, f32::max);
        // Without validation texts the last epoch is kept.
        let is_best = value(&validation).is_none_or(|value| value > before);
        self.turn_clock();
        let secs = self.standing.epoch_secs as f32;
        let report = EpochReport { epoch, train_loss: Some(train_loss), validation, secs, is_best };
        if is_best {
            self.best = self.learner.weights();
            self.standing.best_epoch = epoch;
            if let Some(folder) = &self.training.folder {
                folder.save_best(&self.best)?;
            }
        }
        self.training.context.observer.epoch(&report);
        self.standing.reports.push(report);
        self.standing.epochs_done = epoch;
        self.standing.batches_done = 0;
        self.standing.loss_bits = 0;
        self.standing.epoch_secs = 0.0;
        Ok(())
    }

    /// Write a checkpoint, if they are kept.
    fn save(&mut self) -> Result<(), ModelError> {
        self.turn_clock();
        self.last_save = Instant::now();
        let Some(folder) = &self.training.folder else { return Ok(()) };
        if self.best.is_empty() {
            // A checkpoint is read with the best epoch; before the first one that is where it stands.
            folder.save_best(&self.learner.weights())?;
        }
        folder.save(&self.standing, self.learner.weights(), self.learner.optimiser_state())
    }

    fn turn_clock(&mut self) {
        let passed = self.clock.elapsed().as_secs_f64();
        self.standing.secs += passed;
        self.standing.epoch_secs += passed;
        self.clock = Instant::now();
    }
}
