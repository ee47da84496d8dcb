//! What came of a training on pairs.

use egui::Ui;

use super::text_result::{estimate, model_words, verdict_ui};
use super::text_table::text_table;
use crate::eval::pairs::PairReport;
use crate::eval::text::PairedTest;
use crate::gui::theme::SPACE_S;
use crate::gui::view::ViewContext;
use crate::gui::views::run_words::metric_label;
use crate::gui::widgets::section_with;
use crate::runs::{PairResult, Run};

/// What verdicts are about.
const MAIN: &str = "ndcg@10";

/// Figures of all searches, and whether the encoder beats the others.
pub(super) fn ui(ui: &mut Ui, cx: &ViewContext<'_>, run: &Run, result: &PairResult) {
    let report = &result.report;
    let counts = cx.tr_with(
        "pairs-result-counts",
        &[
            ("train", report.train.into()),
            ("queries", report.queries.into()),
            ("collection", report.collection.into()),
        ],
    );
    section_with(
        ui,
        cx.theme,
        cx.tr("result-title"),
        Some(&counts),
        |_| (),
        |ui| {
            for paired in &report.paired {
                paired_ui(ui, cx, paired);
            }
            ui.add_space(SPACE_S);
            table_ui(ui, cx, report);
            ui.add_space(SPACE_S);
            let words = cx.tr_with(
                "pairs-result-hint",
                &[
                    ("lefts", report.leaks.lefts_in_training.into()),
                    ("rights", report.leaks.rights_in_training.into()),
                    ("test", report.test.into()),
                    ("run", run.name.as_str().into()),
                ],
            );
            ui.add(egui::Label::new(cx.theme.small(&words)).wrap());
        },
    );
}

fn paired_ui(ui: &mut Ui, cx: &ViewContext<'_>, paired: &PairedTest) {
    let Some(difference) = paired.differences.get(MAIN) else { return };
    let p_value = paired.p_value.unwrap_or(1.0);
    verdict_ui(ui, cx, MAIN, &paired.against, difference, p_value);
}

fn table_ui(ui: &mut Ui, cx: &ViewContext<'_>, report: &PairReport) {
    let Some(first) = report.models.first() else { return };
    let metrics: Vec<&String> = first.metrics.keys().collect();
    let mut titles = vec![cx.tr("runs-col-model").to_owned()];
    titles.extend(metrics.iter().map(|name| metric_label(cx.text, name)));
    let rows: Vec<Vec<String>> = report
        .models
        .iter()
        .map(|figures| {
            let figure = |name: &&String| {
                figures.get(name).map_or_else(|| "–".to_owned(), |of| estimate(cx, of))
            };
            let cells = metrics.iter().map(figure);
            std::iter::once(model_words(cx, &figures.model)).chain(cells).collect()
        })
        .collect();
    text_table(ui, cx.theme, "pair-figures", &titles, &rows, 1);
}
