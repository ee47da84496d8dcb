//! The hand-written words of the shop, one file per category under `assets/simulate`.
//!
//! Options are written as they stand in a sentence, with what they do to the price and which
//! lasting tastes they speak to: `"ripstop nylon *1.25 #compact"`. Every option of a product type
//! goes with every other option of that type, so any choice makes a sensible product.

use serde::Deserialize;

const FILES: [&str; 12] = [
    include_str!("../../../assets/simulate/camping.toml"),
    include_str!("../../../assets/simulate/phones.toml"),
    include_str!("../../../assets/simulate/office.toml"),
    include_str!("../../../assets/simulate/kitchen.toml"),
    include_str!("../../../assets/simulate/coffee.toml"),
    include_str!("../../../assets/simulate/home.toml"),
    include_str!("../../../assets/simulate/clothing.toml"),
    include_str!("../../../assets/simulate/fitness.toml"),
    include_str!("../../../assets/simulate/toys.toml"),
    include_str!("../../../assets/simulate/garden.toml"),
    include_str!("../../../assets/simulate/beauty.toml"),
    include_str!("../../../assets/simulate/pets.toml"),
];

/// Lasting tastes that run across categories; an option carries some, a shopper likes some.
pub const TAGS: [&str; 10] =
    ["eco", "compact", "pro", "classic", "kids", "comfort", "sport", "luxury", "smart", "value"];

/// When a product is in demand.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Season {
    #[default]
    None,
    Spring,
    Summer,
    Autumn,
    Winter,
    Christmas,
    School,
}

/// One choice for a slot of a product.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(from = "String")]
pub struct Choice {
    /// As it stands in a sentence.
    pub text: String,
    /// What it does to the price.
    pub factor: f64,
    /// Bit set over [`TAGS`].
    pub tags: u16,
}

impl From<String> for Choice {
    fn from(written: String) -> Self {
        let mut choice = Self { text: String::new(), factor: 1.0, tags: 0 };
        let mut words = Vec::new();
        for word in written.split(' ') {
            if let Some(tag) = word.strip_prefix('#') {
                let bit = TAGS.iter().position(|known| *known == tag);
                choice.tags |= 1 << bit.expect("every tag is one of TAGS: a test reads all files");
            } else if let Some(factor) = word.strip_prefix('*') {
                choice.factor = factor.parse().expect("a number: a test reads all files");
            } else {
                words.push(word);
            }
        }
        choice.text = words.join(" ");
        choice
    }
}

/// A kind of product, such as a dome tent.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ProductType {
    /// As it stands in a sentence, without an article.
    pub name: String,
    /// Whether sentences about it are in the plural.
    #[serde(default)]
    pub plural: bool,
    /// Typical price in whole currency units.
    pub price: f64,
    /// How much it is in demand, 1 for an ordinary product.
    #[serde(default = "one")]
    pub weight: f64,
    /// When it is in demand.
    #[serde(default)]
    pub season: Season,
    /// For what is used up: days until most shoppers need more.
    #[serde(default)]
    pub repeat: u32,
    /// What goes with it, most likely first: names of other types.
    #[serde(default)]
    pub next: Vec<String>,
    /// What people type to find it.
    pub queries: Vec<String>,
    /// Brands, where not all of the category's make it.
    #[serde(default)]
    pub brands: Vec<Choice>,
    #[serde(default)]
    pub material: Vec<Choice>,
    #[serde(default)]
    pub size: Vec<Choice>,
    #[serde(default)]
    pub colour: Vec<Choice>,
    pub feature: Vec<Choice>,
    #[serde(rename = "use")]
    pub uses: Vec<Choice>,
    /// First sentences of a description.
    pub about: Vec<String>,
    /// What happy buyers say.
    pub praise: Vec<String>,
    /// What unhappy buyers say.
    pub gripe: Vec<String>,
}

const fn one() -> f64 {
    1.0
}

/// One category with its product types.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Category {
    pub name: String,
    /// Name of its picture, without the extension.
    pub slug: String,
    /// Slugs of categories whose shoppers often come here too.
    pub near: Vec<String>,
    /// How the six age bands lean towards it, 1 for indifferent.
    pub ages: [f64; 6],
    pub brands: Vec<Choice>,
    /// Names of product lines.
    pub series: Vec<String>,
    pub titles: Vec<String>,
    /// Second sentences of a description.
    pub more: Vec<String>,
    #[serde(rename = "type")]
    pub types: Vec<ProductType>,
}

/// All categories in the order of their files.
pub fn categories() -> Vec<Category> {
    FILES
        .iter()
        .map(|file| toml::from_str(file).expect("embedded files parse: a test reads them all"))
        .collect()
}
