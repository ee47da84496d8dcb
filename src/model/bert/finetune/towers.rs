//! Two towers that share an encoder: a history and a product are the vectors of their texts, and what was
//! met next stands against the other products of the batch (`InfoNCE`; van den Oord et al. 2018, corrected for
//! popularity as by Yi et al. 2019). A product that comes up twice in a batch stands in it once. What the graph of
//! knowledge says of a product is added to what its text says, see [`super::facts`].

use burn::module::Module;
use burn::tensor::{Int, Tensor, TensorData};

use super::head::Head;
use super::learner::Learner;
use crate::control::Control;
use crate::model::ModelError;
use crate::model::bert::batch::{Sequence, by_length};
use crate::model::bert::columns::Columns;
use crate::model::bert::course::Learner as _;
use crate::model::bert::device::guard;
use crate::model::bert::network::Dropout;
use crate::model::bert::softmax::corrected_loss;
use crate::model::bert::weights::values_of;

/// Where the products' vectors come from.
pub(super) enum Products {
    /// From a head that learns them.
    Learned(Box<Head>),
    /// From these texts, by the encoder that learns.
    Texts(Vec<Sequence>),
}

/// Vectors and biases of all candidates as they stand.
pub(super) struct Standing {
    /// `[candidates, hidden]`.
    pub phi: Tensor<2>,
    /// `[candidates]`.
    pub bias: Tensor<1>,
}

impl Learner {
    /// The loss of a few histories against the products of `columns`, summed, nats.
    pub(super) fn tower_loss(
        &self,
        texts: &[&Sequence],
        known: &[&[f32]],
        columns: &Columns,
        targets: &[u32],
        dropout: Dropout,
    ) -> Tensor<1> {
        let items = columns.items.as_deref().expect("products from texts stand in a sample");
        let products = items.iter().map(|&item| &self.products[item as usize]);
        let all: Vec<&Sequence> = texts.iter().copied().chain(products).collect();
        let network = &self.learning().network;
        let both = self.unit_vectors(&network.encoder, &all, Some(dropout));
        let z = network.with_known(both.clone().narrow(0, 0, texts.len()) * self.scale, known);
        let phi = both.narrow(0, texts.len(), items.len());
        let phi = plus(phi, network.of_products(self.facts_of(items).as_ref()));
        corrected_loss(z, phi, None, &columns.correction, targets, self.device().is_gpu)
    }

    /// What is known of some candidates, `[items, dim]`.
    fn facts_of(&self, items: &[u32]) -> Option<Tensor<2>> {
        let facts = self.facts.clone()?;
        let index: Vec<i32> = items.iter().map(|item| item.cast_signed()).collect();
        let index = TensorData::new(index, [items.len()]);
        Some(facts.clone().select(0, Tensor::<1, Int>::from_data(index, &facts.device())))
    }

    /// All candidates as they stand, outside of autodiff.
    ///
    /// # Errors
    /// [`ModelError::Cancelled`], [`ModelError::Device`].
    pub(super) fn standing(&self, control: &Control) -> Result<Standing, ModelError> {
        let learned = self.learning().network.valid();
        let known = learned.of_products(self.facts.as_ref());
        if let Some(head) = learned.head {
            let phi = head.products(known);
            return Ok(Standing { phi, bias: head.bias.val() });
        }
        let lengths: Vec<usize> = self.products.iter().map(Sequence::len).collect();
        let mut rows = vec![Vec::new(); lengths.len()];
        for batch in by_length(&lengths, 2_048, 128) {
            control.check()?;
            let texts: Vec<&Sequence> = batch.iter().map(|&index| &self.products[index]).collect();
            let found = guard(self.device(), || {
                Ok(values_of(self.unit_vectors(&learned.encoder, &texts, None)))
            })?;
            let width = found.len() / batch.len();
            for (index, row) in batch.into_iter().zip(found.chunks_exact(width)) {
                rows[index] = row.to_vec();
            }
        }
        let (count, width) = (rows.len(), rows[0].len());
        let device = self.device().device();
        let phi = Tensor::from_data(TensorData::new(rows.concat(), [count, width]), device);
        Ok(Standing { phi: plus(phi, known), bias: Tensor::zeros([count], device) })
    }
}

/// Vectors of texts with what facts add to them.
fn plus(phi: Tensor<2>, known: Option<Tensor<2>>) -> Tensor<2> {
    match known {
        Some(known) => phi + known,
        None => phi,
    }
}
