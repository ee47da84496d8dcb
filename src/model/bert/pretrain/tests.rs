//! Pre-training of tiny encoders: golden losses, learning, repetition and resumption.

use std::path::Path;

use serde::Deserialize;

use super::examples::Masked;
use super::heads::name_of;
use super::*;
use crate::control::Control;
use crate::model::SilentObserver;
use crate::model::bert::batch::Sequence;
use crate::model::bert::config::Decay;
use crate::model::bert::device::{DeviceChoice, select};
use crate::model::bert::export::export;
use crate::model::bert::folder_tests::folder;
use crate::model::bert::scratch::{NewEncoder, new_encoder};
use crate::model::bert::testing::{At, Watcher};
use crate::model::bert::weights::collect;

#[derive(Deserialize)]
struct Golden {
    old_names: OldNames,
}

#[derive(Deserialize)]
struct OldNames {
    pretraining: Losses,
}

#[derive(Deserialize)]
struct Losses {
    examples: Vec<GoldenExample>,
    mlm_loss: f32,
    nsp_loss: f32,
}

#[derive(Deserialize)]
struct GoldenExample {
    ids: Vec<u32>,
    second: usize,
    positions: Vec<usize>,
    labels: Vec<u32>,
    is_random: bool,
}

/// Reference values are made by `scripts/golden/bert_folders.py`.
#[test]
fn losses_equal_those_of_the_reference() {
    let text = include_str!("../../../../tests/golden/bert/folders/expected.json");
    let golden: Golden = serde_json::from_str(text).expect("the golden file");
    let golden = golden.old_names.pretraining;
    let examples: Vec<Masked> = golden
        .examples
        .into_iter()
        .map(|one| Masked {
            sequence: Sequence::first_pooled(one.ids, Some(one.second)),
            places: one.positions,
            labels: one.labels,
            is_random: Some(one.is_random),
        })
        .collect();
    let base = Pretrained::open(Some(&folder("old_names"))).expect("a model with heads");
    let device = select(DeviceChoice::Cpu).expect("the CPU");
    let learned = Learned::new(&base, 0, device.device()).expect("all weights are there");
    let config = PretrainConfig { dropout: Some(0.0), ..PretrainConfig::default() };
    let learner = Learner::new(learned, &config, &base.config, &device, 0);
    let (losses, _) = learner.losses(&examples, 0, &Control::default()).expect("losses");
    assert!((losses.masked - golden.mlm_loss).abs() < 1e-4, "{losses:?}, {}", golden.mlm_loss);
    assert!((losses.next - golden.nsp_loss).abs() < 1e-4, "{losses:?}, {}", golden.nsp_loss);
}

#[test]
fn weights_have_the_names_of_the_reference() {
    let base = Pretrained::open(Some(&folder("old_names"))).expect("a model with heads");
    let device = select(DeviceChoice::Cpu).expect("the CPU");
    let learned = Learned::new(&base, 0, device.device()).expect("all weights are there");
    let own = collect(&learned, name_of);
    for (name, tensor) in &own {
        assert_eq!(Some(tensor), base.weights.get(name), "{name}");
    }
    let tied = ["cls.predictions.decoder.weight", "cls.predictions.decoder.bias"];
    let others = base.weights.keys().filter(|name| !own.contains_key(*name));
    assert!(
        others.clone().all(|name| tied.contains(&name.as_str())),
        "{:?}",
        others.collect::<Vec<_>>()
    );
}

fn corpus() -> Corpus {
    let mut corpus = Corpus::default();
    for (number, colour) in ["red", "blue", "green", "black", "white"].into_iter().enumerate() {
        for thing in ["mug", "lamp", "chair", "shoe"] {
            let title = format!("{colour} {thing}.");
            let text =
                format!("this {thing} is {colour}. buy the {colour} {thing} number {number}.");
            corpus.add_document([title.as_str(), text.as_str()]);
        }
    }
    corpus
}

