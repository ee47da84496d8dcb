//! What HTML is in a text, and the text without it: one definition for finding it and for removing it.

use std::borrow::Cow;

/// Elements within a line: their tags leave no space behind.
const INLINE: [&str; 13] =
    ["a", "b", "em", "font", "i", "mark", "s", "small", "span", "strong", "sub", "sup", "u"];
/// Elements whose content is no text.
const UNSEEN: [&str; 2] = ["script", "style"];

/// Characters by the names that occur in shop texts.
const NAMED: [(&str, char); 36] = [
    ("amp", '&'),
    ("lt", '<'),
    ("gt", '>'),
    ("quot", '"'),
    ("apos", '\''),
    ("nbsp", '\u{a0}'),
    ("copy", '©'),
    ("reg", '®'),
    ("trade", '™'),
    ("hellip", '…'),
    ("mdash", '—'),
    ("ndash", '–'),
    ("lsquo", '‘'),
    ("rsquo", '’'),
    ("ldquo", '“'),
    ("rdquo", '”'),
    ("laquo", '«'),
    ("raquo", '»'),
    ("bull", '•'),
    ("middot", '·'),
    ("deg", '°'),
    ("times", '×'),
    ("frac12", '½'),
    ("euro", '€'),
    ("pound", '£'),
    ("yen", '¥'),
    ("auml", 'ä'),
    ("ouml", 'ö'),
    ("uuml", 'ü'),
    ("Auml", 'Ä'),
    ("Ouml", 'Ö'),
    ("Uuml", 'Ü'),
    ("szlig", 'ß'),
    ("eacute", 'é'),
    ("egrave", 'è'),
    ("ccedil", 'ç'),
];

/// Bytes within which a tag has to end.
const LONGEST_TAG: usize = 4096;

/// Whether the text has a tag, a comment or a character reference, so that [`without_html`] changes it.
pub(in crate::dataset) fn has_html(text: &str) -> bool {
    text.match_indices('<').any(|(at, _)| tag(&text[at..]).is_some())
        || text.match_indices('&').any(|(at, _)| reference(&text[at..]).is_some())
}

/// The text without tags and comments, character references resolved.
pub(in crate::dataset) fn without_html(text: &str) -> Cow<'_, str> {
    if !text.contains(['<', '&']) {
        return text.into();
    }
    resolved(&without_tags(text)).into()
}

fn without_tags(text: &str) -> String {
    let mut result = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(start) = rest.find('<') {
        result.push_str(&rest[..start]);
        rest = &rest[start..];
        match tag(rest) {
            Some((name, length)) => {
                let is_closing = rest.starts_with("</");
                rest = &rest[length..];
                if !INLINE.contains(&name.as_str()) {
                    result.push(' ');
                }
                if !is_closing && UNSEEN.contains(&name.as_str()) {
                    rest = after_closing(rest, &name);
                }
            }
            // A sign, no tag.
            None => {
                result.push('<');
                rest = &rest[1..];
            }
        }
    }
    result + rest
}

/// Name (lower case, without the slash) and length in bytes of the tag or comment that the text
/// starts with: a name, then white space, a slash or the end, and `>` before another `<` that stands
/// in no quotes. Comparisons, addresses and hearts are none.
fn tag(text: &str) -> Option<(String, usize)> {
    if let Some(comment) = text.strip_prefix("<!--") {
        let length = comment.find("-->").map_or(text.len(), |end| end + 7);
        return Some((String::new(), length));
    }
    let inside = text[1..].strip_prefix(['/', '!', '?']).unwrap_or(&text[1..]);
    // Custom elements have hyphens, those of office programs colons.
    let is_of_name = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b':');
    let length = inside.bytes().take_while(is_of_name).count();
    let (name, after) = inside.split_at(length);
    let is_name = name.starts_with(|c: char| c.is_ascii_alphabetic())
        && name.ends_with(|c: char| c.is_ascii_alphanumeric());
    if !is_name || !after.starts_with(['>', '/', ' ', '\t', '\n', '\r']) {
        return None;
    }
    let end = tag_end(after.as_bytes())?;
    Some((name.to_ascii_lowercase(), text.len() - after.len() + end + 1))
}

/// Where the `>` of a tag stands behind its name. Quotes that are never closed are letters.
fn tag_end(after: &[u8]) -> Option<usize> {
    let after = &after[..after.len().min(LONGEST_TAG)];
    let mut at = 0;
    loop {
        match after.get(at)? {
            b'>' => return Some(at),
            b'<' => return None,
            quote @ (b'"' | b'\'') => {
                let closing = after[at + 1..].iter().position(|byte| byte == quote);
                at += closing.map_or(1, |length| length + 2);
            }
            _ => at += 1,
        }
    }
}

fn after_closing<'a>(text: &'a str, name: &str) -> &'a str {
    // Lower-casing ASCII keeps positions.
    let end = text.to_ascii_lowercase().find(&format!("</{name}"));
    end.map_or("", |end| &text[end..])
}

fn resolved(text: &str) -> String {
    let mut result = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(start) = rest.find('&') {
        result.push_str(&rest[..start]);
        rest = &rest[start..];
        match reference(rest) {
            Some((character, length)) => {
                result.push(character);
                rest = &rest[length..];
            }
            None => {
                result.push('&');
                rest = &rest[1..];
            }
        }
    }
    result + rest
}

/// The character that the text starts with as a reference, and the reference's length in bytes.
fn reference(text: &str) -> Option<(char, usize)> {
    const LONGEST: usize = 12;
    let end = text.bytes().take(LONGEST).position(|byte| byte == b';')?;
    let name = text.get(1..end)?;
    let character = match name.strip_prefix('#') {
        Some(number) => {
            let code = match number.strip_prefix(['x', 'X']) {
                Some(hex) => u32::from_str_radix(hex, 16).ok()?,
                None => number.parse().ok()?,
            };
            char::from_u32(code).filter(|c| !c.is_control() || c.is_whitespace())?
        }
        None => NAMED.iter().find(|(known, _)| *known == name)?.1,
    };
    Some((character, end + 1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_go_and_references_are_resolved() {
        for (html, text) in [
            ("<p>One</p><p>Two</p>", " One  Two "),
            ("w<b>or</b>d<BR/>next", "word next"),
            ("a < b > c, 3<4", "a < b > c, 3<4"),
            ("x<!-- <b>no</b> -->y", "x y"),
            ("a<script>var a = '<b>';</script>b", "a  b"),
            ("5&nbsp;&#163; &#x20AC;&eacute; &bogus; & &", "5\u{a0}£ €é &bogus; & &"),
            ("&lt;b&gt;", "<b>"),
            ("<a href='x'>link</a", "link</a"),
            ("&#0; &#xD800;", "&#0; &#xD800;"),
            ("é&é;", "é&é;"),
            ("<a title=\"1 > 0 < 2\">x</a>", "x"),
            ("<o:p>a</o:p><x-y/>", " a  "),
            ("<!DOCTYPE html><?xml version='1'?>z", "  z"),
            (
                "<me@shop.example> <https://shop.example>",
                "<me@shop.example> <https://shop.example>",
            ),
            ("5' <b>wide</b>", "5' wide"),
        ] {
            assert_eq!(without_html(html), text, "{html}");
            assert_eq!(has_html(html), html != text, "{html}");
        }
    }

    #[test]
    fn many_tags_that_never_end_cost_little() {
        let text = "<a \"".repeat(1 << 17);
        assert!(!has_html(&text));
        assert_eq!(without_html(&text), text);
    }
}
