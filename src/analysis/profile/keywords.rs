//! What a shopper's products and queries are about.

use std::collections::{BTreeMap, HashMap};
use std::ops::Range;

use super::weights::strength;
use super::{Keyword, ShopStatistics};
use crate::analysis::numeric::{real, real_len};
use crate::analysis::text::{for_each_token, is_content_word};
use crate::dataset::{Dataset, EventKind};

const MAX_KEYWORDS: usize = 20;

/// Inverse document frequencies of the words in product titles.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct WordFrequencies {
    documents: HashMap<Box<str>, u64>,
    n_documents: usize,
}

impl WordFrequencies {
    /// Count one more title; a word counts once per title. `seen` is only there to be used again.
    pub(super) fn add(&mut self, title: &str, seen: &mut Vec<String>) {
        self.n_documents += 1;
        distinct_words(title, seen);
        for word in seen.iter() {
            match self.documents.get_mut(word.as_str()) {
                Some(count) => *count += 1,
                None => {
                    self.documents.insert(word.as_str().into(), 1);
                }
            }
        }
    }

    /// `ln((1 + n) / (1 + documents with the word)) + 1`, the smoothed form of scikit-learn.
    fn idf(&self, word: &str) -> f64 {
        let count = self.documents.get(word).copied().unwrap_or(0);
        ((1.0 + real_len(self.n_documents)) / (1.0 + real(count))).ln() + 1.0
    }
}

/// The words that stand out in titles met and queries typed.
pub(super) fn keywords(
    dataset: &Dataset,
    shop: &ShopStatistics,
    rows: Range<usize>,
) -> Vec<Keyword> {
    let mut weights: BTreeMap<String, f64> = BTreeMap::new();
    let mut seen = Vec::new();
    for (text, weight) in weighted_texts(dataset, rows) {
        distinct_words(text, &mut seen);
        for word in seen.drain(..) {
            let idf = shop.words.idf(&word);
            *weights.entry(word).or_default() += weight * idf;
        }
    }
    let mut found: Vec<(String, f64)> = weights.into_iter().collect();
    found.sort_by(|a, b| b.1.total_cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
    found.truncate(MAX_KEYWORDS);
    let most = found.first().map_or(1.0, |&(_, weight)| weight);
    found.into_iter().map(|(word, weight)| Keyword { word, weight: weight / most }).collect()
}

/// Each distinct title and query with the summed strength of its events.
fn weighted_texts(dataset: &Dataset, rows: Range<usize>) -> Vec<(&str, f64)> {
    let log = &dataset.interactions;
    let mut weights: BTreeMap<&str, f64> = BTreeMap::new();
    for row in rows {
        let kind = log.kind(row);
        let query = if kind == EventKind::Search { log.texts().get(row) } else { None };
        let title = log.item(row).and_then(|item| dataset.catalog.titles.get(item.index()));
        for text in [query, title].into_iter().flatten() {
            *weights.entry(text).or_default() += strength(kind);
        }
    }
    weights.into_iter().filter(|&(_, weight)| weight > 0.0).collect()
}

fn distinct_words(text: &str, words: &mut Vec<String>) {
    words.clear();
    for_each_token(text, |token| {
        if is_content_word(token) && !words.iter().any(|word| word == token) {
            words.push(token.to_owned());
        }
    });
}
