//! One of a few choices, all in sight.

use egui::{CornerRadius, Frame, Margin, Role, Sense, Ui, WidgetInfo, vec2};

use crate::gui::theme::{RADIUS_S, Theme};

/// Choices side by side; arrow keys and clicks choose. True when the choice changed. `label` names
/// the group for screen readers.
pub fn segmented<T: Copy + PartialEq>(ui: &mut Ui, theme: &Theme, label: &str, value: &mut T, choices: &[(T, &str)]) -> bool {
    let before = *value;
    let response = Frame::new()
        .fill(theme.raised)
        .corner_radius(CornerRadius::same(RADIUS_S))
        .inner_margin(Margin::same(2))
        .show(ui, |ui| {
            ui.spacing_mut().item_spacing.x = 2.0;
            ui.horizontal(|ui| {
                for &(choice, name) in choices {
                    if segment_ui(ui, theme, name, choice == before) {
                        *value = choice;
                    }
                }
            });
        })
        .response;
    response.widget_info(|| WidgetInfo::labeled(Role::RadioGroup, true, label));
    *value != before
}

fn segment_ui(ui: &mut Ui, theme: &Theme, name: &str, is_selected: bool) -> bool {
    let ink = if is_selected { theme.text } else { theme.weak_text };
    let galley = ui.painter().layout_no_wrap(name.to_owned(), egui::FontId::proportional(13.5), ink);
    let (rect, response) = ui.allocate_exact_size(galley.size() + vec2(20.0, 8.0), Sense::click());
    if is_selected {
        ui.painter().rect(rect, RADIUS_S - 1, theme.card, theme.hairline(), egui::StrokeKind::Inside);
    } else if response.hovered() {
        ui.painter().rect_filled(rect, RADIUS_S - 1, theme.card.gamma_multiply(0.5));
    }
    if response.has_focus() {
        ui.painter().rect_stroke(rect, RADIUS_S - 1, egui::Stroke::new(1.0, theme.accent), egui::StrokeKind::Inside);
    }
    ui.painter().galley(rect.center() - galley.size() / 2.0, galley, ink);
    response.widget_info(|| WidgetInfo::selected(Role::RadioButton, ui.is_enabled(), is_selected, name));
    response.clicked()
}
