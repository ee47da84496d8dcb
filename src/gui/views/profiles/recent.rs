//! The latest events, newest first.

use std::sync::Arc;

use egui::Ui;

use crate::analysis::profile::UserProfile;
use crate::dataset::Dataset;
use crate::gui::theme::ROW_HEIGHT;
use crate::gui::view::ViewContext;
use crate::gui::views::common;
use crate::gui::views::names::hidden_rows_ui;
use crate::gui::widgets::{self, TableSpec};
use crate::workbench::Command;

const COLUMNS: [(&str, f32, bool); 6] = [
    ("profiles-col-when", 124.0, false),
    ("profiles-col-event", 76.0, false),
    ("profiles-col-product", 0.0, false),
    ("profiles-col-amount", 62.0, true),
    ("profiles-col-price", 62.0, true),
    ("profiles-col-text", 130.0, false),
];

/// The table; a click picks the product everywhere.
pub fn recent_ui(
    ui: &mut Ui,
    cx: &mut ViewContext<'_>,
    dataset: &Arc<Dataset>,
    profile: &UserProfile,
) {
    let text = cx.text;
    let shown = [("shown", profile.recent.len().into()), ("all", profile.n_events.into())];
    let hint = text.tr_with("profiles-recent-hint", &shown);
    widgets::section_with(
        ui,
        cx.theme,
        text.tr("profiles-recent"),
        Some(&hint),
        |_| {},
        |ui| {
            if hidden_rows_ui(ui, cx) {
                return;
            }
            let columns = common::table_columns(text, &COLUMNS, false);
            #[expect(clippy::cast_precision_loss, reason = "at most a dozen rows")]
            let height = ROW_HEIGHT * (profile.recent.len().min(12) as f32 + 1.6);
            let picked = cx.state.selection.item;
            let log = &dataset.interactions;
            let item_of = |row: usize| profile.recent.get(row).and_then(|&row| log.item(row));
            let selected = picked
                .and_then(|item| (0..profile.recent.len()).find(|&row| item_of(row) == Some(item)));
            let spec = TableSpec {
                id: "recent",
                columns: &columns,
                n_rows: profile.recent.len(),
                selected,
                height: Some(height),
            };
            let response =
                widgets::data_table(ui, cx.theme, &spec, &mut None, |ui, row, column| {
                    widgets::text_cell(ui, &cell(cx, dataset, profile.recent[row], column));
                });
            if let Some(item) = response.clicked.and_then(item_of) {
                cx.send(Command::SelectItem(Some(item)));
            }
        },
    );
}

fn cell(cx: &ViewContext<'_>, dataset: &Dataset, row: usize, column: usize) -> String {
    let event = dataset.interactions.row(row);
    match column {
        0 if dataset.has_times => cx.text.date_time(event.time_ms),
        0 => event.time_ms.to_string(),
        1 => cx.text.tr(common::event_key(event.kind)).to_owned(),
        2 => event.item.map(|item| dataset.item_label(item).to_owned()).unwrap_or_default(),
        3 => event
            .amount
            .map(|amount| cx.text.number(f64::from(amount), usize::from(amount.fract() != 0.0)))
            .unwrap_or_default(),
        4 => event.price.map(|price| cx.text.money(f64::from(price))).unwrap_or_default(),
        _ => event.text.unwrap_or_default().to_owned(),
    }
}
