//! Reading data and looking at it.

use std::path::Path;

use serde_json::json;

use super::arguments::{
    DescribeArguments, ImportArguments, ProfileArguments, SimilarArguments, TransitionArguments,
};
use super::clean::read_recipe;
use super::session::{Session, ready};
use super::{CliError, output, privacy, quality};
use crate::analysis::similarity::{Basis, Measure, SimilaritySpec, Subject};
use crate::analysis::transitions::{Segment, StateSpace, TransitionOptions};
use crate::dataset::describe::Description;
use crate::dataset::load::{Formats, LoadReport, LoadRequest};
use crate::dataset::sessions::{DEFAULT_GAP_MINUTES, session_statistics};
use crate::dataset::{Dataset, EventKind, Origin};
use crate::model::bert::device::DeviceChoice;
use crate::workbench::{Command, NeighbourRequest};

/// `shelfwise import`
pub(super) fn import(arguments: &ImportArguments) -> Result<(), CliError> {
    if arguments.events.is_empty() && arguments.catalog.is_empty() {
        return Err(CliError::usage("nothing to import; name files with --events or --catalog"));
    }
    let mapping = arguments
        .map
        .join(",")
        .parse()
        .map_err(|error| CliError::usage(format!("--map: {error}")))?;
    let mut formats = Formats::default();
    for format in &arguments.format {
        formats.add(format).map_err(|error| CliError::usage(format!("--format: {error}")))?;
    }
    let request = LoadRequest {
        formats,
        name: arguments.name.clone().unwrap_or_else(|| folder_name(&arguments.project)),
        events: arguments.events.clone(),
        catalog: arguments.catalog.clone(),
        users: arguments.users.clone(),
        mapping,
        origin: Origin::Files,
        privacy: privacy::request(&arguments.privacy)?,
    };
    // A recipe that cannot be read is better known before the work than after.
    let recipe = arguments.clean.as_deref().map(read_recipe).transpose()?;
    let mut session = Session::start(DeviceChoice::Cpu);
    session.run(Command::Import { project: arguments.project.clone(), request })?;
    session.shop()?;
    if let Some(recipe) = recipe {
        session.run(Command::ApplyRecipe(recipe))?;
        ready(&session.state().cleaning)?;
    }
    let description = &ready(&session.state().overview)?.description;
    show_description(&session, description, arguments.json, true)
}

fn folder_name(folder: &Path) -> String {
    folder.file_name().map_or_else(|| "shop".to_owned(), |name| name.to_string_lossy().into_owned())
}

/// `shelfwise describe`
pub(super) fn describe(arguments: &DescribeArguments) -> Result<(), CliError> {
    if arguments.session_gap == 0 {
        return Err(CliError::usage("--session-gap is 0; it must be 1 minute or more"));
    }
    let mut session = Session::open(&arguments.project, DeviceChoice::Cpu)?;
    session.run(Command::ExamineQuality)?;
    let mut description = ready(&session.state().overview)?.description.clone();
    if arguments.session_gap != DEFAULT_GAP_MINUTES {
        description.sessions =
            session_statistics(session.dataset()?.as_ref(), arguments.session_gap);
    }
    show_description(&session, &description, arguments.json, false)
}

fn show_description(
    session: &Session,
    description: &Description,
    as_json: bool,
    with_sources: bool,
) -> Result<(), CliError> {
    let shop = session.shop()?;
    // Only `describe` asks for it.
    let report = session.state().quality.value();
    if as_json {
        let Some(report) = report else { return output::json(description) };
        return output::json(&quality::with_quality(description, report)?);
    }
    print_description(&shop.dataset, description);
    if let Some(report) = report {
        quality::print_findings(report);
    }
    if with_sources {
        print_sources(&shop.report);
        privacy::print_outcome(&shop.report.provenance.privacy);
        output::line(&format!("project: {}", shop.project.display()));
    }
    Ok(())
}

