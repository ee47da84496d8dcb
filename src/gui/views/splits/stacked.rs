//! Stacked bars over time.

use egui::{Align2, Color32, FontId, Painter, Rect, Role, Sense, Ui, WidgetInfo, pos2, vec2};

use crate::gui::text::time_marks;
use crate::gui::theme::{SPACE_M, SPACE_XS};
use crate::gui::view::ViewContext;

const LEFT: f32 = 52.0;
const BOTTOM: f32 = 24.0;
const TOP: f32 = 8.0;
/// Most dates along the axis.
const MOST_DATES: i64 = 8;
/// Between bars, as a share of a step.
const GAP: f32 = 0.12;

/// One layer of the bars.
#[derive(Debug, Clone)]
pub(super) struct Layer<'a> {
    pub name: &'a str,
    pub color: Color32,
    /// A value per step.
    pub values: &'a [u64],
}

/// Bars, a step of time each.
pub(super) struct StackedBars<'a> {
    pub height: f32,
    /// Start of each step, milliseconds since 1970-01-01 UTC, ascending by `step_ms`.
    pub starts_ms: &'a [i64],
    pub step_ms: i64,
    /// From the bottom up.
    pub layers: &'a [Layer<'a>],
}

/// Where things lie.
struct Frame {
    plot: Rect,
    top: u64,
    step_width: f32,
}

impl StackedBars<'_> {
    /// Paint it. `description` says what it shows to those who do not see it.
    pub fn show(&self, ui: &mut Ui, cx: &ViewContext<'_>, description: &str) {
        self.legend_ui(ui, cx);
        let size = vec2(ui.available_width(), self.height);
        let (rect, response) = ui.allocate_exact_size(size, Sense::hover());
        response.widget_info(|| WidgetInfo::labeled(Role::Image, true, description));
        let n = self.starts_ms.len();
        if n == 0 || rect.width() <= LEFT {
            return;
        }
        let plot = Rect::from_min_max(
            pos2(rect.left() + LEFT, rect.top() + TOP),
            pos2(rect.right(), rect.bottom() - BOTTOM),
        );
        let top = (0..n).map(|step| self.total(step)).max().unwrap_or_default().max(1);
        let frame = Frame { plot, top, step_width: plot.width() / n as f32 };
        let painter = ui.painter_at(rect);
        frame.counts(&painter, cx);
        self.dates(&painter, cx, &frame);
        for step in 0..n {
            self.bar(&painter, &frame, step);
        }
        let pointed = response.hover_pos().filter(|at| plot.contains(*at));
        if let Some(at) = pointed {
            let step = (((at.x - plot.left()) / frame.step_width) as usize).min(n - 1);
            let band = frame.band(step);
            painter.rect_stroke(band, 0, cx.theme.hairline(), egui::StrokeKind::Inside);
            response.on_hover_text(self.tip(cx, step));
        }
    }

    fn total(&self, step: usize) -> u64 {
        self.layers.iter().map(|layer| layer.values[step]).sum()
    }

    fn bar(&self, painter: &Painter, frame: &Frame, step: usize) {
        let band = frame.band(step).shrink2(vec2(frame.step_width * GAP / 2.0, 0.0));
        let mut below = 0;
        for layer in self.layers {
            let value = layer.values[step];
            if value > 0 {
                let bar = Rect::from_min_max(
                    pos2(band.left(), frame.y(below + value)),
                    pos2(band.right(), frame.y(below)),
                );
                painter.rect_filled(bar, 0, layer.color);
            }
            below += value;
        }
    }

    fn dates(&self, painter: &Painter, cx: &ViewContext<'_>, frame: &Frame) {
        let (Some(&first), Some(&last)) = (self.starts_ms.first(), self.starts_ms.last()) else {
            return;
        };
        let span = (last - first + self.step_ms).max(1);
        let is_long = span > 200 * 86_400_000;
        // A label that begins at the right edge would be cut off.
        for mark in time_marks(first, last - span / 25, MOST_DATES) {
            let share = (mark - first) as f64 / span as f64;
            let at =
                pos2(frame.plot.left() + frame.plot.width() * share as f32, frame.plot.bottom());
            let label = if is_long { cx.text.month(mark) } else { cx.text.short_date(mark) };
            painter.vline(at.x, at.y..=at.y + SPACE_XS, cx.theme.hairline());
            let below = at + vec2(0.0, SPACE_XS + 1.0);
            let font = FontId::proportional(12.0);
            painter.text(below, Align2::LEFT_TOP, label, font, cx.theme.weak_text);
        }
    }

    fn tip(&self, cx: &ViewContext<'_>, step: usize) -> String {
        let text = cx.text;
        let start = self.starts_ms[step];
        let mut lines = vec![if self.step_ms > 86_400_000 {
            format!("{} – {}", text.date(start), text.date(start + self.step_ms - 86_400_000))
        } else {
            text.date(start)
        }];
        let total = self.total(step);
        for layer in self.layers.iter().filter(|layer| layer.values[step] > 0) {
            let value = layer.values[step];
            let share = text.percent(value as f64 / total.max(1) as f64, 1);
            lines.push(format!("{}: {} ({share})", layer.name, text.count(value)));
        }
        lines.join("\n")
    }

    fn legend_ui(&self, ui: &mut Ui, cx: &ViewContext<'_>) {
        ui.horizontal_wrapped(|ui| {
            for layer in self.layers {
                ui.horizontal(|ui| {
                    ui.spacing_mut().item_spacing.x = SPACE_XS;
                    let (rect, _) = ui.allocate_exact_size(vec2(10.0, 10.0), Sense::hover());
                    ui.painter().rect_filled(rect, 2, layer.color);
                    ui.label(cx.theme.small(layer.name));
                });
                ui.add_space(SPACE_M);
            }
        });
    }
}

impl Frame {
    fn band(&self, step: usize) -> Rect {
        let left = self.plot.left() + self.step_width * step as f32;
        Rect::from_x_y_ranges(left..=left + self.step_width, self.plot.y_range())
    }

    fn y(&self, value: u64) -> f32 {
        self.plot.bottom() - self.plot.height() * (value as f64 / self.top as f64) as f32
    }

    /// Lines at round counts.
    fn counts(&self, painter: &Painter, cx: &ViewContext<'_>) {
        let step = round_step(self.top);
        for value in (0..=self.top / step).map(|mark| mark * step) {
            let y = self.y(value);
            painter.hline(self.plot.x_range(), y, cx.theme.hairline());
            let at = pos2(self.plot.left() - SPACE_XS, y);
            let font = FontId::proportional(12.0);
            let label = cx.text.short_count(value);
            painter.text(at, Align2::RIGHT_CENTER, label, font, cx.theme.weak_text);
        }
    }
}

/// 1, 2 or 5 times a power of ten, so that there are at most five lines.
fn round_step(top: u64) -> u64 {
    let mut power = 1_u64;
    loop {
        for factor in [1, 2, 5] {
            let step = factor * power;
            if top / step <= 5 {
                return step;
            }
        }
        power = power.saturating_mul(10);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_few_and_round() {
        for (top, step) in [(1, 1), (5, 1), (6, 2), (23, 5), (60, 20), (99_999, 20_000)] {
            assert_eq!(round_step(top), step, "{top}");
        }
        assert!(u64::MAX / round_step(u64::MAX) <= 5);
    }
}
