//! The products that the model ranks, and what their vectors start from.

use super::history::{HistoryReader, Told};
use crate::control::Control;
use crate::dataset::EventKind;
use crate::dataset::split::Split;
use crate::ids::ItemIdx;
use crate::model::ModelError;
use crate::model::bert::batch::Sequence;
use crate::model::bert::embedder::{Embeddings, TextNetwork};
use crate::model::bert::tensors::HostTensor;
use crate::model::bert::tokenizer::TextTokenizer;
use crate::model::knowledge::{Knowledge, ProductTexts};

/// Longest product text that a product's vector starts from, tokens.
const PRODUCT_TOKENS: usize = 96;

const NONE: u32 = u32::MAX;

/// Products that can be ranked: those with a text and those that training met. The others have nothing
/// to be told by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::model::bert) struct Candidates {
    items: Vec<ItemIdx>,
    positions: Vec<u32>,
}

impl Candidates {
    /// Candidates of a dataset of `n_items`, in order of index: products that training met, those with a text
    /// where texts are used, and those that knowledge has a vector of.
    pub fn new(
        n_items: usize,
        split: &Split,
        texts: Option<&ProductTexts<'_>>,
        knowledge: Option<&Knowledge>,
    ) -> Self {
        let graph = knowledge.filter(|known| known.vectors.is_some()).map(|known| &known.graph);
        let has_facts = |item: ItemIdx| graph.is_some_and(|graph| graph.product(item).is_some());
        let mut is_met = vec![false; n_items];
        for row in 0..split.train.len() {
            if let Some(item) = split.train.item(row) {
                is_met[item.index()] = true;
            }
        }
        let is_known = |item: ItemIdx| is_met[item.index()] || has_facts(item);
        let has_text = |item: ItemIdx| texts.is_some_and(|texts| !texts.text(item).is_empty());
        let items = (0..n_items)
            .map(ItemIdx::from_index)
            .filter(|&item| is_known(item) || has_text(item))
            .collect();
        Self::from_items(items, n_items)
    }

    /// Candidates given in ascending order, of a dataset of `n_items`.
    pub fn from_items(items: Vec<ItemIdx>, n_items: usize) -> Self {
        let mut positions = vec![NONE; n_items];
        for (position, item) in items.iter().enumerate() {
            positions[item.index()] = position as u32;
        }
        Self { items, positions }
    }

    /// The product at each position.
    pub fn items(&self) -> &[ItemIdx] {
        &self.items
    }

    /// The position of a product; `None` when it cannot be ranked.
    pub fn position(&self, item: ItemIdx) -> Option<u32> {
        let position = self.positions.get(item.index()).copied().unwrap_or(NONE);
        (position != NONE).then_some(position)
    }

    /// Number of products in the dataset.
    pub fn n_items(&self) -> usize {
        self.positions.len()
    }

    /// Number of candidates.
    pub fn len(&self) -> usize {
        self.items.len()
    }

    /// The candidates for a file, `[candidates, 2]`: each index as two floats that hold it exactly.
    pub fn to_tensor(&self) -> HostTensor {
        let halves = |item: &ItemIdx| [(item.0 >> 16) as f32, (item.0 & 0xFFFF) as f32];
        let values = self.items.iter().flat_map(halves).collect();
        HostTensor { shape: vec![self.len(), 2], values }
    }

    /// Read back what [`Self::to_tensor`] made; `None` when it is not of a dataset of `n_items`.
    pub fn from_tensor(tensor: &HostTensor, n_items: usize) -> Option<Self> {
        let item = |[high, low]: &[f32; 2]| ItemIdx((*high as u32) << 16 | *low as u32);
        let items: Vec<ItemIdx> = tensor.values.as_chunks().0.iter().map(item).collect();
        let fits = items.iter().all(|item| item.index() < n_items);
        fits.then(|| Self::from_items(items, n_items))
    }
}

/// What product vectors and biases start from.
pub(super) struct Start {
    /// φ: embeddings of the products' texts, `[candidates, hidden]`, unit rows.
    pub phi: Embeddings,
    /// See [`log_shares`], `[candidates]`.
    pub bias: Vec<f32>,
    /// The network's vector of a history that holds one product alone, `[candidates, hidden]`, unit rows.
    pub alone: Embeddings,
}

impl Start {
    /// Embed every candidate's text and one-product history; `visits` are those of training, `[candidates]`.
    ///
    /// # Errors
    /// [`ModelError::Cancelled`], [`ModelError::Device`].
    pub fn new(
        texts: &ProductTexts<'_>,
        visits: &[u32],
        candidates: &Candidates,
        reader: &HistoryReader,
        tokenizer: &TextTokenizer,
        network: &TextNetwork,
        control: &Control,
    ) -> Result<Self, ModelError> {
        let longest = PRODUCT_TOKENS.min(network.config.max_position_embeddings);
        let texts = product_texts(texts, candidates, tokenizer, longest);
        let alone: Vec<Sequence> = candidates
            .items()
            .iter()
            .map(|&item| reader.text([Told { item, kind: EventKind::View }]))
            .collect();
        Ok(Self {
            phi: network.embed(&texts, "stage-embedding-products", control)?,
            alone: network.embed(&alone, "stage-embedding-titles", control)?,
            bias: log_shares(visits),
        })
    }
}

/// The texts of all candidates, each of at most `longest` tokens.
pub(super) fn product_texts(
    texts: &ProductTexts<'_>,
    candidates: &Candidates,
    tokenizer: &TextTokenizer,
    longest: usize,
) -> Vec<Sequence> {
    let texts: Vec<String> =
        candidates.items().iter().map(|&item| texts.text_or_id(item)).collect();
    tokenizer.texts(&texts, longest).into_iter().map(Sequence::mean_pooled).collect()
}

/// Training visits of each candidate.
pub(in crate::model::bert) fn visits(split: &Split, candidates: &Candidates) -> Vec<u32> {
    let mut visits = vec![0; candidates.len()];
    for row in 0..split.train.len() {
        if let Some(position) = split.train.item(row).and_then(|item| candidates.position(item)) {
            visits[position as usize] += 1;
        }
    }
    visits
}

/// Of each product that training met, the log of its visits plus one, less the mean of these; 0 for the
/// others, of which nothing is known: they stand like an average one.
pub(in crate::model::bert) fn log_shares(visits: &[u32]) -> Vec<f32> {
    let log = |&visits: &u32| (f64::from(visits) + 1.0).ln();
    let met = || visits.iter().filter(|&&visits| visits > 0);
    let mean = met().map(log).sum::<f64>() / met().count().max(1) as f64;
    visits
        .iter()
        .map(|visits| if *visits > 0 { (log(visits) - mean) as f32 } else { 0.0 })
        .collect()
}
