//! A look into a file before it is loaded.

use std::path::Path;

use super::error::{FileProblem, LoadError};
use super::events;
use super::format::{FileFormat, FormatChoice};
use super::recognise::{self, Sampled};
use super::source::{ReadStats, Source};
use super::{Preview, recognise::SAMPLED_ROWS};
use crate::dataset::schema::{ColumnMapping, Field, Role};

/// Rows shown.
const SHOWN_ROWS: usize = 20;

/// Looks into a file and guesses what it holds.
///
/// # Errors
/// [`LoadError::File`] if the file cannot be read as a table.
pub fn preview(path: &Path) -> Result<Preview, LoadError> {
    look(path, None, &ColumnMapping::default(), &FormatChoice::default())
}

/// Looks into a file that is laid out as the user says, and guesses what it holds.
///
/// # Errors
/// [`LoadError::File`] if the file cannot be read so.
pub fn preview_in(path: &Path, format: &FormatChoice) -> Result<Preview, LoadError> {
    look(path, None, &ColumnMapping::default(), format)
}

/// Looks into a file that is known to hold this, with the user's corrections.
///
/// # Errors
/// [`LoadError::File`] if the file cannot be read as a table.
pub fn preview_as(path: &Path, role: Role, mapping: &ColumnMapping) -> Result<Preview, LoadError> {
    look(path, Some(role), mapping, &FormatChoice::default())
}

fn look(
    path: &Path,
    role: Option<Role>,
    mapping: &ColumnMapping,
    format: &FormatChoice,
) -> Result<Preview, LoadError> {
    try_look(path, role, mapping, format).map_err(|problem| LoadError::File {
        what: role.map(Role::name),
        path: path.to_owned(),
        problem,
    })
}

fn try_look(
    path: &Path,
    role: Option<Role>,
    mapping: &ColumnMapping,
    format: &FormatChoice,
) -> Result<Preview, FileProblem> {
    let source = Source::open(path, format)?;
    let sample = source.sample(SAMPLED_ROWS)?;
    let sampled = Sampled { columns: source.columns(), rows: &sample };
    let role = role.unwrap_or_else(|| {
        let is_events = !source.known(Role::Events).is_empty();
        // Texts by line may be of products or reviews; products come first.
        if is_events && source.format() != FileFormat::Lines {
            Role::Events
        } else {
            recognise::guess_role(&sampled)
        }
    });
    let recognised = recognise::recognise(&sampled, role, mapping, &source.known(role));
    let text = |cell: &super::cell::OwnedCell| {
        cell.as_cell().text().map(std::borrow::Cow::into_owned).unwrap_or_default()
    };
    let event_words = match recognised.column(Field::Event) {
        Some(column) if role == Role::Events => {
            events::count_words(sample.iter().map(|row| row[column].as_cell()), mapping)
        }
        _ => Vec::new(),
    };
    Ok(Preview {
        event_words,
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
