//! All runs of the project.

use egui::{TextEdit, Ui};

use crate::gui::theme::{ROW_HEIGHT, SPACE_M, SPACE_S};
use crate::gui::view::ViewContext;
use crate::gui::views::common::{model_label, table_columns};
use crate::gui::views::run_words;
use crate::gui::widgets::{
    Icon, TableSpec, callout, data_table, dialog, icon_button, primary_button, section_with,
    text_cell,
};
use crate::ids::RunId;
use crate::runs::{Run, RunStatus};
use crate::workbench::{Command, EncoderExport, Severity};

/// Which run is being renamed, and of which the encoder is wanted.
#[derive(Default)]
pub(super) struct RunList {
    renaming: Option<(RunId, String)>,
    exporting: Option<RunId>,
}

/// The field that a folder is chosen for.
const EXPORT_FOLDER: &str = "export-encoder";

const COLUMNS: [(&str, f32, bool); 6] = [
    ("runs-col-name", 0.0, false),
    ("runs-col-model", 124.0, false),
    ("runs-col-status", 86.0, false),
    ("runs-col-created", 126.0, false),
    ("runs-col-time", 88.0, true),
    ("runs-col-best", 96.0, true),
];
const MAX_HEIGHT: f32 = 320.0;

impl RunList {
    pub(super) fn ui(&mut self, ui: &mut Ui, cx: &mut ViewContext<'_>) {
        let state = cx.state;
        let mut runs: Vec<&Run> = state.runs.iter().chain(&state.text_runs).collect();
        if runs.is_empty() {
            return;
        }
        runs.sort_by(|a, b| b.id.cmp(&a.id));
        let picked = runs.iter().position(|run| Some(&run.id) == state.selection.run.as_ref());
        let (mut asked, mut clicked) = (self.chosen_export(cx), None);
        let mut wants_folder = false;
        section_with(
            ui,
            cx.theme,
            cx.tr("runs-title"),
            Some(cx.tr("runs-hint")),
            |ui| {
                if let Some(run) = picked.map(|index| runs[index]) {
                    asked.extend(self.actions_ui(ui, cx, run));
                    wants_folder = self.export_ui(ui, cx, run);
                }
            },
            |ui| {
                if let Some(error) = picked.and_then(|index| runs[index].error.as_ref()) {
                    callout(ui, cx.theme, Severity::Error, error);
                }
                if let Some(error) = state.exported_encoder.error() {
                    callout(ui, cx.theme, Severity::Error, error);
                }
                clicked = table_ui(ui, cx, &runs, picked);
            },
        );
        if wants_folder {
            cx.files.choose_folder(EXPORT_FOLDER, cx.text.tr("runs-export-folder"));
        }
        for command in asked.into_iter().chain(clicked) {
            cx.send(command);
        }
        self.rename_ui(ui, cx);
    }

    /// The folder that was chosen for an encoder.
    fn chosen_export(&mut self, cx: &mut ViewContext<'_>) -> Vec<Command> {
        let Some(folders) = cx.files.take_chosen(EXPORT_FOLDER) else { return Vec::new() };
        let asked = self.exporting.take().zip(folders.into_iter().next());
        let export = |(run, into)| Command::ExportEncoder(EncoderExport { run, into });
        asked.map(export).into_iter().collect()
    }

    /// Buttons for the picked run, right to left.
    fn actions_ui(&mut self, ui: &mut Ui, cx: &ViewContext<'_>, run: &Run) -> Vec<Command> {
        let mut commands = Vec::new();
        let is_training = run.status == RunStatus::Training;
        ui.add_enabled_ui(!is_training, |ui| {
            if icon_button(ui, cx.theme, Icon::Trash, cx.tr("runs-delete")).clicked() {
                // Nothing to confirm: the notice offers to take it back.
                commands.push(Command::DeleteRun(run.id.clone()));
            }
        });
        if icon_button(ui, cx.theme, Icon::Pencil, cx.tr("runs-rename")).clicked() {
            self.renaming = Some((run.id.clone(), run.name.clone()));
        }
        if run.status.is_resumable() {
            let button = ui.button(cx.tr("runs-resume"));
            if button.on_hover_text(cx.tr("runs-resume-hint")).clicked() {
                commands.push(Command::ResumeTraining(run.id.clone()));
            }
        }
        commands
    }

