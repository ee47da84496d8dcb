//! How well masked words and the order of texts are predicted on held-out documents.

use std::collections::BTreeMap;

use rayon::prelude::*;

use super::examples::Masked;
use super::learner::{Learner, labels, orders};
use crate::control::Control;
use crate::model::bert::batch::by_length;
use crate::model::bert::course::Learner as _;
use crate::model::bert::device::guard;
use crate::model::bert::tokenizer::TextTokenizer;
use crate::model::{ModelError, Sample};

/// The metric that chooses the best epoch: the lower, the better.
pub(super) const CHOOSING: &str = "loss";

/// Guesses shown for a mask.
const GUESSES: usize = 5;

/// Filled masks shown.
const FILLS: usize = 5;

/// Scores read back at a time, numbers: a large vocabulary gives many.
const SCORES_AT_A_TIME: usize = 1 << 24;

/// Held-out examples, masked once and for all.
pub(super) struct Judge<'a> {
    examples: Vec<Masked>,
    tokenizer: &'a TextTokenizer,
    mask: u32,
}

/// Verdict over one token or pair.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Verdict {
    loss: f64,
    is_right: bool,
}

impl<'a> Judge<'a> {
    /// Judge by these examples.
    pub fn new(examples: Vec<Masked>, tokenizer: &'a TextTokenizer, mask: u32) -> Self {
        Self { examples, tokenizer, mask }
    }

    /// Number of examples.
    pub fn len(&self) -> usize {
        self.examples.len()
    }

    /// `masked_accuracy`, `perplexity` (of the masked word pieces), `nsp_accuracy` and their `loss`, as
    /// far as there is something to judge by.
    ///
    /// # Errors
    /// [`ModelError::Cancelled`], [`ModelError::Device`].
    pub fn metrics(
        &self,
        learner: &Learner,
        words: usize,
        control: &Control,
    ) -> Result<BTreeMap<String, f32>, ModelError> {
        let lengths: Vec<usize> =
            self.examples.iter().map(|example| example.sequence.len()).collect();
        let most = (SCORES_AT_A_TIME / words.max(1)).clamp(64, learner.micro_tokens());
        let (mut masked, mut next) = (Vec::new(), Vec::new());
        let mut done = 0;
        for indices in by_length(&lengths, most, 64) {
            control.check()?;
            control.report("stage-validating", done, self.examples.len() as u64);
            let chosen: Vec<&Masked> = indices.iter().map(|&index| &self.examples[index]).collect();
            let scores = guard(learner.device(), || Ok(learner.judge(&chosen)))?;
            masked.extend(verdicts(&scores.words, &labels(&chosen)));
            next.extend(verdicts(&scores.relations, &orders(&chosen)));
            done += indices.len() as u64;
        }
        Ok(summary(&masked, &next))
    }

    /// Likeliest words for a mask of each of the first few examples.
    ///
    /// # Errors
    /// [`ModelError::Device`].
    pub fn fills(&self, learner: &Learner) -> Result<Vec<Sample>, ModelError> {
        let shown =
            self.examples.iter().filter_map(|example| Some((example, self.shown_mask(example)?)));
        shown
            .take(FILLS)
            .map(|(example, which)| {
                let scores = guard(learner.device(), || Ok(learner.judge(&[example])))?;
                let words = scores.words.len() / example.labels.len();
                let row = &scores.words[which * words..(which + 1) * words];
                Ok(self.fill(example, which, row))
            })
            .collect()
    }

    /// The first of its predictions that reads `[MASK]`.
    fn shown_mask(&self, example: &Masked) -> Option<usize> {
        example.places.iter().position(|&place| example.sequence.ids[place] == self.mask)
    }

    fn fill(&self, example: &Masked, which: usize, scores: &[f32]) -> Sample {
        let most = scores.iter().copied().fold(f32::NEG_INFINITY, f32::max);
        let sum: f64 = scores.iter().map(|score| f64::from(score - most).exp()).sum();
        let mut order: Vec<u32> = (0..scores.len() as u32).collect();
        let better =
            |a: &u32, b: &u32| scores[*b as usize].total_cmp(&scores[*a as usize]).then(a.cmp(b));
        let shown = GUESSES.min(order.len());
        if shown < order.len() {
            order.select_nth_unstable_by(shown, better);
            order.truncate(shown);
        }
        order.sort_by(better);
        let probability = |id: u32| (f64::from(scores[id as usize] - most).exp() / sum) as f32;
        let piece = |id: u32| self.tokenizer.piece(id).unwrap_or_default();
        Sample {
            text: self.text(example, example.places[which]),
            truth: piece(example.labels[which]),
            guesses: order.into_iter().map(|id| (piece(id), Some(probability(id)))).collect(),
        }
    }

