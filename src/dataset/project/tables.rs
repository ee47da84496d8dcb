//! The tables (Parquet) in which projects of formats 1 and 2 keep their data.

use std::path::{Path, PathBuf};

use polars::prelude::*;

use super::error::ProjectError;
use super::store;
use crate::control::Control;
use crate::dataset::catalog::Catalog;
use crate::dataset::columns::TextColumn;
use crate::dataset::event::EventKind;
use crate::dataset::interactions::{InteractionsBuilder, NewInteraction};
use crate::dataset::load::careful::guarded;
use crate::dataset::{Dataset, UserAttribute};
use crate::ids::{IdMap, ItemIdx, UserIdx};

/// Prefix of columns that hold what is known of shoppers, so that none can be taken for the id.
const ATTRIBUTE: &str = "attribute:";

const ITEMS: &str = "items";
const USERS: &str = "users";
const EVENTS: &str = "events";

/// Reads a shop; its name, origin and what the manifest says beside are for the caller to fill in.
pub(super) fn read_shop(
    data: &Path,
    kinds: &[EventKind],
    control: &Control,
) -> Result<Dataset, ProjectError> {
    let path = table_path(data, ITEMS);
    let frame = store::read_whole_table(&path)?;
    let (items, catalog) = decode(&path, || read_items(&frame))?;
    control.check()?;
    let path = table_path(data, USERS);
    let frame = store::read_whole_table(&path)?;
    let (users, user_attributes) = decode(&path, || read_users(&frame))?;
    drop(frame);
    let path = table_path(data, EVENTS);
    let rules = EventRules { kinds, n_users: users.len(), n_items: items.len() };
    let mut log = InteractionsBuilder::default();
    for frame in store::read_table(&path)? {
        control.check()?;
        control.report("stage-opening", log.len() as u64, 0);
        let frame = frame?;
        decode(&path, || read_events(&frame, &rules, &mut log))?;
    }
    let interactions = log.finish(users.len());
    Ok(Dataset { users, items, catalog, user_attributes, interactions, ..Dataset::default() })
}

fn table_path(data: &Path, table: &str) -> PathBuf {
    data.join(format!("{table}.parquet"))
}

fn decode<T>(path: &Path, work: impl FnOnce() -> Result<T, TableError>) -> Result<T, ProjectError> {
    guarded(work).map_err(|problem| ProjectError::Damaged { problem, path: path.to_owned() })
}

/// What the tables say that cannot be.
#[derive(Debug, thiserror::Error)]
enum TableError {
    #[error("{0}")]
    Polars(#[from] PolarsError),
    #[error("{0}")]
    Content(String),
}

/// The ids and columns of products.
fn read_items(frame: &DataFrame) -> Result<(IdMap, Catalog), TableError> {
    let catalog = Catalog {
        titles: texts(frame, "title")?,
        descriptions: texts(frame, "description")?,
        categories: texts(frame, "category")?,
        brands: texts(frame, "brand")?,
        pictures: texts(frame, "picture")?,
        prices: numbers(frame, "price")?,
        stock: numbers(frame, "stock")?,
    };
    Ok((ids(frame)?, catalog))
}

/// The ids and attributes of shoppers.
fn read_users(frame: &DataFrame) -> Result<(IdMap, Vec<UserAttribute>), TableError> {
    let mut attributes = Vec::new();
    for column in frame.columns() {
        if let Some(name) = column.name().strip_prefix(ATTRIBUTE) {
            let values = texts(frame, column.name())?;
            attributes.push(UserAttribute { name: name.to_owned(), values });
        }
    }
    Ok((ids(frame)?, attributes))
}

fn ids(frame: &DataFrame) -> Result<IdMap, TableError> {
    let column = frame.column("id")?.str()?.clone();
    if column.null_count() > 0 {
        return Err(TableError::Content("an id is missing".to_owned()));
    }
    let map = IdMap::from_ids(column.iter().flatten());
    if map.len() < column.len() {
        return Err(TableError::Content("an id occurs twice".to_owned()));
    }
    Ok(map)
}

fn texts(frame: &DataFrame, name: &str) -> Result<TextColumn, TableError> {
    Ok(frame.column(name)?.str()?.iter().collect())
}

/// The numbers of a column; empty where it has none, as the catalogue has it.
fn numbers(frame: &DataFrame, name: &str) -> Result<Vec<f32>, TableError> {
    let column = frame.column(name)?.f32()?;
    if column.null_count() == column.len() {
        return Ok(Vec::new());
    }
    Ok(column.iter().map(|value| value.unwrap_or(f32::NAN)).collect())
}

/// What a row of the events table has to agree with.
struct EventRules<'a> {
    /// The kind that each code stands for.
    kinds: &'a [EventKind],
    /// Number of shoppers.
    n_users: usize,
    /// Number of products.
    n_items: usize,
}

/// Appends some rows of the behaviour log.
fn read_events(
    frame: &DataFrame,
    rules: &EventRules<'_>,
    log: &mut InteractionsBuilder,
) -> Result<(), TableError> {
    let users = frame.column("user")?.u32()?;
    let items = frame.column("item")?.u32()?;
    let codes = frame.column("kind")?.u32()?;
    let times = frame.column("time_ms")?.i64()?;
    let amounts = frame.column("amount")?.f32()?;
    let prices = frame.column("price")?.f32()?;
    let texts = frame.column("text")?.str()?;
    for row in 0..frame.height() {
        let user = users.get(row).filter(|&user| (user as usize) < rules.n_users);
        let kind = codes.get(row).and_then(|code| rules.kinds.get(code as usize)).copied();
        let item = items.get(row);
        let known = item.is_none_or(|item| (item as usize) < rules.n_items);
        let (Some(user), Some(kind), Some(time_ms), true) = (user, kind, times.get(row), known)
        else {
            let row = log.len();
            let problem = format!("event {row} contradicts the other tables");
            return Err(TableError::Content(problem));
        };
        log.push(&NewInteraction {
            user: UserIdx(user),
            item: item.map(ItemIdx),
            kind,
            time_ms,
            amount: amounts.get(row),
            price: prices.get(row),
            text: texts.get(row),
        });
    }
    Ok(())
}
