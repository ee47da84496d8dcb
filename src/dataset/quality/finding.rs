//! What a quality check says: kind, severity, counts, examples, a small chart and a repair.

use std::fmt;

use serde::{Serialize, Serializer};

use super::repair::Repair;
use crate::dataset::event::EventKind;
use crate::dataset::load::RejectReason;
use crate::dataset::schema::{Field, Role};

/// Examples kept of each finding.
pub const MAX_EXAMPLES: usize = 6;

/// How much a finding matters. Ascends.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// Good to know; often the nature of the shop.
    Note,
    /// Look at it before trusting figures.
    Warning,
    /// Figures or models will be wrong unless it is dealt with.
    Serious,
}

impl Severity {
    /// The word for people, in English.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Note => "note",
            Self::Warning => "warning",
            Self::Serious => "serious",
        }
    }
}

macro_rules! finding_kinds {
    ($($(#[$doc:meta])* $name:ident),* $(,)?) => {
        /// What a finding is about. The module's documentation has the formula of each.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
        #[serde(rename_all = "snake_case")]
        pub enum FindingKind {
            $($(#[$doc])* $name,)*
        }

        impl FindingKind {
            /// Every kind, in the order in which findings of one severity are listed.
            pub const ALL: &[Self] = &[$(Self::$name),*];
        }
    };
}

finding_kinds! {
    /// Rows that the import left out, for one reason.
    RowsLeftOut,
    /// A field that some rows leave empty.
    MissingValues,
    /// Prices below zero.
    NegativePrices,
    /// Prices of exactly zero.
    ZeroPrices,
    /// Purchases, carts or returns of nothing.
    ZeroQuantities,
    /// Quantities below zero in the files, which the import reads as returns.
    NegativeQuantities,
    /// Invoice numbers that cancel another invoice.
    Cancellations,
    /// Stars outside the scale that the others keep to.
    RatingsOffScale,
    /// Times before 1990, at the zero of computers' clocks, or in the future.
    ImplausibleTimes,
    /// Events that equal another in everything.
    ExactDuplicates,
    /// The same shopper, product and kind again within seconds.
    NearDuplicates,
    /// Ids that differ only by case, space or leading zeros.
    IdCollisions,
    /// Products of another id with the same title.
    SharedTitles,
    /// Events of products that the catalogue lacks.
    OrphanEvents,
    /// Products without an event.
    ProductsWithoutEvents,
    /// Shoppers without an event.
    ShoppersWithoutEvents,
    /// A column that nearly tells who buys, or what is bought.
    LeakingColumn,
    /// Shoppers that behave like programs.
    SuspectedBots,
    /// Returns.
    Returns,
    /// Returns of what the shopper had not bought in the time of the log.
    ReturnsWithoutPurchase,
    /// Text that was decoded wrongly, such as `Ã©` for `é`.
    Mojibake,
    /// Text with HTML tags or entities.
    Markup,
    /// Text with U+FFFD in place of letters that were lost.
    ReplacementCharacters,
    /// Text with invisible control characters.
    ControlCharacters,
    /// Dates without a time among or instead of times.
    MidnightTimes,
    /// Events of one shopper at the very same moment.
    EqualTimes,
    /// Days without any event.
    DaysWithoutEvents,
    /// Numbers far from the middle.
    OutlyingValues,
    /// A few products have most events.
    SkewedPopularity,
    /// Very few pairs of shopper and product have met.
    SparseLog,
    /// Shoppers with a single event.
    ShoppersWithOneEvent,
    /// Products with a single event.
    ProductsWithOneEvent,
    /// Products first met in the last tenth of the time.
    LateProducts,
}

/// What is counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Unit {
    /// Rows of the files.
    Rows,
    /// Events.
    Events,
    /// Shoppers.
    Users,
    /// Products.
    Items,
    /// Values of a column.
    Values,
    /// Days in UTC.
    Days,
}

impl Unit {
    /// The word for people, in English.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Rows => "rows",
            Self::Events => "events",
            Self::Users => "shoppers",
            Self::Items => "products",
            Self::Values => "values",
            Self::Days => "days",
        }
    }
}

/// What a finding concerns, where its kind alone does not say it. `Display` gives the name in JSON.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Subject {
    /// A field of events, products or shoppers, such as `catalog.price`.
    Field(Role, Field),
    /// A column of the users file, such as `users.age`.
    Attribute(String),
    /// All shoppers.
    Users,
    /// All products.
    Items,
    /// Why rows were left out.
    Reason(RejectReason),
}

