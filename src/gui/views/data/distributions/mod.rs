//! How the values of any column are distributed, and how uneven activity is.

mod activity;

use std::sync::Arc;

use egui::{ComboBox, Ui};

use super::charts::{Bins, histogram_table, histogram_ui, top_bar, top_label};
use super::values::{column_title, number_text, table_key, table_view};
use crate::analysis::table::{
    BinRule, ColumnProfile, Histogram, TableKind, TableQuery, TableView, TopValue,
};
use crate::gui::text::Text;
use crate::gui::theme::SPACE_S;
use crate::gui::view::ViewContext;
use crate::gui::widgets::{
    AsyncAction, Bar, FigureSpec, Table, async_frame, bar_list, figure, segmented,
};
use crate::workbench::{ColumnRequest, Command, OpenShop, Overview};

const CHART_HEIGHT: f32 = 260.0;

/// What is chosen.
pub(super) struct Distributions {
    table: TableKind,
    column: String,
    is_log_value: bool,
    is_log_count: bool,
    sent: Option<ColumnRequest>,
    has_asked_for_activity: bool,
}

impl Default for Distributions {
    fn default() -> Self {
        Self {
            table: TableKind::Products,
            column: "price".to_owned(),
            is_log_value: false,
            is_log_count: false,
            sent: None,
            has_asked_for_activity: false,
        }
    }
}

impl Distributions {
    /// Another part of the page may have asked for other columns meanwhile.
    pub(super) fn came_into_sight(&mut self) {
        self.sent = None;
        self.has_asked_for_activity = false;
    }

    pub(super) fn ui(
        &mut self,
        ui: &mut Ui,
        cx: &mut ViewContext<'_>,
        shop: &OpenShop,
        overview: &Arc<Overview>,
    ) {
        let view = table_view(cx, self.table, &shop.dataset, overview);
        if view.position(&self.column).is_none() {
            // Presenter mode hid it.
            first_column(self.table).clone_into(&mut self.column);
        }
        self.choice_ui(ui, cx, &view);
        self.column_ui(ui, cx);
        let state = cx.state;
        if state.activity.is_idle() && !self.has_asked_for_activity {
            self.has_asked_for_activity = true;
            cx.send(Command::ComputeActivity);
        }
        let action = async_frame(
            ui,
            cx,
            &state.activity,
            |_, _| {},
            |ui, cx, found| {
                activity::ui(ui, cx, found);
            },
        );
        if action == AsyncAction::Retry {
            cx.send(Command::ComputeActivity);
        }
    }

    fn choice_ui(&mut self, ui: &mut Ui, cx: &ViewContext<'_>, view: &TableView<'_>) {
        ui.horizontal(|ui| {
            let tables = TableKind::ALL.map(|kind| (kind, cx.text.tr(table_key(kind))));
            if segmented(ui, cx.theme, cx.tr("dist-table"), &mut self.table, &tables) {
                first_column(self.table).clone_into(&mut self.column);
                return;
            }
            ui.add_space(SPACE_S);
            let title = column_title(cx.text, view.kind, &self.column);
            let combo = ComboBox::from_id_salt("column").width(220.0).selected_text(title);
            let shown = combo.show_ui(ui, |ui| {
                for column in view.columns.iter().filter(|column| !column.is_blank()) {
                    let title = column_title(cx.text, view.kind, column.name);
                    if ui.selectable_label(column.name == self.column, title).clicked() {
                        column.name.clone_into(&mut self.column);
                    }
                }
            });
            shown.response.accessible_name(cx.tr("table-inspected"));
            ui.add_space(SPACE_S);
            ui.checkbox(&mut self.is_log_value, cx.tr("table-log-values"));
            ui.checkbox(&mut self.is_log_count, cx.tr("dist-log-counts"));
        });
    }

