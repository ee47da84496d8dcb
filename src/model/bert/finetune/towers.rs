//! Two towers that share an encoder: a history and a product are the vectors of their texts, and what was
//! met next stands against the other products of the batch (`InfoNCE`; van den Oord et al. 2018, corrected for
//! popularity as by Yi et al. 2019). A product that comes up twice in a batch stands in it once.

use burn::module::Module;
use burn::tensor::{Tensor, TensorData};

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
        columns: &Columns,
        targets: &[u32],
        dropout: Dropout,
    ) -> Tensor<1> {
        let items = columns.items.as_deref().expect("products from texts stand in a sample");
        let products = items.iter().map(|&item| &self.products[item as usize]);
        let all: Vec<&Sequence> = texts.iter().copied().chain(products).collect();
        let both = self.unit_vectors(&self.learning().network.encoder, &all, Some(dropout));
        let z = both.clone().narrow(0, 0, texts.len()) * self.scale;
        let phi = both.narrow(0, texts.len(), items.len());
        corrected_loss(z, phi, None, &columns.correction, targets, self.device().is_gpu)
    }

    /// All candidates as they stand, outside of autodiff.
    ///
    /// # Errors
    /// [`ModelError::Cancelled`], [`ModelError::Device`].
    pub(super) fn standing(&self, control: &Control) -> Result<Standing, ModelError> {
        let learned = self.learning().network.valid();
        if let Some(head) = learned.head {
            let phi = head.products(self.facts.as_ref());
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
        Ok(Standing {
            phi: Tensor::from_data(TensorData::new(rows.concat(), [count, width]), device),
            bias: Tensor::zeros([count], device),
        })
    }
}
