//! Which file a training on texts reads, how its rows are divided, and what recipe it follows.

use egui::{TextEdit, Ui};

use crate::gui::view::ViewContext;
use crate::gui::views::common::field;
use crate::gui::widgets::{callout, progress_row, segmented};
use crate::workbench::{Command, Severity};

/// A file, typed or chosen, whose columns are looked at; `dialog` is the field that a file dialog answers.
pub(super) fn file_ui(
    ui: &mut Ui,
    cx: &mut ViewContext<'_>,
    dialog: &'static str,
    path: &mut String,
) {
    if let Some(chosen) = cx.files.take_chosen(dialog).and_then(|mut paths| paths.pop()) {
        *path = chosen.display().to_string();
        cx.send(Command::LookAtTexts(chosen));
    }
    let label = cx.tr("text-file");
    field(ui, cx.theme, label, |ui| {
        let edit = TextEdit::singleline(path)
            .hint_text(cx.tr("text-file-hint").to_owned())
            .desired_width(ui.available_width());
        let typed = ui.add(edit).accessible_name(label);
        let is_entered =
            typed.lost_focus() && ui.input(|input| input.key_pressed(egui::Key::Enter));
        if is_entered && !path.trim().is_empty() {
            cx.send(Command::LookAtTexts(path.trim().into()));
        }
    });
    if ui.button(cx.tr("text-file-choose")).clicked() {
        cx.files.choose_files(dialog, cx.text.tr("text-file-choose"), cx.text.tr("files-data"));
    }
    if let Some(ticket) = cx.state.text_columns.pending() {
        progress_row(ui, cx.text, cx.theme, ticket);
    }
    if let Some(error) = cx.state.text_columns.error() {
        callout(ui, cx.theme, Severity::Error, error);
    }
}

/// How rows are divided.
pub(super) fn split_ui(ui: &mut Ui, cx: &ViewContext<'_>, split: &mut String) {
    let label = cx.tr("text-split");
    field(ui, cx.theme, label, |ui| {
        let edit = TextEdit::singleline(split).desired_width(ui.available_width());
        ui.add(edit).accessible_name(label).on_hover_text(cx.tr("text-split-hint"));
    });
}

/// One of a few recipes to start from, explained; whether another one was chosen.
pub(super) fn presets_ui<P: Copy + PartialEq, const N: usize>(
    ui: &mut Ui,
    cx: &ViewContext<'_>,
    preset: &mut P,
    all: &[(P, &'static str); N],
) -> bool {
    let choices = all.map(|(preset, key)| (preset, cx.tr(key)));
    let changed = segmented(ui, cx.theme, cx.tr("text-preset"), preset, &choices);
    if let Some((_, key)) = all.iter().find(|(known, _)| known == preset) {
        let key = format!("{key}-hint");
        ui.add(egui::Label::new(cx.theme.small(cx.text.tr(&key))).wrap());
    }
    changed
}
