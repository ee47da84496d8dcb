//! Names of rows and columns beside a matrix, as many as can be read.

use std::ops::Range;

use egui::{Align2, FontId, Rect, Ui, pos2, vec2};
use egui_plot::{PlotPoint, PlotTransform};

use super::HeatmapSource;
use crate::gui::theme::Theme;
use crate::gui::widgets::bar_list::elided;

const MAX_LEFT: f32 = 170.0;
const MAX_BOTTOM: f32 = 96.0;
const RIGHT: f32 = 62.0;
/// Labels measured to find the gutters' size; all of a large matrix would cost too much per frame.
const MEASURED: usize = 48;
const LINE: f32 = 14.0;
/// Width of the bands that show groups; fits between labels and matrix.
const BAND: f32 = 5.0;

/// Room kept free for labels.
pub(super) struct Gutters {
    left: f32,
    bottom: f32,
    is_slanted: bool,
}

impl Gutters {
    pub(super) fn measure(ui: &Ui, source: &dyn HeatmapSource, area: Rect) -> Self {
        let widest = |n: usize, label: &dyn Fn(usize) -> String| {
            let step = n.div_ceil(MEASURED).max(1);
            (0..n)
                .step_by(step)
                .map(|index| {
                    elided(ui, &label(index), MAX_LEFT, ui.visuals().text_color()).size().x
                })
                .fold(0.0, f32::max)
        };
        let left = widest(source.n_rows(), &|row| source.row_label(row)).min(MAX_LEFT) + 10.0;
        let widest_column = widest(source.n_cols(), &|col| source.col_label(col));
        let cell = (area.width() - left - RIGHT) / source.n_cols().max(1) as f32;
        let is_slanted = widest_column + 8.0 > cell;
        let bottom = if is_slanted { widest_column.min(MAX_BOTTOM) + 8.0 } else { LINE + 10.0 };
        Self { left, bottom, is_slanted }
    }

    pub(super) fn inner(&self, area: Rect) -> Rect {
        Rect::from_min_max(
            pos2(area.left() + self.left, area.top() + 2.0),
            pos2(area.right() - RIGHT, area.bottom() - self.bottom),
        )
    }

    pub(super) fn paint(
        &self,
        ui: &Ui,
        theme: &Theme,
        source: &dyn HeatmapSource,
        transform: &PlotTransform,
        inner: Rect,
    ) {
        let n_rows = source.n_rows();
        for row in thinned(
            visible(transform, inner, n_rows, Axis::Rows),
            cell_rect(transform, n_rows, 0, 0).height(),
        ) {
            let cell = cell_rect(transform, n_rows, row, 0);
            let label = elided(ui, &source.row_label(row), self.left - 10.0, theme.weak_text);
            let corner =
                pos2(inner.left() - 8.0 - label.size().x, cell.center().y - label.size().y / 2.0);
            ui.painter().galley(corner, label, theme.weak_text);
        }
        for col in thinned(
            visible(transform, inner, source.n_cols(), Axis::Columns),
            cell_rect(transform, n_rows, 0, 0).width(),
        ) {
            let cell = cell_rect(transform, n_rows, 0, col);
            let x = cell.center().x;
            if self.is_slanted {
                let label = elided(ui, &source.col_label(col), MAX_BOTTOM - 4.0, theme.weak_text);
                let corner = pos2(x - label.size().y / 2.0, inner.bottom() + 6.0 + label.size().x);
                let shape = egui::epaint::TextShape::new(corner, label, theme.weak_text)
                    .with_angle(-std::f32::consts::FRAC_PI_2);
                ui.painter().add(shape);
            } else {
                let at = pos2(x, inner.bottom() + 5.0);
                ui.painter().text(
                    at,
                    Align2::CENTER_TOP,
                    source.col_label(col),
                    FontId::proportional(13.0),
                    theme.weak_text,
                );
            }
        }
    }
}

