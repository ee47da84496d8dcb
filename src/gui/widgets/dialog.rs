//! A question that has to be answered before anything else.

use egui::{Context, Frame, Id, Modal, ModalResponse, Ui};

use crate::gui::theme::SPACE_M;

/// Shows a dialog of this width over everything else.
pub fn dialog<R>(
    ctx: &Context,
    id: &'static str,
    width: f32,
    add: impl FnOnce(&mut Ui) -> R,
) -> ModalResponse<R> {
    Modal::new(Id::unique(id)).show(ctx, |ui| {
        Frame::new()
            .inner_margin(SPACE_M)
            .show(ui, |ui| {
                ui.set_width(width);
                add(ui)
            })
            .inner
    })
}
