//! The course of a training: epochs of steps, each judged, the best kept.

use std::collections::BTreeMap;

use super::config::{Objective, SequenceConfig};
use super::examples::{Example, Examples};
use super::items::Items;
use super::learner::Learner;
use super::network::ProductNetwork;
use crate::control::Control;
use crate::model::bert::checkpoint::{CheckpointFolder, Standing};
use crate::model::bert::course::{Course, Judgement, Learner as _, Lessons, Moment, Plan, Step};
use crate::model::bert::device::guard;
use crate::model::bert::finetune::judge::{CHOOSING, Judge};
use crate::model::bert::finetune::scorer::Scorer;
use crate::model::bert::optimiser::StepRates;
use crate::model::bert::rate_finder::{RateSweep, sweep};
use crate::model::{FitContext, ModelError};

/// What a training is made of.
pub(super) struct Training<'a> {
    pub objective: Objective,
    pub config: &'a SequenceConfig,
    pub context: &'a FitContext<'a>,
    pub examples: &'a Examples,
    pub items: &'a Items,
    /// Histories as candidates, oldest first.
    pub judge: &'a Judge<Vec<u32>>,
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
        folder: Option<CheckpointFolder>,
    ) -> Result<(Learner, Standing), ModelError> {
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
        course.finish()
    }

    /// Sweep through learning rates from where a training would begin.
    ///
    /// # Errors
    /// [`ModelError`]: cancelled, a device that failed.
    pub fn find_rate(&self, learner: &mut Learner) -> Result<RateSweep, ModelError> {
        sweep(self, learner, [self.config.learning_rate; 2], self.context)
    }

    /// The network and the scores of products as they stand.
    ///
    /// # Errors
    /// [`ModelError::Device`].
    pub fn fitted(&self, learner: &Learner) -> Result<(ProductNetwork, Scorer), ModelError> {
        let device = learner.device();
        guard(device, || {
            let (encoder, words, bias) = learner.fitted(self.items);
            let config = learner.config();
            let network = ProductNetwork::new(encoder, &words, config, device, self.objective);
            let phi = words.values[..bias.len() * config.hidden_size].to_vec();
            let candidates = self.items.candidates.clone();
            Ok((network, Scorer::new(candidates, phi, bias, config.hidden_size)))
        })
    }

    /// What gives the logits of all candidates after a few histories, as the learner stands.
    fn logits(
        &self,
        learner: &Learner,
    ) -> Result<impl Fn(&[&Vec<u32>]) -> Logits + use<>, ModelError> {
        let (network, scorer) = self.fitted(learner)?;
        Ok(move |histories: &[&Vec<u32>]| {
            let inputs: Vec<Vec<u32>> =
                histories.iter().map(|history| network.input(history.iter().copied())).collect();
            let inputs: Vec<&[u32]> = inputs.iter().map(Vec::as_slice).collect();
            Ok(scorer.candidate_scores(&network.vectors(&inputs)?))
        })
    }
}

/// Logits of all candidates after each of a few histories.
type Logits = Result<Vec<f32>, ModelError>;

impl Lessons for Training<'_> {
    type Learner = Learner;
    type Drawn = Vec<Example>;

    fn batches(&self, epoch: u32) -> Vec<Vec<usize>> {
        self.examples.epoch(self.context.seed, epoch)
    }

    fn draw(&self, batch: &[usize], at: Moment) -> Vec<Example> {
        let seed = self.context.seed;
        batch.iter().map(|&index| self.examples.example(seed, at.epoch, index)).collect()
    }

    fn step(
        &self,
        learner: &mut Learner,
        drawn: &Vec<Example>,
        at: Moment,
        control: &Control,
    ) -> Result<Step, ModelError> {
        let config = self.config;
        let peak = StepRates::same(config.learning_rate, config.weight_decay, config.clip_norm);
        let rates = at.rates(peak, config.warmup_share, config.decay);
        let (loss, gradient_norm) = learner.step(drawn, at.step, &rates, control)?;
        Ok(Step { loss, learning_rate: rates.encoder, gradient_norm })
    }

    fn judge(&self, learner: &Learner, control: &Control) -> Result<Judgement, ModelError> {
        let logits = self.logits(learner)?;
        let metrics = self.judge.metrics(Vec::len, &logits, control)?;
        Ok(Judgement { metrics, samples: self.judge.samples(logits)? })
    }

    fn worth(&self, validation: &BTreeMap<String, f32>) -> Option<f32> {
        validation.get(CHOOSING).copied()
    }
}
