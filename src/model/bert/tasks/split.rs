//! Which texts are learned from, which choose the epoch and which are judged on.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::data::{Target, TextInput};
use super::source::TextData;
use crate::model::ModelError;
use crate::model::bert::rules::stored_as_text;

/// Share of the texts left for training that chooses the epoch, where the split does not say.
const VALIDATION: f64 = 0.1;

/// How texts are divided. Equal texts always come to the same part.
///
/// The hash of a text is the first 8 bytes of BLAKE3 over the salt (8 bytes, little-endian), the text, the byte 31
/// and the second text of a pair, read as a little-endian integer and divided by 2⁶⁴.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum TextSplit {
    /// Test where the hash is below the test share, validation where it is below the two shares
    /// together; `hash`, `hash:80/10/10`, `hash:80/10/10@SALT`.
    Hash {
        /// Share of the validation part.
        validation: f64,
        /// Share of the test part.
        test: f64,
        /// Another salt is another split.
        salt: u64,
    },
    /// What a column says: `column:NAME`, with train, validation and test in it.
    Column(String),
    /// One of several parts of equal size by hash is test; `fold:1/5`, `fold:1/5@SALT`.
    Fold {
        /// Which one, from 1.
        fold: u32,
        /// How many there are.
        of: u32,
        /// Another salt is another split.
        salt: u64,
    },
}

impl Default for TextSplit {
    fn default() -> Self {
        Self::Hash { validation: 0.1, test: 0.1, salt: 0 }
    }
}

/// Indices of texts by part, ascending.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TextParts {
    /// Learned from.
    pub train: Vec<usize>,
    /// Chooses the epoch.
    pub validation: Vec<usize>,
    /// Judged on.
    pub test: Vec<usize>,
}

#[derive(Clone, Copy)]
enum Part {
    Train,
    Validation,
    Test,
}

impl TextSplit {
    /// Divides the texts. With `per_class`, that many texts of each class are learned from, drawn by hash, and none
    /// is spared for validation.
    ///
    /// # Errors
    /// [`ModelError::UnusableData`] when a part that is needed is empty or cannot be told.
    pub fn parts(
        &self,
        data: &TextData,
        per_class: Option<usize>,
    ) -> Result<TextParts, ModelError> {
        data.check()?;
        let mut parts = TextParts::default();
        for (index, example) in data.examples.iter().enumerate() {
            let named = data.parts.as_ref().map(|parts| parts[index].as_str());
            match self.part(&example.input, named)? {
                Part::Train => parts.train.push(index),
                Part::Validation => parts.validation.push(index),
                Part::Test => parts.test.push(index),
            }
        }
        if let (Self::Column(_), true) = (self, parts.validation.is_empty()) {
            let (validation, train) = parts
                .train
                .iter()
                .partition(|&&index| share(&data.examples[index].input, 1) < VALIDATION);
            (parts.validation, parts.train) = (validation, train);
        }
        if let Some(most) = per_class {
            parts.validation.clear();
            parts.train = few(data, &parts.train, most, self.salt());
        }
        match (parts.train.len(), parts.test.len()) {
            (0, _) | (_, 0) => Err(ModelError::UnusableData(format!(
                "the split {self} of {} texts leaves {} to learn from and {} to judge on; give more texts or another \
                 split",
                data.examples.len(),
                parts.train.len(),
                parts.test.len()
            ))),
            _ => Ok(parts),
        }
    }

    fn part(&self, input: &TextInput, named: Option<&str>) -> Result<Part, ModelError> {
        match self {
            Self::Hash { validation, test, salt } => {
                let share = share(input, *salt);
                Ok(match share {
                    _ if share < *test => Part::Test,
                    _ if share < test + validation => Part::Validation,
                    _ => Part::Train,
                })
            }
            Self::Fold { fold, of, salt } => {
                let found = (share(input, *salt) * f64::from(*of)) as u32 + 1;
                let validates = share(input, salt.wrapping_add(1)) < VALIDATION;
                Ok(match found == *fold {
                    true => Part::Test,
                    false if validates => Part::Validation,
                    false => Part::Train,
                })
            }
            Self::Column(column) => {
                let named = named.unwrap_or_default();
                match named.trim().to_lowercase().as_str() {
                    "train" | "training" => Ok(Part::Train),
                    "validation" | "valid" | "val" | "dev" => Ok(Part::Validation),
                    "test" | "testing" => Ok(Part::Test),
                    _ => Err(ModelError::UnusableData(format!(
                        "the column {column:?} says {named:?} of a text; it has to say train, validation or test"
                    ))),
                }
            }
        }
    }

