//! The index: rows both ways round, so that only what shares a feature is ever looked at.

use std::cmp::Ordering;

use super::sparse::SparseRows;
use super::vectors::vectors;
use super::{Measure, Neighbour, SimilaritySpec, Subject};
use crate::analysis::AnalysisError;
use crate::analysis::numeric::{real_len, single};
use crate::control::Control;
use crate::dataset::Dataset;
use crate::ids::DatasetRevision;

/// Answers who or what is near to one product or shopper.
#[derive(Debug, Clone, PartialEq)]
pub struct SimilarityIndex {
    pub(super) revision: DatasetRevision,
    spec: SimilaritySpec,
    pub(super) rows: SparseRows,
    inverted: SparseRows,
    moments: Vec<Moments>,
}

/// What a measure needs to know of a row beside the dot product.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(super) struct Moments {
    count: u32,
    sum: f64,
    square: f64,
}

impl SimilarityIndex {
    /// Reads the dataset and builds the index.
    ///
    /// # Errors
    /// [`AnalysisError::NoText`] when comparing by text a shop without any, and
    /// [`AnalysisError::Cancelled`].
    pub fn build(
        dataset: &Dataset,
        spec: SimilaritySpec,
        control: &Control,
    ) -> Result<Self, AnalysisError> {
        let rows = vectors(dataset, spec, control)?;
        control.check()?;
        Ok(Self {
            revision: dataset.revision.clone(),
            spec,
            inverted: rows.transposed(),
            moments: (0..rows.len()).map(|row| moments(&rows, row)).collect(),
            rows,
        })
    }

    /// What was asked for.
    #[must_use]
    pub const fn spec(&self) -> SimilaritySpec {
        self.spec
    }

    /// The data it was built on.
    #[must_use]
    pub const fn revision(&self) -> &DatasetRevision {
        &self.revision
    }

    /// Number of products or shoppers.
    #[must_use]
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// Whether there is nothing to compare.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.rows.len() == 0
    }

    /// The `k` nearest that share at least `min_common` features (1 at least), nearest first, ties by
    /// index. Empty for one that shares nothing with anything.
    ///
    /// # Errors
    /// [`AnalysisError::UnknownItem`] or [`AnalysisError::UnknownUser`] for an index out of range.
    pub fn neighbours(
        &self,
        idx: u32,
        k: usize,
        min_common: u32,
    ) -> Result<Vec<Neighbour>, AnalysisError> {
        self.known(idx)?;
        let own = self.moments[idx as usize];
        let mut sums = Sums::new(self.len());
        sums.add(&self.rows, idx as usize, &self.inverted);
        let mut found: Vec<Neighbour> = sums
            .touched
            .iter()
            .filter(|&&other| other != idx && sums.common[other as usize] >= min_common.max(1))
            .map(|&other| {
                let (dot, common) = sums.of(other as usize);
                Neighbour {
                    idx: other,
                    score: single(self.score(dot, common, own, self.moments[other as usize])),
                    common,
                }
            })
            .collect();
        if k < found.len() {
            found.select_nth_unstable_by(k, nearest_first);
            found.truncate(k);
        }
        found.sort_unstable_by(nearest_first);
        Ok(found)
    }

    /// The similarity of two; 1 with itself.
    ///
    /// # Errors
    /// [`AnalysisError::UnknownItem`] or [`AnalysisError::UnknownUser`] for an index out of range.
    pub fn similarity(&self, a: u32, b: u32) -> Result<f32, AnalysisError> {
        self.known(a)?;
        self.known(b)?;
        let values = self.all_pairs(&[a, b]);
        Ok(values[1])
    }

    /// `[n][n]` row-major similarities among some rows.
    pub(super) fn all_pairs(&self, ids: &[u32]) -> Vec<f32> {
        let n = ids.len();
        let rows = self.rows.select(ids);
        let inverted = rows.transposed();
        let mut values = vec![0.0; n * n];
        let mut sums = Sums::new(n);
        for a in 0..n {
            sums.add(&rows, a, &inverted);
            values[a * n + a] = 1.0;
            for b in 0..a {
                let (dot, common) = sums.of(b);
                let pair = (self.moments[ids[a] as usize], self.moments[ids[b] as usize]);
                let score =
                    if ids[a] == ids[b] { 1.0 } else { self.score(dot, common, pair.0, pair.1) };
                values[a * n + b] = single(score);
                values[b * n + a] = single(score);
            }
            sums.clear();
        }
        values
    }

    pub(super) fn known(&self, idx: u32) -> Result<(), AnalysisError> {
        let n = self.len();
        match self.spec.subject {
            _ if (idx as usize) < n => Ok(()),
            Subject::Items => Err(AnalysisError::UnknownItem { idx, n }),
            Subject::Users => Err(AnalysisError::UnknownUser { idx, n }),
        }
    }

    /// The measure from a dot product, the number of common features and both rows' moments. Rows
    /// without length (or variance) are like nothing: 0.
    fn score(&self, dot: f64, common: u32, a: Moments, b: Moments) -> f64 {
        let ratio = |part: f64, whole: f64| if whole > 0.0 { part / whole } else { 0.0 };
        match self.spec.measure {
            Measure::Cosine => ratio(dot, (a.square * b.square).sqrt()).min(1.0),
            Measure::Jaccard => {
                let union = f64::from(a.count) + f64::from(b.count) - f64::from(common);
                ratio(f64::from(common), union)
            }
            Measure::Pearson => {
                let n = real_len(self.rows.n_columns()).max(1.0);
                let covariance = dot - a.sum * b.sum / n;
                let variance = |row: Moments| (row.square - row.sum * row.sum / n).max(0.0);
                ratio(covariance, (variance(a) * variance(b)).sqrt()).clamp(-1.0, 1.0)
            }
        }
    }
}

fn moments(rows: &SparseRows, row: usize) -> Moments {
    let mut moments = Moments::default();
    for &value in rows.values_of(row) {
        let value = f64::from(value);
        moments.count += 1;
        moments.sum += value;
        moments.square += value * value;
    }
    moments
}

fn nearest_first(a: &Neighbour, b: &Neighbour) -> Ordering {
    b.score.total_cmp(&a.score).then(a.idx.cmp(&b.idx))
}

/// Dot products and common features of one row with all others.
struct Sums {
    dot: Vec<f64>,
    common: Vec<u32>,
    touched: Vec<u32>,
}

impl Sums {
    fn new(n: usize) -> Self {
        Self { dot: vec![0.0; n], common: vec![0; n], touched: Vec::new() }
    }

    fn add(&mut self, rows: &SparseRows, row: usize, inverted: &SparseRows) {
        for (column, value) in rows.cells(row) {
            for (other, other_value) in inverted.cells(column as usize) {
                let place = other as usize;
                if self.common[place] == 0 {
                    self.touched.push(other);
                }
                self.common[place] += 1;
                self.dot[place] += f64::from(value) * f64::from(other_value);
            }
        }
    }

    fn of(&self, other: usize) -> (f64, u32) {
        (self.dot[other], self.common[other])
    }

    fn clear(&mut self) {
        for other in self.touched.drain(..) {
            self.dot[other as usize] = 0.0;
            self.common[other as usize] = 0;
        }
    }
}
