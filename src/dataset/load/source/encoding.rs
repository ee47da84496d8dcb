//! Which encoding a text is in, by its first bytes.

use std::borrow::Cow;

use encoding_rs::{Encoding, GB18030, UTF_16BE, UTF_16LE, WINDOWS_1252};

/// Chinese characters without which a text is not taken for GB18030.
const FEWEST_HANZI: usize = 2;

/// The encoding of a text that has to be decoded as a whole: UTF-16, or GB18030, of which GBK and
/// GB2312 are parts. `None` for UTF-8 and what is read as Windows-1252 where it is not UTF-8.
pub(super) fn detect(bytes: &[u8]) -> Option<&'static Encoding> {
    utf16(bytes).or_else(|| (!is_utf8(bytes) && is_gb18030(bytes)).then_some(GB18030))
}

/// Whether the bytes are UTF-8, a character cut in two at the end aside.
pub(super) fn is_utf8(bytes: &[u8]) -> bool {
    match std::str::from_utf8(bytes) {
        Ok(_) => true,
        Err(error) => error.error_len().is_none(),
    }
}

/// The text, for looking at its structure only.
pub(super) fn decode<'a>(bytes: &'a [u8], encoding: Option<&'static Encoding>) -> Cow<'a, str> {
    if let Some(encoding) = encoding {
        return encoding.decode(bytes).0;
    }
    let valid = match std::str::from_utf8(bytes) {
        Ok(text) => Some(text),
        Err(error) if error.error_len().is_none() => {
            std::str::from_utf8(&bytes[..error.valid_up_to()]).ok()
        }
        Err(_) => None,
    };
    match valid {
        Some(text) => Cow::Borrowed(text.strip_prefix('\u{feff}').unwrap_or(text)),
        None => WINDOWS_1252.decode(bytes).0,
    }
}

/// By its byte order mark, or by every other byte being zero as in Western text.
fn utf16(bytes: &[u8]) -> Option<&'static Encoding> {
    match bytes {
        [0xff, 0xfe, ..] => return Some(UTF_16LE),
        [0xfe, 0xff, ..] => return Some(UTF_16BE),
        _ => {}
    }
    let sample = &bytes[..bytes.len().min(2000) & !1];
    let zeros = |offset: usize| sample.iter().skip(offset).step_by(2).filter(|&&b| b == 0).count();
    let half = sample.len() / 2;
    match (zeros(0), zeros(1)) {
        (0, odd) if half > 4 && odd * 2 > half => Some(UTF_16LE),
        (even, 0) if half > 4 && even * 2 > half => Some(UTF_16BE),
        _ => None,
    }
}

/// Whether bytes beyond ASCII come in pairs most of which are characters of everyday Chinese: the
/// first level of GB2312, 3,755 characters that make up nearly all of any text. Western letters
/// stand alone between ASCII ones, and Cyrillic ones lie elsewhere.
fn is_gb18030(bytes: &[u8]) -> bool {
    let (mut common, mut other) = (0, 0);
    let mut at = 0;
    while at < bytes.len() {
        let (lead, trail) = (bytes[at], bytes.get(at + 1).copied());
        match (lead, trail) {
            // The last character may be cut in two.
            (0..=0x7f, _) | (0x81..=0xfe, None) => at += 1,
            (0x81..=0xfe, Some(0x30..=0x39)) => {
                other += 1;
                at += 4;
            }
            (0xb0..=0xd7, Some(0xa1..=0xfe)) => {
                common += 1;
                at += 2;
            }
            // Full-width punctuation says nothing.
            (0xa1..=0xa3, Some(0xa1..=0xfe)) => at += 2,
            (0x81..=0xfe, Some(0x40..=0x7e | 0x80..=0xfe)) => {
                other += 1;
                at += 2;
            }
            _ => return false,
        }
    }
    common >= FEWEST_HANZI && common > 2 * other
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn utf16_is_recognised_with_and_without_its_mark() {
        let text = "user,item\nä,1\nb,2\n";
        let little: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
        let big: Vec<u8> = text.encode_utf16().flat_map(u16::to_be_bytes).collect();
        assert_eq!(detect(&little), Some(UTF_16LE));
        assert_eq!(detect(&big), Some(UTF_16BE));
        assert_eq!(detect(&[&[0xff, 0xfe][..], &little].concat()), Some(UTF_16LE));
        assert_eq!(detect(text.as_bytes()), None);
    }

    #[test]
    fn chinese_is_told_from_western_and_cyrillic_letters() {
        let chinese = GB18030.encode("用户,商品名称\n1,红色茶杯\n").0.into_owned();
        assert_eq!(detect(&chinese), Some(GB18030));
        assert_eq!(detect(&chinese[..chinese.len() - 2]), Some(GB18030));
        assert_eq!(detect(&[&b"id,name\n1,"[..], &chinese].concat()), Some(GB18030));
        for text in ["café crème, Größe €5, ÀÉÎÕÜ", "naïve façade à la française"] {
            let western = WINDOWS_1252.encode(text).0.into_owned();
            assert_eq!(detect(&western), None, "{text}");
        }
        let cyrillic = encoding_rs::WINDOWS_1251.encode("Красная чашка для чая").0.into_owned();
        assert_eq!(detect(&cyrillic), None);
    }
}
