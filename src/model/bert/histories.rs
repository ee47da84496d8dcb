//! Training histories shown in another form each time: a stretch of one in place of the whole, some of its
//! products hidden, some in another order (Xie et al. 2022, `CL4SRec`).
//!
//! What is asked for stays true: a product is told only from products that stood before it, or around it where
//! a network looks both ways, in whatever order; one whose own place was shuffled is not asked for. Validation
//! and test histories are never changed.

use std::ops::Range;

use rand::seq::{SliceRandom, index};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::rules::Rule;

/// One way of changing a history.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Change {
    /// How likely it is to happen to an example.
    pub chance: f64,
    /// The share of the history that it is about.
    pub share: f64,
}

/// How histories are changed before they are learned from, each way by a chance of its own.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Augmentation {
    /// A stretch of this share is shown, without what was before and after.
    pub crop: Change,
    /// This share is hidden.
    pub mask: Change,
    /// A stretch of this share is shuffled.
    pub reorder: Change,
}

impl Augmentation {
    /// Whether any history is changed.
    pub fn is_any(&self) -> bool {
        [self.crop, self.mask, self.reorder].iter().any(|change| change.chance > 0.0)
    }

    /// What decides on one example: a function of seed, epoch and example alone.
    pub fn rng(seed: u64, epoch: u32, index: usize) -> ChaCha8Rng {
        let mut rng = ChaCha8Rng::seed_from_u64(seed.rotate_left(29));
        rng.set_stream((u64::from(epoch) << 32) ^ index as u64);
        rng
    }

    /// The stretch of a history of `len` that is shown: all of it, or where the crop falls.
    pub fn cropped(&self, len: usize, rng: &mut ChaCha8Rng) -> Range<usize> {
        if !rng.random_bool(self.crop.chance) {
            return 0..len;
        }
        let kept = self.crop.of(len).max(1).min(len);
        let start = rng.random_range(0..=len - kept);
        start..start + kept
    }

    /// Shuffle a stretch of `items`, or none; where it lies.
    pub fn reordered<T>(&self, items: &mut [T], rng: &mut ChaCha8Rng) -> Range<usize> {
        if !rng.random_bool(self.reorder.chance) {
            return 0..0;
        }
        let length = self.reorder.of(items.len());
        if length < 2 {
            return 0..0;
        }
        let start = rng.random_range(0..=items.len() - length);
        items[start..start + length].shuffle(rng);
        start..start + length
    }

    /// The places of a history of `len` that are hidden, ascending; never all.
    pub fn hidden(&self, len: usize, rng: &mut ChaCha8Rng) -> Vec<usize> {
        if !rng.random_bool(self.mask.chance) {
            return Vec::new();
        }
        let mut places = index::sample(rng, len, self.mask.of(len)).into_vec();
        places.sort_unstable();
        places
    }

    /// What these settings have to keep, by the names that both kinds of recommenders give them.
    pub fn rules(&self) -> Vec<Rule> {
        let Self { crop, mask, reorder } = self;
        let chance = |setting, change: &Change| {
            let found = change.chance;
            ((0.0..=1.0).contains(&found), setting, found.to_string(), "from 0 to 1")
        };
        let share = |setting, change: &Change| {
            let found = change.share;
            (found > 0.0 && found < 1.0, setting, found.to_string(), "above 0 and below 1")
        };
        vec![
            chance("item_crop", crop),
            share("item_crop_share", crop),
            chance("item_mask", mask),
            share("item_mask_share", mask),
            chance("item_reorder", reorder),
            share("item_reorder_share", reorder),
        ]
    }
}

