//! Fitting models: what to fit, how it goes, and what came of it.

mod form;
mod history;
mod model_settings;
mod progress;
mod result;
mod sequence_settings;

use egui::Ui;

use crate::gui::theme::SPACE_L;
use crate::gui::view::{View, ViewContext};
use crate::gui::views::common;
use crate::gui::widgets::{Icon, empty_state, page, section};
use crate::ids::RunId;
use crate::workbench::State;
use form::Form;
use history::RunList;
use progress::LivePanel;

const FORM_WIDTH: f32 = 336.0;

/// The Training view.
#[derive(Default)]
pub struct TrainingView {
    form: Form,
    live: LivePanel,
    runs: RunList,
}

impl View for TrainingView {
    fn ui(&mut self, ui: &mut Ui, cx: &mut ViewContext<'_>) {
        let (title, hint) = (cx.tr("view-training"), cx.tr("training-hint"));
        page(
            ui,
            cx,
            title,
            Some(hint),
            |_, _| (),
            |ui, cx| {
                let Some(shop) = common::open_shop(ui, cx) else { return };
                let width = ui.available_width();
                ui.horizontal_top(|ui| {
                    ui.spacing_mut().item_spacing.x = SPACE_L;
                    ui.allocate_ui(egui::vec2(FORM_WIDTH, 0.0), |ui| {
                        ui.set_width(FORM_WIDTH);
                        ui.vertical(|ui| self.form.ui(ui, cx, shop));
                    });
                    ui.vertical(|ui| {
                        ui.set_width(width - FORM_WIDTH - SPACE_L);
                        self.outcome_ui(ui, cx);
                        self.runs.ui(ui, cx);
                    });
                });
            },
        );
    }
}

impl TrainingView {
    fn outcome_ui(&mut self, ui: &mut Ui, cx: &mut ViewContext<'_>) {
        let state = cx.state;
        let Some(shown) = shown_run(state) else {
            section(ui, cx.theme, cx.tr("training-progress"), |ui| {
                let (title, hint) = (cx.tr("training-none"), cx.tr("training-none-hint"));
                empty_state(ui, cx.theme, Icon::Curve, title, hint, None);
            });
            return;
        };
        self.live.ui(ui, cx, &shown);
        result::show(ui, cx, &shown);
    }
}

/// The run to show: the one that trains, else the one that is picked, else the one that ended last.
fn shown_run(state: &State) -> Option<RunId> {
    let training = state.training.as_ref();
    let running =
        training.filter(|training| training.ticket.is_some()).map(|training| training.run.clone());
    running
        .or_else(|| state.selection.run.clone())
        .or_else(|| training.map(|training| training.run.clone()))
}
