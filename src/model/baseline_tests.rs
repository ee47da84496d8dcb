//! What every baseline promises, whatever it counts.

use super::bert::device::DeviceChoice;
use super::item_knn::ItemKnnConfig;
use super::markov::MarkovConfig;
use super::{FitContext, History, ModelConfig, ModelError, SharedModel, SilentObserver, fit, load};
use crate::control::Control;
use crate::dataset::Dataset;
use crate::dataset::split::fixtures::ring_shop;
use crate::dataset::split::{Split, SplitSpec};
use crate::ids::ItemIdx;

pub(super) fn split_of(dataset: &Dataset) -> Split {
    Split::new(dataset, &SplitSpec::default()).unwrap()
}

/// Runs a fit under a context of its own.
pub(super) fn fitted<M>(fit: impl FnOnce(&FitContext<'_>) -> Result<M, ModelError>) -> M {
    fit(&context(&Control::default())).unwrap()
}

fn context(control: &Control) -> FitContext<'_> {
    FitContext {
        control,
        observer: &SilentObserver,
        checkpoints: None,
        device: DeviceChoice::default(),
        seed: 1,
    }
}

fn baselines() -> [ModelConfig; 3] {
    [
        ModelConfig::Popularity,
        ModelConfig::Markov(MarkovConfig::default()),
        ModelConfig::ItemKnn(ItemKnnConfig { shrinkage: 2.0, ..ItemKnnConfig::default() }),
    ]
}

fn fit_one(config: &ModelConfig, dataset: &Dataset) -> SharedModel {
    fitted(|context| fit(config, dataset, &split_of(dataset), context))
}

fn histories(n_items: u32) -> Vec<History> {
    let mut histories = vec![History::default()];
    histories
        .extend((0..n_items).map(|item| History::from_items(&[ItemIdx(item), ItemIdx(item / 2)])));
    histories
}

#[test]
fn a_loaded_model_equals_the_saved_one() {
    let dataset = ring_shop(40, 30, 9);
    for config in baselines() {
        let folder = tempfile::tempdir().unwrap();
        let model = fit_one(&config, &dataset);
        model.save(folder.path()).unwrap();
        let loaded = load(&config, folder.path(), DeviceChoice::default()).unwrap();
        assert_eq!(loaded.config(), config);
        for history in histories(30) {
            assert_eq!(loaded.score(&history), model.score(&history), "{}", config.name());
            for item in (0..30).map(ItemIdx) {
                assert_eq!(loaded.explain(&history, item), model.explain(&history, item));
            }
        }
    }
}

#[test]
fn the_number_of_threads_does_not_matter() {
    let dataset = ring_shop(60, 40, 12);
    for config in baselines() {
        let saved = |threads: usize| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
            let folder = tempfile::tempdir().unwrap();
            pool.install(|| fit_one(&config, &dataset)).save(folder.path()).unwrap();
            std::fs::read(folder.path().join("model.safetensors")).unwrap()
        };
        assert_eq!(saved(1), saved(4), "{}", config.name());
    }
}

#[test]
fn scores_cover_the_catalogue_and_are_never_nan() {
    let dataset = ring_shop(40, 30, 9);
    for config in baselines() {
        let model = fit_one(&config, &dataset);
        let histories = histories(30);
        let batch = model.score_batch(&histories, &Control::default()).unwrap();
        for (history, scores) in histories.iter().zip(&batch) {
            assert_eq!(scores, &model.score(history), "a batch scores as one by one");
            assert_eq!(scores.len(), model.n_items());
            assert!(scores.iter().all(|score| !score.is_nan()));
            assert!(
                scores.iter().any(|score| score.is_finite()),
                "{}: every history is answered",
                config.name()
            );
        }
    }
}

#[test]
fn sparse_scores_are_the_scores_bit_by_bit() {
    let bits = |scores: Vec<f32>| scores.into_iter().map(f32::to_bits).collect::<Vec<_>>();
    // Few products make ties and steps met many times, many make products that nobody met.
    for dataset in [ring_shop(40, 30, 9), ring_shop(9, 80, 6)] {
        let n_items = dataset.n_items() as u32;
        let configs = baselines().into_iter().chain([
            ModelConfig::Markov(MarkovConfig { smoothing: 0.0, ..MarkovConfig::default() }),
            ModelConfig::ItemKnn(ItemKnnConfig { neighbours: 2, ..ItemKnnConfig::default() }),
        ]);
        for config in configs {
            let model = fit_one(&config, &dataset);
            let long = (0..50).map(|at| ItemIdx(at * 7 % n_items)).collect::<Vec<_>>();
            for history in histories(n_items).into_iter().chain([History::from_items(&long)]) {
                let sparse = model.sparse_score(&history).expect("baselines are sparse");
                assert!(sparse.special.is_sorted_by(|a, b| a.0 < b.0));
                assert!(sparse.of_level.is_sorted_by(|a, b| a >= b), "levels never rise");
                assert_eq!(bits(sparse.to_dense()), bits(model.score(&history)), "{config:?}");
            }
        }
    }
}

#[test]
fn a_fit_stops_when_asked() {
    let dataset = ring_shop(40, 30, 9);
    let split = split_of(&dataset);
    for config in baselines() {
        let control = Control::default();
        control.cancel_token().cancel();
        let fitted = fit(&config, &dataset, &split, &context(&control));
        assert!(matches!(fitted, Err(ModelError::Cancelled(_))), "{}", config.name());
    }
}

#[test]
fn a_fit_stops_in_the_middle() {
    use crate::control::CancelToken;

    let dataset = ring_shop(40, 30, 9);
    let split = split_of(&dataset);
    for config in &baselines()[1..] {
        let token = CancelToken::default();
        let cancel = token.clone();
        // The first progress report asks for the stop: the fit is then under way.
        let control = Control::new(token, move |_| cancel.cancel());
        let fitted = fit(config, &dataset, &split, &context(&control));
        assert!(matches!(fitted, Err(ModelError::Cancelled(_))), "{}", config.name());
    }
}

#[test]
fn a_foreign_folder_is_refused() {
    let dataset = ring_shop(10, 8, 5);
    let folder = tempfile::tempdir().unwrap();
    fit_one(&ModelConfig::Popularity, &dataset).save(folder.path()).unwrap();
    for config in &baselines()[1..] {
        let loaded = load(config, folder.path(), DeviceChoice::default());
        assert!(matches!(loaded, Err(ModelError::BadFile { .. })), "{}", config.name());
    }
}
