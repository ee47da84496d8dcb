//! How far a job has come.

use egui::{Align, Layout, ProgressBar, Ui};

use crate::gui::text::Text;
use crate::gui::theme::{SPACE_S, Theme};
use crate::jobs::{JobTicket, RateMeter};

/// Room below which rate and time left would be no more than an ellipsis.
const ESTIMATES: f32 = 60.0;

/// Stage, bar, rate, time left and Cancel. True when Cancel was clicked; the job then knows already.
pub fn progress_row(ui: &mut Ui, text: &Text, theme: &Theme, ticket: &JobTicket) -> bool {
    row_ui(ui, text, ticket, |ui| {
        if stage_ui(ui, text, theme, ticket) {
            estimates_ui(ui, text, theme, ticket);
        }
    })
}

/// The same without rate and time left, for jobs that know them better than the bar does.
pub fn progress_bar_row(ui: &mut Ui, text: &Text, theme: &Theme, ticket: &JobTicket) -> bool {
    row_ui(ui, text, ticket, |ui| {
        stage_ui(ui, text, theme, ticket);
    })
}

fn row_ui(ui: &mut Ui, text: &Text, ticket: &JobTicket, left: impl FnOnce(&mut Ui)) -> bool {
    ui.allocate_ui_with_layout(
        egui::vec2(ui.available_width(), 28.0),
        Layout::right_to_left(Align::Center),
        |ui| {
            let is_cancelling = ticket.is_cancelling();
            let label =
                text.tr(if is_cancelling { "progress-cancelling" } else { "progress-cancel" });
            let is_clicked = ui.add_enabled(!is_cancelling, egui::Button::new(label)).clicked();
            if is_clicked {
                ticket.cancel();
            }
            ui.with_layout(Layout::left_to_right(Align::Center), left);
            is_clicked
        },
    )
    .inner
}

/// Stage and bar; whether the job runs yet.
fn stage_ui(ui: &mut Ui, text: &Text, theme: &Theme, ticket: &JobTicket) -> bool {
    let Some((progress, _)) = ticket.progress() else {
        ui.spinner();
        ui.label(theme.weak(text.tr("progress-waiting")));
        return false;
    };
    let stage = if progress.stage.is_empty() { ticket.kind.0 } else { progress.stage };
    ui.label(theme.body(text.tr(stage)));
    match progress.fraction() {
        Some(fraction) => {
            let bar = ProgressBar::new(fraction)
                .desired_width(ui.available_width().min(360.0) * 0.5)
                .desired_height(8.0)
                .fill(theme.accent);
            ui.add(bar);
            ui.label(theme.small(text.percent(f64::from(fraction), 0)));
        }
        None => drop(ui.spinner()),
    }
    true
}

fn estimates_ui(ui: &mut Ui, text: &Text, theme: &Theme, ticket: &JobTicket) {
    let Some((progress, elapsed)) = ticket.progress().filter(|_| ui.available_width() >= ESTIMATES)
    else {
        return;
    };
    let meter = RateMeter::estimate(&progress, elapsed);
    ui.add_space(SPACE_S);
    let mut words = Vec::new();
    if meter.units_per_sec > 0.0 {
        words.push(
            text.tr_with("progress-rate", &[("rate", rate(text, meter.units_per_sec).into())]),
        );
    }
    match meter.left {
        Some(left) => {
            words.push(text.tr_with("progress-left", &[("time", text.duration(left).into())]))
        }
        None => {
            words.push(text.tr_with("progress-elapsed", &[("time", text.duration(elapsed).into())]))
        }
    }
    ui.add(egui::Label::new(theme.small(words.join(" · "))).truncate());
}

fn rate(text: &Text, units_per_sec: f64) -> String {
    let decimals = usize::from(units_per_sec < 10.0);
    text.number(units_per_sec, decimals)
}