fn print_description(dataset: &Dataset, description: &Description) {
    let simulated = if dataset.origin == Origin::Simulated { " (simulated)" } else { "" };
    output::line(&format!("{}{simulated}, revision {}", dataset.name, dataset.revision));
    output::line(&format!(
        "{} shoppers, {} products, {} events",
        description.users, description.items, description.events
    ));
    for (kind, count) in &description.events_by_type {
        output::line(&format!("  {:<10} {count:>10}", kind.name()));
    }
    if let (Some(first), Some(last)) = (&description.first_event, &description.last_event) {
        output::line(&format!("from {first} to {last}"));
    }
    if let Some(sessions) = &description.sessions {
        output::line(&format!(
            "{} sessions (pause of {} minutes), {:.1} events each, {:.1} % with a purchase",
            sessions.sessions,
            sessions.gap_minutes,
            sessions.events.map_or(0.0, |events| events.mean),
            sessions.conversion * 100.0
        ));
    }
    output::line(&format!("{} rows left out", description.rejected_rows));
    for warning in &description.warnings {
        output::line(&format!("warning: {}", warning.message));
    }
}

fn print_sources(report: &LoadReport) {
    for source in &report.sources {
        output::line(&format!(
            "{}: read as {} in {}, {} rows, {} kept",
            source.path.display(),
            source.role,
            source.format,
            source.rows_read,
            source.rows_kept
        ));
        for mapped in &source.mapping {
            output::line(&format!("  {} <- {} ({})", mapped.field, mapped.column, mapped.reason));
        }
        for word in &source.event_words {
            let kind = word.kind.map_or("not known", EventKind::name);
            output::line(&format!("  event {:?} -> {kind} ({} rows)", word.word, word.count));
        }
        for rejected in &source.rejected {
            output::line(&format!("  {} rows: {}", rejected.count, rejected.reason.describe()));
            for example in &rejected.examples {
                output::line(&format!("    line {}: {}", example.line, example.text));
            }
        }
    }
}

/// `shelfwise profile`
pub(super) fn profile(arguments: &ProfileArguments) -> Result<(), CliError> {
    let mut session = Session::open(&arguments.project, DeviceChoice::Cpu)?;
    let user = session.user(&arguments.user)?;
    session.run(Command::SelectUser(Some(user)))?;
    let profile = ready(&session.state().profile)?;
    if arguments.json {
        let mut document =
            serde_json::to_value(profile.as_ref()).map_err(|error| CliError::from_error(&error))?;
        document["id"] = json!(arguments.user);
        return output::json(&document);
    }
    output::line(&format!("shopper {}: {} events", arguments.user, profile.n_events));
    for (kind, count) in profile.counts.present() {
        output::line(&format!("  {:<10} {count:>6}", kind.name()));
    }
    for (title, shares) in [("categories", &profile.categories), ("brands", &profile.brands)] {
        output::line(title);
        for share in shares.iter().take(8) {
            let lift =
                share.lift.map_or_else(String::new, |lift| format!(", {lift:.1} x the shop"));
            output::line(&format!("  {:<28} {:>5.1} %{lift}", share.name, share.weight * 100.0));
        }
    }
    if let Some(price) = &profile.price {
        output::line(&format!(
            "prices met: {:.2} to {:.2}, median {:.2}",
            price.low, price.high, price.median
        ));
    }
    let words: Vec<&str> = profile.keywords.iter().map(|keyword| keyword.word.as_str()).collect();
    output::line(&format!("keywords: {}", words.join(", ")));
    for step in profile.next_steps.iter().take(5) {
        output::line(&format!("next {:<12} {:>5.1} %", step.state, step.probability * 100.0));
    }
    Ok(())
}

