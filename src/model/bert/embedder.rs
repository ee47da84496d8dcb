//! Texts to vectors.

use std::path::Path;

use super::batch::{Sequence, by_length};
use super::config::Trainable;
use super::deltas::room;
use super::device::{DeviceChoice, SelectedDevice, guard, select};
use super::encoder_config::EncoderConfig;
use super::network::{Encoder, LayerShape, pool, unit_rows};
use super::pretrained::{Pooling, Pretrained};
use super::tokenizer::TextTokenizer;
use super::weights::values_of;
use crate::control::Control;
use crate::model::ModelError;

/// Longest text that is embedded, tokens; what all-MiniLM-L6-v2 was made for.
pub const MAX_TEXT_TOKENS: usize = 256;

/// Tokens of one forward pass: enough to keep the processor busy, little enough to be cancelled soon.
pub(super) const BATCH_TOKENS: usize = 2_048;
const BATCH_TEXTS: usize = 128;

/// Unit vectors of texts.
#[derive(Debug, Clone, PartialEq)]
pub struct Embeddings {
    /// Width of a vector.
    pub dim: usize,
    /// `[n_texts, dim]`, row-major; every row has length 1.
    pub values: Vec<f32>,
}

impl Embeddings {
    /// Number of texts.
    #[must_use]
    pub fn len(&self) -> usize {
        self.values.len() / self.dim
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.values.is_empty()
    }

    /// The vector of one text.
    #[must_use]
    pub fn row(&self, text: usize) -> &[f32] {
        &self.values[text * self.dim..(text + 1) * self.dim]
    }
}

/// A text encoder on a device. A text's vector is the mean of its tokens' last hidden states, or where the
/// model asks for it the first of them, divided by its length (Reimers and Gurevych 2019).
#[derive(Debug, Clone)]
pub struct Embedder {
    tokenizer: TextTokenizer,
    max_tokens: usize,
    pooling: Pooling,
    network: TextNetwork,
}

/// The network without a tokenizer.
#[derive(Debug, Clone)]
pub(super) struct TextNetwork {
    pub encoder: Encoder,
    pub config: EncoderConfig,
    pub device: SelectedDevice,
}

impl Embedder {
    /// The encoder in `folder`, or the built-in one, on a device.
    ///
    /// # Errors
    /// [`ModelError::Device`], [`ModelError::Io`] or [`ModelError::BadFile`].
    pub fn open(folder: Option<&Path>, device: DeviceChoice) -> Result<Self, ModelError> {
        Self::new(&Pretrained::open(folder)?, &select(device)?)
    }

    /// A pre-trained encoder on an open device.
    ///
    /// # Errors
    /// [`ModelError::BadFile`] when weights are missing or of another shape.
    pub fn new(model: &Pretrained, device: &SelectedDevice) -> Result<Self, ModelError> {
        let encoder = guard(device, || model.encoder(device.device()))?;
        Ok(Self {
            tokenizer: model.tokenizer.clone(),
            max_tokens: MAX_TEXT_TOKENS
                .min(room(model.apart.unwrap_or(Trainable::Full), &model.config)?),
            pooling: model.pooling,
            network: TextNetwork { encoder, config: model.config.clone(), device: device.clone() },
        })
    }

    /// The device that it runs on.
    #[must_use]
    pub fn device(&self) -> &SelectedDevice {
        &self.network.device
    }

    /// Vectors of `texts`, in order. Longer texts than [`MAX_TEXT_TOKENS`] are cut at the end.
    ///
    /// # Errors
    /// [`ModelError::Cancelled`] on request, [`ModelError::Device`] when the device fails.
    pub fn embed(&self, texts: &[String], control: &Control) -> Result<Embeddings, ModelError> {
        let sequences: Vec<Sequence> = self
            .tokenizer
            .texts(texts, self.max_tokens)
            .into_iter()
            .map(|ids| match self.pooling {
                Pooling::Mean => Sequence::mean_pooled(ids),
                Pooling::First => Sequence::first_pooled(ids, None),
            })
            .collect();
        self.network.embed(&sequences, "stage-embedding", control)
    }
}

