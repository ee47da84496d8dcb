//! Finds what identifies a person in free text: e-mail addresses, phone numbers, payment cards and
//! bank accounts.
//!
//! One pass over the bytes with bounded look-back and look-ahead, so that the time grows with the
//! length of the text and with nothing else. What is found is suspected, not proven: a card has to
//! pass its check digit and an account its check sum, a phone number only has to be written like one.

use std::ops::Range;

use serde::{Deserialize, Serialize};

mod account;
mod email;
mod number;

/// What was found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SensitiveKind {
    /// An e-mail address.
    Email,
    /// A phone number.
    Phone,
    /// The number of a payment card.
    Card,
    /// An international bank account number.
    Iban,
}

impl SensitiveKind {
    /// Every kind.
    pub const ALL: [Self; 4] = [Self::Email, Self::Phone, Self::Card, Self::Iban];

    /// The name in JSON and messages.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Email => "email",
            Self::Phone => "phone",
            Self::Card => "card",
            Self::Iban => "iban",
        }
    }

    /// What stands in a masked text in its place.
    #[must_use]
    pub const fn mask(self) -> &'static str {
        match self {
            Self::Email => "[email]",
            Self::Phone => "[phone]",
            Self::Card => "[card]",
            Self::Iban => "[iban]",
        }
    }
}

/// One find.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sensitive {
    /// What it is.
    pub kind: SensitiveKind,
    /// Where it stands, in bytes.
    pub range: Range<usize>,
}

/// All finds in a text, in order and apart from each other.
#[must_use]
pub fn scan(text: &str) -> Vec<Sensitive> {
    let bytes = text.as_bytes();
    let mut found: Vec<Sensitive> = Vec::new();
    let mut position = 0;
    while position < bytes.len() {
        position = match bytes[position] {
            b'@' => email::find(bytes, position).map(|range| (SensitiveKind::Email, range)),
            b'A'..=b'Z' => account::find(bytes, position).map(|range| (SensitiveKind::Iban, range)),
            b'+' | b'(' | b'0'..=b'9' => match number::find(bytes, position) {
                number::Outcome::Found(kind, range) => Some((kind, range)),
                number::Outcome::Nothing(after) => {
                    position = after;
                    continue;
                }
            },
            _ => None,
        }
        .map_or(position + 1, |(kind, range)| take(&mut found, kind, range));
    }
    found
}

/// Notes a find; an address swallows numbers that were taken from its name. Where to go on.
fn take(found: &mut Vec<Sensitive>, kind: SensitiveKind, range: Range<usize>) -> usize {
    while found.last().is_some_and(|last| last.range.end > range.start) {
        found.pop();
    }
    let after = range.end;
    found.push(Sensitive { kind, range });
    after
}

/// The text with every find replaced by what it is; `None` where there is none.
#[must_use]
pub fn masked(text: &str) -> Option<String> {
    let found = scan(text);
    if found.is_empty() {
        return None;
    }
    let mut masked = String::with_capacity(text.len());
    let mut from = 0;
    for Sensitive { kind, range } in found {
        masked.push_str(&text[from..range.start]);
        masked.push_str(kind.mask());
        from = range.end;
    }
    masked.push_str(&text[from..]);
    Some(masked)
}

/// A find as it may be shown: enough to recognise that it is one, too little to use it.
#[must_use]
pub fn hint(text: &str, find: &Sensitive) -> String {
    let digits = |text: &str| text.bytes().filter(u8::is_ascii_digit).count();
    let raw = &text[find.range.clone()];
    match find.kind {
        SensitiveKind::Email => {
            let top = raw.rsplit('.').next().unwrap_or_default();
            let first = raw.chars().next().unwrap_or('*');
            format!("{first}***@***.{top}")
        }
        SensitiveKind::Iban => format!("{}** ({} characters)", &raw[..2], raw.len()),
        SensitiveKind::Card | SensitiveKind::Phone => {
            let last: String = raw.chars().rev().take(2).collect::<Vec<_>>().iter().rev().collect();
            format!("***{last} ({} digits)", digits(raw))
        }
    }
}

