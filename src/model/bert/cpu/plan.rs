//! What a fused layer needs to know beside tensors.

use std::ops::Range;

use crate::model::bert::precision::Precision;

/// Dropout of one layer, reproducible from its keys alone.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(in crate::model::bert) struct LayerDropout {
    /// Probability that an attention weight is dropped.
    pub attention: f32,
    /// Probability that an element of a sub-layer's output is dropped.
    pub hidden: f32,
    /// Key of the attention weights' mask.
    pub attention_key: u32,
    /// Keys of the masks after attention and after the feed-forward part.
    pub hidden_keys: [u32; 2],
}

/// The shape of one pass through a layer.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::model::bert) struct LayerPlan {
    /// Tokens of each sequence; rows of the input are the sequences' tokens one after another.
    pub lengths: Vec<usize>,
    /// Attention heads.
    pub heads: usize,
    /// Added to variances.
    pub epsilon: f32,
    /// Whether a token looks at itself and at those before it only.
    pub causal: bool,
    /// Dropout, in training.
    pub dropout: Option<LayerDropout>,
    /// Whether the way back computes again what it needs, in place of keeping it from the way forward.
    pub recompute: bool,
    /// How exactly it multiplies with its weights.
    pub precision: Precision,
}

/// Whole sequences that are worked on together by one thread.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Block {
    /// Position of its first sequence in the batch.
    pub first_sequence: usize,
    /// Tokens of its sequences.
    pub lengths: Vec<usize>,
    /// Its rows in the batch.
    pub rows: Range<usize>,
}

/// Most rows of a block: enough that packing the weights does not matter, few enough to stay in the caches.
const MOST_ROWS: usize = 384;
/// Least rows of a block where there are more sequences: every block goes through all weights.
const LEAST_ROWS: usize = 64;
/// Blocks that a batch is cut into as long as they do not become smaller or larger than that. With few large ones
/// threads would wait for each other, or have nothing to do.
const BLOCKS: usize = 8;

impl LayerPlan {
    /// The batch cut into blocks of whole sequences: a function of their lengths, so that results do not depend
    /// on the number of threads.
    pub(super) fn blocks(&self) -> Vec<Block> {
        let tokens: usize = self.lengths.iter().sum();
        let most = tokens.div_ceil(BLOCKS).clamp(LEAST_ROWS, MOST_ROWS);
        let mut blocks: Vec<Block> = Vec::new();
        let mut row = 0;
        for (sequence, &length) in self.lengths.iter().enumerate() {
            let rows = row..row + length;
            row = rows.end;
            match blocks.last_mut() {
                Some(block) if rows.end - block.rows.start <= most => {
                    block.lengths.push(length);
                    block.rows.end = rows.end;
                }
                _ => blocks.push(Block { first_sequence: sequence, lengths: vec![length], rows }),
            }
        }
        blocks
    }
}

impl Block {
    /// Each sequence: its position in the batch and its rows within the block.
    pub(super) fn sequences(&self) -> impl Iterator<Item = (usize, Range<usize>)> + '_ {
        let mut row = 0;
        self.lengths.iter().enumerate().map(move |(index, &length)| {
            let rows = row..row + length;
            row = rows.end;
            (self.first_sequence + index, rows)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocks_hold_whole_sequences_in_order() {
        let plan = LayerPlan {
            lengths: vec![200, 100, 100, 500, 7],
            heads: 1,
            epsilon: 0.0,
            causal: false,
            dropout: None,
            recompute: false,
            precision: Precision::Full,
        };
        let rows = |plan: &LayerPlan| -> Vec<_> {
            plan.blocks().into_iter().map(|block| block.rows).collect()
        };
        assert_eq!(rows(&plan), [0..200, 200..300, 300..400, 400..900, 900..907]);
        let even = LayerPlan { lengths: vec![16; 40], ..plan.clone() };
        assert_eq!(rows(&even).len(), 8, "a share for each of several threads");
        let second: Vec<_> = even.blocks()[1].sequences().collect();
        assert_eq!(second, (0..5).map(|at| (5 + at, at * 16..(at + 1) * 16)).collect::<Vec<_>>());
        let small = LayerPlan { lengths: vec![16; 6], ..plan.clone() };
        assert_eq!(rows(&small), [0..64, 64..96], "no smaller than what the weights are worth");
        let large = LayerPlan { lengths: vec![64; 100], ..plan };
        assert!(rows(&large).iter().all(|rows| rows.len() <= MOST_ROWS));
    }
}
