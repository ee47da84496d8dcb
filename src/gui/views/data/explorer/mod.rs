//! A table that is searched, filtered, sorted and looked into, however many rows it has.

mod bar;
mod columns;
mod condition;
mod export;
mod grid;
mod panel;

use std::collections::BTreeSet;
use std::sync::Arc;

use egui::{RichText, Ui};

use super::values::{table_view, value_text};
use crate::analysis::table::{Rows, SortKey, TableKind, TableQuery, TableView, Value};
use crate::dataset::EventKind;
use crate::gui::theme::SPACE_S;
use crate::gui::view::{ViewContext, ViewId};
use crate::gui::views::common;
use crate::gui::views::names::hidden_rows_ui;
use crate::gui::widgets::text_cell;
use crate::ids::{ItemIdx, UserIdx};
use crate::workbench::{Command, OpenShop, Overview, Severity, TableResult};
use columns::grid_columns;
use condition::Condition;
use export::Copying;
use grid::{Grid, GridAction, GridSpec};

/// Room for the column panel beside the rows.
const PANEL_SHARE: f32 = 0.27;

/// One table with what the user set in it.
pub(super) struct Explorer {
    kind: TableKind,
    condition: Condition,
    sort: Vec<SortKey>,
    /// Names of columns shown or hidden against their first state.
    toggled: BTreeSet<String>,
    grid: Grid,
    /// The column that is looked into.
    inspected: Option<String>,
    panel: panel::Panel,
    copying: Copying,
    /// The query asked last, so that one that was cancelled or failed is not asked for ever.
    sent: Option<TableQuery>,
    is_for_audience: bool,
}

impl Explorer {
    pub(super) fn new(kind: TableKind) -> Self {
        Self {
            kind,
            condition: Condition::default(),
            sort: Vec::new(),
            toggled: BTreeSet::new(),
            grid: Grid::default(),
            inspected: None,
            panel: panel::Panel::default(),
            copying: Copying::default(),
            sent: None,
            is_for_audience: false,
        }
    }

    /// Another table was shown meanwhile, whose rows took the place of these.
    pub(super) fn came_into_sight(&mut self) {
        self.sent = None;
    }

    pub(super) fn ui(
        &mut self,
        ui: &mut Ui,
        cx: &mut ViewContext<'_>,
        shop: &OpenShop,
        overview: &Arc<Overview>,
    ) {
        if self.kind == TableKind::Events && hidden_rows_ui(ui, cx) {
            return;
        }
        let view = table_view(cx, self.kind, &shop.dataset, overview);
        self.follow_presenter(cx.state.settings.presenter, &view);
        let wanted = self.wanted(cx, &view);
        let (rows, is_current) = self.rows(cx, &wanted, view.n_rows);
        let shown = bar::Shown { rows: &rows, is_current, wanted: &wanted };
        bar::ui(self, ui, cx, &view, shop, overview, &shown);
        if let Some(message) = self.condition.message(cx.text) {
            ui.label(RichText::new(message).size(13.0).color(cx.theme.bad));
        }
        if let Some(error) = cx.state.table.error().filter(|_| !is_current) {
            crate::gui::widgets::callout(ui, cx.theme, Severity::Error, error);
        }
        if self.inspected.is_some() {
            common::split(ui, 1.0 - PANEL_SHARE, |left, right| {
                self.grid_ui(left, cx, &view, &rows);
                panel::ui(self, right, cx, &view, &wanted);
            });
        } else {
            self.grid_ui(ui, cx, &view, &rows);
        }
    }

    /// What named a column that is hidden now, or found rows by it, is forgotten.
    fn follow_presenter(&mut self, is_for_audience: bool, view: &TableView<'_>) {
        if self.is_for_audience == is_for_audience {
            return;
        }
        self.is_for_audience = is_for_audience;
        self.sent = None;
        if self.kind != TableKind::Products {
            self.condition.set(String::new(), view);
            self.sort.retain(|key| view.position(&key.column).is_some());
            self.inspected = None;
        }
    }

    /// What the user asks for; the last condition that made sense while the present one does not.
    fn wanted(&self, cx: &ViewContext<'_>, view: &TableView<'_>) -> TableQuery {
        let kind_names = match view.kind {
            TableKind::Events if !self.condition.is_empty() => {
                EventKind::ALL.map(|kind| cx.text.tr(common::event_key(kind)).to_owned()).to_vec()
            }
            _ => Vec::new(),
        };
        let query =
            TableQuery { sort: self.sort.clone(), kind_names, ..TableQuery::whole(view.kind) };
        query.with_typed(self.condition.typed().clone())
    }

