//! Costly things that jobs share: fitted models, baselines, similarity indices.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::command::SearchedTexts;
use super::handlers::failed;
use crate::analysis::similarity::{SimilarityIndex, SimilaritySpec};
use crate::control::Control;
use crate::dataset::Dataset;
use crate::dataset::split::{Split, SplitSpec};
use crate::ids::{DatasetRevision, ItemIdx, RunId};
use crate::jobs::JobError;
use crate::model::bert::pairs::Searchable;
use crate::model::bert::tasks::TextModel;
use crate::model::{FitContext, ModelConfig, SharedModel, SilentObserver, fit};

/// Similarity indices kept.
const MAX_INDICES: usize = 4;
/// Loaded runs kept.
const MAX_MODELS: usize = 4;
const MAX_TEXT_MODELS: usize = 1;
/// Texts of pairs and products, each with their vectors.
const MAX_SEARCHES: usize = 2;

/// A split with the baselines fitted on it.
pub(super) struct Baselines {
    /// The split.
    pub split: Split,
    /// Popularity, Markov and item neighbours, in this order.
    pub models: Vec<SharedModel>,
}

/// What the encoder of a run searches.
pub(super) struct Search {
    /// Its texts and their vectors.
    pub texts: Searchable,
    /// The product of each text; empty where they are of pairs.
    pub items: Vec<ItemIdx>,
    /// Whether the texts are others than the run was judged on.
    pub has_changed: bool,
}

/// The run, the data it searches in, and which texts of them.
pub(super) type SearchKey = (RunId, DatasetRevision, SearchedTexts);

/// Newest first; the last falls off.
type Shelf<K, V> = Mutex<Vec<(K, V)>>;

/// What is kept between jobs. Keys hold the data revision, so that another shop never gets them.
#[derive(Default)]
pub(super) struct Caches {
    indices: Shelf<(DatasetRevision, SimilaritySpec), Arc<SimilarityIndex>>,
    models: Shelf<RunId, SharedModel>,
    text_models: Shelf<RunId, Arc<TextModel>>,
    searches: Shelf<SearchKey, Arc<Search>>,
    baselines: Shelf<(DatasetRevision, SplitSpec), Arc<Baselines>>,
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn find<K: PartialEq, V: Clone>(shelf: &Shelf<K, V>, key: &K) -> Option<V> {
    lock(shelf).iter().find(|(known, _)| known == key).map(|(_, value)| value.clone())
}

fn keep<K: PartialEq, V>(shelf: &Shelf<K, V>, key: K, value: V, at_most: usize) {
    let mut shelf = lock(shelf);
    shelf.retain(|(known, _)| *known != key);
    shelf.insert(0, (key, value));
    shelf.truncate(at_most);
}

impl Caches {
    /// The index for `spec`, built when it is not there.
    pub(super) fn similarity_index(
        &self,
        dataset: &Dataset,
        spec: SimilaritySpec,
        control: &Control,
    ) -> Result<Arc<SimilarityIndex>, JobError> {
        let key = (dataset.revision.clone(), spec);
        if let Some(index) = find(&self.indices, &key) {
            return Ok(index);
        }
        let index =
            SimilarityIndex::build(dataset, spec, control).map_err(|error| failed(&error))?;
        let index = Arc::new(index);
        keep(&self.indices, key, index.clone(), MAX_INDICES);
        Ok(index)
    }

    /// The split and its baselines, fitted when they are not there.
    pub(super) fn baselines(
        &self,
        dataset: &Dataset,
        spec: &SplitSpec,
        control: &Control,
    ) -> Result<Arc<Baselines>, JobError> {
        let key = (dataset.revision.clone(), spec.clone());
        if let Some(baselines) = find(&self.baselines, &key) {
            return Ok(baselines);
        }
        let split = Split::new(dataset, spec).map_err(|error| failed(&error))?;
        let context = FitContext {
            control,
            observer: &SilentObserver,
            checkpoints: None,
            device: crate::model::bert::device::DeviceChoice::Cpu,
            seed: 0,
        };
        let models = ModelConfig::all()
            .iter()
            .filter(|config| !config.is_neural())
            .map(|config| fit(config, dataset, &split, &context).map_err(|error| failed(&error)))
            .collect::<Result<Vec<_>, _>>()?;
        let baselines = Arc::new(Baselines { split, models });
        keep(&self.baselines, key, baselines.clone(), 1);
        Ok(baselines)
    }

    /// A run's model, loaded when it is not there.
    pub(super) fn model(
        &self,
        run: &RunId,
        load: impl FnOnce() -> Result<SharedModel, JobError>,
    ) -> Result<SharedModel, JobError> {
        if let Some(model) = find(&self.models, run) {
            return Ok(model);
        }
        let model = load()?;
        self.keep_model(run.clone(), model.clone());
        Ok(model)
    }

    /// The model of a text task, loaded when it is not there.
    pub(super) fn text_model(
        &self,
        run: &RunId,
        load: impl FnOnce() -> Result<TextModel, JobError>,
    ) -> Result<Arc<TextModel>, JobError> {
        if let Some(model) = find(&self.text_models, run) {
            return Ok(model);
        }
        let model = Arc::new(load()?);
        keep(&self.text_models, run.clone(), model.clone(), MAX_TEXT_MODELS);
        Ok(model)
    }

    /// Texts with the vectors of a run's encoder, made when they are not there.
    pub(super) fn search(
        &self,
        key: SearchKey,
        make: impl FnOnce() -> Result<Search, JobError>,
    ) -> Result<Arc<Search>, JobError> {
        if let Some(search) = find(&self.searches, &key) {
            return Ok(search);
        }
        let search = Arc::new(make()?);
        keep(&self.searches, key, search.clone(), MAX_SEARCHES);
        Ok(search)
    }

    /// Keep a model that was just fitted.
    pub(super) fn keep_model(&self, run: RunId, model: SharedModel) {
        keep(&self.models, run, model, MAX_MODELS);
    }

    /// Forget a run that was deleted.
    pub(super) fn forget(&self, run: &RunId) {
        lock(&self.models).retain(|(known, _)| known != run);
        lock(&self.text_models).retain(|(known, _)| known != run);
        lock(&self.searches).retain(|((known, ..), _)| known != run);
    }
}
