//! Parts drawn at random.

use std::collections::BTreeMap;
use std::ops::Range;

use rand::seq::SliceRandom;
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng;

use super::{Part, RatioBy, SplitError, VALIDATION_SHARE};
use crate::dataset::Interactions;

/// Of a held-out user's visits, the share at their end that is predicted.
const PREDICTED_SHARE: f64 = 0.2;
/// Fewest visits of a user who can be drawn: one to look at and one to predict.
const FEWEST_VISITS: usize = 2;

/// How to draw.
#[derive(Debug, Clone, Copy)]
pub(super) struct Draw {
    /// Share that is not for test.
    pub share: f64,
    pub by: RatioBy,
    pub stratified: bool,
    pub seed: u64,
}

impl Draw {
    /// The part of each visit.
    pub fn parts(&self, visits: &Interactions) -> Result<Vec<Part>, SplitError> {
        if !(self.share > 0.0 && self.share < 1.0) {
            return Err(SplitError::OutOfRange {
                what: "the share of a random split",
                found: self.share.to_string(),
                wanted: "a number within 0 and 1, such as 0.8",
            });
        }
        Ok(match self.by {
            RatioBy::Events => self.events(visits),
            RatioBy::Users => self.users(visits),
        })
    }

    fn events(&self, visits: &Interactions) -> Vec<Part> {
        let mut parts = vec![Part::Train; visits.len()];
        let mut strata: BTreeMap<u32, Vec<usize>> = BTreeMap::new();
        for (_, rows) in visits.users().filter(|(_, rows)| !rows.is_empty()) {
            strata.entry(self.stratum(rows.len())).or_default().extend(rows);
        }
        self.draw(strata, |row, part| parts[row] = part);
        parts
    }

    fn users(&self, visits: &Interactions) -> Vec<Part> {
        let mut parts = vec![Part::Train; visits.len()];
        let mut strata: BTreeMap<u32, Vec<Range<usize>>> = BTreeMap::new();
        for (_, rows) in visits.users().filter(|(_, rows)| rows.len() >= FEWEST_VISITS) {
            strata.entry(self.stratum(rows.len())).or_default().push(rows);
        }
        self.draw(strata, |rows, part| {
            let predicted = (PREDICTED_SHARE * rows.len() as f64).round() as usize;
            let from = rows.end - predicted.clamp(1, rows.len() - 1);
            parts[rows.start..from].fill(Part::Context);
            parts[from..rows.end].fill(part);
        });
        parts
    }

    /// The class of activity: 0 for one visit, 1 for 2–3, 2 for 4–7 and so on; one class for all
    /// where the draw is not stratified.
    fn stratum(&self, n_visits: usize) -> u32 {
        if self.stratified { n_visits.max(1).ilog2() } else { 0 }
    }

    /// Draws for test, then for validation, from each stratum by itself.
    fn draw<T>(&self, strata: BTreeMap<u32, Vec<T>>, mut assign: impl FnMut(T, Part)) {
        let mut rng = ChaCha8Rng::seed_from_u64(self.seed);
        for mut members in strata.into_values() {
            let all = members.len();
            let n_test = count(1.0 - self.share, all);
            let n_validation = count(VALIDATION_SHARE, all - n_test);
            members.shuffle(&mut rng);
            for (drawn, member) in members.into_iter().enumerate().take(n_test + n_validation) {
                let part = if drawn < n_test { Part::Test } else { Part::Validation };
                assign(member, part);
            }
        }
    }
}

fn count(share: f64, of: usize) -> usize {
    (share * of as f64).round() as usize
}
