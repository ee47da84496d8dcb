//! What a fitted text task says of every row of a table.

use std::io::{self, Write};
use std::path::PathBuf;

use super::data::{GIVEN_ABOVE, Outputs, Predictions, TextInput, ranked};
use super::fitted::TextModel;
use super::source::joined;
use crate::control::Control;
use crate::dataset::load::{TextValues, read_columns};
use crate::dataset::privacy::csv_field;
use crate::model::ModelError;

/// Texts of one call of the network, whose tokens are in memory together.
const BLOCK: usize = 4_096;
/// Lines between two looks at whether to stop.
const LINES: usize = 4_096;
/// Stands between several labels of a text.
const BETWEEN: &str = "|";

/// Files and which of their columns hold the texts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TextTable {
    /// Files of any format that a shop can be loaded from.
    pub files: Vec<PathBuf>,
    /// Columns that together are the text.
    pub text: Vec<String>,
    /// The column of the second text of a pair.
    pub second: Option<String>,
    /// Further columns that are to stand beside what is told.
    pub keep: Vec<String>,
}

/// A table's rows with what was told of them.
#[derive(Debug, Clone, PartialEq)]
pub struct ToldTable {
    /// Names of the columns that were kept, then of those of the texts.
    pub columns: Vec<String>,
    /// Their cells, by column.
    pub cells: Vec<TextValues>,
    /// Line of each row in its file, from 1.
    pub lines: Vec<u64>,
    /// Which prediction is that of a row; none for a row without a text.
    pub told: Vec<Option<usize>>,
    /// What was told.
    pub predictions: Predictions,
    /// What there was to tell.
    pub outputs: Outputs,
    /// Rows that could not be taken apart, and are not there.
    pub broken_rows: u64,
}

impl TextTable {
    /// Has `model` tell every row; one without a text, or without the second text of a pair, is left untold.
    ///
    /// # Errors
    /// [`ModelError`]: a file that cannot be read or lacks a column, a device that failed, or a request to stop.
    pub fn tell(&self, model: &TextModel, control: &Control) -> Result<ToldTable, ModelError> {
        let wanted = self.columns();
        let names: Vec<&str> = wanted.iter().map(String::as_str).collect();
        let found = read_columns(&self.files, &names, control)?;
        let column = |name: &String| {
            &found.columns[wanted.iter().position(|one| one == name).expect("it was asked for")]
        };
        let texts: Vec<&TextValues> = self.text.iter().map(column).collect();
        let second = self.second.as_ref().map(column);
        let (mut inputs, mut told) = (Vec::new(), Vec::with_capacity(found.lines.len()));
        for row in 0..found.lines.len() {
            let text = joined(texts.iter().filter_map(|column| column[row].as_deref()));
            let other = second.map(|column| column[row].clone());
            let input = match (text, other) {
                (None, _) | (_, Some(None)) => None,
                (Some(text), other) => Some(TextInput { text, second: other.flatten() }),
            };
            told.push(input.as_ref().map(|_| inputs.len()));
            inputs.extend(input);
        }
        let predictions = in_blocks(model, &inputs, control)?;
        Ok(ToldTable {
            columns: wanted,
            cells: found.columns,
            lines: found.lines,
            told,
            predictions,
            outputs: model.outputs().clone(),
            broken_rows: found.rejected.iter().map(|rejected| rejected.count).sum(),
        })
    }

    /// Every column once, in the order in which they are shown.
    fn columns(&self) -> Vec<String> {
        let mut columns: Vec<String> = Vec::new();
        for name in self.keep.iter().chain(&self.text).chain(&self.second) {
            if !columns.contains(name) {
                columns.push(name.clone());
            }
        }
        columns
    }
}

/// Predictions block by block, with the progress of the whole.
fn in_blocks(
    model: &TextModel,
    inputs: &[TextInput],
    control: &Control,
) -> Result<Predictions, ModelError> {
    let total = inputs.len() as u64;
    let mut whole = model.predict(&[], control)?;
    for (block, chosen) in inputs.chunks(BLOCK).enumerate() {
        let (outer, before) = (control.clone(), (block * BLOCK) as u64);
        let within = Control::new(control.cancel_token().clone(), move |progress| {
            outer.report(progress.stage, before + progress.done, total);
        });
        whole.append(model.predict(chosen, &within)?);
    }
    Ok(whole)
}

