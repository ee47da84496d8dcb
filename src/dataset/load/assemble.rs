//! Files in, dataset out.

use std::path::Path;

use super::error::{FileProblem, LoadError, Stop};
use super::events::{Events, Ids};
use super::findings::{self, Coverage};
use super::plan::{self, Plan};
use super::products::Products;
use super::report::{LoadReport, RejectCounter, RejectReason, SourceReport};
use super::revision::revision_of;
use super::shoppers::Shoppers;
use super::source::ReadStats;
use super::{LoadRequest, Loaded};
use crate::control::Control;
use crate::dataset::Dataset;
use crate::dataset::privacy::{self, Witness};
use crate::dataset::schema::Role;
use crate::ids::IdMap;

/// Loads a shop. Products come in the order of the catalogue, then those that only events name;
/// shoppers in the order of the users file, then those that only events name.
///
/// # Errors
/// [`LoadError`] if a file cannot be read, lacks a required column or has no usable row, or if the
/// load is cancelled. Single bad rows are counted in the report instead.
pub fn load(request: &LoadRequest, control: &Control) -> Result<Loaded, LoadError> {
    if request.events.is_empty() && request.catalog.is_empty() {
        return Err(LoadError::NothingGiven);
    }
    let files = [&request.catalog, &request.users, &request.events];
    let witness = Witness::before(files.into_iter().flatten());
    let plans = plan::plan(request, control)?;
    let mut shop = Shop::default();
    for plan in &plans {
        shop.read(plan, request, &witness, control)?;
    }
    control.check()?;
    control.report("stage-assembling", 0, 0);
    shop.finish(request, &plans, &witness, control)
}

/// A shop while its files are read.
#[derive(Default)]
struct Shop {
    users: IdMap,
    items: IdMap,
    products: Products,
    shoppers: Shoppers,
    events: Events,
    report: LoadReport,
    coverage: Coverage,
}

impl Shop {
    fn read(
        &mut self,
        plan: &Plan,
        request: &LoadRequest,
        witness: &Witness,
        control: &Control,
    ) -> Result<(), LoadError> {
        let mut rejected = RejectCounter::default();
        let outcome = match plan.role {
            Role::Catalog => self.products.read(plan, &mut self.items, &mut rejected, control),
            Role::Users => self.shoppers.read(plan, &mut self.users, &mut rejected, control),
            Role::Events => {
                let mut ids = Ids { users: &mut self.users, items: &mut self.items };
                let mapping = request.mapping.of_file(Role::Events, &plan.source.path);
                self.events.read(plan, &mapping, &mut ids, &mut rejected, control)
            }
        };
        let path = &plan.source.path;
        // Before anything else that is wrong with it: a file cut short looks damaged too.
        if !matches!(outcome, Err(Stop::Cancelled(_))) && witness.was_rewritten(path) {
            return Err(plan::file_error(FileProblem::ChangedMeanwhile, plan.role, path));
        }
        let stats = outcome.map_err(|stop| plan::load_error(stop, plan.role, path))?;
        match plan.role {
            Role::Catalog => self.coverage.catalog_items = Some(self.items.len()),
            Role::Users => self.coverage.listed_users = Some(self.users.len()),
            Role::Events => {}
        }
        let mut source = source_report(plan, &stats, rejected);
        source.event_words = self.events.take_words();
        check_usable(&source, path, request.privacy.policy.hides_values())?;
        findings::of_source(plan, &source, &stats, &mut self.report.warnings);
        self.report.sources.push(source);
        Ok(())
    }

    fn finish(
        mut self,
        request: &LoadRequest,
        plans: &[Plan],
        witness: &Witness,
        control: &Control,
    ) -> Result<Loaded, LoadError> {
        self.report.oddities = std::mem::take(&mut self.events.oddities);
        findings::of_products(&self.products, &mut self.report.warnings);
        findings::of_conflicts(&self.products, &mut self.report.warnings);
        let titled = self.products.complete(self.events.mentions);
        if self.coverage.catalog_items.is_none() {
            findings::of_derived_catalog(titled, &mut self.report.warnings);
        }
        let events = || plans.iter().filter(|plan| plan.role == Role::Events);
        let mut dataset = Dataset {
            name: request.name.clone(),
            origin: request.origin,
            catalog: self.products.finish(self.items.len()),
            user_attributes: self.shoppers.finish(self.users.len()),
            interactions: self.events.log.finish(self.users.len()),
            has_times: events().next().is_some()
                && events().all(|plan| plan.times.is_some_and(|times| !times.reader.ordinal)),
            users: self.users,
            items: self.items,
            ..Dataset::default()
        };
        control.check()?;
        // From here on nothing that the policy takes away is left, in the data or in the report.
        let outcome = privacy::apply(&request.privacy, &mut dataset, control)?;
        if outcome.policy.hides_values() {
            privacy::redact(&mut self.report)?;
        }
        findings::of_texts(&outcome.texts, &mut self.report.warnings);
        dataset.revision = revision_of(&dataset);
        control.check()?;
        findings::of_dataset(&dataset, &self.coverage, &mut self.report);
        let mut provenance = witness.tell(&self.report, outcome, control)?;
        provenance.revision = dataset.revision.clone();
        findings::of_changes(&provenance, &mut self.report.warnings);
        self.report.provenance = provenance;
        Ok(Loaded { dataset, report: self.report })
    }
}

fn source_report(plan: &Plan, stats: &ReadStats, rejected: RejectCounter) -> SourceReport {
    let source = &plan.source;
    let rejected = rejected.finish();
    let left_out: u64 = rejected.iter().map(|rejected| rejected.count).sum();
    SourceReport {
        path: source.path.clone(),
        role: plan.role,
        format: source.format(),
        compression: source.compression(),
        delimiter: source.delimiter(),
        encoding: source.encoding(stats),
        columns: source.columns().to_vec(),
        mapping: plan.recognised.describe(source.columns()),
        event_words: Vec::new(),
        rows_read: stats.rows,
        rows_kept: stats.rows - left_out,
        rejected,
    }
}

/// A file of which no row can be used is an error, not an empty shop.
fn check_usable(source: &SourceReport, path: &Path, hides_values: bool) -> Result<(), LoadError> {
    let first = match source.rejected.first() {
        Some(first) if source.rows_kept == 0 => first,
        _ => return Ok(()),
    };
    // A second catalogue that only repeats the first is merely useless.
    if first.reason == RejectReason::DuplicateId {
        return Ok(());
    }
    let example = first.examples.first();
    let example = example.map(|example| {
        if hides_values {
            format!("line {}", example.line)
        } else {
            format!("line {}: {}", example.line, example.text)
        }
    });
    let problem = FileProblem::NothingUsable {
        rows: source.rows_read,
        reason: first.reason.describe(),
        example: example.unwrap_or_default(),
    };
    Err(plan::file_error(problem, source.role, path))
}
