//! Training, judging and recommending.

use std::path::Path;

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use super::arguments::{EvaluateArguments, FitArguments, ProjectArguments, RecommendArguments};
use super::session::{Session, ready};
use super::{CliError, output};
use crate::dataset::Dataset;
use crate::dataset::split::{Phase, SplitSpec};
use crate::eval::{Estimate, Protocol};
use crate::ids::RunId;
use crate::model::{ModelConfig, Reason};
use crate::runs::{Run, RunStatus, RunStore};
use crate::workbench::{
    Command, EvaluationRequest, EvaluationTable, HistorySource, RecommendRequest, TrainingRequest,
};

/// `shelfwise fit`
pub(super) fn fit(arguments: &FitArguments) -> Result<(), CliError> {
    let config = arguments.model.as_deref().map(|model| configure(model, arguments)).transpose()?;
    let mut session = Session::open(&arguments.project, arguments.device)?;
    let command = match (config, &arguments.resume) {
        (Some(config), _) => {
            let split = SplitSpec::parse(&arguments.split, session.dataset()?.as_ref())
                .map_err(|error| CliError::usage(crate::jobs::error_chain(&error)))?;
            let request = TrainingRequest {
                name: arguments.name.clone(),
                config,
                split,
                seed: arguments.seed,
                device: arguments.device,
            };
            if arguments.find_rate {
                return find_rate(&mut session, request, arguments.json);
            }
            Command::StartTraining(request)
        }
        (None, Some(run)) => Command::ResumeTraining(resolve(&session, run)?),
        (None, None) => return Err(CliError::usage("name a --model or a run to --resume")),
    };
    session.run(command)?;
    report_fit(&session, arguments.json)
}

/// The settings that a sweep over BERT suggests: of the encoder and of the head.
pub(super) const BERT_RATES: [&str; 2] = ["encoder_learning_rate", "head_learning_rate"];

fn find_rate(
    session: &mut Session,
    request: TrainingRequest,
    as_json: bool,
) -> Result<(), CliError> {
    if !request.config.is_neural() {
        return Err(CliError::usage(
            "--find-rate is for models with a learning rate: bert, sasrec, bert4rec",
        ));
    }
    let settings: &[&str] = match request.config {
        ModelConfig::Bert(_) => &BERT_RATES,
        _ => &["learning_rate"],
    };
    session.run(Command::FindRate(request))?;
    output::rate_sweep(ready(&session.state().rate_sweep)?, settings, as_json)
}

fn report_fit(session: &Session, as_json: bool) -> Result<(), CliError> {
    let problem = || session.last_problem().unwrap_or_else(|| "no training was started".to_owned());
    let id = session.state().training.as_ref().map(|training| training.run.clone());
    let id = id.ok_or_else(|| CliError::failed(problem()))?;
    let run = session.state().runs.iter().find(|run| run.id == id);
    let run = run.ok_or_else(|| CliError::failed(problem()))?;
    if run.status != RunStatus::Finished {
        let why = run.error.clone().unwrap_or_else(problem);
        return Err(CliError::failed(format!("run {id} {}: {why}", run.status.name())));
    }
    if let Some(why) = session.state().training.as_ref().and_then(|one| one.error.as_ref()) {
        return Err(CliError::failed(format!("run {id} is fitted, but cannot be judged: {why}")));
    }
    let table = ready(&session.state().evaluation)?;
    if as_json {
        return output::json(&json!({
            "run": run.id,
            "model": run.model,
            "name": run.name,
            "fit_secs": run.fit_secs,
            "device": run.device,
            "seed": run.seed,
            "epochs": run.epochs,
            "test": table_json(table),
        }));
    }
    output::line(&format!(
        "run {} ({}) fitted in {:.1} s on {}",
        run.id, run.model, run.fit_secs, run.device
    ));
    print_epochs(run);
    print_table(table);
    Ok(())
}

fn print_epochs(run: &Run) {
    for epoch in &run.epochs {
        let validation: Vec<String> =
            epoch.validation.iter().map(|(name, value)| format!("{name} {value:.4}")).collect();
        let train = epoch.train_loss.map_or_else(|| "-".to_owned(), |loss| format!("{loss:.4}"));
        let best = if epoch.is_best { "  best" } else { "" };
        output::line(&format!(
            "epoch {}: training loss {train}; validation {}; {:.1} s{best}",
            epoch.epoch,
            validation.join(", "),
            epoch.secs
        ));
    }
}

/// The run that somebody means by its id, the beginning of it, its name or `latest`.
pub(super) fn resolve(session: &Session, text: &str) -> Result<RunId, CliError> {
    let found = RunStore::open(&session.shop()?.project).and_then(|store| store.resolve(text));
    found.map(|run| run.id).map_err(|error| CliError::from_error(&error))
}

