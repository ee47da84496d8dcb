//! What stands where nothing is yet.

use egui::{Align, Layout, Ui, vec2};

use super::card::primary_button;
use super::icon::{Icon, icon};
use crate::gui::theme::{SPACE_M, SPACE_S, SPACE_XL, Theme};

/// An icon, what is missing, what to do next, and a button that does it. True when it was clicked.
pub fn empty_state(
    ui: &mut Ui,
    theme: &Theme,
    picture: Icon,
    title: &str,
    hint: &str,
    action: Option<&str>,
) -> bool {
    let height = (ui.available_height() * 0.5).clamp(180.0, 320.0);
    ui.allocate_ui_with_layout(
        vec2(ui.available_width(), height),
        Layout::top_down(Align::Center),
        |ui| {
            ui.add_space((height - 170.0).max(SPACE_XL) * 0.5);
            icon(ui, picture, 40.0, theme.weak_text);
            ui.add_space(SPACE_S);
            ui.label(theme.heading(title));
            ui.scope(|ui| {
                ui.set_max_width(460.0);
                ui.add(egui::Label::new(theme.weak(hint)).wrap());
            });
            ui.add_space(SPACE_M);
            action.is_some_and(|action| primary_button(ui, theme, action).clicked())
        },
    )
    .inner
}
