//! The lists side by side as product cards.

use std::collections::HashMap;
use std::sync::Arc;

use egui::Ui;

use crate::dataset::Dataset;
use crate::gui::text::Text;
use crate::gui::theme::{SPACE_M, SPACE_S};
use crate::gui::view::ViewContext;
use crate::gui::views::common;
use crate::gui::widgets::{self, CardContent, Table};
use crate::ids::ItemIdx;
use crate::workbench::settings::Language;
use crate::workbench::{Command, RecommendationList, RecommendationSet, RecommendedItem};

/// Reasons shown on a card; the export holds all.
const MAX_REASONS: usize = 2;
const MIN_WIDTH: f32 = 250.0;

/// What one card says.
struct Card {
    title: String,
    subtitle: String,
    score: String,
    reasons: Vec<String>,
    /// Where else it is recommended; empty where nowhere.
    overlap: String,
}

/// The texts of all cards, made when the lists or the language change.
#[derive(Default)]
pub struct Shown {
    made_for: Option<(usize, Language)>,
    lists: Vec<Vec<Card>>,
}

impl Shown {
    /// Make sure that the texts belong to `set`.
    pub fn update(
        &mut self,
        cx: &ViewContext<'_>,
        dataset: &Dataset,
        set: &Arc<RecommendationSet>,
    ) {
        let key = Some((common::identity(set), cx.text.language()));
        if self.made_for != key {
            self.made_for = key;
            let places = places(set);
            let cards = |(position, list): (usize, &RecommendationList)| {
                list.items
                    .iter()
                    .map(|one| card_of(cx.text, dataset, set, &places, position, one))
                    .collect()
            };
            self.lists = set.lists.iter().enumerate().map(cards).collect();
        }
    }
}

/// In which lists a product stands, and on which rank.
fn places(set: &RecommendationSet) -> HashMap<ItemIdx, Vec<(usize, u32)>> {
    let mut places: HashMap<ItemIdx, Vec<(usize, u32)>> = HashMap::new();
    for (position, list) in set.lists.iter().enumerate() {
        for one in &list.items {
            places.entry(one.item).or_default().push((position, one.rank));
        }
    }
    places
}

fn card_of(
    text: &Text,
    dataset: &Dataset,
    set: &RecommendationSet,
    places: &HashMap<ItemIdx, Vec<(usize, u32)>>,
    list: usize,
    one: &RecommendedItem,
) -> Card {
    let score = text.tr_with(
        "recommendations-score",
        &[("rank", f64::from(one.rank).into()), ("score", score_text(text, one.score).into())],
    );
    let others: Vec<String> = places[&one.item]
        .iter()
        .filter(|&&(position, _)| position != list)
        .map(|&(position, rank)| format!("{} #{rank}", list_label(text, &set.lists[position])))
        .collect();
    let overlap = if others.is_empty() {
        String::new()
    } else {
        text.tr_with("recommendations-also", &[("lists", others.join(", ").into())])
    };
    let reasons = one
        .why
        .iter()
        .take(MAX_REASONS)
        .map(|reason| common::reason_sentence(text, dataset, reason))
        .collect();
    Card {
        title: dataset.item_label(one.item).to_owned(),
        subtitle: common::product_line(text, dataset, one.item),
        score,
        reasons,
        overlap,
    }
}

/// Scores live on the scale of their model: probabilities, logits, counts.
fn score_text(text: &Text, score: f32) -> String {
    let decimals = match score.abs() {
        large if large >= 100.0 => 0,
        middle if middle >= 1.0 => 2,
        _ => 4,
    };
    text.number(f64::from(score), decimals)
}

/// What a list is called.
pub fn list_label(text: &Text, list: &RecommendationList) -> String {
    match list.run {
        Some(_) => list.label.clone(),
        None => common::model_label(text, list.model),
    }
}

