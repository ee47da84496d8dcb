//! `AdamW` over named weights, with two learning rates and gradients added up over micro-batches.

mod joined;

use std::collections::BTreeMap;

use burn::backend::Flex;
use burn::backend::flex::FlexTensor;
use burn::module::{Module, ModuleMapper, ModuleVisitor, Param};
use burn::tensor::{Gradients, Tensor, TensorData};

use crate::model::bert::config::Decay;
use crate::model::bert::cpu::{AdamStep, adam_update, sum_of_squares};
use crate::model::bert::tensors::HostTensor;
use crate::model::bert::weights::values_of;

use joined::{Joined, Kind};

const BETA1: f64 = 0.9;
const BETA2: f64 = 0.999;
const EPSILON: f32 = 1e-8;

/// Gradients by path of their weight, flattened.
#[derive(Debug, Default)]
pub(super) struct NamedGrads {
    grads: BTreeMap<String, Tensor<1>>,
}

impl NamedGrads {
    /// Add the gradients of one backward pass.
    pub fn add<M: Module>(&mut self, module: &M, grads: Gradients) {
        let mut taker = Taker { path: Vec::new(), grads, into: self };
        module.visit(&mut taker);
    }

    /// Gradients on the host.
    #[cfg(test)]
    pub fn values(&self) -> BTreeMap<String, Vec<f32>> {
        let host = |(path, grad): (&String, &Tensor<1>)| (path.clone(), values_of(grad.clone()));
        self.grads.iter().map(host).collect()
    }

    /// The gradient of the weight of a path.
    pub fn get(&self, path: &str) -> Option<Tensor<1>> {
        self.grads.get(path).cloned()
    }

    /// Add to the gradient of the weight of a path.
    pub fn add_to(&mut self, path: &str, grad: Tensor<1>) {
        let total = match self.grads.remove(path) {
            Some(before) => before + grad,
            None => grad,
        };
        self.grads.insert(path.to_owned(), total);
    }

    /// L2 norm over all gradients of the CPU engine.
    fn norm(&self) -> f64 {
        let square = |grad: &Tensor<1>| {
            let grad = flex(grad.clone());
            sum_of_squares(grad.as_slice::<f32>().expect("gradients are contiguous"))
        };
        self.grads.values().map(square).sum::<f64>().sqrt()
    }
}

struct Taker<'a> {
    path: Vec<String>,
    grads: Gradients,
    into: &'a mut NamedGrads,
}

impl ModuleVisitor for Taker<'_> {
    fn enter_module(&mut self, name: &str, _: &str) {
        self.path.push(name.to_owned());
    }

    fn exit_module(&mut self, _: &str, _: &str) {
        self.path.pop();
    }

    fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
        let Some(grad) = param.val().grad_remove(&mut self.grads) else {
            return;
        };
        self.into.add_to(&self.path.join("."), grad.flatten::<1>(0, D - 1));
    }
}

/// What one step uses.
#[derive(Debug, Clone, Copy)]
pub(super) struct StepRates {
    /// Learning rate of the encoder's weights.
    pub encoder: f64,
    /// Learning rate of product vectors, biases and projections of facts.
    pub head: f64,
    /// Decoupled weight decay of matrices.
    pub weight_decay: f64,
    /// Gradients are scaled down to this L2 norm.
    pub clip_norm: f64,
    /// Share of the training that is done before.
    pub done: f64,
}

impl StepRates {
    /// One learning rate for all weights, nothing done before.
    pub fn same(rate: f64, weight_decay: f64, clip_norm: f64) -> Self {
        Self { encoder: rate, head: rate, weight_decay, clip_norm, done: 0.0 }
    }
}

/// Moments of every weight that has had a gradient, and the number of steps done.
#[derive(Debug, Default)]
pub(super) struct AdamW {
    moments: BTreeMap<String, Moments>,
    /// Those of weights that are updated together, on a GPU.
    joined: BTreeMap<Kind, Joined>,
    steps: u64,
    is_gpu: bool,
}

