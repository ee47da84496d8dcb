//! A table over all rows of something, filtered and sorted off the frame path.

use std::hash::Hash;

use egui::{TextEdit, Ui};

use crate::gui::theme::SPACE_S;
use crate::gui::view::ViewContext;
use crate::gui::widgets::{RowOrder, Sort, TableColumn, TableSpec, data_table};

/// Filter, sort and order of one table.
#[derive(Default)]
pub(super) struct RowTable {
    filter: String,
    sort: Option<Sort>,
    order: RowOrder,
    /// The picked row with its position in the order shown, so that it need not be searched for.
    picked: Option<(u32, usize)>,
}

/// What to show.
pub(super) struct RowTableSpec<'a, K> {
    /// Unique in the view.
    pub(super) id: &'a str,
    /// Columns, left to right.
    pub(super) columns: &'a [TableColumn<'a>],
    /// Rows there are.
    pub(super) n_rows: usize,
    /// Changes with the data.
    pub(super) key: K,
    /// Key of the hint in the empty filter field.
    pub(super) filter_hint: &'static str,
}

/// Filter in lower case and sort, as the background work gets them.
pub(super) type MakeOrder = Box<dyn FnOnce() -> Vec<u32> + Send>;

impl RowTable {
    /// Show the table. `make(filter, sort)` makes the work that orders the rows; it is asked only when
    /// there is a filter or a sort. Gives back the row that was clicked.
    pub(super) fn show<K: Hash>(
        &mut self,
        ui: &mut Ui,
        cx: &ViewContext<'_>,
        spec: &RowTableSpec<'_, K>,
        make: impl FnOnce(String, Option<Sort>) -> MakeOrder,
        mut cell: impl FnMut(&mut Ui, u32, usize),
    ) -> Option<u32> {
        let filter = self.filter.trim().to_lowercase();
        let is_whole = filter.is_empty() && self.sort.is_none();
        if !is_whole {
            let sort = self.sort;
            self.order.update(
                ui.ctx(),
                (&spec.key, &filter, sort),
                make_lazily(make, &filter, sort),
            );
        }
        let n_shown = if is_whole { spec.n_rows } else { self.order.rows().len() };
        self.filter_ui(ui, cx, spec, n_shown, is_whole);
        let rows = self.order.rows();
        let row_at = |position: usize| {
            if is_whole { u32::try_from(position).ok() } else { rows.get(position).copied() }
        };
        let selected = self
            .picked
            .filter(|&(row, position)| row_at(position) == Some(row))
            .map(|(_, position)| position);
        let table = TableSpec {
            id: spec.id,
            columns: spec.columns,
            n_rows: n_shown,
            selected,
            height: Some(ui.available_height() - SPACE_S),
        };
        let response = data_table(ui, cx.theme, &table, &mut self.sort, |ui, position, column| {
            if let Some(row) = row_at(position) {
                cell(ui, row, column);
            }
        });
        let position = response.clicked?;
        let row = row_at(position)?;
        self.picked = Some((row, position));
        Some(row)
    }

    fn filter_ui<K>(
        &mut self,
        ui: &mut Ui,
        cx: &ViewContext<'_>,
        spec: &RowTableSpec<'_, K>,
        n_shown: usize,
        is_whole: bool,
    ) {
        ui.horizontal(|ui| {
            let hint = cx.text.tr(spec.filter_hint);
            let field = ui.add(
                TextEdit::singleline(&mut self.filter)
                    .hint_text(hint.to_owned())
                    .desired_width(320.0),
            );
            field.accessible_name(hint);
            let words = if is_whole {
                cx.tr_with("data-rows", &[("rows", spec.n_rows.into())])
            } else {
                cx.tr_with(
                    "data-rows-of",
                    &[("shown", n_shown.into()), ("rows", spec.n_rows.into())],
                )
            };
            ui.label(cx.theme.weak(words));
            if !is_whole && self.order.is_pending() {
                ui.spinner();
            }
            if self.sort.is_some() && ui.button(cx.tr("data-original-order")).clicked() {
                self.sort = None;
            }
        });
    }
}

fn make_lazily(
    make: impl FnOnce(String, Option<Sort>) -> MakeOrder,
    filter: &str,
    sort: Option<Sort>,
) -> impl FnOnce() -> Vec<u32> + Send + 'static {
    make(filter.to_owned(), sort)
}

/// Rows that `keep` holds for, ordered by `compare` where there is one; equal rows keep their order.
pub(super) fn ordered(
    n_rows: usize,
    keep: impl Fn(u32) -> bool + Sync,
    compare: Option<&(dyn Fn(u32, u32) -> std::cmp::Ordering + Sync)>,
    descending: bool,
) -> Vec<u32> {
    use rayon::prelude::*;
    let last = u32::try_from(n_rows).unwrap_or(u32::MAX);
    let mut rows: Vec<u32> = (0..last).into_par_iter().filter(|&row| keep(row)).collect();
    if let Some(compare) = compare {
        rows.par_sort_by(|&a, &b| if descending { compare(b, a) } else { compare(a, b) });
    }
    rows
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_filtered_then_sorted() {
        let values = [3, 1, 2, 1];
        let by_value = |a: u32, b: u32| values[a as usize].cmp(&values[b as usize]);
        assert_eq!(ordered(4, |row| row != 2, Some(&by_value), false), [1, 3, 0]);
        assert_eq!(ordered(4, |_| true, Some(&by_value), true), [0, 2, 1, 3]);
        assert_eq!(ordered(3, |_| true, None, false), [0, 1, 2]);
    }
}