impl fmt::Display for Subject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Field(role, field) => write!(f, "{role}.{field}"),
            Self::Attribute(name) => write!(f, "users.{name}"),
            Self::Users => f.write_str("users"),
            Self::Items => f.write_str("items"),
            Self::Reason(reason) => f.write_str(reason.describe()),
        }
    }
}

impl Serialize for Subject {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// A place where the finding shows, with ids and the value met.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Example {
    /// External id of the shopper.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub user: Option<String>,
    /// External id of the product.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub item: Option<String>,
    /// Milliseconds since 1970-01-01 UTC.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub time_ms: Option<i64>,
    /// Line of the file, from 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub line: Option<u64>,
    /// The value met, in no language.
    pub value: String,
}

/// The name of a figure that belongs to a finding.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum FigureName {
    /// Counted rows that are in the dataset.
    Kept,
    /// Counted rows that the import left out.
    LeftOut,
    /// Middle value.
    Median,
    /// Median absolute deviation from the median.
    MedianDeviation,
    /// Largest robust z in size.
    LargestZ,
    /// First quartile less 1.5 interquartile ranges.
    LowFence,
    /// Third quartile and 1.5 interquartile ranges.
    HighFence,
    /// Values beyond the fences.
    BeyondFences,
    /// Smallest value of the scale that ratings keep to.
    ScaleLow,
    /// Largest value of the scale that ratings keep to.
    ScaleHigh,
    /// Products concerned.
    Products,
    /// Ids that would remain.
    DistinctIds,
    /// Days of the longest gap.
    LongestGap,
    /// Mutual information over the entropy of what it tells.
    Information,
    /// Rows that the information was estimated from.
    InformationRows,
    /// Gini coefficient, 0 for equal shares.
    Gini,
    /// Share of events of the most popular tenth of products.
    TopTenth,
    /// Pairs met over all pairs.
    Density,
    /// Events of those concerned.
    Events,
}

/// A figure that belongs to a finding.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Figure {
    /// What it is.
    pub name: FigureName,
    /// Its value.
    pub value: f64,
}

/// What a bar stands for. `Display` gives the name in JSON.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum BarLabel {
    /// A kind of event.
    Kind(EventKind),
    /// A column or group.
    Subject(Subject),
    /// A number, a range of numbers or an hour: the same in every language.
    Plain(String),
    /// A word that depends on the language.
    Word(BarWord),
}

/// What a bar stands for where it takes a word.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BarWord {
    /// Rows with a value.
    Present,
    /// Rows without.
    Missing,
    /// Rows in the dataset.
    Kept,
    /// Rows that the import left out.
    LeftOut,
    /// At the zero of computers' clocks.
    ClockZero,
    /// Before 1990.
    BeforeFirstYear,
    /// In the future.
    Future,
    /// A plausible time.
    Plausible,
    /// Too many events within a minute.
    Pace,
    /// Too many events on a day.
    Volume,
    /// Active around the clock.
    Hours,
    /// Too many products on a day.
    Breadth,
    /// Returns that follow a purchase.
    Matched,
    /// Returns that follow none.
    Unmatched,
}

impl BarWord {
    /// The name in JSON.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Present => "present",
            Self::Missing => "missing",
            Self::Kept => "kept",
            Self::LeftOut => "left_out",
            Self::ClockZero => "clock_zero",
            Self::BeforeFirstYear => "before_1990",
            Self::Future => "future",
            Self::Plausible => "plausible",
            Self::Pace => "events_per_minute",
            Self::Volume => "events_per_day",
            Self::Hours => "hours_per_day",
            Self::Breadth => "products_per_day",
            Self::Matched => "after_purchase",
            Self::Unmatched => "without_purchase",
        }
    }
}

