//! Lines that are no rows of a table: shoppers with their products, pairs, baskets, texts.

use std::path::Path;

use super::bytes::Head;
use super::delimited::{find_delimiter, sample_records, value};
use super::records::{self, Record, Syntax};
use super::{ReadStats, Visitor, text};
use crate::control::Control;
use crate::dataset::load::cell::{Cell, GoodRow, Row};
use crate::dataset::load::error::{FileProblem, Stop};
use crate::dataset::load::format::FileFormat;
use crate::dataset::load::recognise::Binding;
use crate::dataset::load::report::RejectReason;
use crate::dataset::schema::{Field, Role};

/// Letters of a text that stand for it as its name.
const TITLE_LETTERS: usize = 60;

/// A file whose lines mean something by their form alone.
#[derive(Debug, Clone)]
pub(super) struct Plain {
    /// Names of the columns that its lines are turned into.
    pub columns: Vec<String>,
    kind: Kind,
    syntax: Syntax,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Sequence,
    Pairs,
    Baskets { named: bool },
    Lines,
}

impl Plain {
    /// The file as one of these formats; every other one is taken for plain lines.
    pub(super) fn sniff(head: &Head, format: FileFormat) -> Result<Self, FileProblem> {
        let sample = head.text();
        let newline = text::newline_of(&sample);
        let mut syntax = Syntax { newline, ..Syntax::LINES };
        let (kind, columns): (_, &[&str]) = match format {
            FileFormat::Sequence => (Kind::Sequence, &["user", "item"]),
            FileFormat::Pairs => (Kind::Pairs, &["user", "item"]),
            FileFormat::Baskets => {
                syntax.delimiter = Some(find_delimiter(&sample, newline, head.is_whole()));
                let records = sample_records(&sample, syntax, head.is_whole());
                let is_name = |cell: &String| cell.chars().any(char::is_alphabetic);
                let named = records.iter().flatten().any(is_name);
                (Kind::Baskets { named }, &["basket", "item"])
            }
            _ => (Kind::Lines, &["line", "text", "title"]),
        };
        if sample.trim().is_empty() {
            return Err(FileProblem::Empty);
        }
        let columns = columns.iter().map(|&name| name.to_owned()).collect();
        Ok(Self { columns, kind, syntax })
    }

    /// What stands between values.
    pub(super) fn delimiter(&self) -> Option<char> {
        self.syntax.delimiter.map(char::from)
    }

    /// What the columns mean in a file of this role.
    pub(super) fn known(&self, role: Role) -> Vec<(Field, Binding)> {
        let column = Binding::Column;
        match (self.kind, role) {
            (Kind::Sequence | Kind::Pairs, Role::Events) => {
                vec![(Field::User, column(0)), (Field::Item, column(1))]
            }
            (Kind::Baskets { named }, Role::Events) => {
                let mut known = vec![
                    (Field::User, column(0)),
                    (Field::Item, column(1)),
                    (Field::Order, column(0)),
                ];
                known.extend(named.then_some((Field::Title, column(1))));
                known
            }
            (Kind::Lines, Role::Events) => vec![
                (Field::User, Binding::RowNumber),
                (Field::Item, column(0)),
                (Field::Review, column(1)),
            ],
            (Kind::Lines, Role::Catalog) => vec![
                (Field::Item, column(0)),
                (Field::Title, column(2)),
                (Field::Description, column(1)),
            ],
            _ => Vec::new(),
        }
    }

    /// Hands every row to `visit`, with the cells of the wanted columns.
    pub(super) fn read(
        &self,
        path: &Path,
        head: &Head,
        wanted: &[usize],
        control: &Control,
        visit: &mut Visitor<'_>,
    ) -> Result<ReadStats, Stop> {
        let mut number = 0;
        text::each(path, head, self.syntax, control, &mut |record, text, stats| {
            number += 1;
            let mut rows = Rows { record, text: &text, wanted, stats, visit };
            match self.kind {
                Kind::Sequence => sequence(&mut rows),
                Kind::Pairs => pair(&mut rows),
                Kind::Baskets { .. } => basket(&mut rows, self.syntax, number),
                Kind::Lines => line(&mut rows),
            }
        })
    }
}

