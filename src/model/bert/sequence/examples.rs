//! What is learned from: histories in windows, with places whose products are to be told.

use std::collections::HashSet;
use std::ops::Range;

use rand::seq::SliceRandom;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::config::{Objective, SequenceConfig};
use super::items::Items;
use crate::dataset::split::Split;
use crate::model::bert::histories::Augmentation;

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
    augmentation: Augmentation,
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
            augmentation: config.augmentation(),
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
        if !self.augmentation.is_any() {
            return self.shown(window, seed, epoch, index);
        }
        let mut rng = Augmentation::rng(seed, epoch, index);
        let window = self.changed(window, &mut rng);
        let mut example = self.shown(&window, seed, epoch, index);
        self.hide(&mut example.items, &mut rng);
        example
    }

    /// A window cropped and shuffled by chance. Where nothing would be left to ask for it stays as it is.
    fn changed(&self, window: &Window, rng: &mut ChaCha8Rng) -> Window {
        let kept = self.augmentation.cropped(window.items.len(), rng);
        let window = cropped(window, kept).unwrap_or_else(|| window.clone());
        let mut changed = window.clone();
        // The last place stays, for the end of a history is what recommendations start from.
        let last = changed.items.len() - 1;
        let span = self.augmentation.reordered(&mut changed.items[..last], rng);
        changed.asked.retain(|place| !span.contains(place));
        if changed.asked.is_empty() { window } else { changed }
    }

    /// Put the mask in the place of some products that are read, and not asked for as masked ones.
    fn hide(&self, items: &mut [u32], rng: &mut ChaCha8Rng) {
        let seen: Vec<usize> =
            (0..items.len()).filter(|&place| items[place] != self.mask).collect();
        for hidden in self.augmentation.hidden(seen.len(), rng) {
            items[seen[hidden]] = self.mask;
        }
    }

    /// A window as its objective has it.
    fn shown(&self, window: &Window, seed: u64, epoch: u32, index: usize) -> Example {
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

/// A stretch of a window with what is asked for in it after its first product; `None` where that is nothing.
fn cropped(window: &Window, kept: Range<usize>) -> Option<Window> {
    let asked = window.asked.iter().filter(|&&place| place > kept.start && place < kept.end);
    let asked: Vec<usize> = asked.map(|place| place - kept.start).collect();
    (!asked.is_empty()).then(|| Window { items: window.items[kept].to_vec(), asked })
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
        let augmentation = SequenceConfig::default().augmentation();
        let (mask_share, last_share) = (0.2, 0.5);
        Examples {
            windows,
            mask: 99,
            objective,
            mask_share,
            last_share,
            batch_size: 2,
            augmentation,
        }
    }

    /// Examples of a history 10, 11 … 29 in many forms.
    fn forms(objective: Objective, config: &SequenceConfig) -> Vec<Example> {
        let window = Window { items: (10..30).collect(), asked: (1..20).collect() };
        let augmentation = config.augmentation();
        let examples = Examples { augmentation, ..examples(objective, vec![window]) };
        let forms: Vec<Example> = (1..300).map(|epoch| examples.example(7, epoch, 0)).collect();
        let again = (1..300).map(|epoch| examples.example(7, epoch, 0));
        assert!(forms.iter().cloned().eq(again), "the same form in the same epoch");
        forms
    }

    /// The products that the output at a place is made from, looking back.
    fn before(example: &Example, place: usize) -> HashSet<u32> {
        example.items[..=place].iter().copied().collect()
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

    /// Whatever is done to a history, what is asked for came right after what it is told from.
    #[test]
    fn targets_of_changed_histories_are_real_next_products() {
        let crop = SequenceConfig { item_crop: 1.0, ..SequenceConfig::default() };
        for example in forms(Objective::Next, &crop) {
            assert_eq!(example.items.len(), 11, "twelve of twenty, the last of them asked for");
            assert!(example.items.windows(2).all(|pair| pair[1] == pair[0] + 1));
            assert_eq!(example.places, (0..11).collect::<Vec<_>>());
            assert_eq!(
                example.targets,
                (1..12).map(|at| example.items[0] + at).collect::<Vec<_>>()
            );
        }
        let reorder = SequenceConfig { item_reorder: 1.0, ..SequenceConfig::default() };
        let mut moved = 0;
        for example in forms(Objective::Next, &reorder) {
            moved += usize::from(!example.items.is_sorted());
            assert_eq!(example.targets.last(), Some(&29));
            // Eleven of the nineteen that are read are shuffled; the first is not asked for anyhow.
            assert!((8..=9).contains(&example.places.len()), "{example:?}");
            for (&place, &target) in example.places.iter().zip(&example.targets) {
                assert_eq!(before(&example, place), (10..target).collect(), "{example:?}");
            }
        }
        assert!(moved > 290, "{moved}");
        let mask = SequenceConfig { item_mask: 1.0, ..SequenceConfig::default() };
        for example in forms(Objective::Next, &mask) {
            assert_eq!(example.items.iter().filter(|&&item| item == 99).count(), 5);
            let kept = example.items.iter().zip(10..).all(|(&item, own)| item == own || item == 99);
            assert!(kept && example.targets == (11..30).collect::<Vec<_>>(), "{example:?}");
        }
    }

    #[test]
    fn masked_products_keep_their_places_in_changed_histories() {
        let all = SequenceConfig {
            item_crop: 0.5,
            item_mask: 0.5,
            item_reorder: 0.5,
            ..SequenceConfig::default()
        };
        let mut hidden = 0;
        for example in forms(Objective::Masked, &all) {
            let seen: HashSet<u32> =
                example.items.iter().copied().filter(|&item| item != 99).collect();
            assert!(example.targets.iter().all(|target| !seen.contains(target)), "{example:?}");
            assert!(example.places.iter().all(|&place| example.items[place] == 99));
            let masks = example.items.iter().filter(|&&item| item == 99).count();
            hidden += usize::from(masks > example.places.len());
            // Every seen product before a masked one came before it, unless both ends of a stretch moved.
            let lowest = *seen.iter().chain(&example.targets).min().expect("something is seen");
            for (&place, &target) in example.places.iter().zip(&example.targets) {
                assert!(target >= lowest && (target - lowest) as usize <= place, "{example:?}");
            }
        }
        assert!((100..200).contains(&hidden), "half hide more than they ask for, found {hidden}");
    }

    #[test]
    fn a_history_with_nothing_to_ask_for_stays_as_it_is() {
        let window = Window { items: vec![5, 6, 7, 8, 9, 8], asked: vec![1] };
        let config =
            SequenceConfig { item_crop: 1.0, item_reorder: 1.0, ..SequenceConfig::default() };
        let examples = Examples {
            augmentation: config.augmentation(),
            ..examples(Objective::Next, vec![window])
        };
        for epoch in 0..100 {
            let example = examples.example(1, epoch, 0);
            assert_eq!((example.items[0], example.items[example.places[0]]), (5, 5));
            assert_eq!(example.targets, [6]);
        }
    }
}
