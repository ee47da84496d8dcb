//! Examples of pre-training, each a pure function of seed, epoch and number.

use std::ops::Range;

use rand::seq::SliceRandom;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use rayon::prelude::*;

use super::config::PretrainConfig;
use super::corpus::Corpus;
use super::masking::Pieces;
use crate::control::Control;
use crate::model::ModelError;
use crate::model::bert::batch::Sequence;
use crate::model::bert::pretrained::fingerprint;
use crate::model::bert::tokenizer::TextTokenizer;

/// Word pieces of the sentences of a document.
type Document = Vec<Vec<u32>>;

/// A text or pair with masks, as the network sees it.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Masked {
    /// What is read.
    pub sequence: Sequence,
    /// Tokens to be predicted, ascending.
    pub places: Vec<usize>,
    /// What stood there.
    pub labels: Vec<u32>,
    /// Whether the second text is of another document; `None` for a single text.
    pub is_random: Option<bool>,
}

/// Neighbouring sentences that fit into one example.
#[derive(Debug, Clone, PartialEq)]
struct Span {
    document: usize,
    sentences: Range<usize>,
}

/// Documents and the spans that examples are made of.
#[derive(Debug, Clone)]
pub(super) struct Examples {
    documents: Vec<Document>,
    spans: Vec<Span>,
    pieces: Pieces,
    config: PretrainConfig,
}

/// Documents read at a time before looking whether to stop.
const DOCUMENTS_AT_A_TIME: usize = 2_048;

impl Examples {
    /// Read a corpus: the part to learn from and the part to judge by, held out by document.
    ///
    /// # Errors
    /// [`ModelError::Cancelled`] on request.
    pub fn read(
        corpus: &Corpus,
        tokenizer: &TextTokenizer,
        pieces: &Pieces,
        config: &PretrainConfig,
        seed: u64,
        control: &Control,
    ) -> Result<[Self; 2], ModelError> {
        let room = config.max_tokens - 3;
        let mut documents: Vec<Document> = Vec::with_capacity(corpus.len());
        for some in corpus.documents().chunks(DOCUMENTS_AT_A_TIME) {
            control.check()?;
            control.report("stage-reading", documents.len() as u64, corpus.len() as u64);
            let read = some.par_iter().map(|sentences| {
                let pieces = sentences.iter().map(|sentence| tokenizer.pieces(sentence));
                pieces.flat_map(|pieces| cut(&pieces, room)).collect::<Document>()
            });
            documents.par_extend(read);
        }
        documents.retain(|document| !document.is_empty());
        documents.shuffle(&mut ChaCha8Rng::seed_from_u64(seed));
        let held_out = (documents.len() as f64 * config.validation_share).ceil() as usize;
        let judged = documents.split_off(documents.len() - held_out.min(documents.len() / 2));
        Ok([documents, judged].map(|documents| Self {
            spans: spans(&documents, room),
            documents,
            pieces: pieces.clone(),
            config: config.clone(),
        }))
    }

    /// Number of examples of a whole epoch.
    pub fn len(&self) -> usize {
        self.spans.len()
    }

    /// Batches of example numbers of an epoch, in the order of learning.
    pub fn epoch(&self, seed: u64, epoch: u32) -> Vec<Vec<usize>> {
        let mut order: Vec<usize> = (0..self.len()).collect();
        order.shuffle(&mut generator(seed, u64::from(epoch), u64::MAX));
        order.truncate(self.config.max_examples.unwrap_or(usize::MAX));
        order.chunks(self.config.batch_size).map(<[usize]>::to_vec).collect()
    }

    /// The first examples, masked once and for all; for judging.
    pub fn fixed(&self, seed: u64, most: usize) -> Vec<Masked> {
        (0..self.len().min(most)).map(|index| self.example(seed, 0, index)).collect()
    }

    /// One example as it is in an epoch.
    pub fn example(&self, seed: u64, epoch: u32, index: usize) -> Masked {
        let mut rng = generator(seed, u64::from(epoch), index as u64);
        let span = &self.spans[index];
        let sentences = &self.documents[span.document][span.sentences.clone()];
        let (first, second, is_random) = if self.config.next_sentence && sentences.len() > 1 {
            let at = rng.random_range(1..sentences.len());
            let (first, follows) = (sentences[..at].concat(), sentences[at..].concat());
            let random =
                rng.random_bool(0.5).then(|| self.other(span.document, follows.len(), &mut rng));
            match random.flatten() {
                Some(random) => (first, random, Some(true)),
                None => (first, follows, Some(false)),
            }
        } else {
            (sentences.concat(), Vec::new(), None)
        };
        let mut ids = Vec::with_capacity(first.len() + second.len() + 3);
        ids.push(self.pieces.cls);
        ids.extend(first);
        ids.push(self.pieces.sep);
        let begins = ids.len();
        if is_random.is_some() {
            ids.extend(second);
            ids.push(self.pieces.sep);
        }
        let chosen =
            self.pieces.mask(&mut ids, self.config.mask_share, self.config.whole_words, &mut rng);
        let (places, labels) = chosen.into_iter().unzip();
        let second = is_random.map(|_| begins);
        Masked { sequence: Sequence::first_pooled(ids, second), places, labels, is_random }
    }

