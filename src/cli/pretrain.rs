//! Pre-training from the command line.

use std::path::{Path, PathBuf};

use clap::Args;
use serde_json::json;

use super::download::model_folder;
use super::encoders::{SizeArguments, TextArguments, control, texts_of};
use super::learn::with_settings;
use super::{CliError, output};
use crate::model::bert::device::DeviceChoice;
use crate::model::bert::export::{check_free, export};
use crate::model::bert::pretrain::{PretrainConfig, PretrainPlan, PretrainResult, StartFrom};
use crate::model::bert::pretrained::Pretrained;
use crate::model::{EpochReport, FitContext, Sample, StepReport, TrainingObserver};

/// Folder of checkpoints within the one that is written.
const CHECKPOINTS: &str = "checkpoints";

/// Arguments of `pretrain`.
#[derive(Debug, Clone, Args)]
pub struct PretrainArguments {
    /// Project, or folder with a shop's files: catalogue, reviews and search queries are read
    #[arg(required_unless_present = "texts")]
    pub project: Option<PathBuf>,
    /// Folder to write; called again after an interruption it goes on from what lies there
    #[arg(long, value_name = "FOLDER", required_unless_present = "find_rate")]
    pub out: Option<PathBuf>,
    /// Folder of the model to start from; the built-in one by default
    #[arg(long, value_name = "FOLDER")]
    pub base: Option<PathBuf>,
    /// Start from a new encoder with a vocabulary of its own
    #[arg(long, conflicts_with = "base")]
    pub scratch: bool,
    /// Other texts
    #[command(flatten)]
    pub texts: TextArguments,
    /// Passes over the texts
    #[arg(long, value_name = "N", default_value_t = PretrainConfig::default().epochs)]
    pub epochs: u32,
    /// Examples per optimiser step
    #[arg(long, value_name = "N", default_value_t = PretrainConfig::default().batch_size)]
    pub batch_size: usize,
    /// Longest example, tokens
    #[arg(long, value_name = "N", default_value_t = PretrainConfig::default().max_tokens)]
    pub max_tokens: usize,
    /// Share of the word pieces that are predicted
    #[arg(long, value_name = "SHARE", default_value_t = PretrainConfig::default().mask_share)]
    pub mask_share: f64,
    /// Predict all pieces of a word together
    #[arg(long)]
    pub whole_words: bool,
    /// Do not learn whether one text follows another
    #[arg(long)]
    pub no_nsp: bool,
    /// Examples of one epoch; all by default
    #[arg(long, value_name = "N")]
    pub max_examples: Option<usize>,
    /// Peak learning rate
    #[arg(long, value_name = "RATE", default_value_t = PretrainConfig::default().learning_rate)]
    pub learning_rate: f64,
    /// Share of the documents that are held out to judge by
    #[arg(long, value_name = "SHARE", default_value_t = PretrainConfig::default().validation_share)]
    pub validation_share: f64,
    /// One setting of the pre-training, those above among them; may be repeated
    #[arg(long = "set", value_name = "KEY=VALUE")]
    pub settings: Vec<String>,
    /// Settings from a TOML file, over those above; --set goes over it
    #[arg(long, value_name = "FILE.toml")]
    pub config: Option<PathBuf>,
    /// Try growing learning rates on a hundred batches, tell the loss at each and suggest one; nothing is kept
    #[arg(long, conflicts_with = "out")]
    pub find_rate: bool,
    /// Seed of everything random
    #[arg(long, default_value_t = 0)]
    pub seed: u64,
    /// auto, gpu or cpu
    #[arg(long, default_value = "auto")]
    pub device: DeviceChoice,
    /// How large a new encoder is
    #[command(flatten)]
    pub size: SizeArguments,
    /// One JSON document on standard output
    #[arg(long)]
    pub json: bool,
}

impl PretrainArguments {
    fn config(&self) -> Result<PretrainConfig, CliError> {
        let named = PretrainConfig {
            epochs: self.epochs,
            batch_size: self.batch_size,
            max_tokens: self.max_tokens,
            mask_share: self.mask_share,
            whole_words: self.whole_words,
            next_sentence: !self.no_nsp,
            max_examples: self.max_examples,
            learning_rate: self.learning_rate,
            validation_share: self.validation_share,
            ..PretrainConfig::default()
        };
        with_settings(&named, "a pre-training", self.config.as_deref(), &self.settings)
    }
}

