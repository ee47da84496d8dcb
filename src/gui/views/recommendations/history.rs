//! What the models saw, oldest first; a history put together by hand can be changed here.

use egui::{ScrollArea, Ui, vec2};

use crate::dataset::Dataset;
use crate::gui::theme::SPACE_XS;
use crate::gui::view::ViewContext;
use crate::gui::views::common;
use crate::gui::widgets::{self, Icon};
use crate::ids::ItemIdx;
use crate::model::HistoryEvent;
use crate::workbench::{Command, RecommendationSet};

/// Newest events shown of a long history.
const MAX_SHOWN: usize = 30;
const CHIP_WIDTH: f32 = 196.0;

/// What is to be done with one product of a history put together by hand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Change {
    Earlier(usize),
    Later(usize),
    Remove(usize),
}

/// The strip. `items` is the history by hand, if that is the source.
pub fn strip_ui(
    ui: &mut Ui,
    cx: &mut ViewContext<'_>,
    dataset: &Dataset,
    set: &RecommendationSet,
    items: Option<&mut Vec<ItemIdx>>,
) {
    let text = cx.text;
    let events = &set.history.events;
    let n = items.as_ref().map_or(events.len(), |items| items.len());
    let hint = text.tr_with(
        "recommendations-history-hint",
        &[("shown", n.min(MAX_SHOWN).into()), ("all", n.into())],
    );
    widgets::section_with(
        ui,
        cx.theme,
        text.tr("recommendations-history"),
        Some(&hint),
        |_| {},
        |ui| {
            ScrollArea::horizontal()
                .id_salt("history")
                .auto_shrink([false, true])
                .stick_to_right(true)
                .show(ui, |ui| {
                    ui.horizontal_top(|ui| match items {
                        Some(items) => by_hand_ui(ui, cx, dataset, items),
                        None => events_ui(
                            ui,
                            cx,
                            dataset,
                            &events[events.len().saturating_sub(MAX_SHOWN)..],
                        ),
                    });
                });
        },
    );
}

fn events_ui(ui: &mut Ui, cx: &mut ViewContext<'_>, dataset: &Dataset, events: &[HistoryEvent]) {
    if events.is_empty() {
        ui.label(cx.theme.weak(cx.text.tr("recommendations-history-empty")));
    }
    for (position, event) in events.iter().enumerate() {
        ui.push_id(position, |ui| {
            chip_ui(ui, cx, dataset, event.item, |ui, cx| {
                let color = cx.theme.event(event.kind);
                widgets::badge(ui, cx.theme, color, cx.text.tr(common::event_key(event.kind)));
            });
        });
    }
}

fn by_hand_ui(ui: &mut Ui, cx: &mut ViewContext<'_>, dataset: &Dataset, items: &mut Vec<ItemIdx>) {
    let mut change = None;
    let last = items.len().saturating_sub(1);
    for (position, &item) in items.iter().enumerate() {
        ui.push_id(position, |ui| {
            chip_ui(ui, cx, dataset, item, |ui, cx| {
                let text = cx.text;
                if ui
                    .add_enabled(position > 0, egui::Button::new("◀").small())
                    .on_hover_text(text.tr("recommendations-earlier"))
                    .clicked()
                {
                    change = Some(Change::Earlier(position));
                }
                if ui
                    .add_enabled(position < last, egui::Button::new("▶").small())
                    .on_hover_text(text.tr("recommendations-later"))
                    .clicked()
                {
                    change = Some(Change::Later(position));
                }
                if widgets::icon_button(
                    ui,
                    cx.theme,
                    Icon::Close,
                    text.tr("recommendations-remove"),
                )
                .clicked()
                {
                    change = Some(Change::Remove(position));
                }
            });
        });
    }
    match change {
        Some(Change::Earlier(position)) => items.swap(position, position - 1),
        Some(Change::Later(position)) => items.swap(position, position + 1),
        Some(Change::Remove(position)) => drop(items.remove(position)),
        None => {}
    }
}

/// One product with what stands under it; a click picks it everywhere.
fn chip_ui(
    ui: &mut Ui,
    cx: &mut ViewContext<'_>,
    dataset: &Dataset,
    item: ItemIdx,
    under: impl FnOnce(&mut Ui, &mut ViewContext<'_>),
) {
    let theme = cx.theme;
    let is_picked = cx.state.selection.item == Some(item);
    let title = dataset.item_label(item).to_owned();
    let category = dataset.catalog.categories.get(item.index()).map(str::to_owned);
    ui.vertical(|ui| {
        ui.set_width(CHIP_WIDTH);
        ui.spacing_mut().item_spacing = vec2(SPACE_XS, SPACE_XS);
        ui.horizontal_top(|ui| {
            widgets::product_picture(ui, theme, category.as_deref(), &title, 44.0);
            ui.vertical(|ui| {
                ui.spacing_mut().button_padding = vec2(SPACE_XS, 1.0);
                ui.spacing_mut().interact_size.y = 20.0;
                let label = egui::Button::new(theme.small(title.as_str()).color(theme.text))
                    .selected(is_picked)
                    .frame_when_inactive(false)
                    .truncate();
                if ui.add(label).on_hover_text(title.as_str()).clicked() {
                    cx.send(Command::SelectItem(Some(item)));
                }
                ui.horizontal(|ui| {
                    ui.add_space(SPACE_XS);
                    under(ui, cx);
                });
            });
        });
    });
}
