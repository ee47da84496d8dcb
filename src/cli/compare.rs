//! Runs side by side.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::arguments::CompareArguments;
use super::learn::{cases, interval, phase_of, resolve};
use super::session::{Session, ready};
use super::{CliError, output};
use crate::dataset::Dataset;
use crate::eval::{Metric, MetricKind};
use crate::workbench::{Command, ComparedRun, ComparisonRequest, RunComparison};

/// `shelfwise compare`
pub(super) fn compare(arguments: &CompareArguments) -> Result<(), CliError> {
    let phase = phase_of(&arguments.on)?;
    if arguments.k == 0 {
        return Err(CliError::usage("--k is 0; it must be 1 or more"));
    }
    let mut session = Session::open(&arguments.project, arguments.device)?;
    let runs = arguments
        .runs
        .iter()
        .map(|run| resolve(&session, run))
        .collect::<Result<Vec<_>, CliError>>()?;
    session.run(Command::CompareRuns(ComparisonRequest {
        runs,
        k: arguments.k,
        phase,
        mask_seen: !arguments.keep_seen,
        cases: arguments.cases,
    }))?;
    let comparison = ready(&session.state().comparison)?;
    if arguments.json {
        let dataset = session.dataset()?;
        return output::json(&comparison_json(comparison, &dataset, arguments.per_user));
    }
    for warning in warnings(comparison) {
        output::note(&format!("warning: {warning}"));
    }
    print_cases(comparison);
    print_figures(comparison);
    print_pairs(comparison);
    Ok(())
}

fn comparison_json(comparison: &RunComparison, dataset: &Dataset, with_users: bool) -> Value {
    let runs: Vec<Value> = comparison
        .runs
        .iter()
        .map(|run| {
            let mut value = json!({
                "run": run.run,
                "name": run.name,
                "model": run.model,
                "is_other_data": run.is_other_data,
                "protocol": run.report.protocol,
                "n_users": run.report.n_users,
                "metrics": run.report.metrics,
            });
            if with_users {
                value["per_user"] = per_user(run, comparison, dataset);
            }
            value
        })
        .collect();
    let id = |at: usize| &comparison.runs[at].run;
    let pairs: Vec<Value> = comparison
        .comparison
        .pairs
        .iter()
        .map(|pair| {
            json!({
                "a": id(pair.a),
                "b": id(pair.b),
                "metric": pair.metric,
                "difference": pair.difference.difference,
                "low": pair.difference.low,
                "high": pair.difference.high,
                "p_value": pair.difference.p_value,
                "p_holm": pair.p_holm,
                "verdict": pair.verdict,
            })
        })
        .collect();
    let mismatches: Vec<Value> = comparison
        .comparison
        .mismatches
        .iter()
        .map(|one| json!({"a": id(one.a), "b": id(one.b), "reason": one.reason}))
        .collect();
    json!({
        "runs": runs,
        "pairs": pairs,
        "mismatches": mismatches,
        "warnings": warnings(comparison),
        "k": comparison.request.k,
        "correction": "holm over the pairs of each metric",
    })
}

/// Users and their values in the compared metrics, in one order. Ids belong to the open data; those of
/// a run on other data are not known.
fn per_user(run: &ComparedRun, comparison: &RunComparison, dataset: &Dataset) -> Value {
    let report = &run.report;
    let users: Vec<&str> = if run.is_other_data {
        Vec::new()
    } else {
        report.users.iter().map(|user| dataset.users.external(user.0)).collect()
    };
    let values: BTreeMap<&String, &Vec<f32>> = report
        .per_user
        .iter()
        .filter(|(metric, _)| comparison.comparison.metrics.contains(metric))
        .collect();
    json!({"users": users, "values": values})
}

fn warnings(comparison: &RunComparison) -> Vec<String> {
    let other_data = comparison.runs.iter().filter(|run| run.is_other_data).map(|run| {
        format!(
            "{} was trained on other data; its figures are those of that time and are not tested against \
             the others",
            run.name
        )
    });
    let mismatches = comparison.comparison.mismatches.iter().map(|one| {
        let name = |at: usize| &comparison.runs[at].name;
        format!("{} and {} stand side by side untested: {}", name(one.a), name(one.b), one.reason)
    });
    let leaks = comparison.runs.iter().flat_map(|run| {
        run.report
            .protocol
            .defects()
            .map(|leak| format!("the split of {} leaks: {} {}", run.name, leak.events, leak.kind))
    });
    other_data.chain(mismatches).chain(leaks).collect()
}

fn print_cases(comparison: &RunComparison) {
    for run in comparison.runs.iter().filter(|run| run.report.protocol.is_sampled()) {
        output::line(&format!("{}: cases of {} shoppers", run.name, cases(&run.report.protocol)));
    }
}

fn print_figures(comparison: &RunComparison) {
    let mut header = vec!["metric"];
    header.extend(comparison.runs.iter().map(|run| run.name.as_str()));
    let at_k = MetricKind::ALL.into_iter().map(|kind| Metric::new(kind, comparison.request.k));
    let rows: Vec<Vec<String>> = at_k
        .filter(|&metric| comparison.runs.iter().any(|run| run.report.get(metric).is_some()))
        .map(|metric| {
            let cells = comparison
                .runs
                .iter()
                .map(|run| run.report.get(metric).map_or_else(|| "-".to_owned(), interval));
            std::iter::once(metric.to_string()).chain(cells).collect()
        })
        .collect();
    output::table(&header, &rows);
}

fn print_pairs(comparison: &RunComparison) {
    let name = |at: usize| comparison.runs[at].name.as_str();
    let rows: Vec<Vec<String>> = comparison
        .comparison
        .pairs
        .iter()
        .map(|pair| {
            let one = pair.difference;
            vec![
                format!("{} - {}", name(pair.a), name(pair.b)),
                pair.metric.clone(),
                format!("{:+.4}", one.difference),
                format!("[{:+.4}, {:+.4}]", one.low, one.high),
                format!("{:.4}", one.p_value),
                format!("{:.4}", pair.p_holm),
            ]
        })
        .collect();
    if !rows.is_empty() {
        output::line("");
        output::table(&["pair", "metric", "difference", "95 %", "p", "p (Holm)"], &rows);
    }
}
