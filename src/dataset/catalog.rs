//! What is known of each product, as columns over [`ItemIdx`].

use super::columns::TextColumn;
use crate::ids::ItemIdx;

/// The catalogue. Every column has a row per item of the dataset; an item that is only known from
/// events has no text and no numbers.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Catalog {
    /// Product names.
    pub titles: TextColumn,
    /// Longer descriptions.
    pub descriptions: TextColumn,
    /// Category of each product; a code is a category (see [`TextColumn::code`]).
    pub categories: TextColumn,
    /// Brand of each product.
    pub brands: TextColumn,
    /// Picture reference: a file name or address.
    pub pictures: TextColumn,
    /// List price in the shop's currency, NaN where unknown. `[n_items]` or empty.
    pub prices: Vec<f32>,
    /// Units in stock, NaN where unknown. `[n_items]` or empty.
    pub stock: Vec<f32>,
}

/// One product as read from the catalogue.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Product<'a> {
    /// Product name.
    pub title: Option<&'a str>,
    /// Longer description.
    pub description: Option<&'a str>,
    /// Category.
    pub category: Option<&'a str>,
    /// Brand.
    pub brand: Option<&'a str>,
    /// Picture reference.
    pub picture: Option<&'a str>,
    /// List price in the shop's currency.
    pub price: Option<f32>,
    /// Units in stock.
    pub stock: Option<f32>,
}

impl Catalog {
    /// Bytes that the columns take in memory.
    pub(super) fn size_bytes(&self) -> usize {
        let texts =
            [&self.titles, &self.descriptions, &self.categories, &self.brands, &self.pictures];
        texts.into_iter().map(TextColumn::size_bytes).sum::<usize>()
            + size_of_val(&*self.prices)
            + size_of_val(&*self.stock)
    }

    /// Everything known of one product.
    #[must_use]
    pub fn product(&self, item: ItemIdx) -> Product<'_> {
        let row = item.index();
        Product {
            title: self.titles.get(row),
            description: self.descriptions.get(row),
            category: self.categories.get(row),
            brand: self.brands.get(row),
            picture: self.pictures.get(row),
            price: number(&self.prices, row),
            stock: number(&self.stock, row),
        }
    }

    /// The catalogue of some products, in the order given.
    #[must_use]
    pub fn take(&self, rows: &[u32]) -> Self {
        let texts = |column: &TextColumn| column.take(rows).compact();
        let numbers = |column: &[f32]| -> Vec<f32> {
            let number = |&row: &u32| column.get(row as usize).copied().unwrap_or(f32::NAN);
            let numbers: Vec<f32> = rows.iter().map(number).collect();
            // A column without a number is an empty one.
            if numbers.iter().all(|number| number.is_nan()) { Vec::new() } else { numbers }
        };
        Self {
            titles: texts(&self.titles),
            descriptions: texts(&self.descriptions),
            categories: texts(&self.categories),
            brands: texts(&self.brands),
            pictures: texts(&self.pictures),
            prices: numbers(&self.prices),
            stock: numbers(&self.stock),
        }
    }

    /// Whether no product has a title: a shop with events only.
    #[must_use]
    pub fn is_blank(&self) -> bool {
        self.titles.is_blank()
    }

    /// The text a language model reads for a product: `title. category. brand. description`,
    /// parts that are missing left out. Empty when nothing is known.
    #[must_use]
    pub fn text(&self, item: ItemIdx) -> String {
        let product = self.product(item);
        [product.title, product.category, product.brand, product.description]
            .into_iter()
            .flatten()
            .collect::<Vec<_>>()
            .join(". ")
    }
}

fn number(column: &[f32], row: usize) -> Option<f32> {
    column.get(row).copied().filter(|value| !value.is_nan())
}
