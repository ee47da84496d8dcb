//! Trainings on pairs as a whole, on a tiny encoder and made-up pairs.

use std::path::Path;

use super::data::Gathering;
use super::*;
use crate::control::Control;
use crate::model::SilentObserver;
use crate::model::bert::config::Trainable;
use crate::model::bert::device::{DeviceChoice, select};
use crate::model::bert::embedder::Embedder;
use crate::model::bert::optimiser::StepRates;
use crate::model::bert::precision::Precision;
use crate::model::bert::testing::{At, Watcher, tiny_base, tiny_model};
use crate::model::{EpochReport, TrainingObserver};

const COLOURS: [&str; 6] = ["red", "blue", "green", "black", "white", "yellow"];
const SHADES: [&str; 6] = ["ruby", "ocean", "grass", "coal", "snow", "lemon"];
const THINGS: [&str; 8] = ["mug", "lamp", "chair", "shoe", "dress", "table", "clock", "book"];

/// A colour and a thing lead to words that none of them holds, so that nothing is found unlearned.
pub(super) fn data() -> PairData {
    let mut gathering = Gathering::default();
    for at in 0..48 {
        let (colour, thing) = (at % 6, at / 6);
        let left = format!("{} {}", COLOURS[colour], THINGS[thing]);
        let right = format!("{} like {}", SHADES[colour], THINGS[(thing + 3) % 8]);
        gathering.row(Some(&left), Some(&right), None);
    }
    gathering.finish(0)
}

pub(super) fn parts() -> TextParts {
    let of = |chosen: fn(usize) -> bool| (0..48).filter(|&at| chosen(at)).collect();
    TextParts {
        train: of(|at| !at.is_multiple_of(4)),
        validation: of(|at| at.is_multiple_of(4)),
        test: Vec::new(),
    }
}

/// Settings that fit the made-up pairs within a second.
pub(super) fn eager() -> PairConfig {
    PairConfig {
        epochs: 12,
        batch_size: 12,
        learning_rate: 1e-2,
        dropout: Some(0.0),
        micro_batch_tokens: Some(48),
        checkpoint_secs: 1_000,
        ..PairConfig::default()
    }
}

pub(super) fn train(
    config: &PairConfig,
    seed: u64,
    folder: Option<&Path>,
    control: &Control,
    observer: &dyn TrainingObserver,
) -> Result<(Pretrained, TrainingResult), ModelError> {
    let context =
        FitContext { control, observer, checkpoints: folder, device: DeviceChoice::Cpu, seed };
    fit_from(&tiny_model(3), config, &data(), &parts(), &context)
}

fn plain(config: &PairConfig, seed: u64) -> (Pretrained, TrainingResult) {
    train(config, seed, None, &Control::default(), &SilentObserver).expect("trained")
}

fn vectors(model: &Pretrained) -> Vec<f32> {
    embedded(model, &data().rights)
}

pub(super) fn embedded(model: &Pretrained, texts: &[String]) -> Vec<f32> {
    let device = select(DeviceChoice::Cpu).expect("a processor");
    let embedder = Embedder::new(model, &device).expect("an encoder");
    embedder.embed(texts, &Control::default()).expect("vectors").values
}

/// Everything that a training gives but times.
pub(super) fn outcome(
    (model, result): &(Pretrained, TrainingResult),
) -> (Vec<u32>, Vec<EpochReport>, u32) {
    let bits = vectors(model).into_iter().map(f32::to_bits).collect();
    let mut epochs = result.epochs.clone();
    epochs.iter_mut().for_each(|report| report.secs = 0.0);
    (bits, epochs, result.best_epoch)
}

