//! Training as a whole, on a tiny encoder and a shop where the newest product tells the next.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;

use super::learner::Example;
use super::*;
use crate::control::Control;
use crate::dataset::EventKind;
use crate::ids::ItemIdx;
use crate::model::bert::batch::Sequence;
use crate::model::bert::config::Decay;
use crate::model::bert::device::select;
use crate::model::bert::negatives::Negatives;
use crate::model::bert::optimiser::StepRates;
use crate::model::bert::precision::Precision;
use crate::model::bert::softmax::SoftmaxOver;
use crate::model::bert::testing::{
    At, Watcher, assert_products_are_shown, ring_shop, shop_with_new_products, tiny_model,
};
use crate::model::knowledge::config::TextParts;
use crate::model::{
    EpochReport, FittedModel, History, HistoryEvent, Reason, SilentObserver, TrainingObserver,
};

pub(super) fn config(trainable: Trainable) -> BertConfig {
    BertConfig {
        trainable,
        epochs: 2,
        batch_size: 8,
        max_examples: Some(64),
        warm_start_epochs: 2,
        head_learning_rate: 0.02,
        encoder_learning_rate: 1e-3,
        checkpoint_secs: 0,
        // The shop goes round in a ring: what comes next has often been met.
        new_products_only: false,
        ..BertConfig::default()
    }
}

fn train(
    config: &BertConfig,
    seed: u64,
    folder: Option<&Path>,
    control: &Control,
    observer: &dyn TrainingObserver,
) -> Result<BertRecommender, ModelError> {
    let (dataset, split) = ring_shop(48);
    let context =
        FitContext { control, observer, checkpoints: folder, device: DeviceChoice::Cpu, seed };
    fit_from(&tiny_model(11), config, &dataset, &split, &context)
}

fn plain(config: &BertConfig, seed: u64) -> BertRecommender {
    train(config, seed, None, &Control::default(), &SilentObserver).expect("trained")
}

pub(super) fn history(items: &[u32]) -> History {
    let event =
        |&item: &u32| HistoryEvent { item: ItemIdx(item), kind: EventKind::View, time_ms: 0 };
    History { user: None, events: items.iter().map(event).collect() }
}

/// Everything that a training gives but times.
pub(super) fn outcome(model: &BertRecommender) -> (Vec<u32>, Vec<EpochReport>, u32) {
    let bits = [history(&[0]), history(&[3, 4]), history(&[20, 9, 1])]
        .iter()
        .flat_map(|history| model.score(history))
        .map(f32::to_bits)
        .collect();
    let mut epochs = model.training().epochs.clone();
    epochs.iter_mut().for_each(|report| report.secs = 0.0);
    (bits, epochs, model.training().best_epoch)
}

#[test]
fn training_learns_what_follows_what() {
    for trainable in [
        Trainable::Full,
        Trainable::TopLayers(1),
        Trainable::TopLayers(0),
        Trainable::LowRank(2),
        Trainable::Biases,
        Trainable::AdaLora(2),
        Trainable::Houlsby(4),
        Trainable::Pfeiffer(4),
        Trainable::Prompt(3),
    ] {
        let config = BertConfig { epochs: 6, ..config(trainable) };
        let model = plain(&config, 1);
        let epochs = &model.training().epochs;
        let ndcg = |report: &EpochReport| report.validation["ndcg@10"];
        let best = epochs.iter().map(ndcg).fold(0.0, f32::max);
        assert_eq!(epochs.len(), 7);
        assert!(best > ndcg(&epochs[0]) + 0.05, "{trainable}: {epochs:?}");
        assert_eq!(ndcg(&epochs[model.training().best_epoch as usize]), best);
        assert!(epochs[6].train_loss < epochs[1].train_loss, "{trainable}: {epochs:?}");
    }
}

