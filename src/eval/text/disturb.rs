//! Texts as they come from hurried, foreign or garrulous writers: disturbed by rule and seed.

use std::fmt;

use rand::seq::{IndexedRandom, SliceRandom};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use serde::{Deserialize, Serialize};

use crate::model::bert::tasks::TextInput;
use crate::model::synonyms::synonyms;

/// Share of the words that get a typo.
const TYPO_SHARE: f64 = 0.15;
/// Letters that a word must have to get one.
const TYPO_LETTERS: usize = 4;
/// Share of the words that are left out.
const DROP_SHARE: f64 = 0.2;
/// Words that are shuffled among themselves.
const ORDER_WINDOW: usize = 4;
/// Norm of the noise on word vectors as a share of their own.
pub const NOISE_SHARE: f64 = 0.3;

/// What is done to a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Disturbance {
    /// 15 % of the words of four letters or more get one typo: two letters swapped, one left out, doubled, or
    /// hit on the key beside it.
    Typos,
    /// Every word of a small English list gives way to another word of like meaning.
    Synonyms,
    /// Each four words in a row are shuffled among themselves.
    WordOrder,
    /// 20 % of the words are left out, at least one stays.
    DroppedWords,
    /// Normal noise on the word vectors, 0.3 times as long as they are; of an encoder only.
    EmbeddingNoise,
}

impl Disturbance {
    /// Every kind.
    pub const ALL: [Self; 5] =
        [Self::Typos, Self::Synonyms, Self::WordOrder, Self::DroppedWords, Self::EmbeddingNoise];

    /// The name on the command line and in JSON.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Typos => "typos",
            Self::Synonyms => "synonyms",
            Self::WordOrder => "word_order",
            Self::DroppedWords => "dropped_words",
            Self::EmbeddingNoise => "embedding_noise",
        }
    }

    /// The texts disturbed, both texts of a pair; a function of kind, seed and place. Noise on word vectors leaves
    /// texts as they are.
    #[must_use]
    pub fn apply(self, texts: &[TextInput], seed: u64) -> Vec<TextInput> {
        let one = |(at, input): (usize, &TextInput)| {
            let mut rng = ChaCha8Rng::seed_from_u64(seed);
            rng.set_stream(((self as u64) << 40) | at as u64);
            TextInput {
                text: self.text(&input.text, &mut rng),
                second: input.second.as_deref().map(|text| self.text(text, &mut rng)),
            }
        };
        texts.iter().enumerate().map(one).collect()
    }

    fn text(self, text: &str, rng: &mut ChaCha8Rng) -> String {
        let words: Vec<&str> = text.split_whitespace().collect();
        match self {
            Self::EmbeddingNoise => text.to_owned(),
            Self::Typos => {
                let typo = |word: &&str| {
                    if rng.random_bool(TYPO_SHARE) {
                        mistyped(word, rng)
                    } else {
                        (*word).to_owned()
                    }
                };
                words.iter().map(typo).collect::<Vec<_>>().join(" ")
            }
            Self::Synonyms => {
                words.iter().map(|word| synonym(word, rng)).collect::<Vec<_>>().join(" ")
            }
            Self::WordOrder => {
                let mut words = words;
                words.chunks_mut(ORDER_WINDOW).for_each(|window| window.shuffle(rng));
                words.join(" ")
            }
            Self::DroppedWords => {
                let kept: Vec<&str> =
                    words.iter().copied().filter(|_| !rng.random_bool(DROP_SHARE)).collect();
                if kept.is_empty() {
                    return words.first().copied().unwrap_or_default().to_owned();
                }
                kept.join(" ")
            }
        }
    }
}

