//! Which columns of a table hold texts, and which could be told from them.

use std::collections::BTreeSet;
use std::path::Path;

use serde::{Deserialize, Serialize};

use super::LoadError;
use super::format::FormatChoice;
use super::source::Source;

/// Rows looked at.
const SAMPLED_ROWS: usize = 2_000;
/// A text has this many words or more on average.
const MIN_WORDS: f64 = 2.5;
/// A label has at most this many values, each of which stands for `ROWS_PER_LABEL` rows or more on average.
const MAX_LABELS: usize = 200;
const ROWS_PER_LABEL: usize = 3;
/// Values shown of a column.
const EXAMPLES: usize = 3;
/// What columns that are worth telling are often called; earlier ones are likelier.
const TELLING_NAMES: [&str; 11] = [
    "recommend",
    "label",
    "intent",
    "sentiment",
    "target",
    "class",
    "relevan",
    "rating",
    "stars",
    "score",
    "categor",
];

/// What the first rows say of a column.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ColumnLook {
    /// Its name.
    pub name: String,
    /// Share of the rows that have a value.
    pub filled: f64,
    /// Different values.
    pub distinct: usize,
    /// Mean words of a value.
    pub words: f64,
    /// Whether every value is a number.
    pub is_numeric: bool,
    /// The first different values.
    pub examples: Vec<String>,
}

/// The columns of a table, and which of them a text task would use.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct TextColumns {
    /// All columns in their order.
    pub columns: Vec<ColumnLook>,
    /// Rows looked at.
    pub rows: usize,
    /// Columns that hold texts.
    pub texts: Vec<String>,
    /// The column that is worth telling from them.
    pub target: Option<String>,
}

/// Looks at the first rows of a table of any format that a shop can be loaded from.
///
/// # Errors
/// [`LoadError::File`] if the file cannot be read as a table.
pub fn text_columns(path: &Path) -> Result<TextColumns, LoadError> {
    let failed = |problem| LoadError::File { what: Some("texts"), path: path.to_owned(), problem };
    let source = Source::open(path, &FormatChoice::default()).map_err(failed)?;
    let sample = source.sample(SAMPLED_ROWS).map_err(failed)?;
    let value = |row: usize, column: usize| {
        let text = sample[row].get(column)?.as_cell().text()?.into_owned();
        (!text.trim().is_empty()).then_some(text)
    };
    let look = |(column, name): (usize, &String)| {
        let values: Vec<String> = (0..sample.len()).filter_map(|row| value(row, column)).collect();
        look_at(name, &values, sample.len())
    };
    let columns: Vec<ColumnLook> = source.columns().iter().enumerate().map(look).collect();
    Ok(proposed(columns, sample.len()))
}

fn look_at(name: &str, values: &[String], rows: usize) -> ColumnLook {
    let mut met = BTreeSet::new();
    let mut examples = Vec::new();
    for value in values {
        if met.insert(value) && examples.len() < EXAMPLES {
            examples.push(value.clone());
        }
    }
    let words: usize = values.iter().map(|value| super::texts::words(value)).sum();
    ColumnLook {
        name: name.to_owned(),
        filled: values.len() as f64 / rows.max(1) as f64,
        distinct: met.len(),
        words: words as f64 / values.len().max(1) as f64,
        is_numeric: !values.is_empty()
            && values.iter().all(|value| value.trim().parse::<f64>().is_ok()),
        examples,
    }
}

fn proposed(columns: Vec<ColumnLook>, rows: usize) -> TextColumns {
    let is_target = |look: &ColumnLook| {
        (2..=MAX_LABELS).contains(&look.distinct) && look.distinct * ROWS_PER_LABEL <= rows
    };
    let is_text =
        |look: &ColumnLook| !look.is_numeric && look.words >= MIN_WORDS && !is_target(look);
    let texts = columns.iter().filter(|look| is_text(look)).map(|look| look.name.clone()).collect();
    let likelihood = |look: &&ColumnLook| {
        let name = look.name.to_lowercase();
        let known = TELLING_NAMES.iter().position(|telling| name.contains(telling));
        (known.unwrap_or(TELLING_NAMES.len()), look.distinct)
    };
    let target = columns.iter().filter(|look| is_target(look)).min_by_key(likelihood);
    let target = target.map(|look| look.name.clone());
    TextColumns { columns, rows, texts, target }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn look(text: &str) -> TextColumns {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("t.csv");
        std::fs::write(&file, text).expect("written");
        text_columns(&file).expect("read")
    }

    #[test]
    fn texts_and_what_is_told_from_them_are_found() {
        let row = |row: usize| {
            let (flag, place) = (row % 2, ["east", "west", "north"][row % 3]);
            format!("{row},{place},this one is number {row} of them,{flag},a good {row}")
        };
        let rows: Vec<String> = (0..12).map(row).collect();
        let table = format!("id,division,body,recommended,title\n{}\n", rows.join("\n"));
        let found = look(&table);
        assert_eq!(
            (found.texts, found.target),
            (vec!["body".to_owned(), "title".to_owned()], Some("recommended".to_owned()))
        );
        assert_eq!((found.rows, found.columns[1].distinct), (12, 3));
        assert!(found.columns[0].is_numeric && found.columns[2].words > 6.0);
    }

    #[test]
    fn a_table_without_either_proposes_nothing() {
        let found = look("a,b\n1,x\n2,y\n");
        assert_eq!((found.texts.len(), found.target), (0, None));
    }
}
