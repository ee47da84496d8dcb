//! The rows themselves. Only those in sight are formatted, and scrolling goes by rows, so that twenty
//! million are as smooth as twenty.

use egui::{
    Align, EventFilter, Id, Key, Label, Layout, Popup, Rect, Response, Role, ScrollArea, Sense, Ui,
    WidgetInfo, pos2, vec2,
};
use egui_extras::{Column, TableBuilder, TableRow};

use crate::gui::theme::{ROW_HEIGHT, SPACE_S, Theme};
use crate::gui::view::ViewContext;

const BAR_WIDTH: f32 = 10.0;
const BAR_GAP: f32 = 4.0;
const HANDLE_HEIGHT: f32 = 28.0;
const MIN_WIDTH: f32 = 40.0;

/// One column.
pub(super) struct GridColumn {
    /// Its position in the table.
    pub(super) position: usize,
    pub(super) title: String,
    /// Its name in conditions.
    pub(super) name: String,
    pub(super) width: f32,
    pub(super) is_numeric: bool,
    /// Its place among the columns sorted by, how many there are, and whether it descends.
    pub(super) sort: Option<(usize, usize, bool)>,
}

/// What to show.
pub(super) struct GridSpec<'a> {
    pub(super) id: &'a str,
    pub(super) name: &'a str,
    pub(super) columns: &'a [GridColumn],
    pub(super) n_rows: usize,
    pub(super) height: f32,
}

/// What the user did; columns by their position in the table, rows by theirs in the order shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum GridAction {
    /// A header was clicked, with Shift or without.
    Sort {
        column: usize,
        is_added: bool,
    },
    SortAs {
        column: usize,
        descending: bool,
    },
    Hide(usize),
    Inspect(usize),
    /// A row was clicked, or Enter was pressed on it.
    Pick(usize),
}

/// Where the user is in the rows.
#[derive(Default)]
pub(super) struct Grid {
    first: usize,
    /// The row with the cursor.
    cursor: Option<usize>,
    /// Part of a row that the wheel has turned.
    carry: f32,
}

impl Grid {
    /// Show rows; `cell(ui, row, column)` paints one cell.
    pub(super) fn show(
        &mut self,
        ui: &mut Ui,
        cx: &ViewContext<'_>,
        spec: &GridSpec<'_>,
        mut cell: impl FnMut(&mut Ui, usize, usize),
    ) -> Option<GridAction> {
        let height = spec.height.max(ROW_HEIGHT * 4.0);
        let in_sight = (((height - ROW_HEIGHT) / ROW_HEIGHT) as usize).max(1);
        let last_first = spec.n_rows.saturating_sub(in_sight);
        let area = Rect::from_min_size(ui.cursor().min, vec2(ui.available_width(), height));
        let id = ui.make_persistent_id((spec.id, "grid"));
        let keys = ui.interact(area, id.with("keys"), Sense::click());
        keys.widget_info(|| WidgetInfo::labeled(Role::Table, true, spec.name));
        let mut action = self.keys(ui, &keys, spec, in_sight);
        self.wheel(ui, area);
        self.first = self.first.min(last_first);
        let right = area.right() - BAR_WIDTH - BAR_GAP;
        let table_rect = Rect::from_min_max(area.min, pos2(right, area.bottom()));
        ui.scope_builder(egui::UiBuilder::new().max_rect(table_rect).id_salt(spec.id), |ui| {
            let shown = in_sight.min(spec.n_rows - self.first);
            let clicked = self.table(ui, cx, spec, shown, &mut cell);
            action = clicked.or(action);
        });
        if matches!(action, Some(GridAction::Pick(_))) {
            keys.request_focus();
        }
        let track =
            Rect::from_min_max(pos2(area.right() - BAR_WIDTH, area.top() + ROW_HEIGHT), area.max);
        if last_first > 0 {
            self.bar(ui, cx.theme, id, track, last_first);
        }
        ui.advance_cursor_after_rect(area);
        action
    }

