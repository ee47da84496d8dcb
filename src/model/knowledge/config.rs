//! Settings of what a recommender takes from the catalogue beside behaviour.

use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::attributes::AttributeColumns;
use super::category::CategoryShape;
use crate::model::bert::rules::{Rule, kept, stored_as_text};

/// Whether the catalogue's facts take part, and how.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum KnowledgeUse {
    /// They do not.
    #[default]
    None,
    /// Written into the products' texts.
    Text,
    /// As vectors of a graph, learned by `TransE`.
    Graph,
    /// Both ways.
    Both,
}

impl KnowledgeUse {
    /// Whether facts are written into texts.
    #[must_use]
    pub const fn is_text(self) -> bool {
        matches!(self, Self::Text | Self::Both)
    }

    /// Whether facts are learned as vectors.
    #[must_use]
    pub const fn is_graph(self) -> bool {
        matches!(self, Self::Graph | Self::Both)
    }
}

/// How far apart two vectors are.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Distance {
    /// Sum of absolute differences.
    L1,
    /// Length of the difference.
    #[default]
    L2,
}

/// Which columns of the catalogue a product's text holds, as text `title,category,brand,description`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
#[expect(clippy::struct_excessive_bools, reason = "four columns, each in or out")]
pub struct TextParts {
    /// Product names.
    pub title: bool,
    /// The category as the catalogue writes it.
    pub category: bool,
    /// The brand.
    pub brand: bool,
    /// Longer descriptions.
    pub description: bool,
}

impl Default for TextParts {
    fn default() -> Self {
        Self { title: true, category: true, brand: true, description: true }
    }
}

const PARTS: [&str; 4] = ["title", "category", "brand", "description"];

impl TextParts {
    fn of_name(&mut self, name: &str) -> Option<&mut bool> {
        Some(match name {
            "title" => &mut self.title,
            "category" => &mut self.category,
            "brand" => &mut self.brand,
            "description" => &mut self.description,
            _ => return None,
        })
    }
}

impl fmt::Display for TextParts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut all = *self;
        let chosen: Vec<&str> = PARTS
            .into_iter()
            .filter(|name| all.of_name(name).is_some_and(|chosen| *chosen))
            .collect();
        f.write_str(if chosen.is_empty() { "none" } else { "" })?;
        f.write_str(&chosen.join(","))
    }
}

impl FromStr for TextParts {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let mut parts = Self { title: false, category: false, brand: false, description: false };
        let names = text.split(',').map(str::trim).filter(|name| !name.is_empty());
        for name in names.filter(|&name| name != "none") {
            let part = parts.of_name(name).ok_or_else(|| {
                format!(
                    "cannot read {name:?} as a part of product texts; write some of {} with commas \
                     between them, or none",
                    PARTS.join(", ")
                )
            })?;
            *part = true;
        }
        Ok(parts)
    }
}

stored_as_text!(TextParts);

/// What a recommender takes from the catalogue. Part of a model's settings, whose names begin with
/// `knowledge`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct KnowledgeConfig {
    /// Whether the facts of the catalogue take part, and how.
    #[serde(rename = "knowledge")]
    pub used: KnowledgeUse,
    /// File of facts and rules that the catalogue does not hold; see [`super::rules`].
    #[serde(rename = "knowledge_rules")]
    pub rules: Option<PathBuf>,
    /// Table of attributes that the catalogue does not hold, such as the shop's own file of products.
    #[serde(rename = "knowledge_attributes")]
    pub attributes: Option<PathBuf>,
    /// Its columns: that of the product ids, then those of attributes, as text `sku,colour,size`.
    #[serde(rename = "knowledge_attribute_columns")]
    pub attribute_columns: AttributeColumns,
    /// How a category is read: as a path, as labels, as a whole.
    #[serde(rename = "knowledge_categories")]
    pub categories: CategoryShape,
    /// Bands of equal numbers of products that prices are put into; 0 leaves prices out. Where the catalogue
    /// has no prices, those of a shop come from its events, held-out ones too.
    #[serde(rename = "knowledge_price_bands")]
    pub price_bands: u32,
    /// Width of the vectors of the graph.
    #[serde(rename = "knowledge_dim")]
    pub dim: usize,
    /// Passes over the facts.
    #[serde(rename = "knowledge_epochs")]
    pub epochs: u32,
    /// By how much a fact has to be nearer than a made-up one.
    #[serde(rename = "knowledge_margin")]
    pub margin: f32,
    /// How nearness is measured.
    #[serde(rename = "knowledge_distance")]
    pub distance: Distance,
    /// Step rate of Adagrad.
    #[serde(rename = "knowledge_rate")]
    pub rate: f32,
    /// Which columns of the catalogue a product's text holds.
    pub product_text: TextParts,
}

