//! Tables that stay smooth however many rows they have: only those in sight are formatted.

mod windowed;

use egui::{Align, Label, Layout, Role, Sense, Ui, WidgetInfo};
use egui_extras::{Column, TableBuilder, TableRow};

use super::icon::caret;

use crate::gui::theme::{ROW_HEIGHT, SPACE_M, SPACE_XS, Theme};

/// One column.
#[derive(Debug, Clone, Copy)]
pub struct TableColumn<'a> {
    /// Header.
    pub title: &'a str,
    /// First width in points; 0 takes what is left.
    pub width: f32,
    /// Numbers stand at the right.
    pub is_numeric: bool,
    /// Whether a click on the header sorts.
    pub is_sortable: bool,
}

/// By which column rows are sorted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Sort {
    /// Position of the column.
    pub column: usize,
    /// Largest first.
    pub descending: bool,
}

/// A table to show.
#[derive(Debug, Clone, Copy)]
pub struct TableSpec<'a> {
    /// Unique in the view.
    pub id: &'a str,
    /// Columns, left to right.
    pub columns: &'a [TableColumn<'a>],
    /// Number of rows.
    pub n_rows: usize,
    /// The row that is picked.
    pub selected: Option<usize>,
    /// Height in points; what is left of the page where there is none.
    pub height: Option<f32>,
}

/// What the user did.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct TableResponse {
    /// The row that was clicked.
    pub clicked: Option<usize>,
    /// Whether the sort changed.
    pub sort_changed: bool,
}

/// Above this many rows positions in points no longer fit 24 bits, and scrolling goes by rows.
const MAX_SMOOTH_ROWS: usize = 200_000;

/// Show a table. `cell(ui, row, column)` paints one cell; rows are positions in the order shown.
pub fn data_table(
    ui: &mut Ui,
    theme: &Theme,
    spec: &TableSpec<'_>,
    sort: &mut Option<Sort>,
    mut cell: impl FnMut(&mut Ui, usize, usize),
) -> TableResponse {
    let mut response = TableResponse::default();
    let height = spec.height.unwrap_or_else(|| ui.available_height()).max(ROW_HEIGHT * 4.0);
    let body_height = height - ROW_HEIGHT - SPACE_XS;
    ui.push_id(spec.id, |ui| {
        // Cells are packed, and a picked or hovered row is one band.
        ui.spacing_mut().item_spacing.x = SPACE_M;
        ui.spacing_mut().item_spacing.y = 0.0;
        if spec.n_rows > MAX_SMOOTH_ROWS {
            windowed::show(ui, theme, spec, sort, body_height, &mut cell, &mut response);
        } else {
            let table = builder(ui, spec)
                .vscroll(true)
                .min_scrolled_height(least_height(spec, body_height))
                .max_scroll_height(body_height);
            table.header(ROW_HEIGHT, |row| header_ui(row, theme, spec, sort, &mut response)).body(
                |body| {
                    body.rows(ROW_HEIGHT, spec.n_rows, |row| {
                        let index = row.index();
                        row_ui(row, spec, index, &mut cell, &mut response);
                    });
                },
            );
        }
    });
    response
}

/// Height of the rows that is taken whatever room is left: further down a page than the window is high
/// there seems to be none.
fn least_height(spec: &TableSpec<'_>, body_height: f32) -> f32 {
    spec.height.map_or(0.0, |_| body_height.min(spec.n_rows as f32 * ROW_HEIGHT))
}

/// A table that keeps its columns' widths and scrolls sideways where they do not fit.
pub fn wide_table(
    ui: &mut Ui,
    theme: &Theme,
    spec: &TableSpec<'_>,
    cell: impl FnMut(&mut Ui, usize, usize),
) {
    let wanted: f32 = spec.columns.iter().map(|column| column.width + SPACE_M).sum();
    egui::ScrollArea::horizontal().id_salt(spec.id).auto_shrink([false, true]).show(ui, |ui| {
        ui.set_min_width(wanted);
        data_table(ui, theme, spec, &mut None, cell);
    });
}

fn builder<'a>(ui: &'a mut Ui, spec: &TableSpec<'_>) -> TableBuilder<'a> {
    let available = ui.available_width();
    let shrink = shrink(spec.columns, available, ui.spacing().item_spacing.x);
    let mut table = TableBuilder::new(ui)
        .striped(false)
        .resizable(true)
        .sense(Sense::click())
        .auto_shrink([false, true])
        .cell_layout(Layout::left_to_right(Align::Center));
    for column in spec.columns {
        table = table.column(if column.width > 0.0 {
            Column::initial(column.width * shrink).at_least(MIN_WIDTH).clip(true)
        } else {
            // A column that could be dragged would keep its width when the window changes its own.
            Column::remainder().at_least(least_rest(available)).clip(true).resizable(false)
        });
    }
    table
}

const MIN_WIDTH: f32 = 40.0;
const MIN_REST: f32 = 230.0;

