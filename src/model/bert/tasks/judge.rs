//! How well a network does on validation texts; figures for choosing an epoch, not for a report.

use std::collections::BTreeMap;

use super::config::{ChooseBy, TextTaskConfig};
use super::data::{Outputs, Predictions, Target, TextExample, ranked};
use super::label_set::LabelSet;
use super::learner::TaskLearner;
use super::loss::{classes_of, labels_of};
use crate::control::Control;
use crate::model::bert::batch::{Sequence, by_length};
use crate::model::bert::course::Learner as _;
use crate::model::bert::device::guard;
use crate::model::{ModelError, Sample};

/// Labels shown of a sample.
const GUESSES: usize = 3;

/// Tokens and texts of one forward pass.
pub(super) const BATCH_TOKENS: usize = 2_048;
pub(super) const BATCH_TEXTS: usize = 128;

/// The metric that chooses, and whether more of it is better.
pub(super) fn chooser(config: &TextTaskConfig, outputs: &Outputs) -> (&'static str, bool) {
    match (config.choose_by, outputs) {
        (ChooseBy::Loss, _) => ("loss", false),
        (_, Outputs::Rating) => ("rmse", false),
        (ChooseBy::Auto, Outputs::Classes { .. }) => ("accuracy", true),
        (ChooseBy::Auto, Outputs::Labels { .. }) => ("micro_f1", true),
        (ChooseBy::MacroF1, Outputs::Classes { .. } | Outputs::Labels { .. }) => ("macro_f1", true),
    }
}

/// Outputs of all texts, in order, by batches of similar length.
///
/// # Errors
/// [`ModelError::Cancelled`], [`ModelError::Device`].
pub(super) fn outputs_of(
    sequences: &[Sequence],
    width: usize,
    stage: &'static str,
    control: &Control,
    mut run: impl FnMut(&[&Sequence], &[usize]) -> Result<Vec<f32>, ModelError>,
) -> Result<Vec<f32>, ModelError> {
    let lengths: Vec<usize> = sequences.iter().map(Sequence::len).collect();
    let mut outputs = vec![0.0; sequences.len() * width];
    let (mut done, total) = (0, sequences.len() as u64);
    for batch in by_length(&lengths, BATCH_TOKENS, BATCH_TEXTS) {
        control.check()?;
        control.report(stage, done, total);
        let chosen: Vec<&Sequence> = batch.iter().map(|&index| &sequences[index]).collect();
        for (&index, row) in batch.iter().zip(run(&chosen, &batch)?.chunks(width)) {
            outputs[index * width..(index + 1) * width].copy_from_slice(row);
        }
        done += batch.len() as u64;
    }
    Ok(outputs)
}

/// `loss`, and `accuracy` and `macro_f1` of classes, `micro_f1` and `macro_f1` of labels or `rmse` of ratings; empty
/// without texts.
///
/// # Errors
/// [`ModelError::Cancelled`], [`ModelError::Device`].
pub(super) fn judge(
    learner: &TaskLearner,
    sequences: &[Sequence],
    targets: &[Target],
    control: &Control,
) -> Result<BTreeMap<String, f32>, ModelError> {
    if sequences.is_empty() {
        return Ok(BTreeMap::new());
    }
    let loss = learner.loss();
    let run =
        |texts: &[&Sequence], _: &[usize]| guard(learner.device(), || Ok(learner.outputs(texts)));
    let outputs = outputs_of(sequences, loss.outputs(), "stage-validating", control, run)?;
    let losses = loss.each(&outputs, targets);
    let mut metrics = BTreeMap::from([("loss".to_owned(), mean(&losses))]);
    match loss.predictions(&outputs) {
        predictions @ Predictions::Chances { classes, .. } => {
            let (truth, named) = (classes_of(targets), predictions.named());
            let right = truth.iter().zip(&named).filter(|(truth, named)| truth == named).count();
            let accuracy = right as f32 / truth.len() as f32;
            metrics.insert("accuracy".to_owned(), accuracy);
            metrics.insert("macro_f1".to_owned(), macro_f1(&truth, &named, classes));
        }
        predictions @ Predictions::Marks { labels, .. } => {
            let truth = targets.iter().copied().map(labels_of);
            let [micro, macro_f1] = f1_of_labels(truth, &predictions.given(), labels);
            metrics.insert("micro_f1".to_owned(), micro);
            metrics.insert("macro_f1".to_owned(), macro_f1);
        }
        Predictions::Ratings(ratings) => {
            let error = |(found, target): (&f64, &Target)| match target {
                Target::Rating(rating) => (found - rating).powi(2),
                Target::Class(_) | Target::Labels(_) => 0.0,
            };
            let squares: Vec<f64> = ratings.iter().zip(targets).map(error).collect();
            metrics.insert("rmse".to_owned(), mean(&squares).sqrt());
        }
    }
    Ok(metrics)
}

