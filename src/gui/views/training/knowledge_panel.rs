//! What the catalogue knows, as the form's settings read it: learned to be looked at before a training.

use std::sync::Arc;

use egui::{CollapsingHeader, Label, Ui};

use super::knowledge_near::NearPanel;
use super::{knowledge_facts, knowledge_facts::relation_words};
use crate::gui::theme::SPACE_S;
use crate::gui::view::ViewContext;
use crate::gui::views::common;
use crate::gui::widgets::{AsyncAction, Bar, async_frame, bar_list, callout};
use crate::model::ModelConfig;
use crate::model::knowledge::config::{KnowledgeConfig, KnowledgeUse};
use crate::model::knowledge::{Gap, KnowledgeReport, Relation};
use crate::workbench::{Command, KnowledgeRequest, KnowledgeResult, OpenShop, Severity};

/// Relations that have a bar of their own.
const BARS: usize = 8;

/// The panel with the product that is looked at.
#[derive(Default)]
pub(super) struct KnowledgePanel {
    near: NearPanel,
}

/// What is learned to be looked at: as a graph, also where a training would not use it as one.
fn looked_at(config: &KnowledgeConfig) -> KnowledgeConfig {
    let used = match config.used {
        KnowledgeUse::None | KnowledgeUse::Graph => KnowledgeUse::Graph,
        KnowledgeUse::Text | KnowledgeUse::Both => KnowledgeUse::Both,
    };
    KnowledgeConfig { used, ..config.clone() }
}

impl KnowledgePanel {
    /// A button to learn it; then its progress, the graph, its quality and a product's nearest. Nothing for a
    /// model that takes nothing from the catalogue.
    pub(super) fn ui(
        &mut self,
        ui: &mut Ui,
        cx: &mut ViewContext<'_>,
        config: &ModelConfig,
        shop: &OpenShop,
        seed: u64,
    ) {
        let Some(knowledge) = config.knowledge() else { return };
        let header = CollapsingHeader::new(cx.tr("catalogue-title")).id_salt("catalogue-knows");
        header.default_open(true).show_unindented(ui, |ui| {
            ui.add(Label::new(cx.theme.small(cx.tr("catalogue-hint"))).wrap());
            if knowledge.used == KnowledgeUse::None {
                ui.add(Label::new(cx.theme.small(cx.tr("catalogue-unused"))).wrap());
            }
            let request = KnowledgeRequest { config: looked_at(knowledge), seed };
            self.learned_ui(ui, cx, shop, &request);
        });
    }

    fn learned_ui(
        &mut self,
        ui: &mut Ui,
        cx: &mut ViewContext<'_>,
        shop: &OpenShop,
        request: &KnowledgeRequest,
    ) {
        let state = cx.state;
        if state.knowledge.pending().is_none() {
            let is_ready = request.config.check().is_ok();
            let button = ui.add_enabled(is_ready, egui::Button::new(cx.tr("catalogue-learn")));
            if button.on_hover_text(cx.tr("catalogue-learn-hint")).clicked() {
                cx.send(Command::LearnKnowledge(request.clone()));
            }
        }
        let show = |ui: &mut Ui, cx: &mut ViewContext<'_>, result: &Arc<KnowledgeResult>| {
            if result.request != *request {
                callout(ui, cx.theme, Severity::Warning, cx.tr("catalogue-stale"));
            }
            common::simulated_note(ui, cx, &shop.dataset);
            counts_ui(ui, cx, shop, &result.report);
            gaps_ui(ui, cx, &result.report);
            knowledge_facts::examples(ui, cx, &result.report);
            knowledge_facts::rules(ui, cx, &result.report);
            knowledge_facts::links(ui, cx, result);
            self.near.ui(ui, cx, shop, result);
        };
        let action = async_frame(ui, cx, &state.knowledge, |_, _| {}, show);
        if action == AsyncAction::Retry {
            cx.send(Command::LearnKnowledge(request.clone()));
        }
    }
}

/// Of how much the graph is made, and the facts of each relation.
fn counts_ui(ui: &mut Ui, cx: &ViewContext<'_>, shop: &OpenShop, report: &KnowledgeReport) {
    let counts = cx.tr_with(
        "catalogue-counts",
        &[
            ("products", report.products.into()),
            ("all", shop.dataset.n_items().into()),
            ("entities", report.entities.into()),
            ("facts", report.n_facts().into()),
            ("rules", report.rules.into()),
        ],
    );
    ui.add(Label::new(counts).wrap());
    let (shown, more) = report.facts.split_at(report.facts.len().min(BARS));
    let bar = |(name, count): &(String, usize)| Bar {
        label: relation_words(cx, &Relation::named(name)),
        value: *count as f64,
        text: cx.text.count(*count),
        color: None,
        marker: None,
    };
    bar_list(ui, cx.theme, &shown.iter().map(bar).collect::<Vec<_>>(), None);
    if !more.is_empty() {
        let facts: usize = more.iter().map(|(_, count)| count).sum();
        let words = [("relations", more.len().into()), ("facts", facts.into())];
        ui.label(cx.theme.small(cx.tr_with("catalogue-more-relations", &words)));
    }
    ui.add_space(SPACE_S);
}

/// What was asked for in vain.
fn gaps_ui(ui: &mut Ui, cx: &ViewContext<'_>, report: &KnowledgeReport) {
    for gap in &report.gaps {
        let words = match gap {
            Gap::Categories => cx.tr("catalogue-gap-categories").to_owned(),
            Gap::Brands => cx.tr("catalogue-gap-brands").to_owned(),
            Gap::Prices => cx.tr("catalogue-gap-prices").to_owned(),
            Gap::NoRules => cx.tr("catalogue-gap-no-rules").to_owned(),
            Gap::Attribute(name) => {
                cx.tr_with("catalogue-gap-attribute", &[("column", name.as_str().into())])
            }
            Gap::IdleRules(rules) => {
                cx.tr_with("catalogue-gap-idle-rules", &[("rules", (*rules).into())])
            }
        };
        callout(ui, cx.theme, Severity::Warning, &words);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_graph_is_looked_at_whatever_a_training_uses() {
        for (used, looked) in [
            (KnowledgeUse::None, KnowledgeUse::Graph),
            (KnowledgeUse::Text, KnowledgeUse::Both),
            (KnowledgeUse::Graph, KnowledgeUse::Graph),
            (KnowledgeUse::Both, KnowledgeUse::Both),
        ] {
            let config = KnowledgeConfig { used, dim: 7, ..KnowledgeConfig::default() };
            let expected = KnowledgeConfig { used: looked, ..config.clone() };
            assert_eq!(looked_at(&config), expected);
        }
    }
}
