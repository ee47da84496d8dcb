//! Texts shown in another form each time, so that few of them teach more: word pieces left out, words that
//! give way to synonyms, spans in place of the whole (Wei and Zou 2019; Qu et al. 2020).

use std::collections::BTreeMap;
use std::ops::Range;

use rand::seq::IndexedRandom;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::config::TextTaskConfig;
use crate::model::bert::batch::Sequence;
use crate::model::bert::tokenizer::TextTokenizer;
use crate::model::synonyms;

/// How texts are changed before they are learned from.
#[derive(Debug, Clone)]
pub(super) struct Augmenter {
    drop: f64,
    swap: f64,
    crop: f64,
    /// Synonyms of words that are one piece each.
    synonyms: BTreeMap<u32, Vec<u32>>,
}

impl Augmenter {
    /// `None` where texts are shown as they are.
    pub fn new(config: &TextTaskConfig, tokenizer: &TextTokenizer) -> Option<Self> {
        let (drop, swap, crop) = (config.token_drop, config.synonym_swap, config.span_crop);
        if drop == 0.0 && swap == 0.0 && crop >= 1.0 {
            return None;
        }
        Some(Self { drop, swap, crop, synonyms: pieces_of_synonyms(tokenizer) })
    }

    /// One form of a text: a function of seed, step and text alone.
    pub fn apply(&self, sequence: &Sequence, seed: u64, step: u64, index: usize) -> Sequence {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        rng.set_stream((step << 24) ^ index as u64);
        let end = sequence.len() - 1;
        let first_end = sequence.second.map_or(end, |second| second - 1);
        let mut ids = vec![sequence.ids[0]];
        ids.extend(self.part(&sequence.ids, 1..first_end, &mut rng));
        ids.push(sequence.ids[first_end]);
        let second = sequence.second.map(|second| {
            let begin = ids.len();
            ids.extend(self.part(&sequence.ids, second..end, &mut rng));
            ids.push(sequence.ids[end]);
            begin
        });
        // The first token alone is pooled, or all alike.
        let is_first = sequence.len() > 1 && sequence.pooling[1] == 0.0;
        if is_first {
            return Sequence::first_pooled(ids, second);
        }
        Sequence { second, ..Sequence::mean_pooled(ids) }
    }

    /// What is shown of one text of a pair, or of the only one; never nothing of something.
    fn part(&self, ids: &[u32], whole: Range<usize>, rng: &mut ChaCha8Rng) -> Vec<u32> {
        if whole.is_empty() {
            return Vec::new();
        }
        let shown = &ids[self.span(whole, rng)];
        let mut kept: Vec<u32> =
            shown.iter().copied().filter(|_| !rng.random_bool(self.drop)).collect();
        if kept.is_empty() {
            kept.extend(shown.choose(rng));
        }
        for id in &mut kept {
            if rng.random_bool(self.swap)
                && let Some(other) = self.synonyms.get(id).and_then(|others| others.choose(rng))
            {
                *id = *other;
            }
        }
        kept
    }

    /// A span of a length from the shortest allowed to the whole.
    fn span(&self, whole: Range<usize>, rng: &mut ChaCha8Rng) -> Range<usize> {
        if self.crop >= 1.0 {
            return whole;
        }
        let share = rng.random_range(self.crop..1.0);
        let length = ((whole.len() as f64 * share).ceil() as usize).clamp(1, whole.len());
        let start = whole.start + rng.random_range(0..=whole.len() - length);
        start..start + length
    }
}

fn pieces_of_synonyms(tokenizer: &TextTokenizer) -> BTreeMap<u32, Vec<u32>> {
    synonyms::all()
        .filter_map(|(word, others)| {
            let others: Vec<u32> = others.iter().filter_map(|word| tokenizer.id_of(word)).collect();
            Some((tokenizer.id_of(word)?, others)).filter(|(_, others)| !others.is_empty())
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::bert::testing::tiny_model;

    fn augmenter(drop: f64, swap: f64, crop: f64) -> Augmenter {
        let config = TextTaskConfig {
            token_drop: drop,
            synonym_swap: swap,
            span_crop: crop,
            ..TextTaskConfig::default()
        };
        Augmenter::new(&config, &tiny_model(1).tokenizer).expect("something is changed")
    }

    fn text() -> Sequence {
        Sequence::mean_pooled((100..140).collect())
    }

    #[test]
    fn nothing_is_changed_by_default() {
        assert!(Augmenter::new(&TextTaskConfig::default(), &tiny_model(1).tokenizer).is_none());
    }

    #[test]
    fn pieces_are_left_out_another_way_each_step_and_the_same_way_again() {
        let dropping = augmenter(0.3, 0.0, 1.0);
        let first = dropping.apply(&text(), 1, 1, 0);
        assert!((18..38).contains(&first.len()), "{}", first.len());
        assert_eq!((first.ids[0], first.ids.last().copied()), (100, Some(139)));
        assert!((first.pooling.iter().sum::<f32>() - 1.0).abs() < 1e-5);
        assert_eq!(first, dropping.apply(&text(), 1, 1, 0));
        for (seed, step, index) in [(2, 1, 0), (1, 2, 0), (1, 1, 1)] {
            assert_ne!(first, dropping.apply(&text(), seed, step, index));
        }
    }

    #[test]
    fn a_span_is_a_piece_of_the_text() {
        let cropping = augmenter(0.0, 0.0, 0.5);
        let mut lengths = Vec::new();
        for step in 0..50 {
            let shown = cropping.apply(&text(), 1, step, 0).ids;
            let inner = &shown[1..shown.len() - 1];
            assert!(inner.windows(2).all(|pair| pair[1] == pair[0] + 1), "{inner:?}");
            lengths.push(inner.len());
        }
        assert!(lengths.iter().all(|&length| (19..=38).contains(&length)));
        assert!(lengths.iter().max() > lengths.iter().min());
    }

    #[test]
    fn pairs_stay_pairs_and_keep_something_of_both() {
        let pair = Sequence::first_pooled(vec![101, 7, 102, 8, 102], Some(3));
        let all = augmenter(0.9, 0.5, 0.2);
        for step in 0..50 {
            let shown = all.apply(&pair, 1, step, 0);
            assert_eq!(
                (shown.ids.as_slice(), shown.second),
                ([101, 7, 102, 8, 102].as_slice(), Some(3))
            );
            assert_eq!(shown.pooling, pair.pooling);
        }
        let empty = Sequence::mean_pooled(vec![101, 102]);
        assert_eq!(all.apply(&empty, 1, 1, 0), empty);
    }

    #[test]
    fn a_word_gives_way_to_a_synonym() {
        let tokenizer = tiny_model(1).tokenizer;
        let swapping = augmenter(0.0, 1.0, 1.0);
        let sequence = Sequence::mean_pooled(tokenizer.text("the dress is beautiful", 16));
        let shown = swapping.apply(&sequence, 1, 1, 0);
        assert_eq!(shown.len(), sequence.len());
        let word = tokenizer.piece(shown.ids[4]).expect("a piece");
        assert!(synonyms::synonyms("beautiful").contains(&word.as_str()), "{word}");
    }
}
