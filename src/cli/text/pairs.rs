//! Training an encoder for search, from pairs of texts.

use std::path::PathBuf;

use clap::Args;
use serde_json::json;

use super::super::download::model_folder;
use super::super::learn::with_settings;
use super::super::session::Session;
use super::super::{CliError, output};
use super::{Watcher, checkpoints, control, failed, io, print, remove, write_report};
use crate::eval::pairs::{PairReport, PairTask, find_rate, run};
use crate::model::FitContext;
use crate::model::bert::device::DeviceChoice;
use crate::model::bert::export::check_free;
use crate::model::bert::pairs::{
    PairConfig, PairDataReport, PairFiles, PairSource, ShopPairs, save,
};
use crate::model::bert::tasks::TextSplit;

/// Arguments of `pair-task`.
#[derive(Debug, Clone, Args)]
pub struct PairTaskArguments {
    /// Files of any format that a shop can be loaded from, one after another
    #[arg(required_unless_present = "project", value_name = "FILE")]
    pub files: Vec<PathBuf>,
    /// Columns that together are the left text: what is asked
    #[arg(
        long,
        value_name = "COL,COL",
        value_delimiter = ',',
        required_unless_present = "project"
    )]
    pub left: Vec<String>,
    /// Columns that together are the right text: what is to be found
    #[arg(
        long,
        value_name = "COL,COL",
        value_delimiter = ',',
        required_unless_present = "project"
    )]
    pub right: Vec<String>,
    /// Take the pairs from a project in place of files
    #[arg(long, conflicts_with_all = ["files", "left", "right"])]
    pub project: Option<PathBuf>,
    /// Pairs of the project: search queries and the products met after them, reviews and their products,
    /// or titles and descriptions of products
    #[arg(
        long,
        requires = "project",
        default_value = ShopPairs::Queries.name(),
        value_parser = ShopPairs::ALL.map(ShopPairs::name)
    )]
    pub pairs: String,
    /// hash, hash:80/10/10, fold:I/K (`@SALT` behind it for another division) or column:NAME with train,
    /// validation and test in it; but for a column, pairs of one left text stay together
    #[arg(long, default_value = "hash")]
    pub split: String,
    /// Folder of a Hugging Face BERT; the built-in model by default
    #[arg(long, value_name = "MODEL")]
    pub base: Option<PathBuf>,
    /// Passes over the training pairs
    #[arg(long)]
    pub epochs: Option<u32>,
    /// One setting of the training; may be repeated
    #[arg(long = "set", value_name = "KEY=VALUE")]
    pub settings: Vec<String>,
    /// Settings from a TOML file; --set goes over it
    #[arg(long, value_name = "FILE.toml")]
    pub config: Option<PathBuf>,
    /// Try growing learning rates on a hundred batches, tell the loss at each and suggest one; nothing is kept
    #[arg(long, conflicts_with_all = ["out", "resume"])]
    pub find_rate: bool,
    /// Seed of everything random
    #[arg(long, default_value_t = 0)]
    pub seed: u64,
    /// auto, gpu or cpu
    #[arg(long, default_value = "auto")]
    pub device: DeviceChoice,
    /// Folder to save the encoder and the report in; it must not hold a model
    #[arg(long, value_name = "FOLDER")]
    pub out: Option<PathBuf>,
    /// Go on with the training that was interrupted in the --out folder
    #[arg(long, requires = "out")]
    pub resume: bool,
    /// One JSON document on standard output
    #[arg(long)]
    pub json: bool,
}

/// `shelfwise pair-task`
pub(in crate::cli) fn pair_task(arguments: &PairTaskArguments) -> Result<(), CliError> {
    let task = task(arguments)?;
    let source = source(arguments, &task);
    if let Some(folder) = &arguments.out {
        check_free(folder).map_err(|error| failed(&error))?;
        std::fs::create_dir_all(folder)
            .map_err(|error| io("cannot make the folder", folder, &error))?;
    }
    let control = control();
    let shop = match &arguments.project {
        Some(project) => Some(Session::open(project, DeviceChoice::Cpu)?.dataset()?),
        None => None,
    };
    let data = source.read(shop.as_deref(), &control).map_err(|error| failed(&error))?;
    if !arguments.json {
        tell_data(&data.report);
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
        return output::rate_sweep(&sweep, &["learning_rate"], arguments.json);
    }
    let outcome = run(&task, &data, &context);
    output::progress("");
    let (model, report) = outcome.map_err(|error| failed(&error))?;
    let document = json!({"source": source, "data": data.report, "report": report});
    if let Some(folder) = &arguments.out {
        save(&model, folder).map_err(|error| failed(&error))?;
        write_report(folder, &document)?;
        remove(checkpoints.as_deref())?;
    }
    if arguments.json {
        return output::json(&document);
    }
    tell(&report);
    if let Some(folder) = &arguments.out {
        output::line(&format!("saved in {}; search with shelfwise find", folder.display()));
    }
    Ok(())
}

fn task(arguments: &PairTaskArguments) -> Result<PairTask, CliError> {
    let mut config = with_settings(
        &PairConfig::default(),
        "a training on pairs",
        arguments.config.as_deref(),
        &arguments.settings,
    )?;
    if let Some(base) = &arguments.base {
        config.base_model = Some(model_folder(base)?);
    }
    if let Some(epochs) = arguments.epochs {
        config.epochs = epochs;
    }
    config.check().map_err(CliError::usage)?;
    let split: TextSplit = arguments.split.parse().map_err(CliError::usage)?;
    if arguments.project.is_some() && matches!(split, TextSplit::Column(_)) {
        return Err(CliError::usage(
            "pairs of a project are divided by hash or fold, not by a column",
        ));
    }
    Ok(PairTask { config, split })
}

fn source(arguments: &PairTaskArguments, task: &PairTask) -> PairSource {
    if arguments.project.is_some() {
        let named = ShopPairs::ALL.into_iter().find(|pairs| pairs.name() == arguments.pairs);
        return PairSource::Shop(named.unwrap_or(ShopPairs::Queries));
    }
    let part = match &task.split {
        TextSplit::Column(name) => Some(name.clone()),
        _ => None,
    };
    PairSource::Files(PairFiles {
        files: arguments.files.clone(),
        left: arguments.left.clone(),
        right: arguments.right.clone(),
        part,
    })
}

/// What happened to the rows; told before a long training begins.
fn tell_data(report: &PairDataReport) {
    output::note(&format!(
        "{} rows give {} pairs of {} left and {} right texts",
        report.rows_read, report.pairs, report.lefts, report.rights
    ));
    let broken = usize::try_from(report.broken_rows).unwrap_or(usize::MAX);
    print::counts(&[
        (report.without_left, "rows left out: no left text"),
        (report.without_right, "rows left out: no right text"),
        (report.repeated, "rows left out: their pair stands in an earlier row"),
        (broken, "rows left out: they could not be taken apart"),
    ]);
}

fn tell(report: &PairReport) {
    output::line(&format!(
        "split {}: learned from {} pairs, chosen by up to {}, judged on {}: {} left texts search {} right texts; seed {}",
        report.task.split,
        report.train,
        report.validation,
        report.test,
        report.queries,
        report.collection,
        report.seed
    ));
    output::line(&format!(
        "left texts of the test part that were learned from: {}; its pairs whose right text was: {}",
        report.leaks.lefts_in_training, report.leaks.rights_in_training
    ));
    print::figures(report.models.iter().map(|figures| (figures.model.as_str(), &figures.metrics)));
    for test in &report.paired {
        let first = format!("first where {} has another one first", test.against);
        print::paired(test, &first, "ndcg@10");
    }
}
