//! What came of a text task, a training on pairs or a pre-training.

use egui::{TextEdit, Ui};

use super::label_table;
use super::pair_search::PairSearch;
use super::text_table::text_table;
use crate::eval::Estimate;
use crate::eval::text::{Difference, PairedTest, RobustnessReport, TextTaskReport};
use crate::gui::theme::SPACE_S;
use crate::gui::view::ViewContext;
use crate::gui::views::run_words::metric_label;
use crate::gui::widgets::{
    AsyncAction, Bar, async_frame, bar_list, callout, primary_button, progress_row, section,
    section_with,
};
use crate::ids::RunId;
use crate::model::bert::pretrain::PretrainResult;
use crate::model::bert::tasks::{Outputs, TextInput};
use crate::runs::{Run, RunStatus, TextOutcome, TextResult};
use crate::workbench::{Command, RunResult, Severity, TellRequest, ToldText};

/// Below this p-value a difference is called one.
const SIGNIFICANT: f64 = 0.05;

/// The result panel with the text or search that is being tried.
#[derive(Default)]
pub(super) struct TextResultPanel {
    tried: String,
    second: String,
    search: PairSearch,
    /// The run whose result was asked for.
    asked: Option<RunId>,
}

impl TextResultPanel {
    /// What came of a finished run.
    pub(super) fn ui(&mut self, ui: &mut Ui, cx: &mut ViewContext<'_>, run: &Run) {
        if run.status != RunStatus::Finished {
            return;
        }
        let state = cx.state;
        let result = state.result.value().filter(|result| result.run == run.id);
        let Some(result) = result else {
            // A shop that was closed took its result with it.
            if self.asked.as_ref() != Some(&run.id) || state.result.is_idle() {
                self.asked = Some(run.id.clone());
                cx.send(Command::ReadResult(run.id.clone()));
            }
            section(ui, cx.theme, cx.tr("result-title"), |ui| {
                let action = async_frame(ui, cx, &state.result, |_, _| {}, |_, _, _| {});
                if action == AsyncAction::Retry {
                    self.asked = None;
                }
            });
            return;
        };
        self.asked = Some(run.id.clone());
        match &result.outcome {
            TextOutcome::Task(task) => {
                figures_ui(ui, cx, task);
                self.try_ui(ui, cx, result, task);
            }
            TextOutcome::Pairs(pairs) => {
                super::pair_result::ui(ui, cx, run, pairs);
                self.search.ui(ui, cx, &run.id, pairs);
            }
            TextOutcome::Pretraining(pretraining) => pretrained_ui(ui, cx, run, pretraining),
        }
    }

    fn try_ui(
        &mut self,
        ui: &mut Ui,
        cx: &mut ViewContext<'_>,
        result: &RunResult,
        task: &TextResult,
    ) {
        section(ui, cx.theme, cx.tr("text-try"), |ui| {
            let edit = TextEdit::multiline(&mut self.tried)
                .desired_rows(2)
                .desired_width(f32::INFINITY)
                .hint_text(cx.tr("text-try-hint").to_owned());
            ui.add(edit).accessible_name(cx.tr("text-try"));
            let is_pair = task.source.second.is_some();
            if is_pair {
                let edit = TextEdit::singleline(&mut self.second)
                    .desired_width(f32::INFINITY)
                    .hint_text(cx.tr("text-second").to_owned());
                ui.add(edit).accessible_name(cx.tr("text-second"));
            }
            let is_ready =
                !self.tried.trim().is_empty() && (!is_pair || !self.second.trim().is_empty());
            ui.add_enabled_ui(is_ready, |ui| {
                if primary_button(ui, cx.theme, cx.tr("text-try-button")).clicked() {
                    cx.send(Command::TellText(TellRequest {
                        run: result.run.clone(),
                        input: TextInput {
                            text: self.tried.trim().to_owned(),
                            second: is_pair.then(|| self.second.trim().to_owned()),
                        },
                    }));
                }
            });
            told_ui(ui, cx, &result.run);
        });
    }
}

fn told_ui(ui: &mut Ui, cx: &ViewContext<'_>, run: &RunId) {
    let told = &cx.state.told;
    if let Some(ticket) = told.pending() {
        progress_row(ui, cx.text, cx.theme, ticket);
    }
    if let Some(error) = told.error() {
        callout(ui, cx.theme, Severity::Error, error);
    }
    let Some(told) = told.value().filter(|told| told.request.run == *run) else { return };
    ui.add_space(SPACE_S);
    guesses_ui(ui, cx, told);
}

fn guesses_ui(ui: &mut Ui, cx: &ViewContext<'_>, told: &ToldText) {
    let bar = |(label, chance): &(String, Option<f32>)| Bar {
        label: label.clone(),
        value: f64::from(chance.unwrap_or_default()),
        text: chance.map_or_else(String::new, |chance| {
            format!("{} %", cx.text.number(f64::from(chance) * 100.0, 1))
        }),
        color: None,
        marker: None,
    };
    match told.guesses.as_slice() {
        [(rating, None)] => drop(ui.label(cx.theme.heading(rating))),
        guesses => {
            bar_list(ui, cx.theme, &guesses.iter().map(bar).collect::<Vec<_>>(), None);
        }
    }
}

