//! `WordPiece` vocabularies: read from a `vocab.txt`, or trained on texts.
//!
//! Text is cleaned, Chinese characters set apart, lower-cased where the model wants it and split at spaces
//! and punctuation, as in Devlin et al. 2018; a word becomes its longest known beginning and the longest
//! known continuations `##…`. Training merges the most frequent pair of neighbouring pieces until the
//! vocabulary is full, as `WordPieceTrainer` of Hugging Face tokenizers does it.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use serde::{Deserialize, Serialize};
use tokenizers::models::wordpiece::{WordPiece, WordPieceTrainer};
use tokenizers::normalizers::bert::BertNormalizer;
use tokenizers::pre_tokenizers::bert::BertPreTokenizer;
use tokenizers::processors::bert::BertProcessing;
use tokenizers::{
    AddedToken, Model, NormalizedString, Normalizer, OffsetReferential, OffsetType,
    PreTokenizedString, PreTokenizer, Tokenizer, Trainer, decoders,
};

use crate::control::Control;
use crate::model::ModelError;

/// The special tokens of BERT, in the order that a new vocabulary holds them.
pub(super) const SPECIAL: [&str; 5] = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"];

/// Smallest vocabulary that is trained: special tokens and a few letters.
pub const MIN_VOCABULARY: usize = 32;

/// Texts between two looks at whether to stop.
const TEXTS_AT_A_TIME: usize = 1_024;

/// How text is cleaned before it is split, as `tokenizer_config.json` says it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Casing {
    /// Capital letters become small ones.
    #[serde(rename = "do_lower_case")]
    pub lower_case: bool,
    /// Accents are taken off; `None` does so when letters become small.
    pub strip_accents: Option<bool>,
    /// Each Chinese character is a word.
    #[serde(rename = "tokenize_chinese_chars")]
    pub chinese_characters: bool,
}

impl Default for Casing {
    fn default() -> Self {
        Self { lower_case: true, strip_accents: None, chinese_characters: true }
    }
}

/// What a `tokenizer_config.json` says of casing; any part may be missing.
#[derive(Debug, Default, Deserialize)]
struct GivenCasing {
    do_lower_case: Option<bool>,
    strip_accents: Option<bool>,
    tokenize_chinese_chars: Option<bool>,
}

impl Casing {
    /// The casing that a model folder asks for: its `tokenizer_config.json` if there is one; where that is
    /// silent, small letters unless the vocabulary knows words with capital ones.
    pub(super) fn of_folder(tokenizer_config: Option<&[u8]>, vocabulary: &[String]) -> Self {
        let given: GivenCasing =
            tokenizer_config.and_then(|text| serde_json::from_slice(text).ok()).unwrap_or_default();
        let knows_capitals = vocabulary.iter().any(|word| {
            !word.starts_with('[') && word.chars().any(|letter| letter.is_ascii_uppercase())
        });
        Self {
            lower_case: given.do_lower_case.unwrap_or(!knows_capitals),
            strip_accents: given.strip_accents,
            chinese_characters: given.tokenize_chinese_chars.unwrap_or(true),
        }
    }

    fn normalizer(self) -> BertNormalizer {
        BertNormalizer::new(true, self.chinese_characters, self.strip_accents, self.lower_case)
    }
}

/// The words of a `vocab.txt`, one a line; a word's id is its line, from 0.
pub(super) fn words_of(text: &[u8]) -> Vec<String> {
    let text = String::from_utf8_lossy(text);
    text.split_terminator('\n')
        .map(|line| line.strip_suffix('\r').unwrap_or(line).to_owned())
        .collect()
}

/// A tokenizer over words whose ids are their places.
///
/// # Errors
/// Which special token is missing.
pub(super) fn tokenizer(words: &[String], casing: Casing) -> Result<Tokenizer, String> {
    let vocabulary: BTreeMap<&str, u32> =
        words.iter().zip(0..).map(|(word, id)| (word.as_str(), id)).collect();
    let id = |token: &str| {
        let found = vocabulary.get(token).copied();
        found
            .map(|id| (token.to_owned(), id))
            .ok_or_else(|| format!("the vocabulary of {} words has no token {token}", words.len()))
    };
    let (cls, sep) = (id("[CLS]")?, id("[SEP]")?);
    id("[UNK]")?;
    let model = serde_json::json!({
        "type": "WordPiece",
        "unk_token": "[UNK]",
        "continuing_subword_prefix": "##",
        "max_input_chars_per_word": 100,
        "vocab": vocabulary,
    });
    let model: WordPiece =
        serde_json::from_str(&model.to_string()).map_err(|error| error.to_string())?;
    let mut tokenizer = Tokenizer::new(model);
    tokenizer.with_normalizer(Some(casing.normalizer()));
    tokenizer.with_pre_tokenizer(Some(BertPreTokenizer));
    tokenizer.with_post_processor(Some(BertProcessing::new(sep, cls)));
    tokenizer.with_decoder(Some(decoders::wordpiece::WordPiece::default()));
    let special: Vec<AddedToken> = SPECIAL
        .into_iter()
        .filter(|token| vocabulary.contains_key(token))
        .map(|token| AddedToken::from(token, true))
        .collect();
    tokenizer.add_special_tokens(&special);
    Ok(tokenizer)
}

