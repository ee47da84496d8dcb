//! Pages, cards and what stands in them.

use egui::{
    Align, Button, Color32, CornerRadius, FontId, Frame, Layout, Margin, Response, RichText, Role,
    ScrollArea, Sense, Ui, WidgetInfo, vec2,
};

use super::icon::{Icon, icon};
use crate::gui::theme::{RADIUS_S, SPACE_L, SPACE_M, SPACE_S, SPACE_XS, Theme};
use crate::gui::view::ViewContext;
use crate::workbench::Severity;

/// A framed card over the whole width.
pub fn card<R>(ui: &mut Ui, theme: &Theme, add: impl FnOnce(&mut Ui) -> R) -> R {
    theme
        .card_frame()
        .show(ui, |ui| {
            ui.set_width(ui.available_width());
            ui.spacing_mut().item_spacing.y = 6.0;
            add(ui)
        })
        .inner
}

/// A card with a title.
pub fn section<R>(ui: &mut Ui, theme: &Theme, title: &str, add: impl FnOnce(&mut Ui) -> R) -> R {
    section_with(ui, theme, title, None, |_| (), add)
}

/// A card with a title, a hint under it and controls at the right end of the title's row.
pub fn section_with<R>(
    ui: &mut Ui,
    theme: &Theme,
    title: &str,
    hint: Option<&str>,
    trailing: impl FnOnce(&mut Ui),
    add: impl FnOnce(&mut Ui) -> R,
) -> R {
    card(ui, theme, |ui| {
        title_row(ui, |ui| heading(ui, theme.heading(title), title), trailing);
        if let Some(hint) = hint {
            ui.label(theme.small(hint));
        }
        ui.add_space(SPACE_XS);
        add(ui)
    })
}

/// A text that screen readers and tests know as a heading.
pub(super) fn heading(ui: &mut Ui, text: RichText, name: &str) -> Response {
    let response = ui.add(egui::Label::new(text).truncate());
    response.widget_info(|| WidgetInfo::labeled(Role::Heading, true, name));
    response
}

/// Controls at the right end of a row and what stands left of them, given the room that is left.
pub(super) fn title_row<R>(
    ui: &mut Ui,
    left: impl FnOnce(&mut Ui) -> R,
    right: impl FnOnce(&mut Ui),
) -> R {
    ui.allocate_ui_with_layout(
        vec2(ui.available_width(), 28.0),
        Layout::right_to_left(Align::Center),
        |ui| {
            right(ui);
            ui.with_layout(Layout::left_to_right(Align::Center), left).inner
        },
    )
    .inner
}

/// Room right of a page's content, where the scroll bar runs.
const BAR_LANE: f32 = 16.0;

