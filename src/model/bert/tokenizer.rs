//! Text to word pieces, by the tokenizer that a model brings.

use std::path::Path;

use rayon::prelude::*;
use tokenizers::Tokenizer;

use super::vocabulary::{self, Casing};
use crate::control::Control;
use crate::model::ModelError;

/// A `WordPiece` tokenizer with the special tokens of BERT.
#[derive(Debug, Clone)]
pub struct TextTokenizer {
    inner: Tokenizer,
    cls: u32,
    sep: u32,
}

impl TextTokenizer {
    /// Read a `tokenizer.json`. Truncation and padding that it asks for are switched off: lengths are
    /// the caller's business.
    ///
    /// # Errors
    /// [`ModelError::BadFile`] when the text is no tokenizer or one without `[CLS]` and `[SEP]`.
    pub fn from_json(text: &[u8], path: &Path) -> Result<Self, ModelError> {
        let bad = |what: String| ModelError::BadFile {
            what: format!("this is not a BERT tokenizer: {what}"),
            path: path.to_owned(),
        };
        let mut inner = Tokenizer::from_bytes(text).map_err(|error| bad(error.to_string()))?;
        inner.with_padding(None);
        inner.with_truncation(None).map_err(|error| bad(error.to_string()))?;
        Self::over(inner).map_err(bad)
    }

    /// Read a `vocab.txt`, one word a line, with the `tokenizer_config.json` beside it if there is one.
    ///
    /// # Errors
    /// [`ModelError::BadFile`] when special tokens are missing.
    pub fn from_vocabulary(
        text: &[u8],
        tokenizer_config: Option<&[u8]>,
        path: &Path,
    ) -> Result<Self, ModelError> {
        let words = vocabulary::words_of(text);
        let casing = Casing::of_folder(tokenizer_config, &words);
        vocabulary::tokenizer(&words, casing).and_then(Self::over).map_err(|what| {
            ModelError::BadFile {
                what: format!("this is not a BERT vocabulary: {what}"),
                path: path.to_owned(),
            }
        })
    }

    /// Train a vocabulary of at most `size` words on texts; the same texts give the same one.
    ///
    /// # Errors
    /// [`ModelError::UnusableData`] when the texts hold no word or `size` is too small,
    /// [`ModelError::Cancelled`] on request.
    pub fn train<S: AsRef<str> + Sync>(
        texts: &[S],
        size: usize,
        casing: Casing,
        control: &Control,
    ) -> Result<Self, ModelError> {
        let words = vocabulary::train(texts, size, casing, control)?;
        vocabulary::tokenizer(&words, casing).and_then(Self::over).map_err(ModelError::UnusableData)
    }

    fn over(inner: Tokenizer) -> Result<Self, String> {
        let special = |token: &str| {
            inner.token_to_id(token).ok_or_else(|| format!("it has no token {token}"))
        };
        let (cls, sep) = (special("[CLS]")?, special("[SEP]")?);
        Ok(Self { inner, cls, sep })
    }

    /// The text of a `tokenizer.json`.
    ///
    /// # Errors
    /// What cannot be written as JSON.
    pub(super) fn to_json(&self) -> Result<String, String> {
        self.inner.to_string(true).map_err(|error| error.to_string())
    }

    /// All words, those of `vocab.txt` and added ones, by id. Ids that no word has are left out.
    pub(super) fn words(&self) -> Vec<(u32, String)> {
        let mut words: Vec<(u32, String)> =
            self.inner.get_vocab(true).into_iter().map(|(word, id)| (id, word)).collect();
        words.sort_unstable();
        words
    }

    /// Id of a word, special tokens such as `[MASK]` among them.
    #[must_use]
    pub fn id_of(&self, word: &str) -> Option<u32> {
        self.inner.token_to_id(word)
    }

    /// The word piece of an id; `##` begins one that continues a word.
    #[must_use]
    pub fn piece(&self, id: u32) -> Option<String> {
        self.inner.id_to_token(id)
    }

    /// Id of `[CLS]`, which begins a text.
    #[must_use]
    pub fn cls(&self) -> u32 {
        self.cls
    }

    /// Id of `[SEP]`, which ends a text.
    #[must_use]
    pub fn sep(&self) -> u32 {
        self.sep
    }

    /// Word pieces of a text without special tokens; none when the text cannot be read.
    #[must_use]
    pub fn pieces(&self, text: &str) -> Vec<u32> {
        self.inner
            .encode_fast(text, false)
            .map(|encoding| encoding.get_ids().to_vec())
            .unwrap_or_default()
    }

    /// `[CLS] pieces [SEP]`, at most `max_tokens` long, the end of the text cut off.
    #[must_use]
    pub fn text(&self, text: &str, max_tokens: usize) -> Vec<u32> {
        let pieces = self.pieces(text);
        let kept = pieces.len().min(max_tokens.saturating_sub(2));
        let mut ids = Vec::with_capacity(kept + 2);
        ids.push(self.cls);
        ids.extend_from_slice(&pieces[..kept]);
        ids.push(self.sep);
        ids
    }

    /// `[CLS] a [SEP] b [SEP]`, at most `max_tokens` long, and where `b` begins. Of the two texts the longer
    /// one is cut at its end first, as Hugging Face's `longest_first` does.
    #[must_use]
    pub fn pair(&self, a: &str, b: &str, max_tokens: usize) -> (Vec<u32>, usize) {
        let (mut a, mut b) = (self.pieces(a), self.pieces(b));
        let room = max_tokens.saturating_sub(3);
        while a.len() + b.len() > room {
            if a.len() > b.len() {
                a.pop()
            } else {
                b.pop()
            };
        }
        let second = a.len() + 2;
        let mut ids = Vec::with_capacity(second + b.len() + 1);
        ids.push(self.cls);
        ids.append(&mut a);
        ids.push(self.sep);
        ids.append(&mut b);
        ids.push(self.sep);
        (ids, second)
    }

    /// [`Self::text`] of many texts, in order.
    #[must_use]
    pub fn texts<S: AsRef<str> + Sync>(&self, texts: &[S], max_tokens: usize) -> Vec<Vec<u32>> {
        texts.par_iter().map(|text| self.text(text.as_ref(), max_tokens)).collect()
    }
}

#[cfg(test)]
mod tests {
    use crate::model::bert::pretrained::builtin_model;

    #[test]
    fn a_pair_is_two_texts_and_the_longer_one_is_cut() {
        let tokenizer = builtin_model().expect("the built-in model").tokenizer;
        let (ids, second) = tokenizer.pair("red mug", "blue", 32);
        let expected = [tokenizer.text("red mug", 32), tokenizer.text("blue", 32)[1..].to_vec()];
        assert_eq!((ids, second), (expected.concat(), 4));
        let (ids, second) = tokenizer.pair("a b c d e f", "blue", 7);
        assert_eq!((ids.len(), second), (7, 5));
        assert_eq!(ids[second], tokenizer.pieces("blue")[0]);
    }
}
