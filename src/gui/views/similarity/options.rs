//! The form above the matrix.

use egui::{ComboBox, Slider, Ui};

use crate::analysis::similarity::{
    Basis, ClusterCut, Measure, SimilarityOptions, SimilaritySpec, Subject, Weighting,
};
use crate::dataset::Dataset;
use crate::gui::view::ViewContext;
use crate::gui::views::common::{self, field};
use crate::gui::widgets;

const ROWS: std::ops::RangeInclusive<usize> = 20..=600;
const CLUSTER_COUNTS: std::ops::RangeInclusive<usize> = 2..=12;

/// What is compared, how, and how much of it.
pub fn options_ui(
    ui: &mut Ui,
    cx: &ViewContext<'_>,
    dataset: &Dataset,
    spec: &mut SimilaritySpec,
    options: &mut SimilarityOptions,
) {
    let (text, theme) = (cx.text, cx.theme);
    common::form_card(ui, theme, |ui| {
        field(ui, theme, text.tr("similarity-subject"), |ui| {
            let choices = [
                (Subject::Items, text.tr("similarity-items")),
                (Subject::Users, text.tr("similarity-users")),
            ];
            widgets::segmented(
                ui,
                theme,
                text.tr("similarity-subject"),
                &mut spec.subject,
                &choices,
            )
        });
        if !dataset.catalog.is_blank() {
            field(ui, theme, text.tr("similarity-basis"), |ui| {
                let choices = [
                    (Basis::Behaviour, text.tr("similarity-behaviour")),
                    (Basis::Text, text.tr("similarity-text")),
                ];
                widgets::segmented(
                    ui,
                    theme,
                    text.tr("similarity-basis"),
                    &mut spec.basis,
                    &choices,
                )
            });
        }
        field(ui, theme, text.tr("similarity-measure"), |ui| {
            let choices = Measure::ALL.map(|measure| (measure, text.tr(measure_key(measure))));
            widgets::segmented(
                ui,
                theme,
                text.tr("similarity-measure"),
                &mut spec.measure,
                &choices,
            )
        });
        if spec.basis == Basis::Behaviour && spec.measure != Measure::Jaccard {
            field(ui, theme, text.tr("similarity-weighting"), |ui| weighting_ui(ui, cx, spec));
        }
        field(ui, theme, text.tr("similarity-size"), |ui| {
            ui.add(Slider::new(&mut options.max_rows, ROWS))
                .on_hover_text(text.tr("similarity-size-hint"))
        });
        field(ui, theme, text.tr("similarity-clusters"), |ui| cut_ui(ui, cx, options));
    });
}

/// Key of a measure in the message catalogue.
pub const fn measure_key(measure: Measure) -> &'static str {
    match measure {
        Measure::Cosine => "similarity-cosine",
        Measure::Jaccard => "similarity-jaccard",
        Measure::Pearson => "similarity-pearson",
    }
}

fn weighting_ui(ui: &mut Ui, cx: &ViewContext<'_>, spec: &mut SimilaritySpec) {
    let label = |weighting| match weighting {
        Weighting::Presence => cx.text.tr("similarity-presence"),
        Weighting::Strength => cx.text.tr("similarity-strength"),
    };
    ComboBox::from_id_salt("similarity-weighting")
        .width(130.0)
        .selected_text(label(spec.weighting))
        .show_ui(ui, |ui| {
            for weighting in [Weighting::Presence, Weighting::Strength] {
                ui.selectable_value(&mut spec.weighting, weighting, label(weighting));
            }
        });
}

fn cut_ui(ui: &mut Ui, cx: &ViewContext<'_>, options: &mut SimilarityOptions) {
    let text = cx.text;
    let label = |cut| match cut {
        ClusterCut::BestSilhouette => text.tr("similarity-cut-silhouette").to_owned(),
        ClusterCut::LargestGap => text.tr("similarity-cut-gap").to_owned(),
        ClusterCut::Count(count) => text.count(count),
    };
    ComboBox::from_id_salt("similarity-cut")
        .width(150.0)
        .selected_text(label(options.cut))
        .show_ui(ui, |ui| {
            let counts = CLUSTER_COUNTS.map(ClusterCut::Count);
            for cut in
                [ClusterCut::BestSilhouette, ClusterCut::LargestGap].into_iter().chain(counts)
            {
                ui.selectable_value(&mut options.cut, cut, label(cut));
            }
        });
}