    fn salt(&self) -> u64 {
        match self {
            Self::Hash { salt, .. } | Self::Fold { salt, .. } => *salt,
            Self::Column(_) => 0,
        }
    }
}

/// The hash of a text as a number from 0 to below 1.
fn share(input: &TextInput, salt: u64) -> f64 {
    let mut hasher = blake3::Hasher::new();
    hasher.update(&salt.to_le_bytes());
    hasher.update(input.text.as_bytes());
    hasher.update(&[31]);
    hasher.update(input.second.as_deref().unwrap_or_default().as_bytes());
    let bytes = hasher.finalize();
    let first: [u8; 8] = bytes.as_bytes()[..8].try_into().expect("a hash has 32 bytes");
    // 53 bits are exact in a float, and so 1 is never reached.
    (u64::from_le_bytes(first) >> 11) as f64 / (1_u64 << 53) as f64
}

/// The first texts of each class or label in the order of another hash.
fn few(data: &TextData, train: &[usize], most: usize, salt: u64) -> Vec<usize> {
    let mut order: Vec<(f64, usize)> = train
        .iter()
        .map(|&index| (share(&data.examples[index].input, salt.wrapping_add(2)), index))
        .collect();
    order.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
    let mut taken: BTreeMap<u32, usize> = BTreeMap::new();
    let mut chosen: Vec<usize> = order
        .into_iter()
        .map(|(_, index)| index)
        .filter(|&index| {
            let classes: Vec<u32> = match data.examples[index].target {
                Target::Class(class) => vec![class],
                Target::Labels(labels) if labels.is_empty() => vec![u32::MAX],
                Target::Labels(labels) => labels.labels().map(|label| label as u32).collect(),
                Target::Rating(_) => vec![0],
            };
            // A text of several labels is taken for the sake of any that still wants for texts.
            let is_wanted = |class| taken.get(class).copied().unwrap_or_default() < most;
            let is_taken = classes.iter().any(is_wanted);
            if is_taken {
                classes.into_iter().for_each(|class| *taken.entry(class).or_default() += 1);
            }
            is_taken
        })
        .collect();
    chosen.sort_unstable();
    chosen
}

impl fmt::Display for TextSplit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let percent = |share: f64| (share * 100.0).round();
        match self {
            Self::Hash { validation, test, salt } => {
                let (validation, test) = (percent(*validation), percent(*test));
                write!(f, "hash:{}/{validation}/{test}@{salt}", 100.0 - validation - test)
            }
            Self::Column(name) => write!(f, "column:{name}"),
            Self::Fold { fold, of, salt } => write!(f, "fold:{fold}/{of}@{salt}"),
        }
    }
}

impl FromStr for TextSplit {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        parse(text).ok_or_else(|| {
            format!(
                "cannot read {text:?} as a split of texts; write hash, hash:80/10/10, fold:1/5 (`@SALT` behind it \
                 for another one) or column:NAME"
            )
        })
    }
}

fn parse(text: &str) -> Option<TextSplit> {
    if let Some(name) = text.strip_prefix("column:") {
        return (!name.is_empty()).then(|| TextSplit::Column(name.to_owned()));
    }
    let (what, salt) = match text.split_once('@') {
        Some((what, salt)) => (what, salt.parse().ok()?),
        None => (text, 0),
    };
    if let Some(fold) = what.strip_prefix("fold:") {
        let (fold, of) = fold.split_once('/')?;
        let (fold, of) = (fold.parse().ok()?, of.parse().ok()?);
        return (of >= 2 && (1..=of).contains(&fold)).then_some(TextSplit::Fold { fold, of, salt });
    }
    let shares = match what {
        "hash" => "80/10/10",
        what => what.strip_prefix("hash:")?,
    };
    let shares: Vec<f64> =
        shares.split('/').map(|share| share.parse().ok()).collect::<Option<_>>()?;
    let [train, validation, test] = shares[..] else { return None };
    let is_whole = (train + validation + test - 100.0).abs() < 1e-6;
    let is_usable = train > 0.0 && validation >= 0.0 && test > 0.0;
    (is_whole && is_usable).then_some(TextSplit::Hash {
        validation: validation / 100.0,
        test: test / 100.0,
        salt,
    })
}

