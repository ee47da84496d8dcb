//! Encoders: make a new one, pre-train one on a shop's texts, export one, embed texts by one.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use clap::Args;
use serde_json::json;

use super::download::model_folder;
use super::learn::resolve;
use super::session::Session;
use super::{CliError, output};
use crate::control::{CancelToken, Control};
use crate::dataset::Dataset;
use crate::model::bert::device::{DeviceChoice, select};
use crate::model::bert::embedder::Embedder;
use crate::model::bert::export::{check_free, export};
use crate::model::bert::pretrain::{CorpusSource, StartFrom};
use crate::model::bert::pretrained::Pretrained;
use crate::model::bert::scratch::NewEncoder;
use crate::model::bert::vocabulary::Casing;
use crate::runs::{Run, RunStore};

/// How the built-in model is named on the command line.
const BUILTIN: &str = "built-in";

/// How the newest run with an encoder is.
const LATEST: &str = "latest";

/// Files of texts.
#[derive(Debug, Clone, Default, Args)]
pub struct TextArguments {
    /// Files of texts: .txt with one document on each line, or documents set apart by blank lines; or
    /// tables (CSV, JSON lines, Parquet, …) with one document in each row
    #[arg(long, num_args = 1.., value_name = "FILE")]
    pub texts: Vec<PathBuf>,
    /// Columns of the tables; those that hold texts by default
    #[arg(long, value_delimiter = ',', value_name = "COLUMN,…")]
    pub columns: Vec<String>,
}

/// Size of a new encoder.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "Size of a new encoder")]
pub struct SizeArguments {
    /// Most words of the vocabulary, which is trained on the texts
    #[arg(long, value_name = "N", default_value_t = NewEncoder::default().vocab_size)]
    pub vocab_size: usize,
    /// Layers
    #[arg(long, value_name = "N", default_value_t = NewEncoder::default().layers)]
    pub layers: usize,
    /// Width of a token's vector
    #[arg(long, value_name = "N", default_value_t = NewEncoder::default().hidden_size)]
    pub hidden: usize,
    /// Attention heads of a layer
    #[arg(long, value_name = "N", default_value_t = NewEncoder::default().heads)]
    pub heads: usize,
    /// Width of a layer's feed-forward part; four times --hidden by default
    #[arg(long, value_name = "N")]
    pub intermediate: Option<usize>,
    /// Longest text, tokens
    #[arg(long, value_name = "N", default_value_t = NewEncoder::default().max_tokens)]
    pub positions: usize,
    /// Keep capital letters and accents
    #[arg(long)]
    pub cased: bool,
}

/// Arguments of `new-model`.
#[derive(Debug, Clone, Args)]
pub struct NewModelArguments {
    /// Folder to write
    pub folder: PathBuf,
    /// Project, or folder with a shop's files, whose texts the vocabulary is trained on
    #[arg(long)]
    pub project: Option<PathBuf>,
    /// Other texts
    #[command(flatten)]
    pub texts: TextArguments,
    /// How large it is
    #[command(flatten)]
    pub size: SizeArguments,
    /// Seed of the weights
    #[arg(long, default_value_t = 0)]
    pub seed: u64,
    /// One JSON document on standard output
    #[arg(long)]
    pub json: bool,
}

/// Arguments of `export-model`.
#[derive(Debug, Clone, Args)]
pub struct ExportModelArguments {
    /// A run of the project (id, name, or latest of those with an encoder), a model's folder, or built-in
    #[arg(value_name = "RUN_OR_MODEL")]
    pub model: String,
    /// Folder to write; it must not hold a model
    pub folder: PathBuf,
    /// Project of the run
    #[arg(long)]
    pub project: Option<PathBuf>,
    /// One JSON document on standard output
    #[arg(long)]
    pub json: bool,
}

/// Arguments of `embed`.
#[derive(Debug, Clone, Args)]
pub struct EmbedArguments {
    /// A run of the project (id, name, or latest of those with an encoder), a model's folder, or built-in
    #[arg(value_name = "RUN_OR_MODEL")]
    pub model: String,
    /// Text file; each line is a text
    pub file: PathBuf,
    /// Project of the run
    #[arg(long)]
    pub project: Option<PathBuf>,
    /// auto, gpu or cpu
    #[arg(long, default_value = "auto")]
    pub device: DeviceChoice,
    /// One JSON document on standard output
    #[arg(long)]
    pub json: bool,
}

/// A control that shows progress.
pub(super) fn control() -> Control {
    Control::new(CancelToken::default(), |progress| {
        let stage = progress.stage.trim_start_matches("stage-");
        output::progress(&format!("{stage} {}/{}", progress.done, progress.total));
    })
}

fn failed(error: impl std::error::Error + 'static) -> CliError {
    CliError::from_error(&error)
}

