//! From where on something is a finding, and how severe.

use super::finding::Severity;

/// Robust z from which a value is outlying (Iglewicz and Hoaglin, 1993).
pub const OUTLYING_Z: f64 = 3.5;
/// Robust z from which an outlying value is probably an error.
pub const EXTREME_Z: f64 = 100.0;
/// Interquartile ranges beyond the quartiles to the fences (Tukey, 1977).
pub const FENCE_RANGES: f64 = 1.5;
/// Values needed to say what is outlying.
pub const FEWEST_VALUES: usize = 20;
/// Two events of the same shopper, product and kind within this are near-duplicates.
pub const NEAR_MS: i64 = 5_000;
/// Share of ratings that a scale must hold.
pub const SCALE_SHARE: f64 = 0.99;
/// First year whose times are believed.
pub const FIRST_YEAR: i64 = 1990;
/// Times up to this after now are taken for clocks that differ.
pub const FUTURE_TOLERANCE_MS: i64 = 86_400_000;

/// Views, searches and carts within 60 seconds that no person makes.
pub const BOT_PER_MINUTE: usize = 60;
/// Views, searches and carts on one day in UTC, from which a shopper far outside is suspected.
pub const BOT_PER_DAY: usize = 500;
/// Different products on one day in UTC, from which a shopper far outside is suspected.
pub const BOT_BREADTH: usize = 300;
/// Different hours of one day in UTC with views, searches or carts.
pub const BOT_HOURS: u32 = 20;
/// Robust z among shoppers from which a day is far outside.
pub const BOT_Z: f64 = 10.0;

/// Share of its target's entropy that a column must hold to be called leaking.
pub const LEAK_INFORMATION: f64 = 0.9;
/// Rows needed to estimate that.
pub const LEAK_ROWS: usize = 100;
/// Rows needed per distinct value: with fewer, chance alone seems to tell.
pub const LEAK_ROWS_PER_VALUE: usize = 10;
/// Rows needed of each of the target's two values.
pub const LEAK_ROWS_PER_CLASS: usize = 10;

/// Share of midnights from which dates without times are suspected.
pub const MIDNIGHT_SHARE: f64 = 0.05;
/// By how many times midnights must exceed what the clock's resolution makes of chance.
pub const MIDNIGHT_EXCESS: f64 = 3.0;
/// Share of events at the same moment as the shopper's previous one.
pub const EQUAL_TIMES_SHARE: f64 = 0.2;
/// Events per day of the span needed to call a day without any a gap.
pub const GAP_EVENTS_PER_DAY: f64 = 2.0;
/// Days of a gap from which it is a warning.
pub const LONG_GAP_DAYS: i64 = 7;

/// Gini coefficient from which popularity is skewed.
pub const SKEWED_GINI: f64 = 0.7;
/// Gini coefficient from which it is extremely so.
pub const EXTREME_GINI: f64 = 0.95;
/// Density below which a log is sparse.
pub const SPARSE_DENSITY: f64 = 1e-3;
/// Share of shoppers or products with one event.
pub const ONE_EVENT_SHARE: f64 = 0.1;
/// Share of products first met in the last tenth of the time.
pub const LATE_SHARE: f64 = 0.05;

/// A warning from this share on, serious from that one on.
pub(super) fn by_share(share: f64, warning: f64, serious: f64) -> Severity {
    if share >= serious {
        Severity::Serious
    } else if share >= warning {
        Severity::Warning
    } else {
        Severity::Note
    }
}
