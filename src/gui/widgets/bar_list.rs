//! Named values as horizontal bars.

use egui::{Align2, FontId, Rect, Role, Sense, Ui, WidgetInfo, pos2, vec2};

use crate::gui::theme::{SPACE_S, Theme};

/// One bar.
#[derive(Debug, Clone)]
pub struct Bar {
    /// What it stands for.
    pub label: String,
    /// Its length; negative values count as none.
    pub value: f64,
    /// The value as it is shown.
    pub text: String,
    /// Its colour; the accent where there is none.
    pub color: Option<egui::Color32>,
    /// A value to compare with, drawn as a tick, such as the shop's average.
    pub marker: Option<f64>,
}

const ROW: f32 = 24.0;
/// Of the room left by the values, names take at most so much.
const LABEL_SHARE: f32 = 0.6;

/// Bars in the order given, scaled to the longest. Gives back the one that was clicked.
pub fn bar_list(
    ui: &mut Ui,
    theme: &Theme,
    bars: &[Bar],
    selected: Option<usize>,
) -> Option<usize> {
    let longest =
        bars.iter().flat_map(|bar| [Some(bar.value), bar.marker]).flatten().fold(0.0_f64, f64::max);
    let value_width =
        bars.iter().map(|bar| text_width(ui, &bar.text)).fold(0.0, f32::max) + SPACE_S;
    // A name tells more than the last pixels of a bar.
    let label_width = ((ui.available_width() - value_width) * LABEL_SHARE)
        .min(bars.iter().map(|bar| text_width(ui, &bar.label)).fold(0.0, f32::max) + SPACE_S * 2.0);
    let mut clicked = None;
    ui.scope(|ui| {
        ui.spacing_mut().item_spacing.y = 2.0;
        for (index, bar) in bars.iter().enumerate() {
            let widths = Widths { label: label_width, value: value_width, longest };
            if bar_ui(ui, theme, bar, &widths, selected == Some(index)) {
                clicked = Some(index);
            }
        }
    });
    clicked
}

struct Widths {
    label: f32,
    value: f32,
    longest: f64,
}

fn text_width(ui: &Ui, text: &str) -> f32 {
    ui.painter()
        .layout_no_wrap(text.to_owned(), FontId::proportional(13.0), ui.visuals().text_color())
        .size()
        .x
}

fn bar_ui(ui: &mut Ui, theme: &Theme, bar: &Bar, widths: &Widths, is_selected: bool) -> bool {
    let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), ROW), Sense::click());
    let painter = ui.painter_at(rect);
    if is_selected {
        painter.rect_filled(rect, 4, theme.accent_soft);
    } else if response.hovered() || response.has_focus() {
        painter.rect_filled(rect, 4, theme.raised.gamma_multiply(0.5));
    }
    let font = FontId::proportional(13.0);
    let label_rect = Rect::from_min_max(rect.min, pos2(rect.left() + widths.label, rect.bottom()));
    let label = elided(ui, &bar.label, widths.label - SPACE_S * 1.5, theme.text);
    painter.galley(
        pos2(label_rect.left() + 4.0, rect.center().y - label.size().y / 2.0),
        label,
        theme.text,
    );
    let track = Rect::from_min_max(
        pos2(label_rect.right(), rect.center().y - 5.0),
        pos2(
            (rect.right() - widths.value - SPACE_S).max(label_rect.right() + 8.0),
            rect.center().y + 5.0,
        ),
    );
    painter.rect_filled(track, 3, theme.raised);
    let at = |value: f64| track.left() + track.width() * share(value, widths.longest);
    let filled = Rect::from_min_max(track.min, pos2(at(bar.value), track.bottom()));
    painter.rect_filled(filled, 3, bar.color.unwrap_or(theme.accent));
    if let Some(marker) = bar.marker {
        painter.vline(at(marker), track.expand(3.0).y_range(), egui::Stroke::new(2.0, theme.text));
    }
    painter.text(
        pos2(rect.right() - 4.0, rect.center().y),
        Align2::RIGHT_CENTER,
        &bar.text,
        font,
        theme.weak_text,
    );
    let name = format!("{}: {}", bar.label, bar.text);
    response.widget_info(|| WidgetInfo::labeled(Role::ListItem, true, &name));
    let clicked = response.clicked();
    response.on_hover_text(name);
    clicked
}

/// Text on one line, with an ellipsis where it does not fit.
pub(super) fn elided(
    ui: &Ui,
    text: &str,
    width: f32,
    color: egui::Color32,
) -> std::sync::Arc<egui::Galley> {
    let mut job = egui::text::LayoutJob::simple_singleline(
        text.to_owned(),
        FontId::proportional(13.0),
        color,
    );
    job.wrap = egui::text::TextWrapping::truncate_at_width(width.max(8.0));
    ui.painter().layout_job(job)
}

fn share(value: f64, longest: f64) -> f32 {
    if longest > 0.0 && value.is_finite() { (value / longest).clamp(0.0, 1.0) as f32 } else { 0.0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_stay_within_the_track() {
        assert!((share(5.0, 10.0) - 0.5).abs() < 1e-6);
        assert!(share(-1.0, 10.0).abs() < f32::EPSILON);
        assert!(share(f64::NAN, 10.0).abs() < f32::EPSILON);
        assert!(share(1.0, 0.0).abs() < f32::EPSILON);
    }
}
