//! Dates in expressions, each standing for a stretch of time.

use crate::dataset::calendar::{DAY_MS, days_from_civil};

/// First and last millisecond of what a date names: `2024`, `2024-01`, `2024-01-05`,
/// `2024-01-05T10:30`, `2024-01-05 10:30:15`, with or without `Z`. UTC.
pub(super) fn span_ms(text: &str) -> Option<(i64, i64)> {
    let text = text.trim().trim_end_matches(['Z', 'z']);
    let (date, clock) = match text.split_once(['T', 't', ' ']) {
        Some((date, clock)) => (date, Some(clock.trim())),
        None => (text, None),
    };
    let parts: Vec<i64> = date.split(['-', '/']).map(whole).collect::<Option<_>>()?;
    let start = |year, month, day| days_from_civil(year, month, day).map(|days| days * DAY_MS);
    let (first, end) = match (parts.as_slice(), clock) {
        (&[year, month, day], Some(clock)) => {
            let (since_midnight, length) = clock_span_ms(clock)?;
            let first = start(year, month, day)? + since_midnight;
            (first, first + length)
        }
        (&[year, month, day], None) => {
            let first = start(year, month, day)?;
            (first, first + DAY_MS)
        }
        (&[year, month], None) => {
            let (next_year, next) = if month == 12 { (year + 1, 1) } else { (year, month + 1) };
            (start(year, month, 1)?, start(next_year, next, 1)?)
        }
        (&[year], None) => (start(year, 1, 1)?, start(year + 1, 1, 1)?),
        _ => return None,
    };
    let is_believable = parts.first().is_some_and(|year| (1900..=2261).contains(year));
    is_believable.then_some((first, end - 1))
}

fn whole(part: &str) -> Option<i64> {
    let is_number = (1..=4).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_digit());
    if is_number { part.parse().ok() } else { None }
}

/// Milliseconds since midnight and the length of the minute, second or millisecond named.
fn clock_span_ms(clock: &str) -> Option<(i64, i64)> {
    let (clock, fraction) = match clock.split_once('.') {
        Some((clock, fraction)) => (clock, Some(fraction)),
        None => (clock, None),
    };
    let parts: Vec<i64> = clock.split(':').map(whole).collect::<Option<_>>()?;
    let (hour, minute, second, length) = match (parts.as_slice(), fraction) {
        (&[hour, minute], None) => (hour, minute, 0, 60_000),
        (&[hour, minute, second], None) => (hour, minute, second, 1_000),
        (&[hour, minute, second], Some(fraction)) if fraction.len() == 3 => {
            (hour, minute, second, 1)
        }
        _ => return None,
    };
    let ms = fraction.map_or(Some(0), whole)?;
    let is_clock = hour < 24 && minute < 60 && second < 60;
    is_clock.then_some((((hour * 60 + minute) * 60 + second) * 1_000 + ms, length))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_date_stands_for_all_of_what_it_names() {
        const DAY: i64 = 1_704_412_800_000; // 2024-01-05
        let span = |text| span_ms(text).map(|(first, last)| (first - DAY, last - DAY));
        assert_eq!(span("2024-01-05"), Some((0, DAY_MS - 1)));
        assert_eq!(span("2024-01"), Some((-4 * DAY_MS, 27 * DAY_MS - 1)));
        assert_eq!(span("2024"), Some((-4 * DAY_MS, 362 * DAY_MS - 1)));
        assert_eq!(span("2024-01-05T10:30"), Some((37_800_000, 37_859_999)));
        assert_eq!(span("2024-01-05 00:00:01Z"), Some((1_000, 1_999)));
        assert_eq!(span("2024-01-05T00:00:01.250Z"), Some((1_250, 1_250)));
        assert_eq!(span("2023-12"), Some((-35 * DAY_MS, -4 * DAY_MS - 1)));
        for text in
            ["2024-02-30", "24-01-05", "2024-13", "soon", "", "2024-01-05T25:00", "2024-01T10:00"]
        {
            assert_eq!(span_ms(text), None, "{text}");
        }
    }
}