/// The texts of a shop and of files, as they are asked for, and the shop.
pub(super) fn texts_of(
    project: Option<&Path>,
    texts: &TextArguments,
) -> Result<(CorpusSource, Option<Arc<Dataset>>), CliError> {
    let source = CorpusSource {
        shop: project.is_some(),
        files: texts.texts.clone(),
        columns: texts.columns.clone(),
    };
    if source.is_empty() {
        return Err(CliError::usage("name a project or files of --texts to read"));
    }
    let open = |project| Session::open(project, DeviceChoice::Cpu)?.dataset();
    Ok((source, project.map(open).transpose()?))
}

fn read_text(file: &Path) -> Result<String, CliError> {
    let bytes = std::fs::read(file).map_err(|error| {
        CliError::failed(format!("cannot read the texts: {error}. File: {}", file.display()))
    })?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

impl SizeArguments {
    /// A new encoder of this size.
    pub(super) fn new_encoder(&self, seed: u64) -> NewEncoder {
        NewEncoder {
            vocab_size: self.vocab_size,
            layers: self.layers,
            hidden_size: self.hidden,
            heads: self.heads,
            intermediate_size: self.intermediate,
            max_tokens: self.positions,
            casing: Casing { lower_case: !self.cased, ..Casing::default() },
            seed,
        }
    }
}

/// `shelfwise new-model`
pub(super) fn new_model(arguments: &NewModelArguments) -> Result<(), CliError> {
    check_free(&arguments.folder).map_err(failed)?;
    let control = control();
    let (source, shop) = texts_of(arguments.project.as_deref(), &arguments.texts)?;
    let corpus = source.read(shop.as_deref(), &control).map_err(failed)?;
    let start = StartFrom::New(arguments.size.new_encoder(arguments.seed));
    let model = start.open(&corpus, &control).map_err(failed)?;
    output::progress("");
    export(&model, &arguments.folder).map_err(failed)?;
    if arguments.json {
        return output::json(&json!({
            "folder": arguments.folder,
            "config": model.config,
            "weights": model.n_weights(),
            "documents": corpus.len(),
        }));
    }
    output::line(&format!(
        "a new encoder of {} weights and {} words, vocabulary from {} documents, in {}",
        model.n_weights(),
        model.config.vocab_size,
        corpus.len(),
        arguments.folder.display()
    ));
    output::line("its weights are random: pre-train it with shelfwise pretrain --base");
    Ok(())
}

/// The model that somebody means: the built-in one, one in a folder, or the encoder of a run.
pub(super) fn open(name: &str, project: Option<&Path>) -> Result<Pretrained, CliError> {
    if name == BUILTIN {
        return Pretrained::open(None).map_err(failed);
    }
    let Some(project) = project else {
        let folder = model_folder(Path::new(name))?;
        if !folder.is_dir() {
            return Err(CliError::usage(format!(
                "there is no folder {name:?}; name a model's folder, {BUILTIN}, or a run and its --project"
            )));
        }
        return Pretrained::open(Some(&folder)).map_err(failed);
    };
    let session = Session::open(project, DeviceChoice::Cpu)?;
    let store = RunStore::open(&session.shop()?.project).map_err(failed)?;
    let run = if name == LATEST {
        let runs = store.list().map_err(failed)?;
        runs.into_iter().find(Run::has_encoder).ok_or_else(|| {
            CliError::failed("no finished run of this project has an encoder; list the runs to see which there are")
        })?
    } else {
        store.get(&resolve(&session, name)?).map_err(failed)?
    };
    store.encoder(&run).map_err(failed)
}

/// `shelfwise export-model`
pub(super) fn export_model(arguments: &ExportModelArguments) -> Result<(), CliError> {
    check_free(&arguments.folder).map_err(failed)?;
    let model = open(&arguments.model, arguments.project.as_deref())?;
    export(&model, &arguments.folder).map_err(failed)?;
    if arguments.json {
        return output::json(&json!({
            "folder": arguments.folder,
            "name": model.name,
            "config": model.config,
            "weights": model.n_weights(),
        }));
    }
    output::line(&format!(
        "{} ({} weights) written to {}, for transformers and sentence-transformers",
        model.name,
        model.n_weights(),
        arguments.folder.display()
    ));
    Ok(())
}

/// `shelfwise embed`
pub(super) fn embed(arguments: &EmbedArguments) -> Result<(), CliError> {
    let model = open(&arguments.model, arguments.project.as_deref())?;
    let device = select(arguments.device).map_err(failed)?;
    let embedder = Embedder::new(&model, &device).map_err(failed)?;
    let texts: Vec<String> = read_text(&arguments.file)?.lines().map(str::to_owned).collect();
    let found = embedder.embed(&texts, &control()).map_err(failed)?;
    output::progress("");
    let rows: Vec<&[f32]> = (0..found.len()).map(|row| found.row(row)).collect();
    if arguments.json {
        return output::json(&json!({
            "model": model.name,
            "dim": found.dim,
            "texts": texts,
            "vectors": rows,
        }));
    }
    for row in rows {
        let numbers: Vec<String> = row.iter().map(f32::to_string).collect();
        output::line(&numbers.join(","));
    }
    Ok(())
}