#[test]
fn the_same_seed_gives_the_same_bits_and_another_does_not() {
    let config = config(Trainable::TopLayers(1));
    let first = outcome(&plain(&config, 1));
    assert_eq!(first, outcome(&plain(&config, 1)));
    assert_ne!(first.0, outcome(&plain(&config, 2)).0);
}

#[test]
fn a_cancelled_training_goes_on_to_the_same_result() {
    let changing = BertConfig {
        item_crop: 0.3,
        item_mask: 0.3,
        item_reorder: 0.3,
        loss: SoftmaxOver::Sampled(6),
        negatives: Negatives::Hard(2),
        ..config(Trainable::TopLayers(1))
    };
    let plainly = [
        Trainable::Full,
        Trainable::TopLayers(1),
        Trainable::LowRank(2),
        Trainable::AdaLora(2),
        Trainable::Houlsby(4),
    ];
    for config in plainly.map(config).into_iter().chain([changing]) {
        let trainable = config.trainable;
        let unbroken = outcome(&plain(&config, 3));
        let folder = tempfile::tempdir().expect("a folder");
        for step in [2, 8, 11] {
            let control = Control::default();
            let observer = Watcher::new(At::Cancel(step, control.clone()));
            let result = train(&config, 3, Some(folder.path()), &control, &observer);
            assert!(matches!(result, Err(ModelError::Cancelled(_))), "at step {step}");
        }
        let observer = Watcher::new(At::Nothing);
        let resumed = train(&config, 3, Some(folder.path()), &Control::default(), &observer)
            .expect("resumed");
        assert_eq!(outcome(&resumed), unbroken, "{trainable}");
        assert_eq!(observer.losses().len(), 16 - 11);
    }
}

/// Paused between two steps it writes where it stands, waits, and goes on as if nothing had been.
#[test]
fn a_paused_training_waits_with_its_checkpoint_written() {
    let config = BertConfig { checkpoint_secs: 1_000, ..config(Trainable::TopLayers(1)) };
    let unbroken = outcome(&plain(&config, 3));
    let folder = tempfile::tempdir().expect("a folder");
    let (copy, file) = (folder.path().join("copy"), folder.path().join("checkpoint.safetensors"));
    let (kept, token) = (copy.clone(), crate::control::CancelToken::default());
    let waiting = token.clone();
    let control = Control::new(token, move |progress| {
        if progress.stage == "stage-paused" {
            std::fs::create_dir_all(&kept).expect("a folder");
            for name in ["checkpoint.safetensors", "best.safetensors"] {
                std::fs::copy(file.with_file_name(name), kept.join(name)).expect("it is there");
            }
            waiting.pause(false);
        }
    });
    let observer = Watcher::new(At::Pause(5, control.clone()));
    let model = train(&config, 3, Some(folder.path()), &control, &observer).expect("trained");
    assert_eq!(outcome(&model), unbroken);
    let rest = Watcher::new(At::Nothing);
    let resumed = train(&config, 3, Some(&copy), &Control::default(), &rest).expect("resumed");
    assert_eq!((outcome(&resumed), rest.losses().len()), (unbroken, 16 - 5));
}

