//! Which ranks of the changes take part: the budget of `AdaLoRA` (Zhang et al. 2023).
//!
//! A change is `P Λ Q` with a weight in Λ for each rank. What a weight matters is `|w · ∂L/∂w|`, smoothed over
//! steps, times its smoothed deviation from that mean; what a rank matters is the sum of that of its weight in
//! Λ and of the means of those of its vectors in P and Q. From time to time the ranks that matter least, of all
//! matrices together, have their weights set to 0, down to a budget that falls with the cube of what is left of
//! the time. A regulariser keeps the vectors of P and of Q at right angles to each other and of length 1.

use std::collections::BTreeMap;

use burn::module::{Module, ModuleMapper, ModuleVisitor, Param};
use burn::tensor::{Tensor, TensorData};

use super::low_rank::first_rank;
use crate::model::bert::optimiser::NamedGrads;
use crate::model::bert::tensors::HostTensor;
use crate::model::bert::weights::values_of;

/// Weight of the regulariser `‖PᵀP - I‖² + ‖QQᵀ - I‖²`, the mean over all changes.
const REGULARISER: f32 = 0.1;

/// How much of the smoothed values stays at each step.
const SMOOTHING: f32 = 0.85;

/// Shares of the training at its start with all ranks and at its end with those that were kept.
const FIRST: f64 = 0.1;
const LAST: f64 = 0.3;

/// Steps from one cut to the next.
const INTERVAL: u64 = 5;

const UP: &str = ".low_rank.up";
const DOWN: &str = ".low_rank.down";
const RANKS: &str = ".low_rank.ranks";

/// How much each weight of the changes matters, and how many ranks are still to take part.
#[derive(Debug, Clone, Default)]
pub(in crate::model::bert) struct RankBudget {
    /// Mean rank of a change in the end.
    target: usize,
    steps: u64,
    /// Smoothed `|w · ∂L/∂w|` and its smoothed deviation, by path.
    noted: BTreeMap<String, Noted>,
}

#[derive(Debug, Clone, Default)]
struct Noted {
    shape: Vec<usize>,
    sensitivity: Vec<f32>,
    uncertainty: Vec<f32>,
}

impl Noted {
    fn add(&mut self, weights: &[f32], grads: &[f32]) {
        self.sensitivity.resize(weights.len(), 0.0);
        self.uncertainty.resize(weights.len(), 0.0);
        let smoothed = self.sensitivity.iter_mut().zip(&mut self.uncertainty);
        for ((mean, deviation), (weight, grad)) in smoothed.zip(weights.iter().zip(grads)) {
            let now = (weight * grad).abs();
            *mean = SMOOTHING * *mean + (1.0 - SMOOTHING) * now;
            *deviation = SMOOTHING * *deviation + (1.0 - SMOOTHING) * (now - *mean).abs();
        }
    }

    /// What each weight matters.
    fn importance(&self) -> impl Iterator<Item = f64> {
        let both = self.sensitivity.iter().zip(&self.uncertainty);
        both.map(|(mean, deviation)| f64::from(*mean) * f64::from(*deviation))
    }
}

impl RankBudget {
    /// Before the first step of a training towards `target` ranks a change.
    pub fn new(target: usize) -> Self {
        Self { target, ..Self::default() }
    }

    /// Adds the regulariser's gradients to those of a step and notes what each weight matters; `done` is the
    /// share of the training before it.
    pub fn note<M: Module>(&mut self, network: &M, grads: &mut NamedGrads, done: f64) {
        self.steps += 1;
        let changes = count_changes(network);
        let is_noted = done < 1.0 - LAST;
        network.visit(&mut Noter { path: Vec::new(), budget: self, grads, changes, is_noted });
    }

    /// Sets the weights of ranks that are not to take part any more to 0.
    pub fn cut<M: Module>(&self, network: M, done: f64) -> M {
        let is_due = done >= 1.0 - LAST || self.steps.is_multiple_of(INTERVAL);
        if done < FIRST || !is_due {
            return network;
        }
        network.map(&mut Cutter { path: Vec::new(), kept: self.kept(done) })
    }

    /// For each path of weights of ranks, which are kept: those that matter most, of equals the first.
    fn kept(&self, done: f64) -> BTreeMap<String, Vec<bool>> {
        let mut all: Vec<(f64, &str, usize)> = Vec::new();
        for path in self.noted.keys().filter(|path| path.ends_with(RANKS)) {
            let worth = self.worth(path);
            all.extend(worth.into_iter().enumerate().map(|(rank, worth)| (worth, &**path, rank)));
        }
        let changes = self.noted.keys().filter(|path| path.ends_with(RANKS)).count();
        all.sort_by(|a, b| b.0.total_cmp(&a.0).then_with(|| (a.1, a.2).cmp(&(b.1, b.2))));
        let mut kept: BTreeMap<String, Vec<bool>> = BTreeMap::new();
        let budget = (mean_rank(self.target, done) * changes as f64).round() as usize;
        for (place, (_, path, rank)) in all.into_iter().enumerate() {
            let of_path = kept.entry(path.to_owned()).or_default();
            of_path.resize(of_path.len().max(rank + 1), false);
            of_path[rank] = place < budget;
        }
        kept
    }

