//! Colours, spacing and type. The only file with colour literals.

use egui::{
    Color32, CornerRadius, FontFamily, FontId, Margin, RichText, Shadow, Stroke, TextStyle, Vec2,
    vec2,
};

use crate::dataset::EventKind;
use crate::workbench::settings::ThemeChoice;

/// Between things that belong together.
pub const SPACE_XS: f32 = 4.0;
/// Between neighbours.
pub const SPACE_S: f32 = 8.0;
/// Between groups, and inside cards.
pub const SPACE_M: f32 = 12.0;
/// Between cards.
pub const SPACE_L: f32 = 16.0;
/// Around a page.
pub const SPACE_XL: f32 = 24.0;
/// Corner radius of cards.
pub const RADIUS: u8 = 8;
/// Corner radius of buttons and fields.
pub const RADIUS_S: u8 = 6;
/// Height of a row in a table.
pub const ROW_HEIGHT: f32 = 26.0;

/// A colour scheme.
#[derive(Debug, Clone, PartialEq)]
pub struct Theme {
    /// Whether it is light on dark.
    pub is_dark: bool,
    /// Behind everything.
    pub background: Color32,
    /// Navigation rail, top and status bars.
    pub panel: Color32,
    /// Cards and tables.
    pub card: Color32,
    /// Fields, tracks of bars, hovered rows.
    pub raised: Color32,
    /// Hairlines.
    pub border: Color32,
    /// Text.
    pub text: Color32,
    /// Labels and hints; still 4.5:1 on a card.
    pub weak_text: Color32,
    /// Buttons that matter, what is picked, the first series.
    pub accent: Color32,
    /// Text on the accent colour.
    pub on_accent: Color32,
    /// A wash of the accent behind what is picked.
    pub accent_soft: Color32,
    /// Something went well; never without a word or an icon.
    pub good: Color32,
    /// Something to look at.
    pub warning: Color32,
    /// Something failed.
    pub bad: Color32,
    /// Colours of categories, told apart with any colour vision (after Okabe and Ito).
    pub categorical: [Color32; 8],
}

const fn rgb(hex: u32) -> Color32 {
    let [_, r, g, b] = hex.to_be_bytes();
    Color32::from_rgb(r, g, b)
}

const DARK: Theme = Theme {
    is_dark: true,
    background: rgb(0x0f_11_14),
    panel: rgb(0x14_17_1b),
    card: rgb(0x19_1d_22),
    raised: rgb(0x24_29_30),
    border: rgb(0x2a_30_38),
    text: rgb(0xe7_ea_ee),
    weak_text: rgb(0x9d_a7_b3),
    accent: rgb(0x5b_8d_ef),
    on_accent: rgb(0x0b_10_1a),
    accent_soft: rgb(0x1a_28_41),
    good: rgb(0x4c_c3_8a),
    warning: rgb(0xf0_b4_4c),
    bad: rgb(0xf2_6d_6d),
    categorical: [
        rgb(0x5b_a9_f0),
        rgb(0xf0_a8_3a),
        rgb(0x2f_bf_92),
        rgb(0xe8_73_4a),
        rgb(0xd9_8c_b8),
        rgb(0x8f_d3_f5),
        rgb(0xe8_dd_5a),
        rgb(0xa3_ad_b8),
    ],
};

const LIGHT: Theme = Theme {
    is_dark: false,
    background: rgb(0xf5_f6_f8),
    panel: rgb(0xfb_fb_fc),
    card: rgb(0xff_ff_ff),
    raised: rgb(0xed_ef_f3),
    border: rgb(0xe0_e4_e9),
    text: rgb(0x1a_1f_26),
    weak_text: rgb(0x5a_65_72),
    accent: rgb(0x2f_63_d6),
    on_accent: rgb(0xff_ff_ff),
    accent_soft: rgb(0xe3_ec_fd),
    good: rgb(0x15_80_54),
    warning: rgb(0x9a_63_00),
    bad: rgb(0xc6_36_36),
    categorical: [
        rgb(0x1f_72_b8),
        rgb(0xc8_7f_00),
        rgb(0x0b_90_6c),
        rgb(0xc9_51_1d),
        rgb(0xb5_5c_91),
        rgb(0x38_99_ce),
        rgb(0xa3_91_08),
        rgb(0x6b_76_82),
    ],
};

