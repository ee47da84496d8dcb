//! The forest plot of differences, and the accuracy metrics of all models at one k.

use std::sync::Arc;

use egui::{Sense, Ui, vec2};

use super::intervals::{IntervalRow, intervals_ui};
use super::protocol::titled;
use super::verdict::{Told, signed};
use crate::eval::{Estimate, Metric, MetricKind, Verdict};
use crate::gui::text::Text;
use crate::gui::theme::{SPACE_M, SPACE_S, SPACE_XS, Theme};
use crate::gui::view::ViewContext;
use crate::gui::views::{common, run_words};
use crate::gui::widgets::{self, FigureSpec, Table};
use crate::workbench::{EvaluatedModel, EvaluationTable};

/// What a row is called: the run's name or the baseline's.
pub fn model_name(text: &Text, row: &EvaluatedModel) -> String {
    if row.run.is_some() { row.label.clone() } else { common::model_label(text, row.model) }
}

/// Colour of a row of the table: the run is the accent, baselines follow.
pub fn model_color(theme: &Theme, position: usize) -> egui::Color32 {
    if position == 0 { theme.accent } else { theme.category(position) }
}

/// Differences to each baseline with their intervals around 0.
pub fn differences_ui(ui: &mut Ui, cx: &mut ViewContext<'_>, told: &Told, table: &EvaluationTable) {
    let text = cx.text;
    let metric = run_words::metric_label(text, &table.metric);
    let title = text.tr_with("evaluation-differences", &[("metric", metric.into())]);
    let title = titled(text, &title, table.rows.first().map(|row| &row.report.protocol));
    let spec = FigureSpec {
        id: "differences",
        title: &title,
        hint: Some(text.tr("evaluation-differences-hint")),
        description: &title,
        file_name: "differences",
    };
    widgets::figure(
        ui,
        cx,
        &spec,
        || differences_table(text, told),
        |ui, cx| {
            let rows: Vec<IntervalRow> = told
                .duels
                .iter()
                .map(|duel| IntervalRow {
                    label: duel.baseline.clone(),
                    mean: duel.difference.difference,
                    interval: Some((duel.difference.low, duel.difference.high)),
                    figure: signed(text, duel.difference.difference),
                    tip: duel.sentence.clone(),
                    color: match duel.verdict {
                        Verdict::Better => cx.theme.good,
                        Verdict::Worse => cx.theme.bad,
                        Verdict::Undecided => cx.theme.weak_text,
                    },
                })
                .collect();
            intervals_ui(ui, cx.theme, text, &rows, Some(0.0));
        },
    );
}

fn differences_table(text: &Text, told: &Told) -> Table {
    let columns = [
        "evaluation-col-baseline",
        "evaluation-col-difference",
        "evaluation-col-low",
        "evaluation-col-high",
        "evaluation-col-p",
        "evaluation-col-holm",
    ];
    let rows = told
        .duels
        .iter()
        .map(|duel| {
            let difference = &duel.difference;
            let figures = [
                difference.difference,
                difference.low,
                difference.high,
                difference.p_value,
                duel.corrected_p,
            ];
            std::iter::once(duel.baseline.clone())
                .chain(figures.map(|figure| format!("{figure:.5}")))
                .collect()
        })
        .collect();
    Table::from_rows(columns.map(|key| text.tr(key).to_owned()).to_vec(), rows)
}

/// One block per accuracy metric at `k`, a row per model.
pub fn metrics_ui(ui: &mut Ui, cx: &mut ViewContext<'_>, table: &Arc<EvaluationTable>, k: usize) {
    let text = cx.text;
    let title = text.tr_with("evaluation-accuracy", &[("k", k.into())]);
    let title = titled(text, &title, table.rows.first().map(|row| &row.report.protocol));
    let spec = FigureSpec {
        id: "accuracy",
        title: &title,
        hint: Some(text.tr("evaluation-accuracy-hint")),
        description: &title,
        file_name: "accuracy",
    };
    widgets::figure(
        ui,
        cx,
        &spec,
        || accuracy_table(text, table, k),
        |ui, cx| {
            legend_ui(ui, cx, table);
            for kind in [MetricKind::Ndcg, MetricKind::HitRate, MetricKind::Mrr] {
                let metric = Metric { kind, k };
                ui.add_space(SPACE_S);
                ui.label(cx.theme.small(run_words::metric_label(text, &metric.to_string())));
                let rows: Vec<IntervalRow> = estimates(table, metric)
                    .map(|(position, row, estimate)| interval_row(cx, position, row, estimate))
                    .collect();
                ui.push_id(kind.name(), |ui| intervals_ui(ui, cx.theme, text, &rows, None));
            }
        },
    );
}

fn legend_ui(ui: &mut Ui, cx: &ViewContext<'_>, table: &EvaluationTable) {
    ui.horizontal_wrapped(|ui| {
        ui.spacing_mut().item_spacing.x = SPACE_M;
        for (position, row) in table.rows.iter().enumerate() {
            // One widget per entry, so that a line breaks between entries and not within one.
            let name = cx.theme.small(model_name(cx.text, row));
            ui.horizontal(|ui| {
                ui.spacing_mut().item_spacing.x = SPACE_XS;
                let (rect, _) = ui.allocate_exact_size(vec2(10.0, 10.0), Sense::hover());
                ui.painter().rect_filled(rect, 2, model_color(cx.theme, position));
                ui.label(name);
            });
        }
    });
}

fn estimates(
    table: &EvaluationTable,
    metric: Metric,
) -> impl Iterator<Item = (usize, &EvaluatedModel, Estimate)> {
    table
        .rows
        .iter()
        .enumerate()
        .filter_map(move |(position, row)| Some((position, row, row.report.get(metric)?)))
}

fn interval_row(
    cx: &ViewContext<'_>,
    position: usize,
    row: &EvaluatedModel,
    estimate: Estimate,
) -> IntervalRow {
    IntervalRow {
        label: model_name(cx.text, row),
        mean: estimate.mean,
        interval: estimate.low.zip(estimate.high),
        figure: cx.text.number(estimate.mean, 4),
        tip: estimate_text(cx.text, estimate),
        color: model_color(cx.theme, position),
    }
}

/// A figure with its interval: `0.1234 [0.1200, 0.1270]`.
pub fn estimate_text(text: &Text, estimate: Estimate) -> String {
    let mean = text.number(estimate.mean, 4);
    match (estimate.low, estimate.high) {
        (Some(low), Some(high)) => {
            format!("{mean} [{}, {}]", text.number(low, 4), text.number(high, 4))
        }
        _ => mean,
    }
}

fn accuracy_table(text: &Text, table: &EvaluationTable, k: usize) -> Table {
    let columns = [
        "evaluation-col-metric",
        "evaluation-col-name",
        "evaluation-col-value",
        "evaluation-col-low",
        "evaluation-col-high",
    ];
    let rows = MetricKind::ACCURACY
        .into_iter()
        .flat_map(|kind| estimates(table, Metric { kind, k }).map(move |one| (kind, one)))
        .map(|(kind, (_, row, estimate))| {
            let end =
                |value: Option<f64>| value.map(|value| format!("{value:.5}")).unwrap_or_default();
            let metric = Metric { kind, k }.to_string();
            vec![
                metric,
                model_name(text, row),
                format!("{:.5}", estimate.mean),
                end(estimate.low),
                end(estimate.high),
            ]
        })
        .collect();
    Table::from_rows(columns.map(|key| text.tr(key).to_owned()).to_vec(), rows)
}
