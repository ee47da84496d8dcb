//! Calendar dates in the proleptic Gregorian calendar, UTC, without leap seconds.
//! Algorithms: Howard Hinnant, "chrono-compatible low-level date algorithms", 2013.

/// Milliseconds in a day.
pub(crate) const DAY_MS: i64 = 86_400_000;

/// Days from 1970-01-01 to a date; `None` where there is no such date.
pub(crate) fn days_from_date(year: i64, month: i64, day: i64) -> Option<i64> {
    if !(0..=9999).contains(&year) || !(1..=12).contains(&month) || day < 1 {
        return None;
    }
    let shifted_year = if month <= 2 { year - 1 } else { year };
    let era = shifted_year.div_euclid(400);
    let year_of_era = shifted_year.rem_euclid(400);
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    let days = era * 146_097 + day_of_era - 719_468;
    // A day beyond the month's end comes back as another date.
    (date_from_days(days) == (year, month, day)).then_some(days)
}

/// The date (year, month, day) that lies `days` after 1970-01-01.
pub(crate) fn date_from_days(days: i64) -> (i64, i64, i64) {
    let shifted = days + 719_468;
    let era = shifted.div_euclid(146_097);
    let day_of_era = shifted.rem_euclid(146_097);
    let year_of_era =
        (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_from_march = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
    let month = if month_from_march < 10 { month_from_march + 3 } else { month_from_march - 9 };
    let year = year_of_era + era * 400 + i64::from(month <= 2);
    (year, month, day)
}

/// Milliseconds since 1970-01-01 UTC of `YYYY-MM-DD`, optionally followed by `T` or a space and
/// `HH:MM` or `HH:MM:SS`, optionally by `Z`.
pub(crate) fn parse_ms(text: &str) -> Option<i64> {
    let text = text.trim().trim_end_matches(['Z', 'z']);
    let (date, time) = match text.split_once(['T', ' ']) {
        Some((date, time)) => (date, Some(time)),
        None => (text, None),
    };
    let [year, month, day] = numbers::<3>(date, '-')?;
    let days = days_from_date(year, month, day)?;
    let secs = match time {
        None => 0,
        Some(time) => secs_of_day(time)?,
    };
    Some(days * DAY_MS + secs * 1000)
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
    fn dates_and_days_are_inverse() {
        for (date, days) in [
            ((1970, 1, 1), 0),
            ((1969, 12, 31), -1),
            ((2000, 2, 29), 11_016),
            ((2011, 11, 1), 15_279),
            ((2026, 11, 22), 20_779),
        ] {
            assert_eq!(days_from_date(date.0, date.1, date.2), Some(days), "{date:?}");
            assert_eq!(date_from_days(days), date);
        }
        for days in (-20_000..40_000).step_by(37) {
            let (year, month, day) = date_from_days(days);
            assert_eq!(days_from_date(year, month, day), Some(days));
        }
    }

    #[test]
    fn texts_are_read_and_impossible_dates_refused() {
        let noon = 15_279 * DAY_MS + DAY_MS / 2;
        for text in ["2011-11-01T12:00:00Z", "2011-11-01 12:00", "2011-11-01T12:00:00"] {
            assert_eq!(parse_ms(text), Some(noon), "{text}");
        }
        assert_eq!(parse_ms("2011-11-01"), Some(15_279 * DAY_MS));
        for text in
            ["2011-02-29", "2011-13-01", "2011-11-01T24:00", "yesterday", "2011-11", "-1-1-1", ""]
        {
            assert_eq!(parse_ms(text), None, "{text}");
        }
    }
}
