//! The texts of any table: what a language model reads of it.

use std::path::Path;

use super::cell::Row;
use super::error::{LoadError, Stop};
use super::format::FormatChoice;
use super::source::Source;
use crate::control::Control;

/// Rows looked at to see which columns hold texts.
const SAMPLED_ROWS: usize = 200;

/// Mean number of words from which a column counts as one of texts.
const MIN_WORDS: f64 = 2.0;

/// The texts of each row of a table (CSV, JSON lines, Parquet, a workbook, …), in the order of `columns`;
/// where none is named, of every column that holds two words or more on average. Rows without a text are
/// left out.
///
/// # Errors
/// [`LoadError::File`] if the file cannot be read as a table, [`LoadError::Columns`] if it has no such
/// column, [`LoadError::Cancelled`] on request.
pub fn texts_of_table(
    path: &Path,
    columns: &[String],
    control: &Control,
) -> Result<Vec<Vec<String>>, LoadError> {
    let failed = |problem| LoadError::File { what: Some("texts"), path: path.to_owned(), problem };
    let source = Source::open(path, &FormatChoice::default()).map_err(failed)?;
    let wanted = if columns.is_empty() {
        let sample = source.sample(SAMPLED_ROWS).map_err(failed)?;
        let is_text = |column: &usize| {
            let texts = sample.iter().filter_map(|row| row.get(*column)?.as_cell().text());
            let counts: Vec<usize> = texts.map(|text| words(&text)).collect();
            !counts.is_empty()
                && counts.iter().sum::<usize>() as f64 / counts.len() as f64 >= MIN_WORDS
        };
        (0..source.columns().len()).filter(is_text).collect()
    } else {
        columns.iter().map(|name| place(&source, name)).collect::<Result<Vec<_>, _>>()?
    };
    if wanted.is_empty() {
        return Err(no_column(&source, "that holds texts"));
    }
    let mut rows = Vec::new();
    let outcome = source.read(&wanted, control, &mut |row| {
        if let Row::Good(row) = row {
            let texts: Vec<String> =
                row.cells.iter().filter_map(|cell| Some(cell.text()?.into_owned())).collect();
            if !texts.is_empty() {
                rows.push(texts);
            }
        }
        Ok(())
    });
    match outcome {
        Ok(_) | Err(Stop::Enough) => Ok(rows),
        Err(Stop::Problem(problem)) => Err(failed(problem)),
        Err(Stop::Cancelled(cancelled)) => Err(LoadError::Cancelled(cancelled)),
    }
}

fn place(source: &Source, name: &str) -> Result<usize, LoadError> {
    let found = source.columns().iter().position(|column| column == name);
    found.ok_or_else(|| no_column(source, &format!("{name:?}")))
}

fn no_column(source: &Source, wanted: &str) -> LoadError {
    LoadError::Columns {
        wanted: wanted.to_owned(),
        found: source.columns().join(", "),
        path: source.path.clone(),
    }
}

/// Words of a text, each Chinese character counting as one.
pub(super) fn words(text: &str) -> usize {
    let is_chinese = |letter: char| ('\u{3400}'..='\u{9FFF}').contains(&letter);
    let chinese = text.chars().filter(|&letter| is_chinese(letter)).count();
    let other = text.split_whitespace().filter(|word| !word.chars().all(is_chinese)).count();
    chinese + other
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(table: &str, columns: &[&str]) -> Result<Vec<Vec<String>>, LoadError> {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("texts.csv");
        std::fs::write(&path, table).expect("written");
        let columns: Vec<String> = columns.iter().map(|&column| column.to_owned()).collect();
        texts_of_table(&path, &columns, &Control::default())
    }

    const TABLE: &str =
        "id,title,text,stars\n1,Red mug,\"Holds tea, and coffee\",5\n2,蓝色杯子,,4\n3,,,1\n";

    #[test]
    fn columns_of_texts_are_found() {
        let rows = read(TABLE, &[]).expect("read");
        assert_eq!(rows, [vec!["Red mug", "Holds tea, and coffee"], vec!["蓝色杯子"]]);
    }

    #[test]
    fn named_columns_are_read_in_their_order() {
        let rows = read(TABLE, &["text", "id"]).expect("read");
        assert_eq!(rows[0], ["Holds tea, and coffee", "1"]);
        assert_eq!(rows[2], ["3"]);
        let error = read(TABLE, &["body"]).expect_err("no such column").to_string();
        assert!(error.contains("\"body\"") && error.contains("id, title, text, stars"), "{error}");
        let error = read("a,b\n1,2\n3,4\n", &[]).expect_err("numbers").to_string();
        assert!(error.contains("holds texts"), "{error}");
    }
}