fn base() -> Pretrained {
    let new = NewEncoder {
        vocab_size: 80,
        layers: 1,
        hidden_size: 32,
        heads: 2,
        max_tokens: 40,
        ..NewEncoder::default()
    };
    new_encoder(&new, &corpus().sentences(), &Control::default()).expect("a new encoder")
}

fn config() -> PretrainConfig {
    PretrainConfig {
        epochs: 3,
        batch_size: 4,
        max_tokens: 32,
        learning_rate: 5e-3,
        validation_share: 0.2,
        ..PretrainConfig::default()
    }
}

/// Nobody hears and nothing is kept.
fn quiet(control: &Control) -> FitContext<'_> {
    FitContext {
        control,
        observer: &SilentObserver,
        checkpoints: None,
        device: DeviceChoice::Cpu,
        seed: 7,
    }
}

type Ended = Result<(Pretrained, PretrainResult), ModelError>;

/// Train, with the losses of all steps as bits.
fn run(
    config: &PretrainConfig,
    stop_after: Option<u64>,
    folder: Option<&Path>,
) -> (Ended, Vec<u32>) {
    let control = Control::default();
    let at = stop_after.map_or(At::Nothing, |step| At::Cancel(step, control.clone()));
    let watcher = Watcher::new(at);
    let context = FitContext {
        control: &control,
        observer: &watcher,
        checkpoints: folder,
        device: DeviceChoice::Cpu,
        seed: 7,
    };
    let ended = pretrain(&base(), &corpus(), config, &context);
    let losses = watcher.losses().into_iter().map(|(loss, _)| loss.to_bits());
    (ended, losses.collect())
}

#[test]
fn the_loss_falls_and_the_same_seed_gives_the_same_model() {
    let longer = PretrainConfig { epochs: 12, ..config() };
    let (first, losses) = run(&longer, None, None);
    let (second, again) = run(&longer, None, None);
    let ((model, result), (other, _)) = (first.expect("trained"), second.expect("trained"));
    assert_eq!((&losses, &model.weights), (&again, &other.weights));
    let mean = |bits: &[u32]| {
        bits.iter().map(|bits| f32::from_bits(*bits)).sum::<f32>() / bits.len() as f32
    };
    let (begin, end) = (mean(&losses[..4]), mean(&losses[losses.len() - 4..]));
    assert!(end < begin - 1.0, "{begin} to {end}");
    let metric = |epoch: usize, name: &str| result.epochs[epoch].validation[name];
    assert!(metric(12, "perplexity") < metric(0, "perplexity") / 2.0, "{:?}", result.epochs);
    assert!(metric(12, "masked_accuracy") > metric(0, "masked_accuracy"));
    assert!((0.0..=1.0).contains(&metric(12, "nsp_accuracy")));
    assert!(result.best_epoch > 0);
    for fill in &result.fills {
        assert!(fill.text.contains("[[MASK]]"), "{fill:?}");
        assert_eq!(fill.guesses.len(), 5);
        assert!(fill.guesses.windows(2).all(|pair| pair[0].1 >= pair[1].1));
    }
    assert!(!result.fills.is_empty());
}

#[test]
fn a_broken_off_training_goes_on_as_if_unbroken() {
    let (whole, losses) = run(&config(), None, None);
    let whole = whole.expect("trained").0;
    // In the middle of an epoch, at the end of one, and right at the start.
    for stop in [1, 4, 6] {
        let folder = tempfile::tempdir().expect("a folder");
        let (ended, mut first) = run(&config(), Some(stop), Some(folder.path()));
        assert!(matches!(ended, Err(ModelError::Cancelled(_))));
        assert_eq!(first.len(), stop as usize);
        let (ended, rest) = run(&config(), None, Some(folder.path()));
        first.extend(rest);
        assert_eq!(first, losses, "stopped after {stop}");
        assert_eq!(ended.expect("trained").0.weights, whole.weights);
    }
}

