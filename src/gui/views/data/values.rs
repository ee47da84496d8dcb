//! How tables, columns and their values are worded.

use crate::analysis::table::{ColumnKind, TableKind, TableView, Value};
use crate::dataset::Dataset;
use crate::gui::text::Text;
use crate::gui::view::ViewContext;
use crate::workbench::Overview;

/// A table as the user may see it now: in presenter mode nothing tells who a shopper is.
pub(super) fn table_view<'a>(
    cx: &ViewContext<'_>,
    kind: TableKind,
    dataset: &'a Dataset,
    overview: &'a Overview,
) -> TableView<'a> {
    let view = TableView::new(kind, dataset, &overview.items, &overview.users);
    if cx.state.settings.presenter { view.for_audience() } else { view }
}

/// Key of a table's name.
pub(super) const fn table_key(kind: TableKind) -> &'static str {
    match kind {
        TableKind::Events => "data-events",
        TableKind::Products => "data-products",
        TableKind::Shoppers => "data-shoppers",
    }
}

/// The title of a column; what a shop's files say about shoppers keeps its own name.
pub(super) fn column_title(text: &Text, kind: TableKind, name: &str) -> String {
    let key = match (kind, name) {
        (_, "time") => "data-col-time",
        (TableKind::Events, "shopper") | (TableKind::Shoppers, "id") => "data-col-shopper",
        (TableKind::Events, "event") => "data-col-event",
        (TableKind::Events, "product") => "table-col-product-id",
        (TableKind::Events | TableKind::Products, "title") => "data-col-product",
        (TableKind::Events | TableKind::Products, "category") => "data-col-category",
        (TableKind::Events | TableKind::Products, "brand") => "data-col-brand",
        (TableKind::Events, "amount") => "data-col-amount",
        (TableKind::Events | TableKind::Products, "price") => "data-col-price",
        (TableKind::Events, "text") => "data-col-text",
        (TableKind::Products, "id") => "data-col-id",
        (TableKind::Products, "description") => "table-col-description",
        (TableKind::Products, "stock") => "data-col-stock",
        (_, "events") => "data-col-events",
        (TableKind::Products, "shoppers") => "data-col-shoppers",
        (TableKind::Shoppers, "products") => "data-col-products",
        (TableKind::Products, "views") => "table-col-views",
        (TableKind::Products, "carts") => "table-col-carts",
        (_, "purchases") => "data-col-bought",
        (TableKind::Products, "returns") => "table-col-returns",
        (TableKind::Products, "units") => "table-col-units",
        (TableKind::Products, "revenue") => "table-col-revenue",
        (TableKind::Products, "conversion") => "data-col-conversion",
        (TableKind::Products, "stars") => "data-col-stars",
        (TableKind::Shoppers, "spend") => "data-col-spend",
        (TableKind::Shoppers, "top_category") => "data-col-top-category",
        (TableKind::Shoppers, "first") => "data-col-first",
        (_, "last") => "data-col-last",
        _ => return name.to_owned(),
    };
    text.tr(key).to_owned()
}

/// A cell as people read it.
pub(super) fn value_text(text: &Text, kind: ColumnKind, value: Value<'_>) -> String {
    match value {
        Value::Missing => String::new(),
        Value::Text(words) => words.to_owned(),
        Value::Number(number) => number_text(text, kind, number),
    }
}

/// A number of a column of this kind as people read it.
pub(super) fn number_text(text: &Text, kind: ColumnKind, value: f64) -> String {
    match kind {
        ColumnKind::Time => text.date_time(value as i64),
        ColumnKind::Money => text.money(value),
        ColumnKind::Share => text.percent(value, 1),
        ColumnKind::Count => text.number(value, usize::from(value.fract() != 0.0)),
        _ => text.number(value, decimals(value)),
    }
}

/// Digits after the point: none for whole numbers, else as many as tell the value.
fn decimals(value: f64) -> usize {
    match value.abs() {
        _ if value.fract() == 0.0 => 0,
        size if size >= 100.0 => 1,
        size if size >= 0.1 => 2,
        _ => 4,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::workbench::settings::Language;

    #[test]
    fn values_are_worded_by_kind() {
        let text = Text::new(Language::En);
        let word = |kind, value| value_text(&text, kind, value);
        assert_eq!(word(ColumnKind::Money, Value::Number(1234.5)), "1,234.50");
        assert_eq!(word(ColumnKind::Share, Value::Number(0.125)), "12.5\u{a0}%");
        assert_eq!(word(ColumnKind::Count, Value::Number(7.0)), "7");
        assert_eq!(word(ColumnKind::Number, Value::Number(4.25)), "4.25");
        assert_eq!(word(ColumnKind::Time, Value::Number(0.0)), "1970-01-01 00:00");
        assert_eq!(word(ColumnKind::Text, Value::Missing), "");
        assert_eq!(column_title(&text, TableKind::Shoppers, "age band"), "age band");
    }
}
