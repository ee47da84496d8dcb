//! All metrics at one k, models side by side.

use std::sync::Arc;

use egui::{Align, Layout, Ui, vec2};

use super::figures::{estimate_text, model_name};
use super::protocol::titled;
use crate::eval::{Estimate, Metric, MetricKind};
use crate::gui::text::Text;
use crate::gui::theme::SPACE_M;
use crate::gui::view::ViewContext;
use crate::gui::views::run_words;
use crate::gui::widgets::{self, FigureSpec, Table};
use crate::workbench::EvaluationTable;

const LABEL_WIDTH: f32 = 112.0;
const HEADER_HEIGHT: f32 = 20.0;
const LINE_HEIGHT: f32 = 36.0;

/// The table with a choice of k; the best of each metric of accuracy stands out.
pub fn metrics_ui(
    ui: &mut Ui,
    cx: &mut ViewContext<'_>,
    table: &Arc<EvaluationTable>,
    k: &mut usize,
) {
    let text = cx.text;
    let Some(own) = table.rows.first() else { return };
    let title = titled(text, text.tr("evaluation-metrics"), Some(&own.report.protocol));
    let hint = text.tr_with("evaluation-metrics-hint", &[("n", own.report.n_users.into())]);
    let spec = FigureSpec {
        id: "metrics",
        title: &title,
        hint: Some(&hint),
        description: &title,
        file_name: "metrics",
    };
    widgets::figure(
        ui,
        cx,
        &spec,
        || full_table(text, table),
        |ui, cx| {
            let ks: Vec<(usize, String)> =
                own.report.protocol.ks.iter().map(|&k| (k, format!("@{k}"))).collect();
            let choices: Vec<(usize, &str)> =
                ks.iter().map(|(k, label)| (*k, label.as_str())).collect();
            widgets::segmented(ui, cx.theme, text.tr("evaluation-ks"), k, &choices);
            ui.add_space(SPACE_M);
            header_ui(ui, cx, table);
            for kind in MetricKind::ALL {
                row_ui(ui, cx, table, Metric::new(kind, *k));
            }
        },
    );
}

fn header_ui(ui: &mut Ui, cx: &ViewContext<'_>, table: &EvaluationTable) {
    let label = |ui: &mut Ui| {
        ui.label(cx.theme.small(cx.text.tr("evaluation-col-metric")));
    };
    let names: Vec<String> = table.rows.iter().map(|row| model_name(cx.text, row)).collect();
    cells_ui(ui, HEADER_HEIGHT, names.len(), label, |ui, column| {
        let name = egui::Label::new(cx.theme.small(names[column].as_str()));
        ui.add(name.truncate().halign(Align::Max));
    });
}

fn row_ui(ui: &mut Ui, cx: &ViewContext<'_>, table: &EvaluationTable, metric: Metric) {
    let estimates: Vec<Option<Estimate>> =
        table.rows.iter().map(|row| row.report.get(metric)).collect();
    if estimates.iter().all(Option::is_none) {
        return;
    }
    let best = best(metric.kind, &estimates);
    let label = |ui: &mut Ui| {
        let name = cx.theme.body(run_words::metric_label(cx.text, &metric.to_string()));
        ui.label(name).on_hover_text(cx.text.tr(metric_key(metric.kind)));
    };
    cells_ui(ui, LINE_HEIGHT, estimates.len(), label, |ui, column| {
        cell_ui(ui, cx, estimates[column], best == Some(column));
    });
}

/// A label and `n` cells of equal width, their numbers at the right.
#[expect(clippy::cast_precision_loss, reason = "a handful of columns")]
fn cells_ui(
    ui: &mut Ui,
    height: f32,
    n: usize,
    label: impl FnOnce(&mut Ui),
    mut cell: impl FnMut(&mut Ui, usize),
) {
    let width = ui.available_width();
    ui.horizontal(|ui| {
        ui.spacing_mut().item_spacing.x = 0.0;
        let sized = |width| vec2(width, height);
        ui.allocate_ui_with_layout(sized(LABEL_WIDTH), Layout::top_down(Align::Min), |ui| {
            ui.set_min_size(sized(LABEL_WIDTH));
            label(ui);
        });
        let share = ((width - LABEL_WIDTH) / n.max(1) as f32).floor();
        for column in 0..n {
            ui.allocate_ui_with_layout(sized(share), Layout::top_down(Align::Max), |ui| {
                ui.set_min_size(sized(share));
                cell(ui, column);
            });
        }
    });
}