impl AdamW {
    /// Before the first step.
    pub fn new(is_gpu: bool) -> Self {
        Self { is_gpu, ..Self::default() }
    }

    /// One step down `grads`, the learning rate of each weight multiplied by a factor of its path; weights
    /// without a gradient stay. The L2 norm of the gradient before clipping comes back too.
    pub fn step<M: Module>(
        &mut self,
        module: M,
        grads: NamedGrads,
        rates: &StepRates,
        factor: &dyn Fn(&str) -> f64,
    ) -> (M, f64) {
        self.steps += 1;
        if self.is_gpu {
            return self.joined_step(module, grads, rates, factor);
        }
        let norm = grads.norm();
        let base = self.base(rates, norm);
        let mut updater = Updater {
            path: Vec::new(),
            grads: grads.grads,
            rates: *rates,
            factor,
            base,
            optimiser: self,
        };
        (module.map(&mut updater), norm)
    }

    /// What is the same for all weights in a step along a gradient of this norm.
    fn base(&self, rates: &StepRates, norm: f64) -> AdamStep {
        let grad_scale = if norm > rates.clip_norm { rates.clip_norm / norm } else { 1.0 };
        let steps = i32::try_from(self.steps).unwrap_or(i32::MAX);
        AdamStep {
            learning_rate: 0.0,
            beta1: BETA1 as f32,
            beta2: BETA2 as f32,
            epsilon: EPSILON,
            weight_decay: 0.0,
            correction1: (1.0 - BETA1.powi(steps)) as f32,
            correction2: (1.0 - BETA2.powi(steps)) as f32,
            grad_scale: grad_scale as f32,
        }
    }

    /// Moments on the host, as `mean.<path>` and `square.<path>`.
    pub fn state(&self) -> BTreeMap<String, HostTensor> {
        let host = |values: Vec<f32>| HostTensor { shape: vec![values.len()], values };
        let mut state = BTreeMap::new();
        let mut put = |name: &str, [mean, square]: [Vec<f32>; 2]| {
            state.insert(format!("mean.{name}"), host(mean));
            state.insert(format!("square.{name}"), host(square));
        };
        for (name, moments) in &self.moments {
            put(name, moments.each_ref().map(|moment| values_of(moment.clone())));
        }
        self.joined.values().for_each(|joined| joined.on_host(&mut put));
        state
    }

    /// Go on from a state that [`Self::state`] gave.
    pub fn restore(
        state: &BTreeMap<String, HostTensor>,
        steps: u64,
        device: &burn::tensor::Device,
        is_gpu: bool,
    ) -> Self {
        let tensor = |host: &HostTensor| {
            Tensor::from_data(TensorData::new(host.values.clone(), host.shape.clone()), device)
        };
        let moments = state
            .iter()
            .filter_map(|(name, mean)| {
                let name = name.strip_prefix("mean.")?;
                let square = state.get(&format!("square.{name}"))?;
                Some((name.to_owned(), [tensor(mean), tensor(square)]))
            })
            .collect();
        Self { moments, joined: BTreeMap::new(), steps, is_gpu }
    }
}

struct Updater<'a> {
    path: Vec<String>,
    grads: BTreeMap<String, Tensor<1>>,
    rates: StepRates,
    factor: &'a dyn Fn(&str) -> f64,
    base: AdamStep,
    optimiser: &'a mut AdamW,
}

impl ModuleMapper for Updater<'_> {
    fn enter_module(&mut self, name: &str, _: &str) {
        self.path.push(name.to_owned());
    }

    fn exit_module(&mut self, _: &str, _: &str) {
        self.path.pop();
    }

    fn map_float<const D: usize>(&mut self, param: Param<Tensor<D>>) -> Param<Tensor<D>> {
        let name = self.path.join(".");
        let Some(grad) = self.grads.remove(&name) else {
            return param;
        };
        let step = Kind::of::<D>(&name, self.factor).step(&self.base, &self.rates);
        let (id, old, mapper) = param.consume();
        let shape = old.shape();
        let weights = old.inner().flatten::<1>(0, D - 1);
        let moments = self.optimiser.moments.remove(&name);
        let moments = moments.unwrap_or_else(|| [weights.zeros_like(), weights.zeros_like()]);
        let (weights, moments) = fused_update(weights, moments, grad, &step);
        self.optimiser.moments.insert(name, moments);
        let weights = weights.reshape::<D, _>(shape).autodiff().require_grad();
        Param::from_mapped_value(id, weights, mapper)
    }
}

