//! Search by words, as search engines do it.

use std::collections::{BTreeMap, HashMap};

use rayon::prelude::*;

use crate::analysis::text::for_each_token;

/// How soon further occurrences of a word cease to count.
const K1: f64 = 1.2;
/// How much longer texts are held against.
const B: f64 = 0.75;

/// A collection of texts that is searched by BM25 (Robertson et al. 1994): a text's score is the sum over the
/// words of a query, each as often as it stands there, of
/// `ln(1 + (n - df + 0.5) / (df + 0.5)) · tf / (tf + k1 (1 - b + b · length / mean length))`,
/// with k1 = 1.2 and b = 0.75, as in Lucene. A word is a token of [`crate::analysis::text`].
#[derive(Debug, Clone, Default)]
pub struct Bm25 {
    /// Texts with each word, and what the word adds to their scores.
    postings: HashMap<String, Vec<(u32, f64)>>,
    texts: usize,
}

impl Bm25 {
    /// Indexes a collection.
    #[must_use]
    pub fn new(texts: &[String]) -> Self {
        let counts: Vec<BTreeMap<String, u32>> =
            texts.par_iter().map(|text| counts(text)).collect();
        let length = |counts: &BTreeMap<String, u32>| f64::from(counts.values().sum::<u32>());
        let mean = counts.iter().map(length).sum::<f64>() / counts.len().max(1) as f64;
        let mut postings: HashMap<String, Vec<(u32, f64)>> = HashMap::new();
        for (text, counts) in (0..).zip(&counts) {
            let norm = K1 * (1.0 - B + B * length(counts) / mean);
            for (word, &count) in counts {
                let weight = f64::from(count) / (f64::from(count) + norm);
                postings.entry(word.clone()).or_default().push((text, weight));
            }
        }
        let n = texts.len() as f64;
        postings.par_iter_mut().for_each(|(_, postings)| {
            let df = postings.len() as f64;
            let rareness = (1.0 + (n - df + 0.5) / (df + 0.5)).ln();
            postings.iter_mut().for_each(|(_, weight)| *weight *= rareness);
        });
        Self { postings, texts: texts.len() }
    }

    /// Scores of all texts for a query; 0 for a text that shares no word with it.
    #[must_use]
    pub fn scores(&self, query: &str) -> Vec<f32> {
        let mut scores = vec![0.0_f64; self.texts];
        for (word, count) in counts(query) {
            for &(text, weight) in self.postings.get(&word).into_iter().flatten() {
                scores[text as usize] += f64::from(count) * weight;
            }
        }
        scores.into_iter().map(|score| score as f32).collect()
    }
}

fn counts(text: &str) -> BTreeMap<String, u32> {
    let mut counts = BTreeMap::new();
    for_each_token(text, |token| *counts.entry(token.to_owned()).or_default() += 1);
    counts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scores_are_those_of_the_formula() {
        let texts = ["red mug", "red red lamp of mine", "chair"].map(str::to_owned);
        let scores = Bm25::new(&texts).scores("Red mug mug");
        // Mean length 8/3; red stands in two texts, mug in one.
        let part = |df: f64, tf: f64, length: f64| {
            let norm = K1 * (1.0 - B + B * length / (8.0 / 3.0));
            (1.0 + (3.0 - df + 0.5) / (df + 0.5)).ln() * tf / (tf + norm)
        };
        let expected = [part(2.0, 1.0, 2.0) + 2.0 * part(1.0, 1.0, 2.0), part(2.0, 2.0, 5.0), 0.0];
        for (found, expected) in scores.iter().zip(expected) {
            assert!((f64::from(*found) - expected).abs() < 1e-6, "{found}, {expected}");
        }
        assert!(Bm25::new(&[]).scores("red").is_empty());
    }
}
