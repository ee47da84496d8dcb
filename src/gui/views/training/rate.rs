//! Finding a learning rate before a training.

use std::sync::Arc;

use egui::Ui;
use egui_plot::PlotPoint;

use crate::gui::view::ViewContext;
use crate::gui::views::common;
use crate::gui::widgets::{
    ChartAxis, FigureSpec, LineChart, Series, Table, callout, figure, progress_row,
};
use crate::model::bert::rate_finder::RateSweep;
use crate::workbench::{Command, Severity, State};

const CHART_HEIGHT: f32 = 150.0;

/// The sweep that is shown, its points made once.
#[derive(Default)]
pub(super) struct RatePanel {
    /// What the last sweep was asked for, whose rates are no other's.
    swept: Option<&'static str>,
    shown: Option<usize>,
    points: Vec<PlotPoint>,
}

/// Whether a training runs. It has the processor to itself, and a sweep is not one of the queue.
pub(super) fn is_training(state: &State) -> bool {
    state.training.as_ref().is_some_and(|training| training.ticket.is_some())
}

impl RatePanel {
    /// A button to start a sweep for `model` by a command, where there is enough to start it; then its progress,
    /// its curve and what to make of it. What comes back is to be put into the settings.
    pub(super) fn ui(
        &mut self,
        ui: &mut Ui,
        cx: &mut ViewContext<'_>,
        model: &'static str,
        command: Option<Command>,
    ) -> Option<Arc<RateSweep>> {
        let state = cx.state;
        if let Some(ticket) = state.rate_sweep.pending() {
            progress_row(ui, cx.text, cx.theme, ticket);
            return None;
        }
        let command = command.filter(|_| !is_training(state));
        let button = egui::Button::new(cx.tr("training-find-rate"));
        let answer = ui.add_enabled(command.is_some(), button);
        let is_clicked = answer.on_hover_text(cx.tr("training-find-rate-hint")).clicked();
        if let Some(command) = command.filter(|_| is_clicked) {
            self.swept = Some(model);
            cx.send(command);
        }
        if self.swept.is_some_and(|swept| swept != model) {
            return None;
        }
        if let Some(error) = state.rate_sweep.error() {
            callout(ui, cx.theme, Severity::Error, error);
        }
        let sweep = state.rate_sweep.value()?;
        self.curve_ui(ui, cx, sweep);
        let rate = format!("{:.1e}", sweep.encoder_rate);
        let is_wanted =
            ui.button(cx.tr_with("training-use-rate", &[("rate", rate.into())])).clicked();
        is_wanted.then(|| sweep.clone())
    }

    fn curve_ui(&mut self, ui: &mut Ui, cx: &mut ViewContext<'_>, sweep: &Arc<RateSweep>) {
        let identity = common::identity(sweep);
        if self.shown != Some(identity) {
            self.shown = Some(identity);
            let points = sweep.points.iter();
            self.points = points
                .map(|point| PlotPoint::new(point.encoder_rate.log10(), point.smoothed))
                .collect();
        }
        let description = cx.tr("training-rate-curve-description");
        let spec = FigureSpec {
            id: "rate-sweep",
            title: cx.tr("training-rate-curve"),
            hint: Some(cx.tr("training-rate-curve-hint")),
            description,
            file_name: "learning-rate",
        };
        let columns =
            [cx.tr("training-learning-rate").to_owned(), cx.tr("training-loss").to_owned()];
        let table = || {
            let rows = sweep.points.iter();
            let rows =
                rows.map(|one| vec![format!("{:e}", one.encoder_rate), one.smoothed.to_string()]);
            Table::from_rows(columns.to_vec(), rows.collect())
        };
        let series = [Series {
            name: cx.tr("training-loss"),
            color: cx.theme.category(0),
            points: &self.points,
        }];
        let x = ChartAxis::Number { label: cx.tr("training-rate-axis"), decimals: 0 };
        let y = ChartAxis::Number { label: "", decimals: 1 };
        figure(ui, cx, &spec, table, |ui, cx| {
            let chart = LineChart { height: CHART_HEIGHT, x, y, series: &series };
            chart.show(ui, cx, "rate-sweep", description);
        });
    }
}
