//! Histograms and the bars of frequent values, shared by the column panel and the distributions.

use egui::{Align2, FontId, Pos2, Rect, Role, Sense, Ui, WidgetInfo, pos2, vec2};

use super::values::number_text;
use crate::analysis::table::{ColumnProfile, Histogram, TopValue};
use crate::gui::text::Text;
use crate::gui::theme::{SPACE_S, Theme};
use crate::gui::view::ViewContext;
use crate::gui::views::common::event_key;
use crate::gui::widgets::{Bar, Table};

const LEFT: f32 = 46.0;
const BOTTOM: f32 = 20.0;
const TICK_WIDTH: f32 = 92.0;

/// A histogram to paint.
pub(super) struct Bins<'a> {
    pub(super) histogram: &'a Histogram,
    /// Words a value on the axis.
    pub(super) word: &'a dyn Fn(f64) -> String,
    /// Heights by logarithm, so that a bin with one row is seen beside one with a million.
    pub(super) is_log_count: bool,
    pub(super) height: f32,
}

/// Paints bars with an axis; the bin under the pointer says what it holds.
pub(super) fn histogram_ui(ui: &mut Ui, cx: &ViewContext<'_>, bins: &Bins<'_>, name: &str) {
    let size = vec2(ui.available_width(), bins.height);
    let (rect, response) = ui.allocate_exact_size(size, Sense::hover());
    response.widget_info(|| WidgetInfo::labeled(Role::Image, true, name));
    let plot = Rect::from_min_max(
        pos2(rect.left() + LEFT, rect.top() + SPACE_S),
        pos2(rect.right() - SPACE_S, rect.bottom() - BOTTOM),
    );
    let counts = &bins.histogram.counts;
    let most = counts.iter().copied().max().unwrap_or(0);
    marks_ui(ui, cx, bins, plot, most);
    let width = plot.width() / counts.len().max(1) as f32;
    let hovered = response.hover_pos().filter(|pointer| plot.x_range().contains(pointer.x));
    let hovered = hovered.map(|pointer| ((pointer.x - plot.left()) / width) as usize);
    for (bin, &count) in counts.iter().enumerate() {
        let left = plot.left() + width * bin as f32;
        // Bars stand apart as long as there is room for it.
        let gap = if width > 4.0 { 1.0 } else { 0.0 };
        let top = plot.bottom() - plot.height() * share(count, most, bins.is_log_count);
        let top = if count > 0 { top.min(plot.bottom() - 1.0) } else { plot.bottom() };
        let bar = Rect::from_min_max(pos2(left, top), pos2(left + width - gap, plot.bottom()));
        let is_hovered = hovered == Some(bin);
        let color = if is_hovered { cx.theme.text } else { cx.theme.accent };
        ui.painter().rect_filled(bar, 0, color);
    }
    if let Some(words) = hovered.and_then(|bin| bin_words(cx.text, bins, bin)) {
        response.on_hover_text_at_pointer(words);
    }
}

fn bin_words(text: &Text, bins: &Bins<'_>, bin: usize) -> Option<String> {
    let (edges, counts) = (&bins.histogram.edges, &bins.histogram.counts);
    let (low, high, &count) = (edges.get(bin)?, edges.get(bin + 1)?, counts.get(bin)?);
    let all: u64 = counts.iter().sum();
    let args = [
        ("low", (bins.word)(*low).into()),
        ("high", (bins.word)(*high).into()),
        ("count", count.into()),
        ("share", text.percent(count as f64 / all.max(1) as f64, 1).into()),
    ];
    Some(text.tr_with("dist-bin", &args))
}

