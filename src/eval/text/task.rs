//! A text task from texts to judgement: split, simple models, fine-tuning, figures, paired tests.

use std::collections::BTreeMap;
use std::path::Path;

use serde::{Deserialize, Serialize};

use super::figures::{Figures, Truth};
use super::labels::LabelFigures;
use super::paired::{PairedTest, paired};
use super::robustness::{self, RobustnessReport};
use crate::model::bert::finetune::TrainingResult;
use crate::model::bert::rate_finder::RateSweep;
use crate::model::bert::tasks::{
    self, Adversarial, LabelSet, Outputs, Predictions, Target, TextData, TextExample, TextInput,
    TextModel, TextParts, TextSplit, TextTaskConfig,
};
use crate::model::text_baseline::{BaselineText, LinearTarget, TextBaseline};
use crate::model::{FitContext, ModelError};

/// What is fine-tuned on which part, and what is judged of it.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TextTask {
    /// How the encoder is fine-tuned.
    pub config: TextTaskConfig,
    /// How texts are divided.
    pub split: TextSplit,
    /// Texts of each class to learn from; all where there is none.
    pub per_class: Option<usize>,
    /// Whether to judge on disturbed texts too; an adversarially trained model then has a twin trained
    /// without.
    pub robustness: bool,
}

/// A model with its figures on the test part.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Judged {
    /// Its name: `bert`, `tfidf` or `majority` (`prior` for labels, `mean` for ratings).
    pub model: String,
    /// Its figures.
    #[serde(flatten)]
    pub figures: Figures,
}

/// How a text task went; every figure is of the test part, which nothing was fitted or chosen on.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TextTaskReport {
    /// What was done.
    pub task: TextTask,
    /// What there is to tell.
    pub outputs: Outputs,
    /// Seed of the training and of the intervals.
    pub seed: u64,
    /// Texts learned from.
    pub train: usize,
    /// Texts that chose the epoch and the baseline's penalty.
    pub validation: usize,
    /// Texts judged on.
    pub test: usize,
    /// The encoder first, then the simple models.
    pub models: Vec<Judged>,
    /// The encoder against each of the simple models.
    pub paired: Vec<PairedTest>,
    /// C of the TF-IDF model, by fold.
    pub baseline_strengths: Vec<f64>,
    /// How the training went, by fold.
    pub training: Vec<TrainingResult>,
    /// Figures on disturbed texts; empty unless asked for.
    pub robustness: Vec<RobustnessReport>,
}

