//! How the training goes, or how it went.

use std::sync::Arc;

use egui::Ui;
use egui_plot::PlotPoint;

use super::text_table::text_table;
use crate::gui::theme::{SPACE_S, SPACE_XL};
use crate::gui::view::ViewContext;
use crate::gui::views::{common, run_words};
use crate::gui::widgets::{
    ChartAxis, FigureSpec, LineChart, Series, Table, bucketed, callout, figure, progress_bar_row,
    section_with, segmented,
};
use crate::ids::RunId;
use crate::model::{EpochReport, StepReport};
use crate::runs::Run;
use crate::workbench::{Command, Severity, Training, TrainingLog, TrainingSnapshot};

const CHART_HEIGHT: f32 = 190.0;
const BUCKETS: usize = 300;

/// What the charts show, made anew only when the log has grown.
#[derive(Default)]
pub(super) struct LivePanel {
    key: Option<(usize, u64)>,
    snapshot: TrainingSnapshot,
    /// Which quantity is drawn over the steps.
    shown: Quantity,
    points: Vec<PlotPoint>,
    curves: Curves,
}

/// What can be drawn over the steps.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
enum Quantity {
    #[default]
    Loss,
    LearningRate,
    GradientNorm,
    Rate,
    Memory,
}

impl Quantity {
    const ALL: [(Self, &'static str); 5] = [
        (Self::Loss, "training-loss"),
        (Self::LearningRate, "training-learning-rate"),
        (Self::GradientNorm, "training-gradient"),
        (Self::Rate, "training-rate-short"),
        (Self::Memory, "training-memory"),
    ];

    /// The quantity over the steps; memory in GiB.
    fn points(self, snapshot: &TrainingSnapshot) -> Vec<PlotPoint> {
        let over = |value: fn(&StepReport) -> f64| {
            let steps = snapshot.steps.iter();
            steps.map(|step| PlotPoint::new(step.step as f64, value(step))).collect()
        };
        match self {
            Self::Loss => over(|step| f64::from(step.loss)),
            Self::LearningRate => over(|step| step.learning_rate * 1e6),
            Self::GradientNorm => over(|step| f64::from(step.gradient_norm)),
            Self::Rate => over(|step| f64::from(step.examples_per_sec)),
            Self::Memory => {
                let gib = |bytes: u64| bytes as f64 / f64::from(1 << 30);
                let memory = snapshot.memory.iter();
                memory.map(|&(step, bytes)| PlotPoint::new(step as f64, gib(bytes))).collect()
            }
        }
    }
}

/// Validation curves over epochs.
#[derive(Default)]
struct Curves {
    n_epochs: usize,
    run: Option<RunId>,
    train: Vec<PlotPoint>,
    validation_loss: Vec<PlotPoint>,
    metric: Vec<PlotPoint>,
}

impl LivePanel {
    pub(super) fn ui(&mut self, ui: &mut Ui, cx: &mut ViewContext<'_>, run: &RunId) {
        let state = cx.state;
        let training = state.training.as_ref().filter(|training| training.run == *run);
        let mut runs = state.runs.iter().chain(&state.text_runs);
        let stored = runs.find(|known| known.id == *run);
        match training {
            Some(training) => self.follow(&training.log),
            None => self.key = None,
        }
        if let Some(training) = training {
            self.progress_ui(ui, cx, training, stored);
        }
        let live = self.snapshot.epochs.as_slice();
        let epochs = match (training, stored) {
            (Some(_), _) => live,
            (None, Some(stored)) => stored.epochs.as_slice(),
            (None, None) => &[],
        };
        let epochs = epochs.to_vec();
        self.curves.update(run, &epochs);
        let has_steps = training.is_some() && self.snapshot.steps.len() > 1;
        if has_steps {
            self.choice_ui(ui, cx);
        }
        if epochs.len() > 1 && has_steps {
            common::split(ui, 0.5, |left, right| {
                self.steps_ui(left, cx);
                self.validation_ui(right, cx, &epochs);
            });
        } else if has_steps {
            self.steps_ui(ui, cx);
        } else if epochs.len() > 1 {
            self.validation_ui(ui, cx, &epochs);
        }
        if !epochs.is_empty() {
            epochs_ui(ui, cx, &epochs);
        }
        if let Some((epoch, samples)) = training.and(self.snapshot.samples.as_ref()) {
            super::samples::ui(ui, cx, Some(*epoch), samples);
        }
    }

    fn follow(&mut self, log: &Arc<TrainingLog>) {
        let key = (common::identity(log), log.revision());
        if self.key != Some(key) {
            self.key = Some(key);
            self.snapshot = log.snapshot();
            self.redraw();
        }
    }

    fn redraw(&mut self) {
        self.points = bucketed(&self.shown.points(&self.snapshot), BUCKETS);
    }

