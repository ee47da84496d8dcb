//! One step as a card: what it does, what it did, and how to move, change or remove it.

use egui::{Align, CollapsingHeader, Layout, Rect, Response, Role, Sense, Ui, WidgetInfo, vec2};

use super::draft::{Change, DraftStep};
use super::{form, words};
use crate::dataset::clean::{CleaningExample, Counts, StepOutcome};
use crate::gui::text::Text;
use crate::gui::theme::{SPACE_M, SPACE_S, SPACE_XS, Theme};
use crate::gui::view::ViewContext;
use crate::gui::views::common::event_key;
use crate::gui::widgets::{Icon, icon_button};

const BAR: egui::Vec2 = vec2(120.0, 8.0);

/// Where a card stands in the list and what is known of it.
pub(super) struct Place<'a> {
    /// Position, from 0.
    pub index: usize,
    /// Cards in all.
    pub n: usize,
    /// What the step did; nothing as long as it was not carried out.
    pub outcome: Option<&'a StepOutcome>,
    /// Whether its parameters are shown.
    pub is_open: bool,
}

/// What was done with a card.
#[derive(Default)]
pub(super) struct CardResponse {
    /// What is to happen to the list.
    pub change: Option<Change>,
    /// Its parameters are to be shown or hidden.
    pub toggled: bool,
}

/// The card.
pub(super) fn show(
    ui: &mut Ui,
    cx: &ViewContext<'_>,
    step: &DraftStep,
    place: &Place<'_>,
) -> CardResponse {
    let mut answer = CardResponse::default();
    let frame = cx.theme.card_frame().show(ui, |ui| {
        ui.set_width(ui.available_width());
        ui.spacing_mut().item_spacing.y = 6.0;
        header_ui(ui, cx, step, place, &mut answer);
        if place.is_open {
            let mut edited = step.step.clone();
            ui.add_space(SPACE_XS);
            if form::show(ui, cx, &mut edited) {
                answer.change = Some(Change::Edit(place.index, edited));
            }
        }
        match place.outcome {
            Some(outcome) => outcome_ui(ui, cx, outcome, step.id),
            None => {
                let key = if step.is_on { "cleaning-not-applied" } else { "cleaning-switched-off" };
                ui.label(cx.theme.small(cx.text.tr(key)));
            }
        }
    });
    drop_ui(ui, cx.theme, &frame.response, place.index, &mut answer);
    answer
}

/// Another card that is let go over this one takes its place.
fn drop_ui(ui: &Ui, theme: &Theme, card: &Response, index: usize, answer: &mut CardResponse) {
    if card.dnd_hover_payload::<usize>().is_some_and(|from| *from != index) {
        let stroke = egui::Stroke::new(2.0, theme.accent);
        ui.painter().hline(card.rect.x_range(), card.rect.top() - 3.0, stroke);
    }
    if let Some(from) = card.dnd_release_payload::<usize>() {
        answer.change = Some(Change::Move { from: *from, to: index });
    }
}

fn header_ui(
    ui: &mut Ui,
    cx: &ViewContext<'_>,
    step: &DraftStep,
    place: &Place<'_>,
    answer: &mut CardResponse,
) {
    let text = cx.text;
    let title = text.tr(words::step_key(&step.step));
    let named = |key: &str| {
        let number = place.index + 1;
        text.tr_with(key, &[("number", number.into()), ("step", title.into())])
    };
    ui.allocate_ui_with_layout(
        vec2(ui.available_width(), 28.0),
        Layout::right_to_left(Align::Center),
        |ui| {
            let remove = icon_button(ui, cx.theme, Icon::Trash, &named("cleaning-remove"));
            if remove.clicked() {
                answer.change = Some(Change::Remove(place.index));
            }
            ui.add_enabled_ui(place.index + 1 < place.n, |ui| {
                if icon_button(ui, cx.theme, Icon::ArrowDown, &named("cleaning-down")).clicked() {
                    let (from, to) = (place.index, place.index + 1);
                    answer.change = Some(Change::Move { from, to });
                }
            });
            ui.add_enabled_ui(place.index > 0, |ui| {
                if icon_button(ui, cx.theme, Icon::ArrowUp, &named("cleaning-up")).clicked() {
                    let (from, to) = (place.index, place.index.saturating_sub(1));
                    answer.change = Some(Change::Move { from, to });
                }
            });
            if icon_button(ui, cx.theme, Icon::Pencil, &named("cleaning-edit")).clicked() {
                answer.toggled = true;
            }
            let mut is_on = step.is_on;
            let switch = ui.checkbox(&mut is_on, text.tr("cleaning-on"));
            if switch.accessible_name(named("cleaning-switch")).changed() {
                answer.change = Some(Change::Switch(place.index, is_on));
            }
            ui.with_layout(Layout::left_to_right(Align::Center), |ui| {
                grip_ui(ui, cx.theme, &named("cleaning-drag"), place.index);
                let heading = format!("{}. {title}", place.index + 1);
                ui.label(cx.theme.heading(heading))
                    .on_hover_text(text.tr(words::hint_key(&step.step)));
                ui.add_space(SPACE_XS);
                let summary = words::summary(text, &step.step);
                ui.add(egui::Label::new(cx.theme.weak(summary.as_str())).truncate())
                    .on_hover_text(summary);
            });
        },
    );
}