#[test]
fn the_right_texts_are_found_better_by_all_weights_and_by_small_parts() {
    for (trainable, learning_rate, least) in [
        (Trainable::Full, 1e-2, 0.2),
        (Trainable::TopLayers(2), 1e-2, 0.1),
        (Trainable::LowRank(4), 2e-2, 0.05),
        (Trainable::AdaLora(4), 2e-2, 0.05),
        (Trainable::Houlsby(8), 2e-2, 0.05),
    ] {
        let config = PairConfig { trainable, learning_rate, ..eager() };
        let (_, result) = plain(&config, 1);
        let mrr = |at: usize| result.epochs[at].validation["mrr@10"];
        let best = mrr(result.best_epoch as usize);
        assert_eq!(result.epochs.len(), 13, "{trainable}: the state before training counts");
        assert!(best > mrr(0) + least, "{trainable}: {best} after {}", mrr(0));
        let losses: Vec<f32> = result.epochs.iter().filter_map(|epoch| epoch.train_loss).collect();
        assert!(losses[11] < losses[0], "{trainable}: {losses:?}");
    }
}

#[test]
fn both_ways_and_other_scales_learn_and_take_their_own_way() {
    let mut seen = Vec::new();
    for (symmetric, scale) in [(false, 20.0), (true, 20.0), (false, 5.0)] {
        let trained = plain(&PairConfig { symmetric, scale, ..eager() }, 1);
        let epochs = &trained.1.epochs;
        let best = epochs[trained.1.best_epoch as usize].validation["mrr@10"];
        assert!(best > epochs[0].validation["mrr@10"] + 0.2, "{symmetric} {scale}: {best}");
        let (bits, ..) = outcome(&trained);
        assert!(!seen.contains(&bits));
        seen.push(bits);
    }
}

/// The gradient of a batch is that of all its pairs together, in however many passes it is made.
#[test]
fn a_batch_in_parts_has_the_gradient_of_the_whole() {
    let (base, data) = (tiny_model(5), data());
    let read = |text: &str| sequence(&base, text, 32);
    let texts = training_texts(&data, &parts().train, read);
    let device = select(DeviceChoice::Cpu).expect("a processor");
    let indices: Vec<usize> = (0..24).collect();
    let gradients = |tokens: usize, trainable: Trainable, symmetric: bool| {
        let config = PairConfig {
            micro_batch_tokens: Some(tokens),
            trainable,
            symmetric,
            dropout: Some(0.0),
            ..PairConfig::default()
        };
        let encoder = base.encoder(device.device()).expect("weights");
        let learner = PairLearner::new(&config, &base.config, encoder, &device, 1);
        let (loss, grads) =
            learner.gradients(&texts.batch(&indices), 0, &Control::default()).expect("gradients");
        (loss, grads.values())
    };
    for (trainable, symmetric) in
        [(Trainable::Full, false), (Trainable::TopLayers(1), true), (Trainable::LowRank(2), false)]
    {
        let (whole_loss, whole) = gradients(10_000, trainable, symmetric);
        let (loss, parts) = gradients(30, trainable, symmetric);
        assert!((loss - whole_loss).abs() < 1e-5, "{trainable}: {loss}, {whole_loss}");
        assert!(whole.keys().eq(parts.keys()) && !whole.is_empty());
        for (name, values) in &whole {
            let largest = values.iter().fold(1e-3_f32, |most, value| most.max(value.abs()));
            for (value, other) in values.iter().zip(&parts[name]) {
                assert!(
                    (value - other).abs() < 2e-4 * largest,
                    "{trainable} {name}: {value}, {other}"
                );
            }
        }
    }
}

