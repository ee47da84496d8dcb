//! The findings, the most severe first.

use egui::{Align2, FontId, Rect, Role, Sense, Ui, WidgetInfo, pos2, vec2};

use super::words;
use crate::dataset::quality::Finding;
use crate::gui::theme::{SPACE_M, SPACE_S};
use crate::gui::view::ViewContext;
use crate::gui::widgets::{left_icon_rect, section_with, severity_look};

const ROW: f32 = 50.0;
const ICON: f32 = 18.0;
const TRACK: f32 = 5.0;

/// Show the list; the finding that was clicked.
pub(super) fn show(
    ui: &mut Ui,
    cx: &ViewContext<'_>,
    findings: &[Finding],
    picked: usize,
) -> Option<usize> {
    let (title, hint) = (cx.text.tr("quality-findings"), cx.text.tr("quality-findings-hint"));
    section_with(
        ui,
        cx.theme,
        title,
        Some(hint),
        |_| (),
        |ui| {
            ui.spacing_mut().item_spacing.y = 2.0;
            let mut clicked = None;
            for (position, finding) in findings.iter().enumerate() {
                if row_ui(ui, cx, finding, position == picked) {
                    clicked = Some(position);
                }
            }
            clicked
        },
    )
}

fn row_ui(ui: &mut Ui, cx: &ViewContext<'_>, finding: &Finding, is_picked: bool) -> bool {
    let theme = cx.theme;
    let (rect, response) = ui.allocate_exact_size(vec2(ui.available_width(), ROW), Sense::click());
    let (severity_key, severity) = words::severity_of(finding.severity);
    let (color, picture) = severity_look(theme, severity);
    let title = words::title(cx.text, finding);
    let word = cx.text.tr(severity_key);
    let count = cx.text.count(finding.count);
    let painter = ui.painter_at(rect);
    if is_picked {
        painter.rect_filled(rect, 6, theme.accent_soft);
    } else if response.hovered() || response.has_focus() {
        painter.rect_filled(rect, 6, theme.raised.gamma_multiply(0.5));
    }
    let icon_rect = left_icon_rect(rect, SPACE_S, ICON);
    picture.paint(&painter, icon_rect, color);
    let (left, right) = (icon_rect.right() + SPACE_M, rect.right() - SPACE_S);
    let small = FontId::proportional(12.0);
    let number = painter.text(
        pos2(right, rect.top() + 16.0),
        Align2::RIGHT_CENTER,
        &count,
        FontId::proportional(13.5),
        theme.text,
    );
    let mut job = egui::text::LayoutJob::simple_singleline(
        title.clone(),
        FontId::proportional(13.5),
        theme.text,
    );
    job.wrap = egui::text::TextWrapping::truncate_at_width(number.left() - SPACE_M - left);
    let galley = ui.painter().layout_job(job);
    painter.galley(pos2(left, rect.top() + 16.0 - galley.size().y / 2.0), galley, theme.text);
    let below = rect.top() + 36.0;
    let word_rect =
        painter.text(pos2(left, below), Align2::LEFT_CENTER, word, small.clone(), color);
    let share = cx.text.percent(finding.share, 2);
    let share_rect =
        painter.text(pos2(right, below), Align2::RIGHT_CENTER, &share, small, theme.weak_text);
    let track = Rect::from_min_max(
        pos2((left + 64.0).max(word_rect.right() + SPACE_M), below - TRACK / 2.0),
        pos2((right - 64.0).min(share_rect.left() - SPACE_M), below + TRACK / 2.0),
    );
    if track.width() > 0.0 {
        painter.rect_filled(track, 2, theme.raised);
        let length = track.width() * finding.share.clamp(0.0, 1.0) as f32;
        let filled = Rect::from_min_size(track.min, vec2(length, TRACK));
        painter.rect_filled(filled, 2, color);
    }
    let name = format!("{word}: {title}, {count}");
    response.widget_info(|| WidgetInfo::selected(Role::ListItem, true, is_picked, &name));
    let clicked = response.clicked();
    response.on_hover_text(words::count(cx.text, finding));
    clicked
}
