//! Files as they would be imported, to be corrected and confirmed.

mod draft;
mod file_card;
mod layout;
mod privacy;

use std::path::PathBuf;

use egui::{TextEdit, Ui};

use crate::gui::theme::SPACE_S;
use crate::gui::view::ViewContext;
use crate::gui::widgets::{
    async_frame, callout, card, page, primary_button, progress_row, section_with,
};
use crate::workbench::{Command, ImportProposal, Severity};
use draft::Draft;
pub(in crate::gui::views) use file_card::{field_key, format_key, reason_words};

/// The page between choosing files and importing them.
#[derive(Default)]
pub struct ImportAssistant {
    draft: Option<Draft>,
    /// Where the import under way goes; it is done when that shop is open.
    importing: Option<PathBuf>,
    /// Whether the last import from here failed; other failures to open are not of interest here.
    has_failed: bool,
}

impl ImportAssistant {
    /// Paint the page.
    pub fn ui(&mut self, ui: &mut Ui, cx: &mut ViewContext<'_>) {
        self.follow_import(cx);
        let (title, hint) = (cx.tr("import-title"), cx.tr("import-hint"));
        let mut wants_import = false;
        let problem = self.draft.as_ref().and_then(Draft::problem);
        let is_busy = cx.state.shop.pending().is_some();
        let has_draft = self.draft.is_some();
        page(
            ui,
            cx,
            title,
            Some(hint),
            |ui, cx| {
                ui.add_enabled_ui(has_draft && problem.is_none() && !is_busy, |ui| {
                    wants_import = primary_button(ui, cx.theme, cx.tr("import-start")).clicked();
                });
                if ui.button(cx.tr("import-cancel")).clicked() {
                    cx.send(Command::DismissPreview);
                }
            },
            |ui, cx| {
                status_ui(ui, cx, problem, self.has_failed);
                let state = cx.state;
                async_frame(
                    ui,
                    cx,
                    &state.proposal,
                    |_, _| (),
                    |ui, cx, proposal| self.files_ui(ui, cx, proposal),
                );
            },
        );
        if wants_import {
            self.start(cx);
        }
        if let Some((files, formats)) = self.draft.as_mut().and_then(Draft::reformatted) {
            cx.send(Command::PreviewAs { files, formats });
        }
        if cx.state.proposal.is_idle() {
            self.draft = None;
            self.has_failed = false;
        }
    }

    fn files_ui(&mut self, ui: &mut Ui, cx: &ViewContext<'_>, proposal: &ImportProposal) {
        let draft = match &mut self.draft {
            Some(draft) if draft.is_of(proposal) => {
                draft.follow(proposal);
                draft
            }
            other => other.insert(Draft::new(proposal)),
        };
        card(ui, cx.theme, |ui| target_ui(ui, cx, draft));
        let (title, hint) = (cx.tr("import-privacy"), cx.tr("import-privacy-hint"));
        section_with(
            ui,
            cx.theme,
            title,
            Some(hint),
            |_| {},
            |ui| {
                privacy::show(ui, cx, &mut draft.privacy);
            },
        );
        for (index, preview) in proposal.previews.iter().enumerate() {
            file_card::show(ui, cx, draft, index, preview);
        }
        ui.add_space(SPACE_S);
    }

    fn start(&mut self, cx: &mut ViewContext<'_>) {
        let Some(draft) = &self.draft else { return };
        let (project, request) = draft.request();
        self.importing = Some(project.clone());
        self.has_failed = false;
        cx.send(Command::Import { project, request });
    }

    /// The proposal stays until its shop is open, so that a failure loses none of the choices.
    fn follow_import(&mut self, cx: &mut ViewContext<'_>) {
        let shop = &cx.state.shop;
        let Some(target) = &self.importing else { return };
        if shop.pending().is_some() {
            return;
        }
        let is_done =
            shop.error().is_none() && shop.value().is_some_and(|shop| shop.project == *target);
        if is_done {
            self.draft = None;
            cx.send(Command::DismissPreview);
        }
        self.has_failed = shop.error().is_some();
        if is_done || self.has_failed {
            self.importing = None;
        }
    }
}

fn status_ui(ui: &mut Ui, cx: &ViewContext<'_>, problem: Option<&'static str>, has_failed: bool) {
    if let Some(ticket) = cx.state.shop.pending() {
        card(ui, cx.theme, |ui| progress_row(ui, cx.text, cx.theme, ticket));
    } else if let Some(error) = cx.state.shop.error().filter(|_| has_failed) {
        callout(ui, cx.theme, Severity::Error, error);
    }
    if let Some(problem) = problem {
        callout(ui, cx.theme, Severity::Warning, cx.text.tr(problem));
    }
}

fn target_ui(ui: &mut Ui, cx: &ViewContext<'_>, draft: &mut Draft) {
    egui::Grid::new("import-target").num_columns(2).spacing([16.0, 8.0]).show(ui, |ui| {
        let label = ui.label(cx.theme.weak(cx.tr("import-name")));
        ui.add(TextEdit::singleline(&mut draft.name).desired_width(320.0)).labelled_by(label.id);
        ui.end_row();
        let label = ui.label(cx.theme.weak(cx.tr("import-project")));
        ui.add(TextEdit::singleline(&mut draft.project).desired_width(520.0)).labelled_by(label.id);
        ui.end_row();
    });
    ui.label(cx.theme.small(cx.tr("import-project-hint")));
}
