//! Numbers as shops write them: `12`, `$1,234.50`, `1.234,50 €`.

use super::cell::Cell;

/// How a file writes numbers.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct NumberReader {
    /// Whether a lone comma is a decimal sign, as where values are separated by semicolons.
    pub decimal_comma: bool,
}

impl NumberReader {
    /// The number in a cell: `Ok(None)` where there is none, `Err` where it cannot be read.
    pub(super) fn read(self, cell: Cell<'_>) -> Result<Option<f64>, Unreadable> {
        match cell {
            Cell::Missing => Ok(None),
            Cell::Text(text) => match super::cell::present(text) {
                None => Ok(None),
                Some(text) => self.parse(text).map(Some).ok_or(Unreadable),
            },
            #[expect(clippy::cast_precision_loss, reason = "amounts and prices are far below 2^53")]
            Cell::Int(value) => Ok(Some(value as f64)),
            Cell::Float(value) if value.is_nan() => Ok(None),
            Cell::Float(value) if value.is_finite() => Ok(Some(value)),
            Cell::Float(_) | Cell::TimeMs(_) => Err(Unreadable),
        }
    }

    /// The number that a text stands for.
    pub(super) fn parse(self, text: &str) -> Option<f64> {
        if !text.contains(',')
            && let Ok(value) = text.parse::<f64>()
        {
            return value.is_finite().then_some(value);
        }
        let (negative, digits) = strip_signs(text)?;
        let value: f64 = self.plain(digits)?.parse().ok()?;
        value.is_finite().then_some(if negative { -value } else { value })
    }

    /// Digits with at most one point, thousands separators taken out.
    fn plain(self, digits: &str) -> Option<String> {
        let (point, comma) = (digits.rfind('.'), digits.rfind(','));
        let decimal = match (point, comma) {
            (Some(point), Some(comma)) => Some(point.max(comma)),
            (Some(point), None) => (digits.matches('.').count() == 1).then_some(point),
            (None, Some(comma)) => self.lone_comma(digits, comma),
            (None, None) => None,
        };
        let (whole, fraction) = match decimal {
            Some(decimal) => (&digits[..decimal], &digits[decimal + 1..]),
            None => (digits, ""),
        };
        Some(format!("{}.{fraction}", ungroup(whole)?))
    }

    /// `1,234` is a thousand unless the file writes decimals with commas; `2,5` never is.
    fn lone_comma(self, digits: &str, comma: usize) -> Option<usize> {
        let grouped = digits.len() - comma == 4 || digits.matches(',').count() > 1;
        (self.decimal_comma || !grouped).then_some(comma)
    }
}

/// Takes out what separates thousands: every group but the first has three digits.
fn ungroup(whole: &str) -> Option<String> {
    let separator = |letter: char| matches!(letter, '.' | ',' | ' ' | '\'' | '\u{a0}' | '\u{202f}');
    let mut groups = whole.split(separator);
    let first = groups.next().unwrap_or_default();
    let mut plain = first.to_owned();
    for group in groups {
        if group.len() != 3 || first.is_empty() {
            return None;
        }
        plain.push_str(group);
    }
    plain.bytes().all(|byte| byte.is_ascii_digit()).then_some(plain)
}

/// Text that is no number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Unreadable;

/// The sign, and what is left without it and without a currency.
fn strip_signs(text: &str) -> Option<(bool, &str)> {
    let (bracketed, text) = match text.strip_prefix('(').and_then(|text| text.strip_suffix(')')) {
        Some(inside) => (true, inside),
        None => (false, text),
    };
    let (minus, text) = strip_minus(text);
    let text = strip_currency(text);
    let (inner_minus, text) = strip_minus(text);
    let digits = text.starts_with(|character: char| character.is_ascii_digit() || character == '.');
    digits.then_some((bracketed || minus || inner_minus, text))
}

fn strip_minus(text: &str) -> (bool, &str) {
    match text.strip_prefix(['-', '\u{2212}']) {
        Some(rest) => (true, rest.trim_start()),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    }
}

/// Takes away a currency sign or a code of up to three letters at either end.
fn strip_currency(text: &str) -> &str {
    let sign = |character: char| "$€£¥₹₽元円".contains(character);
    let text = text.trim_matches(sign).trim();
    let letters = |part: &str| part.chars().take_while(char::is_ascii_alphabetic).count();
    let front = letters(text);
    let text = if front <= 3 { text[front..].trim_start() } else { text };
    let back = text.chars().rev().take_while(char::is_ascii_alphabetic).count();
    let text = if back <= 3 { text[..text.len() - back].trim_end() } else { text };
    text.trim_matches(sign).trim()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_read_as_shops_write_them() {
        let point = NumberReader::default();
        for (text, value) in [
            ("12", 12.0),
            ("-6", -6.0),
            ("2.55", 2.55),
            ("1e3", 1000.0),
            ("$1,234.50", 1234.5),
            ("1.234,50 €", 1234.5),
            ("1,234", 1234.0),
            ("2,5", 2.5),
            ("1,234,567", 1_234_567.0),
            ("USD 3.20", 3.2),
            ("3.20USD", 3.2),
            ("-£5", -5.0),
            ("(5.00)", -5.0),
            ("1 234.5", 1234.5),
            (".5", 0.5),
        ] {
            assert_eq!(point.parse(text), Some(value), "{text}");
        }
        let comma = NumberReader { decimal_comma: true };
        assert_eq!(comma.parse("1,234"), Some(1.234));
        assert_eq!(comma.parse("1.234,5"), Some(1234.5));
    }

    #[test]
    fn what_is_no_number_is_refused() {
        for text in
            ["", "abc", "1.2.3.x", "1,23,4", "1..2", "12 apples", "--", "inf", "NaN", "1;2", "$"]
        {
            assert_eq!(NumberReader::default().parse(text), None, "{text}");
        }
        assert_eq!(NumberReader::default().read(Cell::Text(" ")), Ok(None));
        assert_eq!(NumberReader::default().read(Cell::Text("x")), Err(Unreadable));
    }
}
