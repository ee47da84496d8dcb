//! Events over time as stacked bars.

use std::sync::Arc;

use egui::{Align2, FontId, Painter, Rect, Sense, Stroke, Ui, pos2, vec2};

use crate::analysis::profile::{Timeline, TimelineBucket, TimelineUnit, UserProfile};
use crate::dataset::EventKind;
use crate::gui::text::Text;
use crate::gui::theme::{SPACE_M, Theme};
use crate::gui::view::ViewContext;
use crate::gui::views::common;
use crate::gui::widgets::{self, FigureSpec, Table};

const HEIGHT: f32 = 170.0;
const AXIS_HEIGHT: f32 = 20.0;
const AXIS_WIDTH: f32 = 34.0;

/// The figure with its legend.
pub fn timeline_ui(ui: &mut Ui, cx: &mut ViewContext<'_>, profile: &Arc<UserProfile>) {
    let text = cx.text;
    let timeline = &profile.timeline;
    let description = text.tr_with(
        "profiles-timeline-description",
        &[("buckets", timeline.buckets.len().into()), ("events", profile.n_events.into())],
    );
    let spec = FigureSpec {
        id: "timeline",
        title: text.tr("profiles-timeline"),
        hint: Some(text.tr(unit_key(timeline.unit))),
        description: &description,
        file_name: "timeline",
    };
    let kinds: Vec<EventKind> = profile.counts.present().map(|(kind, _)| kind).collect();
    widgets::figure(
        ui,
        cx,
        &spec,
        || table(text, profile, &kinds),
        |ui, cx| {
            legend_ui(ui, cx, &kinds);
            chart_ui(ui, cx, timeline, &kinds);
        },
    );
}

const fn unit_key(unit: TimelineUnit) -> &'static str {
    match unit {
        TimelineUnit::Day => "profiles-per-day",
        TimelineUnit::Week => "profiles-per-week",
        TimelineUnit::Month => "profiles-per-month",
        TimelineUnit::Year => "profiles-per-year",
        TimelineUnit::Order => "profiles-per-order",
    }
}

/// What a bucket is called: its start, as fine as its span.
fn bucket_label(text: &Text, unit: TimelineUnit, start_ms: i64) -> String {
    match unit {
        TimelineUnit::Day | TimelineUnit::Week => text.date(start_ms),
        TimelineUnit::Month | TimelineUnit::Year => text.month(start_ms),
        TimelineUnit::Order => start_ms.to_string(),
    }
}

fn legend_ui(ui: &mut Ui, cx: &ViewContext<'_>, kinds: &[EventKind]) {
    ui.horizontal_wrapped(|ui| {
        ui.spacing_mut().item_spacing.x = 5.0;
        for &kind in kinds {
            let (rect, _) = ui.allocate_exact_size(vec2(10.0, 10.0), Sense::hover());
            ui.painter().rect_filled(rect, 2, cx.theme.event(kind));
            ui.label(cx.theme.small(cx.text.tr(common::event_key(kind))));
            ui.add_space(SPACE_M);
        }
    });
}

fn chart_ui(ui: &mut Ui, cx: &ViewContext<'_>, timeline: &Timeline, kinds: &[EventKind]) {
    let (rect, response) =
        ui.allocate_exact_size(vec2(ui.available_width(), HEIGHT), Sense::hover());
    if timeline.buckets.is_empty() || !ui.is_rect_visible(rect) {
        return;
    }
    let painter = ui.painter_at(rect);
    let plot =
        Rect::from_min_max(rect.min + vec2(AXIS_WIDTH, 6.0), rect.max - vec2(0.0, AXIS_HEIGHT));
    let highest =
        timeline.buckets.iter().map(|bucket| bucket.counts.total()).max().unwrap_or(0).max(1);
    let bars = Bars { plot, n: timeline.buckets.len(), highest };
    bars.paint_axes(&painter, cx.theme, cx.text, timeline);
    let hovered = response.hover_pos().and_then(|pointer| bars.bucket_at(pointer.x));
    for (position, bucket) in timeline.buckets.iter().enumerate() {
        bars.paint_bar(&painter, cx.theme, position, bucket, kinds, hovered == Some(position));
    }
    if let Some(position) = hovered {
        let bucket = &timeline.buckets[position];
        response.on_hover_ui_at_pointer(|ui| tooltip_ui(ui, cx, timeline.unit, bucket));
    }
}

