//! Events per shopper and per product by rank, and the time between events.

use egui::{Role, Ui, WidgetInfo, vec2};
use egui_plot::{GridInput, GridMark, HoverPosition, Line, Plot, PlotPoint, PlotPoints};

use super::super::charts::{Bins, histogram_table, histogram_ui};
use crate::analysis::table::{Activity, Concentration, Gaps};
use crate::gui::text::Text;
use crate::gui::view::ViewContext;
use crate::gui::views::common;
use crate::gui::widgets::{FigureSpec, Table, figure};

const CHART_HEIGHT: f32 = 240.0;

pub(super) fn ui(ui: &mut Ui, cx: &mut ViewContext<'_>, activity: &Activity) {
    common::columns(ui, 2, |columns| {
        let parts = [
            ("dist-per-shopper", "events-per-shopper", &activity.per_shopper),
            ("dist-per-product", "events-per-product", &activity.per_product),
        ];
        for (ui, (title, file_name, found)) in columns.iter_mut().zip(parts) {
            if let Some(found) = found {
                rank_ui(ui, cx, title, file_name, found);
            }
        }
    });
    if let Some(gaps) = &activity.gaps {
        gaps_ui(ui, cx, gaps);
    }
}

fn rank_ui(
    ui: &mut Ui,
    cx: &mut ViewContext<'_>,
    title: &'static str,
    file_name: &'static str,
    found: &Concentration,
) {
    let text = cx.text;
    let percent = |share| text.percent(share, 1);
    let hint = text.tr_with(
        "dist-concentration",
        &[
            ("one", percent(found.top_1_percent).into()),
            ("ten", percent(found.top_10_percent).into()),
            ("gini", text.number(found.gini, 2).into()),
            ("median", text.number(found.summary.median, 0).into()),
        ],
    );
    let spec = FigureSpec {
        id: file_name,
        title: cx.tr(title),
        hint: Some(&hint),
        description: cx.tr(title),
        file_name,
    };
    figure(
        ui,
        cx,
        &spec,
        || rank_table(text, found),
        |ui, cx| {
            chart_ui(ui, cx, file_name, cx.tr(title), found);
        },
    );
}

fn rank_table(text: &Text, found: &Concentration) -> Table {
    let columns = ["dist-rank", "data-col-events"].map(|key| text.tr(key).to_owned());
    let row = |point: &crate::analysis::table::RankPoint| {
        vec![point.rank.to_string(), point.count.to_string()]
    };
    Table::from_rows(columns.to_vec(), found.points.iter().map(row).collect())
}

/// Both axes are logarithmic: equal ratios are equal distances.
fn chart_ui(ui: &mut Ui, cx: &ViewContext<'_>, id: &str, name: &str, found: &Concentration) {
    let log = |count: u64| (count as f64).log10();
    let points: Vec<PlotPoint> = found
        .points
        .iter()
        .map(|point| PlotPoint::new(log(point.rank), log(point.count)))
        .collect();
    let text = cx.text;
    let count = |log: f64| text.number(10.0_f64.powf(log).round(), 0);
    let mark = |log: f64| text.short_count(10.0_f64.powf(log).round() as u64);
    let plot = Plot::new(id)
        .height(CHART_HEIGHT)
        .width(ui.available_width())
        .allow_scroll(false)
        .allow_zoom(false)
        .allow_drag(false)
        .allow_axis_zoom_drag(false)
        .show_background(false)
        .show_crosshair(false)
        .set_margin_fraction(vec2(0.02, 0.08))
        .grid_color(cx.theme.border)
        .x_axis_label(cx.tr("dist-rank"))
        .y_axis_label(cx.tr("data-col-events"))
        .include_x(0.0)
        .include_y(0.0)
        .x_axis_formatter(move |at, _| mark(at.value))
        .y_axis_formatter(move |at, _| mark(at.value))
        .x_grid_spacer(decades)
        .y_grid_spacer(decades)
        .label_formatter(move |position| match position {
            HoverPosition::NearDataPoint { position, .. } => Some(text.tr_with(
                "dist-rank-value",
                &[("rank", count(position.x).into()), ("events", count(position.y).into())],
            )),
            HoverPosition::Elsewhere { .. } => None,
        });
    ui.visuals_mut().override_text_color = Some(cx.theme.weak_text);
    let shown = plot.show(ui, |plot| {
        let line = Line::new(name, PlotPoints::Borrowed(&points));
        plot.line(line.color(cx.theme.accent).width(2.0));
    });
    shown.response.widget_info(|| WidgetInfo::labeled(Role::Image, true, name));
}

/// Marks at powers of ten, of which there are few.
fn decades(input: GridInput) -> Vec<GridMark> {
    let (first, last) = input.bounds;
    let mark = |power: i32| GridMark { value: f64::from(power), step_size: 1.0 };
    (first.ceil() as i32..=(last.floor() as i32).min(20)).map(mark).collect()
}

fn gaps_ui(ui: &mut Ui, cx: &mut ViewContext<'_>, gaps: &Gaps) {
    let Some(histogram) = &gaps.histogram_secs else { return };
    let text = cx.text;
    let hint = text.tr_with(
        "dist-gaps-hint",
        &[
            ("pairs", gaps.n.into()),
            ("zeros", gaps.zeros.into()),
            ("median", text.secs(gaps.summary_secs.median).into()),
            ("p95", text.secs(gaps.summary_secs.p95).into()),
        ],
    );
    let spec = FigureSpec {
        id: "gaps",
        title: cx.tr("dist-gaps"),
        hint: Some(&hint),
        description: cx.tr("dist-gaps"),
        file_name: "time-between-events",
    };
    let bins = Bins {
        histogram,
        word: &|secs| text.secs(secs),
        is_log_count: false,
        height: CHART_HEIGHT,
    };
    figure(
        ui,
        cx,
        &spec,
        || histogram_table(text, &bins),
        |ui, cx| {
            histogram_ui(ui, cx, &bins, cx.tr("dist-gaps"));
        },
    );
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_stand_at_powers_of_ten() {
        let marks = decades(GridInput { bounds: (-0.2, 3.4), base_step_size: 0.1 });
        let values: Vec<f64> = marks.iter().map(|mark| mark.value).collect();
        assert_eq!(values, [0.0, 1.0, 2.0, 3.0]);
    }
}
