//! How much an event says about what a shopper likes.

use crate::dataset::EventKind;

/// Days after which an event counts half as much in a profile.
pub const HALF_LIFE_DAYS: f64 = 30.0;

const DAY_MS: f64 = 86_400_000.0;

/// Interest that one event shows, relative to a view. A return shows none.
#[must_use]
pub const fn strength(kind: EventKind) -> f64 {
    match kind {
        EventKind::View | EventKind::Search => 1.0,
        EventKind::Rating | EventKind::Review => 2.0,
        EventKind::Cart => 3.0,
        EventKind::Purchase => 5.0,
        EventKind::Return => 0.0,
    }
}

/// `2^(-age / half-life)`, 1 for an event as late as `latest_ms`.
#[must_use]
#[expect(clippy::cast_precision_loss, reason = "ages in milliseconds are far below 2^53")]
pub fn recency(time_ms: i64, latest_ms: i64) -> f64 {
    let age_ms = latest_ms.saturating_sub(time_ms).max(0) as f64;
    (-age_ms / (HALF_LIFE_DAYS * DAY_MS)).exp2()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn interest_halves_per_half_life() {
        assert!((recency(0, 30 * 86_400_000) - 0.5).abs() < 1e-12);
        assert!((recency(5, 5) - 1.0).abs() < 1e-12);
    }
}
