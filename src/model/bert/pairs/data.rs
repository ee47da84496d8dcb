//! Pairs of texts: what is asked, and what is to be found for it.

use std::collections::{HashMap, HashSet};

use serde::{Deserialize, Serialize};

use crate::model::ModelError;
use crate::model::bert::tasks::{
    Outputs, Target, TextData, TextDataReport, TextExample, TextInput, TextParts, TextSplit,
};

/// A left text and a right text that belongs to it, by their places in [`PairData`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Pair {
    /// Place among the left texts.
    pub left: u32,
    /// Place among the right texts.
    pub right: u32,
}

/// What happened to the rows.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PairDataReport {
    /// Rows of the files, or events or products of the shop that could have become a pair.
    pub rows_read: usize,
    /// Distinct pairs of them.
    pub pairs: usize,
    /// Distinct left texts.
    pub lefts: usize,
    /// Distinct right texts.
    pub rights: usize,
    /// Rows left out for want of a left text.
    pub without_left: usize,
    /// Rows left out for want of a right text.
    pub without_right: usize,
    /// Rows left out because their pair stands in an earlier row.
    pub repeated: usize,
    /// Rows that could not be taken apart.
    pub broken_rows: u64,
}

/// Pairs of texts. Texts that differ in case or blanks alone are one text.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct PairData {
    /// Distinct left texts, in order of appearance.
    pub lefts: Vec<String>,
    /// Distinct right texts, in order of appearance: the collection that is searched.
    pub rights: Vec<String>,
    /// Distinct pairs, in order of appearance.
    pub pairs: Vec<Pair>,
    /// What the part column says of each pair, where there is one.
    pub parts: Option<Vec<String>>,
    /// What happened to the rows.
    pub report: PairDataReport,
}

impl PairData {
    /// Divides the pairs. Pairs of one left text always come to the same part, unless a column says
    /// otherwise.
    ///
    /// # Errors
    /// [`ModelError::UnusableData`] when a part that is needed is empty or cannot be told.
    pub fn divide(&self, split: &TextSplit) -> Result<TextParts, ModelError> {
        let example = |pair: &Pair| TextExample {
            input: TextInput { text: key(&self.lefts[pair.left as usize]), second: None },
            target: Target::Rating(0.0),
        };
        let texts = TextData {
            examples: self.pairs.iter().map(example).collect(),
            outputs: Outputs::Rating,
            parts: self.parts.clone(),
            report: TextDataReport::default(),
        };
        split.parts(&texts, None)
    }

    /// Right texts of each left text over some pairs.
    #[must_use]
    pub fn rights_of(&self, pairs: &[usize]) -> Vec<Vec<u32>> {
        let mut of = vec![Vec::new(); self.lefts.len()];
        for &index in pairs {
            let Pair { left, right } = self.pairs[index];
            of[left as usize].push(right);
        }
        of
    }
}

/// Gathers pairs as they are read.
#[derive(Debug, Default)]
pub(super) struct Gathering {
    data: PairData,
    lefts: HashMap<String, u32>,
    rights: HashMap<String, u32>,
    met: HashSet<Pair>,
}

impl Gathering {
    /// Takes on a row; what it lacks is counted.
    pub fn row(&mut self, left: Option<&str>, right: Option<&str>, part: Option<&str>) {
        let filled = |text: Option<&str>| text.is_some_and(|text| !text.trim().is_empty());
        let report = &mut self.data.report;
        report.rows_read += 1;
        match (left, right) {
            _ if !filled(left) => report.without_left += 1,
            _ if !filled(right) => report.without_right += 1,
            (Some(left), Some(right)) => self.pair(left, right, part),
            _ => {}
        }
    }

    fn pair(&mut self, left: &str, right: &str, part: Option<&str>) {
        let pair = Pair {
            left: place(&mut self.lefts, &mut self.data.lefts, left),
            right: place(&mut self.rights, &mut self.data.rights, right),
        };
        if !self.met.insert(pair) {
            self.data.report.repeated += 1;
            return;
        }
        self.data.pairs.push(pair);
        if let Some(part) = part {
            self.data.parts.get_or_insert_default().push(part.to_owned());
        }
    }

    /// All that was gathered; `broken_rows` are those that could not be taken apart.
    pub fn finish(self, broken_rows: u64) -> PairData {
        let mut data = self.data;
        data.report.broken_rows = broken_rows;
        data.report.pairs = data.pairs.len();
        (data.report.lefts, data.report.rights) = (data.lefts.len(), data.rights.len());
        data
    }
}

/// The place of a text among those met, where a new one is added.
fn place(known: &mut HashMap<String, u32>, texts: &mut Vec<String>, text: &str) -> u32 {
    let next = u32::try_from(texts.len()).expect("text counts fit 32 bits");
    *known.entry(key(text)).or_insert_with(|| {
        texts.push(text.trim().to_owned());
        next
    })
}

/// What texts are told apart by: their words in small letters, one blank between.
fn key(text: &str) -> String {
    let words: Vec<String> = text.split_whitespace().map(str::to_lowercase).collect();
    words.join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn data(rows: &[(&str, &str)]) -> PairData {
        let mut gathering = Gathering::default();
        rows.iter().for_each(|(left, right)| gathering.row(Some(left), Some(right), None));
        gathering.finish(0)
    }

    #[test]
    fn equal_texts_are_one_and_nothing_is_dropped_in_silence() {
        let mut gathering = Gathering::default();
        for (left, right) in [
            (Some("Red  Mug"), Some("a mug")),
            (Some("red mug"), Some("A mug ")),
            (Some("red mug"), Some("a lamp")),
            (Some("  "), Some("a lamp")),
            (None, None),
            (Some("lamp"), None),
        ] {
            gathering.row(left, right, Some("train"));
        }
        let data = gathering.finish(3);
        assert_eq!(data.lefts, ["Red  Mug"]);
        assert_eq!(data.rights, ["a mug", "a lamp"]);
        assert_eq!(data.pairs, [Pair { left: 0, right: 0 }, Pair { left: 0, right: 1 }]);
        assert_eq!(data.parts.as_ref().map(Vec::len), Some(2), "a part for each pair");
        assert_eq!(data.rights_of(&[1, 0]), [[1, 0]]);
        let report = &data.report;
        assert_eq!((report.rows_read, report.pairs, report.repeated), (6, 2, 1));
        assert_eq!((report.without_left, report.without_right, report.broken_rows), (2, 1, 3));
    }

    #[test]
    fn pairs_of_one_left_text_come_to_one_part() {
        let rows: Vec<(String, String)> =
            (0..300).map(|row| (format!("ask {}", row % 60), format!("answer {row}"))).collect();
        let rows: Vec<(&str, &str)> =
            rows.iter().map(|(left, right)| (left.as_str(), right.as_str())).collect();
        let data = data(&rows);
        let parts = data.divide(&"hash:60/20/20".parse().expect("a split")).expect("divided");
        let lefts = |part: &[usize]| -> HashSet<u32> {
            part.iter().map(|&index| data.pairs[index].left).collect()
        };
        let [train, validation, test] =
            [&parts.train, &parts.validation, &parts.test].map(|part| lefts(part));
        assert!(train.is_disjoint(&test) && train.is_disjoint(&validation));
        assert!(test.len() > 4 && parts.test.len() == 5 * test.len());
        let nothing = data.divide(&TextSplit::Column("part".into())).expect_err("no such column");
        assert!(nothing.to_string().contains("part"), "{nothing}");
    }
}