stored_as_text!(TextSplit);

#[cfg(test)]
mod tests {
    use super::super::data::{Outputs, TextExample};
    use super::super::source::TextDataReport;
    use super::*;

    fn data(n: usize) -> TextData {
        let example = |index: usize| TextExample {
            input: TextInput::from(format!("text {}", index / 2).as_str()),
            target: Target::Class((index % 4 / 2) as u32),
        };
        TextData {
            examples: (0..n).map(example).collect(),
            outputs: Outputs::Classes { labels: vec!["a".into(), "b".into()] },
            parts: None,
            report: TextDataReport::default(),
        }
    }

    #[test]
    fn shares_are_kept_and_equal_texts_stay_together() {
        let data = data(4_000);
        let parts = TextSplit::default().parts(&data, None).expect("parts");
        let total = parts.train.len() + parts.validation.len() + parts.test.len();
        assert_eq!(total, 4_000);
        assert!((340..460).contains(&parts.test.len()), "{}", parts.test.len());
        assert!((340..460).contains(&parts.validation.len()));
        for part in [&parts.train, &parts.validation, &parts.test] {
            assert!(part.chunks(2).all(|pair| pair[0] + 1 == pair[1]), "twins are neighbours");
        }
        let other: TextSplit = "hash:80/10/10@7".parse().expect("a split");
        assert_ne!(other.parts(&data, None).expect("parts"), parts);
    }

    #[test]
    fn every_text_is_test_in_one_fold() {
        let data = data(600);
        let mut tested: Vec<usize> = (1..=5)
            .flat_map(|fold| {
                let split = TextSplit::Fold { fold, of: 5, salt: 0 };
                split.parts(&data, None).expect("parts").test
            })
            .collect();
        tested.sort_unstable();
        assert_eq!(tested, (0..600).collect::<Vec<_>>());
    }

    #[test]
    fn few_texts_of_each_class_can_be_learned_from() {
        let parts = TextSplit::default().parts(&data(400), Some(3)).expect("parts");
        let of_first = parts.train.iter().filter(|&&index| index % 4 < 2).count();
        assert_eq!((parts.train.len(), of_first, parts.validation.len()), (6, 3, 0));
    }

    #[test]
    fn a_column_may_give_the_split() {
        let mut data = data(3);
        data.parts = Some(["Train", "dev", "test"].map(str::to_owned).to_vec());
        let split: TextSplit = "column:part".parse().expect("a split");
        let parts = split.parts(&data, None).expect("parts");
        assert_eq!((parts.train, parts.validation, parts.test), (vec![0], vec![1], vec![2]));
        data.parts = Some(["train", "train", "holdout"].map(str::to_owned).to_vec());
        let error = split.parts(&data, None).expect_err("an unknown word").to_string();
        assert!(error.contains("\"holdout\""), "{error}");
        data.parts = Some(["train", "train", "train"].map(str::to_owned).to_vec());
        assert!(split.parts(&data, None).is_err(), "nothing to judge on");
    }

    #[test]
    fn splits_read_back_from_their_names() {
        for name in ["hash:80/10/10@0", "hash:70/0/30@9", "fold:2/5@1", "column:part"] {
            let split: TextSplit = name.parse().expect(name);
            assert_eq!(split.to_string(), name);
        }
        for wrong in ["hash:80/10", "hash:50/20/20", "fold:6/5", "fold:0/5", "column:", "last-one"]
        {
            assert!(wrong.parse::<TextSplit>().is_err(), "{wrong}");
        }
    }
}
