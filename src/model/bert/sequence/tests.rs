//! Training as a whole, on a shop where the newest product tells the next.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;

use super::network::ProductNetwork;
use super::*;
use crate::control::Control;
use crate::ids::ItemIdx;
use crate::model::bert::config::Decay;
use crate::model::bert::course;
use crate::model::bert::cpu::has_brain_floats;
use crate::model::bert::device::select;
use crate::model::bert::finetune::scorer::Scorer;
use crate::model::bert::negatives::Negatives;
use crate::model::bert::optimiser::StepRates;
use crate::model::bert::precision::Precision;
use crate::model::bert::softmax::SoftmaxOver;
use crate::model::bert::testing::{
    At, Watcher, assert_products_are_shown, ring_shop, shop_with_new_products, tiny_model,
};
use crate::model::knowledge::config::{KnowledgeConfig, KnowledgeUse, TextParts};
use crate::model::{
    EpochReport, FittedModel, History, ModelConfig, SilentObserver, TrainingObserver,
};

const BOTH: [Objective; 2] = [Objective::Next, Objective::Masked];

fn config() -> SequenceConfig {
    SequenceConfig {
        hidden_size: 16,
        layers: 1,
        max_items: 6,
        dropout: 0.1,
        use_text: false,
        epochs: 2,
        batch_size: 8,
        learning_rate: 0.01,
        mask_share: 0.3,
        checkpoint_secs: 0,
        // The shop goes round in a ring: what comes next has often been met.
        new_products_only: false,
        ..SequenceConfig::default()
    }
}

/// [`config`] with histories changed in every way and the hardest of a pool to tell from.
fn changing() -> SequenceConfig {
    SequenceConfig {
        item_crop: 0.5,
        item_mask: 0.3,
        item_reorder: 0.3,
        loss: SoftmaxOver::Sampled(4),
        negatives: Negatives::Hard(3),
        ..config()
    }
}

/// Both objectives plainly, and with all that can be changed.
fn cases() -> [(Objective, SequenceConfig); 4] {
    let [next, masked] = BOTH;
    [(next, config()), (masked, config()), (next, changing()), (masked, changing())]
}

fn context<'a>(
    control: &'a Control,
    observer: &'a dyn TrainingObserver,
    checkpoints: Option<&'a Path>,
    seed: u64,
) -> FitContext<'a> {
    FitContext { control, observer, checkpoints, device: DeviceChoice::Cpu, seed }
}

fn train(
    objective: Objective,
    config: &SequenceConfig,
    context: &FitContext<'_>,
) -> Result<SequenceRecommender, ModelError> {
    let (dataset, split) = ring_shop(48);
    fit(objective, config, &dataset, &split, context)
}

fn plain(objective: Objective, config: &SequenceConfig, seed: u64) -> SequenceRecommender {
    let control = Control::default();
    train(objective, config, &context(&control, &SilentObserver, None, seed)).expect("trained")
}

fn history(items: &[u32]) -> History {
    History::from_items(&items.iter().map(|&item| ItemIdx(item)).collect::<Vec<_>>())
}

/// Everything that a training gives but times.
fn outcome(model: &SequenceRecommender) -> (Vec<u32>, Vec<EpochReport>, u32) {
    let bits = [history(&[0]), history(&[3, 4]), history(&[20, 9, 1, 2, 3, 4, 5])]
        .iter()
        .flat_map(|history| model.score(history))
        .map(f32::to_bits)
        .collect();
    let mut epochs = model.training().epochs.clone();
    epochs.iter_mut().for_each(|report| report.secs = 0.0);
    (bits, epochs, model.training().best_epoch)
}

/// Losses of the epochs of a training.
fn losses(config: &SequenceConfig) -> Vec<f32> {
    let model = plain(Objective::Next, config, 1);
    model.training().epochs.iter().filter_map(|epoch| epoch.train_loss).collect()
}

#[test]
fn the_rate_falls_as_asked_for() {
    let of = |decay| losses(&SequenceConfig { decay, ..config() });
    let found = [Decay::Linear, Decay::Cosine, Decay::Constant].map(of);
    assert!(found[0] != found[1] && found[1] != found[2] && found[0] != found[2], "{found:?}");
}

