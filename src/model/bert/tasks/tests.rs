//! Text tasks as a whole, on a tiny encoder and made-up reviews.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;

use super::*;
use crate::control::Control;
use crate::model::bert::config::Trainable;
use crate::model::bert::testing::{At, Watcher, tiny_model};
use crate::model::{EpochReport, SilentObserver, TrainingObserver};

const GOOD: [&str; 4] = ["lovely", "perfect", "soft and warm", "great fit"];
const BAD: [&str; 4] = ["broken", "poor fit", "itchy and cold", "returned it"];
const THINGS: [&str; 5] = ["mug", "lamp", "dress", "garden chair", "running shoe"];

fn texts(n: usize) -> Vec<(TextInput, bool)> {
    let one = |at: usize| {
        let is_good = !at.is_multiple_of(3);
        let words = if is_good { GOOD } else { BAD };
        let text = format!("the {} is {}", THINGS[at % 5], words[at / 5 % 4]);
        (TextInput::from(text.as_str()), is_good)
    };
    (0..n).map(one).collect()
}

fn classes() -> Outputs {
    Outputs::Classes { labels: vec!["bad".into(), "good".into()] }
}

fn labelled(n: usize) -> Vec<TextExample> {
    let texts = texts(n).into_iter();
    texts
        .map(|(input, is_good)| TextExample { input, target: Target::Class(is_good.into()) })
        .collect()
}

fn config() -> TextTaskConfig {
    TextTaskConfig {
        epochs: 2,
        batch_size: 8,
        encoder_learning_rate: 2e-3,
        head_learning_rate: 2e-2,
        checkpoint_secs: 0,
        micro_batch_tokens: Some(48),
        ..TextTaskConfig::default()
    }
}

/// Settings that fit the made-up reviews well within a second.
fn eager() -> TextTaskConfig {
    TextTaskConfig {
        trainable: Trainable::TopLayers(2),
        epochs: 10,
        batch_size: 4,
        encoder_learning_rate: 5e-3,
        layer_decay: 1.0,
        dropout: Some(0.0),
        head_dropout: 0.0,
        checkpoint_secs: 1_000,
        ..config()
    }
}

fn train(
    config: &TextTaskConfig,
    seed: u64,
    folder: Option<&Path>,
    control: &Control,
    observer: &dyn TrainingObserver,
) -> Result<TextModel, ModelError> {
    let context =
        FitContext { control, observer, checkpoints: folder, device: DeviceChoice::Cpu, seed };
    let examples = labelled(60);
    fit_from(&tiny_model(3), config, &classes(), &examples[..40], &examples[40..], &context)
}

fn plain(config: &TextTaskConfig, seed: u64) -> TextModel {
    train(config, seed, None, &Control::default(), &SilentObserver).expect("trained")
}

fn chances(model: &TextModel) -> Vec<f64> {
    let inputs: Vec<TextInput> = texts(30).into_iter().map(|(input, _)| input).collect();
    match model.predict(&inputs, &Control::default()).expect("told") {
        Predictions::Chances { values, .. } => values,
        _ => panic!("classes were learned"),
    }
}

/// Everything that a training gives but times.
fn outcome(model: &TextModel) -> (Vec<u64>, Vec<EpochReport>, u32) {
    let bits = chances(model).into_iter().map(f64::to_bits).collect();
    let mut epochs = model.training().epochs.clone();
    epochs.iter_mut().for_each(|report| report.secs = 0.0);
    (bits, epochs, model.training().best_epoch)
}

fn last_accuracy(model: &TextModel) -> f32 {
    model.training().epochs.iter().map(|epoch| epoch.validation["accuracy"]).fold(0.0, f32::max)
}

#[test]
fn classes_are_learned_whatever_part_learns() {
    let variants = [
        TextTaskConfig { trainable: Trainable::Full, ..eager() },
        TextTaskConfig { trainable: Trainable::TopLayers(1), layer_decay: 0.5, ..eager() },
        TextTaskConfig { class_loss: ClassLoss::Binary, pooling: Pooling::First, ..eager() },
        TextTaskConfig { class_weights: ClassWeights::Balanced, decay: Decay::Cosine, ..eager() },
        TextTaskConfig { trainable: Trainable::AdaLora(4), ..eager() },
        TextTaskConfig { trainable: Trainable::Houlsby(8), ..eager() },
        TextTaskConfig { trainable: Trainable::Pfeiffer(8), ..eager() },
    ];
    for config in variants {
        let model = plain(&config, 1);
        assert!(last_accuracy(&model) > 0.84, "{config:?}: {:?}", model.training().epochs);
        let rows = chances(&model);
        assert!(rows.chunks(2).all(|row| (row[0] + row[1] - 1.0).abs() < 1e-9));
    }
}

