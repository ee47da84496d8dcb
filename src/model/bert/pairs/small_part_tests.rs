//! Trainings on pairs in which small parts learn in place of the encoder's weights.

use super::tests::{data, eager, embedded, outcome, parts, train};
use super::*;
use crate::control::Control;
use crate::model::SilentObserver;
use crate::model::bert::device::{DeviceChoice, select};
use crate::model::bert::pretrained::builtin_model;
use crate::model::bert::testing::{At, Watcher, tiny_model};

/// The small parts that other tests leave out, with a learning rate that suits each.
const PARTS: [(Trainable, f64); 3] =
    [(Trainable::Pfeiffer(8), 1e-1), (Trainable::Biases, 5e-2), (Trainable::Prompt(8), 3e-2)];

fn fitted(
    base: &Pretrained,
    config: &PairConfig,
    parts: &TextParts,
) -> (Pretrained, TrainingResult) {
    let context = FitContext {
        control: &Control::default(),
        observer: &SilentObserver,
        checkpoints: None,
        device: DeviceChoice::Cpu,
        seed: 1,
    };
    fit_from(base, config, &data(), parts, &context).expect("trained")
}

/// That the loss falls to less than `share` of the first epoch's, and held-out texts are found better than by
/// `base` as it was, by `least`.
fn assert_learns(base: &Pretrained, config: &PairConfig, (share, least): (f32, f32)) {
    let trainable = config.trainable;
    // The state before a training in which nothing stands beside the encoder's own weights.
    let still = PairConfig { trainable: Trainable::TopLayers(1), epochs: 1, ..config.clone() };
    let few = TextParts { train: vec![1, 2], ..parts() };
    let untrained = fitted(base, &still, &few).1.epochs[0].validation["mrr@10"];
    let (_, result) = fitted(base, config, &parts());
    let losses: Vec<f32> = result.epochs.iter().filter_map(|epoch| epoch.train_loss).collect();
    assert!(losses[losses.len() - 1] < share * losses[0], "{trainable}: {losses:?}");
    let best = result.epochs[result.best_epoch as usize].validation["mrr@10"];
    assert!(best > untrained + least, "{trainable}: {best} after {untrained}");
}

#[test]
fn adapters_and_biases_learn_and_find_better_than_the_untrained_encoder() {
    for ((trainable, learning_rate), epochs) in PARTS.into_iter().zip([24, 40]) {
        let config = PairConfig { trainable, learning_rate, epochs, ..eager() };
        assert_learns(&tiny_model(3), &config, (0.75, 0.15));
    }
}

/// A prompt turns what an encoder knows towards a task, and one with random weights knows nothing: so this is
/// the built-in one, which finds hardly any of the made-up pairs before.
#[test]
fn a_prompt_learns_and_finds_better_than_the_untrained_encoder() {
    let (trainable, learning_rate) = PARTS[2];
    let base = builtin_model().expect("the built-in model");
    let config =
        PairConfig { trainable, learning_rate, epochs: 6, micro_batch_tokens: None, ..eager() };
    assert_learns(&base, &config, (0.6, 0.1));
}

/// The last epoch's encoder, whatever it is worth.
fn last(config: &PairConfig) -> Pretrained {
    fitted(&tiny_model(3), config, &TextParts { validation: Vec::new(), ..parts() }).0
}

/// Every weight of the part has a gradient, and the texts of either side go through it.
#[test]
fn both_sides_go_through_each_part() {
    let (base, data) = (tiny_model(3), data());
    let chosen: Vec<usize> = (0..24).collect();
    let texts = training_texts(&data, &chosen, |text| sequence(&base, text, 32));
    let device = select(DeviceChoice::Cpu).expect("a processor");
    for (trainable, learning_rate) in PARTS {
        let config =
            PairConfig { trainable, learning_rate, dropout: Some(0.0), ..PairConfig::default() };
        let encoder = base.encoder(device.device()).expect("weights");
        let learner = PairLearner::new(&config, &base.config, encoder, &device, 1);
        let (_, grads) =
            learner.gradients(&texts.batch(&chosen), 0, &Control::default()).expect("gradients");
        let grads = grads.values();
        assert!(!grads.is_empty(), "{trainable}");
        for (path, values) in &grads {
            assert!(trainable.learns(path), "{trainable} leaves {path} alone");
            // A bias of the keys moves all scores of a query alike, which a softmax does not see.
            if path.ends_with(".key.bias") {
                continue;
            }
            assert!(values.iter().any(|value| *value != 0.0), "{trainable}: {path}");
        }
        let model = last(&PairConfig { trainable, learning_rate, epochs: 1, ..eager() });
        for texts in [&data.lefts, &data.rights] {
            let (learned, before) = (embedded(&model, texts), embedded(&base, texts));
            let width = base.config.hidden_size;
            let rows = learned.chunks(width).zip(before.chunks(width));
            assert!(rows.into_iter().all(|(after, before)| after != before), "{trainable}");
        }
    }
}

#[test]
fn each_part_goes_on_where_it_was_stopped() {
    for (trainable, learning_rate) in PARTS {
        let config = PairConfig { trainable, learning_rate, epochs: 3, dropout: None, ..eager() };
        let unbroken = Watcher::new(At::Nothing);
        let whole = train(&config, 1, None, &Control::default(), &unbroken).expect("trained");
        let folder = tempfile::tempdir().expect("a folder");
        let control = Control::default();
        let first = Watcher::new(At::Cancel(5, control.clone()));
        let stopped = train(&config, 1, Some(folder.path()), &control, &first);
        assert!(matches!(stopped, Err(ModelError::Cancelled(_))), "{trainable}");
        let second = Watcher::new(At::Nothing);
        let resumed =
            train(&config, 1, Some(folder.path()), &Control::default(), &second).expect("trained");
        assert_eq!(outcome(&resumed), outcome(&whole), "{trainable}");
        let both: Vec<(f32, f32)> = first.losses().into_iter().chain(second.losses()).collect();
        assert_eq!((both, first.losses().len()), (unbroken.losses(), 5), "{trainable}");
    }
}

#[test]
fn each_part_is_saved_and_opened_with_the_same_vectors() {
    for (trainable, learning_rate) in PARTS {
        let config = PairConfig { trainable, learning_rate, epochs: 2, ..eager() };
        let model = last(&config);
        let folder = tempfile::tempdir().expect("a folder");
        save(&model, folder.path()).expect("saved");
        let opened = Pretrained::open(Some(folder.path())).expect("an encoder");
        for texts in [&data().lefts, &data().rights] {
            assert_eq!(embedded(&opened, texts), embedded(&model, texts), "{trainable}");
            assert_ne!(embedded(&opened, texts), embedded(&tiny_model(3), texts), "{trainable}");
        }
        assert_eq!(opened.apart, trainable.stays_apart().then_some(trainable));
    }
}