    fn column_ui(&mut self, ui: &mut Ui, cx: &mut ViewContext<'_>) {
        let query = TableQuery::whole(self.table);
        let request = ColumnRequest { query, column: self.column.clone() };
        let state = cx.state;
        let is_there = state.column.value().is_some_and(|result| result.request == request);
        if !is_there && self.sent.as_ref() != Some(&request) {
            self.sent = Some(request.clone());
            cx.send(Command::ProfileColumn(request.clone()));
        }
        let action = async_frame(
            ui,
            cx,
            &state.column,
            |_, _| {},
            |ui, cx, result| {
                if result.request == request {
                    self.profile_ui(ui, cx, &result.profile);
                }
            },
        );
        if action == AsyncAction::Retry {
            cx.send(Command::ProfileColumn(request));
        }
    }

    fn profile_ui(&self, ui: &mut Ui, cx: &mut ViewContext<'_>, profile: &ColumnProfile) {
        let column = column_title(cx.text, profile.table, &profile.column);
        let title = cx.tr_with("dist-of", &[("column", column.into())]);
        let log = profile.log_histogram.as_ref().filter(|_| self.is_log_value);
        let histogram = log.or(profile.histogram.as_ref());
        let hint = hint(cx.text, profile, histogram);
        let spec = FigureSpec {
            id: "column",
            title: &title,
            hint: Some(&hint),
            description: &title,
            file_name: &profile.column,
        };
        let text = cx.text;
        match histogram {
            Some(histogram) => {
                let bins = Bins {
                    histogram,
                    word: &|value| number_text(text, profile.kind, value),
                    is_log_count: self.is_log_count,
                    height: CHART_HEIGHT,
                };
                let table = || histogram_table(text, &bins);
                figure(ui, cx, &spec, table, |ui, cx| histogram_ui(ui, cx, &bins, &title));
            }
            None => {
                let table = || top_table(text, profile);
                figure(ui, cx, &spec, table, |ui, cx| self.top_ui(ui, cx, profile));
            }
        }
    }

    fn top_ui(&self, ui: &mut Ui, cx: &ViewContext<'_>, profile: &ColumnProfile) {
        let mut bars: Vec<Bar> =
            profile.top.iter().map(|top| top_bar(cx.text, profile, top)).collect();
        if self.is_log_count {
            bars.iter_mut().for_each(|bar| bar.value = bar.value.ln_1p());
        }
        if bars.is_empty() {
            ui.label(cx.theme.weak(cx.tr("dist-nothing")));
        }
        bar_list(ui, cx.theme, &bars, None);
    }
}

/// The column to begin with.
const fn first_column(table: TableKind) -> &'static str {
    match table {
        TableKind::Events | TableKind::Products => "price",
        TableKind::Shoppers => "events",
    }
}

/// Values counted, left out and how bins were chosen.
fn hint(text: &Text, profile: &ColumnProfile, histogram: Option<&Histogram>) -> String {
    let counts = [
        ("values", (profile.rows - profile.missing).into()),
        ("missing", profile.missing.into()),
        ("distinct", profile.distinct.into()),
    ];
    let mut parts = vec![text.tr_with("dist-counts", &counts)];
    if let Some(histogram) = histogram {
        let rule = match histogram.rule {
            BinRule::FreedmanDiaconis => "dist-rule-fd",
            BinRule::Sturges => "dist-rule-sturges",
            BinRule::Whole => "dist-rule-whole",
            BinRule::Capped => "dist-rule-capped",
            BinRule::Single => "dist-rule-single",
        };
        parts.push(text.tr_with(rule, &[("bins", histogram.counts.len().into())]));
        if histogram.left_out > 0 {
            parts.push(text.tr_with("dist-left-out", &[("values", histogram.left_out.into())]));
        }
    } else if profile.distinct > profile.top.len() as u64 {
        parts.push(text.tr_with("dist-top", &[("values", profile.top.len().into())]));
    }
    parts.join(" · ")
}

fn top_table(text: &Text, profile: &ColumnProfile) -> Table {
    let columns = ["dist-value", "data-rows-title"].map(|key| text.tr(key).to_owned());
    let row = |top: &TopValue| vec![top_label(text, profile, top), top.count.to_string()];
    Table::from_rows(columns.to_vec(), profile.top.iter().map(row).collect())
}
