//! Loss, gradients and scores held to those of transformers and `PyTorch`; `scripts/golden/sequence.py` made
//! the values.

use std::collections::BTreeMap;
use std::path::Path;

use serde::Deserialize;

use super::config::{Objective, SequenceConfig};
use super::examples::Example;
use super::items::Items;
use super::learner::Learner;
use super::network::ProductNetwork;
use crate::control::Control;
use crate::model::bert::course::Learner as _;
use crate::model::bert::device::{DeviceChoice, select};
use crate::model::bert::embedder::Embeddings;
use crate::model::bert::finetune::scorer::Scorer;
use crate::model::bert::tensors::HostTensor;
use crate::model::bert::weights::checkpoint_name;

const PRODUCTS: usize = 7;

#[derive(Deserialize)]
struct Golden {
    text: Vec<f32>,
    weights: BTreeMap<String, Weight>,
    cases: BTreeMap<String, Case>,
}

#[derive(Deserialize)]
struct Weight {
    shape: Vec<usize>,
    values: Vec<f32>,
}

#[derive(Deserialize)]
struct Case {
    examples: Vec<Given>,
    loss: f32,
    last_scores: Vec<f32>,
    grads: BTreeMap<String, Vec<f32>>,
}

#[derive(Deserialize)]
struct Given {
    items: Vec<u32>,
    places: Vec<usize>,
    targets: Vec<u32>,
}

fn golden() -> Golden {
    let text = include_str!("../../../../tests/golden/bert/sequence.json");
    serde_json::from_str(text).expect("the golden file")
}

/// The name of a weight in the golden file.
fn name_of(path: &str) -> String {
    path.strip_prefix("encoder.").map_or_else(|| path.to_owned(), checkpoint_name)
}

fn learner(objective: Objective, golden: &Golden, items: &Items) -> Learner {
    let config = SequenceConfig {
        hidden_size: 8,
        layers: 2,
        heads: 2,
        max_items: 6,
        dropout: 0.0,
        text_only_share: 0.0,
        ..SequenceConfig::default()
    };
    let device = select(DeviceChoice::Cpu).expect("a processor");
    let mut learner = Learner::new(objective, &config, items, &[1; PRODUCTS], &device, 1);
    let mut weights = learner.learning().weights();
    for (path, tensor) in &mut weights {
        let Weight { shape, values } = &golden.weights[&name_of(path)];
        assert_eq!(&tensor.shape, shape, "{path}");
        *tensor = HostTensor { shape: shape.clone(), values: values.clone() };
    }
    learner.learning_mut().set_weights(&weights, Path::new("golden")).expect("they fit");
    learner
}

#[test]
fn loss_gradients_and_scores_are_those_of_the_reference() {
    let golden = golden();
    let text = Embeddings { dim: golden.text.len() / PRODUCTS, values: golden.text.clone() };
    let items = Items::all_met(PRODUCTS, text);
    for (objective, name) in [(Objective::Next, "next"), (Objective::Masked, "masked")] {
        let case = &golden.cases[name];
        let learner = learner(objective, &golden, &items);
        let examples: Vec<Example> = case
            .examples
            .iter()
            .map(|given| Example {
                items: given.items.clone(),
                places: given.places.clone(),
                targets: given.targets.clone(),
            })
            .collect();
        let (loss, grads) = learner.loss(&examples, 0, &Control::default()).expect("a loss");
        assert!((loss - case.loss).abs() < 1e-4, "{name}: {loss} against {}", case.loss);
        let mut seen = 0;
        for (path, found) in grads.values() {
            let Some(expected) = case.grads.get(&name_of(&path)) else { continue };
            let size = expected.iter().fold(0.0_f32, |size, value| size.max(value.abs()));
            assert_eq!(found.len(), expected.len());
            for (found, expected) in found.iter().zip(expected) {
                let allowed = 2e-3 * size;
                assert!((found - expected).abs() < allowed, "{path}: {found} and {expected}");
            }
            seen += 1;
        }
        assert_eq!(seen, case.grads.len());

        let (encoder, words, bias) = learner.fitted(&items);
        let network =
            ProductNetwork::new(encoder, &words, learner.config(), learner.device(), objective);
        let last = &case.examples[2].items;
        let history = last.iter().copied().filter(|&item| item < PRODUCTS as u32);
        let z = network.vectors(&[&network.input(history)]).expect("a vector");
        let phi = words.values[..PRODUCTS * 8].to_vec();
        let scores = Scorer::new(items.candidates.clone(), phi, bias, 8).scores(&z);
        for (found, expected) in scores.iter().zip(&case.last_scores) {
            assert!((found - expected).abs() < 1e-3, "{name}: {found} and {expected}");
        }
    }
}
