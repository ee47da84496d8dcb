//! The form above the pictures: what is counted, and how it is pictured.

use egui::{ComboBox, DragValue, Slider, Ui};

use crate::analysis::transitions::{GraphLayout, Segment, StateSpace, TransitionOptions};
use crate::dataset::Dataset;
use crate::gui::view::ViewContext;
use crate::gui::views::common::{self, field};
use crate::gui::widgets;

/// States that can be told apart in a heatmap and a graph.
const STATE_RANGE: std::ops::RangeInclusive<usize> = 5..=120;
const MAX_STEPS: usize = 20;
const GAPS_MINUTES: [u32; 6] = [15, 30, 60, 240, 1_440, 10_080];
/// Categories offered as segments, so that the menu stays one that can be read.
const MAX_SEGMENTS: usize = 60;

/// What is drawn of the chain; nothing of it needs counting again.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct PicturedOptions {
    /// Steps that the matrix looks ahead.
    pub steps: usize,
    /// The graph's own options.
    pub graph: GraphOptions,
}

/// How the graph is drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct GraphOptions {
    /// Arrows below this probability are left out.
    pub threshold_percent: u8,
    /// Where states stand.
    pub layout: GraphLayout,
}

impl Default for PicturedOptions {
    fn default() -> Self {
        let graph = GraphOptions { threshold_percent: 5, layout: GraphLayout::Circular };
        Self { steps: 1, graph }
    }
}

/// The form. Options that need counting again are sent by the view when they have changed.
pub fn options_ui(
    ui: &mut Ui,
    cx: &mut ViewContext<'_>,
    dataset: &Dataset,
    options: &mut TransitionOptions,
    pictured: &mut PicturedOptions,
) {
    let (text, theme) = (cx.text, cx.theme);
    common::form_card(ui, theme, |ui| {
        field(ui, theme, text.tr("transitions-states"), |ui| states_ui(ui, cx, options));
        if options.states != StateSpace::Event {
            field(ui, theme, text.tr("transitions-max-states"), |ui| {
                ui.add(Slider::new(&mut options.max_states, STATE_RANGE))
            });
        }
        field(ui, theme, text.tr("transitions-steps"), |ui| {
            ui.add(Slider::new(&mut pictured.steps, 1..=MAX_STEPS))
                .on_hover_text(text.tr("transitions-steps-hint"))
        });
        field(ui, theme, text.tr("transitions-segment"), |ui| segment_ui(ui, cx, dataset, options));
        if dataset.has_times {
            field(ui, theme, text.tr("transitions-gap"), |ui| gap_ui(ui, cx, options));
        }
        field(ui, theme, text.tr("transitions-smoothing"), |ui| {
            ui.add(
                DragValue::new(&mut options.smoothing)
                    .range(0.0..=10.0)
                    .speed(0.05)
                    .max_decimals(2),
            )
            .on_hover_text(text.tr("transitions-smoothing-hint"))
        });
        field(ui, theme, text.tr("transitions-chain"), |ui| {
            ui.horizontal(|ui| {
                ui.checkbox(&mut options.boundaries, text.tr("transitions-boundaries"))
                    .on_hover_text(text.tr("transitions-boundaries-hint"));
                ui.checkbox(&mut options.self_transitions, text.tr("transitions-self"))
                    .on_hover_text(text.tr("transitions-self-hint"));
            });
        });
    });
}

fn states_ui(ui: &mut Ui, cx: &ViewContext<'_>, options: &mut TransitionOptions) {
    let text = cx.text;
    let choices = [
        (StateSpace::Event, text.tr("transitions-states-event")),
        (StateSpace::Category, text.tr("transitions-states-category")),
        (StateSpace::Item, text.tr("transitions-states-item")),
    ];
    if widgets::segmented(
        ui,
        cx.theme,
        text.tr("transitions-states"),
        &mut options.states,
        &choices,
    ) {
        options.max_states = TransitionOptions::default().max_states.min(30);
    }
}

fn gap_ui(ui: &mut Ui, cx: &ViewContext<'_>, options: &mut TransitionOptions) {
    let text = cx.text;
    let label = |gap: Option<u32>| match gap {
        Some(minutes) => text.secs(f64::from(minutes) * 60.0),
        None => text.tr("transitions-gap-none").to_owned(),
    };
    ComboBox::from_id_salt("transitions-gap")
        .width(110.0)
        .selected_text(label(options.session_gap_minutes))
        .show_ui(ui, |ui| {
            for gap in GAPS_MINUTES.map(Some).into_iter().chain([None]) {
                ui.selectable_value(&mut options.session_gap_minutes, gap, label(gap));
            }
        });
}

fn segment_ui(
    ui: &mut Ui,
    cx: &ViewContext<'_>,
    dataset: &Dataset,
    options: &mut TransitionOptions,
) {
    let text = cx.text;
    ComboBox::from_id_salt("transitions-segment")
        .width(150.0)
        .truncate()
        .selected_text(segment_label(cx, &options.segment))
        .show_ui(ui, |ui| {
            for segment in [Segment::All, Segment::Buyers, Segment::NonBuyers] {
                let label = segment_label(cx, &segment);
                ui.selectable_value(&mut options.segment, segment, label);
            }
            let categories = dataset.catalog.categories.pool();
            if !categories.is_empty() {
                ui.label(cx.theme.small(text.tr("transitions-segment-categories")));
            }
            for name in categories.iter().take(MAX_SEGMENTS) {
                let segment = Segment::Category { name: name.to_string() };
                ui.selectable_value(&mut options.segment, segment, name.as_ref());
            }
        });
}

fn segment_label(cx: &ViewContext<'_>, segment: &Segment) -> String {
    match segment {
        Segment::All => cx.text.tr("transitions-segment-all").to_owned(),
        Segment::Buyers => cx.text.tr("transitions-segment-buyers").to_owned(),
        Segment::NonBuyers => cx.text.tr("transitions-segment-non-buyers").to_owned(),
        Segment::Category { name } => name.clone(),
        Segment::Attribute { column, value } => format!("{column} = {value}"),
    }
}
