//! The fused layer of the CPU engine against composed tensor operations, values and gradients.

use std::collections::BTreeMap;

use burn::module::{Module, ModuleVisitor, Param};
use burn::tensor::{Device, Gradients, Tensor, TensorData};

use super::batch::{Batch, Layout, Sequence};
use super::network::{Dropout, Encoder, LayerShape, pool};
use super::testing::{random_weights, tiny_config};
use super::weights::{load_into, values_of};

struct Grads<'a> {
    path: Vec<String>,
    gradients: &'a Gradients,
    found: BTreeMap<String, Vec<f32>>,
}

impl ModuleVisitor for Grads<'_> {
    fn enter_module(&mut self, name: &str, _: &str) {
        self.path.push(name.to_owned());
    }

    fn exit_module(&mut self, _: &str, _: &str) {
        self.path.pop();
    }

    fn visit_float<const D: usize>(&mut self, param: &Param<Tensor<D>>) {
        let grad = param.val().grad(self.gradients).expect("every weight has a gradient");
        self.found.insert(self.path.join("."), values_of(grad));
    }
}

fn texts() -> Vec<Sequence> {
    [7_usize, 1, 12, 3, 30]
        .into_iter()
        .enumerate()
        .map(|(seed, length)| {
            let ids =
                (0..length).map(|position| ((seed * 31 + position * 17) % 900) as u32).collect();
            Sequence::mean_pooled(ids)
        })
        .collect()
}

type Outcome = (Vec<f32>, BTreeMap<String, Vec<f32>>);

fn run(layout: Layout, causal: bool, dropout: Option<Dropout>) -> Outcome {
    let config = tiny_config();
    let device = Device::flex();
    let weights = random_weights(&config, 3);
    let blank = Encoder::blank(&config, &device);
    let encoder =
        load_into(blank, &weights, std::path::Path::new("test")).expect("its own weights").train();
    let texts = texts();
    let batch = Batch::new(&texts.iter().collect::<Vec<_>>(), layout, &device);
    let shape = LayerShape::of(&config);
    let shape = if causal { shape.causal() } else { shape };
    let hidden = encoder.forward(None, &batch, shape, 0, dropout);
    let pooled = pool(hidden, &batch);
    let values = values_of(pooled.clone().inner());
    let wanted: Vec<f32> = (0..values.len()).map(|index| (index as f32 * 0.7).sin()).collect();
    let wanted =
        Tensor::from_data(TensorData::new(wanted, [texts.len(), config.hidden_size]), &device);
    let grads = (pooled * wanted).sum().backward();
    let mut visitor = Grads { path: Vec::new(), gradients: &grads, found: BTreeMap::new() };
    encoder.visit(&mut visitor);
    (values, visitor.found)
}

fn assert_close(what: &str, a: &[f32], b: &[f32], tolerance: f32) {
    assert_eq!(a.len(), b.len(), "{what}");
    let size = a.iter().fold(1e-3_f32, |top, value| top.max(value.abs()));
    for (x, y) in a.iter().zip(b) {
        assert!((x - y).abs() <= tolerance * size, "{what}: {x} and {y}, largest {size}");
    }
}

fn assert_parity(causal: bool, dropout: Option<Dropout>) {
    let (fused, fused_grads) = run(Layout::Packed, causal, dropout);
    let (composed, composed_grads) = run(Layout::Padded, causal, dropout);
    // Products on the tile unit keep 16 bits of each factor.
    assert_close("values", &fused, &composed, 5e-5);
    assert_eq!(fused_grads.len(), 5 + 2 * 16);
    for (name, grad) in &fused_grads {
        // The gradient of a key bias is zero in theory (it shifts all of a query's scores alike): what is
        // left is rounding.
        if name.ends_with("key.bias") {
            assert!(grad.iter().all(|value| value.abs() < 1e-4), "{name}");
            continue;
        }
        assert_close(name, grad, &composed_grads[name], 1e-4);
    }
}

#[test]
fn the_fused_layer_equals_composed_operations() {
    assert_parity(false, None);
}

#[test]
fn tokens_that_look_back_only_are_the_same_in_both_layouts() {
    assert_parity(true, None);
    assert_parity(true, Some(Dropout { seed: 2, step: 1, hidden: 0.1, attention: 0.2 }));
    assert_ne!(run(Layout::Packed, false, None).0, run(Layout::Packed, true, None).0);
}

#[test]
fn dropout_is_the_same_in_both_layouts() {
    let dropout = Dropout { seed: 9, step: 4, hidden: 0.2, attention: 0.3 };
    assert_parity(false, Some(dropout));
    assert_ne!(run(Layout::Packed, false, None).0, run(Layout::Packed, false, Some(dropout)).0);
}
