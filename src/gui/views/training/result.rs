//! What came of a run, against the simplest rule.

use egui::Ui;

use crate::dataset::split::Phase;
use crate::eval::{CaseLimit, Estimate, PairedDifference};
use crate::gui::theme::SPACE_S;
use crate::gui::view::{ViewContext, ViewId};
use crate::gui::views::evaluation::cases_words;
use crate::gui::views::{common, run_words};
use crate::gui::widgets::{Bar, bar_list, callout, primary_button, progress_row, section_with};
use crate::ids::RunId;
use crate::runs::RunStatus;
use crate::workbench::{Command, EvaluationRequest, EvaluationTable, Severity};

/// List lengths to judge at, as after a training.
const KS: [usize; 3] = [5, 10, 20];

/// The verdict on a finished run, and where to go from it.
pub(super) fn show(ui: &mut Ui, cx: &mut ViewContext<'_>, run: &RunId) {
    let state = cx.state;
    let is_finished =
        state.runs.iter().any(|known| known.id == *run && known.status == RunStatus::Finished);
    if !is_finished {
        return;
    }
    let table = state.evaluation.value().filter(|table| table.run == *run);
    section_with(
        ui,
        cx.theme,
        cx.tr("result-title"),
        None,
        |_| (),
        |ui| {
            match table {
                Some(table) => verdict_ui(ui, cx, table),
                None => unjudged_ui(ui, cx, run),
            }
            ui.add_space(SPACE_S);
            ui.horizontal(|ui| {
                if primary_button(ui, cx.theme, cx.tr("result-recommendations")).clicked() {
                    cx.send(Command::SelectRun(Some(run.clone())));
                    cx.go(ViewId::Recommendations);
                }
                if ui.button(cx.tr("result-evaluation")).clicked() {
                    cx.send(Command::SelectRun(Some(run.clone())));
                    cx.go(ViewId::Evaluation);
                }
            });
        },
    );
}

/// A run of an earlier session has its report in the project, but not its comparison in memory.
fn unjudged_ui(ui: &mut Ui, cx: &mut ViewContext<'_>, run: &RunId) {
    if let Some(ticket) = cx.state.evaluation.pending() {
        progress_row(ui, cx.text, cx.theme, ticket);
        return;
    }
    ui.label(cx.theme.weak(cx.tr("result-not-judged")));
    if ui.button(cx.tr("result-judge")).clicked() {
        let request = EvaluationRequest {
            run: run.clone(),
            ks: KS.to_vec(),
            phase: Phase::Test,
            mask_seen: true,
            cases: CaseLimit::Auto,
        };
        cx.send(Command::Evaluate(request));
    }
}

fn verdict_ui(ui: &mut Ui, cx: &ViewContext<'_>, table: &EvaluationTable) {
    for (&model, difference) in &table.differences {
        let (severity, key) = match verdict(difference) {
            Verdict::Better => (Severity::Info, "result-better"),
            Verdict::Worse => (Severity::Error, "result-worse"),
            Verdict::Undecided => (Severity::Warning, "result-undecided"),
        };
        let baseline = common::model_label(cx.text, model);
        let words = cx.tr_with(
            key,
            &[
                ("baseline", baseline.into()),
                ("metric", run_words::metric_label(cx.text, &table.metric).into()),
                ("difference", signed(cx, difference.difference).into()),
                ("low", signed(cx, difference.low).into()),
                ("high", signed(cx, difference.high).into()),
            ],
        );
        callout(ui, cx.theme, severity, &words);
    }
    let estimate = |metrics: &std::collections::BTreeMap<String, Estimate>| {
        metrics.get(&table.metric).copied()
    };
    let bars: Vec<Bar> = table
        .rows
        .iter()
        .filter_map(|row| Some((row, estimate(&row.report.metrics)?)))
        .map(|(row, estimate)| Bar {
            label: if row.run.is_some() {
                row.label.clone()
            } else {
                common::model_label(cx.text, row.model)
            },
            value: estimate.mean,
            text: estimate_words(cx, estimate),
            color: Some(if row.run.is_some() { cx.theme.accent } else { cx.theme.category(7) }),
            marker: None,
        })
        .collect();
    ui.add_space(SPACE_S);
    let protocol = table.rows.first().map(|row| &row.report.protocol);
    let cases = protocol.map_or_else(String::new, |protocol| cases_words(cx.text, protocol));
    let title = cx.tr_with(
        "result-bars",
        &[
            ("metric", run_words::metric_label(cx.text, &table.metric).into()),
            ("cases", cases.into()),
        ],
    );
    ui.label(cx.theme.small(title));
    bar_list(ui, cx.theme, &bars, None);
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Verdict {
    Better,
    Worse,
    Undecided,
}

/// Better or worse only where the whole interval says so.
fn verdict(difference: &PairedDifference) -> Verdict {
    if difference.low > 0.0 {
        Verdict::Better
    } else if difference.high < 0.0 {
        Verdict::Worse
    } else {
        Verdict::Undecided
    }
}

fn signed(cx: &ViewContext<'_>, value: f64) -> String {
    let number = cx.text.number(value, 4);
    if value > 0.0 { format!("+{number}") } else { number }
}

fn estimate_words(cx: &ViewContext<'_>, estimate: Estimate) -> String {
    let number = |value| cx.text.number(value, 4);
    match (estimate.low, estimate.high) {
        (Some(low), Some(high)) => {
            format!("{} [{}, {}]", number(estimate.mean), number(low), number(high))
        }
        _ => number(estimate.mean),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_interval_that_holds_zero_decides_nothing() {
        let difference = |low, high| PairedDifference { difference: 0.0, low, high, p_value: 0.5 };
        assert_eq!(verdict(&difference(0.01, 0.02)), Verdict::Better);
        assert_eq!(verdict(&difference(-0.02, -0.01)), Verdict::Worse);
        assert_eq!(verdict(&difference(-0.01, 0.01)), Verdict::Undecided);
    }
}