/// The rows of one record.
struct Rows<'r, 'v> {
    record: &'r Record<'r>,
    text: &'r str,
    wanted: &'r [usize],
    stats: &'r mut ReadStats,
    visit: &'r mut Visitor<'v>,
}

impl Rows<'_, '_> {
    fn good(&mut self, all: &[Cell<'_>]) -> Result<(), Stop> {
        self.stats.rows += 1;
        let cells: Vec<Cell<'_>> = self.wanted.iter().map(|&column| all[column]).collect();
        (self.visit)(Row::Good(GoodRow {
            line: self.record.line,
            cells: &cells,
            raw: Some(self.text),
        }))
    }

    fn bad(&mut self, reason: RejectReason) -> Result<(), Stop> {
        self.stats.rows += 1;
        (self.visit)(Row::Bad { line: self.record.line, reason, text: self.text.into() })
    }
}

fn words(text: &str) -> impl Iterator<Item = &str> {
    let between = |letter: char| letter.is_whitespace() || letter == ',' || letter == ';';
    text.split(between).filter(|word| !word.is_empty())
}

fn sequence(rows: &mut Rows<'_, '_>) -> Result<(), Stop> {
    let mut words = words(rows.text);
    let (user, mut items) = (words.next(), words.peekable());
    let Some(user) = user.filter(|_| items.peek().is_some()) else {
        return rows.bad(RejectReason::NoItem);
    };
    items.try_for_each(|item| rows.good(&[Cell::Text(user), Cell::Text(item)]))
}

fn pair(rows: &mut Rows<'_, '_>) -> Result<(), Stop> {
    let mut words = words(rows.text);
    match (words.next(), words.next(), words.next()) {
        (Some(user), Some(item), None) => rows.good(&[Cell::Text(user), Cell::Text(item)]),
        _ => rows.bad(RejectReason::RaggedRow),
    }
}

fn basket(rows: &mut Rows<'_, '_>, syntax: Syntax, number: u64) -> Result<(), Stop> {
    if rows.record.unclosed {
        return rows.bad(RejectReason::UnclosedQuote);
    }
    let mut spans = Vec::new();
    // Positions in the bytes are not those in a text that was decoded from another encoding.
    records::parse(rows.text.as_bytes(), syntax, true, &mut spans);
    let basket = format!("basket-{number}");
    let text = rows.text;
    let mut found = false;
    for span in spans {
        let item = value(text, span);
        if item.trim().is_empty() {
            continue;
        }
        found = true;
        rows.good(&[Cell::Text(&basket), Cell::Text(item.trim())])?;
    }
    if found { Ok(()) } else { rows.bad(RejectReason::NoItem) }
}

fn line(rows: &mut Rows<'_, '_>) -> Result<(), Stop> {
    let number = i64::try_from(rows.record.line).unwrap_or(i64::MAX);
    let text = rows.text.trim();
    rows.good(&[Cell::Int(number), Cell::Text(text), Cell::Text(title_of(text))])
}

/// The beginning of a text, up to its first sentence or as many words as fit.
fn title_of(text: &str) -> &str {
    let sentence = text.find(['.', '!', '?', '。', ';']).map_or(text, |end| &text[..end]);
    let Some((end, _)) = sentence.char_indices().nth(TITLE_LETTERS) else { return sentence };
    let cut = &sentence[..end];
    cut.rfind(char::is_whitespace).map_or(cut, |space| cut[..space].trim_end())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_title_is_a_sentence_or_as_many_words_as_fit() {
        assert_eq!(title_of("A red cup. It holds tea."), "A red cup");
        let long = "word ".repeat(30);
        assert_eq!(title_of(&long).len(), 59);
        assert_eq!(title_of(&"茶".repeat(80)).chars().count(), TITLE_LETTERS);
        assert_eq!(title_of(""), "");
    }
}
