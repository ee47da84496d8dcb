//! A product as a merchandiser sees it.

use egui::{
    Align2, CornerRadius, FontId, Image, Rect, Response, Role, Sense, Ui, WidgetInfo, vec2,
};

use super::card::badge;
use crate::gui::pictures;
use crate::gui::theme::{RADIUS, RADIUS_S, SPACE_S, SPACE_XS, Theme};

/// What a card shows.
#[derive(Debug, Clone, Copy)]
pub struct CardContent<'a> {
    /// Product name, on at most two lines.
    pub title: &'a str,
    /// Price, brand and category.
    pub subtitle: &'a str,
    /// Category, for the picture.
    pub category: Option<&'a str>,
    /// Rank or score.
    pub score: Option<&'a str>,
    /// Why it is shown, strongest first.
    pub reasons: &'a [String],
    /// Where else it stands, under the reasons.
    pub note: Option<&'a str>,
    /// Whether it is picked.
    pub is_selected: bool,
}

/// A card of a fixed width. Click it to pick the product.
pub fn product_card(ui: &mut Ui, theme: &Theme, width: f32, content: &CardContent<'_>) -> Response {
    let fill = if content.is_selected { theme.accent_soft } else { theme.card };
    let stroke =
        if content.is_selected { egui::Stroke::new(1.0, theme.accent) } else { theme.hairline() };
    let frame = egui::Frame::new()
        .fill(fill)
        .stroke(stroke)
        .corner_radius(CornerRadius::same(RADIUS))
        .inner_margin(10);
    let shown = frame.show(ui, |ui| {
        ui.set_width(width - 22.0);
        ui.horizontal_top(|ui| {
            product_picture(ui, theme, content.category, content.title, 52.0);
            ui.vertical(|ui| {
                ui.spacing_mut().item_spacing.y = SPACE_XS;
                title_ui(ui, theme, content.title);
                ui.add(egui::Label::new(theme.small(content.subtitle)).truncate());
            });
        });
        if let Some(score) = content.score {
            badge(ui, theme, theme.accent, score);
        }
        for reason in content.reasons {
            ui.add(egui::Label::new(theme.small(reason.as_str())).wrap());
        }
        if let Some(note) = content.note {
            ui.add(egui::Label::new(theme.small(note).color(theme.good)).wrap());
        }
    });
    let response = shown.response.interact(Sense::click());
    response.widget_info(|| {
        WidgetInfo::selected(Role::Button, true, content.is_selected, content.title)
    });
    if response.hovered() || response.has_focus() {
        let ring = egui::Stroke::new(1.0, theme.accent);
        ui.painter().rect_stroke(
            response.rect,
            CornerRadius::same(RADIUS),
            ring,
            egui::StrokeKind::Inside,
        );
    }
    response.on_hover_cursor(egui::CursorIcon::PointingHand)
}

fn title_ui(ui: &mut Ui, theme: &Theme, title: &str) {
    let mut job = egui::text::LayoutJob::simple(
        title.to_owned(),
        FontId::proportional(14.0),
        theme.text,
        ui.available_width(),
    );
    job.wrap.max_rows = 2;
    job.wrap.overflow_character = Some('…');
    let label = ui.add(egui::Label::new(job));
    label.on_hover_text(title);
}

/// The picture of a category, or the product's initial where there is none. Decoration only.
pub fn product_picture(ui: &mut Ui, theme: &Theme, category: Option<&str>, title: &str, size: f32) {
    let (rect, _) = ui.allocate_exact_size(vec2(size, size), Sense::hover());
    match category.and_then(pictures::of_category) {
        Some(picture) => picture_ui(ui, theme, rect, picture),
        None => initial_ui(ui, theme, rect, category.unwrap_or(title), title),
    }
    ui.add_space(SPACE_S - SPACE_XS);
}

fn picture_ui(ui: &Ui, theme: &Theme, rect: Rect, picture: &pictures::Picture) {
    ui.painter().rect_filled(rect, RADIUS_S, theme.raised);
    Image::from_bytes(picture.uri, picture.bytes).corner_radius(RADIUS_S).paint_at(ui, rect);
}

fn initial_ui(ui: &Ui, theme: &Theme, rect: Rect, colored_by: &str, title: &str) {
    let hue = colored_by
        .bytes()
        .fold(0_usize, |sum, byte| sum.wrapping_mul(31).wrapping_add(usize::from(byte)));
    let color = theme.category(hue);
    ui.painter().rect_filled(rect, RADIUS_S, theme.card.lerp_to_gamma(color, 0.25));
    let initial: String = title
        .chars()
        .find(|letter| letter.is_alphanumeric())
        .into_iter()
        .flat_map(char::to_uppercase)
        .collect();
    let ink = theme.text.lerp_to_gamma(color, 0.5);
    ui.painter().text(
        rect.center(),
        Align2::CENTER_CENTER,
        initial,
        FontId::proportional(rect.height() * 0.42),
        ink,
    );
}
