//! Vectors that stand before every text and learn while the encoder stays (prompt tuning, Lester et al. 2021).

use burn::module::{Module, Param};
use burn::tensor::{Tensor, TensorData};
use rand::Rng;
use rand_chacha::ChaCha8Rng;

use crate::model::bert::batch::Batch;
use crate::model::bert::network::Embeddings;

/// Vectors in the place of the first tokens' word vectors. Attention sees them, pooling leaves them out.
#[derive(Module, Debug)]
pub(in crate::model::bert) struct Prompt {
    /// `[vectors, hidden]`.
    vectors: Param<Tensor<2>>,
}

impl Prompt {
    /// Number of vectors.
    pub fn len(&self) -> usize {
        self.vectors.dims()[0]
    }

    /// `words`, `[rows, hidden]`, with the first rows of every text replaced.
    pub fn placed(&self, words: Tensor<2>, batch: &Batch) -> Tensor<2> {
        let ([rows, _], len) = (words.dims(), self.len());
        let (mut kept, mut chosen) = (vec![1.0_f32; rows], vec![0.0_f32; rows * len]);
        for (row, place) in batch.places().enumerate() {
            let Some((_, position)) = place.filter(|(_, position)| *position < len) else {
                continue;
            };
            kept[row] = 0.0;
            chosen[row * len + position] = 1.0;
        }
        let device = words.device().without_autodiff();
        let matrix = |values, columns| {
            Tensor::<2>::from_data(TensorData::new(values, [rows, columns]), &device)
        };
        words * matrix(kept, 1) + matrix(chosen, len).matmul(self.vectors.val())
    }
}

/// Embeddings with a prompt of vectors of words drawn at random, from where it learns better than from noise.
pub(super) fn preceded(mut own: Embeddings, vectors: usize, rng: &mut ChaCha8Rng) -> Embeddings {
    let table = own.word_table();
    let [words, _] = table.dims();
    let drawn: Vec<i32> = (0..vectors).map(|_| rng.random_range(0..words) as i32).collect();
    let drawn = Tensor::from_data(TensorData::new(drawn, [vectors]), &table.device());
    own.prompt = Some(Prompt { vectors: Param::from_tensor(table.select(0, drawn)) });
    own
}
