//! The facts of the catalogue in words: examples, rules, and how well the vectors tell those that were held out.

use egui::{CollapsingHeader, Label, Ui};

use super::text_table::text_table;
use crate::gui::theme::ROW_HEIGHT;
use crate::gui::view::ViewContext;
use crate::gui::widgets::{TableColumn, TableSpec, callout, data_table, text_cell};
use crate::model::knowledge::{KnowledgeReport, LinkQuality, NamedFact, Relation, TailRanks};
use crate::workbench::{KnowledgeResult, Severity};

/// Rules in sight at once.
const RULE_ROWS: usize = 8;

/// What to call a relation.
pub(super) fn relation_words(cx: &ViewContext<'_>, relation: &Relation) -> String {
    match relation {
        Relation::Category => cx.tr("catalogue-relation-category").to_owned(),
        Relation::ParentCategory => cx.tr("catalogue-relation-parent").to_owned(),
        Relation::Brand => cx.tr("catalogue-relation-brand").to_owned(),
        Relation::PriceBand => cx.tr("catalogue-relation-price").to_owned(),
        Relation::Attribute(name) | Relation::Other(name) => name.clone(),
    }
}

/// A fact as a sentence.
pub(super) fn sentence(cx: &ViewContext<'_>, fact: &NamedFact) -> String {
    let (head, tail) = (("head", fact.head.as_str().into()), ("tail", fact.tail.as_str().into()));
    match &fact.relation {
        Relation::Category => cx.tr_with("catalogue-fact-category", &[head, tail]),
        Relation::ParentCategory => cx.tr_with("catalogue-fact-parent", &[head, tail]),
        Relation::Brand => cx.tr_with("catalogue-fact-brand", &[head, tail]),
        Relation::PriceBand => cx.tr_with("catalogue-fact-price", &[head, tail]),
        Relation::Attribute(name) => {
            let attribute = ("attribute", name.as_str().into());
            cx.tr_with("catalogue-fact-attribute", &[head, attribute, tail])
        }
        Relation::Other(words) => {
            let relation = ("relation", words.as_str().into());
            cx.tr_with("catalogue-fact-other", &[head, relation, tail])
        }
    }
}

/// A few facts of each relation.
pub(super) fn examples(ui: &mut Ui, cx: &ViewContext<'_>, report: &KnowledgeReport) {
    let header = CollapsingHeader::new(cx.tr("catalogue-examples")).id_salt("catalogue-examples");
    header.show_unindented(ui, |ui| {
        for fact in &report.examples {
            ui.add(Label::new(cx.theme.small(sentence(cx, fact))).wrap());
        }
    });
}

/// The lines of the file of rules, where there is one, with the products that they speak of.
pub(super) fn rules(ui: &mut Ui, cx: &ViewContext<'_>, report: &KnowledgeReport) {
    let uses = &report.rule_uses;
    if uses.is_empty() {
        return;
    }
    let header = CollapsingHeader::new(cx.tr("catalogue-rules")).id_salt("catalogue-rules");
    header.default_open(true).show_unindented(ui, |ui| {
        let counts = [("rules", uses.len().into()), ("added", report.rules.into())];
        let summary = cx.tr_with("catalogue-rules-summary", &counts);
        ui.add(Label::new(cx.theme.small(summary)).wrap());
        let column = |key, width, is_numeric| TableColumn {
            title: cx.tr(key),
            width,
            is_numeric,
            is_sortable: false,
        };
        let columns = [
            column("catalogue-rules-line", 44.0, true),
            column("catalogue-rules-products", 84.0, true),
            column("catalogue-rules-rule", 0.0, false),
        ];
        let rows = uses.len().min(RULE_ROWS);
        let spec = TableSpec {
            id: "catalogue-rules",
            columns: &columns,
            n_rows: uses.len(),
            selected: None,
            height: Some((rows as f32 + 1.4) * ROW_HEIGHT),
        };
        data_table(ui, cx.theme, &spec, &mut None, |ui, row, column| {
            let rule = &uses[row];
            let (head, tail) = (rule.head_products.into(), rule.tail_products.into());
            match column {
                0 => text_cell(ui, &cx.text.count(rule.line)),
                1 => {
                    let ends = [("head", head), ("tail", tail)];
                    text_cell(ui, &cx.tr_with("catalogue-rules-counts", &ends));
                }
                _ => text_cell(ui, &sentence(cx, &rule.fact)),
            }
        });
    });
}

/// How well the vectors tell held-out facts, beside what is most frequent, and how that was measured.
pub(super) fn links(ui: &mut Ui, cx: &ViewContext<'_>, result: &KnowledgeResult) {
    let header = CollapsingHeader::new(cx.tr("catalogue-links")).id_salt("catalogue-links");
    header.default_open(true).show_unindented(ui, |ui| match &result.report.links {
        None => drop(ui.label(cx.theme.weak(cx.tr("catalogue-no-links")))),
        Some(links) => quality(ui, cx, links, result.request.seed),
    });
}

fn quality(ui: &mut Ui, cx: &ViewContext<'_>, links: &LinkQuality, seed: u64) {
    let share = |ranks: &TailRanks| cx.text.percent(ranks.hits_at_10, 1);
    let is_better = links.vectors.hits_at_10 > links.popularity.hits_at_10;
    let (severity, key) = if is_better {
        (Severity::Info, "catalogue-links-better")
    } else {
        (Severity::Warning, "catalogue-links-no-better")
    };
    let shares = [
        ("vectors", share(&links.vectors).into()),
        ("popularity", share(&links.popularity).into()),
    ];
    callout(ui, cx.theme, severity, &cx.tr_with(key, &shares));
    let titles = ["catalogue-links-by", "catalogue-links-hits", "catalogue-links-rank"];
    let titles = titles.map(|key| cx.tr(key).to_owned());
    let row = |key, ranks: &TailRanks| {
        let hits = cx.text.number(ranks.hits_at_10, 3);
        vec![cx.tr(key).to_owned(), hits, cx.text.number(ranks.mean_rank, 1)]
    };
    let rows = [
        row("catalogue-links-vectors", &links.vectors),
        row("catalogue-links-popularity", &links.popularity),
    ];
    text_table(ui, cx.theme, "catalogue-links", &titles, &rows, 1);
    let protocol = cx.tr_with(
        "catalogue-links-protocol",
        &[
            ("held", links.held_out.into()),
            ("entities", links.entities.into()),
            ("seed", seed.to_string().into()),
        ],
    );
    ui.add(Label::new(cx.theme.small(protocol)).wrap());
}
