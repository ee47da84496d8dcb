//! Times as they are written in a split.

use crate::dataset::calendar::{DAY_MS, days_from_civil};

/// Years that can be written.
const YEARS: std::ops::RangeInclusive<i64> = 0..=9999;

/// Milliseconds since 1970-01-01 UTC of `YYYY-MM-DD`, optionally followed by `T` or a space and
/// `HH:MM`, `HH:MM:SS` or `HH:MM:SS.mmm`, optionally by `Z`.
pub(crate) fn parse_ms(text: &str) -> Option<i64> {
    let text = text.trim().trim_end_matches(['Z', 'z']);
    let (date, time) = match text.split_once(['T', ' ']) {
        Some((date, time)) => (date, Some(time)),
        None => (text, None),
    };
    let [year, month, day] = numbers::<3>(date, '-')?;
    let days = YEARS.contains(&year).then(|| days_from_civil(year, month, day))??;
    let of_day = match time.map(|time| time.split_once('.').unwrap_or((time, ""))) {
        None => 0,
        Some((time, fraction)) => secs_of_day(time)? * 1000 + thousandths(fraction)?,
    };
    Some(days * DAY_MS + of_day)
}

/// `5`, `25` and `250` are thousandths of a second as digits after the point.
fn thousandths(fraction: &str) -> Option<i64> {
    if fraction.is_empty() {
        return Some(0);
    }
    let is_number = fraction.len() <= 3 && fraction.bytes().all(|byte| byte.is_ascii_digit());
    is_number.then(|| format!("{fraction:0<3}").parse().ok()).flatten()
}

fn secs_of_day(time: &str) -> Option<i64> {
    let [hours, minutes, secs] = numbers::<3>(time, ':').or_else(|| {
        let [hours, minutes] = numbers::<2>(time, ':')?;
        Some([hours, minutes, 0])
    })?;
    (hours < 24 && minutes < 60 && secs < 60).then_some(hours * 3600 + minutes * 60 + secs)
}

fn numbers<const N: usize>(text: &str, separator: char) -> Option<[i64; N]> {
    let parts: Vec<i64> = text
        .split(separator)
        .map(|part| part.parse::<u32>().ok().map(i64::from))
        .collect::<Option<_>>()?;
    parts.try_into().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_read_and_impossible_dates_refused() {
        let noon = 15_279 * DAY_MS + DAY_MS / 2;
        for text in ["2011-11-01T12:00:00Z", "2011-11-01 12:00", "2011-11-01T12:00:00"] {
            assert_eq!(parse_ms(text), Some(noon), "{text}");
        }
        assert_eq!(parse_ms("2011-11-01"), Some(15_279 * DAY_MS));
        assert_eq!(parse_ms("2011-11-01T00:00:00.25Z"), Some(15_279 * DAY_MS + 250));
        for text in
            ["2011-02-29", "2011-13-01", "2011-11-01T24:00", "yesterday", "2011-11", "-1-1-1", ""]
        {
            assert_eq!(parse_ms(text), None, "{text}");
        }
    }
}