    fn table(
        &mut self,
        ui: &mut Ui,
        cx: &ViewContext<'_>,
        spec: &GridSpec<'_>,
        shown: usize,
        cell: &mut impl FnMut(&mut Ui, usize, usize),
    ) -> Option<GridAction> {
        let mut action = None;
        let wanted: f32 = spec.columns.iter().map(|column| column.width + SPACE_S).sum();
        let room = ui.available_width();
        // Columns share what is left, or the table scrolls sideways.
        let stretch = (room / wanted.max(1.0)).max(1.0);
        ScrollArea::horizontal().id_salt("sideways").auto_shrink(false).show(ui, |ui| {
            ui.set_min_width(wanted.min(room.max(wanted)));
            ui.spacing_mut().item_spacing = vec2(SPACE_S, 0.0);
            let mut table = TableBuilder::new(ui)
                .id_salt(spec.columns.len())
                .striped(false)
                .resizable(true)
                .vscroll(false)
                .sense(Sense::click())
                .cell_layout(Layout::left_to_right(Align::Center));
            for column in spec.columns {
                let width = column.width * stretch - if stretch > 1.0 { 1.0 } else { 0.0 };
                table = table.column(Column::initial(width).at_least(MIN_WIDTH).clip(true));
            }
            let header = |row: TableRow<'_, '_>| action = header_ui(row, cx, spec);
            let body = table.header(ROW_HEIGHT, header);
            body.body(|body| {
                body.rows(ROW_HEIGHT, shown, |mut row| {
                    let index = self.first + row.index();
                    row.set_selected(self.cursor == Some(index));
                    for (position, column) in spec.columns.iter().enumerate() {
                        row.col(|ui| {
                            aligned(ui, column.is_numeric, |ui| cell(ui, index, position));
                        });
                    }
                    if row.response().clicked() {
                        self.cursor = Some(index);
                        action = Some(GridAction::Pick(index));
                    }
                });
            });
        });
        action
    }

    /// Arrows, page keys, Home and End move the cursor, Enter picks its row.
    fn keys(
        &mut self,
        ui: &Ui,
        keys: &Response,
        spec: &GridSpec<'_>,
        in_sight: usize,
    ) -> Option<GridAction> {
        if !keys.has_focus() || spec.n_rows == 0 {
            return None;
        }
        let arrows = EventFilter { vertical_arrows: true, ..EventFilter::default() };
        ui.memory_mut(|memory| memory.set_focus_lock_filter(keys.id, arrows));
        let (steps, is_enter) = ui.input(|input| {
            let pressed = |key| input.num_presses(key) as isize;
            let page = in_sight as isize;
            let far = isize::MAX / 4;
            let steps = pressed(Key::ArrowDown) - pressed(Key::ArrowUp)
                + page * (pressed(Key::PageDown) - pressed(Key::PageUp))
                + far * (pressed(Key::End) - pressed(Key::Home));
            (steps, input.key_pressed(Key::Enter))
        });
        if steps != 0 {
            self.step(steps, spec.n_rows, in_sight);
        }
        self.cursor.filter(|_| is_enter).map(GridAction::Pick)
    }

    fn step(&mut self, steps: isize, n_rows: usize, in_sight: usize) {
        let from = self.cursor.unwrap_or(self.first);
        let first_press = self.cursor.is_none() && steps == 1;
        let steps = if first_press { 0 } else { steps };
        let cursor = from.saturating_add_signed(steps).min(n_rows - 1);
        self.cursor = Some(cursor);
        self.first = self.first.clamp((cursor + 1).saturating_sub(in_sight), cursor);
    }

    fn wheel(&mut self, ui: &Ui, area: Rect) {
        if !ui.rect_contains_pointer(area) {
            return;
        }
        let delta = ui.input(|input| input.smooth_scroll_delta().y);
        let rows = self.carry - delta / ROW_HEIGHT;
        self.carry = rows.fract();
        self.first = self.first.saturating_add_signed(rows as isize);
    }

    fn bar(&mut self, ui: &Ui, theme: &Theme, id: Id, track: Rect, last_first: usize) {
        let response = ui.interact(track, id.with("bar"), Sense::click_and_drag());
        let room = track.height() - HANDLE_HEIGHT;
        if let Some(pointer) = response.interact_pointer_pos() {
            let share = (pointer.y - track.top() - HANDLE_HEIGHT / 2.0) / room;
            self.first = (f64::from(share.clamp(0.0, 1.0)) * last_first as f64).round() as usize;
        }
        let share = (self.first as f64 / last_first as f64) as f32;
        let top = track.top() + room * share;
        let size = vec2(track.width(), HANDLE_HEIGHT);
        let is_held = response.hovered() || response.dragged();
        let color = if is_held { theme.weak_text } else { theme.border };
        ui.painter().rect_filled(Rect::from_min_size(pos2(track.left(), top), size), 5, color);
    }
}

