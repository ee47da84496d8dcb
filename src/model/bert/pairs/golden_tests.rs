//! Steps of a training against sentence-transformers' `MultipleNegativesRankingLoss`; values made by
//! `scripts/golden/text_pairs.py`.

use std::collections::BTreeMap;
use std::path::Path;

use serde::Deserialize;

use super::config::PairConfig;
use super::data::Pair;
use super::learner::PairLearner;
use super::training::Read;
use crate::control::Control;
use crate::model::bert::batch::Sequence;
use crate::model::bert::device::{DeviceChoice, select};
use crate::model::bert::encoder_config::EncoderConfig;
use crate::model::bert::network::Encoder;
use crate::model::bert::optimiser::StepRates;
use crate::model::bert::testing::tiny_config;
use crate::model::bert::weights::{checkpoint_name, collect, load_into};

#[derive(Deserialize)]
struct Run {
    steps: Vec<Step>,
    learned: Vec<f32>,
}

#[derive(Deserialize)]
struct Step {
    loss: f32,
    norm: f64,
}

fn learner(config: &PairConfig) -> PairLearner {
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
        for (at, value) in tensor.values.iter_mut().enumerate() {
            *value = (centre + 0.3 * (0.37 * at as f64 + place as f64).sin()) as f32;
        }
    }
    let encoder = load_into(blank, &weights, Path::new("formula")).expect("all weights");
    PairLearner::new(config, &shape, encoder, &device, 1)
}

/// Pairs 0 and 3 share their right text.
fn read() -> Read {
    let texts: [&[u32]; 7] = [
        &[1, 5, 9, 2],
        &[1, 6, 2],
        &[1, 11, 12, 7, 2],
        &[1, 13, 2],
        &[1, 8, 4, 15, 2],
        &[1, 14, 2],
        &[1, 16, 17, 2],
    ];
    let pairs = [(0, 4), (1, 5), (2, 6), (3, 4)].map(|(left, right)| Pair { left, right });
    Read::new(texts.map(|ids| Sequence::mean_pooled(ids.to_vec())).into(), pairs.into())
}

#[test]
fn steps_are_those_of_sentence_transformers_in_one_pass_and_in_parts() {
    let text = include_str!("../../../../tests/golden/text/pairs.json");
    let golden: BTreeMap<String, Run> = serde_json::from_str(text).expect("the golden file");
    assert_eq!(golden.len(), 4);
    let read = read();
    for (name, run) in &golden {
        let indices: Vec<usize> = (0..if name.starts_with("shared") { 4 } else { 3 }).collect();
        for micro_batch_tokens in [1_000, 10] {
            let config = PairConfig {
                symmetric: name.ends_with("both"),
                layer_decay: 0.5,
                micro_batch_tokens: Some(micro_batch_tokens),
                ..PairConfig::default()
            };
            let mut learner = learner(&config);
            for (step, expected) in run.steps.iter().enumerate() {
                let rates = StepRates::same(1e-3, 0.01, 1.0);
                let batch = read.batch(&indices);
                let (loss, norm) =
                    learner.step(&batch, step as u64, &rates, &Control::default()).expect("a step");
                assert!((loss - expected.loss).abs() < 5e-5, "{name} {step}: {loss}");
                assert!((norm / expected.norm - 1.0).abs() < 2e-4, "{name} {step}: {norm}");
            }
            let weights = collect(&learner.into_encoder(), checkpoint_name);
            let found = &weights["encoder.layer.1.output.dense.bias"].values;
            for (found, expected) in found.iter().zip(&run.learned) {
                assert!((found - expected).abs() < 2e-4, "{name}: {found}, {expected}");
            }
        }
    }
}
