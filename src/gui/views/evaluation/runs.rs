//! All runs of the project as a table.

use std::collections::BTreeSet;

use egui::{Checkbox, Role, Ui, WidgetInfo};

use crate::dataset::Dataset;
use crate::dataset::split::{Repeats, SplitSpec};
use crate::gui::text::Text;
use crate::gui::theme::ROW_HEIGHT;
use crate::gui::view::ViewContext;
use crate::gui::views::split_form::strategy_words;
use crate::gui::views::{common, run_words};
use crate::gui::widgets::{self, Sort, TableSpec};
use crate::ids::RunId;
use crate::runs::{Run, RunStatus};
use crate::workbench::{Command, State};

const COLUMNS: [(&str, f32, bool); 11] = [
    ("evaluation-col-name", 0.0, false),
    ("evaluation-col-model", 124.0, false),
    ("evaluation-col-status", 84.0, false),
    ("evaluation-col-ndcg", 96.0, true),
    ("evaluation-col-split", 100.0, false),
    ("evaluation-col-data", 76.0, false),
    ("evaluation-col-seed", 48.0, true),
    ("evaluation-col-device", 104.0, false),
    ("evaluation-col-when", 124.0, false),
    ("evaluation-col-fit", 84.0, true),
    ("compare-col-mark", 64.0, false),
];

/// The column of marks.
const MARK: usize = COLUMNS.len() - 1;

/// Below this width the table does without what can be read elsewhere: data, seed, device.
const ALL_COLUMNS_FROM: f32 = 900.0;
const SPARED: [usize; 3] = [5, 6, 7];

/// Columns shown in so much room, by their place in [`COLUMNS`].
fn columns_for(width: f32) -> Vec<usize> {
    let is_wide = width >= ALL_COLUMNS_FROM;
    (0..COLUMNS.len()).filter(|column| is_wide || !SPARED.contains(column)).collect()
}

/// The table with its own sorting and the runs marked for comparison.
#[derive(Default)]
pub struct RunsTable {
    sort: Option<Sort>,
    marked: BTreeSet<RunId>,
}

impl RunsTable {
    /// The runs marked for comparison that are still there, the newest first.
    pub fn marked(&self, state: &State) -> Vec<RunId> {
        let is_marked = |run: &&Run| self.marked.contains(&run.id);
        state.runs.iter().filter(is_marked).map(|run| run.id.clone()).collect()
    }

    /// The table; a click picks the run everywhere.
    pub fn show(&mut self, ui: &mut Ui, cx: &mut ViewContext<'_>, dataset: &Dataset) {
        let (text, state) = (cx.text, cx.state);
        let runs = &state.runs;
        widgets::section_with(
            ui,
            cx.theme,
            text.tr("evaluation-runs"),
            Some(text.tr("evaluation-runs-hint")),
            |_| {},
            |ui| {
                let shown = columns_for(ui.available_width());
                let specs: Vec<_> = shown.iter().map(|&column| COLUMNS[column]).collect();
                let columns = common::table_columns(text, &specs, true);
                let sort = self
                    .sort
                    .and_then(|sort| Some(Sort { column: *shown.get(sort.column)?, ..sort }));
                let order = order(runs, sort);
                let picked = state.selection.run.as_ref();
                let selected =
                    picked.and_then(|id| order.iter().position(|&row| runs[row].id == *id));
                #[expect(clippy::cast_precision_loss, reason = "at most six rows")]
                let height = ROW_HEIGHT * (runs.len().min(6) as f32 + 1.6);
                let spec = TableSpec {
                    id: "runs",
                    columns: &columns,
                    n_rows: runs.len(),
                    selected,
                    height: Some(height),
                };
                let marked = &mut self.marked;
                let response =
                    widgets::data_table(ui, cx.theme, &spec, &mut self.sort, |ui, row, column| {
                        let run = &runs[order[row]];
                        match shown[column] {
                            MARK => mark_ui(ui, text, run, marked),
                            column => cell_ui(ui, cx, dataset, run, column),
                        }
                    });
                if let Some(row) = response.clicked {
                    cx.send(Command::SelectRun(Some(runs[order[row]].id.clone())));
                }
            },
        );
    }
}

