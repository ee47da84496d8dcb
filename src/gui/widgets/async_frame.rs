//! The frame around anything that is computed in the background.

use egui::Ui;

use super::card::callout;
use super::progress::progress_row;
use crate::gui::theme::SPACE_S;
use crate::gui::view::ViewContext;
use crate::workbench::{AsyncValue, Severity};

/// What the user did in the frame.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AsyncAction {
    /// Nothing.
    None,
    /// Cancelled the job; it was told already.
    Cancel,
    /// Wants the same again; the view resends its command.
    Retry,
}

/// Progress with Cancel while pending, the reason with Retry after a failure, and under either the
/// last good value, so that nothing flickers. `idle` is painted where there was never a value.
pub fn async_frame<T>(
    ui: &mut Ui,
    cx: &mut ViewContext<'_>,
    value: &AsyncValue<T>,
    idle: impl FnOnce(&mut Ui, &mut ViewContext<'_>),
    ready: impl FnOnce(&mut Ui, &mut ViewContext<'_>, &T),
) -> AsyncAction {
    let mut action = AsyncAction::None;
    if let Some(ticket) = value.pending() {
        // A short job shows nothing but its result, so that quick clicks do not make the page jump.
        let is_worth_showing =
            ticket.progress().is_none_or(|(_, elapsed)| elapsed.as_millis() > 100);
        if is_worth_showing || value.value().is_none() {
            if progress_row(ui, cx.text, cx.theme, ticket) {
                action = AsyncAction::Cancel;
            }
            ui.add_space(SPACE_S);
        }
    }
    if let Some(error) = value.error() {
        callout(ui, cx.theme, Severity::Error, error);
        if ui.button(cx.tr("action-retry")).clicked() {
            action = AsyncAction::Retry;
        }
        ui.add_space(SPACE_S);
    }
    match value.value() {
        Some(value) => ready(ui, cx, value),
        None if value.is_idle() => idle(ui, cx),
        None => {}
    }
    action
}
