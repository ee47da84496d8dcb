//! Steps on texts: filling and repairing.

use super::outcome::CleaningExample;
use super::repair::repaired;
use super::step::{Field, FieldKind, FillWith, TextFix};
use super::work::{Refusal, Work, event_example, has_field, item_example, shortened};
use crate::control::Cancelled;
use crate::dataset::columns::{TextColumn, TextColumnBuilder};
use crate::ids::ItemIdx;

/// Repairing a text takes as long as looking at so many rows.
const CHECKS_PER_TEXT: usize = 64;

pub(super) fn normalise(
    work: &mut Work<'_>,
    fields: &[Field],
    fixes: &[TextFix],
) -> Result<(), Refusal> {
    if fields.is_empty() || fixes.is_empty() {
        return Err("it names no field or no repair. Give both".to_owned().into());
    }
    if let Some(field) = fields.iter().find(|field| field.kind() != FieldKind::Text) {
        return Err(format!("{} holds numbers. Name fields of text", field.name()).into());
    }
    let mut fixes = fixes.to_vec();
    fixes.sort_unstable();
    fixes.dedup();
    for &field in fields {
        let column = column(work, field).clone();
        // Each distinct text is repaired once.
        let mut results: Vec<Option<String>> = Vec::with_capacity(column.pool().len());
        for (code, text) in column.pool().iter().enumerate() {
            work.check(code * CHECKS_PER_TEXT)?;
            let new = repaired(text, &fixes);
            results.push((new != **text).then_some(new));
        }
        if results.iter().all(Option::is_none) {
            continue;
        }
        replace(work, field, &column, |row| {
            let code = column.code(row)?;
            results[code as usize].as_deref().or_else(|| column.get(row))
        })?;
    }
    Ok(())
}

pub(super) fn fill(work: &mut Work<'_>, field: Field, with: &FillWith) -> Result<(), Refusal> {
    let filled = match with {
        FillWith::Text(text) if text.trim().is_empty() => {
            return Err("the text to fill in is empty. Give one".to_owned().into());
        }
        FillWith::Text(text) => Some(text.clone()),
        FillWith::Mode => mode(work, field)?,
        FillWith::Median | FillWith::ProductMedian | FillWith::Number(_) => {
            let problem = "holds texts. Fill in a text, or the most frequent one";
            return Err(format!("{} {problem}", field.name()).into());
        }
    };
    let Some(filled) = filled else { return Ok(()) };
    let log = &work.dataset.interactions;
    let can_have: Vec<bool> = match field {
        Field::Text => (0..log.len()).map(|row| has_field(log.kind(row), field)).collect(),
        _ => vec![true; work.dataset.n_items()],
    };
    let column = column(work, field).clone();
    replace(work, field, &column, |row| {
        column.get(row).or_else(|| can_have[row].then_some(filled.as_str()))
    })?;
    Ok(())
}

/// The most frequent text, of several the one met first.
fn mode(work: &Work<'_>, field: Field) -> Result<Option<String>, Cancelled> {
    let column = column(work, field);
    let mut counts = vec![0_u64; column.pool().len()];
    let mut order = Vec::new();
    for row in 0..column.len() {
        work.check(row)?;
        if let Some(code) = column.code(row) {
            if counts[code as usize] == 0 {
                order.push(code);
            }
            counts[code as usize] += 1;
        }
    }
    // Of equals `max_by_key` gives the last.
    let most = order.into_iter().rev().max_by_key(|&code| counts[code as usize]);
    Ok(most.map(|code| column.pool()[code as usize].to_string()))
}

fn column<'a>(work: &'a Work<'_>, field: Field) -> &'a TextColumn {
    let catalog = &work.dataset.catalog;
    match field {
        Field::Description => &catalog.descriptions,
        Field::Category => &catalog.categories,
        Field::Brand => &catalog.brands,
        Field::Text => work.dataset.interactions.texts(),
        _ => &catalog.titles,
    }
}

/// Gives each row another text or none, and counts those that changed.
fn replace<'t>(
    work: &mut Work<'_>,
    field: Field,
    old: &'t TextColumn,
    new: impl Fn(usize) -> Option<&'t str>,
) -> Result<(), Cancelled> {
    let rows = match field {
        Field::Text => work.dataset.interactions.len(),
        _ => work.dataset.n_items(),
    };
    let mut builder = TextColumnBuilder::default();
    for row in 0..rows {
        work.check(row)?;
        let (before, after) = (old.get(row), new(row));
        builder.push(after);
        if before != after {
            work.changed(|dataset| {
                let example = match field {
                    Field::Text => event_example(dataset, dataset.interactions.user_of(row), row),
                    _ => item_example(dataset, ItemIdx::from_index(row)),
                };
                let (before, after) = (before.map(shortened), after.map(shortened));
                CleaningExample { before, after, ..example }
            });
        }
    }
    let column = builder.finish();
    let catalog = &mut work.dataset.catalog;
    match field {
        Field::Description => catalog.descriptions = column,
        Field::Category => catalog.categories = column,
        Field::Brand => catalog.brands = column,
        Field::Text => work.dataset.interactions.set_texts(column),
        _ => catalog.titles = column,
    }
    Ok(())
}
