//! The picked product, with what can be done with it from here.

use egui::Ui;

use crate::dataset::Dataset;
use crate::gui::theme::SPACE_M;
use crate::gui::view::{ViewContext, ViewId};
use crate::gui::views::common;
use crate::gui::widgets;
use crate::ids::ItemIdx;
use crate::workbench::Command;

/// One line about the picked product, if there is one. Gives back a product to add to the history.
pub fn picked_ui(ui: &mut Ui, cx: &mut ViewContext<'_>, dataset: &Dataset) -> Option<ItemIdx> {
    let item = cx.state.selection.item.filter(|item| item.index() < dataset.n_items())?;
    let (text, theme) = (cx.text, cx.theme);
    let mut added = None;
    widgets::card(ui, theme, |ui| {
        ui.horizontal_wrapped(|ui| {
            ui.spacing_mut().item_spacing.x = SPACE_M;
            ui.label(theme.small(text.tr("recommendations-picked")));
            ui.label(theme.body(dataset.item_label(item)).strong());
            ui.label(theme.weak(common::product_line(text, dataset, item)));
            if ui.button(text.tr("recommendations-add-picked")).clicked() {
                added = Some(item);
            }
            if ui.button(text.tr("recommendations-see-similar")).clicked() {
                cx.go(ViewId::Similarity);
            }
            if ui.button(text.tr("recommendations-unpick")).clicked() {
                cx.send(Command::SelectItem(None));
            }
        });
    });
    ui.add_space(SPACE_M);
    added
}