    fn progress_ui(
        &self,
        ui: &mut Ui,
        cx: &mut ViewContext<'_>,
        training: &Training,
        stored: Option<&Run>,
    ) {
        let name = stored.map_or_else(
            || common::model_label(cx.text, training.work.model()),
            |run| run.name.clone(),
        );
        let title = match (&training.ticket, &training.error) {
            (Some(_), _) => cx.tr_with("training-running", &[("run", name.into())]),
            (None, Some(_)) => cx.tr_with("training-failed", &[("run", name.into())]),
            (None, None) => cx.tr_with("training-ended", &[("run", name.into())]),
        };
        section_with(
            ui,
            cx.theme,
            &title,
            None,
            |_| (),
            |ui| {
                if let Some(ticket) = &training.ticket {
                    progress_bar_row(ui, cx.text, cx.theme, ticket);
                    pause_ui(ui, cx, training);
                }
                if let Some(error) = &training.error {
                    callout(ui, cx.theme, Severity::Error, error);
                }
                if let Some(latest) = self.snapshot.latest {
                    self.figures_ui(ui, cx, latest, training.ticket.is_some());
                    ui.add_space(SPACE_S);
                    super::diagnosis::ui(ui, cx, &self.snapshot.steps, &self.snapshot.epochs);
                }
            },
        );
    }

    fn figures_ui(&self, ui: &mut Ui, cx: &ViewContext<'_>, latest: StepReport, is_running: bool) {
        let text = cx.text;
        let mut figures = vec![
            (
                "training-step",
                format!("{} / {}", text.count(latest.step), text.count(latest.total_steps)),
            ),
            ("training-epoch", text.count(latest.epoch)),
            ("training-loss", text.number(f64::from(latest.loss), 3)),
            ("training-rate", text.number(f64::from(latest.examples_per_sec), 1)),
            ("training-learning-rate", format!("{:.1e}", latest.learning_rate)),
            ("training-gradient", text.number(f64::from(latest.gradient_norm), 2)),
        ];
        if let Some(left) = self.snapshot.left_secs.filter(|_| is_running) {
            figures.push(("training-left", text.secs(left)));
        }
        ui.add_space(SPACE_S);
        ui.horizontal_wrapped(|ui| {
            ui.spacing_mut().item_spacing.x = SPACE_XL;
            for (key, value) in figures {
                ui.vertical(|ui| {
                    ui.spacing_mut().item_spacing.y = 2.0;
                    ui.label(cx.theme.small(text.tr(key)));
                    ui.label(cx.theme.heading(value));
                });
            }
        });
    }

    fn choice_ui(&mut self, ui: &mut Ui, cx: &ViewContext<'_>) {
        let choices = Quantity::ALL.map(|(quantity, key)| (quantity, cx.tr(key)));
        if segmented(ui, cx.theme, cx.tr("training-quantity"), &mut self.shown, &choices) {
            self.redraw();
        }
    }

    fn steps_ui(&self, ui: &mut Ui, cx: &mut ViewContext<'_>) {
        let description = cx.tr("training-steps-description");
        let (key, decimals) = match self.shown {
            Quantity::Loss => ("training-loss-hint", 1),
            Quantity::LearningRate => ("training-learning-rate-hint", 1),
            Quantity::GradientNorm => ("training-gradient-hint", 1),
            Quantity::Rate => ("training-rate-hint", 0),
            Quantity::Memory => ("training-memory-hint", 2),
        };
        let shown = Quantity::ALL.iter().find(|(quantity, _)| *quantity == self.shown);
        let name = shown.map_or("", |(_, key)| cx.tr(key));
        let spec = FigureSpec {
            id: "loss",
            title: name,
            hint: Some(cx.tr(key)),
            description,
            file_name: "training-steps",
        };
        let columns = ["step", "loss", "learning rate", "gradient norm", "examples per second"];
        let steps = &self.snapshot.steps;
        let table = || {
            let row = |step: &StepReport| {
                vec![
                    step.step.to_string(),
                    step.loss.to_string(),
                    step.learning_rate.to_string(),
                    step.gradient_norm.to_string(),
                    step.examples_per_sec.to_string(),
                ]
            };
            let columns = columns.map(str::to_owned).to_vec();
            Table::from_rows(columns, steps.iter().map(row).collect())
        };
        let series = [Series { name, color: cx.theme.category(0), points: &self.points }];
        let (x, y) = (
            ChartAxis::Count { label: cx.tr("training-step") },
            ChartAxis::Number { label: "", decimals },
        );
        figure(ui, cx, &spec, table, |ui, cx| {
            LineChart { height: CHART_HEIGHT, x, y, series: &series }.show(
                ui,
                cx,
                "loss",
                description,
            );
        });
    }