    /// The rows to show, and whether they are those wanted: until they come, the previous ones stay.
    fn rows(
        &mut self,
        cx: &mut ViewContext<'_>,
        wanted: &TableQuery,
        n_rows: usize,
    ) -> (Arc<Rows>, bool) {
        let whole = || Arc::new(Rows::All(n_rows));
        if wanted.is_whole() {
            self.sent = None;
            return (whole(), true);
        }
        let latest: Option<&Arc<TableResult>> = cx.state.table.value();
        if let Some(result) = latest.filter(|result| result.query == *wanted) {
            return (result.rows.clone(), true);
        }
        let previous = latest
            .filter(|result| result.query.table == wanted.table && self.sent.is_some())
            .map_or_else(whole, |result| result.rows.clone());
        if self.sent.as_ref() != Some(wanted) {
            self.sent = Some(wanted.clone());
            cx.send(Command::QueryTable(wanted.clone()));
        }
        (previous, false)
    }

    fn grid_ui(
        &mut self,
        ui: &mut Ui,
        cx: &mut ViewContext<'_>,
        view: &TableView<'_>,
        rows: &Rows,
    ) {
        if rows.is_empty() {
            ui.label(cx.theme.weak(cx.tr("table-no-rows")));
        }
        let columns = grid_columns(cx.text, view, &self.toggled, &self.sort);
        let spec = GridSpec {
            id: view.kind.name(),
            name: cx.tr(super::values::table_key(view.kind)),
            columns: &columns,
            n_rows: rows.len(),
            height: ui.available_height() - SPACE_S,
        };
        let (text, theme) = (cx.text, cx.theme);
        let action = self.grid.show(ui, cx, &spec, |ui, position, column| {
            let Some(row) = rows.get(position) else { return };
            let column = &view.columns[columns[column].position];
            let value = column.value(row);
            if let (TableKind::Events, "event", Value::Text(name)) = (view.kind, column.name, value)
                && let Some(kind) = EventKind::parse(name)
            {
                ui.label(RichText::new("●").size(10.0).color(theme.event(kind)));
                return text_cell(ui, text.tr(common::event_key(kind)));
            }
            text_cell(ui, &value_text(text, column.kind, value));
        });
        match action {
            None => {}
            Some(GridAction::Sort { column, is_added }) => {
                let column = &view.columns[column];
                self.sort_by(column.name, !column.kind.is_text(), is_added);
            }
            Some(GridAction::SortAs { column, descending }) => {
                let column = view.columns[column].name.to_owned();
                self.sort = vec![SortKey { column, descending }];
            }
            Some(GridAction::Hide(column)) => self.toggle(view.columns[column].name),
            Some(GridAction::Inspect(column)) => {
                self.inspected = Some(view.columns[column].name.to_owned());
            }
            Some(GridAction::Pick(position)) => {
                if let Some(row) = rows.get(position) {
                    pick(cx, view.kind, row);
                }
            }
        }
    }

    /// A click sorts by one column, the next turns it round; with Shift the column joins the others.
    fn sort_by(&mut self, column: &str, is_numeric: bool, is_added: bool) {
        let known = self.sort.iter().position(|key| key.column == column);
        // Numbers are of interest from the largest down, words from the first on.
        let descending = known.map_or(is_numeric, |known| !self.sort[known].descending);
        let key = SortKey { column: column.to_owned(), descending };
        match known {
            Some(known) if is_added => self.sort[known] = key,
            None if is_added => self.sort.push(key),
            _ => self.sort = vec![key],
        }
    }

    fn toggle(&mut self, column: &str) {
        if !self.toggled.remove(column) {
            self.toggled.insert(column.to_owned());
        }
    }
}

/// What is picked here is seen in every view.
fn pick(cx: &mut ViewContext<'_>, kind: TableKind, row: u32) {
    match kind {
        TableKind::Products => cx.send(Command::SelectItem(Some(ItemIdx(row)))),
        TableKind::Shoppers => {
            cx.send(Command::SelectUser(Some(UserIdx(row))));
            cx.go(ViewId::Profiles);
        }
        TableKind::Events => {
            let Some(shop) = cx.state.shop.value() else { return };
            let log = &shop.dataset.interactions;
            let (user, item) = (log.user_of(row as usize), log.item(row as usize));
            cx.send(Command::SelectUser(Some(user)));
            cx.send(Command::SelectItem(item));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers_sort_by_one_column_or_by_several() {
        let mut explorer = Explorer::new(TableKind::Products);
        let keys = |explorer: &Explorer| -> Vec<(String, bool)> {
            explorer.sort.iter().map(|key| (key.column.clone(), key.descending)).collect()
        };
        explorer.sort_by("price", true, false);
        assert_eq!(keys(&explorer), [("price".to_owned(), true)]);
        explorer.sort_by("price", true, false);
        explorer.sort_by("brand", false, true);
        assert_eq!(keys(&explorer), [("price".to_owned(), false), ("brand".to_owned(), false)]);
        explorer.sort_by("brand", false, true);
        assert_eq!(keys(&explorer)[1], ("brand".to_owned(), true));
        explorer.sort_by("title", false, false);
        assert_eq!(keys(&explorer), [("title".to_owned(), false)]);
    }
}