/// With dropout the second pass must drop what the first one dropped: then a step of nearly nothing along
/// the gradient changes the same loss by as much as the gradient says.
#[test]
fn the_second_pass_drops_what_the_first_one_dropped() {
    let (base, data) = (tiny_model(5), data());
    let read = |text: &str| sequence(&base, text, 32);
    let texts = training_texts(&data, &parts().train, read);
    let device = select(DeviceChoice::Cpu).expect("a processor");
    let config =
        PairConfig { micro_batch_tokens: Some(30), dropout: Some(0.2), ..PairConfig::default() };
    let encoder = base.encoder(device.device()).expect("weights");
    let mut learner = PairLearner::new(&config, &base.config, encoder, &device, 1);
    let batch = texts.batch(&(0..24).collect::<Vec<_>>());
    let control = Control::default();
    let (before, grads) = learner.gradients(&batch, 7, &control).expect("gradients");
    // AdamW's first step goes by the sign of each gradient: the loss falls by rate · Σ |gradient|.
    let rate = 1e-5;
    let expected = rate * grads.values().values().flatten().map(|value| value.abs()).sum::<f32>();
    let rates = StepRates::same(f64::from(rate), 0.0, 1e9);
    learner.step(&batch, 7, &rates, &control).expect("a step");
    let (after, _) = learner.gradients(&batch, 7, &control).expect("gradients");
    let fallen = before - after;
    assert!((fallen / expected - 1.0).abs() < 0.1, "{fallen}, expected {expected}");
}

#[test]
fn the_same_seed_gives_the_same_bits_and_another_does_not() {
    let config = PairConfig { epochs: 2, dropout: None, ..eager() };
    let first = outcome(&plain(&config, 1));
    let pool = rayon::ThreadPoolBuilder::new().num_threads(1).build().expect("one thread");
    assert_eq!(first, pool.install(|| outcome(&plain(&config, 1))));
    assert_ne!(first.0, outcome(&plain(&config, 2)).0);
}

#[test]
fn a_cancelled_training_goes_on_where_it_was() {
    let config =
        PairConfig { epochs: 3, dropout: None, trainable: Trainable::LowRank(2), ..eager() };
    let unbroken = Watcher::new(At::Nothing);
    let whole = train(&config, 1, None, &Control::default(), &unbroken).expect("trained");
    let folder = tempfile::tempdir().expect("a folder");
    let control = Control::default();
    let first = Watcher::new(At::Cancel(5, control.clone()));
    let stopped = train(&config, 1, Some(folder.path()), &control, &first);
    assert!(matches!(stopped, Err(ModelError::Cancelled(_))));
    let second = Watcher::new(At::Nothing);
    let resumed =
        train(&config, 1, Some(folder.path()), &Control::default(), &second).expect("trained");
    assert_eq!(outcome(&resumed), outcome(&whole));
    let both: Vec<(f32, f32)> = first.losses().into_iter().chain(second.losses()).collect();
    assert_eq!(both, unbroken.losses(), "the same losses and gradients as unbroken");
    assert_eq!((both.len(), first.losses().len()), (9, 5));
    let shown = unbroken.samples();
    assert_eq!((shown.len(), shown[0].len()), (4, 5));
    assert!(shown[0][0].guesses.len() == 3 && shown[0][0].truth.contains(" like "));
}

#[test]
fn mixed_precision_learns_the_same_course_a_little_off() {
    let full = PairConfig { epochs: 3, ..eager() };
    let mixed = PairConfig { precision: Precision::Mixed, ..full.clone() };
    if !crate::model::bert::cpu::has_brain_floats() {
        let error = train(&mixed, 1, None, &Control::default(), &SilentObserver);
        let error = error.expect_err("no such unit").to_string();
        return assert!(error.contains("precision is mixed"), "{error}");
    }
    let course = |config: &PairConfig| plain(config, 1).1.epochs;
    let (full, mixed) = (course(&full), course(&mixed));
    assert_eq!(full[0].validation, mixed[0].validation, "judged in full precision");
    let losses = |epochs: &[EpochReport]| -> Vec<f32> {
        epochs.iter().filter_map(|epoch| epoch.train_loss).collect()
    };
    let (full, mixed) = (losses(&full), losses(&mixed));
    assert_ne!(full, mixed);
    for (a, b) in full.iter().zip(&mixed) {
        assert!((a - b).abs() < 0.05 * a, "{full:?} and {mixed:?}");
    }
}

