//! What stands above the rows: the box, how many rows fit, columns, statistics, export.

use std::sync::Arc;

use egui::{Popup, PopupCloseBehavior, ScrollArea, Ui};

use super::super::values::column_title;
use super::columns::is_shown;
use super::condition::examples;
use super::{Explorer, export};
use crate::analysis::table::{Rows, TableQuery, TableView};
use crate::gui::view::ViewContext;
use crate::gui::widgets::{Icon, icon_button};
use crate::workbench::{OpenShop, Overview};

/// What the rows below show.
pub(super) struct Shown<'a> {
    pub(super) rows: &'a Arc<Rows>,
    /// Whether they are those asked for.
    pub(super) is_current: bool,
    pub(super) wanted: &'a TableQuery,
}

pub(super) fn ui(
    explorer: &mut Explorer,
    ui: &mut Ui,
    cx: &mut ViewContext<'_>,
    view: &TableView<'_>,
    shop: &OpenShop,
    overview: &Arc<Overview>,
    shown: &Shown<'_>,
) {
    ui.horizontal(|ui| {
        explorer.condition.ui(ui, cx, view);
        examples_ui(explorer, ui, cx, view);
        count_ui(ui, cx, view, shown);
        if !explorer.sort.is_empty() && ui.button(cx.tr("data-original-order")).clicked() {
            explorer.sort.clear();
        }
        ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
            export::menu_ui(explorer, ui, cx, view, shop, overview, shown);
            columns_ui(explorer, ui, cx, view);
            inspect_ui(explorer, ui, cx, view);
        });
    });
}

fn examples_ui(explorer: &mut Explorer, ui: &mut Ui, cx: &ViewContext<'_>, view: &TableView<'_>) {
    let button = icon_button(ui, cx.theme, Icon::Info, cx.tr("table-examples"));
    Popup::menu(&button).width(440.0).show(|ui| {
        ui.label(cx.theme.small(cx.tr("table-examples-hint")));
        for example in examples(view.kind) {
            if ui.button(cx.theme.mono(*example)).clicked() {
                explorer.condition.set((*example).to_owned(), view);
            }
        }
        let names = [("names", view.column_names().into())];
        ui.label(cx.theme.small(cx.tr_with("table-column-names", &names)));
        ui.label(cx.theme.small(cx.tr("table-operators")));
    });
}

fn count_ui(ui: &mut Ui, cx: &ViewContext<'_>, view: &TableView<'_>, shown: &Shown<'_>) {
    let words = if shown.wanted.is_unfiltered() {
        cx.tr_with("data-rows", &[("rows", view.n_rows.into())])
    } else {
        let counts = [("shown", shown.rows.len().into()), ("rows", view.n_rows.into())];
        cx.tr_with("data-rows-of", &counts)
    };
    ui.label(cx.theme.weak(words));
    let pending = cx.state.table.pending().filter(|_| !shown.is_current);
    if let Some(ticket) = pending {
        ui.spinner();
        if ui.button(cx.tr("progress-cancel")).clicked() {
            ticket.cancel();
        }
    } else if !shown.is_current {
        ui.label(cx.theme.weak(cx.tr("table-stopped")));
    }
}

fn columns_ui(explorer: &mut Explorer, ui: &mut Ui, cx: &ViewContext<'_>, view: &TableView<'_>) {
    let button = ui.button(cx.tr("table-columns"));
    Popup::menu(&button).close_behavior(PopupCloseBehavior::CloseOnClickOutside).show(|ui| {
        ScrollArea::vertical().max_height(420.0).show(ui, |ui| {
            for column in &view.columns {
                let mut shown = is_shown(view, column, &explorer.toggled);
                let title = column_title(cx.text, view.kind, column.name);
                if ui.checkbox(&mut shown, title).changed() {
                    explorer.toggle(column.name);
                }
            }
        });
    });
}

fn inspect_ui(explorer: &mut Explorer, ui: &mut Ui, cx: &ViewContext<'_>, view: &TableView<'_>) {
    let is_open = explorer.inspected.is_some();
    if ui.selectable_label(is_open, cx.tr("table-statistics")).clicked() {
        let first = view.columns.iter().find(|column| is_shown(view, column, &explorer.toggled));
        explorer.inspected =
            if is_open { None } else { first.map(|column| column.name.to_owned()) };
    }
}
