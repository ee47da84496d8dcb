//! Parts that follow one another in time.

use super::{Part, SplitError, SplitStrategy, VALIDATION_SHARE};
use crate::dataset::Interactions;

/// Points in time at which everybody's events are divided, milliseconds since 1970-01-01 UTC.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(clippy::struct_field_names, reason = "the unit stands in the name")]
pub(super) struct TimeBounds {
    pub validation_from_ms: i64,
    pub test_from_ms: i64,
    /// The first moment after test; `None` where test has no end.
    pub test_until_ms: Option<i64>,
}

impl TimeBounds {
    /// The bounds of a strategy that divides by time; `None` for the others.
    pub fn of(strategy: &SplitStrategy, log: &Interactions) -> Result<Option<Self>, SplitError> {
        match *strategy {
            SplitStrategy::TimePoint { validation_from_ms, test_from_ms } => {
                if validation_from_ms > test_from_ms {
                    return Err(SplitError::OutOfOrder { validation_from_ms, test_from_ms });
                }
                Ok(Some(Self { validation_from_ms, test_from_ms, test_until_ms: None }))
            }
            SplitStrategy::Fold { fold, folds } => Self::fold(fold, folds, log).map(Some),
            _ => Ok(None),
        }
    }

    fn fold(fold: u32, folds: u32, log: &Interactions) -> Result<Self, SplitError> {
        if folds == 0 || fold == 0 || fold > folds {
            return Err(SplitError::OutOfRange {
                what: "the fold",
                found: format!("{fold}/{folds}"),
                wanted: "1 to the number of folds, such as 2/5",
            });
        }
        let mut times: Vec<i64> = (0..log.len()).map(|row| log.time_ms(row)).collect();
        times.sort_unstable();
        let origin = |block: u32| {
            quantile(&times, f64::from(block) / (f64::from(folds) + 1.0)).unwrap_or_default()
        };
        let test_from_ms = origin(fold);
        let before = &times[..times.partition_point(|&time| time < test_from_ms)];
        let validation_from_ms = quantile(before, 1.0 - VALIDATION_SHARE).unwrap_or(test_from_ms);
        let test_until_ms = (fold < folds).then(|| origin(fold + 1));
        Ok(Self { validation_from_ms, test_from_ms, test_until_ms })
    }

    fn part(&self, time_ms: i64) -> Part {
        if time_ms < self.validation_from_ms {
            Part::Train
        } else if time_ms < self.test_from_ms {
            Part::Validation
        } else if self.test_until_ms.is_none_or(|until| time_ms < until) {
            Part::Test
        } else {
            Part::Unused
        }
    }

    /// The part of each row.
    pub fn parts(&self, log: &Interactions) -> Vec<Part> {
        (0..log.len()).map(|row| self.part(log.time_ms(row))).collect()
    }
}

/// The value below which the given share of `sorted` lies, an element of it; `None` of nothing.
pub(super) fn quantile(sorted: &[i64], share: f64) -> Option<i64> {
    let position = (share * sorted.len() as f64).round() as usize;
    sorted.get(position.min(sorted.len().checked_sub(1)?)).copied()
}

/// The last `n` rows of each user with at least `2n + 1` are test, the `n` before them validation.
pub(super) fn last_n(visits: &Interactions, n: usize) -> Vec<Part> {
    let mut parts = vec![Part::Train; visits.len()];
    for (_, rows) in visits.users() {
        if rows.len() > 2 * n {
            parts[rows.end - n..rows.end].fill(Part::Test);
            parts[rows.end - 2 * n..rows.end - n].fill(Part::Validation);
        }
    }
    parts
}
