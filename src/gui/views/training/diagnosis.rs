//! How a training goes, in a sentence.

use egui::Ui;

use crate::gui::view::ViewContext;
use crate::gui::widgets::callout;
use crate::model::diagnosis::{Diagnosis, diagnose};
use crate::model::{EpochReport, StepReport};
use crate::workbench::Severity;

/// The sentence; nothing while too little was seen.
pub(super) fn ui(ui: &mut Ui, cx: &ViewContext<'_>, steps: &[StepReport], epochs: &[EpochReport]) {
    let (severity, key, best) = match diagnose(steps, epochs) {
        Diagnosis::TooEarly => return,
        Diagnosis::LossFalls => (Severity::Info, "diagnosis-falls", 0),
        Diagnosis::NotLearning => (Severity::Warning, "diagnosis-not-learning", 0),
        Diagnosis::Diverging => (Severity::Error, "diagnosis-diverging", 0),
        Diagnosis::Improving => (Severity::Info, "diagnosis-improving", 0),
        Diagnosis::Overfitting { best } => (Severity::Warning, "diagnosis-overfitting", best),
        Diagnosis::Plateau { best } => (Severity::Warning, "diagnosis-plateau", best),
        Diagnosis::Wavering { best } => (Severity::Info, "diagnosis-wavering", best),
    };
    callout(ui, cx.theme, severity, &cx.tr_with(key, &[("best", best.into())]));
}
