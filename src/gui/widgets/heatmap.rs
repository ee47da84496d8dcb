//! A matrix in colours: painted as one texture, coloured off the frame path.

mod labels;
mod texture;

use std::sync::Arc;

use egui::{Rect, Ui, UiBuilder, pos2, vec2};
use egui_plot::{Plot, PlotImage, PlotPoint, PlotTransform};

use super::figure::{FigureSpec, figure};
use super::table::Table;
use crate::gui::theme::{SPACE_S, Theme};
use crate::gui::view::ViewContext;
use labels::Gutters;
use texture::MatrixTexture;

/// A matrix to show. Lives behind an `Arc`, since colouring and export read it from other threads.
pub trait HeatmapSource: Send + Sync {
    /// Number of rows.
    fn n_rows(&self) -> usize;
    /// Number of columns.
    fn n_cols(&self) -> usize;
    /// A value; NaN where there is none.
    fn value(&self, row: usize, col: usize) -> f32;
    /// What a row stands for.
    fn row_label(&self, row: usize) -> String;
    /// What a column stands for.
    fn col_label(&self, col: usize) -> String;
    /// The group that a row belongs to, where rows and columns are the same and stand in groups;
    /// painted as bands along both sides.
    fn group(&self, _index: usize) -> Option<usize> {
        None
    }
}

/// How values become colours.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum ColorScale {
    /// Viridis from `min` to `max`.
    Sequential {
        /// Darkest.
        min: f32,
        /// Lightest.
        max: f32,
    },
    /// Two hues around a centre of 0, up to `±limit`.
    Diverging {
        /// Largest magnitude.
        limit: f32,
    },
}

impl ColorScale {
    /// The colour of a value.
    #[must_use]
    pub fn color(self, theme: &Theme, value: f32) -> egui::Color32 {
        if value.is_nan() {
            return theme.missing();
        }
        match self {
            Self::Sequential { min, max } => {
                theme.sequential((value - min) / (max - min).max(f32::EPSILON))
            }
            Self::Diverging { limit } => theme.diverging(value / limit.max(f32::EPSILON)),
        }
    }

    const fn ends(self) -> (f32, f32) {
        match self {
            Self::Sequential { min, max } => (min, max),
            Self::Diverging { limit } => (-limit, limit),
        }
    }
}

/// What the user did.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct HeatmapResponse {
    /// Row and column under the pointer.
    pub hovered: Option<(usize, usize)>,
    /// Row and column that were clicked.
    pub clicked: Option<(usize, usize)>,
}

/// The state of one heatmap: its texture and how it looks. Kept in the view.
pub struct Heatmap {
    /// Height in points.
    pub height: f32,
    /// A cell to mark.
    pub marked: Option<(usize, usize)>,
    texture: MatrixTexture,
}

impl Default for Heatmap {
    fn default() -> Self {
        Self { height: 440.0, marked: None, texture: MatrixTexture::default() }
    }
}

/// A value as the user reads it.
pub type FormatValue<'a> = &'a dyn Fn(f32) -> String;

