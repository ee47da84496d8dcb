//! Every shopper.

use std::cmp::Ordering;
use std::sync::Arc;

use egui::Ui;

use super::row_table::{MakeOrder, RowTable, RowTableSpec, ordered};
use crate::analysis::summary::UserSummary;
use crate::dataset::Dataset;
use crate::gui::text::Text;
use crate::gui::view::{ViewContext, ViewId};
use crate::gui::views::names::ShopperNames;
use crate::gui::widgets::{Sort, TableColumn, text_cell};
use crate::ids::UserIdx;
use crate::workbench::{Command, OpenShop, Overview};

const COLUMNS: [(&str, f32, bool); 8] = [
    ("data-col-shopper", 0.0, false),
    ("data-col-events", 90.0, true),
    ("data-col-products", 90.0, true),
    ("data-col-bought", 90.0, true),
    ("data-col-spend", 110.0, true),
    ("data-col-top-category", 170.0, false),
    ("data-col-first", 140.0, false),
    ("data-col-last", 140.0, false),
];

pub(super) fn show(
    ui: &mut Ui,
    cx: &mut ViewContext<'_>,
    shop: &OpenShop,
    overview: &Arc<Overview>,
    table: &mut RowTable,
) {
    let dataset = &shop.dataset;
    let columns = COLUMNS.map(|(key, width, is_numeric)| TableColumn {
        title: cx.text.tr(key),
        width,
        is_numeric,
        is_sortable: true,
    });
    let spec = RowTableSpec {
        id: "shoppers",
        columns: &columns,
        n_rows: dataset.n_users().min(overview.users.len()),
        key: &dataset.revision.0,
        filter_hint: "data-filter-shoppers",
    };
    let names = ShopperNames::new(cx);
    let (data, summary, shared) = (dataset.clone(), overview.clone(), names.clone());
    let make = move |filter: String, sort| {
        Box::new(move || order(&data, &shared, &summary, &filter, sort)) as MakeOrder
    };
    let text = cx.text;
    let clicked = table.show(ui, cx, &spec, make, |ui, row, column| {
        text_cell(ui, &cell(text, dataset, &names, &overview.users[row as usize], column));
    });
    if let Some(row) = clicked {
        cx.send(Command::SelectUser(Some(UserIdx(row))));
        cx.go(ViewId::Profiles);
    }
}

fn cell(
    text: &Text,
    dataset: &Dataset,
    names: &ShopperNames,
    summary: &UserSummary,
    column: usize,
) -> String {
    let time = |ms: Option<i64>| {
        ms.filter(|_| dataset.has_times).map(|ms| text.date_time(ms)).unwrap_or_default()
    };
    match column {
        0 => names.name(dataset, summary.user.0).into_owned(),
        1 => text.count(summary.events),
        2 => text.count(summary.items),
        3 => text.count(summary.purchases),
        4 => text.money(summary.spend),
        5 => top_category(dataset, summary).to_owned(),
        6 => time(summary.first_ms),
        _ => time(summary.last_ms),
    }
}

fn top_category<'a>(dataset: &'a Dataset, summary: &UserSummary) -> &'a str {
    let pool = dataset.catalog.categories.pool();
    summary.top_category.and_then(|code| pool.get(code as usize)).map_or("", AsRef::as_ref)
}

fn order(
    dataset: &Dataset,
    names: &ShopperNames,
    overview: &Overview,
    filter: &str,
    sort: Option<Sort>,
) -> Vec<u32> {
    let users = &overview.users;
    let keep = |row: u32| {
        let is_in = |text: &str| text.to_lowercase().contains(filter);
        filter.is_empty()
            || is_in(&names.name(dataset, row))
            || is_in(top_category(dataset, &users[row as usize]))
    };
    let column = sort.map_or(0, |sort| sort.column);
    let compare = |a: u32, b: u32| match column {
        0 => names.compare(dataset, a, b),
        _ => compare(dataset, column, &users[a as usize], &users[b as usize]),
    };
    ordered(
        users.len(),
        keep,
        sort.map(|_| &compare as _),
        sort.is_some_and(|sort| sort.descending),
    )
}

fn compare(dataset: &Dataset, column: usize, a: &UserSummary, b: &UserSummary) -> Ordering {
    match column {
        1 => a.events.cmp(&b.events),
        2 => a.items.cmp(&b.items),
        3 => a.purchases.cmp(&b.purchases),
        4 => a.spend.total_cmp(&b.spend),
        5 => top_category(dataset, a).cmp(top_category(dataset, b)),
        6 => a.first_ms.cmp(&b.first_ms),
        _ => a.last_ms.cmp(&b.last_ms),
    }
}