fn tooltip_ui(ui: &mut Ui, cx: &ViewContext<'_>, unit: TimelineUnit, bucket: &TimelineBucket) {
    ui.label(cx.theme.body(bucket_label(cx.text, unit, bucket.start_ms)).strong());
    if bucket.counts.total() == 0 {
        ui.label(cx.text.tr("profiles-no-events-here"));
    }
    for (kind, count) in bucket.counts.present() {
        ui.label(format!("{}: {}", cx.text.tr(common::event_key(kind)), cx.text.count(count)));
    }
}

/// Where bars stand.
struct Bars {
    plot: Rect,
    n: usize,
    highest: u64,
}

#[expect(clippy::cast_precision_loss, reason = "positions on the screen")]
impl Bars {
    fn left(&self, position: usize) -> f32 {
        self.plot.left() + self.plot.width() * position as f32 / self.n as f32
    }

    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "within 0..n")]
    fn bucket_at(&self, x: f32) -> Option<usize> {
        let share = (x - self.plot.left()) / self.plot.width();
        (0.0..1.0).contains(&share).then(|| ((share * self.n as f32) as usize).min(self.n - 1))
    }

    fn y(&self, count: u64) -> f32 {
        self.plot.bottom() - self.plot.height() * count as f32 / self.highest as f32
    }

    fn paint_axes(&self, painter: &Painter, theme: &Theme, text: &Text, timeline: &Timeline) {
        let font = FontId::proportional(11.5);
        for count in [0, self.highest / 2, self.highest] {
            let y = self.y(count);
            painter.hline(self.plot.x_range(), y, theme.hairline());
            painter.text(
                pos2(self.plot.left() - 6.0, y),
                Align2::RIGHT_CENTER,
                text.short_count(count),
                font.clone(),
                theme.weak_text,
            );
        }
        for (share, anchor) in
            [(0.0, Align2::LEFT_TOP), (0.5, Align2::CENTER_TOP), (1.0, Align2::RIGHT_TOP)]
        {
            #[expect(
                clippy::cast_possible_truncation,
                clippy::cast_sign_loss,
                reason = "within 0..n"
            )]
            let position = (((self.n - 1) as f32 * share).round() as usize).min(self.n - 1);
            if share > 0.0 && self.n == 1 {
                continue;
            }
            let label = bucket_label(text, timeline.unit, timeline.buckets[position].start_ms);
            let x = self.plot.left() + self.plot.width() * share;
            painter.text(
                pos2(x, self.plot.bottom() + 5.0),
                anchor,
                label,
                font.clone(),
                theme.weak_text,
            );
        }
    }

    fn paint_bar(
        &self,
        painter: &Painter,
        theme: &Theme,
        position: usize,
        bucket: &TimelineBucket,
        kinds: &[EventKind],
        is_hovered: bool,
    ) {
        let (left, right) = (self.left(position), self.left(position + 1));
        if is_hovered {
            let band =
                Rect::from_min_max(pos2(left, self.plot.top()), pos2(right, self.plot.bottom()));
            painter.rect_filled(band, 0, theme.raised);
        }
        let gap = ((right - left) * 0.15).min(2.0);
        // A bar of a lonely bucket over the whole width would say nothing more than one of 40 points.
        let inset = ((right - left - 40.0) / 2.0).max(gap);
        let mut below = 0;
        for &kind in kinds {
            let count = bucket.counts.get(kind);
            if count > 0 {
                let bar = Rect::from_min_max(
                    pos2(left + inset, self.y(below + count)),
                    pos2(right - inset, self.y(below)),
                );
                painter.rect_filled(bar, 1, theme.event(kind));
                below += count;
            }
        }
        if is_hovered && below > 0 {
            let outline = Rect::from_min_max(
                pos2(left + inset, self.y(below)),
                pos2(right - inset, self.plot.bottom()),
            );
            painter.rect_stroke(
                outline,
                1,
                Stroke::new(1.0, theme.text),
                egui::StrokeKind::Outside,
            );
        }
    }
}

fn table(text: &Text, profile: &Arc<UserProfile>, kinds: &[EventKind]) -> Table {
    let unit = profile.timeline.unit;
    let mut columns = vec![text.tr("profiles-col-from").to_owned()];
    columns.extend(kinds.iter().map(|&kind| text.tr(common::event_key(kind)).to_owned()));
    let rows = profile
        .timeline
        .buckets
        .iter()
        .map(|bucket| {
            let counts = kinds.iter().map(|&kind| bucket.counts.get(kind).to_string());
            std::iter::once(bucket_label(text, unit, bucket.start_ms)).chain(counts).collect()
        })
        .collect();
    Table::from_rows(columns, rows)
}