#[test]
fn a_sweep_of_rates_leaves_nothing_behind() {
    let (dataset, split) = ring_shop(48);
    let base = tempfile::tempdir().expect("a folder");
    crate::model::bert::testing::tiny_base(11, base.path()).expect("written");
    let config =
        BertConfig { base_model: Some(base.path().into()), ..config(Trainable::TopLayers(1)) };
    let context = FitContext {
        control: &Control::default(),
        observer: &SilentObserver,
        checkpoints: None,
        device: DeviceChoice::Cpu,
        seed: 1,
    };
    let towers = BertConfig { base_model: config.base_model.clone(), ..towers() };
    let of_towers = find_rate(&towers, &dataset, &split, &context).expect("swept");
    assert!(of_towers.points.len() > 20, "{of_towers:?}");
    let sweep = find_rate(&config, &dataset, &split, &context).expect("swept");
    assert_eq!(sweep, find_rate(&config, &dataset, &split, &context).expect("again"));
    let rates: Vec<f64> = sweep.points.iter().map(|point| point.encoder_rate).collect();
    assert!(rates.len() > 20 && rates.windows(2).all(|pair| pair[1] > pair[0]));
    let least = sweep.points.iter().map(|point| point.smoothed).fold(f64::INFINITY, f64::min);
    assert!(least < sweep.points[0].smoothed, "some rate lowers the loss");
    let ratio = config.head_learning_rate / config.encoder_learning_rate;
    assert!((sweep.head_rate / sweep.encoder_rate - ratio).abs() < 1e-9 * ratio);
    assert!(sweep.encoder_rate > rates[0] / 10.0 && sweep.encoder_rate < 0.1);
}

#[test]
fn settings_of_the_course_have_their_effect_and_recomputing_has_none() {
    let base = config(Trainable::TopLayers(2));
    let usual = outcome(&plain(&base, 1)).0;
    let again = BertConfig { gradient_checkpointing: true, ..base.clone() };
    assert_eq!(outcome(&plain(&again, 1)).0, usual);
    for other in [
        BertConfig { decay: Decay::Cosine, ..base.clone() },
        BertConfig { layer_decay: 0.5, ..base.clone() },
    ] {
        assert_ne!(outcome(&plain(&other, 1)).0, usual);
    }
}

#[test]
fn a_training_that_was_killed_goes_on_from_its_last_checkpoint() {
    let config = config(Trainable::TopLayers(1));
    let unbroken = outcome(&plain(&config, 4));
    let folder = tempfile::tempdir().expect("a folder");
    let killed = catch_unwind(AssertUnwindSafe(|| {
        train(&config, 4, Some(folder.path()), &Control::default(), &Watcher::new(At::Panic(6)))
    }));
    assert!(killed.is_err());
    // A write that the kill interrupted leaves a partial file beside the whole one.
    std::fs::write(folder.path().join("checkpoint.partial"), b"half of a file").expect("written");
    let observer = Watcher::new(At::Nothing);
    let resumed =
        train(&config, 4, Some(folder.path()), &Control::default(), &observer).expect("resumed");
    assert_eq!(outcome(&resumed), unbroken);
    assert_eq!(observer.losses().len(), 16 - 5);
    let again = Watcher::new(At::Nothing);
    let finished =
        train(&config, 4, Some(folder.path()), &Control::default(), &again).expect("finished");
    assert_eq!(outcome(&finished), unbroken);
    assert!(again.losses().is_empty(), "nothing was left to do");
}

#[test]
fn a_checkpoint_of_another_training_is_not_used() {
    let config = config(Trainable::TopLayers(1));
    let folder = tempfile::tempdir().expect("a folder");
    let control = Control::default();
    let observer = Watcher::new(At::Cancel(5, control.clone()));
    assert!(train(&config, 1, Some(folder.path()), &control, &observer).is_err());
    let other = train(&config, 2, Some(folder.path()), &Control::default(), &SilentObserver)
        .expect("trained");
    assert_eq!(outcome(&other), outcome(&plain(&config, 2)));
    std::fs::write(folder.path().join("checkpoint.safetensors"), b"damaged").expect("written");
    let anew = train(&config, 2, Some(folder.path()), &Control::default(), &SilentObserver)
        .expect("trained");
    assert_eq!(outcome(&anew), outcome(&other));
}