impl TextNetwork {
    /// Unit vectors of sequences, in order; `stage` is what progress is reported as.
    pub fn embed(
        &self,
        sequences: &[Sequence],
        stage: &'static str,
        control: &Control,
    ) -> Result<Embeddings, ModelError> {
        let dim = self.config.hidden_size;
        let mut values = vec![0.0; sequences.len() * dim];
        let lengths: Vec<usize> = sequences.iter().map(Sequence::len).collect();
        let mut done = 0;
        control.report(stage, 0, sequences.len() as u64);
        for batch in by_length(&lengths, BATCH_TOKENS, BATCH_TEXTS) {
            control.check()?;
            let chosen: Vec<&Sequence> = batch.iter().map(|&index| &sequences[index]).collect();
            let vectors = guard(&self.device, || Ok(self.embed_batch(&chosen)))?;
            for (&index, vector) in batch.iter().zip(vectors.chunks_exact(dim)) {
                values[index * dim..(index + 1) * dim].copy_from_slice(vector);
            }
            done += batch.len() as u64;
            control.report(stage, done, sequences.len() as u64);
        }
        Ok(Embeddings { dim, values })
    }

    /// Unit vectors of a few sequences, `[sequences, hidden]`.
    pub fn embed_batch(&self, sequences: &[&Sequence]) -> Vec<f32> {
        let batch = self.encoder.batch(sequences, &self.device);
        let shape = LayerShape::of(&self.config);
        let hidden = self.encoder.forward(None, &batch, shape, 0, None);
        values_of(unit_rows(pool(hidden, &batch)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde::Deserialize;

    #[derive(Deserialize)]
    struct Golden {
        sentences: Vec<GoldenSentence>,
    }

    #[derive(Deserialize)]
    struct GoldenSentence {
        text: String,
        ids: Vec<u32>,
        embedding: Vec<f32>,
    }

    fn golden() -> Golden {
        let text = include_str!("../../../tests/golden/bert/embeddings.json");
        serde_json::from_str(text).expect("the golden file")
    }

    /// Reference values are made by `scripts/golden/bert_embeddings.py`.
    #[test]
    fn embeddings_equal_those_of_the_reference() {
        let golden = golden();
        let embedder = Embedder::open(None, DeviceChoice::Cpu).expect("the built-in model");
        let texts: Vec<String> = golden.sentences.iter().map(|one| one.text.clone()).collect();
        let ids = embedder.tokenizer.texts(&texts, embedder.max_tokens);
        let found = embedder.embed(&texts, &Control::default()).expect("embedded");
        assert_eq!(golden.sentences.len(), 50);
        for (index, expected) in golden.sentences.iter().enumerate() {
            assert_eq!(ids[index], expected.ids, "token ids of {:?}", expected.text);
            let row = found.row(index);
            let cosine: f32 = row.iter().zip(&expected.embedding).map(|(a, b)| a * b).sum();
            assert!(cosine > 0.999_99, "cosine {cosine} for {:?}", expected.text);
            for (found, expected) in row.iter().zip(&expected.embedding) {
                assert!((found - expected).abs() < 5e-6, "{found} against {expected}");
            }
        }
    }

    #[test]
    fn an_embedding_does_not_depend_on_its_batch() {
        let embedder = Embedder::open(None, DeviceChoice::Cpu).expect("the built-in model");
        let texts =
            ["red mug", "", "a much longer description of a blue ceramic mug"].map(String::from);
        let all = embedder.embed(&texts, &Control::default()).expect("embedded");
        for (index, text) in texts.iter().enumerate() {
            let one =
                embedder.embed(std::slice::from_ref(text), &Control::default()).expect("embedded");
            for (a, b) in one.values.iter().zip(all.row(index)) {
                assert!((a - b).abs() < 1e-6);
            }
        }
    }

    #[test]
    fn embedding_can_be_cancelled() {
        let embedder = Embedder::open(None, DeviceChoice::Cpu).expect("the built-in model");
        let control = Control::default();
        control.cancel_token().cancel();
        let result = embedder.embed(&["mug".to_owned()], &control);
        assert!(matches!(result, Err(ModelError::Cancelled(_))));
    }
}
