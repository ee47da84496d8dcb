//! Every product.

use std::cmp::Ordering;
use std::sync::Arc;

use egui::Ui;

use super::row_table::{MakeOrder, RowTable, RowTableSpec, ordered};
use crate::analysis::summary::ItemSummary;
use crate::dataset::Dataset;
use crate::gui::text::Text;
use crate::gui::view::ViewContext;
use crate::gui::widgets::{Sort, TableColumn, text_cell};
use crate::ids::ItemIdx;
use crate::workbench::{Command, OpenShop, Overview};

const COLUMNS: [(&str, f32, bool); 11] = [
    ("data-col-product", 0.0, false),
    ("data-col-id", 90.0, false),
    ("data-col-category", 130.0, false),
    ("data-col-brand", 110.0, false),
    ("data-col-price", 80.0, true),
    ("data-col-stock", 65.0, true),
    ("data-col-events", 70.0, true),
    ("data-col-shoppers", 80.0, true),
    ("data-col-bought", 70.0, true),
    ("data-col-conversion", 90.0, true),
    ("data-col-stars", 60.0, true),
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
        id: "products",
        columns: &columns,
        n_rows: dataset.n_items().min(overview.items.len()),
        key: &dataset.revision.0,
        filter_hint: "data-filter-products",
    };
    let (data, summary) = (dataset.clone(), overview.clone());
    let make = move |filter: String, sort| {
        Box::new(move || order(&data, &summary, &filter, sort)) as MakeOrder
    };
    let text = cx.text;
    let clicked = table.show(ui, cx, &spec, make, |ui, row, column| {
        text_cell(ui, &cell(text, dataset, &overview.items[row as usize], column));
    });
    if let Some(row) = clicked {
        cx.send(Command::SelectItem(Some(ItemIdx(row))));
    }
}

fn cell(text: &Text, dataset: &Dataset, summary: &ItemSummary, column: usize) -> String {
    let product = dataset.catalog.product(summary.item);
    let words = |value: Option<&str>| value.unwrap_or_default().to_owned();
    match column {
        0 => dataset.item_label(summary.item).to_owned(),
        1 => dataset.items.external(summary.item.0).to_owned(),
        2 => words(product.category),
        3 => words(product.brand),
        4 => product.price.map(|price| text.money(f64::from(price))).unwrap_or_default(),
        5 => product.stock.map(|stock| text.number(f64::from(stock), 0)).unwrap_or_default(),
        6 => text.count(summary.events),
        7 => text.count(summary.users),
        8 => text.count(summary.purchases),
        9 => summary.conversion.map(|share| text.percent(share, 1)).unwrap_or_default(),
        _ => summary.mean_stars.map(|stars| text.number(stars, 1)).unwrap_or_default(),
    }
}

fn order(dataset: &Dataset, overview: &Overview, filter: &str, sort: Option<Sort>) -> Vec<u32> {
    let holds = |text: Option<&str>| text.is_some_and(|text| text.to_lowercase().contains(filter));
    let keep = |row: u32| {
        let product = dataset.catalog.product(ItemIdx(row));
        filter.is_empty()
            || holds(Some(dataset.item_label(ItemIdx(row))))
            || holds(Some(dataset.items.external(row)))
            || holds(product.category)
            || holds(product.brand)
    };
    let items = &overview.items;
    let column = sort.map_or(0, |sort| sort.column);
    let compare = |a: u32, b: u32| compare(dataset, column, &items[a as usize], &items[b as usize]);
    ordered(
        items.len(),
        keep,
        sort.map(|_| &compare as _),
        sort.is_some_and(|sort| sort.descending),
    )
}

fn compare(dataset: &Dataset, column: usize, a: &ItemSummary, b: &ItemSummary) -> Ordering {
    let product = |summary: &ItemSummary| dataset.catalog.product(summary.item);
    let number = |a: Option<f32>, b: Option<f32>| {
        a.unwrap_or(f32::NEG_INFINITY).total_cmp(&b.unwrap_or(f32::NEG_INFINITY))
    };
    let share = |a: Option<f64>, b: Option<f64>| {
        a.unwrap_or(f64::NEG_INFINITY).total_cmp(&b.unwrap_or(f64::NEG_INFINITY))
    };
    match column {
        0 => dataset.item_label(a.item).cmp(dataset.item_label(b.item)),
        1 => dataset.items.external(a.item.0).cmp(dataset.items.external(b.item.0)),
        2 => product(a).category.cmp(&product(b).category),
        3 => product(a).brand.cmp(&product(b).brand),
        4 => number(product(a).price, product(b).price),
        5 => number(product(a).stock, product(b).stock),
        6 => a.events.cmp(&b.events),
        7 => a.users.cmp(&b.users),
        8 => a.purchases.cmp(&b.purchases),
        9 => share(a.conversion, b.conversion),
        _ => share(a.mean_stars, b.mean_stars),
    }
}
