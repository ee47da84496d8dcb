//! A table of texts that are there already.

use egui::Ui;

use crate::gui::theme::{ROW_HEIGHT, SPACE_S, Theme};
use crate::gui::widgets::{TableColumn, TableSpec, data_table, text_cell};

const MIN_WIDTH: f32 = 70.0;
const MAX_HEIGHT: f32 = 240.0;

/// Columns of one width; the first `words` of them are words, the others numbers.
pub(super) fn text_table(
    ui: &mut Ui,
    theme: &Theme,
    id: &str,
    titles: &[String],
    rows: &[Vec<String>],
    words: usize,
) {
    let width = (ui.available_width() / titles.len() as f32).max(MIN_WIDTH) - SPACE_S;
    let columns: Vec<TableColumn<'_>> = titles
        .iter()
        .enumerate()
        .map(|(place, title)| TableColumn {
            title,
            width,
            is_numeric: place >= words,
            is_sortable: false,
        })
        .collect();
    let spec = TableSpec {
        id,
        columns: &columns,
        n_rows: rows.len(),
        selected: None,
        height: Some(((rows.len() as f32 + 1.4) * ROW_HEIGHT).min(MAX_HEIGHT)),
    };
    data_table(ui, theme, &spec, &mut None, |ui, row, column| text_cell(ui, &rows[row][column]));
}
