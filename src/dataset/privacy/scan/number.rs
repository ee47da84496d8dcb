//! Runs of digits: payment cards, and phone numbers as they are written.

use std::ops::Range;

use super::{SensitiveKind, begins_here};

/// Groups of digits looked at in one run; what is longer is a table of figures, no number.
const MAX_GROUPS: usize = 24;

/// What a run turned out to be.
pub(super) enum Outcome {
    /// A number of this kind.
    Found(SensitiveKind, Range<usize>),
    /// Nothing up to here.
    Nothing(usize),
}

/// Digits between separators.
#[derive(Debug, Clone, Copy)]
struct Group {
    start: usize,
    end: usize,
}

impl Group {
    const fn len(self) -> usize {
        self.end - self.start
    }
}

/// Looks at the run of digits that begins at `start` with a digit, a plus or a bracket.
pub(super) fn find(bytes: &[u8], start: usize) -> Outcome {
    let (groups, end) = groups(bytes, start);
    let Some((first, last)) = groups.first().zip(groups.last()) else {
        return Outcome::Nothing(start + 1);
    };
    // Digits inside a word are part of a name, such as a product code.
    if !begins_here(bytes, start) || bytes.get(end).is_some_and(|byte| is_letter(*byte)) {
        return Outcome::Nothing(end);
    }
    if let Some(range) = card(bytes, &groups) {
        return Outcome::Found(SensitiveKind::Card, range);
    }
    let prefix = &bytes[start..first.start];
    if is_phone(bytes, prefix, &groups) {
        // A bracket that is closed behind the first group belongs to the number.
        let from =
            if prefix.contains(&b'+') || closes(bytes, first, last) { start } else { first.start };
        return Outcome::Found(SensitiveKind::Phone, from..last.end);
    }
    Outcome::Nothing(end)
}

const fn is_letter(byte: u8) -> bool {
    byte.is_ascii_alphabetic() || byte == b'_'
}

fn closes(bytes: &[u8], first: &Group, last: &Group) -> bool {
    bytes[first.end..last.start.max(first.end)].contains(&b')')
}

/// The groups of digits from `start` on with at most two separators between them, and where the last
/// one ends.
fn groups(bytes: &[u8], start: usize) -> (Vec<Group>, usize) {
    let mut groups = Vec::new();
    let mut position = start;
    let mut end = start + 1;
    // A plus only begins a number.
    if bytes[position] == b'+' {
        position += 1;
    }
    while groups.len() < MAX_GROUPS {
        let separators = bytes[position..].iter().take(3);
        let skipped = separators.take_while(|&&byte| b" -./()".contains(&byte)).count();
        let from = position + skipped;
        let digits = bytes[from.min(bytes.len())..].iter().take_while(|byte| byte.is_ascii_digit());
        let length = digits.count();
        if length == 0 || skipped > 2 {
            break;
        }
        groups.push(Group { start: from, end: from + length });
        position = from + length;
        end = position;
    }
    (groups, end)
}

/// A card number of 13 to 19 digits among neighbouring groups.
fn card(bytes: &[u8], groups: &[Group]) -> Option<Range<usize>> {
    for (position, first) in groups.iter().enumerate() {
        let mut digits = Vec::with_capacity(19);
        for (offset, group) in groups[position..].iter().enumerate() {
            let is_joined = offset == 0 || {
                let before = groups[position + offset - 1];
                matches!(&bytes[before.end..group.start], b" " | b"-")
            };
            if !is_joined || digits.len() + group.len() > 19 {
                break;
            }
            digits.extend(bytes[group.start..group.end].iter().map(|byte| byte - b'0'));
            if is_card(&digits) {
                return Some(first.start..group.end);
            }
        }
    }
    None
}

/// Whether a scheme gives out numbers of this begin and length, and the check digit is right.
fn is_card(digits: &[u8]) -> bool {
    if digits.len() < 13 {
        return false;
    }
    let begin = digits[..4].iter().fold(0, |begin, &digit| begin * 10 + u32::from(digit));
    let fits = match begin {
        // Visa; its old numbers of 13 digits would be mistaken for article numbers.
        4000..=4999 => matches!(digits.len(), 16 | 19),
        // Mastercard, Discover, JCB.
        5100..=5599 | 2221..=2720 | 6011 | 6440..=6599 | 3528..=3589 => digits.len() == 16,
        // American Express.
        3400..=3499 | 3700..=3799 => digits.len() == 15,
        // Diners Club.
        3000..=3059 | 3600..=3699 | 3800..=3899 => digits.len() == 14,
        // UnionPay.
        6200..=6299 => (16..=19).contains(&digits.len()),
        _ => false,
    };
    fits && passes_luhn(digits)
}

/// The check digit of ISO/IEC 7812: every second digit from the right doubled, the digits of all
/// summed up, a multiple of ten.
fn passes_luhn(digits: &[u8]) -> bool {
    let sum: u32 = digits
        .iter()
        .rev()
        .enumerate()
        .map(|(place, &digit)| {
            let doubled = u32::from(digit) * if place % 2 == 1 { 2 } else { 1 };
            doubled / 10 + doubled % 10
        })
        .sum();
    sum.is_multiple_of(10)
}

/// Whether groups of digits are written as phone numbers are.
fn is_phone(bytes: &[u8], prefix: &[u8], groups: &[Group]) -> bool {
    let lengths: Vec<usize> = groups.iter().map(|group| group.len()).collect();
    let total: usize = lengths.iter().sum();
    let first = &bytes[groups[0].start..groups[0].end];
    let is_international = prefix.contains(&b'+') || (first.starts_with(b"00") && first.len() > 3);
    if is_international {
        return (8..=15).contains(&total) && groups.len() <= 8;
    }
    match lengths.as_slice() {
        // A Chinese mobile number is written without any separator.
        [11] => first[0] == b'1' && (b'3'..=b'9').contains(&first[1]),
        // North America.
        [3, 3, 4] => matches!(first[0], b'2'..=b'9'),
        // A date with a time behind it.
        [2, 2, 4, ..] => false,
        // Elsewhere the area code begins with 0.
        [area, _, ..] => first[0] == b'0' && *area >= 2 && (9..=12).contains(&total),
        _ => false,
    }
}
