//! A search tried by an encoder that was trained on pairs.

use egui::{TextEdit, Ui};

use crate::gui::theme::{ROW_HEIGHT, SPACE_S};
use crate::gui::view::ViewContext;
use crate::gui::widgets::{
    TableColumn, TableSpec, callout, data_table, primary_button, progress_row, section, segmented,
    text_cell,
};
use crate::ids::RunId;
use crate::model::bert::pairs::PairSource;
use crate::runs::PairResult;
use crate::workbench::{Command, SearchRequest, SearchResult, SearchedTexts, Severity};

const RANK_WIDTH: f32 = 50.0;
const SCORE_WIDTH: f32 = 70.0;

/// The search that is being tried.
#[derive(Default)]
pub(super) struct PairSearch {
    query: String,
    texts: SearchedTexts,
}

impl PairSearch {
    /// A query, what is searched, and the ten best of it.
    pub(super) fn ui(
        &mut self,
        ui: &mut Ui,
        cx: &mut ViewContext<'_>,
        run: &RunId,
        result: &PairResult,
    ) {
        section(ui, cx.theme, cx.tr("search-try"), |ui| {
            ui.spacing_mut().item_spacing.y = SPACE_S;
            let choices = [
                (SearchedTexts::Pairs, cx.tr("search-in-pairs")),
                (SearchedTexts::Products, cx.tr("search-in-products")),
            ];
            segmented(ui, cx.theme, cx.tr("search-in"), &mut self.texts, &choices);
            self.query_ui(ui, cx, run);
            found_ui(ui, cx, run, &result.source);
        });
    }

    fn query_ui(&mut self, ui: &mut Ui, cx: &mut ViewContext<'_>, run: &RunId) {
        let edit = TextEdit::singleline(&mut self.query)
            .desired_width(f32::INFINITY)
            .hint_text(cx.tr("search-try-hint").to_owned());
        let typed = ui.add(edit).accessible_name(cx.tr("search-query"));
        let is_entered =
            typed.lost_focus() && ui.input(|input| input.key_pressed(egui::Key::Enter));
        // A second search would have the vectors that the first one waits for made anew.
        let is_ready = !self.query.trim().is_empty() && cx.state.found.pending().is_none();
        let button = ui.add_enabled_ui(is_ready, |ui| {
            primary_button(ui, cx.theme, cx.tr("search-button")).clicked()
        });
        if is_ready && (is_entered || button.inner) {
            cx.send(Command::SearchTexts(SearchRequest {
                run: run.clone(),
                query: self.query.trim().to_owned(),
                texts: self.texts,
            }));
        }
    }
}

fn found_ui(ui: &mut Ui, cx: &mut ViewContext<'_>, run: &RunId, source: &PairSource) {
    let state = cx.state;
    let found = &state.found;
    if let Some(ticket) = found.pending() {
        progress_row(ui, cx.text, cx.theme, ticket);
    }
    if let Some(error) = found.error() {
        callout(ui, cx.theme, Severity::Error, error);
    }
    match found.value().filter(|result| result.request.run == *run) {
        Some(result) => result_ui(ui, cx, result, source),
        None if found.pending().is_none() && found.error().is_none() => {
            ui.add(egui::Label::new(cx.theme.weak(cx.tr("search-none"))).wrap());
        }
        None => {}
    }
}

fn result_ui(ui: &mut Ui, cx: &mut ViewContext<'_>, result: &SearchResult, source: &PairSource) {
    let counts = cx.tr_with(
        "search-counts",
        &[
            ("query", result.request.query.as_str().into()),
            ("texts", result.searched.into()),
            ("ms", cx.text.number(result.latency_ms, 1).into()),
        ],
    );
    ui.add(egui::Label::new(cx.theme.small(&counts)).wrap());
    if result.has_changed {
        callout(ui, cx.theme, Severity::Warning, cx.tr("search-changed"));
    }
    // Products may be shown to anybody; what stands in a file may be about somebody.
    let is_of_file = result.request.texts == SearchedTexts::Pairs && !source.reads_shop();
    if is_of_file && cx.state.settings.presenter {
        ui.label(cx.theme.weak(cx.tr("samples-hidden")));
        return;
    }
    table_ui(ui, cx, result);
}

/// Rank, score and text; a product that is clicked is picked everywhere.
fn table_ui(ui: &mut Ui, cx: &mut ViewContext<'_>, result: &SearchResult) {
    let column =
        |title, width, is_numeric| TableColumn { title, width, is_numeric, is_sortable: false };
    let columns = [
        column(cx.tr("search-rank"), RANK_WIDTH, true),
        column(cx.tr("search-score"), SCORE_WIDTH, true),
        column(cx.tr("search-text"), 0.0, false),
    ];
    let is_picked = |item| result.found.iter().position(|found| found.item == Some(item));
    let spec = TableSpec {
        id: "found-texts",
        columns: &columns,
        n_rows: result.found.len(),
        selected: cx.state.selection.item.and_then(is_picked),
        height: Some((result.found.len() as f32 + 1.4) * ROW_HEIGHT),
    };
    let response = data_table(ui, cx.theme, &spec, &mut None, |ui, row, column| {
        let found = &result.found[row];
        match column {
            0 => text_cell(ui, &(row + 1).to_string()),
            1 => text_cell(ui, &cx.text.number(f64::from(found.score), 3)),
            _ => text_cell(ui, &found.text),
        }
    });
    let clicked = response.clicked.and_then(|row| result.found[row].item);
    if clicked.is_some() {
        cx.send(Command::SelectItem(clicked));
    }
}
