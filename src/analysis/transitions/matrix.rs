//! The chain itself: probabilities from counts, and n steps at once.

use rayon::prelude::*;

use super::count::Counted;
use super::states::{States, name_of};
use super::{StateId, TransitionMatrix, TransitionOptions};
use crate::analysis::numeric::real;
use crate::dataset::Dataset;

/// Puts a matrix together from what was counted.
pub(super) fn assemble(
    dataset: &Dataset,
    options: &TransitionOptions,
    states: States,
    counted: Counted,
) -> TransitionMatrix {
    let n_chains = real(counted.n_chains).max(1.0);
    let beginnings = counted.beginnings.iter();
    let mut matrix = TransitionMatrix {
        revision: dataset.revision.clone(),
        options: options.clone(),
        states: states.ids.iter().map(|&id| name_of(dataset, id)).collect(),
        visits: counted.visits,
        counts: counted.counts,
        probabilities: Vec::new(),
        initial: beginnings.map(|&count| real(count) / n_chains).collect(),
        absorbing: Vec::new(),
        n_chains: counted.n_chains,
        ids: states.ids,
    };
    matrix.normalise();
    matrix
}

impl TransitionMatrix {
    /// Number of states.
    #[must_use]
    pub fn len(&self) -> usize {
        self.ids.len()
    }

    /// Whether there are no states.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.ids.is_empty()
    }

    /// `P(to | from)` of one step.
    ///
    /// # Panics
    /// If a state is out of range.
    #[must_use]
    pub fn transition_probability(&self, from: usize, to: usize) -> f64 {
        self.row(from)[to]
    }

    /// `[n]` where one step from a state leads.
    ///
    /// # Panics
    /// If the state is out of range.
    #[must_use]
    pub fn row(&self, from: usize) -> &[f64] {
        let n = self.len();
        &self.probabilities[from * n..(from + 1) * n]
    }

    /// `[n]` observed transitions from a state.
    ///
    /// # Panics
    /// If the state is out of range.
    #[must_use]
    pub fn count_row(&self, from: usize) -> &[f64] {
        let n = self.len();
        &self.counts[from * n..(from + 1) * n]
    }

    /// Where a state stands.
    #[must_use]
    pub fn position(&self, id: StateId) -> Option<usize> {
        self.ids.iter().position(|&other| other == id)
    }

    /// `[n][n]` row-major `P^steps`: where `steps` steps of the one-step chain lead. No step is the
    /// identity, one is [`Self::probabilities`].
    #[must_use]
    pub fn n_step(&self, steps: u32) -> Vec<f64> {
        let n = self.len();
        let mut result = identity(n);
        let mut square = self.probabilities.clone();
        let mut left = steps;
        while left > 0 {
            if left & 1 == 1 {
                result = multiply(&result, &square, n);
            }
            left >>= 1;
            if left > 0 {
                square = multiply(&square, &square, n);
            }
        }
        result
    }

    /// Whether a move can happen at all, so that smoothing may give it mass.
    fn is_possible(&self, from: usize, to: usize) -> bool {
        let (leaving, entering) = (self.ids[from], self.ids[to]);
        let skips_all = leaving == StateId::Start && entering == StateId::Exit;
        let stays = from == to && !self.options.self_transitions;
        leaving != StateId::Exit
            && entering != StateId::Start
            && !((stays || skips_all) && self.options.lag == 1)
    }

    fn normalise(&mut self) {
        let n = self.len();
        let mut probabilities = vec![0.0; n * n];
        for from in 0..n {
            let row = &mut probabilities[from * n..(from + 1) * n];
            for (to, cell) in row.iter_mut().enumerate() {
                let extra = f64::from(u8::from(self.is_possible(from, to)));
                *cell = self.counts[from * n + to] + self.options.smoothing * extra;
            }
            let total: f64 = row.iter().sum();
            if total > 0.0 {
                for cell in row {
                    *cell /= total;
                }
            } else {
                row[from] = 1.0;
                self.absorbing.push(from);
            }
        }
        self.probabilities = probabilities;
    }
}

fn identity(n: usize) -> Vec<f64> {
    let mut matrix = vec![0.0; n * n];
    matrix.iter_mut().step_by(n + 1).for_each(|cell| *cell = 1.0);
    matrix
}

/// `a b` of two `[n][n]` row-major matrices. Every cell is summed in one order, so the result does not
/// depend on the number of threads.
fn multiply(a: &[f64], b: &[f64], n: usize) -> Vec<f64> {
    let mut product = vec![0.0; n * n];
    product.par_chunks_mut(n.max(1)).enumerate().for_each(|(row, out)| {
        for (k, &factor) in a[row * n..(row + 1) * n].iter().enumerate() {
            if factor != 0.0 {
                for (cell, &other) in out.iter_mut().zip(&b[k * n..(k + 1) * n]) {
                    *cell += factor * other;
                }
            }
        }
    });
    product
}
