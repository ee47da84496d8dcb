//! Every row of a table told by a saved text task.

use std::io::Write;
use std::path::Path;

use serde_json::{Value, json};

use super::super::session::{Session, ready};
use super::super::{CliError, output};
use super::ClassifyArguments;
use crate::control::Control;
use crate::model::bert::tasks::{TextTable, ToldTable};
use crate::workbench::{ClassifyRequest, Command};

/// `shelfwise classify MODEL --file`
pub(super) fn classify(arguments: &ClassifyArguments, file: &Path) -> Result<(), CliError> {
    let table = TextTable {
        files: vec![file.to_owned()],
        text: arguments.text.clone(),
        second: arguments.pair.clone(),
        keep: arguments.keep.clone(),
    };
    let mut session = Session::start(arguments.device);
    session.run(Command::ClassifyTable(ClassifyRequest {
        model: arguments.folder.clone(),
        table,
        path: arguments.out.clone(),
        device: arguments.device,
    }))?;
    let told = ready(&session.state().classified)?;
    warn(told);
    match &arguments.out {
        Some(path) if arguments.json => output::json(&json!({
            "file": path,
            "rows": told.lines.len(),
            "told": told.predictions.len(),
            "broken_rows": told.broken_rows,
        })),
        Some(path) => {
            let (rows, path) = (told.predictions.len(), path.display());
            output::line(&format!("{rows} rows told, written to {path}"));
            Ok(())
        }
        None if arguments.json => output::json(&json!({"predictions": rows(told, arguments.top)})),
        None => print_csv(told),
    }
}

/// What is missing from the result.
fn warn(told: &ToldTable) {
    let untold = told.lines.len() - told.predictions.len();
    if untold > 0 {
        output::note(&format!("{untold} rows have no text and are not told"));
    }
    if told.broken_rows > 0 {
        output::note(&format!(
            "{} rows could not be taken apart and are left out",
            told.broken_rows
        ));
    }
}

fn rows(told: &ToldTable, top: usize) -> Vec<Value> {
    let labels = told.outputs.labels();
    let one = |row: usize| {
        let mut value = json!({"line": told.lines[row]});
        for (name, cells) in told.columns.iter().zip(&told.cells) {
            value["columns"][name] = json!(cells[row]);
        }
        let shown = |(label, chance): (&str, f64)| json!({"label": label, "chance": chance});
        if let Some(chances) = told.chances(row) {
            let ranked = crate::model::bert::tasks::ranked(chances, labels, top);
            value["labels"] = told.labels(row).into_iter().map(shown).collect();
            value["chances"] = ranked.into_iter().map(shown).collect();
        }
        if let Some(rating) = told.rating(row) {
            value["rating"] = json!(rating);
        }
        value
    };
    (0..told.lines.len()).map(one).collect()
}

fn print_csv(told: &ToldTable) -> Result<(), CliError> {
    let mut text = Vec::new();
    let written = told.write_csv(&mut text, &Control::default());
    written.map_err(|error| CliError::from_error(&error))?;
    // Whoever closed the pipe has read enough.
    let _ = std::io::stdout().write_all(&text);
    Ok(())
}
