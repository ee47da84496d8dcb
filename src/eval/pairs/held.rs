//! Held-out queries and what is to be found for them.

use std::collections::HashSet;

use serde::{Deserialize, Serialize};

use crate::model::bert::pairs::PairData;
use crate::model::bert::tasks::TextParts;

/// What the test part shares with the training part.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PairLeaks {
    /// Left texts of the test part that were learned from; 0 unless a column divides.
    pub lefts_in_training: usize,
    /// Pairs of the test part whose right text was learned from with another left text.
    pub rights_in_training: usize,
}

/// The distinct left texts of a test part, each with its right texts.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Queries {
    /// Places of the left texts, ascending.
    pub lefts: Vec<u32>,
    /// What is to be found for each.
    pub right: Vec<Vec<u32>>,
    /// What belongs to each by the other parts, which is neither right nor wrong; empty unless a column
    /// divides.
    pub known: Vec<Vec<u32>>,
}

impl Queries {
    /// Those of a test part.
    #[must_use]
    pub fn of(data: &PairData, parts: &TextParts) -> Self {
        let others: Vec<usize> = parts.train.iter().chain(&parts.validation).copied().collect();
        let (right, known) = (data.rights_of(&parts.test), data.rights_of(&others));
        let asked = |left: &usize| !right[*left].is_empty();
        let lefts: Vec<usize> = (0..right.len()).filter(asked).collect();
        Self {
            right: lefts.iter().map(|&left| right[left].clone()).collect(),
            known: lefts.iter().map(|&left| known[left].clone()).collect(),
            lefts: lefts.into_iter().map(|left| left as u32).collect(),
        }
    }

    /// Number of queries.
    #[must_use]
    pub fn len(&self) -> usize {
        self.lefts.len()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.lefts.is_empty()
    }
}

impl PairLeaks {
    /// What the parts share.
    #[must_use]
    pub fn of(data: &PairData, parts: &TextParts) -> Self {
        let met = |text: fn(&crate::model::bert::pairs::Pair) -> u32| -> HashSet<u32> {
            parts.train.iter().map(|&index| text(&data.pairs[index])).collect()
        };
        let (lefts, rights) = (met(|pair| pair.left), met(|pair| pair.right));
        let tested = || parts.test.iter().map(|&index| data.pairs[index]);
        let shared: HashSet<u32> =
            tested().map(|pair| pair.left).filter(|left| lefts.contains(left)).collect();
        Self {
            lefts_in_training: shared.len(),
            rights_in_training: tested().filter(|pair| rights.contains(&pair.right)).count(),
        }
    }
}
