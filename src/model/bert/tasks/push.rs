//! Pushes of word vectors: along the gradient of the loss, within a ball around the text.
//!
//! Norms are taken over all word vectors of one text together, so that each text is pushed by itself.

use std::ops::Range;

use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

use crate::model::bert::batch::Batch;

/// A push of every row of a batch, `[rows, width]`; padding is never pushed.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Push {
    pub values: Vec<f32>,
    texts: Vec<Range<usize>>,
}

impl Push {
    /// No push at all.
    pub fn none(batch: &Batch, width: usize) -> Self {
        let mut texts: Vec<Range<usize>> = Vec::new();
        for (row, place) in batch.places().enumerate() {
            let Some((_, position)) = place else { continue };
            let start = row * width;
            match texts.last_mut() {
                Some(text) if position > 0 => text.end = start + width,
                _ => texts.push(start..start + width),
            }
        }
        Self { values: vec![0.0; batch.places().count() * width], texts }
    }

    /// Uniform noise of at most `length` per text, `U(-length, length) / √elements` per element (Zhu et al.
    /// 2020); a function of the seed.
    pub fn random(batch: &Batch, width: usize, length: f64, seed: u64) -> Self {
        let mut push = Self::none(batch, width);
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        for text in push.texts.clone() {
            let most = length / (text.len() as f64).sqrt();
            for value in &mut push.values[text] {
                *value = ((rng.random::<f64>() * 2.0 - 1.0) * most) as f32;
            }
        }
        push
    }

    /// A push in a random direction for each text, every element normal, of `share` times the norm of the
    /// text's word vectors; `seeds` are one per text.
    pub fn noise(batch: &Batch, words: &[f32], width: usize, share: f64, seeds: &[u64]) -> Self {
        let mut push = Self::none(batch, width);
        for (text, &seed) in push.texts.clone().into_iter().zip(seeds) {
            let mut rng = ChaCha8Rng::seed_from_u64(seed);
            let wanted = share * norm(&words[text.clone()]);
            let values = &mut push.values[text];
            values.iter_mut().for_each(|value| {
                let radius = (-2.0 * (1.0 - rng.random::<f64>()).ln()).sqrt();
                *value = (radius * (std::f64::consts::TAU * rng.random::<f64>()).cos()) as f32;
            });
            rescale(values, wanted);
        }
        push
    }

    /// Goes on by `step` along each text's gradient; a text without one stays where it is.
    pub fn go(&mut self, gradient: &[f32], step: f64) {
        for text in &self.texts {
            let along = &gradient[text.clone()];
            let length = norm(along);
            if length > 0.0 && length.is_finite() {
                let factor = (step / length) as f32;
                let values = self.values[text.clone()].iter_mut();
                values.zip(along).for_each(|(value, slope)| *value += factor * slope);
            }
        }
    }

    /// Back onto the ball of this radius, for texts that are beyond it.
    pub fn project(&mut self, radius: f64) {
        for text in self.texts.clone() {
            let values = &mut self.values[text];
            if norm(values) > radius {
                rescale(values, radius);
            }
        }
    }

    /// Length of each text's push.
    #[cfg(test)]
    pub fn lengths(&self) -> Vec<f64> {
        self.texts.iter().map(|text| norm(&self.values[text.clone()])).collect()
    }
}

fn norm(values: &[f32]) -> f64 {
    values.iter().map(|&value| f64::from(value) * f64::from(value)).sum::<f64>().sqrt()
}

fn rescale(values: &mut [f32], wanted: f64) {
    let length = norm(values);
    if length > 0.0 {
        let factor = (wanted / length) as f32;
        values.iter_mut().for_each(|value| *value *= factor);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::bert::batch::{Layout, Sequence};
    use burn::tensor::Device;

    fn batch(layout: Layout) -> Batch {
        let texts = [vec![1, 2, 3], vec![4]].map(Sequence::mean_pooled);
        Batch::new(&texts.iter().collect::<Vec<_>>(), layout, &Device::flex())
    }

    #[test]
    fn each_text_goes_its_own_way_and_stays_in_the_ball() {
        for layout in [Layout::Packed, Layout::Padded] {
            let mut push = Push::none(&batch(layout), 2);
            let gradient: Vec<f32> = (0..push.values.len()).map(|at| at as f32 + 1.0).collect();
            push.go(&gradient, 0.25);
            assert!(push.lengths().iter().all(|length| (length - 0.25).abs() < 1e-6));
            push.go(&gradient, 3.0);
            push.project(1.0);
            assert_eq!(push.lengths().len(), 2);
            assert!(push.lengths().iter().all(|length| (length - 1.0).abs() < 1e-6));
            push.project(5.0);
            assert!((push.lengths()[0] - 1.0).abs() < 1e-6, "what is inside stays");
            let pushed = push.values.iter().filter(|&&value| value != 0.0).count();
            assert_eq!(pushed, 8, "padding is not pushed");
            push.go(&vec![0.0; gradient.len()], 1.0);
            assert!((push.lengths()[1] - 1.0).abs() < 1e-6);
        }
    }

    #[test]
    fn random_starts_are_within_their_length_and_repeat() {
        let batch = batch(Layout::Padded);
        let push = Push::random(&batch, 4, 0.3, 7);
        assert!(push.lengths().iter().all(|&length| length > 0.05 && length <= 0.3));
        assert_eq!(push, Push::random(&batch, 4, 0.3, 7));
        assert_ne!(push, Push::random(&batch, 4, 0.3, 8));
        let words = vec![1.0; push.values.len()];
        let noise = Push::noise(&batch, &words, 4, 0.5, &[1, 2]);
        assert!((noise.lengths()[0] - 0.5 * 12.0_f64.sqrt()).abs() < 1e-5);
        assert!((noise.lengths()[1] - 1.0).abs() < 1e-5);
    }
}
