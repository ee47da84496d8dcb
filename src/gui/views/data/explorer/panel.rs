//! What one column of the rows holds, beside the rows.

use egui::{ComboBox, ScrollArea, Ui};

use super::super::charts::{Bins, histogram_ui};
use super::super::values::{column_title, number_text};
use super::Explorer;
use super::condition::{named, quoted};
use crate::analysis::table::{ColumnProfile, TableQuery, TableView, TopValue};
use crate::gui::view::ViewContext;
use crate::gui::views::data::charts;
use crate::gui::widgets::{Bar, Icon, async_frame, bar_list, card, icon_button};
use crate::workbench::{ColumnRequest, Command};

const CHART_HEIGHT: f32 = 120.0;
const TOP: usize = 8;

/// How the chart is drawn, and what was asked for last.
#[derive(Default)]
pub(super) struct Panel {
    is_log: bool,
    sent: Option<ColumnRequest>,
}

pub(super) fn ui(
    explorer: &mut Explorer,
    ui: &mut Ui,
    cx: &mut ViewContext<'_>,
    view: &TableView<'_>,
    wanted: &TableQuery,
) {
    let Some(inspected) = explorer.inspected.clone() else { return };
    let theme = cx.theme;
    let mut narrowed = None;
    card(ui, theme, |ui| {
        picker_ui(explorer, ui, cx, view, &inspected);
        let query = TableQuery { sort: Vec::new(), ..wanted.clone() };
        let request = ColumnRequest { query, column: inspected.clone() };
        let state = cx.state;
        let is_there = state.column.value().is_some_and(|result| result.request == request);
        if !is_there && explorer.panel.sent.as_ref() != Some(&request) {
            explorer.panel.sent = Some(request.clone());
            cx.send(Command::ProfileColumn(request));
        }
        ScrollArea::vertical().auto_shrink([false, true]).show(ui, |ui| {
            async_frame(
                ui,
                cx,
                &state.column,
                |_, _| {},
                |ui, cx, result| {
                    // Until the figures of this column are there, those of another are of no use.
                    if result.request.column == inspected && result.request.query.table == view.kind
                    {
                        let is_log = &mut explorer.panel.is_log;
                        narrowed = profile_ui(ui, cx, view, &result.profile, is_log);
                    }
                },
            );
        });
    });
    if let Some(condition) = narrowed {
        explorer.condition.narrow(&condition, view);
    }
}

fn picker_ui(
    explorer: &mut Explorer,
    ui: &mut Ui,
    cx: &ViewContext<'_>,
    view: &TableView<'_>,
    inspected: &str,
) {
    ui.horizontal(|ui| {
        let title = column_title(cx.text, view.kind, inspected);
        let width = ui.available_width() - 48.0;
        let combo = ComboBox::from_id_salt("inspected").width(width).truncate();
        let shown = combo.selected_text(title).show_ui(ui, |ui| {
            for column in &view.columns {
                let title = column_title(cx.text, view.kind, column.name);
                if ui.selectable_label(column.name == inspected, title).clicked() {
                    explorer.inspected = Some(column.name.to_owned());
                }
            }
        });
        shown.response.accessible_name(cx.tr("table-inspected"));
        if icon_button(ui, cx.theme, Icon::Close, cx.tr("table-close-statistics")).clicked() {
            explorer.inspected = None;
        }
    });
}

/// The figures of a column. Gives back the condition for the value that was clicked.
fn profile_ui(
    ui: &mut Ui,
    cx: &ViewContext<'_>,
    view: &TableView<'_>,
    profile: &ColumnProfile,
    is_log: &mut bool,
) -> Option<String> {
    figures_ui(ui, cx, profile);
    if let Some(histogram) = &profile.histogram {
        if profile.log_histogram.is_some() {
            ui.checkbox(is_log, cx.tr("table-log-values"));
        }
        let log = profile.log_histogram.as_ref().filter(|_| *is_log);
        let title = column_title(cx.text, profile.table, &profile.column);
        let bins = Bins {
            histogram: log.unwrap_or(histogram),
            word: &|value| number_text(cx.text, profile.kind, value),
            is_log_count: false,
            height: CHART_HEIGHT,
        };
        histogram_ui(ui, cx, &bins, &cx.tr_with("dist-of", &[("column", title.into())]));
    }
    ui.label(cx.theme.small(cx.tr("table-top-values")));
    let bars: Vec<Bar> =
        profile.top.iter().take(TOP).map(|top| charts::top_bar(cx.text, profile, top)).collect();
    let clicked = bar_list(ui, cx.theme, &bars, None)?;
    condition_of(view, profile, profile.top.get(clicked)?)
}

/// Leaves the rows with this value.
fn condition_of(view: &TableView<'_>, profile: &ColumnProfile, top: &TopValue) -> Option<String> {
    let value = match (&top.text, top.number) {
        (Some(text), _) => quoted(text),
        (None, Some(number)) => view.column(&profile.column)?.written(number),
        (None, None) => return None,
    };
    Some(format!("{} = {value}", named(&profile.column)))
}

fn figures_ui(ui: &mut Ui, cx: &ViewContext<'_>, profile: &ColumnProfile) {
    let count = |count: u64| cx.text.count(count);
    let mut figures = vec![
        ("table-rows", count(profile.rows)),
        (
            "table-missing",
            format!(
                "{} · {}",
                count(profile.missing),
                cx.text.percent(1.0 - profile.filled_share(), 1)
            ),
        ),
        ("table-distinct", count(profile.distinct)),
    ];
    if let Some(numbers) = &profile.numbers {
        let word = |value| number_text(cx.text, profile.kind, value);
        figures.extend([
            ("data-min", word(numbers.min)),
            ("data-p25", word(numbers.p25)),
            ("data-median", word(numbers.median)),
            ("data-mean", word(numbers.mean)),
            ("data-p75", word(numbers.p75)),
            ("table-p95", word(numbers.p95)),
            ("data-max", word(numbers.max)),
        ]);
        if profile.kind != crate::analysis::table::ColumnKind::Time {
            figures.push(("table-deviation", word(numbers.std_dev)));
        }
    }
    egui::Grid::new("figures").num_columns(2).spacing([16.0, 4.0]).show(ui, |ui| {
        for (key, value) in figures {
            ui.label(cx.theme.small(cx.text.tr(key)));
            ui.label(cx.theme.weak(value));
            ui.end_row();
        }
    });
}