/// Bands of the groups that rows and columns stand in, left of and under the matrix.
pub(super) fn bands(
    ui: &Ui,
    theme: &Theme,
    source: &dyn HeatmapSource,
    transform: &PlotTransform,
    inner: Rect,
) {
    let n_rows = source.n_rows();
    if n_rows == 0 || source.group(0).is_none() {
        return;
    }
    let left = Rect::from_min_max(
        pos2(inner.left() - BAND - 1.0, inner.top()),
        pos2(inner.left() - 1.0, inner.bottom()),
    );
    let under = Rect::from_min_max(
        pos2(inner.left(), inner.bottom() + 1.0),
        pos2(inner.right(), inner.bottom() + BAND + 1.0),
    );
    for row in visible(transform, inner, n_rows, Axis::Rows) {
        let cell = cell_rect(transform, n_rows, row, 0);
        let band = Rect::from_x_y_ranges(left.x_range(), cell.y_range()).intersect(left);
        paint_band(ui, theme, source.group(row), band);
    }
    for col in visible(transform, inner, source.n_cols(), Axis::Columns) {
        let cell = cell_rect(transform, n_rows, 0, col);
        let band = Rect::from_x_y_ranges(cell.x_range(), under.y_range()).intersect(under);
        paint_band(ui, theme, source.group(col), band);
    }
}

fn paint_band(ui: &Ui, theme: &Theme, group: Option<usize>, band: Rect) {
    if let Some(group) = group {
        ui.painter().rect_filled(band, 0, theme.category(group));
    }
}

/// Which way cells are counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Axis {
    Rows,
    Columns,
}

/// The cells in sight.
pub(super) fn visible(
    transform: &PlotTransform,
    inner: Rect,
    n: usize,
    axis: Axis,
) -> Range<usize> {
    let low = transform.value_from_position(inner.left_top());
    let high = transform.value_from_position(inner.right_bottom());
    let (first, last) = match axis {
        Axis::Columns => (low.x, high.x),
        Axis::Rows => (super::size(n) - low.y, super::size(n) - high.y),
    };
    // Labels stand at cell centres, so a cell counts from its centre on.
    clamp(first + 0.5, n)..clamp(last + 0.5, n)
}

fn clamp(position: f64, n: usize) -> usize {
    position.clamp(0.0, super::size(n)).floor() as usize
}

/// The index of the cell at a position, if the position lies in the matrix.
pub(super) fn cell_index(position: f64, n: usize) -> Option<usize> {
    (position >= 0.0 && position < super::size(n)).then_some(position as usize)
}

/// Every how-manieth label fits.
fn thinned(cells: Range<usize>, cell_size: f32) -> impl Iterator<Item = usize> {
    let step = (LINE / cell_size.max(0.01)).ceil().max(1.0) as usize;
    let first = cells.start.next_multiple_of(step);
    (first..cells.end).step_by(step)
}

/// Where a cell lies on the screen.
pub(super) fn cell_rect(transform: &PlotTransform, n_rows: usize, row: usize, col: usize) -> Rect {
    let (x, y) = (super::size(col), super::size(n_rows) - super::size(row));
    let corner = transform.position_from_point(&PlotPoint::new(x, y));
    let next = transform.position_from_point(&PlotPoint::new(x + 1.0, y - 1.0));
    Rect::from_min_size(corner, vec2(next.x - corner.x, next.y - corner.y))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_are_thinned_to_what_fits() {
        assert_eq!(thinned(0..4, 20.0).collect::<Vec<_>>(), [0, 1, 2, 3]);
        assert_eq!(thinned(1..10, 5.0).collect::<Vec<_>>(), [3, 6, 9]);
    }

    #[test]
    fn positions_outside_are_no_cell() {
        assert_eq!(cell_index(-0.1, 3), None);
        assert_eq!(cell_index(2.9, 3), Some(2));
        assert_eq!(cell_index(3.0, 3), None);
    }
}
