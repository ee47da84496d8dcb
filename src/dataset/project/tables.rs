//! A dataset as data frames and back.

use std::ops::Range;

use polars::prelude::*;

use crate::dataset::catalog::Catalog;
use crate::dataset::columns::TextColumn;
use crate::dataset::event::EventKind;
use crate::dataset::interactions::{Interactions, InteractionsBuilder, NewInteraction};
use crate::dataset::{Dataset, UserAttribute};
use crate::ids::{IdMap, ItemIdx, UserIdx};

/// Prefix of columns that hold what is known of shoppers, so that none can be taken for the id.
const ATTRIBUTE: &str = "attribute:";

/// Rows of the events table that are in memory as a frame at a time.
pub(super) const EVENTS_PER_FRAME: usize = 1 << 19;

fn ids_column(ids: &IdMap) -> Column {
    let ids: StringChunked = ids.iter().map(Some).collect();
    ids.with_name("id".into()).into_column()
}

fn text_column(name: &str, column: &TextColumn, rows: usize) -> Column {
    let texts: StringChunked = (0..rows).map(|row| column.get(row)).collect();
    texts.with_name(name.into()).into_column()
}

fn number_column(name: &str, values: &[f32], rows: usize) -> Column {
    let value = |row: usize| values.get(row).copied().filter(|value| !value.is_nan());
    let numbers: Float32Chunked = (0..rows).map(value).collect();
    numbers.with_name(name.into()).into_column()
}

/// The products.
pub(super) fn items_frame(dataset: &Dataset) -> PolarsResult<DataFrame> {
    let rows = dataset.n_items();
    let catalog = &dataset.catalog;
    let columns = vec![
        ids_column(&dataset.items),
        text_column("title", &catalog.titles, rows),
        text_column("description", &catalog.descriptions, rows),
        text_column("category", &catalog.categories, rows),
        text_column("brand", &catalog.brands, rows),
        text_column("picture", &catalog.pictures, rows),
        number_column("price", &catalog.prices, rows),
        number_column("stock", &catalog.stock, rows),
    ];
    DataFrame::new(rows, columns)
}

/// The shoppers.
pub(super) fn users_frame(dataset: &Dataset) -> PolarsResult<DataFrame> {
    let rows = dataset.n_users();
    let mut columns = vec![ids_column(&dataset.users)];
    for attribute in &dataset.user_attributes {
        columns.push(text_column(
            &format!("{ATTRIBUTE}{}", attribute.name),
            &attribute.values,
            rows,
        ));
    }
    DataFrame::new(rows, columns)
}

/// Some rows of the behaviour log.
pub(super) fn events_frame(log: &Interactions, rows: Range<usize>) -> PolarsResult<DataFrame> {
    let users: Vec<u32> = rows.clone().map(|row| log.user_of(row).0).collect();
    let items: UInt32Chunked = rows.clone().map(|row| log.item(row).map(|item| item.0)).collect();
    let kinds: Vec<u32> = rows.clone().map(|row| log.kind(row) as u32).collect();
    let times: Vec<i64> = rows.clone().map(|row| log.time_ms(row)).collect();
    let amounts: Float32Chunked = rows.clone().map(|row| log.row(row).amount).collect();
    let prices: Float32Chunked = rows.clone().map(|row| log.row(row).price).collect();
    let texts: StringChunked = rows.clone().map(|row| log.texts().get(row)).collect();
    DataFrame::new(
        rows.len(),
        vec![
            Column::new("user".into(), users),
            items.with_name("item".into()).into_column(),
            Column::new("kind".into(), kinds),
            Column::new("time_ms".into(), times),
            amounts.with_name("amount".into()).into_column(),
            prices.with_name("price".into()).into_column(),
            texts.with_name("text".into()).into_column(),
        ],
    )
}

/// What the tables say that cannot be.
#[derive(Debug, thiserror::Error)]
pub(super) enum TableError {
    #[error("{0}")]
    Polars(#[from] PolarsError),
    #[error("{0}")]
    Content(String),
}

/// The ids and columns of products.
pub(super) fn read_items(frame: &DataFrame) -> Result<(IdMap, Catalog), TableError> {
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
pub(super) fn read_users(frame: &DataFrame) -> Result<(IdMap, Vec<UserAttribute>), TableError> {
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
pub(super) struct EventRules<'a> {
    /// The kind that each code stands for.
    pub kinds: &'a [EventKind],
    /// Number of shoppers.
    pub n_users: usize,
    /// Number of products.
    pub n_items: usize,
}

/// Appends some rows of the behaviour log.
pub(super) fn read_events(
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