#[test]
fn a_saved_model_scores_the_same() {
    for trainable in [
        Trainable::Full,
        Trainable::TopLayers(1),
        Trainable::AdaLora(2),
        Trainable::Houlsby(4),
        Trainable::Prompt(3),
    ] {
        // A base model that is not built in is stored whole.
        let config = BertConfig { base_model: Some("elsewhere".into()), ..config(trainable) };
        let model = plain(&config, 5);
        let folder = tempfile::tempdir().expect("a folder");
        model.save(folder.path()).expect("saved");
        let loaded = load(&config, folder.path(), DeviceChoice::Cpu).expect("loaded");
        assert_eq!(outcome(&loaded), outcome(&model));
        // JSON may lose the last bit of the seconds.
        let (read, made) = (loaded.training(), model.training());
        assert!((read.fit_secs - made.fit_secs).abs() < 1e-9);
        assert_eq!(
            (read.steps, &read.epochs, read.best_epoch),
            (made.steps, &made.epochs, made.best_epoch)
        );
        let file = folder.path().join("bert.safetensors");
        let bytes = std::fs::read(&file).expect("bytes");
        std::fs::write(&file, &bytes[..bytes.len() / 2]).expect("cut off");
        let error =
            load(&config, folder.path(), DeviceChoice::Cpu).expect_err("damaged").to_string();
        assert!(error.contains("not a whole safetensors file"), "{error}");
        std::fs::remove_file(&file).expect("removed");
        assert!(matches!(
            load(&config, folder.path(), DeviceChoice::Cpu),
            Err(ModelError::Io { .. })
        ));
    }
}

#[test]
fn scores_are_whole_and_batches_agree_with_single_histories() {
    let model = plain(&config(Trainable::TopLayers(1)), 6);
    let histories =
        [history(&[]), history(&[1]), history(&[1, 2, 3, 4, 5, 6, 7, 8]), history(&[99_999])];
    let batch = model.score_batch(&histories, &Control::default()).expect("scored");
    for (history, batch) in histories.iter().zip(&batch) {
        let one = model.score(history);
        assert_eq!(one.len(), 24);
        assert!(one.iter().all(|score| score.is_finite()));
        assert!(one.iter().zip(batch).all(|(a, b)| (a - b).abs() < 1e-4), "{history:?}");
    }
    let cancelled = Control::default();
    cancelled.cancel_token().cancel();
    assert!(matches!(model.score_batch(&histories, &cancelled), Err(ModelError::Cancelled(_))));
}

#[test]
fn a_reason_names_products_of_the_history_by_likeness() {
    let model = plain(&config(Trainable::TopLayers(1)), 6);
    let reasons = model.explain(&history(&[0, 7, 1, 1]), ItemIdx(2));
    let cosines: Vec<f32> = reasons
        .iter()
        .map(|reason| match reason {
            Reason::TextNear { item, cosine } => {
                assert!([0, 1, 7].contains(&item.0));
                *cosine
            }
            other => panic!("{other:?}"),
        })
        .collect();
    assert!(cosines.windows(2).all(|pair| pair[0] >= pair[1]));
    assert!(model.explain(&history(&[]), ItemIdx(2)).is_empty());
}

#[test]
fn settings_and_data_that_cannot_be_used_are_told() {
    let (dataset, mut split) = ring_shop(4);
    let context = FitContext {
        control: &Control::default(),
        observer: &SilentObserver,
        checkpoints: None,
        device: DeviceChoice::Cpu,
        seed: 1,
    };
    let bad = BertConfig { batch_size: 0, ..BertConfig::default() };
    let error = fit(&bad, &dataset, &split, &context).expect_err("a bad setting").to_string();
    assert!(error.contains("batch_size"), "{error}");
    split.train = std::sync::Arc::default();
    let error =
        fit(&BertConfig::default(), &dataset, &split, &context).expect_err("no data").to_string();
    assert!(error.contains("found 0 visits"), "{error}");
    let missing = BertConfig { base_model: Some("/nowhere/bert".into()), ..BertConfig::default() };
    let error = fit(&missing, &dataset, &split, &context).expect_err("no model").to_string();
    assert!(error.contains("/nowhere/bert/config.json"), "{error}");
}

