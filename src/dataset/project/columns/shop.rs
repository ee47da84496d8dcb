//! A shop as columns and back.

use std::path::Path;

use rayon::prelude::*;

use super::super::error::ProjectError;
use super::read::ColumnReader;
use super::write::ColumnWriter;
use crate::control::Control;
use crate::dataset::columns::TextColumn;
use crate::dataset::event::EventKind;
use crate::dataset::interactions::{InteractionColumns, Interactions};
use crate::dataset::{Catalog, Dataset, UserAttribute};
use crate::ids::IdMap;

/// Stands for no text and no product where codes are numbers of 32 bits.
const NONE: u32 = u32::MAX;

/// Writes everything of a shop but its name and report into a folder of data.
pub(in crate::dataset::project) fn write_shop(
    data: &Path,
    dataset: &Dataset,
    control: &Control,
) -> Result<(), ProjectError> {
    let mut out = ColumnWriter::create(data, control)?;
    out.texts("users", dataset.users.iter())?;
    out.texts("items", dataset.items.iter())?;
    for (name, column) in text_columns(&dataset.catalog) {
        write_texts(&mut out, name, column)?;
    }
    for (name, column) in [("price", &dataset.catalog.prices), ("stock", &dataset.catalog.stock)] {
        out.numbers(name, column, float_bits)?;
    }
    for (position, attribute) in dataset.user_attributes.iter().enumerate() {
        write_texts(&mut out, &attribute_name(position), &attribute.values)?;
    }
    write_events(&mut out, &dataset.interactions, control)?;
    let names = dataset.user_attributes.iter().map(|attribute| attribute.name.clone());
    out.finish(&dataset.revision.0, names.collect())
}

fn write_events(
    out: &mut ColumnWriter<'_>,
    log: &Interactions,
    control: &Control,
) -> Result<(), ProjectError> {
    let stage = |column: u64| {
        control.report("stage-saving", column * log.len() as u64 / 6, log.len() as u64);
    };
    stage(0);
    out.numbers("events.users", log.user_offsets(), u64::from)?;
    out.anchor("events.kind", log.kinds(), |kind| kind as u64)?;
    stage(1);
    // The one that stands for no product comes first, so that it makes no offset wide.
    out.numbers("events.item", log.item_codes(), shifted)?;
    stage(2);
    out.numbers("events.time", log.times_ms(), time_bits)?;
    stage(3);
    write_optional(out, "events.amount", log.amounts(), log.len())?;
    stage(4);
    write_optional(out, "events.price", log.prices(), log.len())?;
    stage(5);
    if log.texts().is_empty() {
        out.repeated("events.text.code", log.len(), shifted(NONE));
        return out.texts("events.text", std::iter::empty());
    }
    write_texts(out, "events.text", log.texts())
}

/// Numbers that a log without any has no column of; in the file it has one.
fn write_optional(
    out: &mut ColumnWriter<'_>,
    name: &str,
    values: &[f32],
    rows: usize,
) -> Result<(), ProjectError> {
    if values.is_empty() {
        out.repeated(name, rows, float_bits(f32::NAN));
        return Ok(());
    }
    out.numbers(name, values, float_bits)
}

fn write_texts(
    out: &mut ColumnWriter<'_>,
    name: &str,
    column: &TextColumn,
) -> Result<(), ProjectError> {
    out.numbers(&format!("{name}.code"), column.codes(), shifted)?;
    out.texts(name, column.pool().iter().map(AsRef::as_ref))
}

/// Reads a shop; its name, origin and what the manifest says beside are for the caller to fill in.
pub(in crate::dataset::project) fn read_shop(
    data: &Path,
    revision: &str,
    kinds: &[EventKind],
    control: &Control,
) -> Result<Dataset, ProjectError> {
    let columns = ColumnReader::open(data, control)?;
    if columns.revision() != revision {
        return Err(ProjectError::Damaged {
            problem: "the data are not those that were imported".to_owned(),
            path: data.to_owned(),
        });
    }
    let users = read_ids(&columns, "users")?;
    let items = read_ids(&columns, "items")?;
    let mut catalog = Catalog::default();
    for (name, column) in text_columns_mut(&mut catalog) {
        *column = read_texts(&columns, name, items.len())?;
    }
    catalog.prices = read_floats(&columns, "price", columns.rows("price", items.len())?)?;
    catalog.stock = read_floats(&columns, "stock", columns.rows("stock", items.len())?)?;
    let mut user_attributes = Vec::new();
    for (position, name) in columns.attributes().iter().enumerate() {
        let values = read_texts(&columns, &attribute_name(position), users.len())?;
        user_attributes.push(UserAttribute { name: name.clone(), values });
    }
    let interactions = read_events(&columns, (users.len(), items.len()), kinds)?;
    Ok(Dataset { users, items, catalog, user_attributes, interactions, ..Dataset::default() })
}

