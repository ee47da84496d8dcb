//! Texts of several lengths as one batch, in the layout that the device wants.

use burn::tensor::{Bool, Device, Int, Tensor, TensorData};
use rand::Rng;
use rand::seq::SliceRandom;

/// A text as the encoder reads it.
#[derive(Debug, Clone, Default, PartialEq)]
pub(super) struct Sequence {
    /// Word pieces, `[CLS]` first and `[SEP]` last.
    pub ids: Vec<u32>,
    /// Weight of each token in the pooled vector; they add up to 1.
    pub pooling: Vec<f32>,
    /// Where the second text of a pair begins; its tokens are of segment 1, all others of segment 0.
    pub second: Option<usize>,
}

impl Sequence {
    /// A text whose pooled vector is the plain mean over its tokens.
    pub fn mean_pooled(ids: Vec<u32>) -> Self {
        let share = 1.0 / ids.len() as f32;
        Self { pooling: vec![share; ids.len()], ids, second: None }
    }

    /// A text or pair whose pooled vector is the hidden state of its first token.
    pub fn first_pooled(ids: Vec<u32>, second: Option<usize>) -> Self {
        let mut pooling = vec![0.0; ids.len()];
        pooling[0] = 1.0;
        Self { ids, pooling, second }
    }

    /// The same behind `len` places that are not pooled, for the vectors of a prompt.
    pub fn behind(&self, len: usize) -> Self {
        let mut moved = Self {
            ids: vec![0; len],
            pooling: vec![0.0; len],
            second: self.second.map(|second| second + len),
        };
        moved.ids.extend_from_slice(&self.ids);
        moved.pooling.extend_from_slice(&self.pooling);
        moved
    }

    /// Number of tokens.
    pub fn len(&self) -> usize {
        self.ids.len()
    }
}

/// How the tokens of a batch lie in its rows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Layout {
    /// One sequence after another without padding; for the fused layer of the CPU engine.
    Packed,
    /// Every sequence padded to the longest; for composed operations on any device.
    Padded,
}

impl Layout {
    /// The layout that is fastest on a device.
    pub fn best_for(is_gpu: bool) -> Self {
        if is_gpu { Self::Padded } else { Self::Packed }
    }
}

/// A batch on a device. "Rows" are tokens, padding included where there is any.
#[derive(Debug, Clone)]
pub(super) struct Batch {
    /// Tokens of each sequence.
    pub lengths: Vec<usize>,
    /// How tokens lie in rows.
    pub layout: Layout,
    /// Rows per sequence when padded; the longest length, rounded up.
    pub width: usize,
    /// Word pieces, `[1, rows]`.
    pub ids: Tensor<2, Int>,
    /// Positions, `[1, rows]`.
    pub positions: Tensor<2, Int>,
    /// Segments, `[1, rows]`; none when every token is of segment 0.
    pub segments: Option<Tensor<2, Int>>,
    /// Weights that pool rows into one vector per sequence: `[sequences, rows]` when packed,
    /// `[sequences, width]` when padded.
    pub pooling: Tensor<2>,
    /// True where a key is padding, `[sequences, 1, 1, width]`; none when packed or all are equally long.
    pub padding: Option<Tensor<4, Bool>>,
}

impl Batch {
    /// Put sequences on a device.
    ///
    /// # Panics
    /// If there is no sequence or one without a token.
    pub fn new(sequences: &[&Sequence], layout: Layout, device: &Device) -> Self {
        let lengths: Vec<usize> = sequences.iter().map(|sequence| sequence.len()).collect();
        let longest = lengths.iter().copied().max().expect("a batch has a sequence");
        // Few distinct shapes: a GPU compiles and tunes kernels for each.
        let width = longest.next_multiple_of(8);
        assert!(lengths.iter().all(|&length| length > 0), "a sequence has a token");
        let row_of = row_starts(&lengths, layout, width);
        let rows = match layout {
            Layout::Packed => lengths.iter().sum(),
            Layout::Padded => lengths.len() * width,
        };
        let (mut ids, mut positions) = (vec![0_i32; rows], vec![0_i32; rows]);
        // A packed sequence is pooled out of all rows, a padded one out of its own.
        let pooled = if layout == Layout::Packed { rows } else { width };
        let mut pooling = vec![0.0_f32; lengths.len() * pooled];
        let mut segments = vec![0_i32; rows];
        for (index, sequence) in sequences.iter().enumerate() {
            let start = row_of[index];
            for (position, &id) in sequence.ids.iter().enumerate() {
                ids[start + position] = id.cast_signed();
                positions[start + position] = i32::try_from(position).expect("texts are short");
            }
            let second = start + sequence.second.unwrap_or(sequence.len());
            segments[second..start + sequence.len()].fill(1);
            let own = if layout == Layout::Packed { start } else { 0 };
            let weights = &mut pooling[index * pooled + own..][..sequence.len()];
            weights.copy_from_slice(&sequence.pooling);
        }
        let has_pairs = sequences.iter().any(|sequence| sequence.second.is_some());
        let whole =
            |values: Vec<i32>| Tensor::from_data(TensorData::new(values, [1, rows]), device);
        Self {
            segments: has_pairs.then(|| whole(segments)),
            padding: padding(&lengths, layout, width, device),
            lengths,
            layout,
            width,
            ids: whole(ids),
            positions: whole(positions),
            pooling: Tensor::from_data(TensorData::new(pooling, [sequences.len(), pooled]), device),
        }
    }