impl ToldTable {
    /// The labels that are told of a row with their chances: the likeliest class, all labels above
    /// [`GIVEN_ABOVE`] from the likeliest down, none for ratings and of an untold row.
    #[must_use]
    pub fn labels(&self, row: usize) -> Vec<(&str, f64)> {
        let (Some(chances), labels) = (self.chances(row), self.outputs.labels()) else {
            return Vec::new();
        };
        match &self.predictions {
            Predictions::Chances { .. } => ranked(chances, labels, 1),
            Predictions::Marks { .. } => {
                let mut given = ranked(chances, labels, labels.len());
                given.retain(|(_, chance)| *chance > GIVEN_ABOVE);
                given
            }
            Predictions::Ratings(_) => Vec::new(),
        }
    }

    /// The rating that is told of a row.
    #[must_use]
    pub fn rating(&self, row: usize) -> Option<f64> {
        match &self.predictions {
            Predictions::Ratings(ratings) => Some(ratings[self.told[row]?]),
            Predictions::Chances { .. } | Predictions::Marks { .. } => None,
        }
    }

    /// Chances of all classes or labels of a row.
    #[must_use]
    pub fn chances(&self, row: usize) -> Option<&[f64]> {
        match &self.predictions {
            Predictions::Chances { classes: width, values }
            | Predictions::Marks { labels: width, values } => {
                values.chunks(*width).nth(self.told[row]?)
            }
            Predictions::Ratings(_) => None,
        }
    }

    /// Writes the table as CSV that a spreadsheet does not run: its columns, what is told, and the chances of all
    /// classes or labels. Of a row that is not told these cells are empty.
    ///
    /// # Errors
    /// What the writer says, or that a stop was asked for.
    pub fn write_csv(&self, out: &mut dyn Write, control: &Control) -> io::Result<()> {
        let mut line = String::new();
        let names: &[&str] = match self.predictions {
            Predictions::Chances { .. } => &["label", "chance"],
            Predictions::Marks { .. } => &["labels"],
            Predictions::Ratings(_) => &["rating"],
        };
        let header = self.columns.iter().map(String::as_str).chain(names.iter().copied());
        header.for_each(|name| push(&mut line, name));
        for label in self.outputs.labels() {
            push(&mut line, &format!("chance of {label}"));
        }
        for row in 0..self.lines.len() {
            if row % LINES == 0 {
                control.check().map_err(io::Error::other)?;
                control.report("stage-exporting", row as u64, self.lines.len() as u64);
            }
            end(&mut line, out)?;
            for column in &self.cells {
                push(&mut line, column[row].as_deref().unwrap_or_default());
            }
            self.push_told(row, &mut line);
        }
        end(&mut line, out)
    }

    fn push_told(&self, row: usize, line: &mut String) {
        let number = |value: f64| format!("{value:.6}");
        let labels = self.labels(row);
        match self.predictions {
            Predictions::Ratings(_) => {
                return push(line, &self.rating(row).map_or_else(String::new, number));
            }
            Predictions::Chances { .. } => {
                let (label, chance) = labels.first().map_or(("", None), |one| (one.0, Some(one.1)));
                push(line, label);
                push(line, &chance.map_or_else(String::new, number));
            }
            Predictions::Marks { .. } => {
                let names: Vec<&str> = labels.iter().map(|(label, _)| *label).collect();
                push(line, &names.join(BETWEEN));
            }
        }
        let chances = self.chances(row);
        for label in 0..self.outputs.len() {
            push(line, &chances.map_or_else(String::new, |chances| number(chances[label])));
        }
    }
}

/// One more cell; each is followed by a comma, the last of which [`end`] takes off.
fn push(line: &mut String, cell: &str) {
    line.push_str(&csv_field(cell));
    line.push(',');
}

fn end(line: &mut String, out: &mut dyn Write) -> io::Result<()> {
    line.pop();
    line.push_str("\r\n");
    out.write_all(line.as_bytes())?;
    line.clear();
    Ok(())
}