/// Shows steps and epochs as they come, the epochs only where no JSON is asked for.
struct Watcher {
    as_json: bool,
}

impl TrainingObserver for Watcher {
    fn step(&self, report: StepReport) {
        output::progress(&format!(
            "epoch {}, step {}/{}, loss {:.4}, {:.0} examples/s",
            report.epoch, report.step, report.total_steps, report.loss, report.examples_per_sec
        ));
    }

    fn epoch(&self, report: &EpochReport) {
        if !self.as_json {
            output::progress("");
            output::line(&sentence(report));
        }
    }

    fn samples(&self, _: u32, fills: &[Sample]) {
        if !self.as_json {
            print_fills(&fills[..fills.len().min(2)]);
        }
    }
}

fn sentence(report: &EpochReport) -> String {
    let loss = report.train_loss.map_or_else(|| "-".to_owned(), |loss| format!("{loss:.4}"));
    let judged: Vec<String> =
        report.validation.iter().map(|(name, value)| format!("{name} {value:.4}")).collect();
    let best = if report.is_best { "  best" } else { "" };
    format!(
        "epoch {}: training loss {loss}; held out: {}; {:.1} s{best}",
        report.epoch,
        judged.join(", "),
        report.secs
    )
}

fn print_fills(fills: &[Sample]) {
    for fill in fills {
        let guesses: Vec<String> = fill
            .guesses
            .iter()
            .map(|(word, probability)| {
                format!("{word} {:.0} %", probability.unwrap_or_default() * 100.0)
            })
            .collect();
        output::line(&format!("  {}", fill.text));
        output::line(&format!("    {} (was: {})", guesses.join(", "), fill.truth));
    }
}

/// `shelfwise pretrain`
pub(super) fn pretrain_model(arguments: &PretrainArguments) -> Result<(), CliError> {
    if let Some(folder) = &arguments.out {
        check_free(folder).map_err(|error| CliError::from_error(&error))?;
    }
    let config = arguments.config()?;
    config.check().map_err(CliError::usage)?;
    let control = control();
    let (texts, shop) = texts_of(arguments.project.as_deref(), &arguments.texts)?;
    let start = match &arguments.base {
        _ if arguments.scratch => StartFrom::New(arguments.size.new_encoder(arguments.seed)),
        Some(folder) => StartFrom::Folder(model_folder(folder)?),
        None => StartFrom::BuiltIn,
    };
    let plan = PretrainPlan { texts, start, config };
    let checkpoints = arguments.out.as_ref().map(|folder| folder.join(CHECKPOINTS));
    let context = FitContext {
        control: &control,
        observer: &Watcher { as_json: arguments.json },
        checkpoints: checkpoints.as_deref(),
        device: arguments.device,
        seed: arguments.seed,
    };
    let Some(folder) = &arguments.out else {
        let sweep = plan
            .find_rate(shop.as_deref(), &context)
            .map_err(|error| CliError::from_error(&error))?;
        output::progress("");
        return output::rate_sweep(&sweep, &["learning_rate"], arguments.json);
    };
    let (model, result) =
        plan.run(shop.as_deref(), &context).map_err(|error| CliError::from_error(&error))?;
    output::progress("");
    export(&model, folder).map_err(|error| CliError::from_error(&error))?;
    // Only disk space: a model that was written is not trained on from here.
    let _ = checkpoints.map(std::fs::remove_dir_all);
    report(arguments, folder, &model, &plan.config, &result)
}

fn report(
    arguments: &PretrainArguments,
    folder: &Path,
    model: &Pretrained,
    config: &PretrainConfig,
    result: &PretrainResult,
) -> Result<(), CliError> {
    if arguments.json {
        let mut document = json!(result);
        document["folder"] = json!(folder);
        document["weights"] = json!(model.n_weights());
        document["config"] = json!(config);
        return output::json(&document);
    }
    output::line(&format!(
        "{} documents, {} examples an epoch, {} steps in {:.1} s on {}; epoch {} kept",
        result.documents,
        result.examples,
        result.steps,
        result.fit_secs,
        result.device,
        result.best_epoch
    ));
    print_fills(&result.fills);
    output::line(&format!(
        "written to {0}; fine-tune it with shelfwise fit --model bert --set base_model={0}",
        folder.display()
    ));
    Ok(())
}
