//! Printing: JSON for programs, plain tables for people. A closed pipe is no error.

use std::io::{IsTerminal, Write};

use serde::Serialize;

use super::CliError;
use crate::model::bert::rate_finder::RateSweep;

/// Print one JSON document.
pub(super) fn json(value: &impl Serialize) -> Result<(), CliError> {
    let text = serde_json::to_string_pretty(value).map_err(|error| CliError::from_error(&error))?;
    line(&text);
    Ok(())
}

/// Print one line for people.
pub(super) fn line(text: &str) {
    // Whoever closed the pipe has read enough.
    let _ = writeln!(std::io::stdout(), "{text}");
}

/// Print the one message of a failure.
pub(super) fn complain(message: &str) {
    let _ = writeln!(std::io::stderr(), "error: {message}");
}

/// Print something to know beside the result.
pub(super) fn note(message: &str) {
    let _ = writeln!(std::io::stderr(), "{message}");
}

/// Print rows in columns, the first left and the others right aligned.
pub(super) fn table(header: &[&str], rows: &[Vec<String>]) {
    let width = |column: usize| {
        rows.iter()
            .filter_map(|row| row.get(column))
            .map(|cell| cell.chars().count())
            .chain(header.get(column).map(|cell| cell.chars().count()))
            .max()
            .unwrap_or(0)
    };
    let widths: Vec<usize> = (0..header.len()).map(width).collect();
    let print = |cells: &mut dyn Iterator<Item = &str>| {
        let text: Vec<String> = cells
            .zip(&widths)
            .enumerate()
            .map(|(column, (cell, &width))| match column {
                0 => format!("{cell:<width$}"),
                _ => format!("{cell:>width$}"),
            })
            .collect();
        line(text.join("  ").trim_end());
    };
    print(&mut header.iter().copied());
    for row in rows {
        print(&mut row.iter().map(String::as_str));
    }
}

/// A line on standard error that is written over; silent where standard error is no terminal.
pub(super) fn progress(text: &str) {
    let mut stderr = std::io::stderr();
    if stderr.is_terminal() {
        let _ = write!(stderr, "\r\x1b[2K{text}");
        let _ = stderr.flush();
    }
}

/// A sweep through learning rates: each step, then what it suggests. `settings` are what the rates of encoder and head are called, or that of the whole where it has but one.
pub(super) fn rate_sweep(
    sweep: &RateSweep,
    settings: &[&str],
    as_json: bool,
) -> Result<(), CliError> {
    if as_json {
        return json(sweep);
    }
    let rows: Vec<Vec<String>> = sweep
        .points
        .iter()
        .map(|point| {
            vec![
                format!("{:.2e}", point.encoder_rate),
                format!("{:.4}", point.loss),
                format!("{:.4}", point.smoothed),
            ]
        })
        .collect();
    table(&["learning rate", "loss", "smoothed"], &rows);
    let found = settings.iter().zip([sweep.encoder_rate, sweep.head_rate]);
    let found: Vec<String> = found.map(|(name, rate)| format!("{name}={rate:.1e}")).collect();
    line(&format!("suggested: {}", found.join(" ")));
    Ok(())
}
