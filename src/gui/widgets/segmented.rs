//! One of a few choices, all in sight.

use std::sync::Arc;

use egui::{FontId, Galley, Rect, Role, Sense, Ui, WidgetInfo, pos2, vec2};

use crate::gui::theme::{RADIUS_S, Theme};

const PADDING: egui::Vec2 = vec2(20.0, 8.0);
const RIM: f32 = 2.0;

/// Choices side by side; Tab and Space or clicks choose. True when the choice changed. `label` names
/// the group for screen readers.
pub fn segmented<T: Copy + PartialEq>(
    ui: &mut Ui,
    theme: &Theme,
    label: &str,
    value: &mut T,
    choices: &[(T, &str)],
) -> bool {
    let before = *value;
    let ink = |choice: T| if choice == before { theme.text } else { theme.weak_text };
    let layout = |&(choice, name): &(T, &str)| {
        ui.painter().layout_no_wrap(name.to_owned(), FontId::proportional(13.5), ink(choice))
    };
    let galleys: Vec<Arc<Galley>> = choices.iter().map(layout).collect();
    let widths = galleys.iter().map(|galley| galley.size().x + PADDING.x);
    let height = galleys.iter().map(|galley| galley.size().y).fold(0.0, f32::max) + PADDING.y;
    let size = vec2(widths.sum::<f32>(), height) + egui::Vec2::splat(2.0 * RIM);
    let (rect, response) = ui.allocate_exact_size(size, Sense::hover());
    response.widget_info(|| WidgetInfo::labeled(Role::RadioGroup, true, label));
    ui.painter().rect_filled(rect, RADIUS_S, theme.raised);
    let mut left = rect.left() + RIM;
    for (&(choice, name), galley) in choices.iter().zip(galleys) {
        let corner = pos2(left, rect.top() + RIM);
        let segment = Rect::from_min_size(corner, vec2(galley.size().x + PADDING.x, height));
        left = segment.right();
        if segment_ui(ui, theme, response.id.with(name), segment, (name, galley), choice == before)
        {
            *value = choice;
        }
    }
    *value != before
}

fn segment_ui(
    ui: &Ui,
    theme: &Theme,
    id: egui::Id,
    rect: Rect,
    (name, galley): (&str, Arc<Galley>),
    is_selected: bool,
) -> bool {
    let response = ui.interact(rect, id, Sense::click());
    let inside = egui::StrokeKind::Inside;
    if is_selected {
        ui.painter().rect(rect, RADIUS_S - 1, theme.card, theme.hairline(), inside);
    } else if response.hovered() && ui.is_enabled() {
        ui.painter().rect_filled(rect, RADIUS_S - 1, theme.card.gamma_multiply(0.5));
    }
    if response.has_focus() {
        ui.painter().rect_stroke(rect, RADIUS_S - 1, egui::Stroke::new(1.0, theme.accent), inside);
    }
    ui.painter().galley(rect.center() - galley.size() / 2.0, galley, theme.text);
    response.widget_info(|| {
        WidgetInfo::selected(Role::RadioButton, ui.is_enabled(), is_selected, name)
    });
    response.clicked()
}
