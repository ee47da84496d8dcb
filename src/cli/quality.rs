//! `shelfwise quality`, and the quality part of `shelfwise describe`.

use super::arguments::ProjectArguments;
use super::session::{Session, ready};
use super::{CliError, output};
use crate::dataset::describe::Description;
use crate::dataset::load::format_ms;
use crate::dataset::quality::{Example, Finding, QualityReport, Repair, Severity};
use crate::model::bert::device::DeviceChoice;
use crate::workbench::Command;

/// `shelfwise quality`
pub(super) fn quality(arguments: &ProjectArguments) -> Result<(), CliError> {
    let mut session = Session::open(&arguments.project, DeviceChoice::Cpu)?;
    session.run(Command::ExamineQuality)?;
    let report = ready(&session.state().quality)?;
    if arguments.json {
        return output::json(report.as_ref());
    }
    print_summary(report);
    for finding in &report.findings {
        output::line("");
        output::line(&headline(finding));
        for example in &finding.examples {
            output::line(&format!("    {}", example_line(example)));
        }
        if let Some(repair) = &finding.repair {
            output::line(&format!("    repair: {}", repair_line(repair)?));
        }
    }
    let names = report.clear.iter().map(name).collect::<Result<Vec<_>, _>>()?;
    output::line("");
    output::line(&format!("nothing found: {}", names.join(", ")));
    for skipped in &report.skipped {
        output::line(&format!(
            "not checked: {} ({})",
            name(&skipped.kind)?,
            name(&skipped.reason)?
        ));
    }
    Ok(())
}

/// The description with the key `quality` beside the others.
pub(super) fn with_quality(
    description: &Description,
    report: &QualityReport,
) -> Result<serde_json::Value, CliError> {
    let json = |error: serde_json::Error| CliError::from_error(&error);
    let mut document = serde_json::to_value(description).map_err(json)?;
    document["quality"] = serde_json::to_value(report).map_err(json)?;
    Ok(document)
}

/// One line per finding.
pub(super) fn print_findings(report: &QualityReport) {
    print_summary(report);
    for finding in &report.findings {
        output::line(&format!("  {}", headline(finding)));
    }
}

fn print_summary(report: &QualityReport) {
    let count = |severity| report.count(severity);
    output::line(&format!(
        "quality: {} serious, {} warnings, {} notes",
        count(Severity::Serious),
        count(Severity::Warning),
        count(Severity::Note)
    ));
}

fn headline(finding: &Finding) -> String {
    let severity = finding.severity.name();
    format!("{severity:<8} {:>6.2} %  {}", finding.share * 100.0, finding.message)
}

fn example_line(example: &Example) -> String {
    let parts = [
        example.line.map(|line| format!("line {line}")),
        example.user.as_ref().map(|user| format!("shopper {user}")),
        example.item.as_ref().map(|item| format!("product {item}")),
        example.time_ms.map(format_ms),
        Some(example.value.clone()).filter(|value| !value.is_empty()),
    ];
    parts.into_iter().flatten().collect::<Vec<_>>().join(", ")
}

/// The step as a recipe would hold it, and how much it does.
fn repair_line(repair: &Repair) -> Result<String, CliError> {
    let step = serde_json::to_string(&repair.step).map_err(|error| CliError::from_error(&error))?;
    let about = if repair.is_estimate { "about " } else { "" };
    let effect = name(&repair.effect)?.replace('_', " ");
    Ok(format!("{step} ({effect}: {about}{})", repair.amount))
}

/// The name in JSON.
fn name(value: &impl serde::Serialize) -> Result<String, CliError> {
    let value = serde_json::to_value(value).map_err(|error| CliError::from_error(&error))?;
    Ok(value.as_str().unwrap_or_default().to_owned())
}
