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
use crate::model::bert::histories::Augmentation;
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
    augmentation: Augmentation,
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
        Self { visits, steps, said: Vec::new(), reader, augmentation: config.augmentation() }
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

    /// The text of what an example starts from as it is shown in an epoch: a function of seed, epoch and
    /// example alone.
    pub fn shown(&self, index: usize, seed: u64, epoch: u32) -> Sequence {
        if !self.augmentation.is_any() || self.said(index).is_some() {
            return self.text(index);
        }
        self.reader.text(self.shown_history(index, seed, epoch))
    }

    /// The history behind [`Self::shown`], newest first; none behind what was written.
    pub fn shown_history(&self, index: usize, seed: u64, epoch: u32) -> Vec<Told> {
        if self.said(index).is_some() {
            return Vec::new();
        }
        let history = self.history(index).collect();
        if !self.augmentation.is_any() {
            return history;
        }
        changed(&self.augmentation, history, &mut Augmentation::rng(seed, epoch, index))
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

/// A history, newest first, in another form that leads to the same product: what is cropped is the older part,
/// for what came next came after the newest.
fn changed(augmentation: &Augmentation, history: Vec<Told>, rng: &mut ChaCha8Rng) -> Vec<Told> {
    let mut history = history;
    history.truncate(augmentation.cropped(history.len(), rng).len());
    augmentation.reordered(&mut history, rng);
    let hidden = augmentation.hidden(history.len(), rng);
    (0..).zip(history).filter(|(place, _)| !hidden.contains(place)).map(|(_, told)| told).collect()
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

    #[test]
    fn a_changed_history_is_made_of_what_came_before_and_ends_where_it_did() {
        let items = |history: &[Told]| history.iter().map(|told| told.item.0).collect::<Vec<_>>();
        let history: Vec<Told> =
            (0..10).map(|item| Told { item: ItemIdx(item), kind: EventKind::View }).collect();
        let change = |config: &BertConfig, example| {
            let rng = &mut Augmentation::rng(1, 1, example);
            items(&changed(&config.augmentation(), history.clone(), rng))
        };
        let usual = BertConfig::default();
        assert_eq!(change(&usual, 0), (0..10).collect::<Vec<_>>());
        let crop = BertConfig { item_crop: 1.0, ..usual.clone() };
        let mask = BertConfig { item_mask: 1.0, ..usual.clone() };
        let reorder = BertConfig { item_reorder: 1.0, ..usual };
        let mut orders = HashSet::new();
        for example in 0..100 {
            assert_eq!(change(&crop, example), [0, 1, 2, 3, 4, 5], "the newest six");
            let masked = change(&mask, example);
            assert!(masked.len() == 7 && masked.is_sorted(), "{masked:?}");
            let mut shuffled = change(&reorder, example);
            orders.insert(shuffled.clone());
            shuffled.sort_unstable();
            assert_eq!(shuffled, (0..10).collect::<Vec<_>>());
        }
        assert!(orders.len() > 95, "{} orders", orders.len());
    }
}
