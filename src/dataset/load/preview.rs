//! A look into a file before it is loaded.

use std::path::Path;

use super::error::{FileProblem, LoadError};
use super::recognise::{self, Sampled};
use super::source::{ReadStats, Source};
use super::{Preview, recognise::SAMPLED_ROWS};
use crate::dataset::schema::{ColumnMapping, Role};

/// Rows shown.
const SHOWN_ROWS: usize = 20;

/// Looks into a file and guesses what it holds.
///
/// # Errors
/// [`LoadError::File`] if the file cannot be read as a table.
pub fn preview(path: &Path) -> Result<Preview, LoadError> {
    look(path, None, &ColumnMapping::default())
}

/// Looks into a file that is known to hold this, with the user's corrections.
///
/// # Errors
/// [`LoadError::File`] if the file cannot be read as a table.
pub fn preview_as(path: &Path, role: Role, mapping: &ColumnMapping) -> Result<Preview, LoadError> {
    look(path, Some(role), mapping)
}

fn look(path: &Path, role: Option<Role>, mapping: &ColumnMapping) -> Result<Preview, LoadError> {
    try_look(path, role, mapping).map_err(|problem| LoadError::File {
        what: role.map(Role::name),
        path: path.to_owned(),
        problem,
    })
}

fn try_look(
    path: &Path,
    role: Option<Role>,
    mapping: &ColumnMapping,
) -> Result<Preview, FileProblem> {
    let source = Source::open(path)?;
    let sample = source.sample(SAMPLED_ROWS)?;
    let sampled = Sampled { columns: source.columns(), rows: &sample };
    let role = role.unwrap_or_else(|| recognise::guess_role(&sampled));
    let recognised = recognise::recognise(&sampled, role, mapping);
    let text = |cell: &super::cell::OwnedCell| {
        cell.as_cell().text().map(std::borrow::Cow::into_owned).unwrap_or_default()
    };
    Ok(Preview {
        path: path.to_owned(),
        format: source.format(),
        delimiter: source.delimiter(),
        encoding: source.encoding(&ReadStats::default()),
        columns: source.columns().to_vec(),
        rows: sample.iter().take(SHOWN_ROWS).map(|row| row.iter().map(text).collect()).collect(),
        role,
        mapping: recognised.describe(source.columns()),
    })
}