#[test]
fn mixed_precision_learns_the_same_course_a_little_off() {
    let mixed = SequenceConfig { precision: Precision::Mixed, ..config() };
    let control = Control::default();
    if !has_brain_floats() {
        let quiet = context(&control, &SilentObserver, None, 1);
        let error = train(Objective::Next, &mixed, &quiet).expect_err("no such products");
        return assert!(error.to_string().contains("precision is mixed"), "{error}");
    }
    let (full, mixed) = (losses(&config()), losses(&mixed));
    assert_ne!(full, mixed);
    for (a, b) in full.iter().zip(&mixed) {
        assert!((a - b).abs() < 0.05 * a, "{full:?} and {mixed:?}");
    }
}

#[test]
fn training_learns_what_follows_what() {
    let over = |loss| SequenceConfig { loss, ..config() };
    let plainly = [SoftmaxOver::Full, SoftmaxOver::Sampled(6), SoftmaxOver::InBatch].map(over);
    for config in plainly.into_iter().chain([changing()]) {
        let config = SequenceConfig { epochs: 12, patience: None, ..config };
        let loss = config.loss;
        let model = plain(Objective::Next, &config, 1);
        let reports = &model.training().epochs;
        let ndcg = |report: &EpochReport| report.validation["ndcg@10"];
        let best = reports.iter().map(ndcg).fold(0.0, f32::max);
        assert_eq!(reports.len(), 13);
        // Two thirds of the cases lead to products of the history, which count as misses.
        let learned = best > ndcg(&reports[0]) + 0.1 && best > 0.3;
        assert!(learned, "{loss}: {reports:?}");
        assert_eq!(ndcg(&reports[model.training().best_epoch as usize]), best);
        // Green mug after blue mug, and not the other way round.
        let scores = model.score(&history(&[0, 1]));
        assert!(scores[2] > scores[0], "{loss}: {scores:?}");
    }
}

#[test]
fn the_same_seed_gives_the_same_bits_on_any_number_of_threads() {
    for (objective, config) in cases() {
        let first = outcome(&plain(objective, &config, 1));
        for threads in [1, 3] {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build();
            let again = pool.expect("threads").install(|| outcome(&plain(objective, &config, 1)));
            assert_eq!(first, again, "{objective:?} on {threads} threads");
        }
        assert_ne!(first.0, outcome(&plain(objective, &config, 2)).0);
    }
}

#[test]
fn a_stopped_training_goes_on_to_the_same_result() {
    for (objective, config) in cases() {
        let unbroken = plain(objective, &config, 3);
        let steps = unbroken.training().steps as usize;
        let folder = tempfile::tempdir().expect("a folder");
        for step in [2, 8] {
            let control = Control::default();
            let observer = Watcher::new(At::Cancel(step, control.clone()));
            let context = context(&control, &observer, Some(folder.path()), 3);
            let result = train(objective, &config, &context);
            assert!(matches!(result, Err(ModelError::Cancelled(_))), "at step {step}");
        }
        let control = Control::default();
        let killed = catch_unwind(AssertUnwindSafe(|| {
            let observer = Watcher::new(At::Panic(10));
            train(objective, &config, &context(&control, &observer, Some(folder.path()), 3))
        }));
        assert!(killed.is_err());
        let observer = Watcher::new(At::Nothing);
        let context = context(&control, &observer, Some(folder.path()), 3);
        let resumed = train(objective, &config, &context).expect("resumed");
        assert_eq!(outcome(&resumed), outcome(&unbroken), "{objective:?}");
        assert_eq!(observer.losses().len(), steps - 9);
    }
}

#[test]
fn what_is_thought_of_a_few_cases_is_shown_after_each_epoch() {
    for objective in BOTH {
        let (control, observer) = (Control::default(), Watcher::new(At::Nothing));
        train(objective, &config(), &context(&control, &observer, None, 1)).expect("trained");
        assert_products_are_shown(&observer.samples(), 2);
    }
}

