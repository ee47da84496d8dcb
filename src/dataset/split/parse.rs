//! The text form of a split, as on the command line.

use super::build::default_kind;
use super::ordered::quantile;
use super::spec::ratio_name;
use super::{RatioBy, SplitError, SplitSpec, SplitStrategy, VALIDATION_SHARE, calendar, files};
use crate::dataset::Dataset;

impl SplitSpec {
    /// Reads the text form of a split; kinds and repeats are the default.
    ///
    /// - `last-one`, `last:N`;
    /// - `time:0.8` starts test at the 80 % quantile of the events' times, `time:2011-11-01` at that
    ///   moment (UTC; `time:2011-11-01T18:00` works too), with validation from the 90 % quantile of the
    ///   events before test on; `time:2011-10-01,2011-11-01` names both starts;
    /// - `fold:2/5`, the second of five folds with a rolling origin;
    /// - `ratio:0.8` by event, `ratio-users:0.8` by user, `stratified:0.8` and `stratified-users:0.8`
    ///   within classes of activity, each with `@SEED` behind it where the seed is not 0;
    /// - `file:TRAIN,TEST`, `file:TRAIN,VALIDATION,TEST`, or `file:FILE` with a column that names parts.
    ///
    /// # Errors
    /// [`SplitError::Unreadable`] for any other text, [`SplitError::OutOfRange`] for numbers that
    /// divide nothing, [`SplitError::NoTimes`] when a time is asked of data without times,
    /// [`SplitError::NothingLeft`] when no event names a product, [`SplitError::NothingToLearn`] when
    /// no event lies before the time, [`SplitError::File`] for files that cannot be read.
    pub fn parse(text: &str, dataset: &Dataset) -> Result<Self, SplitError> {
        let text = text.trim();
        if text == "last-one" {
            return Ok(Self::default());
        }
        let unreadable = || SplitError::Unreadable(text.to_owned());
        let (name, value) = text.split_once(':').ok_or_else(unreadable)?;
        let strategy = match name {
            "last" => last_n(value).ok_or_else(unreadable)?,
            "time" => return time(value, dataset, unreadable).map(Self::from),
            "fold" => fold(value, dataset, unreadable)?,
            "file" => {
                let (files, fingerprint) = files::given(value)?;
                SplitStrategy::Files { files, fingerprint }
            }
            _ => ratio(name, value).ok_or_else(unreadable)?,
        };
        Ok(strategy.into())
    }

    /// With all that was left open: the fingerprint of files that have none yet.
    ///
    /// # Errors
    /// [`SplitError::File`] for files that cannot be read.
    pub fn settled(mut self) -> Result<Self, SplitError> {
        if let SplitStrategy::Files { files, fingerprint } = &mut self.strategy
            && fingerprint.is_empty()
        {
            *fingerprint = files::fingerprint(files)?;
        }
        Ok(self)
    }
}

fn last_n(value: &str) -> Option<SplitStrategy> {
    match value.parse().ok()? {
        0 => None,
        1 => Some(SplitStrategy::LastOne),
        n => Some(SplitStrategy::LastN { n }),
    }
}

fn ratio(name: &str, value: &str) -> Option<SplitStrategy> {
    let kinds =
        [RatioBy::Events, RatioBy::Users].into_iter().flat_map(|by| [(by, false), (by, true)]);
    let (by, stratified) = kinds.into_iter().find(|&(by, is)| ratio_name(by, is) == name)?;
    let (share, seed) = value.split_once('@').unwrap_or((value, "0"));
    let share = share.parse().ok().filter(|&share: &f64| share > 0.0 && share < 1.0)?;
    Some(SplitStrategy::Ratio { share, by, stratified, seed: seed.parse().ok()? })
}

fn fold(
    value: &str,
    dataset: &Dataset,
    unreadable: impl Fn() -> SplitError,
) -> Result<SplitStrategy, SplitError> {
    let (fold, folds) = value.split_once('/').ok_or_else(&unreadable)?;
    let number = |text: &str| text.trim().parse::<u32>().map_err(|_| unreadable());
    let (fold, folds) = (number(fold)?, number(folds)?);
    if fold == 0 || fold > folds {
        return Err(unreadable());
    }
    if dataset.has_times {
        Ok(SplitStrategy::Fold { fold, folds })
    } else {
        Err(SplitError::NoTimes)
    }
}