#[test]
fn a_prompt_learns_where_nothing_else_does() {
    let config = TextTaskConfig {
        trainable: Trainable::Prompt(4),
        head_learning_rate: 1e-12,
        encoder_learning_rate: 0.02,
        ..eager()
    };
    let epochs = plain(&config, 1).training().epochs.clone();
    let loss = |at: usize| epochs[at].train_loss.expect("a loss");
    assert!(loss(9) < loss(0) - 0.01, "{epochs:?}");
}

#[test]
fn every_adversarial_method_learns_and_takes_its_own_way() {
    let mut seen = vec![outcome(&plain(&eager(), 1)).0];
    for adversarial in [Adversarial::Fgm, Adversarial::Pgd, Adversarial::FreeLb] {
        let config = TextTaskConfig {
            adversarial,
            adversarial_radius: 0.1,
            adversarial_step_size: 0.05,
            adversarial_steps: 2,
            ..eager()
        };
        let model = plain(&config, 1);
        assert!(last_accuracy(&model) > 0.84, "{adversarial:?}: {:?}", model.training().epochs);
        let bits = outcome(&model).0;
        assert!(!seen.contains(&bits), "{adversarial:?} is like another");
        seen.push(bits);
    }
}

#[test]
fn pairs_and_ratings_are_learned() {
    let rate = |(input, is_good): (TextInput, bool)| TextExample {
        input: TextInput { second: Some(input.text.clone()), text: "review".into() },
        target: Target::Rating(if is_good { 5.0 } else { 1.0 }),
    };
    let examples: Vec<TextExample> = texts(60).into_iter().map(rate).collect();
    let config = eager();
    let context = FitContext {
        control: &Control::default(),
        observer: &SilentObserver,
        checkpoints: None,
        device: DeviceChoice::Cpu,
        seed: 2,
    };
    let model = fit_from(
        &tiny_model(3),
        &config,
        &Outputs::Rating,
        &examples[..40],
        &examples[40..],
        &context,
    )
    .expect("trained");
    let inputs: Vec<TextInput> = examples[40..].iter().map(|one| one.input.clone()).collect();
    let Predictions::Ratings(found) = model.predict(&inputs, &Control::default()).expect("told")
    else {
        panic!("ratings were learned")
    };
    let mean = |wanted: f64| {
        let of: Vec<f64> = found
            .iter()
            .zip(&examples[40..])
            .filter(|(_, example)| example.target == Target::Rating(wanted))
            .map(|(found, _)| *found)
            .collect();
        of.iter().sum::<f64>() / of.len() as f64
    };
    assert!(mean(5.0) > 4.0 && mean(1.0) < 2.5, "{found:?}");
}

#[test]
fn the_same_seed_gives_the_same_bits_and_another_does_not() {
    let config = TextTaskConfig { adversarial: Adversarial::FreeLb, ..config() };
    let first = outcome(&plain(&config, 1));
    let pool = rayon::ThreadPoolBuilder::new().num_threads(1).build().expect("one thread");
    assert_eq!(first, pool.install(|| outcome(&plain(&config, 1))));
    assert_ne!(first.0, outcome(&plain(&config, 2)).0);
}

#[test]
fn a_cancelled_training_goes_on_where_it_was() {
    let config =
        TextTaskConfig { trainable: Trainable::LowRank(2), checkpoint_secs: 1_000, ..config() };
    let unbroken = Watcher::new(At::Nothing);
    let whole = train(&config, 1, None, &Control::default(), &unbroken).expect("trained");
    let folder = tempfile::tempdir().expect("a folder");
    let control = Control::default();
    let first = Watcher::new(At::Cancel(7, control.clone()));
    let stopped = train(&config, 1, Some(folder.path()), &control, &first);
    assert!(matches!(stopped, Err(ModelError::Cancelled(_))));
    let second = Watcher::new(At::Nothing);
    let model =
        train(&config, 1, Some(folder.path()), &Control::default(), &second).expect("trained");
    assert_eq!(outcome(&model), outcome(&whole));
    let both: Vec<(f32, f32)> = first.losses().into_iter().chain(second.losses()).collect();
    assert_eq!(both, unbroken.losses(), "the same losses and gradients as unbroken");
    assert!(both.iter().all(|(_, norm)| *norm > 0.0));
}