    fn validation_ui(&self, ui: &mut Ui, cx: &mut ViewContext<'_>, epochs: &[EpochReport]) {
        let description = cx.tr("training-validation-description");
        let spec = FigureSpec {
            id: "validation",
            title: cx.tr("training-validation-curve"),
            hint: Some(cx.tr("training-validation-hint")),
            description,
            file_name: "training-validation",
        };
        let (columns, rows) = epoch_rows(cx, epochs);
        let table = || Table::from_rows(columns.clone(), rows.clone());
        let metric = run_words::metric_label(cx.text, run_words::main_metric(epochs));
        let series =
            [Series { name: &metric, color: cx.theme.category(2), points: &self.curves.metric }];
        let losses = [
            Series {
                name: cx.tr("training-loss-train"),
                color: cx.theme.category(0),
                points: &self.curves.train,
            },
            Series {
                name: cx.tr("training-loss-validation"),
                color: cx.theme.category(1),
                points: &self.curves.validation_loss,
            },
        ];
        let shown: &[Series<'_>] = if self.curves.metric.is_empty() { &losses } else { &series };
        let (x, y) = (
            ChartAxis::Count { label: cx.tr("training-epoch") },
            ChartAxis::Number { label: "", decimals: 3 },
        );
        figure(ui, cx, &spec, table, |ui, cx| {
            LineChart { height: CHART_HEIGHT, x, y, series: shown }.show(
                ui,
                cx,
                "validation",
                description,
            );
        });
    }
}

impl Curves {
    fn update(&mut self, run: &RunId, epochs: &[EpochReport]) {
        if self.run.as_ref() == Some(run) && self.n_epochs == epochs.len() {
            return;
        }
        self.run = Some(run.clone());
        self.n_epochs = epochs.len();
        self.train = curve(epochs, |epoch| epoch.train_loss);
        self.validation_loss = curve(epochs, |epoch| epoch.validation.get("loss").copied());
        let main = run_words::main_metric(epochs);
        self.metric = curve(epochs, |epoch| epoch.validation.get(main).copied());
    }
}

fn curve(epochs: &[EpochReport], value: impl Fn(&EpochReport) -> Option<f32>) -> Vec<PlotPoint> {
    let point = |epoch: &EpochReport| {
        Some(PlotPoint::new(f64::from(epoch.epoch), f64::from(value(epoch)?)))
    };
    epochs.iter().filter_map(point).collect()
}

/// Pause and go on, for a training that can wait between its steps.
fn pause_ui(ui: &mut Ui, cx: &mut ViewContext<'_>, training: &Training) {
    let Some(ticket) = training.ticket.as_ref().filter(|_| training.work.is_neural()) else {
        return;
    };
    let is_paused = ticket.is_paused();
    let label = cx.tr(if is_paused { "training-continue" } else { "training-pause" });
    if ui.add_enabled(!ticket.is_cancelling(), egui::Button::new(label)).clicked() {
        cx.send(Command::PauseTraining(!is_paused));
    }
    if is_paused {
        ui.add(egui::Label::new(cx.theme.small(cx.tr("training-paused"))).wrap());
    }
}

/// Column names and cells of the epoch table; a dot marks the best epoch.
fn epoch_rows(cx: &ViewContext<'_>, epochs: &[EpochReport]) -> (Vec<String>, Vec<Vec<String>>) {
    let text = cx.text;
    let mut metrics: Vec<&String> =
        epochs.iter().flat_map(|epoch| epoch.validation.keys()).collect();
    metrics.sort_unstable();
    metrics.dedup();
    // Both losses side by side, then what they are meant to buy.
    metrics.sort_by_key(|name| *name != "loss");
    let best = epochs.iter().rposition(|epoch| epoch.is_best);
    let mut columns: Vec<String> = ["training-epoch", "training-loss-train"]
        .into_iter()
        .map(|key| text.tr(key).to_owned())
        .collect();
    columns.extend(metrics.iter().map(|name| match name.as_str() {
        "loss" => text.tr("training-loss-validation").to_owned(),
        other => run_words::metric_label(text, other),
    }));
    columns.push(text.tr("training-epoch-time").to_owned());
    let row = |(position, epoch): (usize, &EpochReport)| {
        let number = |value: Option<&f32>| {
            value.map_or_else(|| "–".to_owned(), |&value| text.number(f64::from(value), 4))
        };
        // An epoch is noted as the best when it ends; a later one may have beaten it since.
        let dot = if best == Some(position) { "● " } else { "" };
        let mut cells = vec![format!("{dot}{}", epoch.epoch), number(epoch.train_loss.as_ref())];
        cells.extend(metrics.iter().map(|name| number(epoch.validation.get(*name))));
        cells.push(text.secs(f64::from(epoch.secs)));
        cells
    };
    (columns, epochs.iter().enumerate().map(row).collect())
}

fn epochs_ui(ui: &mut Ui, cx: &ViewContext<'_>, epochs: &[EpochReport]) {
    let (columns, rows) = epoch_rows(cx, epochs);
    section_with(
        ui,
        cx.theme,
        cx.tr("training-epochs"),
        Some(cx.tr("training-epochs-hint")),
        |_| (),
        |ui| {
            text_table(ui, cx.theme, "epochs", &columns, &rows, 0);
        },
    );
}
