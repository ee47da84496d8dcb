//! An expression cut into words and signs.

use super::{ExpressionError, Operator, Problem, Word};

/// One word or sign with its place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Token {
    pub(super) kind: TokenKind,
    /// As it was written.
    pub(super) written: String,
    pub(super) at: usize,
    pub(super) len: usize,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum TokenKind {
    /// A bare word, number or date.
    Bare,
    /// Something in quotes, without them.
    Quoted(String),
    /// A name between backticks, without them.
    Name(String),
    Operator(Operator),
    Open,
    Close,
    Comma,
    /// A sign that means nothing where a comparison stands.
    Odd,
}

impl Token {
    /// Whether it is this keyword.
    pub(super) fn is_word(&self, word: &str) -> bool {
        self.kind == TokenKind::Bare && self.written.eq_ignore_ascii_case(word)
    }

    /// What it says, without quotes.
    pub(super) fn word(&self) -> Word {
        let text = match &self.kind {
            TokenKind::Quoted(text) | TokenKind::Name(text) => text.clone(),
            _ => self.written.clone(),
        };
        Word { text, at: self.at, len: self.len }
    }

    pub(super) fn into_search_word(self) -> Option<String> {
        match self.kind {
            TokenKind::Bare | TokenKind::Odd => Some(self.written),
            TokenKind::Quoted(text) | TokenKind::Name(text) => Some(text),
            _ => None,
        }
    }
}

/// Whether somebody meant a condition rather than words to search for.
pub(super) fn is_condition(tokens: &[Token]) -> bool {
    let at = |position: usize| tokens.get(position);
    (0..tokens.len()).any(|position| {
        let next = at(position + 1);
        match &tokens[position] {
            Token { kind: TokenKind::Operator(_) | TokenKind::Name(_), .. } => true,
            token if token.is_word("in") => next.is_some_and(|next| next.kind == TokenKind::Open),
            token if token.is_word("is") => next.is_some_and(|next| {
                next.is_word("missing")
                    || next.is_word("not")
                        && at(position + 2).is_some_and(|last| last.is_word("missing"))
            }),
            _ => false,
        }
    })
}

/// Cuts an expression up.
///
/// # Errors
/// A quote that is never closed.
pub(super) fn tokens(source: &str) -> Result<Vec<Token>, ExpressionError> {
    let chars: Vec<char> = source.chars().collect();
    let mut tokens = Vec::new();
    let mut at = 0;
    while at < chars.len() {
        if chars[at].is_whitespace() {
            at += 1;
            continue;
        }
        let (kind, len) = next(&chars[at..]).ok_or(ExpressionError {
            at,
            len: chars.len() - at,
            problem: Problem::Unclosed,
        })?;
        tokens.push(Token { kind, written: chars[at..at + len].iter().collect(), at, len });
        at += len;
    }
    Ok(tokens)
}

/// The next token and its length; `None` for a quote that is never closed.
fn next(chars: &[char]) -> Option<(TokenKind, usize)> {
    let second = chars.get(1).copied();
    let sign = |kind, len| Some((kind, len));
    let operator = |operator, len| Some((TokenKind::Operator(operator), len));
    match (chars[0], second) {
        ('(' | '（', _) => sign(TokenKind::Open, 1),
        (')' | '）', _) => sign(TokenKind::Close, 1),
        (',' | '，', _) => sign(TokenKind::Comma, 1),
        ('=', Some('=')) => operator(Operator::Equal, 2),
        ('=', _) => operator(Operator::Equal, 1),
        ('!', Some('=')) | ('<', Some('>')) => operator(Operator::NotEqual, 2),
        ('!', Some('~')) => operator(Operator::ContainsNot, 2),
        ('<', Some('=')) => operator(Operator::AtMost, 2),
        ('<', _) => operator(Operator::Less, 1),
        ('>', Some('=')) => operator(Operator::AtLeast, 2),
        ('>', _) => operator(Operator::Greater, 1),
        ('~', _) => operator(Operator::Contains, 1),
        ('!', _) => sign(TokenKind::Odd, 1),
        (quote @ ('"' | '\'' | '`' | '“'), _) => quoted(chars, quote),
        _ => {
            let len = chars.iter().take_while(|&&c| !c.is_whitespace() && !ends_word(c)).count();
            sign(TokenKind::Bare, len)
        }
    }
}

/// Signs that end a bare word. An apostrophe does not: it stands inside words.
const fn ends_word(c: char) -> bool {
    matches!(
        c,
        '(' | ')' | '（' | '）' | ',' | '，' | '=' | '!' | '<' | '>' | '~' | '"' | '`' | '“'
    )
}

/// A doubled quote inside stands for one.
fn quoted(chars: &[char], open: char) -> Option<(TokenKind, usize)> {
    let close = if open == '“' { '”' } else { open };
    let mut text = String::new();
    let mut at = 1;
    loop {
        let &c = chars.get(at)?;
        let is_doubled = c == close && chars.get(at + 1) == Some(&close);
        if c == close && !is_doubled {
            break;
        }
        text.push(c);
        at += if is_doubled { 2 } else { 1 };
    }
    let kind = if open == '`' { TokenKind::Name(text) } else { TokenKind::Quoted(text) };
    Some((kind, at + 1))
}