impl Heatmap {
    /// Show a matrix in a figure frame. `key` changes whenever the data does.
    #[expect(
        clippy::too_many_arguments,
        reason = "what to show, how to name it and how to write it"
    )]
    pub fn show(
        &mut self,
        ui: &mut Ui,
        cx: &mut ViewContext<'_>,
        spec: &FigureSpec<'_>,
        source: &Arc<dyn HeatmapSource>,
        key: u64,
        scale: ColorScale,
        format: FormatValue<'_>,
    ) -> HeatmapResponse {
        self.texture.update(ui.ctx(), cx.theme, source, key, scale);
        let table = || table_of(source);
        let shown = figure(ui, cx, spec, table, |ui, cx| {
            self.plot_ui(ui, cx, spec, source.as_ref(), scale, format)
        });
        shown.unwrap_or_default()
    }

    fn plot_ui(
        &self,
        ui: &mut Ui,
        cx: &ViewContext<'_>,
        spec: &FigureSpec<'_>,
        source: &dyn HeatmapSource,
        scale: ColorScale,
        format: FormatValue<'_>,
    ) -> HeatmapResponse {
        let (area, _) =
            ui.allocate_exact_size(vec2(ui.available_width(), self.height), egui::Sense::hover());
        let gutters = Gutters::measure(ui, source, area);
        let inner = gutters.inner(area);
        let mut plot_ui = ui.new_child(UiBuilder::new().max_rect(inner));
        let (transform, response) = self.texture_ui(&mut plot_ui, spec.id, inner, source);
        let painter = Painter { ui, theme: cx.theme, source, transform, inner, scale, format };
        gutters.paint(ui, cx.theme, source, &transform, inner);
        labels::bands(ui, cx.theme, source, &transform, inner);
        painter.values();
        painter.color_bar(Rect::from_min_max(
            pos2(inner.right() + SPACE_S, inner.top()),
            pos2(area.right(), inner.bottom()),
        ));
        if let Some(cell) = self.marked {
            painter.outline(cell, 2.0);
        }
        let hovered = response.hover_pos().and_then(|pointer| painter.cell_at(pointer));
        if let Some((row, col)) = hovered {
            painter.outline((row, col), 1.0);
            let value = source.value(row, col);
            let value =
                if value.is_nan() { cx.tr("heatmap-no-value").to_owned() } else { format(value) };
            response.clone().on_hover_text_at_pointer(format!(
                "{} → {}\n{value}",
                source.row_label(row),
                source.col_label(col)
            ));
        }
        HeatmapResponse { hovered, clicked: hovered.filter(|_| response.clicked()) }
    }

    fn texture_ui(
        &self,
        ui: &mut Ui,
        id: &str,
        inner: Rect,
        source: &dyn HeatmapSource,
    ) -> (PlotTransform, egui::Response) {
        let (rows, cols) = (size(source.n_rows()), size(source.n_cols()));
        // Wheel turns scroll the page; with Ctrl they zoom here.
        let shown = Plot::new(id)
            .width(inner.width())
            .height(inner.height())
            .show_axes(false)
            .show_grid(false)
            .show_x(false)
            .show_y(false)
            .show_background(false)
            .show_crosshair(false)
            .allow_scroll(false)
            .set_margin_fraction(egui::Vec2::ZERO)
            .label_formatter(|_| None)
            .default_x_bounds(0.0, cols)
            .default_y_bounds(0.0, rows)
            .show(ui, |plot| {
                for tile in self.texture.tiles() {
                    let center = PlotPoint::new(
                        tile.left + tile.width / 2.0,
                        rows - tile.top - tile.height / 2.0,
                    );
                    let extent = vec2(tile.width as f32, tile.height as f32);
                    plot.image(
                        PlotImage::new("matrix", tile.texture.id(), center, extent)
                            .allow_hover(false),
                    );
                }
            });
        (shown.transform, shown.response)
    }
}

struct Painter<'a> {
    ui: &'a Ui,
    theme: &'a Theme,
    source: &'a dyn HeatmapSource,
    transform: PlotTransform,
    inner: Rect,
    scale: ColorScale,
    format: FormatValue<'a>,
}

