//! How shoppers move: a Markov chain over events, categories or products, as a heatmap, a graph and
//! lists.

mod chain;
mod graph;
mod graph_paint;
mod lists;
mod matrix;
mod notes;
mod options;

use std::sync::Arc;

use egui::Ui;

use self::chain::Chain;
use self::options::{GraphOptions, PicturedOptions};
use super::common;
use super::derived::Derived;
use crate::analysis::transitions::TransitionOptions;
use crate::dataset::Dataset;
use crate::gui::view::{View, ViewContext};
use crate::gui::widgets::{self, AsyncAction, Heatmap, Icon};
use crate::ids::DatasetRevision;
use crate::workbench::{Command, TransitionResult};

/// The page on transitions.
pub struct TransitionsView {
    options: TransitionOptions,
    pictured: PicturedOptions,
    /// What was asked last, so that nothing is asked twice or again after a cancel.
    asked: Option<(DatasetRevision, TransitionOptions)>,
    chain: Derived<Arc<Chain>>,
    heatmap: Heatmap,
    selected: Option<usize>,
}

impl Default for TransitionsView {
    fn default() -> Self {
        Self {
            // With a beginning and an end the picture says where shoppers come in and drop out.
            options: TransitionOptions { boundaries: true, ..TransitionOptions::default() },
            pictured: PicturedOptions::default(),
            asked: None,
            chain: Derived::default(),
            heatmap: Heatmap::default(),
            selected: None,
        }
    }
}

impl View for TransitionsView {
    fn ui(&mut self, ui: &mut Ui, cx: &mut ViewContext<'_>) {
        let keys = ("view-transitions", "transitions-hint");
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

impl TransitionsView {
    fn shop_ui(&mut self, ui: &mut Ui, cx: &mut ViewContext<'_>, dataset: &Arc<Dataset>) {
        options::options_ui(ui, cx, dataset, &mut self.options, &mut self.pictured);
        self.ask(ui, cx, dataset);
        let state = cx.state;
        let mut wants = false;
        let idle = |ui: &mut Ui, cx: &mut ViewContext<'_>| wants = idle_ui(ui, cx);
        let action = widgets::async_frame(ui, cx, &state.transitions, idle, |ui, cx, result| {
            self.result_ui(ui, cx, result);
        });
        if wants || action == AsyncAction::Retry {
            cx.send(Command::ComputeTransitions(self.options.clone()));
        }
    }

    /// Ask for the chain once per set of options, and not while a slider is being dragged.
    fn ask(&mut self, ui: &Ui, cx: &mut ViewContext<'_>, dataset: &Dataset) {
        let is_asked = |asked: &(DatasetRevision, TransitionOptions)| {
            asked.0 == dataset.revision && asked.1 == self.options
        };
        let is_dragging = ui.input(|input| input.pointer.any_down());
        if is_dragging || self.asked.as_ref().is_some_and(is_asked) {
            return;
        }
        self.asked = Some((dataset.revision.clone(), self.options.clone()));
        let ready = cx.state.transitions.value().map(|result| &result.matrix);
        if ready.is_none_or(|matrix| {
            matrix.options != self.options || matrix.revision != dataset.revision
        }) {
            cx.send(Command::ComputeTransitions(self.options.clone()));
        }
    }

    fn result_ui(&mut self, ui: &mut Ui, cx: &mut ViewContext<'_>, result: &Arc<TransitionResult>) {
        if result.matrix.is_empty() {
            let (title, hint) = (cx.tr("transitions-empty"), cx.tr("transitions-empty-hint"));
            widgets::empty_state(ui, cx.theme, Icon::Flow, title, hint, None);
            return;
        }
        self.derive(ui, cx, result);
        let Some(chain) = self.chain.value().cloned() else {
            ui.spinner();
            return;
        };
        if self.selected.is_none_or(|state| state >= chain.labels.len()) {
            self.selected = chain.by_mass.first().copied();
        }
        self.pictures_ui(ui, cx, &chain);
        self.lists_ui(ui, cx, &chain);
    }

    fn derive(&mut self, ui: &Ui, cx: &ViewContext<'_>, result: &Arc<TransitionResult>) {
        let language = cx.text.language();
        let steps = self.pictured.steps;
        let GraphOptions { threshold_percent, layout } = self.pictured.graph;
        let key = (common::identity(result), steps, threshold_percent, layout, language as u8);
        let labels = chain::Wording::of(cx.text);
        let result = result.clone();
        let graph = self.pictured.graph;
        self.chain
            .update(ui.ctx(), key, move || Arc::new(Chain::new(result, &labels, steps, graph)));
    }

    fn pictures_ui(&mut self, ui: &mut Ui, cx: &mut ViewContext<'_>, chain: &Arc<Chain>) {
        // Both pictures at once in a small window, larger ones in a large one.
        let height = (ui.clip_rect().height() * 0.58).clamp(340.0, 560.0);
        self.heatmap.height = height;
        let columns = common::columns_that_fit(ui, 430.0, 2);
        common::columns(ui, columns, |columns| {
            let last = columns.len() - 1;
            matrix::matrix_ui(&mut columns[0], cx, &mut self.heatmap, chain, &mut self.selected);
            let graph = &mut self.pictured.graph;
            lists::graph_ui(&mut columns[last], cx, chain, height, graph, &mut self.selected);
        });
    }

    fn lists_ui(&mut self, ui: &mut Ui, cx: &mut ViewContext<'_>, chain: &Arc<Chain>) {
        let columns = common::columns_that_fit(ui, 300.0, 3);
        common::columns(ui, columns, |columns| {
            let last = columns.len() - 1;
            lists::outgoing_ui(&mut columns[0], cx, chain, &mut self.selected);
            lists::stationary_ui(&mut columns[1.min(last)], cx, chain, &mut self.selected);
            notes::notes_ui(&mut columns[last], cx, chain);
        });
    }
}

/// After a cancel. True when the chain is wanted after all.
fn idle_ui(ui: &mut Ui, cx: &ViewContext<'_>) -> bool {
    let (title, hint) = (cx.tr("transitions-idle"), cx.tr("transitions-idle-hint"));
    widgets::empty_state(ui, cx.theme, Icon::Flow, title, hint, Some(cx.tr("common-compute")))
}