/// A page: title row, then content that scrolls under it.
pub fn page(
    ui: &mut Ui,
    cx: &mut ViewContext<'_>,
    title: &str,
    hint: Option<&str>,
    trailing: impl FnOnce(&mut Ui, &mut ViewContext<'_>),
    add: impl FnOnce(&mut Ui, &mut ViewContext<'_>),
) {
    page_frame(ui, cx, title, hint, trailing, |ui, cx| {
        ScrollArea::vertical().id_salt(title).auto_shrink(false).show(ui, |ui| {
            ui.set_max_width(ui.available_width() - BAR_LANE);
            ui.spacing_mut().item_spacing.y = SPACE_M;
            add(ui, cx);
            ui.add_space(SPACE_L);
        });
    });
}

/// A page whose content takes the rest of the window and scrolls by itself, as a table does.
pub fn page_fixed(
    ui: &mut Ui,
    cx: &mut ViewContext<'_>,
    title: &str,
    hint: Option<&str>,
    trailing: impl FnOnce(&mut Ui, &mut ViewContext<'_>),
    add: impl FnOnce(&mut Ui, &mut ViewContext<'_>),
) {
    page_frame(ui, cx, title, hint, trailing, |ui, cx| {
        ui.set_max_width(ui.available_width() - BAR_LANE);
        add(ui, cx);
    });
}

fn page_frame(
    ui: &mut Ui,
    cx: &mut ViewContext<'_>,
    title: &str,
    hint: Option<&str>,
    trailing: impl FnOnce(&mut Ui, &mut ViewContext<'_>),
    add: impl FnOnce(&mut Ui, &mut ViewContext<'_>),
) {
    let theme = cx.theme;
    Frame::new().inner_margin(Margin { left: 24, right: 8, top: 14, bottom: 0 }).show(ui, |ui| {
        let width = ui.available_width() - BAR_LANE;
        ui.allocate_ui(vec2(width, 28.0), |ui| {
            title_row(
                ui,
                |ui| {
                    heading(ui, theme.title(title), title);
                    if let Some(hint) = hint {
                        ui.add_space(SPACE_S);
                        ui.add(egui::Label::new(theme.weak(hint)).truncate());
                    }
                },
                |ui| trailing(ui, cx),
            )
        });
        ui.add_space(SPACE_S);
        add(ui, cx);
    });
}

/// A word in a small coloured frame.
pub fn badge(ui: &mut Ui, theme: &Theme, color: Color32, text: &str) -> Response {
    let (fill, ink) = (badge_fill(theme, color), badge_ink(theme, color));
    let galley = ui.painter().layout_no_wrap(text.to_owned(), FontId::proportional(12.0), ink);
    let (rect, response) = ui.allocate_exact_size(galley.size() + vec2(14.0, 5.0), Sense::hover());
    ui.painter().rect_filled(rect, RADIUS_S, fill);
    ui.painter().galley(rect.center() - galley.size() / 2.0, galley, ink);
    response.widget_info(|| WidgetInfo::labeled(Role::Label, true, text));
    response
}

/// Ground of a badge.
pub(in crate::gui) fn badge_fill(theme: &Theme, color: Color32) -> Color32 {
    theme.card.lerp_to_gamma(color, if theme.is_dark { 0.2 } else { 0.14 })
}

/// Text on a badge.
pub(in crate::gui) fn badge_ink(theme: &Theme, color: Color32) -> Color32 {
    theme.text.lerp_to_gamma(color, if theme.is_dark { 0.45 } else { 0.6 })
}

/// A remark in a coloured frame, with an icon so that the colour is not alone in saying how serious.
pub fn callout(ui: &mut Ui, theme: &Theme, severity: Severity, text: &str) {
    let (color, picture) = severity_look(theme, severity);
    Frame::new()
        .fill(theme.card.lerp_to_gamma(color, if theme.is_dark { 0.1 } else { 0.07 }))
        .stroke(egui::Stroke::new(1.0, theme.border.lerp_to_gamma(color, 0.4)))
        .corner_radius(CornerRadius::same(RADIUS_S))
        .inner_margin(Margin::symmetric(12, 8))
        .show(ui, |ui| {
            ui.set_width(ui.available_width());
            ui.horizontal_top(|ui| {
                icon(ui, picture, 18.0, color);
                ui.add_space(SPACE_XS);
                ui.add(egui::Label::new(theme.body(text)).wrap());
            });
        });
}

/// Colour and icon of a severity.
pub(in crate::gui) const fn severity_look(theme: &Theme, severity: Severity) -> (Color32, Icon) {
    match severity {
        Severity::Info => (theme.accent, Icon::Info),
        Severity::Warning => (theme.warning, Icon::Warning),
        Severity::Error => (theme.bad, Icon::Error),
    }
}

/// The one button of a page that matters most.
pub fn primary_button(ui: &mut Ui, theme: &Theme, text: &str) -> Response {
    let (fill, ink) = if ui.is_enabled() {
        (theme.accent, theme.on_accent)
    } else {
        (theme.raised, theme.weak_text)
    };
    let button = Button::new(RichText::new(text).size(14.0).color(ink))
        .fill(fill)
        .stroke(egui::Stroke::NONE)
        .wrap_mode(egui::TextWrapMode::Extend)
        .min_size(vec2(0.0, 32.0));
    let response = ui.scope(|ui| {
        ui.spacing_mut().button_padding.x = SPACE_L;
        ui.add(button)
    });
    if response.inner.has_focus() {
        let ring = response.inner.rect.expand(2.0);
        ui.painter().rect_stroke(
            ring,
            CornerRadius::same(RADIUS_S + 2),
            egui::Stroke::new(1.5, theme.text),
            egui::StrokeKind::Inside,
        );
    }
    ui.add_space(SPACE_M - SPACE_S);
    response.inner
}
