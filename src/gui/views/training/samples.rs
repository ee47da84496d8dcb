//! What a model says of a few held-out cases.

use egui::Ui;

use crate::gui::theme::SPACE_M;
use crate::gui::view::ViewContext;
use crate::gui::widgets::section_with;
use crate::model::Sample;

/// Longest text that is shown, characters.
const MAX_SHOWN: usize = 160;

/// Cases with the guesses and what is right, after an epoch where it is known.
pub(super) fn ui(ui: &mut Ui, cx: &ViewContext<'_>, epoch: Option<u32>, samples: &[Sample]) {
    if samples.is_empty() {
        return;
    }
    let hint = epoch.map(|epoch| cx.tr_with("samples-hint", &[("epoch", epoch.into())]));
    section_with(
        ui,
        cx.theme,
        cx.tr("samples-title"),
        hint.as_deref(),
        |_| (),
        |ui| {
            if cx.state.settings.presenter {
                ui.label(cx.theme.weak(cx.tr("samples-hidden")));
                return;
            }
            ui.spacing_mut().item_spacing.y = SPACE_M;
            for sample in samples {
                ui.vertical(|ui| {
                    ui.spacing_mut().item_spacing.y = 2.0;
                    sample_ui(ui, cx, sample);
                });
            }
        },
    );
}

fn sample_ui(ui: &mut Ui, cx: &ViewContext<'_>, sample: &Sample) {
    ui.add(egui::Label::new(shortened(&sample.text)).wrap());
    let is_right = sample.guesses.first().is_some_and(|(guess, _)| *guess == sample.truth);
    let guesses: Vec<String> = sample
        .guesses
        .iter()
        .map(|(guess, chance)| match chance {
            Some(chance) => {
                format!("{guess} {} %", cx.text.number(f64::from(*chance) * 100.0, 0))
            }
            None => guess.clone(),
        })
        .collect();
    let color = if is_right { cx.theme.good } else { cx.theme.weak_text };
    let words = cx.tr_with(
        "samples-guesses",
        &[("guesses", guesses.join(" · ").into()), ("truth", sample.truth.as_str().into())],
    );
    ui.add(egui::Label::new(egui::RichText::new(words).size(12.5).color(color)).wrap());
}

fn shortened(text: &str) -> String {
    if text.chars().count() <= MAX_SHOWN {
        return text.to_owned();
    }
    text.chars().take(MAX_SHOWN).chain(std::iter::once('…')).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_texts_are_cut_at_a_character() {
        assert_eq!(shortened("杯子"), "杯子");
        let long = shortened(&"杯".repeat(500));
        assert_eq!(long.chars().count(), MAX_SHOWN + 1);
    }
}
