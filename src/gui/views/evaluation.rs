//! Whether a run is any better than a simple rule, with intervals, paired tests and the protocol.

mod compare;
mod figures;
mod form;
mod intervals;
mod metrics;
mod protocol;
mod runs;
mod verdict;

use std::sync::Arc;

use egui::Ui;

pub use protocol::cases_words;

use super::common;
use crate::dataset::Dataset;
use crate::dataset::split::Phase;
use crate::eval::CaseLimit;
use crate::gui::theme::SPACE_M;
use crate::gui::view::{View, ViewContext, ViewId};
use crate::gui::widgets::{self, AsyncAction, Icon};
use crate::ids::RunId;
use crate::runs::{Run, RunStatus};
use crate::workbench::{Command, EvaluationRequest, EvaluationTable, Severity, State};

/// The page on evaluation.
pub struct EvaluationView {
    /// List lengths asked for, ascending.
    ks: Vec<usize>,
    phase: Phase,
    mask_seen: bool,
    cases: CaseLimit,
    runs: runs::RunsTable,
    compare: compare::CompareRuns,
    /// The run that was judged unasked, so that a cancel is heeded.
    offered: Option<RunId>,
    /// The length that table and figures show; one of the table's own.
    k: usize,
    /// What the table on the screen says, made when it or the language changes.
    told: verdict::Told,
}

impl Default for EvaluationView {
    fn default() -> Self {
        Self {
            ks: vec![5, 10, 20],
            phase: Phase::Test,
            mask_seen: true,
            cases: CaseLimit::Auto,
            runs: runs::RunsTable::default(),
            compare: compare::CompareRuns::default(),
            offered: None,
            k: 10,
            told: verdict::Told::default(),
        }
    }
}

impl View for EvaluationView {
    fn ui(&mut self, ui: &mut Ui, cx: &mut ViewContext<'_>) {
        let keys = ("view-evaluation", "evaluation-hint");
        let trailing = |ui: &mut Ui, cx: &mut ViewContext<'_>| {
            if let Some(shop) = cx.state.shop.value() {
                common::simulated_note(ui, cx, &shop.dataset);
            }
        };
        common::shop_page(ui, cx, keys, trailing, |ui, cx, shop| {
            self.shop_ui(ui, cx, &shop.dataset);
        });
    }
}

/// The run to judge: the picked one if it is finished, else the one judged last, else the newest.
fn chosen_run(state: &State) -> Option<&Run> {
    let by_id = |id: &RunId| {
        state.runs.iter().find(|run: &&Run| run.id == *id && run.status == RunStatus::Finished)
    };
    let judged = state.evaluation.value().map(|table| &table.run);
    state
        .selection
        .run
        .as_ref()
        .and_then(by_id)
        .or_else(|| judged.and_then(by_id))
        .or_else(|| state.runs.iter().find(|run| run.status == RunStatus::Finished))
}

impl EvaluationView {
    fn shop_ui(&mut self, ui: &mut Ui, cx: &mut ViewContext<'_>, dataset: &Arc<Dataset>) {
        let state = cx.state;
        if state.runs.is_empty() {
            let (title, hint) = (cx.tr("evaluation-no-runs"), cx.tr("evaluation-no-runs-hint"));
            if widgets::empty_state(
                ui,
                cx.theme,
                Icon::Curve,
                title,
                hint,
                Some(cx.tr("evaluation-to-training")),
            ) {
                cx.go(ViewId::Training);
            }
            return;
        }
        self.runs.show(ui, cx, dataset);
        ui.add_space(SPACE_M);
        let question = compare::Question {
            k: self.k,
            phase: self.phase,
            mask_seen: self.mask_seen,
            cases: self.cases,
        };
        let marked = self.runs.marked(state);
        self.compare.show(ui, cx, &marked, &question);
        let run = chosen_run(state);
        if self.form_ui(ui, cx, run) || self.is_first_look(state, dataset, run) {
            self.evaluate(cx, run);
        }
        if let Some(run) = run.filter(|run| run.revision != dataset.revision) {
            let name = [("run", run.name.as_str().into())];
            widgets::callout(
                ui,
                cx.theme,
                Severity::Warning,
                &cx.tr_with("evaluation-other-data", &name),
            );
        }
        let action = widgets::async_frame(ui, cx, &state.evaluation, idle_ui, |ui, cx, table| {
            self.table_ui(ui, cx, table, run);
        });
        if action == AsyncAction::Retry {
            self.evaluate(cx, run);
        }
    }

    /// Whether nothing was judged yet and the chosen run can be, so that the page begins with figures.
    fn is_first_look(&mut self, state: &State, dataset: &Dataset, run: Option<&Run>) -> bool {
        let Some(run) = run.filter(|run| run.revision == dataset.revision) else { return false };
        let is_due = state.evaluation.is_idle() && self.offered.as_ref() != Some(&run.id);
        if is_due {
            self.offered = Some(run.id.clone());
        }
        is_due
    }

    fn evaluate(&self, cx: &mut ViewContext<'_>, run: Option<&Run>) {
        let Some(run) = run else { return };
        cx.send(Command::Evaluate(EvaluationRequest {
            run: run.id.clone(),
            ks: self.ks.clone(),
            phase: self.phase,
            mask_seen: self.mask_seen,
            cases: self.cases,
        }));
    }

    fn table_ui(
        &mut self,
        ui: &mut Ui,
        cx: &mut ViewContext<'_>,
        table: &Arc<EvaluationTable>,
        chosen: Option<&Run>,
    ) {
        let Some(own) = table.rows.first() else { return };
        if chosen.is_some_and(|run| run.id != table.run) {
            let name = [("run", own.label.as_str().into())];
            widgets::callout(
                ui,
                cx.theme,
                Severity::Info,
                &cx.tr_with("evaluation-shows-other", &name),
            );
        }
        self.told.update(cx.text, table);
        let ks = &own.report.protocol.ks;
        if !ks.contains(&self.k) {
            self.k = if ks.contains(&10) { 10 } else { ks.first().copied().unwrap_or(10) };
        }
        verdict::verdict_ui(ui, cx, &self.told);
        if common::columns_that_fit(ui, 420.0, 2) == 1 {
            metrics::metrics_ui(ui, cx, table, &mut self.k);
            figures::differences_ui(ui, cx, &self.told, table);
            figures::metrics_ui(ui, cx, table, self.k);
        } else {
            common::split(ui, 0.56, |left, right| {
                metrics::metrics_ui(left, cx, table, &mut self.k);
                figures::differences_ui(right, cx, &self.told, table);
                figures::metrics_ui(right, cx, table, self.k);
            });
        }
        protocol::protocol_ui(ui, cx, table);
    }
}

fn idle_ui(ui: &mut Ui, cx: &mut ViewContext<'_>) {
    let (title, hint) = (cx.tr("evaluation-idle"), cx.tr("evaluation-idle-hint"));
    widgets::empty_state(ui, cx.theme, Icon::Scale, title, hint, None);
}
