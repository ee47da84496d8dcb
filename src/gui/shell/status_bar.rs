//! What runs, on which device, and how the window is painted.

use egui::{Align, Button, Layout, Popup, ProgressBar, Ui};

use crate::gui::app::Rendering;
use crate::gui::theme::SPACE_S;
use crate::gui::view::{ViewContext, ViewId};
use crate::gui::views::run_words::device_label;
use crate::gui::widgets::{Icon, badge, icon};
use crate::jobs::JobTicket;
use crate::model::bert::device::DeviceChoice;
use crate::workbench::Command;

pub(super) fn show(ui: &mut Ui, cx: &mut ViewContext<'_>, rendering: &Rendering) {
    ui.allocate_ui_with_layout(ui.available_size(), Layout::right_to_left(Align::Center), |ui| {
        device_ui(ui, cx);
        presenter_ui(ui, cx);
        if rendering.is_software {
            ui.label(cx.theme.small("·"));
            ui.label(cx.theme.small(cx.tr("status-software-rendering")))
                .on_hover_text(rendering.adapter.as_str());
        }
        ui.with_layout(Layout::left_to_right(Align::Center), |ui| work_ui(ui, cx));
    });
}

fn presenter_ui(ui: &mut Ui, cx: &ViewContext<'_>) {
    if cx.state.settings.presenter {
        badge(ui, cx.theme, cx.theme.accent, cx.tr("presenter-on"))
            .on_hover_text(cx.tr("presenter-hidden-hint"));
    }
}

fn work_ui(ui: &mut Ui, cx: &mut ViewContext<'_>) {
    let training = cx.state.training.as_ref().and_then(|training| training.ticket.as_ref());
    let (analysis, export) = (analysis_job(cx), cx.state.export.pending());
    if training.is_none() && analysis.is_none() && export.is_none() {
        revision_ui(ui, cx);
        return;
    }
    if let Some(ticket) = training {
        job_ui(ui, cx, ticket);
        let button = ui.add(
            Button::new(cx.theme.small(cx.tr("status-show-training"))).frame_when_inactive(false),
        );
        if button.clicked() {
            cx.go(ViewId::Training);
        }
        ui.add_space(SPACE_S);
    }
    if let Some(ticket) = export {
        stoppable_ui(ui, cx, ticket, Command::CancelExport);
        ui.add_space(SPACE_S);
    }
    if let Some(ticket) = analysis {
        stoppable_ui(ui, cx, ticket, Command::CancelAnalysis);
    }
}

fn stoppable_ui(ui: &mut Ui, cx: &mut ViewContext<'_>, ticket: &JobTicket, stop: Command) {
    job_ui(ui, cx, ticket);
    let label = cx.theme.small(cx.tr("progress-cancel"));
    if ui.add(Button::new(label).frame_when_inactive(false)).clicked() {
        cx.send(stop);
    }
}

fn analysis_job<'a>(cx: &ViewContext<'a>) -> Option<&'a JobTicket> {
    let state = cx.state;
    let tickets = [
        state.shop.pending(),
        state.overview.pending(),
        state.proposal.pending(),
        state.profile.pending(),
        state.transitions.pending(),
        state.similarity.pending(),
        state.neighbours.pending(),
        state.recommendations.pending(),
        state.evaluation.pending(),
        state.quality.pending(),
    ];
    // What takes less than a blink is not worth a mention.
    let is_worth_showing = |ticket: &&JobTicket| {
        ticket.progress().is_some_and(|(_, elapsed)| elapsed.as_millis() > 100)
    };
    tickets.into_iter().flatten().find(is_worth_showing)
}

fn job_ui(ui: &mut Ui, cx: &ViewContext<'_>, ticket: &JobTicket) {
    let fraction = ticket.progress().and_then(|(progress, _)| progress.fraction());
    match fraction {
        Some(fraction) => {
            ui.add(
                ProgressBar::new(fraction)
                    .desired_width(90.0)
                    .desired_height(6.0)
                    .fill(cx.theme.accent),
            );
        }
        None => drop(ui.add(egui::Spinner::new().size(14.0))),
    }
    let percent =
        fraction.map(|fraction| cx.text.percent(f64::from(fraction), 0)).unwrap_or_default();
    ui.label(cx.theme.small(format!("{} {percent}", cx.text.tr(ticket.kind.0))));
}

fn revision_ui(ui: &mut Ui, cx: &ViewContext<'_>) {
    let Some(shop) = cx.state.shop.value() else {
        ui.label(cx.theme.small(cx.tr("status-ready")));
        return;
    };
    let counts = cx.tr_with(
        "status-counts",
        &[
            ("events", shop.dataset.interactions.len().into()),
            ("users", shop.dataset.n_users().into()),
            ("items", shop.dataset.n_items().into()),
        ],
    );
    let revision: String = shop.dataset.revision.0.chars().take(10).collect();
    let data = cx.tr_with("status-revision", &[("revision", revision.into())]);
    ui.add(egui::Label::new(cx.theme.small(format!("{counts} · {data}"))).truncate());
}

fn device_ui(ui: &mut Ui, cx: &mut ViewContext<'_>) {
    let theme = cx.theme;
    let (text, color) = match &cx.state.device_summary {
        None => (cx.tr("status-device-unknown"), theme.weak_text),
        Some(Ok(device)) => (device.as_str(), theme.weak_text),
        Some(Err(_)) => (cx.tr("status-device-none"), theme.bad),
    };
    let label = cx.tr_with("status-device", &[("device", device_label(cx.text, text).into())]);
    let button = ui.add(
        Button::new(egui::RichText::new(label).size(12.0).color(color)).frame_when_inactive(false),
    );
    icon(ui, Icon::Chip, 15.0, color);
    Popup::menu(&button).show(|ui| {
        for choice in DeviceChoice::OFFERED {
            let name = cx.text.tr(device_key(choice));
            if ui.selectable_label(cx.state.settings.device == choice, name).clicked() {
                cx.send(Command::SetDevice(choice));
                ui.close();
            }
        }
        ui.separator();
        for device in &cx.state.devices {
            let kind =
                if device.is_software { cx.tr("device-software") } else { device.backend.as_str() };
            let name = device_label(cx.text, &device.name);
            ui.label(theme.small(format!("{name} ({kind})")));
        }
    });
    if let Some(Err(problem)) = &cx.state.device_summary {
        button.on_hover_text(problem);
    }
}

/// Key of a device choice in the message catalogue.
pub(in crate::gui) const fn device_key(choice: DeviceChoice) -> &'static str {
    match choice {
        DeviceChoice::Auto => "device-auto",
        DeviceChoice::Gpu => "device-gpu",
        DeviceChoice::Cpu => "device-cpu",
        DeviceChoice::SoftwareGpu => "device-software-gpu",
    }
}
