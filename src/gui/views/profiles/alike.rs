//! Shoppers who met the same products.

use std::sync::Arc;

use egui::Ui;

use super::header::alike_request;
use crate::analysis::profile::UserProfile;
use crate::analysis::similarity::Subject;
use crate::gui::view::{ViewContext, ViewId};
use crate::gui::views::names::shopper_name;
use crate::gui::widgets::{self, AsyncAction, Bar};
use crate::ids::UserIdx;
use crate::workbench::{Command, NeighbourResult};

/// The card; filled when the shopper's neighbours were asked for.
pub fn alike_ui(ui: &mut Ui, cx: &mut ViewContext<'_>, profile: &Arc<UserProfile>) {
    let (text, theme, state) = (cx.text, cx.theme, cx.state);
    widgets::section_with(
        ui,
        theme,
        text.tr("profiles-alike"),
        Some(text.tr("profiles-alike-hint")),
        |_| {},
        |ui| {
            let asks = state.neighbours.value().is_some_and(|found| is_about(found, profile));
            if !asks && state.neighbours.pending().is_none() && state.neighbours.error().is_none() {
                if ui.button(text.tr("profiles-find-alike")).clicked() {
                    cx.send(Command::FindNeighbours(alike_request(profile)));
                }
                return;
            }
            let action = widgets::async_frame(
                ui,
                cx,
                &state.neighbours,
                |_, _| {},
                |ui, cx, found| {
                    if is_about(found, profile) {
                        list_ui(ui, cx, found);
                    }
                },
            );
            if action == AsyncAction::Retry {
                cx.send(Command::FindNeighbours(alike_request(profile)));
            }
        },
    );
}

fn is_about(found: &NeighbourResult, profile: &UserProfile) -> bool {
    found.request.spec.subject == Subject::Users && found.request.idx == profile.user.0
}

fn list_ui(ui: &mut Ui, cx: &mut ViewContext<'_>, found: &NeighbourResult) {
    let text = cx.text;
    let Some(shop) = cx.state.shop.value() else { return };
    if found.neighbours.is_empty() {
        ui.label(cx.theme.weak(text.tr("profiles-nobody-alike")));
    }
    let bars: Vec<Bar> = found
        .neighbours
        .iter()
        .map(|neighbour| Bar {
            label: shopper_name(cx, &shop.dataset, neighbour.idx).into_owned(),
            value: f64::from(neighbour.score),
            text: text.tr_with(
                "profiles-alike-bar",
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
        cx.send(Command::SelectUser(Some(UserIdx(found.neighbours[row].idx))));
    }
    if ui.link(text.tr("profiles-to-similarity")).clicked() {
        cx.go(ViewId::Similarity);
    }
}
