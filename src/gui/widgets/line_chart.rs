//! Lines over a common axis.

use egui::{FontId, Role, TextStyle, Ui, WidgetInfo, vec2};
use egui_plot::{GridInput, GridMark, HoverPosition, Line, Plot, PlotPoint, PlotPoints, Points};

use crate::gui::text::{Text, time_marks};
use crate::gui::theme::SPACE_M;
use crate::gui::view::ViewContext;

/// One line. Points ascend in x; hand over at most a few thousand, see [`bucketed`].
#[derive(Debug, Clone, Copy)]
pub struct Series<'a> {
    /// What it shows.
    pub name: &'a str,
    /// Its colour.
    pub color: egui::Color32,
    /// Its points, borrowed while painting.
    pub points: &'a [PlotPoint],
}

/// What an axis counts and how its values are written.
#[derive(Debug, Clone, Copy)]
pub enum ChartAxis<'a> {
    /// Numbers with so many decimals.
    Number {
        /// Name of the axis; may be empty.
        label: &'a str,
        /// Digits after the point.
        decimals: usize,
    },
    /// Whole numbers.
    Count {
        /// Name of the axis; may be empty.
        label: &'a str,
    },
    /// Shares in `0..=1`.
    Percent {
        /// Name of the axis; may be empty.
        label: &'a str,
    },
    /// Milliseconds since 1970-01-01 UTC.
    Time {
        /// Name of the axis; may be empty.
        label: &'a str,
    },
}

impl<'a> ChartAxis<'a> {
    const fn label(self) -> &'a str {
        match self {
            Self::Number { label, .. }
            | Self::Count { label }
            | Self::Percent { label }
            | Self::Time { label } => label,
        }
    }

    /// A value as it is written on the axis, where `step` lies between marks and the axis begins at
    /// `first`.
    #[must_use]
    pub fn mark(self, text: &Text, value: f64, step: f64, first: f64) -> String {
        match self {
            Self::Number { decimals, .. } => text.number(value, decimals.max(digits(step))),
            Self::Count { .. } if value.fract().abs() > 1e-6 => String::new(),
            Self::Count { .. } => text.short_count(to_count(value)),
            Self::Percent { .. } => text.percent(value, usize::from(step < 0.01)),
            // The year where it begins, and at the left, where one looks for it.
            Self::Time { .. } if step > 20.0 * DAY_MS => {
                if value - first < step || Text::is_january(to_ms(value)) {
                    text.month(to_ms(value))
                } else {
                    text.short_month(to_ms(value))
                }
            }
            Self::Time { .. } => text.short_date(to_ms(value)),
        }
    }

    /// Where the marks of this axis stand.
    const fn grid(self) -> fn(GridInput) -> Vec<GridMark> {
        match self {
            Self::Time { .. } => time_grid,
            Self::Count { .. } => count_grid,
            Self::Number { .. } | Self::Percent { .. } => round_grid,
        }
    }

    /// A value in full, as the tooltip and the table twin show it.
    #[must_use]
    pub fn value(self, text: &Text, value: f64) -> String {
        match self {
            Self::Number { decimals, .. } => text.number(value, decimals + 1),
            Self::Count { .. } => text.number(value, 0),
            Self::Percent { .. } => text.percent(value, 1),
            Self::Time { .. } => text.date(to_ms(value)),
        }
    }
}

const DAY_MS: f64 = 86_400_000.0;
/// Lines of up to so many points show each of them.
const MARKED_POINTS: usize = 24;

/// A chart; put it into a [`super::figure`].
#[derive(Debug, Clone, Copy)]
pub struct LineChart<'a> {
    /// Height in points.
    pub height: f32,
    /// Along the bottom.
    pub x: ChartAxis<'a>,
    /// Up the side.
    pub y: ChartAxis<'a>,
    /// The lines; a single one of counts or shares is filled down to the axis.
    pub series: &'a [Series<'a>],
}

