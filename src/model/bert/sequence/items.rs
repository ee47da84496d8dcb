//! The products as the network knows them: which have vectors of their own, and what their texts say.

use std::path::Path;

use crate::control::Control;
use crate::dataset::Dataset;
use crate::dataset::split::Split;
use crate::ids::ItemIdx;
use crate::model::ModelError;
use crate::model::bert::device::SelectedDevice;
use crate::model::bert::embedder::{Embedder, Embeddings};
use crate::model::bert::finetune::catalogue::{Candidates, log_shares, visits};
use crate::model::bert::pretrained::Pretrained;
use crate::model::knowledge::{Knowledge, ProductTexts};

const NONE: u32 = u32::MAX;

/// Products that can be ranked: those that training met, which have vectors of their own, and those with a
/// text or facts where these are used.
#[derive(Debug, Clone)]
pub(super) struct Items {
    pub candidates: Candidates,
    /// Candidates that training met, ascending; the position in it is a product's row among own vectors.
    met: Vec<u32>,
    rows: Vec<u32>,
    /// Of each product that training met, what its own bias starts from, see [`log_shares`].
    pub log_shares: Vec<f32>,
    /// Embeddings of the candidates' texts, the mean taken out, unit rows; behind them, or alone, their vectors
    /// of the graph of knowledge, which are such rows too. One projection of both is a projection of each,
    /// added up.
    pub text: Option<Embeddings>,
    /// The text encoder's name and fingerprint.
    pub text_encoder: Option<(String, u64)>,
    /// Fingerprint of the graph of knowledge.
    pub knowledge: Option<u64>,
}

impl Items {
    /// Look through the training part of a split, and through texts and knowledge where they are used.
    pub fn new(
        dataset: &Dataset,
        split: &Split,
        texts: Option<&ProductTexts<'_>>,
        knowledge: Option<&Knowledge>,
    ) -> Self {
        let candidates = Candidates::new(dataset.n_items(), split, texts, knowledge);
        let visits = visits(split, &candidates);
        let met: Vec<u32> =
            (0..candidates.len() as u32).filter(|&at| visits[at as usize] > 0).collect();
        let mut rows = vec![NONE; candidates.len()];
        for (row, &candidate) in met.iter().enumerate() {
            rows[candidate as usize] = row as u32;
        }
        let shares = log_shares(&visits);
        let log_shares = met.iter().map(|&at| shares[at as usize]).collect();
        let knowledge = knowledge.map(Knowledge::fingerprint);
        Self { candidates, met, rows, log_shares, text: None, text_encoder: None, knowledge }
    }

    /// So many products, all met and with texts.
    #[cfg(test)]
    pub fn all_met(count: usize, text: Embeddings) -> Self {
        let all: Vec<u32> = (0..count as u32).collect();
        let items = all.iter().map(|&item| ItemIdx(item)).collect();
        Self {
            candidates: Candidates::from_items(items, count),
            met: all.clone(),
            rows: all,
            log_shares: vec![0.0; count],
            text: Some(text),
            text_encoder: None,
            knowledge: None,
        }
    }

    /// Embed the texts of the candidates, if any has one.
    ///
    /// # Errors
    /// [`ModelError`]: cancelled, an encoder that cannot be opened, a device that failed.
    pub fn read_texts(
        &mut self,
        texts: &ProductTexts<'_>,
        encoder: Option<&Path>,
        device: &SelectedDevice,
        control: &Control,
    ) -> Result<(), ModelError> {
        let items = self.candidates.items();
        if items.iter().all(|&item| texts.text(item).is_empty()) {
            return Ok(());
        }
        let model = Pretrained::open(encoder)?;
        self.embed_with(&model, texts, device, control)
    }

    /// [`Self::read_texts`] with an encoder in memory.
    pub fn embed_with(
        &mut self,
        model: &Pretrained,
        texts: &ProductTexts<'_>,
        device: &SelectedDevice,
        control: &Control,
    ) -> Result<(), ModelError> {
        let texts: Vec<String> =
            self.candidates.items().iter().map(|&item| texts.text_or_id(item)).collect();
        let mut embeddings = Embedder::new(model, device)?.embed(&texts, control)?;
        centre(&mut embeddings);
        self.text = Some(embeddings);
        self.text_encoder = Some((model.name.clone(), model.fingerprint));
        Ok(())
    }

    /// Put the candidates' vectors of the graph behind their texts', if there are such vectors.
    pub fn add_knowledge(&mut self, knowledge: &Knowledge) {
        let Some(vectors) = &knowledge.vectors else { return };
        let text = self.text.take();
        let mut values = Vec::new();
        for (at, &item) in self.candidates.items().iter().enumerate() {
            values.extend(text.iter().flat_map(|text| text.row(at)));
            values.extend(vectors.row(item));
        }
        let dim = text.map_or(0, |text| text.dim) + vectors.dim;
        self.text = Some(Embeddings { dim, values });
    }

    /// Number of products with vectors of their own.
    pub fn n_met(&self) -> usize {
        self.met.len()
    }

    /// Candidates with vectors of their own, in the order of these.
    pub fn met(&self) -> &[u32] {
        &self.met
    }

    /// A candidate's row among own vectors; `None` when training did not meet it.
    pub fn row(&self, candidate: u32) -> Option<u32> {
        let row = self.rows[candidate as usize];
        (row != NONE).then_some(row)
    }

    /// A product's row among own vectors.
    pub fn row_of(&self, item: ItemIdx) -> Option<u32> {
        self.row(self.candidates.position(item)?)
    }
}

/// Take the mean out of unit vectors, which all texts of one shop share, and make them unit vectors again.
fn centre(embeddings: &mut Embeddings) {
    let (count, width) = (embeddings.len() as f32, embeddings.dim);
    let mut mean = vec![0.0; width];
    for row in embeddings.values.chunks_exact(width) {
        mean.iter_mut().zip(row).for_each(|(mean, value)| *mean += value / count);
    }
    for row in embeddings.values.chunks_exact_mut(width) {
        row.iter_mut().zip(&mean).for_each(|(value, mean)| *value -= mean);
        let length = row.iter().map(|value| value * value).sum::<f32>().sqrt().max(1e-6);
        row.iter_mut().for_each(|value| *value /= length);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_all_texts_share_is_taken_out() {
        let values = vec![0.8, 0.6, 0.8, -0.6, 0.8, 0.6];
        let mut embeddings = Embeddings { dim: 2, values };
        centre(&mut embeddings);
        assert!((embeddings.row(1)[1] + 1.0).abs() < 1e-6, "{embeddings:?}");
        assert!((embeddings.row(0)[1] - 1.0).abs() < 1e-6);
        let mut same = Embeddings { dim: 2, values: vec![1.0, 0.0, 1.0, 0.0] };
        centre(&mut same);
        assert_eq!(same.values, [0.0; 4], "texts that are all alike say nothing");
    }
}
