//! How well the network predicts held-out products: full ranking, ties against the model.

use std::collections::BTreeMap;
use std::ops::Range;

use rand::SeedableRng;
use rand::seq::SliceRandom;
use rand_chacha::ChaCha8Rng;
use rayon::prelude::*;

use super::catalogue::Candidates;
use super::examples::told;
use crate::control::Control;
use crate::dataset::split::{Holdout, Phase, Split};
use crate::dataset::{Dataset, Interactions};
use crate::ids::ItemIdx;
use crate::model::bert::batch::by_length;
use crate::model::{ModelError, Sample};

/// Length of the lists that are judged.
const K: u32 = 10;

/// Scores held at a time: 64 MB, which bounds the wait for a stop as well.
pub(in crate::model::bert) const HELD_SCORES: usize = 1 << 24;

/// Cases shown after each epoch, products of a history and products of a list in them.
const SHOWN: usize = 4;
const SHOWN_ITEMS: usize = 3;

/// The metric that chooses the best epoch.
pub(in crate::model::bert) const CHOOSING: &str = "ndcg@10";

/// One held-out case.
#[derive(Debug, Clone)]
struct Case<T> {
    /// What the network reads.
    input: T,
    answer: Answer,
}

/// What was met after a history.
#[derive(Debug, Clone)]
struct Answer {
    /// Candidates met afterwards for the first time, ascending: as in the test, a product of the history is
    /// not ranked, and meeting it again counts as a miss.
    relevant: Vec<u32>,
    /// The first of them, whose log-likelihood is reported.
    next: Option<u32>,
    /// How many products were met afterwards, those included that cannot be ranked.
    wanted: usize,
    /// Candidates in the history, ascending; they are not ranked.
    seen: Vec<u32>,
}

/// The validation cases of a split, ready to be judged; `T` is what the network reads of a history.
#[derive(Debug, Clone)]
pub(in crate::model::bert) struct Judge<T> {
    cases: Vec<Case<T>>,
    /// Histories of the first few cases in words.
    shown: Vec<String>,
    /// What to call each candidate.
    names: Vec<String>,
}

/// Values of one case.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Verdict {
    loss: Option<f64>,
    hit: f64,
    ndcg: f64,
}

impl<T> Judge<T> {
    /// Draw at most `limit` cases; the same ones for the same split, limit and seed. `read` makes of some rows
    /// of a log what the network reads.
    pub fn new(
        dataset: &Dataset,
        split: &Split,
        candidates: &Candidates,
        limit: Option<usize>,
        seed: u64,
        read: impl Fn(&Interactions, Range<usize>) -> T,
    ) -> Self {
        let mut chosen: Vec<&Holdout> = split.validation.iter().collect();
        if let Some(limit) = limit.filter(|&limit| limit < chosen.len()) {
            let mut rng = ChaCha8Rng::seed_from_u64(seed);
            chosen.partial_shuffle(&mut rng, limit);
            chosen.truncate(limit);
        }
        let name = |item: ItemIdx| dataset.item_label(item).to_owned();
        let shown = chosen.iter().take(SHOWN).map(|holdout| words(split, holdout, name)).collect();
        let names = candidates.items().iter().map(|&item| name(item)).collect();
        let known = split.known(Phase::Validation);
        let case = |holdout: &Holdout| {
            let input = read(known, holdout.history.clone());
            Case { input, answer: answer(known, holdout, candidates) }
        };
        Self { cases: chosen.into_iter().map(case).collect(), shown, names }
    }

