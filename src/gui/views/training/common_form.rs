//! What every training asks for: device, seed, name.

use std::sync::Arc;

use egui::{ComboBox, DragValue, TextEdit, Ui};

use super::rate::RatePanel;
use crate::gui::shell::device_key;
use crate::gui::theme::SPACE_XS;
use crate::gui::view::ViewContext;
use crate::gui::views::common::field;
use crate::gui::widgets::{callout, primary_button};
use crate::model::bert::device::DeviceChoice;
use crate::model::bert::rate_finder::RateSweep;
use crate::runs::Work;
use crate::workbench::{Command, Severity, TextTrainingRequest};

/// Why nothing can be started.
pub(super) enum Lack {
    /// What is learned from has not been chosen.
    Columns,
    /// A setting that cannot be worked with, and why.
    Setting(String),
}

/// What was filled in so far.
#[derive(Default)]
pub(super) struct CommonForm {
    pub name: String,
    pub seed: u64,
    /// `None` follows the window's device.
    device: Option<DeviceChoice>,
}

impl CommonForm {
    /// Nothing filled in but a seed.
    pub fn with_seed(seed: u64) -> Self {
        Self { seed, ..Self::default() }
    }

    /// The device that was chosen.
    pub fn device(&self, cx: &ViewContext<'_>) -> DeviceChoice {
        self.device.unwrap_or(cx.state.settings.device)
    }

    /// A training on texts with what was filled in here.
    pub fn request(&self, cx: &ViewContext<'_>, work: Work) -> TextTrainingRequest {
        TextTrainingRequest {
            name: self.name.trim().to_owned(),
            work,
            seed: self.seed,
            device: self.device(cx),
        }
    }

    /// The button that starts a training on texts, and what is lacking; `lacks` is the key of what to choose.
    pub fn start_ui(
        &self,
        ui: &mut Ui,
        cx: &mut ViewContext<'_>,
        work: Result<Work, Lack>,
        lacks: &'static str,
    ) {
        let label = cx.tr("training-start");
        let pressed =
            ui.add_enabled_ui(work.is_ok(), |ui| primary_button(ui, cx.theme, label)).inner;
        match work {
            Ok(work) if pressed.clicked() => {
                cx.send(Command::StartTextTraining(self.request(cx, work)));
            }
            Ok(_) => {}
            Err(Lack::Columns) => drop(ui.label(cx.theme.small(cx.tr(lacks)))),
            Err(Lack::Setting(problem)) => callout(ui, cx.theme, Severity::Error, &problem),
        }
    }

    /// The button that finds a learning rate for a training on texts, and what it found; a rate that is to be
    /// used comes back.
    pub fn rate_ui(
        &self,
        ui: &mut Ui,
        cx: &mut ViewContext<'_>,
        rate: &mut RatePanel,
        (model, work): (&'static str, Option<Work>),
    ) -> Option<Arc<RateSweep>> {
        let command = work.map(|work| Command::FindTextRate(self.request(cx, work)));
        rate.ui(ui, cx, model, command)
    }

    /// The fields; a model that is not neural has no choice of device.
    pub fn ui(&mut self, ui: &mut Ui, cx: &ViewContext<'_>, is_neural: bool) {
        ui.horizontal_top(|ui| {
            let label = cx.tr("training-device");
            field(ui, cx.theme, label, |ui| {
                let shown = self.device(cx);
                ui.add_enabled_ui(is_neural, |ui| {
                    let combo = ComboBox::from_id_salt("device")
                        .width(130.0)
                        .selected_text(cx.text.tr(device_key(shown)))
                        .show_ui(ui, |ui| {
                            for choice in DeviceChoice::OFFERED {
                                let words = cx.text.tr(device_key(choice));
                                ui.selectable_value(&mut self.device, Some(choice), words);
                            }
                        });
                    combo.response.accessible_name(label);
                });
            });
            ui.add_space(SPACE_XS);
            let label = cx.tr("training-seed");
            field(ui, cx.theme, label, |ui| {
                ui.add(DragValue::new(&mut self.seed).speed(1.0)).accessible_name(label)
            });
        });
        let label = cx.tr("training-name");
        field(ui, cx.theme, label, |ui| {
            let edit = TextEdit::singleline(&mut self.name)
                .hint_text(cx.tr("training-name-hint").to_owned());
            ui.add(edit.desired_width(ui.available_width())).accessible_name(label)
        });
    }
}
