//! How well an encoder finds the right texts of validation pairs among each other; figures for choosing an
//! epoch, not for a report.

use std::collections::BTreeMap;

use super::config::PairConfig;
use super::data::{Pair, PairData};
use super::learner::PairLearner;
use super::search::{cosines, ranks};
use crate::control::Control;
use crate::model::bert::batch::Sequence;
use crate::model::bert::course::Judgement;
use crate::model::bert::embedder::Embeddings;
use crate::model::{ModelError, Sample};

/// The figure that chooses; more of it is better.
pub(super) const CHOOSING: &str = "mrr@10";
/// Validation queries that are told of after each epoch, guesses of each, characters of a text.
const SHOWN: usize = 5;
const GUESSES: usize = 3;
const MAX_SHOWN: usize = 90;

/// Validation pairs, each text once.
#[derive(Debug, Clone, Default)]
pub(super) struct Held {
    lefts: Vec<Sequence>,
    rights: Vec<Sequence>,
    left_words: Vec<String>,
    right_words: Vec<String>,
    /// By places among these.
    pairs: Vec<Pair>,
}

impl Held {
    /// Some pairs of `data`, evenly drawn where there are more than `most`.
    pub fn new(
        data: &PairData,
        chosen: &[usize],
        most: Option<usize>,
        read: impl Fn(&str) -> Sequence,
    ) -> Self {
        let count = most.unwrap_or(usize::MAX).min(chosen.len());
        let mut held = Self::default();
        let (mut lefts, mut rights) = (BTreeMap::new(), BTreeMap::new());
        for nth in 0..count {
            let pair = data.pairs[chosen[nth * chosen.len() / count]];
            let left = *lefts.entry(pair.left).or_insert_with(|| {
                let text = &data.lefts[pair.left as usize];
                held.lefts.push(read(text));
                held.left_words.push(text.clone());
                held.lefts.len() as u32 - 1
            });
            let right = *rights.entry(pair.right).or_insert_with(|| {
                let text = &data.rights[pair.right as usize];
                held.rights.push(read(text));
                held.right_words.push(shortened(text));
                held.rights.len() as u32 - 1
            });
            held.pairs.push(Pair { left, right });
        }
        held
    }

    /// `loss` over batches as in training, without dropout; `recall@1`, `recall@10` and `mrr@10` of the left
    /// texts, mean. Empty without pairs.
    ///
    /// # Errors
    /// [`ModelError::Cancelled`], [`ModelError::Device`].
    pub fn judge(
        &self,
        learner: &PairLearner,
        config: &PairConfig,
        control: &Control,
    ) -> Result<Judgement, ModelError> {
        if self.pairs.is_empty() {
            return Ok(Judgement { metrics: BTreeMap::new(), samples: Vec::new() });
        }
        let lefts = learner.vectors(&self.lefts, control)?;
        let rights = learner.vectors(&self.rights, control)?;
        let dim = rights.len() / self.rights.len();
        let rights = Embeddings { dim, values: rights };
        let scores: Vec<Vec<f32>> =
            lefts.chunks_exact(dim).map(|left| cosines(left, &rights)).collect();
        let right_of = self.right_of();
        let mut metrics = figures(&scores, &right_of);
        metrics.insert("loss".to_owned(), self.loss(&scores, &right_of, config) as f32);
        Ok(Judgement { metrics, samples: self.samples(&scores, &right_of, config) })
    }

    fn right_of(&self) -> Vec<Vec<u32>> {
        let mut of = vec![Vec::new(); self.lefts.len()];
        self.pairs.iter().for_each(|pair| of[pair.left as usize].push(pair.right));
        of
    }

    /// Left texts against right ones, whichever way the training goes.
    fn loss(&self, scores: &[Vec<f32>], right_of: &[Vec<u32>], config: &PairConfig) -> f64 {
        let ranking = config.ranking();
        let mut sum = 0.0;
        for batch in self.pairs.chunks(config.batch_size) {
            for (own, pair) in batch.iter().enumerate() {
                let of_left = &scores[pair.left as usize];
                let cosines: Vec<f32> =
                    batch.iter().map(|other| of_left[other.right as usize]).collect();
                let right = &right_of[pair.left as usize];
                sum += ranking.of_row(&cosines, own, |at| right.contains(&batch[at].right));
            }
        }
        sum / self.pairs.len() as f64
    }

    fn samples(
        &self,
        scores: &[Vec<f32>],
        right_of: &[Vec<u32>],
        config: &PairConfig,
    ) -> Vec<Sample> {
        let shown = (0..self.lefts.len()).step_by((self.lefts.len() / SHOWN).max(1)).take(SHOWN);
        shown
            .map(|left| Sample {
                text: self.left_words[left].clone(),
                truth: self.right_words[right_of[left][0] as usize].clone(),
                guesses: self.guesses(&scores[left], config.scale),
            })
            .collect()
    }

    /// The nearest right texts, with the softmax over all of them.
    fn guesses(&self, scores: &[f32], scale: f64) -> Vec<(String, Option<f32>)> {
        let mut order: Vec<usize> = (0..scores.len()).collect();
        order.sort_by(|&a, &b| scores[b].total_cmp(&scores[a]));
        let share = |at: usize| (scale * f64::from(scores[at] - scores[order[0]])).exp();
        let sum: f64 = order.iter().map(|&at| share(at)).sum();
        let guess = |&at: &usize| (self.right_words[at].clone(), Some((share(at) / sum) as f32));
        order.iter().take(GUESSES).map(guess).collect()
    }
}

fn figures(scores: &[Vec<f32>], right_of: &[Vec<u32>]) -> BTreeMap<String, f32> {
    let [mut first, mut ten, mut reciprocal] = [0.0_f64; 3];
    for (scores, right) in scores.iter().zip(right_of) {
        let ranks = ranks(scores, right);
        let within = |most: usize| {
            ranks.iter().filter(|&&rank| rank <= most).count() as f64 / ranks.len() as f64
        };
        first += within(1);
        ten += within(10);
        reciprocal +=
            ranks.first().filter(|&&rank| rank <= 10).map_or(0.0, |&rank| 1.0 / rank as f64);
    }
    let mean = |sum: f64| (sum / scores.len() as f64) as f32;
    [("recall@1", first), ("recall@10", ten), (CHOOSING, reciprocal)]
        .map(|(name, sum)| (name.to_owned(), mean(sum)))
        .into()
}

fn shortened(text: &str) -> String {
    if text.chars().count() <= MAX_SHOWN {
        return text.to_owned();
    }
    text.chars().take(MAX_SHOWN).chain(std::iter::once('…')).collect()
}
