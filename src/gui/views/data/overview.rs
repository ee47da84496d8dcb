//! The shop at a glance.

use std::sync::Arc;

use egui::Ui;
use egui_plot::PlotPoint;

use super::report;
use crate::dataset::EventKind;
use crate::dataset::calendar::DAY_MS;
use crate::dataset::describe::{Bucket, Description, EventSeries, Quantiles};
use crate::gui::theme::SPACE_S;
use crate::gui::view::ViewContext;
use crate::gui::views::common::{self, event_key, identity};
use crate::gui::widgets::{
    Bar, ChartAxis, FigureSpec, LineChart, Series, StatTile, Table, bar_list, figure, section_with,
    stat_row,
};
use crate::workbench::{OpenShop, Overview};

const CHART_HEIGHT: f32 = 250.0;
const TOP_CATEGORIES: usize = 9;
const TOP_PRODUCTS: usize = 9;

/// The curve of one kind of event.
type KindSeries = (EventKind, Vec<PlotPoint>);

/// The points of the chart, made once per shop.
#[derive(Default)]
pub(super) struct OverviewTab {
    points: Option<(usize, Vec<KindSeries>)>,
}

impl OverviewTab {
    pub(super) fn ui(&mut self, ui: &mut Ui, cx: &mut ViewContext<'_>, shop: &OpenShop) {
        // The load report has the others.
        report::warnings_ui(ui, cx, &shop.report, 1);
        let Some(overview) = common::overview(ui, cx) else { return };
        let description = &overview.description;
        tiles_ui(ui, cx, shop, description);
        common::split(ui, 0.36, |left, right| {
            mix_ui(left, cx, description);
            categories_ui(left, cx, description);
            self.series_ui(right, cx, overview);
            products_ui(right, cx, description);
        });
        activity_ui(ui, cx, description);
    }

    fn series_ui(&mut self, ui: &mut Ui, cx: &mut ViewContext<'_>, overview: &Arc<Overview>) {
        let Some(series) = &overview.description.series else {
            section_with(
                ui,
                cx.theme,
                cx.tr("data-series"),
                None,
                |_| (),
                |ui| ui.label(cx.theme.weak(cx.tr("data-no-times"))),
            );
            return;
        };
        let key = identity(overview);
        if self.points.as_ref().is_none_or(|(known, _)| *known != key) {
            self.points = Some((key, points_of(series)));
        }
        let points = self.points.as_ref().map(|(_, points)| points.as_slice()).unwrap_or_default();
        let hint = match series.bucket {
            Bucket::Day => "data-series-daily",
            Bucket::Week => "data-series-weekly",
        };
        let description = cx.tr("data-series-description");
        let spec = FigureSpec {
            id: "series",
            title: cx.tr("data-series"),
            hint: Some(cx.tr(hint)),
            description,
            file_name: "events-over-time",
        };
        let lines: Vec<Series<'_>> = points
            .iter()
            .map(|(kind, points)| Series {
                name: cx.text.tr(event_key(*kind)),
                color: cx.theme.event(*kind),
                points,
            })
            .collect();
        let text = cx.text;
        figure(
            ui,
            cx,
            &spec,
            || series_table(text, series),
            |ui, cx| {
                let chart = LineChart {
                    height: CHART_HEIGHT,
                    x: ChartAxis::Time { label: "" },
                    y: ChartAxis::Count { label: "" },
                    series: &lines,
                };
                chart.show(ui, cx, "events-over-time", description);
            },
        );
    }
}

fn points_of(series: &EventSeries) -> Vec<(EventKind, Vec<PlotPoint>)> {
    let line = |(&kind, counts): (&EventKind, &Vec<u64>)| {
        let points = series
            .starts_ms
            .iter()
            .zip(counts)
            .map(|(&start, &count)| PlotPoint::new(start as f64, count as f64));
        (kind, points.collect())
    };
    series.by_type.iter().map(line).collect()
}

fn series_table(text: &crate::gui::text::Text, series: &EventSeries) -> Table {
    let mut columns = vec![text.tr("data-col-from").to_owned()];
    columns.extend(series.by_type.keys().map(|&kind| text.tr(event_key(kind)).to_owned()));
    let rows = series.starts_ms.iter().enumerate().map(|(step, &start)| {
        let counts = series.by_type.values().map(|counts| counts[step].to_string());
        std::iter::once(text.date_time(start)).chain(counts).collect()
    });
    Table::from_rows(columns, rows.collect())
}

fn tiles_ui(ui: &mut Ui, cx: &ViewContext<'_>, shop: &OpenShop, description: &Description) {
    let text = cx.text;
    let span = shop.report.has_times.then(|| span_words(cx, description)).flatten();
    let (span, span_hint) =
        span.unwrap_or_else(|| ("–".to_owned(), cx.tr("data-no-times").to_owned()));
    let values = [
        (
            cx.tr("data-shoppers"),
            text.count(description.users),
            description.events_per_user.map(|per| {
                cx.tr_with("data-median-events", &[("events", text.number(per.median, 0).into())])
            }),
        ),
        (
            cx.tr("data-products"),
            text.count(description.items),
            Some(cx.tr_with("data-with-text", &[("items", description.items_with_text.into())])),
        ),
        (
            cx.tr("data-events"),
            text.count(description.events),
            Some(cx.tr_with(
                "data-density",
                &[("share", text.percent(description.density, 2).into())],
            )),
        ),
        (cx.tr("data-span"), span, Some(span_hint)),
        (
            cx.tr("data-rejected"),
            text.count(shop.report.rows_rejected()),
            Some(cx.tr_with("data-of-rows", &[("rows", shop.report.rows_read().into())])),
        ),
    ];
    let tiles: Vec<StatTile<'_>> = values
        .iter()
        .map(|(label, value, hint)| StatTile { label, value, hint: hint.as_deref() })
        .collect();
    stat_row(ui, cx.theme, &tiles);
    ui.add_space(SPACE_S / 2.0);
}

