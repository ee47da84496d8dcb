//! Which columns are shown, how wide, under which title.

use std::collections::BTreeSet;

use super::super::values::column_title;
use super::grid::GridColumn;
use crate::analysis::table::{Column, ColumnKind, SortKey, TableKind, TableView};
use crate::gui::text::Text;

/// The columns to show, in the order of the table.
pub(super) fn grid_columns(
    text: &Text,
    view: &TableView<'_>,
    toggled: &BTreeSet<String>,
    sort: &[SortKey],
) -> Vec<GridColumn> {
    let shown =
        view.columns.iter().enumerate().filter(|(_, column)| is_shown(view, column, toggled));
    shown
        .map(|(position, column)| GridColumn {
            position,
            title: column_title(text, view.kind, column.name),
            name: column.name.to_owned(),
            width: width(column.kind),
            is_numeric: !column.kind.is_text() && column.kind != ColumnKind::Time,
            sort: sort
                .iter()
                .position(|key| key.column == column.name)
                .map(|place| (place, sort.len(), sort[place].descending)),
        })
        .collect()
}

pub(super) fn is_shown(
    view: &TableView<'_>,
    column: &Column<'_>,
    toggled: &BTreeSet<String>,
) -> bool {
    is_shown_at_first(view, column) != toggled.contains(column.name)
}

fn is_shown_at_first(view: &TableView<'_>, column: &Column<'_>) -> bool {
    let has_titles = view.column("title").is_some_and(|titles| !titles.is_blank());
    let is_aside = match (view.kind, column.name) {
        // A product is known by its title, and by its id where there is none.
        (TableKind::Events, "product") => has_titles,
        (TableKind::Events, "category" | "brand")
        | (
            TableKind::Products,
            "description" | "views" | "carts" | "returns" | "units" | "revenue" | "last",
        ) => true,
        _ => false,
    };
    !is_aside && !column.is_blank()
}

const fn width(kind: ColumnKind) -> f32 {
    match kind {
        ColumnKind::Id => 96.0,
        ColumnKind::Text => 240.0,
        ColumnKind::Category => 112.0,
        ColumnKind::Count | ColumnKind::Number => 76.0,
        ColumnKind::Money | ColumnKind::Share => 88.0,
        ColumnKind::Time => 128.0,
    }
}
