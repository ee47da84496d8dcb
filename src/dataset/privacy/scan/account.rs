//! International bank account numbers (ISO 13616): country, two check digits, national number.

use std::ops::Range;

use super::{begins_here, is_word};

/// Lengths by country, of those that shoppers of European shops mostly have.
const LENGTHS: &str = "AD24 AE23 AT20 BE16 BG22 CH21 CY28 CZ24 DE22 DK18 EE20 ES24 FI18 FR27 GB22 \
    GI23 GR27 HR21 HU28 IE22 IS26 IT27 LI21 LT20 LU20 LV21 MC27 MT31 NL18 NO15 PL28 PT25 RO24 SA24 \
    SE24 SI19 SK24 TR26";

/// Characters of the account numbers of a country.
fn length_in(country: &[u8]) -> Option<usize> {
    let entry = LENGTHS.split(' ').find(|entry| entry.as_bytes().starts_with(country))?;
    entry[2..].parse().ok()
}

/// The account number that begins at `start`, single spaces within it allowed.
pub(super) fn find(bytes: &[u8], start: usize) -> Option<Range<usize>> {
    if !begins_here(bytes, start) {
        return None;
    }
    let length = length_in(bytes.get(start..start + 2)?)?;
    let mut number = Vec::with_capacity(length);
    let mut end = start;
    while number.len() < length {
        match *bytes.get(end)? {
            byte if byte.is_ascii_uppercase() || byte.is_ascii_digit() => number.push(byte),
            b' ' if bytes[end - 1] != b' ' => {}
            _ => return None,
        }
        end += 1;
    }
    let ends = bytes.get(end).is_none_or(|&byte| !is_word(byte));
    (ends && number[2..4].iter().all(u8::is_ascii_digit) && remainder(&number) == 1)
        .then_some(start..end)
}

/// The number with its first four characters at the end, letters as 10 to 35, modulo 97.
fn remainder(number: &[u8]) -> u32 {
    let (head, tail) = number.split_at(4);
    tail.iter().chain(head).fold(0, |rest, &byte| match byte {
        b'0'..=b'9' => (rest * 10 + u32::from(byte - b'0')) % 97,
        _ => (rest * 100 + u32::from(byte - b'A') + 10) % 97,
    })
}