fn read_ids(columns: &ColumnReader<'_>, name: &str) -> Result<IdMap, ProjectError> {
    let (text, ends) = columns.texts(name)?;
    IdMap::from_text(text, ends).ok_or_else(|| columns.contradiction(name))
}

fn read_events(
    columns: &ColumnReader<'_>,
    (n_users, n_items): (usize, usize),
    kinds: &[EventKind],
) -> Result<Interactions, ProjectError> {
    let rows = columns.anchor("events.kind")?;
    let offsets = columns.rows("events.users", n_users + 1)?;
    let code = |limit: usize| {
        move |bits: u64| unshifted(bits).filter(|&code| code == NONE || (code as usize) < limit)
    };
    let events = InteractionColumns {
        user_offsets: columns
            .numbers("events.users", offsets, 0, |bits| u32::try_from(bits).ok())?,
        items: columns.numbers("events.item", rows, NONE, code(n_items))?,
        kinds: columns.numbers("events.kind", rows, EventKind::View, |bits| {
            kinds.get(usize::try_from(bits).ok()?).copied()
        })?,
        times_ms: columns.numbers("events.time", rows, 0, |bits| Some(time_of(bits)))?,
        amounts: read_optional(columns, "events.amount", rows)?,
        prices: read_optional(columns, "events.price", rows)?,
        texts: read_event_texts(columns, rows)?,
    };
    Interactions::from_columns(events, n_users).ok_or_else(|| columns.contradiction("events.users"))
}

fn read_texts(
    columns: &ColumnReader<'_>,
    name: &str,
    most: usize,
) -> Result<TextColumn, ProjectError> {
    let (text, ends) = columns.texts(name)?;
    let starts = std::iter::once(0).chain(ends.iter().copied());
    let bounds: Vec<(u64, u64)> = starts.zip(ends.iter().copied()).collect();
    let pool: Vec<Box<str>> =
        bounds.par_iter().map(|&(start, end)| text[start as usize..end as usize].into()).collect();
    let codes = format!("{name}.code");
    let known = pool.len();
    let codes = columns.numbers(&codes, columns.rows(&codes, most)?, NONE, |bits| {
        unshifted(bits).filter(|&code| code == NONE || (code as usize) < known)
    })?;
    Ok(TextColumn::from_parts(codes, pool))
}

/// The texts of events; no column where no row has one.
fn read_event_texts(columns: &ColumnReader<'_>, rows: usize) -> Result<TextColumn, ProjectError> {
    if columns.repeats("events.text.code", rows, shifted(NONE))? {
        columns.texts("events.text")?;
        return Ok(TextColumn::default());
    }
    read_texts(columns, "events.text", rows)
}

/// A column of which nothing is kept where every number is missing.
fn read_optional(
    columns: &ColumnReader<'_>,
    name: &str,
    rows: usize,
) -> Result<Vec<f32>, ProjectError> {
    if columns.repeats(name, rows, float_bits(f32::NAN))? {
        return Ok(Vec::new());
    }
    read_floats(columns, name, rows)
}

fn read_floats(
    columns: &ColumnReader<'_>,
    name: &str,
    rows: usize,
) -> Result<Vec<f32>, ProjectError> {
    let float = |bits: u64| u32::try_from(bits).ok().map(f32::from_bits);
    columns.numbers(name, rows, f32::NAN, float)
}

fn text_columns(catalog: &Catalog) -> [(&'static str, &TextColumn); 5] {
    [
        ("title", &catalog.titles),
        ("description", &catalog.descriptions),
        ("category", &catalog.categories),
        ("brand", &catalog.brands),
        ("picture", &catalog.pictures),
    ]
}

fn text_columns_mut(catalog: &mut Catalog) -> [(&'static str, &mut TextColumn); 5] {
    [
        ("title", &mut catalog.titles),
        ("description", &mut catalog.descriptions),
        ("category", &mut catalog.categories),
        ("brand", &mut catalog.brands),
        ("picture", &mut catalog.pictures),
    ]
}

fn attribute_name(position: usize) -> String {
    format!("attribute.{position}")
}

fn shifted(code: u32) -> u64 {
    u64::from(code.wrapping_add(1))
}

fn unshifted(bits: u64) -> Option<u32> {
    u32::try_from(bits).ok().map(|code| code.wrapping_sub(1))
}

fn float_bits(value: f32) -> u64 {
    u64::from(value.to_bits())
}

/// Ascends with the time, so that offsets from the earliest are small.
const fn time_bits(time_ms: i64) -> u64 {
    time_ms.cast_unsigned() ^ (1 << 63)
}

const fn time_of(bits: u64) -> i64 {
    (bits ^ (1 << 63)).cast_signed()
}