    /// At most `length` pieces from somewhere in another document, if there is another.
    fn other(&self, than: usize, length: usize, rng: &mut ChaCha8Rng) -> Option<Vec<u32>> {
        let choices = self.documents.len().checked_sub(1).filter(|&choices| choices > 0)?;
        let drawn = rng.random_range(0..choices);
        let document = &self.documents[drawn + usize::from(drawn >= than)];
        let from = rng.random_range(0..document.len());
        Some(document[from..].iter().flatten().take(length).copied().collect())
    }
}

/// A generator for one example of one epoch, or with the last number for the order of all.
fn generator(seed: u64, epoch: u64, index: u64) -> ChaCha8Rng {
    let words = [seed, epoch, index].map(u64::to_le_bytes).concat();
    ChaCha8Rng::seed_from_u64(fingerprint(&words))
}

/// A sentence in parts of at most half an example, equally long, so that every long text makes pairs.
fn cut(pieces: &[u32], room: usize) -> Vec<Vec<u32>> {
    if pieces.is_empty() {
        return Vec::new();
    }
    let parts = pieces.len().div_ceil((room / 2).max(1));
    pieces.chunks(pieces.len().div_ceil(parts)).map(<[u32]>::to_vec).collect()
}

/// As many neighbouring sentences as fit, then the next ones.
fn spans(documents: &[Document], room: usize) -> Vec<Span> {
    let mut spans: Vec<Span> = Vec::new();
    for (document, sentences) in documents.iter().enumerate() {
        let (mut start, mut length) = (0, 0);
        for (index, sentence) in sentences.iter().enumerate() {
            if length + sentence.len() > room {
                spans.push(Span { document, sentences: start..index });
                (start, length) = (index, 0);
            }
            length += sentence.len();
        }
        spans.push(Span { document, sentences: start..sentences.len() });
    }
    spans
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::bert::pretrained::builtin_model;

    fn read(config: &PretrainConfig, seed: u64) -> [Examples; 2] {
        let tokenizer = builtin_model().expect("the built-in model").tokenizer;
        let pieces = Pieces::new(&tokenizer).expect("a usable vocabulary");
        let mut corpus = Corpus::default();
        for product in 0..40 {
            let title = format!("Mug number {product}.");
            corpus.add_document([title.as_str(), "It is red. It holds tea.", "Kitchen"]);
            corpus.add_document([format!("query {product}").as_str()]);
        }
        Examples::read(&corpus, &tokenizer, &pieces, config, seed, &Control::default())
            .expect("read")
    }

    #[test]
    fn examples_depend_on_seed_epoch_and_number_alone() {
        let config = PretrainConfig { max_tokens: 32, ..PretrainConfig::default() };
        let [train, judged] = read(&config, 1);
        assert_eq!((train.documents.len(), judged.documents.len()), (76, 4));
        assert_eq!(train.example(1, 1, 5), train.example(1, 1, 5));
        let differs = |other: &dyn Fn(usize) -> Masked| {
            (0..train.len()).filter(|&index| other(index) != train.example(1, 1, index)).count()
        };
        assert!(differs(&|index| train.example(1, 2, index)) > train.len() / 2);
        assert!(differs(&|index| train.example(2, 1, index)) > train.len() / 2);
        let mut order: Vec<usize> = train.epoch(1, 1).concat();
        assert_ne!(order, train.epoch(1, 2).concat());
        order.sort_unstable();
        assert_eq!(order, (0..train.len()).collect::<Vec<_>>());
    }

    #[test]
    fn half_of_the_pairs_are_random_and_segments_are_set() {
        let config = PretrainConfig { max_tokens: 32, ..PretrainConfig::default() };
        let [train, _] = read(&config, 1);
        let examples: Vec<Masked> = (0..40)
            .flat_map(|epoch| (0..train.len()).map(move |index| (epoch, index)))
            .map(|(epoch, index)| train.example(1, epoch, index))
            .collect();
        let count = |wanted| examples.iter().filter(|one| one.is_random == wanted).count() as f64;
        let (random, follows, single) = (count(Some(true)), count(Some(false)), count(None));
        assert!((random / (random + follows) - 0.5).abs() < 0.03, "{random} of {follows}");
        assert!(single > 0.0);
        for one in &examples {
            assert!(one.sequence.len() <= 32 && !one.labels.is_empty());
            assert_eq!(one.sequence.second.is_some(), one.is_random.is_some());
            if let Some(second) = one.sequence.second {
                assert_eq!(one.sequence.ids[second - 1], train.pieces.sep);
                assert!(second < one.sequence.len() - 1);
            }
        }
        let alone = PretrainConfig { next_sentence: false, ..config };
        let [train, _] = read(&alone, 1);
        assert!((0..train.len()).all(|index| train.example(1, 1, index).is_random.is_none()));
    }

    #[test]
    fn long_texts_are_cut_and_lose_nothing() {
        let pieces: Vec<u32> = (0..50).collect();
        let parts = cut(&pieces, 20);
        assert!(parts.iter().all(|part| part.len() == 10));
        assert_eq!(parts.concat(), pieces);
        let spans = spans(&[parts, vec![vec![1]]], 20);
        assert_eq!(spans.len(), 4);
        assert_eq!(spans[2], Span { document: 0, sentences: 4..5 });
    }
}
