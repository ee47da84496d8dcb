//! Steps of a training against `PyTorch`; values made by `scripts/golden/text_task.py` and
//! `scripts/golden/small_parts.py`.

use std::collections::BTreeMap;
use std::path::Path;

use serde::Deserialize;

use super::config::{Adversarial, TextTaskConfig};
use super::data::Target;
use super::learner::{Shown, TaskLearner};
use super::loss::Loss;
use crate::control::Control;
use crate::model::bert::batch::Sequence;
use crate::model::bert::config::Trainable;
use crate::model::bert::course::Learner as _;
use crate::model::bert::device::{DeviceChoice, select};
use crate::model::bert::encoder_config::EncoderConfig;
use crate::model::bert::network::Encoder;
use crate::model::bert::optimiser::StepRates;
use crate::model::bert::testing::tiny_config;
use crate::model::bert::weights::{checkpoint_name, collect, load_into};

#[derive(Deserialize)]
struct Golden {
    plain: Run,
    fgm: Run,
}

#[derive(Deserialize)]
struct Run {
    steps: Vec<Step>,
    head: Vec<f32>,
}

#[derive(Deserialize)]
struct SmallRun {
    steps: Vec<Step>,
    /// By path, row-major.
    learned: BTreeMap<String, Vec<f32>>,
}

#[derive(Deserialize)]
struct Step {
    loss: f32,
    norm: f64,
}

fn formula(values: &mut [f32], place: usize, centre: f64, scale: f64) {
    for (at, value) in values.iter_mut().enumerate() {
        *value = (centre + scale * (0.37 * at as f64 + place as f64).sin()) as f32;
    }
}

/// A tiny encoder; what learns beside its own weights is filled by the formula too.
fn learner(config: &TextTaskConfig) -> TaskLearner {
    let shape = EncoderConfig {
        vocab_size: 30,
        max_position_embeddings: 12,
        hidden_dropout_prob: 0.0,
        attention_probs_dropout_prob: 0.0,
        ..tiny_config()
    };
    let device = select(DeviceChoice::Cpu).expect("a processor");
    let blank = Encoder::blank(&shape, device.device());
    let mut weights = collect(&blank, checkpoint_name);
    for (place, (name, tensor)) in weights.iter_mut().enumerate() {
        let centre = if name.ends_with("LayerNorm.weight") { 1.0 } else { 0.0 };
        formula(&mut tensor.values, place, centre, 0.3);
    }
    let encoder = load_into(blank, &weights, Path::new("formula")).expect("all weights");
    let loss = Loss::CrossEntropy { weights: Some(vec![0.5, 1.5, 1.0]), classes: 3 };
    let mut learner = TaskLearner::new(config, &shape, encoder, loss, &device, 1);
    let mut weights = learner.learning().weights();
    if config.trainable != Trainable::Full {
        let small = weights.iter_mut().filter(|(path, _)| path.starts_with("encoder."));
        for (place, (path, tensor)) in small.enumerate() {
            let is_gamma = path.rsplit('.').next() == Some("gamma");
            let centre = if is_gamma { 1.0 } else { 0.0 };
            formula(&mut tensor.values, 200 + place, centre, 0.3);
        }
    }
    for (name, place) in [("head.weight", 100), ("head.bias", 101)] {
        formula(&mut weights.get_mut(name).expect("a head").values, place, 0.0, 0.1);
    }
    learner.learning_mut().set_weights(&weights, Path::new("formula")).expect("its own weights");
    learner
}

fn config() -> TextTaskConfig {
    TextTaskConfig {
        adversarial_radius: 0.2,
        head_dropout: 0.0,
        layer_decay: 0.5,
        micro_batch_tokens: Some(10),
        ..TextTaskConfig::default()
    }
}

/// Steps from the first to the last, each at its share of the training.
fn check(
    learner: &mut TaskLearner,
    encoder_rate: f64,
    steps: &[Step],
    done: impl Fn(usize) -> f64,
) {
    let texts = [
        (vec![1, 5, 9, 7, 2], None),
        (vec![1, 6, 2], None),
        (vec![1, 5, 2, 8, 4, 2], Some(3)),
        (vec![1, 11, 12, 2], None),
    ];
    let sequences = texts.map(|(ids, second)| Sequence { second, ..Sequence::mean_pooled(ids) });
    let shown: Vec<Shown<'_>> = sequences
        .iter()
        .zip([0, 1, 2, 1])
        .map(|(sequence, class)| Shown { sequence, target: Target::Class(class) })
        .collect();
    for (step, expected) in steps.iter().enumerate() {
        let rates = StepRates {
            encoder: encoder_rate,
            head: 1e-2,
            weight_decay: 0.01,
            clip_norm: 1.0,
            done: done(step),
        };
        let (loss, norm) =
            learner.step(&shown, step as u64, &rates, &Control::default()).expect("a step");
        assert!((loss - expected.loss).abs() < 2e-5, "{step}: {loss}, {}", expected.loss);
        assert!((norm / expected.norm - 1.0).abs() < 1e-4, "{step}: {norm}, {}", expected.norm);
    }
}

fn assert_learned(learner: &TaskLearner, path: &str, expected: &[f32]) {
    let found = &learner.learning().weights()[path].values;
    assert_eq!(found.len(), expected.len(), "{path}");
    for (found, expected) in found.iter().zip(expected) {
        assert!((found - expected).abs() < 2e-4, "{path}: {found}, expected {expected}");
    }
}

#[test]
fn steps_are_those_of_pytorch() {
    let text = include_str!("../../../../tests/golden/text/training.json");
    let golden: Golden = serde_json::from_str(text).expect("the golden file");
    assert_eq!((golden.plain.steps.len(), golden.fgm.steps.len()), (3, 3));
    for (adversarial, run) in [(Adversarial::None, golden.plain), (Adversarial::Fgm, golden.fgm)] {
        let mut learner = learner(&TextTaskConfig { adversarial, ..config() });
        check(&mut learner, 1e-3, &run.steps, |_| 0.0);
        assert_learned(&learner, "head.weight", &run.head);
    }
}

#[test]
fn small_parts_learn_as_in_pytorch() {
    let text = include_str!("../../../../tests/golden/text/small_parts.json");
    let golden: BTreeMap<String, SmallRun> = serde_json::from_str(text).expect("the golden file");
    for (name, trainable) in [
        ("houlsby", Trainable::Houlsby(3)),
        ("pfeiffer", Trainable::Pfeiffer(3)),
        ("lora", Trainable::LowRank(2)),
        ("adalora", Trainable::AdaLora(2)),
        ("prompt", Trainable::Prompt(2)),
    ] {
        let run = &golden[name];
        let mut learner = learner(&TextTaskConfig { trainable, ..config() });
        check(&mut learner, 1e-2, &run.steps, |step| [0.0, 0.4, 0.8, 0.9][step]);
        assert!(!run.learned.is_empty(), "{name}");
        for (path, expected) in &run.learned {
            assert_learned(&learner, path, expected);
        }
    }
}
