//! Trainings that wait for the one that runs.

use egui::Ui;

use crate::gui::view::ViewContext;
use crate::gui::views::common::model_label;
use crate::gui::widgets::{Icon, icon_button, section_with};
use crate::workbench::Command;

/// The queue; nothing while nobody waits.
pub(super) fn ui(ui: &mut Ui, cx: &mut ViewContext<'_>) {
    let state = cx.state;
    if state.queue.is_empty() {
        return;
    }
    let (title, hint) = (cx.tr("queue-title"), cx.tr("queue-hint"));
    section_with(
        ui,
        cx.theme,
        title,
        Some(hint),
        |_| (),
        |ui| {
            for (place, training) in state.queue.iter().enumerate() {
                let mut runs = state.runs.iter().chain(&state.text_runs);
                let stored = runs.find(|run| run.id == training.run);
                let name = stored.map_or("", |run| run.name.as_str());
                ui.horizontal(|ui| {
                    if icon_button(ui, cx.theme, Icon::Trash, cx.tr("queue-drop")).clicked() {
                        cx.send(Command::CancelQueued(training.run.clone()));
                    }
                    let model = model_label(cx.text, training.work.model());
                    ui.label(format!("{}. {name} · {model}", place + 1));
                });
            }
        },
    );
}