/// Every way of changing histories and of drawing makes another training of the same seed.
#[test]
fn each_way_of_changing_histories_and_of_drawing_is_its_own() {
    let sampled = SequenceConfig { loss: SoftmaxOver::Sampled(4), epochs: 1, ..config() };
    let configs = [
        sampled.clone(),
        SequenceConfig { item_crop: 0.5, ..sampled.clone() },
        SequenceConfig { item_mask: 0.5, ..sampled.clone() },
        SequenceConfig { item_reorder: 0.5, ..sampled.clone() },
        SequenceConfig { negatives: Negatives::Popularity(0.0), ..sampled.clone() },
        SequenceConfig { negatives: Negatives::Hard(3), ..sampled },
    ];
    let loss = |config| plain(Objective::Next, config, 1).training().epochs[1].train_loss;
    let losses: std::collections::BTreeSet<_> =
        configs.iter().map(|config| loss(config).map(f32::to_bits)).collect();
    assert_eq!(losses.len(), configs.len());
}

/// Told by the scores of the fitted network: what a step holds its targets against is harder than chance.
#[test]
fn hard_negatives_score_higher_than_those_drawn_by_popularity() {
    let (dataset, split) = ring_shop(48);
    let items = Items::new(&dataset, &split, None, None);
    let device = select(DeviceChoice::Cpu).expect("a processor");
    let control = Control::default();
    let rates =
        StepRates { encoder: 0.01, head: 0.01, weight_decay: 0.0, clip_norm: 5.0, done: 0.0 };
    let mean_score = |negatives: Negatives| {
        let loss = SoftmaxOver::Sampled(3);
        let config = SequenceConfig { loss, negatives, ..config() };
        let examples = Examples::new(Objective::Next, &config, &split, &items);
        let counts = examples.counts(items.n_met());
        let mut learner = Learner::new(Objective::Next, &config, &items, &counts, &device, 1);
        for step in 0..40 {
            let batch: Vec<_> = (0..16).map(|at| examples.example(1, 1, at)).collect();
            learner.step(&batch, step, &rates, &control).expect("a step");
        }
        let (encoder, words, bias) = learner.fitted(&items);
        let encoder_config = learner.config().clone();
        let network =
            ProductNetwork::new(encoder, &words, &encoder_config, &device, Objective::Next);
        let phi = words.values[..bias.len() * config.hidden_size].to_vec();
        let scorer = Scorer::new(items.candidates.clone(), phi, bias, config.hidden_size);
        let mut scores = Vec::new();
        for step in 0..40 {
            let mut example = examples.example(1, 1, step as usize);
            let (place, target) = (example.places[0], example.targets[0]);
            example.items.truncate(place + 1);
            (example.places, example.targets) = (vec![place], vec![target]);
            let z = network.vectors(&[&example.items]).expect("a vector");
            let all = scorer.candidate_scores(&z);
            let columns = learner.columns(&[example], &[target], step, &control).expect("columns");
            let drawn = columns.items.expect("a sample").into_iter();
            scores.extend(drawn.filter(|&item| item != target).map(|item| all[item as usize]));
        }
        scores.iter().sum::<f32>() / scores.len() as f32
    };
    let (hard, usual) = (mean_score(Negatives::Hard(4)), mean_score(Negatives::default()));
    assert!(hard > usual + 0.5, "{hard} against {usual}");
}

#[test]
fn training_ends_when_it_gets_no_better() {
    let config = SequenceConfig { epochs: 60, patience: Some(2), ..config() };
    let model = plain(Objective::Next, &config, 1);
    let (epochs, best) = (model.training().epochs.len() as u32 - 1, model.training().best_epoch);
    assert_eq!(epochs, best + 2, "two epochs after the best");
    assert!(epochs < 60);
}

#[test]
fn a_saved_model_scores_the_same() {
    for objective in BOTH {
        let model = plain(objective, &config(), 5);
        let folder = tempfile::tempdir().expect("a folder");
        model.save(folder.path()).expect("saved");
        let read = |objective| load(objective, &config(), folder.path(), DeviceChoice::Cpu);
        let loaded = read(objective).expect("loaded");
        assert_eq!(outcome(&loaded), outcome(&model));
        assert_eq!(loaded.config(), model.config());
        let other = if objective == Objective::Next { Objective::Masked } else { Objective::Next };
        let error = read(other).expect_err("of the other objective").to_string();
        assert!(error.contains("objective"), "{error}");
        let file = folder.path().join("sequence.safetensors");
        let bytes = std::fs::read(&file).expect("bytes");
        std::fs::write(&file, &bytes[..bytes.len() / 2]).expect("cut off");
        let error = read(objective).expect_err("damaged").to_string();
        assert!(error.contains("not a whole safetensors file"), "{error}");
        std::fs::remove_file(&file).expect("removed");
        assert!(matches!(read(objective), Err(ModelError::Io { .. })));
    }
}

