//! The long run: stationary distributions, whatever the shape of the chain, and the entropy rate.
//!
//! No damping and no iteration: transient states are eliminated exactly, and each closed class is
//! solved by the algorithm of Grassmann, Taksar and Heyman (1985, Operations Research 33, 1107-1116),
//! which subtracts nothing and so loses no digits.

use super::classes::{closed_classes, greatest_common_divisor, period};
use super::{StateId, Stationary, StationaryKind, TransitionMatrix};

impl TransitionMatrix {
    /// Where the chain spends its time in the long run. See [`StationaryKind`] for what was done with
    /// chains that are periodic, reducible or end in an exit.
    #[must_use]
    pub fn stationary(&self) -> Stationary {
        let n = self.len();
        let (matrix, restarted) = self.endless();
        let closed = closed_classes(&matrix, n);
        let period = closed.iter().fold(1, |common, members| {
            let own = period(&matrix, n, members);
            common / greatest_common_divisor(common, own) * own
        });
        let distribution = self.long_run(&matrix, &closed);
        Stationary {
            residual: residual(&matrix, &distribution),
            converged: period == 1,
            kind: match (restarted, closed.len(), period) {
                (true, ..) => StationaryKind::Restarted,
                (false, 2.., _) => StationaryKind::FromObservedStart,
                (false, _, 2..) => StationaryKind::PeriodicAverage,
                _ => StationaryKind::Unique,
            },
            closed_classes: closed.len(),
            transient_states: n - closed.iter().map(Vec::len).sum::<usize>(),
            period,
            distribution,
        }
    }

    /// Uncertainty of the next state given the present one in the long run, in bits per step:
    /// `-Σ π(i) Σ P(j|i) log2 P(j|i)`. A chain with an exit is begun again after it.
    #[must_use]
    pub fn entropy_rate(&self) -> f64 {
        let (matrix, _) = self.endless();
        let rows = matrix.chunks_exact(self.len().max(1));
        let entropy = |row: &[f64]| -> f64 {
            let positive = row.iter().filter(|&&p| p > 0.0);
            positive.map(|&p| -p * p.log2()).sum()
        };
        let distribution = self.stationary().distribution;
        distribution.iter().zip(rows).map(|(&share, row)| share * entropy(row)).sum()
    }

    /// The chain with its exit, if it has one, leading back to the start.
    fn endless(&self) -> (Vec<f64>, bool) {
        let mut matrix = self.probabilities.clone();
        let boundaries = self.position(StateId::Start).zip(self.position(StateId::Exit));
        if let Some((start, exit)) = boundaries {
            let n = self.len();
            matrix[exit * n..(exit + 1) * n].fill(0.0);
            matrix[exit * n + start] = 1.0;
        }
        (matrix, boundaries.is_some())
    }

    fn long_run(&self, matrix: &[f64], closed: &[Vec<usize>]) -> Vec<f64> {
        let n = self.len();
        let settled = settle(matrix, &self.initial, closed);
        let mut distribution = vec![0.0; n];
        for members in closed {
            let mass: f64 = if closed.len() == 1 {
                1.0
            } else {
                members.iter().map(|&state| settled[state]).sum()
            };
            for (&state, share) in members.iter().zip(class_distribution(matrix, n, members)) {
                distribution[state] = mass * share;
            }
        }
        distribution
    }
}

/// Moves the mass of transient states to where it is absorbed, by eliminating them one by one.
fn settle(matrix: &[f64], initial: &[f64], closed: &[Vec<usize>]) -> Vec<f64> {
    let n = initial.len();
    let mut recurrent = vec![false; n];
    closed.iter().flatten().for_each(|&state| recurrent[state] = true);
    let mut present = vec![true; n];
    let mut work = matrix.to_vec();
    let mut mass = initial.to_vec();
    for gone in (0..n).filter(|&state| !recurrent[state]) {
        present[gone] = false;
        let leaving: Vec<f64> =
            (0..n).map(|to| if present[to] { work[gone * n + to] } else { 0.0 }).collect();
        let total: f64 = leaving.iter().sum();
        let sources = (0..n).filter(|&from| present[from] && !recurrent[from]);
        for from in sources {
            let through = work[from * n + gone] / total;
            let row = &mut work[from * n..(from + 1) * n];
            row.iter_mut().zip(&leaving).for_each(|(cell, out)| *cell += through * out);
        }
        let through = mass[gone] / total;
        mass[gone] = 0.0;
        mass.iter_mut().zip(&leaving).for_each(|(cell, out)| *cell += through * out);
    }
    mass
}

/// Stationary distribution within one closed class, in the order of `members`.
fn class_distribution(matrix: &[f64], n: usize, members: &[usize]) -> Vec<f64> {
    let m = members.len();
    let mut work: Vec<f64> = Vec::with_capacity(m * m);
    for &from in members {
        work.extend(members.iter().map(|&to| matrix[from * n + to]));
    }
    for last in (1..m).rev() {
        let leaving: f64 = work[last * m..last * m + last].iter().sum();
        for from in 0..last {
            work[from * m + last] /= leaving;
        }
        let (upper, lower) = work.split_at_mut(last * m);
        for row in upper.chunks_exact_mut(m) {
            let through = row[last];
            row[..last]
                .iter_mut()
                .zip(&lower[..last])
                .for_each(|(cell, out)| *cell += through * out);
        }
    }
    let mut distribution = vec![1.0; m];
    for state in 1..m {
        distribution[state] =
            (0..state).map(|from| distribution[from] * work[from * m + state]).sum();
    }
    let total: f64 = distribution.iter().sum();
    distribution.into_iter().map(|share| share / total).collect()
}

fn residual(matrix: &[f64], distribution: &[f64]) -> f64 {
    let n = distribution.len();
    let step =
        |to: usize| -> f64 { (0..n).map(|from| distribution[from] * matrix[from * n + to]).sum() };
    (0..n).map(|to| (step(to) - distribution[to]).abs()).fold(0.0, f64::max)
}
