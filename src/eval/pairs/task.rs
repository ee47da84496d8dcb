//! A training on pairs from texts to judgement: split, fine-tuning, searches, figures, paired tests.

use serde::{Deserialize, Serialize};

use super::super::text::PairedTest;
use super::figures::{FoundFigures, Values, beside, values};
use super::held::{PairLeaks, Queries};
use crate::model::bert::device::select;
use crate::model::bert::embedder::Embedder;
use crate::model::bert::finetune::TrainingResult;
use crate::model::bert::pairs::{self, PairConfig, PairData, cosines};
use crate::model::bert::pretrained::Pretrained;
use crate::model::bert::rate_finder::RateSweep;
use crate::model::bert::tasks::{TextParts, TextSplit};
use crate::model::text_baseline::{BaselineText, Bm25, TfIdf};
use crate::model::{FitContext, ModelError};

/// What is fine-tuned on which part.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PairTask {
    /// How the encoder is fine-tuned.
    pub config: PairConfig,
    /// How pairs are divided; those of one left text stay together.
    pub split: TextSplit,
}

/// How it went; every figure is of the test part, whose left texts search all distinct right texts.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PairReport {
    /// What was done.
    pub task: PairTask,
    /// Seed of the training and of the intervals.
    pub seed: u64,
    /// Pairs learned from.
    pub train: usize,
    /// Pairs from which those that chose the epoch were drawn.
    pub validation: usize,
    /// Pairs judged on.
    pub test: usize,
    /// Distinct left texts of them.
    pub queries: usize,
    /// Distinct right texts that are searched, those of all parts.
    pub collection: usize,
    /// What test and training share.
    pub leaks: PairLeaks,
    /// The encoder first, then what it has to beat.
    pub models: Vec<FoundFigures>,
    /// The encoder against each of the others.
    pub paired: Vec<PairedTest>,
    /// How the training went.
    pub training: TrainingResult,
}

/// Fine-tunes and judges.
///
/// # Errors
/// [`ModelError`]: cancelled, texts or settings that cannot be used, a device or file that failed.
pub fn run(
    task: &PairTask,
    data: &PairData,
    context: &FitContext<'_>,
) -> Result<(Pretrained, PairReport), ModelError> {
    let (control, seed) = (context.control, context.seed);
    task.config.check().map_err(ModelError::UnusableData)?;
    let parts = data.divide(&task.split)?;
    let base = Pretrained::open(task.config.base_model.as_deref())?;
    let (model, training) = pairs::fit_from(&base, &task.config, data, &parts, context)?;
    let queries = Queries::of(data, &parts);
    let mut searches: Vec<(&str, Values)> = Vec::new();
    for (name, encoder) in [("bert", &model), ("untrained", &base)] {
        searches.push((name, by_vectors(encoder, data, &queries, context)?));
    }
    control.report("stage-judging", 0, 0);
    searches.push(("bm25", by_bm25(data, &queries, context)?));
    searches.push(("tfidf_cosine", by_tfidf(data, &queries, context)?));
    searches.push(("popularity", by_popularity(data, &parts, &queries, context)?));
    let figures = |(name, values): &(&str, Values)| FoundFigures::new(name, values, seed, control);
    let models = searches.iter().map(figures).collect::<Result<_, _>>()?;
    let ((_, own), others) = searches.split_first().expect("the encoder is there");
    let paired = others
        .iter()
        .map(|(name, other)| beside(own, other, name, seed, control))
        .collect::<Result<_, _>>()?;
    let report = PairReport {
        task: task.clone(),
        seed,
        train: parts.train.len(),
        validation: parts.validation.len(),
        test: parts.test.len(),
        queries: queries.len(),
        collection: data.rights.len(),
        leaks: PairLeaks::of(data, &parts),
        models,
        paired,
        training,
    };
    Ok((model, report))
}

/// Finds a learning rate on the training part of the split.
///
/// # Errors
/// As [`run`].
pub fn find_rate(
    task: &PairTask,
    data: &PairData,
    context: &FitContext<'_>,
) -> Result<RateSweep, ModelError> {
    pairs::find_rate(&task.config, data, &data.divide(&task.split)?, context)
}

fn asked<'a>(data: &'a PairData, queries: &Queries) -> Vec<&'a String> {
    queries.lefts.iter().map(|&left| &data.lefts[left as usize]).collect()
}

/// Search by an encoder's vectors, made as they are wherever texts are embedded.
fn by_vectors(
    encoder: &Pretrained,
    data: &PairData,
    queries: &Queries,
    context: &FitContext<'_>,
) -> Result<Values, ModelError> {
    let embedder = Embedder::new(encoder, &select(context.device)?)?;
    let collection = embedder.embed(&data.rights, context.control)?;
    let asked: Vec<String> = asked(data, queries).into_iter().cloned().collect();
    let asked = embedder.embed(&asked, context.control)?;
    let scores = |query: usize| cosines(asked.row(query), &collection);
    Ok(values(queries, scores, context.control)?)
}

fn by_bm25(
    data: &PairData,
    queries: &Queries,
    context: &FitContext<'_>,
) -> Result<Values, ModelError> {
    let (index, asked) = (Bm25::new(&data.rights), asked(data, queries));
    Ok(values(queries, |query| index.scores(asked[query]), context.control)?)
}

/// Cosines of words and word pairs, weighted by how rare they are among the right texts.
fn by_tfidf(
    data: &PairData,
    queries: &Queries,
    context: &FitContext<'_>,
) -> Result<Values, ModelError> {
    let texts: Vec<BaselineText<'_>> =
        data.rights.iter().map(|text| text.as_str().into()).collect();
    let asked: Vec<BaselineText<'_>> =
        asked(data, queries).into_iter().map(|text| text.as_str().into()).collect();
    let tfidf = TfIdf::fit(&texts, 1);
    let by_word = tfidf.transform(&texts).transposed();
    let asked = tfidf.transform(&asked);
    let scores = |query: usize| {
        let mut scores = vec![0.0_f64; data.rights.len()];
        for (word, weight) in asked.row(query) {
            by_word.row(word).for_each(|(text, other)| scores[text] += weight * other);
        }
        scores.into_iter().map(|score| score as f32).collect()
    };
    Ok(values(queries, scores, context.control)?)
}

/// What was right most often in training, whatever is asked.
fn by_popularity(
    data: &PairData,
    parts: &TextParts,
    queries: &Queries,
    context: &FitContext<'_>,
) -> Result<Values, ModelError> {
    let mut counts = vec![0.0_f32; data.rights.len()];
    for &index in &parts.train {
        counts[data.pairs[index].right as usize] += 1.0;
    }
    Ok(values(queries, |_| counts.clone(), context.control)?)
}

impl PairReport {
    /// The figures of a search by its name.
    #[must_use]
    pub fn figures(&self, model: &str) -> Option<&FoundFigures> {
        self.models.iter().find(|figures| figures.model == model)
    }
}
