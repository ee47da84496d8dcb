//! What shoppers do in one go.

use egui::Ui;

use crate::dataset::describe::Quantiles;
use crate::dataset::sessions::SessionStatistics;
use crate::gui::text::Text;
use crate::gui::theme::SPACE_M;
use crate::gui::view::ViewContext;
use crate::gui::widgets::{self, Bar, FigureSpec, StatTile, Table};

/// Figures and lengths of sessions, or why there are none.
pub(super) fn sessions_ui(
    ui: &mut Ui,
    cx: &mut ViewContext<'_>,
    statistics: Option<&SessionStatistics>,
) {
    let title = cx.tr("splits-sessions");
    let Some(statistics) = statistics else {
        widgets::section(ui, cx.theme, title, |ui| {
            ui.label(cx.theme.weak(cx.tr("splits-no-times")));
        });
        return;
    };
    tiles_ui(ui, cx, statistics);
    ui.add_space(SPACE_M);
    let text = cx.text;
    let hint = text.tr_with("splits-sessions-hint", &[("minutes", statistics.gap_minutes.into())]);
    let spec = FigureSpec {
        id: "sessions",
        title,
        hint: Some(&hint),
        description: &hint,
        file_name: "sessions",
    };
    widgets::figure(
        ui,
        cx,
        &spec,
        || table(text, statistics),
        |ui, cx| {
            let last = statistics.by_length.last().map(|length| length.events);
            let bars: Vec<Bar> = statistics
                .by_length
                .iter()
                .map(|length| {
                    let sale = length.with_purchase as f64 / length.sessions.max(1) as f64;
                    let is_open = Some(length.events) == last && length.events >= 20;
                    let key = if is_open { "splits-length-open" } else { "splits-length" };
                    Bar {
                        label: cx.text.tr_with(key, &[("events", length.events.into())]),
                        value: length.sessions as f64,
                        text: cx.text.tr_with(
                            "splits-length-text",
                            &[
                                ("sessions", length.sessions.into()),
                                ("share", cx.text.percent(sale, 1).into()),
                            ],
                        ),
                        color: None,
                        marker: None,
                    }
                })
                .collect();
            widgets::bar_list(ui, cx.theme, &bars, None);
        },
    );
}

fn tiles_ui(ui: &mut Ui, cx: &ViewContext<'_>, statistics: &SessionStatistics) {
    let text = cx.text;
    let median = |quantiles: Option<Quantiles>| quantiles.map_or(0.0, |found| found.median);
    let single = statistics.of_one_event as f64 / statistics.sessions.max(1) as f64;
    let carts = statistics.cart_conversion.map_or_else(
        || text.tr("splits-no-carts").to_owned(),
        |share| text.tr_with("splits-cart-conversion", &[("share", text.percent(share, 1).into())]),
    );
    let values = [
        (
            "splits-sessions",
            text.count(statistics.sessions),
            text.tr_with(
                "splits-per-user",
                &[("n", text.number(statistics.per_user.map_or(0.0, |per| per.mean), 1).into())],
            ),
        ),
        (
            "splits-session-length",
            text.number(statistics.events.map_or(0.0, |events| events.mean), 1),
            text.tr_with("splits-single", &[("share", text.percent(single, 1).into())]),
        ),
        (
            "splits-session-duration",
            text.secs(median(statistics.duration_secs)),
            text.tr_with(
                "splits-between",
                &[("hours", text.number(median(statistics.hours_between), 1).into())],
            ),
        ),
        ("splits-conversion", text.percent(statistics.conversion, 1), carts),
    ];
    let tiles: Vec<StatTile<'_>> = values
        .iter()
        .map(|(key, value, hint)| StatTile { label: text.tr(key), value, hint: Some(hint) })
        .collect();
    widgets::stat_row(ui, cx.theme, &tiles);
}

fn table(text: &Text, statistics: &SessionStatistics) -> Table {
    let columns = ["splits-col-events", "splits-col-sessions", "splits-col-with-purchase"];
    let rows = statistics
        .by_length
        .iter()
        .map(|length| {
            [length.events, length.sessions, length.with_purchase]
                .map(|figure| figure.to_string())
                .to_vec()
        })
        .collect();
    Table::from_rows(columns.map(|key| text.tr(key).to_owned()).to_vec(), rows)
}