/// Predictions of all models on one test part.
struct Told {
    truth: Vec<Target>,
    models: Vec<(&'static str, Predictions)>,
    strength: f64,
}

/// Fine-tunes and judges on one split.
///
/// # Errors
/// [`ModelError`]: cancelled, texts or settings that cannot be used, a device or file that failed.
pub fn run(
    task: &TextTask,
    data: &TextData,
    context: &FitContext<'_>,
) -> Result<(TextModel, TextTaskReport), ModelError> {
    let parts = task.split.parts(data, task.per_class)?;
    let (model, told, baseline) = fit(task, data, &parts, context)?;
    let training = vec![model.training().clone()];
    let mut report = report(task, data, &parts, told, training, context)?;
    if task.robustness {
        report.robustness = disturbed(task, data, &parts, (&model, &baseline), context)?;
    }
    Ok((model, report))
}

/// Finds a learning rate on the training part of the split.
///
/// # Errors
/// As [`run`].
pub fn find_rate(
    task: &TextTask,
    data: &TextData,
    context: &FitContext<'_>,
) -> Result<RateSweep, ModelError> {
    let parts = task.split.parts(data, task.per_class)?;
    tasks::find_rate(&task.config, &data.outputs, &pick(data, &parts.train), context)
}

/// Fine-tunes and judges `folds` times, each text tested once by a model that has not met it; figures are
/// over all texts together.
///
/// # Errors
/// As [`run`]; [`ModelError::UnusableData`] for a split that is no hash or fold.
pub fn cross_validate(
    task: &TextTask,
    data: &TextData,
    folds: u32,
    context: &FitContext<'_>,
) -> Result<TextTaskReport, ModelError> {
    let (TextSplit::Hash { salt, .. } | TextSplit::Fold { salt, .. }) = task.split else {
        return Err(ModelError::UnusableData("folds are made by hash, not by a column".into()));
    };
    let (mut all, mut parts, mut training): (Option<Told>, _, _) =
        (None, TextParts::default(), Vec::new());
    let mut strengths = Vec::new();
    for fold in 1..=folds {
        let one = TextTask { split: TextSplit::Fold { fold, of: folds, salt }, ..task.clone() };
        let found = one.split.parts(data, task.per_class)?;
        let place = context.checkpoints.map(|folder| folder.join(format!("fold-{fold}")));
        let within = FitContext { checkpoints: place.as_deref(), ..*context };
        let (model, told, _) = fit(&one, data, &found, &within)?;
        training.push(model.training().clone());
        strengths.push(told.strength);
        parts.train.extend(found.train);
        parts.validation.extend(found.validation);
        parts.test.extend(found.test);
        match &mut all {
            None => all = Some(told),
            Some(all) => {
                all.truth.extend(told.truth);
                let pairs = all.models.iter_mut().zip(told.models);
                pairs.for_each(|((_, before), (_, more))| before.append(more));
            }
        }
    }
    let told =
        all.ok_or_else(|| ModelError::UnusableData("two folds or more are needed".into()))?;
    let mut report = report(task, data, &parts, told, training, context)?;
    report.baseline_strengths = strengths;
    Ok(report)
}

/// Texts of one part.
fn pick(data: &TextData, part: &[usize]) -> Vec<TextExample> {
    part.iter().map(|&index| data.examples[index].clone()).collect()
}

fn fit(
    task: &TextTask,
    data: &TextData,
    parts: &TextParts,
    context: &FitContext<'_>,
) -> Result<(TextModel, Told, TextBaseline), ModelError> {
    let [train, validation, test] =
        [&parts.train, &parts.validation, &parts.test].map(|part| pick(data, part));
    let (baseline, simple) = fit_baseline(&data.outputs, &train, &validation, context)?;
    let model = tasks::fit(&task.config, &data.outputs, &train, &validation, context)?;
    let inputs = inputs(&test);
    let told = Told {
        models: vec![
            ("bert", model.predict(&inputs, context.control)?),
            ("tfidf", words_of(&baseline, &data.outputs, &inputs)),
            (simple.0, repeated(&simple.1, test.len())),
        ],
        strength: baseline.strength,
        truth: test.into_iter().map(|example| example.target).collect(),
    };
    Ok((model, told, baseline))
}

fn inputs(examples: &[TextExample]) -> Vec<TextInput> {
    examples.iter().map(|example| example.input.clone()).collect()
}

fn words(inputs: &[TextInput]) -> Vec<BaselineText<'_>> {
    inputs
        .iter()
        .map(|input| BaselineText { text: &input.text, second: input.second.as_deref() })
        .collect()
}