#[test]
fn a_training_that_died_goes_on_from_its_checkpoint() {
    let config = TextTaskConfig { adversarial: Adversarial::Fgm, ..config() };
    let whole = plain(&config, 1);
    let folder = tempfile::tempdir().expect("a folder");
    let dying = Watcher::new(At::Panic(7));
    let died = catch_unwind(AssertUnwindSafe(|| {
        train(&config, 1, Some(folder.path()), &Control::default(), &dying)
    }));
    assert!(died.is_err());
    let after = Watcher::new(At::Nothing);
    let model =
        train(&config, 1, Some(folder.path()), &Control::default(), &after).expect("trained");
    assert_eq!(outcome(&model), outcome(&whole));
    assert_eq!(after.losses().len(), 4, "steps 7 to 10 of 10");
    let other = TextTaskConfig { epochs: 1, ..config };
    let fresh = Watcher::new(At::Nothing);
    train(&other, 1, Some(folder.path()), &Control::default(), &fresh).expect("trained");
    assert_eq!(fresh.losses().len(), 5, "another configuration starts anew");
}

#[test]
fn a_saved_model_says_the_same_and_is_a_base_model() {
    for variant in [
        TextTaskConfig { class_loss: ClassLoss::Binary, ..config() },
        TextTaskConfig { trainable: Trainable::LowRank(2), ..config() },
        TextTaskConfig { trainable: Trainable::Biases, ..config() },
        TextTaskConfig { trainable: Trainable::AdaLora(2), ..config() },
        TextTaskConfig { trainable: Trainable::Houlsby(4), ..config() },
        TextTaskConfig { trainable: Trainable::Prompt(3), pooling: Pooling::First, ..config() },
    ] {
        // A base model that is not built in is stored whole.
        let variant = TextTaskConfig { base_model: Some("elsewhere".into()), ..variant };
        let model = plain(&variant, 1);
        let folder = tempfile::tempdir().expect("a folder");
        assert!(!is_text_model(folder.path()));
        model.save(folder.path()).expect("saved");
        assert!(is_text_model(folder.path()));
        let loaded = load(folder.path(), DeviceChoice::Cpu).expect("loaded");
        assert_eq!(outcome(&loaded), outcome(&model));
        assert_eq!(loaded.outputs(), &classes());
        let base = Pretrained::open(Some(folder.path())).expect("a base model");
        assert_eq!(base.config.hidden_size, 16);
        if variant.trainable.stays_apart() {
            let wanted = folder.path().join("exported");
            let error = crate::model::bert::export::export(&base, &wanted).expect_err("apart");
            assert!(error.to_string().contains("stands beside the encoder's weights"), "{error}");
        }
        std::fs::write(folder.path().join("text_task.json"), "{}").expect("written");
        assert!(load(folder.path(), DeviceChoice::Cpu).is_err());
    }
}

/// Reviews that are good or bad, of something or other: both are labels.
fn with_labels(n: usize) -> Vec<TextExample> {
    let of = |(at, (input, is_good)): (usize, (TextInput, bool))| TextExample {
        input,
        target: Target::Labels([usize::from(is_good), 2 + at % 5].into_iter().collect()),
    };
    texts(n).into_iter().enumerate().map(of).collect()
}

fn label_model() -> TextModel {
    let labels = ["bad", "good"].into_iter().chain(THINGS).map(str::to_owned).collect();
    let outputs = Outputs::Labels { labels };
    let context = FitContext {
        control: &Control::default(),
        observer: &SilentObserver,
        checkpoints: None,
        device: DeviceChoice::Cpu,
        seed: 1,
    };
    let config = TextTaskConfig {
        epochs: 14,
        base_model: Some("elsewhere".into()),
        trainable: Trainable::Full,
        ..eager()
    };
    let (train, held_out) = (with_labels(80), with_labels(20));
    fit_from(&tiny_model(3), &config, &outputs, &train, &held_out, &context).expect("trained")
}

#[test]
fn several_labels_are_learned_saved_and_told_of_a_table() {
    let model = label_model();
    let best = model.training().epochs.iter().map(|epoch| epoch.validation["micro_f1"]);
    assert!(best.fold(0.0, f32::max) > 0.9, "{:?}", model.training().epochs);
    let folder = tempfile::tempdir().expect("a folder");
    model.save(folder.path()).expect("saved");
    let loaded = load(folder.path(), DeviceChoice::Cpu).expect("loaded");
    let inputs: Vec<TextInput> = texts(4).into_iter().map(|(input, _)| input).collect();
    let told = |model: &TextModel| model.predict(&inputs, &Control::default()).expect("told");
    assert_eq!(told(&loaded), told(&model));
    let file = folder.path().join("texts.csv");
    let body = format!("id,body\n=7,{}\n8,\n9,{}\n", inputs[0].text, inputs[1].text);
    std::fs::write(&file, body).expect("written");
    let table = TextTable {
        files: vec![file],
        text: vec!["body".into()],
        second: None,
        keep: vec!["id".into()],
    };
    let found = table.tell(&model, &Control::default()).expect("told");
    assert_eq!(
        (found.told.clone(), found.lines.clone()),
        (vec![Some(0), None, Some(1)], vec![2, 3, 4])
    );
    assert!(found.labels(1).is_empty() && found.chances(1).is_none());
    assert!(found.labels(0).iter().all(|(_, chance)| *chance > GIVEN_ABOVE));
    let mut csv = Vec::new();
    found.write_csv(&mut csv, &Control::default()).expect("written");
    let csv = String::from_utf8(csv).expect("text");
    let lines: Vec<&str> = csv.lines().collect();
    assert!(lines[0].starts_with("id,body,labels,chance of bad,chance of good,"), "{csv}");
    assert!(lines[1].starts_with("'=7,"), "no cell is a formula: {csv}");
    assert_eq!(lines[2], "8,,,,,,,,,", "an untold row has empty cells");
    assert_eq!(lines.len(), 4);
    let stopped = Control::default();
    stopped.cancel_token().cancel();
    assert!(table.tell(&model, &stopped).is_err());
    assert!(found.write_csv(&mut Vec::new(), &stopped).is_err());
}

