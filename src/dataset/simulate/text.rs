//! Small text tools: filling a pattern, title case, dates, CSV fields.

use std::fmt::Write as _;

use crate::dataset::calendar::civil_from_days;
use crate::dataset::privacy;

/// Fill `{slot}`s of `pattern`; `None` when `value` knows no text for one of them.
pub fn fill<'a>(pattern: &str, value: impl Fn(&str) -> Option<&'a str>) -> Option<String> {
    let mut filled = String::with_capacity(pattern.len() * 2);
    let mut rest = pattern;
    while let Some(open) = rest.find('{') {
        let close = open + rest[open..].find('}')?;
        filled.push_str(&rest[..open]);
        filled.push_str(value(&rest[open + 1..close])?);
        rest = &rest[close + 1..];
    }
    filled.push_str(rest);
    Some(filled)
}

const SMALL_WORDS: [&str; 12] =
    ["a", "an", "and", "at", "for", "from", "in", "of", "on", "the", "to", "with"];
const UNITS: [&str; 9] = ["ml", "g", "kg", "cm", "mm", "m", "m²", "x", "km"];

/// `ripstop nylon` → `Ripstop Nylon`; small words and units stay as they are.
pub fn title_case(text: &str) -> String {
    let mut cased = String::with_capacity(text.len());
    for (position, word) in text.split(' ').enumerate() {
        if position > 0 {
            cased.push(' ');
        }
        let keeps = UNITS.contains(&word) || (position > 0 && SMALL_WORDS.contains(&word));
        if keeps { cased.push_str(word) } else { capitalise_parts(&mut cased, word) }
    }
    cased
}

fn capitalise_parts(out: &mut String, word: &str) {
    let last = word.matches('-').count();
    for (position, part) in word.split('-').enumerate() {
        if position > 0 {
            out.push('-');
        }
        let keeps = position > 0 && position < last && SMALL_WORDS.contains(&part);
        if keeps { out.push_str(part) } else { out.push_str(&sentence_case(part)) }
    }
}

/// The text with its first letter in upper case.
pub fn sentence_case(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

/// Append one CSV field, quoted only where it must be.
pub fn csv_field(out: &mut Vec<u8>, text: &str) {
    out.extend_from_slice(privacy::csv_field(text).as_bytes());
}

/// Cents as `12.34`.
pub fn money(cents: u32) -> String {
    format!("{}.{:02}", cents / 100, cents % 100)
}

/// Days from 1970-01-01 to 2025-01-01.
const FIRST_DAY: i64 = 20_089;

/// The date `day` days after 1 January 2025 (negative: before it) as `2025-01-01`.
pub fn date(day: i64) -> String {
    let (year, month, day) = civil_from_days(day + FIRST_DAY);
    format!("{year:04}-{month:02}-{day:02}")
}

/// Seconds after the start of 2025 as `2025-01-01T00:00:00Z`.
pub fn timestamp(seconds: i64) -> String {
    let mut text = date(seconds.div_euclid(86_400));
    let of_day = seconds.rem_euclid(86_400);
    let (hour, minute, second) = (of_day / 3600, of_day / 60 % 60, of_day % 60);
    let _ = write!(text, "T{hour:02}:{minute:02}:{second:02}Z");
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_follow_the_calendar() {
        assert_eq!(date(0), "2025-01-01");
        assert_eq!(date(-1), "2024-12-31");
        assert_eq!(date(58), "2025-02-28");
        assert_eq!(date(365 + 365 + 365 + 59), "2028-02-29");
        assert_eq!(timestamp(86_400 * 31 + 3_661), "2025-02-01T01:01:01Z");
    }

    #[test]
    fn titles_are_cased_and_fields_quoted() {
        assert_eq!(title_case("pair of knee-high socks, 500 g"), "Pair of Knee-High Socks, 500 g");
        assert_eq!(title_case("USB-C hub"), "USB-C Hub");
        assert_eq!(title_case("clamp-on, pack-to-go"), "Clamp-On, Pack-to-Go");
        let mut out = Vec::new();
        csv_field(&mut out, "17\" wide, flat");
        assert_eq!(out, b"\"17\"\" wide, flat\"");
    }

    #[test]
    fn a_pattern_without_its_value_gives_nothing() {
        let known = |slot: &str| (slot == "a").then_some("x");
        assert_eq!(fill("-{a}-", known).as_deref(), Some("-x-"));
        assert_eq!(fill("{a}{b}", known), None);
    }
}
