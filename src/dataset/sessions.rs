//! Sessions: what a user does without a longer pause.

use std::collections::BTreeMap;
use std::ops::Range;

use serde::{Deserialize, Serialize};

use super::Dataset;
use super::describe::Quantiles;
use super::event::EventKind;
use super::interactions::Interactions;

/// Longest pause within a session where none is named, minutes; what web analytics has settled on.
pub const DEFAULT_GAP_MINUTES: u32 = 30;
const MINUTE_MS: i64 = 60_000;
/// Sessions of so many events or more are counted as one length.
const LONGEST_COUNTED: u64 = 20;

/// The stretches of `rows` (of one user, ascending in time) between pauses longer than `gap_ms`.
pub fn session_rows(
    log: &Interactions,
    rows: Range<usize>,
    gap_ms: i64,
) -> impl Iterator<Item = Range<usize>> + '_ {
    let mut next = rows.start;
    std::iter::from_fn(move || {
        let start = next;
        if start >= rows.end {
            return None;
        }
        next = start + 1;
        while next < rows.end && log.time_ms(next).saturating_sub(log.time_ms(next - 1)) <= gap_ms {
            next += 1;
        }
        Some(start..next)
    })
}

/// Sessions of a shop in figures. Every event counts, those without a product included.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SessionStatistics {
    /// Longest pause within a session, minutes.
    pub gap_minutes: u32,
    /// Sessions.
    pub sessions: u64,
    /// Sessions per user with any.
    pub per_user: Option<Quantiles>,
    /// Events per session.
    pub events: Option<Quantiles>,
    /// From the first to the last event of a session, seconds; 0 for a session of one event.
    pub duration_secs: Option<Quantiles>,
    /// Hours between the end of a session and the beginning of the same user's next one.
    pub hours_between: Option<Quantiles>,
    /// Sessions of a single event.
    pub of_one_event: u64,
    /// Sessions with an event of each kind that occurs.
    pub with_kind: BTreeMap<EventKind, u64>,
    /// Sessions with a purchase over all sessions.
    pub conversion: f64,
    /// Sessions with a cart and a purchase over sessions with a cart; `None` where there is no cart.
    pub cart_conversion: Option<f64>,
    /// Sessions by their number of events.
    pub by_length: Vec<SessionLength>,
}

/// The sessions of one length.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct SessionLength {
    /// Events; the last entry stands for this many and more.
    pub events: u64,
    /// Sessions of this length.
    pub sessions: u64,
    /// Of these, sessions with a purchase.
    pub with_purchase: u64,
}

/// Counts the sessions of a shop; `None` where it has no times or no events.
#[must_use]
pub fn session_statistics(dataset: &Dataset, gap_minutes: u32) -> Option<SessionStatistics> {
    if !dataset.has_times || dataset.interactions.is_empty() {
        return None;
    }
    let log = &dataset.interactions;
    let gap_ms = i64::from(gap_minutes) * MINUTE_MS;
    let mut counting = Counting::default();
    for (_, rows) in log.users().filter(|(_, rows)| !rows.is_empty()) {
        counting.user(log, rows, gap_ms);
    }
    Some(counting.finish(gap_minutes))
}

/// Counts sessions one after another. What most of them have, one event and no length in time, is
/// only counted: a log of millions of lone events would take more room here than it does itself.
#[derive(Default)]
struct Counting {
    sessions: u64,
    per_user: Vec<u64>,
    /// Events less one, of the sessions with more than one.
    further_events: Vec<u64>,
    /// From first to last event, of the sessions where that is not 0.
    durations_ms: Vec<u64>,
    between_ms: Vec<u64>,
    with_kind: BTreeMap<EventKind, u64>,
    with_cart_and_purchase: u64,
    by_length: BTreeMap<u64, (u64, u64)>,
}

impl Counting {
    fn user(&mut self, log: &Interactions, rows: Range<usize>, gap_ms: i64) {
        let before = self.sessions;
        let first = rows.start;
        for session in session_rows(log, rows, gap_ms) {
            if session.start > first {
                let pause = log.time_ms(session.start).abs_diff(log.time_ms(session.start - 1));
                self.between_ms.push(pause);
            }
            self.session(log, session);
        }
        self.per_user.push(self.sessions - before);
    }

    fn session(&mut self, log: &Interactions, rows: Range<usize>) {
        let mut has = [false; EventKind::ALL.len()];
        for row in rows.clone() {
            has[log.kind(row) as usize] = true;
        }
        for (kind, _) in EventKind::ALL.into_iter().zip(has).filter(|&(_, has)| has) {
            *self.with_kind.entry(kind).or_default() += 1;
        }
        let is_sale = has[EventKind::Purchase as usize];
        self.with_cart_and_purchase += u64::from(is_sale && has[EventKind::Cart as usize]);
        let length = rows.len() as u64;
        let duration_ms = log.time_ms(rows.end - 1).abs_diff(log.time_ms(rows.start));
        self.sessions += 1;
        self.further_events.extend(Some(length - 1).filter(|&further| further > 0));
        self.durations_ms.extend(Some(duration_ms).filter(|&duration| duration > 0));
        let of_length = self.by_length.entry(length.min(LONGEST_COUNTED)).or_default();
        of_length.0 += 1;
        of_length.1 += u64::from(is_sale);
    }

