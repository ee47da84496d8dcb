//! Times as shops write them, to milliseconds since 1970-01-01 UTC. Times without a zone are taken
//! as UTC: within one shop only their order and distance matter.

use super::calendar::{MS_PER_DAY, YEARS, clock_ms, days_from_civil, month_number};
use super::cell::Cell;

/// Whole numbers below this are running numbers, not seconds (it is March 1973).
const ORDINAL_BELOW: f64 = 1e8;

/// Which of the first two numbers of `3/4/2020` is the month.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) enum DateOrder {
    /// The first one, as in the United States.
    #[default]
    MonthFirst,
    /// The second one, as in most of the world.
    DayFirst,
}

/// How a file's time column is to be read.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct TimeReader {
    /// For dates with the year last.
    pub order: DateOrder,
    /// The column holds running numbers, which order rows and are no dates.
    pub ordinal: bool,
}

impl TimeReader {
    /// The time in a cell; `None` where it cannot be read.
    pub(super) fn read(self, cell: Cell<'_>) -> Option<i64> {
        match cell {
            Cell::Missing => None,
            Cell::TimeMs(ms) => Some(ms),
            #[expect(clippy::cast_precision_loss, reason = "seconds to nanoseconds keep the ms")]
            Cell::Int(value) if !self.ordinal => number_to_ms(value as f64, Some(value)),
            Cell::Int(value) => Some(value),
            Cell::Float(value) => self.number(value),
            Cell::Text(text) if self.ordinal => self.number(text.trim().parse().ok()?),
            Cell::Text(text) => parse(text, self.order),
        }
    }

    fn number(self, value: f64) -> Option<i64> {
        if self.ordinal { to_whole(value) } else { number_to_ms(value, None) }
    }
}

/// Whether a cell is a number too small to be a date: a step or day number.
pub(super) fn is_ordinal(cell: Cell<'_>) -> bool {
    let small = |value: f64| value.abs() < ORDINAL_BELOW;
    match cell {
        #[expect(clippy::cast_precision_loss, reason = "only the magnitude matters")]
        Cell::Int(value) => small(value as f64) && compact_date(&value.to_string()).is_none(),
        Cell::Float(value) => small(value),
        Cell::Text(text) => {
            let text = text.trim();
            text.parse().is_ok_and(small) && compact_date(text).is_none()
        }
        Cell::Missing | Cell::TimeMs(_) => false,
    }
}

/// What a date with the year last says about the order of month and day.
pub(super) fn order_evidence(text: &str) -> Option<Evidence> {
    let mut scan = Scan::new(text.trim());
    let first = scan.small()?;
    let separator = scan.take(|byte| matches!(byte, b'/' | b'-'))?;
    let second = scan.small()?;
    scan.take(|byte| byte == separator)?;
    scan.number()?;
    Some(match (first > 12, second > 12) {
        (true, _) => Evidence::DayFirst,
        (false, true) => Evidence::MonthFirst,
        (false, false) => Evidence::Either,
    })
}

/// How a date with the year last can be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Evidence {
    /// Only with the day first.
    DayFirst,
    /// Only with the month first.
    MonthFirst,
    /// Both ways.
    Either,
}

/// The time that a text stands for.
pub(super) fn parse(text: &str, order: DateOrder) -> Option<i64> {
    let text = text.trim();
    if is_plain_number(text) {
        return parse_number(text);
    }
    let mut scan = Scan::new(text);
    let days = scan.date(order)?;
    scan.take(|byte| byte == b'T' || byte == b't' || byte == b',' || byte == b'_');
    scan.skip_spaces();
    let (day_ms, offset_ms) = if scan.done() { (0, 0) } else { scan.time()? };
    scan.done().then_some(days * MS_PER_DAY + day_ms - offset_ms)
}

fn is_plain_number(text: &str) -> bool {
    let unsigned = text.strip_prefix('-').unwrap_or(text);
    let number = |byte: u8| byte.is_ascii_digit() || byte == b'.' || byte == b'e';
    !unsigned.is_empty() && unsigned.bytes().all(number) && text.matches('.').count() <= 1
}

