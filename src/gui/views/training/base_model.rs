//! Which encoder a training starts from.

use std::path::PathBuf;

use egui::{ComboBox, TextEdit, Ui};

use super::hub_model;
use crate::gui::view::ViewContext;
use crate::gui::views::common::field;
use crate::model::bert::hub::IS_AVAILABLE;
use crate::runs::{PRETRAINING, Run, RunStatus, TEXT_PAIRS, model_folder};

/// The field that a folder dialog answers.
const FOLDER: &str = "base-model";

/// Where the encoder of a run lies.
fn folder_of(cx: &ViewContext<'_>, run: &Run) -> Option<PathBuf> {
    let shop = cx.state.shop.value()?;
    Some(model_folder(&shop.project, &run.id))
}

/// The built-in encoder, one that was pre-trained here or came from the hub, or one in a folder.
pub(super) fn ui(ui: &mut Ui, cx: &mut ViewContext<'_>, base: &mut Option<PathBuf>) {
    if let Some(folder) = cx.files.take_chosen(FOLDER).and_then(|mut paths| paths.pop()) {
        *base = Some(folder);
    }
    let runs: Vec<(&Run, PathBuf)> = cx
        .state
        .text_runs
        .iter()
        .filter(|run| matches!(run.model.as_str(), PRETRAINING | TEXT_PAIRS))
        .filter(|run| run.status == RunStatus::Finished)
        .filter_map(|run| Some((run, folder_of(cx, run)?)))
        .collect();
    let built_in = cx.tr("base-model-built-in");
    let trained = runs.iter().map(|(run, folder)| (run.name.clone(), folder.clone()));
    let downloaded = cx.state.encoders.iter();
    let downloaded = downloaded.map(|(model, folder)| (model.to_string(), folder.clone()));
    let named: Vec<(String, PathBuf)> = trained.chain(downloaded).collect();
    let known = named.iter().find(|(_, folder)| Some(folder) == base.as_ref());
    let shown = match (&base, known) {
        (None, _) => built_in,
        (Some(_), Some((name, _))) => name.as_str(),
        (Some(_), None) => cx.tr("base-model-folder"),
    };
    let label = cx.tr("setting-base-model");
    field(ui, cx.theme, label, |ui| {
        let combo = ComboBox::from_id_salt("base-model")
            .width(ui.available_width())
            .selected_text(shown)
            .show_ui(ui, |ui| {
                ui.selectable_value(base, None, built_in);
                for (name, folder) in &named {
                    ui.selectable_value(base, Some(folder.clone()), name);
                }
            });
        combo.response.accessible_name(label);
    });
    let mut typed = base.as_ref().map(|path| path.display().to_string()).unwrap_or_default();
    let edit = TextEdit::singleline(&mut typed)
        .hint_text(cx.tr("setting-base-model-hint").to_owned())
        .desired_width(ui.available_width());
    if ui.add(edit).accessible_name(cx.tr("base-model-folder")).changed() {
        *base = (!typed.trim().is_empty()).then(|| typed.trim().into());
    }
    if ui.button(cx.tr("base-model-choose")).clicked() {
        cx.files.choose_folder(FOLDER, cx.text.tr("base-model-choose"));
    }
    if IS_AVAILABLE {
        hub_model::ui(ui, cx, base);
    }
}
