//! Whose history, which run, how many.

use std::sync::Arc;

use egui::{Slider, Ui};

use super::{RecommendationsView, chosen_run};
use crate::dataset::Dataset;
use crate::gui::view::{ViewContext, ViewId};
use crate::gui::views::common::{self, field};
use crate::gui::views::names;
use crate::gui::widgets;
use crate::ids::{ItemIdx, UserIdx};
use crate::workbench::{Command, Severity};

const LENGTHS: std::ops::RangeInclusive<usize> = 1..=50;
const PICKER_WIDTH: f32 = 280.0;

/// Where the history comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SourceKind {
    /// All that the picked shopper did.
    Shopper,
    /// Products put together here.
    ByHand,
}

impl RecommendationsView {
    /// The form above the lists.
    pub(super) fn form_ui(
        &mut self,
        ui: &mut Ui,
        cx: &mut ViewContext<'_>,
        dataset: &Arc<Dataset>,
    ) {
        let (text, theme) = (cx.text, cx.theme);
        common::form_card(ui, theme, |ui| {
            field(ui, theme, text.tr("recommendations-source"), |ui| {
                let choices = [
                    (SourceKind::Shopper, text.tr("recommendations-source-shopper")),
                    (SourceKind::ByHand, text.tr("recommendations-source-hand")),
                ];
                widgets::segmented(
                    ui,
                    theme,
                    text.tr("recommendations-source"),
                    &mut self.source,
                    &choices,
                )
            });
            match self.source {
                SourceKind::Shopper => self.shopper_ui(ui, cx, dataset),
                SourceKind::ByHand => self.item_ui(ui, cx, dataset),
            }
            field(ui, theme, text.tr("recommendations-run"), |ui| run_ui(ui, cx));
            field(ui, theme, text.tr("recommendations-k"), |ui| {
                ui.add(Slider::new(&mut self.k, LENGTHS))
            });
            field(ui, theme, text.tr("recommendations-filter"), |ui| {
                ui.checkbox(&mut self.filter_viewed, text.tr("recommendations-filter-viewed"))
                    .on_hover_text(text.tr("recommendations-filter-hint"))
            });
        });
        if chosen_run(cx.state).is_none() {
            widgets::callout(ui, theme, Severity::Info, text.tr("recommendations-no-run"));
            if ui.button(text.tr("recommendations-train")).clicked() {
                cx.go(ViewId::Training);
            }
        }
    }

    fn shopper_ui(&mut self, ui: &mut Ui, cx: &mut ViewContext<'_>, dataset: &Arc<Dataset>) {
        let label = cx.tr("recommendations-shopper");
        let picked = cx.state.selection.user;
        let current = picked.map_or(cx.text.tr("recommendations-pick-shopper").into(), |user| {
            names::shopper_name(cx, dataset, user.0)
        });
        let n = u32::try_from(dataset.n_users()).unwrap_or(u32::MAX);
        let found = field(ui, cx.theme, label, |ui| {
            ui.set_max_width(PICKER_WIDTH);
            let labels = names::shopper_labels(cx, dataset);
            self.shopper_picker.show(
                ui,
                cx,
                "recommend-shopper",
                label,
                cx.text.tr("profiles-search"),
                &current,
                n,
                labels,
            )
        });
        if let Some(user) = found {
            cx.send(Command::SelectUser(Some(UserIdx(user))));
        }
    }

    fn item_ui(&mut self, ui: &mut Ui, cx: &mut ViewContext<'_>, dataset: &Arc<Dataset>) {
        let label = cx.text.tr("recommendations-add");
        let n = u32::try_from(dataset.n_items()).unwrap_or(u32::MAX);
        let found = field(ui, cx.theme, label, |ui| {
            ui.set_max_width(PICKER_WIDTH);
            let labels = common::product_labels(dataset);
            self.item_picker.show(ui, cx, "recommend-item", label, label, label, n, labels)
        });
        if let Some(item) = found {
            self.items.push(ItemIdx(item));
        }
    }
}

fn run_ui(ui: &mut Ui, cx: &mut ViewContext<'_>) {
    let chosen = chosen_run(cx.state);
    let selected =
        chosen.map_or(cx.text.tr("recommendations-baselines-only"), |run| run.name.as_str());
    common::run_picker(ui, cx, "recommend-run", 200.0, selected, chosen);
}