#[test]
fn scores_are_whole_and_batches_agree_with_single_histories() {
    for objective in BOTH {
        let model = plain(objective, &config(), 6);
        let long: Vec<u32> = (0..20).collect();
        let histories = [history(&[]), history(&[1]), history(&long), history(&[99_999])];
        let batch = model.score_batch(&histories, &Control::default()).expect("scored");
        for (history, batch) in histories.iter().zip(&batch) {
            let one = model.score(history);
            assert_eq!(one.len(), 24);
            assert!(one.iter().all(|score| score.is_finite()));
            assert!(one.iter().zip(batch).all(|(a, b)| (a - b).abs() < 1e-4), "{history:?}");
            let best = model.recommend(history, &|item| item.0 == 3, 5);
            assert_eq!(best, crate::model::top_k(&one, |item| item.0 == 3, 5));
        }
        // Who has met nothing is shown what is popular.
        assert_eq!(batch[0], model.scorer.bias);
        let newest = model.score(&history(&long[long.len() - model.config.max_items..]));
        assert_eq!(newest, model.score(&histories[2]), "only the newest products are read");
        let cancelled = Control::default();
        cancelled.cancel_token().cancel();
        assert!(matches!(model.score_batch(&histories, &cancelled), Err(ModelError::Cancelled(_))));
    }
}

fn train_on_new_products(objective: Objective, use_text: bool) -> SequenceRecommender {
    let (dataset, split) = shop_with_new_products(48);
    let epochs = if objective == Objective::Next { 15 } else { 40 };
    let config =
        SequenceConfig { epochs, use_text, text_only_share: 0.3, patience: None, ..config() };
    let control = Control::default();
    let context = context(&control, &SilentObserver, None, 2);
    let device = select(DeviceChoice::Cpu).expect("a device");
    let texts = use_text.then(|| ProductTexts::new(&dataset, TextParts::default(), None));
    let mut items = Items::new(&dataset, &split, texts.as_ref(), None);
    if let Some(texts) = &texts {
        items.embed_with(&tiny_model(11), texts, &device, &control).expect("embedded");
    }
    let memory = MemoryEstimate::default();
    fit_items(objective, &config, &items, (&dataset, &split), &device, memory, &context)
        .expect("trained")
}

#[test]
fn a_sweep_of_rates_leaves_nothing_behind() {
    let (dataset, split) = ring_shop(48);
    let control = Control::default();
    let context = context(&control, &SilentObserver, None, 1);
    for objective in BOTH {
        let sweep = || find_rate(objective, &config(), &dataset, &split, &context);
        let found = sweep().expect("swept");
        assert_eq!(found, sweep().expect("again"));
        assert!(found.points.len() > 20, "{objective:?}: {}", found.points.len());
        let least = found.points.iter().map(|point| point.smoothed).fold(f64::INFINITY, f64::min);
        assert!(least < found.points[0].smoothed, "some rate lowers the loss");
        assert!((found.encoder_rate - found.head_rate).abs() < 1e-15, "there is but one rate");
        assert!(found.encoder_rate > 1e-8 && found.encoder_rate < 0.5, "{found:?}");
    }
}

