//! What to fit, on what, and where.

use egui::{ComboBox, Ui};

use super::common_form::CommonForm;
use super::knowledge_panel::KnowledgePanel;
use super::model_settings;
use super::rate::{RatePanel, is_training};
use crate::dataset::EventKind;
use crate::dataset::split::{Repeats, SplitSpec, SplitStrategy};
use crate::gui::theme::SPACE_S;
use crate::gui::view::ViewContext;
use crate::gui::views::common::{event_key, field, model_label};
use crate::gui::views::split_form::SplitDraft;
use crate::gui::widgets::{callout, primary_button, section};
use crate::model::ModelConfig;
use crate::model::bert::rate_finder::RateSweep;
use crate::workbench::{Command, OpenShop, Severity, TrainingRequest};

const DEFAULT_SEED: u64 = 42;

/// What was filled in so far. Each model keeps its own settings while another one is looked at.
pub(super) struct Form {
    models: Vec<ModelConfig>,
    chosen: usize,
    common: CommonForm,
    split: SplitDraft,
    repeats: Repeats,
    kinds: Vec<EventKind>,
    knowledge: KnowledgePanel,
}

impl Default for Form {
    fn default() -> Self {
        let models = ModelConfig::all();
        let chosen = models.iter().position(ModelConfig::is_neural).unwrap_or_default();
        Self {
            models,
            chosen,
            common: CommonForm::with_seed(DEFAULT_SEED),
            split: SplitDraft::default(),
            repeats: Repeats::default(),
            kinds: Vec::new(),
            knowledge: KnowledgePanel::default(),
        }
    }
}

impl Form {
    pub(super) fn ui(
        &mut self,
        ui: &mut Ui,
        cx: &mut ViewContext<'_>,
        shop: &OpenShop,
        rate: &mut RatePanel,
    ) {
        section(ui, cx.theme, cx.tr("training-form"), |ui| {
            ui.spacing_mut().item_spacing.y = SPACE_S;
            self.model_ui(ui, cx);
            self.start_ui(ui, cx, shop);
            ui.separator();
            model_settings::show(ui, cx, &mut self.models[self.chosen]);
            self.knowledge.ui(ui, cx, &self.models[self.chosen], shop, self.common.seed);
            ui.separator();
            self.rate_ui(ui, cx, shop, rate);
            ui.separator();
            self.split_ui(ui, cx, shop);
            self.events_ui(ui, cx, shop);
            ui.separator();
            let is_neural = self.models[self.chosen].is_neural();
            self.common.ui(ui, cx, is_neural);
        });
    }

    fn rate_ui(
        &mut self,
        ui: &mut Ui,
        cx: &mut ViewContext<'_>,
        shop: &OpenShop,
        rate: &mut RatePanel,
    ) {
        let model = &self.models[self.chosen];
        if !model.is_neural() {
            return;
        }
        let command = self.is_ready(shop).then(|| Command::FindRate(self.request(cx, shop)));
        if let Some(sweep) = rate.ui(ui, cx, model.name(), command) {
            take_over(&mut self.models[self.chosen], &sweep);
        }
    }

    fn model_ui(&mut self, ui: &mut Ui, cx: &ViewContext<'_>) {
        let label = cx.tr("training-model");
        field(ui, cx.theme, label, |ui| {
            let shown = model_label(cx.text, self.models[self.chosen].name());
            let combo = ComboBox::from_id_salt("model")
                .width(ui.available_width())
                .selected_text(shown)
                .show_ui(ui, |ui| {
                    for (index, model) in self.models.iter().enumerate() {
                        ui.selectable_value(
                            &mut self.chosen,
                            index,
                            model_label(cx.text, model.name()),
                        );
                    }
                });
            combo.response.accessible_name(label);
        });
        let key = format!("model-{}-hint", self.models[self.chosen].name());
        ui.add(egui::Label::new(cx.theme.small(cx.text.tr(&key))).wrap());
    }

