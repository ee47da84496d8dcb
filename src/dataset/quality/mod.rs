//! What is wrong with a shop's data: counted, with examples, a severity and an offered repair.
//!
//! | finding | rule |
//! |---|---|
//! | rows left out, missing ids | counted by the import (see [`LoadReport`]) |
//! | missing values | empty, where the same column has a value elsewhere |
//! | exact duplicates | equal in shopper, product, kind, time, amount, price and text |
//! | near-duplicates | same shopper, product and kind (searches: text) within 5 s, not exact |
//! | negative or zero prices, zero quantities | as they say |
//! | negative quantities, cancellations | counted by the import: it turns them into returns |
//! | ratings off the scale | beyond the first of 1–5, 0–5, 1–10, 0–10 and 0–100 that holds 99 % |
//! | implausible times | before 1990, on 1970-01-01, or over a day in the future |
//! | outlying values | robust z `0.6745 (x - median) / MAD` beyond 3.5; beyond the quartiles by 1.5 interquartile ranges is counted beside it |
//! | mojibake | letters that are UTF-8 once written in Windows-1252 |
//! | markup, replacement and control characters | tags, character references, U+FFFD, control characters but tab and line ends |
//! | orphan events | of products that no catalogue file lists |
//! | returns without a purchase | no purchase of the product by the shopper at or before it |
//! | midnight times | over 5 % of events at 00:00:00.000 UTC and 3 times what the clock's step gives by chance |
//! | equal times | over 20 % of events at the moment of the shopper's previous one |
//! | days without events | where there are 2 events or more per day of the span |
//! | suspected bots | of views, searches and carts: 60 within 60 s, or 20 different hours of a day, or with a robust z over 10 among shoppers 500 on a day or 300 products on a day |
//! | id collisions | equal but for case, white space and leading zeros |
//! | leaking columns | mutual information with "has bought" (products: "was bought") over its entropy of 0.9 or more, with 100 rows, 10 per distinct value and 10 of each answer |
//! | skew | Gini coefficient of events per product of 0.7 or more |
//! | sparse log | under 0.1 % of pairs met |
//! | cold shares | 10 % of shoppers or products with one event; 5 % of products first met in the last tenth of time |
//!
//! The thresholds stand in [`thresholds`]. All checks take linear time but for sorting the events of
//! one shopper, ids and counts, and memory for one column at a time.

mod bots;
mod cold;
mod duplicates;
mod finding;
mod ids;
mod leaks;
mod left_out;
mod missing;
mod outliers;
mod products;
mod ranges;
mod repair;
mod report;
mod returns;
mod shop;
mod statistics;
#[cfg(test)]
mod tests;
mod texts;
pub mod thresholds;
mod times;
mod words;

use crate::control::{Cancelled, Control};
use crate::dataset::Dataset;
use crate::dataset::load::LoadReport;
pub use finding::{
    BarLabel, BarWord, Chart, CountBar, Example, Figure, FigureName, Finding, FindingKind,
    MAX_EXAMPLES, Severity, Subject, Unit,
};
pub use repair::{Effect, Repair};
pub use report::{QualityReport, SkipReason, Skipped};
use shop::{Found, Shop};

/// What the checks need to know beside the data.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct QualityOptions {
    /// The present moment, milliseconds since 1970-01-01 UTC: later events are in the future.
    pub now_ms: i64,
}

type Check = fn(&Shop<'_>, &mut Found) -> Result<(), Cancelled>;

/// Every check. Each says what it finds or why it cannot look.
const CHECKS: &[Check] = &[
    left_out::check,
    missing::check,
    duplicates::check,
    ranges::check,
    times::check,
    outliers::check,
    texts::check,
    products::check,
    returns::check,
    bots::check,
    ids::check,
    leaks::check,
    cold::check,
];

/// Examines a dataset. The load report adds what the import saw and the dataset no longer shows.
///
/// # Errors
/// [`Cancelled`] on request.
pub fn examine(
    dataset: &Dataset,
    report: &LoadReport,
    options: &QualityOptions,
    control: &Control,
) -> Result<QualityReport, Cancelled> {
    let shop = Shop { dataset, report, options, control };
    let mut found = Found::default();
    for (done, check) in CHECKS.iter().enumerate() {
        control.check()?;
        control.report("stage-quality", done as u64, CHECKS.len() as u64);
        check(&shop, &mut found)?;
    }
    let Found { mut findings, skipped } = found;
    for finding in &mut findings {
        finding.message = words::sentence(finding);
    }
    Ok(QualityReport::new(dataset.revision.clone(), findings, skipped))
}