#[test]
fn weights_are_counted_as_they_learn() {
    let (dataset, split) = shop_with_new_products(48);
    let (control, device) = (Control::default(), select(DeviceChoice::Cpu).expect("a device"));
    let texts = ProductTexts::new(&dataset, TextParts::default(), None);
    let mut items = Items::new(&dataset, &split, Some(&texts), None);
    for _ in 0..2 {
        let counts = vec![1; items.n_met()];
        let learner = Learner::new(Objective::Next, &config(), &items, &counts, &device, 1);
        let weights = course::Learner::learning(&learner).weights();
        let counted = weights.values().map(|tensor| tensor.values.len()).sum::<usize>();
        let told = memory::weights(&config(), &catalogue(&items));
        assert_eq!((told.all, told.learning), (counted, counted));
        items.embed_with(&tiny_model(11), &texts, &device, &control).expect("embedded");
    }
    let told = plain(Objective::Next, &SequenceConfig { epochs: 1, ..config() }, 1);
    let (weights, memory) = (told.training().weights, told.training().memory);
    let least = 4 * 8 * weights.expect("counted").all as u64;
    assert!(
        memory.expect("estimated").total_bytes() > least,
        "weights, gradients, moments, copies"
    );
}

#[test]
fn a_product_that_nobody_has_met_is_recommended_by_its_text() {
    for objective in BOTH {
        let model = train_on_new_products(objective, true);
        let losses: Vec<f32> =
            model.training().epochs.iter().filter_map(|report| report.train_loss).collect();
        assert!(losses[losses.len() - 1] < 0.8 * losses[0], "{objective:?}: {losses:?}");
        for thing in 0..4 {
            // Shoppers stay with one kind of thing: its new product is the best of the new ones.
            let met = [thing * 6, thing * 6 + 1, thing * 6 + 2];
            let new = model.recommend(&history(&met), &|item| item.0 < 24, 4);
            assert_eq!(new.len(), 4);
            assert_eq!(new[0].item, ItemIdx(24 + thing), "{objective:?}: {new:?}");
            // Nor is it held to be asked for much less often than what was met.
            let bias = &model.scorer.bias;
            let least = bias[..24].iter().copied().fold(f32::INFINITY, f32::min);
            assert!(bias[24 + thing as usize] > least - 1.0, "{objective:?}: {bias:?}");
            // And a history of nothing but the new product leads to its kind more than others do.
            let scores = [0, 1, 2, 3].map(|from| model.score(&history(&[24 + from])));
            let kind = (thing * 6) as usize..(thing * 6 + 6) as usize;
            let mean = |from: usize| scores[from][kind.clone()].iter().sum::<f32>() / 6.0;
            let own = mean(thing as usize);
            let others = (0..4).filter(|&from| from != thing as usize).map(mean).sum::<f32>() / 3.0;
            assert!(own > others + 0.3, "{objective:?}: {own} against {others}");
        }
    }
    let without = train_on_new_products(Objective::Next, false);
    assert_eq!(without.score(&history(&[0]))[24], f32::NEG_INFINITY);
    assert_eq!(without.recommend(&history(&[0]), &|item| item.0 < 24, 4), []);
}

/// Nothing but the graph tells of what kind a product is.
fn train_on_knowledge(
    objective: Objective,
    context: &FitContext<'_>,
) -> Result<SequenceRecommender, ModelError> {
    let (mut dataset, split) = shop_with_new_products(48);
    let kind = |item: usize| if item < 24 { item / 6 } else { item - 24 };
    let kinds = ["Mugs", "Lamps", "Chairs", "Shoes"];
    let category = |item: usize| Some(format!("All > {}", kinds[kind(item)]));
    dataset.catalog = crate::dataset::Catalog {
        categories: (0..dataset.n_items()).map(category).collect(),
        ..Default::default()
    };
    let config = SequenceConfig {
        epochs: if objective == Objective::Next { 15 } else { 40 },
        text_only_share: 0.3,
        patience: None,
        knowledge: KnowledgeConfig {
            used: KnowledgeUse::Graph,
            dim: 8,
            ..KnowledgeConfig::default()
        },
        ..config()
    };
    fit(objective, &config, &dataset, &split, context)
}

#[test]
fn a_product_that_nobody_has_met_is_recommended_by_what_is_known_of_it() {
    let control = Control::default();
    for objective in BOTH {
        let context = context(&control, &SilentObserver, None, 2);
        let model = train_on_knowledge(objective, &context).expect("trained");
        for thing in 0..4 {
            let met = [thing * 6, thing * 6 + 1, thing * 6 + 2];
            let new = model.recommend(&history(&met), &|item| item.0 < 24, 4);
            assert_eq!(new[0].item, ItemIdx(24 + thing), "{objective:?}: {new:?}");
        }
        let folder = tempfile::tempdir().expect("a folder");
        model.save(folder.path()).expect("saved");
        let loaded = load(objective, &model.config, folder.path(), DeviceChoice::Cpu);
        assert_eq!(outcome(&loaded.expect("loaded")), outcome(&model));
    }
}

