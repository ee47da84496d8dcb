//! The course of a pre-training: judge, then epochs of steps, each judged, the best kept.

use std::collections::BTreeMap;

use super::config::PretrainConfig;
use super::examples::{Examples, Masked};
use super::judge::{CHOOSING, Judge};
use super::learner::Learner;
use crate::control::Control;
use crate::model::bert::checkpoint::{CheckpointFolder, Standing};
use crate::model::bert::course::{Course, Judgement, Learner as _, Lessons, Moment, Plan, Step};
use crate::model::bert::optimiser::StepRates;
use crate::model::bert::tensors::HostTensor;
use crate::model::{FitContext, ModelError, Sample};

/// What a pre-training is made of.
pub(super) struct Training<'a> {
    pub config: &'a PretrainConfig,
    pub context: &'a FitContext<'a>,
    pub examples: &'a Examples,
    pub judge: &'a Judge<'a>,
    /// Words of the vocabulary.
    pub words: usize,
}

/// How it ended.
pub(super) struct Outcome {
    /// Weights of the best epoch, by path.
    pub weights: BTreeMap<String, HostTensor>,
    pub standing: Standing,
    /// Filled masks by those weights.
    pub fills: Vec<Sample>,
}

impl Training<'_> {
    /// Train to the end, from the checkpoint in `folder` if there is one.
    ///
    /// # Errors
    /// [`ModelError`]: cancelled (the checkpoint then holds the last whole step), a device or file that
    /// failed, a loss that diverged.
    pub fn run(
        &self,
        learner: Learner,
        folder: Option<CheckpointFolder>,
    ) -> Result<Outcome, ModelError> {
        let plan = Plan {
            context: self.context,
            folder,
            epochs: self.config.epochs,
            patience: self.config.patience,
            checkpoint_secs: self.config.checkpoint_secs,
        };
        let mut course = Course::new(self, learner, plan);
        if !course.resume()? {
            course.judge_start()?;
            course.save()?;
        }
        let (learner, standing) = course.finish()?;
        let fills = self.judge.fills(&learner)?;
        Ok(Outcome { weights: learner.learning().weights(), standing, fills })
    }
}

impl Lessons for Training<'_> {
    type Learner = Learner;
    type Drawn = Vec<Masked>;

    fn batches(&self, epoch: u32) -> Vec<Vec<usize>> {
        self.examples.epoch(self.context.seed, epoch)
    }

    fn draw(&self, batch: &[usize], at: Moment) -> Vec<Masked> {
        let seed = self.context.seed;
        batch.iter().map(|&index| self.examples.example(seed, at.epoch, index)).collect()
    }

    fn step(
        &self,
        learner: &mut Learner,
        drawn: &Vec<Masked>,
        at: Moment,
        control: &Control,
    ) -> Result<Step, ModelError> {
        let config = self.config;
        let peak = StepRates::same(config.learning_rate, config.weight_decay, config.clip_norm);
        let rates = at.rates(peak, config.warmup_share, config.decay);
        let (losses, gradient_norm) = learner.step(drawn, at.step, &rates, control)?;
        Ok(Step { loss: losses.masked + losses.next, learning_rate: rates.encoder, gradient_norm })
    }

    fn judge(&self, learner: &Learner, control: &Control) -> Result<Judgement, ModelError> {
        let metrics = self.judge.metrics(learner, self.words, control)?;
        Ok(Judgement { metrics, samples: self.judge.fills(learner)? })
    }

    fn worth(&self, validation: &BTreeMap<String, f32>) -> Option<f32> {
        validation.get(CHOOSING).map(|loss| -loss)
    }
}
