//! Fitting models: what to fit, how it goes, and what came of it.

mod base_model;
mod common_form;
mod diagnosis;
mod form;
mod history;
mod history_settings;
mod hub_model;
mod knowledge_facts;
mod knowledge_near;
mod knowledge_panel;
mod knowledge_settings;
mod label_table;
mod model_settings;
mod pair_form;
mod pair_result;
mod pair_search;
mod pretrain_form;
mod progress;
mod queue;
mod rate;
mod result;
mod samples;
mod sequence_settings;
mod text_form;
mod text_result;
mod text_source;
mod text_table;

use egui::Ui;

use crate::gui::theme::{SPACE_L, SPACE_S};
use crate::gui::view::{View, ViewContext};
use crate::gui::views::common;
use crate::gui::widgets::{Icon, empty_state, page, section, segmented};
use crate::ids::RunId;
use crate::workbench::{OpenShop, State};
use common_form::CommonForm;
use form::Form;
use history::RunList;
use pair_form::PairForm;
use pretrain_form::PretrainForm;
use progress::LivePanel;
use rate::RatePanel;
use text_form::TextForm;
use text_result::TextResultPanel;

const FORM_WIDTH: f32 = 336.0;

/// What is to be trained.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
enum Kind {
    #[default]
    Recommender,
    Texts,
    Pairs,
    Pretraining,
}

/// The Training view.
#[derive(Default)]
pub struct TrainingView {
    kind: Kind,
    form: Form,
    texts: TextForm,
    pairs: PairForm,
    pretraining: PretrainForm,
    common: CommonForm,
    rate: RatePanel,
    text_result: TextResultPanel,
    live: LivePanel,
    runs: RunList,
}

impl View for TrainingView {
    fn ui(&mut self, ui: &mut Ui, cx: &mut ViewContext<'_>) {
        let (title, hint) = (cx.tr("view-training"), cx.tr("training-hint"));
        page(
            ui,
            cx,
            title,
            Some(hint),
            |_, _| (),
            |ui, cx| {
                let Some(shop) = common::open_shop(ui, cx) else { return };
                let width = ui.available_width();
                ui.horizontal_top(|ui| {
                    ui.spacing_mut().item_spacing.x = SPACE_L;
                    ui.allocate_ui(egui::vec2(FORM_WIDTH, 0.0), |ui| {
                        ui.set_width(FORM_WIDTH);
                        ui.vertical(|ui| self.form_ui(ui, cx, shop));
                    });
                    ui.vertical(|ui| {
                        ui.set_width(width - FORM_WIDTH - SPACE_L);
                        queue::ui(ui, cx);
                        self.outcome_ui(ui, cx);
                        self.runs.ui(ui, cx);
                    });
                });
            },
        );
    }
}

impl TrainingView {
    fn form_ui(&mut self, ui: &mut Ui, cx: &mut ViewContext<'_>, shop: &OpenShop) {
        let kinds = [
            (Kind::Recommender, cx.tr("training-kind-recommender")),
            (Kind::Texts, cx.tr("training-kind-texts")),
            (Kind::Pairs, cx.tr("training-kind-pairs")),
            (Kind::Pretraining, cx.tr("training-kind-pretraining")),
        ];
        segmented(ui, cx.theme, cx.tr("training-kind"), &mut self.kind, &kinds);
        ui.add_space(SPACE_S);
        match self.kind {
            Kind::Recommender => self.form.ui(ui, cx, shop, &mut self.rate),
            Kind::Texts => self.texts.ui(ui, cx, &mut self.common, &mut self.rate),
            Kind::Pairs => self.pairs.ui(ui, cx, &mut self.common, &mut self.rate),
            Kind::Pretraining => self.pretraining.ui(ui, cx, &mut self.common, &mut self.rate),
        }
    }

    fn outcome_ui(&mut self, ui: &mut Ui, cx: &mut ViewContext<'_>) {
        let state = cx.state;
        let Some(shown) = shown_run(state) else {
            section(ui, cx.theme, cx.tr("training-progress"), |ui| {
                let (title, hint) = (cx.tr("training-none"), cx.tr("training-none-hint"));
                empty_state(ui, cx.theme, Icon::Curve, title, hint, None);
            });
            return;
        };
        self.live.ui(ui, cx, &shown);
        match state.text_runs.iter().find(|run| run.id == shown) {
            Some(run) => self.text_result.ui(ui, cx, run),
            None => result::show(ui, cx, &shown),
        }
    }
}

/// The run to show: the one that trains, else the one that is picked, else the one that ended last.
fn shown_run(state: &State) -> Option<RunId> {
    let training = state.training.as_ref();
    let running =
        training.filter(|training| training.ticket.is_some()).map(|training| training.run.clone());
    running
        .or_else(|| state.selection.run.clone())
        .or_else(|| training.map(|training| training.run.clone()))
}
