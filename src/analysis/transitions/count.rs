//! Counting transitions, chain by chain.

use std::ops::Range;

use super::TransitionOptions;
use super::segment::RowFilter;
use super::states::{CHUNK, States};
use crate::control::{Cancelled, Control};
use crate::dataset::Dataset;
use crate::dataset::sessions::session_rows;

const MINUTE_MS: i64 = 60_000;

/// What was counted.
pub(super) struct Counted {
    /// `[n][n]` row-major.
    pub(super) counts: Vec<f64>,
    /// `[n]`.
    pub(super) visits: Vec<u64>,
    /// `[n]` chains that begin in each state.
    pub(super) beginnings: Vec<u64>,
    pub(super) n_chains: u64,
}

/// Counts over all chains of the segment. A chain is a shopper's rows between two idle gaps; gaps are
/// measured over all rows, those outside the segment included.
pub(super) fn count(
    dataset: &Dataset,
    options: &TransitionOptions,
    filter: &RowFilter,
    states: &States,
    control: &Control,
) -> Result<Counted, Cancelled> {
    let n = states.len();
    let mut counter = Counter {
        lag: options.lag,
        self_transitions: options.self_transitions,
        boundaries: states.start.zip(states.exit),
        chain: Vec::new(),
        counted: Counted {
            counts: vec![0.0; n * n],
            visits: vec![0; n],
            beginnings: vec![0; n],
            n_chains: 0,
        },
    };
    let gap_ms = gap_ms(dataset, options);
    let total = dataset.n_users() as u64;
    for (user, rows) in dataset.interactions.users() {
        if user.index() % CHUNK == 0 {
            control.check()?;
            control.report("stage-transitions", user.index() as u64, total);
        }
        if filter.has_user(dataset, user) {
            for session in sessions(dataset, rows, gap_ms) {
                let counted = session.filter(|&row| filter.has_row(dataset, row));
                counter.read(counted.filter_map(|row| states.of_row(dataset, row)));
            }
        }
    }
    Ok(counter.counted)
}

fn gap_ms(dataset: &Dataset, options: &TransitionOptions) -> Option<i64> {
    let minutes = options.session_gap_minutes?;
    dataset.has_times.then(|| i64::from(minutes) * MINUTE_MS)
}

/// The stretches of `rows` without a gap longer than `gap_ms`; all rows where there is no gap to look
/// for.
pub(crate) fn sessions(
    dataset: &Dataset,
    rows: Range<usize>,
    gap_ms: Option<i64>,
) -> impl Iterator<Item = Range<usize>> + '_ {
    session_rows(&dataset.interactions, rows, gap_ms.unwrap_or(i64::MAX))
}

struct Counter {
    lag: usize,
    self_transitions: bool,
    boundaries: Option<(usize, usize)>,
    chain: Vec<usize>,
    counted: Counted,
}

impl Counter {
    fn read(&mut self, states: impl Iterator<Item = usize>) {
        self.chain.clear();
        self.chain.extend(self.boundaries.map(|(start, _)| start));
        let before = self.chain.len();
        self.chain.extend(states);
        if !self.self_transitions {
            self.chain.dedup();
        }
        if self.chain.len() == before {
            return;
        }
        self.chain.extend(self.boundaries.map(|(_, exit)| exit));
        self.add();
    }

    fn add(&mut self) {
        let n = self.counted.visits.len();
        self.counted.n_chains += 1;
        self.counted.beginnings[self.chain[0]] += 1;
        for &state in &self.chain {
            self.counted.visits[state] += 1;
        }
        let last = self.chain.len() - 1;
        for (position, &from) in self.chain[..last].iter().enumerate() {
            let reached = position + self.lag;
            // Whoever has left stays away: steps beyond the end of a bounded chain lead to the exit.
            if reached <= last || self.boundaries.is_some() {
                self.counted.counts[from * n + self.chain[reached.min(last)]] += 1.0;
            }
        }
    }
}