fn marks_ui(ui: &Ui, cx: &ViewContext<'_>, bins: &Bins<'_>, plot: Rect, most: u64) {
    let (painter, theme) = (ui.painter(), cx.theme);
    for count in count_marks(most, bins.is_log_count) {
        let y = plot.bottom() - plot.height() * share(count, most, bins.is_log_count);
        painter.hline(plot.x_range(), y, theme.hairline());
        let at = pos2(plot.left() - 6.0, y);
        mark_ui(ui, theme, at, Align2::RIGHT_CENTER, &cx.text.short_count(count));
    }
    let edges = &bins.histogram.edges;
    let last = edges.len().saturating_sub(1);
    let n_marks = ((plot.width() / TICK_WIDTH) as usize).clamp(1, 8).min(last.max(1));
    for mark in 0..=n_marks {
        let edge = mark * last / n_marks;
        let x = plot.left() + plot.width() * edge as f32 / last.max(1) as f32;
        let align = match mark {
            0 => Align2::LEFT_TOP,
            mark if mark == n_marks => Align2::RIGHT_TOP,
            _ => Align2::CENTER_TOP,
        };
        if let Some(&value) = edges.get(edge) {
            mark_ui(ui, theme, pos2(x, plot.bottom() + 4.0), align, &(bins.word)(value));
        }
    }
}

fn mark_ui(ui: &Ui, theme: &Theme, at: Pos2, align: Align2, words: &str) {
    ui.painter().text(at, align, words, FontId::proportional(11.0), theme.weak_text);
}

/// Round counts to mark: powers of ten on a log scale, else about four steps.
fn count_marks(most: u64, is_log: bool) -> Vec<u64> {
    if is_log {
        return (0..20).map(|power| 10_u64.pow(power)).take_while(|&count| count <= most).collect();
    }
    let least = most.div_ceil(4).max(1);
    let power = 10_u64.pow(least.ilog10());
    let step = [1, 2, 5, 10].into_iter().map(|step| step * power).find(|&step| step >= least);
    let step = step.unwrap_or(least);
    (0..=most / step).map(|mark| mark * step).collect()
}

/// The height of a bar as a share of the highest.
fn share(count: u64, most: u64, is_log: bool) -> f32 {
    let of = |count: u64| if is_log { (count as f64 + 1.0).ln() } else { count as f64 };
    if most == 0 { 0.0 } else { (of(count) / of(most)) as f32 }
}

/// The histogram as rows.
pub(super) fn histogram_table(text: &Text, bins: &Bins<'_>) -> Table {
    let columns = ["dist-from", "dist-to", "data-rows-title"].map(|key| text.tr(key).to_owned());
    let edges = &bins.histogram.edges;
    let rows = bins.histogram.counts.iter().zip(edges.windows(2)).map(|(count, edges)| {
        vec![(bins.word)(edges[0]), (bins.word)(edges[1]), count.to_string()]
    });
    Table::from_rows(columns.to_vec(), rows.collect())
}

/// What a frequent value is called.
pub(super) fn top_label(text: &Text, profile: &ColumnProfile, top: &TopValue) -> String {
    match (&top.text, top.number) {
        (Some(words), _) => {
            let kind = crate::dataset::EventKind::ALL
                .into_iter()
                .find(|kind| profile.column == "event" && kind.name() == words);
            kind.map_or_else(|| words.clone(), |kind| text.tr(event_key(kind)).to_owned())
        }
        (None, Some(number)) => number_text(text, profile.kind, number),
        (None, None) => String::new(),
    }
}

pub(super) fn top_bar(text: &Text, profile: &ColumnProfile, top: &TopValue) -> Bar {
    let share = top.count as f64 / profile.rows.max(1) as f64;
    Bar {
        label: top_label(text, profile, top),
        value: top.count as f64,
        text: format!("{} · {}", text.count(top.count), text.percent(share, 1)),
        color: None,
        marker: None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_are_round_and_few() {
        assert_eq!(count_marks(0, false), [0]);
        assert_eq!(count_marks(3, false), [0, 1, 2, 3]);
        assert_eq!(count_marks(730, false), [0, 200, 400, 600]);
        assert_eq!(count_marks(5_000, true), [1, 10, 100, 1_000]);
        for most in [1, 7, 99, 12_345, u64::MAX / 4] {
            assert!(count_marks(most, false).len() <= 5, "{most}");
        }
    }

    #[test]
    fn a_log_scale_lifts_small_counts() {
        assert!(share(1, 1_000_000, true) > 0.04);
        assert!(share(1, 1_000_000, false) < 0.001);
        assert!((share(7, 7, true) - 1.0).abs() < 1e-6);
        assert!(share(0, 0, true).abs() < f32::EPSILON);
    }
}
