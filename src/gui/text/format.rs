//! Numbers, dates and lengths of time as each language writes them.

use std::time::Duration;

use fluent_bundle::FluentValue;

use super::Text;
use super::calendar::Civil;
use crate::workbench::settings::Language;

/// How Fluent writes numbers inside messages: grouped by thousands, as both languages do.
pub(super) fn grouped<M>(value: &FluentValue<'_>, _: &M) -> Option<String> {
    match value {
        FluentValue::Number(number) => Some(group(&trim_zeros(format!("{:.3}", number.value)))),
        _ => None,
    }
}

impl Text {
    /// A count: `12,345`.
    #[must_use]
    pub fn count(&self, count: impl TryInto<u64>) -> String {
        group(&count.try_into().unwrap_or(u64::MAX).to_string())
    }

    /// A count in little room: `12.3K` or `1.2万`.
    #[must_use]
    pub fn short_count(&self, count: u64) -> String {
        let units: &[(u64, &str)] = match self.language() {
            Language::En => &[(1_000_000_000, "B"), (1_000_000, "M"), (10_000, "K")],
            Language::Zh => &[(100_000_000, "亿"), (10_000, "万")],
        };
        for &(size, name) in units {
            if count >= size {
                let base = if name == "K" { 1_000 } else { size };
                return format!(
                    "{}{name}",
                    trim_zeros(format!("{:.1}", count as f64 / base as f64))
                );
            }
        }
        self.count(count)
    }

    /// A number with so many decimals, grouped by thousands; `–` for what is no number.
    #[must_use]
    pub fn number(&self, value: f64, decimals: usize) -> String {
        if !value.is_finite() {
            return "–".to_owned();
        }
        let text = group(&format!("{value:.decimals$}"));
        let is_zero = text.bytes().all(|byte| matches!(byte, b'-' | b'0' | b'.' | b','));
        if is_zero { text.trim_start_matches('-').to_owned() } else { text.replace('-', "−") }
    }

    /// A share in `0..=1` as `12.3 %`, with a space at which no line breaks.
    #[must_use]
    pub fn percent(&self, share: f64, decimals: usize) -> String {
        if !share.is_finite() {
            return "–".to_owned();
        }
        match self.language() {
            Language::En => format!("{}\u{a0}%", self.number(share * 100.0, decimals)),
            Language::Zh => format!("{}%", self.number(share * 100.0, decimals)),
        }
    }

    /// An amount of money; shops do not say in which currency, so none is named.
    #[must_use]
    pub fn money(&self, amount: f64) -> String {
        self.number(amount, 2)
    }

    /// A day in UTC: `5 Mar 2026` or `2026年3月5日`.
    #[must_use]
    pub fn date(&self, time_ms: i64) -> String {
        let civil = Civil::of(time_ms);
        match self.language() {
            Language::En => {
                format!("{} {} {}", civil.day, MONTHS[civil.month as usize - 1], civil.year)
            }
            Language::Zh => format!("{}年{}月{}日", civil.year, civil.month, civil.day),
        }
    }

    /// A day without its year, for axes: `5 Mar` or `3月5日`.
    #[must_use]
    pub fn short_date(&self, time_ms: i64) -> String {
        let civil = Civil::of(time_ms);
        match self.language() {
            Language::En => format!("{} {}", civil.day, MONTHS[civil.month as usize - 1]),
            Language::Zh => format!("{}月{}日", civil.month, civil.day),
        }
    }

    /// A month without its year, for axes: `Mar` or `3月`.
    #[must_use]
    pub fn short_month(&self, time_ms: i64) -> String {
        let civil = Civil::of(time_ms);
        match self.language() {
            Language::En => MONTHS[civil.month as usize - 1].to_owned(),
            Language::Zh => format!("{}月", civil.month),
        }
    }

    /// Whether a month is the first of its year.
    #[must_use]
    pub fn is_january(time_ms: i64) -> bool {
        Civil::of(time_ms).month == 1
    }

    /// Two days in little room: `5 Mar – 7 Apr 2026` with a year wherever it is needed, or
    /// `2026-03-05 – 2026-04-07`.
    #[must_use]
    pub fn days(&self, first_ms: i64, last_ms: i64) -> String {
        let (first, last) = (Civil::of(first_ms), Civil::of(last_ms));
        match self.language() {
            Language::En if first.year == last.year => {
                format!("{} – {}", self.short_date(first_ms), self.date(last_ms))
            }
            Language::En => format!("{} – {}", self.date(first_ms), self.date(last_ms)),
            Language::Zh => {
                let day = |one: &Civil| format!("{}-{:02}-{:02}", one.year, one.month, one.day);
                format!("{} – {}", day(&first), day(&last))
            }
        }
    }

    /// A month, for axes: `Mar 2026` or `2026年3月`.
    #[must_use]
    pub fn month(&self, time_ms: i64) -> String {
        let civil = Civil::of(time_ms);
        match self.language() {
            Language::En => format!("{} {}", MONTHS[civil.month as usize - 1], civil.year),
            Language::Zh => format!("{}年{}月", civil.year, civil.month),
        }
    }