    /// The same with positions that count from the end: the last token of each sequence stands at
    /// `longest - 1`.
    pub fn aligned_to_end(self, longest: usize) -> Self {
        let position = |place: Option<(usize, usize)>| {
            let place = place.map_or(0, |(sequence, at)| longest + at - self.lengths[sequence]);
            i32::try_from(place).expect("sequences are short")
        };
        let positions: Vec<i32> = self.places().map(position).collect();
        let data = TensorData::new(positions, self.positions.dims());
        Self { positions: Tensor::from_data(data, &self.positions.device()), ..self }
    }

    /// Number of sequences.
    pub fn sequences(&self) -> usize {
        self.lengths.len()
    }

    /// The row of each sequence's first token.
    pub fn starts(&self) -> Vec<usize> {
        row_starts(&self.lengths, self.layout, self.width)
    }

    /// The sequence and position of each row; `None` is padding.
    pub fn places(&self) -> impl Iterator<Item = Option<(usize, usize)>> + '_ {
        self.lengths.iter().enumerate().flat_map(move |(sequence, &length)| {
            let rows = match self.layout {
                Layout::Packed => length,
                Layout::Padded => self.width,
            };
            (0..rows).map(move |position| (position < length).then_some((sequence, position)))
        })
    }
}

fn row_starts(lengths: &[usize], layout: Layout, width: usize) -> Vec<usize> {
    let mut next = 0;
    lengths
        .iter()
        .map(|&length| {
            let start = next;
            next += if layout == Layout::Packed { length } else { width };
            start
        })
        .collect()
}

fn padding(
    lengths: &[usize],
    layout: Layout,
    width: usize,
    device: &Device,
) -> Option<Tensor<4, Bool>> {
    if layout == Layout::Packed || lengths.iter().all(|&length| length == width) {
        return None;
    }
    let is_padding: Vec<bool> = lengths
        .iter()
        .flat_map(|&length| (0..width).map(move |position| position >= length))
        .collect();
    let data = TensorData::new(is_padding, [lengths.len(), 1, 1, width]);
    Some(Tensor::from_data(data, device))
}

/// Indices of texts in batches of similar length, longest first within the whole; ties keep their order.
///
/// Each batch has at most `max_tokens` tokens after padding, or a single text, and at most `max_texts`.
pub(super) fn by_length(lengths: &[usize], max_tokens: usize, max_texts: usize) -> Vec<Vec<usize>> {
    let mut order: Vec<usize> = (0..lengths.len()).collect();
    order.sort_by_key(|&index| std::cmp::Reverse(lengths[index]));
    let mut batches: Vec<Vec<usize>> = Vec::new();
    for index in order {
        match batches.last_mut() {
            Some(batch)
                if batch.len() < max_texts
                    && (batch.len() + 1) * lengths[batch[0]] <= max_tokens =>
            {
                batch.push(index);
            }
            _ => batches.push(vec![index]),
        }
    }
    batches
}

/// Windows of this many batches are sorted by length, so that a batch holds similar lengths while the
/// order of batches stays random.
const WINDOW_BATCHES: usize = 32;

/// Drawn texts, in random order, as batches of similar lengths that are in random order again.
pub(super) fn shuffled_batches(
    drawn: &mut [usize],
    batch_size: usize,
    length: impl Fn(usize) -> usize,
    rng: &mut impl Rng,
) -> Vec<Vec<usize>> {
    for window in drawn.chunks_mut(batch_size * WINDOW_BATCHES) {
        window.sort_by_key(|&index| length(index));
    }
    let mut batches: Vec<Vec<usize>> = drawn.chunks(batch_size).map(<[usize]>::to_vec).collect();
    batches.shuffle(rng);
    batches
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn batches_hold_similar_lengths_within_their_budget() {
        let batches = by_length(&[3, 9, 8, 2, 9], 18, 2);
        assert_eq!(batches, [vec![1, 4], vec![2, 0], vec![3]]);
        assert!(by_length(&[], 18, 2).is_empty());
        assert_eq!(by_length(&[100], 18, 2), [vec![0]]);
    }

    #[test]
    fn the_second_text_of_a_pair_is_of_segment_one() {
        let device = Device::flex();
        let pair = Sequence::first_pooled(vec![5, 6, 7], Some(2));
        let single = Sequence::mean_pooled(vec![8]);
        assert!(Batch::new(&[&single], Layout::Packed, &device).segments.is_none());
        let batch = Batch::new(&[&single, &pair], Layout::Packed, &device);
        let segments = batch.segments.expect("a pair").into_data().try_into_vec_as::<i32>();
        assert_eq!(segments.expect("integers"), [0, 0, 0, 1]);
    }

    #[test]
    fn both_layouts_pool_every_token_once() {
        let device = Device::flex();
        let texts = [vec![5, 6, 7], vec![8]].map(Sequence::mean_pooled);
        let texts: Vec<&Sequence> = texts.iter().collect();
        for (layout, rows) in [(Layout::Packed, 4), (Layout::Padded, 16)] {
            let batch = Batch::new(&texts, layout, &device);
            assert_eq!(batch.ids.dims(), [1, rows]);
            assert_eq!(batch.places().flatten().count(), 4);
            let sums =
                batch.pooling.sum_dim(1).into_data().try_into_vec_as::<f32>().expect("floats");
            assert!(sums.iter().all(|sum| (sum - 1.0).abs() < 1e-6));
        }
    }
}
