//! The model that a fine-tuned encoder has to beat: TF-IDF of words and word pairs under a linear model.
//!
//! Logistic regression names classes, or one label after another, ridge regression foretells ratings; both are what scikit-learn's
//! `TfidfVectorizer`, `LogisticRegression` and `Ridge` give on the same words, which the golden tests
//! hold them to.

mod bm25;
#[cfg(test)]
mod golden_tests;
mod lbfgs;
mod linear;
mod sparse;
mod tfidf;

pub use bm25::Bm25;
pub use linear::{LinearModel, LinearTarget};
pub use sparse::SparseRows;
pub use tfidf::{BaselineText, TfIdf};

use crate::control::{Cancelled, Control};

/// Values of C, the inverse of the strength of the L2 penalty, that are tried on the validation part.
pub const STRENGTHS: [f64; 5] = [1.0, 3.0, 10.0, 30.0, 100.0];

/// C where there is no validation part to choose it by.
pub const DEFAULT_STRENGTH: f64 = 10.0;

/// TF-IDF and a linear model, fitted.
#[derive(Debug, Clone)]
pub struct TextBaseline {
    tfidf: TfIdf,
    linear: LinearModel,
    /// C that was chosen.
    pub strength: f64,
}

impl TextBaseline {
    /// Fits on the training texts; C is the one of [`STRENGTHS`] with the least loss on the validation
    /// texts, or [`DEFAULT_STRENGTH`] where there are none.
    ///
    /// # Errors
    /// [`Cancelled`] on request.
    pub fn fit(
        train: (&[BaselineText<'_>], LinearTarget<'_>),
        validation: (&[BaselineText<'_>], LinearTarget<'_>),
        control: &Control,
    ) -> Result<Self, Cancelled> {
        control.report("stage-fitting-baseline", 0, 0);
        let tfidf = TfIdf::fit(train.0, 1);
        let rows = tfidf.transform(train.0);
        let fit = |strength| LinearModel::fit(&rows, train.1, strength, control);
        if validation.0.is_empty() {
            let linear = fit(DEFAULT_STRENGTH)?;
            return Ok(Self { linear, tfidf, strength: DEFAULT_STRENGTH });
        }
        let judged = tfidf.transform(validation.0);
        let mut best: Option<(f64, f64, LinearModel)> = None;
        for strength in STRENGTHS {
            let linear = fit(strength)?;
            let loss = linear.loss(&judged, validation.1);
            if best.as_ref().is_none_or(|(least, ..)| loss < *least) {
                best = Some((loss, strength, linear));
            }
        }
        let (_, strength, linear) = best.expect("several strengths were tried");
        Ok(Self { tfidf, linear, strength })
    }

    /// Chances of all classes or labels of each text, `[texts, classes]`; ratings, `[texts]`, after ratings.
    #[must_use]
    pub fn predict(&self, texts: &[BaselineText<'_>]) -> Vec<f64> {
        self.linear.predict(&self.tfidf.transform(texts))
    }

    /// Words and word pairs that it knows.
    #[must_use]
    pub fn features(&self) -> usize {
        self.tfidf.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts() -> Vec<BaselineText<'static>> {
        let good = ["lovely red mug", "lovely lamp", "a lovely warm lamp", "red and lovely"];
        let bad = ["broken red mug", "broken lamp", "a broken warm lamp", "red and broken"];
        good.into_iter().chain(bad).map(BaselineText::from).collect()
    }

    #[test]
    fn classes_and_ratings_are_learned_from_words() {
        let control = Control::default();
        let (texts, classes) = (texts(), [0, 0, 0, 0, 1, 1, 1, 1]);
        let target = LinearTarget::Classes { of: &classes, n: 2 };
        let model =
            TextBaseline::fit((&texts, target), (&texts, target), &control).expect("fitted");
        let chances = model.predict(&["so lovely".into(), "so broken".into()]);
        assert!(chances[0] > 0.8 && chances[3] > 0.8, "{chances:?}");
        assert!((chances[0] + chances[1] - 1.0).abs() < 1e-12);
        assert!(STRENGTHS.contains(&model.strength) && model.features() > 8);
        let stars = [5.0, 5.0, 5.0, 5.0, 1.0, 1.0, 1.0, 1.0];
        let target = LinearTarget::Values(&stars);
        let none = LinearTarget::Values(&[]);
        let model = TextBaseline::fit((&texts, target), (&[], none), &control).expect("fitted");
        let stars = model.predict(&["so lovely".into(), "so broken".into()]);
        assert!(stars[0] > 4.0 && stars[1] < 2.0, "{stars:?}");
    }

    #[test]
    fn the_second_text_of_a_pair_has_words_of_its_own() {
        let pair = |text, second| BaselineText { text, second: Some(second) };
        let pairs = [pair("mug", "lamp"), pair("lamp", "mug"), pair("mug", "lamp")];
        let target = LinearTarget::Classes { of: &[0, 1, 0], n: 2 };
        let none = LinearTarget::Classes { of: &[], n: 2 };
        let model = TextBaseline::fit((&pairs, target), (&[], none), &Control::default());
        let chances = model.expect("fitted").predict(&pairs[..2]);
        assert!(chances[0] > 0.6 && chances[3] > 0.6, "{chances:?}");
    }

    #[test]
    fn fitting_stops_when_it_is_told_to() {
        let control = Control::default();
        control.cancel_token().cancel();
        let target = LinearTarget::Values(&[1.0]);
        let fitted = TextBaseline::fit((&["a mug".into()], target), (&[], target), &control);
        assert!(fitted.is_err());
    }
}