/// The TF-IDF model and, of one text, what the simplest one says: shares of the classes, or the mean.
fn fit_baseline(
    outputs: &Outputs,
    train: &[TextExample],
    validation: &[TextExample],
    context: &FitContext<'_>,
) -> Result<(TextBaseline, (&'static str, Predictions)), ModelError> {
    let (of_train, of_validation) = (targets(train), targets(validation));
    let (inputs_of_train, inputs_of_validation) = (inputs(train), inputs(validation));
    let baseline = TextBaseline::fit(
        (&words(&inputs_of_train), of_train.linear(outputs, &of_train.marks(outputs))),
        (
            &words(&inputs_of_validation),
            of_validation.linear(outputs, &of_validation.marks(outputs)),
        ),
        context.control,
    )?;
    let n = train.len().max(1) as f64;
    let simple = match of_train {
        Targets::Classes(of) => {
            let mut values = vec![0.0; outputs.len()];
            of.iter().for_each(|&class| values[class as usize] += 1.0 / n);
            ("majority", Predictions::Chances { classes: outputs.len(), values })
        }
        Targets::Labels(of) => {
            let mut values = vec![0.0; outputs.len()];
            of.iter().flat_map(LabelSet::labels).for_each(|label| values[label] += 1.0 / n);
            ("prior", Predictions::Marks { labels: outputs.len(), values })
        }
        Targets::Ratings(of) => ("mean", Predictions::Ratings(vec![of.iter().sum::<f64>() / n])),
    };
    Ok((baseline, simple))
}

fn words_of(baseline: &TextBaseline, outputs: &Outputs, inputs: &[TextInput]) -> Predictions {
    let values = baseline.predict(&words(inputs));
    match outputs {
        Outputs::Classes { labels } => Predictions::Chances { classes: labels.len(), values },
        Outputs::Labels { labels } => Predictions::Marks { labels: labels.len(), values },
        Outputs::Rating => Predictions::Ratings(values),
    }
}

fn repeated(one: &Predictions, texts: usize) -> Predictions {
    match one {
        Predictions::Chances { classes, values } => {
            Predictions::Chances { classes: *classes, values: values.repeat(texts) }
        }
        Predictions::Marks { labels, values } => {
            Predictions::Marks { labels: *labels, values: values.repeat(texts) }
        }
        Predictions::Ratings(values) => Predictions::Ratings(values.repeat(texts)),
    }
}

/// Targets of one kind.
enum Targets {
    Classes(Vec<u32>),
    Labels(Vec<LabelSet>),
    Ratings(Vec<f64>),
}

impl Targets {
    fn of(targets: impl Iterator<Item = Target>) -> Self {
        let (mut classes, mut sets, mut ratings) = (Vec::new(), Vec::new(), Vec::new());
        for target in targets {
            match target {
                Target::Class(class) => classes.push(class),
                Target::Labels(labels) => sets.push(labels),
                Target::Rating(rating) => ratings.push(rating),
            }
        }
        match (sets.is_empty(), ratings.is_empty()) {
            (false, _) => Self::Labels(sets),
            (true, false) => Self::Ratings(ratings),
            (true, true) => Self::Classes(classes),
        }
    }

    fn truth(&self) -> Truth<'_> {
        match self {
            Self::Classes(classes) => Truth::Classes(classes),
            Self::Labels(labels) => Truth::Labels(labels),
            Self::Ratings(ratings) => Truth::Ratings(ratings),
        }
    }

    /// Whether each text has each label, `[texts, labels]`; nothing but for labels.
    fn marks(&self, outputs: &Outputs) -> Vec<bool> {
        let Self::Labels(sets) = self else { return Vec::new() };
        sets.iter().flat_map(|set| (0..outputs.len()).map(|label| set.contains(label))).collect()
    }

    fn linear<'a>(&'a self, outputs: &Outputs, marks: &'a [bool]) -> LinearTarget<'a> {
        match (self, outputs) {
            (_, Outputs::Labels { labels }) => LinearTarget::Marks { of: marks, n: labels.len() },
            (Self::Labels(_), _) => LinearTarget::Marks { of: marks, n: 1 },
            (Self::Ratings(ratings), _) => LinearTarget::Values(ratings),
            (Self::Classes(of), Outputs::Classes { labels }) => {
                LinearTarget::Classes { of, n: labels.len() }
            }
            (Self::Classes(_), Outputs::Rating) => LinearTarget::Values(&[]),
        }
    }
}

fn targets(examples: &[TextExample]) -> Targets {
    Targets::of(examples.iter().map(|example| example.target))
}

