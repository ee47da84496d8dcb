//! The course of a training: epochs of steps, each judged, the best kept, and a place to go on from.

use std::borrow::Cow;
use std::collections::BTreeMap;

use rand::SeedableRng;
use rand::seq::SliceRandom;
use rand_chacha::ChaCha8Rng;

use super::augment::Augmenter;
use super::config::TextTaskConfig;
use super::data::{Outputs, Target, TextExample};
use super::judge::{chooser, judge, samples};
use super::learner::{Shown, TaskLearner};
use crate::control::Control;
use crate::model::bert::batch::{Sequence, shuffled_batches};
use crate::model::bert::checkpoint::{CheckpointFolder, Standing};
use crate::model::bert::course::{Course, Judgement, Lessons, Moment, Plan, Step};
use crate::model::bert::optimiser::StepRates;
use crate::model::{FitContext, ModelError};

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
        shuffled_batches(&mut order, batch_size, |index| self.sequences[index].len(), &mut rng)
    }
}

/// What a training is made of.
pub(super) struct TaskTraining<'a> {
    pub config: &'a TextTaskConfig,
    pub outputs: &'a Outputs,
    pub context: &'a FitContext<'a>,
    pub train: &'a Read,
    pub validation: &'a Read,
    /// Validation texts that are told of after each epoch.
    pub shown: &'a [(TextExample, Sequence)],
    /// What changes texts before they are learned from.
    pub augmenter: Option<Augmenter>,
}

impl TaskTraining<'_> {
    /// Train to the end, from the checkpoint in `folder` if there is one. The learner comes back with the
    /// weights of the best epoch, beside how it went.
    ///
    /// # Errors
    /// [`ModelError`]: cancelled (the checkpoint then holds the last whole step), a device or file that
    /// failed, a loss that diverged.
    pub fn run(
        &self,
        learner: TaskLearner,
        folder: Option<CheckpointFolder>,
    ) -> Result<(TaskLearner, Standing), ModelError> {
        let plan = Plan {
            context: self.context,
            folder,
            epochs: self.config.epochs,
            patience: self.config.patience,
            checkpoint_secs: self.config.checkpoint_secs,
        };
        let mut course = Course::new(self, learner, plan);
        course.resume()?;
        course.finish()
    }
}

impl<'a> Lessons for TaskTraining<'a> {
    type Learner = TaskLearner;
    type Drawn = Vec<(Cow<'a, Sequence>, Target)>;

    fn batches(&self, epoch: u32) -> Vec<Vec<usize>> {
        self.train.epoch(self.config.batch_size, self.context.seed, epoch)
    }

    fn draw(&self, batch: &[usize], at: Moment) -> Self::Drawn {
        let train = self.train;
        let form = |index: usize| match &self.augmenter {
            None => Cow::Borrowed(&train.sequences[index]),
            Some(augmenter) => {
                let whole = &train.sequences[index];
                Cow::Owned(augmenter.apply(whole, self.context.seed, at.step, index))
            }
        };
        batch.iter().map(|&index| (form(index), train.targets[index])).collect()
    }

    fn step(
        &self,
        learner: &mut TaskLearner,
        drawn: &Self::Drawn,
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
        let shown: Vec<Shown<'_>> =
            drawn.iter().map(|(sequence, target)| Shown { sequence, target: *target }).collect();
        let (loss, gradient_norm) = learner.step(&shown, at.step, &rates, control)?;
        Ok(Step { loss, learning_rate: rates.encoder, gradient_norm })
    }

    fn judge(&self, learner: &TaskLearner, control: &Control) -> Result<Judgement, ModelError> {
        let Read { sequences, targets } = self.validation;
        let metrics = judge(learner, sequences, targets, control)?;
        Ok(Judgement { metrics, samples: samples(learner, self.outputs, self.shown)? })
    }

    fn worth(&self, validation: &BTreeMap<String, f32>) -> Option<f32> {
        let (metric, more_is_better) = chooser(self.config, self.outputs);
        let sign = if more_is_better { 1.0 } else { -1.0 };
        validation.get(metric).map(|value| sign * value)
    }
}