    /// What each rank of a change matters.
    fn worth(&self, path: &str) -> Vec<f64> {
        let mut worth: Vec<f64> = self.noted[path].importance().collect();
        let ranks = worth.len();
        let stem = path.trim_end_matches(RANKS);
        if let Some(up) = self.noted.get(&format!("{stem}{UP}")) {
            let outputs = up.shape[0] as f64;
            up.importance().enumerate().for_each(|(at, one)| worth[at % ranks] += one / outputs);
        }
        if let Some(down) = self.noted.get(&format!("{stem}{DOWN}")) {
            let inputs = down.shape[1];
            down.importance()
                .enumerate()
                .for_each(|(at, one)| worth[at / inputs] += one / inputs as f64);
        }
        worth
    }

    /// What was noted, as `sensitivity.<path>` and `uncertainty.<path>`.
    pub fn state(&self) -> BTreeMap<String, HostTensor> {
        let tensor = |noted: &Noted, values: &[f32]| HostTensor {
            shape: noted.shape.clone(),
            values: values.to_vec(),
        };
        let both = |(path, noted): (&String, &Noted)| {
            [
                (format!("sensitivity.{path}"), tensor(noted, &noted.sensitivity)),
                (format!("uncertainty.{path}"), tensor(noted, &noted.uncertainty)),
            ]
        };
        self.noted.iter().flat_map(both).collect()
    }

    /// Go on from a state that [`Self::state`] gave, `steps` steps from the start.
    pub fn restored(&self, state: &BTreeMap<String, HostTensor>, steps: u64) -> Self {
        let noted = state.iter().filter_map(|(name, sensitivity)| {
            let path = name.strip_prefix("sensitivity.")?;
            let uncertainty = state.get(&format!("uncertainty.{path}"))?;
            let noted = Noted {
                shape: sensitivity.shape.clone(),
                sensitivity: sensitivity.values.clone(),
                uncertainty: uncertainty.values.clone(),
            };
            Some((path.to_owned(), noted))
        });
        Self { target: self.target, steps, noted: noted.collect() }
    }
}

/// Ranks a change that take part in the mean when this share of a training is done: all at first, then fewer
/// with the cube of what is left of the time, then `target`.
fn mean_rank(target: usize, done: f64) -> f64 {
    let (first, target) = (first_rank(target) as f64, target as f64);
    let left = 1.0 - ((done - FIRST) / (1.0 - FIRST - LAST)).clamp(0.0, 1.0);
    target + (first - target) * left.powi(3)
}

fn count_changes<M: Module>(network: &M) -> usize {
    struct Counter {
        path: Vec<String>,
        found: usize,
    }
    impl ModuleVisitor for Counter {
        fn enter_module(&mut self, name: &str, _: &str) {
            self.path.push(name.to_owned());
        }

        fn exit_module(&mut self, _: &str, _: &str) {
            self.path.pop();
        }

        fn visit_float<const D: usize>(&mut self, _: &Param<Tensor<D>>) {
            self.found += usize::from(self.path.join(".").ends_with(RANKS));
        }
    }
    let mut counter = Counter { path: Vec::new(), found: 0 };
    network.visit(&mut counter);
    counter.found
}

struct Noter<'a> {
    path: Vec<String>,
    budget: &'a mut RankBudget,
    grads: &'a mut NamedGrads,
    changes: usize,
    is_noted: bool,
}

impl ModuleVisitor for Noter<'_> {
    fn enter_module(&mut self, name: &str, _: &str) {
        self.path.push(name.to_owned());
    }

    fn exit_module(&mut self, _: &str, _: &str) {
        self.path.pop();
    }

    fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
        let path = self.path.join(".");
        if ![UP, DOWN, RANKS].iter().any(|end| path.ends_with(end)) {
            return;
        }
        let weights = param.val().inner();
        let shape = weights.dims().to_vec();
        if let [rows, columns] = shape[..] {
            let matrix = weights.clone().reshape([rows, columns]);
            let factor = 4.0 * REGULARISER / self.changes.max(1) as f32;
            let grad = away_from_right_angles(matrix, path.ends_with(UP)) * factor;
            self.grads.add_to(&path, grad.flatten(0, 1));
        }
        let Some(grad) = self.grads.get(&path).filter(|_| self.is_noted) else { return };
        let noted = self.budget.noted.entry(path).or_default();
        noted.shape = shape;
        noted.add(&values_of(weights), &values_of(grad));
    }
}

