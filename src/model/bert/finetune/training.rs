//! The course of a training: judge, warm start, then epochs of steps, each judged, the best kept.

use std::collections::BTreeMap;

use super::catalogue::{Candidates, Start};
use super::examples::Examples;
use super::facts::{Facts, Reading};
use super::history::HistoryReader;
use super::judge::{CHOOSING, Judge};
use super::learner::{Example, Learner};
use super::warm_start::{target, warm_start};
use crate::control::Control;
use crate::model::bert::checkpoint::{CheckpointFolder, Standing};
use crate::model::bert::config::BertConfig;
use crate::model::bert::course::{Course, Judgement, Learner as _, Lessons, Moment, Plan, Step};
use crate::model::bert::device::guard;
use crate::model::bert::optimiser::StepRates;
use crate::model::bert::rate_finder::{RateSweep, sweep};
use crate::model::{FitContext, ModelError};

/// What a training is made of.
pub(super) struct Training<'a> {
    pub config: &'a BertConfig,
    pub context: &'a FitContext<'a>,
    pub examples: &'a Examples<'a>,
    pub reader: &'a HistoryReader,
    pub candidates: &'a Candidates,
    /// Vectors of what is known of the candidates, where they are used.
    pub facts: Option<&'a Facts>,
    pub judge: &'a Judge<Reading>,
}

impl Training<'_> {
    /// Train to the end, from the checkpoint in `folder` if there is one. The learner comes back with the
    /// weights of the best epoch, beside how it went.
    ///
    /// # Errors
    /// [`ModelError`]: cancelled (the checkpoint then holds the last whole step), a device or file that
    /// failed, a loss that diverged.
    pub fn run(
        &self,
        learner: Learner,
        start: Option<&Start>,
        folder: Option<CheckpointFolder>,
    ) -> Result<(Learner, Standing), ModelError> {
        let plan = Plan {
            context: self.context,
            folder,
            epochs: self.config.epochs,
            patience: None,
            checkpoint_secs: self.config.checkpoint_secs,
        };
        let mut course = Course::new(self, learner, plan);
        if !course.resume()? {
            course.judge_start()?;
            if let Some(start) = start {
                self.warm_up(&mut course.learner, start)?;
            }
            course.save()?;
        }
        course.finish()
    }

    /// Sweep through learning rates from where a training would begin.
    ///
    /// # Errors
    /// [`ModelError`]: cancelled, a device that failed.
    pub fn find_rate(
        &self,
        learner: &mut Learner,
        start: Option<&Start>,
    ) -> Result<RateSweep, ModelError> {
        if let Some(start) = start {
            self.warm_up(learner, start)?;
        }
        let peaks = [self.config.encoder_learning_rate, self.config.head_learning_rate];
        sweep(self, learner, peaks, self.context)
    }

    /// What the network reads of an example in an epoch.
    fn reading(&self, index: usize, epoch: u32) -> Reading {
        let seed = self.context.seed;
        let told = || self.examples.shown_history(index, seed, epoch).into_iter();
        let mean = |facts: &Facts| facts.mean(self.candidates, told());
        let known = self.facts.map(mean).unwrap_or_default();
        Reading { text: self.examples.shown(index, seed, epoch), known }
    }

    /// Fit the product vectors to stand-ins.
    fn warm_up(&self, learner: &mut Learner, start: &Start) -> Result<(), ModelError> {
        if self.config.warm_start_epochs == 0 {
            return Ok(());
        }
        let device = learner.device().clone();
        guard(&device, || {
            warm_start(
                learner,
                self.config,
                self.examples,
                self.reader,
                self.candidates,
                &start.alone,
                self.context.seed,
                self.context.control,
            )
        })
    }
}

impl Lessons for Training<'_> {
    type Learner = Learner;
    /// What is read of each example, and the candidate that came next.
    type Drawn = Vec<(Reading, u32)>;

    fn batches(&self, epoch: u32) -> Vec<Vec<usize>> {
        self.examples.epoch(self.config, self.context.seed, epoch)
    }

    fn draw(&self, batch: &[usize], at: Moment) -> Vec<(Reading, u32)> {
        let target = |index| target(self.examples, self.candidates, index);
        batch.iter().map(|&index| (self.reading(index, at.epoch), target(index))).collect()
    }

    fn step(
        &self,
        learner: &mut Learner,
        drawn: &Vec<(Reading, u32)>,
        at: Moment,
        control: &Control,
    ) -> Result<Step, ModelError> {
        let config = self.config;
        let peak = StepRates {
            encoder: config.encoder_learning_rate,
            head: config.head_learning_rate,
            weight_decay: config.weight_decay,
            clip_norm: config.clip_norm,
            done: 0.0,
        };
        let rates = at.rates(peak, config.warmup_share, config.decay);
        let examples: Vec<Example<'_>> = drawn
            .iter()
            .map(|(Reading { text, known }, target)| Example { text, known, target: *target })
            .collect();
        let (loss, gradient_norm) = learner.step(&examples, at.step, &rates, control)?;
        Ok(Step { loss, learning_rate: rates.encoder, gradient_norm })
    }

    fn judge(&self, learner: &Learner, control: &Control) -> Result<Judgement, ModelError> {
        let standing = learner.standing(control)?;
        let logits =
            |read: &[&Reading]| guard(learner.device(), || Ok(learner.logits(read, &standing)));
        let metrics = self.judge.metrics(|read| read.text.len(), logits, control)?;
        Ok(Judgement { metrics, samples: self.judge.samples(logits)? })
    }

    fn worth(&self, validation: &BTreeMap<String, f32>) -> Option<f32> {
        validation.get(CHOOSING).copied()
    }
}
