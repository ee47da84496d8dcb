//! The nearest to what is picked, among all products or shoppers.

use std::borrow::Cow;
use std::sync::Arc;

use egui::Ui;

use super::options::measure_key;
use super::select;
use crate::analysis::similarity::{SimilaritySpec, Subject};
use crate::dataset::Dataset;
use crate::gui::text::Text;
use crate::gui::view::ViewContext;
use crate::gui::views::common;
use crate::gui::views::names::{ShopperNames, shopper_labels, shopper_name};
use crate::gui::widgets::{self, AsyncAction, Bar, FigureSpec, SearchPicker, Table};
use crate::ids::ItemIdx;
use crate::workbench::NeighbourResult;

/// Name of a product or shopper.
pub fn name_of<'a>(
    cx: &ViewContext<'_>,
    dataset: &'a Dataset,
    subject: Subject,
    idx: u32,
) -> Cow<'a, str> {
    match subject {
        Subject::Items => dataset.item_label(ItemIdx(idx)).into(),
        Subject::Users => shopper_name(cx, dataset, idx),
    }
}

/// The figure, with a picker in it. On `Retry` the view asks again.
pub fn neighbours_ui(
    ui: &mut Ui,
    cx: &mut ViewContext<'_>,
    dataset: &Arc<Dataset>,
    picker: &mut SearchPicker,
    spec: SimilaritySpec,
    picked: Option<u32>,
) -> AsyncAction {
    let (text, state) = (cx.text, cx.state);
    let found = state.neighbours.value().filter(|found| {
        Some(found.request.idx) == picked && found.request.spec.subject == spec.subject
    });
    let hint = text.tr_with(
        "similarity-neighbours-hint",
        &[("measure", text.tr(measure_key(spec.measure)).into())],
    );
    let figure = FigureSpec {
        id: "neighbours",
        title: text.tr("similarity-neighbours"),
        hint: Some(&hint),
        description: text.tr("similarity-neighbours"),
        file_name: "neighbours",
    };
    let names = ShopperNames::new(cx);
    let table = || {
        found.map_or_else(
            || Table::from_rows(Vec::new(), Vec::new()),
            |found| table(text, dataset, &names, found),
        )
    };
    let action = widgets::figure(ui, cx, &figure, table, |ui, cx| {
        picker_ui(ui, cx, dataset, picker, spec.subject, picked);
        if picked.is_none() {
            ui.label(cx.theme.weak(text.tr("similarity-pick-hint")));
            return AsyncAction::None;
        }
        widgets::async_frame(
            ui,
            cx,
            &state.neighbours,
            |_, _| {},
            |ui, cx, _| {
                if let Some(found) = found {
                    list_ui(ui, cx, dataset, found);
                }
            },
        )
    });
    action.unwrap_or(AsyncAction::None)
}

fn picker_ui(
    ui: &mut Ui,
    cx: &mut ViewContext<'_>,
    dataset: &Arc<Dataset>,
    picker: &mut SearchPicker,
    subject: Subject,
    picked: Option<u32>,
) {
    let text = cx.text;
    let (key, n, labels) = match subject {
        Subject::Items => {
            ("similarity-pick-item", dataset.n_items(), common::product_labels(dataset))
        }
        Subject::Users => ("similarity-pick-user", dataset.n_users(), shopper_labels(cx, dataset)),
    };
    let label = text.tr(key);
    let current = picked.map_or(label.into(), |idx| name_of(cx, dataset, subject, idx));
    let n = u32::try_from(n).unwrap_or(u32::MAX);
    if let Some(idx) = picker.show(ui, cx, "similarity-picker", label, label, &current, n, labels) {
        select(cx, subject, idx);
    }
}

fn list_ui(ui: &mut Ui, cx: &mut ViewContext<'_>, dataset: &Dataset, found: &NeighbourResult) {
    let (text, subject) = (cx.text, found.request.spec.subject);
    if found.neighbours.is_empty() {
        ui.label(cx.theme.weak(text.tr("similarity-no-neighbours")));
    }
    let bars: Vec<Bar> = found
        .neighbours
        .iter()
        .map(|neighbour| Bar {
            label: name_of(cx, dataset, subject, neighbour.idx).into_owned(),
            value: f64::from(neighbour.score),
            text: text.tr_with(
                "similarity-neighbour-bar",
                &[
                    ("score", text.number(f64::from(neighbour.score), 2).into()),
                    ("common", f64::from(neighbour.common).into()),
                ],
            ),
            color: None,
            marker: None,
        })
        .collect();
    if let Some(row) = widgets::bar_list(ui, cx.theme, &bars, None) {
        select(cx, subject, found.neighbours[row].idx);
    }
}

fn table(text: &Text, dataset: &Dataset, names: &ShopperNames, found: &NeighbourResult) -> Table {
    let subject = found.request.spec.subject;
    let row = |neighbour: &crate::analysis::similarity::Neighbour| {
        let name = match subject {
            Subject::Items => dataset.item_label(ItemIdx(neighbour.idx)).to_owned(),
            Subject::Users => names.name(dataset, neighbour.idx).into_owned(),
        };
        vec![name, format!("{:.4}", neighbour.score), neighbour.common.to_string()]
    };
    let columns = ["similarity-col-name", "similarity-col-score", "similarity-col-common"];
    Table::from_rows(
        columns.map(|key| text.tr(key).to_owned()).to_vec(),
        found.neighbours.iter().map(row).collect(),
    )
}
