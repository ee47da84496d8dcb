//! What the catalogue knows, from the command to what views read.

use std::path::Path;

use super::text_tests::{PATIENCE, workbench};
use super::{Command, KnowledgeRequest, KnownRequest, Workbench};
use crate::ids::ItemIdx;
use crate::model::knowledge::config::{KnowledgeConfig, KnowledgeUse};
use crate::model::knowledge::{Gap, Relation, Shared};

fn request() -> KnowledgeRequest {
    let config = KnowledgeConfig { used: KnowledgeUse::Graph, ..KnowledgeConfig::default() };
    KnowledgeRequest { config, seed: 3 }
}

/// The same with a file of rules.
fn with_rules(folder: &Path, rules: &str) -> KnowledgeRequest {
    let path = folder.join("rules.txt");
    std::fs::write(&path, rules).expect("written");
    let config = KnowledgeConfig { rules: Some(path), ..request().config };
    KnowledgeRequest { config, ..request() }
}

fn learn(workbench: &mut Workbench, request: KnowledgeRequest) {
    workbench.send(Command::LearnKnowledge(request));
    assert!(workbench.settle(PATIENCE, |_| ()));
}

#[test]
fn the_catalogue_becomes_a_graph_with_its_quality_and_neighbours() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut workbench = workbench(folder.path());
    let rules = "brand:Pine goes_with category:Lamps\np01 complements p04\nvalue:up x value:down";
    let asked = with_rules(folder.path(), rules);
    learn(&mut workbench, asked.clone());
    let dataset = workbench.state().shop.value().expect("a shop").dataset.clone();
    let item = |id: &str| dataset.item(id).expect("a product");
    workbench.send(Command::LookAtKnown(KnownRequest { item: item("p01"), k: 11 }));
    assert!(workbench.settle(PATIENCE, |_| ()));
    let state = workbench.state();
    let learned = state.knowledge.value().expect("a graph");
    assert_eq!(learned.request, asked);
    let report = &learned.report;
    assert_eq!((report.products, report.rules), (dataset.n_items(), 3));
    assert!(report.links.is_some_and(|links| links.held_out > 0), "{report:?}");
    let count = |column: &crate::dataset::TextColumn, wanted| {
        (0..dataset.n_items()).filter(|&row| column.get(row) == Some(wanted)).count()
    };
    let pine = count(&dataset.catalog.brands, "Pine");
    let lamps = count(&dataset.catalog.categories, "Lamps");
    let uses: Vec<[usize; 3]> = report
        .rule_uses
        .iter()
        .map(|rule| [rule.line, rule.head_products, rule.tail_products])
        .collect();
    assert_eq!(uses, [[1, pine, lamps], [2, 1, 1], [3, 0, 0]]);
    assert!(pine > 0 && lamps > 0);
    assert_eq!(report.gaps, [Gap::IdleRules(1)]);

    let known = state.known_product.value().expect("a product");
    assert_eq!((known.request.item, known.product.near.len()), (item("p01"), 11));
    assert!(known.product.text.contains("complements Head lamp"), "{}", known.product.text);
    let other = known.product.near.iter().find(|one| one.item == item("p02")).expect("a neighbour");
    assert_eq!(other.shared, [Shared::To(Relation::Category, "Tents".to_owned())]);

    // Another graph has other neighbours.
    learn(&mut workbench, request());
    assert!(workbench.state().known_product.is_idle());
}

#[test]
fn a_missing_file_or_column_is_said_and_the_graph_of_before_stays() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut workbench = workbench(folder.path());
    workbench.send(Command::LookAtKnown(KnownRequest { item: ItemIdx(0), k: 3 }));
    assert_eq!(workbench.state().notices.last().expect("a notice").key, "notice-no-knowledge");
    learn(&mut workbench, request());
    let missing = Some(folder.path().join("nowhere.txt"));
    let config = KnowledgeConfig { rules: missing, ..request().config };
    learn(&mut workbench, KnowledgeRequest { config, ..request() });
    let knowledge = &workbench.state().knowledge;
    let error = knowledge.error().expect("no such file");
    assert!(error.contains("cannot read the rules") && error.contains("nowhere.txt"), "{error}");
    assert!(knowledge.value().is_some_and(|learned| learned.request == request()));

    let table = folder.path().join("table.csv");
    std::fs::write(&table, "sku,size\np01,M\n").expect("written");
    let attributes = |columns: &str| KnowledgeConfig {
        attributes: Some(table.clone()),
        attribute_columns: columns.parse().expect("names"),
        ..request().config
    };
    for (config, problem) in [
        (attributes("sku,material"), "there is no column \"material\" (found \"sku\", \"size\")"),
        (attributes(""), "knowledge_attribute_columns is \"\""),
        (KnowledgeConfig::default(), "knowledge=none asks for nothing"),
        (with_rules(folder.path(), "p01 x nobody").config, "line 1 of the rules"),
    ] {
        learn(&mut workbench, KnowledgeRequest { config, ..request() });
        let error = workbench.state().knowledge.error().expect(problem).to_owned();
        assert!(error.contains(problem), "{error}");
    }
}

#[test]
fn the_newest_request_wins_and_learning_can_be_cancelled() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut workbench = workbench(folder.path());
    let config = KnowledgeConfig { epochs: u32::MAX, ..request().config };
    let endless = KnowledgeRequest { config, ..request() };
    workbench.send(Command::LearnKnowledge(endless.clone()));
    learn(&mut workbench, request());
    let state = workbench.state();
    assert!(state.knowledge.value().is_some_and(|learned| learned.request == request()));
    workbench.send(Command::LearnKnowledge(endless));
    workbench.send(Command::CancelAnalysis);
    assert!(workbench.settle(PATIENCE, |_| ()));
    let knowledge = &workbench.state().knowledge;
    assert!(knowledge.error().is_none() && knowledge.value().is_some());
}