    fn finish(self, gap_minutes: u32) -> SessionStatistics {
        let sessions = self.sessions;
        let others = |known: &[u64]| sessions as usize - known.len();
        let of_one_event = others(&self.further_events);
        let of_no_time = others(&self.durations_ms);
        let with = |kind| self.with_kind.get(&kind).copied().unwrap_or_default();
        let carts = with(EventKind::Cart);
        SessionStatistics {
            gap_minutes,
            sessions,
            per_user: Quantiles::of(self.per_user),
            conversion: share(with(EventKind::Purchase), sessions).unwrap_or_default(),
            cart_conversion: share(self.with_cart_and_purchase, carts),
            of_one_event: of_one_event as u64,
            events: Quantiles::with_zeros(of_one_event, self.further_events)
                .map(|further| further.raised(1.0)),
            duration_secs: Quantiles::with_zeros(of_no_time, self.durations_ms)
                .map(|found| found.scaled(1e-3)),
            hours_between: Quantiles::of(self.between_ms).map(|found| found.scaled(1.0 / 3.6e6)),
            with_kind: self.with_kind,
            by_length: self
                .by_length
                .into_iter()
                .map(|(events, (sessions, with_purchase))| SessionLength {
                    events,
                    sessions,
                    with_purchase,
                })
                .collect(),
        }
    }
}

fn share(part: u64, whole: u64) -> Option<f64> {
    (whole > 0).then(|| part as f64 / whole as f64)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dataset::split::fixtures::{shop, shop_of_kinds};

    const GOLDEN: &str = include_str!("../../tests/golden/sessions/sessions.json");

    #[derive(Deserialize)]
    struct Golden {
        events: Vec<(u32, EventKind, i64)>,
        expected: Vec<SessionStatistics>,
    }

    fn assert_close(found: Option<Quantiles>, expected: Option<Quantiles>, what: &str) {
        let values = |quantiles: Option<Quantiles>| {
            let Quantiles { min, p25, median, p75, p90, max, mean } = quantiles.unwrap();
            [min, p25, median, p75, p90, max, mean]
        };
        for (found, expected) in values(found).into_iter().zip(values(expected)) {
            let tolerance = 1e-9 * expected.abs().max(1.0);
            assert!((found - expected).abs() < tolerance, "{what}: {found}, expected {expected}");
        }
    }

    /// Made by `scripts/golden/evaluation.py` with pandas.
    #[test]
    fn figures_are_those_of_pandas() {
        let golden: Golden = serde_json::from_str(GOLDEN).unwrap();
        let names: Vec<String> =
            golden.events.iter().map(|(user, _, _)| format!("u{user}")).collect();
        let rows: Vec<(&str, &str, EventKind, i64)> = names
            .iter()
            .zip(&golden.events)
            .map(|(user, &(_, kind, time_ms))| (user.as_str(), "p", kind, time_ms))
            .collect();
        let dataset = shop_of_kinds(&rows);
        for expected in golden.expected {
            let found = session_statistics(&dataset, expected.gap_minutes).unwrap();
            for (found, expected, what) in [
                (found.per_user, expected.per_user, "per user"),
                (found.events, expected.events, "events"),
                (found.duration_secs, expected.duration_secs, "duration"),
                (found.hours_between, expected.hours_between, "between"),
            ] {
                assert_close(found, expected, what);
            }
            assert!((found.conversion - expected.conversion).abs() < 1e-12);
            let carts = (found.cart_conversion.unwrap(), expected.cart_conversion.unwrap());
            assert!((carts.0 - carts.1).abs() < 1e-12, "{carts:?}");
            assert_eq!(found.sessions, expected.sessions);
            assert_eq!(found.of_one_event, expected.of_one_event);
            assert_eq!(found.with_kind, expected.with_kind);
            assert_eq!(found.by_length, expected.by_length);
        }
    }

    #[test]
    fn a_pause_of_exactly_the_gap_does_not_end_a_session() {
        let gap = 30 * MINUTE_MS;
        let dataset = shop(&[("u", "a", 0), ("u", "b", gap), ("u", "c", 2 * gap + 1)]);
        let log = &dataset.interactions;
        let sessions: Vec<_> = session_rows(log, 0..log.len(), gap).collect();
        assert_eq!(sessions, [0..2, 2..3]);
        assert_eq!(session_statistics(&dataset, 30).unwrap().cart_conversion, None);
    }

    #[test]
    fn without_times_there_are_no_sessions() {
        let mut dataset = shop(&[("u", "a", 0)]);
        dataset.has_times = false;
        assert_eq!(session_statistics(&dataset, 30), None);
        assert_eq!(session_statistics(&Dataset::default(), 30), None);
    }
}