    /// `loss` (nats, of the first product met), `hit_rate@10` and `ndcg@10`, means over cases; empty
    /// without cases. `tokens` is the length of what the network reads, `logits` gives those of all candidates
    /// for each of a few.
    ///
    /// # Errors
    /// [`ModelError::Cancelled`], [`ModelError::Device`].
    pub fn metrics(
        &self,
        tokens: impl Fn(&T) -> usize,
        logits: impl Fn(&[&T]) -> Result<Vec<f32>, ModelError>,
        control: &Control,
    ) -> Result<BTreeMap<String, f32>, ModelError> {
        if self.cases.is_empty() {
            return Ok(BTreeMap::new());
        }
        let lengths: Vec<usize> = self.cases.iter().map(|case| tokens(&case.input)).collect();
        let mut verdicts = vec![None; self.cases.len()];
        let mut done = 0;
        let held = (HELD_SCORES / self.names.len().max(1)).clamp(1, 128);
        for batch in by_length(&lengths, 2_048, held) {
            control.check()?;
            control.report("stage-validating", done, self.cases.len() as u64);
            let inputs: Vec<&T> = batch.iter().map(|&index| &self.cases[index].input).collect();
            let logits = logits(&inputs)?;
            let answers: Vec<&Answer> =
                batch.iter().map(|&index| &self.cases[index].answer).collect();
            let found: Vec<Verdict> = logits
                .par_chunks(logits.len() / batch.len())
                .zip(answers)
                .map(|(logits, answer)| verdict(logits, answer))
                .collect();
            done += batch.len() as u64;
            for (index, verdict) in batch.into_iter().zip(found) {
                verdicts[index] = Some(verdict);
            }
        }
        Ok(means(&verdicts.into_iter().flatten().collect::<Vec<_>>()))
    }

    /// The products that the network expects next in the first few cases, beside the one that came; `logits`
    /// as for [`Self::metrics`], asked once.
    ///
    /// # Errors
    /// [`ModelError`]: cancelled, a device that failed.
    pub fn samples(
        &self,
        logits: impl FnOnce(&[&T]) -> Result<Vec<f32>, ModelError>,
    ) -> Result<Vec<Sample>, ModelError> {
        let cases = &self.cases[..self.shown.len()];
        if cases.is_empty() {
            return Ok(Vec::new());
        }
        let inputs: Vec<&T> = cases.iter().map(|case| &case.input).collect();
        let logits = logits(&inputs)?;
        let rows = logits.chunks(logits.len() / cases.len());
        let shown = cases.iter().zip(&self.shown).zip(rows);
        Ok(shown.map(|((case, told), logits)| self.sample(&case.answer, told, logits)).collect())
    }

    fn sample(&self, answer: &Answer, history: &str, logits: &[f32]) -> Sample {
        let total = log_sum_exp(logits);
        let mut order: Vec<usize> = (0..logits.len())
            .filter(|&candidate| answer.seen.binary_search(&(candidate as u32)).is_err())
            .collect();
        order.sort_by(|&a, &b| logits[b].total_cmp(&logits[a]));
        order.truncate(SHOWN_ITEMS);
        let chance = |candidate: usize| (f64::from(logits[candidate]) - total).exp() as f32;
        let name = |candidate: usize| self.names[candidate].clone();
        Sample {
            text: history.to_owned(),
            truth: answer.next.map(|next| name(next as usize)).unwrap_or_default(),
            guesses: order.into_iter().map(|one| (name(one), Some(chance(one)))).collect(),
        }
    }
}

/// The newest products of a history in words, oldest first.
fn words(split: &Split, holdout: &Holdout, name: impl Fn(ItemIdx) -> String) -> String {
    let known = split.known(Phase::Validation);
    let newest = holdout.history.clone().rev().filter_map(|row| known.item(row)).take(SHOWN_ITEMS);
    let mut names: Vec<String> = newest.map(name).collect();
    names.reverse();
    names.join(" › ")
}

fn answer(known: &Interactions, holdout: &Holdout, candidates: &Candidates) -> Answer {
    let mut seen: Vec<u32> = holdout
        .history
        .clone()
        .filter_map(|row| candidates.position(told(known, row).item))
        .collect();
    seen.sort_unstable();
    seen.dedup();
    let mut relevant: Vec<u32> =
        holdout.relevant.iter().filter_map(|&item| candidates.position(item)).collect();
    relevant.retain(|candidate| seen.binary_search(candidate).is_err());
    relevant.sort_unstable();
    Answer {
        next: holdout.relevant.first().and_then(|&item| candidates.position(item)),
        wanted: holdout.relevant.len(),
        relevant,
        seen,
    }
}

