//! Every event.

use std::cmp::Ordering;
use std::sync::Arc;

use egui::{RichText, Ui};

use super::row_table::{RowTable, RowTableSpec, ordered};
use crate::dataset::{Dataset, EventKind};
use crate::gui::text::Text;
use crate::gui::view::ViewContext;
use crate::gui::views::common::event_key;
use crate::gui::views::names::{ShopperNames, hidden_rows_ui};
use crate::gui::widgets::{Sort, TableColumn, text_cell};
use crate::workbench::{Command, OpenShop};

const TIME: usize = 0;
const SHOPPER: usize = 1;
const EVENT: usize = 2;
const PRODUCT: usize = 3;
const AMOUNT: usize = 4;
const PRICE: usize = 5;

pub(super) fn show(ui: &mut Ui, cx: &mut ViewContext<'_>, shop: &OpenShop, table: &mut RowTable) {
    if hidden_rows_ui(ui, cx) {
        return;
    }
    let dataset = &shop.dataset;
    let names = ShopperNames::new(cx);
    let column = |key: &'static str, width: f32, is_numeric: bool, is_sortable: bool| TableColumn {
        title: cx.text.tr(key),
        width,
        is_numeric,
        is_sortable,
    };
    let columns = [
        column("data-col-time", 140.0, false, true),
        column("data-col-shopper", 110.0, false, true),
        column("data-col-event", 100.0, false, true),
        column("data-col-product", 300.0, false, true),
        column("data-col-amount", 80.0, true, true),
        column("data-col-price", 90.0, true, true),
        column("data-col-text", 0.0, false, false),
    ];
    let spec = RowTableSpec {
        id: "events",
        columns: &columns,
        n_rows: dataset.interactions.len(),
        key: &dataset.revision.0,
        filter_hint: "data-filter-events",
    };
    let (shared, shared_names) = (dataset.clone(), names.clone());
    // A search for the word that the user sees finds events of that kind.
    let kind_names: Vec<String> =
        EventKind::ALL.iter().map(|&kind| cx.text.tr(event_key(kind)).to_lowercase()).collect();
    let make = move |filter: String, sort| {
        Box::new(move || order(&shared, &shared_names, &kind_names, &filter, sort))
            as super::row_table::MakeOrder
    };
    let (text, theme) = (cx.text, cx.theme);
    let clicked = table.show(ui, cx, &spec, make, |ui, row, column| {
        if column == EVENT {
            let kind = dataset.interactions.kind(row as usize);
            ui.label(RichText::new("●").size(10.0).color(theme.event(kind)));
        }
        text_cell(ui, &cell(text, dataset, &names, row as usize, column));
    });
    if let Some(row) = clicked {
        cx.send(Command::SelectUser(Some(dataset.interactions.user_of(row as usize))));
        cx.send(Command::SelectItem(dataset.interactions.item(row as usize)));
    }
}

fn cell(text: &Text, dataset: &Dataset, names: &ShopperNames, row: usize, column: usize) -> String {
    let event = dataset.interactions.row(row);
    match column {
        TIME if dataset.has_times => text.date_time(event.time_ms),
        TIME => text.number(ms(event.time_ms), 0),
        SHOPPER => names.name(dataset, dataset.interactions.user_of(row).0).into_owned(),
        EVENT => text.tr(event_key(event.kind)).to_owned(),
        PRODUCT => event.item.map(|item| dataset.item_label(item).to_owned()).unwrap_or_default(),
        AMOUNT => event
            .amount
            .map(|amount| text.number(f64::from(amount), usize::from(amount.fract() != 0.0)))
            .unwrap_or_default(),
        PRICE => event.price.map(|price| text.money(f64::from(price))).unwrap_or_default(),
        _ => event.text.unwrap_or_default().to_owned(),
    }
}

const fn ms(time: i64) -> f64 {
    time as f64
}

fn order(
    dataset: &Arc<Dataset>,
    names: &ShopperNames,
    kind_names: &[String],
    filter: &str,
    sort: Option<Sort>,
) -> Vec<u32> {
    let log = &dataset.interactions;
    let holds = |text: Option<&str>| text.is_some_and(|text| text.to_lowercase().contains(filter));
    let keep = |row: u32| {
        let row = row as usize;
        filter.is_empty()
            || kind_names[log.kind(row) as usize].contains(filter)
            || holds(Some(&names.name(dataset, log.user_of(row).0)))
            || log.item(row).is_some_and(|item| holds(Some(dataset.item_label(item))))
            || holds(log.texts().get(row))
    };
    let compare = |a: u32, b: u32| {
        compare(dataset, names, sort.map_or(TIME, |sort| sort.column), a as usize, b as usize)
    };
    ordered(log.len(), keep, sort.map(|_| &compare as _), sort.is_some_and(|sort| sort.descending))
}

fn compare(dataset: &Dataset, names: &ShopperNames, column: usize, a: usize, b: usize) -> Ordering {
    let log = &dataset.interactions;
    let number = |value: Option<f32>| value.unwrap_or(f32::NEG_INFINITY);
    match column {
        SHOPPER => names.compare(dataset, log.user_of(a).0, log.user_of(b).0),
        EVENT => log.kind(a).cmp(&log.kind(b)),
        PRODUCT => {
            let title = |row: usize| log.item(row).map_or("", |item| dataset.item_label(item));
            title(a).cmp(title(b))
        }
        AMOUNT => number(log.row(a).amount).total_cmp(&number(log.row(b).amount)),
        PRICE => number(log.row(a).price).total_cmp(&number(log.row(b).price)),
        _ => log.time_ms(a).cmp(&log.time_ms(b)),
    }
}