fn cell_ui(ui: &mut Ui, cx: &ViewContext<'_>, estimate: Option<Estimate>, is_best: bool) {
    let (text, theme) = (cx.text, cx.theme);
    let Some(estimate) = estimate else {
        ui.label(theme.weak("–"));
        return;
    };
    ui.spacing_mut().item_spacing.y = 0.0;
    let mean = theme.body(text.number(estimate.mean, 4));
    let mean = if is_best { mean.strong().underline() } else { mean };
    let response = ui.label(mean).on_hover_text(estimate_text(text, estimate));
    if is_best {
        response.on_hover_text(text.tr("evaluation-best"));
    }
    if let (Some(low), Some(high)) = (estimate.low, estimate.high) {
        ui.label(theme.small(format!("{}–{}", text.number(low, 3), text.number(high, 3))));
    }
}

/// The highest, for metrics of accuracy; what is best in coverage or novelty is for the reader to say.
fn best(kind: MetricKind, estimates: &[Option<Estimate>]) -> Option<usize> {
    if !MetricKind::ACCURACY.contains(&kind) {
        return None;
    }
    let means = estimates
        .iter()
        .enumerate()
        .filter_map(|(position, estimate)| Some((position, estimate.as_ref()?.mean)));
    means.max_by(|a, b| a.1.total_cmp(&b.1).then(b.0.cmp(&a.0))).map(|(position, _)| position)
}

/// Key of a metric's definition in the message catalogue.
const fn metric_key(kind: MetricKind) -> &'static str {
    match kind {
        MetricKind::HitRate => "evaluation-def-hit-rate",
        MetricKind::Recall => "evaluation-def-recall",
        MetricKind::Precision => "evaluation-def-precision",
        MetricKind::Ndcg => "evaluation-def-ndcg",
        MetricKind::Mrr => "evaluation-def-mrr",
        MetricKind::Map => "evaluation-def-map",
        MetricKind::Auc => "evaluation-def-auc",
        MetricKind::LogLoss => "evaluation-def-log-loss",
        MetricKind::Coverage => "evaluation-def-coverage",
        MetricKind::Novelty => "evaluation-def-novelty",
        MetricKind::Diversity => "evaluation-def-diversity",
        MetricKind::Serendipity => "evaluation-def-serendipity",
        MetricKind::Gini => "evaluation-def-gini",
    }
}

/// Every metric at every k, a column triple per model.
fn full_table(text: &Text, table: &EvaluationTable) -> Table {
    let mut columns = vec![text.tr("evaluation-col-metric").to_owned()];
    for row in &table.rows {
        let name = model_name(text, row);
        columns.extend([
            name.clone(),
            format!("{name} ({})", text.tr("evaluation-col-low")),
            format!("{name} ({})", text.tr("evaluation-col-high")),
        ]);
    }
    let metrics = table.rows.first().map_or_else(Vec::new, |row| row.report.metrics_in_order());
    let rows = metrics
        .into_iter()
        .map(|(metric, _)| {
            let figure =
                |value: Option<f64>| value.map(|value| format!("{value:.5}")).unwrap_or_default();
            let cells = table.rows.iter().flat_map(|row| {
                let estimate = row.report.get(metric);
                [
                    estimate.map(|one| one.mean),
                    estimate.and_then(|one| one.low),
                    estimate.and_then(|one| one.high),
                ]
                .map(figure)
            });
            std::iter::once(metric.to_string()).chain(cells).collect()
        })
        .collect();
    Table::from_rows(columns, rows)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_best_is_named_for_accuracy_only_and_ties_go_to_the_first() {
        let at = |mean| Some(Estimate { mean, low: None, high: None });
        assert_eq!(best(MetricKind::Ndcg, &[at(0.2), None, at(0.3)]), Some(2));
        assert_eq!(best(MetricKind::Ndcg, &[at(0.3), at(0.3)]), Some(0));
        assert_eq!(best(MetricKind::Coverage, &[at(0.2), at(0.3)]), None);
    }
}