    fn start_ui(&self, ui: &mut Ui, cx: &mut ViewContext<'_>, shop: &OpenShop) {
        let config = &self.models[self.chosen];
        let problem = model_settings::problem(config);
        let has_events = !shop.dataset.interactions.is_empty();
        ui.add_enabled_ui(self.is_ready(shop), |ui| {
            if primary_button(ui, cx.theme, cx.tr("training-start")).clicked() {
                cx.send(Command::StartTraining(self.request(cx, shop)));
            }
        });
        if is_training(cx.state) {
            ui.label(cx.theme.small(cx.tr("training-busy")));
        }
        if !has_events {
            callout(ui, cx.theme, Severity::Warning, cx.tr("training-no-events"));
        }
        if let Some(problem) = problem {
            callout(ui, cx.theme, Severity::Error, &problem);
        }
    }

    /// Whether a training could be started.
    fn is_ready(&self, shop: &OpenShop) -> bool {
        !shop.dataset.interactions.is_empty()
            && self.split.is_complete(&shop.dataset)
            && model_settings::problem(&self.models[self.chosen]).is_none()
    }

    fn request(&self, cx: &ViewContext<'_>, shop: &OpenShop) -> TrainingRequest {
        TrainingRequest {
            name: self.common.name.trim().to_owned(),
            config: self.models[self.chosen].clone(),
            split: self.split(shop),
            seed: self.common.seed,
            device: self.common.device(cx),
        }
    }

    fn split(&self, shop: &OpenShop) -> SplitSpec {
        let strategy = self.split.strategy(&shop.dataset).unwrap_or(SplitStrategy::LastOne);
        SplitSpec { strategy, kinds: self.kinds.clone(), repeats: self.repeats }
    }

    fn split_ui(&mut self, ui: &mut Ui, cx: &ViewContext<'_>, shop: &OpenShop) {
        self.split.ui(ui, cx, shop.dataset.has_times);
        let mut merges = self.repeats == Repeats::MergeConsecutive;
        ui.checkbox(&mut merges, cx.tr("split-merge")).on_hover_text(cx.tr("split-merge-hint"));
        self.repeats = if merges { Repeats::MergeConsecutive } else { Repeats::Keep };
    }

    fn events_ui(&mut self, ui: &mut Ui, cx: &ViewContext<'_>, shop: &OpenShop) {
        let Some(overview) = cx.state.overview.value() else { return };
        let _ = shop;
        ui.label(cx.theme.small(cx.tr("training-kinds")));
        ui.horizontal_wrapped(|ui| {
            for (&kind, &count) in &overview.description.events_by_type {
                if count > 0 && kind != EventKind::Search {
                    self.kind_ui(ui, cx, kind);
                }
            }
        });
    }

    /// No kind ticked by hand means every kind but returns, which is what the boxes then show.
    fn kind_ui(&mut self, ui: &mut Ui, cx: &ViewContext<'_>, kind: EventKind) {
        let counts = |kinds: &[EventKind], kind| {
            if kinds.is_empty() { kind != EventKind::Return } else { kinds.contains(&kind) }
        };
        let mut is_counted = counts(&self.kinds, kind);
        if ui.checkbox(&mut is_counted, cx.text.tr(event_key(kind))).changed() {
            if self.kinds.is_empty() {
                self.kinds = EventKind::ALL.into_iter().filter(|&kind| counts(&[], kind)).collect();
            }
            self.kinds.retain(|&known| known != kind);
            if is_counted {
                self.kinds.push(kind);
                self.kinds.sort_unstable();
            }
        }
    }
}

/// Put what was found into the settings.
const fn take_over(config: &mut ModelConfig, sweep: &RateSweep) {
    match config {
        ModelConfig::Bert(settings) => {
            settings.encoder_learning_rate = sweep.encoder_rate;
            settings.head_learning_rate = sweep.head_rate;
        }
        ModelConfig::Sasrec(settings) | ModelConfig::Bert4rec(settings) => {
            settings.learning_rate = sweep.encoder_rate;
        }
        ModelConfig::Popularity | ModelConfig::Markov(_) | ModelConfig::ItemKnn(_) => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_form_starts_with_the_neural_model_and_its_own_defaults() {
        let form = Form::default();
        assert!(form.models[form.chosen].is_neural());
        assert_eq!(form.models, ModelConfig::all());
    }
}
