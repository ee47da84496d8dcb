//! Which scripts can be shown on this machine.

use egui::FontId;

/// A few characters of the window's own Chinese texts.
const SAMPLE: &str = "数据训练推荐";

/// Whether the fonts of the system hold Chinese characters. Where they do not, the window says so
/// rather than show boxes. To be asked within a frame only, when fonts are loaded.
#[must_use]
pub fn has_chinese(ctx: &egui::Context) -> bool {
    ctx.fonts_mut(|fonts| fonts.has_glyphs(&FontId::proportional(14.0), SAMPLE))
}
