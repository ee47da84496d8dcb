//! The update of many weights at once.
//!
//! On a GPU a step costs its launches more than its numbers. One by one, each of an encoder's hundred weights
//! takes eight of them (the square of its gradient, its sum, the update); put end to end, weights of a kind take
//! two each, one to lay its gradient down and one to lay itself down, and a handful together.

use std::collections::BTreeMap;

use burn::module::{Module, ModuleMapper, ModuleVisitor, Param};
use burn::tensor::Tensor;

use super::{AdamW, Moments, NamedGrads, StepRates};
use crate::model::bert::cpu::AdamStep;
use crate::model::bert::weights::values_of;

/// Weights of more numbers than this are updated by themselves: laying them end to end would cost more than
/// the launches that it saves, and memory.
const LARGE: usize = 1 << 20;

/// What weights share that are updated together.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Kind {
    is_head: bool,
    /// Matrices decay, vectors do not.
    is_matrix: bool,
    /// Of the learning rate; its bits, since kinds are told apart by it.
    factor: u64,
    /// The path of a weight that stands by itself.
    alone: Option<String>,
}

impl Kind {
    /// The kind of a weight of `D` dimensions.
    pub fn of<const D: usize>(path: &str, factor: &dyn Fn(&str) -> f64) -> Self {
        // Projections of facts start from nothing, as heads do.
        let is_head = matches!(path.split('.').next(), Some("head" | "facts"));
        Self { is_head, is_matrix: D == 2, factor: factor(path).to_bits(), alone: None }
    }

    /// The update of such weights.
    pub fn step(&self, base: &AdamStep, rates: &StepRates) -> AdamStep {
        let rate = if self.is_head { rates.head } else { rates.encoder };
        AdamStep {
            learning_rate: (rate * f64::from_bits(self.factor)) as f32,
            weight_decay: if self.is_matrix { rates.weight_decay as f32 } else { 0.0 },
            ..*base
        }
    }
}

/// A weight among others: its path and how many numbers it is.
type Member = (String, usize);

/// The moments of weights that lie end to end.
#[derive(Debug)]
pub(super) struct Joined {
    members: Vec<Member>,
    moments: Moments,
}

impl Joined {
    /// The moments of each weight, on the host.
    pub fn on_host(&self, put: &mut impl FnMut(&str, [Vec<f32>; 2])) {
        let all = self.moments.each_ref().map(|moment| values_of(moment.clone()));
        let mut start = 0;
        for (path, count) in &self.members {
            let own = start..start + count;
            put(path, all.each_ref().map(|values| values[own.clone()].to_vec()));
            start = own.end;
        }
    }
}

/// Weights of a kind and their gradients, in the order of the network.
#[derive(Default)]
struct Group {
    members: Vec<Member>,
    weights: Vec<Tensor<1>>,
    grads: Vec<Tensor<1>>,
}

/// Tensors end to end.
fn join(mut parts: Vec<Tensor<1>>) -> Tensor<1> {
    if parts.len() == 1 { parts.swap_remove(0) } else { Tensor::cat(parts, 0) }
}

/// What [`join`] put together, by path.
fn part(whole: &Tensor<1>, members: &[Member]) -> Vec<(String, Tensor<1>)> {
    let mut start = 0;
    let each = members.iter().map(|(path, count)| {
        let own = whole.clone().narrow(0, start, *count);
        start += count;
        (path.clone(), own)
    });
    each.collect()
}

impl AdamW {
    /// [`AdamW::step`] with weights of a kind together.
    pub(super) fn joined_step<M: Module>(
        &mut self,
        module: M,
        grads: NamedGrads,
        rates: &StepRates,
        factor: &dyn Fn(&str) -> f64,
    ) -> (M, f64) {
        let mut gather =
            Gather { path: Vec::new(), grads: grads.grads, factor, groups: BTreeMap::new() };
        module.visit(&mut gather);
        let groups: Vec<(Kind, Vec<Member>, Vec<Tensor<1>>, Tensor<1>)> = gather
            .groups
            .into_iter()
            .map(|(kind, group)| (kind, group.members, group.weights, join(group.grads)))
            .collect();
        let squares = groups.iter().map(|(.., grad)| grad.clone().square().sum());
        let norm = squares
            .reduce(|total, square| total + square)
            .map_or(0.0, |total| f64::from(values_of(total)[0]).sqrt());
        let base = self.base(rates, norm);
        let mut updated = BTreeMap::new();
        for (kind, members, weights, grad) in groups {
            let weights = join(weights);
            let moments = self.moments_of(&kind, &members, &weights);
            let (weights, moments) = update(weights, moments, grad, &kind.step(&base, rates));
            updated.extend(part(&weights, &members));
            self.joined.insert(kind, Joined { members, moments });
        }
        (module.map(&mut Placer { path: Vec::new(), updated }), norm)
    }

