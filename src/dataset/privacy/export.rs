//! CSV that can be opened in a spreadsheet without doing anything.
//!
//! A cell that begins with `=`, `+`, `-`, `@`, a tab or a line break is a formula to a spreadsheet,
//! whoever wrote it: a product title or a review can run a command on the reader's machine (CWE-1236).
//! Every CSV file and every table copied to the clipboard is written by [`csv_field`], which puts an
//! apostrophe before such a cell unless it is a plain number.

use std::borrow::Cow;

/// What a formula can begin with; the full-width forms are read as the others in East Asian locales.
const OPENERS: [char; 11] = ['=', '+', '-', '@', '\t', '\r', '\n', '＝', '＋', '－', '＠'];

/// One cell as it stands in a CSV file (RFC 4180): harmless to a spreadsheet, quoted where it must be.
///
/// ```text
/// =1+2   →  '=1+2
/// -12.5  →  -12.5
/// a,b    →  "a,b"
/// ```
#[must_use]
pub fn csv_field(text: &str) -> Cow<'_, str> {
    let harmless = neutralised(text);
    if harmless.contains([',', '"', '\n', '\r']) {
        Cow::Owned(format!("\"{}\"", harmless.replace('"', "\"\"")))
    } else {
        harmless
    }
}

/// The text, with an apostrophe before it where a spreadsheet would take it for a formula.
fn neutralised(text: &str) -> Cow<'_, str> {
    // Spreadsheets differ in whether they look past leading spaces.
    let begins = text.trim_start_matches(' ').starts_with(OPENERS);
    if begins && !is_plain_number(text) {
        Cow::Owned(format!("'{text}"))
    } else {
        Cow::Borrowed(text)
    }
}

/// A sign, digits with points and commas, perhaps an exponent or a percent sign: nothing that can be
/// evaluated to anything but itself.
fn is_plain_number(text: &str) -> bool {
    let text = text.trim_matches(' ');
    let unsigned = text.strip_prefix(['+', '-']).unwrap_or(text);
    let unsigned = unsigned.strip_suffix('%').map_or(unsigned, str::trim_end);
    let (mantissa, exponent) = match unsigned.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, Some(exponent)),
        None => (unsigned, None),
    };
    let is_mantissa = mantissa.starts_with(|first: char| first.is_ascii_digit())
        && mantissa.bytes().all(|byte| byte.is_ascii_digit() || matches!(byte, b'.' | b','));
    let is_exponent = exponent.is_none_or(|exponent| {
        let digits = exponent.strip_prefix(['+', '-']).unwrap_or(exponent);
        !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit())
    });
    is_mantissa && is_exponent
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formulas_become_text() {
        for (cell, written) in [
            ("=1+2", "'=1+2"),
            ("+49 30 1234", "'+49 30 1234"),
            ("-2+3+cmd|' /C calc'!A0", "'-2+3+cmd|' /C calc'!A0"),
            ("@SUM(A1)", "'@SUM(A1)"),
            ("\t=1", "'\t=1"),
            ("\r=1", "\"'\r=1\""),
            ("  =1", "'  =1"),
            ("＝1+2", "'＝1+2"),
            ("-", "'-"),
            ("-e5", "'-e5"),
            ("-1-1", "'-1-1"),
            ("=HYPERLINK(\"http://a\",\"b\")", "\"'=HYPERLINK(\"\"http://a\"\",\"\"b\"\")\""),
        ] {
            assert_eq!(csv_field(cell), written, "{cell:?}");
        }
    }

    #[test]
    fn numbers_and_words_stay_as_they_are() {
        for cell in
            ["-12.5", "+3", "-1,234.50", "-1.5e-7", "-12 %", "-3%", "a=b", "e-mail", "", "3-4", "'"]
        {
            let written = csv_field(cell);
            let unquoted = written.trim_matches('"');
            assert_eq!(unquoted, cell);
        }
    }
}