fn header_ui(
    mut row: TableRow<'_, '_>,
    cx: &ViewContext<'_>,
    spec: &GridSpec<'_>,
) -> Option<GridAction> {
    let mut action = None;
    for column in spec.columns {
        row.col(|ui| {
            let response = aligned(ui, column.is_numeric, |ui| header_cell_ui(ui, cx, column));
            if response.clicked() {
                let is_added = ui.input(|input| input.modifiers.shift);
                action = Some(GridAction::Sort { column: column.position, is_added });
            }
            if let Some(chosen) = menu_ui(&response, cx, column.position) {
                action = Some(chosen);
            }
        });
    }
    action
}

fn header_cell_ui(ui: &mut Ui, cx: &ViewContext<'_>, column: &GridColumn) -> Response {
    if let Some((place, n_keys, descending)) = column.sort {
        let (rect, _) = ui.allocate_exact_size(vec2(10.0, 10.0), Sense::hover());
        caret(ui, rect, descending, cx.theme);
        if n_keys > 1 {
            ui.label(cx.theme.small((place + 1).to_string()));
        }
    }
    let label = Label::new(cx.theme.small(&column.title)).truncate().sense(Sense::click());
    let response = ui.add(label);
    response.widget_info(|| WidgetInfo::labeled(Role::ColumnHeader, true, &column.title));
    let hint = cx.tr_with("table-header-hint", &[("name", column.name.clone().into())]);
    response.on_hover_cursor(egui::CursorIcon::PointingHand).on_hover_text(hint)
}

/// A small triangle that points where the values grow less.
fn caret(ui: &Ui, rect: Rect, descending: bool, theme: &Theme) {
    let (c, s) = (rect.center(), if descending { 1.0 } else { -1.0 });
    let points = vec![c + vec2(-3.5, -2.0 * s), c + vec2(3.5, -2.0 * s), c + vec2(0.0, 2.5 * s)];
    ui.painter().add(egui::Shape::convex_polygon(points, theme.accent, egui::Stroke::NONE));
}

fn menu_ui(response: &Response, cx: &ViewContext<'_>, column: usize) -> Option<GridAction> {
    let entries = [
        ("table-sort-up", GridAction::SortAs { column, descending: false }),
        ("table-sort-down", GridAction::SortAs { column, descending: true }),
        ("table-inspect", GridAction::Inspect(column)),
        ("table-hide", GridAction::Hide(column)),
    ];
    let shown = Popup::context_menu(response).show(|ui| {
        let clicked = |&(key, _): &(&'static str, GridAction)| ui.button(cx.text.tr(key)).clicked();
        entries.into_iter().filter(clicked).map(|(_, action)| action).last()
    });
    shown.and_then(|shown| shown.inner)
}

fn aligned<R>(ui: &mut Ui, is_numeric: bool, add: impl FnOnce(&mut Ui) -> R) -> R {
    if is_numeric {
        ui.with_layout(Layout::right_to_left(Align::Center), add).inner
    } else {
        add(ui)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_cursor_stays_in_sight_and_within_the_rows() {
        let mut grid = Grid::default();
        grid.step(1, 100, 10);
        assert_eq!((grid.cursor, grid.first), (Some(0), 0));
        for _ in 0..10 {
            grid.step(1, 100, 10);
        }
        assert_eq!((grid.cursor, grid.first), (Some(10), 1));
        grid.step(isize::MAX / 4, 100, 10);
        assert_eq!((grid.cursor, grid.first), (Some(99), 90));
        grid.step(-10, 100, 10);
        assert_eq!((grid.cursor, grid.first), (Some(89), 89));
        grid.step(-isize::MAX / 4, 100, 10);
        assert_eq!((grid.cursor, grid.first), (Some(0), 0));
    }
}
