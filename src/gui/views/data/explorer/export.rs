//! Taking rows out: to the clipboard or into a file.

use std::sync::Arc;

use egui::{Button, Popup, Ui};

use super::Explorer;
use super::bar::Shown;
use super::columns::is_shown;
use crate::analysis::table::{Rows, TableKind, TableView, write_csv};
use crate::control::Control;
use crate::dataset::Dataset;
use crate::gui::background::Background;
use crate::gui::files::FileKind;
use crate::gui::view::ViewContext;
use crate::gui::widgets::{Icon, icon_button};
use crate::workbench::{Command, ExportRequest, OpenShop, Overview};

/// Rows that go to the clipboard at most; a file takes all of them.
const MAX_COPIED: usize = 100_000;

/// Text on its way to the clipboard.
#[derive(Default)]
pub(super) struct Copying(Background<String>);

/// Everything that copying takes, shared with the background.
struct Source {
    kind: TableKind,
    dataset: Arc<Dataset>,
    overview: Arc<Overview>,
    columns: Vec<usize>,
    rows: Arc<Rows>,
    is_for_audience: bool,
}

impl Source {
    fn to_text(&self) -> String {
        let overview = &self.overview;
        let view = TableView::new(self.kind, &self.dataset, &overview.items, &overview.users);
        let view = if self.is_for_audience { view.for_audience() } else { view };
        let first = Rows::Picked(self.rows.iter().take(MAX_COPIED).collect());
        let mut bytes = Vec::new();
        // Writing into memory cannot fail.
        let _ = write_csv(&view, &self.columns, &first, &mut bytes, &Control::default());
        String::from_utf8(bytes).unwrap_or_default()
    }
}

pub(super) fn menu_ui(
    explorer: &mut Explorer,
    ui: &mut Ui,
    cx: &mut ViewContext<'_>,
    view: &TableView<'_>,
    shop: &OpenShop,
    overview: &Arc<Overview>,
    shown: &Shown<'_>,
) {
    if let Some(text) = explorer.copying.0.poll() {
        ui.copy_text(text);
    }
    let button = icon_button(ui, cx.theme, Icon::Download, cx.tr("table-export"));
    let rows = [("rows", shown.rows.len().into())];
    let copied = [("rows", shown.rows.len().min(MAX_COPIED).into())];
    let (save, copy) = (cx.tr_with("table-save-csv", &rows), cx.tr_with("table-copy-csv", &copied));
    let source = || Source {
        kind: view.kind,
        dataset: shop.dataset.clone(),
        overview: overview.clone(),
        columns: shown_columns(explorer, view),
        rows: shown.rows.clone(),
        is_for_audience: explorer.is_for_audience,
    };
    // Rows from before a condition that is being looked for are not those that would be written.
    let can_save = shown.is_current && cx.state.export.pending().is_none();
    let chosen = Popup::menu(&button).show(|ui| {
        let wants_file = ui.add_enabled(can_save, Button::new(save)).clicked();
        let wants_copy = ui.button(copy).clicked();
        (wants_file, wants_copy)
    });
    match chosen.map(|chosen| chosen.inner) {
        Some((true, _)) => {
            let names = shown_columns(explorer, view).into_iter();
            let columns = names.map(|column| view.columns[column].name.to_owned()).collect();
            let query = shown.wanted.clone();
            cx.files.save_by(view.kind.name(), FileKind::Csv, |path| {
                Command::ExportTable(ExportRequest { query, columns, path })
            });
        }
        Some((_, true)) => {
            let source = source();
            explorer.copying.0.start(ui.ctx(), move || source.to_text());
        }
        _ => {}
    }
}

fn shown_columns(explorer: &Explorer, view: &TableView<'_>) -> Vec<usize> {
    let is_shown = |&column: &usize| is_shown(view, &view.columns[column], &explorer.toggled);
    (0..view.columns.len()).filter(is_shown).collect()
}
