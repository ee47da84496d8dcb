//! Dropout where tensors lie, dropping what [`dropout`](super::super::dropout) says: a GPU hashes places on the
//! way through memory, where the host would make and hand over as many numbers as a step has activations.

use burn::tensor::{DType, Device, Int, Tensor, TensorData};

use crate::model::bert::batch::Batch;
use crate::model::bert::cpu::kernels::HASH;
use crate::model::bert::dropout::{POSITIONS, attention_index, threshold_and_scale, token_index};

/// Tokens' vectors of a padded batch, `[rows, width]`, with elements dropped.
pub(in crate::model::bert) fn drop_tokens(
    x: Tensor<2>,
    batch: &Batch,
    probability: f32,
    key: u32,
) -> Tensor<2> {
    let [rows, width] = x.dims();
    let start = |row| token_index(row / batch.width, row % batch.width, width);
    let device = x.device().without_autodiff();
    let starts = unsigned((0..rows).map(start).collect(), [rows, 1], &device);
    let features = unsigned((0..width as u32).collect(), [1, width], &device);
    dropped(x, starts + features, probability, key)
}

/// Weights with which positions look at each other, `[sequences, heads, queries, keys]`, with some dropped.
pub(in crate::model::bert) fn drop_weights(x: Tensor<4>, probability: f32, key: u32) -> Tensor<4> {
    let [sequences, heads, width, _] = x.dims();
    let device = x.device().without_autodiff();
    let starts = (0..sequences)
        .flat_map(|sequence| (0..heads).map(move |head| attention_index(sequence, head, heads, 0)));
    let starts = unsigned(starts.collect(), [sequences, heads, 1, 1], &device);
    // Two addends of few numbers make all of them in one operation.
    let places = 0..width as u32;
    let places =
        places.clone().flat_map(|query| places.clone().map(move |key| query * POSITIONS + key));
    let places = unsigned(places.collect(), [1, 1, width, width], &device);
    dropped(x, starts + places, probability, key)
}

/// What is hashed is unsigned: it wraps, and zeros are shifted in.
fn unsigned<const D: usize>(
    values: Vec<u32>,
    shape: [usize; D],
    device: &Device,
) -> Tensor<D, Int> {
    Tensor::from_data(TensorData::new(values, shape), (device, DType::U32))
}

/// Filled rather than multiplied, since the runtime makes one kernel of this from the first sum on.
fn dropped<const D: usize>(
    x: Tensor<D>,
    index: Tensor<D, Int>,
    probability: f32,
    key: u32,
) -> Tensor<D> {
    let (threshold, scale) = threshold_and_scale(probability);
    x.mask_fill(hashed(index, key).lower_elem(threshold), 0.0).mul_scalar(scale)
}

/// [`hash`](crate::model::bert::cpu::kernels::hash) of every number.
fn hashed<const D: usize>(index: Tensor<D, Int>, key: u32) -> Tensor<D, Int> {
    let folded =
        |x: Tensor<D, Int>, bits: u32| x.clone().bitwise_xor(x.bitwise_right_shift_scalar(bits));
    let x = index.mul_scalar(HASH.spread).bitwise_xor_scalar(key);
    let x = folded(x, HASH.shifts[0]).mul_scalar(HASH.factors[0]);
    let x = folded(x, HASH.shifts[1]).mul_scalar(HASH.factors[1]);
    folded(x, HASH.shifts[2])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::bert::cpu::kernels::hash;

    #[test]
    fn a_tensor_is_hashed_as_a_number_is() {
        let index: Vec<u32> = vec![0, 1, 2, 511, 512, 70_000, 1 << 31, u32::MAX];
        let tensor = unsigned(index.clone(), [index.len()], &Device::flex());
        for key in [0, 9, 0xDEAD_BEEF] {
            let found = hashed(tensor.clone(), key).into_data();
            let wanted: Vec<u32> = index.iter().map(|&index| hash(index, key)).collect();
            assert_eq!(found.try_into_vec::<u32>().expect("unsigned"), wanted);
        }
    }
}