/// What the network says of some texts.
///
/// # Errors
/// [`ModelError::Device`].
pub(super) fn samples(
    learner: &TaskLearner,
    outputs: &Outputs,
    shown: &[(TextExample, Sequence)],
) -> Result<Vec<Sample>, ModelError> {
    if shown.is_empty() {
        return Ok(Vec::new());
    }
    let sequences: Vec<&Sequence> = shown.iter().map(|(_, sequence)| sequence).collect();
    let told = guard(learner.device(), || Ok(learner.outputs(&sequences)))?;
    let guesses: Vec<Vec<(String, Option<f32>)>> = match learner.loss().predictions(&told) {
        Predictions::Ratings(ratings) => {
            ratings.iter().map(|rating| vec![(format!("{rating:.2}"), None)]).collect()
        }
        Predictions::Chances { classes: width, values }
        | Predictions::Marks { labels: width, values } => {
            let shown = |chances| {
                let likeliest = ranked(chances, outputs.labels(), GUESSES);
                likeliest.into_iter().map(|(label, chance)| (label.to_owned(), Some(chance as f32)))
            };
            values.chunks(width).map(|chances| shown(chances).collect()).collect()
        }
    };
    let truth = |target: Target| match target {
        Target::Class(class) => outputs.labels()[class as usize].clone(),
        Target::Labels(set) => {
            let names: Vec<&str> =
                set.labels().map(|label| outputs.labels()[label].as_str()).collect();
            if names.is_empty() { "–".to_owned() } else { names.join(", ") }
        }
        Target::Rating(rating) => rating.to_string(),
    };
    let sample = |((example, _), guesses): (&(TextExample, Sequence), _)| Sample {
        text: match &example.input.second {
            None => example.input.text.clone(),
            Some(second) => format!("{} | {second}", example.input.text),
        },
        truth: truth(example.target),
        guesses,
    };
    Ok(shown.iter().zip(guesses).map(sample).collect())
}

/// F1 over all labels together, and the mean of the F1 of those that are true or given of any text.
fn f1_of_labels(
    truth: impl Iterator<Item = LabelSet>,
    given: &[LabelSet],
    labels: usize,
) -> [f32; 2] {
    let (mut right, mut sum) = (vec![0_u32; labels], vec![0_u32; labels]);
    for (truth, given) in truth.zip(given) {
        for label in 0..labels {
            let (truth, given) = (truth.contains(label), given.contains(label));
            right[label] += u32::from(truth && given);
            sum[label] += u32::from(truth) + u32::from(given);
        }
    }
    let f1 = |right: u32, sum: u32| 2.0 * f64::from(right) / f64::from(sum.max(1));
    let pairs = || right.iter().zip(&sum).filter(|(_, sum)| **sum > 0);
    let met: Vec<f64> = pairs().map(|(&right, &sum)| f1(right, sum)).collect();
    let micro = f1(right.iter().sum(), sum.iter().sum());
    [micro as f32, if met.is_empty() { 0.0 } else { mean(&met) }]
}

fn mean(values: &[f64]) -> f32 {
    (values.iter().sum::<f64>() / values.len() as f64) as f32
}

/// Mean F1 over the classes that are true or named of any text.
fn macro_f1(truth: &[u32], named: &[u32], classes: usize) -> f32 {
    let (mut right, mut sum) = (vec![0_u32; classes], vec![0_u32; classes]);
    for (&truth, &named) in truth.iter().zip(named) {
        right[truth as usize] += u32::from(truth == named);
        sum[truth as usize] += 1;
        sum[named as usize] += 1;
    }
    let met: Vec<f64> = right
        .iter()
        .zip(&sum)
        .filter(|(_, sum)| **sum > 0)
        .map(|(&right, &sum)| 2.0 * f64::from(right) / f64::from(sum))
        .collect();
    mean(&met)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn macro_f1_is_over_classes_that_were_met() {
        let f1 = macro_f1(&[0, 0, 1, 1], &[0, 1, 1, 1], 3);
        assert!((f1 - f32::midpoint(2.0 / 3.0, 0.8)).abs() < 1e-6, "{f1}");
    }

    #[test]
    fn f1_of_labels_counts_each_label_of_each_text() {
        let set = |labels: &[usize]| labels.iter().copied().collect::<LabelSet>();
        let truth = [set(&[0, 1]), set(&[1]), set(&[])];
        let given = [set(&[0]), set(&[0, 1]), set(&[1])];
        let [micro, macro_f1] = f1_of_labels(truth.into_iter(), &given, 3);
        assert!((micro - 4.0 / 7.0).abs() < 1e-6, "{micro}");
        assert!((macro_f1 - f32::midpoint(2.0 / 3.0, 0.5)).abs() < 1e-6, "{macro_f1}");
    }

    #[test]
    fn what_chooses_fits_the_task() {
        let config = TextTaskConfig::default();
        let classes = Outputs::Classes { labels: Vec::new() };
        assert_eq!(chooser(&config, &classes), ("accuracy", true));
        assert_eq!(chooser(&config, &Outputs::Rating), ("rmse", false));
        let labels = Outputs::Labels { labels: Vec::new() };
        assert_eq!(chooser(&config, &labels), ("micro_f1", true));
        let config = TextTaskConfig { choose_by: ChooseBy::Loss, ..config };
        assert_eq!(chooser(&config, &classes), ("loss", false));
    }
}
