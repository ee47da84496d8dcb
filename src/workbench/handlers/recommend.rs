//! Recommendations beside the baselines, and the judgement of runs.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Instant;

use super::failed;
use crate::control::Control;
use crate::dataset::Dataset;
use crate::dataset::split::{Split, SplitSpec};
use crate::eval::{EvalReport, EvalSpec, Evaluator, Metric, MetricKind, compare};
use crate::ids::{ItemIdx, RunId};
use crate::jobs::{JobError, Lane};
use crate::model::bert::device::DeviceChoice;
use crate::model::{History, SharedModel, load};
use crate::runs::{Run, RunStatus, RunStore};
use crate::workbench::answer::{self, Answer};
use crate::workbench::caches::Caches;
use crate::workbench::command::{EvaluationRequest, HistorySource, RecommendRequest};
use crate::workbench::state::{
    EvaluatedModel, EvaluationTable, OpenShop, RecommendationList, RecommendationSet,
    RecommendedItem,
};
use crate::workbench::{Severity, Workbench};

/// List length of the metric that differences are reported in, where it was asked for.
const MAIN_K: usize = 10;

impl Workbench {
    pub(in crate::workbench) fn recommend(&mut self, request: RecommendRequest) {
        let Some(shop) = self.state.shop.value().cloned() else {
            self.notify(Severity::Warning, "notice-no-shop", "");
            return;
        };
        let (caches, device) = (self.caches.clone(), self.state.settings.device);
        let ticket = self.submit(Lane::Analysis, answer::RECOMMEND, move |control| {
            let set = recommend(&shop, &caches, device, &request, control)?;
            Ok(Answer::Recommended(Arc::new(set)))
        });
        self.state.recommendations.start(ticket);
    }

    pub(in crate::workbench) fn evaluate(&mut self, request: EvaluationRequest) {
        let Some(shop) = self.state.shop.value().cloned() else {
            self.notify(Severity::Warning, "notice-no-shop", "");
            return;
        };
        let (caches, device) = (self.caches.clone(), self.state.settings.device);
        let ticket = self.submit(Lane::Analysis, answer::EVALUATE, move |control| {
            let store = RunStore::open(&shop.project).map_err(|error| failed(&error))?;
            run_model(&store, &caches, &request.run, device)?;
            let table = judge(&store, &shop.dataset, &caches, &request, control)?;
            Ok(Answer::Evaluated(Arc::new(table)))
        });
        self.state.evaluation.start(ticket);
    }
}

/// A run with its model, from memory or from its folder.
pub(super) fn run_model(
    store: &RunStore,
    caches: &Caches,
    id: &RunId,
    device: DeviceChoice,
) -> Result<(Run, SharedModel), JobError> {
    let run = store.get(id).map_err(|error| failed(&error))?;
    if !run.is_recommender() {
        return Err(JobError::Failed(format!(
            "run {id} is trained on texts and recommends nothing. Choose a run of a recommender"
        )));
    }
    if run.status != RunStatus::Finished {
        let status = run.status.name();
        return Err(JobError::Failed(format!(
            "run {id} is {status}, so it has no model yet. Resume it or choose a finished run"
        )));
    }
    let model = caches.model(id, || {
        let config = run.model_config().map_err(|error| failed(&error))?;
        load(&config, &store.model_folder(id), device).map_err(|error| failed(&error))
    })?;
    Ok((run, model))
}

fn recommend(
    shop: &OpenShop,
    caches: &Caches,
    device: DeviceChoice,
    request: &RecommendRequest,
    control: &Control,
) -> Result<RecommendationSet, JobError> {
    let dataset = shop.dataset.as_ref();
    let mut models = Vec::new();
    let mut spec = SplitSpec::default();
    if let Some(id) = &request.run {
        let store = RunStore::open(&shop.project).map_err(|error| failed(&error))?;
        let (run, model) = run_model(&store, caches, id, device)?;
        if run.revision != dataset.revision {
            return Err(JobError::Failed(format!(
                "run {id} was trained on other data (revision {}, the project now holds {}). \
                 Train again on this data",
                run.revision, dataset.revision
            )));
        }
        spec = run.split;
        models.push((Some(run.id), run.name, model));
    }
    let baselines = caches.baselines(dataset, &spec, control)?;
    for model in &baselines.models {
        models.push((None, model.config().name().to_owned(), model.clone()));
    }
    let history = history_of(&baselines.split, &request.source);
    let lists = models
        .into_iter()
        .map(|(run, label, model)| {
            control.check()?;
            Ok(list_of(run, label, &model, &history, request))
        })
        .collect::<Result<Vec<_>, JobError>>()?;
    Ok(RecommendationSet { source: request.source.clone(), history, lists })
}

