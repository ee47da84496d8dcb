//! What is read in pre-training: documents of sentences.
//!
//! A product is a document (title, category, brand, the sentences of its description), a review is one,
//! and so is a search query. The texts of the whole catalogue and of all times are read, those of later
//! judged events too: where a test must not see later texts, import the earlier ones only.

use std::collections::HashSet;

use crate::dataset::{Dataset, EventKind};
use crate::model::bert::pretrained::fingerprint;

/// Documents to pre-train on, without repetitions.
#[derive(Debug, Clone, Default)]
pub struct Corpus {
    documents: Vec<Vec<String>>,
    seen: HashSet<u64>,
}

impl Corpus {
    /// The texts of a shop: catalogue, reviews and search queries.
    pub fn add_shop(&mut self, dataset: &Dataset) {
        for item in 0..dataset.items.len() {
            let product = dataset.catalog.product(crate::ids::ItemIdx::from_index(item));
            let fields = [product.title, product.category, product.brand, product.description];
            self.add_document(fields.into_iter().flatten());
        }
        for row in 0..dataset.interactions.len() {
            let event = dataset.interactions.row(row);
            if matches!(event.kind, EventKind::Review | EventKind::Search) {
                self.add_document(event.text);
            }
        }
    }

    /// A plain text: documents set apart by blank lines, or one on each line where there is none.
    pub fn add_text(&mut self, text: &str) {
        let lines: Vec<&str> = text.lines().map(str::trim).collect();
        let blank = lines.iter().rposition(|line| !line.is_empty()).and_then(|last| {
            let first = lines.iter().position(|line| !line.is_empty())?;
            lines[first..last].iter().position(|line| line.is_empty())
        });
        match blank {
            Some(_) => lines
                .split(|line| line.is_empty())
                .for_each(|document| self.add_document(document.iter().copied())),
            None => lines.iter().for_each(|&line| self.add_document([line])),
        }
    }

    /// One document from its parts, each cut into sentences; a repeated or empty one is left out.
    pub fn add_document<'a>(&mut self, parts: impl IntoIterator<Item = &'a str>) {
        let sentences: Vec<String> = parts.into_iter().flat_map(sentences).collect();
        if sentences.is_empty() {
            return;
        }
        if self.seen.insert(fingerprint(sentences.join("\n").as_bytes())) {
            self.documents.push(sentences);
        }
    }

    /// Number of documents.
    #[must_use]
    pub fn len(&self) -> usize {
        self.documents.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.documents.is_empty()
    }

    /// All sentences, those of one document after another.
    #[must_use]
    pub fn sentences(&self) -> Vec<&str> {
        self.documents.iter().flatten().map(String::as_str).collect()
    }

    pub(super) fn documents(&self) -> &[Vec<String>] {
        &self.documents
    }

    /// Known by its texts and their order.
    pub(super) fn fingerprint(&self) -> u64 {
        self.documents.iter().fold(0, |hash, sentences| {
            let text = sentences.join("\n");
            fingerprint(format!("{hash:016x}{text}").as_bytes())
        })
    }
}

/// Sentences of a text: cut after `.`, `!` and `?` before a space, after their Chinese forms, and at the
/// ends of lines.
fn sentences(text: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut sentence = String::new();
    let mut letters = text.chars().peekable();
    while let Some(letter) = letters.next() {
        let ends = match letter {
            '\n' | '。' | '！' | '？' | '；' => true,
            '.' | '!' | '?' => letters.peek().is_none_or(|next| next.is_whitespace()),
            _ => false,
        };
        sentence.push(letter);
        if ends {
            found.push(std::mem::take(&mut sentence));
        }
    }
    found.push(sentence);
    found.retain(|sentence| sentence.chars().any(char::is_alphanumeric));
    found.iter().map(|sentence| sentence.trim().to_owned()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::bert::testing::ring_shop;

    #[test]
    fn texts_are_cut_into_sentences() {
        let found = sentences("A mug. It holds 0.5 l! 红色。很好？ Why\nnew line ...");
        assert_eq!(found, ["A mug.", "It holds 0.5 l!", "红色。", "很好？", "Why", "new line ..."]);
        assert!(sentences(" ... \n").is_empty());
    }

    #[test]
    fn blank_lines_set_documents_apart() {
        let mut corpus = Corpus::default();
        corpus.add_text("\na mug\nit is red\n\na kettle\n\n");
        assert_eq!(corpus.documents(), [vec!["a mug", "it is red"], vec!["a kettle"]]);
        let mut corpus = Corpus::default();
        corpus.add_text("a mug\nit is red\na mug\n");
        assert_eq!(corpus.documents(), [vec!["a mug"], vec!["it is red"]]);
    }

    #[test]
    fn a_shop_gives_its_products_once() {
        let mut corpus = Corpus::default();
        let (shop, _) = ring_shop(4);
        corpus.add_shop(&shop);
        corpus.add_shop(&shop);
        assert_eq!(corpus.len(), 24);
        let mut other = corpus.clone();
        other.add_text("one more");
        assert_ne!(corpus.fingerprint(), other.fingerprint());
    }
}
