//! What is known of products beside what the encoder reads: their vectors `k` in the graph of knowledge.
//!
//! A product's vector becomes `φ + W k`, a history's `z + V k̄`, where k̄ is the mean over the products that its
//! text tells of. W and V are learned and begin at 0, so that nothing is changed before there is a reason. φ is what
//! a product learns or what its text says: the one as much as the other.

use burn::module::{Module, Param};
use burn::tensor::{Device, Tensor, TensorData};

use super::catalogue::Candidates;
use super::history::Told;
use crate::model::bert::batch::Sequence;
use crate::model::bert::weights::values_of;
use crate::model::knowledge::Knowledge;

/// Vectors of the candidates on the host.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Facts {
    pub dim: usize,
    /// `[candidates, dim]`.
    pub values: Vec<f32>,
}

impl Facts {
    /// Those of the candidates; `None` where knowledge has no vectors.
    pub fn new(knowledge: Option<&Knowledge>, candidates: &Candidates) -> Option<Self> {
        let vectors = knowledge?.vectors.as_ref()?;
        let rows = candidates.items().iter().flat_map(|&item| vectors.row(item).iter().copied());
        Some(Self { dim: vectors.dim, values: rows.collect() })
    }

    /// On a device, `[candidates, dim]`.
    pub fn to_tensor(&self, device: &Device) -> Tensor<2> {
        let rows = self.values.len() / self.dim;
        Tensor::from_data(TensorData::new(self.values.clone(), [rows, self.dim]), device)
    }

    /// k̄ of some products, `[dim]`.
    pub fn mean(&self, candidates: &Candidates, told: impl Iterator<Item = Told>) -> Vec<f32> {
        mean_row(&self.values, self.dim, candidates, told)
    }
}

/// The mean of the rows of those products that are candidates; zeros where none is.
pub(super) fn mean_row(
    rows: &[f32],
    width: usize,
    candidates: &Candidates,
    told: impl Iterator<Item = Told>,
) -> Vec<f32> {
    let mut mean = vec![0.0; width];
    let mut count = 0.0_f32;
    for at in told.filter_map(|told| candidates.position(told.item)) {
        let start = at as usize * width;
        mean.iter_mut().zip(&rows[start..start + width]).for_each(|(sum, value)| *sum += value);
        count += 1.0;
    }
    mean.iter_mut().for_each(|sum| *sum /= count.max(1.0));
    mean
}

/// What the network reads of a history.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Reading {
    pub text: Sequence,
    /// k̄, empty where there is no knowledge.
    pub known: Vec<f32>,
}

/// What is learned of facts.
#[derive(Module, Debug)]
pub(super) struct FactHead {
    /// W, `[hidden, dim]`.
    pub product: Param<Tensor<2>>,
    /// V, `[hidden, dim]`.
    pub history: Param<Tensor<2>>,
}

impl FactHead {
    /// Before the first step.
    pub fn new(hidden: usize, dim: usize, device: &Device) -> Self {
        let zeros = || Param::from_tensor(Tensor::zeros([hidden, dim], device));
        Self { product: zeros(), history: zeros() }
    }

    /// `W k` of products whose `k` is `[products, dim]`, `[products, hidden]`.
    pub fn of_products(&self, facts: Tensor<2>) -> Tensor<2> {
        facts.matmul(self.product.val().transpose())
    }

    /// `V k̄` of histories.
    pub fn of_histories(&self, known: &[&[f32]], device: &Device) -> Tensor<2> {
        let dim = self.history.val().dims()[1];
        let data = TensorData::new(known.concat(), [known.len(), dim]);
        Tensor::<2>::from_data(data, device).matmul(self.history.val().transpose())
    }

    /// `V k` of all products on the host, `[products, hidden]`.
    pub fn of_histories_by_product(&self, facts: Tensor<2>) -> Vec<f32> {
        values_of(facts.matmul(self.history.val().transpose()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dataset::EventKind;
    use crate::ids::ItemIdx;

    #[test]
    fn the_mean_is_over_products_that_can_be_ranked() {
        let candidates = Candidates::from_items(vec![ItemIdx(0), ItemIdx(2)], 4);
        let facts = Facts { dim: 2, values: vec![1.0, 2.0, 3.0, 6.0] };
        let mean = |items: &[u32]| {
            let told = |&item| Told { item: ItemIdx(item), kind: EventKind::View };
            facts.mean(&candidates, items.iter().map(told))
        };
        assert_eq!(mean(&[0, 1, 2]), [2.0, 4.0]);
        assert_eq!(mean(&[2, 2, 0, 3]), [7.0 / 3.0, 14.0 / 3.0]);
        assert_eq!(mean(&[1, 3]), [0.0, 0.0]);
    }
}
