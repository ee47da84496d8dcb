//! The loss of pairs: each left text picks its right text out of all of the batch (multiple negatives
//! ranking; Henderson et al. 2017, as in sentence-transformers).

use burn::tensor::{Tensor, TensorData};

use crate::model::bert::softmax::negative_log_likelihood;

/// Added to the score of what does not take part: its share of a softmax is 0.
const OUT: f32 = -1e9;

/// How scores become a loss.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Ranking {
    /// What cosines are multiplied with.
    pub scale: f32,
    /// Whether right texts pick their left ones too, each way counting half.
    pub symmetric: bool,
}

/// Which right texts of a batch do not stand against a left one, `[pairs, pairs]`: those that are right for
/// it too. `None` where there is none.
pub(super) fn taken_out(
    pairs: usize,
    is_right: impl Fn(usize, usize) -> bool,
) -> Option<Vec<bool>> {
    let is_out = |at: usize| {
        let (row, column) = (at / pairs, at % pairs);
        row != column && is_right(row, column)
    };
    let out: Vec<bool> = (0..pairs * pairs).map(is_out).collect();
    out.contains(&true).then_some(out)
}

impl Ranking {
    /// Mean over pairs of `-log softmax(scale · cos(left, rights))[right]`, nats. Rows of `left` and `right`,
    /// `[pairs, width]`, have length 1; `out` is of [`taken_out`].
    pub fn loss(
        self,
        left: Tensor<2>,
        right: Tensor<2>,
        out: Option<&[bool]>,
        is_gpu: bool,
    ) -> Tensor<1> {
        let pairs = left.dims()[0];
        let mut scores = left.matmul(right.transpose()) * self.scale;
        if let Some(out) = out {
            let values: Vec<f32> =
                out.iter().map(|&is_out| if is_out { OUT } else { 0.0 }).collect();
            let device = scores.device().without_autodiff();
            scores = scores + Tensor::from_data(TensorData::new(values, [pairs, pairs]), &device);
        }
        let own: Vec<u32> = (0..pairs as u32).collect();
        if !self.symmetric {
            return negative_log_likelihood(scores, &own, is_gpu) / pairs as f32;
        }
        let back = negative_log_likelihood(scores.clone().transpose(), &own, is_gpu);
        (negative_log_likelihood(scores, &own, is_gpu) + back) / (2.0 * pairs as f32)
    }

    /// The same of one left text, from its cosines with the right texts of a batch on the host; `own` is the
    /// place of its right text.
    pub fn of_row(self, cosines: &[f32], own: usize, is_out: impl Fn(usize) -> bool) -> f64 {
        let score = |at: usize| f64::from(self.scale) * f64::from(cosines[at]);
        let others = (0..cosines.len()).filter(|&at| at == own || !is_out(at));
        let sum: f64 = others.map(|at| (score(at) - score(own)).exp()).sum();
        sum.ln()
    }
}