fn figures_ui(ui: &mut Ui, cx: &ViewContext<'_>, task: &TextResult) {
    let report = &task.report;
    let main = match report.outputs {
        Outputs::Classes { .. } => "accuracy",
        Outputs::Labels { .. } => "subset_accuracy",
        Outputs::Rating => "rmse",
    };
    let counts = cx.tr_with(
        "text-result-counts",
        &[
            ("train", report.train.into()),
            ("validation", report.validation.into()),
            ("test", report.test.into()),
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
                paired_ui(ui, cx, main, paired);
            }
            ui.add_space(SPACE_S);
            table_ui(ui, cx, report);
        },
    );
    label_table::ui(ui, cx, report);
    if !report.robustness.is_empty() {
        robustness_ui(ui, cx, main, &report.robustness);
    }
}

/// Whether the encoder beats a simple model, in a sentence.
fn paired_ui(ui: &mut Ui, cx: &ViewContext<'_>, main: &str, paired: &PairedTest) {
    let Some(difference) = paired.differences.get(main) else { return };
    let p_value = paired.mcnemar.map(|test| test.p_value).or(paired.p_value).unwrap_or(1.0);
    verdict_ui(ui, cx, main, &paired.against, difference, p_value);
}

/// Whether a model is better than another one by a figure, in a sentence.
pub(super) fn verdict_ui(
    ui: &mut Ui,
    cx: &ViewContext<'_>,
    main: &str,
    against: &str,
    difference: &Difference,
    p_value: f64,
) {
    // Of an error less is better.
    let sign = if main == "rmse" { -1.0 } else { 1.0 };
    let (severity, key) = match sign * difference.difference {
        gain if p_value < SIGNIFICANT && gain > 0.0 => (Severity::Info, "text-result-better"),
        gain if p_value < SIGNIFICANT && gain < 0.0 => (Severity::Error, "text-result-worse"),
        _ => (Severity::Warning, "text-result-undecided"),
    };
    let number = |value: f64| cx.text.number(value, 4);
    let words = cx.tr_with(
        key,
        &[
            ("model", model_words(cx, against).into()),
            ("metric", metric_label(cx.text, main).into()),
            ("difference", number(difference.difference).into()),
            ("low", number(difference.low).into()),
            ("high", number(difference.high).into()),
            ("p", number(p_value).into()),
        ],
    );
    callout(ui, cx.theme, severity, &words);
}

pub(super) fn model_words(cx: &ViewContext<'_>, name: &str) -> String {
    let key = format!("text-model-{name}");
    if cx.text.has(&key) { cx.text.tr_with(&key, &[]) } else { name.to_owned() }
}

fn table_ui(ui: &mut Ui, cx: &ViewContext<'_>, report: &TextTaskReport) {
    let Some(first) = report.models.first() else { return };
    let metrics: Vec<&String> = first.figures.metrics.keys().collect();
    let mut titles = vec![cx.tr("runs-col-model").to_owned()];
    titles.extend(metrics.iter().map(|name| metric_label(cx.text, name)));
    let rows: Vec<Vec<String>> = report
        .models
        .iter()
        .map(|judged| {
            let mut cells = vec![model_words(cx, &judged.model)];
            let figure = |name: &&String| {
                judged.figures.get(name).map_or_else(|| "–".to_owned(), |of| estimate(cx, of))
            };
            cells.extend(metrics.iter().map(figure));
            cells
        })
        .collect();
    text_table(ui, cx.theme, "text-figures", &titles, &rows, 1);
}

/// A figure with its interval. Two decimals of the ends tell what three would, in a narrow table.
pub(super) fn estimate(cx: &ViewContext<'_>, estimate: Estimate) -> String {
    let mean = cx.text.number(estimate.mean, 3);
    match (estimate.low, estimate.high) {
        (Some(low), Some(high)) => {
            let end = |value| cx.text.number(value, 2);
            format!("{mean} [{}, {}]", end(low), end(high))
        }
        _ => mean,
    }
}

fn robustness_ui(ui: &mut Ui, cx: &ViewContext<'_>, main: &str, reports: &[RobustnessReport]) {
    let mut titles = vec![cx.tr("text-disturbance").to_owned()];
    titles.extend(reports.iter().map(|report| model_words(cx, &report.model)));
    let rows: Vec<Vec<String>> = reports[0]
        .rows
        .iter()
        .enumerate()
        .map(|(place, row)| {
            let key = match row.disturbance {
                None => "disturbance-none".to_owned(),
                Some(kind) => format!("disturbance-{}", kind.name()),
            };
            let mut cells = vec![cx.text.tr(&key).to_owned()];
            cells.extend(reports.iter().map(|report| {
                let figure = report.rows.get(place).and_then(|row| row.metrics.get(main));
                figure.map_or_else(|| "–".to_owned(), |figure| estimate(cx, *figure))
            }));
            cells
        })
        .collect();
    let hint = metric_label(cx.text, main);
    section_with(
        ui,
        cx.theme,
        cx.tr("text-robustness-title"),
        Some(&hint),
        |_| (),
        |ui| {
            text_table(ui, cx.theme, "robustness", &titles, &rows, 1);
        },
    );
}

fn pretrained_ui(ui: &mut Ui, cx: &ViewContext<'_>, run: &Run, result: &PretrainResult) {
    section(ui, cx.theme, cx.tr("result-title"), |ui| {
        let words = cx.tr_with(
            "pretrain-result",
            &[
                ("documents", result.documents.into()),
                ("examples", result.examples.into()),
                ("steps", result.steps.into()),
                ("epoch", result.best_epoch.into()),
                ("run", run.name.as_str().into()),
            ],
        );
        ui.add(egui::Label::new(words).wrap());
    });
    super::samples::ui(ui, cx, None, &result.fills);
}
