//! A language model from the hub: its name, how far it has come, why it could not be had.

use std::path::PathBuf;

use egui::{Button, Id, TextEdit, Ui};

use crate::gui::view::ViewContext;
use crate::gui::widgets::{callout, progress_bar_row};
use crate::jobs::{JobTicket, RateMeter};
use crate::model::bert::hub::{DOWNLOADING, HubModel};
use crate::workbench::{Command, DownloadRequest, Severity};

/// What is typed; the same in every form that asks for a language model.
#[derive(Debug, Clone, Default)]
struct Typed {
    is_open: bool,
    name: String,
    /// The model that is to be taken when it comes.
    awaited: Option<HubModel>,
}

/// A button that opens a field for a name; what comes of it becomes `base`.
pub(super) fn ui(ui: &mut Ui, cx: &mut ViewContext<'_>, base: &mut Option<PathBuf>) {
    let id = Id::unique("hub-model");
    let mut typed: Typed = ui.data(|data| data.get_temp(id)).unwrap_or_default();
    if ui.button(cx.tr("hub-open")).on_hover_text(cx.tr("hub-hint")).clicked() {
        typed.is_open = !typed.is_open;
    }
    let state = cx.state;
    if let Some(ticket) = state.download.pending() {
        if progress_bar_row(ui, cx.text, cx.theme, ticket) {
            cx.send(Command::CancelDownload);
            typed.awaited = None;
        }
        if let Some(told) = bytes(cx, ticket) {
            ui.label(cx.theme.small(told));
        }
    } else {
        let found = state.download.value().filter(|_| state.download.error().is_none());
        if let Some(found) =
            found.filter(|found| typed.awaited.as_ref() == Some(&found.model.model))
        {
            *base = Some(found.folder.clone());
            (typed.awaited, typed.is_open) = (None, false);
        }
        if typed.is_open {
            name_ui(ui, cx, &mut typed);
        }
    }
    ui.data_mut(|data| data.insert_temp(id, typed));
}

fn name_ui(ui: &mut Ui, cx: &mut ViewContext<'_>, typed: &mut Typed) {
    let edit = TextEdit::singleline(&mut typed.name)
        .hint_text(cx.tr("hub-name-hint").to_owned())
        .desired_width(ui.available_width());
    ui.add(edit).accessible_name(cx.tr("hub-name"));
    let model: Option<HubModel> = typed.name.parse().ok();
    if ui.add_enabled(model.is_some(), Button::new(cx.tr("hub-download"))).clicked()
        && let Some(model) = model
    {
        typed.awaited = Some(model.clone());
        cx.send(Command::DownloadModel(DownloadRequest { model, folder: None }));
    }
    ui.add(egui::Label::new(cx.theme.small(cx.tr("hub-privacy"))).wrap());
    if let Some(error) = cx.state.download.error() {
        callout(ui, cx.theme, Severity::Error, error);
    }
}

/// How much of the model is there, once some is.
fn bytes(cx: &ViewContext<'_>, ticket: &JobTicket) -> Option<String> {
    let (progress, elapsed) = ticket.progress()?;
    let meter = RateMeter::estimate(&progress, elapsed);
    let megabytes = |bytes: f64| cx.text.number(bytes / 1e6, 1);
    (progress.stage == DOWNLOADING).then(|| {
        cx.tr_with(
            "hub-progress",
            &[
                ("done", megabytes(progress.done as f64).into()),
                ("total", megabytes(progress.total as f64).into()),
                ("rate", megabytes(meter.units_per_sec).into()),
            ],
        )
    })
}
