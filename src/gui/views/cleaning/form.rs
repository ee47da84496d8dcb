//! The parameters of a step as a form.

use egui::{ComboBox, DragValue, TextEdit, Ui, emath::Numeric};

use super::words::{field_key, fill_label, fix_key, method_key, test_key};
use crate::dataset::clean::{
    Bound, CleaningStep, EventTest, Field, FieldKind, FillWith, ScaleMethod, TextFix,
};
use crate::dataset::event::EventKind;
use crate::gui::view::ViewContext;
use crate::gui::views::common::{event_key, field};

const MAX_COUNT: u32 = 1_000_000;
/// Limits that a box fills in when it is ticked.
const PRESET_PER_MINUTE: u32 = 60;
const PRESET_PER_DAY: u32 = 2_000;
const WIDTH: f32 = 190.0;

/// The form; true when a parameter was changed.
pub(super) fn show(ui: &mut Ui, cx: &ViewContext<'_>, step: &mut CleaningStep) -> bool {
    let before = step.clone();
    ui.horizontal_wrapped(|ui| {
        ui.spacing_mut().item_spacing = egui::vec2(16.0, 8.0);
        parameters_ui(ui, cx, step);
    });
    *step != before
}

fn parameters_ui(ui: &mut Ui, cx: &ViewContext<'_>, step: &mut CleaningStep) {
    match step {
        CleaningStep::DropEvents { kinds, when } => {
            let label = |test| cx.text.tr(test_key(test)).to_owned();
            choice(ui, cx, "cleaning-when", when, &EventTest::ALL, label);
            kinds_ui(ui, cx, kinds);
        }
        CleaningStep::DeduplicateEvents { window_secs, exact } => {
            number(ui, cx, "cleaning-window", window_secs, 0.0..=31_536_000.0);
            tick(ui, cx, "cleaning-exact", exact);
        }
        CleaningStep::FillMissing { field, with } => fill_ui(ui, cx, field, with),
        CleaningStep::Clip { field, low, high } => {
            field_ui(ui, cx, field, FieldKind::Number);
            bound_ui(ui, cx, "cleaning-low", low);
            bound_ui(ui, cx, "cleaning-high", high);
        }
        CleaningStep::NormaliseText { fields, fixes } => {
            let texts = Field::ALL.into_iter().filter(|field| field.kind() == FieldKind::Text);
            several(ui, cx, "cleaning-fields", fields, texts, field_key);
            several(ui, cx, "cleaning-fixes", fixes, TextFix::ALL, fix_key);
        }
        CleaningStep::DropBots { max_events_per_minute, max_events_per_day } => {
            limit(ui, cx, "cleaning-max-minute", max_events_per_minute, PRESET_PER_MINUTE);
            limit(ui, cx, "cleaning-max-day", max_events_per_day, PRESET_PER_DAY);
        }
        CleaningStep::KCore { users, items } => {
            number(ui, cx, "cleaning-min-users", users, 0..=MAX_COUNT);
            number(ui, cx, "cleaning-min-items", items, 0..=MAX_COUNT);
        }
        CleaningStep::MinimumCounts { per_user, per_item } => {
            number(ui, cx, "cleaning-min-users", per_user, 0..=MAX_COUNT);
            number(ui, cx, "cleaning-min-items", per_item, 0..=MAX_COUNT);
        }
        CleaningStep::DateWindow { from, to } => {
            date_ui(ui, cx, "cleaning-from", from);
            date_ui(ui, cx, "cleaning-to", to);
        }
        CleaningStep::Scale { field, method } => {
            field_ui(ui, cx, field, FieldKind::Number);
            let label = |method| cx.text.tr(method_key(method)).to_owned();
            choice(ui, cx, "cleaning-method", method, &ScaleMethod::ALL, label);
        }
        CleaningStep::MergeReturns | CleaningStep::DropUnusedProducts => {
            ui.label(cx.theme.weak(cx.text.tr("cleaning-no-parameters")));
        }
    }
}

