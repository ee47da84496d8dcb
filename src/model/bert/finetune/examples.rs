//! Next-product steps of the training visits, and how an epoch draws its batches from them.

use rand::SeedableRng;
use rand::seq::SliceRandom;
use rand_chacha::ChaCha8Rng;

use super::history::{HistoryReader, Told};
use crate::dataset::Interactions;
use crate::dataset::split::Split;
use crate::ids::ItemIdx;
use crate::model::bert::batch::Sequence;
use crate::model::bert::config::BertConfig;

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
    reader: &'a HistoryReader,
}

/// Windows of this many batches are sorted by length, so that a batch holds similar lengths while the
/// order of batches stays random.
const WINDOW_BATCHES: usize = 32;

impl<'a> Examples<'a> {
    /// The steps of the training part of a split.
    pub fn new(config: &BertConfig, split: &'a Split, reader: &'a HistoryReader) -> Self {
        let visits = split.train.as_ref();
        let mut steps = Vec::new();
        for (_, rows) in visits.users() {
            let all = rows.start + 1..rows.end;
            let newest = config.max_examples_per_user.unwrap_or(usize::MAX);
            let skipped = all.len().saturating_sub(newest);
            steps.extend(all.skip(skipped).map(|row| Step {
                first: row.saturating_sub(reader.history_items()).max(rows.start) as u32,
                row: row as u32,
            }));
        }
        Self { visits, steps, reader }
    }

    /// Number of steps.
    pub fn len(&self) -> usize {
        self.steps.len()
    }

    /// The product that a step leads to.
    pub fn target(&self, index: usize) -> ItemIdx {
        self.told(self.steps[index].row as usize).item
    }

    /// What a step starts from, newest first.
    pub fn history(&self, index: usize) -> impl Iterator<Item = Told> + '_ {
        let Step { first, row } = self.steps[index];
        (first as usize..row as usize).rev().map(|row| self.told(row))
    }

    /// The text of what a step starts from.
    pub fn text(&self, index: usize) -> Sequence {
        self.reader.text(self.history(index))
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
        for window in drawn.chunks_mut(config.batch_size * WINDOW_BATCHES) {
            window.sort_by_key(|&index| self.text(index).len());
        }
        let mut batches: Vec<Vec<usize>> =
            drawn.chunks(config.batch_size).map(<[usize]>::to_vec).collect();
        batches.shuffle(&mut rng);
        batches
    }
}

/// One row of a log whose rows all name a product.
pub(super) fn told(visits: &Interactions, row: usize) -> Told {
    Told { item: visits.item(row).expect("every visit names a product"), kind: visits.kind(row) }
}
