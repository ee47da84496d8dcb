//! Making values coarser.

use super::policy::{Generalisation, Period};
use crate::dataset::calendar::{DAY_MS, civil_from_days, days_from_civil};

/// A value of a column made coarser; `None` where a rule for numbers meets what is none, which is
/// then left out rather than kept as it is.
pub(super) fn generalise(rule: Generalisation, text: &str) -> Option<String> {
    match rule {
        Generalisation::Bands(width) => band(text, width),
        Generalisation::Prefix(length) => {
            let length = length as usize;
            Some(match text.char_indices().nth(length) {
                Some((end, _)) => format!("{}*", &text[..end]),
                None => text.to_owned(),
            })
        }
        Generalisation::Time(_) => None,
    }
}

/// `30-39` for 37 and width 10; bands begin at multiples of the width.
fn band(text: &str, width: u32) -> Option<String> {
    const EXACT: f64 = 9_007_199_254_740_992.0;
    let number: f64 = text.trim().replace(',', ".").parse().ok()?;
    if !number.is_finite() || number.abs() >= EXACT {
        return None;
    }
    let width = i64::from(width);
    let from = (number.floor() as i64).div_euclid(width) * width;
    Some(if width == 1 { from.to_string() } else { format!("{from}-{}", from + width - 1) })
}

/// The begin of the period that a time lies in, UTC.
pub(super) fn period_start(period: Period, ms: i64) -> i64 {
    let day = ms.div_euclid(DAY_MS);
    let (year, month, _) = civil_from_days(day);
    let start = match period {
        Period::Day => day,
        // Day 0 was a Thursday.
        Period::Week => (day + 3).div_euclid(7) * 7 - 3,
        Period::Month => days_from_civil(year, month, 1).unwrap_or(day),
        Period::Year => days_from_civil(year, 1, 1).unwrap_or(day),
    };
    start * DAY_MS
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_fall_into_bands_and_what_is_none_is_left_out() {
        let bands = |text| generalise(Generalisation::Bands(10), text);
        for (text, band) in [("37", "30-39"), ("40", "40-49"), ("39,5", "30-39"), ("-1", "-10--1")]
        {
            assert_eq!(bands(text).as_deref(), Some(band));
        }
        assert_eq!((bands("about 37"), bands("inf"), bands("1e300")), (None, None, None));
        assert_eq!(generalise(Generalisation::Bands(1), "7").as_deref(), Some("7"));
    }

    #[test]
    fn the_beginning_of_a_text_stays() {
        let prefix = |text| generalise(Generalisation::Prefix(2), text).unwrap();
        assert_eq!(
            (prefix("10115"), prefix("10"), prefix("上海市")),
            ("10*".into(), "10".into(), "上海*".into())
        );
    }

    #[test]
    fn times_go_back_to_the_begin_of_their_period() {
        // 2010-12-01T08:26:00Z, a Wednesday.
        let time = 1_291_191_960_000;
        let day = 1_291_161_600_000;
        assert_eq!(period_start(Period::Day, time), day);
        assert_eq!(period_start(Period::Week, time), day - 2 * DAY_MS);
        assert_eq!(period_start(Period::Month, time + 20 * DAY_MS), day);
        assert_eq!(period_start(Period::Year, time), day - 334 * DAY_MS);
        assert_eq!(period_start(Period::Week, day - 2 * DAY_MS), day - 2 * DAY_MS);
    }
}