fn choice<T: Copy + PartialEq>(
    ui: &mut Ui,
    cx: &ViewContext<'_>,
    key: &str,
    value: &mut T,
    choices: &[T],
    label: impl Fn(T) -> String,
) {
    let name = cx.text.tr(key);
    field(ui, cx.theme, name, |ui| {
        let combo = ComboBox::from_id_salt(key).width(WIDTH).selected_text(label(*value)).show_ui(
            ui,
            |ui| {
                for &choice in choices {
                    ui.selectable_value(value, choice, label(choice));
                }
            },
        );
        combo.response.accessible_name(name);
    });
}

fn field_ui(ui: &mut Ui, cx: &ViewContext<'_>, chosen: &mut Field, kind: FieldKind) {
    let fields: Vec<Field> = Field::ALL.into_iter().filter(|field| field.kind() == kind).collect();
    let label = |field| cx.text.tr(field_key(field)).to_owned();
    choice(ui, cx, "cleaning-field", chosen, &fields, label);
}

fn number<N: Numeric>(
    ui: &mut Ui,
    cx: &ViewContext<'_>,
    key: &str,
    value: &mut N,
    range: std::ops::RangeInclusive<N>,
) {
    let name = cx.text.tr(key);
    field(ui, cx.theme, name, |ui| {
        let drag = DragValue::new(value).range(range).speed(0.2).max_decimals(6);
        ui.add_sized([110.0, 26.0], drag).accessible_name(name);
    });
}

/// A limit that may be absent.
fn limit(ui: &mut Ui, cx: &ViewContext<'_>, key: &str, value: &mut Option<u32>, preset: u32) {
    let name = cx.text.tr(key);
    field(ui, cx.theme, name, |ui| {
        ui.horizontal(|ui| {
            let mut is_limited = value.is_some();
            if ui.checkbox(&mut is_limited, "").accessible_name(name).changed() {
                *value = is_limited.then_some(preset);
            }
            match value {
                Some(limit) => drop(
                    ui.add_sized([90.0, 26.0], DragValue::new(limit).range(1..=MAX_COUNT))
                        .accessible_name(name),
                ),
                None => drop(ui.label(cx.theme.weak(cx.text.tr("cleaning-no-limit")))),
            }
        });
    });
}

fn tick(ui: &mut Ui, cx: &ViewContext<'_>, key: &str, value: &mut bool) {
    ui.vertical(|ui| {
        ui.label(cx.theme.small(" "));
        ui.checkbox(value, cx.text.tr(key));
    });
}

/// Any of a few things.
fn several<T: Copy + PartialEq>(
    ui: &mut Ui,
    cx: &ViewContext<'_>,
    key: &str,
    chosen: &mut Vec<T>,
    choices: impl IntoIterator<Item = T>,
    label_key: fn(T) -> &'static str,
) {
    ui.vertical(|ui| {
        ui.set_width(ui.available_width());
        ui.label(cx.theme.small(cx.text.tr(key)));
        ui.horizontal_wrapped(|ui| {
            for choice in choices {
                let mut is_chosen = chosen.contains(&choice);
                if ui.checkbox(&mut is_chosen, cx.text.tr(label_key(choice))).changed() {
                    chosen.retain(|&known| known != choice);
                    if is_chosen {
                        chosen.push(choice);
                    }
                }
            }
        });
    });
    ui.end_row();
}

/// No kind ticked means all kinds.
fn kinds_ui(ui: &mut Ui, cx: &ViewContext<'_>, kinds: &mut Vec<EventKind>) {
    several(ui, cx, "cleaning-kinds", kinds, EventKind::ALL, event_key);
}