/// Colours of the window's icon: ground, shelf, and three bars.
pub const ICON_COLORS: [Color32; 5] =
    [rgb(0x16_1c_26), rgb(0xe7_ea_ee), rgb(0x5b_a9_f0), rgb(0x2f_bf_92), rgb(0xf0_a8_3a)];

impl Theme {
    /// The scheme that the user chose.
    #[must_use]
    pub const fn of(choice: ThemeChoice) -> &'static Self {
        match choice {
            ThemeChoice::Dark => &DARK,
            ThemeChoice::Light => &LIGHT,
        }
    }

    /// Colour of a value in `0..=1` on the viridis scale.
    #[must_use]
    pub fn sequential(&self, share: f32) -> Color32 {
        let color = colorous::VIRIDIS.eval_continuous(f64::from(share.clamp(0.0, 1.0)));
        Color32::from_rgb(color.r, color.g, color.b)
    }

    /// Colour of a value in `-1..=1` around a centre of 0.
    #[must_use]
    pub fn diverging(&self, value: f32) -> Color32 {
        let ends = if value < 0.0 { rgb(0x3b_7d_c4) } else { rgb(0xd0_6a_2c) };
        let centre = if self.is_dark { rgb(0x22_27_2e) } else { rgb(0xf4_f5_f7) };
        centre.lerp_to_gamma(ends, value.abs().clamp(0.0, 1.0))
    }

    /// Colour of a cell that has no value.
    #[must_use]
    pub const fn missing(&self) -> Color32 {
        self.raised
    }

    /// Text that can be read on a sequential or diverging colour.
    #[must_use]
    pub fn text_on(&self, fill: Color32) -> Color32 {
        // Where black and white stand out equally, by 4.6 to 1; anything softer falls below 4.5.
        if luminance(fill) > 0.179 { Color32::BLACK } else { Color32::WHITE }
    }

    /// Colour of the n-th category or series.
    #[must_use]
    pub const fn category(&self, index: usize) -> Color32 {
        self.categorical[index % self.categorical.len()]
    }

    /// Colour of a kind of event, the same everywhere.
    #[must_use]
    pub const fn event(&self, kind: EventKind) -> Color32 {
        self.categorical[match kind {
            EventKind::View => 0,
            EventKind::Search => 5,
            EventKind::Cart => 1,
            EventKind::Purchase => 2,
            EventKind::Review => 4,
            EventKind::Return => 3,
            EventKind::Rating => 6,
        }]
    }

    /// Stroke of hairlines.
    #[must_use]
    pub fn hairline(&self) -> Stroke {
        Stroke::new(1.0, self.border)
    }

    /// Title of a page.
    #[must_use]
    pub fn title(&self, text: impl Into<String>) -> RichText {
        RichText::new(text).size(22.0).color(self.text)
    }

    /// Title of a card.
    #[must_use]
    pub fn heading(&self, text: impl Into<String>) -> RichText {
        RichText::new(text).size(15.5).color(self.text)
    }

    /// Running text.
    #[must_use]
    pub fn body(&self, text: impl Into<String>) -> RichText {
        RichText::new(text).size(14.0).color(self.text)
    }

    /// Labels and hints.
    #[must_use]
    pub fn weak(&self, text: impl Into<String>) -> RichText {
        RichText::new(text).size(13.0).color(self.weak_text)
    }

    /// Small print.
    #[must_use]
    pub fn small(&self, text: impl Into<String>) -> RichText {
        RichText::new(text).size(12.0).color(self.weak_text)
    }

    /// A figure that is the point of its card.
    #[must_use]
    pub fn figure(&self, text: impl Into<String>) -> RichText {
        RichText::new(text).size(26.0).color(self.text)
    }

    /// Ids, paths, code.
    #[must_use]
    pub fn mono(&self, text: impl Into<String>) -> RichText {
        RichText::new(text).monospace().size(13.0).color(self.text)
    }

    /// The frame of a card.
    pub fn card_frame(&self) -> egui::Frame {
        egui::Frame::new()
            .fill(self.card)
            .stroke(self.hairline())
            .corner_radius(CornerRadius::same(RADIUS))
            .inner_margin(Margin::same(16))
    }

    /// Make egui look like this theme.
    pub fn apply(&self, ctx: &egui::Context) {
        let preference =
            if self.is_dark { egui::ThemePreference::Dark } else { egui::ThemePreference::Light };
        ctx.set_theme(preference);
        ctx.all_styles_mut(|style| {
            style.text_styles = text_styles();
            set_spacing(style);
            self.set_visuals(&mut style.visuals);
        });
    }

    fn set_visuals(&self, visuals: &mut egui::Visuals) {
        visuals.dark_mode = self.is_dark;
        visuals.panel_fill = self.background;
        visuals.window_fill = self.card;
        visuals.window_stroke = self.hairline();
        visuals.window_corner_radius = CornerRadius::same(RADIUS);
        visuals.menu_corner_radius = CornerRadius::same(RADIUS);
        visuals.window_shadow = self.shadow();
        visuals.popup_shadow = self.shadow();
        visuals.extreme_bg_color = if self.is_dark { self.background } else { self.card };
        visuals.faint_bg_color = self.card.lerp_to_gamma(self.raised, 0.35);
        visuals.code_bg_color = self.raised;
        visuals.hyperlink_color = self.accent;
        visuals.warn_fg_color = self.warning;
        visuals.error_fg_color = self.bad;
        visuals.weak_text_color = Some(self.weak_text);
        visuals.selection.bg_fill = self.accent_soft;
        visuals.selection.stroke = Stroke::new(1.0, self.accent);
        visuals.striped = false;
        visuals.slider_trailing_fill = true;
        self.set_widgets(&mut visuals.widgets);
    }

    fn shadow(&self) -> Shadow {
        let alpha = if self.is_dark { 110 } else { 36 };
        Shadow { offset: [0, 6], blur: 24, spread: 0, color: Color32::from_black_alpha(alpha) }
    }

    fn set_widgets(&self, widgets: &mut egui::style::Widgets) {
        let radius = CornerRadius::same(RADIUS_S);
        let hover = self.raised.lerp_to_gamma(self.text, 0.08);
        for (state, fill, stroke, text) in [
            (&mut widgets.noninteractive, self.card, self.border, self.text),
            (&mut widgets.inactive, self.raised, self.border, self.text),
            (&mut widgets.hovered, hover, self.weak_text, self.text),
            (&mut widgets.active, self.accent_soft, self.accent, self.text),
            (&mut widgets.open, self.raised, self.accent, self.text),
        ] {
            state.bg_fill = fill;
            state.weak_bg_fill = fill;
            state.bg_stroke = Stroke::new(1.0, stroke);
            state.fg_stroke = Stroke::new(1.0, text);
            state.corner_radius = radius;
            state.expansion = 0.0;
        }
    }
}