#[test]
fn a_stopped_training_with_knowledge_goes_on_to_the_same_result() {
    let control = Control::default();
    let unbroken =
        train_on_knowledge(Objective::Next, &context(&control, &SilentObserver, None, 3));
    let folder = tempfile::tempdir().expect("a folder");
    let observer = Watcher::new(At::Cancel(20, control.clone()));
    let stopped = context(&control, &observer, Some(folder.path()), 3);
    assert!(matches!(train_on_knowledge(Objective::Next, &stopped), Err(ModelError::Cancelled(_))));
    let control = Control::default();
    let observer = Watcher::new(At::Nothing);
    let resumed = context(&control, &observer, Some(folder.path()), 3);
    let resumed = train_on_knowledge(Objective::Next, &resumed).expect("resumed");
    let unbroken = unbroken.expect("trained");
    assert_eq!(outcome(&resumed), outcome(&unbroken));
    assert_eq!(observer.losses().len() as u64, unbroken.training().steps - 20);
}

#[test]
fn a_reason_names_products_of_the_history_by_likeness() {
    let model = train_on_new_products(Objective::Next, true);
    let reasons = model.explain(&history(&[0, 7, 1, 1]), ItemIdx(24));
    assert!(!reasons.is_empty());
    assert!(model.explain(&history(&[]), ItemIdx(2)).is_empty());
}

#[test]
fn settings_and_data_that_cannot_be_used_are_told() {
    let (dataset, mut split) = ring_shop(4);
    let control = Control::default();
    let context = context(&control, &SilentObserver, None, 1);
    let bad = SequenceConfig { batch_size: 0, ..config() };
    let error = fit(Objective::Next, &bad, &dataset, &split, &context).expect_err("a bad setting");
    assert!(error.to_string().contains("batch_size"), "{error}");
    split.train = std::sync::Arc::default();
    let error = fit(Objective::Next, &config(), &dataset, &split, &context).expect_err("no data");
    assert!(error.to_string().contains("found 0 visits"), "{error}");
}

#[test]
fn models_are_told_apart_by_name() {
    for (objective, name) in BOTH.into_iter().zip(["sasrec", "bert4rec"]) {
        let found = ModelConfig::by_name(name).expect("registered");
        assert_eq!(found.name(), name);
        assert_eq!(plain(objective, &config(), 1).config().name(), name);
    }
}

/// What runs on a GPU, run on the processor: the same losses step by step, dropout included.
#[test]
fn composed_operations_learn_the_same() {
    let (dataset, split) = ring_shop(24);
    let items = Items::new(&dataset, &split, None, None);
    for objective in BOTH {
        for loss in [SoftmaxOver::Full, SoftmaxOver::Sampled(4)] {
            let config = SequenceConfig { loss, ..config() };
            let examples = Examples::new(objective, &config, &split, &items);
            let batch: Vec<_> = (0..8).map(|index| examples.example(1, 1, index)).collect();
            let counts = examples.counts(items.n_met());
            let rates = StepRates {
                encoder: 0.01,
                head: 0.01,
                weight_decay: 0.0,
                clip_norm: 1.0,
                done: 0.0,
            };
            let run = |is_gpu: bool| {
                let mut device = select(DeviceChoice::Cpu).expect("a processor");
                device.is_gpu = is_gpu;
                let mut learner = Learner::new(objective, &config, &items, &counts, &device, 1);
                let mut step =
                    |at| learner.step(&batch, at, &rates, &Control::default()).expect("a step").0;
                [step(0), step(1), step(2)]
            };
            let (fused, composed) = (run(false), run(true));
            for (a, b) in fused.iter().zip(&composed) {
                assert!((a - b).abs() < 2e-3, "{objective:?} {loss}: {fused:?} and {composed:?}");
            }
            assert!(loss != SoftmaxOver::Full || fused[2] < fused[0], "{objective:?}: {fused:?}");
        }
    }
}