/// Nothing is learned of a product that nobody has met, not even that it is unpopular.
#[test]
fn products_that_nobody_has_met_are_left_as_they_are() {
    let (dataset, split) = shop_with_new_products(48);
    let control = Control::default();
    let context = FitContext {
        control: &control,
        observer: &SilentObserver,
        checkpoints: None,
        device: DeviceChoice::Cpu,
        seed: 1,
    };
    let config = BertConfig { weight_decay: 0.0, ..config(Trainable::TopLayers(1)) };
    let model = fit_from(&tiny_model(11), &config, &dataset, &split, &context).expect("trained");
    let bias = &model.scorer.bias;
    assert_eq!(bias.len(), 28);
    assert!(bias[..24].iter().all(|bias| *bias != 0.0), "{bias:?}");
    assert_eq!(bias[24..], [0.0; 4]);
    let width = model.scorer.width;
    let lengths = model.scorer.phi[24 * width..]
        .chunks(width)
        .map(|row| row.iter().map(|value| value * value).sum::<f32>().sqrt());
    assert!(lengths.into_iter().all(|length| (length - 1.0).abs() < 1e-5), "as their texts are");
}

#[test]
fn mixed_precision_learns_the_same_course_a_little_off() {
    let full = config(Trainable::Full);
    let mixed = BertConfig { precision: Precision::Mixed, ..full.clone() };
    let losses = |config: &BertConfig| -> Vec<f32> {
        plain(config, 1).training().epochs.iter().filter_map(|epoch| epoch.train_loss).collect()
    };
    if !crate::model::bert::cpu::has_brain_floats() {
        let error = train(&mixed, 1, None, &Control::default(), &SilentObserver);
        let error = error.expect_err("no such unit").to_string();
        return assert!(error.contains("precision is mixed"), "{error}");
    }
    let (full, mixed) = (losses(&full), losses(&mixed));
    assert_ne!(full, mixed);
    for (a, b) in full.iter().zip(&mixed) {
        assert!((a - b).abs() < 0.05 * a, "{full:?} and {mixed:?}");
    }
}

#[test]
fn a_shop_without_titles_is_learned_by_ids() {
    let (mut dataset, split) = ring_shop(16);
    dataset.catalog = crate::dataset::Catalog::default();
    let context = FitContext {
        control: &Control::default(),
        observer: &SilentObserver,
        checkpoints: None,
        device: DeviceChoice::Cpu,
        seed: 1,
    };
    let model =
        fit_from(&tiny_model(11), &config(Trainable::TopLayers(1)), &dataset, &split, &context);
    assert!(model.expect("trained").score(&history(&[1])).iter().any(|score| score.is_finite()));
}

pub(super) fn towers() -> BertConfig {
    BertConfig { product_vectors: ProductVectors::Text, epochs: 8, ..config(Trainable::Full) }
}

#[test]
fn two_towers_recommend_a_product_that_nobody_has_met() {
    let (dataset, split) = shop_with_new_products(48);
    let context = FitContext {
        control: &Control::default(),
        observer: &SilentObserver,
        checkpoints: None,
        device: DeviceChoice::Cpu,
        seed: 2,
    };
    let fitted = |config: &BertConfig| {
        fit_from(&tiny_model(11), config, &dataset, &split, &context).expect("trained")
    };
    let model = fitted(&towers());
    let losses: Vec<_> = model.training().epochs[1..].iter().map(|one| one.train_loss).collect();
    assert!(losses[7] < losses[0], "{losses:?}");
    for thing in 0..4 {
        // Shoppers stay with one kind of thing: its new product is the best of the new ones.
        let met = history(&[thing * 6, thing * 6 + 1, thing * 6 + 2]);
        let new = model.recommend(&met, &|item| item.0 < 24, 4);
        assert_eq!(new[0].item, ItemIdx(24 + thing), "{new:?}");
    }
    let sampled = BertConfig { loss: SoftmaxOver::Sampled(5), epochs: 1, ..towers() };
    assert!(fitted(&sampled).score(&history(&[1])).iter().all(|score| score.is_finite()));
    let full = BertConfig { loss: SoftmaxOver::Full, ..towers() };
    let error = full.check().expect_err("every product's text in every step");
    assert!(error.contains("loss is full"), "{error}");
    let hard = BertConfig { negatives: Negatives::Hard(4), ..sampled };
    let error = hard.check().expect_err("every text of the pool in every step");
    assert!(error.contains("negatives is hard:4"), "{error}");
}