/// The least width of a column that takes the rest; less in a narrow panel.
fn least_rest(available: f32) -> f32 {
    MIN_REST.min(available * 0.2)
}

/// By how much first widths shrink, so that a narrow window cuts off no column.
fn shrink(columns: &[TableColumn<'_>], available: f32, spacing: f32) -> f32 {
    let wanted: f32 = columns.iter().map(|column| column.width).sum();
    let rest: f32 =
        columns.iter().filter(|column| column.width <= 0.0).map(|_| least_rest(available)).sum();
    let gaps: f32 = columns.iter().map(|_| spacing).sum();
    ((available - rest - gaps) / wanted.max(1.0)).clamp(0.3, 1.0)
}

fn header_ui(
    mut row: TableRow<'_, '_>,
    theme: &Theme,
    spec: &TableSpec<'_>,
    sort: &mut Option<Sort>,
    response: &mut TableResponse,
) {
    for (index, column) in spec.columns.iter().enumerate() {
        row.col(|ui| {
            let arrow = match sort {
                Some(sort) if sort.column == index => Some(sort.descending),
                _ => None,
            };
            let is_clicked =
                aligned(ui, column.is_numeric, |ui| header_cell_ui(ui, theme, column, arrow));
            if is_clicked && column.is_sortable {
                // Numbers are of interest from the largest down, words from the first on.
                let descending = arrow.map_or(column.is_numeric, |descending| !descending);
                *sort = Some(Sort { column: index, descending });
                response.sort_changed = true;
            }
        });
    }
}

fn header_cell_ui(
    ui: &mut Ui,
    theme: &Theme,
    column: &TableColumn<'_>,
    arrow: Option<bool>,
) -> bool {
    if let Some(descending) = arrow {
        let (rect, _) = ui.allocate_exact_size(egui::vec2(10.0, 10.0), Sense::hover());
        caret(ui.painter(), rect.center(), descending, theme.accent);
    }
    let sense = if column.is_sortable { Sense::click() } else { Sense::hover() };
    let response = ui.add(Label::new(theme.small(column.title)).truncate().sense(sense));
    response.widget_info(|| WidgetInfo::labeled(Role::ColumnHeader, true, column.title));
    column.is_sortable && response.on_hover_cursor(egui::CursorIcon::PointingHand).clicked()
}

fn row_ui(
    mut row: TableRow<'_, '_>,
    spec: &TableSpec<'_>,
    index: usize,
    cell: &mut impl FnMut(&mut Ui, usize, usize),
    response: &mut TableResponse,
) {
    row.set_selected(spec.selected == Some(index));
    for (position, column) in spec.columns.iter().enumerate() {
        row.col(|ui| aligned(ui, column.is_numeric, |ui| cell(ui, index, position)));
    }
    if row.response().clicked() {
        response.clicked = Some(index);
    }
}

fn aligned<R>(ui: &mut Ui, is_numeric: bool, add: impl FnOnce(&mut Ui) -> R) -> R {
    if is_numeric {
        ui.with_layout(Layout::right_to_left(Align::Center), add).inner
    } else {
        add(ui)
    }
}

/// A cell with a text on one line, in full on hover where it does not fit.
pub fn text_cell(ui: &mut Ui, text: &str) {
    ui.add(Label::new(text).truncate().selectable(false));
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::workbench::settings::ThemeChoice;

    #[test]
    fn columns_shrink_to_a_narrow_window_only() {
        let column =
            |width| TableColumn { title: "", width, is_numeric: false, is_sortable: false };
        let columns = [column(200.0), column(200.0), column(0.0)];
        assert!((shrink(&columns, 1_000.0, 8.0) - 1.0).abs() < 1e-6);
        // The column that takes the rest keeps 20 % of 454, the gaps take 24: 339.2 for 400.
        let narrow = shrink(&columns, 454.0, 8.0);
        assert!((narrow - 0.848).abs() < 1e-5, "{narrow}");
    }

    #[test]
    fn rows_are_there_where_no_room_seems_to_be_left() {
        let columns =
            [TableColumn { title: "name", width: 80.0, is_numeric: false, is_sortable: false }];
        let ctx = egui::Context::default();
        let theme = Theme::of(ThemeChoice::Dark);
        theme.apply(&ctx);
        let mut painted = 0;
        for _ in 0..3 {
            painted = 0;
            let output = ctx.run_ui(egui::RawInput::default(), |ui| {
                let room = egui::Rect::from_min_size(ui.cursor().min, egui::vec2(400.0, 20.0));
                ui.scope_builder(egui::UiBuilder::new().max_rect(room), |ui| {
                    ui.add_space(60.0);
                    let spec = TableSpec {
                        id: "low",
                        columns: &columns,
                        n_rows: 3,
                        selected: None,
                        height: Some(200.0),
                    };
                    data_table(ui, theme, &spec, &mut None, |_, _, _| painted += 1);
                });
            });
            output.drop_without_applying_deltas();
        }
        assert_eq!(painted, 3);
    }
}
