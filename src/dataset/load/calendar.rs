//! The calendar as far as reading and writing the times of files needs it.

use crate::dataset::calendar::{self, civil_from_days};

pub(super) use crate::dataset::calendar::DAY_MS as MS_PER_DAY;

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

/// Days since 1970-01-01 of a date; `None` if there is no such date, or one too old to be believed.
pub(super) fn days_from_civil(year: i64, month: i64, day: i64) -> Option<i64> {
    if year < *YEARS.start() {
        return None;
    }
    calendar::days_from_civil(year, month, day)
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
