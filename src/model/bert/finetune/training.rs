//! The course of a training: judge, warm start, then epochs of steps, each judged, the best kept.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::{Duration, Instant};

use super::catalogue::{Candidates, Start};
use super::checkpoint::{CheckpointFolder, Standing};
use super::examples::Examples;
use super::history::HistoryReader;
use super::judge::{CHOOSING, Judge};
use super::learner::{Example, Learner};
use super::optimiser::{StepRates, schedule};
use super::warm_start::{target, warm_start};
use crate::model::bert::batch::Sequence;
use crate::model::bert::config::BertConfig;
use crate::model::bert::device::guard;
use crate::model::bert::tensors::HostTensor;
use crate::model::{EpochReport, FitContext, ModelError, StepReport};

type Weights = BTreeMap<String, HostTensor>;

/// What a training is made of.
pub(super) struct Training<'a> {
    pub config: &'a BertConfig,
    pub context: &'a FitContext<'a>,
    pub examples: &'a Examples<'a>,
    pub reader: &'a HistoryReader,
    pub candidates: &'a Candidates,
    pub judge: &'a Judge,
    pub folder: Option<CheckpointFolder>,
}

/// A training under way.
struct Course<'a> {
    training: &'a Training<'a>,
    learner: Learner,
    standing: Standing,
    best: Weights,
    clock: Instant,
    last_save: Instant,
}

impl Training<'_> {
    /// Train to the end, from the checkpoint if there is one. The learner comes back with the weights of
    /// the best epoch, beside how it went.
    ///
    /// # Errors
    /// [`ModelError`]: cancelled (the checkpoint then holds the last whole step), a device or file that
    /// failed, a loss that diverged.
    pub fn run(&self, learner: Learner, start: &Start) -> Result<(Learner, Standing), ModelError> {
        let now = Instant::now();
        let mut course = Course {
            training: self,
            learner,
            standing: Standing::default(),
            best: BTreeMap::new(),
            clock: now,
            last_save: now,
        };
        if !course.resume()? {
            course.begin(start)?;
        }
        while course.standing.epochs_done < self.config.epochs {
            course.epoch()?;
        }
        course.learner.set_weights(&course.best, Path::new("best epoch"))?;
        course.standing.secs += course.clock.elapsed().as_secs_f64();
        Ok((course.learner, course.standing))
    }
}

impl Course<'_> {
    /// Take up the checkpoint; whether there was one.
    fn resume(&mut self) -> Result<bool, ModelError> {
        let Some(folder) = &self.training.folder else { return Ok(false) };
        let Some(found) = folder.load() else { return Ok(false) };
        self.learner.set_weights(&found.weights, &folder.file())?;
        self.learner.set_optimiser_state(&found.optimiser, found.standing.step);
        self.standing = found.standing;
        self.best = found.best;
        for report in &self.standing.reports {
            self.training.context.observer.epoch(report);
        }
        Ok(true)
    }

    /// Judge the state before training, then fit the product vectors to stand-ins.
    fn begin(&mut self, start: &Start) -> Result<(), ModelError> {
        let training = self.training;
        self.close_epoch(0, None)?;
        if training.config.warm_start_epochs > 0 {
            let device = self.learner.device().clone();
            guard(&device, || {
                warm_start(
                    &mut self.learner,
                    training.config,
                    training.examples,
                    training.reader,
                    training.candidates,
                    &start.alone,
                    training.context.seed,
                    training.context.control,
                )
            })?;
        }
        self.save()
    }

    /// The rest of the epoch under way, then its judgement.
    fn epoch(&mut self) -> Result<(), ModelError> {
        let training = self.training;
        let epoch = self.standing.epochs_done + 1;
        let batches = training.examples.epoch(training.config, training.context.seed, epoch);
        let total = u64::from(training.config.epochs) * batches.len() as u64;
        for batch in batches.iter().skip(self.standing.batches_done) {
            match self.step(batch, epoch, total) {
                Ok(()) => {}
                Err(cancelled @ ModelError::Cancelled(_)) => {
                    self.save()?;
                    return Err(cancelled);
                }
                Err(error) => return Err(error),
            }
            let interval = Duration::from_secs(training.config.checkpoint_secs.into());
            if self.last_save.elapsed() >= interval {
                self.save()?;
            }
        }
        let loss = f64::from_bits(self.standing.loss_bits) / batches.len().max(1) as f64;
        self.close_epoch(epoch, Some(loss as f32))?;
        self.save()
    }

    fn step(&mut self, batch: &[usize], epoch: u32, total: u64) -> Result<(), ModelError> {
        let Training { config, context, examples, candidates, .. } = self.training;
        let started = Instant::now();
        let step = self.standing.step;
        let share = schedule(step, total, config.warmup_share);
        let rates = StepRates {
            encoder: config.encoder_learning_rate * share,
            head: config.head_learning_rate * share,
            weight_decay: config.weight_decay,
            clip_norm: config.clip_norm,
        };
        let texts: Vec<Sequence> = batch.iter().map(|&index| examples.text(index)).collect();
        let drawn: Vec<Example<'_>> = texts
            .iter()
            .zip(batch)
            .map(|(text, &index)| Example { text, target: target(examples, candidates, index) })
            .collect();
        let device = self.learner.device().clone();
        let loss = guard(&device, || self.learner.step(&drawn, step, &rates, context.control))?;
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
            gradient_norm: self.learner.gradient_norm() as f32,
            examples_per_sec: batch.len() as f32 / started.elapsed().as_secs_f32().max(1e-6),
        });
        Ok(())
    }

    /// Judge the weights as they are; keep them if they are the best so far.
    fn close_epoch(&mut self, epoch: u32, train_loss: Option<f32>) -> Result<(), ModelError> {
        let context = self.training.context;
        let validation = match self.training.judge.metrics(&self.learner, context.control) {
            Err(cancelled @ ModelError::Cancelled(_)) if epoch > 0 => {
                self.save()?;
                return Err(cancelled);
            }
            result => result?,
        };
        let best =
            self.standing.reports.iter().filter_map(|report| report.validation.get(CHOOSING));
        let best = best.copied().fold(f32::NEG_INFINITY, f32::max);
        // Without validation cases the last epoch is kept.
        let is_best = validation.get(CHOOSING).is_none_or(|&value| value > best);
        let report = EpochReport {
            epoch,
            train_loss,
            validation,
            secs: (self.standing.epoch_secs + self.clock.elapsed().as_secs_f64()) as f32,
            is_best,
        };
        if is_best {
            self.best = self.learner.weights();
            self.standing.best_epoch = epoch;
            if let Some(folder) = &self.training.folder {
                folder.save_best(&self.best)?;
            }
        }
        context.observer.epoch(&report);
        self.standing.reports.push(report);
        self.standing.epochs_done = epoch;
        self.standing.batches_done = 0;
        self.standing.loss_bits = 0;
        self.turn_clock();
        self.standing.epoch_secs = 0.0;
        Ok(())
    }

    /// Write a checkpoint, if they are kept.
    fn save(&mut self) -> Result<(), ModelError> {
        self.turn_clock();
        self.last_save = Instant::now();
        match &self.training.folder {
            Some(folder) => {
                folder.save(&self.standing, self.learner.weights(), self.learner.optimiser_state())
            }
            None => Ok(()),
        }
    }

    fn turn_clock(&mut self) {
        let passed = self.clock.elapsed().as_secs_f64();
        self.standing.secs += passed;
        self.standing.epoch_secs += passed;
        self.clock = Instant::now();
    }
}
