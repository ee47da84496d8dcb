//! Scores told by what sets them apart: products that all histories score in one order, and those few that
//! a history scores otherwise.

use rayon::prelude::*;

use crate::ids::ItemIdx;

/// The catalogue in groups of products that score alike unless a history says otherwise, the best first.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Levels {
    /// Level of each product, `[n_items]`.
    level_of: Vec<u32>,
    /// `[n_levels + 1]`: members of level `l` are `offsets[l]..offsets[l + 1]`.
    offsets: Vec<u32>,
    /// Products by level, ascending within each, `[n_items]`.
    members: Vec<ItemIdx>,
}

impl Levels {
    /// One level per distinct count, the greatest first.
    pub(crate) fn by_count(counts: &[u32]) -> Self {
        let mut members: Vec<ItemIdx> = (0..counts.len()).map(ItemIdx::from_index).collect();
        // The sort is stable, so products of one level stay in order.
        members.par_sort_by_key(|item| std::cmp::Reverse(counts[item.index()]));
        let (mut level_of, mut offsets) = (vec![0; counts.len()], vec![0]);
        let mut end = 0;
        for level in members.chunk_by(|a, b| counts[a.index()] == counts[b.index()]) {
            for item in level {
                level_of[item.index()] = offsets.len() as u32 - 1;
            }
            end += level.len() as u32;
            offsets.push(end);
        }
        Self { level_of, offsets, members }
    }

    /// Number of products.
    #[must_use]
    pub fn n_items(&self) -> usize {
        self.level_of.len()
    }

    /// Number of levels.
    #[must_use]
    pub fn n_levels(&self) -> usize {
        self.offsets.len().saturating_sub(1)
    }

    /// Level of a product.
    #[must_use]
    pub fn level(&self, item: ItemIdx) -> usize {
        self.level_of[item.index()] as usize
    }

    /// Products of a level, ascending; at least one.
    #[must_use]
    pub fn members(&self, level: usize) -> &[ItemIdx] {
        &self.members[self.offsets[level] as usize..self.offsets[level + 1] as usize]
    }

    /// Any one product of each level, the best level first.
    pub(crate) fn one_of_each(&self) -> impl Iterator<Item = ItemIdx> + '_ {
        self.offsets[..self.n_levels()].iter().map(|&at| self.members[at as usize])
    }

    /// Position of a product in the order of levels, ties by index, from 0.
    pub(crate) fn position(&self, item: ItemIdx) -> usize {
        let level = self.level(item);
        let within = self.members(level).partition_point(|&other| other < item);
        self.offsets[level] as usize + within
    }
}

/// The scores of all products after one history.
#[derive(Debug, Clone, PartialEq)]
pub struct SparseScores<'a> {
    /// What all histories share.
    pub levels: &'a Levels,
    /// Score of each level, never rising from one to the next, `[n_levels]`.
    pub of_level: Vec<f32>,
    /// Products that do not score as their level does, ascending, with their scores.
    pub special: Vec<(ItemIdx, f32)>,
}

impl SparseScores<'_> {
    /// The same scores one by one, `[n_items]`.
    #[must_use]
    pub fn to_dense(&self) -> Vec<f32> {
        let of_level = |&level: &u32| self.of_level[level as usize];
        let mut scores: Vec<f32> = self.levels.level_of.iter().map(of_level).collect();
        for &(item, score) in &self.special {
            scores[item.index()] = score;
        }
        scores
    }
}

/// Adds up what each product gets, in the order in which it is given: `start` is what a product begins with.
/// Products ascend in the answer.
pub(crate) fn sums(parts: &[(u32, f32)], start: impl Fn(ItemIdx) -> f32) -> Vec<(ItemIdx, f32)> {
    // Product and turn in one number, which sorts fast.
    let mut order: Vec<u64> =
        (0..).zip(parts).map(|(turn, &(item, _))| u64::from(item) << 32 | turn).collect();
    order.sort_unstable();
    let mut sums: Vec<(ItemIdx, f32)> = Vec::new();
    for one in order {
        let (item, part) = parts[(one & u64::from(u32::MAX)) as usize];
        match sums.last_mut() {
            Some((last, sum)) if last.0 == item => *sum += part,
            _ => sums.push((ItemIdx(item), start(ItemIdx(item)) + part)),
        }
    }
    sums
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn levels_go_from_the_greatest_count_down() {
        let levels = Levels::by_count(&[2, 0, 5, 2]);
        assert_eq!((levels.n_levels(), levels.n_items()), (3, 4));
        assert_eq!(levels.members(1), [ItemIdx(0), ItemIdx(3)]);
        assert_eq!(levels.level(ItemIdx(1)), 2);
        let positions: Vec<usize> = (0..4).map(|item| levels.position(ItemIdx(item))).collect();
        assert_eq!(positions, [1, 3, 0, 2]);
        assert_eq!(Levels::by_count(&[]).n_levels(), 0);
        let of_level = vec![3.0, 1.0, f32::NEG_INFINITY];
        let special = vec![(ItemIdx(3), 9.0)];
        let scores = SparseScores { levels: &levels, of_level, special };
        assert_eq!(scores.to_dense(), [1.0, f32::NEG_INFINITY, 3.0, 9.0]);
    }

    #[test]
    fn parts_are_added_in_turn() {
        // In another order the small ones would not be lost in the big one.
        let parts = [(7, 1e8_f32), (2, 0.5), (7, 1.0), (7, 1.0), (7, -1e8)];
        let in_turn = ((1e8_f32 + 1.0) + 1.0) - 1e8;
        assert_eq!(sums(&parts, |_| 0.0), [(ItemIdx(2), 0.5), (ItemIdx(7), in_turn)]);
    }
}