#[test]
fn a_sweep_of_rates_leaves_nothing_behind() {
    let base = tempfile::tempdir().expect("a folder");
    tiny_base(3, base.path()).expect("written");
    let config = PairConfig {
        base_model: Some(base.path().into()),
        trainable: Trainable::TopLayers(1),
        ..eager()
    };
    let folder = tempfile::tempdir().expect("a folder");
    let context = FitContext {
        control: &Control::default(),
        observer: &SilentObserver,
        checkpoints: Some(folder.path()),
        device: DeviceChoice::Cpu,
        seed: 1,
    };
    let of = |config: &PairConfig| find_rate(config, &data(), &parts(), &context);
    let sweep = of(&config).expect("swept");
    assert_eq!(sweep, of(&config).expect("again"));
    let rates: Vec<f64> = sweep.points.iter().map(|point| point.encoder_rate).collect();
    assert!(rates.len() > 20 && rates.windows(2).all(|pair| pair[1] > pair[0]));
    let least = sweep.points.iter().map(|point| point.smoothed).fold(f64::INFINITY, f64::min);
    assert!(least < sweep.points[0].smoothed, "some rate lowers the loss");
    assert!(sweep.encoder_rate > rates[0] / 10.0 && sweep.encoder_rate < 0.1, "{sweep:?}");
    let kept = std::fs::read_dir(folder.path()).expect("a folder").count();
    assert_eq!(kept, 0, "no checkpoint is written");
    let wrong = of(&PairConfig { scale: 0.0, ..config }).expect_err("unusable").to_string();
    assert!(wrong.contains("scale is 0"), "{wrong}");
}

#[test]
fn a_saved_encoder_opens_with_the_same_vectors() {
    for trainable in
        [Trainable::Full, Trainable::LowRank(2), Trainable::Houlsby(4), Trainable::Prompt(3)]
    {
        let config = PairConfig { trainable, epochs: 1, ..eager() };
        // Without validation pairs the last epoch is kept.
        let parts = TextParts { validation: Vec::new(), ..parts() };
        let context = FitContext {
            control: &Control::default(),
            observer: &SilentObserver,
            checkpoints: None,
            device: DeviceChoice::Cpu,
            seed: 1,
        };
        let (model, _) =
            fit_from(&tiny_model(3), &config, &data(), &parts, &context).expect("trained");
        let folder = tempfile::tempdir().expect("a folder");
        save(&model, folder.path()).expect("saved");
        let opened = Pretrained::open(Some(folder.path())).expect("a base model");
        assert_eq!(vectors(&opened), vectors(&model), "{trainable}");
        assert_ne!(vectors(&opened), vectors(&tiny_model(3)), "{trainable}");
        let is_plain = folder.path().join("modules.json").is_file();
        assert_eq!(is_plain, !trainable.stays_apart(), "transformers cannot read adapters");
        assert!(save(&model, folder.path()).is_err(), "nothing is written over");
    }
}

#[test]
fn training_ends_when_nothing_gets_better() {
    let config = PairConfig { patience: Some(2), epochs: 9, learning_rate: 1e-12, ..eager() };
    let (model, result) = plain(&config, 1);
    assert_eq!((result.epochs.len(), result.best_epoch), (3, 0), "nothing beat the start");
    assert_eq!(vectors(&model), vectors(&tiny_model(3)));
}

#[test]
fn what_cannot_be_learned_is_said() {
    let context = FitContext {
        control: &Control::default(),
        observer: &SilentObserver,
        checkpoints: None,
        device: DeviceChoice::Cpu,
        seed: 0,
    };
    let fit = |config: &PairConfig, parts: &TextParts| {
        let fitted = fit_from(&tiny_model(3), config, &data(), parts, &context);
        fitted.expect_err("unusable").to_string()
    };
    let few = TextParts { train: vec![0], ..parts() };
    assert!(fit(&eager(), &few).contains("there are 1 training pairs"));
    assert!(fit(&PairConfig { scale: 0.0, ..eager() }, &parts()).contains("scale is 0"));
}