fn parse_number(text: &str) -> Option<i64> {
    if let Some(ms) = compact_date(text) {
        return Some(ms);
    }
    match text.parse::<i64>() {
        #[expect(clippy::cast_precision_loss, reason = "the exact value goes along")]
        Ok(value) => number_to_ms(value as f64, Some(value)),
        Err(_) => number_to_ms(text.parse().ok()?, None),
    }
}

/// `20101201` and `20101201082600`.
fn compact_date(text: &str) -> Option<i64> {
    if !matches!(text.len(), 8 | 14) || !text.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let part = |range: std::ops::Range<usize>| text[range].parse::<i64>().ok();
    let year = part(0..4)?;
    if !(1950..=2100).contains(&year) {
        return None;
    }
    let days = days_from_civil(year, part(4..6)?, part(6..8)?)?;
    let day_ms = match text.len() {
        8 => 0,
        _ => clock_ms(part(8..10)?, part(10..12)?, part(12..14)?)?,
    };
    Some(days * MS_PER_DAY + day_ms)
}

/// Unix seconds, milliseconds, microseconds or nanoseconds, told apart by magnitude.
fn number_to_ms(value: f64, exact: Option<i64>) -> Option<i64> {
    let magnitude = value.abs();
    let ms = match exact {
        _ if magnitude < 1e11 => return to_whole(value * 1000.0),
        Some(exact) if magnitude < 1e14 => exact,
        Some(exact) if magnitude < 1e17 => exact.div_euclid(1000),
        Some(exact) => exact.div_euclid(1_000_000),
        None if magnitude < 1e14 => to_whole(value)?,
        None if magnitude < 1e17 => to_whole(value / 1e3)?,
        None => to_whole(value / 1e6)?,
    };
    let bounds = days_from_civil(*YEARS.start(), 1, 1)? * MS_PER_DAY
        ..days_from_civil(*YEARS.end() + 1, 1, 1)? * MS_PER_DAY;
    bounds.contains(&ms).then_some(ms)
}

fn to_whole(value: f64) -> Option<i64> {
    const LIMIT: f64 = 9e18;
    #[expect(clippy::cast_possible_truncation, reason = "the range was just checked")]
    (value.is_finite() && value.abs() < LIMIT).then(|| value.round() as i64)
}

