//! The text form of a split, as on the command line.

use super::build::default_kind;
use super::{SplitError, SplitSpec, SplitStrategy, calendar};
use crate::dataset::Dataset;

/// Share of the events before test that validation takes from their end.
const VALIDATION_SHARE: f64 = 0.1;

impl SplitSpec {
    /// Reads `last-one`, `time:FRACTION` or `time:DATE`; kinds and repeats are the default.
    ///
    /// `time:0.8` starts test at the 80 % quantile of the events' times, `time:2011-11-01` at that
    /// moment (UTC; `time:2011-11-01T18:00` works too). Validation starts at the 90 % quantile of the
    /// events before test.
    ///
    /// # Errors
    /// [`SplitError::Unreadable`] for any other text, [`SplitError::NoTimes`] when a time is asked of
    /// data without times, [`SplitError::NothingLeft`] when no event names a product,
    /// [`SplitError::NothingToLearn`] when no event lies before the time.
    pub fn parse(text: &str, dataset: &Dataset) -> Result<Self, SplitError> {
        let text = text.trim();
        if text == "last-one" {
            return Ok(Self::default());
        }
        let unreadable = || SplitError::Unreadable(text.to_owned());
        let point = text.strip_prefix("time:").ok_or_else(unreadable)?;
        let point = TimePoint::parse(point).ok_or_else(unreadable)?;
        if !dataset.has_times {
            return Err(SplitError::NoTimes);
        }
        Ok(Self { strategy: point.strategy(&counted_times(dataset)?)?, ..Self::default() })
    }
}

enum TimePoint {
    Fraction(f64),
    At(i64),
}

impl TimePoint {
    fn parse(text: &str) -> Option<Self> {
        match text.parse::<f64>() {
            Ok(fraction) => (fraction > 0.0 && fraction < 1.0).then_some(Self::Fraction(fraction)),
            Err(_) => calendar::parse_ms(text).map(Self::At),
        }
    }

    /// `times` ascend and are not empty.
    fn strategy(&self, times: &[i64]) -> Result<SplitStrategy, SplitError> {
        let test_from_ms = match *self {
            Self::Fraction(fraction) => quantile(times, fraction),
            Self::At(time_ms) => time_ms,
        };
        let before = &times[..times.partition_point(|&time| time < test_from_ms)];
        if before.is_empty() {
            return Err(SplitError::NothingToLearn {
                first_ms: times[0],
                last_ms: times[times.len() - 1],
            });
        }
        Ok(SplitStrategy::TimePoint {
            validation_from_ms: quantile(before, 1.0 - VALIDATION_SHARE),
            test_from_ms,
        })
    }
}

/// Times of the events that count by default, ascending; never empty.
fn counted_times(dataset: &Dataset) -> Result<Vec<i64>, SplitError> {
    let log = &dataset.interactions;
    let mut times: Vec<i64> = (0..log.len())
        .filter(|&row| log.item(row).is_some() && default_kind(log.kind(row)))
        .map(|row| log.time_ms(row))
        .collect();
    times.sort_unstable();
    if times.is_empty() {
        return Err(super::build::nothing_left(log, &[]));
    }
    Ok(times)
}

/// The value below which the given share of `sorted` lies, an element of it.
fn quantile(sorted: &[i64], share: f64) -> i64 {
    let position = (share * sorted.len() as f64).round() as usize;
    sorted[position.min(sorted.len() - 1)]
}

#[cfg(test)]
mod tests {
    use super::super::fixtures::shop;
    use super::*;
    use crate::dataset::calendar::DAY_MS;

    fn hundred_days() -> Dataset {
        let rows: Vec<(String, String, i64)> = (0..100)
            .map(|day| (format!("u{}", day % 7), format!("i{day}"), day * DAY_MS))
            .collect();
        let rows: Vec<(&str, &str, i64)> =
            rows.iter().map(|(user, item, time)| (user.as_str(), item.as_str(), *time)).collect();
        shop(&rows)
    }

    #[test]
    fn a_fraction_is_a_quantile_of_the_event_times() {
        let spec = SplitSpec::parse("time:0.8", &hundred_days()).unwrap();
        let expected =
            SplitStrategy::TimePoint { validation_from_ms: 72 * DAY_MS, test_from_ms: 80 * DAY_MS };
        assert_eq!(spec.strategy, expected);
    }

    #[test]
    fn a_date_is_taken_as_it_is() {
        let spec = SplitSpec::parse(" time:1970-02-10 ", &hundred_days()).unwrap();
        let expected =
            SplitStrategy::TimePoint { validation_from_ms: 36 * DAY_MS, test_from_ms: 40 * DAY_MS };
        assert_eq!(spec.strategy, expected);
        assert_eq!(SplitSpec::parse("last-one", &hundred_days()), Ok(SplitSpec::default()));
    }

    #[test]
    fn other_texts_are_refused_with_what_can_be_written() {
        for text in [
            "",
            "last",
            "time:",
            "time:0",
            "time:1",
            "time:1.5",
            "time:NaN",
            "time:-0.1",
            "time:soon",
        ] {
            let error = SplitSpec::parse(text, &hundred_days()).unwrap_err();
            assert!(matches!(error, SplitError::Unreadable(_)), "{text}");
            assert!(error.to_string().contains("time:0.8"));
        }
    }

    #[test]
    fn a_time_needs_times_and_something_before_it() {
        let mut timeless = hundred_days();
        timeless.has_times = false;
        assert_eq!(SplitSpec::parse("time:0.8", &timeless), Err(SplitError::NoTimes));
        let early = SplitSpec::parse("time:1969-01-01", &hundred_days());
        assert!(matches!(early, Err(SplitError::NothingToLearn { .. })));
    }
}
