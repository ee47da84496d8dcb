//! The chart of a finding, and the same as a table.

use egui::Ui;
use egui_plot::PlotPoint;

use super::words;
use crate::dataset::quality::{Chart, Finding};
use crate::gui::text::Text;
use crate::gui::view::ViewContext;
use crate::gui::widgets::{Bar, ChartAxis, FigureSpec, LineChart, Series, Table, bar_list, figure};

const HEIGHT: f32 = 190.0;

/// The points of the chart that is shown, made once per finding.
#[derive(Default)]
pub(super) struct ChartPoints {
    key: Option<(usize, usize)>,
    points: Vec<PlotPoint>,
    /// What the points are held against.
    line: Vec<PlotPoint>,
}

impl ChartPoints {
    /// The points of the finding at a position of a report.
    pub(super) fn update(&mut self, report: usize, position: usize, finding: &Finding) {
        if self.key == Some((report, position)) {
            return;
        }
        self.key = Some((report, position));
        self.line.clear();
        self.points = match &finding.chart {
            Some(Chart::Histogram { low, width, counts }) => counts
                .iter()
                .enumerate()
                .map(|(step, &count)| {
                    PlotPoint::new(low + width * (step as f64 + 0.5), count as f64)
                })
                .collect(),
            Some(Chart::Series { starts_ms, counts }) => starts_ms
                .iter()
                .zip(counts)
                .map(|(&start, &count)| PlotPoint::new(start as f64, count as f64))
                .collect(),
            Some(Chart::Curve { x, y }) => {
                self.line = vec![PlotPoint::new(0.0, 0.0), PlotPoint::new(1.0, 1.0)];
                x.iter().zip(y).map(|(&x, &y)| PlotPoint::new(x, y)).collect()
            }
            Some(Chart::Bars { .. }) | None => Vec::new(),
        };
    }
}

/// Show the chart of a finding, if it has one.
pub(super) fn show(ui: &mut Ui, cx: &mut ViewContext<'_>, finding: &Finding, points: &ChartPoints) {
    let Some(chart) = &finding.chart else { return };
    let text = cx.text;
    let title = words::title(text, finding);
    let description = text.tr_with("quality-chart-description", &[("finding", title.into())]);
    let is_cut = matches!(chart, Chart::Histogram { .. });
    let spec = FigureSpec {
        id: "quality-chart",
        title: text.tr("quality-chart"),
        hint: is_cut.then(|| text.tr("quality-chart-ends")),
        description: &description,
        file_name: "data-quality",
    };
    figure(
        ui,
        cx,
        &spec,
        || table(text, chart),
        |ui, cx| draw(ui, cx, chart, points, &description),
    );
}

fn draw(ui: &mut Ui, cx: &ViewContext<'_>, chart: &Chart, points: &ChartPoints, description: &str) {
    let text = cx.text;
    let (x, y) = match chart {
        Chart::Bars { .. } => return bars_ui(ui, cx, chart),
        Chart::Histogram { .. } => {
            (ChartAxis::Number { label: "", decimals: 0 }, ChartAxis::Count { label: "" })
        }
        Chart::Series { .. } => (ChartAxis::Time { label: "" }, ChartAxis::Count { label: "" }),
        Chart::Curve { .. } => (
            ChartAxis::Percent { label: text.tr("quality-chart-products") },
            ChartAxis::Percent { label: text.tr("quality-chart-events") },
        ),
    };
    let mut series = vec![Series {
        name: text.tr(match chart {
            Chart::Curve { .. } => "quality-chart-lorenz",
            _ => "quality-chart-count",
        }),
        color: cx.theme.accent,
        points: &points.points,
    }];
    if !points.line.is_empty() {
        series.push(Series {
            name: text.tr("quality-chart-equal"),
            color: cx.theme.weak_text,
            points: &points.line,
        });
    }
    LineChart { height: HEIGHT, x, y, series: &series }.show(ui, cx, "quality-chart", description);
}

fn bars_ui(ui: &mut Ui, cx: &ViewContext<'_>, chart: &Chart) {
    let Chart::Bars { bars } = chart else { return };
    let bars: Vec<Bar> = bars
        .iter()
        .map(|bar| Bar {
            label: words::bar_label(cx.text, &bar.label),
            value: bar.count as f64,
            text: cx.text.count(bar.count),
            color: None,
            marker: None,
        })
        .collect();
    bar_list(ui, cx.theme, &bars, None);
}

fn table(text: &Text, chart: &Chart) -> Table {
    let (columns, rows): ([&str; 2], Vec<Vec<String>>) = match chart {
        Chart::Bars { bars } => (
            ["quality-chart-value", "quality-chart-count"],
            bars.iter()
                .map(|bar| vec![words::bar_label(text, &bar.label), bar.count.to_string()])
                .collect(),
        ),
        Chart::Histogram { low, width, counts } => (
            ["quality-chart-from", "quality-chart-count"],
            counts
                .iter()
                .enumerate()
                .map(|(step, count)| {
                    vec![text.number(low + width * step as f64, 2), count.to_string()]
                })
                .collect(),
        ),
        Chart::Series { starts_ms, counts } => (
            ["quality-chart-from", "quality-chart-count"],
            starts_ms
                .iter()
                .zip(counts)
                .map(|(&start, count)| vec![text.date(start), count.to_string()])
                .collect(),
        ),
        Chart::Curve { x, y } => (
            ["quality-chart-products", "quality-chart-events"],
            x.iter().zip(y).map(|(x, y)| vec![format!("{x:.4}"), format!("{y:.4}")]).collect(),
        ),
    };
    Table::from_rows(columns.map(|key| text.tr(key).to_owned()).to_vec(), rows)
}