/// Small parts of the built-in encoder are stored without the rest of it and say the same when read back.
#[test]
fn what_learned_of_the_built_in_encoder_is_stored_alone() {
    let base = crate::model::bert::pretrained::builtin_model().expect("the built-in model");
    let examples = labelled(8);
    let context = FitContext {
        control: &Control::default(),
        observer: &SilentObserver,
        checkpoints: None,
        device: DeviceChoice::Cpu,
        seed: 1,
    };
    for trainable in [Trainable::AdaLora(2), Trainable::Pfeiffer(8)] {
        let config = TextTaskConfig { trainable, epochs: 1, checkpoint_secs: 1_000, ..config() };
        let model = fit_from(&base, &config, &classes(), &examples, &[], &context).expect("fitted");
        let folder = tempfile::tempdir().expect("a folder");
        model.save(folder.path()).expect("saved");
        let file = folder.path().join("model.safetensors");
        let size = std::fs::metadata(file).expect("a file").len();
        assert!(size < 3_000_000, "{trainable}: {size} bytes");
        let loaded = load(folder.path(), DeviceChoice::Cpu).expect("loaded");
        assert_eq!(chances(&loaded), chances(&model), "{trainable}");
        let whole = Pretrained::open(Some(folder.path())).expect("a base model");
        assert!(
            whole.n_weights() >= base.n_weights()
                && whole.apart.is_some() == trainable.stays_apart()
        );
    }
}

#[test]
fn training_ends_when_nothing_gets_better() {
    // A rate of nearly nothing leaves the accuracy as it is after the first epoch.
    let config = TextTaskConfig {
        patience: Some(2),
        epochs: 9,
        encoder_learning_rate: 1e-12,
        head_learning_rate: 1e-12,
        ..config()
    };
    let model = plain(&config, 1);
    assert_eq!((model.training().epochs.len(), model.training().best_epoch), (3, 1));
}

#[test]
fn noise_is_of_the_text_and_not_of_its_batch() {
    let model = plain(&config(), 1);
    let inputs: Vec<TextInput> = texts(12).into_iter().map(|(input, _)| input).collect();
    let noise = |share, seed| Some(Noise { share, seed });
    let told = |inputs: &[TextInput], noise| match model
        .predict_with(inputs, noise, &Control::default())
        .expect("told")
    {
        Predictions::Chances { values, .. } => values,
        _ => panic!("classes were learned"),
    };
    let (plain, noisy) = (told(&inputs, None), told(&inputs, noise(0.5, 1)));
    assert_ne!(plain, noisy);
    assert_eq!(noisy, told(&inputs, noise(0.5, 1)));
    assert_ne!(noisy, told(&inputs, noise(0.5, 2)));
    let first = told(&inputs[..1], noise(0.5, 1));
    assert!((first[0] - noisy[0]).abs() < 1e-6);
    let still = told(&inputs, noise(0.0, 1));
    assert!(still.iter().zip(&plain).all(|(a, b)| (a - b).abs() < 1e-6));
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
    let fit = |config: &TextTaskConfig, outputs: &Outputs, examples: &[TextExample]| {
        fit_from(&tiny_model(3), config, outputs, examples, &[], &context)
            .expect_err("unusable")
            .to_string()
    };
    assert!(fit(&config(), &classes(), &[]).contains("no training text"));
    let one = Outputs::Classes { labels: vec!["same".into()] };
    assert!(fit(&config(), &one, &labelled(3)).contains("nothing to tell apart"));
    let bad = TextTaskConfig { batch_size: 0, ..config() };
    assert!(fit(&bad, &classes(), &labelled(3)).contains("batch_size is 0"));
}
