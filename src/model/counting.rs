//! What the counting models share: sparse rows, popularity as a prior, scoring in parallel.

use rayon::prelude::*;

use super::levels::Levels;
use super::{FittedModel, History, ModelError};
use crate::control::Control;
use crate::dataset::Interactions;
use crate::ids::ItemIdx;

/// A sparse matrix by rows: per row ascending positions, columns within a row as they were given.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct SparseRows {
    /// `[n_rows + 1]`: entries of row `r` are `offsets[r]..offsets[r + 1]`.
    pub offsets: Vec<u32>,
    /// Column of each entry.
    pub columns: Vec<u32>,
    /// Value of each entry.
    pub values: Vec<f32>,
}

impl SparseRows {
    /// Number of rows.
    pub fn n_rows(&self) -> usize {
        self.offsets.len().saturating_sub(1)
    }

    /// Columns and values of one row; empty for a row that there is not.
    pub fn row(&self, row: usize) -> (&[u32], &[f32]) {
        match self.offsets.get(row..=row + 1) {
            Some(bounds) => {
                let entries = bounds[0] as usize..bounds[1] as usize;
                (&self.columns[entries.clone()], &self.values[entries])
            }
            None => (&[], &[]),
        }
    }

    /// Entries of one row.
    pub fn entries(&self, row: usize) -> impl Iterator<Item = (usize, f32)> + '_ {
        let (columns, values) = self.row(row);
        columns.iter().map(|&column| column as usize).zip(values.iter().copied())
    }

    /// The value at a row and column, 0 where there is no entry.
    pub fn get(&self, row: usize, column: usize) -> f32 {
        self.entries(row).find(|&(at, _)| at == column).map_or(0.0, |(_, value)| value)
    }

    /// Rows put together from lists of entries.
    pub fn from_rows(rows: Vec<Vec<(u32, f32)>>) -> Self {
        let mut all = Self { offsets: vec![0], ..Self::default() };
        for row in rows {
            all.columns.extend(row.iter().map(|&(column, _)| column));
            all.values.extend(row.iter().map(|&(_, value)| value));
            all.offsets.push(position(all.columns.len()));
        }
        all
    }

    /// How often each (row, column) occurs among `pairs`, columns ascending within a row.
    pub fn from_pairs(mut pairs: Vec<(u32, u32)>, n_rows: usize) -> Self {
        pairs.par_sort_unstable();
        let mut counts = Self { offsets: vec![0; n_rows + 1], ..Self::default() };
        for run in pairs.chunk_by(|a, b| a == b) {
            let (row, column) = run[0];
            counts.columns.push(column);
            counts.values.push(run.len() as f32);
            counts.offsets[row as usize + 1] += 1;
        }
        for row in 0..n_rows {
            counts.offsets[row + 1] += counts.offsets[row];
        }
        counts
    }

    /// Whether offsets, columns and values fit together and the values are finite.
    pub fn is_sound(&self, n_columns: usize) -> bool {
        self.offsets.first() == Some(&0)
            && self.offsets.is_sorted()
            && self.offsets.last().is_some_and(|&last| last as usize == self.columns.len())
            && self.columns.len() == self.values.len()
            && self.columns.iter().all(|&column| (column as usize) < n_columns)
            && self.values.iter().all(|value| value.is_finite())
    }
}

fn position(entries: usize) -> u32 {
    u32::try_from(entries).expect("entry counts fit 32 bits")
}

/// How many distinct shoppers met each product, `[n_items]`.
pub(crate) fn shoppers_per_item(log: &Interactions, n_items: usize) -> Vec<u32> {
    let mut shoppers = vec![0; n_items];
    for (_, rows) in log.users() {
        for item in distinct_items(log, rows) {
            shoppers[item as usize] += 1;
        }
    }
    shoppers
}

/// The distinct products in some rows, ascending.
pub(crate) fn distinct_items(log: &Interactions, rows: std::ops::Range<usize>) -> Vec<u32> {
    let mut items: Vec<u32> = rows.filter_map(|row| log.item(row)).map(|item| item.0).collect();
    items.sort_unstable();
    items.dedup();
    items
}

/// The share of each product among all (shopper, product) pairs: the chance of a product when
/// nothing else is known. Products that nobody met have 0.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Prior {
    /// Distinct shoppers, `[n_items]`.
    pub shoppers: Vec<u32>,
    /// Chance, `[n_items]`; sums to 1.
    pub chance: Vec<f32>,
    /// Products by number of shoppers.
    pub levels: Levels,
}

impl Prior {
    /// The prior of a number of shoppers per product.
    pub fn new(shoppers: Vec<u32>) -> Self {
        let total: u64 = shoppers.iter().map(|&count| u64::from(count)).sum();
        let chance = |&count: &u32| (f64::from(count) / total.max(1) as f64) as f32;
        Self {
            chance: shoppers.iter().map(chance).collect(),
            levels: Levels::by_count(&shoppers),
            shoppers,
        }
    }

    /// The prior of a log.
    pub fn fit(log: &Interactions, n_items: usize) -> Self {
        Self::new(shoppers_per_item(log, n_items))
    }

    /// Number of products.
    pub fn n_items(&self) -> usize {
        self.shoppers.len()
    }

    /// Position of a product by number of shoppers, from 1; `None` if nobody met it.
    pub fn rank(&self, item: ItemIdx) -> Option<u32> {
        let is_met = self.shoppers.get(item.index()).is_some_and(|&count| count > 0);
        is_met.then(|| position(self.levels.position(item) + 1))
    }

    /// What `score` gives a product of each level, `[n_levels]`; `NEG_INFINITY` where nobody met them.
    pub fn of_level(&self, score: impl Fn(usize) -> f32) -> Vec<f32> {
        let one = |item: ItemIdx| match self.shoppers[item.index()] {
            0 => f32::NEG_INFINITY,
            _ => score(item.index()),
        };
        self.levels.one_of_each().map(one).collect()
    }
}

/// Scores several histories on all cores; the order, and hence the result, is that of `histories`.
pub(crate) fn score_parallel(
    model: &impl FittedModel,
    histories: &[History],
    control: &Control,
) -> Result<Vec<Vec<f32>>, ModelError> {
    let one = |history: &History| {
        control.check()?;
        Ok(model.score(history))
    };
    histories.par_iter().map(one).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pairs_are_counted_by_row() {
        let counts = SparseRows::from_pairs(vec![(2, 1), (0, 3), (2, 0), (2, 1)], 3);
        assert_eq!(counts.n_rows(), 3);
        assert_eq!(counts.row(0), (&[3][..], &[1.0][..]));
        assert_eq!(counts.row(1), (&[][..], &[][..]));
        assert_eq!(counts.row(2), (&[0, 1][..], &[1.0, 2.0][..]));
        assert_eq!((counts.get(2, 1), counts.get(2, 3), counts.get(9, 0)), (2.0, 0.0, 0.0));
        assert!(counts.is_sound(4));
        assert!(!counts.is_sound(3));
    }

    #[test]
    fn a_prior_ranks_ties_by_index() {
        let prior = Prior::new(vec![2, 0, 5, 2]);
        let ranks: Vec<_> = (0..5).map(|item| prior.rank(ItemIdx(item))).collect();
        assert_eq!(ranks, [Some(2), None, Some(1), Some(3), None]);
        assert!((prior.chance.iter().sum::<f32>() - 1.0).abs() < 1e-6);
        assert_eq!(Prior::new(vec![0, 0]).chance, [0.0, 0.0]);
    }
}
