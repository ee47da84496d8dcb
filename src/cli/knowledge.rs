//! What the catalogue knows of products.

use serde_json::json;

use super::arguments::KnowledgeArguments;
use super::learn::with_settings;
use super::session::Session;
use super::{CliError, output};
use crate::control::Control;
use crate::dataset::Dataset;
use crate::ids::ItemIdx;
use crate::model::bert::device::DeviceChoice;
use crate::model::knowledge::config::{KnowledgeConfig, KnowledgeUse};
use crate::model::knowledge::{Knowledge, KnowledgeReport, Neighbour, TailRanks};

/// `shelfwise knowledge`
pub(super) fn knowledge(arguments: &KnowledgeArguments) -> Result<(), CliError> {
    let base = KnowledgeConfig { used: KnowledgeUse::Graph, ..KnowledgeConfig::default() };
    let (file, pairs) = (arguments.config.as_deref(), &arguments.settings);
    let config: KnowledgeConfig = with_settings(&base, "knowledge", file, pairs)?;
    config.check().map_err(CliError::usage)?;
    let session = Session::open(&arguments.project, DeviceChoice::Cpu)?;
    let dataset = session.dataset()?;
    let item = arguments.item.as_deref().map(|id| session.item(id)).transpose()?;
    let control = Control::default();
    let known = Knowledge::new(&config, &dataset, arguments.seed, &control)
        .and_then(|known| {
            let Some(known) = known else { return Ok(None) };
            let report = known.report(&config, arguments.seed, &control)?;
            Ok(Some((known, report)))
        })
        .map_err(|error| CliError::from_error(&error))?;
    let (known, report) = known.ok_or_else(|| {
        CliError::usage("knowledge=none asks for nothing; choose text, graph or both")
    })?;
    let near = item.map(|item| (item, known.nearest(item, arguments.k)));
    if arguments.json {
        return print_json(&config, &dataset, &known, &report, near.as_ref());
    }
    print_report(&report);
    if let Some((item, near)) = near {
        print_product(&config, &dataset, &known, item, &near);
    }
    Ok(())
}

fn print_json(
    config: &KnowledgeConfig,
    dataset: &Dataset,
    known: &Knowledge,
    report: &KnowledgeReport,
    near: Option<&(ItemIdx, Vec<Neighbour>)>,
) -> Result<(), CliError> {
    let id = |item: ItemIdx| dataset.items.external(item.0);
    let product = near.map(|(item, near)| {
        let near: Vec<_> =
            near.iter().map(|one| json!({"id": id(one.item), "score": one.cosine})).collect();
        json!({"id": id(*item), "text": known.text(config, dataset, *item), "neighbours": near})
    });
    output::json(&json!({
        "revision": dataset.revision,
        "settings": config,
        "knowledge": report,
        "product": product,
    }))
}

fn print_report(report: &KnowledgeReport) {
    let all: usize = report.facts.iter().map(|(_, count)| count).sum();
    output::line(&format!(
        "{} products of which something is known, {} entities, {all} facts, {} of them from rules",
        report.products, report.entities, report.rules
    ));
    let counts = report.facts.iter().map(|(name, count)| vec![name.clone(), count.to_string()]);
    output::table(&["relation", "facts"], &counts.collect::<Vec<_>>());
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

fn print_product(
    config: &KnowledgeConfig,
    dataset: &Dataset,
    known: &Knowledge,
    item: ItemIdx,
    near: &[Neighbour],
) {
    output::line("");
    output::line(&known.text(config, dataset, item));
    let name = |item: ItemIdx| {
        let title = dataset.catalog.titles.get(item.index()).unwrap_or_default();
        format!("{} {title}", dataset.items.external(item.0))
    };
    let rows: Vec<Vec<String>> =
        near.iter().map(|one| vec![name(one.item), format!("{:.4}", one.cosine)]).collect();
    output::table(&["nearest", "cosine"], &rows);
}
