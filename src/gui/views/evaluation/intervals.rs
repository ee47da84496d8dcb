//! Estimates with their intervals, one below the other on one scale.

use egui::{Align2, Color32, FontId, Painter, Pos2, Rect, Sense, Stroke, Ui, pos2, vec2};

use crate::gui::text::Text;
use crate::gui::theme::{SPACE_S, Theme};

/// One estimate.
#[derive(Debug, Clone, PartialEq)]
pub struct IntervalRow {
    /// What it is of.
    pub label: String,
    /// The estimate.
    pub mean: f64,
    /// Its interval, where there is one.
    pub interval: Option<(f64, f64)>,
    /// The figures as text, for the right margin.
    pub figure: String,
    /// In full, on hover.
    pub tip: String,
    /// Colour of mark and line.
    pub color: Color32,
}

const ROW: f32 = 30.0;
const AXIS: f32 = 22.0;

/// Where things lie.
struct Scale {
    track: Rect,
    low: f64,
    high: f64,
}

impl Scale {
    fn of(rows: &[IntervalRow], track: Rect, reference: Option<f64>) -> Self {
        let values = rows.iter().flat_map(|row| {
            let (low, high) = row.interval.unwrap_or((row.mean, row.mean));
            [low, row.mean, high]
        });
        let (low, high) = values
            .chain(reference)
            .fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), value| {
                (low.min(value), high.max(value))
            });
        let room = (high - low).max(1e-6) * 0.08;
        // What is never negative starts at 0 rather than a little below.
        let start = if low >= 0.0 && low - room < 0.0 { 0.0 } else { low - room };
        Self { track, low: start, high: high + room }
    }

    #[expect(clippy::cast_possible_truncation, reason = "a position on the screen")]
    fn x(&self, value: f64) -> f32 {
        self.track.left()
            + self.track.width() * ((value - self.low) / (self.high - self.low)) as f32
    }

    /// Round values across the scale.
    fn ticks(&self) -> Vec<f64> {
        let step = round_step((self.high - self.low) / 4.0);
        let first = (self.low / step).ceil() * step;
        (0..8_u8)
            .map(|index| first + step * f64::from(index))
            .take_while(|&tick| tick <= self.high)
            .collect()
    }
}

/// 1, 2 or 5 times a power of ten, at least `wanted`.
fn round_step(wanted: f64) -> f64 {
    let power = 10.0_f64.powf(wanted.max(1e-12).log10().floor());
    [1.0, 2.0, 5.0, 10.0]
        .map(|factor| factor * power)
        .into_iter()
        .find(|&step| step >= wanted)
        .unwrap_or(10.0 * power)
}

/// The rows on a common scale, with a line at `reference`.
pub fn intervals_ui(
    ui: &mut Ui,
    theme: &Theme,
    text: &Text,
    rows: &[IntervalRow],
    reference: Option<f64>,
) {
    if rows.is_empty() {
        return;
    }
    let width = |ui: &Ui, words: &str| {
        ui.painter()
            .layout_no_wrap(words.to_owned(), FontId::proportional(13.0), theme.text)
            .size()
            .x
    };
    let label_width = rows
        .iter()
        .map(|row| width(ui, &row.label))
        .fold(0.0, f32::max)
        .min(ui.available_width() * 0.3)
        + SPACE_S;
    let figure_width = rows.iter().map(|row| width(ui, &row.figure)).fold(0.0, f32::max) + SPACE_S;
    #[expect(clippy::cast_precision_loss, reason = "a handful of rows")]
    let height = ROW * rows.len() as f32 + AXIS;
    let (area, _) = ui.allocate_exact_size(vec2(ui.available_width(), height), Sense::hover());
    let track = Rect::from_min_max(
        pos2(area.left() + label_width, area.top()),
        pos2(area.right() - figure_width - SPACE_S, area.bottom() - AXIS),
    );
    let scale = Scale::of(rows, track, reference);
    let painter = ui.painter_at(area);
    axis(&painter, theme, text, &scale, reference);
    let mut top = area.top();
    for (position, row) in rows.iter().enumerate() {
        let rect = Rect::from_min_size(pos2(area.left(), top), vec2(area.width(), ROW));
        let response = ui.interact(
            rect,
            ui.scope_id().with(("interval", position, rows.len())),
            Sense::hover(),
        );
        let name = format!("{}: {}", row.label, row.figure);
        response.widget_info(|| egui::WidgetInfo::labeled(egui::Role::ListItem, true, &name));
        if response.hovered() {
            painter.rect_filled(rect, 4, theme.raised.gamma_multiply(0.5));
        }
        row_ui(ui, &painter, theme, row, &scale, rect, label_width);
        response.on_hover_text(row.tip.as_str());
        top += ROW;
    }
}

