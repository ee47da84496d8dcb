//! Figures that stand for themselves.

use egui::{Role, Ui, WidgetInfo, vec2};

use crate::gui::theme::{SPACE_M, SPACE_XS, Theme};

/// One figure with what it counts.
#[derive(Debug, Clone, Copy)]
pub struct StatTile<'a> {
    /// What it counts.
    pub label: &'a str,
    /// The figure as it is shown.
    pub value: &'a str,
    /// What to know about it, under the figure.
    pub hint: Option<&'a str>,
}

const MIN_WIDTH: f32 = 150.0;
/// As [`Theme::figure`] writes it.
const FIGURE_SIZE: f32 = 26.0;
const LEAST_SIZE: f32 = 13.0;

/// One tile, as wide as there is room.
pub fn stat_tile(ui: &mut Ui, theme: &Theme, tile: &StatTile<'_>) {
    let response = theme
        .card_frame()
        .inner_margin(egui::Margin::symmetric(16, 12))
        .show(ui, |ui| {
            ui.set_width(ui.available_width());
            ui.spacing_mut().item_spacing.y = SPACE_XS;
            ui.add(egui::Label::new(theme.weak(tile.label)).truncate());
            value_ui(ui, theme, tile.value);
            ui.add(egui::Label::new(theme.small(tile.hint.unwrap_or(" "))).truncate());
        })
        .response;
    let name = format!("{}: {}", tile.label, tile.value);
    response.widget_info(|| WidgetInfo::labeled(Role::Group, true, &name));
}

/// A figure is never cut off, since what is left of it would read as another one: a long one is
/// written smaller.
fn value_ui(ui: &mut Ui, theme: &Theme, value: &str) {
    let text = theme.figure(value);
    let galley = ui.painter().layout_no_wrap(
        value.to_owned(),
        egui::FontId::proportional(FIGURE_SIZE),
        theme.text,
    );
    let fits = (ui.available_width() / galley.size().x.max(1.0)).min(1.0);
    let size = (FIGURE_SIZE * fits).floor().max(LEAST_SIZE);
    ui.allocate_ui_with_layout(
        vec2(ui.available_width(), galley.size().y),
        egui::Layout::left_to_right(egui::Align::Center),
        |ui| ui.add(egui::Label::new(text.size(size)).truncate()).on_hover_text(value),
    );
}

/// Tiles side by side in as few rows as fit, the same number in each as far as that goes, so that
/// none stands alone beside an empty space.
pub fn stat_row(ui: &mut Ui, theme: &Theme, tiles: &[StatTile<'_>]) {
    if tiles.is_empty() {
        return;
    }
    let available = ui.available_width();
    let mut rest = tiles;
    for n in balanced(tiles.len(), columns_that_fit(available, tiles.len())) {
        let (row, later) = rest.split_at(n);
        rest = later;
        let width = (available - SPACE_M * count(n - 1)) / count(n);
        ui.horizontal_top(|ui| {
            ui.spacing_mut().item_spacing.x = SPACE_M;
            for tile in row {
                ui.allocate_ui(vec2(width, 0.0), |ui| {
                    ui.set_width(width);
                    ui.vertical(|ui| stat_tile(ui, theme, tile));
                });
            }
        });
    }
}

fn columns_that_fit(available: f32, wanted: usize) -> usize {
    (1..=wanted)
        .rev()
        .find(|&columns| MIN_WIDTH * count(columns) + SPACE_M * count(columns - 1) <= available)
        .unwrap_or(1)
}

/// How many tiles stand in each row: as few rows as fit, and as even as can be.
fn balanced(tiles: usize, most: usize) -> impl Iterator<Item = usize> {
    let rows = tiles.div_ceil(most.max(1));
    (0..rows).map(move |row| tiles / rows + usize::from(row < tiles % rows))
}

const fn count(n: usize) -> f32 {
    n as f32
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tiles_wrap_before_they_get_too_narrow() {
        assert_eq!(columns_that_fit(1_000.0, 4), 4);
        assert_eq!(columns_that_fit(500.0, 4), 3);
        assert_eq!(columns_that_fit(10.0, 4), 1);
    }

    #[test]
    fn no_tile_stands_alone_under_a_full_row() {
        let rows = |tiles, most| balanced(tiles, most).collect::<Vec<_>>();
        assert_eq!(rows(5, 5), [5]);
        assert_eq!(rows(5, 4), [3, 2]);
        assert_eq!(rows(7, 3), [3, 2, 2]);
        assert_eq!(rows(2, 1), [1, 1]);
        assert!(balanced(0, 4).next().is_none());
    }
}