/// Walks through the bytes of a time.
struct Scan<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Scan<'a> {
    fn new(text: &'a str) -> Self {
        Self { bytes: text.as_bytes(), at: 0 }
    }

    fn done(&self) -> bool {
        self.at == self.bytes.len()
    }

    fn peek(&self) -> Option<u8> {
        self.bytes.get(self.at).copied()
    }

    fn take(&mut self, wanted: impl Fn(u8) -> bool) -> Option<u8> {
        let byte = self.peek().filter(|&byte| wanted(byte))?;
        self.at += 1;
        Some(byte)
    }

    fn skip_spaces(&mut self) {
        while self.take(|byte| byte == b' ').is_some() {}
    }

    /// A number of one to four digits, with their count.
    fn number(&mut self) -> Option<(i64, usize)> {
        let start = self.at;
        let mut value = 0;
        while let Some(byte) = self.peek().filter(u8::is_ascii_digit) {
            if self.at - start == 4 {
                return None;
            }
            value = value * 10 + i64::from(byte - b'0');
            self.at += 1;
        }
        let digits = self.at - start;
        (digits > 0).then_some((value, digits))
    }

    /// One digit or two.
    fn small(&mut self) -> Option<i64> {
        self.number().filter(|&(_, digits)| digits <= 2).map(|(value, _)| value)
    }

    fn word(&mut self) -> &'a [u8] {
        let start = self.at;
        while self.take(|byte| byte.is_ascii_alphabetic()).is_some() {}
        &self.bytes[start..self.at]
    }

    /// A date in any of the usual orders, as days since 1970-01-01.
    fn date(&mut self, order: DateOrder) -> Option<i64> {
        self.skip_weekday();
        if self.peek()?.is_ascii_alphabetic() {
            return self.month_name_first();
        }
        let (first, digits) = self.number()?;
        let separator = self.take(|byte| matches!(byte, b'-' | b'/' | b'.' | b' '))?;
        self.skip_spaces();
        if self.peek()?.is_ascii_alphabetic() {
            let month = month_number(self.word())?;
            self.take(|byte| matches!(byte, b'-' | b'/' | b'.' | b' ' | b','));
            self.skip_spaces();
            return days_from_civil(self.year()?, month, first);
        }
        let second = self.small()?;
        self.take(|byte| byte == separator)?;
        if digits == 4 {
            return days_from_civil(first, second, self.small()?);
        }
        let year = self.year()?;
        let day_first = separator == b'.' || order == DateOrder::DayFirst;
        let (month, day) = if day_first { (second, first) } else { (first, second) };
        if digits > 2 { None } else { days_from_civil(year, month, day) }
    }

    /// `Dec 1, 2010`.
    fn month_name_first(&mut self) -> Option<i64> {
        let month = month_number(self.word())?;
        self.take(|byte| byte == b'.');
        self.skip_spaces();
        let day = self.small()?;
        self.take(|byte| byte == b',');
        self.skip_spaces();
        days_from_civil(self.year()?, month, day)
    }

    /// `Wed, ` at the front.
    fn skip_weekday(&mut self) {
        let start = self.at;
        let word = self.word();
        let weekday = [b"mon", b"tue", b"wed", b"thu", b"fri", b"sat", b"sun"]
            .iter()
            .any(|day| word.len() >= 3 && word[..3].eq_ignore_ascii_case(*day));
        if weekday {
            self.take(|byte| byte == b',');
            self.skip_spaces();
        } else {
            self.at = start;
        }
    }

    /// Four digits, or two of which 70 to 99 are of the last century.
    fn year(&mut self) -> Option<i64> {
        match self.number()? {
            (year, 4) => Some(year),
            (year @ 0..70, 2) => Some(2000 + year),
            (year, 2) => Some(1900 + year),
            _ => None,
        }
    }

    /// `8:26[:00[.123]] [AM] [zone]` as milliseconds of the day and of the zone.
    fn time(&mut self) -> Option<(i64, i64)> {
        let hour = self.small()?;
        self.take(|byte| byte == b':')?;
        let minute = self.small()?;
        let mut second = 0;
        let mut fraction_ms = 0;
        if self.take(|byte| byte == b':').is_some() {
            second = self.small()?;
            if self.take(|byte| byte == b'.' || byte == b',').is_some() {
                fraction_ms = self.fraction_ms()?;
            }
        }
        self.skip_spaces();
        let hour = self.half_day(hour)?;
        self.skip_spaces();
        Some((clock_ms(hour, minute, second)? + fraction_ms, self.zone_ms()?))
    }

    fn fraction_ms(&mut self) -> Option<i64> {
        let (start, mut ms, mut unit) = (self.at, 0, 100);
        while let Some(byte) = self.take(|byte| byte.is_ascii_digit()) {
            ms += i64::from(byte - b'0') * unit;
            unit /= 10;
        }
        (self.at > start).then_some(ms)
    }

    fn half_day(&mut self, hour: i64) -> Option<i64> {
        let start = self.at;
        let word = self.word();
        let afternoon = match word {
            word if word.eq_ignore_ascii_case(b"am") => false,
            word if word.eq_ignore_ascii_case(b"pm") => true,
            _ => {
                self.at = start;
                return Some(hour);
            }
        };
        (1..=12).contains(&hour).then(|| hour % 12 + if afternoon { 12 } else { 0 })
    }

    fn zone_ms(&mut self) -> Option<i64> {
        let word = self.word();
        let utc = [&b"Z"[..], b"UTC", b"GMT"].iter().any(|name| word.eq_ignore_ascii_case(name));
        if !word.is_empty() && !utc {
            return None;
        }
        let Some(sign) = self.take(|byte| byte == b'+' || byte == b'-') else {
            return Some(0);
        };
        let (value, digits) = self.number()?;
        let (hours, minutes) = match digits {
            4 => (value / 100, value % 100),
            1 | 2 => {
                let colon = self.take(|byte| byte == b':').is_some();
                (value, if colon { self.small()? } else { 0 })
            }
            _ => return None,
        };
        let ms = (hours * 60 + minutes) * 60_000;
        (hours <= 18 && minutes < 60).then_some(if sign == b'-' { -ms } else { ms })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 2010-12-01T08:26:00Z.
    const MORNING: i64 = 1_291_191_960_000;
    const MIDNIGHT: i64 = 1_291_161_600_000;

    #[test]
    fn the_usual_ways_of_writing_a_time_agree() {
        for text in [
            "2010-12-01 08:26:00",
            "2010-12-01T08:26:00Z",
            "2010-12-01T08:26:00.000+00:00",
            "2010-12-01 10:26:00+02:00",
            "2010-12-01T03:26:00-0500",
            "2010-12-01 08:26:00 UTC",
            "2010-12-01 08:26",
            "2010/12/01 8:26",
            "12/1/2010 8:26",
            "12/01/10 8:26 AM",
            "1.12.2010 08:26",
            "1 Dec 2010 08:26",
            "01-Dec-2010 08:26:00",
            "Dec 1, 2010 8:26 am",
            "Wed, 01 December 2010 08:26:00 GMT",
            "20101201082600",
            "1291191960",
            "1291191960.0",
            "1291191960000",
            "1291191960000000",
            "1291191960000000000",
        ] {
            assert_eq!(parse(text, DateOrder::MonthFirst), Some(MORNING), "{text}");
        }
        for text in ["2010-12-01", "12/1/2010", "20101201", "2010-12-01 24:00"] {
            let days = if text.contains("24") { MS_PER_DAY } else { 0 };
            assert_eq!(parse(text, DateOrder::MonthFirst), Some(MIDNIGHT + days), "{text}");
        }
        assert_eq!(parse("1/12/2010 8:26", DateOrder::DayFirst), Some(MORNING));
        assert_eq!(parse("1:26 PM", DateOrder::DayFirst), None);
        assert_eq!(parse("2010-12-01 12:05 AM", DateOrder::DayFirst), Some(MIDNIGHT + 300_000));
        assert_eq!(parse("2010-12-01T08:26:00.25", DateOrder::DayFirst), Some(MORNING + 250));
    }

    #[test]
    fn what_is_no_time_is_refused() {
        for text in [
            "",
            "yesterday",
            "2010-13-01",
            "2010-02-30",
            "2011-02-29",
            "31/31/2010",
            "2010-12-01 25:00",
            "2010-12-01 08:61",
            "2010-12-01 08:26 nonsense",
            "2010-12",
            "12345678901234567890123",
            "1.2.3.4",
            "2010-12-01T08:26:00+99:00",
            "0000-00-00",
        ] {
            assert_eq!(parse(text, DateOrder::MonthFirst), None, "{text}");
        }
    }

    #[test]
    fn typed_cells_and_running_numbers_are_read() {
        let dates = TimeReader::default();
        assert_eq!(dates.read(Cell::Int(1_291_191_960)), Some(MORNING));
        assert_eq!(dates.read(Cell::Float(1_291_191_960.0)), Some(MORNING));
        assert_eq!(dates.read(Cell::TimeMs(5)), Some(5));
        assert!(is_ordinal(Cell::Text("42")) && is_ordinal(Cell::Int(711)));
        assert!(!is_ordinal(Cell::Text("20101201")) && !is_ordinal(Cell::Text("1291191960")));
        let steps = TimeReader { ordinal: true, ..dates };
        assert_eq!(steps.read(Cell::Text("42")), Some(42));
        assert_eq!(steps.read(Cell::Text("x")), None);
    }

    #[test]
    fn dates_tell_their_order_where_they_can() {
        assert_eq!(order_evidence("13/4/2020 8:00"), Some(Evidence::DayFirst));
        assert_eq!(order_evidence("4/13/2020"), Some(Evidence::MonthFirst));
        assert_eq!(order_evidence("4-5-2020"), Some(Evidence::Either));
        assert_eq!(order_evidence("2020-04-13"), None);
    }
}