impl Change {
    /// Products that it is about, of so many.
    fn of(self, len: usize) -> usize {
        (len as f64 * self.share).floor() as usize
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALWAYS: Augmentation = Augmentation {
        crop: Change { chance: 1.0, share: 0.6 },
        mask: Change { chance: 1.0, share: 0.3 },
        reorder: Change { chance: 1.0, share: 0.5 },
    };

    #[test]
    fn a_crop_is_a_stretch_of_its_share_anywhere() {
        let mut starts = [0; 5];
        for example in 0..500 {
            let crop = ALWAYS.cropped(10, &mut Augmentation::rng(1, 1, example));
            assert_eq!(crop.len(), 6);
            starts[crop.start] += 1;
        }
        assert!(starts.iter().all(|&count| (60..140).contains(&count)), "{starts:?}");
        assert_eq!(ALWAYS.cropped(1, &mut Augmentation::rng(1, 1, 0)), 0..1);
    }

    #[test]
    fn a_stretch_is_shuffled_and_nothing_else() {
        let mut moved = 0;
        for example in 0..200 {
            let mut items: Vec<usize> = (0..12).collect();
            let span = ALWAYS.reordered(&mut items, &mut Augmentation::rng(2, 1, example));
            assert_eq!(span.len(), 6);
            moved += usize::from(items[span.clone()].is_sorted());
            items[span.clone()].sort_unstable();
            assert_eq!(items, (0..12).collect::<Vec<_>>(), "products stay within {span:?}");
        }
        assert!(moved < 5, "{moved} of 200 stretches of six were left in order");
        let mut short = [1, 2, 3];
        assert_eq!(ALWAYS.reordered(&mut short, &mut Augmentation::rng(2, 1, 0)), 0..0);
        assert_eq!(short, [1, 2, 3], "half of three is one product, which has no order");
    }

    #[test]
    fn a_share_is_hidden_and_never_all() {
        let mut counts = [0; 10];
        for example in 0..500 {
            let hidden = ALWAYS.hidden(10, &mut Augmentation::rng(3, 1, example));
            assert!(hidden.len() == 3 && hidden.is_sorted());
            hidden.iter().for_each(|&place| counts[place] += 1);
        }
        assert!(counts.iter().all(|&count| (110..190).contains(&count)), "{counts:?}");
        let most = Augmentation { mask: Change { chance: 1.0, share: 0.99 }, ..ALWAYS };
        for len in 1..50 {
            assert!(most.hidden(len, &mut Augmentation::rng(3, 1, len)).len() < len);
        }
    }

    #[test]
    fn each_change_has_its_chance_and_each_example_its_own_draw() {
        let mut rare = ALWAYS;
        for change in [&mut rare.crop, &mut rare.mask, &mut rare.reorder] {
            change.chance = 0.25;
        }
        let mut happened = [0; 3];
        let form = |seed, epoch, example| {
            let mut items: Vec<usize> = (0..20).collect();
            let mut rng = Augmentation::rng(seed, epoch, example);
            let crop = rare.cropped(20, &mut rng);
            let span = rare.reordered(&mut items, &mut rng);
            (crop, span, rare.hidden(20, &mut rng), items)
        };
        for example in 0..2_000 {
            let (crop, span, hidden, _) = form(5, 3, example);
            happened[0] += u32::from(crop.len() < 20);
            happened[1] += u32::from(!span.is_empty());
            happened[2] += u32::from(!hidden.is_empty());
        }
        assert!(happened.iter().all(|count| (430..570).contains(count)), "{happened:?} of 2,000");
        let forms = |seed, epoch| (0..40).map(|at| form(seed, epoch, at)).collect::<Vec<_>>();
        assert_eq!(forms(5, 3), forms(5, 3));
        assert_ne!(forms(5, 3), forms(6, 3));
        assert_ne!(forms(5, 3), forms(5, 4));
    }

    #[test]
    fn wrong_settings_are_named() {
        let broken = |augmentation: Augmentation| {
            let rules = augmentation.rules();
            rules.into_iter().find(|(holds, ..)| !holds).map(|(_, setting, ..)| setting)
        };
        assert_eq!(broken(ALWAYS), None);
        let crop = Change { chance: 1.5, share: 0.6 };
        assert_eq!(broken(Augmentation { crop, ..ALWAYS }), Some("item_crop"));
        let reorder = Change { chance: 0.5, share: f64::NAN };
        assert_eq!(broken(Augmentation { reorder, ..ALWAYS }), Some("item_reorder_share"));
    }
}