    /// A moment in UTC to the minute, as tables show it: `2026-03-05 14:07`.
    #[must_use]
    pub fn date_time(&self, time_ms: i64) -> String {
        let civil = Civil::of(time_ms);
        format!(
            "{:04}-{:02}-{:02} {:02}:{:02}",
            civil.year, civil.month, civil.day, civil.hour, civil.minute
        )
    }

    /// A length of time in its two largest units: `3 min 12 s` or `3 分 12 秒`.
    #[must_use]
    pub fn duration(&self, duration: Duration) -> String {
        let units = match self.language() {
            Language::En => ["d", "h", "min", "s"],
            Language::Zh => ["天", "小时", "分", "秒"],
        };
        let secs = duration.as_secs();
        if secs < 10 {
            return format!("{:.1} {}", duration.as_secs_f64(), units[3]);
        }
        let parts = [secs / 86_400, secs / 3_600 % 24, secs / 60 % 60, secs % 60];
        let first = parts.iter().position(|&part| part > 0).unwrap_or(3);
        let shown = (first..(first + 2).min(4)).filter(|&unit| unit == first || parts[unit] > 0);
        shown.map(|unit| format!("{} {}", parts[unit], units[unit])).collect::<Vec<_>>().join(" ")
    }

    /// A number of seconds as a length of time.
    #[must_use]
    pub fn secs(&self, secs: f64) -> String {
        Duration::try_from_secs_f64(secs)
            .map_or_else(|_| "–".to_owned(), |duration| self.duration(duration))
    }

    /// A short time in milliseconds: `0.8 ms`, `120 ms`.
    #[must_use]
    pub fn millis(&self, millis: f64) -> String {
        let decimals = usize::from(millis < 10.0);
        match self.language() {
            Language::En => format!("{} ms", self.number(millis, decimals)),
            Language::Zh => format!("{} 毫秒", self.number(millis, decimals)),
        }
    }
}

const MONTHS: [&str; 12] =
    ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/// Put commas between thousands of a decimal number.
fn group(number: &str) -> String {
    let (sign, digits) = match number.strip_prefix('-') {
        Some(digits) => ("-", digits),
        None => ("", number),
    };
    let (whole, fraction) = match digits.split_once('.') {
        Some((whole, fraction)) => (whole, Some(fraction)),
        None => (digits, None),
    };
    let mut text = sign.to_owned();
    for (position, digit) in whole.chars().enumerate() {
        if position > 0 && (whole.len() - position).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    if let Some(fraction) = fraction {
        text.push('.');
        text.push_str(fraction);
    }
    text
}

fn trim_zeros(number: String) -> String {
    if number.contains('.') {
        number.trim_end_matches('0').trim_end_matches('.').to_owned()
    } else {
        number
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_grouped_and_keep_their_sign() {
        let text = Text::new(Language::En);
        assert_eq!(text.count(1_234_567_u64), "1,234,567");
        assert_eq!(text.count(999_usize), "999");
        assert_eq!(text.number(-1234.5, 1), "−1,234.5");
        assert_eq!(text.number(-0.001, 2), "0.00");
        assert_eq!(text.number(f64::NAN, 2), "–");
        assert_eq!(text.percent(0.1234, 1), "12.3\u{a0}%");
        assert_eq!(text.short_count(12_345), "12.3K");
        assert_eq!(Text::new(Language::Zh).short_count(12_345), "1.2万");
    }

    #[test]
    fn dates_follow_the_calendar() {
        let text = Text::new(Language::En);
        assert_eq!(text.date(0), "1 Jan 1970");
        assert_eq!(text.date(951_782_400_000), "29 Feb 2000");
        assert_eq!(text.date_time(-60_000), "1969-12-31 23:59");
        assert_eq!(text.date_time(1_767_225_599_000), "2025-12-31 23:59");
        assert_eq!(Text::new(Language::Zh).date(951_782_400_000), "2000年2月29日");
    }

    #[test]
    fn a_span_names_each_year_once() {
        let (new_year, march) = (1_767_225_600_000, 1_772_668_800_000);
        let text = Text::new(Language::En);
        assert_eq!(text.days(new_year, march), "1 Jan – 5 Mar 2026");
        assert_eq!(text.days(0, march), "1 Jan 1970 – 5 Mar 2026");
        assert_eq!(Text::new(Language::Zh).days(new_year, march), "2026-01-01 – 2026-03-05");
        assert_eq!(text.short_month(march), "Mar");
        assert!(Text::is_january(new_year) && !Text::is_january(march));
    }

    #[test]
    fn lengths_of_time_show_two_units() {
        let text = Text::new(Language::En);
        assert_eq!(text.secs(0.25), "0.2 s");
        assert_eq!(text.secs(192.0), "3 min 12 s");
        assert_eq!(text.secs(3_600.0), "1 h");
        assert_eq!(text.secs(90_061.0), "1 d 1 h");
        assert_eq!(text.secs(f64::NAN), "–");
    }
}