    /// The moments of weights end to end: as they were left, or put together anew where other weights had
    /// gradients the last time. Those that have had none start at 0.
    fn moments_of(&mut self, kind: &Kind, members: &[Member], like: &Tensor<1>) -> Moments {
        if let Some(joined) = self.joined.remove(kind) {
            if joined.members == members {
                return joined.moments;
            }
            let [mean, square] = joined.moments.map(|moment| part(&moment, &joined.members));
            for ((path, mean), (_, square)) in mean.into_iter().zip(square) {
                self.moments.insert(path, [mean, square]);
            }
        }
        if !members.iter().any(|(path, _)| self.moments.contains_key(path)) {
            return [like.zeros_like(), like.zeros_like()];
        }
        let own = members.iter().map(|(path, count)| {
            let none = || Tensor::zeros([*count], &like.device());
            self.moments.remove(path).unwrap_or_else(|| [none(), none()])
        });
        let (means, squares) = own.map(|[mean, square]| (mean, square)).unzip();
        [join(means), join(squares)]
    }
}

/// Puts what learns into groups.
struct Gather<'a> {
    path: Vec<String>,
    grads: BTreeMap<String, Tensor<1>>,
    factor: &'a dyn Fn(&str) -> f64,
    groups: BTreeMap<Kind, Group>,
}

impl ModuleVisitor for Gather<'_> {
    fn enter_module(&mut self, name: &str, _: &str) {
        self.path.push(name.to_owned());
    }

    fn exit_module(&mut self, _: &str, _: &str) {
        self.path.pop();
    }

    fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
        let path = self.path.join(".");
        let Some(grad) = self.grads.remove(&path) else { return };
        let weights = param.val().inner().flatten::<1>(0, D - 1);
        let count = weights.dims()[0];
        let mut kind = Kind::of::<D>(&path, self.factor);
        kind.alone = (count > LARGE).then(|| path.clone());
        let group = self.groups.entry(kind).or_default();
        group.members.push((path, count));
        group.weights.push(weights);
        group.grads.push(grad);
    }
}

/// Puts updated weights in their places.
struct Placer {
    path: Vec<String>,
    updated: BTreeMap<String, Tensor<1>>,
}

impl ModuleMapper for Placer {
    fn enter_module(&mut self, name: &str, _: &str) {
        self.path.push(name.to_owned());
    }

    fn exit_module(&mut self, _: &str, _: &str) {
        self.path.pop();
    }

    fn map_float<const D: usize>(&mut self, param: Param<Tensor<D>>) -> Param<Tensor<D>> {
        let Some(weights) = self.updated.remove(&self.path.join(".")) else { return param };
        let (id, old, mapper) = param.consume();
        let weights = weights.reshape::<D, _>(old.shape()).autodiff().require_grad();
        Param::from_mapped_value(id, weights, mapper)
    }
}

/// The update in tensor operations.
pub(super) fn update(
    weights: Tensor<1>,
    moments: Moments,
    grad: Tensor<1>,
    step: &AdamStep,
) -> (Tensor<1>, Moments) {
    let [mean, square] = moments;
    let grad = grad * step.grad_scale;
    let mean = mean * step.beta1 + grad.clone() * (1.0 - step.beta1);
    let square = square * step.beta2 + grad.square() * (1.0 - step.beta2);
    let root = (square.clone() / step.correction2).sqrt() + step.epsilon;
    let change = mean.clone() / root * (step.learning_rate / step.correction1);
    let weights = weights * (1.0 - step.learning_rate * step.weight_decay) - change;
    (weights, [mean, square])
}
