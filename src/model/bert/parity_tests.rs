//! The fused layer of the CPU engine against composed tensor operations, values and gradients.

use std::collections::BTreeMap;

use burn::module::{Module, ModuleVisitor, Param};
use burn::tensor::{Device, Gradients, Tensor, TensorData};

use super::batch::{Batch, Layout, Sequence};
use super::config::Trainable;
use super::network::{Dropout, Encoder, LayerShape, pool};
use super::peft::equip;
use super::testing::{random_weights, tiny_config};
use super::weights::{collect, load_into, load_with, values_of};

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

/// A way through the encoder that two engines are held to.
#[derive(Clone, Copy)]
struct Way {
    trainable: Trainable,
    dropout: Option<Dropout>,
    recompute: bool,
    causal: bool,
}

impl Way {
    const PLAIN: Self =
        Self { trainable: Trainable::Full, dropout: None, recompute: false, causal: false };
}

fn run(layout: Layout, way: Way) -> Outcome {
    let config = tiny_config();
    let device = Device::flex();
    let weights = random_weights(&config, 3);
    let blank = Encoder::blank(&config, &device);
    let encoder =
        load_into(blank, &weights, std::path::Path::new("test")).expect("its own weights");
    let encoder = shaken(equip(encoder, way.trainable, 7)).train();
    let texts = texts();
    let texts: Vec<Sequence> =
        texts.iter().map(|text| text.behind(way.trainable.prompt_len())).collect();
    let batch = Batch::new(&texts.iter().collect::<Vec<_>>(), layout, &device);
    let shape = LayerShape::of(&config).recomputing(way.recompute);
    let shape = if way.causal { shape.causal() } else { shape };
    let hidden = encoder.forward(None, &batch, shape, 0, way.dropout);
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

/// Small parts start as next to nothing; here they are to show.
fn shaken(encoder: Encoder) -> Encoder {
    let mut weights = collect(&encoder, str::to_owned);
    for (place, (path, tensor)) in weights.iter_mut().enumerate() {
        if path.contains("_adapter.") || path.contains(".low_rank.") {
            for (at, value) in tensor.values.iter_mut().enumerate() {
                *value = 0.3 * (0.37 * at as f32 + place as f32).sin();
            }
        }
    }
    load_with(encoder, &weights, str::to_owned, std::path::Path::new("test")).expect("its own")
}

fn assert_same(one: &Outcome, other: &Outcome, what: &str) {
    // Products on the tile unit keep 16 bits of each factor.
    assert_close(what, &one.0, &other.0, 5e-5);
    assert_eq!(one.1.len(), other.1.len());
    for (name, grad) in &one.1 {
        // The gradient of a key bias is zero in theory (it shifts all of a query's scores alike): what is
        // left is rounding.
        if name.ends_with("key.bias") {
            assert!(grad.iter().all(|value| value.abs() < 1e-4), "{name}");
            continue;
        }
        // What small parts learn goes through one product more.
        let is_small = name.contains(".low_rank.") || name.contains("_adapter.");
        let tolerance = if is_small { 5e-4 } else { 1e-4 };
        assert_close(&format!("{what}: {name}"), grad, &other.1[name], tolerance);
    }
}

fn assert_parity(way: Way) -> Outcome {
    let fused = run(Layout::Packed, way);
    assert_same(&fused, &run(Layout::Padded, way), &way.trainable.to_string());
    fused
}

#[test]
fn the_fused_layer_equals_composed_operations() {
    assert_eq!(assert_parity(Way::PLAIN).1.len(), 5 + 2 * 16);
}

#[test]
fn tokens_that_look_back_only_are_the_same_in_both_layouts() {
    let dropout = Some(Dropout { seed: 2, step: 1, hidden: 0.1, attention: 0.2 });
    let causal = Way { causal: true, ..Way::PLAIN };
    let looked_back = assert_parity(causal);
    assert_parity(Way { dropout, ..causal });
    assert_ne!(run(Layout::Packed, Way::PLAIN).0, looked_back.0);
}

#[test]
fn dropout_is_the_same_in_both_layouts() {
    let dropout = Some(Dropout { seed: 9, step: 4, hidden: 0.2, attention: 0.3 });
    let dropped = assert_parity(Way { dropout, ..Way::PLAIN });
    assert_ne!(run(Layout::Packed, Way::PLAIN).0, dropped.0);
}

#[test]
fn small_parts_are_the_same_in_both_layouts() {
    let dropout = Some(Dropout { seed: 9, step: 4, hidden: 0.2, attention: 0.3 });
    for (trainable, weights) in [
        (Trainable::LowRank(2), 2 * 2 * 2),
        (Trainable::AdaLora(2), 2 * 6 * 3),
        (Trainable::Houlsby(3), 2 * 2 * 4),
        (Trainable::Pfeiffer(3), 2 * 4),
        (Trainable::Prompt(4), 1),
    ] {
        for dropout in [None, dropout] {
            let found = assert_parity(Way { trainable, dropout, ..Way::PLAIN });
            assert_eq!(found.1.len(), 5 + 2 * 16 + weights, "{trainable}");
        }
    }
}

/// Computed again on the way back, everything is the same: to the bit on the CPU engine; composed operations
/// round otherwise without a graph.
#[test]
fn nothing_changes_where_activations_are_computed_again() {
    let dropout = Some(Dropout { seed: 9, step: 4, hidden: 0.2, attention: 0.3 });
    for (trainable, causal) in
        [(Trainable::Full, false), (Trainable::Houlsby(3), false), (Trainable::Full, true)]
    {
        let way = |recompute| Way { trainable, dropout, recompute, causal };
        let [kept, again] = [false, true].map(|recompute| run(Layout::Packed, way(recompute)));
        assert_eq!(kept, again);
        let [kept, again] = [false, true].map(|recompute| run(Layout::Padded, way(recompute)));
        assert_same(&kept, &again, &format!("composed, {trainable}"));
    }
}
