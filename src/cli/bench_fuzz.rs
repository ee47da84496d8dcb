//! `shelfwise bench fuzz`: damaged files for the readers, for as long as one likes.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use serde_json::json;

use super::arguments::BenchArguments;
use super::{CliError, output};
use crate::dataset::load::{FUZZ_READERS, FuzzFinding, FuzzReader, Fuzzer};

const PROGRESS_INTERVAL: Duration = Duration::from_secs(2);

/// What one reader went through.
struct Outcome {
    reader: &'static str,
    executions: u64,
    secs: f64,
    findings: Vec<(PathBuf, String)>,
}

/// Divides the time among the readers asked for. Files that a reader did not cope with stay in the
/// folder of findings, and the command fails.
pub(super) fn fuzz(arguments: &BenchArguments) -> Result<(), CliError> {
    let readers = readers(&arguments.reader)?;
    let folder = std::env::temp_dir().join(format!("shelfwise-fuzz-{}", std::process::id()));
    std::fs::create_dir_all(&folder).map_err(|error| CliError::from_error(&error))?;
    let share = Duration::from_secs_f64(arguments.secs.max(0.0) / readers.len() as f64);
    let outcomes: Result<Vec<Outcome>, CliError> =
        readers.into_iter().map(|reader| run(reader, arguments, &folder, share)).collect();
    let outcomes = outcomes?;
    output::progress("");
    let findings: usize = outcomes.iter().map(|outcome| outcome.findings.len()).sum();
    if findings == 0 {
        // Nothing in it is of use; what cannot be removed now is the system's to remove.
        let _ = std::fs::remove_dir_all(&folder);
    }
    show(&outcomes, arguments)?;
    match findings {
        0 => Ok(()),
        _ => Err(CliError::failed(format!(
            "{findings} files were not coped with. Folder: {}",
            folder.display()
        ))),
    }
}

fn readers(name: &str) -> Result<Vec<FuzzReader>, CliError> {
    if name == "all" {
        return Ok(FUZZ_READERS.to_vec());
    }
    FuzzReader::by_name(name).map(|reader| vec![reader]).ok_or_else(|| {
        let known: Vec<_> = FUZZ_READERS.iter().map(|reader| reader.name).collect();
        CliError::usage(format!(
            "--reader: there is no reader {name:?}; choose all or one of {}",
            known.join(", ")
        ))
    })
}

fn run(
    reader: FuzzReader,
    arguments: &BenchArguments,
    folder: &Path,
    share: Duration,
) -> Result<Outcome, CliError> {
    let failed = |error: std::io::Error| CliError::failed(format!("cannot fuzz: {error}"));
    let mut fuzzer =
        Fuzzer::new(reader, &arguments.corpus, folder, arguments.seed).map_err(failed)?;
    let (started, mut shown) = (Instant::now(), Instant::now());
    let mut outcome =
        Outcome { reader: reader.name, executions: 0, secs: 0.0, findings: Vec::new() };
    while started.elapsed() < share {
        if let Some(finding) = fuzzer.step().map_err(failed)? {
            let path = keep(&finding, folder, &outcome).map_err(failed)?;
            outcome.findings.push((path, finding.what));
        }
        outcome.executions += 1;
        if shown.elapsed() > PROGRESS_INTERVAL {
            shown = Instant::now();
            output::progress(&format!("{}: {} files", reader.name, outcome.executions));
        }
    }
    outcome.secs = started.elapsed().as_secs_f64();
    Ok(outcome)
}

fn keep(finding: &FuzzFinding, folder: &Path, outcome: &Outcome) -> std::io::Result<PathBuf> {
    let path = folder.join(format!("{}-{}", outcome.reader, outcome.executions));
    std::fs::write(&path, &finding.bytes)?;
    Ok(path)
}

fn show(outcomes: &[Outcome], arguments: &BenchArguments) -> Result<(), CliError> {
    if arguments.json {
        let readers: Vec<_> = outcomes
            .iter()
            .map(|outcome| {
                json!({
                    "reader": outcome.reader,
                    "executions": outcome.executions,
                    "secs": outcome.secs,
                    "findings": outcome.findings,
                })
            })
            .collect();
        return output::json(&json!({"seed": arguments.seed, "readers": readers}));
    }
    let rows: Vec<Vec<String>> = outcomes
        .iter()
        .map(|outcome| {
            vec![
                outcome.reader.to_owned(),
                outcome.executions.to_string(),
                format!("{:.0}", outcome.secs),
                outcome.findings.len().to_string(),
            ]
        })
        .collect();
    output::table(&["reader", "files", "seconds", "findings"], &rows);
    for (path, what) in outcomes.iter().flat_map(|outcome| &outcome.findings) {
        output::line(&format!("{what}: {}", path.display()));
    }
    Ok(())
}
