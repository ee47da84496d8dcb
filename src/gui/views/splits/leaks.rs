//! What leaks, in words.

use egui::Ui;

use crate::dataset::split::{Leak, LeakKind};
use crate::gui::text::Text;
use crate::gui::theme::SPACE_S;
use crate::gui::view::ViewContext;
use crate::gui::widgets;
use crate::workbench::Severity;

/// The verdict, and a box per finding.
pub(super) fn leaks_ui(ui: &mut Ui, cx: &ViewContext<'_>, leaks: &[Leak]) {
    let title = cx.tr("splits-leaks");
    widgets::section_with(
        ui,
        cx.theme,
        title,
        Some(cx.tr("splits-leaks-hint")),
        |_| {},
        |ui| {
            ui.spacing_mut().item_spacing.y = SPACE_S;
            let (severity, verdict) = if leaks.iter().any(|leak| !leak.is_by_design) {
                (Severity::Error, "splits-leaks-found")
            } else if leaks.is_empty() {
                (Severity::Info, "splits-leaks-none")
            } else {
                (Severity::Info, "splits-leaks-by-design")
            };
            widgets::callout(ui, cx.theme, severity, cx.text.tr(verdict));
            for leak in leaks {
                leak_ui(ui, cx, leak);
            }
        },
    );
}

fn leak_ui(ui: &mut Ui, cx: &ViewContext<'_>, leak: &Leak) {
    let severity = if leak.is_by_design { Severity::Warning } else { Severity::Error };
    widgets::callout(ui, cx.theme, severity, &leak_words(cx.text, leak));
    if !leak.examples.is_empty() {
        let examples = leak.examples.join("; ");
        let line = cx.tr_with("splits-leaks-examples", &[("examples", examples.into())]);
        ui.add(egui::Label::new(cx.theme.small(line)).wrap());
    }
}

/// A finding as a sentence.
pub(in crate::gui) fn leak_words(text: &Text, leak: &Leak) -> String {
    let key = match leak.kind {
        LeakKind::OtherData => "leak-other-data",
        LeakKind::HeldOutInTrain => "leak-held-out-in-train",
        LeakKind::HeldOutInHistory => "leak-held-out-in-history",
        LeakKind::FittedOnFuture => "leak-fitted-on-future",
        LeakKind::FutureInTrain => "leak-future-in-train",
        LeakKind::FutureInHistory => "leak-future-in-history",
        LeakKind::AlteredInTrain => "leak-altered-in-train",
        LeakKind::TwinHeldOut => "leak-twin-held-out",
        LeakKind::LaterThanFirstHeldOut => "leak-later-than-first",
    };
    text.tr_with(key, &[("events", leak.events.into())])
}