/// Every way of changing histories and of drawing makes another training of the same seed.
#[test]
fn each_way_of_changing_histories_and_of_drawing_is_its_own() {
    let sampled =
        BertConfig { loss: SoftmaxOver::Sampled(4), epochs: 1, ..config(Trainable::TopLayers(1)) };
    let configs = [
        sampled.clone(),
        BertConfig { item_crop: 0.9, ..sampled.clone() },
        BertConfig { item_mask: 0.9, ..sampled.clone() },
        BertConfig { item_reorder: 0.9, ..sampled.clone() },
        BertConfig { negatives: Negatives::Popularity(0.0), ..sampled.clone() },
        BertConfig { negatives: Negatives::Hard(3), ..sampled },
    ];
    let loss = |config| plain(config, 1).training().epochs[1].train_loss;
    let losses: std::collections::BTreeSet<_> =
        configs.iter().map(|config| loss(config).map(f32::to_bits)).collect();
    assert_eq!(losses.len(), configs.len());
}

#[test]
fn what_is_thought_of_a_few_cases_is_shown_after_each_epoch() {
    for config in [config(Trainable::TopLayers(1)), BertConfig { epochs: 2, ..towers() }] {
        let observer = Watcher::new(At::Nothing);
        train(&config, 1, None, &Control::default(), &observer).expect("trained");
        assert_products_are_shown(&observer.samples(), 2);
    }
}

#[test]
fn two_towers_learn_by_small_parts_too() {
    let short = |trainable| BertConfig { trainable, epochs: 3, ..towers() };
    for trainable in [
        Trainable::TopLayers(1),
        Trainable::LowRank(2),
        Trainable::AdaLora(2),
        Trainable::Houlsby(4),
        Trainable::Prompt(3),
    ] {
        let config = BertConfig { base_model: Some("elsewhere".into()), ..short(trainable) };
        let model = plain(&config, 4);
        let reports = &model.training().epochs;
        let judged = |epoch: usize| reports[epoch].validation["loss"];
        assert_ne!(judged(0), judged(3), "{trainable}: {reports:?}");
        let folder = tempfile::tempdir().expect("a folder");
        model.save(folder.path()).expect("saved");
        let loaded = load(&config, folder.path(), DeviceChoice::Cpu).expect("loaded");
        assert_eq!(outcome(&loaded), outcome(&model), "{trainable}");
    }
    let base = short(Trainable::Full);
    let usual = outcome(&plain(&base, 4));
    let again = BertConfig { gradient_checkpointing: true, ..base.clone() };
    assert_eq!(outcome(&plain(&again, 4)), usual, "computed again");
    let decayed = BertConfig { layer_decay: 0.5, ..base };
    assert_ne!(outcome(&plain(&decayed, 4)).1, usual.1);
}

#[test]
fn two_towers_say_what_they_cannot_do() {
    let head = BertConfig { trainable: Trainable::TopLayers(0), ..towers() };
    let error = head.check().expect_err("nothing learns");
    assert!(error.contains("trainable is head"), "{error}");
    let parts = BertConfig { micro_batch_tokens: Some(512), ..towers() };
    let error = parts.check().expect_err("a batch is one pass");
    assert!(error.contains("micro_batch_tokens is Some(512)"), "{error}");
    let base = tiny_model(11);
    let load = load_of(&towers(), &base, 24, 0, 64, false);
    // Eight histories and the eight products that they lead to, all of 48 tokens at most.
    assert_eq!((load.micro_tokens, load.head_weights, load.outputs), (16 * 48, 0, 8));
    let known = load_of(&towers(), &base, 24, 5, 64, false);
    assert_eq!(known.head_weights, 2 * 5 * 16);
}