/// Train a vocabulary of at most `size` words on texts, special tokens included. Small shops give fewer
/// words: a piece has to be met twice to be kept. The same texts give the same vocabulary.
///
/// # Errors
/// [`ModelError::UnusableData`] when the texts hold no word or `size` is too small,
/// [`ModelError::Cancelled`] on request.
pub(super) fn train<S: AsRef<str> + Sync>(
    texts: &[S],
    size: usize,
    casing: Casing,
    control: &Control,
) -> Result<Vec<String>, ModelError> {
    if size < MIN_VOCABULARY {
        return Err(ModelError::UnusableData(format!(
            "a vocabulary of {size} words is too small; ask for {MIN_VOCABULARY} or more"
        )));
    }
    let counts = count_words(texts, casing, control)?;
    if counts.is_empty() {
        return Err(ModelError::UnusableData(format!(
            "no vocabulary can be trained: the {} texts hold no word",
            texts.len()
        )));
    }
    control.check()?;
    let alphabet = Alphabet::of(&counts, (size - SPECIAL.len()) / 2);
    let mut trainer = WordPieceTrainer::builder()
        .show_progress(false)
        .vocab_size(size)
        .min_frequency(2)
        .special_tokens(alphabet.first_words())
        .initial_alphabet(alphabet.kept.iter().copied().collect())
        .limit_alphabet(alphabet.kept.len())
        .build();
    let failed = |error: tokenizers::Error| {
        ModelError::UnusableData(format!("no vocabulary could be trained: {error}"))
    };
    // The trainer counts words itself, so each is told as often as it was met.
    let as_often = |word: &str| Ok(vec![word.to_owned(); counts.get(word).copied().unwrap_or(0)]);
    trainer.feed(counts.keys(), as_often).map_err(failed)?;
    let mut model = WordPiece::default();
    trainer.train(&mut model).map_err(failed)?;
    Ok(in_order(model.get_vocab()))
}

/// How often each word is met.
fn count_words<S: AsRef<str> + Sync>(
    texts: &[S],
    casing: Casing,
    control: &Control,
) -> Result<BTreeMap<String, usize>, ModelError> {
    let normalizer = casing.normalizer();
    let mut counts = BTreeMap::new();
    for (part, some) in texts.chunks(TEXTS_AT_A_TIME).enumerate() {
        control.check()?;
        control.report("stage-counting", (part * TEXTS_AT_A_TIME) as u64, texts.len() as u64);
        for text in some {
            for word in split(text.as_ref(), normalizer).unwrap_or_default() {
                *counts.entry(word).or_default() += 1;
            }
        }
    }
    Ok(counts)
}

/// The words of a text.
fn split(text: &str, normalizer: BertNormalizer) -> tokenizers::Result<Vec<String>> {
    let mut normalized = NormalizedString::from(text);
    normalizer.normalize(&mut normalized)?;
    let mut words = PreTokenizedString::from(normalized);
    BertPreTokenizer.pre_tokenize(&mut words)?;
    let splits = words.get_splits(OffsetReferential::Normalized, OffsetType::None);
    Ok(splits.into_iter().map(|(word, ..)| word.to_owned()).collect())
}

/// The characters that a vocabulary starts from.
///
/// The trainer numbers pieces as it meets them in a hash map, and breaks ties of its alphabet the same
/// way; telling it all single pieces beforehand, in order, makes its result depend on the texts alone.
struct Alphabet {
    /// Characters that may occur anywhere.
    kept: BTreeSet<char>,
    /// Those of them that continue a word.
    continuing: BTreeSet<char>,
}

