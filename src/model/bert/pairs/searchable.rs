//! A collection of texts that is ready to be searched by an encoder.

use std::path::Path;

use super::search::{nearest, vectors_of};
use crate::control::Control;
use crate::model::ModelError;
use crate::model::bert::device::{DeviceChoice, select};
use crate::model::bert::embedder::{Embedder, Embeddings};
use crate::model::bert::pretrained::Pretrained;

/// Texts with their vectors, and the encoder that made them.
#[derive(Debug)]
pub struct Searchable {
    texts: Vec<String>,
    vectors: Embeddings,
    embedder: Embedder,
}

impl Searchable {
    /// Makes the vectors of `texts`; with a `file`, as [`vectors_of`] does.
    ///
    /// # Errors
    /// [`ModelError`]: there is no text, cancelled, the device failed, a file that cannot be read or written.
    pub fn new(
        model: &Pretrained,
        texts: Vec<String>,
        device: DeviceChoice,
        file: Option<&Path>,
        control: &Control,
    ) -> Result<Self, ModelError> {
        if texts.is_empty() {
            return Err(ModelError::UnusableData(
                "there is no text to search; import a catalogue with titles".into(),
            ));
        }
        let embedder = Embedder::new(model, &select(device)?)?;
        let vectors = vectors_of(&texts, (model, &embedder), file, control)?;
        Ok(Self { texts, vectors, embedder })
    }

    /// What is searched.
    #[must_use]
    pub fn texts(&self) -> &[String] {
        &self.texts
    }

    /// Places of the texts nearest to `query` with their cosines, the nearest first.
    ///
    /// # Errors
    /// [`ModelError::Cancelled`], [`ModelError::Device`].
    pub fn find(
        &self,
        query: &str,
        most: usize,
        control: &Control,
    ) -> Result<Vec<(usize, f32)>, ModelError> {
        let asked = self.embedder.embed(&[query.to_owned()], control)?;
        Ok(nearest(asked.row(0), &self.vectors, most))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::bert::testing::tiny_model;

    #[test]
    fn a_text_finds_itself_first_and_nothing_cannot_be_searched() {
        let control = Control::default();
        let texts = ["red mug", "blue lamp", "garden chair"].map(str::to_owned).to_vec();
        let model = tiny_model(3);
        let search = Searchable::new(&model, texts, DeviceChoice::Cpu, None, &control);
        let search = search.expect("vectors");
        let found = search.find("blue lamp", 2, &control).expect("found");
        assert_eq!((found.len(), search.texts()[found[0].0].as_str()), (2, "blue lamp"));
        assert!((found[0].1 - 1.0).abs() < 1e-5 && found[1].1 < found[0].1, "{found:?}");
        let none = Searchable::new(&model, Vec::new(), DeviceChoice::Cpu, None, &control);
        assert!(none.expect_err("no text").to_string().contains("no text to search"));
        let stopped = Control::default();
        stopped.cancel_token().cancel();
        assert!(matches!(search.find("a", 1, &stopped), Err(ModelError::Cancelled(_))));
    }
}
