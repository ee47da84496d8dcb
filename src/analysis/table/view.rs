//! The three tables of a shop and their columns.

use serde::{Deserialize, Serialize};

use super::cells::{Codes, NumberCells, Pool, TextCells};
use crate::analysis::numeric::real;
use crate::analysis::summary::{ItemSummary, UserSummary};
use crate::dataset::Dataset;

/// A table of a shop.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum TableKind {
    /// One row per event, grouped by shopper and ascending in time.
    Events,
    /// One row per product.
    Products,
    /// One row per shopper.
    Shoppers,
}

impl TableKind {
    /// Every table.
    pub const ALL: [Self; 3] = [Self::Events, Self::Products, Self::Shoppers];

    /// The name on the command line.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Events => "events",
            Self::Products => "products",
            Self::Shoppers => "shoppers",
        }
    }

    /// The table of this name.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name().eq_ignore_ascii_case(name))
    }
}

/// What the values of a column are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ColumnKind {
    /// External ids.
    Id,
    /// Free text.
    Text,
    /// One of a few names.
    Category,
    /// Whole numbers.
    Count,
    /// Numbers.
    Number,
    /// Amounts in the shop's currency.
    Money,
    /// Shares in `0..=1`.
    Share,
    /// Milliseconds since 1970-01-01 UTC.
    Time,
}

impl ColumnKind {
    /// Whether values are texts; the others are numbers.
    #[must_use]
    pub const fn is_text(self) -> bool {
        matches!(self, Self::Id | Self::Text | Self::Category)
    }
}

/// One cell.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Value<'a> {
    /// Nothing is known.
    Missing,
    /// A text.
    Text(&'a str),
    /// A number, in the sense of the column's kind.
    Number(f64),
}

/// A named, typed column.
#[derive(Clone, Copy)]
pub struct Column<'a> {
    /// The name in expressions and on the command line.
    pub name: &'a str,
    /// What its values are.
    pub kind: ColumnKind,
    pub(super) cells: Cells<'a>,
}

#[derive(Clone, Copy)]
pub(super) enum Cells<'a> {
    Text(TextCells<'a>),
    Number(NumberCells<'a>),
}

impl<'a> Column<'a> {
    const fn text(name: &'a str, kind: ColumnKind, cells: TextCells<'a>) -> Self {
        Self { name, kind, cells: Cells::Text(cells) }
    }

    const fn number(name: &'a str, kind: ColumnKind, cells: NumberCells<'a>) -> Self {
        Self { name, kind, cells: Cells::Number(cells) }
    }

    /// One cell.
    ///
    /// # Panics
    /// If the table has no such row.
    #[must_use]
    pub fn value(&self, row: u32) -> Value<'a> {
        match &self.cells {
            Cells::Text(cells) => cells.text(row as usize).map_or(Value::Missing, Value::Text),
            Cells::Number(cells) => match cells.get(row as usize) {
                value if value.is_nan() => Value::Missing,
                value => Value::Number(value),
            },
        }
    }

    /// Whether it is known at a glance that no row has a value.
    #[must_use]
    pub fn is_blank(&self) -> bool {
        match &self.cells {
            Cells::Text(cells) => cells.pool.len() == 0,
            Cells::Number(NumberCells::Single(values)) => values.is_empty(),
            Cells::Number(_) => false,
        }
    }
}

/// A table of a shop, borrowed from its data. Making one costs nothing, however many rows there are.
pub struct TableView<'a> {
    /// Which table.
    pub kind: TableKind,
    /// Number of rows.
    pub n_rows: usize,
    /// Columns in their natural order.
    pub columns: Vec<Column<'a>>,
}

impl<'a> TableView<'a> {
    /// A table of `dataset`; `items` and `users` are its summaries in dense order, of which only the
    /// table's own are read.
    #[must_use]
    pub fn new(
        kind: TableKind,
        dataset: &'a Dataset,
        items: &'a [ItemSummary],
        users: &'a [UserSummary],
    ) -> Self {
        match kind {
            TableKind::Events => Self::events(dataset),
            TableKind::Products => Self::products(dataset, items),
            TableKind::Shoppers => Self::shoppers(dataset, users),
        }
    }

