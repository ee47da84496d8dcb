//! The softmax over a catalogue and its loss: over all products, over a sample of them, or over those that
//! the batch leads to, each corrected for how likely it was to be among them.

use std::fmt;
use std::str::FromStr;

use burn::tensor::activation::log_softmax;
use burn::tensor::{Int, Tensor, TensorData};
use serde::{Deserialize, Serialize};

use super::columns::Columns;
use super::cpu;
use crate::model::bert::rules::stored_as_text;

/// Which products stand against the right one in the loss.
///
/// As text `auto`, `full`, `sampled:1000` or `in_batch`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum SoftmaxOver {
    /// What suits the model: over product vectors all of a catalogue of up to [`FULL_UP_TO`] products, a sample
    /// of [`AUTO_SAMPLE`] of a larger one; in BERT all, or those of the batch where products are texts.
    Auto,
    /// All products.
    Full,
    /// The products that the batch leads to and so many that are drawn, see [`Negatives`](super::negatives::Negatives).
    Sampled(usize),
    /// The products that the batch leads to.
    InBatch,
}

/// Products up to which [`SoftmaxOver::Auto`] takes all.
pub const FULL_UP_TO: usize = 5_000;

/// Products that [`SoftmaxOver::Auto`] draws of a larger catalogue.
pub const AUTO_SAMPLE: usize = 1_024;

impl SoftmaxOver {
    /// The choice for a catalogue.
    pub(super) const fn of(self, n_items: usize) -> Self {
        match self {
            Self::Auto if n_items <= FULL_UP_TO => Self::Full,
            Self::Auto => Self::Sampled(AUTO_SAMPLE),
            other => other,
        }
    }
}

impl fmt::Display for SoftmaxOver {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Auto => f.write_str("auto"),
            Self::Full => f.write_str("full"),
            Self::Sampled(count) => write!(f, "sampled:{count}"),
            Self::InBatch => f.write_str("in_batch"),
        }
    }
}

impl FromStr for SoftmaxOver {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let text = text.trim();
        let count = || text.strip_prefix("sampled:")?.trim().parse().ok().filter(|&n| n > 0);
        match text {
            "auto" => Some(Self::Auto),
            "full" => Some(Self::Full),
            "in_batch" => Some(Self::InBatch),
            _ => count().map(Self::Sampled),
        }
        .ok_or_else(|| {
            format!(
                "cannot read {text:?} as what the loss goes over; write auto, full, sampled:N or in_batch"
            )
        })
    }
}

stored_as_text!(SoftmaxOver);

/// `-Σ log softmax(z φᵀ + b)[target]` over the rows of `z`, the softmax over `columns` of a catalogue, nats.
/// `targets` are columns; `z` is `[rows, width]`, `phi` `[items, width]`, `bias` `[items]`.
pub(super) fn softmax_loss(
    z: Tensor<2>,
    phi: Tensor<2>,
    bias: Tensor<1>,
    columns: &Columns,
    targets: &[u32],
    is_gpu: bool,
) -> Tensor<1> {
    let Some(items) = &columns.items else {
        if !is_gpu {
            return cpu::linear_likelihood(z, phi, bias, targets.to_vec(), None);
        }
        let logits = z.matmul(phi.transpose()) + bias.unsqueeze();
        return negative_log_likelihood(logits, targets, is_gpu);
    };
    let index: Vec<i32> = items.iter().map(|item| item.cast_signed()).collect();
    let index = TensorData::new(index, [items.len()]);
    let index = Tensor::<1, Int>::from_data(index, &z.device().without_autodiff());
    let (phi, bias) = (phi.select(0, index.clone()), bias.select(0, index));
    corrected_loss(z, phi, Some(bias), &columns.correction, targets, is_gpu)
}