/// `shelfwise transitions`
pub(super) fn transitions(arguments: &TransitionArguments) -> Result<(), CliError> {
    let states = StateSpace::parse(&arguments.states).ok_or_else(|| {
        CliError::usage(format!(
            "there are no states {:?}; choose event, category or item",
            arguments.states
        ))
    })?;
    if arguments.order == 0 {
        return Err(CliError::usage("--order is 0; it must be 1 or more"));
    }
    let options = TransitionOptions {
        states,
        max_states: arguments.max_states,
        smoothing: arguments.smoothing,
        segment: Segment::parse(&arguments.segment)
            .map_err(|error| CliError::from_error(&error))?,
        ..TransitionOptions::default()
    };
    let mut session = Session::open(&arguments.project, DeviceChoice::Cpu)?;
    session.run(Command::ComputeTransitions(options))?;
    let result = ready(&session.state().transitions)?;
    let matrix = &result.matrix;
    let n = matrix.states.len();
    let steps = matrix.n_step(arguments.order);
    if arguments.json {
        let rows =
            |values: &[f64]| -> Vec<Vec<f64>> { values.chunks(n).map(<[f64]>::to_vec).collect() };
        return output::json(&json!({
            "states": matrix.states,
            "matrix": rows(&steps),
            "counts": rows(&matrix.counts),
            "order": arguments.order,
            "stationary": result.stationary,
            "order_test": result.order_test,
            "options": matrix.options,
            "revision": matrix.revision,
        }));
    }
    let mut header = vec!["from \\ to"];
    header.extend(matrix.states.iter().map(String::as_str));
    let rows: Vec<Vec<String>> = steps
        .chunks(n)
        .zip(&matrix.states)
        .map(|(row, state)| {
            std::iter::once(state.clone()).chain(row.iter().map(|p| format!("{p:.3}"))).collect()
        })
        .collect();
    output::table(&header, &rows);
    Ok(())
}

/// `shelfwise similar`
pub(super) fn similar(arguments: &SimilarArguments) -> Result<(), CliError> {
    let measure = Measure::parse(&arguments.measure).ok_or_else(|| {
        CliError::usage(format!(
            "there is no measure {:?}; choose cosine, jaccard or pearson",
            arguments.measure
        ))
    })?;
    let basis = match arguments.basis.as_str() {
        "behaviour" => Basis::Behaviour,
        "text" => Basis::Text,
        other => {
            return Err(CliError::usage(format!(
                "there is no basis {other:?}; choose behaviour or text"
            )));
        }
    };
    let mut session = Session::open(&arguments.project, DeviceChoice::Cpu)?;
    let (subject, idx) = match (&arguments.item, &arguments.user) {
        (Some(item), _) => (Subject::Items, session.item(item)?.0),
        (None, Some(user)) => (Subject::Users, session.user(user)?.0),
        (None, None) => return Err(CliError::usage("name --item or --user")),
    };
    let spec = SimilaritySpec { subject, measure, basis, ..SimilaritySpec::default() };
    session.run(Command::FindNeighbours(NeighbourRequest { spec, idx, k: arguments.k }))?;
    let dataset = session.dataset()?;
    let result = ready(&session.state().neighbours)?;
    let id_of = |idx: u32| match subject {
        Subject::Items => dataset.items.external(idx),
        Subject::Users => dataset.users.external(idx),
    };
    if arguments.json {
        let neighbours: Vec<_> = result
            .neighbours
            .iter()
            .map(|one| json!({"id": id_of(one.idx), "score": one.score, "common": one.common}))
            .collect();
        return output::json(
            &json!({"neighbours": neighbours, "spec": spec, "revision": dataset.revision}),
        );
    }
    let rows: Vec<Vec<String>> = result
        .neighbours
        .iter()
        .map(|one| {
            let title = match subject {
                Subject::Items => dataset.catalog.titles.get(one.idx as usize).unwrap_or_default(),
                Subject::Users => "",
            };
            vec![
                format!("{} {title}", id_of(one.idx)),
                format!("{:.4}", one.score),
                one.common.to_string(),
            ]
        })
        .collect();
    output::table(&["id", measure.name(), "in common"], &rows);
    Ok(())
}
