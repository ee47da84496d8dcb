//! What the catalogue knows of products.

use serde_json::{Value, json};

use super::arguments::KnowledgeArguments;
use super::learn::with_settings;
use super::session::{Session, ready};
use super::{CliError, output};
use crate::dataset::Dataset;
use crate::ids::ItemIdx;
use crate::model::bert::device::DeviceChoice;
use crate::model::knowledge::config::{KnowledgeConfig, KnowledgeUse};
use crate::model::knowledge::{KnowledgeReport, KnownProduct, NearProduct, TailRanks};
use crate::workbench::{Command, KnowledgeRequest, KnownRequest};

/// Lines of the file of rules that are printed.
const MOST_RULES: usize = 20;

/// `shelfwise knowledge`
pub(super) fn knowledge(arguments: &KnowledgeArguments) -> Result<(), CliError> {
    let base = KnowledgeConfig { used: KnowledgeUse::Graph, ..KnowledgeConfig::default() };
    let (file, pairs) = (arguments.config.as_deref(), &arguments.settings);
    let config: KnowledgeConfig = with_settings(&base, "knowledge", file, pairs)?;
    config.check().map_err(CliError::usage)?;
    if config.used == KnowledgeUse::None {
        let what = "knowledge=none asks for nothing; choose text, graph or both";
        return Err(CliError::usage(what));
    }
    let mut session = Session::open(&arguments.project, DeviceChoice::Cpu)?;
    let dataset = session.dataset()?;
    let item = arguments.item.as_deref().map(|id| session.item(id)).transpose()?;
    let request = KnowledgeRequest { config, seed: arguments.seed };
    session.run(Command::LearnKnowledge(request))?;
    ready(&session.state().knowledge)?;
    if let Some(item) = item {
        session.run(Command::LookAtKnown(KnownRequest { item, k: arguments.k }))?;
    }
    let learned = ready(&session.state().knowledge)?;
    let known = item.map(|_| ready(&session.state().known_product)).transpose()?;
    let product = known.map(|known| &known.product);
    if arguments.json {
        return output::json(&json!({
            "revision": dataset.revision,
            "settings": learned.request.config,
            "knowledge": learned.report,
            "product": product.map(|product| product_json(&dataset, product)),
        }));
    }
    print_report(&learned.report);
    if let Some(product) = product {
        print_product(&dataset, product);
    }
    Ok(())
}

fn product_json(dataset: &Dataset, product: &KnownProduct) -> Value {
    let id = |item: ItemIdx| dataset.items.external(item.0);
    let near =
        |one: &NearProduct| json!({"id": id(one.item), "score": one.cosine, "shared": one.shared});
    let near: Vec<_> = product.near.iter().map(near).collect();
    json!({"id": id(product.item), "text": product.text, "neighbours": near})
}

fn print_report(report: &KnowledgeReport) {
    output::line(&format!(
        "{} products of which something is known, {} entities, {} facts, {} of them from rules",
        report.products,
        report.entities,
        report.n_facts(),
        report.rules
    ));
    for gap in &report.gaps {
        output::line(&format!("note: {gap}"));
    }
    let counts = report.facts.iter().map(|(name, count)| vec![name.clone(), count.to_string()]);
    output::table(&["relation", "facts"], &counts.collect::<Vec<_>>());
    print_rules(report);
    let Some(links) = &report.links else {
        output::line("no fact could be held out: too few of them");
        return;
    };
    output::line("");
    output::line(&format!(
        "{} facts held out, the right one of {} entities to be told:",
        links.held_out, links.entities
    ));
    let row = |name: &str, ranks: TailRanks| {
        vec![name.to_owned(), format!("{:.3}", ranks.hits_at_10), format!("{:.1}", ranks.mean_rank)]
    };
    let rows = [row("vectors", links.vectors), row("popularity", links.popularity)];
    output::table(&["by", "hits@10", "mean rank"], &rows);
}

fn print_rules(report: &KnowledgeReport) {
    if report.rule_uses.is_empty() {
        return;
    }
    output::line("");
    let rows = report.rule_uses.iter().take(MOST_RULES).map(|rule| {
        let counts = [rule.line, rule.head_products, rule.tail_products];
        let counts = counts.iter().map(ToString::to_string);
        std::iter::once(rule.fact.to_string()).chain(counts).collect::<Vec<_>>()
    });
    output::table(&["rule", "line", "products", "to products"], &rows.collect::<Vec<_>>());
    if let Some(more) = report.rule_uses.len().checked_sub(MOST_RULES).filter(|&more| more > 0) {
        output::line(&format!("and {more} more; --json tells all"));
    }
}

fn print_product(dataset: &Dataset, product: &KnownProduct) {
    output::line("");
    output::line(&product.text);
    let name = |item: ItemIdx| {
        let title = dataset.catalog.titles.get(item.index()).unwrap_or_default();
        format!("{} {title}", dataset.items.external(item.0))
    };
    let row = |one: &NearProduct| vec![name(one.item), format!("{:.4}", one.cosine)];
    let rows: Vec<Vec<String>> = product.near.iter().map(row).collect();
    output::table(&["nearest", "cosine"], &rows);
}
