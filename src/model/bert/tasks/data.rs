//! Texts with what is to be told of them.

use super::label_set::LabelSet;
use serde::{Deserialize, Serialize};

/// A text or a text pair.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct TextInput {
    /// The text.
    pub text: String,
    /// The second text of a pair.
    pub second: Option<String>,
}

impl From<&str> for TextInput {
    fn from(text: &str) -> Self {
        Self { text: text.to_owned(), second: None }
    }
}

/// What is known of a text.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Target {
    /// Its class.
    Class(u32),
    /// All its labels.
    Labels(LabelSet),
    /// Its rating, in the rating's own unit.
    Rating(f64),
}

/// A text with what is known of it.
#[derive(Debug, Clone, PartialEq)]
pub struct TextExample {
    /// The text.
    pub input: TextInput,
    /// What is known of it.
    pub target: Target,
}

/// What there is to tell of a text.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "kind")]
pub enum Outputs {
    /// One of these classes.
    Classes {
        /// Their names, by index.
        labels: Vec<String>,
    },
    /// Any of these labels, several of them, or none.
    Labels {
        /// Their names, by index.
        labels: Vec<String>,
    },
    /// A rating.
    Rating,
}

impl Outputs {
    /// Number of classes or labels; 1 for a rating.
    #[must_use]
    pub fn len(&self) -> usize {
        match self {
            Self::Classes { labels } | Self::Labels { labels } => labels.len(),
            Self::Rating => 1,
        }
    }

    /// Whether there is nothing to tell.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The names of the classes or labels; none for a rating.
    #[must_use]
    pub fn labels(&self) -> &[String] {
        match self {
            Self::Classes { labels } | Self::Labels { labels } => labels,
            Self::Rating => &[],
        }
    }
}

/// What a model says of texts.
#[derive(Debug, Clone, PartialEq)]
pub enum Predictions {
    /// Chances of all classes of each text, `[texts, classes]`, row-major; rows add up to 1.
    Chances {
        /// Number of classes.
        classes: usize,
        /// The chances.
        values: Vec<f64>,
    },
    /// Chances of all labels of each text, `[texts, labels]`, row-major; each for itself.
    Marks {
        /// Number of labels.
        labels: usize,
        /// The chances.
        values: Vec<f64>,
    },
    /// A rating of each text.
    Ratings(Vec<f64>),
}

/// A label is given from above this chance.
pub const GIVEN_ABOVE: f64 = 0.5;

impl Predictions {
    /// Number of texts.
    #[must_use]
    pub fn len(&self) -> usize {
        match self {
            Self::Chances { classes: width, values } | Self::Marks { labels: width, values } => {
                values.len() / width
            }
            Self::Ratings(values) => values.len(),
        }
    }

    /// Whether there is no text.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The likeliest class of each text, of equals the first; empty but for classes.
    #[must_use]
    pub fn named(&self) -> Vec<u32> {
        match self {
            Self::Chances { classes, values } => values.chunks(*classes).map(likeliest).collect(),
            Self::Marks { .. } | Self::Ratings(_) => Vec::new(),
        }
    }

    /// The labels of each text whose chance is above [`GIVEN_ABOVE`]; empty but for labels.
    #[must_use]
    pub fn given(&self) -> Vec<LabelSet> {
        let of =
            |chances: &[f64]| (0..chances.len()).filter(|&at| chances[at] > GIVEN_ABOVE).collect();
        match self {
            Self::Marks { labels, values } => values.chunks(*labels).map(of).collect(),
            Self::Chances { .. } | Self::Ratings(_) => Vec::new(),
        }
    }

    /// Takes on the predictions of more texts, of the same kind.
    pub fn append(&mut self, more: Self) {
        match (self, more) {
            (Self::Chances { values, .. }, Self::Chances { values: more, .. })
            | (Self::Marks { values, .. }, Self::Marks { values: more, .. })
            | (Self::Ratings(values), Self::Ratings(more)) => values.extend(more),
            _ => {}
        }
    }
}

fn likeliest(chances: &[f64]) -> u32 {
    let best = (0..chances.len()).rev().max_by(|&a, &b| chances[a].total_cmp(&chances[b]));
    best.unwrap_or(0) as u32
}

/// The likeliest classes with their chances, of equals the first; at least one.
#[must_use]
pub fn ranked<'a>(chances: &[f64], labels: &'a [String], most: usize) -> Vec<(&'a str, f64)> {
    let mut ranked: Vec<(&str, f64)> =
        labels.iter().map(String::as_str).zip(chances.iter().copied()).collect();
    ranked.sort_by(|a, b| b.1.total_cmp(&a.1));
    ranked.truncate(most.max(1));
    ranked
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_likeliest_class_is_named_and_of_equals_the_first() {
        let mut chances =
            Predictions::Chances { classes: 3, values: vec![0.2, 0.5, 0.3, 0.4, 0.2, 0.4] };
        assert_eq!(chances.named(), [1, 0]);
        chances.append(Predictions::Chances { classes: 3, values: vec![0.0, 0.0, 1.0] });
        assert_eq!((chances.len(), chances.named()[2]), (3, 2));
    }

    #[test]
    fn labels_are_given_each_for_itself() {
        let marks = Predictions::Marks { labels: 3, values: vec![0.6, 0.5, 0.9, 0.1, 0.2, 0.3] };
        let given: Vec<Vec<usize>> =
            marks.given().iter().map(|set| set.labels().collect()).collect();
        assert_eq!(given, [vec![0, 2], vec![]]);
        assert_eq!((marks.len(), marks.named().len()), (2, 0));
    }

    #[test]
    fn the_likeliest_classes_come_first() {
        let labels = ["a", "b", "c"].map(str::to_owned);
        assert_eq!(ranked(&[0.2, 0.5, 0.3], &labels, 2), [("b", 0.5), ("c", 0.3)]);
        assert_eq!(ranked(&[0.5, 0.5, 0.0], &labels, 0), [("a", 0.5)]);
    }
}