    /// The example as text, pieces of words joined.
    fn text(&self, example: &Masked, filled: usize) -> String {
        let ids = &example.sequence.ids;
        let mut text = String::new();
        for (place, &id) in ids.iter().enumerate().take(ids.len() - 1).skip(1) {
            let piece = self.tokenizer.piece(id).unwrap_or_default();
            let joined = if place == filled { None } else { piece.strip_prefix("##") };
            match joined {
                Some(rest) => text.push_str(rest),
                None => {
                    if !text.is_empty() {
                        text.push(' ');
                    }
                    let piece = if place == filled { "[[MASK]]" } else { piece.as_str() };
                    text.push_str(if piece == "[SEP]" { "|" } else { piece });
                }
            }
        }
        text
    }
}

/// Of each row of scores: the negative log-probability of its target and whether that scores highest.
/// Ties count as wrong.
fn verdicts(scores: &[f32], targets: &[u32]) -> Vec<Verdict> {
    let Some(width) = scores.len().checked_div(targets.len()).filter(|&width| width > 0) else {
        return Vec::new();
    };
    scores
        .par_chunks_exact(width)
        .zip(targets)
        .map(|(row, &target)| {
            let most = row.iter().copied().fold(f32::NEG_INFINITY, f32::max);
            let sum: f64 = row.iter().map(|score| f64::from(score - most).exp()).sum();
            let own = row[target as usize];
            let rivals = row.iter().enumerate().filter(|(id, _)| *id != target as usize);
            Verdict {
                loss: sum.ln() - f64::from(own - most),
                is_right: rivals.map(|(_, &score)| score).all(|score| score < own),
            }
        })
        .collect()
}

fn summary(masked: &[Verdict], next: &[Verdict]) -> BTreeMap<String, f32> {
    let mean = |verdicts: &[Verdict]| {
        let sum: f64 = verdicts.iter().map(|verdict| verdict.loss).sum();
        sum / verdicts.len() as f64
    };
    let accuracy = |verdicts: &[Verdict]| {
        verdicts.iter().filter(|verdict| verdict.is_right).count() as f32 / verdicts.len() as f32
    };
    let mut found = BTreeMap::new();
    let mut loss = 0.0;
    if !masked.is_empty() {
        loss += mean(masked);
        found.insert("masked_accuracy".to_owned(), accuracy(masked));
        found.insert("perplexity".to_owned(), mean(masked).exp() as f32);
    }
    if !next.is_empty() {
        loss += mean(next);
        found.insert("nsp_accuracy".to_owned(), accuracy(next));
    }
    if !found.is_empty() {
        found.insert(CHOOSING.to_owned(), loss as f32);
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn verdicts_are_those_of_a_softmax() {
        let found = verdicts(&[0.0, 2.0, 1.0, 1.0], &[1, 0]);
        let expected = (1.0 + (-2.0_f64).exp()).ln();
        assert!((found[0].loss - expected).abs() < 1e-12 && found[0].is_right);
        assert!((found[1].loss - 2.0_f64.ln()).abs() < 1e-12);
        assert!(!found[1].is_right, "a tie is wrong");
        assert!(verdicts(&[], &[]).is_empty());
    }

    #[test]
    fn the_summary_holds_what_there_is() {
        let right = Verdict { loss: 2.0_f64.ln(), is_right: true };
        let wrong = Verdict { loss: 8.0_f64.ln(), is_right: false };
        let found = summary(&[right, wrong], &[]);
        assert_eq!((found["masked_accuracy"], found.get("nsp_accuracy")), (0.5, None));
        assert!((found["perplexity"] - 4.0).abs() < 1e-5);
        assert!((found["loss"] - 4.0_f32.ln()).abs() < 1e-6);
        assert!(summary(&[], &[]).is_empty());
    }
}