#[test]
fn a_pre_trained_model_is_a_folder_to_go_on_from() {
    let once = PretrainConfig { epochs: 1, ..config() };
    let (ended, _) = run(&once, None, None);
    let (model, result) = ended.expect("trained");
    let place = tempfile::tempdir().expect("a folder");
    let out = place.path().join("shop-bert");
    export(&model, &out).expect("exported");
    let text = std::fs::read_to_string(out.join("config.json")).expect("its configuration");
    assert!(text.contains("BertForPreTraining"), "{text}");
    let opened = Pretrained::open(Some(&out)).expect("opened");
    assert_eq!(opened.weights, model.weights);
    // Its heads are taken up: the state before further training is judged as the one left.
    let control = Control::default();
    let (_, next) = pretrain(&opened, &corpus(), &once, &quiet(&control)).expect("trained on");
    let best = result.epochs.iter().find(|epoch| epoch.is_best && epoch.epoch == result.best_epoch);
    assert_eq!(Some(&next.epochs[0].validation), best.map(|epoch| &epoch.validation));
}

/// A rate of next to nothing changes nothing, so that the state before training stays the best.
#[test]
fn a_training_that_gets_no_better_ends_early() {
    let idle = PretrainConfig { epochs: 9, patience: Some(2), learning_rate: 1e-30, ..config() };
    let (_, result) = run(&idle, None, None).0.expect("trained");
    let told: Vec<u32> = result.epochs.iter().map(|epoch| epoch.epoch).collect();
    assert_eq!((told, result.best_epoch), (vec![0, 1, 2], 0), "{:?}", result.epochs);
}

#[test]
fn the_rate_falls_as_asked_for() {
    let of = |decay| run(&PretrainConfig { decay, epochs: 1, ..config() }, None, None).1;
    let losses = [Decay::Linear, Decay::Cosine, Decay::Constant].map(of);
    assert_eq!(losses[0][0], losses[1][0], "the same before the first step");
    assert!(losses[0] != losses[1] && losses[1] != losses[2] && losses[0] != losses[2]);
}

#[test]
fn a_rate_is_found_and_nothing_is_kept_of_it() {
    let folder = tempfile::tempdir().expect("a folder");
    let control = Control::default();
    let context = FitContext { checkpoints: Some(folder.path()), ..quiet(&control) };
    let config = PretrainConfig { learning_rate: 1e-4, ..config() };
    let of = |config: &PretrainConfig| find_rate(&base(), &corpus(), config, &context);
    let sweep = of(&config).expect("swept");
    assert_eq!(sweep, of(&config).expect("again"));
    let least = sweep.points.iter().map(|point| point.smoothed).fold(f64::INFINITY, f64::min);
    assert!(least < sweep.points[0].smoothed, "some rate lowers the loss");
    assert!(sweep.encoder_rate > 1e-5 && sweep.encoder_rate < 0.1, "{sweep:?}");
    assert_eq!(std::fs::read_dir(folder.path()).expect("a folder").count(), 0);
    let wrong = PretrainConfig { epochs: 0, ..config };
    assert!(of(&wrong).expect_err("unusable").to_string().contains("epochs is 0"));
}

#[test]
fn what_cannot_be_pre_trained_is_told() {
    let control = Control::default();
    let context = quiet(&control);
    let fails = |corpus: &Corpus, config: &PretrainConfig| {
        pretrain(&base(), corpus, config, &context).expect_err("refused").to_string()
    };
    assert!(fails(&Corpus::default(), &config()).contains("0 documents hold no word"));
    let bad = PretrainConfig { batch_size: 0, ..config() };
    assert!(fails(&corpus(), &bad).contains("batch_size is 0"));
    control.cancel_token().cancel();
    let stopped = pretrain(&base(), &corpus(), &config(), &context);
    assert!(matches!(stopped, Err(ModelError::Cancelled(_))));
}
