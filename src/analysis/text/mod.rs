//! Words of product titles and queries, for counting. (What a language model reads is tokenised by its
//! own vocabulary.)

mod stop_words;

pub use stop_words::is_stop_word;

/// Calls `visit` with each token of `text`, in order, lower-cased.
///
/// A token is a run of letters and digits; an apostrophe within a word is dropped and a possessive
/// `'s` is cut off. Scripts written without spaces (Han, kana, Hangul) yield overlapping pairs of
/// characters, or the single character of a run of one. Full-width Latin counts as Latin.
///
/// Example: `Women's T恤衫 2XL` gives `women`, `t`, `恤衫`, `2xl`.
pub fn for_each_token(text: &str, mut visit: impl FnMut(&str)) {
    let mut scanner = Scanner::default();
    let mut chars = text.chars().map(fold_width).peekable();
    while let Some(c) = chars.next() {
        if c.is_ascii_alphanumeric() {
            scanner.end_run(&mut visit);
            scanner.word.push(c.to_ascii_lowercase());
        } else if is_pairwise(c) {
            scanner.end_word(&mut visit);
            scanner.pair(c, &mut visit);
        } else if c.is_alphanumeric() || is_mark(c) {
            scanner.end_run(&mut visit);
            scanner.word.extend(c.to_lowercase());
        } else if is_apostrophe(c) && !scanner.word.is_empty() {
            let next_is_letter = chars.peek().is_some_and(|&next| next.is_alphanumeric());
            if next_is_letter {
                scanner.apostrophe_at = Some(scanner.word.len());
            } else {
                scanner.end_word(&mut visit);
            }
        } else {
            scanner.end_word(&mut visit);
            scanner.end_run(&mut visit);
        }
    }
    scanner.end_word(&mut visit);
    scanner.end_run(&mut visit);
}

/// The tokens of `text`, see [`for_each_token`].
#[must_use]
pub fn tokens(text: &str) -> Vec<String> {
    let mut found = Vec::new();
    for_each_token(text, |token| found.push(token.to_owned()));
    found
}

/// Whether a token can stand for a subject: no stop word, no bare number, no single Latin letter.
#[must_use]
pub fn is_content_word(token: &str) -> bool {
    let mut chars = token.chars();
    let (first, second) = (chars.next(), chars.next());
    let single_letter = second.is_none() && !first.is_some_and(is_pairwise);
    !single_letter && !token.chars().all(char::is_numeric) && !is_stop_word(token)
}

#[derive(Default)]
struct Scanner {
    word: String,
    apostrophe_at: Option<usize>,
    previous: Option<char>,
    in_run: bool,
}

impl Scanner {
    fn end_word(&mut self, visit: &mut impl FnMut(&str)) {
        if let Some(at) = self.apostrophe_at.take()
            && &self.word[at..] == "s"
        {
            self.word.truncate(at);
        }
        if !self.word.is_empty() {
            visit(&self.word);
            self.word.clear();
        }
    }

    fn pair(&mut self, c: char, visit: &mut impl FnMut(&str)) {
        if let Some(previous) = self.previous.replace(c) {
            visit(&String::from_iter([previous, c]));
            self.in_run = true;
        }
    }

    fn end_run(&mut self, visit: &mut impl FnMut(&str)) {
        if let Some(last) = self.previous.take()
            && !self.in_run
        {
            visit(last.encode_utf8(&mut [0; 4]));
        }
        self.in_run = false;
    }
}

/// Full-width forms (U+FF01 to U+FF5E) and the ideographic space as their ASCII twins.
fn fold_width(c: char) -> char {
    match c {
        '\u{3000}' => ' ',
        '\u{ff01}'..='\u{ff5e}' => char::from_u32(c as u32 - 0xfee0).unwrap_or(c),
        _ => c,
    }
}

fn is_apostrophe(c: char) -> bool {
    matches!(c, '\'' | '\u{2019}' | '\u{02bc}')
}

/// Combining marks that Unicode does not count as letters: they belong to the letter before them.
fn is_mark(c: char) -> bool {
    matches!(c, '\u{0300}'..='\u{036f}' | '\u{093c}' | '\u{094d}' | '\u{0e31}'..='\u{0e4e}')
}

/// Scripts written without spaces between words, as Lucene's `CJKBigramFilter` sees them.
fn is_pairwise(c: char) -> bool {
    matches!(c,
        '\u{3005}' | '\u{3041}'..='\u{30ff}' | '\u{31f0}'..='\u{31ff}' | '\u{3400}'..='\u{4dbf}'
        | '\u{4e00}'..='\u{9fff}' | '\u{f900}'..='\u{faff}' | '\u{ff66}'..='\u{ff9d}'
        | '\u{1100}'..='\u{11ff}' | '\u{ac00}'..='\u{d7af}' | '\u{20000}'..='\u{3ffff}')
        && c.is_alphanumeric()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_pairs_and_apostrophes() {
        for (text, expected) in [
            ("Women's T恤衫 2XL", vec!["women", "t", "恤衫", "2xl"]),
            ("Don’t stop; the boys' 12.5cm", vec!["dont", "stop", "the", "boys", "12", "5cm"]),
            ("无线蓝牙耳机", vec!["无线", "线蓝", "蓝牙", "牙耳", "耳机"]),
            ("茶 & 茶", vec!["茶", "茶"]),
            ("ＵＳＢ　Ｃ", vec!["usb", "c"]),
            ("Crème-brûlée ÉCLAIR", vec!["crème", "brûlée", "éclair"]),
            ("한국어 カメラ", vec!["한국", "국어", "カメ", "メラ"]),
            ("  —!? ", vec![]),
            ("", vec![]),
        ] {
            assert_eq!(tokens(text), expected, "{text}");
        }
    }

    #[test]
    fn content_words_are_neither_filler_nor_numbers() {
        for word in ["kettle", "茶", "耳机", "2xl", "usb"] {
            assert!(is_content_word(word), "{word}");
        }
        for word in ["the", "x", "2024", "的", "and", "dont"] {
            assert!(!is_content_word(word), "{word}");
        }
    }
}