/// A quarter of the gradient of `‖PᵀP - I‖²` or, of rows in place of columns, `‖QQᵀ - I‖²`.
fn away_from_right_angles(matrix: Tensor<2>, by_columns: bool) -> Tensor<2> {
    let other = matrix.clone().transpose();
    let gram = |product: Tensor<2>| {
        let [ranks, _] = product.dims();
        let unit = Tensor::eye(ranks, &product.device());
        product - unit
    };
    if by_columns {
        matrix.clone().matmul(gram(other.matmul(matrix)))
    } else {
        gram(matrix.clone().matmul(other)).matmul(matrix)
    }
}

struct Cutter {
    path: Vec<String>,
    kept: BTreeMap<String, Vec<bool>>,
}

impl ModuleMapper for Cutter {
    fn enter_module(&mut self, name: &str, _: &str) {
        self.path.push(name.to_owned());
    }

    fn exit_module(&mut self, _: &str, _: &str) {
        self.path.pop();
    }

    fn map_float<const D: usize>(&mut self, param: Param<Tensor<D>>) -> Param<Tensor<D>> {
        let Some(kept) = self.kept.get(&self.path.join(".")) else { return param };
        let mask: Vec<f32> = kept.iter().map(|&kept| f32::from(u8::from(kept))).collect();
        let (id, old, mapper) = param.consume();
        let (shape, old) = (old.shape(), old.inner());
        let mask = Tensor::<1>::from_data(TensorData::new(mask, [kept.len()]), &old.device());
        let cut = old * mask.reshape::<D, _>(shape);
        Param::from_mapped_value(id, cut.autodiff().require_grad(), mapper)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn noted(shape: [usize; 2], values: &[f32]) -> Noted {
        Noted {
            shape: shape.to_vec(),
            sensitivity: values.to_vec(),
            uncertainty: vec![1.0; values.len()],
        }
    }

    #[test]
    fn the_budget_falls_from_one_and_a_half_times_to_the_target() {
        assert_eq!((first_rank(8), first_rank(1)), (12, 2));
        assert_eq!(mean_rank(8, 0.05), 12.0);
        assert!(
            (mean_rank(8, 0.4) - 8.5).abs() < 1e-9,
            "half of the time: an eighth of the way is left"
        );
        assert_eq!((mean_rank(8, 0.7), mean_rank(8, 1.0)), (8.0, 8.0));
    }

    #[test]
    fn ranks_matter_by_their_weight_and_the_means_of_their_vectors() {
        let mut budget = RankBudget::new(1);
        let mut note = |name: &str, one: Noted| budget.noted.insert(name.to_owned(), one);
        note("a.low_rank.ranks", Noted { shape: vec![2], ..noted([2, 1], &[0.5, 0.0]) });
        note("a.low_rank.up", noted([2, 2], &[0.0, 1.0, 0.0, 3.0]));
        note("a.low_rank.down", noted([2, 3], &[0.3, 0.3, 0.3, 0.0, 0.6, 0.0]));
        note("b.low_rank.ranks", Noted { shape: vec![2], ..noted([2, 1], &[0.1, 0.9]) });
        let found = budget.worth("a.low_rank.ranks");
        assert!((found[0] - 0.8).abs() < 1e-6 && (found[1] - 2.2).abs() < 1e-6, "{found:?}");
        let kept = budget.kept(0.9);
        assert_eq!(kept["a.low_rank.ranks"], [false, true]);
        assert_eq!(kept["b.low_rank.ranks"], [false, true]);
        let restored = RankBudget::new(1).restored(&budget.state(), 3);
        assert_eq!((restored.kept(0.9), restored.steps), (kept, 3));
    }

    #[test]
    fn smoothing_is_that_of_the_paper() {
        let mut one = Noted::default();
        one.add(&[2.0], &[-1.0]);
        one.add(&[1.0], &[1.0]);
        // 0.15 · 2 and 0.15 · |2 - 0.3|, then a step on from there.
        let mean = 0.85 * 0.3 + 0.15;
        let deviation = 0.85 * (0.15 * 1.7) + 0.15 * (1.0 - mean);
        assert!((one.sensitivity[0] - mean).abs() < 1e-6);
        assert!((one.uncertainty[0] - deviation).abs() < 1e-6);
    }

    #[test]
    fn the_regulariser_is_at_rest_at_right_angles() {
        let device = burn::tensor::Device::flex();
        let right = Tensor::<2>::from_floats([[0.6, -0.8], [0.8, 0.6], [0.0, 0.0]], &device);
        let rest = values_of(away_from_right_angles(right.clone(), true));
        assert!(rest.iter().all(|value| value.abs() < 1e-6), "{rest:?}");
        let rest = values_of(away_from_right_angles(right.clone().transpose(), false));
        assert!(rest.iter().all(|value| value.abs() < 1e-6), "{rest:?}");
        let long = values_of(away_from_right_angles(right * 2.0, true));
        assert!((long[0] - 2.0 * 0.6 * 3.0).abs() < 1e-5, "shorter is better: {long:?}");
    }
}
