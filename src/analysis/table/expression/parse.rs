//! From words and signs to an [`Expression`], by recursive descent.

use super::token::{Token, TokenKind};
use super::{Expected, Expression, ExpressionError, Problem, Word};

/// Parentheses and `not`s within each other.
const MAX_DEPTH: usize = 64;

pub(super) fn parse(tokens: &[Token]) -> Result<Expression, ExpressionError> {
    let mut parser = Parser { tokens, next: 0, depth: 0 };
    let expression = parser.any_of()?;
    match parser.peek() {
        None => Ok(expression),
        Some(_) => Err(parser.unexpected(Expected::AndOrEnd)),
    }
}

struct Parser<'a> {
    tokens: &'a [Token],
    next: usize,
    depth: usize,
}

type Parsed<T> = Result<T, ExpressionError>;

impl<'a> Parser<'a> {
    fn peek(&self) -> Option<&'a Token> {
        self.tokens.get(self.next)
    }

    /// Goes on if the next token is this keyword.
    fn take_word(&mut self, word: &str) -> bool {
        let is_there = self.peek().is_some_and(|token| token.is_word(word));
        self.next += usize::from(is_there);
        is_there
    }

    fn take(&mut self, kind: &TokenKind) -> bool {
        let is_there = self.peek().is_some_and(|token| token.kind == *kind);
        self.next += usize::from(is_there);
        is_there
    }

    fn unexpected(&self, expected: Expected) -> ExpressionError {
        let end = self.tokens.last().map_or(0, |token| token.at + token.len);
        let (at, len, found) = match self.peek() {
            Some(token) => (token.at, token.len, token.written.clone()),
            None => (end, 0, String::new()),
        };
        let problem = match self.peek() {
            Some(token) if token.kind == TokenKind::Odd => Problem::UnknownSign { found },
            _ => Problem::Unexpected { found, expected },
        };
        ExpressionError { at, len, problem }
    }

    fn any_of(&mut self) -> Parsed<Expression> {
        let mut parts = vec![self.all_of()?];
        while self.take_word("or") {
            parts.push(self.all_of()?);
        }
        Ok(single(parts, Expression::Or))
    }

    fn all_of(&mut self) -> Parsed<Expression> {
        let mut parts = vec![self.unary()?];
        while self.take_word("and") {
            parts.push(self.unary()?);
        }
        Ok(single(parts, Expression::And))
    }

    fn unary(&mut self) -> Parsed<Expression> {
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            let at = self.peek().map_or(0, |token| token.at);
            return Err(ExpressionError { at, len: 1, problem: Problem::TooDeep });
        }
        let expression = if self.take_word("not") {
            Expression::Not(Box::new(self.unary()?))
        } else if self.take(&TokenKind::Open) {
            let inner = self.any_of()?;
            if !self.take(&TokenKind::Close) {
                return Err(self.unexpected(Expected::AndOrClose));
            }
            inner
        } else {
            self.comparison()?
        };
        self.depth -= 1;
        Ok(expression)
    }

    fn comparison(&mut self) -> Parsed<Expression> {
        let column = self.column()?;
        if self.take_word("is") {
            let is_negated = self.take_word("not");
            return if self.take_word("missing") {
                Ok(Expression::Missing { column, is_negated })
            } else {
                Err(self.unexpected(Expected::Missing))
            };
        }
        let is_negated = self.take_word("not");
        if self.take_word("in") {
            return Ok(Expression::In { column, values: self.list()?, is_negated });
        }
        if is_negated {
            return Err(self.unexpected(Expected::In));
        }
        match self.peek().map(|token| &token.kind) {
            Some(&TokenKind::Operator(operator)) => {
                self.next += 1;
                Ok(Expression::Compare { column, operator, value: self.value()? })
            }
            _ => Err(self.unexpected(Expected::Operator)),
        }
    }

    fn column(&mut self) -> Parsed<Word> {
        let is_keyword = |token: &Token| {
            ["and", "or", "not", "in", "is", "missing"].iter().any(|word| token.is_word(word))
        };
        match self.peek() {
            Some(token)
                if matches!(token.kind, TokenKind::Bare | TokenKind::Name(_))
                    && !is_keyword(token) =>
            {
                self.next += 1;
                Ok(token.word())
            }
            _ => Err(self.unexpected(Expected::Column)),
        }
    }

    fn list(&mut self) -> Parsed<Vec<Word>> {
        if !self.take(&TokenKind::Open) {
            return Err(self.unexpected(Expected::Open));
        }
        let mut values = vec![self.value()?];
        while self.take(&TokenKind::Comma) {
            values.push(self.value()?);
        }
        if self.take(&TokenKind::Close) {
            Ok(values)
        } else {
            Err(self.unexpected(Expected::CommaOrClose))
        }
    }

    fn value(&mut self) -> Parsed<Word> {
        let mut value = match self.peek() {
            Some(token) if matches!(token.kind, TokenKind::Bare | TokenKind::Quoted(_)) => {
                token.word()
            }
            _ => return Err(self.unexpected(Expected::Value)),
        };
        self.next += 1;
        // A date and a clock time with a space between them are one value.
        if let Some(clock) = self.peek()
            && clock.kind == TokenKind::Bare
            && clock.written.contains(':')
            && value.text.bytes().filter(|&byte| byte == b'-').count() == 2
        {
            self.next += 1;
            value.text = format!("{}T{}", value.text, clock.written);
            value.len = clock.at + clock.len - value.at;
        }
        Ok(value)
    }
}

fn single(mut parts: Vec<Expression>, many: fn(Vec<Expression>) -> Expression) -> Expression {
    match parts.pop() {
        Some(only) if parts.is_empty() => only,
        Some(last) => {
            parts.push(last);
            many(parts)
        }
        None => many(parts),
    }
}