/// The columns. Gives back a product to add to the history.
pub fn lists_ui(
    ui: &mut Ui,
    cx: &mut ViewContext<'_>,
    dataset: &Dataset,
    shown: &Shown,
    set: &RecommendationSet,
) -> Option<ItemIdx> {
    let mut added = None;
    let fit = common::columns_that_fit(ui, MIN_WIDTH, set.lists.len().max(1));
    for (row, lists) in set.lists.chunks(fit).enumerate() {
        common::columns(ui, lists.len().max(1), |columns| {
            for (position, (list, column)) in lists.iter().zip(columns).enumerate() {
                let Some(cards) = shown.lists.get(row * fit + position) else { continue };
                column.push_id(row * fit + position, |ui| {
                    added = list_ui(ui, cx, dataset, list, cards).or(added);
                });
            }
        });
        ui.add_space(SPACE_M);
    }
    added
}

fn list_ui(
    ui: &mut Ui,
    cx: &mut ViewContext<'_>,
    dataset: &Dataset,
    list: &RecommendationList,
    cards: &[Card],
) -> Option<ItemIdx> {
    let (text, theme) = (cx.text, cx.theme);
    let mut added = None;
    ui.spacing_mut().item_spacing.y = SPACE_S;
    ui.horizontal_wrapped(|ui| {
        ui.label(theme.heading(list_label(text, list)));
        let color = if list.run.is_some() { theme.accent } else { theme.category(7) };
        let kind =
            if list.run.is_some() { "recommendations-run" } else { "recommendations-baseline" };
        widgets::badge(ui, theme, color, text.tr(kind));
    });
    ui.label(theme.small(
        text.tr_with("recommendations-latency", &[("time", text.millis(list.latency_ms).into())]),
    ));
    if list.items.is_empty() {
        ui.label(theme.weak(text.tr("recommendations-list-empty")));
    }
    for (one, card) in list.items.iter().zip(cards) {
        let content = CardContent {
            title: &card.title,
            subtitle: &card.subtitle,
            category: dataset.catalog.categories.get(one.item.index()),
            score: Some(&card.score),
            reasons: &card.reasons,
            note: Some(card.overlap.as_str()).filter(|note| !note.is_empty()),
            is_selected: cx.state.selection.item == Some(one.item),
        };
        let response = widgets::product_card(ui, theme, ui.available_width(), &content);
        if response.clicked() {
            cx.send(Command::SelectItem(Some(one.item)));
        }
        if response.double_clicked() {
            added = Some(one.item);
        }
        response.context_menu(|ui| {
            if ui.button(text.tr("recommendations-add-picked")).clicked() {
                added = Some(one.item);
            }
        });
    }
    added
}

/// All lists as one table, with every reason.
pub fn table(text: &Text, dataset: &Dataset, set: &RecommendationSet) -> Table {
    let columns = ["list", "rank", "id", "title", "score", "why"];
    let rows = set
        .lists
        .iter()
        .flat_map(|list| {
            list.items.iter().map(move |one| {
                let why: Vec<String> = one
                    .why
                    .iter()
                    .map(|reason| common::reason_sentence(text, dataset, reason))
                    .collect();
                vec![
                    list_label(text, list),
                    one.rank.to_string(),
                    dataset.items.external(one.item.0).to_owned(),
                    dataset.item_label(one.item).to_owned(),
                    one.score.to_string(),
                    why.join("; "),
                ]
            })
        })
        .collect();
    Table::from_rows(columns.map(str::to_owned).to_vec(), rows)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::History;
    use crate::workbench::HistorySource;

    fn list(model: &'static str, items: &[u32]) -> RecommendationList {
        let items = items
            .iter()
            .zip(1..)
            .map(|(&item, rank)| RecommendedItem {
                item: ItemIdx(item),
                score: 0.5,
                rank,
                why: Vec::new(),
            })
            .collect();
        RecommendationList { run: None, model, label: model.to_owned(), items, latency_ms: 1.0 }
    }

    #[test]
    fn shared_products_are_found_with_their_ranks() {
        let set = RecommendationSet {
            source: HistorySource::Items(Vec::new()),
            history: History::default(),
            lists: vec![list("a", &[3, 5]), list("b", &[5, 8])],
        };
        let places = places(&set);
        assert_eq!(places[&ItemIdx(5)], [(0, 2), (1, 1)]);
        assert_eq!(places[&ItemIdx(8)], [(1, 2)]);
    }
}
