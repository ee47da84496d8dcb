//! Text columns that are filled in any order.

use std::collections::HashMap;

use crate::dataset::columns::TextColumn;

const NONE: u32 = u32::MAX;

/// Distinct texts, each with a code.
#[derive(Debug, Default)]
pub(super) struct Interner {
    pool: Vec<Box<str>>,
    known: HashMap<Box<str>, u32>,
}

impl Interner {
    /// The code of a text.
    pub(super) fn code(&mut self, text: &str) -> u32 {
        if let Some(&code) = self.known.get(text) {
            return code;
        }
        let code = u32::try_from(self.pool.len()).expect("distinct texts fit 32 bits");
        self.pool.push(text.into());
        self.known.insert(text.into(), code);
        code
    }

    /// The text of a code.
    pub(super) fn text(&self, code: u32) -> &str {
        &self.pool[code as usize]
    }
}

/// A text per row, set in any order, the first one kept.
#[derive(Debug, Default)]
pub(super) struct SparseText {
    codes: Vec<u32>,
    texts: Interner,
}

impl SparseText {
    /// Gives a row its text unless it has one; whether it has this text now.
    pub(super) fn fill(&mut self, row: u32, text: &str) -> bool {
        let row = row as usize;
        if self.codes.len() <= row {
            self.codes.resize(row + 1, NONE);
        }
        if self.codes[row] == NONE {
            self.codes[row] = self.texts.code(text);
            return true;
        }
        self.texts.text(self.codes[row]) == text
    }

    /// The column with this many rows.
    pub(super) fn finish(mut self, rows: usize) -> TextColumn {
        self.codes.resize(rows, NONE);
        let text = |&code: &u32| (code != NONE).then(|| self.texts.text(code));
        self.codes.iter().map(text).collect()
    }
}

/// A number per row, set in any order, the first one kept.
#[derive(Debug, Default)]
pub(super) struct SparseNumber(Vec<f32>);

impl SparseNumber {
    /// Gives a row its number unless it has one; whether it has this number now.
    pub(super) fn fill(&mut self, row: u32, value: f32) -> bool {
        let row = row as usize;
        if self.0.len() <= row {
            self.0.resize(row + 1, f32::NAN);
        }
        if self.0[row].is_nan() {
            self.0[row] = value;
        }
        self.0[row] == value
    }

    /// The column with this many rows; empty where no row has a number.
    pub(super) fn finish(mut self, rows: usize) -> Vec<f32> {
        if self.0.iter().all(|value| value.is_nan()) {
            return Vec::new();
        }
        self.0.resize(rows, f32::NAN);
        self.0
    }
}

/// Counts texts per row and gives the most frequent one.
#[derive(Debug, Default)]
pub(super) struct TextTally {
    texts: Interner,
    counts: Vec<Vec<(u32, u32)>>,
}

impl TextTally {
    /// Count one text of a row.
    pub(super) fn add(&mut self, row: u32, text: &str) {
        let code = self.texts.code(text);
        let row = row as usize;
        if self.counts.len() <= row {
            self.counts.resize_with(row + 1, Vec::new);
        }
        match self.counts[row].iter_mut().find(|(known, _)| *known == code) {
            Some((_, count)) => *count += 1,
            None => self.counts[row].push((code, 1)),
        }
    }

    /// Each row that has texts with its most frequent one; of equals the one met first.
    pub(super) fn winners(&self) -> impl Iterator<Item = (u32, &str)> {
        (0..).zip(&self.counts).filter_map(|(row, counts)| {
            let &(code, _) = counts.iter().rev().max_by_key(|(_, count)| *count)?;
            Some((row, self.texts.text(code)))
        })
    }
}

/// Collects numbers per row and gives their median.
#[derive(Debug, Default)]
pub(super) struct NumberTally(Vec<Vec<f32>>);

impl NumberTally {
    /// Note one number of a row.
    pub(super) fn add(&mut self, row: u32, value: f32) {
        let row = row as usize;
        if self.0.len() <= row {
            self.0.resize_with(row + 1, Vec::new);
        }
        self.0[row].push(value);
    }

    /// Each row that has numbers with their median; the lower one of two in the middle, so that it
    /// is a number that occurred.
    pub(super) fn medians(mut self) -> Vec<(u32, f32)> {
        let median = |values: &mut Vec<f32>| {
            let middle = values.len().checked_sub(1)? / 2;
            Some(*values.select_nth_unstable_by(middle, f32::total_cmp).1)
        };
        (0..).zip(&mut self.0).filter_map(|(row, values)| Some((row, median(values)?))).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_value_of_a_row_is_kept() {
        let mut text = SparseText::default();
        text.fill(2, "a");
        text.fill(2, "b");
        text.fill(0, "a");
        let column = text.finish(4);
        assert_eq!((column.get(0), column.get(1), column.get(2)), (Some("a"), None, Some("a")));
        assert_eq!(column.len(), 4);
        let mut number = SparseNumber::default();
        number.fill(1, 2.0);
        number.fill(1, 3.0);
        let numbers = number.finish(3);
        assert!(numbers[0].is_nan() && numbers[2].is_nan());
        assert_eq!(numbers[1].to_bits(), 2.0_f32.to_bits());
    }

    #[test]
    fn tallies_give_the_most_frequent_text_and_the_median() {
        let mut texts = TextTally::default();
        for text in ["x", "y", "y", "x", "z"] {
            texts.add(1, text);
        }
        assert_eq!(texts.winners().collect::<Vec<_>>(), [(1, "x")]);
        let mut numbers = NumberTally::default();
        for value in [9.0, 1.0, 4.0, 2.0] {
            numbers.add(0, value);
        }
        assert_eq!(numbers.medians(), [(0, 2.0)]);
    }
}
