//! Colours a matrix into textures, off the frame path and once per data revision.

use std::sync::Arc;

use egui::{Color32, ColorImage, TextureHandle, TextureOptions};

use super::{ColorScale, HeatmapSource};
use crate::gui::background::Background;
use crate::gui::theme::Theme;

/// Largest side of one texture; every GPU takes this.
const MAX_SIDE: usize = 4_096;

/// One texture and the cells that it covers.
pub(super) struct Tile {
    pub(super) texture: TextureHandle,
    pub(super) left: f64,
    pub(super) top: f64,
    pub(super) width: f64,
    pub(super) height: f64,
}

struct Painted {
    left: usize,
    top: usize,
    image: ColorImage,
}

type Key = (u64, bool, u64);

/// The textures of one matrix; while new ones are made the old ones stay.
#[derive(Default)]
pub(super) struct MatrixTexture {
    key: Option<Key>,
    next: Background<Vec<Painted>>,
    tiles: Vec<Tile>,
}

impl MatrixTexture {
    pub(super) fn update(
        &mut self,
        ctx: &egui::Context,
        theme: &Theme,
        source: &Arc<dyn HeatmapSource>,
        key: u64,
        scale: ColorScale,
    ) {
        let (low, high) = scale.ends();
        let key = (key, theme.is_dark, u64::from(low.to_bits()) << 32 | u64::from(high.to_bits()));
        if self.key != Some(key) {
            self.key = Some(key);
            let (source, theme) = (source.clone(), theme.clone());
            self.next.start(ctx, move || paint(source.as_ref(), &theme, scale));
        }
        if let Some(painted) = self.next.poll() {
            self.tiles = painted.into_iter().map(|painted| upload(ctx, painted)).collect();
        }
    }

    pub(super) fn tiles(&self) -> &[Tile] {
        &self.tiles
    }
}

fn paint(source: &dyn HeatmapSource, theme: &Theme, scale: ColorScale) -> Vec<Painted> {
    let mut painted = Vec::new();
    for top in (0..source.n_rows()).step_by(MAX_SIDE) {
        for left in (0..source.n_cols()).step_by(MAX_SIDE) {
            let rows = top..(top + MAX_SIDE).min(source.n_rows());
            let cols = left..(left + MAX_SIDE).min(source.n_cols());
            let size = [cols.len(), rows.len()];
            let color = |(row, col)| scale.color(theme, source.value(row, col));
            let pixels: Vec<Color32> =
                rows.flat_map(|row| cols.clone().map(move |col| (row, col))).map(color).collect();
            painted.push(Painted { left, top, image: ColorImage::new(size, pixels) });
        }
    }
    painted
}

fn upload(ctx: &egui::Context, painted: Painted) -> Tile {
    let [width, height] = painted.image.size;
    Tile {
        texture: ctx.load_texture("heatmap", painted.image, TextureOptions::NEAREST),
        left: painted.left as f64,
        top: painted.top as f64,
        width: width as f64,
        height: height as f64,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::workbench::settings::ThemeChoice;

    struct Wide;

    impl HeatmapSource for Wide {
        fn n_rows(&self) -> usize {
            2
        }
        fn n_cols(&self) -> usize {
            MAX_SIDE + 3
        }
        fn value(&self, row: usize, col: usize) -> f32 {
            if row == 1 && col == MAX_SIDE { f32::NAN } else { 1.0 }
        }
        fn row_label(&self, row: usize) -> String {
            row.to_string()
        }
        fn col_label(&self, col: usize) -> String {
            col.to_string()
        }
    }

    #[test]
    fn a_wide_matrix_is_tiled_and_missing_values_show() {
        let theme = Theme::of(ThemeChoice::Dark);
        let scale = ColorScale::Sequential { min: 0.0, max: 1.0 };
        let painted = paint(&Wide, theme, scale);
        assert_eq!(painted.len(), 2);
        assert_eq!(painted[1].image.size, [3, 2]);
        assert_eq!(painted[1].image.pixels[3], theme.missing());
        assert_eq!(painted[0].image.pixels[0], scale.color(theme, 1.0));
    }
}