fn fill_ui(ui: &mut Ui, cx: &ViewContext<'_>, chosen: &mut Field, with: &mut FillWith) {
    let before = chosen.kind();
    let label = |field| cx.text.tr(field_key(field)).to_owned();
    choice(ui, cx, "cleaning-field", chosen, &Field::ALL, label);
    if chosen.kind() != before {
        *with = FillWith::Mode;
    }
    let choices = match chosen.kind() {
        FieldKind::Number => {
            vec![FillWith::Median, FillWith::Mode, FillWith::ProductMedian, FillWith::Number(0.0)]
        }
        FieldKind::Text => vec![FillWith::Mode, FillWith::Text(String::new())],
    };
    let name = cx.text.tr("cleaning-with");
    let sort = |with: &FillWith| match with {
        FillWith::Number(_) | FillWith::Text(_) => cx.text.tr("cleaning-with-constant").to_owned(),
        with => fill_label(cx.text, with),
    };
    field(ui, cx.theme, name, |ui| {
        let combo = ComboBox::from_id_salt("with").width(WIDTH).selected_text(sort(with)).show_ui(
            ui,
            |ui| {
                for choice in choices {
                    let is_same = std::mem::discriminant(&choice) == std::mem::discriminant(with);
                    if ui.selectable_label(is_same, sort(&choice)).clicked() && !is_same {
                        *with = choice;
                    }
                }
            },
        );
        combo.response.accessible_name(name);
    });
    match with {
        FillWith::Number(constant) => {
            number(ui, cx, "cleaning-constant", constant, f64::MIN..=f64::MAX);
        }
        FillWith::Text(constant) => {
            let name = cx.text.tr("cleaning-constant");
            field(ui, cx.theme, name, |ui| {
                ui.add(TextEdit::singleline(constant).desired_width(WIDTH)).accessible_name(name);
            });
        }
        _ => {}
    }
}

#[derive(Clone, Copy, PartialEq)]
enum BoundKind {
    None,
    Value,
    Quantile,
}

fn bound_ui(ui: &mut Ui, cx: &ViewContext<'_>, key: &str, bound: &mut Option<Bound>) {
    let mut kind = match bound {
        None => BoundKind::None,
        Some(Bound::Value(_)) => BoundKind::Value,
        Some(Bound::Quantile { .. }) => BoundKind::Quantile,
    };
    let before = kind;
    let label = |kind| {
        let key = match kind {
            BoundKind::None => "cleaning-bound-none",
            BoundKind::Value => "cleaning-bound-value",
            BoundKind::Quantile => "cleaning-bound-quantile",
        };
        cx.text.tr(key).to_owned()
    };
    let kinds = [BoundKind::None, BoundKind::Value, BoundKind::Quantile];
    choice(ui, cx, key, &mut kind, &kinds, label);
    if kind != before {
        let is_low = key == "cleaning-low";
        *bound = match kind {
            BoundKind::None => None,
            BoundKind::Value => Some(Bound::Value(if is_low { 0.0 } else { 1_000.0 })),
            BoundKind::Quantile => {
                Some(Bound::Quantile { quantile: if is_low { 0.001 } else { 0.999 } })
            }
        };
    }
    match bound {
        None => {}
        Some(Bound::Value(value)) => {
            number(ui, cx, "cleaning-bound-value", value, f64::MIN..=f64::MAX);
        }
        Some(Bound::Quantile { quantile }) => {
            let mut share = *quantile * 100.0;
            number(ui, cx, "cleaning-bound-percent", &mut share, 0.0..=100.0);
            // A share that was not touched keeps its exact value.
            if (share - *quantile * 100.0).abs() > 0.0 {
                *quantile = share / 100.0;
            }
        }
    }
}

fn date_ui(ui: &mut Ui, cx: &ViewContext<'_>, key: &str, date: &mut Option<String>) {
    let name = cx.text.tr(key);
    field(ui, cx.theme, name, |ui| {
        let mut typed = date.clone().unwrap_or_default();
        let edit = TextEdit::singleline(&mut typed)
            .hint_text(cx.text.tr("cleaning-date-hint").to_owned())
            .desired_width(130.0);
        if ui.add(edit).accessible_name(name).changed() {
            *date = (!typed.trim().is_empty()).then(|| typed.trim().to_owned());
        }
    });
}
