//! What shoppers do next, seen from where this one stands.

use std::sync::Arc;

use egui::Ui;

use crate::analysis::profile::{NextStep, UserProfile};
use crate::gui::text::Text;
use crate::gui::theme::SPACE_S;
use crate::gui::view::{ViewContext, ViewId};
use crate::gui::views::common;
use crate::gui::widgets::{self, Bar, FigureSpec, Table};

const MAX_BARS: usize = 5;

/// Likeliest next event and category.
pub fn next_ui(ui: &mut Ui, cx: &mut ViewContext<'_>, profile: &Arc<UserProfile>) {
    let text = cx.text;
    let spec = FigureSpec {
        id: "next",
        title: text.tr("profiles-next"),
        hint: Some(text.tr("profiles-next-hint")),
        description: text.tr("profiles-next"),
        file_name: "next-step",
    };
    widgets::figure(
        ui,
        cx,
        &spec,
        || table(text, profile),
        |ui, cx| {
            steps_ui(ui, cx, text.tr("profiles-next-event"), &profile.next_steps);
            steps_ui(ui, cx, text.tr("profiles-next-category"), &profile.next_categories);
            if ui.link(text.tr("profiles-to-transitions")).clicked() {
                cx.go(ViewId::Transitions);
            }
        },
    );
}

fn steps_ui(ui: &mut Ui, cx: &ViewContext<'_>, label: &str, steps: &[NextStep]) {
    if steps.is_empty() {
        return;
    }
    ui.label(cx.theme.small(label));
    let bars: Vec<Bar> = steps
        .iter()
        .take(MAX_BARS)
        .map(|step| Bar {
            label: common::state_label(cx.text, step.id, &step.state),
            value: step.probability,
            text: cx.text.percent(step.probability, 0),
            color: None,
            marker: None,
        })
        .collect();
    widgets::bar_list(ui, cx.theme, &bars, None);
    ui.add_space(SPACE_S);
}

fn table(text: &Text, profile: &UserProfile) -> Table {
    let row = |step: &NextStep| {
        vec![common::state_label(text, step.id, &step.state), format!("{:.4}", step.probability)]
    };
    let rows = profile.next_steps.iter().chain(&profile.next_categories).map(row).collect();
    Table::from_rows(
        ["profiles-col-step", "profiles-col-probability"]
            .map(|key| text.tr(key).to_owned())
            .to_vec(),
        rows,
    )
}
