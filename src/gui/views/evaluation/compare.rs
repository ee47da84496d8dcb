//! Several runs side by side: figures, and every pair with interval and test.

use std::sync::Arc;

use egui::{ComboBox, Grid, Ui};

use super::figures::estimate_text;
use super::intervals::{IntervalRow, intervals_ui};
use super::protocol::titled;
use super::verdict::signed;
use crate::dataset::split::Phase;
use crate::eval::{CaseLimit, Metric, PairComparison, Protocol, Verdict};
use crate::gui::text::Text;
use crate::gui::theme::{SPACE_L, SPACE_M, SPACE_S, SPACE_XS, Theme};
use crate::gui::view::ViewContext;
use crate::gui::views::split_form::strategy_words;
use crate::gui::widgets::{self, AsyncAction, FigureSpec, Table};
use crate::ids::RunId;
use crate::workbench::{Command, ComparisonRequest, RunComparison, Severity};

/// How the marked runs are to be judged.
pub(super) struct Question {
    pub k: usize,
    pub phase: Phase,
    pub mask_seen: bool,
    pub cases: CaseLimit,
}

/// The comparison with its own choice of a metric.
#[derive(Default)]
pub(super) struct CompareRuns {
    metric: Option<String>,
}

impl CompareRuns {
    /// The button, and what was compared last; nothing while fewer than two runs are marked and
    /// nothing was compared.
    pub fn show(
        &mut self,
        ui: &mut Ui,
        cx: &mut ViewContext<'_>,
        marked: &[RunId],
        question: &Question,
    ) {
        let state = cx.state;
        let request = ComparisonRequest {
            runs: marked.to_vec(),
            k: question.k,
            phase: question.phase,
            mask_seen: question.mask_seen,
            cases: question.cases,
        };
        if marked.len() >= 2 {
            let shown = state.comparison.value().is_some_and(|shown| shown.request == request);
            let label = cx.tr_with("compare-do", &[("n", marked.len().into())]);
            ui.add_enabled_ui(!shown || state.comparison.error().is_some(), |ui| {
                if widgets::primary_button(ui, cx.theme, &label).clicked() {
                    cx.send(Command::CompareRuns(request.clone()));
                }
            });
            ui.add_space(SPACE_S);
        }
        if state.comparison.is_idle() {
            return;
        }
        let action = widgets::async_frame(
            ui,
            cx,
            &state.comparison,
            |_, _| {},
            |ui, cx, comparison| self.comparison_ui(ui, cx, comparison),
        );
        if action == AsyncAction::Retry && marked.len() >= 2 {
            cx.send(Command::CompareRuns(request));
        }
        ui.add_space(SPACE_M);
    }

    fn comparison_ui(
        &mut self,
        ui: &mut Ui,
        cx: &mut ViewContext<'_>,
        comparison: &Arc<RunComparison>,
    ) {
        warnings_ui(ui, cx, comparison);
        let metrics = &comparison.comparison.metrics;
        let is_known = |metric: &String| metrics.contains(metric);
        if !self.metric.as_ref().is_some_and(is_known) {
            let main = Metric::new(Metric::MAIN.kind, comparison.request.k).to_string();
            self.metric = Some(main).filter(is_known).or_else(|| metrics.first().cloned());
        }
        figures_ui(ui, cx, comparison);
        ui.add_space(SPACE_M);
        self.pairs_ui(ui, cx, comparison);
    }

    fn pairs_ui(&mut self, ui: &mut Ui, cx: &mut ViewContext<'_>, comparison: &RunComparison) {
        let text = cx.text;
        let title = titled(text, text.tr("compare-pairs"), sampled(comparison));
        let spec = FigureSpec {
            id: "compare-pairs",
            title: &title,
            hint: Some(text.tr("compare-pairs-hint")),
            description: &title,
            file_name: "run-differences",
        };
        widgets::figure(
            ui,
            cx,
            &spec,
            || pairs_table(text, comparison),
            |ui, cx| {
                self.metric_ui(ui, cx, comparison);
                ui.add_space(SPACE_S);
                let of_metric = |pair: &&PairComparison| Some(&pair.metric) == self.metric.as_ref();
                let pairs = comparison.comparison.pairs.iter().filter(of_metric);
                let rows: Vec<IntervalRow> =
                    pairs.map(|pair| pair_row(text, cx.theme, comparison, pair)).collect();
                if rows.is_empty() {
                    ui.label(cx.theme.weak(text.tr("compare-no-pairs")));
                }
                intervals_ui(ui, cx.theme, text, &rows, Some(0.0));
            },
        );
    }

    fn metric_ui(&mut self, ui: &mut Ui, cx: &ViewContext<'_>, comparison: &RunComparison) {
        let label = cx.tr("evaluation-col-metric");
        let shown = self.metric.clone().unwrap_or_default();
        let combo =
            ComboBox::from_id_salt("compare-metric").selected_text(shown).show_ui(ui, |ui| {
                for metric in &comparison.comparison.metrics {
                    ui.selectable_value(&mut self.metric, Some(metric.clone()), metric);
                }
            });
        combo.response.accessible_name(label);
    }
}