fn time(
    value: &str,
    dataset: &Dataset,
    unreadable: impl Fn() -> SplitError,
) -> Result<SplitStrategy, SplitError> {
    let point = TimePoint::parse(value).ok_or_else(unreadable)?;
    if !dataset.has_times {
        return Err(SplitError::NoTimes);
    }
    point.strategy(&counted_times(dataset)?)
}

enum TimePoint {
    Fraction(f64),
    At(i64),
    Both { validation_from_ms: i64, test_from_ms: i64 },
}

impl TimePoint {
    fn parse(text: &str) -> Option<Self> {
        if let Some((from, to)) = text.split_once(',') {
            let (validation_from_ms, test_from_ms) =
                (calendar::parse_ms(from)?, calendar::parse_ms(to)?);
            return Some(Self::Both { validation_from_ms, test_from_ms });
        }
        match text.parse::<f64>() {
            Ok(fraction) => (fraction > 0.0 && fraction < 1.0).then_some(Self::Fraction(fraction)),
            Err(_) => calendar::parse_ms(text).map(Self::At),
        }
    }

    /// `times` ascend and are not empty.
    fn strategy(&self, times: &[i64]) -> Result<SplitStrategy, SplitError> {
        let test_from_ms = match *self {
            Self::Fraction(fraction) => quantile(times, fraction).unwrap_or(times[0]),
            Self::At(time_ms) => time_ms,
            Self::Both { validation_from_ms, test_from_ms } => {
                return Ok(SplitStrategy::TimePoint { validation_from_ms, test_from_ms });
            }
        };
        let before = &times[..times.partition_point(|&time| time < test_from_ms)];
        let validation_from_ms =
            quantile(before, 1.0 - VALIDATION_SHARE).ok_or(SplitError::NothingToLearn {
                first_ms: times[0],
                last_ms: times[times.len() - 1],
            })?;
        Ok(SplitStrategy::TimePoint { validation_from_ms, test_from_ms })
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
            "time:2011-01-01,soon",
            "last:0",
            "last:-1",
            "ratio:1",
            "ratio:0.5@x",
            "ratios:0.5",
            "fold:0/5",
            "fold:6/5",
            "fold:2",
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

    #[test]
    fn what_is_printed_is_read_back() {
        let dataset = hundred_days();
        for text in [
            "last-one",
            "last:3",
            "time:1970-02-01T00:00:00Z,1970-03-01T12:30:15.250Z",
            "fold:2/5",
            "ratio:0.8",
            "ratio-users:0.75@7",
            "stratified:0.5",
            "stratified-users:0.9@42",
        ] {
            let spec = SplitSpec::parse(text, &dataset).unwrap();
            assert_eq!(spec.strategy.to_string(), text);
            let json = serde_json::to_string(&spec).unwrap();
            assert_eq!(serde_json::from_str::<SplitSpec>(&json).unwrap(), spec, "{json}");
        }
        assert_eq!(SplitSpec::parse("last:1", &dataset), Ok(SplitSpec::default()));
    }

    /// As the run store has kept them from the beginning.
    #[test]
    fn splits_of_older_runs_are_still_read() {
        let last = r#"{"strategy":{"kind":"last_one"},"kinds":[],"repeats":"merge_consecutive"}"#;
        assert_eq!(serde_json::from_str::<SplitSpec>(last).unwrap(), SplitSpec::default());
        let time = r#"{"strategy":{"kind":"time_point","validation_from_ms":5,"test_from_ms":9},
            "kinds":["purchase"],"repeats":"keep"}"#;
        let spec: SplitSpec = serde_json::from_str(time).unwrap();
        let expected = SplitStrategy::TimePoint { validation_from_ms: 5, test_from_ms: 9 };
        assert_eq!(spec.strategy, expected);
    }
}
