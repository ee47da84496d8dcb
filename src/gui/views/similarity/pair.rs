//! The two behind a cell that was clicked.

use std::sync::Arc;

use egui::Ui;

use super::neighbours::name_of;
use super::options::measure_key;
use super::ordered::Ordered;
use super::select;
use crate::analysis::similarity::Subject;
use crate::dataset::Dataset;
use crate::gui::theme::{SPACE_S, SPACE_XS};
use crate::gui::view::ViewContext;
use crate::gui::views::common;
use crate::gui::widgets::{self, CardContent};
use crate::ids::ItemIdx;

/// Both, how alike they are, and what they share.
pub fn pair_ui(
    ui: &mut Ui,
    cx: &mut ViewContext<'_>,
    dataset: &Arc<Dataset>,
    ordered: &Ordered,
    (a, b): (u32, u32),
) {
    let (text, theme) = (cx.text, cx.theme);
    let subject = ordered.result.matrix.spec.subject;
    widgets::section(ui, theme, text.tr("similarity-pair"), |ui| {
        if let (Some(row), Some(col)) = (ordered.place_of(a), ordered.place_of(b)) {
            let measure = text.tr(measure_key(ordered.result.matrix.spec.measure));
            let score = text.number(f64::from(ordered.at(row, col)), 3);
            ui.label(theme.body(format!("{measure}: {score}")));
            let is_same = ordered.cluster_at(row) == ordered.cluster_at(col);
            let key = if is_same { "similarity-same-cluster" } else { "similarity-other-cluster" };
            ui.label(theme.small(text.tr_with(
                key,
                &[
                    ("a", (ordered.cluster_at(row) + 1).into()),
                    ("b", (ordered.cluster_at(col) + 1).into()),
                ],
            )));
        }
        ui.add_space(SPACE_XS);
        for idx in if a == b { vec![a] } else { vec![a, b] } {
            one_ui(ui, cx, dataset, subject, idx);
        }
        if subject == Subject::Items && a != b {
            shared_ui(ui, cx, dataset, ItemIdx(a), ItemIdx(b));
        }
    });
}

fn one_ui(ui: &mut Ui, cx: &mut ViewContext<'_>, dataset: &Dataset, subject: Subject, idx: u32) {
    let (text, selection) = (cx.text, &cx.state.selection);
    let (subtitle, category, is_selected) = match subject {
        Subject::Items => {
            let item = ItemIdx(idx);
            let category = dataset.catalog.categories.get(item.index());
            (common::product_line(text, dataset, item), category, selection.item == Some(item))
        }
        Subject::Users => {
            (shopper_line(cx, idx), None, selection.user.is_some_and(|user| user.0 == idx))
        }
    };
    let title = name_of(cx, dataset, subject, idx);
    let card = CardContent {
        title: &title,
        subtitle: &subtitle,
        category,
        score: None,
        reasons: &[],
        note: None,
        is_selected,
    };
    if widgets::product_card(ui, cx.theme, ui.available_width(), &card).clicked() {
        select(cx, subject, idx);
    }
}

fn shopper_line(cx: &ViewContext<'_>, idx: u32) -> String {
    let summary = cx.state.overview.value().and_then(|overview| overview.users.get(idx as usize));
    summary.map_or_else(String::new, |summary| {
        cx.tr_with(
            "similarity-shopper-line",
            &[
                ("events", summary.events.into()),
                ("items", summary.items.into()),
                ("purchases", summary.purchases.into()),
            ],
        )
    })
}

/// What the catalogue says of both.
fn shared_ui(ui: &mut Ui, cx: &ViewContext<'_>, dataset: &Dataset, a: ItemIdx, b: ItemIdx) {
    let (text, theme) = (cx.text, cx.theme);
    let (one, other) = (dataset.catalog.product(a), dataset.catalog.product(b));
    let same = |key: &str, one: Option<&str>, other: Option<&str>| {
        one.filter(|_| one == other).map(|value| text.tr_with(key, &[("value", value.into())]))
    };
    let mut shared: Vec<String> = [
        same("similarity-shared-category", one.category, other.category),
        same("similarity-shared-brand", one.brand, other.brand),
    ]
    .into_iter()
    .flatten()
    .collect();
    if let (Some(one), Some(other)) = (one.price, other.price) {
        let apart = f64::from((one - other).abs());
        shared
            .push(text.tr_with("similarity-price-apart", &[("amount", text.money(apart).into())]));
    }
    ui.horizontal_wrapped(|ui| {
        ui.spacing_mut().item_spacing.x = SPACE_S;
        for word in &shared {
            widgets::badge(ui, theme, theme.accent, word);
        }
    });
}
