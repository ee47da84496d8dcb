//! Runs side by side.

use std::sync::Arc;

use super::failed;
use super::recommend::run_model;
use crate::control::Control;
use crate::eval::{
    EvalReport, EvalSpec, Metric, MetricKind, compare_all, evaluate, shared_metrics,
};
use crate::jobs::{JobError, Lane};
use crate::model::bert::device::DeviceChoice;
use crate::runs::{Run, RunStore};
use crate::workbench::answer::{self, Answer};
use crate::workbench::caches::Caches;
use crate::workbench::command::ComparisonRequest;
use crate::workbench::state::{ComparedRun, OpenShop, RunComparison};
use crate::workbench::{Severity, Workbench};

/// List lengths that every judgement of a run covers, so that one report serves several questions.
const KS: [usize; 3] = [5, 10, 20];

impl Workbench {
    pub(in crate::workbench) fn compare_runs(&mut self, request: ComparisonRequest) {
        let Some(shop) = self.state.shop.value().cloned() else {
            self.notify(Severity::Warning, "notice-no-shop", "");
            return;
        };
        let (caches, device) = (self.caches.clone(), self.state.settings.device);
        let ticket = self.submit(Lane::Analysis, answer::COMPARE, move |control| {
            let comparison = compare(&shop, &caches, device, request, control)?;
            Ok(Answer::Compared(Arc::new(comparison)))
        });
        self.state.comparison.start(ticket);
    }
}

fn compare(
    shop: &OpenShop,
    caches: &Caches,
    device: DeviceChoice,
    request: ComparisonRequest,
    control: &Control,
) -> Result<RunComparison, JobError> {
    if request.runs.len() < 2 || request.k == 0 {
        return Err(JobError::Failed(
            "nothing to compare: choose two runs or more, and a list length of 1 or more"
                .to_owned(),
        ));
    }
    let store = RunStore::open(&shop.project).map_err(|error| failed(&error))?;
    let wanted = request.runs.iter().map(|id| store.get(id).map_err(|error| failed(&error)));
    let wanted = wanted.collect::<Result<Vec<Run>, JobError>>()?;
    // One that scores every product limits the cases of all, so that they are judged on the same.
    let is_neural = |run: &Run| run.model_config().is_ok_and(|config| config.is_neural());
    let is_dense = wanted.iter().any(is_neural);
    let judge = Judge { shop, caches, device, store: &store, request: &request, is_dense };
    let mut runs = Vec::with_capacity(wanted.len());
    for run in wanted {
        control.check()?;
        let report = Arc::new(judge.report(&run, control)?);
        let is_other_data = run.revision != shop.dataset.revision;
        runs.push(ComparedRun {
            run: run.id,
            name: run.name,
            model: run.model,
            report,
            is_other_data,
        });
    }
    let reports: Vec<&EvalReport> = runs.iter().map(|run| run.report.as_ref()).collect();
    let mut metrics = shared_metrics(&reports, request.k);
    if metrics.is_empty() {
        // The reasons are then found pair by pair.
        metrics.push(Metric::new(MetricKind::Ndcg, request.k));
    }
    let comparison = compare_all(&reports, &metrics, control)?;
    Ok(RunComparison { request, runs, comparison })
}

struct Judge<'a> {
    shop: &'a OpenShop,
    caches: &'a Caches,
    device: DeviceChoice,
    store: &'a RunStore,
    request: &'a ComparisonRequest,
    /// Whether any of the runs scores every product for every case.
    is_dense: bool,
}

impl Judge<'_> {
    /// What is known of a run from before, where it answers the question; else a new judgement, kept.
    fn report(&self, run: &Run, control: &Control) -> Result<EvalReport, JobError> {
        let request = self.request;
        let kept = self.store.report(&run.id, request.phase).map_err(|error| failed(&error))?;
        let is_other_data = run.revision != self.shop.dataset.revision;
        if let Some(report) = kept
            && (is_other_data || answers(&report, request, self.is_dense))
        {
            return Ok(report);
        }
        if is_other_data {
            return Err(JobError::Failed(format!(
                "run {} was trained on other data (revision {}, the project now holds {}) and was not \
                 judged while that was open, so there is nothing to show. Leave it out, or train again \
                 on this data",
                run.id, run.revision, self.shop.dataset.revision
            )));
        }
        let report = self.judge(run, control)?;
        self.store.put_report(&run.id, &report).map_err(|error| failed(&error))?;
        Ok(report)
    }

    fn judge(&self, run: &Run, control: &Control) -> Result<EvalReport, JobError> {
        let (_, model) = run_model(self.store, self.caches, &run.id, self.device)?;
        let dataset = self.shop.dataset.as_ref();
        let baselines = self.caches.baselines(dataset, &run.split, control)?;
        let mut ks = KS.to_vec();
        ks.push(self.request.k);
        let n_cases = baselines.split.holdouts(self.request.phase).len();
        let spec = EvalSpec {
            ks,
            phase: self.request.phase,
            mask_seen: self.request.mask_seen,
            max_users: self.request.cases.resolve(self.is_dense, n_cases, dataset.n_items()),
            ..EvalSpec::default()
        };
        let mut report = evaluate(model.as_ref(), dataset, &baselines.split, &spec, control)
            .map_err(|error| failed(&error))?;
        report.protocol.device = Some(run.device.clone());
        Ok(report)
    }
}

/// Whether a report from before says what is asked now; one from before a metric was known does not.
fn answers(report: &EvalReport, request: &ComparisonRequest, is_dense: bool) -> bool {
    let protocol = &report.protocol;
    let wanted = request.cases.resolve(is_dense, protocol.n_cases, protocol.n_items);
    let has = |kind| report.per_user.contains_key(&Metric::new(kind, request.k).to_string());
    protocol.mask_seen == request.mask_seen
        && protocol.n_users == wanted.unwrap_or(protocol.n_cases)
        && (wanted.is_none() || protocol.seed == EvalSpec::default().seed)
        && protocol.leaks.is_some()
        && has(MetricKind::Ndcg)
        && has(MetricKind::Serendipity)
        && has(MetricKind::Auc)
}
