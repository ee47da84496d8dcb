//! Which run is judged, on what.

use egui::{DragValue, Ui};

use super::EvaluationView;
use crate::dataset::split::Phase;
use crate::eval::CaseLimit;
use crate::gui::theme::SPACE_XS;
use crate::gui::view::ViewContext;
use crate::gui::views::common::{self, field};
use crate::gui::widgets;
use crate::runs::Run;

/// List lengths on offer.
const LENGTHS: [usize; 6] = [1, 5, 10, 20, 50, 100];
/// Cases of a sample to begin with.
const SAMPLE: usize = 1_000;

impl EvaluationView {
    /// The form. True when the evaluation was asked for.
    pub(super) fn form_ui(
        &mut self,
        ui: &mut Ui,
        cx: &mut ViewContext<'_>,
        run: Option<&Run>,
    ) -> bool {
        let (text, theme) = (cx.text, cx.theme);
        let mut is_asked = false;
        common::form_card(ui, theme, |ui| {
            field(ui, theme, text.tr("evaluation-run"), |ui| run_ui(ui, cx, run));
            field(ui, theme, text.tr("evaluation-ks"), |ui| self.lengths_ui(ui));
            field(ui, theme, text.tr("evaluation-phase"), |ui| {
                let choices = [
                    (Phase::Test, text.tr("evaluation-test")),
                    (Phase::Validation, text.tr("evaluation-validation")),
                ];
                widgets::segmented(
                    ui,
                    theme,
                    text.tr("evaluation-phase"),
                    &mut self.phase,
                    &choices,
                )
            });
            field(ui, theme, text.tr("evaluation-mask"), |ui| {
                ui.checkbox(&mut self.mask_seen, text.tr("evaluation-mask-seen"))
                    .on_hover_text(text.tr("evaluation-mask-hint"))
            });
            field(ui, theme, text.tr("evaluation-cases"), |ui| self.cases_ui(ui, cx));
            field(ui, theme, " ", |ui| {
                ui.add_enabled_ui(run.is_some(), |ui| {
                    is_asked = widgets::primary_button(ui, theme, text.tr("evaluation-evaluate"))
                        .on_disabled_hover_text(text.tr("evaluation-none-finished"))
                        .clicked();
                });
            });
        });
        is_asked
    }

    fn cases_ui(&mut self, ui: &mut Ui, cx: &ViewContext<'_>) {
        let (text, theme) = (cx.text, cx.theme);
        let label = text.tr("evaluation-cases");
        let some = match self.cases {
            CaseLimit::AtMost(most) => most,
            CaseLimit::Auto | CaseLimit::All => SAMPLE,
        };
        ui.horizontal(|ui| {
            let choices = [
                (CaseLimit::Auto, text.tr("evaluation-cases-auto")),
                (CaseLimit::All, text.tr("evaluation-cases-all")),
                (CaseLimit::AtMost(some), text.tr("evaluation-cases-some")),
            ];
            widgets::segmented(ui, theme, label, &mut self.cases, &choices);
            if let CaseLimit::AtMost(most) = &mut self.cases {
                ui.add(DragValue::new(most).range(1..=10_000_000).speed(50.0))
                    .accessible_name(label)
                    .on_hover_text(text.tr("evaluation-cases-hint"));
            }
        })
        .response
        .on_hover_text(text.tr("evaluation-cases-hint"));
    }

    fn lengths_ui(&mut self, ui: &mut Ui) {
        ui.horizontal(|ui| {
            ui.spacing_mut().item_spacing.x = SPACE_XS;
            for k in LENGTHS {
                let is_on = self.ks.contains(&k);
                if ui.selectable_label(is_on, k.to_string()).clicked() {
                    toggle(&mut self.ks, k);
                }
            }
        });
    }
}

/// Put a length in or take it out; the last one stays.
fn toggle(ks: &mut Vec<usize>, k: usize) {
    match ks.iter().position(|&known| known == k) {
        Some(position) if ks.len() > 1 => drop(ks.remove(position)),
        Some(_) => {}
        None => {
            ks.push(k);
            ks.sort_unstable();
        }
    }
}

fn run_ui(ui: &mut Ui, cx: &mut ViewContext<'_>, chosen: Option<&Run>) {
    let selected = chosen.map_or(cx.text.tr("evaluation-none-finished"), |run| run.name.as_str());
    common::run_picker(ui, cx, "evaluation-run", 220.0, selected, chosen);
}

#[cfg(test)]
mod tests {
    use super::toggle;

    #[test]
    fn lengths_stay_sorted_and_never_run_out() {
        let mut ks = vec![10];
        toggle(&mut ks, 10);
        assert_eq!(ks, [10]);
        toggle(&mut ks, 5);
        assert_eq!(ks, [5, 10]);
        toggle(&mut ks, 10);
        assert_eq!(ks, [5]);
    }
}
