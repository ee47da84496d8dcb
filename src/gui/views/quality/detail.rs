//! One finding: what it means, figures, chart, examples, repair.

use egui::Ui;

use super::chart::{self, ChartPoints};
use super::words;
use crate::dataset::quality::{Example, Finding};
use crate::gui::theme::{ROW_HEIGHT, SPACE_M, SPACE_S, SPACE_XS};
use crate::gui::view::ViewContext;
use crate::gui::views::common;
use crate::gui::views::names::hidden_rows_ui;
use crate::gui::widgets::{
    TableSpec, badge, data_table, primary_button, section, section_with, severity_look, text_cell,
};
use crate::workbench::{Command, OpenShop};

/// Show all that is known of a finding.
pub(super) fn show(
    ui: &mut Ui,
    cx: &mut ViewContext<'_>,
    shop: &OpenShop,
    finding: &Finding,
    points: &ChartPoints,
) {
    ui.spacing_mut().item_spacing.y = SPACE_M;
    meaning_ui(ui, cx, finding);
    chart::show(ui, cx, finding, points);
    if !finding.examples.is_empty() {
        examples_ui(ui, cx, shop, &finding.examples);
    }
    repair_ui(ui, cx, finding);
}

fn meaning_ui(ui: &mut Ui, cx: &ViewContext<'_>, finding: &Finding) {
    let (key, severity) = words::severity_of(finding.severity);
    let (color, _) = severity_look(cx.theme, severity);
    let (title, count) = (words::title(cx.text, finding), words::count(cx.text, finding));
    section_with(
        ui,
        cx.theme,
        &title,
        Some(&count),
        |ui| {
            badge(ui, cx.theme, color, cx.text.tr(key));
        },
        |ui| {
            let why = words::explanation(cx.text, finding.kind);
            ui.add(egui::Label::new(cx.theme.body(why)).wrap());
            ui.horizontal_wrapped(|ui| {
                ui.spacing_mut().item_spacing.x = SPACE_M;
                for &figure in &finding.figures {
                    let (name, value) = words::figure(cx.text, figure);
                    ui.label(cx.theme.small(format!("{name}: {value}")));
                }
            });
        },
    );
}

/// A column of the examples that at least one of them fills.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Column {
    Line,
    Shopper,
    Product,
    Time,
    Value,
}

impl Column {
    const ALL: [(Self, (&'static str, f32, bool)); 5] = [
        (Self::Line, ("quality-col-line", 60.0, true)),
        (Self::Shopper, ("quality-col-shopper", 90.0, false)),
        (Self::Product, ("quality-col-product", 90.0, false)),
        (Self::Time, ("quality-col-time", 130.0, false)),
        (Self::Value, ("quality-col-value", 0.0, false)),
    ];

    fn of(self, cx: &ViewContext<'_>, example: &Example) -> Option<String> {
        match self {
            Self::Line => example.line.map(|line| cx.text.count(line)),
            Self::Shopper => example.user.clone(),
            Self::Product => example.item.clone(),
            Self::Time => example.time_ms.map(|time_ms| cx.text.date_time(time_ms)),
            Self::Value => Some(example.value.clone()),
        }
    }
}

fn examples_ui(ui: &mut Ui, cx: &mut ViewContext<'_>, shop: &OpenShop, examples: &[Example]) {
    if hidden_rows_ui(ui, cx) {
        return;
    }
    let shown: Vec<_> = Column::ALL
        .into_iter()
        .filter(|(column, _)| examples.iter().any(|example| column.of(cx, example).is_some()))
        .collect();
    let heads: Vec<_> = shown.iter().map(|&(_, head)| head).collect();
    let columns = common::table_columns(cx.text, &heads, false);
    let can_pick = examples.iter().any(|example| example.user.is_some() || example.item.is_some());
    let hint = can_pick.then(|| cx.text.tr("quality-examples-hint"));
    let title = cx.text.tr("quality-examples");
    let clicked = section_with(
        ui,
        cx.theme,
        title,
        hint,
        |_| (),
        |ui| {
            let spec = TableSpec {
                id: "quality-examples",
                columns: &columns,
                n_rows: examples.len(),
                selected: None,
                height: Some(ROW_HEIGHT * (examples.len() as f32 + 1.0) + SPACE_S),
            };
            let context = &*cx;
            data_table(ui, cx.theme, &spec, &mut None, |ui, row, column| {
                let value = shown[column].0.of(context, &examples[row]);
                text_cell(ui, &value.unwrap_or_default());
            })
            .clicked
        },
    );
    if let Some(example) = clicked.and_then(|row| examples.get(row)) {
        pick(cx, shop, example);
    }
}

/// Pick the shopper and the product of an example everywhere.
fn pick(cx: &mut ViewContext<'_>, shop: &OpenShop, example: &Example) {
    let dataset = &shop.dataset;
    if let Some(user) = example.user.as_deref().and_then(|id| dataset.user(id)) {
        cx.send(Command::SelectUser(Some(user)));
    }
    if let Some(item) = example.item.as_deref().and_then(|id| dataset.item(id)) {
        cx.send(Command::SelectItem(Some(item)));
    }
}

fn repair_ui(ui: &mut Ui, cx: &mut ViewContext<'_>, finding: &Finding) {
    let title = cx.text.tr("quality-repair");
    let is_wanted = section(ui, cx.theme, title, |ui| {
        let Some(repair) = &finding.repair else {
            ui.label(cx.theme.weak(cx.text.tr("quality-no-repair")));
            return false;
        };
        ui.label(cx.theme.body(cx.text.tr(words::repair_key(&repair.step))));
        ui.label(cx.theme.weak(words::effect(cx.text, repair)));
        ui.add_space(SPACE_XS);
        let is_wanted = primary_button(ui, cx.theme, cx.text.tr("quality-apply")).clicked();
        ui.label(cx.theme.small(cx.text.tr("quality-repair-hint")));
        is_wanted
    });
    if is_wanted && let Some(repair) = &finding.repair {
        cx.send(Command::AddCleaningSteps(vec![repair.step.clone()]));
    }
}