type Moments = [Tensor<1>; 2];

/// The update in one pass over the CPU engine's memory.
fn fused_update(
    weights: Tensor<1>,
    moments: Moments,
    grad: Tensor<1>,
    step: &AdamStep,
) -> (Tensor<1>, Moments) {
    let [mut mean, mut square] = moments.map(flex);
    let (mut weights, grad) = (flex(weights), flex(grad));
    adam_update(
        weights.storage_mut(),
        mean.storage_mut(),
        square.storage_mut(),
        grad.as_slice::<f32>().expect("gradients are contiguous"),
        step,
    );
    let tensor = Tensor::from_primitive::<Flex>;
    (tensor(weights), [tensor(mean), tensor(square)])
}

/// The CPU engine's own tensor, owning exactly its values.
fn flex(tensor: Tensor<1>) -> FlexTensor {
    let tensor =
        tensor.try_into_primitive::<Flex>().expect("weights and gradients of the CPU engine");
    let count = tensor.layout().num_elements();
    let owns_all = tensor.as_slice::<f32>().is_some_and(|values| values.len() == count)
        && tensor.bytes().len() == count * size_of::<f32>();
    if owns_all { tensor } else { FlexTensor::from_data(tensor.into_data()) }
}

/// The share of the peak learning rate at a step, from 0: linear warm-up, then decay.
pub(super) fn schedule(step: u64, total: u64, warmup_share: f64, decay: Decay) -> f64 {
    let (step, total) = (step as f64 + 1.0, total as f64);
    let warmup = (total * warmup_share).max(1.0);
    if step <= warmup {
        return step / warmup;
    }
    let left = ((total - step + 1.0) / (total - warmup + 1.0)).max(0.0);
    match decay {
        Decay::Linear => left,
        Decay::Cosine => 0.5 - 0.5 * (std::f64::consts::PI * left).cos(),
        Decay::Constant => 1.0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_learning_rate_rises_then_falls_as_asked() {
        let rates =
            |decay| -> Vec<f64> { (0..10).map(|step| schedule(step, 10, 0.2, decay)).collect() };
        for decay in [Decay::Linear, Decay::Cosine] {
            let rates = rates(decay);
            assert_eq!((rates[0], rates[1]), (0.5, 1.0));
            assert!(rates.windows(2).skip(1).all(|pair| pair[1] < pair[0]), "{rates:?}");
            assert!(rates[9] > 0.0 && rates[9] < 0.2, "{rates:?}");
        }
        assert!(rates(Decay::Cosine)[3] > rates(Decay::Linear)[3], "a cosine falls late");
        assert_eq!(rates(Decay::Constant)[9], 1.0);
        assert_eq!(schedule(0, 1, 0.0, Decay::Linear), 1.0);
    }

    #[test]
    fn both_updates_agree() {
        let device = burn::tensor::Device::flex();
        let tensor = |values: [f32; 3]| Tensor::<1>::from_floats(values, &device);
        let step = AdamStep {
            learning_rate: 0.01,
            beta1: 0.9,
            beta2: 0.999,
            epsilon: 1e-8,
            weight_decay: 0.1,
            correction1: 0.19,
            correction2: 0.002,
            grad_scale: 0.5,
        };
        let composed_update = joined::update;
        let run = |update: fn(Tensor<1>, Moments, Tensor<1>, &AdamStep) -> (Tensor<1>, Moments)| {
            let moments = [tensor([0.1, -0.2, 0.0]), tensor([0.01, 0.02, 0.0])];
            let (weights, [mean, square]) =
                update(tensor([1.0, 2.0, 3.0]), moments, tensor([0.3, 0.0, -2.0]), &step);
            [weights, mean, square].map(values_of)
        };
        for (fused, composed) in run(fused_update).iter().zip(&run(composed_update)) {
            for (a, b) in fused.iter().zip(composed) {
                assert!((a - b).abs() < 1e-6, "{a} and {b}");
            }
        }
    }

    /// Weights of several sizes, two of them alike.
    #[derive(Module, Debug)]
    struct Net {
        head: Param<Tensor<2>>,
        bias: Param<Tensor<1>>,
        scale: Param<Tensor<1>>,
        table: Param<Tensor<2>>,
    }

    fn wave<const D: usize>(shape: [usize; D], pace: f32) -> Tensor<D> {
        let count: usize = shape.iter().product();
        let values: Vec<f32> = (0..count).map(|at| (at as f32 * pace).sin()).collect();
        Tensor::from_data(TensorData::new(values, shape), &burn::tensor::Device::flex())
    }

    impl Net {
        fn new() -> Self {
            let [head, table] = [0.3, 0.9].map(|pace| Param::from_tensor(wave([2, 3], pace)));
            let [bias, scale] = [0.5, 0.7].map(|pace| Param::from_tensor(wave([4], pace)));
            Self { head, bias, scale, table }.train()
        }

        /// Gradients of step `number`: in every third the scale has none.
        fn grads(&self, number: usize) -> NamedGrads {
            let pace = 0.2 * (number + 1) as f32;
            let mut loss = (self.head.val() * wave([2, 3], pace)).sum()
                + (self.bias.val() * wave([4], pace)).sum()
                + self.table.val().square().sum();
            if number % 3 != 2 {
                loss = loss + (self.scale.val() * wave([4], 2.0 * pace)).sum();
            }
            let mut grads = NamedGrads::default();
            grads.add(self, loss.backward());
            grads
        }
    }

    /// Norms, weights and state of some steps; the optimiser is stored and read back before step `stop`.
    fn of_steps(is_gpu: bool, stop: usize) -> (Vec<f64>, [Vec<f32>; 4], Vec<Vec<f32>>) {
        let (mut net, mut optimiser) = (Net::new(), AdamW::new(is_gpu));
        let rates =
            StepRates { encoder: 0.01, head: 0.1, weight_decay: 0.1, clip_norm: 1.0, done: 0.0 };
        let mut norms = Vec::new();
        for number in 0..6 {
            if number == stop {
                let device = burn::tensor::Device::flex();
                optimiser = AdamW::restore(&optimiser.state(), number as u64, &device, is_gpu);
            }
            let factor = |path: &str| if path == "bias" { 0.5 } else { 1.0 };
            let grads = net.grads(number);
            let (stepped, norm) = optimiser.step(net, grads, &rates, &factor);
            net = stepped;
            norms.push(norm);
        }
        let weights = [
            values_of(net.head.val().inner()),
            values_of(net.bias.val().inner()),
            values_of(net.scale.val().inner()),
            values_of(net.table.val().inner()),
        ];
        (norms, weights, optimiser.state().into_values().map(|state| state.values).collect())
    }

    #[test]
    fn weights_updated_together_end_where_they_do_one_by_one() {
        let (norms, weights, state) = of_steps(false, 9);
        assert!(norms[0] > 1.0, "clipping takes part");
        for stop in [9, 2, 3] {
            let joined = of_steps(true, stop);
            for (one, other) in norms.iter().zip(&joined.0) {
                assert!((one - other).abs() < 1e-5, "norms {one} and {other}");
            }
            let both = weights.iter().zip(&joined.1).chain(state.iter().zip(&joined.2));
            for (one, other) in both {
                assert_eq!(one.len(), other.len());
                for (a, b) in one.iter().zip(other) {
                    assert!((a - b).abs() < 1e-5, "{a} and {b}, stored before step {stop}");
                }
            }
            assert_eq!(state.len(), joined.2.len(), "four weights, two moments each");
        }
    }
}