    /// A button for a run with an encoder; whether a folder is to be asked for.
    fn export_ui(&mut self, ui: &mut Ui, cx: &ViewContext<'_>, run: &Run) -> bool {
        if !run.has_encoder() {
            return false;
        }
        let is_free = cx.state.exported_encoder.pending().is_none();
        let button =
            |ui: &mut Ui| icon_button(ui, cx.theme, Icon::Upload, cx.tr("runs-export")).clicked();
        let is_clicked = ui.add_enabled_ui(is_free, button).inner;
        if is_clicked {
            self.exporting = Some(run.id.clone());
        }
        is_clicked
    }

    fn rename_ui(&mut self, ui: &Ui, cx: &mut ViewContext<'_>) {
        let Some((run, name)) = &mut self.renaming else { return };
        let modal = dialog(ui.ctx(), "rename-run", 360.0, |ui| {
            ui.label(cx.theme.heading(cx.tr("runs-rename")));
            ui.add_space(SPACE_S);
            let field = ui
                .add(TextEdit::singleline(name).desired_width(360.0))
                .accessible_name(cx.tr("runs-col-name"));
            let is_entered =
                field.lost_focus() && ui.input(|input| input.key_pressed(egui::Key::Enter));
            ui.add_space(SPACE_M);
            let answer = answer_ui(ui, cx, "runs-rename-confirm");
            if is_entered { Some(true) } else { answer }
        });
        let answer = if modal.should_close() { Some(false) } else { modal.inner };
        if answer == Some(true) && !name.trim().is_empty() {
            cx.send(Command::RenameRun(run.clone(), name.trim().to_owned()));
        }
        if answer.is_some() {
            self.renaming = None;
        }
    }
}

fn answer_ui(ui: &mut Ui, cx: &ViewContext<'_>, yes: &'static str) -> Option<bool> {
    ui.horizontal(|ui| {
        let is_yes = primary_button(ui, cx.theme, cx.text.tr(yes)).clicked();
        let is_no = ui.button(cx.tr("action-cancel")).clicked();
        if is_yes { Some(true) } else { is_no.then_some(false) }
    })
    .inner
}

fn table_ui(
    ui: &mut Ui,
    cx: &ViewContext<'_>,
    runs: &[&Run],
    picked: Option<usize>,
) -> Option<Command> {
    let columns = table_columns(cx.text, &COLUMNS, false);
    let height = ((runs.len() as f32 + 1.4) * ROW_HEIGHT).min(MAX_HEIGHT);
    let spec = TableSpec {
        id: "runs",
        columns: &columns,
        n_rows: runs.len(),
        selected: picked,
        height: Some(height),
    };
    let response = data_table(ui, cx.theme, &spec, &mut None, |ui, row, column| {
        cell_ui(ui, cx, runs[row], column)
    });
    response.clicked.map(|row| Command::SelectRun(Some(runs[row].id.clone())))
}

fn cell_ui(ui: &mut Ui, cx: &ViewContext<'_>, run: &Run, column: usize) {
    match column {
        0 => text_cell(ui, &run.name),
        1 => text_cell(ui, &model_label(cx.text, &run.model)),
        2 => run_words::status_badge(ui, cx, run),
        3 => text_cell(ui, &cx.text.date_time(run.created_ms)),
        4 => text_cell(ui, &cx.text.secs(run.fit_secs)),
        _ => text_cell(
            ui,
            &run_words::best_validation(run)
                .map_or_else(|| "–".to_owned(), |best| cx.text.number(f64::from(best), 4)),
        ),
    }
}