impl fmt::Display for BarLabel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Kind(kind) => f.write_str(kind.name()),
            Self::Subject(subject) => subject.fmt(f),
            Self::Plain(text) => f.write_str(text),
            Self::Word(word) => f.write_str(word.name()),
        }
    }
}

/// One bar.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CountBar {
    /// What it stands for.
    pub label: BarLabel,
    /// How many.
    pub count: u64,
}

impl Serialize for CountBar {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        (self.label.to_string(), self.count).serialize(serializer)
    }
}

/// A small chart of a finding, at most a few hundred points.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "snake_case", tag = "form")]
pub enum Chart {
    /// Named counts.
    Bars {
        /// In the order to show.
        bars: Vec<CountBar>,
    },
    /// Counts of values in steps of equal width; the first and the last hold all beyond them.
    Histogram {
        /// Where the first step begins.
        low: f64,
        /// Width of a step.
        width: f64,
        /// Values in each step.
        counts: Vec<u64>,
    },
    /// Counts over time.
    Series {
        /// Start of each step, milliseconds since 1970-01-01 UTC.
        starts_ms: Vec<i64>,
        /// Events in each.
        counts: Vec<u64>,
    },
    /// A curve in the unit square: the Lorenz curve of popularity.
    Curve {
        /// Share of products, the least popular first.
        x: Vec<f64>,
        /// Their share of events.
        y: Vec<f64>,
    },
}

/// One finding.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Finding {
    /// What it is about.
    pub kind: FindingKind,
    /// What it concerns, where the kind does not say it.
    pub subject: Option<Subject>,
    /// How much it matters.
    pub severity: Severity,
    /// How many.
    pub count: u64,
    /// Of how many.
    pub of: u64,
    /// `count / of`; 0 where there is nothing to divide by.
    pub share: f64,
    /// What is counted.
    pub unit: Unit,
    /// The same as an English sentence.
    pub message: String,
    /// Figures that belong to it.
    pub figures: Vec<Figure>,
    /// A few places where it shows, at most [`MAX_EXAMPLES`].
    pub examples: Vec<Example>,
    /// A picture of it.
    pub chart: Option<Chart>,
    /// A cleaning step that deals with it.
    pub repair: Option<Repair>,
}

impl Finding {
    /// A finding of `count` out of `of`.
    pub(super) fn new(
        kind: FindingKind,
        severity: Severity,
        unit: Unit,
        count: u64,
        of: u64,
    ) -> Self {
        Self {
            kind,
            subject: None,
            severity,
            count,
            of,
            share: share(count, of),
            unit,
            message: String::new(),
            figures: Vec::new(),
            examples: Vec::new(),
            chart: None,
            repair: None,
        }
    }

    pub(super) fn about(mut self, subject: Subject) -> Self {
        self.subject = Some(subject);
        self
    }

    pub(super) fn with_examples(mut self, mut examples: Vec<Example>) -> Self {
        examples.truncate(MAX_EXAMPLES);
        self.examples = examples;
        self
    }

    pub(super) fn with_figure(mut self, name: FigureName, value: f64) -> Self {
        self.figures.push(Figure { name, value });
        self
    }

    pub(super) fn with_chart(mut self, chart: Chart) -> Self {
        self.chart = Some(chart);
        self
    }

    pub(super) fn with_bars(self, bars: impl IntoIterator<Item = (BarLabel, u64)>) -> Self {
        let bars = bars.into_iter().map(|(label, count)| CountBar { label, count }).collect();
        self.with_chart(Chart::Bars { bars })
    }

    pub(super) fn with_repair(mut self, repair: Repair) -> Self {
        self.repair = Some(repair);
        self
    }

    /// The value of a figure, where the finding has it.
    #[must_use]
    pub fn figure(&self, name: FigureName) -> Option<f64> {
        self.figures.iter().find(|figure| figure.name == name).map(|figure| figure.value)
    }
}

/// `count / of`, 0 where there is nothing to divide by.
pub(super) fn share(count: u64, of: u64) -> f64 {
    if of == 0 { 0.0 } else { count as f64 / of as f64 }
}