impl Default for KnowledgeConfig {
    fn default() -> Self {
        Self {
            used: KnowledgeUse::None,
            rules: None,
            attributes: None,
            attribute_columns: AttributeColumns::default(),
            categories: CategoryShape::Auto,
            price_bands: 0,
            dim: 32,
            epochs: 100,
            margin: 1.0,
            distance: Distance::L2,
            rate: 0.1,
            product_text: TextParts::default(),
        }
    }
}

impl KnowledgeConfig {
    /// What is wrong with these settings, if anything; names the setting, what was found and what is allowed.
    ///
    /// # Errors
    /// The first setting that cannot be worked with.
    pub fn check(&self) -> Result<(), String> {
        kept("the setting", self.rules_of_settings())
    }

    /// What has to hold for these settings to be worked with.
    pub(in crate::model) fn rules_of_settings(&self) -> [Rule; 6] {
        let is_positive = |value: f32| value > 0.0 && value.is_finite();
        [
            (
                (1..=MOST_DIM).contains(&self.dim),
                "knowledge_dim",
                self.dim.to_string(),
                "from 1 to 1024",
            ),
            (
                self.categories.is_complete(),
                "knowledge_categories",
                self.categories.to_string(),
                "auto, whole, or path: or tags: with a separator behind it",
            ),
            (
                self.attributes.is_none() || self.attribute_columns.is_complete(),
                "knowledge_attribute_columns",
                format!("{:?}", self.attribute_columns.to_string()),
                "the column of the product ids and those of attributes, such as sku,colour,size",
            ),
            (
                self.price_bands <= MOST_BANDS,
                "knowledge_price_bands",
                self.price_bands.to_string(),
                "from 0 to 100",
            ),
            (
                is_positive(self.margin),
                "knowledge_margin",
                self.margin.to_string(),
                "a positive number",
            ),
            (is_positive(self.rate), "knowledge_rate", self.rate.to_string(), "a positive number"),
        ]
    }
}

/// Widest vectors of a graph.
pub const MOST_DIM: usize = 1_024;
/// Most price bands.
pub const MOST_BANDS: u32 = 100;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_of_texts_read_back() {
        assert_eq!(TextParts::default().to_string(), PARTS.join(","));
        for text in ["none", "title", "title,brand", "category,description"] {
            let parts: TextParts = text.parse().expect(text);
            assert_eq!(parts.to_string(), text);
        }
        assert_eq!(
            " brand , title ".parse::<TextParts>().expect("read").to_string(),
            "title,brand"
        );
        let error = "title,colour".parse::<TextParts>().expect_err("no such part");
        assert!(error.contains("\"colour\"") && error.contains("description"), "{error}");
    }

    #[test]
    fn settings_read_back_and_a_bad_one_is_named() {
        let config = KnowledgeConfig { used: KnowledgeUse::Both, ..KnowledgeConfig::default() };
        let json = serde_json::to_value(&config).expect("plain data");
        assert_eq!((&json["knowledge"], &json["knowledge_dim"]), (&"both".into(), &32.into()));
        assert_eq!(serde_json::from_value::<KnowledgeConfig>(json).expect("read"), config);
        assert_eq!(config.check(), Ok(()));
        let bad = KnowledgeConfig { dim: 0, ..config };
        let error = bad.check().expect_err("no width");
        assert!(error.contains("knowledge_dim is 0"), "{error}");
        let bad =
            KnowledgeConfig { attributes: Some("a.csv".into()), ..KnowledgeConfig::default() };
        let error = bad.check().expect_err("no columns");
        assert!(error.contains("knowledge_attribute_columns is \"\""), "{error}");
    }
}
