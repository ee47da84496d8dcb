//! Which characters can be shown.

use std::sync::Arc;

use egui::{FontDefinitions, FontFamily, FontId};
use egui_system_font_provider::SystemFontProvider;

/// A few characters of the window's own Chinese texts.
const SAMPLE: &str = "数据训练推荐";

/// Let running text fall back to the fixed-width font, which has the arrows and dots that the text
/// font lacks; without it they would depend on the fonts of the system.
pub fn install(ctx: &egui::Context) {
    let mut fonts = FontDefinitions::default();
    let fixed = fonts.families.get(&FontFamily::Monospace).cloned().unwrap_or_default();
    let text = fonts.families.entry(FontFamily::Proportional).or_default();
    text.extend(fixed.into_iter().filter(|name| name == "Hack"));
    ctx.set_fonts(fonts);
}

/// Take what the window's own fonts lack from the fonts of the system. Many characters have another
/// form in Japanese than in Chinese, and without a word about the language a system may pick that one;
/// the window's second language is Chinese, wherever it runs.
pub fn use_system_fonts(ctx: &egui::Context) {
    let provider = SystemFontProvider::new().with_locale(Some("zh-Hans"));
    ctx.add_font_provider(Arc::new(provider));
}

/// Whether the fonts of the system hold Chinese characters. Where they do not, the window says so
/// rather than show boxes. To be asked within a frame only, when fonts are loaded.
#[must_use]
pub fn has_chinese(ctx: &egui::Context) -> bool {
    ctx.fonts_mut(|fonts| fonts.has_glyphs(&FontId::proportional(14.0), SAMPLE))
}