/// Relative luminance of an opaque colour, from 0 to 1 (WCAG 2.2).
fn luminance(color: Color32) -> f32 {
    let linear = |channel: u8| {
        let value = f32::from(channel) / 255.0;
        if value <= 0.040_45 { value / 12.92 } else { ((value + 0.055) / 1.055).powf(2.4) }
    };
    0.2126 * linear(color.r()) + 0.7152 * linear(color.g()) + 0.0722 * linear(color.b())
}

fn text_styles() -> std::collections::BTreeMap<TextStyle, FontId> {
    let text = |size| FontId::new(size, FontFamily::Proportional);
    [
        (TextStyle::Small, text(12.0)),
        (TextStyle::Body, text(14.0)),
        (TextStyle::Button, text(14.0)),
        (TextStyle::Heading, text(18.0)),
        (TextStyle::Monospace, FontId::new(13.0, FontFamily::Monospace)),
    ]
    .into()
}

fn set_spacing(style: &mut egui::Style) {
    let spacing = &mut style.spacing;
    spacing.item_spacing = vec2(SPACE_S, SPACE_S);
    spacing.button_padding = vec2(10.0, 5.0);
    spacing.interact_size = Vec2::new(36.0, 28.0);
    spacing.menu_margin = Margin::same(6);
    spacing.window_margin = Margin::same(16);
    spacing.combo_width = 140.0;
    spacing.combo_height = 340.0;
    spacing.text_edit_width = 220.0;
    spacing.tooltip_width = 420.0;
    style.interaction.selectable_labels = false;
    style.interaction.tooltip_delay = 0.25;
    style.animation_time = 0.1;
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Contrast ratio of two colours, from 1 to 21 (WCAG 2.2).
    fn contrast(a: Color32, b: Color32) -> f32 {
        let (a, b) = (luminance(a), luminance(b));
        (a.max(b) + 0.05) / (a.min(b) + 0.05)
    }

    #[test]
    fn contrast_is_that_of_the_guideline() {
        assert!((contrast(Color32::BLACK, Color32::WHITE) - 21.0).abs() < 1e-3);
        // The lightest grey that may be used for text on white.
        assert!((contrast(rgb(0x76_76_76), Color32::WHITE) - 4.54).abs() < 0.01);
    }

    #[test]
    fn text_can_be_read_on_everything_that_it_stands_on() {
        for theme in [&DARK, &LIGHT] {
            let grounds = [
                ("background", theme.background),
                ("panel", theme.panel),
                ("card", theme.card),
                ("raised", theme.raised),
                ("accent_soft", theme.accent_soft),
            ];
            let inks = [("text", theme.text), ("weak_text", theme.weak_text)];
            for (ground_name, ground) in grounds {
                for (ink_name, ink) in inks {
                    let ratio = contrast(ink, ground);
                    let name = if theme.is_dark { "dark" } else { "light" };
                    assert!(ratio >= 4.5, "{name}: {ink_name} on {ground_name} is {ratio:.2}");
                }
            }
            for ink in [theme.accent, theme.good, theme.warning, theme.bad] {
                assert!(contrast(ink, theme.card) >= 4.5, "{ink:?} on a card");
            }
            assert!(contrast(theme.on_accent, theme.accent) >= 4.5);
            assert!(contrast(theme.accent, theme.accent_soft) >= 4.5, "a picked row");
        }
    }

    #[test]
    fn marks_and_badges_can_be_told_from_their_ground() {
        for theme in [&DARK, &LIGHT] {
            for color in theme.categorical {
                assert!(contrast(color, theme.card) >= 3.0, "{color:?} on a card");
                let ink = crate::gui::widgets::badge_ink(theme, color);
                let ground = crate::gui::widgets::badge_fill(theme, color);
                let ratio = contrast(ink, ground);
                assert!(ratio >= 4.5, "a badge of {color:?}: {ratio:.2}");
            }
            for step in 0..=100_u8 {
                let share = f32::from(step) / 100.0;
                for fill in [theme.sequential(share), theme.diverging(share * 2.0 - 1.0)] {
                    let ratio = contrast(theme.text_on(fill), fill);
                    assert!(ratio >= 4.5, "a value on {fill:?}: {ratio:.2}");
                }
            }
        }
    }
}
