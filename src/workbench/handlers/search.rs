//! Searches tried by the encoder of a finished training on pairs.

use std::sync::Arc;
use std::time::Instant;

use super::failed;
use crate::control::Control;
use crate::jobs::{JobError, Lane};
use crate::model::bert::device::DeviceChoice;
use crate::model::bert::pairs::{Searchable, product_texts};
use crate::model::bert::pretrained::Pretrained;
use crate::runs::{PairResult, RunStore, TextOutcome};
use crate::workbench::Workbench;
use crate::workbench::answer::{self, Answer};
use crate::workbench::caches::{Caches, Search};
use crate::workbench::command::{SearchRequest, SearchedTexts};
use crate::workbench::state::{FoundText, OpenShop, SearchResult};

/// Texts shown of a search.
const FOUND: usize = 10;

impl Workbench {
    /// The vectors of a large collection take minutes, so that the lane is not the one of looking around.
    pub(in crate::workbench) fn search_texts(&mut self, request: SearchRequest) {
        let Some(shop) = self.shop_or_notice() else { return };
        let (caches, device) = (self.caches.clone(), self.state.settings.device);
        let ticket = self.submit(Lane::Examination, answer::SEARCH, move |control| {
            let result = answered(&shop, &caches, device, request, control)?;
            Ok(Answer::Found(Arc::new(result)))
        });
        self.state.found.start(ticket);
    }
}

fn answered(
    shop: &OpenShop,
    caches: &Caches,
    device: DeviceChoice,
    request: SearchRequest,
    control: &Control,
) -> Result<SearchResult, JobError> {
    let key = (request.run.clone(), shop.dataset.revision.clone(), request.texts);
    let search = caches.search(key, || made(shop, device, &request, control))?;
    let started = Instant::now();
    let places =
        search.texts.find(&request.query, FOUND, control).map_err(|error| failed(&error))?;
    let latency_ms = started.elapsed().as_secs_f64() * 1e3;
    let texts = search.texts.texts();
    let found = |(place, score): (usize, f32)| FoundText {
        item: search.items.get(place).copied(),
        text: texts[place].clone(),
        score,
    };
    Ok(SearchResult {
        found: places.into_iter().map(found).collect(),
        searched: texts.len(),
        has_changed: search.has_changed,
        latency_ms,
        request,
    })
}

fn made(
    shop: &OpenShop,
    device: DeviceChoice,
    request: &SearchRequest,
    control: &Control,
) -> Result<Search, JobError> {
    let store = RunStore::open(&shop.project).map_err(|error| failed(&error))?;
    let outcome = store.outcome(&request.run).map_err(|error| failed(&error))?;
    let TextOutcome::Pairs(result) = outcome else {
        return Err(JobError::Failed(format!(
            "the run {} is no search; choose one of a training on pairs",
            request.run.0
        )));
    };
    let (items, texts, has_changed) = match request.texts {
        SearchedTexts::Products => {
            let (items, texts) = product_texts(&shop.dataset);
            (items, texts, false)
        }
        SearchedTexts::Pairs => {
            let (texts, has_changed) = judged_on(shop, &result, control)?;
            (Vec::new(), texts, has_changed)
        }
    };
    control.report("stage-loading-model", 0, 0);
    let folder = store.model_folder(&request.run);
    let model = Pretrained::open(Some(&folder)).map_err(|error| failed(&error))?;
    let texts = Searchable::new(&model, texts, device, None, control);
    Ok(Search { texts: texts.map_err(|error| failed(&error))?, items, has_changed })
}

/// The right texts of a run's pairs as they are now, and whether they were others when it was judged.
fn judged_on(
    shop: &OpenShop,
    result: &PairResult,
    control: &Control,
) -> Result<(Vec<String>, bool), JobError> {
    control.report("stage-reading", 0, 0);
    let read = result.source.read(Some(&shop.dataset), control);
    let data = read.map_err(|error| failed(&error))?;
    Ok((data.rights, data.report != result.data))
}
