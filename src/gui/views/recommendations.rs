//! What a run recommends and why, beside popularity and Markov on the same history.

mod form;
mod history;
mod lists;
mod picked;

use std::sync::Arc;

use egui::Ui;

use self::form::SourceKind;
use self::lists::Shown;
use super::common;
use crate::dataset::Dataset;
use crate::gui::files::FileKind;
use crate::gui::view::{View, ViewContext};
use crate::gui::widgets::{self, AsyncAction, Icon, SearchPicker};
use crate::ids::{DatasetRevision, ItemIdx, RunId};
use crate::runs::{Run, RunStatus};
use crate::workbench::{Command, HistorySource, RecommendRequest, RecommendationSet, State};

/// The page on recommendations.
pub struct RecommendationsView {
    source: SourceKind,
    /// The history put together by hand, oldest first.
    items: Vec<ItemIdx>,
    k: usize,
    filter_viewed: bool,
    /// What was asked last, so that nothing is asked twice or again after a cancel.
    asked: Option<(DatasetRevision, RecommendRequest)>,
    /// The shop in which the most active shopper was picked for a start.
    offered: Option<DatasetRevision>,
    shown: Shown,
    shopper_picker: SearchPicker,
    item_picker: SearchPicker,
}

impl Default for RecommendationsView {
    fn default() -> Self {
        Self {
            source: SourceKind::Shopper,
            items: Vec::new(),
            k: 10,
            filter_viewed: true,
            asked: None,
            offered: None,
            shown: Shown::default(),
            shopper_picker: SearchPicker::default(),
            item_picker: SearchPicker::default(),
        }
    }
}

impl View for RecommendationsView {
    fn ui(&mut self, ui: &mut Ui, cx: &mut ViewContext<'_>) {
        let keys = ("view-recommendations", "recommendations-hint");
        common::shop_page(ui, cx, keys, export_ui, |ui, cx, shop| {
            self.shop_ui(ui, cx, &shop.dataset);
        });
    }
}

/// The run to ask: the picked one if it is finished, else the newest finished one.
pub fn chosen_run(state: &State) -> Option<&Run> {
    let finished = |run: &&Run| run.status == RunStatus::Finished;
    let picked = state.selection.run.as_ref();
    let by_id = |id: &RunId| state.runs.iter().filter(finished).find(|run| run.id == *id);
    picked.and_then(by_id).or_else(|| state.runs.iter().find(finished))
}

impl RecommendationsView {
    fn shop_ui(&mut self, ui: &mut Ui, cx: &mut ViewContext<'_>, dataset: &Arc<Dataset>) {
        self.forget_unknown(dataset);
        if self.source == SourceKind::Shopper {
            super::profiles::offer_shopper(cx, dataset, &mut self.offered);
        }
        self.form_ui(ui, cx, dataset);
        let Some(request) = self.request(cx.state) else {
            self.nothing_yet_ui(ui, cx);
            return;
        };
        self.ask(ui, cx, dataset, &request);
        let state = cx.state;
        let action = widgets::async_frame(
            ui,
            cx,
            &state.recommendations,
            |_, _| {},
            |ui, cx, set| {
                self.set_ui(ui, cx, dataset, set);
            },
        );
        if action == AsyncAction::Retry
            || (action == AsyncAction::None && is_stopped(state) && again_ui(ui, cx))
        {
            cx.send(Command::Recommend(request));
        }
    }

    /// A history put together in another shop means nothing in this one.
    fn forget_unknown(&mut self, dataset: &Dataset) {
        let is_other =
            self.asked.as_ref().is_some_and(|(revision, _)| *revision != dataset.revision);
        if is_other {
            self.items.clear();
            self.asked = None;
        }
    }

    fn request(&self, state: &State) -> Option<RecommendRequest> {
        let source = match self.source {
            SourceKind::Shopper => HistorySource::User(state.selection.user?),
            SourceKind::ByHand if self.items.is_empty() => return None,
            SourceKind::ByHand => HistorySource::Items(self.items.clone()),
        };
        let run = chosen_run(state).map(|run| run.id.clone());
        Some(RecommendRequest { run, source, k: self.k, filter_viewed: self.filter_viewed })
    }

    /// Ask once per request, and not while a slider is being dragged.
    fn ask(
        &mut self,
        ui: &Ui,
        cx: &mut ViewContext<'_>,
        dataset: &Dataset,
        request: &RecommendRequest,
    ) {
        let is_asked = self
            .asked
            .as_ref()
            .is_some_and(|(revision, asked)| *revision == dataset.revision && asked == request);
        if is_asked || ui.input(|input| input.pointer.any_down()) {
            return;
        }
        self.asked = Some((dataset.revision.clone(), request.clone()));
        cx.send(Command::Recommend(request.clone()));
    }

    fn nothing_yet_ui(&mut self, ui: &mut Ui, cx: &mut ViewContext<'_>) {
        let text = cx.text;
        match self.source {
            SourceKind::Shopper => {
                let (title, hint) = (
                    text.tr("recommendations-pick-shopper"),
                    text.tr("recommendations-pick-shopper-hint"),
                );
                if widgets::empty_state(
                    ui,
                    cx.theme,
                    Icon::Person,
                    title,
                    hint,
                    Some(text.tr("profiles-most-active")),
                ) {
                    super::profiles::pick_most_active(cx);
                }
            }
            SourceKind::ByHand => {
                let (title, hint) = (
                    text.tr("recommendations-add-first"),
                    text.tr("recommendations-add-first-hint"),
                );
                widgets::empty_state(ui, cx.theme, Icon::Plus, title, hint, None);
            }
        }
    }

    fn set_ui(
        &mut self,
        ui: &mut Ui,
        cx: &mut ViewContext<'_>,
        dataset: &Arc<Dataset>,
        set: &Arc<RecommendationSet>,
    ) {
        let is_by_hand = self.source == SourceKind::ByHand;
        history::strip_ui(ui, cx, dataset, set, is_by_hand.then_some(&mut self.items));
        if let Some(item) = picked::picked_ui(ui, cx, dataset) {
            self.add(item);
        }
        self.shown.update(cx, dataset, set);
        if let Some(item) = lists::lists_ui(ui, cx, dataset, &self.shown, set) {
            self.add(item);
        }
    }

    /// Put a product at the end of the history by hand, starting one if the source was a shopper.
    fn add(&mut self, item: ItemIdx) {
        self.source = SourceKind::ByHand;
        self.items.push(item);
    }
}

/// Whether nothing is there, nothing is on its way and nothing failed: the job was cancelled.
fn is_stopped(state: &State) -> bool {
    state.recommendations.is_idle() && state.recommendations.value().is_none()
}

fn again_ui(ui: &mut Ui, cx: &ViewContext<'_>) -> bool {
    widgets::primary_button(ui, cx.theme, cx.tr("recommendations-again")).clicked()
}

fn export_ui(ui: &mut Ui, cx: &mut ViewContext<'_>) {
    let state = cx.state;
    let (Some(shop), Some(set)) = (state.shop.value(), state.recommendations.value()) else {
        return;
    };
    if ui.button(cx.tr("recommendations-export")).clicked() {
        let table = lists::table(cx.text, &shop.dataset, set);
        let content = Box::new(move || Ok(table.to_csv().into_bytes()));
        cx.files.save("recommendations", FileKind::Csv, content);
    }
    common::simulated_note(ui, cx, &shop.dataset);
}