fn report(
    task: &TextTask,
    data: &TextData,
    parts: &TextParts,
    told: Told,
    training: Vec<TrainingResult>,
    context: &FitContext<'_>,
) -> Result<TextTaskReport, ModelError> {
    let (control, seed) = (context.control, context.seed);
    control.report("stage-judging", 0, 0);
    let targets = Targets::of(told.truth.iter().copied());
    let truth = targets.truth();
    let mut models = Vec::new();
    for (name, predictions) in &told.models {
        let figures = Figures::new(truth, predictions, seed, control)?;
        models.push(Judged { model: (*name).to_owned(), figures });
    }
    let (encoder, simple) = told.models.split_first().expect("the encoder is there");
    let paired = simple
        .iter()
        .map(|(name, other)| paired(truth, &encoder.1, other, name, seed, control))
        .collect::<Result<_, _>>()?;
    Ok(TextTaskReport {
        task: task.clone(),
        outputs: data.outputs.clone(),
        seed,
        train: parts.train.len(),
        validation: parts.validation.len(),
        test: parts.test.len(),
        models,
        paired,
        baseline_strengths: vec![told.strength],
        training,
        robustness: Vec::new(),
    })
}

/// The model, its twin without adversarial training where it has one, and the TF-IDF model on disturbed
/// texts.
fn disturbed(
    task: &TextTask,
    data: &TextData,
    parts: &TextParts,
    (model, baseline): (&TextModel, &TextBaseline),
    context: &FitContext<'_>,
) -> Result<Vec<RobustnessReport>, ModelError> {
    let (control, seed) = (context.control, context.seed);
    let test = pick(data, &parts.test);
    let (inputs, targets) = (inputs(&test), targets(&test));
    let truth = targets.truth();
    let mut reports = Vec::new();
    if task.config.adversarial == Adversarial::None {
        reports.push(robustness::of_encoder("bert", model, &inputs, truth, seed, control)?);
    } else {
        let name = format!("bert, {}", adversarial_name(task.config.adversarial));
        reports.push(robustness::of_encoder(&name, model, &inputs, truth, seed, control)?);
        let twin = plain_twin(task, data, parts, context)?;
        reports.push(robustness::of_encoder("bert, plain", &twin, &inputs, truth, seed, control)?);
    }
    let words = |texts: &[TextInput]| words_of(baseline, &data.outputs, texts);
    reports.push(robustness::of_words("tfidf", words, &inputs, truth, seed, control)?);
    Ok(reports)
}

/// The same training without pushes of word vectors.
fn plain_twin(
    task: &TextTask,
    data: &TextData,
    parts: &TextParts,
    context: &FitContext<'_>,
) -> Result<TextModel, ModelError> {
    let config = TextTaskConfig { adversarial: Adversarial::None, ..task.config.clone() };
    let place = context.checkpoints.map(|folder: &Path| folder.join("plain-twin"));
    let within = FitContext { checkpoints: place.as_deref(), ..*context };
    let (train, validation) = (pick(data, &parts.train), pick(data, &parts.validation));
    tasks::fit(&config, &data.outputs, &train, &validation, &within)
}

fn adversarial_name(adversarial: Adversarial) -> &'static str {
    match adversarial {
        Adversarial::None => "plain",
        Adversarial::Fgm => "fgm",
        Adversarial::Pgd => "pgd",
        Adversarial::FreeLb => "freelb",
    }
}

/// What says the same of every text.
const SIMPLEST: [&str; 3] = ["majority", "prior", "mean"];

impl TextTaskReport {
    /// Of several labels a text, each label by itself, for each model that reads the texts.
    #[must_use]
    pub fn label_tables(&self) -> Vec<(&str, &[LabelFigures])> {
        self.models
            .iter()
            .filter(|judged| !SIMPLEST.contains(&judged.model.as_str()))
            .filter_map(|judged| Some((judged.model.as_str(), judged.figures.by_label.as_deref()?)))
            .collect()
    }

    /// The figures of a model by its name.
    #[must_use]
    pub fn figures(&self, model: &str) -> Option<&Figures> {
        self.models.iter().find(|judged| judged.model == model).map(|judged| &judged.figures)
    }

    /// One figure of every model, by its name.
    #[must_use]
    pub fn metric(&self, metric: &str) -> BTreeMap<&str, f64> {
        let value = |judged: &'_ Judged| Some(judged.figures.get(metric)?.mean);
        self.models.iter().filter_map(|one| Some((one.model.as_str(), value(one)?))).collect()
    }
}