fn grip_ui(ui: &mut Ui, theme: &Theme, name: &str, index: usize) {
    let (rect, response) = ui.allocate_exact_size(vec2(18.0, 24.0), Sense::drag());
    let is_held = response.dragged() || response.hovered();
    let color = if is_held { theme.text } else { theme.weak_text };
    let picture = Rect::from_center_size(rect.center(), egui::Vec2::splat(16.0));
    Icon::Grip.paint(ui.painter(), picture, color);
    response.widget_info(|| WidgetInfo::labeled(Role::Label, true, name));
    response.dnd_set_drag_payload(index);
    response.on_hover_text(name).on_hover_cursor(egui::CursorIcon::Grab);
}

fn outcome_ui(ui: &mut Ui, cx: &ViewContext<'_>, outcome: &StepOutcome, id: u64) {
    let text = cx.text;
    counts_ui(ui, cx, outcome.before, outcome.after);
    if outcome.changed_values > 0 {
        let changed = [("values", outcome.changed_values.into())];
        ui.label(cx.theme.small(text.tr_with("cleaning-changed", &changed)));
    } else if outcome.before == outcome.after {
        ui.label(cx.theme.small(text.tr("cleaning-nothing-to-do")));
    }
    // Examples are rows with ids of shoppers.
    if !outcome.examples.is_empty() && !cx.state.settings.presenter {
        CollapsingHeader::new(cx.theme.small(text.tr("cleaning-examples")))
            .id_salt(("examples", id))
            .show(ui, |ui| {
                for example in &outcome.examples {
                    let line = example_line(text, example);
                    ui.add(egui::Label::new(cx.theme.mono(line)).truncate());
                }
            });
    }
}

/// Events, shoppers and products before and after, each with a bar of the share that is left.
pub(super) fn counts_ui(ui: &mut Ui, cx: &ViewContext<'_>, before: Counts, after: Counts) {
    ui.horizontal_wrapped(|ui| {
        ui.spacing_mut().item_spacing = vec2(SPACE_S, SPACE_XS);
        for (key, before, after) in [
            ("cleaning-events", before.events, after.events),
            ("cleaning-shoppers", before.users, after.users),
            ("cleaning-products", before.items, after.items),
        ] {
            count_ui(ui, cx, cx.text.tr(key), before, after);
            ui.add_space(SPACE_M);
        }
    });
}

fn count_ui(ui: &mut Ui, cx: &ViewContext<'_>, what: &str, before: u64, after: u64) {
    let (text, theme) = (cx.text, cx.theme);
    let share = if before == 0 { 1.0 } else { after as f64 / before as f64 };
    let figures = if before == after {
        text.count(after)
    } else {
        format!("{} → {}", text.count(before), text.count(after))
    };
    let name = if before == after {
        format!("{what}: {figures}")
    } else {
        format!("{what}: {figures} ({})", text.percent(share, 1))
    };
    ui.label(theme.small(what));
    let (rect, bar) = ui.allocate_exact_size(BAR, Sense::hover());
    ui.painter().rect_filled(rect, 3, theme.raised);
    let left = Rect::from_min_size(rect.min, vec2(rect.width() * share as f32, rect.height()));
    ui.painter().rect_filled(left, 3, theme.accent);
    bar.widget_info(|| WidgetInfo::labeled(Role::Label, true, &name));
    bar.on_hover_text(&name);
    ui.label(theme.body(figures));
}

fn example_line(text: &Text, example: &CleaningExample) -> String {
    let parts = [
        example.user.clone(),
        example.kind.map(|kind| text.tr(event_key(kind)).to_owned()),
        example.item.clone(),
        example.time_ms.map(|time_ms| text.date_time(time_ms)),
        example.before.clone(),
    ];
    let known = parts.into_iter().flatten().collect::<Vec<_>>().join(" · ");
    match &example.after {
        Some(after) => format!("{known} → {after}"),
        None => known,
    }
}
