//! What is left of a model's figures when the texts it is judged on are disturbed.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::super::report::Estimate;
use super::disturb::{Disturbance, NOISE_SHARE};
use super::figures::{Figures, Truth};
use crate::control::Control;
use crate::model::ModelError;
use crate::model::bert::tasks::{Noise, Predictions, TextInput, TextModel};

/// One model on texts disturbed in one way.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct DisturbedFigures {
    /// What was done; none for the texts as they are.
    pub disturbance: Option<Disturbance>,
    /// Texts that were changed by it.
    pub changed: usize,
    /// All figures.
    pub metrics: BTreeMap<String, Estimate>,
    /// Share of the texts of which another class is named, or other labels given, than of the plain text; none for
    /// ratings.
    pub flipped: Option<f64>,
}

/// One model on all disturbances.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RobustnessReport {
    /// The model's name.
    pub model: String,
    /// Seed of the disturbances.
    pub seed: u64,
    /// The plain texts first.
    pub rows: Vec<DisturbedFigures>,
}

/// Judges a fine-tuned encoder on `texts` as they are and disturbed in every way.
///
/// # Errors
/// [`ModelError::Cancelled`] on request, [`ModelError::Device`] when the device fails.
pub fn of_encoder(
    name: &str,
    model: &TextModel,
    texts: &[TextInput],
    truth: Truth<'_>,
    seed: u64,
    control: &Control,
) -> Result<RobustnessReport, ModelError> {
    let predict = |kind: Option<Disturbance>, texts: &[TextInput]| {
        let is_noise = kind == Some(Disturbance::EmbeddingNoise);
        let noise = is_noise.then_some(Noise { share: NOISE_SHARE, seed });
        model.predict_with(texts, noise, control)
    };
    report(name, &Disturbance::ALL, predict, texts, truth, seed, control)
}

/// Judges a model of words, which has no word vectors to put noise on.
///
/// # Errors
/// [`ModelError::Cancelled`] on request.
pub fn of_words(
    name: &str,
    predict: impl Fn(&[TextInput]) -> Predictions,
    texts: &[TextInput],
    truth: Truth<'_>,
    seed: u64,
    control: &Control,
) -> Result<RobustnessReport, ModelError> {
    let kinds: Vec<Disturbance> =
        Disturbance::ALL.into_iter().filter(|&kind| kind != Disturbance::EmbeddingNoise).collect();
    report(name, &kinds, |_, texts| Ok(predict(texts)), texts, truth, seed, control)
}

fn report(
    name: &str,
    kinds: &[Disturbance],
    predict: impl Fn(Option<Disturbance>, &[TextInput]) -> Result<Predictions, ModelError>,
    texts: &[TextInput],
    truth: Truth<'_>,
    seed: u64,
    control: &Control,
) -> Result<RobustnessReport, ModelError> {
    let plain = predict(None, texts)?;
    let mut rows = vec![DisturbedFigures {
        disturbance: None,
        changed: 0,
        metrics: Figures::new(truth, &plain, seed, control)?.metrics,
        flipped: None,
    }];
    for (done, &kind) in kinds.iter().enumerate() {
        control.check()?;
        control.report("stage-disturbing", done as u64, kinds.len() as u64);
        let disturbed = kind.apply(texts, seed);
        let predictions = predict(Some(kind), &disturbed)?;
        let differs = texts.iter().zip(&disturbed).filter(|(a, b)| a != b).count();
        let is_noise = kind == Disturbance::EmbeddingNoise;
        rows.push(DisturbedFigures {
            disturbance: Some(kind),
            changed: if is_noise { texts.len() } else { differs },
            metrics: Figures::new(truth, &predictions, seed, control)?.metrics,
            flipped: flipped(&plain, &predictions),
        });
    }
    Ok(RobustnessReport { model: name.to_owned(), seed, rows })
}

fn flipped(before: &Predictions, after: &Predictions) -> Option<f64> {
    fn share<T: PartialEq>(before: &[T], after: &[T]) -> Option<f64> {
        let other = before.iter().zip(after).filter(|(a, b)| a != b).count();
        (!before.is_empty()).then(|| other as f64 / before.len() as f64)
    }
    let of_classes = share(&before.named(), &after.named());
    of_classes.or_else(|| share(&before.given(), &after.given()))
}
