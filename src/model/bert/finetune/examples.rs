//! Next-product steps of the training visits, and how an epoch draws its batches from them.

use std::collections::HashSet;
use std::ops::Range;

use rand::SeedableRng;
use rand::seq::SliceRandom;
use rand_chacha::ChaCha8Rng;

use super::catalogue::Candidates;
use super::history::{HistoryReader, Told};
use crate::dataset::Interactions;
use crate::dataset::split::Split;
use crate::ids::ItemIdx;
use crate::model::bert::batch::{Sequence, shuffled_batches};
use crate::model::bert::config::BertConfig;
use crate::model::bert::tokenizer::TextTokenizer;

/// One step: the products of `first..row` came before the product of `row`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Step {
    first: u32,
    row: u32,
}

/// Every next-product step that may be trained on, in order of user and time.
pub(super) struct Examples<'a> {
    visits: &'a Interactions,
    steps: Vec<Step>,
    /// What shoppers wrote about products, with the rows of the visits.
    said: Vec<(usize, Sequence)>,
    reader: &'a HistoryReader,
}

impl<'a> Examples<'a> {
    /// The steps of the training part of a split.
    pub fn new(config: &BertConfig, split: &'a Split, reader: &'a HistoryReader) -> Self {
        let visits = split.train.as_ref();
        let mut steps = Vec::new();
        for (_, rows) in visits.users() {
            let mut ends = ends(visits, rows.clone(), config.new_products_only);
            let newest = config.max_examples_per_user.unwrap_or(usize::MAX);
            steps.extend(ends.drain(ends.len().saturating_sub(newest)..).map(|row| Step {
                first: row.saturating_sub(reader.history_items()).max(rows.start) as u32,
                row: row as u32,
            }));
        }
        Self { visits, steps, said: Vec::new(), reader }
    }

    /// The same with what shoppers wrote at their visits, reviews and queries, as examples that lead to the
    /// product of the visit; each of at most `longest` tokens.
    pub fn with_texts(self, tokenizer: &TextTokenizer, longest: usize) -> Self {
        let text = |row| self.visits.texts().get(row).filter(|text| !text.trim().is_empty());
        let rows = (0..self.visits.len()).filter(|&row| self.visits.item(row).is_some());
        let (rows, texts): (Vec<usize>, Vec<String>) =
            rows.filter_map(|row| Some((row, text(row)?.to_owned()))).unzip();
        let sequences = tokenizer.texts(&texts, longest).into_iter().map(Sequence::mean_pooled);
        Self { said: rows.into_iter().zip(sequences).collect(), ..self }
    }

    /// Number of steps, and of what was written.
    pub fn len(&self) -> usize {
        self.steps.len() + self.said.len()
    }

    /// What was written, for a number after those of the steps.
    fn said(&self, index: usize) -> Option<&(usize, Sequence)> {
        self.said.get(index.checked_sub(self.steps.len())?)
    }

    /// The product that an example leads to.
    pub fn target(&self, index: usize) -> ItemIdx {
        let row = match self.said(index) {
            Some((row, _)) => *row,
            None => self.steps[index].row as usize,
        };
        self.told(row).item
    }

    /// How many examples lead to each candidate.
    pub fn counts(&self, candidates: &Candidates) -> Vec<u32> {
        let mut counts = vec![0; candidates.len()];
        for index in 0..self.len() {
            if let Some(position) = candidates.position(self.target(index)) {
                counts[position as usize] += 1;
            }
        }
        counts
    }

    /// What a step starts from, newest first.
    pub fn history(&self, index: usize) -> impl Iterator<Item = Told> + '_ {
        let Step { first, row } = self.steps[index];
        (first as usize..row as usize).rev().map(|row| self.told(row))
    }

    /// The text of what an example starts from.
    pub fn text(&self, index: usize) -> Sequence {
        match self.said(index) {
            Some((_, text)) => text.clone(),
            None => self.reader.text(self.history(index)),
        }
    }

    fn told(&self, row: usize) -> Told {
        told(self.visits, row)
    }

    /// The batches of one epoch: a function of seed and epoch alone. Every epoch has as many batches.
    pub fn epoch(&self, config: &BertConfig, seed: u64, epoch: u32) -> Vec<Vec<usize>> {
        let mut rng = ChaCha8Rng::seed_from_u64(seed ^ (u64::from(epoch) << 32));
        let mut order: Vec<usize> = (0..self.len()).collect();
        let wanted = config.max_examples.unwrap_or(usize::MAX).min(order.len());
        let (drawn, _) = order.partial_shuffle(&mut rng, wanted);
        shuffled_batches(drawn, config.batch_size, |index| self.text(index).len(), &mut rng)
    }
}

/// The rows of a shopper that a step may lead to: all but the first, or those of products not met before.
fn ends(visits: &Interactions, rows: Range<usize>, new_products_only: bool) -> Vec<usize> {
    let mut met = HashSet::new();
    let first = rows.start;
    rows.filter(|&row| {
        let is_new = !new_products_only || met.insert(visits.item(row));
        is_new && row > first
    })
    .collect()
}

/// One row of a log whose rows all name a product.
pub(super) fn told(visits: &Interactions, row: usize) -> Told {
    Told { item: visits.item(row).expect("every visit names a product"), kind: visits.kind(row) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dataset::{EventKind, InteractionsBuilder, NewInteraction};
    use crate::ids::UserIdx;

    #[test]
    fn steps_lead_to_every_product_or_to_new_ones() {
        let mut builder = InteractionsBuilder::default();
        for (time_ms, item) in (0..).zip([3, 1, 3, 2, 1]) {
            builder.push(&NewInteraction {
                user: UserIdx(0),
                item: Some(ItemIdx(item)),
                kind: EventKind::View,
                time_ms,
                amount: None,
                price: None,
                text: None,
            });
        }
        let visits = builder.finish(1);
        assert_eq!(ends(&visits, 0..5, false), [1, 2, 3, 4]);
        assert_eq!(ends(&visits, 0..5, true), [1, 3]);
    }
}