/// The named model with settings from the file, then from `--set`.
fn configure(model: &str, arguments: &FitArguments) -> Result<ModelConfig, CliError> {
    let base = ModelConfig::by_name(model).ok_or_else(|| {
        let names: Vec<&str> = ModelConfig::all().iter().map(ModelConfig::name).collect();
        CliError::usage(format!("there is no model {model:?}; choose one of {}", names.join(", ")))
    })?;
    with_settings(&base, model, arguments.config.as_deref(), &arguments.settings)
}

/// Settings of `what`, those of a TOML file over them, and `KEY=VALUE` pairs over both.
pub(super) fn with_settings<T: Serialize + DeserializeOwned>(
    base: &T,
    what: &str,
    file: Option<&Path>,
    pairs: &[String],
) -> Result<T, CliError> {
    let mut settings = serde_json::to_value(base).map_err(|error| CliError::from_error(&error))?;
    if let Some(file) = file {
        for (key, value) in read_toml(file)? {
            set(&mut settings, what, &key, value)?;
        }
    }
    for pair in pairs {
        let (key, text) = pair.split_once('=').ok_or_else(|| {
            CliError::usage(format!("--set {pair:?} has no \"=\"; write --set key=value"))
        })?;
        let value = serde_json::from_str(text).unwrap_or_else(|_| Value::String(text.to_owned()));
        set(&mut settings, what, key.trim(), value)?;
    }
    serde_json::from_value(settings)
        .map_err(|error| CliError::usage(format!("a setting of {what} cannot be read: {error}")))
}

fn set(settings: &mut Value, model: &str, key: &str, value: Value) -> Result<(), CliError> {
    let known =
        settings.as_object().map(|map| map.keys().cloned().collect::<Vec<_>>()).unwrap_or_default();
    if key == "model" || !known.iter().any(|name| name == key) {
        let names: Vec<String> = known.into_iter().filter(|name| name != "model").collect();
        return Err(CliError::usage(format!(
            "{model} has no setting {key:?}; it has {}",
            if names.is_empty() { "none".to_owned() } else { names.join(", ") }
        )));
    }
    settings[key] = value;
    Ok(())
}

fn read_toml(file: &Path) -> Result<Vec<(String, Value)>, CliError> {
    let place = || format!("File: {}", file.display());
    let text = std::fs::read_to_string(file).map_err(|error| {
        CliError::failed(format!("cannot read the settings: {error}. {}", place()))
    })?;
    let table: toml::Table = toml::from_str(&text).map_err(|error| {
        CliError::failed(format!("cannot read the settings: {error}. {}", place()))
    })?;
    table
        .into_iter()
        .map(|(key, value)| {
            let value =
                serde_json::to_value(value).map_err(|error| CliError::from_error(&error))?;
            Ok((key, value))
        })
        .collect()
}

/// The cases that somebody means.
pub(super) fn phase_of(name: &str) -> Result<Phase, CliError> {
    match name {
        "test" => Ok(Phase::Test),
        "validation" => Ok(Phase::Validation),
        other => {
            Err(CliError::usage(format!("cannot judge on {other:?}; choose validation or test")))
        }
    }
}

/// `shelfwise evaluate`
pub(super) fn evaluate(arguments: &EvaluateArguments) -> Result<(), CliError> {
    let phase = phase_of(&arguments.on)?;
    if arguments.k.is_empty() || arguments.k.contains(&0) {
        return Err(CliError::usage("--k must hold list lengths of 1 or more, such as 5,10,20"));
    }
    let mut session = Session::open(&arguments.project, arguments.device)?;
    let run = resolve(&session, &arguments.run)?;
    session.run(Command::Evaluate(EvaluationRequest {
        run,
        ks: arguments.k.clone(),
        phase,
        mask_seen: !arguments.keep_seen,
        cases: arguments.cases,
    }))?;
    let table = ready(&session.state().evaluation)?;
    if arguments.json {
        return output::json(&table_json(table));
    }
    print_table(table);
    Ok(())
}

fn table_json(table: &EvaluationTable) -> Value {
    let run = &table.rows[0];
    let baselines: Vec<Value> = table.rows[1..]
        .iter()
        .map(|row| {
            json!({
                "model": row.model,
                "metrics": row.report.metrics,
                "masked_targets": row.report.masked_targets,
                "difference": table.differences.get(row.model),
            })
        })
        .collect();
    json!({
        "run": table.run,
        "model": run.model,
        "protocol": run.report.protocol,
        "n_users": run.report.n_users,
        "metrics": run.report.metrics,
        "masked_targets": run.report.masked_targets,
        "difference_metric": table.metric,
        "baselines": baselines,
    })
}

