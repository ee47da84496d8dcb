//! Picks one of many by typing.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use egui::{Key, Popup, PopupCloseBehavior, Response, Role, ScrollArea, TextEdit, Ui, WidgetInfo};

use super::icon::{Icon, caret, left_icon_rect};
use crate::gui::background::Background;
use crate::gui::theme::SPACE_XS;
use crate::gui::view::ViewContext;

/// What a candidate is called and what stands under it in small print.
pub type LabelOf = Arc<dyn Fn(u32) -> (String, String) + Send + Sync>;

/// Matches shown at most.
const MAX_MATCHES: usize = 60;
const WIDTH: f32 = 340.0;

#[derive(Debug, Clone, PartialEq, Eq)]
struct Match {
    index: u32,
    label: String,
    detail: String,
}

/// The state of one picker. Kept in the view.
#[derive(Default)]
pub struct SearchPicker {
    query: String,
    /// The query and number of candidates that the matches belong to.
    asked: Option<(String, u32)>,
    generation: Arc<AtomicU64>,
    search: Background<Vec<Match>>,
    matches: Vec<Match>,
    highlighted: usize,
}

impl SearchPicker {
    /// A button that shows `current` and opens a list of the `n` candidates, filtered by what is
    /// typed. Gives back the one that was picked. `label` names the button, `hint` stands in the
    /// empty field.
    #[expect(clippy::too_many_arguments, reason = "what to pick from and how to name it")]
    pub fn show(
        &mut self,
        ui: &mut Ui,
        cx: &mut ViewContext<'_>,
        id: &str,
        label: &str,
        hint: &str,
        current: &str,
        n: u32,
        label_of: LabelOf,
    ) -> Option<u32> {
        let button = button_ui(ui, cx, id, label, current);
        let popup = Popup::menu(&button)
            .close_behavior(PopupCloseBehavior::CloseOnClickOutside)
            .width(WIDTH);
        let just_opened = button.clicked();
        let shown = popup.show(|ui| {
            ui.set_width(WIDTH);
            self.update(ui.ctx(), n, label_of);
            let picked = self.list_ui(ui, cx, hint, just_opened);
            if picked.is_some() {
                ui.close();
            }
            picked
        });
        let picked = shown.and_then(|shown| shown.inner);
        if picked.is_some() {
            self.query.clear();
        }
        picked
    }

    fn update(&mut self, ctx: &egui::Context, n: u32, label_of: LabelOf) {
        let is_stale =
            self.asked.as_ref().is_none_or(|(query, of)| *query != self.query || *of != n);
        if is_stale {
            self.asked = Some((self.query.clone(), n));
            self.highlighted = 0;
            let (query, generation) = (self.query.trim().to_lowercase(), self.generation.clone());
            let mine = generation.fetch_add(1, Ordering::Relaxed) + 1;
            let is_wanted = move || generation.load(Ordering::Relaxed) == mine;
            self.search.start(ctx, move || find(&query, n, label_of.as_ref(), is_wanted));
        }
        if let Some(matches) = self.search.poll() {
            self.matches = matches;
        }
    }

    fn list_ui(
        &mut self,
        ui: &mut Ui,
        cx: &ViewContext<'_>,
        hint: &str,
        just_opened: bool,
    ) -> Option<u32> {
        let field = ui.add(
            TextEdit::singleline(&mut self.query).hint_text(hint.to_owned()).desired_width(WIDTH),
        );
        if just_opened {
            field.request_focus();
        }
        let (up, down, enter) = ui.input(|input| {
            (
                input.key_pressed(Key::ArrowUp),
                input.key_pressed(Key::ArrowDown),
                input.key_pressed(Key::Enter),
            )
        });
        let last = self.matches.len().saturating_sub(1);
        self.highlighted =
            (self.highlighted + usize::from(down)).saturating_sub(usize::from(up)).min(last);
        ui.add_space(SPACE_XS);
        if self.matches.is_empty() {
            let key = if self.search.is_pending() { "picker-searching" } else { "picker-nothing" };
            ui.label(cx.theme.weak(cx.tr(key)));
            return None;
        }
        let mut picked =
            if enter { self.matches.get(self.highlighted).map(|found| found.index) } else { None };
        ScrollArea::vertical().max_height(300.0).auto_shrink([false, true]).show(ui, |ui| {
            for (position, found) in self.matches.iter().enumerate() {
                let response = match_ui(ui, cx, found, position == self.highlighted);
                if (up || down) && position == self.highlighted {
                    response.scroll_to_me(None);
                }
                if response.clicked() {
                    picked = Some(found.index);
                }
            }
        });
        picked
    }
}

fn button_ui(ui: &mut Ui, cx: &ViewContext<'_>, id: &str, label: &str, current: &str) -> Response {
    let width = ui.available_width().min(WIDTH);
    let button = ui.push_id(id, |ui| {
        let text = egui::RichText::new(format!("      {current}")).color(cx.theme.text);
        ui.add(
            egui::Button::new(text)
                .truncate()
                .min_size(egui::vec2(width, 30.0))
                .right_text("     "),
        )
    });
    Icon::Search.paint(
        ui.painter(),
        left_icon_rect(button.inner.rect, 8.0, 15.0),
        cx.theme.weak_text,
    );
    let right = button.inner.rect.right_center() - egui::vec2(16.0, 0.0);
    caret(ui.painter(), right, true, cx.theme.weak_text);
    let name = format!("{label}: {current}");
    button.inner.widget_info(|| WidgetInfo::labeled(Role::ComboBox, true, &name));
    button.inner
}

fn match_ui(ui: &mut Ui, cx: &ViewContext<'_>, found: &Match, is_highlighted: bool) -> Response {
    let button = egui::Button::new(cx.theme.body(found.label.as_str()))
        .right_text(cx.theme.small(found.detail.as_str()))
        .selected(is_highlighted)
        .frame_when_inactive(is_highlighted)
        .truncate()
        .min_size(egui::vec2(ui.available_width(), 26.0));
    ui.add(button)
}

/// Candidates whose label or detail holds the query, those that start with it first.
fn find(
    query: &str,
    n: u32,
    label_of: &(dyn Fn(u32) -> (String, String) + Send + Sync),
    is_wanted: impl Fn() -> bool,
) -> Vec<Match> {
    let mut starting = Vec::new();
    let mut holding = Vec::new();
    for index in 0..n {
        if index % 1_024 == 0 && !is_wanted() {
            return Vec::new();
        }
        let (label, detail) = label_of(index);
        let lower = label.to_lowercase();
        if lower.starts_with(query) {
            starting.push(Match { index, label, detail });
        } else if holding.len() < MAX_MATCHES
            && (lower.contains(query) || detail.to_lowercase().contains(query))
        {
            holding.push(Match { index, label, detail });
        }
        if starting.len() == MAX_MATCHES {
            break;
        }
    }
    starting.append(&mut holding);
    starting.truncate(MAX_MATCHES);
    starting
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn matches_that_start_with_the_query_come_first() {
        let names = ["red shoe", "blue shoe", "Shoe rack", "lamp"];
        let label_of = |index: u32| (names[index as usize].to_owned(), String::new());
        let found: Vec<u32> =
            find("shoe", 4, &label_of, || true).iter().map(|found| found.index).collect();
        assert_eq!(found, [2, 0, 1]);
        assert!(find("x", 4, &label_of, || true).is_empty());
        assert!(find("shoe", 4, &label_of, || false).is_empty());
        assert_eq!(find("", 4, &label_of, || true).len(), 4);
    }
}
