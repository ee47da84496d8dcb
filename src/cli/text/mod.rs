//! Text tasks: labels and ratings of texts, told by a fine-tuned encoder.

mod arguments;
mod find;
mod pairs;
mod print;
mod table;

use std::path::{Path, PathBuf};

use serde_json::{Value, json};

pub use self::arguments::{ClassifyArguments, TextTaskArguments};
pub use self::find::FindArguments;
pub(super) use self::find::find;
pub use self::pairs::PairTaskArguments;
pub(super) use self::pairs::pair_task;
use super::download::model_folder;
use super::learn::{BERT_RATES, with_settings};
use super::{CliError, output};
use crate::control::{CancelToken, Control};
use crate::eval::text::{TextTask, cross_validate, find_rate, run};
use crate::model::bert::tasks::{
    self, GIVEN_ABOVE, Predictions, TargetColumn, TextInput, TextModel, TextSource, TextSplit,
    TextTaskConfig, ranked,
};
use crate::model::{EpochReport, FitContext, ModelError, StepReport, TrainingObserver};

/// `shelfwise text-task`
pub(super) fn text_task(arguments: &TextTaskArguments) -> Result<(), CliError> {
    let task = task(arguments)?;
    let source = source(arguments, &task)?;
    check_out(arguments)?;
    let control = control();
    let data = source.read(&control).map_err(|error| CliError::from_error(&error))?;
    if !arguments.json {
        print::data(&data.report);
    }
    let checkpoints = checkpoints(arguments.out.as_deref(), arguments.resume)?;
    let context = FitContext {
        control: &control,
        observer: &Watcher,
        checkpoints: checkpoints.as_deref(),
        device: arguments.device,
        seed: arguments.seed,
    };
    if arguments.find_rate {
        let sweep = find_rate(&task, &data, &context).map_err(|error| failed(&error))?;
        output::progress("");
        return output::rate_sweep(&sweep, &BERT_RATES, arguments.json);
    }
    let outcome = match arguments.folds {
        Some(folds) => cross_validate(&task, &data, folds, &context).map(|report| (None, report)),
        None => run(&task, &data, &context).map(|(model, report)| (Some(model), report)),
    };
    output::progress("");
    let (model, report) = outcome.map_err(|error| failed(&error))?;
    let document = json!({"source": source, "data": data.report, "report": report});
    if let (Some(folder), Some(model)) = (&arguments.out, &model) {
        save(model, &document, folder)?;
        remove(checkpoints.as_deref())?;
    }
    if arguments.json {
        return output::json(&document);
    }
    print::report(&report);
    if let Some(folder) = &arguments.out {
        output::line(&format!("saved in {}; apply it with shelfwise classify", folder.display()));
    }
    Ok(())
}

fn task(arguments: &TextTaskArguments) -> Result<TextTask, CliError> {
    let mut config = with_settings(
        &TextTaskConfig::default(),
        "a text task",
        arguments.config.as_deref(),
        &arguments.settings,
    )?;
    if let Some(base) = &arguments.base {
        config.base_model = Some(model_folder(base)?);
    }
    if let Some(epochs) = arguments.epochs {
        config.epochs = epochs;
    }
    if let Some(name) = &arguments.adversarial {
        config.adversarial = serde_json::from_value(Value::String(name.clone())).map_err(|_| {
            CliError::usage(format!(
                "there is no adversarial training {name:?}; choose none, fgm, pgd or freelb"
            ))
        })?;
    }
    config.check().map_err(CliError::usage)?;
    let split: TextSplit = arguments.split.parse().map_err(CliError::usage)?;
    if arguments.folds.is_some_and(|folds| folds < 2) {
        return Err(CliError::usage("--folds must be 2 or more"));
    }
    if arguments.few_shot == Some(0) {
        return Err(CliError::usage("--few-shot must be 1 or more"));
    }
    Ok(TextTask { config, split, per_class: arguments.few_shot, robustness: arguments.robustness })
}

fn source(arguments: &TextTaskArguments, task: &TextTask) -> Result<TextSource, CliError> {
    let target = match (&arguments.label, &arguments.label_separator, &arguments.rating) {
        (Some(_), Some(separator), _) if separator.is_empty() => {
            return Err(CliError::usage(
                "--label-separator is empty; give what stands between two labels",
            ));
        }
        (Some(column), Some(separator), _) => {
            TargetColumn::Labels { column: column.clone(), separator: separator.clone() }
        }
        (Some(column), None, _) => TargetColumn::Label(column.clone()),
        (None, _, Some(column)) => TargetColumn::Rating(column.clone()),
        (None, _, None) => return Err(CliError::usage("name a --label or a --rating")),
    };
    let part = match &task.split {
        TextSplit::Column(name) => Some(name.clone()),
        _ => None,
    };
    Ok(TextSource {
        files: arguments.files.clone(),
        text: arguments.text.clone(),
        second: arguments.pair.clone(),
        target,
        part,
    })
}

