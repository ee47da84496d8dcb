//! UTF-8 that was read as Windows-1252 or Latin-1, undone.

/// Characters of the bytes 0x80 to 0x9f in Windows-1252; those of unassigned bytes stand for
/// themselves.
const HIGH: [char; 32] = [
    '€', '\u{81}', '‚', 'ƒ', '„', '…', '†', '‡', 'ˆ', '‰', 'Š', '‹', 'Œ', '\u{8d}', 'Ž', '\u{8f}',
    '\u{90}', '‘', '’', '“', '”', '•', '–', '—', '˜', '™', 'š', '›', 'œ', '\u{9d}', 'ž', 'Ÿ',
];

/// How often a text may have been misread in a row.
const MAX_LAYERS: usize = 3;

/// The text as it was meant; `None` where nothing was misread.
///
/// A text counts as misread where every character that stands for a byte above 0x7f is part of a
/// UTF-8 sequence, and where that cannot well be chance: the sequences are several, or the one
/// there is has three bytes or starts with Â, Ã, Ä or Å, which begin the Latin letters of
/// western and central Europe.
#[must_use]
pub fn repair_mojibake(text: &str) -> Option<String> {
    let mut repaired = one_layer(text)?;
    for _ in 1..MAX_LAYERS {
        match one_layer(&repaired) {
            Some(deeper) => repaired = deeper,
            None => break,
        }
    }
    Some(repaired)
}

fn one_layer(text: &str) -> Option<String> {
    if text.is_ascii() {
        return None;
    }
    let mut result = String::with_capacity(text.len());
    let (mut sequences, mut is_telling) = (0, false);
    let mut rest = text.chars();
    while let Some(first) = rest.next() {
        let Some(lead) = byte_of(first).filter(|&byte| byte >= 0x80) else {
            result.push(first);
            continue;
        };
        let length = match lead {
            0xc2..=0xdf => 2,
            0xe0..=0xef => 3,
            0xf0..=0xf4 => 4,
            _ => return None,
        };
        let mut bytes = vec![lead];
        for _ in 1..length {
            bytes.push(rest.next().and_then(byte_of)?);
        }
        result.push_str(std::str::from_utf8(&bytes).ok()?);
        sequences += 1;
        is_telling |= length > 2 || (0xc2..=0xc5).contains(&lead);
    }
    (sequences > 1 || is_telling).then_some(result)
}

/// The byte that Windows-1252 reads as this character.
fn byte_of(character: char) -> Option<u8> {
    let code = u32::from(character);
    if code < 0x100 {
        return u8::try_from(code).ok();
    }
    let position = HIGH.iter().position(|&high| high == character)?;
    u8::try_from(position + 0x80).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn misread_texts_are_repaired() {
        for (misread, meant) in [
            ("CafÃ©", "Café"),
            ("donâ€™t", "don’t"),
            ("5 Â£", "5 £"),
            ("ä¸\u{ad}æ–‡ tea", "中文 tea"),
            ("æ–‡ and 中", "文 and 中"),
            ("ÃƒÂ©", "é"),
            ("ÐºÐ¾Ñ‚", "кот"),
            ("ðŸ˜€", "😀"),
        ] {
            assert_eq!(repair_mojibake(misread).as_deref(), Some(meant), "{misread}");
        }
    }

    #[test]
    fn good_texts_stay() {
        for good in ["Café", "Ünïted É™", "CAFÉ™", "中文", "plain", "50 €", "naïve – yes", "Â"]
        {
            assert_eq!(repair_mojibake(good), None, "{good}");
        }
    }
}
