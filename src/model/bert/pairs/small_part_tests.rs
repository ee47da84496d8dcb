//! Trainings on pairs in which small parts learn in place of the encoder's weights.

use super::tests::{data, eager, embedded, outcome, parts, plain, train};
use super::*;
use crate::control::Control;
use crate::model::SilentObserver;
use crate::model::bert::device::DeviceChoice;
use crate::model::bert::testing::{At, Watcher, tiny_model};

/// The small parts that other tests leave out, with a learning rate that suits each.
const PARTS: [(Trainable, f64); 3] =
    [(Trainable::Pfeiffer(8), 2e-2), (Trainable::Biases, 2e-2), (Trainable::Prompt(4), 5e-2)];

#[test]
fn experiment() {
    let lines = std::env::var("EXP").unwrap_or_default();
    for line in lines.split(';').filter(|line| !line.trim().is_empty()) {
        let words: Vec<&str> = line.split_whitespace().collect();
        let trainable: Trainable = words[0].parse().expect("a way");
        let [learning_rate, epochs, seed, batch] =
            [1, 2, 3, 4].map(|at| words[at].parse::<f64>().expect("a number"));
        let config = PairConfig {
            trainable,
            learning_rate,
            epochs: epochs as u32,
            batch_size: batch as usize,
            ..eager()
        };
        let (_, result) = plain(&config, seed as u64);
        let mrrs: Vec<f32> = result.epochs.iter().map(|e| e.validation["mrr@10"]).collect();
        let losses: Vec<f32> = result.epochs.iter().filter_map(|e| e.train_loss).collect();
        eprintln!(
            "{line}: loss {:.3} .. {:.3} .. {:.3}; mrr {:.3} best {:.3} (epoch {}) last {:.3}; secs {:.2}",
            losses[0],
            losses[losses.len() / 2],
            losses[losses.len() - 1],
            mrrs[0],
            mrrs[result.best_epoch as usize],
            result.best_epoch,
            mrrs[mrrs.len() - 1],
            result.epochs.iter().map(|e| e.secs).sum::<f32>()
        );
    }
}

#[test]
fn each_part_learns_and_finds_better_than_the_untrained_encoder() {
    for (trainable, learning_rate) in PARTS {
        let config = PairConfig { trainable, learning_rate, epochs: 24, ..eager() };
        let (_, result) = plain(&config, 1);
        let losses: Vec<f32> = result.epochs.iter().filter_map(|epoch| epoch.train_loss).collect();
        assert!(losses[23] < 0.8 * losses[0], "{trainable}: {losses:?}");
        let mrr = |at: usize| result.epochs[at].validation["mrr@10"];
        let best = mrr(result.best_epoch as usize);
        assert!(best > mrr(0) + 0.05, "{trainable}: {best} after {}", mrr(0));
    }
}

/// The last epoch's encoder, whatever it is worth.
fn last(config: &PairConfig) -> Pretrained {
    let context = FitContext {
        control: &Control::default(),
        observer: &SilentObserver,
        checkpoints: None,
        device: DeviceChoice::Cpu,
        seed: 1,
    };
    let parts = TextParts { validation: Vec::new(), ..parts() };
    fit_from(&tiny_model(3), config, &data(), &parts, &context).expect("trained").0
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
