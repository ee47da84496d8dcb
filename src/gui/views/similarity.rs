//! What goes with what: a matrix of similarities ordered by cluster, the clusters, and the
//! neighbours of what is picked.

mod clusters;
mod neighbours;
mod options;
mod ordered;
mod pair;

use std::sync::Arc;

use egui::Ui;

use self::ordered::Ordered;
use super::common;
use super::derived::Derived;
use super::names::ShopperNames;
use crate::analysis::similarity::{Measure, SimilarityOptions, SimilaritySpec, Subject};
use crate::dataset::Dataset;
use crate::gui::view::{View, ViewContext};
use crate::gui::widgets::{
    self, AsyncAction, ColorScale, FigureSpec, Heatmap, HeatmapSource, Icon, SearchPicker,
};
use crate::ids::{DatasetRevision, ItemIdx, UserIdx};
use crate::workbench::{Command, NeighbourRequest, SimilarityResult};

/// The page on similarity.
#[derive(Default)]
pub struct SimilarityView {
    spec: SimilaritySpec,
    options: SimilarityOptions,
    /// What was asked last, so that nothing is asked twice or again after a cancel.
    asked: Option<(DatasetRevision, SimilaritySpec, SimilarityOptions)>,
    asked_neighbours: Option<(DatasetRevision, NeighbourRequest)>,
    /// The neighbours looked at last, to notice those that were asked for on another page.
    seen_neighbours: usize,
    ordered: Derived<Arc<Ordered>>,
    heatmap: Heatmap,
    pair: Option<(u32, u32)>,
    picker: SearchPicker,
}

impl View for SimilarityView {
    fn ui(&mut self, ui: &mut Ui, cx: &mut ViewContext<'_>) {
        let keys = ("view-similarity", "similarity-hint");
        common::shop_page(
            ui,
            cx,
            keys,
            |_, _| {},
            |ui, cx, shop| {
                self.shop_ui(ui, cx, &shop.dataset);
            },
        );
    }
}

impl SimilarityView {
    fn shop_ui(&mut self, ui: &mut Ui, cx: &mut ViewContext<'_>, dataset: &Arc<Dataset>) {
        self.adopt(cx);
        let subject = self.spec.subject;
        options::options_ui(ui, cx, dataset, &mut self.spec, &mut self.options);
        if self.spec.subject != subject {
            self.pair = None;
        }
        self.ask(ui, cx, dataset);
        self.ask_neighbours(cx, dataset);
        let state = cx.state;
        let (mut is_shown, mut wants) = (false, false);
        let idle = |ui: &mut Ui, cx: &mut ViewContext<'_>| wants = idle_ui(ui, cx);
        let action = widgets::async_frame(ui, cx, &state.similarity, idle, |ui, cx, result| {
            is_shown = true;
            self.result_ui(ui, cx, dataset, result);
        });
        if wants || action == AsyncAction::Retry {
            cx.send(Command::ComputeSimilarity(self.spec, self.options.clone()));
        }
        if !is_shown {
            self.neighbours_ui(ui, cx, dataset);
        }
    }

    /// Show the kind of neighbours that another page has asked for.
    fn adopt(&mut self, cx: &ViewContext<'_>) {
        let Some(found) = cx.state.neighbours.value() else { return };
        if self.seen_neighbours == common::identity(found) {
            return;
        }
        self.seen_neighbours = common::identity(found);
        let is_ours =
            self.asked_neighbours.as_ref().is_some_and(|(_, request)| *request == found.request);
        if !is_ours {
            self.spec = found.request.spec;
            self.pair = None;
        }
    }

    /// Ask for the matrix once per set of options, and not while a slider is being dragged.
    fn ask(&mut self, ui: &Ui, cx: &mut ViewContext<'_>, dataset: &Dataset) {
        let is_asked = self.asked.as_ref().is_some_and(|(revision, spec, options)| {
            *revision == dataset.revision && *spec == self.spec && *options == self.options
        });
        if is_asked || ui.input(|input| input.pointer.any_down()) {
            return;
        }
        self.asked = Some((dataset.revision.clone(), self.spec, self.options.clone()));
        let ready = cx.state.similarity.value();
        let is_there = ready.is_some_and(|result| {
            let matrix = &result.matrix;
            matrix.revision == dataset.revision
                && matrix.spec == self.spec
                && result.options == self.options
        });
        if !is_there {
            cx.send(Command::ComputeSimilarity(self.spec, self.options.clone()));
        }
    }

    /// Ask for the neighbours of what is picked, once.
    fn ask_neighbours(&mut self, cx: &mut ViewContext<'_>, dataset: &Dataset) {
        let Some(idx) = self.picked(cx) else { return };
        let request = NeighbourRequest { spec: self.spec, idx, k: common::NEIGHBOURS };
        let is_asked = |(revision, asked): &(DatasetRevision, NeighbourRequest)| {
            *revision == dataset.revision && *asked == request
        };
        if self.asked_neighbours.as_ref().is_some_and(is_asked) {
            return;
        }
        self.asked_neighbours = Some((dataset.revision.clone(), request));
        if cx.state.neighbours.value().is_none_or(|found| found.request != request) {
            cx.send(Command::FindNeighbours(request));
        }
    }

