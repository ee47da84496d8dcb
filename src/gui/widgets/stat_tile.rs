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

/// One tile, as wide as there is room.
pub fn stat_tile(ui: &mut Ui, theme: &Theme, tile: &StatTile<'_>) {
    let response = theme
        .card_frame()
        .inner_margin(egui::Margin::symmetric(16, 12))
        .show(ui, |ui| {
            ui.set_width(ui.available_width());
            ui.spacing_mut().item_spacing.y = SPACE_XS;
            ui.add(egui::Label::new(theme.weak(tile.label)).truncate());
            ui.add(egui::Label::new(theme.figure(tile.value)).truncate());
            ui.add(egui::Label::new(theme.small(tile.hint.unwrap_or(" "))).truncate());
        })
        .response;
    let name = format!("{}: {}", tile.label, tile.value);
    response.widget_info(|| WidgetInfo::labeled(Role::Group, true, &name));
}

/// Tiles side by side, wrapped where the window is narrow, all of one width.
pub fn stat_row(ui: &mut Ui, theme: &Theme, tiles: &[StatTile<'_>]) {
    if tiles.is_empty() {
        return;
    }
    let available = ui.available_width();
    let per_row = columns_that_fit(available, tiles.len());
    for row in tiles.chunks(per_row) {
        let width = (available - SPACE_M * count(per_row - 1)) / count(per_row);
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
}
