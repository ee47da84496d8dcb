//! What can be done to a dataset, as data: written to TOML and JSON, compared, shown as a form.

use serde::{Deserialize, Serialize};

use crate::dataset::event::EventKind;

/// Version of the recipe's form. Raised whenever older programs would misread it.
pub const RECIPE_VERSION: u32 = 1;

/// A list of steps, done in order, each on what the one before it left.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Recipe {
    /// Version of the recipe's form, see [`RECIPE_VERSION`].
    #[serde(default = "recipe_version")]
    pub version: u32,
    /// Name to show.
    #[serde(default)]
    pub name: String,
    /// The steps; none leaves the data as they are.
    #[serde(default)]
    pub steps: Vec<CleaningStep>,
}

fn recipe_version() -> u32 {
    RECIPE_VERSION
}

impl Default for Recipe {
    fn default() -> Self {
        Self { version: RECIPE_VERSION, name: String::new(), steps: Vec::new() }
    }
}

/// One step of cleaning.
///
/// A step that removes events also removes the shoppers who lose their last event by it; products
/// stay in the catalogue until [`Self::DropUnusedProducts`], [`Self::KCore`] or
/// [`Self::MinimumCounts`] removes them.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "step", rename_all = "snake_case", deny_unknown_fields)]
pub enum CleaningStep {
    /// Remove the events for which the test holds.
    DropEvents {
        /// Only events of these kinds; none given means all kinds.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        kinds: Vec<EventKind>,
        /// What is wrong with them.
        #[serde(default)]
        when: EventTest,
    },
    /// Of events of the same shopper, product and kind (of searches: the same text) remove each
    /// that comes at most `window_secs` after the last one that was kept. Where the data have no
    /// real times, the window has to be 0, and all repetitions count as simultaneous.
    DeduplicateEvents {
        /// Length of the window in seconds; 0 removes simultaneous repetitions only.
        #[serde(default)]
        window_secs: f64,
        /// Whether quantity or stars, price and text have to be the same as well.
        #[serde(default)]
        exact: bool,
    },
    /// Give a value to those that have none.
    FillMissing {
        /// Which value.
        field: Field,
        /// What to fill in.
        with: FillWith,
    },
    /// Pull numbers beyond a bound back to it.
    Clip {
        /// Which number.
        field: Field,
        /// The least value that is left.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        low: Option<Bound>,
        /// The greatest value that is left.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        high: Option<Bound>,
    },
    /// Repair texts.
    NormaliseText {
        /// Which texts.
        fields: Vec<Field>,
        /// What to do; done in the order in which [`TextFix`] lists them.
        fixes: Vec<TextFix>,
    },
    /// Let each return cancel earlier purchases of the same shopper and product by quantity: first
    /// an open purchase of exactly that quantity (the latest of several), else the latest ones in
    /// turn. A missing quantity counts as 1. Purchases and returns that are used up are removed,
    /// others keep the rest.
    MergeReturns,
    /// Remove shoppers with more events than a person can make.
    DropBots {
        /// The most events within any 60 seconds.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        max_events_per_minute: Option<u32>,
        /// The most events within any 24 hours.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        max_events_per_day: Option<u32>,
    },
    /// Remove shoppers and products with fewer events than this until none is left that has fewer.
    /// Events that name no product count for nobody.
    KCore {
        /// The fewest events of a shopper.
        users: u32,
        /// The fewest events of a product.
        items: u32,
    },
    /// Remove shoppers and products with fewer events than this, once, both counted before
    /// anything is removed. Events that name no product count for nobody.
    MinimumCounts {
        /// The fewest events of a shopper; 0 keeps all.
        #[serde(default)]
        per_user: u32,
        /// The fewest events of a product; 0 keeps all.
        #[serde(default)]
        per_item: u32,
    },
    /// Keep only the events of some days.
    DateWindow {
        /// First moment kept: `YYYY-MM-DD`, or with `THH:MM:SS` behind it, UTC.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        from: Option<String>,
        /// Last moment kept; a date alone means its whole day.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        to: Option<String>,
    },
    /// Put numbers on another scale.
    Scale {
        /// Which number.
        field: Field,
        /// Which scale.
        method: ScaleMethod,
    },
    /// Remove products without any event.
    DropUnusedProducts,
}

impl CleaningStep {
    /// The names of all steps, as in the `step` key of a recipe.
    pub const NAMES: [&'static str; 12] = [
        "drop_events",
        "deduplicate_events",
        "fill_missing",
        "clip",
        "normalise_text",
        "merge_returns",
        "drop_bots",
        "k_core",
        "minimum_counts",
        "date_window",
        "scale",
        "drop_unused_products",
    ];

    /// The name, as in the `step` key of a recipe.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::DropEvents { .. } => "drop_events",
            Self::DeduplicateEvents { .. } => "deduplicate_events",
            Self::FillMissing { .. } => "fill_missing",
            Self::Clip { .. } => "clip",
            Self::NormaliseText { .. } => "normalise_text",
            Self::MergeReturns => "merge_returns",
            Self::DropBots { .. } => "drop_bots",
            Self::KCore { .. } => "k_core",
            Self::MinimumCounts { .. } => "minimum_counts",
            Self::DateWindow { .. } => "date_window",
            Self::Scale { .. } => "scale",
            Self::DropUnusedProducts => "drop_unused_products",
        }
    }
}