impl fmt::Display for Disturbance {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// Rows of a keyboard; a slip hits the key to the left or right.
const KEYS: [&str; 3] = ["qwertyuiop", "asdfghjkl", "zxcvbnm"];

fn mistyped(word: &str, rng: &mut ChaCha8Rng) -> String {
    let mut letters: Vec<char> = word.chars().collect();
    if letters.iter().filter(|letter| letter.is_alphabetic()).count() < TYPO_LETTERS {
        return word.to_owned();
    }
    // The first letter stays, as it mostly does.
    let at = rng.random_range(1..letters.len() - 1);
    match rng.random_range(0..4) {
        0 => letters.swap(at, at + 1),
        1 => drop(letters.remove(at)),
        2 => letters.insert(at, letters[at]),
        _ => letters[at] = neighbour(letters[at], rng),
    }
    letters.into_iter().collect()
}

fn neighbour(letter: char, rng: &mut ChaCha8Rng) -> char {
    let lower = letter.to_ascii_lowercase();
    let Some(row) = KEYS.iter().find(|row| row.contains(lower)) else { return letter };
    let row: Vec<char> = row.chars().collect();
    let place = row.iter().position(|&key| key == lower).unwrap_or_default();
    let beside: Vec<char> = [place.checked_sub(1), Some(place + 1)]
        .into_iter()
        .flatten()
        .filter_map(|at| row.get(at).copied())
        .collect();
    beside.choose(rng).copied().unwrap_or(letter)
}

fn synonym(word: &str, rng: &mut ChaCha8Rng) -> String {
    let core = word.trim_matches(|c: char| !c.is_alphanumeric());
    let lower = core.to_lowercase();
    let Some(other) = synonyms(&lower).choose(rng) else {
        return word.to_owned();
    };
    let is_capital = core.chars().next().is_some_and(char::is_uppercase);
    let mut letters = other.chars();
    let other = match letters.next() {
        Some(first) if is_capital => first.to_uppercase().chain(letters).collect(),
        _ => (*other).to_owned(),
    };
    word.replacen(core, &other, 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "Beautiful dress, but the quality of this lovely fabric is terrible and I returned \
        it because the small size was much too large";

    fn disturbed(kind: Disturbance, seed: u64) -> String {
        kind.apply(&[TEXT.into()], seed).remove(0).text
    }

    #[test]
    fn each_kind_does_what_it_says_and_repeats() {
        for kind in Disturbance::ALL {
            assert_eq!(disturbed(kind, 1), disturbed(kind, 1), "{kind}");
        }
        let words = |text: &str| text.split_whitespace().map(str::to_owned).collect::<Vec<_>>();
        let plain = words(TEXT);
        let typos = words(&disturbed(Disturbance::Typos, 1));
        let changed = plain.iter().zip(&typos).filter(|(a, b)| a != b).count();
        assert!(typos.len() == plain.len() && (1..12).contains(&changed), "{typos:?}");
        let synonyms = words(&disturbed(Disturbance::Synonyms, 1));
        assert!(synonyms.len() == plain.len() && synonyms[0] != plain[0], "{synonyms:?}");
        assert!(synonyms[0].starts_with(char::is_uppercase) && synonyms[1].ends_with(','));
        let order = words(&disturbed(Disturbance::WordOrder, 1));
        let sorted = |mut words: Vec<String>| {
            words.sort();
            words
        };
        assert!(order != plain && sorted(order) == sorted(plain.clone()));
        let dropped = words(&disturbed(Disturbance::DroppedWords, 1));
        assert!(!dropped.is_empty() && dropped.len() < plain.len());
        assert_eq!(disturbed(Disturbance::EmbeddingNoise, 1), TEXT);
        assert_ne!(disturbed(Disturbance::Typos, 1), disturbed(Disturbance::Typos, 2));
    }

    #[test]
    fn short_and_foreign_texts_are_left_whole() {
        for text in ["", "a", "好看", "I am"] {
            for kind in Disturbance::ALL {
                let found = kind.apply(&[text.into()], 3).remove(0).text;
                assert_eq!(found.is_empty(), text.is_empty(), "{kind} of {text:?}");
            }
        }
    }
}