impl Painter<'_> {
    fn cell_rect(&self, (row, col): (usize, usize)) -> Rect {
        labels::cell_rect(&self.transform, self.source.n_rows(), row, col)
    }

    fn cell_at(&self, pointer: egui::Pos2) -> Option<(usize, usize)> {
        let point = self.transform.value_from_position(pointer);
        let row = labels::cell_index(size(self.source.n_rows()) - point.y, self.source.n_rows())?;
        let col = labels::cell_index(point.x, self.source.n_cols())?;
        Some((row, col))
    }

    fn outline(&self, cell: (usize, usize), width: f32) {
        let stroke = egui::Stroke::new(width, self.theme.text);
        let painter = self.ui.painter_at(self.inner);
        painter.rect_stroke(self.cell_rect(cell), 0, stroke, egui::StrokeKind::Inside);
    }

    /// Values inside cells, where cells are large enough to read them.
    fn values(&self) {
        let first = self.cell_rect((0, 0));
        if self.source.n_rows() == 0 || first.height() < 18.0 {
            return;
        }
        let painter = self.ui.painter_at(self.inner);
        let (low, high) = self.scale.ends();
        let widest = [low, high]
            .map(|end| {
                let font = egui::FontId::proportional(VALUE_SIZE);
                painter.layout_no_wrap((self.format)(end), font, self.theme.text).size().x
            })
            .into_iter()
            .fold(1.0, f32::max);
        let size = (VALUE_SIZE * (first.width() - 6.0) / widest).min(VALUE_SIZE);
        if size < LEAST_VALUE_SIZE {
            return;
        }
        let font = egui::FontId::proportional(size);
        let nothing = (self.format)(0.0);
        for row in
            labels::visible(&self.transform, self.inner, self.source.n_rows(), labels::Axis::Rows)
        {
            for col in labels::visible(
                &self.transform,
                self.inner,
                self.source.n_cols(),
                labels::Axis::Columns,
            ) {
                let value = self.source.value(row, col);
                if value.is_nan() {
                    continue;
                }
                let ink = self.theme.text_on(self.scale.color(self.theme, value));
                let words = (self.format)(value);
                // Zeros step back behind what there is to see.
                let ink = if words == nothing { ink.gamma_multiply(0.45) } else { ink };
                let center = self.cell_rect((row, col)).center();
                painter.text(center, egui::Align2::CENTER_CENTER, words, font.clone(), ink);
            }
        }
    }

    fn color_bar(&self, area: Rect) {
        const STEPS: u16 = 64;
        let painter = self.ui.painter();
        let bar = Rect::from_min_max(area.min, pos2(area.left() + 10.0, area.bottom()));
        let (low, high) = self.scale.ends();
        let step = bar.height() / f32::from(STEPS);
        for index in 0..STEPS {
            let share = (f32::from(index) + 0.5) / f32::from(STEPS);
            let top = bar.bottom() - step * (f32::from(index) + 1.0);
            let stripe = Rect::from_min_size(pos2(bar.left(), top), vec2(bar.width(), step + 0.5));
            painter.rect_filled(
                stripe,
                0,
                self.scale.color(self.theme, low + (high - low) * share),
            );
        }
        let font = egui::FontId::proportional(11.5);
        let marks = [
            (bar.top(), egui::Align2::LEFT_TOP, high),
            (bar.center().y, egui::Align2::LEFT_CENTER, f32::midpoint(low, high)),
            (bar.bottom(), egui::Align2::LEFT_BOTTOM, low),
        ];
        for (y, align, value) in marks {
            painter.text(
                pos2(bar.right() + 5.0, y),
                align,
                (self.format)(value),
                font.clone(),
                self.theme.weak_text,
            );
        }
    }
}

/// Size of the values in cells, and the least at which they are written.
const VALUE_SIZE: f32 = 12.5;
const LEAST_VALUE_SIZE: f32 = 10.0;

const fn size(n: usize) -> f64 {
    n as f64
}

fn table_of(source: &Arc<dyn HeatmapSource>) -> Table {
    let mut columns = vec![String::new()];
    columns.extend((0..source.n_cols()).map(|col| source.col_label(col)));
    let cells = source.clone();
    Table::new(columns, source.n_rows(), move |row, column| match column.checked_sub(1) {
        None => cells.row_label(row),
        Some(col) => {
            let value = cells.value(row, col);
            if value.is_nan() { String::new() } else { format!("{value:.4}") }
        }
    })
}