fn verdict(logits: &[f32], case: &Answer) -> Verdict {
    let ranks = ranks(logits, case);
    let gain = |rank: u32| 1.0 / f64::from(rank + 1).log2();
    let found: f64 = ranks.iter().filter(|&&rank| rank <= K).map(|&rank| gain(rank)).sum();
    let reachable = u32::try_from(case.wanted).unwrap_or(K).min(K);
    let ideal: f64 = (1..=reachable).map(gain).sum();
    Verdict {
        loss: case.next.map(|next| log_sum_exp(logits) - f64::from(logits[next as usize])),
        hit: if ranks.iter().any(|&rank| rank <= K) { 1.0 } else { 0.0 },
        ndcg: found / ideal,
    }
}

/// Rank from 1 of each relevant candidate among those not seen; equal scores rank before it, other
/// relevant ones in order of index.
fn ranks(logits: &[f32], case: &Answer) -> Vec<u32> {
    let is_in = |list: &[u32], index: usize| list.binary_search(&(index as u32)).is_ok();
    case.relevant
        .iter()
        .map(|&wanted| {
            let score = logits[wanted as usize];
            let better = logits.iter().enumerate().filter(|&(index, &other)| {
                if is_in(&case.relevant, index) {
                    other > score || (other == score && index < wanted as usize)
                } else {
                    other >= score && !is_in(&case.seen, index)
                }
            });
            better.count() as u32 + 1
        })
        .collect()
}

fn log_sum_exp(logits: &[f32]) -> f64 {
    let top = logits.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    let total: f64 = logits.iter().map(|&logit| f64::from(logit - top).exp()).sum();
    f64::from(top) + total.ln()
}

fn means(verdicts: &[Verdict]) -> BTreeMap<String, f32> {
    let mean = |values: Vec<f64>| (values.iter().sum::<f64>() / values.len() as f64) as f32;
    let mut metrics = BTreeMap::from([
        ("hit_rate@10".to_owned(), mean(verdicts.iter().map(|one| one.hit).collect())),
        (CHOOSING.to_owned(), mean(verdicts.iter().map(|one| one.ndcg).collect())),
    ]);
    let losses: Vec<f64> = verdicts.iter().filter_map(|one| one.loss).collect();
    if !losses.is_empty() {
        metrics.insert("loss".to_owned(), mean(losses));
    }
    metrics
}

#[cfg(test)]
mod tests {
    use super::*;

    fn case(relevant: &[u32], seen: &[u32]) -> Answer {
        Answer {
            next: relevant.first().copied(),
            wanted: relevant.len(),
            relevant: relevant.to_vec(),
            seen: seen.to_vec(),
        }
    }

    #[test]
    fn ties_rank_against_the_model_and_seen_products_do_not_rank() {
        let logits = [2.0, 5.0, 2.0, 1.0];
        assert_eq!(ranks(&logits, &case(&[0], &[])), [3]);
        assert_eq!(ranks(&logits, &case(&[0], &[1])), [2]);
        assert_eq!(ranks(&logits, &case(&[0, 2], &[1])), [1, 2]);
        let verdict = verdict(&logits, &case(&[0], &[1]));
        assert!((verdict.ndcg - 1.0 / 3_f64.log2()).abs() < 1e-12);
        let total: f64 = logits.iter().map(|&logit| f64::from(logit).exp()).sum();
        assert!((verdict.loss.expect("a loss") - (total.ln() - 2.0)).abs() < 1e-9);
    }

    #[test]
    fn an_unknown_product_is_a_miss() {
        let mut unknown = case(&[], &[]);
        unknown.wanted = 1;
        assert_eq!(verdict(&[1.0, 2.0], &unknown), Verdict { loss: None, hit: 0.0, ndcg: 0.0 });
    }
}
