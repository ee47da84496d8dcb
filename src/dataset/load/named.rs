//! Chosen columns of any table, as text: for work that needs no shop.

use std::path::{Path, PathBuf};

use super::cell::Row;
use super::error::{FileProblem, LoadError, Stop};
use super::format::FormatChoice;
use super::report::{RejectCounter, Rejected};
use super::source::Source;
use crate::control::{Cancelled, Control};

/// A value per row; `None` where nothing stands there or a usual word for nothing.
pub type TextValues = Vec<Option<String>>;

/// Chosen columns of one or more files, the files one after another.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct NamedColumns {
    /// The columns in the order asked for, all of one length.
    pub columns: Vec<TextValues>,
    /// Where each row begins in its file: line, or row, from 1.
    pub lines: Vec<u64>,
    /// Rows that could not be taken apart.
    pub rejected: Vec<Rejected>,
}

/// Reads columns by name from files of any format that a shop can be loaded from; names are those of
/// the files, or equal to one but for case.
///
/// # Errors
/// [`LoadError`] when a file cannot be read as a table or lacks a column, or on a request to stop.
pub fn read_columns(
    files: &[PathBuf],
    wanted: &[&str],
    control: &Control,
) -> Result<NamedColumns, LoadError> {
    let mut found =
        NamedColumns { columns: vec![Vec::new(); wanted.len()], ..NamedColumns::default() };
    let mut rejected = RejectCounter::default();
    for path in files {
        control.check()?;
        control.report("stage-reading", 0, 0);
        read_file(path, wanted, &mut found, &mut rejected, control)
            .map_err(|stop| load_error(stop, path))?;
    }
    found.rejected = rejected.finish();
    Ok(found)
}

fn read_file(
    path: &Path,
    wanted: &[&str],
    found: &mut NamedColumns,
    rejected: &mut RejectCounter,
    control: &Control,
) -> Result<(), Stop> {
    let source = Source::open(path, &FormatChoice::default())?;
    let positions = positions(&source, wanted)?;
    source.read(&positions, control, &mut |row| {
        match row {
            Row::Good(row) => {
                for (column, cell) in found.columns.iter_mut().zip(row.cells) {
                    column.push(cell.text().map(std::borrow::Cow::into_owned));
                }
                found.lines.push(row.line);
            }
            Row::Bad { line, reason, text } => rejected.add(reason, line, || text.into_owned()),
        }
        Ok(())
    })?;
    Ok(())
}

fn positions(source: &Source, wanted: &[&str]) -> Result<Vec<usize>, FileProblem> {
    let columns = source.columns();
    wanted
        .iter()
        .map(|name| {
            let alike = |column: &String| column.eq_ignore_ascii_case(name);
            let exact = columns.iter().position(|column| column == name);
            exact.or_else(|| columns.iter().position(alike)).ok_or_else(|| {
                FileProblem::UnknownColumn { column: (*name).to_owned(), found: columns.to_vec() }
            })
        })
        .collect()
}

fn load_error(stop: Stop, path: &Path) -> LoadError {
    match stop {
        Stop::Problem(problem) => {
            LoadError::File { what: Some("the texts"), path: path.to_owned(), problem }
        }
        Stop::Cancelled(cancelled) => cancelled.into(),
        Stop::Enough => Cancelled.into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(folder: &Path, name: &str, text: &str) -> PathBuf {
        let path = folder.join(name);
        std::fs::write(&path, text).unwrap();
        path
    }

    #[test]
    fn columns_are_joined_over_files_of_several_formats() {
        let folder = tempfile::tempdir().unwrap();
        let files = [
            file(folder.path(), "a.csv", "id,Text,mark\n1,\"good, really\",5\n2,,NA\n"),
            file(folder.path(), "b.jsonl", "{\"mark\": 3, \"Text\": \"so so\"}\n"),
        ];
        let found = read_columns(&files, &["mark", "text"], &Control::default()).unwrap();
        let some = |text: &str| Some(text.to_owned());
        assert_eq!(found.columns[0], [some("5"), None, some("3")]);
        assert_eq!(found.columns[1], [some("good, really"), None, some("so so")]);
        assert_eq!(found.lines.len(), 3);
        assert!(found.rejected.is_empty());
    }

    #[test]
    fn a_column_that_is_not_there_is_named_with_those_that_are() {
        let folder = tempfile::tempdir().unwrap();
        let files = [file(folder.path(), "a.csv", "id,text\n1,x\n")];
        let error = read_columns(&files, &["label"], &Control::default()).unwrap_err().to_string();
        assert!(error.contains("\"label\"") && error.contains("\"id\", \"text\""), "{error}");
        let control = Control::default();
        control.cancel_token().cancel();
        assert!(matches!(read_columns(&files, &["id"], &control), Err(LoadError::Cancelled(_))));
    }
}