/// The same over columns whose vectors are given, `[columns, width]`, with their biases, if any.
pub(super) fn corrected_loss(
    z: Tensor<2>,
    phi: Tensor<2>,
    bias: Option<Tensor<1>>,
    correction: &[f32],
    targets: &[u32],
    is_gpu: bool,
) -> Tensor<1> {
    let device = z.device().without_autodiff();
    let vector = |values: Vec<f32>| {
        let length = values.len();
        Tensor::<1>::from_data(TensorData::new(values, [length]), &device)
    };
    let corrected = vector(correction.to_vec());
    let bias = match bias {
        Some(bias) => bias + corrected,
        None => corrected,
    };
    let own: Vec<f32> = targets.iter().map(|&target| correction[target as usize]).collect();
    if !is_gpu {
        return cpu::linear_likelihood(z, phi, bias, targets.to_vec(), Some(&own));
    }
    // Taking the correction c back from the target's score takes a share of e^-c of its weight out of the sum.
    let each = each_likelihood(z.matmul(phi.transpose()) + bias.unsqueeze(), targets);
    let removed = vector(own.iter().map(|own| 1.0 - (-own).exp()).collect());
    let sum = (each.clone().neg().exp() * removed).neg() + 1.0;
    (each + vector(own) + sum.log()).sum()
}

/// `-Σ log softmax(logits)[target]` over rows, nats.
pub(super) fn negative_log_likelihood(
    logits: Tensor<2>,
    targets: &[u32],
    is_gpu: bool,
) -> Tensor<1> {
    if !is_gpu {
        return cpu::negative_log_likelihood(logits, targets.to_vec());
    }
    each_likelihood(logits, targets).sum()
}

/// `-log softmax(logits)[target]` of each row, in composed operations.
fn each_likelihood(logits: Tensor<2>, targets: &[u32]) -> Tensor<1> {
    let device = logits.device().without_autodiff();
    let targets: Vec<i32> = targets.iter().map(|target| target.cast_signed()).collect();
    let index = TensorData::new(targets, [logits.dims()[0], 1]);
    let index = Tensor::<2, Int>::from_data(index, &device);
    log_softmax(logits, 1).gather(1, index).neg().squeeze_dim(1)
}

#[cfg(test)]
mod tests {
    use burn::tensor::Device;

    use super::*;
    use crate::model::bert::columns::Choice;
    use crate::model::bert::negatives::Negatives;
    use crate::model::bert::weights::values_of;

    const COUNTS: [u32; 6] = [50, 20, 10, 10, 5, 5];

    #[test]
    fn what_the_loss_goes_over_reads_back_from_its_text() {
        let all = [SoftmaxOver::Auto, SoftmaxOver::Full, SoftmaxOver::InBatch];
        for over in all.into_iter().chain([SoftmaxOver::Sampled(9)]) {
            assert_eq!(over.to_string().parse(), Ok(over));
        }
        for wrong in ["half", "sampled:0", "sampled"] {
            assert!(wrong.parse::<SoftmaxOver>().is_err(), "{wrong}");
        }
        assert_eq!(SoftmaxOver::Auto.of(FULL_UP_TO), SoftmaxOver::Full);
        assert_eq!(SoftmaxOver::Auto.of(FULL_UP_TO + 1), SoftmaxOver::Sampled(AUTO_SAMPLE));
    }

    #[test]
    fn both_engines_agree() {
        let device = Device::flex();
        let values =
            |count: usize| (0..count).map(|at| (at as f32 * 0.7).cos()).collect::<Vec<_>>();
        let matrix = |rows: usize| {
            Tensor::<2>::from_data(TensorData::new(values(rows * 3), [rows, 3]), &device)
        };
        let bias = Tensor::<1>::from_data(TensorData::new(values(6), [6]), &device);
        for over in [SoftmaxOver::Full, SoftmaxOver::Sampled(3), SoftmaxOver::InBatch] {
            let choice = Choice::new(over, Negatives::default(), &COUNTS);
            let columns = choice.columns(&[2, 0], 1, 1);
            let [own, composed] = [false, true].map(|is_gpu| {
                let loss = softmax_loss(
                    matrix(2),
                    matrix(6),
                    bias.clone(),
                    &columns,
                    &columns.targets,
                    is_gpu,
                );
                values_of(if is_gpu { loss } else { loss.inner() })[0]
            });
            assert!((own - composed).abs() < 1e-4, "{over}: {own} and {composed}");
        }
    }
}