fn print_table(table: &EvaluationTable) {
    let protocol = &table.rows[0].report.protocol;
    let masking = if protocol.mask_seen { "seen products left out" } else { "seen products kept" };
    output::line(&format!(
        "{:?} cases of {} shoppers, {} products, full ranking, {masking}, fitted on the training part",
        table.phase,
        cases(protocol),
        protocol.n_items
    ));
    print_leaks(protocol);
    let mut header = vec!["metric"];
    header.extend(table.rows.iter().map(|row| row.label.as_str()));
    let rows: Vec<Vec<String>> = table.rows[0]
        .report
        .metrics_in_order()
        .into_iter()
        .map(|(metric, _)| {
            let cells = table
                .rows
                .iter()
                .map(|row| row.report.get(metric).map_or_else(String::new, interval));
            std::iter::once(metric.to_string()).chain(cells).collect()
        })
        .collect();
    output::table(&header, &rows);
    for (baseline, difference) in &table.differences {
        output::line(&format!(
            "{} against {baseline}: {:+.4} [{:+.4}, {:+.4}], p = {:.4} (paired)",
            table.metric,
            difference.difference,
            difference.low,
            difference.high,
            difference.p_value
        ));
    }
}

/// How many cases were judged, in words.
pub(super) fn cases(protocol: &Protocol) -> String {
    if protocol.is_sampled() {
        return format!("{} of {} (drawn at random)", protocol.n_users, protocol.n_cases);
    }
    protocol.n_users.to_string()
}

fn print_leaks(protocol: &Protocol) {
    for leak in protocol.leaks.iter().flatten() {
        let kind = if leak.is_by_design { "by design of the split" } else { "leak" };
        let examples = leak.examples.join("; ");
        output::note(&format!("{kind}: {} {}, such as {examples}", leak.events, leak.kind));
    }
}

pub(super) fn interval(estimate: Estimate) -> String {
    match (estimate.low, estimate.high) {
        (Some(low), Some(high)) => format!("{:.4} [{low:.4}, {high:.4}]", estimate.mean),
        _ => format!("{:.4}", estimate.mean),
    }
}

/// `shelfwise recommend`
pub(super) fn recommend(arguments: &RecommendArguments) -> Result<(), CliError> {
    let mut session = Session::open(&arguments.project, arguments.device)?;
    let source = match &arguments.user {
        Some(user) => HistorySource::User(session.user(user)?),
        None => HistorySource::Items(
            arguments.history.iter().map(|id| session.item(id)).collect::<Result<_, _>>()?,
        ),
    };
    let run = resolve(&session, &arguments.run)?;
    session.run(Command::Recommend(RecommendRequest {
        run: Some(run),
        source,
        k: arguments.k,
        filter_viewed: !arguments.keep_seen,
    }))?;
    let dataset = session.dataset()?;
    let set = ready(&session.state().recommendations)?;
    let list = &set.lists[0];
    let why = |reasons: &[Reason]| -> Vec<String> {
        reasons.iter().map(|reason| sentence(reason, &dataset)).collect()
    };
    if arguments.json {
        let items: Vec<Value> = list
            .items
            .iter()
            .map(|one| {
                json!({
                    "id": dataset.items.external(one.item.0),
                    "title": dataset.item_label(one.item),
                    "score": one.score,
                    "rank": one.rank,
                    "why": why(&one.why),
                })
            })
            .collect();
        return output::json(
            &json!({"items": items, "latency_ms": list.latency_ms, "model": list.model}),
        );
    }
    for one in &list.items {
        output::line(&format!(
            "{:>3}  {:<50} {:>9.4}  {}",
            one.rank,
            dataset.item_label(one.item),
            one.score,
            dataset.items.external(one.item.0)
        ));
        if arguments.explain {
            for reason in why(&one.why) {
                output::line(&format!("       {reason}"));
            }
        }
    }
    output::note(&format!("{:.1} ms", list.latency_ms));
    Ok(())
}

fn sentence(reason: &Reason, dataset: &Dataset) -> String {
    match reason {
        Reason::Popular { rank } => format!("number {rank} by shoppers who met it"),
        Reason::FollowedFrom { item, probability } => {
            format!("{:.1} % go on to it from {}", probability * 100.0, dataset.item_label(*item))
        }
        Reason::MetTogether { item, cosine } => {
            format!(
                "met by the same shoppers as {} (cosine {cosine:.2})",
                dataset.item_label(*item)
            )
        }
        Reason::TextNear { item, cosine } => {
            format!("near to {} in the model (cosine {cosine:.2})", dataset.item_label(*item))
        }
    }
}

/// `shelfwise runs`
pub(super) fn runs(arguments: &ProjectArguments) -> Result<(), CliError> {
    let session = Session::open(&arguments.project, crate::model::bert::device::DeviceChoice::Cpu)?;
    let state = session.state();
    let mut runs: Vec<&Run> = state.runs.iter().chain(&state.text_runs).collect();
    runs.sort_by(|a, b| b.id.cmp(&a.id));
    if arguments.json {
        return output::json(&json!({"runs": runs}));
    }
    let rows: Vec<Vec<String>> = runs
        .iter()
        .map(|run| {
            vec![
                run.id.to_string(),
                run.model.clone(),
                run.name.clone(),
                run.status.name().to_owned(),
                format!("{:.1}", run.fit_secs),
            ]
        })
        .collect();
    output::table(&["run", "model", "name", "status", "fit secs"], &rows);
    Ok(())
}
