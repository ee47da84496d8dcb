//! Finds views, actions, shoppers and products by name.

use egui::{Button, Id, Key, Modal, ScrollArea, TextEdit, Ui, vec2};

use super::shortcuts::Action;
use crate::analysis::{search_items, search_users};
use crate::gui::background::Background;
use crate::gui::theme::SPACE_S;
use crate::gui::view::{ViewContext, ViewId};
use crate::gui::views::names::shopper_name;
use crate::ids::{ItemIdx, UserIdx};
use crate::workbench::Command;

const WIDTH: f32 = 560.0;
/// Shoppers and products found at most, each.
const MAX_FOUND: usize = 8;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Entry {
    Action(Action),
    User(UserIdx),
    Item(ItemIdx),
}

#[derive(Default)]
struct Found {
    users: Vec<UserIdx>,
    items: Vec<ItemIdx>,
}

/// The palette and what was typed into it.
#[derive(Default)]
pub(super) struct Palette {
    is_open: bool,
    query: String,
    searched: Option<String>,
    search: Background<Found>,
    found: Found,
    highlighted: usize,
}

impl Palette {
    pub(super) fn toggle(&mut self) {
        self.is_open = !self.is_open;
        self.query.clear();
        self.highlighted = 0;
    }

    /// Indices found belong to one shop.
    pub(super) fn forget(&mut self) {
        *self = Self::default();
    }

    /// Paint it if it is open; actions that were chosen.
    pub(super) fn show(&mut self, ctx: &egui::Context, cx: &mut ViewContext<'_>) -> Vec<Action> {
        if !self.is_open {
            return Vec::new();
        }
        self.update(ctx, cx);
        let modal = Modal::new(Id::unique("palette")).show(ctx, |ui| self.content_ui(ui, cx));
        let chosen = modal.inner;
        if chosen.is_some() || modal.should_close() {
            self.is_open = false;
        }
        match chosen {
            Some(Entry::Action(action)) => return vec![action],
            Some(Entry::User(user)) => {
                cx.send(Command::SelectUser(Some(user)));
                cx.go(ViewId::Profiles);
            }
            Some(Entry::Item(item)) => {
                cx.send(Command::SelectItem(Some(item)));
                cx.go(ViewId::Similarity);
            }
            None => {}
        }
        Vec::new()
    }

    fn update(&mut self, ctx: &egui::Context, cx: &ViewContext<'_>) {
        let query = self.query.trim();
        if self.searched.as_deref() != Some(query) {
            self.searched = Some(query.to_owned());
            self.highlighted = 0;
            let dataset = cx.state.shop.value().map(|shop| shop.dataset.clone());
            match dataset {
                Some(dataset) if !query.is_empty() => {
                    let query = query.to_owned();
                    self.search.start(ctx, move || Found {
                        users: search_users(&dataset, &query, MAX_FOUND),
                        items: search_items(&dataset, &query, MAX_FOUND),
                    });
                }
                _ => self.found = Found::default(),
            }
        }
        if let Some(found) = self.search.poll() {
            self.found = found;
        }
    }

    fn entries(&self, cx: &ViewContext<'_>) -> Vec<Entry> {
        let query = self.query.trim().to_lowercase();
        let is_open = cx.state.shop.value().is_some();
        let actions = Action::all()
            .filter(|action| {
                *action != Action::Palette
                    && (is_open
                        || !matches!(action, Action::View(_) | Action::CloseProject | Action::Lock))
            })
            .filter(|action| {
                query.is_empty() || cx.text.tr(action.title()).to_lowercase().contains(&query)
            })
            .map(Entry::Action);
        let items = self.found.items.iter().copied().map(Entry::Item);
        let users = self.found.users.iter().copied().map(Entry::User);
        actions.chain(items).chain(users).collect()
    }

    fn content_ui(&mut self, ui: &mut Ui, cx: &ViewContext<'_>) -> Option<Entry> {
        ui.set_width(WIDTH);
        let field = TextEdit::singleline(&mut self.query)
            .hint_text(cx.tr("palette-hint").to_owned())
            .desired_width(WIDTH)
            .font(egui::FontId::proportional(16.0));
        ui.add(field).request_focus();
        ui.add_space(SPACE_S);
        let entries = self.entries(cx);
        let (up, down, enter) = ui.input(|input| {
            (
                input.key_pressed(Key::ArrowUp),
                input.key_pressed(Key::ArrowDown),
                input.key_pressed(Key::Enter),
            )
        });
        let last = entries.len().saturating_sub(1);
        self.highlighted =
            (self.highlighted + usize::from(down)).saturating_sub(usize::from(up)).min(last);
        if entries.is_empty() {
            ui.label(cx.theme.weak(cx.tr("picker-nothing")));
        }
        let mut chosen = if enter { entries.get(self.highlighted).copied() } else { None };
        ScrollArea::vertical().max_height(380.0).show(ui, |ui| {
            for (position, entry) in entries.iter().enumerate() {
                let is_highlighted = position == self.highlighted;
                let response = entry_ui(ui, cx, *entry, is_highlighted);
                if (up || down) && is_highlighted {
                    response.scroll_to_me(None);
                }
                if response.clicked() {
                    chosen = Some(*entry);
                }
            }
        });
        chosen
    }
}

fn entry_ui(
    ui: &mut Ui,
    cx: &ViewContext<'_>,
    entry: Entry,
    is_highlighted: bool,
) -> egui::Response {
    let shop = cx.state.shop.value();
    let (label, detail) = match entry {
        Entry::Action(action) => {
            let keys = action.shortcut().map(|shortcut| ui.ctx().format_shortcut(&shortcut));
            (cx.text.tr(action.title()).to_owned(), keys.unwrap_or_default())
        }
        Entry::User(user) => {
            let id = shop.map(|shop| shopper_name(cx, &shop.dataset, user.0).into_owned());
            (id.unwrap_or_default(), cx.tr("palette-shopper").to_owned())
        }
        Entry::Item(item) => {
            let label = shop.map(|shop| shop.dataset.item_label(item).to_owned());
            (label.unwrap_or_default(), cx.tr("palette-product").to_owned())
        }
    };
    let button = Button::new(cx.theme.body(label))
        .right_text(cx.theme.small(detail))
        .selected(is_highlighted)
        .frame_when_inactive(is_highlighted)
        .truncate()
        .min_size(vec2(ui.available_width(), 30.0));
    ui.add(button)
}