fn axis(painter: &Painter, theme: &Theme, text: &Text, scale: &Scale, reference: Option<f64>) {
    let font = FontId::proportional(11.5);
    for tick in scale.ticks() {
        let x = scale.x(tick);
        painter.vline(x, scale.track.y_range(), theme.hairline());
        let at = pos2(x, scale.track.bottom() + 4.0);
        painter.text(
            at,
            Align2::CENTER_TOP,
            text.number(tick, decimals(scale)),
            font.clone(),
            theme.weak_text,
        );
    }
    if let Some(reference) = reference {
        painter.vline(scale.x(reference), scale.track.y_range(), Stroke::new(1.5, theme.weak_text));
    }
}

/// Enough decimals to tell ticks apart.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "from 0 to 6")]
fn decimals(scale: &Scale) -> usize {
    (-round_step((scale.high - scale.low) / 4.0).log10().floor()).clamp(0.0, 6.0) as usize
}

fn row_ui(
    ui: &Ui,
    painter: &Painter,
    theme: &Theme,
    row: &IntervalRow,
    scale: &Scale,
    rect: Rect,
    label_width: f32,
) {
    let y = rect.center().y;
    let mut job = egui::text::LayoutJob::simple_singleline(
        row.label.clone(),
        FontId::proportional(13.0),
        theme.text,
    );
    job.wrap = egui::text::TextWrapping::truncate_at_width(label_width - SPACE_S);
    let label = ui.painter().layout_job(job);
    painter.galley(pos2(rect.left() + 2.0, y - label.size().y / 2.0), label, theme.text);
    if let Some((low, high)) = row.interval {
        let ends = [pos2(scale.x(low), y), pos2(scale.x(high), y)];
        painter.line_segment(ends, Stroke::new(2.5, row.color));
        for end in ends {
            painter.vline(end.x, (y - 5.0)..=(y + 5.0), Stroke::new(1.5, row.color));
        }
    }
    mark(painter, theme, pos2(scale.x(row.mean), y), row);
    painter.text(
        pos2(rect.right() - 2.0, y),
        Align2::RIGHT_CENTER,
        &row.figure,
        FontId::proportional(13.0),
        theme.weak_text,
    );
}

/// A filled mark where there is an interval, an open one where there is none.
fn mark(painter: &Painter, theme: &Theme, at: Pos2, row: &IntervalRow) {
    if row.interval.is_some() {
        painter.circle(at, 5.0, row.color, Stroke::new(1.5, theme.card));
    } else {
        painter.circle(at, 4.5, theme.card, Stroke::new(2.0, row.color));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ticks_are_round_and_within_the_scale() {
        assert!((round_step(0.013) - 0.02).abs() < 1e-9);
        assert!((round_step(0.5) - 0.5).abs() < 1e-9);
        let scale = Scale {
            track: Rect::from_min_size(Pos2::ZERO, vec2(100.0, 10.0)),
            low: -0.01,
            high: 0.05,
        };
        let ticks = scale.ticks();
        assert!(ticks.iter().all(|&tick| (-0.01..=0.05).contains(&tick)));
        assert!(ticks.len() >= 2 && decimals(&scale) >= 2);
        assert!((scale.x(0.02) - 50.0).abs() < 1e-3);
    }
}
