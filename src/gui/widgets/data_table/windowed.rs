//! Scrolling by rows for tables of millions, where positions in points would lose precision.

use egui::{Id, Key, Rect, Sense, Ui, pos2, vec2};

use super::Sort;
use super::{TableResponse, TableSpec, builder, header_ui, row_ui};
use crate::gui::theme::{ROW_HEIGHT, Theme};

const BAR_WIDTH: f32 = 10.0;

pub(super) fn show(
    ui: &mut Ui,
    theme: &Theme,
    spec: &TableSpec<'_>,
    sort: &mut Option<Sort>,
    body_height: f32,
    cell: &mut impl FnMut(&mut Ui, usize, usize),
    response: &mut TableResponse,
) {
    let id = ui.make_persistent_id("first-row");
    let in_sight = whole(body_height / ROW_HEIGHT).max(1);
    let last_first = spec.n_rows.saturating_sub(in_sight);
    let first = ui.data(|data| data.get_temp::<usize>(id)).unwrap_or(0).min(last_first);
    let area =
        Rect::from_min_size(ui.cursor().min, vec2(ui.available_width(), body_height + ROW_HEIGHT));
    let table_rect =
        Rect::from_min_max(area.min, pos2(area.right() - BAR_WIDTH - 4.0, area.bottom()));
    ui.scope_builder(egui::UiBuilder::new().max_rect(table_rect), |ui| {
        let shown = in_sight.min(spec.n_rows - first);
        builder(ui, spec)
            .vscroll(false)
            .header(ROW_HEIGHT, |row| header_ui(row, theme, spec, sort, response))
            .body(|body| {
                body.rows(ROW_HEIGHT, shown, |row| {
                    let index = first + row.index();
                    row_ui(row, spec, index, cell, response);
                });
            });
    });
    let track =
        Rect::from_min_max(pos2(area.right() - BAR_WIDTH, area.top() + ROW_HEIGHT), area.max);
    let moved = first.saturating_add_signed(steps(ui, id, area, in_sight)).min(last_first);
    let moved = bar_ui(ui, theme, id, track, moved, last_first);
    ui.data_mut(|data| data.insert_temp(id, moved));
    ui.advance_cursor_after_rect(area);
}

/// Rows to move by the wheel and the keys while the pointer is over the table.
fn steps(ui: &Ui, id: Id, area: Rect, in_sight: usize) -> isize {
    if !ui.rect_contains_pointer(area) {
        return 0;
    }
    let carried: f32 = ui.data(|data| data.get_temp(id.with("carry"))).unwrap_or(0.0);
    let page = isize::try_from(in_sight).unwrap_or(1);
    let (delta, by_key) = ui.input_mut(|input| {
        let delta = input.smooth_scroll_delta().y;
        let pressed = |key| input.key_pressed(key);
        let by_key = match () {
            () if pressed(Key::PageDown) => page,
            () if pressed(Key::PageUp) => -page,
            () if pressed(Key::Home) => isize::MIN / 2,
            () if pressed(Key::End) => isize::MAX / 2,
            () => 0,
        };
        (delta, by_key)
    });
    let rows = carried - delta / ROW_HEIGHT;
    ui.data_mut(|data| data.insert_temp(id.with("carry"), rows.fract()));
    by_key.saturating_add(signed(rows))
}

fn bar_ui(ui: &Ui, theme: &Theme, id: Id, track: Rect, first: usize, last_first: usize) -> usize {
    let response = ui.interact(track, id.with("bar"), Sense::click_and_drag());
    let handle_height = 28.0;
    let room = track.height() - handle_height;
    let moved = match response.interact_pointer_pos() {
        Some(pointer) => {
            let share =
                f64::from(((pointer.y - track.top() - handle_height / 2.0) / room).clamp(0.0, 1.0));
            row_at(share, last_first)
        }
        None => first,
    };
    let top = track.top() + room * share(moved, last_first);
    let handle = Rect::from_min_size(pos2(track.left(), top), vec2(track.width(), handle_height));
    let color =
        if response.hovered() || response.dragged() { theme.weak_text } else { theme.border };
    ui.painter().rect_filled(handle, 5, color);
    moved
}

const fn whole(rows: f32) -> usize {
    rows as usize
}

const fn signed(rows: f32) -> isize {
    rows as isize
}

fn share(row: usize, last: usize) -> f32 {
    if last == 0 { 0.0 } else { (row as f64 / last as f64) as f32 }
}

fn row_at(share: f64, last: usize) -> usize {
    (share * last as f64).round() as usize
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_bar_reaches_the_first_and_the_last_row() {
        let last = 9_999_990;
        assert_eq!(row_at(0.0, last), 0);
        assert_eq!(row_at(1.0, last), last);
        assert!((share(last, last) - 1.0).abs() < f32::EPSILON);
        assert!(share(0, 0).abs() < f32::EPSILON);
    }
}
