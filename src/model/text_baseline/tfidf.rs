//! Words and word pairs of texts, weighted by how rare they are.

use std::collections::{BTreeMap, HashMap};

use rayon::prelude::*;

use super::sparse::SparseRows;
use crate::analysis::text::for_each_token;

/// A text, or a text pair, to count the words of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BaselineText<'a> {
    /// The text.
    pub text: &'a str,
    /// The second text of a pair, whose words are told from those of the first.
    pub second: Option<&'a str>,
}

impl<'a> From<&'a str> for BaselineText<'a> {
    fn from(text: &'a str) -> Self {
        Self { text, second: None }
    }
}

/// Weights of words and word pairs as scikit-learn's `TfidfVectorizer(ngram_range=(1, 2),
/// sublinear_tf=True)` gives them: `(1 + ln tf) · (ln((1 + n) / (1 + df)) + 1)`, rows of length 1.
///
/// A word is a token of [`crate::analysis::text`] of two characters or more.
#[derive(Debug, Clone)]
pub struct TfIdf {
    columns: HashMap<String, u32>,
    idf: Vec<f64>,
}

impl TfIdf {
    /// Learns the words that stand in at least `least` texts, in the order of the alphabet.
    #[must_use]
    pub fn fit(texts: &[BaselineText<'_>], least: u32) -> Self {
        let mut counts: BTreeMap<String, u32> = BTreeMap::new();
        for terms in texts.par_iter().map(terms).collect::<Vec<_>>() {
            for (term, _) in terms {
                *counts.entry(term).or_default() += 1;
            }
        }
        counts.retain(|_, &mut count| count >= least);
        let n = texts.len() as f64;
        let idf = |&count: &u32| ((1.0 + n) / (1.0 + f64::from(count))).ln() + 1.0;
        let idf = counts.values().map(idf).collect();
        Self { columns: counts.into_keys().zip(0..).collect(), idf }
    }

    /// Number of words and word pairs.
    #[must_use]
    pub fn len(&self) -> usize {
        self.idf.len()
    }

    /// Whether no word was met.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.idf.is_empty()
    }

    /// The column of a word or word pair.
    #[must_use]
    pub fn column(&self, term: &str) -> Option<u32> {
        self.columns.get(term).copied()
    }

    /// How rare the word or word pair of a column is.
    #[must_use]
    pub fn idf(&self, column: usize) -> f64 {
        self.idf[column]
    }

    /// Weights of texts, `[texts, len]`; a text without a known word is a row of zeros.
    #[must_use]
    pub fn transform(&self, texts: &[BaselineText<'_>]) -> SparseRows {
        let rows = texts.par_iter().map(|text| self.row(text)).collect();
        SparseRows::new(rows, self.len())
    }

    fn row(&self, text: &BaselineText<'_>) -> Vec<(u32, f64)> {
        let known = terms(text).into_iter().filter_map(|(term, count)| {
            let column = self.column(&term)?;
            Some((column, (1.0 + f64::from(count).ln()) * self.idf[column as usize]))
        });
        let mut row: Vec<(u32, f64)> = known.collect();
        row.sort_unstable_by_key(|&(column, _)| column);
        let length = row.iter().map(|(_, weight)| weight * weight).sum::<f64>().sqrt();
        row.iter_mut().for_each(|(_, weight)| *weight /= length);
        row
    }
}

/// Distinct words and word pairs of a text with their counts.
fn terms(text: &BaselineText<'_>) -> BTreeMap<String, u32> {
    let mut found = BTreeMap::new();
    count("", text.text, &mut found);
    if let Some(second) = text.second {
        // No token begins with a control character, so these are columns of their own.
        count("\u{1}", second, &mut found);
    }
    found
}

fn count(mark: &str, text: &str, found: &mut BTreeMap<String, u32>) {
    let mut previous: Option<String> = None;
    for_each_token(text, |token| {
        if token.chars().nth(1).is_none() {
            return;
        }
        *found.entry(format!("{mark}{token}")).or_default() += 1;
        if let Some(before) = previous.replace(token.to_owned()) {
            *found.entry(format!("{mark}{before} {token}")).or_default() += 1;
        }
    });
}
