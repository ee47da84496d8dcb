//! The course of a training on pairs: judge, then epochs of steps, each judged, the best kept.

use std::collections::BTreeMap;

use rand::SeedableRng;
use rand::seq::SliceRandom;
use rand_chacha::ChaCha8Rng;

use super::config::PairConfig;
use super::data::Pair;
use super::judge::{CHOOSING, Held};
use super::learner::{PairBatch, PairLearner};
use super::loss::taken_out;
use crate::control::Control;
use crate::model::bert::batch::Sequence;
use crate::model::bert::checkpoint::{CheckpointFolder, Standing};
use crate::model::bert::course::{Course, Judgement, Lessons, Moment, Plan, Step};
use crate::model::bert::optimiser::StepRates;
use crate::model::{FitContext, ModelError};

/// Texts as the network reads them, and which belong together.
#[derive(Debug, Clone, Default)]
pub(super) struct Read {
    /// Left texts, then right texts.
    pub texts: Vec<Sequence>,
    /// Pairs by their places among the texts.
    pub pairs: Vec<Pair>,
    /// Right texts of each left text, ascending; empty for right texts.
    pub rights: Vec<Vec<u32>>,
}

impl Read {
    /// Texts with the pairs to learn from.
    pub fn new(texts: Vec<Sequence>, pairs: Vec<Pair>) -> Self {
        let mut rights = vec![Vec::new(); texts.len()];
        pairs.iter().for_each(|pair| rights[pair.left as usize].push(pair.right));
        rights.iter_mut().for_each(|rights: &mut Vec<u32>| rights.sort_unstable());
        Self { texts, pairs, rights }
    }

    /// The batches of one epoch: a function of seed and epoch alone. A pair is never left alone in one.
    fn epoch(&self, batch_size: usize, seed: u64, epoch: u32) -> Vec<Vec<usize>> {
        let mut rng = ChaCha8Rng::seed_from_u64(seed ^ (u64::from(epoch) << 32));
        let mut order: Vec<usize> = (0..self.pairs.len()).collect();
        order.shuffle(&mut rng);
        let mut batches: Vec<Vec<usize>> =
            order.chunks(batch_size).map(<[usize]>::to_vec).collect();
        if batches.len() > 1 && batches.last().is_some_and(|last| last.len() == 1) {
            let alone = batches.pop().unwrap_or_default();
            batches.last_mut().into_iter().for_each(|last| last.extend(&alone));
        }
        batches
    }

    /// Some pairs as the network reads them.
    pub fn batch(&self, indices: &[usize]) -> PairBatch<'_> {
        let pairs: Vec<Pair> = indices.iter().map(|&index| self.pairs[index]).collect();
        let mut places: BTreeMap<u32, usize> = BTreeMap::new();
        let mut texts = Vec::new();
        let mut place = |text: u32| {
            *places.entry(text).or_insert_with(|| {
                texts.push(&self.texts[text as usize]);
                texts.len() - 1
            })
        };
        let left = pairs.iter().map(|pair| place(pair.left)).collect();
        let right = pairs.iter().map(|pair| place(pair.right)).collect();
        let is_right = |row: usize, column: usize| {
            let of_row = &self.rights[pairs[row].left as usize];
            of_row.binary_search(&pairs[column].right).is_ok()
        };
        let out = taken_out(pairs.len(), is_right);
        PairBatch { texts, left, right, out }
    }
}

/// What a training is made of.
pub(super) struct PairTraining<'a> {
    pub config: &'a PairConfig,
    pub context: &'a FitContext<'a>,
    pub train: &'a Read,
    pub held: &'a Held,
}

impl PairTraining<'_> {
    /// Train to the end, from the checkpoint in `folder` if there is one. The learner comes back with the
    /// weights of the best epoch, the state before training among them, beside how it went.
    ///
    /// # Errors
    /// [`ModelError`]: cancelled (the checkpoint then holds the last whole step), a device or file that
    /// failed, a loss that diverged.
    pub fn run(
        &self,
        learner: PairLearner,
        folder: Option<CheckpointFolder>,
    ) -> Result<(PairLearner, Standing), ModelError> {
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
        }
        course.finish()
    }
}

impl<'a> Lessons for PairTraining<'a> {
    type Learner = PairLearner;
    type Drawn = PairBatch<'a>;

    fn batches(&self, epoch: u32) -> Vec<Vec<usize>> {
        self.train.epoch(self.config.batch_size, self.context.seed, epoch)
    }

    fn draw(&self, batch: &[usize], _: Moment) -> PairBatch<'a> {
        self.train.batch(batch)
    }

    fn step(
        &self,
        learner: &mut PairLearner,
        drawn: &PairBatch<'a>,
        at: Moment,
        control: &Control,
    ) -> Result<Step, ModelError> {
        let config = self.config;
        let peak = StepRates::same(config.learning_rate, config.weight_decay, config.clip_norm);
        let rates = at.rates(peak, config.warmup_share, config.decay);
        let (loss, gradient_norm) = learner.step(drawn, at.step, &rates, control)?;
        Ok(Step { loss, learning_rate: rates.encoder, gradient_norm })
    }

    fn judge(&self, learner: &PairLearner, control: &Control) -> Result<Judgement, ModelError> {
        self.held.judge(learner, self.config, control)
    }

    fn worth(&self, validation: &BTreeMap<String, f32>) -> Option<f32> {
        validation.get(CHOOSING).copied()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(pairs: &[(u32, u32)]) -> Read {
        let texts = (0..12).map(|id| Sequence::mean_pooled(vec![101, id, 102])).collect();
        Read::new(texts, pairs.iter().map(|&(left, right)| Pair { left, right }).collect())
    }

    #[test]
    fn an_epoch_has_every_pair_once_and_none_alone() {
        let pairs: Vec<(u32, u32)> = (0..9).map(|at| (at % 4, 4 + at % 8)).collect();
        let read = read(&pairs);
        let batches = read.epoch(4, 1, 1);
        assert_eq!(batches.iter().map(Vec::len).collect::<Vec<_>>(), [4, 5]);
        let mut all = batches.concat();
        all.sort_unstable();
        assert_eq!(all, (0..9).collect::<Vec<_>>());
        assert_ne!(batches, read.epoch(4, 1, 2));
        assert_eq!(batches, read.epoch(4, 1, 1));
    }

    /// Pairs 0 and 1 share their right text, pairs 2 and 3 their left one; 4 shares nothing.
    #[test]
    fn what_is_right_too_does_not_stand_against_and_is_read_once() {
        let read = read(&[(0, 4), (1, 4), (2, 5), (2, 6), (3, 7)]);
        let batch = read.batch(&[0, 1, 2, 3, 4]);
        assert_eq!((batch.texts.len(), batch.right[0]), (8, batch.right[1]));
        let out = batch.out.expect("some are");
        let found: Vec<(usize, usize)> =
            (0..25).filter(|&at| out[at]).map(|at| (at / 5, at % 5)).collect();
        assert_eq!(found, [(0, 1), (1, 0), (2, 3), (3, 2)]);
        assert_eq!(read.batch(&[0, 2, 4]).out, None);
        // A pair outside of the batch counts too: text 6 is right for 2, whoever brought it.
        let more = self::read(&[(2, 5), (3, 6), (2, 6)]);
        assert_eq!(more.batch(&[0, 1]).out, Some(vec![false, true, false, false]));
    }
}
