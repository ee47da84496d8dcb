//! The course of a pre-training: judge, then epochs of steps, each judged, the best kept.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::{Duration, Instant};

use super::config::PretrainConfig;
use super::examples::{Examples, Masked};
use super::judge::{CHOOSING, Fill, Judge};
use super::learner::Learner;
use crate::model::bert::device::guard;
use crate::model::bert::finetune::checkpoint::{CheckpointFolder, Standing};
use crate::model::bert::finetune::optimiser::{StepRates, schedule};
use crate::model::bert::tensors::HostTensor;
use crate::model::{EpochReport, FitContext, ModelError, StepReport};

type Weights = BTreeMap<String, HostTensor>;

/// What a pre-training is made of.
pub(super) struct Training<'a> {
    pub config: &'a PretrainConfig,
    pub context: &'a FitContext<'a>,
    /// Hears of filled masks after each epoch.
    pub on_fills: &'a dyn Fn(u32, &[Fill]),
    pub examples: &'a Examples,
    pub judge: &'a Judge<'a>,
    /// Words of the vocabulary.
    pub words: usize,
    pub folder: Option<CheckpointFolder>,
}

/// How it ended.
pub(super) struct Outcome {
    /// Weights of the best epoch, by path.
    pub weights: Weights,
    pub standing: Standing,
    /// Filled masks by those weights.
    pub fills: Vec<Fill>,
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
    /// Train to the end, from the checkpoint if there is one.
    ///
    /// # Errors
    /// [`ModelError`]: cancelled (the checkpoint then holds the last whole step), a device or file that
    /// failed, a loss that diverged.
    pub fn run(&self, learner: Learner) -> Result<Outcome, ModelError> {
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
            course.close_epoch(0, None)?;
            course.save()?;
        }
        while course.standing.epochs_done < self.config.epochs {
            course.epoch()?;
        }
        course.learner.set_weights(&course.best, Path::new("best epoch"))?;
        let fills = self.judge.fills(&course.learner)?;
        course.turn_clock();
        Ok(Outcome { weights: course.best, standing: course.standing, fills })
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

    /// The rest of the epoch under way, then its judgement.
    fn epoch(&mut self) -> Result<(), ModelError> {
        let training = self.training;
        let epoch = self.standing.epochs_done + 1;
        let batches = training.examples.epoch(training.context.seed, epoch);
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
        let Training { config, context, examples, .. } = self.training;
        let started = Instant::now();
        let step = self.standing.step;
        let rate = config.learning_rate * schedule(step, total, config.warmup_share);
        let rates = StepRates {
            encoder: rate,
            head: rate,
            weight_decay: config.weight_decay,
            clip_norm: config.clip_norm,
        };
        let drawn: Vec<Masked> =
            batch.iter().map(|&index| examples.example(context.seed, epoch, index)).collect();
        let device = self.learner.device().clone();
        let losses = guard(&device, || self.learner.step(&drawn, step, &rates, context.control))?;
        let loss = losses.masked + losses.next;
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
            learning_rate: rate,
            examples_per_sec: batch.len() as f32 / started.elapsed().as_secs_f32().max(1e-6),
        });
        Ok(())
    }

    /// Judge the weights as they are; keep them if they are the best so far.
    fn close_epoch(&mut self, epoch: u32, train_loss: Option<f32>) -> Result<(), ModelError> {
        let training = self.training;
        let judged =
            training.judge.metrics(&self.learner, training.words, training.context.control);
        let validation = match judged {
            Err(cancelled @ ModelError::Cancelled(_)) if epoch > 0 => {
                self.save()?;
                return Err(cancelled);
            }
            result => result?,
        };
        let known =
            self.standing.reports.iter().filter_map(|report| report.validation.get(CHOOSING));
        let best = known.copied().fold(f32::INFINITY, f32::min);
        // Without held-out examples the last epoch is kept.
        let is_best = validation.get(CHOOSING).is_none_or(|&value| value < best);
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
            if let Some(folder) = &training.folder {
                folder.save_best(&self.best)?;
            }
        }
        training.context.observer.epoch(&report);
        (training.on_fills)(epoch, &training.judge.fills(&self.learner)?);
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
