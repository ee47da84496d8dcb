//! The Gregorian calendar, as far as reading and writing times needs it.

/// Milliseconds of a day.
pub(super) const MS_PER_DAY: i64 = 86_400_000;
/// First and last year that is believed.
pub(super) const YEARS: std::ops::RangeInclusive<i64> = 1900..=2261;

/// The month that a name or its beginning of three letters or more stands for.
pub(super) fn month_number(word: &[u8]) -> Option<i64> {
    const NAMES: [&[u8]; 12] = [
        b"january",
        b"february",
        b"march",
        b"april",
        b"may",
        b"june",
        b"july",
        b"august",
        b"september",
        b"october",
        b"november",
        b"december",
    ];
    let fits = |name: &[u8]| {
        word.len() >= 3
            && word.len() <= name.len()
            && word.eq_ignore_ascii_case(&name[..word.len()])
    };
    let position = NAMES.iter().position(|name| fits(name))?;
    i64::try_from(position + 1).ok()
}

/// Milliseconds since midnight.
pub(super) fn clock_ms(hour: i64, minute: i64, second: i64) -> Option<i64> {
    // 60 is a leap second; 24:00 is the end of a day.
    let valid = (0..24).contains(&hour) && (0..60).contains(&minute) && (0..=60).contains(&second)
        || (hour, minute, second) == (24, 0, 0);
    valid.then_some(((hour * 60 + minute) * 60 + second) * 1000)
}

/// Days since 1970-01-01 of a date in the Gregorian calendar; `None` if there is no such date.
/// Method: Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms".
pub(super) fn days_from_civil(year: i64, month: i64, day: i64) -> Option<i64> {
    let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let longest = match month {
        2 => 28 + i64::from(leap),
        4 | 6 | 9 | 11 => 30,
        1..=12 => 31,
        _ => return None,
    };
    if !(1..=longest).contains(&day) || !YEARS.contains(&(year.min(*YEARS.end()))) {
        return None;
    }
    let shifted_year = if month <= 2 { year - 1 } else { year };
    let era = shifted_year.div_euclid(400);
    let year_of_era = shifted_year.rem_euclid(400);
    let day_of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    Some(era * 146_097 + day_of_era - 719_468)
}

/// `2010-12-01T08:26:00Z`, with milliseconds where there are any.
#[must_use]
pub fn format_ms(ms: i64) -> String {
    let (days, rest) = (ms.div_euclid(MS_PER_DAY), ms.rem_euclid(MS_PER_DAY));
    let (year, month, day) = civil_from_days(days);
    let (hour, minute, second) = (rest / 3_600_000, rest / 60_000 % 60, rest / 1000 % 60);
    let fraction = match rest % 1000 {
        0 => String::new(),
        ms => format!(".{ms:03}"),
    };
    format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}{fraction}Z")
}

/// The inverse of [`days_from_civil`], by the same author.
fn civil_from_days(days: i64) -> (i64, i64, i64) {
    let shifted = days + 719_468;
    let era = shifted.div_euclid(146_097);
    let day_of_era = shifted.rem_euclid(146_097);
    let year_of_era =
        (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month_from_march = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month_from_march + 2) / 5 + 1;
    let month = if month_from_march < 10 { month_from_march + 3 } else { month_from_march - 9 };
    (year_of_era + era * 400 + i64::from(month <= 2), month, day)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dataset::load::timestamp::{DateOrder, parse};

    #[test]
    fn formatting_inverts_parsing() {
        for ms in [1_291_191_960_000, 0, -1, 951_782_400_000, 4_102_444_799_999] {
            assert_eq!(parse(&format_ms(ms), DateOrder::MonthFirst), Some(ms), "{ms}");
        }
        assert_eq!(format_ms(1_291_191_960_000), "2010-12-01T08:26:00Z");
    }

    #[test]
    fn days_count_from_1970_through_leap_years() {
        assert_eq!(days_from_civil(1970, 1, 1), Some(0));
        assert_eq!(days_from_civil(2000, 3, 1), Some(11_017));
        assert_eq!(days_from_civil(1900, 2, 29), None);
        for days in (-25_000..100_000).step_by(13) {
            let (year, month, day) = civil_from_days(days);
            assert_eq!(days_from_civil(year, month, day), Some(days));
        }
    }
}