impl LineChart<'_> {
    /// Paint it. `description` says what it shows to those who do not see it.
    pub fn show(&self, ui: &mut Ui, cx: &ViewContext<'_>, id: &str, description: &str) {
        if self.series.len() > 1 {
            self.legend_ui(ui, cx);
        }
        let (text, x, y) = (cx.text, self.x, self.y);
        let plot = Plot::new(id)
            .height(self.height)
            .width(ui.available_width())
            .allow_scroll(false)
            .allow_zoom(false)
            .allow_drag(false)
            .allow_axis_zoom_drag(false)
            .show_background(false)
            .show_crosshair(false)
            .set_margin_fraction(vec2(0.01, 0.08))
            .grid_color(cx.theme.border)
            .grid_spacing(egui::Rangef::new(36.0, 200.0))
            .x_axis_label(x.label())
            .y_axis_label(y.label())
            .x_axis_formatter(move |mark, range| {
                x.mark(text, mark.value, mark.step_size, *range.start())
            })
            .y_axis_formatter(move |mark, range| {
                y.mark(text, mark.value, mark.step_size, *range.start())
            })
            .label_formatter(move |position| match position {
                HoverPosition::NearDataPoint { plot_name, position, .. } => Some(format!(
                    "{plot_name}\n{}\n{}",
                    x.value(text, position.x),
                    y.value(text, position.y)
                )),
                HoverPosition::Elsewhere { .. } => None,
            })
            .y_grid_spacer(y.grid());
        let plot = plot.x_grid_spacer(x.grid());
        // Counts and shares are read against zero; a loss is read against itself.
        let is_from_zero = matches!(y, ChartAxis::Count { .. } | ChartAxis::Percent { .. });
        let plot = if is_from_zero { plot.include_y(0.0) } else { plot };
        let is_filled = is_from_zero && self.series.len() == 1;
        ui.visuals_mut().override_text_color = Some(cx.theme.weak_text);
        ui.style_mut().text_styles.insert(TextStyle::Body, FontId::proportional(12.0));
        let shown = plot.show(ui, |plot| {
            for series in self.series {
                let mut line = Line::new(series.name, PlotPoints::Borrowed(series.points))
                    .color(series.color)
                    .width(2.0);
                if is_filled {
                    line = line.fill(0.0).fill_alpha(0.14);
                }
                plot.line(line);
                // Few points are few measurements, and each of them counts.
                if series.points.len() <= MARKED_POINTS {
                    let points = Points::new(series.name, PlotPoints::Borrowed(series.points));
                    plot.points(points.color(series.color).radius(3.5));
                }
            }
        });
        shown.response.widget_info(|| WidgetInfo::labeled(Role::Image, true, description));
    }

    fn legend_ui(&self, ui: &mut Ui, cx: &ViewContext<'_>) {
        ui.horizontal_wrapped(|ui| {
            for series in self.series {
                let (rect, _) = ui.allocate_exact_size(vec2(14.0, 14.0), egui::Sense::hover());
                ui.painter().hline(
                    rect.x_range(),
                    rect.center().y,
                    egui::Stroke::new(2.5, series.color),
                );
                ui.label(cx.theme.small(series.name));
                ui.add_space(SPACE_M);
            }
        });
    }
}

/// About five marks at 1, 2 or 5 times a power of ten.
fn round_grid(input: GridInput) -> Vec<GridMark> {
    grid_of_steps(input, 0.0)
}

/// The same on whole numbers.
fn count_grid(input: GridInput) -> Vec<GridMark> {
    grid_of_steps(input, 1.0)
}

fn grid_of_steps(input: GridInput, least: f64) -> Vec<GridMark> {
    let (first, last) = input.bounds;
    let step_size = round_step((last - first) / 5.0).max(least);
    if !(step_size.is_finite() && step_size > 0.0) {
        return Vec::new();
    }
    let (start, end) = ((first / step_size).ceil() as i64, (last / step_size).floor() as i64);
    (start..=end.min(start + 50))
        .map(|mark| GridMark { value: mark as f64 * step_size, step_size })
        .collect()
}

