//! Which word pieces are to be predicted, and what stands in their place.

use rand::Rng;
use rand::seq::{IndexedRandom, SliceRandom};
use rand_chacha::ChaCha8Rng;

use crate::model::ModelError;
use crate::model::bert::tokenizer::TextTokenizer;
use crate::model::bert::vocabulary::SPECIAL;

/// What masking has to know of a vocabulary.
#[derive(Debug, Clone)]
pub(super) struct Pieces {
    pub cls: u32,
    pub sep: u32,
    pub mask: u32,
    /// By id: whether the piece continues a word.
    continues: Vec<bool>,
    /// By id: whether it is `[PAD]` or the like, which is never predicted.
    special: Vec<bool>,
    /// Pieces that may stand in the place of another.
    ordinary: Vec<u32>,
}

impl Pieces {
    /// Look through a tokenizer's vocabulary.
    ///
    /// # Errors
    /// [`ModelError::UnusableData`] when it has no `[MASK]` or no ordinary word.
    pub fn new(tokenizer: &TextTokenizer) -> Result<Self, ModelError> {
        let mask = tokenizer.id_of("[MASK]").ok_or_else(|| {
            ModelError::UnusableData(
                "the encoder cannot be pre-trained: its vocabulary has no token [MASK]".to_owned(),
            )
        })?;
        let words = tokenizer.words();
        let size = words.last().map_or(0, |(id, _)| *id as usize + 1);
        let (mut continues, mut special) = (vec![false; size], vec![false; size]);
        let mut ordinary = Vec::with_capacity(words.len());
        for (id, word) in words {
            continues[id as usize] = word.starts_with("##") && word.len() > 2;
            if SPECIAL.contains(&word.as_str()) {
                special[id as usize] = true;
            } else if !word.starts_with("[unused") {
                ordinary.push(id);
            }
        }
        if ordinary.is_empty() {
            return Err(ModelError::UnusableData(
                "the encoder cannot be pre-trained: its vocabulary has no word".to_owned(),
            ));
        }
        Ok(Self { cls: tokenizer.cls(), sep: tokenizer.sep(), mask, continues, special, ordinary })
    }

    fn is_special(&self, id: u32) -> bool {
        self.special.get(id as usize).copied().unwrap_or(true)
    }

    fn continues(&self, id: u32) -> bool {
        self.continues.get(id as usize).copied().unwrap_or(false)
    }

    /// Choose pieces to be predicted and change `ids` there: `[MASK]` in 80 of 100 cases, any word in 10,
    /// the piece itself in 10 (Devlin et al. 2018). `share` of the pieces are chosen, at least one; with
    /// `whole_words` all pieces of a word or none. Places and what stood there come back, in order.
    pub fn mask(
        &self,
        ids: &mut [u32],
        share: f64,
        whole_words: bool,
        rng: &mut ChaCha8Rng,
    ) -> Vec<(usize, u32)> {
        let mut groups = self.groups(ids, whole_words);
        let pieces: usize = groups.iter().map(Vec::len).sum();
        if pieces == 0 {
            return Vec::new();
        }
        let wanted = ((pieces as f64 * share).round() as usize).max(1);
        groups.shuffle(rng);
        let mut chosen: Vec<usize> = Vec::with_capacity(wanted);
        for group in groups {
            if chosen.is_empty() || chosen.len() + group.len() <= wanted {
                chosen.extend(group);
            }
            if chosen.len() >= wanted {
                break;
            }
        }
        chosen.sort_unstable();
        chosen
            .into_iter()
            .map(|place| {
                let label = ids[place];
                ids[place] = match rng.random_range(0..10) {
                    0..8 => self.mask,
                    8 => self.ordinary.choose(rng).copied().unwrap_or(label),
                    _ => label,
                };
                (place, label)
            })
            .collect()
    }

    /// Places that are chosen together.
    fn groups(&self, ids: &[u32], whole_words: bool) -> Vec<Vec<usize>> {
        let mut groups: Vec<Vec<usize>> = Vec::new();
        let mut open = false;
        for (place, &id) in ids.iter().enumerate() {
            if self.is_special(id) {
                open = false;
                continue;
            }
            match groups.last_mut() {
                Some(group) if open && whole_words && self.continues(id) => group.push(place),
                _ => groups.push(vec![place]),
            }
            open = true;
        }
        groups
    }
}

#[cfg(test)]
mod tests {
    use rand::SeedableRng;

    use super::*;
    use crate::model::bert::pretrained::builtin_model;

    fn pieces() -> (TextTokenizer, Pieces) {
        let tokenizer = builtin_model().expect("the built-in model").tokenizer;
        let pieces = Pieces::new(&tokenizer).expect("a usable vocabulary");
        (tokenizer, pieces)
    }

    #[test]
    fn a_share_of_pieces_is_masked_80_10_10() {
        let (tokenizer, pieces) = pieces();
        let text = tokenizer.text(&"red mug blue kettle garden chair ".repeat(9), 64);
        let mut rng = ChaCha8Rng::seed_from_u64(1);
        let mut kinds = [0_u32; 3];
        for _ in 0..2_000 {
            let mut ids = text.clone();
            let chosen = pieces.mask(&mut ids, 0.15, false, &mut rng);
            assert_eq!(chosen.len(), (54.0_f64 * 0.15).round() as usize);
            assert!(chosen.windows(2).all(|pair| pair[0].0 < pair[1].0));
            for &(place, label) in &chosen {
                assert_eq!(text[place], label);
                assert!(place > 0 && place + 1 < text.len(), "[CLS] and [SEP] stay");
                let kind = [pieces.mask, label].iter().position(|id| *id == ids[place]);
                kinds[kind.unwrap_or(2)] += 1;
            }
            let changed = text.iter().zip(&ids).filter(|(a, b)| a != b).count();
            assert!(changed <= chosen.len());
        }
        let share = |kind: usize| f64::from(kinds[kind]) / f64::from(kinds.iter().sum::<u32>());
        assert!((share(0) - 0.8).abs() < 0.01 && (share(1) - 0.1).abs() < 0.01, "{kinds:?}");
    }

    #[test]
    fn whole_words_are_masked_as_wholes() {
        let (tokenizer, pieces) = pieces();
        let text = tokenizer.text("supercalifragilistic mugs unfathomably red kettles", 64);
        let continues: Vec<bool> = text.iter().map(|&id| pieces.continues(id)).collect();
        assert!(continues.iter().filter(|continues| **continues).count() > 4);
        for seed in 0..200 {
            let mut rng = ChaCha8Rng::seed_from_u64(seed);
            let chosen = pieces.mask(&mut text.clone(), 0.3, true, &mut rng);
            let is_chosen = |place: usize| chosen.iter().any(|(chosen, _)| *chosen == place);
            for (place, &continues) in continues.iter().enumerate().skip(2) {
                if continues {
                    assert_eq!(is_chosen(place), is_chosen(place - 1), "{chosen:?}");
                }
            }
        }
    }

    #[test]
    fn a_text_without_words_has_no_masks() {
        let (tokenizer, pieces) = pieces();
        let mut rng = ChaCha8Rng::seed_from_u64(1);
        assert!(pieces.mask(&mut tokenizer.text("", 8), 0.15, false, &mut rng).is_empty());
        assert_eq!(pieces.mask(&mut tokenizer.text("mug", 8), 0.01, true, &mut rng).len(), 1);
    }
}