/// Only a finished run can be compared.
fn mark_ui(ui: &mut Ui, text: &Text, run: &Run, marked: &mut BTreeSet<RunId>) {
    let mut is_marked = marked.contains(&run.id);
    let name = text.tr_with("compare-mark", &[("run", run.name.as_str().into())]);
    let is_finished = run.status == RunStatus::Finished;
    let response = ui.add_enabled(is_finished, Checkbox::without_text(&mut is_marked));
    response.widget_info(|| {
        WidgetInfo::selected(Role::CheckBox, is_finished, is_marked, name.as_str())
    });
    if response.changed() {
        if is_marked {
            marked.insert(run.id.clone());
        } else {
            marked.remove(&run.id);
        }
    }
    response.on_hover_text(name);
}

/// A project has a few dozen runs, so sorting them here costs nothing.
fn order(runs: &[Run], sort: Option<Sort>) -> Vec<usize> {
    let mut order: Vec<usize> = (0..runs.len()).collect();
    let Some(sort) = sort else { return order };
    let best = |run| run_words::best_validation(run).unwrap_or(-1.0);
    order.sort_by(|&a, &b| {
        let (one, other) = (&runs[a], &runs[b]);
        let ascending = match sort.column {
            0 => one.name.cmp(&other.name),
            1 => one.model.cmp(&other.model),
            2 => one.status.name().cmp(other.status.name()),
            3 => best(one).total_cmp(&best(other)),
            6 => one.seed.cmp(&other.seed),
            7 => one.device.cmp(&other.device),
            9 => one.fit_secs.total_cmp(&other.fit_secs),
            _ => one.created_ms.cmp(&other.created_ms),
        };
        if sort.descending { ascending.reverse() } else { ascending }
    });
    order
}

fn cell_ui(ui: &mut Ui, cx: &ViewContext<'_>, dataset: &Dataset, run: &Run, column: usize) {
    let (text, theme) = (cx.text, cx.theme);
    match column {
        2 => run_words::status_badge(ui, cx, run),
        5 if run.revision != dataset.revision => {
            widgets::badge(ui, theme, theme.warning, text.tr("evaluation-data-other"))
                .on_hover_text(run.revision.to_string());
        }
        _ => widgets::text_cell(ui, &cell(text, run, column)),
    }
}

fn cell(text: &Text, run: &Run, column: usize) -> String {
    match column {
        0 => run.name.clone(),
        1 => common::model_label(text, &run.model),
        3 => {
            let best = run_words::best_validation(run);
            best.map_or_else(|| "–".to_owned(), |value| text.number(f64::from(value), 4))
        }
        4 => split_text(text, &run.split),
        5 => run.revision.0.chars().take(8).collect(),
        6 => run.seed.to_string(),
        7 => run_words::device_label(text, &run.device),
        8 => text.date_time(run.created_ms),
        _ => text.secs(run.fit_secs),
    }
}

/// A split in words.
pub fn split_text(text: &Text, split: &SplitSpec) -> String {
    let mut parts = vec![strategy_words(text, &split.strategy)];
    if !split.kinds.is_empty() {
        let kinds: Vec<&str> =
            split.kinds.iter().map(|&kind| text.tr(common::event_key(kind))).collect();
        parts.push(kinds.join(", "));
    }
    if split.repeats == Repeats::Keep {
        parts.push(text.tr("evaluation-split-repeats").to_owned());
    }
    parts.join(" · ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_narrow_window_spares_columns_rather_than_letters() {
        assert_eq!(columns_for(1_200.0).len(), COLUMNS.len());
        assert_eq!(columns_for(700.0), [0, 1, 2, 3, 4, 8, 9, MARK]);
    }
}
