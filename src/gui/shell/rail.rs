//! The navigation rail.

use egui::{Rect, Role, Sense, Ui, WidgetInfo, pos2, vec2};

use super::shortcuts::Action;
use crate::gui::theme::{RADIUS_S, SPACE_XS};
use crate::gui::view::{VIEWS, ViewContext, ViewEntry, ViewId};
use crate::gui::widgets::Icon;

/// Width of the rail with its margins.
pub(super) const WIDTH: f32 = 188.0;
const ROW: f32 = 34.0;

pub(super) fn show(ui: &mut Ui, cx: &mut ViewContext<'_>, current: ViewId) {
    ui.spacing_mut().item_spacing.y = SPACE_XS;
    for entry in VIEWS {
        if entry_ui(ui, cx, entry, entry.id == current) {
            cx.go(entry.id);
        }
    }
}

fn entry_ui(ui: &mut Ui, cx: &ViewContext<'_>, entry: &ViewEntry, is_current: bool) -> bool {
    let theme = cx.theme;
    let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), ROW), Sense::click());
    let (fill, ink, picture) = if is_current {
        (theme.accent_soft, theme.text, theme.accent)
    } else if response.hovered() {
        (theme.raised, theme.text, theme.text)
    } else {
        (egui::Color32::TRANSPARENT, theme.weak_text, theme.weak_text)
    };
    ui.painter().rect_filled(rect, RADIUS_S, fill);
    if response.has_focus() {
        ui.painter().rect_stroke(
            rect,
            RADIUS_S,
            egui::Stroke::new(1.0, theme.accent),
            egui::StrokeKind::Inside,
        );
    }
    let icon = Rect::from_center_size(pos2(rect.left() + 21.0, rect.center().y), vec2(18.0, 18.0));
    entry.icon.paint(ui.painter(), icon, picture);
    let title = cx.text.tr(entry.title);
    let at = pos2(rect.left() + 40.0, rect.center().y);
    ui.painter().text(at, egui::Align2::LEFT_CENTER, title, egui::FontId::proportional(14.0), ink);
    if entry.id == ViewId::Training
        && cx.state.training.as_ref().is_some_and(|training| training.ticket.is_some())
    {
        let dot =
            Rect::from_center_size(pos2(rect.right() - 16.0, rect.center().y), vec2(14.0, 14.0));
        Icon::Clock.paint(ui.painter(), dot, theme.accent);
    }
    response.widget_info(|| WidgetInfo::selected(Role::Tab, true, is_current, title));
    let is_clicked = response.clicked();
    if let Some(keys) = Action::View(entry.id).shortcut() {
        response.on_hover_ui(|ui| {
            let keys = ui.ctx().format_shortcut(&keys);
            ui.label(theme.small(keys));
        });
    }
    is_clicked
}
