//! Events over time, in buckets that suit the span.

use std::ops::Range;

use super::{Timeline, TimelineBucket, TimelineUnit};
use crate::dataset::calendar::{DAY_MS, civil_from_days, days_from_civil};
use crate::dataset::{Dataset, EventCounts};

const MAX_DAYS: i64 = 62;
const MAX_WEEK_DAYS: i64 = 2 * 366;
const MAX_MONTH_DAYS: i64 = 12 * 366;
const ORDER_BUCKETS: i64 = 30;

/// Counts the events of `rows`, which ascend in time.
pub(super) fn timeline(dataset: &Dataset, rows: Range<usize>) -> Timeline {
    let log = &dataset.interactions;
    let Some((first, last)) = rows.clone().next().zip(rows.clone().next_back()) else {
        let unit = unit_of(dataset, 0, 0);
        return Timeline { unit, buckets: Vec::new() };
    };
    let (first, last) = (log.time_ms(first), log.time_ms(last));
    let unit = unit_of(dataset, first, last);
    let mut buckets: Vec<TimelineBucket> = starts(unit, first, last)
        .into_iter()
        .map(|start_ms| TimelineBucket { start_ms, counts: EventCounts::default() })
        .collect();
    for row in rows {
        let after = buckets.partition_point(|bucket| bucket.start_ms <= log.time_ms(row));
        buckets[after - 1].counts.add(log.kind(row));
    }
    Timeline { unit, buckets }
}

fn unit_of(dataset: &Dataset, first: i64, last: i64) -> TimelineUnit {
    if !dataset.has_times {
        return TimelineUnit::Order;
    }
    match last.div_euclid(DAY_MS).saturating_sub(first.div_euclid(DAY_MS)) + 1 {
        days if days <= MAX_DAYS => TimelineUnit::Day,
        days if days <= MAX_WEEK_DAYS => TimelineUnit::Week,
        days if days <= MAX_MONTH_DAYS => TimelineUnit::Month,
        _ => TimelineUnit::Year,
    }
}

/// Starts of the buckets from the one that holds `first` to the one that holds `last`.
fn starts(unit: TimelineUnit, first: i64, last: i64) -> Vec<i64> {
    let day = first.div_euclid(DAY_MS);
    match unit {
        TimelineUnit::Day => spaced(day * DAY_MS, last, DAY_MS),
        // 1970-01-01 was a Thursday: Mondays are three days before multiples of a week.
        TimelineUnit::Week => {
            let monday = (day + 3).div_euclid(7) * 7 - 3;
            spaced(monday * DAY_MS, last, 7 * DAY_MS)
        }
        TimelineUnit::Month => monthly(day, last, 1),
        TimelineUnit::Year => monthly(day, last, 12),
        TimelineUnit::Order => {
            let width = last.saturating_sub(first) / ORDER_BUCKETS + 1;
            spaced(first, last, width)
        }
    }
}

fn spaced(start: i64, last: i64, width: i64) -> Vec<i64> {
    std::iter::successors(Some(start), |start| start.checked_add(width))
        .take_while(|&start| start <= last)
        .collect()
}

/// Starts of every `step`-th month, counted from January.
fn monthly(day: i64, last: i64, step: i64) -> Vec<i64> {
    let (year, month) = year_and_month(day);
    let first_month = (year * 12 + month - 1).div_euclid(step) * step;
    let start_of = |month: i64| day_of_month_start(month.div_euclid(12), month.rem_euclid(12) + 1);
    std::iter::successors(Some(first_month), |month| Some(month + step))
        .map(|month| start_of(month) * DAY_MS)
        .take_while(|&start| start <= last)
        .collect()
}

/// Year and month (from 1) of a day counted from 1970-01-01.
fn year_and_month(day: i64) -> (i64, i64) {
    let (year, month, _) = civil_from_days(day);
    (year, month)
}

/// The inverse for the first day of a month.
fn day_of_month_start(year: i64, month: i64) -> i64 {
    days_from_civil(year, month, 1).expect("every month has a first day")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn months_begin_on_their_first_day() {
        // 2000-02-29, 2024-12-31 and 1969-12-31 as days since 1970-01-01.
        for (day, expected) in
            [(11_016, (2000, 2)), (20_088, (2024, 12)), (-1, (1969, 12)), (0, (1970, 1))]
        {
            assert_eq!(year_and_month(day), expected, "day {day}");
        }
        for month in 0..12 * 900 {
            let (year, month) = (1600 + month / 12, month % 12 + 1);
            let start = day_of_month_start(year, month);
            assert_eq!(year_and_month(start), (year, month));
            assert_ne!(year_and_month(start - 1), (year, month));
        }
    }

    #[test]
    fn weeks_begin_on_monday() {
        // 2024-05-08 was a Wednesday; 2024-05-06 is day 19849.
        let wednesday = 19_851 * DAY_MS + 5;
        assert_eq!(starts(TimelineUnit::Week, wednesday, wednesday), vec![19_849 * DAY_MS]);
    }

    #[test]
    fn buckets_leave_no_hole() {
        let (first, last) = (11_016 * DAY_MS, 20_088 * DAY_MS);
        assert_eq!(starts(TimelineUnit::Year, first, last).len(), 25);
        assert_eq!(starts(TimelineUnit::Month, first, last).len(), 24 * 12 + 11);
        assert_eq!(starts(TimelineUnit::Order, 3, 1_000_000).len(), 30);
        assert_eq!(starts(TimelineUnit::Order, 3, 5), vec![3, 4, 5]);
    }
}
