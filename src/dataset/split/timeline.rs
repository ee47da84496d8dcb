//! The parts of a split along the time axis.

use serde::{Deserialize, Serialize};

use super::{Part, Split};
use crate::dataset::calendar::DAY_MS;
use crate::dataset::describe::Bucket;

/// Longest span that is counted by day; longer ones are counted by week.
const LONGEST_DAILY_DAYS: i64 = 180;

/// Visits of each part per step of time, steps without any included.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Timeline {
    /// Length of a step.
    pub bucket: Bucket,
    /// Start of each step, milliseconds since 1970-01-01 UTC. `[n_steps]`
    pub starts_ms: Vec<i64>,
    /// Visits of each part in the order of [`Part::ALL`], per step. `[5][n_steps]`
    pub by_part: [Vec<u64>; 5],
}

impl Timeline {
    /// Counts the visits of a split; `None` where it has none. Times must be real ones.
    #[must_use]
    pub fn of(split: &Split) -> Option<Self> {
        let (first, last) = split.visits.span_ms()?;
        let is_short = last.saturating_sub(first) / DAY_MS <= LONGEST_DAILY_DAYS;
        let bucket = if is_short { Bucket::Day } else { Bucket::Week };
        let steps = bucket.of(first)..=bucket.of(last);
        let begin = *steps.start();
        let starts_ms: Vec<i64> = steps.map(|step| bucket.start_ms(step)).collect();
        let mut by_part = [(); 5].map(|()| vec![0; starts_ms.len()]);
        for (row, part) in split.parts.iter().enumerate() {
            if let Ok(step) = usize::try_from(bucket.of(split.visits.time_ms(row)) - begin) {
                by_part[part.index()][step] += 1;
            }
        }
        Some(Self { bucket, starts_ms, by_part })
    }

    /// Visits of one part per step. `[n_steps]`
    #[must_use]
    pub fn of_part(&self, part: Part) -> &[u64] {
        &self.by_part[part.index()]
    }
}