    /// One row per event.
    #[must_use]
    pub fn events(dataset: &'a Dataset) -> Self {
        use ColumnKind::{Category, Id, Money, Number, Text};
        let (log, catalog) = (&dataset.interactions, &dataset.catalog);
        let items = log.item_codes();
        let of_item = |column: &'a crate::dataset::TextColumn| TextCells {
            codes: Codes::OfItem(items, column),
            pool: Pool::Texts(column.pool()),
        };
        let shopper = TextCells { codes: Codes::User(log), pool: Pool::Ids(&dataset.users) };
        let product = TextCells { codes: Codes::Item(items), pool: Pool::Ids(&dataset.items) };
        let kind = TextCells { codes: Codes::Kind(log.kinds()), pool: Pool::Kinds };
        let columns = vec![
            Column::number("time", time_kind(dataset), NumberCells::Times(log.times_ms())),
            Column::text("shopper", Id, shopper),
            Column::text("event", Category, kind),
            Column::text("product", Id, product),
            Column::text("title", Text, of_item(&catalog.titles)),
            Column::text("category", Category, of_item(&catalog.categories)),
            Column::text("brand", Category, of_item(&catalog.brands)),
            Column::number("amount", Number, NumberCells::Single(log.amounts())),
            Column::number("price", Money, NumberCells::Single(log.prices())),
            Column::text("text", Text, TextCells::of_column(log.texts())),
        ];
        Self { kind: TableKind::Events, n_rows: log.len(), columns }
    }

    /// One row per product.
    #[must_use]
    pub fn products(dataset: &'a Dataset, items: &'a [ItemSummary]) -> Self {
        use ColumnKind::{Category, Count, Id, Money, Number, Share, Text};
        let catalog = &dataset.catalog;
        let id = TextCells { codes: Codes::Row, pool: Pool::Ids(&dataset.items) };
        let figure =
            |name, kind, figure| Column::number(name, kind, NumberCells::Item(items, figure));
        let columns = vec![
            Column::text("id", Id, id),
            Column::text("title", Text, TextCells::of_column(&catalog.titles)),
            Column::text("description", Text, TextCells::of_column(&catalog.descriptions)),
            Column::text("category", Category, TextCells::of_column(&catalog.categories)),
            Column::text("brand", Category, TextCells::of_column(&catalog.brands)),
            Column::number("price", Money, NumberCells::Single(&catalog.prices)),
            Column::number("stock", Number, NumberCells::Single(&catalog.stock)),
            figure("events", Count, |item| real(item.events)),
            figure("shoppers", Count, |item| real(item.users)),
            figure("views", Count, |item| real(item.views)),
            figure("carts", Count, |item| real(item.carts)),
            figure("purchases", Count, |item| real(item.purchases)),
            figure("returns", Count, |item| real(item.returns)),
            figure("units", Number, |item| item.units),
            figure("revenue", Money, |item| item.revenue),
            figure("conversion", Share, |item| item.conversion.unwrap_or(f64::NAN)),
            figure("stars", Number, |item| item.mean_stars.unwrap_or(f64::NAN)),
            figure("last", time_kind(dataset), |item| time(item.last_ms)),
        ];
        Self { kind: TableKind::Products, n_rows: dataset.n_items().min(items.len()), columns }
    }

    /// One row per shopper; what the shop's files say about shoppers follows under its own names.
    #[must_use]
    pub fn shoppers(dataset: &'a Dataset, users: &'a [UserSummary]) -> Self {
        use ColumnKind::{Category, Count, Id, Money};
        let id = TextCells { codes: Codes::Row, pool: Pool::Ids(&dataset.users) };
        let category = TextCells {
            codes: Codes::TopCategory(users),
            pool: Pool::Texts(dataset.catalog.categories.pool()),
        };
        let figure =
            |name, kind, figure| Column::number(name, kind, NumberCells::User(users, figure));
        let mut columns = vec![
            Column::text("id", Id, id),
            figure("events", Count, |user| real(user.events)),
            figure("products", Count, |user| real(user.items)),
            figure("purchases", Count, |user| real(user.purchases)),
            figure("spend", Money, |user| user.spend),
            Column::text("top_category", Category, category),
            figure("first", time_kind(dataset), |user| time(user.first_ms)),
            figure("last", time_kind(dataset), |user| time(user.last_ms)),
        ];
        for attribute in &dataset.user_attributes {
            let is_taken = columns.iter().any(|column| same_name(column.name, &attribute.name));
            // A name that a figure has already could not be asked for.
            if !is_taken {
                let cells = TextCells::of_column(&attribute.values);
                columns.push(Column::text(&attribute.name, Category, cells));
            }
        }
        Self { kind: TableKind::Shoppers, n_rows: dataset.n_users().min(users.len()), columns }
    }

    /// Without what tells who somebody is: ids of shoppers, and what they typed or wrote. Conditions,
    /// search and statistics do not reach it either.
    #[must_use]
    pub fn for_audience(mut self) -> Self {
        let kind = self.kind;
        self.columns.retain(|column| match kind {
            TableKind::Events => !["shopper", "text"].contains(&column.name),
            TableKind::Shoppers => column.name != "id",
            TableKind::Products => true,
        });
        self
    }

    /// The position of the column with this name; case does not matter.
    #[must_use]
    pub fn position(&self, name: &str) -> Option<usize> {
        self.columns.iter().position(|column| same_name(column.name, name))
    }

    /// The column with this name.
    #[must_use]
    pub fn column(&self, name: &str) -> Option<&Column<'a>> {
        self.position(name).map(|position| &self.columns[position])
    }

    /// The names of all columns, for messages.
    #[must_use]
    pub fn column_names(&self) -> String {
        self.columns.iter().map(|column| column.name).collect::<Vec<_>>().join(", ")
    }

    pub(super) fn text_columns(&self) -> impl Iterator<Item = &TextCells<'a>> {
        self.columns.iter().filter_map(|column| match &column.cells {
            Cells::Text(cells) => Some(cells),
            Cells::Number(_) => None,
        })
    }
}

fn same_name(a: &str, b: &str) -> bool {
    a.trim().to_lowercase() == b.trim().to_lowercase()
}

/// Without real times a time is a running number.
const fn time_kind(dataset: &Dataset) -> ColumnKind {
    if dataset.has_times { ColumnKind::Time } else { ColumnKind::Count }
}

fn time(ms: Option<i64>) -> f64 {
    ms.map_or(f64::NAN, |ms| ms as f64)
}
