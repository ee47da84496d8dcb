//! Repairs of one text.

use std::borrow::Cow;

use tokenizers::NormalizedString;

use super::mojibake::repair_mojibake;
use super::step::TextFix;
use crate::dataset::html::without_html;

/// The text after some repairs, in the order given.
pub(super) fn repaired(text: &str, fixes: &[TextFix]) -> String {
    let mut text = text.to_owned();
    for fix in fixes {
        text = match fix {
            TextFix::RepairMojibake => repair_mojibake(&text).unwrap_or(text),
            TextFix::StripHtml => without_html(&text).into_owned(),
            TextFix::Nfkc => nfkc(&text).into_owned(),
            TextFix::FoldCase => text.to_lowercase(),
            TextFix::TrimPunctuation => trimmed(&text).to_owned(),
            TextFix::CollapseWhitespace => collapsed(&text),
        };
    }
    text
}

/// Unicode normalisation form KC (Unicode Standard Annex 15).
fn nfkc(text: &str) -> Cow<'_, str> {
    if text.is_ascii() {
        return text.into();
    }
    let mut normalised = NormalizedString::from(text);
    normalised.nfkc();
    normalised.get().to_owned().into()
}

fn trimmed(text: &str) -> &str {
    text.trim_matches(|c: char| c.is_whitespace() || is_punctuation(c))
}

/// ASCII punctuation and the marks of the Unicode blocks General Punctuation, CJK Symbols and
/// Halfwidth and Fullwidth Forms; signs such as ™ or € are none.
fn is_punctuation(c: char) -> bool {
    c.is_ascii_punctuation()
        || matches!(c, '¡' | '¿' | '«' | '»' | '·')
        || matches!(c, '\u{2010}'..='\u{2027}' | '\u{2030}'..='\u{205e}')
        || matches!(c, '\u{3001}'..='\u{3003}' | '\u{3008}'..='\u{3011}' | '\u{3014}'..='\u{301f}')
        || matches!(c, '\u{ff01}'..='\u{ff0f}' | '\u{ff1a}'..='\u{ff20}' | '\u{ff3b}'..='\u{ff40}')
        || matches!(c, '\u{ff5b}'..='\u{ff65}')
}

fn collapsed(text: &str) -> String {
    let mut result = String::with_capacity(text.len());
    for word in text.split_whitespace() {
        if !result.is_empty() {
            result.push(' ');
        }
        result.push_str(word);
    }
    result
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_repair_does_what_it_says() {
        for (fix, before, after) in [
            (TextFix::RepairMojibake, "CafÃ© crÃ¨me", "Café crème"),
            (TextFix::StripHtml, "<b>Red</b> &amp; blue", "Red & blue"),
            (TextFix::Nfkc, "Ｔｅａ ﬁne ½ kg", "Tea fine 1⁄2 kg"),
            (TextFix::FoldCase, "GRÜNER Tee", "grüner tee"),
            (TextFix::TrimPunctuation, "  «**Red mug!!» ", "Red mug"),
            (TextFix::TrimPunctuation, "【新品】茶杯。", "新品】茶杯"),
            (TextFix::CollapseWhitespace, "\ta\u{a0}b \n c ", "a b c"),
        ] {
            assert_eq!(repaired(before, &[fix]), after, "{fix:?}");
        }
        assert_eq!(repaired("<p>CAFÃ‰ </p>", &TextFix::ALL), "café");
    }
}