/// A shopper's whole history, the events held out for judgement included: this is looking ahead from
/// today, not judging.
fn history_of(split: &Split, source: &HistorySource) -> History {
    match source {
        HistorySource::User(user) => {
            History::from_rows(&split.visits, *user, split.visits.rows_of(*user))
        }
        HistorySource::Items(items) => History::from_items(items),
    }
}

fn list_of(
    run: Option<RunId>,
    label: String,
    model: &SharedModel,
    history: &History,
    request: &RecommendRequest,
) -> RecommendationList {
    let started = Instant::now();
    let is_seen = |item: ItemIdx| {
        request.filter_viewed && history.events.iter().any(|event| event.item == item)
    };
    let top = model.recommend(history, &is_seen, request.k);
    let latency_ms = started.elapsed().as_secs_f64() * 1000.0;
    let items = top
        .into_iter()
        .map(|one| RecommendedItem {
            item: one.item,
            score: one.score,
            rank: one.rank,
            why: model.explain(history, one.item),
        })
        .collect();
    RecommendationList { run, model: model.config().name(), label, items, latency_ms }
}

/// Judge a run beside the baselines of its split. The run's model must be in `caches` or its folder.
pub(super) fn judge(
    store: &RunStore,
    dataset: &Dataset,
    caches: &Caches,
    request: &EvaluationRequest,
    control: &Control,
) -> Result<EvaluationTable, JobError> {
    let run = store.get(&request.run).map_err(|error| failed(&error))?;
    if run.revision != dataset.revision {
        return Err(JobError::Failed(format!(
            "run {} was trained on other data (revision {}, the project now holds {}), so its \
             figures would not be comparable. Train again on this data",
            run.id, run.revision, dataset.revision
        )));
    }
    let model = caches.model(&run.id, || {
        Err(JobError::Failed(format!("the model of run {} is not loaded", run.id)))
    })?;
    let baselines = caches.baselines(dataset, &run.split, control)?;
    let n_cases = baselines.split.holdouts(request.phase).len();
    let is_dense = model.config().is_neural();
    let spec = EvalSpec {
        ks: request.ks.clone(),
        phase: request.phase,
        mask_seen: request.mask_seen,
        max_users: request.cases.resolve(is_dense, n_cases, dataset.n_items()),
        ..EvalSpec::default()
    };
    let evaluator = Evaluator::new(dataset, &baselines.split);
    let judge_one = |model: &SharedModel, device: &str| -> Result<EvalReport, JobError> {
        let mut report =
            evaluator.evaluate(model.as_ref(), &spec, control).map_err(|error| failed(&error))?;
        report.protocol.device = Some(device.to_owned());
        Ok(report)
    };
    let report = Arc::new(judge_one(&model, &run.device)?);
    store.put_report(&run.id, &report).map_err(|error| failed(&error))?;
    let mut rows = vec![EvaluatedModel {
        run: Some(run.id.clone()),
        model: model.config().name(),
        label: run.name.clone(),
        report: report.clone(),
    }];
    for baseline in &baselines.models {
        let name = baseline.config().name();
        let report = Arc::new(judge_one(baseline, "cpu")?);
        rows.push(EvaluatedModel { run: None, model: name, label: name.to_owned(), report });
    }
    let metric = main_metric(&request.ks);
    Ok(EvaluationTable {
        run: run.id,
        phase: request.phase,
        differences: differences(&report, &rows, metric)?,
        metric: metric.to_string(),
        rows,
    })
}

fn main_metric(ks: &[usize]) -> Metric {
    let k = if ks.contains(&MAIN_K) { MAIN_K } else { ks.iter().copied().max().unwrap_or(MAIN_K) };
    Metric { kind: MetricKind::Ndcg, k }
}

fn differences(
    report: &EvalReport,
    rows: &[EvaluatedModel],
    metric: Metric,
) -> Result<BTreeMap<&'static str, crate::eval::PairedDifference>, JobError> {
    rows.iter()
        .filter(|row| row.run.is_none())
        .map(|row| {
            let difference =
                compare(report, &row.report, metric).map_err(|error| failed(&error))?;
            Ok((row.model, difference))
        })
        .collect()
}