/// Whether a byte can be inside a word or number; bytes above ASCII belong to letters.
const fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte >= 0x80 || byte == b'_'
}

/// Whether nothing of a word or number stands just before a position.
fn begins_here(bytes: &[u8], position: usize) -> bool {
    position == 0 || !bytes[position - 1].is_ascii_alphanumeric() && bytes[position - 1] != b'_'
}

#[cfg(test)]
mod tests {
    use super::*;

    fn finds(text: &str) -> Vec<(SensitiveKind, &str)> {
        scan(text).into_iter().map(|find| (find.kind, &text[find.range])).collect()
    }

    #[test]
    fn addresses_numbers_cards_and_accounts_are_found() {
        use SensitiveKind::{Card, Email, Iban, Phone};
        for (text, expected) in [
            (
                "mail jane.doe+shop@mail.example.co.uk, please",
                (Email, "jane.doe+shop@mail.example.co.uk"),
            ),
            ("<a@b.de>", (Email, "a@b.de")),
            ("555-123-4567@example.com", (Email, "555-123-4567@example.com")),
            ("call +49 (0)30 1234-5678 now", (Phone, "+49 (0)30 1234-5678")),
            ("call (555) 123-4567.", (Phone, "(555) 123-4567")),
            ("555-123-4567", (Phone, "555-123-4567")),
            ("ruf 030/1234567 an", (Phone, "030/1234567")),
            ("01 23 45 67 89", (Phone, "01 23 45 67 89")),
            ("我的电话13812345678，谢谢", (Phone, "13812345678")),
            ("card 4111 1111 1111 1111 exp 12/27", (Card, "4111 1111 1111 1111")),
            ("378282246310005", (Card, "378282246310005")),
            ("5555-5555-5555-4444", (Card, "5555-5555-5555-4444")),
            ("an DE89 3704 0044 0532 0130 00 zahlen", (Iban, "DE89 3704 0044 0532 0130 00")),
            ("GB82WEST12345698765432", (Iban, "GB82WEST12345698765432")),
        ] {
            assert_eq!(finds(text), [expected], "{text}");
        }
    }

    #[test]
    fn what_only_looks_like_it_is_left_alone() {
        for text in [
            "size 10 @ home",
            "@anna and me@",
            "a@b",
            "a@b.c1",
            "4111 1111 1111 1112",
            "order 536365 of 2010-12-01",
            "01.02.2020 12",
            "01/02/2020",
            "ISBN 978-3-16-148410-0",
            "4006381333931",
            "DE89 3704 0044 0532 0130 01",
            "0.99 or 1.25",
            "12 x 200 ml",
            "1-2-3-4-5",
            "pack of 100 200 300",
            "id 12345678901",
            "x4111111111111111",
            "++--((",
            "",
        ] {
            assert_eq!(finds(text), [], "{text}");
        }
    }

    #[test]
    fn masking_keeps_the_rest_and_hints_give_nothing_away() {
        let text = "Grüße, anna@web.de oder +49 171 1234567!";
        assert_eq!(masked(text).as_deref(), Some("Grüße, [email] oder [phone]!"));
        assert_eq!(masked("nichts"), None);
        let hints: Vec<String> = scan(text).iter().map(|find| hint(text, find)).collect();
        assert_eq!(hints, ["a***@***.de", "***67 (12 digits)"]);
        assert_eq!(scan(&masked(text).unwrap()), []);
    }

    /// Texts made to send look-ahead and look-back over the same bytes again and again: the work is
    /// counted by length, so ten times the text takes about ten times as long, not a hundred.
    #[test]
    fn hostile_texts_end() {
        for piece in ["@", "a@", "1 ", "+1", "(1", "DE89 ", "a.b@c.", "A1", "0-"] {
            let text = piece.repeat(200_000 / piece.len());
            assert!(scan(&text).len() <= text.len(), "{piece}");
        }
    }
}
