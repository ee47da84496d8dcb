//! A table of texts that are there already.

use egui::{TextStyle, Ui};

use crate::gui::theme::{ROW_HEIGHT, SPACE_M, Theme};
use crate::gui::widgets::{TableColumn, TableSpec, data_table, text_cell, wide_table};

const MIN_WIDTH: f32 = 70.0;
const MAX_HEIGHT: f32 = 240.0;

/// Columns as wide as what stands in them, that share what room is left and scroll sideways where there is too
/// little; the first `words` of them are words, the others numbers.
pub(super) fn text_table(
    ui: &mut Ui,
    theme: &Theme,
    id: &str,
    titles: &[String],
    rows: &[Vec<String>],
    words: usize,
) {
    let needed = widths(ui, titles, rows);
    let wanted: f32 = needed.iter().map(|width| width + SPACE_M).sum();
    let spare = (ui.available_width() - wanted) / titles.len().max(1) as f32;
    let columns: Vec<TableColumn<'_>> = titles
        .iter()
        .zip(needed)
        .enumerate()
        .map(|(place, (title, needed))| TableColumn {
            title,
            width: needed + spare.max(0.0),
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
    let cell = |ui: &mut Ui, row: usize, column: usize| text_cell(ui, &rows[row][column]);
    if spare < 0.0 {
        wide_table(ui, theme, &spec, cell);
    } else {
        data_table(ui, theme, &spec, &mut None, cell);
    }
}

/// What each column needs for its title and its cells. They are few, and laid out once each.
fn widths(ui: &Ui, titles: &[String], rows: &[Vec<String>]) -> Vec<f32> {
    let font = TextStyle::Body.resolve(ui.style());
    let colour = ui.visuals().text_color();
    let width = |text: &String| {
        ui.painter().layout_no_wrap(text.clone(), font.clone(), colour).size().x.ceil()
    };
    let column = |place: usize| {
        let cells = rows.iter().filter_map(|row| row.get(place));
        std::iter::once(&titles[place]).chain(cells).map(width).fold(MIN_WIDTH, f32::max)
    };
    (0..titles.len()).map(column).collect()
}
