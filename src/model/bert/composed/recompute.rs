//! Gradient checkpointing for layers of composed operations (Chen et al. 2016): a layer keeps what goes into
//! it, and runs again on the way back.

use std::marker::PhantomData;

use burn::backend::autodiff::NodeId;
use burn::backend::autodiff::checkpoint::base::Checkpointer;
use burn::backend::autodiff::checkpoint::strategy::NoCheckpointing;
use burn::backend::autodiff::grads::Gradients as Outer;
use burn::backend::autodiff::ops::{Backward, NodeGuard, Ops, OpsKind};
use burn::backend::{Autodiff, Backend, DispatchKindConversion, DispatchTensor, Flex, Wgpu};
use burn::module::{Module, ModuleMapper, ModuleVisitor, Param};
use burn::tensor::{Gradients, Tensor};

use super::{plain, tracked};
use crate::model::bert::batch::Batch;
use crate::model::bert::cpu::LayerDropout;
use crate::model::bert::network::{Layer, LayerShape};

/// What a pass through a layer depends on beside its weights and its input.
#[derive(Debug, Clone)]
pub(in crate::model::bert) struct Pass {
    pub batch: Batch,
    pub shape: LayerShape,
    /// A function of its keys, so the second time it drops what it dropped the first time.
    pub dropout: Option<LayerDropout>,
}

impl Pass {
    fn through(&self, layer: &Layer, hidden: Tensor<2>) -> Tensor<2> {
        layer.composed(hidden, &self.batch, self.shape, self.dropout)
    }
}

/// A layer from `[rows, hidden]` to the same whose activations are computed again on the way back.
pub(in crate::model::bert) fn recomputed(
    layer: &Layer,
    hidden: Tensor<2>,
    pass: &Pass,
) -> Tensor<2> {
    if !hidden.is_autodiff() && !layer.query.weight.val().is_autodiff() {
        return pass.through(layer, hidden);
    }
    recorded::<Wgpu>(layer, &hidden, pass)
        .or_else(|| recorded::<Flex>(layer, &hidden, pass))
        .expect("a layer is on the GPU's engine or on that of the CPU")
}

fn recorded<B: Backend>(layer: &Layer, hidden: &Tensor<2>, pass: &Pass) -> Option<Tensor<2>>
where
    DispatchTensor: DispatchKindConversion<B> + DispatchKindConversion<Autodiff<B>>,
{
    let input = tracked::<B, 2>(hidden.clone())?.node();
    let mut learners = Learners::<B>::default();
    layer.visit(&mut learners);
    // One weight that learns is enough of a parent for gradients to come here; all of them get theirs by id.
    let weight = match learners.first {
        Some(weight) => weight,
        None => tracked::<B, 2>(hidden.clone())?.node(),
    };
    let tape = Tape {
        layer: layer.valid(),
        input: hidden.clone().inner(),
        pass: pass.clone(),
        ids: learners.ids,
    };
    let out = plain::<B, 2>(pass.through(&tape.layer, tape.input.clone()));
    let prepared = Recomputed.prepare::<NoCheckpointing>([input, weight]).compute_bound();
    let out = match prepared.stateful() {
        OpsKind::Tracked(prep) => prep.finish(tape, out),
        OpsKind::UnTracked(prep) => prep.finish(out),
    };
    Some(Tensor::from_primitive::<Autodiff<B>>(out))
}

/// Which weights of a layer learn, in the order in which it is visited.
struct Learners<B> {
    /// The node of each; `None` where it does not learn.
    ids: Vec<Option<NodeId>>,
    first: Option<NodeGuard>,
    engine: PhantomData<B>,
}

impl<B> Default for Learners<B> {
    fn default() -> Self {
        Self { ids: Vec::new(), first: None, engine: PhantomData }
    }
}

impl<B: Backend> ModuleVisitor for Learners<B>
where
    DispatchTensor: DispatchKindConversion<Autodiff<B>>,
{
    fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
        let weight = param.val();
        let node = if weight.is_require_grad() { tracked::<B, D>(weight) } else { None };
        self.ids.push(node.as_ref().map(|weight| weight.id()));
        if self.first.is_none() {
            self.first = node.map(|weight| weight.node());
        }
    }
}

/// What is kept of a layer.
#[derive(Debug, Clone)]
struct Tape {
    /// Outside of autodiff; handles to the weights, not copies.
    layer: Layer,
    input: Tensor<2>,
    pass: Pass,
    ids: Vec<Option<NodeId>>,
}

#[derive(Debug)]
struct Recomputed;

impl<B: Backend> Backward<B, 2> for Recomputed
where
    DispatchTensor: DispatchKindConversion<B>,
{
    type State = Tape;

    fn backward(self, ops: Ops<Self::State, 2>, grads: &mut Outer, _: &mut Checkpointer) {
        let grad = Tensor::<2>::from_primitive::<B>(grads.consume::<B>(&ops.node));
        let Tape { layer, input, pass, ids } = ops.state;
        let [parent, _] = ops.parents;
        // A graph of its own, whose leaves are the input and the weights.
        let layer = layer.train().map(&mut Leaves { learn: ids.iter().map(Option::is_some) });
        let input = match parent {
            Some(_) => input.autodiff().require_grad(),
            None => input.autodiff(),
        };
        let inner = (pass.through(&layer, input.clone()) * grad).sum().backward();
        if let Some((parent, grad)) = parent.zip(input.grad(&inner)) {
            grads.register::<B>(parent.id, plain::<B, 2>(grad));
        }
        layer.visit(&mut Given::<B, _> { ids: ids.into_iter(), inner, grads, engine: PhantomData });
    }
}

/// Lets the weights learn that are to.
struct Leaves<I> {
    learn: I,
}

impl<I: Iterator<Item = bool>> ModuleMapper for Leaves<I> {
    fn map_float<const D: usize>(&mut self, param: Param<Tensor<D>>) -> Param<Tensor<D>> {
        param.set_require_grad(self.learn.next().unwrap_or(false))
    }
}

/// Hands the gradients of the leaves to the weights that they stand for.
struct Given<'a, B, I> {
    ids: I,
    inner: Gradients,
    grads: &'a mut Outer,
    engine: PhantomData<B>,
}

impl<B: Backend, I: Iterator<Item = Option<NodeId>>> ModuleVisitor for Given<'_, B, I>
where
    DispatchTensor: DispatchKindConversion<B>,
{
    fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
        let Some(id) = self.ids.next().flatten() else { return };
        if let Some(grad) = param.val().grad(&self.inner) {
            self.grads.register::<B>(id, plain::<B, D>(grad));
        }
    }
}