/// What is wrong with an event.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EventTest {
    /// Nothing in particular: its kind is enough.
    #[default]
    Any,
    /// Its price is below 0.
    NegativePrice,
    /// Its price is 0.
    ZeroPrice,
    /// It has no price.
    MissingPrice,
    /// Its quantity is below 0.
    NegativeQuantity,
    /// Its quantity is 0.
    ZeroQuantity,
    /// It has no quantity.
    MissingQuantity,
    /// A review or rating without stars.
    MissingStars,
    /// It has no text.
    MissingText,
    /// It names no product.
    MissingItem,
    /// It names a product of which nothing is known beside its id.
    NotInCatalogue,
}

impl EventTest {
    /// Every test, in declaration order.
    pub const ALL: [Self; 11] = [
        Self::Any,
        Self::NegativePrice,
        Self::ZeroPrice,
        Self::MissingPrice,
        Self::NegativeQuantity,
        Self::ZeroQuantity,
        Self::MissingQuantity,
        Self::MissingStars,
        Self::MissingText,
        Self::MissingItem,
        Self::NotInCatalogue,
    ];

    /// The name in recipes.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Any => "any",
            Self::NegativePrice => "negative_price",
            Self::ZeroPrice => "zero_price",
            Self::MissingPrice => "missing_price",
            Self::NegativeQuantity => "negative_quantity",
            Self::ZeroQuantity => "zero_quantity",
            Self::MissingQuantity => "missing_quantity",
            Self::MissingStars => "missing_stars",
            Self::MissingText => "missing_text",
            Self::MissingItem => "missing_item",
            Self::NotInCatalogue => "not_in_catalogue",
        }
    }
}

/// A value that a step can work on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Field {
    /// Price of one unit in an event.
    Price,
    /// Quantity of a purchase, cart or return.
    Quantity,
    /// Stars of a review or rating.
    Stars,
    /// Query of a search, text of a review.
    Text,
    /// List price of a product.
    ListPrice,
    /// Units of a product in stock.
    Stock,
    /// Product name.
    Title,
    /// Product description.
    Description,
    /// Category of a product.
    Category,
    /// Brand of a product.
    Brand,
}

/// What a field holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FieldKind {
    /// Numbers.
    Number,
    /// Texts.
    Text,
}

impl Field {
    /// Every field, in declaration order.
    pub const ALL: [Self; 10] = [
        Self::Price,
        Self::Quantity,
        Self::Stars,
        Self::Text,
        Self::ListPrice,
        Self::Stock,
        Self::Title,
        Self::Description,
        Self::Category,
        Self::Brand,
    ];

    /// The name in recipes.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Price => "price",
            Self::Quantity => "quantity",
            Self::Stars => "stars",
            Self::Text => "text",
            Self::ListPrice => "list_price",
            Self::Stock => "stock",
            Self::Title => "title",
            Self::Description => "description",
            Self::Category => "category",
            Self::Brand => "brand",
        }
    }

    /// What it holds.
    #[must_use]
    pub const fn kind(self) -> FieldKind {
        match self {
            Self::Price | Self::Quantity | Self::Stars | Self::ListPrice | Self::Stock => {
                FieldKind::Number
            }
            Self::Text | Self::Title | Self::Description | Self::Category | Self::Brand => {
                FieldKind::Text
            }
        }
    }
}

/// What takes the place of a missing value.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FillWith {
    /// The median of the known values, the mean of the middle two of an even number.
    Median,
    /// The most frequent value; of several the smallest number or the text met first.
    Mode,
    /// The median for the same product, where it has one: of events' prices, quantities and stars
    /// that of its own events, of list prices that of the prices in its events.
    ProductMedian,
    /// This number.
    Number(f64),
    /// This text.
    Text(String),
}

/// A bound of a clip.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Bound {
    /// This value.
    Value(f64),
    /// This quantile of the known values, interpolated linearly.
    Quantile {
        /// A share in `0..=1`.
        quantile: f64,
    },
}

/// One repair of a text. They are done in this order, whatever the order in the recipe.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TextFix {
    /// Undo UTF-8 that was read as Windows-1252 (`Ã©` for `é`).
    RepairMojibake,
    /// Remove HTML tags and resolve its character references.
    StripHtml,
    /// Unicode compatibility composition (NFKC).
    Nfkc,
    /// Lower case.
    FoldCase,
    /// Remove punctuation at both ends.
    TrimPunctuation,
    /// One space for each run of white space, none at the ends.
    CollapseWhitespace,
}

impl TextFix {
    /// Every repair, in the order in which they are done.
    pub const ALL: [Self; 6] = [
        Self::RepairMojibake,
        Self::StripHtml,
        Self::Nfkc,
        Self::FoldCase,
        Self::TrimPunctuation,
        Self::CollapseWhitespace,
    ];

    /// The name in recipes.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::RepairMojibake => "repair_mojibake",
            Self::StripHtml => "strip_html",
            Self::Nfkc => "nfkc",
            Self::FoldCase => "fold_case",
            Self::TrimPunctuation => "trim_punctuation",
            Self::CollapseWhitespace => "collapse_whitespace",
        }
    }
}

/// A scale for numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ScaleMethod {
    /// `(x - mean) / standard deviation` of the population. Here and below a spread of 0 counts as
    /// 1, as in scikit-learn.
    Standard,
    /// `(x - median) / (third quartile - first quartile)`.
    Robust,
    /// `(x - least) / (greatest - least)`.
    MinMax,
    /// `ln(1 + x)`; a value of -1 or less becomes missing.
    Log1p,
}

impl ScaleMethod {
    /// Every scale, in declaration order.
    pub const ALL: [Self; 4] = [Self::Standard, Self::Robust, Self::MinMax, Self::Log1p];

    /// The name in recipes.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Standard => "standard",
            Self::Robust => "robust",
            Self::MinMax => "min_max",
            Self::Log1p => "log1p",
        }
    }
}