/// Days covered, and from when to when.
fn span_words(cx: &ViewContext<'_>, description: &Description) -> Option<(String, String)> {
    let (first, last) = description.span_ms?;
    let days = last.div_euclid(DAY_MS) - first.div_euclid(DAY_MS) + 1;
    let value = cx.tr_with("data-days", &[("days", days.into())]);
    Some((value, cx.text.days(first, last)))
}

fn mix_ui(ui: &mut Ui, cx: &mut ViewContext<'_>, description: &Description) {
    let mut mix: Vec<(EventKind, u64)> =
        description.events_by_type.iter().map(|(&kind, &count)| (kind, count)).collect();
    mix.sort_by_key(|&(_, count)| std::cmp::Reverse(count));
    let bars: Vec<Bar> = mix
        .iter()
        .map(|&(kind, count)| Bar {
            label: cx.text.tr(event_key(kind)).to_owned(),
            value: real(count),
            text: format!(
                "{} · {}",
                cx.text.count(count),
                cx.text.percent(real(count) / real(description.events.max(1)), 1)
            ),
            color: Some(cx.theme.event(kind)),
            marker: None,
        })
        .collect();
    bars_figure(ui, cx, "mix", "data-mix", "data-mix-hint", &bars);
}

fn categories_ui(ui: &mut Ui, cx: &mut ViewContext<'_>, description: &Description) {
    if description.categories.is_empty() {
        section_with(
            ui,
            cx.theme,
            cx.tr("data-categories"),
            None,
            |_| (),
            |ui| ui.label(cx.theme.weak(cx.tr("data-no-categories"))),
        );
        return;
    }
    let bars: Vec<Bar> = description
        .categories
        .iter()
        .take(TOP_CATEGORIES)
        .enumerate()
        .map(|(index, category)| Bar {
            label: category.name.clone(),
            value: real(category.events),
            text: cx.text.count(category.events),
            color: Some(cx.theme.category(index)),
            marker: None,
        })
        .collect();
    bars_figure(ui, cx, "categories", "data-categories", "data-categories-hint", &bars);
}

fn products_ui(ui: &mut Ui, cx: &mut ViewContext<'_>, description: &Description) {
    let bars: Vec<Bar> = description
        .top_items
        .iter()
        .take(TOP_PRODUCTS)
        .map(|item| Bar {
            label: item.title.clone().unwrap_or_else(|| item.id.clone()),
            value: real(item.events),
            text: cx.text.count(item.events),
            color: None,
            marker: None,
        })
        .collect();
    bars_figure(ui, cx, "top-products", "data-top-products", "data-top-products-hint", &bars);
}

fn bars_figure(
    ui: &mut Ui,
    cx: &mut ViewContext<'_>,
    id: &'static str,
    title: &'static str,
    hint: &'static str,
    bars: &[Bar],
) {
    let columns = [cx.tr("data-col-name").to_owned(), cx.tr("data-col-events").to_owned()];
    let table = || {
        Table::from_rows(
            columns.to_vec(),
            bars.iter().map(|bar| vec![bar.label.clone(), format!("{}", bar.value)]).collect(),
        )
    };
    let spec = FigureSpec {
        id,
        title: cx.tr(title),
        hint: Some(cx.tr(hint)),
        description: cx.tr(title),
        file_name: id,
    };
    figure(ui, cx, &spec, table, |ui, cx| bar_list(ui, cx.theme, bars, None));
}

fn activity_ui(ui: &mut Ui, cx: &ViewContext<'_>, description: &Description) {
    let rows = [
        ("data-per-shopper", description.events_per_user),
        ("data-per-product", description.events_per_item),
    ];
    section_with(
        ui,
        cx.theme,
        cx.tr("data-activity"),
        Some(cx.tr("data-activity-hint")),
        |_| (),
        |ui| {
            egui::Grid::new("activity").num_columns(8).spacing([28.0, 6.0]).show(ui, |ui| {
                ui.label("");
                for key in [
                    "data-min",
                    "data-p25",
                    "data-median",
                    "data-p75",
                    "data-p90",
                    "data-max",
                    "data-mean",
                ] {
                    figure_cell(ui, cx.theme.small(cx.text.tr(key)));
                }
                ui.end_row();
                for (key, quantiles) in rows {
                    if let Some(quantiles) = quantiles {
                        ui.label(cx.theme.body(cx.text.tr(key)));
                        quantiles_ui(ui, cx, quantiles);
                        ui.end_row();
                    }
                }
            });
        },
    );
}

fn quantiles_ui(ui: &mut Ui, cx: &ViewContext<'_>, quantiles: Quantiles) {
    let Quantiles { min, p25, median, p75, p90, max, mean } = quantiles;
    for value in [min, p25, median, p75, p90, max] {
        figure_cell(ui, cx.theme.body(cx.text.number(value, 0)));
    }
    figure_cell(ui, cx.theme.body(cx.text.number(mean, 1)));
}

/// Numbers and what stands over them are read by their right ends.
fn figure_cell(ui: &mut Ui, words: egui::RichText) {
    ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| ui.label(words));
}

const fn real(count: u64) -> f64 {
    count as f64
}