/// The next of 1, 2, 5, 10 times a power of ten.
fn round_step(least: f64) -> f64 {
    let power = 10.0_f64.powf(least.log10().floor());
    let step = [1.0, 2.0, 5.0].into_iter().find(|step| step * power >= least);
    step.unwrap_or(10.0) * power
}

/// Digits after the point that tell marks so far apart from each other.
fn digits(step: f64) -> usize {
    if step.is_finite() && step > 0.0 {
        (-step.log10().floor()).clamp(0.0, 6.0) as usize
    } else {
        0
    }
}

/// Marks of a time axis on days or months.
fn time_grid(input: GridInput) -> Vec<GridMark> {
    const MOST: i64 = 8;
    let (first, last) = input.bounds;
    let step_size = (last - first) / MOST as f64;
    let mark = |time: i64| GridMark { value: time as f64, step_size };
    // A label that begins at the right edge would be cut off.
    let end = last - (last - first) * 0.04;
    time_marks(to_ms(first), to_ms(end), MOST).into_iter().map(mark).collect()
}

/// At most `2 · buckets` points that keep the least and the greatest of each bucket, so that no peak
/// is lost. Computed when data arrives, not per frame.
#[must_use]
pub fn bucketed(points: &[PlotPoint], buckets: usize) -> Vec<PlotPoint> {
    if points.len() <= buckets * 2 || buckets == 0 {
        return points.to_vec();
    }
    let size = points.len().div_ceil(buckets);
    let mut kept = Vec::with_capacity(buckets * 2);
    for bucket in points.chunks(size) {
        let by_y = |a: &&PlotPoint, b: &&PlotPoint| a.y.total_cmp(&b.y);
        let (Some(low), Some(high)) = (bucket.iter().min_by(by_y), bucket.iter().max_by(by_y))
        else {
            continue;
        };
        let (first, second) = if low.x <= high.x { (low, high) } else { (high, low) };
        kept.push(*first);
        if first.x < second.x {
            kept.push(*second);
        }
    }
    kept
}

const fn to_count(value: f64) -> u64 {
    value as u64
}

const fn to_ms(value: f64) -> i64 {
    value as i64
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::workbench::settings::Language;

    #[test]
    fn steps_are_round_and_marks_can_be_told_apart() {
        for (least, step, decimals) in
            [(0.3, 0.5, 1), (0.021, 0.05, 2), (1.0, 1.0, 0), (320.0, 500.0, 0), (6.0, 10.0, 0)]
        {
            assert!((round_step(least) - step).abs() < 1e-9, "{least}");
            assert_eq!(digits(step), decimals, "{step}");
        }
        let marks = round_grid(GridInput { bounds: (4.3, 5.5), base_step_size: 0.1 });
        assert!((3..=6).contains(&marks.len()));
        assert!(round_grid(GridInput { bounds: (1.0, 1.0), base_step_size: 0.1 }).is_empty());
        let epochs = count_grid(GridInput { bounds: (0.0, 2.0), base_step_size: 0.1 });
        assert_eq!(epochs.iter().map(|mark| mark.value).collect::<Vec<_>>(), [0.0, 1.0, 2.0]);
    }

    #[test]
    fn months_name_their_year_where_it_begins() {
        let text = Text::new(Language::En);
        let axis = ChartAxis::Time { label: "" };
        let (november, month) = (1_793_491_200_000.0, 30.0 * DAY_MS);
        let mark = |months: f64| axis.mark(&text, november + months * month, month, november - 1.0);
        assert_eq!(mark(0.0), "Nov 2026");
        assert_eq!(mark(1.1), "Dec");
        assert_eq!(mark(2.1), "Jan 2027");
    }

    #[test]
    fn buckets_keep_peaks_and_order() {
        let mut points: Vec<PlotPoint> =
            (0..10_000).map(|x| PlotPoint::new(f64::from(x), 0.0)).collect();
        points[5_003].y = 9.0;
        let kept = bucketed(&points, 100);
        assert!(kept.len() <= 200);
        assert!(kept.iter().any(|point| point.y > 8.0));
        assert!(kept.is_sorted_by(|a, b| a.x < b.x));
    }
}