#[test]
fn two_towers_learn_from_what_shoppers_wrote() {
    let (dataset, mut split) = shop_with_new_products(12);
    let base = tiny_model(11);
    let config = towers();
    let texts = ProductTexts::new(&dataset, TextParts::default(), None);
    let reader = HistoryReader::new(&config, &texts, &base.tokenizer, 64);
    let rows = split.train.len();
    let words = (0..rows).map(|row| (row % 3 == 0).then(|| format!("review {row}")));
    split.train = std::sync::Arc::new(split.train.as_ref().clone().with_texts(words.collect()));
    let steps = Examples::new(&config, &split, &reader);
    let with_texts = Examples::new(&config, &split, &reader).with_texts(&base.tokenizer, 64);
    assert_eq!(with_texts.len(), steps.len() + rows.div_ceil(3));
    let second = steps.len() + 1;
    assert_eq!(Some(with_texts.target(second)), split.train.item(3));
    assert_eq!(with_texts.text(second).ids, base.tokenizer.text("review 3", 64));
    assert_eq!(with_texts.text(0), steps.text(0));
}

#[test]
fn two_towers_are_resumed_and_read_back_exactly() {
    let config = BertConfig { epochs: 2, ..towers() };
    let unbroken = outcome(&plain(&config, 3));
    let folder = tempfile::tempdir().expect("a folder");
    let control = Control::default();
    let observer = Watcher::new(At::Cancel(5, control.clone()));
    let result = train(&config, 3, Some(folder.path()), &control, &observer);
    assert!(matches!(result, Err(ModelError::Cancelled(_))));
    let resumed =
        train(&config, 3, Some(folder.path()), &Control::default(), &SilentObserver).expect("done");
    assert_eq!(outcome(&resumed), unbroken);
    let saved = tempfile::tempdir().expect("a folder");
    // A base model that is not built in is stored whole.
    let config = BertConfig { base_model: Some("elsewhere".into()), ..config };
    let elsewhere = BertRecommender { config: config.clone(), ..resumed };
    elsewhere.save(saved.path()).expect("saved");
    let loaded = load(&config, saved.path(), DeviceChoice::Cpu).expect("loaded");
    assert_eq!(outcome(&loaded).0, unbroken.0);
}

/// Set in the process that runs the GPU path on a software adapter.
const CHILD: &str = "SHELFWISE_SOFTWARE_GPU_CHILD";

/// The GPU path on a software adapter, in a process of its own: driver settings are environment
/// variables, and a driver that crashes is then a failed test rather than the end of all.
#[test]
fn the_gpu_path_agrees_with_the_cpu() {
    if std::env::var_os(CHILD).is_some() {
        return compare_devices();
    }
    let has_software_gpu =
        crate::model::bert::device::enumerate().iter().any(|device| device.is_software);
    let is_required =
        ["CI", "SHELFWISE_REQUIRE_VULKAN"].iter().any(|name| std::env::var_os(name).is_some());
    if !has_software_gpu {
        assert!(!is_required, "there is no software Vulkan adapter; install mesa-vulkan-drivers");
        eprintln!(
            "NOT TESTED: the GPU path, for want of a software Vulkan adapter (mesa-vulkan-drivers)"
        );
        return;
    }
    let runtime = tempfile::tempdir().expect("a folder");
    let output = std::process::Command::new(std::env::current_exe().expect("this test program"))
        .args(["the_gpu_path_agrees_with_the_cpu", "--nocapture", "--test-threads=1"])
        .env(CHILD, "1")
        .env("CUBECL_AUTOTUNE_LEVEL", "minimal")
        .env("XDG_RUNTIME_DIR", runtime.path())
        .output()
        .expect("the test program runs again");
    let text = String::from_utf8_lossy(&output.stdout).into_owned()
        + &String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success() && text.contains("1 passed"), "{text}");
}