    /// What is picked, else the most active row of the matrix, so that there is something to look at.
    fn picked(&self, cx: &ViewContext<'_>) -> Option<u32> {
        let selection = &cx.state.selection;
        let picked = match self.spec.subject {
            Subject::Items => selection.item.map(|item| item.0),
            Subject::Users => selection.user.map(|user| user.0),
        };
        let shown = cx.state.similarity.value().map(|result| &result.matrix);
        let first = shown.filter(|matrix| matrix.spec.subject == self.spec.subject);
        picked.or_else(|| first.and_then(|matrix| matrix.ids.first().copied()))
    }

    fn result_ui(
        &mut self,
        ui: &mut Ui,
        cx: &mut ViewContext<'_>,
        dataset: &Arc<Dataset>,
        result: &Arc<SimilarityResult>,
    ) {
        if result.matrix.ids.len() < 2 {
            let (title, hint) = (cx.tr("similarity-empty"), cx.tr("similarity-empty-hint"));
            widgets::empty_state(ui, cx.theme, Icon::Grid, title, hint, None);
            return;
        }
        let source = (result.clone(), dataset.clone(), ShopperNames::new(cx));
        self.ordered.update(ui.ctx(), common::identity(result), move || {
            Arc::new(Ordered::new(source.0, &source.1, &source.2))
        });
        let Some(ordered) = self.ordered.value().cloned() else {
            ui.spinner();
            return;
        };
        if common::columns_that_fit(ui, 380.0, 2) == 1 {
            self.matrix_ui(ui, cx, &ordered);
            self.side_ui(ui, cx, dataset, &ordered);
        } else {
            common::split(ui, 0.62, |left, right| {
                self.matrix_ui(left, cx, &ordered);
                self.side_ui(right, cx, dataset, &ordered);
            });
        }
        clusters::clusters_ui(ui, cx, &ordered);
    }

    fn matrix_ui(&mut self, ui: &mut Ui, cx: &mut ViewContext<'_>, ordered: &Arc<Ordered>) {
        let text = cx.text;
        let args = [("n", ordered.len().into()), ("clusters", ordered.clusters.len().into())];
        let (hint, description) = (
            text.tr_with("similarity-matrix-hint", &args),
            text.tr_with("similarity-matrix-description", &args),
        );
        let spec = FigureSpec {
            id: "similarity-matrix",
            title: text.tr("similarity-matrix"),
            hint: Some(&hint),
            description: &description,
            file_name: "similarity",
        };
        let scale = match ordered.result.matrix.spec.measure {
            Measure::Cosine | Measure::Jaccard => {
                ColorScale::Sequential { min: 0.0, max: ordered.top }
            }
            Measure::Pearson => ColorScale::Diverging { limit: ordered.top },
        };
        let source: Arc<dyn HeatmapSource> = ordered.clone();
        let key = common::identity(ordered) as u64;
        // With its column labels in sight where the page begins.
        let room = ui.clip_rect().height() * 0.66;
        self.heatmap.height =
            (ui.available_width() * 0.78).min(room.max(380.0)).clamp(380.0, 760.0);
        self.heatmap.marked =
            self.pair.and_then(|(a, b)| Some((ordered.place_of(a)?, ordered.place_of(b)?)));
        let format = |value: f32| text.number(f64::from(value), 2);
        let answer = self.heatmap.show(ui, cx, &spec, &source, key, scale, &format);
        if let Some((row, col)) = answer.clicked {
            self.pair = Some((ordered.id_at(row), ordered.id_at(col)));
            select(cx, ordered.result.matrix.spec.subject, ordered.id_at(row));
        }
    }

    fn side_ui(
        &mut self,
        ui: &mut Ui,
        cx: &mut ViewContext<'_>,
        dataset: &Arc<Dataset>,
        ordered: &Ordered,
    ) {
        if let Some(pair) = self.pair {
            pair::pair_ui(ui, cx, dataset, ordered, pair);
        }
        self.neighbours_ui(ui, cx, dataset);
    }

    fn neighbours_ui(&mut self, ui: &mut Ui, cx: &mut ViewContext<'_>, dataset: &Arc<Dataset>) {
        let picked = self.picked(cx);
        let action =
            neighbours::neighbours_ui(ui, cx, dataset, &mut self.picker, self.spec, picked);
        if let (AsyncAction::Retry, Some(idx)) = (action, picked) {
            cx.send(Command::FindNeighbours(NeighbourRequest {
                spec: self.spec,
                idx,
                k: common::NEIGHBOURS,
            }));
        }
    }
}

/// Pick a product or shopper everywhere.
fn select(cx: &mut ViewContext<'_>, subject: Subject, idx: u32) {
    cx.send(match subject {
        Subject::Items => Command::SelectItem(Some(ItemIdx(idx))),
        Subject::Users => Command::SelectUser(Some(UserIdx(idx))),
    });
}

/// After a cancel. True when the matrix is wanted after all.
fn idle_ui(ui: &mut Ui, cx: &ViewContext<'_>) -> bool {
    let (title, hint) = (cx.tr("similarity-idle"), cx.tr("similarity-idle-hint"));
    widgets::empty_state(ui, cx.theme, Icon::Grid, title, hint, Some(cx.tr("common-compute")))
}