fn warnings_ui(ui: &mut Ui, cx: &ViewContext<'_>, comparison: &RunComparison) {
    for run in comparison.runs.iter().filter(|run| run.is_other_data) {
        let name = [("run", run.name.as_str().into())];
        let message = cx.tr_with("compare-other-data", &name);
        widgets::callout(ui, cx.theme, Severity::Warning, &message);
        ui.add_space(SPACE_XS);
    }
    for mismatch in &comparison.comparison.mismatches {
        let values = [
            ("a", comparison.runs[mismatch.a].name.as_str().into()),
            ("b", comparison.runs[mismatch.b].name.as_str().into()),
            ("reason", mismatch.reason.as_str().into()),
        ];
        let message = cx.tr_with("compare-mismatch", &values);
        widgets::callout(ui, cx.theme, Severity::Warning, &message);
        ui.add_space(SPACE_XS);
    }
}

/// Every metric of every run, with intervals on hover and the split that it was measured on.
fn figures_ui(ui: &mut Ui, cx: &mut ViewContext<'_>, comparison: &RunComparison) {
    let text = cx.text;
    let title = titled(text, text.tr("compare-figures"), sampled(comparison));
    let spec = FigureSpec {
        id: "compare-figures",
        title: &title,
        hint: Some(text.tr("compare-figures-hint")),
        description: &title,
        file_name: "run-figures",
    };
    widgets::figure(
        ui,
        cx,
        &spec,
        || figures_table(text, comparison),
        |ui, cx| {
            let theme = cx.theme;
            egui::ScrollArea::horizontal().show(ui, |ui| {
                Grid::new("compare-figures").spacing([SPACE_L, SPACE_XS]).show(ui, |ui| {
                    ui.label(theme.small(text.tr("evaluation-col-metric")));
                    for run in &comparison.runs {
                        ui.label(theme.small(run.name.as_str())).on_hover_text(run.run.to_string());
                    }
                    ui.end_row();
                    ui.label(theme.small(text.tr("evaluation-col-split")));
                    for run in &comparison.runs {
                        let split = &run.report.protocol.split.strategy;
                        ui.label(theme.small(strategy_words(text, split)));
                    }
                    ui.end_row();
                    for metric in metrics(comparison) {
                        ui.label(theme.body(metric.to_string()));
                        for run in &comparison.runs {
                            match run.report.get(metric) {
                                Some(estimate) => ui
                                    .label(theme.body(text.number(estimate.mean, 4)))
                                    .on_hover_text(estimate_text(text, estimate)),
                                None => ui.label(theme.weak("–")),
                            };
                        }
                        ui.end_row();
                    }
                });
            });
        },
    );
}

/// How the runs were measured, by one that saw a part of the cases if there is any.
fn sampled(comparison: &RunComparison) -> Option<&Protocol> {
    let mut protocols = comparison.runs.iter().map(|run| &run.report.protocol);
    protocols.find(|protocol| protocol.is_sampled())
}

/// The metrics at the length asked for that any run has.
fn metrics(comparison: &RunComparison) -> impl Iterator<Item = Metric> + '_ {
    crate::eval::MetricKind::ALL
        .into_iter()
        .map(|kind| Metric::new(kind, comparison.request.k))
        .filter(|&metric| comparison.runs.iter().any(|run| run.report.get(metric).is_some()))
}

fn pair_row(
    text: &Text,
    theme: &Theme,
    comparison: &RunComparison,
    pair: &PairComparison,
) -> IntervalRow {
    let (a, b) = (&comparison.runs[pair.a].name, &comparison.runs[pair.b].name);
    let difference = pair.difference;
    let words = [
        ("a", a.as_str().into()),
        ("b", b.as_str().into()),
        ("metric", pair.metric.as_str().into()),
        ("difference", signed(text, difference.difference).into()),
        ("low", signed(text, difference.low).into()),
        ("high", signed(text, difference.high).into()),
        ("p", text.number(difference.p_value, 4).into()),
        ("holm", text.number(pair.p_holm, 4).into()),
    ];
    IntervalRow {
        label: format!("{a} − {b}"),
        mean: difference.difference,
        interval: Some((difference.low, difference.high)),
        figure: signed(text, difference.difference),
        tip: text.tr_with("compare-pair", &words),
        color: match pair.verdict {
            Verdict::Better => theme.good,
            Verdict::Worse => theme.bad,
            Verdict::Undecided => theme.weak_text,
        },
    }
}

fn pairs_table(text: &Text, comparison: &RunComparison) -> Table {
    let columns = [
        "evaluation-col-metric",
        "compare-col-a",
        "compare-col-b",
        "evaluation-col-difference",
        "evaluation-col-low",
        "evaluation-col-high",
        "evaluation-col-p",
        "evaluation-col-holm",
    ];
    let row = |pair: &PairComparison| {
        let one = pair.difference;
        let name = |at: usize| comparison.runs[at].name.clone();
        let figures = [one.difference, one.low, one.high, one.p_value, pair.p_holm];
        [pair.metric.clone(), name(pair.a), name(pair.b)]
            .into_iter()
            .chain(figures.map(|figure| format!("{figure:.5}")))
            .collect()
    };
    Table::from_rows(
        columns.map(|key| text.tr(key).to_owned()).to_vec(),
        comparison.comparison.pairs.iter().map(row).collect(),
    )
}

fn figures_table(text: &Text, comparison: &RunComparison) -> Table {
    let mut columns = vec![text.tr("evaluation-col-metric").to_owned()];
    columns.extend(comparison.runs.iter().map(|run| run.name.clone()));
    let row = |metric: Metric| {
        let cells = comparison.runs.iter().map(|run| {
            run.report.get(metric).map_or_else(String::new, |one| format!("{:.5}", one.mean))
        });
        std::iter::once(metric.to_string()).chain(cells).collect()
    };
    Table::from_rows(columns, metrics(comparison).map(row).collect())
}
