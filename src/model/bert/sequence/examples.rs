//! What is learned from: histories in windows, with places whose products are to be told.

use std::collections::HashSet;

use rand::seq::SliceRandom;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::config::{Objective, SequenceConfig};
use super::items::Items;
use crate::dataset::split::Split;

/// A stretch of one shopper's history.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Window {
    /// Rows among own vectors, oldest first.
    items: Vec<u32>,
    /// Places in it whose products may be asked for, ascending; never empty.
    asked: Vec<usize>,
}

/// One example as the network sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Example {
    /// Rows among own vectors, oldest first; the number of such rows stands for a mask.
    pub items: Vec<u32>,
    /// Places in it whose output is judged, ascending; never empty.
    pub places: Vec<usize>,
    /// The product wanted at each of them.
    pub targets: Vec<u32>,
}

/// All windows of the training histories.
pub(super) struct Examples {
    windows: Vec<Window>,
    mask: u32,
    objective: Objective,
    mask_share: f64,
    last_share: f64,
    batch_size: usize,
}

impl Examples {
    /// The windows of the training part of a split.
    pub fn new(
        objective: Objective,
        config: &SequenceConfig,
        split: &Split,
        items: &Items,
    ) -> Self {
        let mut windows = Vec::new();
        for (_, rows) in split.train.users() {
            let history: Vec<u32> =
                rows.filter_map(|row| items.row_of(split.train.item(row)?)).collect();
            add_windows(&mut windows, &history, config.max_items, config.new_products_only);
        }
        Self {
            windows,
            mask: items.n_met() as u32,
            objective,
            mask_share: config.mask_share,
            last_share: config.last_share,
            batch_size: config.batch_size,
        }
    }

    /// Number of windows.
    pub fn len(&self) -> usize {
        self.windows.len()
    }

    /// How often each of `n` products is asked for.
    pub fn counts(&self, n: usize) -> Vec<u32> {
        let mut counts = vec![0; n];
        for window in &self.windows {
            window.asked.iter().for_each(|&place| counts[window.items[place] as usize] += 1);
        }
        counts
    }

    /// The batches of one epoch: a function of seed and epoch alone.
    pub fn epoch(&self, seed: u64, epoch: u32) -> Vec<Vec<usize>> {
        let mut rng = ChaCha8Rng::seed_from_u64(seed ^ (u64::from(epoch) << 32));
        let mut order: Vec<usize> = (0..self.len()).collect();
        order.shuffle(&mut rng);
        order.chunks(self.batch_size).map(<[usize]>::to_vec).collect()
    }

    /// A window as it is seen in an epoch: a function of seed, epoch and window alone.
    pub fn example(&self, seed: u64, epoch: u32, index: usize) -> Example {
        let window = &self.windows[index];
        match self.objective {
            Objective::Next => next(window),
            Objective::Masked => {
                let place = (u64::from(epoch) << 32) | index as u64;
                let mut rng = ChaCha8Rng::seed_from_u64(seed.rotate_left(17) ^ place);
                self.masked(window, &mut rng)
            }
        }
    }

    fn masked(&self, window: &Window, rng: &mut ChaCha8Rng) -> Example {
        let last = window.items.len() - 1;
        let newest = window.asked[window.asked.len() - 1];
        let mut places: Vec<usize> = if newest == last && rng.random_bool(self.last_share) {
            vec![last]
        } else {
            window.asked.iter().copied().filter(|_| rng.random_bool(self.mask_share)).collect()
        };
        if places.is_empty() {
            places.push(window.asked[rng.random_range(0..window.asked.len())]);
        }
        let mut items = window.items.clone();
        let targets =
            places.iter().map(|&place| std::mem::replace(&mut items[place], self.mask)).collect();
        Example { items, places, targets }
    }
}

/// Every place tells of the product after it.
fn next(window: &Window) -> Example {
    let last = window.items.len() - 1;
    Example {
        items: window.items[..last].to_vec(),
        places: window.asked.iter().map(|place| place - 1).collect(),
        targets: window.asked.iter().map(|&place| window.items[place]).collect(),
    }
}

/// Cut a history into windows of at most `longest` products that overlap by half. Each product but the first
/// is asked for once, in the window where most stands before it.
fn add_windows(windows: &mut Vec<Window>, history: &[u32], longest: usize, new_only: bool) {
    let mut met = HashSet::new();
    let is_new: Vec<bool> = history.iter().map(|item| met.insert(*item)).collect();
    let mut end = history.len();
    while end > 1 {
        let start = end.saturating_sub(longest);
        let first = if start == 0 { 1 } else { end - longest.div_ceil(2) };
        let asked: Vec<usize> = (first..end)
            .filter(|&place| is_new[place] || !new_only)
            .map(|place| place - start)
            .collect();
        if !asked.is_empty() {
            windows.push(Window { items: history[start..end].to_vec(), asked });
        }
        end = if start == 0 { 0 } else { first };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn examples(objective: Objective, windows: Vec<Window>) -> Examples {
        Examples { windows, mask: 99, objective, mask_share: 0.2, last_share: 0.5, batch_size: 2 }
    }

    #[test]
    fn every_product_but_the_first_is_asked_for_once() {
        let history: Vec<u32> = (0..23).collect();
        for longest in [2, 3, 8, 9, 23, 40] {
            let mut windows = Vec::new();
            add_windows(&mut windows, &history, longest, true);
            let mut asked: Vec<u32> = Vec::new();
            for window in &windows {
                assert!(window.items.len() <= longest);
                assert!(window.asked.iter().all(|&place| place > 0));
                asked.extend(window.asked.iter().map(|&place| window.items[place]));
            }
            asked.sort_unstable();
            assert_eq!(asked, (1..23).collect::<Vec<u32>>(), "windows of {longest}");
        }
        let mut repeated = Vec::new();
        add_windows(&mut repeated, &[4, 7, 4, 9], 8, true);
        assert_eq!(repeated, [Window { items: vec![4, 7, 4, 9], asked: vec![1, 3] }]);
        let mut none = Vec::new();
        add_windows(&mut none, &[4, 4], 8, true);
        add_windows(&mut none, &[4], 8, false);
        assert!(none.is_empty());
    }

    #[test]
    fn the_next_product_is_asked_for_at_the_place_before_it() {
        let window = Window { items: vec![5, 6, 7], asked: vec![2] };
        let example = examples(Objective::Next, vec![window]).example(1, 1, 0);
        let expected = Example { items: vec![5, 6], places: vec![1], targets: vec![7] };
        assert_eq!(example, expected);
    }

    #[test]
    fn masks_hide_what_is_asked_for_and_often_the_last_alone() {
        let window = Window { items: (10..30).collect(), asked: (1..20).collect() };
        let examples = examples(Objective::Masked, vec![window]);
        let (mut last_alone, mut masked) = (0, 0);
        for epoch in 0..400 {
            let example = examples.example(3, epoch, 0);
            assert_eq!(example, examples.example(3, epoch, 0));
            for (&place, &target) in example.places.iter().zip(&example.targets) {
                assert_eq!((example.items[place], target), (99, 10 + place as u32));
            }
            assert_eq!(
                example.items.iter().filter(|&&item| item == 99).count(),
                example.places.len()
            );
            if example.places == [19] {
                last_alone += 1;
            } else {
                masked += example.places.len();
            }
        }
        assert!((160..250).contains(&last_alone), "{last_alone} of 400 mask the last alone");
        let mean = masked as f64 / f64::from(400 - last_alone);
        assert!((3.4..4.2).contains(&mean), "a fifth of 19 are masked, found {mean}");
    }
}
