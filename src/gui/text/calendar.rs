//! Moments as the window words them, and the marks of a time axis.

use crate::dataset::calendar::{DAY_MS, civil_from_days, days_from_civil};

/// A moment in UTC.
pub(super) struct Civil {
    pub(super) year: i64,
    pub(super) month: u32,
    pub(super) day: u32,
    pub(super) hour: i64,
    pub(super) minute: i64,
}

impl Civil {
    pub(super) fn of(time_ms: i64) -> Self {
        let secs = time_ms.div_euclid(1_000);
        let (days, second) = (secs.div_euclid(86_400), secs.rem_euclid(86_400));
        let (year, month, day) = civil_from_days(days);
        let small =
            |value: i64| u32::try_from(value).expect("days and months are small and positive");
        Self {
            year,
            month: small(month),
            day: small(day),
            hour: second / 3_600,
            minute: second / 60 % 60,
        }
    }
}

/// Days from 1970-01-01 to the first of a month.
fn days_to_month(year: i64, month: i64) -> i64 {
    days_from_civil(year, month, 1).expect("every month has a first day")
}

/// Times at which an axis from `first_ms` to `last_ms` has its marks, at most about `most`: firsts of
/// months where the span is long, else midnights.
#[must_use]
pub fn time_marks(first_ms: i64, last_ms: i64, most: i64) -> Vec<i64> {
    let days = (last_ms - first_ms) / DAY_MS;
    if days <= most * 14 {
        let step =
            [1, 2, 7, 14].into_iter().find(|step| days <= most * step).unwrap_or(14) * DAY_MS;
        let start = first_ms.div_euclid(step) * step + step;
        return (0..=most)
            .map(|mark| start + mark * step)
            .filter(|&mark| mark <= last_ms)
            .collect();
    }
    let months = days / 30;
    let step = [1, 2, 3, 6, 12, 24, 60, 120]
        .into_iter()
        .find(|step| months <= most * step)
        .unwrap_or(1_200);
    let civil = Civil::of(first_ms);
    let start = civil.year * 12 + i64::from(civil.month) - 1;
    let start = start.div_euclid(step) * step + step;
    (0..=most)
        .map(|mark| start + mark * step)
        .map(|month| days_to_month(month.div_euclid(12), month.rem_euclid(12) + 1) * DAY_MS)
        .filter(|&mark| mark >= first_ms && mark <= last_ms)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn months_begin_where_the_calendar_says() {
        for (year, month) in [(1970, 1), (2000, 3), (2024, 2), (2026, 11), (1969, 12)] {
            let civil = Civil::of(days_to_month(year, month) * DAY_MS);
            assert_eq!((civil.year, i64::from(civil.month), civil.day), (year, month, 1));
        }
    }

    #[test]
    fn marks_stand_on_days_or_months_and_are_few() {
        let year = time_marks(0, 365 * DAY_MS, 8);
        assert!(year.len() >= 5 && year.len() <= 9);
        assert!(year.iter().all(|&mark| Civil::of(mark).day == 1));
        let week = time_marks(0, 7 * DAY_MS, 8);
        assert!(week.len() >= 5 && week.iter().all(|mark| mark % DAY_MS == 0));
        assert!(time_marks(0, 0, 8).is_empty());
    }
}
