//! Whether and how soon the chain gets somewhere.

use super::TransitionMatrix;
use super::classes::reaches;
use crate::analysis::numeric::solve;

impl TransitionMatrix {
    /// `[n]` probability of ever being in `to`, from each state; 1 for `to` itself. In a chain with an
    /// exit this is the probability of getting there before leaving.
    ///
    /// # Panics
    /// If `to` is out of range.
    #[must_use]
    pub fn reach_probability(&self, to: usize) -> Vec<f64> {
        let able = reaches(&self.probabilities, self.len(), &[to]);
        let mut probability = vec![0.0; self.len()];
        probability[to] = 1.0;
        let unknown: Vec<usize> =
            (0..self.len()).filter(|&state| able[state] && state != to).collect();
        let directly = unknown.iter().map(|&from| self.transition_probability(from, to)).collect();
        for (&state, value) in unknown.iter().zip(self.solve_among(&unknown, directly)) {
            probability[state] = value.clamp(0.0, 1.0);
        }
        probability
    }

    /// `[n]` expected number of steps until the chain is first in `to`, from each state; for `to` itself
    /// the steps until it is back. `None` where the chain may never get there.
    ///
    /// # Panics
    /// If `to` is out of range.
    #[must_use]
    pub fn mean_first_passage(&self, to: usize) -> Vec<Option<f64>> {
        let n = self.len();
        let certain = self.certain_to_reach(to);
        let unknown: Vec<usize> = (0..n).filter(|&state| certain[state] && state != to).collect();
        let mut steps = vec![None; n];
        let solution = self.solve_among(&unknown, vec![1.0; unknown.len()]);
        for (&state, value) in unknown.iter().zip(solution) {
            steps[state] = Some(value);
        }
        let returning = |(next, &p): (usize, &f64)| match (next == to, p > 0.0) {
            (true, _) | (_, false) => Some(0.0),
            (false, true) => steps[next].map(|value: f64| p * value),
        };
        steps[to] = self
            .row(to)
            .iter()
            .enumerate()
            .map(returning)
            .sum::<Option<f64>>()
            .map(|sum| 1.0 + sum);
        steps
    }

    /// `[n]` whether a chain that stops in `to` gets there with probability 1: nowhere on its way can it
    /// fall into states from which `to` is out of reach.
    fn certain_to_reach(&self, to: usize) -> Vec<bool> {
        let n = self.len();
        let mut stopped = self.probabilities.clone();
        stopped[to * n..(to + 1) * n].fill(0.0);
        stopped[to * n + to] = 1.0;
        let able = reaches(&stopped, n, &[to]);
        let lost: Vec<usize> = (0..n).filter(|&state| !able[state]).collect();
        let falls = reaches(&stopped, n, &lost);
        falls.into_iter().map(|falls| !falls).collect()
    }

    /// Solves `(I - Q) x = rhs`, `Q` being the chain among `states`.
    fn solve_among(&self, states: &[usize], rhs: Vec<f64>) -> Vec<f64> {
        let m = states.len();
        let mut system = Vec::with_capacity(m * m);
        for &from in states {
            let kept = |&to: &usize| {
                f64::from(u8::from(from == to)) - self.transition_probability(from, to)
            };
            system.extend(states.iter().map(kept));
        }
        // Every state leads out of `states` in the end, so the system is regular.
        solve(system, rhs).unwrap_or_else(|| vec![f64::NAN; m])
    }
}