/// Same vectors, same losses before and after two optimiser steps, dropout included. One layer and one
/// shape of batch, since a software adapter compiles each kernel for seconds.
fn compare_devices() {
    let run = |choice: DeviceChoice| {
        let device = select(choice).expect("a device");
        assert_eq!(device.is_gpu, choice != DeviceChoice::Cpu);
        let mut base = tiny_model(11);
        base.config.num_hidden_layers = 1;
        let encoder = base.encoder(device.device()).expect("an encoder");
        let network = TextNetwork { encoder, config: base.config.clone(), device: device.clone() };
        let texts: Vec<Sequence> = [5_u32, 8, 3, 8]
            .map(|length| {
                Sequence::mean_pooled(
                    (0..length).map(|place| 1_000 + place * 77 + length).collect(),
                )
            })
            .to_vec();
        let vectors = network.embed_batch(&texts.iter().collect::<Vec<_>>());
        let phi = (0..24 * base.config.hidden_size).map(|index| (index as f32).sin()).collect();
        let phi: Vec<f32> = phi;
        let of = |config: &BertConfig| {
            let head = Head::new(phi.clone(), vec![0.0; 24], device.device());
            let head = Products::Learned(Box::new(head));
            Learner::new(config, network.clone(), head, None, &[1; 24], 1)
        };
        let learner = |trainable| of(&config(trainable));
        let rates =
            StepRates { encoder: 1e-2, head: 1e-2, weight_decay: 0.01, clip_norm: 1.0, done: 0.0 };
        let of_three_steps = |mut learner: Learner| -> Vec<f32> {
            let step = |step| {
                let examples: Vec<Example<'_>> = texts
                    .iter()
                    .zip(0..)
                    .map(|(text, index)| Example { text, known: &[], target: index * 5 })
                    .collect();
                learner.step(&examples, step, &rates, &Control::default()).expect("a step").0
            };
            (0..3).map(step).collect()
        };
        let losses = of_three_steps(learner(Trainable::Full));
        let mixed = match Precision::Mixed.check(&device) {
            Ok(()) => Precision::Mixed,
            // A processor without 16-bit products; what a GPU's give is held to full precision then.
            Err(error) => {
                assert!(!device.is_gpu, "{error}");
                Precision::Full
            }
        };
        let mixed = BertConfig { precision: mixed, ..config(Trainable::Full) };
        let mixed = of_three_steps(of(&mixed));
        (vectors, losses, of_three_steps(learner(Trainable::Houlsby(4))), mixed)
    };
    let (cpu, gpu) = (run(DeviceChoice::Cpu), run(DeviceChoice::SoftwareGpu));
    assert_ne!(gpu.3, gpu.1, "half floats were multiplied");
    for (what, a, b, tolerance) in [
        ("vectors", &cpu.0, &gpu.0, 1e-5),
        ("losses", &cpu.1, &gpu.1, 1e-4),
        ("losses with adapters", &cpu.2, &gpu.2, 1e-4),
        ("losses in mixed precision", &cpu.3, &gpu.3, 1e-2),
    ] {
        assert_eq!(a.len(), b.len());
        for (a, b) in a.iter().zip(b) {
            assert!(
                (a - b).abs() <= tolerance * a.abs().max(1.0),
                "{what}: {a} on the CPU, {b} on the GPU"
            );
        }
    }
    for losses in [&cpu.1, &cpu.2] {
        assert!(losses[2] < losses[0], "two steps lower the loss: {losses:?}");
    }
}