/// A folder with somebody else's weights is not written into.
fn check_out(arguments: &TextTaskArguments) -> Result<(), CliError> {
    let Some(folder) = &arguments.out else { return Ok(()) };
    if folder.join("model.safetensors").exists() && !tasks::is_text_model(folder) {
        return Err(CliError::failed(format!(
            "the folder holds a model that is no text task, and it would be written over. Choose another \
             one. Folder: {}",
            folder.display()
        )));
    }
    std::fs::create_dir_all(folder).map_err(|error| io("cannot make the folder", folder, &error))
}

/// Where checkpoints go; those of an earlier training are kept only if it is to be gone on with.
fn checkpoints(out: Option<&Path>, resume: bool) -> Result<Option<PathBuf>, CliError> {
    let folder = out.map(|folder| folder.join("checkpoints"));
    if !resume {
        remove(folder.as_deref())?;
    }
    Ok(folder)
}

fn remove(folder: Option<&Path>) -> Result<(), CliError> {
    match folder {
        Some(folder) if folder.is_dir() => std::fs::remove_dir_all(folder)
            .map_err(|error| io("cannot take away the checkpoints", folder, &error)),
        _ => Ok(()),
    }
}

fn save(model: &TextModel, report: &Value, folder: &Path) -> Result<(), CliError> {
    model.save(folder).map_err(|error| failed(&error))?;
    write_report(folder, report)
}

fn write_report(folder: &Path, report: &Value) -> Result<(), CliError> {
    let path = folder.join("report.json");
    std::fs::write(&path, format!("{report:#}\n"))
        .map_err(|error| io("cannot write the report", &path, &error))
}

fn io(action: &str, path: &Path, error: &std::io::Error) -> CliError {
    CliError::failed(format!("{action}: {error}. Path: {}", path.display()))
}

fn failed(error: &ModelError) -> CliError {
    CliError::from_error(error)
}

fn control() -> Control {
    Control::new(CancelToken::default(), |progress| {
        // The watcher says more of training.
        if progress.stage != "stage-training" {
            let stage = progress.stage.trim_start_matches("stage-");
            output::progress(&format!("{stage} {}/{}", progress.done, progress.total));
        }
    })
}

/// Shows how a training goes, on standard error.
struct Watcher;

impl TrainingObserver for Watcher {
    fn step(&self, step: StepReport) {
        output::progress(&format!(
            "epoch {}, step {}/{}, loss {:.4}, gradient {:.2}, {:.1} texts/s",
            step.epoch,
            step.step,
            step.total_steps,
            step.loss,
            step.gradient_norm,
            step.examples_per_sec
        ));
    }

    fn epoch(&self, report: &EpochReport) {
        output::progress("");
        output::note(&print::epoch(report));
    }
}

/// `shelfwise classify`
pub(super) fn classify(arguments: &ClassifyArguments) -> Result<(), CliError> {
    if let Some(file) = &arguments.file {
        return table::classify(arguments, file);
    }
    let model = tasks::load(&arguments.folder, arguments.device).map_err(|error| failed(&error))?;
    let inputs: Vec<TextInput> = arguments
        .texts
        .iter()
        .map(|text| TextInput { text: text.clone(), second: arguments.pair.clone() })
        .collect();
    let predictions =
        model.predict(&inputs, &Control::default()).map_err(|error| failed(&error))?;
    let told: Vec<Value> = match &predictions {
        Predictions::Ratings(ratings) => {
            arguments.texts.iter().zip(ratings).map(|(text, rating)| json!({"text": text, "rating": rating})).collect()
        }
        Predictions::Chances { classes, values } => arguments
            .texts
            .iter()
            .zip(values.chunks(*classes))
            .map(|(text, chances)| {
                let ranked = ranked(chances, model.outputs().labels(), arguments.top);
                json!({"text": text, "label": ranked[0].0, "chances": ranked.iter().map(|(label, chance)| {
                    json!({"label": label, "chance": chance})
                }).collect::<Vec<_>>()})
            })
            .collect(),
        Predictions::Marks { labels, values } => arguments
            .texts
            .iter()
            .zip(values.chunks(*labels))
            .map(|(text, chances)| {
                let shown = |(label, chance): &(&str, f64)| json!({"label": label, "chance": chance});
                let mut ranked = ranked(chances, model.outputs().labels(), *labels);
                let given: Vec<Value> =
                    ranked.iter().filter(|(_, chance)| *chance > GIVEN_ABOVE).map(shown).collect();
                ranked.truncate(arguments.top.max(1));
                json!({"text": text, "labels": given, "chances": ranked.iter().map(shown).collect::<Vec<_>>()})
            })
            .collect(),
    };
    if arguments.json {
        return output::json(&json!({"predictions": told}));
    }
    told.iter().for_each(print::prediction);
    Ok(())
}
