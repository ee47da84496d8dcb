//! Finding a learning rate before a training.

use std::sync::Arc;

use egui::Ui;
use egui_plot::PlotPoint;

use crate::gui::view::ViewContext;
use crate::gui::views::common;
use crate::gui::widgets::{
    ChartAxis, FigureSpec, LineChart, Series, Table, callout, figure, progress_row,
};
use crate::model::ModelConfig;
use crate::model::bert::rate_finder::RateSweep;
use crate::workbench::{Command, Severity, TrainingRequest};

const CHART_HEIGHT: f32 = 150.0;

/// The sweep that is shown, its points made once.
#[derive(Default)]
pub(super) struct RatePanel {
    /// The model that the last sweep was asked for, whose rates are no other's.
    swept: Option<&'static str>,
    shown: Option<usize>,
    points: Vec<PlotPoint>,
}

/// Put what was found into the settings.
const fn take_over(config: &mut ModelConfig, sweep: &RateSweep) {
    match config {
        ModelConfig::Bert(settings) => {
            settings.encoder_learning_rate = sweep.encoder_rate;
            settings.head_learning_rate = sweep.head_rate;
        }
        ModelConfig::Sasrec(settings) | ModelConfig::Bert4rec(settings) => {
            settings.learning_rate = sweep.encoder_rate;
        }
        ModelConfig::Popularity | ModelConfig::Markov(_) | ModelConfig::ItemKnn(_) => {}
    }
}

impl RatePanel {
    /// A button to start it; then its progress, its curve and what to make of it.
    pub(super) fn ui(
        &mut self,
        ui: &mut Ui,
        cx: &mut ViewContext<'_>,
        config: &mut ModelConfig,
        request: Option<TrainingRequest>,
    ) {
        if !config.is_neural() {
            return;
        }
        let state = cx.state;
        if let Some(ticket) = state.rate_sweep.pending() {
            progress_row(ui, cx.text, cx.theme, ticket);
            return;
        }
        let button = egui::Button::new(cx.tr("training-find-rate"));
        let answer = ui.add_enabled(request.is_some(), button);
        let is_clicked = answer.on_hover_text(cx.tr("training-find-rate-hint")).clicked();
        if let Some(request) = request.filter(|_| is_clicked) {
            self.swept = Some(config.name());
            cx.send(Command::FindRate(request));
        }
        if self.swept.is_some_and(|model| model != config.name()) {
            return;
        }
        if let Some(error) = state.rate_sweep.error() {
            callout(ui, cx.theme, Severity::Error, error);
        }
        let Some(sweep) = state.rate_sweep.value() else { return };
        self.curve_ui(ui, cx, sweep);
        let rate = format!("{:.1e}", sweep.encoder_rate);
        if ui.button(cx.tr_with("training-use-rate", &[("rate", rate.into())])).clicked() {
            take_over(config, sweep);
        }
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