impl Alphabet {
    /// The `limit` most frequent characters, ties by code point.
    fn of(counts: &BTreeMap<String, usize>, limit: usize) -> Self {
        let mut frequency: BTreeMap<char, usize> = BTreeMap::new();
        for (word, count) in counts {
            for letter in word.chars() {
                *frequency.entry(letter).or_default() += count;
            }
        }
        let mut ranked: Vec<(char, usize)> = frequency.into_iter().collect();
        ranked.sort_by(|a, b| b.1.cmp(&a.1).then(a.0.cmp(&b.0)));
        let kept: BTreeSet<char> =
            ranked.iter().take(limit.max(1)).map(|(letter, _)| *letter).collect();
        let continuing = counts
            .keys()
            .flat_map(|word| word.chars().skip(1))
            .filter(|letter| kept.contains(letter))
            .collect();
        Self { kept, continuing }
    }

    /// Special tokens, then the single continuing pieces.
    fn first_words(&self) -> Vec<AddedToken> {
        let special = SPECIAL.into_iter().map(str::to_owned);
        let continuing = self.continuing.iter().map(|letter| format!("##{letter}"));
        special.chain(continuing).map(|word| AddedToken::from(word, true)).collect()
    }
}

/// Words by id.
pub(super) fn in_order(vocabulary: HashMap<String, u32>) -> Vec<String> {
    let mut words: Vec<(u32, String)> =
        vocabulary.into_iter().map(|(word, id)| (id, word)).collect();
    words.sort_unstable();
    words.into_iter().map(|(_, word)| word).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn trained(size: usize) -> Vec<String> {
        let texts: Vec<String> = (0..60)
            .map(|row| format!("Red mug {row} and 红色 杯子, réd mugs walking talked {}", row * 7))
            .collect();
        train(&texts, size, Casing::default(), &Control::default()).expect("trained")
    }

    #[test]
    fn the_same_texts_give_the_same_vocabulary() {
        let first = trained(90);
        assert_eq!(first[..5], SPECIAL.map(str::to_owned));
        assert!(first.len() <= 90, "{}", first.len());
        for word in ["红", "##k", "mug", "red"] {
            assert!(first.iter().any(|known| known == word), "{word} in {first:?}");
        }
        assert!((0..5).all(|_| trained(90) == first));
    }

    #[test]
    fn a_trained_vocabulary_tokenizes() {
        let words = trained(120);
        let tokenizer = tokenizer(&words, Casing::default()).expect("a tokenizer");
        let encoding = tokenizer.encode_fast("RED mugs 红杯 [MASK]", false).expect("encoded");
        let pieces: Vec<String> =
            encoding.get_ids().iter().filter_map(|&id| tokenizer.id_to_token(id)).collect();
        assert!(!pieces.contains(&"[UNK]".to_owned()), "{pieces:?}");
        assert_eq!(
            (pieces[0].as_str(), pieces.last().map(String::as_str)),
            ("red", Some("[MASK]"))
        );
        assert!(pieces.contains(&"红".to_owned()) && pieces.contains(&"杯".to_owned()));
    }

    #[test]
    fn what_cannot_be_trained_is_told() {
        let control = Control::default();
        let none = train(&["", " "], 100, Casing::default(), &control).expect_err("no words");
        assert!(none.to_string().contains("hold no word"), "{none}");
        let small = train(&["a b"], 3, Casing::default(), &control).expect_err("too small");
        assert!(small.to_string().contains("32 or more"), "{small}");
        control.cancel_token().cancel();
        let stopped = train(&["a b"], 100, Casing::default(), &control);
        assert!(matches!(stopped, Err(ModelError::Cancelled(_))));
    }

    #[test]
    fn casing_follows_the_folder_then_the_vocabulary() {
        let words = |words: &[&str]| words.iter().map(|&word| word.to_owned()).collect::<Vec<_>>();
        let small = words(&["[CLS]", "mug"]);
        let capital = words(&["[CLS]", "Mug"]);
        assert!(Casing::of_folder(None, &small).lower_case);
        assert!(!Casing::of_folder(None, &capital).lower_case);
        assert!(!Casing::of_folder(Some(b"{\"do_lower_case\": false}"), &small).lower_case);
        let told = Casing::of_folder(
            Some(b"{\"strip_accents\": false, \"tokenize_chinese_chars\": false}"),
            &capital,
        );
        let expected =
            Casing { lower_case: false, strip_accents: Some(false), chinese_characters: false };
        assert_eq!(told, expected);
    }

    #[test]
    fn a_vocabulary_file_is_read_line_by_line() {
        assert_eq!(words_of(b"[PAD]\r\na\n\nb\n"), ["[PAD]", "a", "", "b"]);
        let error = tokenizer(&["a".to_owned()], Casing::default()).expect_err("no special tokens");
        assert!(error.contains("[CLS]"), "{error}");
    }
}
