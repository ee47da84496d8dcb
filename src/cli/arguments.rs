//! What can be typed.

use std::path::{Path, PathBuf};

use clap::{Args, Parser, Subcommand as ClapSubcommand};

use super::download::DownloadModelArguments;
use super::encoders::{EmbedArguments, ExportModelArguments, NewModelArguments};
use super::locking::ChangePassphraseArguments;
use super::pretrain::PretrainArguments;
use super::privacy::{PrivacyArguments, PseudonymArguments};
use super::text::{ClassifyArguments, FindArguments, PairTaskArguments, TextTaskArguments};
use crate::dataset::sessions::DEFAULT_GAP_MINUTES;
use crate::eval::CaseLimit;
use crate::model::bert::config::Trainable;
use crate::model::bert::device::DeviceChoice;
use crate::model::bert::precision::Precision;
use crate::workbench::settings::{Language, ThemeChoice};

/// Analyst workbench for e-commerce search and recommendation.
#[derive(Debug, Parser)]
#[command(name = "shelfwise", version, about, args_conflicts_with_subcommands = true)]
pub struct Arguments {
    /// Project, or folder with a shop's files, to open in the window
    pub project: Option<PathBuf>,
    /// File that holds the passphrase of a locked project; else `SHELFWISE_PASSPHRASE`, or it is asked for
    #[arg(long, value_name = "FILE", global = true)]
    pub passphrase_file: Option<PathBuf>,
    /// What to do without the window
    #[command(subcommand)]
    pub subcommand: Option<Subcommand>,
}

/// What can be done without the window.
#[derive(Debug, Clone, ClapSubcommand)]
pub enum Subcommand {
    /// Read a shop's files into a project
    Import(ImportArguments),
    /// Clean a project's data by a list of steps; the imported data stay
    Clean(CleanArguments),
    /// Counts, time span, event types and findings
    Describe(DescribeArguments),
    /// What is wrong with the data, with examples and offered repairs
    Quality(ProjectArguments),
    /// Encrypt a project with a passphrase, which nobody can recover
    Lock(ProjectArguments),
    /// Write a locked project in clear again
    Unlock(ProjectArguments),
    /// Give a locked project another passphrase
    ChangePassphrase(ChangePassphraseArguments),
    /// The pseudonyms of shoppers in a project that was imported with --pseudonymise
    Pseudonym(PseudonymArguments),
    /// What is known of one shopper
    Profile(ProfileArguments),
    /// Markov transitions between behaviour states
    Transitions(TransitionArguments),
    /// Rows of a table that fit a condition
    Table(TableArguments),
    /// Nearest products or shoppers
    Similar(SimilarArguments),
    /// What the catalogue knows of products as a graph: its facts, how well its vectors tell them, neighbours
    Knowledge(KnowledgeArguments),
    /// Train a model; prints the run's id
    Fit(FitArguments),
    /// Judge a run beside the baselines
    Evaluate(EvaluateArguments),
    /// Put runs side by side: differences, intervals, paired tests
    Compare(CompareArguments),
    /// Recommend products to a shopper or after a history
    Recommend(RecommendArguments),
    /// List the runs of a project
    Runs(ProjectArguments),
    /// Make a new encoder: a vocabulary from texts, random weights
    NewModel(NewModelArguments),
    /// Pre-train an encoder on a shop's texts
    Pretrain(PretrainArguments),
    /// Fetch a BERT from the Hugging Face hub, once; the only command that uses the network
    DownloadModel(DownloadModelArguments),
    /// Write an encoder as a folder for transformers and sentence-transformers
    ExportModel(ExportModelArguments),
    /// Vectors of texts
    Embed(EmbedArguments),
    /// Fine-tune an encoder to tell labels or ratings of texts, beside simple models
    TextTask(TextTaskArguments),
    /// What a fine-tuned encoder says of texts
    Classify(ClassifyArguments),
    /// Fine-tune an encoder for search on pairs of texts, beside search by words
    PairTask(PairTaskArguments),
    /// Search products or texts by the meaning of a query
    Find(FindArguments),
    /// Make a simulated shop
    Simulate(SimulateArguments),
    /// Save a picture of one view
    Screenshot(ScreenshotArguments),
    /// Repeatable measurements of the program itself
    Bench(BenchArguments),
    /// Devices, drivers, fonts, folders, and what will be used
    Doctor(JsonArguments),
}

impl Subcommand {
    /// The project that it opens, or the folder that a project is made for.
    #[must_use]
    pub fn opens(&self) -> Option<&Path> {
        let project = match self {
            Self::Import(arguments) => &arguments.project,
            Self::Clean(arguments) => &arguments.project,
            Self::Describe(arguments) => &arguments.project,
            Self::Pseudonym(arguments) => &arguments.project,
            Self::Profile(arguments) => &arguments.project,
            Self::Transitions(arguments) => &arguments.project,
            Self::Table(arguments) => &arguments.project,
            Self::Similar(arguments) => &arguments.project,
            Self::Knowledge(arguments) => &arguments.project,
            Self::Fit(arguments) => &arguments.project,
            Self::Evaluate(arguments) => &arguments.project,
            Self::Compare(arguments) => &arguments.project,
            Self::Recommend(arguments) => &arguments.project,
            Self::Quality(arguments) | Self::Runs(arguments) => &arguments.project,
            Self::Screenshot(arguments) => &arguments.project,
            Self::Bench(arguments) if matches!(arguments.what.as_str(), "open" | "frames") => {
                &arguments.project
            }
            Self::NewModel(arguments) => return arguments.project.as_deref(),
            Self::Pretrain(arguments) => return arguments.project.as_deref(),
            Self::ExportModel(arguments) => return arguments.project.as_deref(),
            Self::Embed(arguments) => return arguments.project.as_deref(),
            Self::PairTask(arguments) => return arguments.project.as_deref(),
            Self::Find(arguments) => return arguments.project.as_deref(),
            Self::Lock(_)
            | Self::Unlock(_)
            | Self::ChangePassphrase(_)
            | Self::TextTask(_)
            | Self::Classify(_)
            | Self::DownloadModel(_)
            | Self::Simulate(_)
            | Self::Bench(_)
            | Self::Doctor(_) => return None,
        };
        Some(project)
    }
}

/// Output alone.
#[derive(Debug, Clone, Args)]
pub struct JsonArguments {
    /// One JSON document on standard output
    #[arg(long)]
    pub json: bool,
}

/// A project and how to print.
#[derive(Debug, Clone, Args)]
pub struct ProjectArguments {
    /// Project, or folder with a shop's files
    pub project: PathBuf,
    /// One JSON document on standard output
    #[arg(long)]
    pub json: bool,
}

/// Arguments of `describe`.
#[derive(Debug, Clone, Args)]
pub struct DescribeArguments {
    /// Project, or folder with a shop's files
    pub project: PathBuf,
    /// Longest pause within a session, minutes
    #[arg(long, value_name = "MINUTES", default_value_t = DEFAULT_GAP_MINUTES)]
    pub session_gap: u32,
    /// One JSON document on standard output
    #[arg(long)]
    pub json: bool,
}

/// Arguments of `import`.
#[derive(Debug, Clone, Args)]
pub struct ImportArguments {
    /// Project folder; made when it does not exist
    pub project: PathBuf,
    /// Files of events
    #[arg(long, num_args = 1..)]
    pub events: Vec<PathBuf>,
    /// Files of products
    #[arg(long, num_args = 1..)]
    pub catalog: Vec<PathBuf>,
    /// Files of shoppers
    #[arg(long, num_args = 1..)]
    pub users: Vec<PathBuf>,
    /// Columns by field, such as user=CustomerID,item=StockCode,time=InvoiceDate
    #[arg(long, value_name = "FIELD=COLUMN,…")]
    pub map: Vec<String>,
    /// Recipe to clean the data by, TOML or JSON
    #[arg(long, value_name = "RECIPE")]
    pub clean: Option<PathBuf>,
    /// Layout of the files of events, or of one file: auto, csv, parquet, arrow, jsonl, json, excel,
    /// recbole, movielens, sequence, pairs, baskets, amazon, lines, periods; excel:SHEET for a sheet
    #[arg(long, value_name = "[FILE=]FORMAT", num_args = 1..)]
    pub format: Vec<String>,
    /// Name of the shop; the folder's name by default
    #[arg(long)]
    pub name: Option<String>,
    /// What is done for privacy
    #[command(flatten)]
    pub privacy: PrivacyArguments,
    /// One JSON document on standard output
    #[arg(long)]
    pub json: bool,
}

/// Arguments of `clean`.
#[derive(Debug, Clone, Args)]
pub struct CleanArguments {
    /// Project, or folder with a shop's files
    pub project: PathBuf,
    /// Recipe to clean the imported data by, TOML or JSON, in the place of the present one; none
    /// gives the imported data back
    #[arg(long, value_name = "FILE")]
    pub recipe: Option<PathBuf>,
    /// A step to add to the recipe, such as --step clip field=price high=99%; may be repeated
    #[arg(long, num_args = 1.., value_name = "STEP KEY=VALUE")]
    pub step: Vec<String>,
    /// Take back the last step
    #[arg(long, conflicts_with_all = ["recipe", "step"])]
    pub undo: bool,
    /// Change nothing and show the present recipe; so does naming no step
    #[arg(long, conflicts_with_all = ["recipe", "step", "undo"])]
    pub show: bool,
    /// Write the recipe to this file as TOML
    #[arg(long, value_name = "FILE")]
    pub save: Option<PathBuf>,
    /// One JSON document on standard output
    #[arg(long)]
    pub json: bool,
}

/// Arguments of `profile`.
#[derive(Debug, Clone, Args)]
pub struct ProfileArguments {
    /// Project, or folder with a shop's files
    pub project: PathBuf,
    /// Id of the shopper
    #[arg(long)]
    pub user: String,
    /// One JSON document on standard output
    #[arg(long)]
    pub json: bool,
}

/// Arguments of `transitions`.
#[derive(Debug, Clone, Args)]
pub struct TransitionArguments {
    /// Project, or folder with a shop's files
    pub project: PathBuf,
    /// What a state is: event, category or item
    #[arg(long, default_value = "event")]
    pub states: String,
    /// Steps: 1 for P, `n` for the matrix of `n` steps
    #[arg(long, default_value_t = 1)]
    pub order: u32,
    /// Whose events: all, buyers, non-buyers, category=NAME or COLUMN=VALUE
    #[arg(long, default_value = "all")]
    pub segment: String,
    /// Most frequent states kept; the rest become one
    #[arg(long, default_value_t = 50)]
    pub max_states: usize,
    /// Added to every cell before rows are normalised
    #[arg(long, default_value_t = 0.0)]
    pub smoothing: f64,
    /// One JSON document on standard output
    #[arg(long)]
    pub json: bool,
}

/// Arguments of `similar`.
#[derive(Debug, Clone, Args)]
#[command(group(clap::ArgGroup::new("subject").required(true).args(["item", "user"])))]
pub struct SimilarArguments {
    /// Project, or folder with a shop's files
    pub project: PathBuf,
    /// Id of a product
    #[arg(long)]
    pub item: Option<String>,
    /// Id of a shopper
    #[arg(long)]
    pub user: Option<String>,
    /// cosine, jaccard or pearson
    #[arg(long, default_value = "cosine")]
    pub measure: String,
    /// behaviour or text
    #[arg(long, default_value = "behaviour")]
    pub basis: String,
    /// How many
    #[arg(long, default_value_t = 10)]
    pub k: usize,
    /// One JSON document on standard output
    #[arg(long)]
    pub json: bool,
}

/// Arguments of `table`.
#[derive(Debug, Clone, Args)]
pub struct TableArguments {
    /// Project, or folder with a shop's files
    pub project: PathBuf,
    /// events, products or shoppers
    pub table: String,
    /// Condition such as 'price > 10 and category = "Shoes" and title ~ red'
    #[arg(long = "where", value_name = "EXPR")]
    pub condition: Option<String>,
    /// Words that a row has to hold in any text column
    #[arg(long, value_name = "TEXT")]
    pub search: Option<String>,
    /// Columns to sort by; a minus before one sorts it downwards
    #[arg(long, value_name = "COL,-COL", value_delimiter = ',', allow_hyphen_values = true)]
    pub sort: Vec<String>,
    /// Columns to show, all by default
    #[arg(long, value_name = "COL,COL", value_delimiter = ',')]
    pub columns: Vec<String>,
    /// Rows to print; 20 by default, with --csv all
    #[arg(long, value_name = "N")]
    pub limit: Option<usize>,
    /// Print what the columns hold instead of the rows
    #[arg(long)]
    pub stats: bool,
    /// One JSON document on standard output
    #[arg(long, conflicts_with = "csv")]
    pub json: bool,
    /// Comma-separated values on standard output
    #[arg(long, conflicts_with = "stats")]
    pub csv: bool,
}

/// Arguments of `knowledge`.
#[derive(Debug, Clone, Args)]
pub struct KnowledgeArguments {
    /// Project, or folder with a shop's files
    pub project: PathBuf,
    /// One setting, such as `knowledge_rules=FILE` or `knowledge_categories=tags:space`; may be repeated
    #[arg(long = "set", value_name = "KEY=VALUE")]
    pub settings: Vec<String>,
    /// Settings from a TOML file; --set goes over it
    #[arg(long, value_name = "FILE.toml")]
    pub config: Option<PathBuf>,
    /// Id of a product whose nearest by vector, and whose text, are wanted
    #[arg(long)]
    pub item: Option<String>,
    /// How many neighbours
    #[arg(long, default_value_t = 10)]
    pub k: usize,
    /// Seed of everything random
    #[arg(long, default_value_t = 0)]
    pub seed: u64,
    /// One JSON document on standard output
    #[arg(long)]
    pub json: bool,
}

/// Arguments of `fit`.
#[derive(Debug, Clone, Args)]
pub struct FitArguments {
    /// Project, or folder with a shop's files
    pub project: PathBuf,
    /// Model name: popularity, markov, `item_knn`, bert, sasrec or bert4rec
    #[arg(long, required_unless_present = "resume")]
    pub model: Option<String>,
    /// One setting of the model, such as `item_crop=0.2` or `negatives=hard:4`; may be repeated. An unknown
    /// key is answered with all that there are
    #[arg(long = "set", value_name = "KEY=VALUE")]
    pub settings: Vec<String>,
    /// Settings from a TOML file; --set goes over it
    #[arg(long, value_name = "FILE.toml")]
    pub config: Option<PathBuf>,
    /// last-one, last:N, time:T with T a share of the events or a date, fold:I/K, ratio:S,
    /// ratio-users:S, stratified:S, stratified-users:S (S the share not for test, `@SEED` behind it),
    /// or `file:TRAIN,TEST`
    #[arg(long, default_value = "last-one")]
    pub split: String,
    /// Seed of everything random
    #[arg(long, default_value_t = 0)]
    pub seed: u64,
    /// auto, gpu or cpu
    #[arg(long, default_value = "auto")]
    pub device: DeviceChoice,
    /// Name to show
    #[arg(long, default_value = "")]
    pub name: String,
    /// bert, sasrec, bert4rec: try growing learning rates on a hundred batches, tell the loss at each and
    /// suggest one; nothing is kept
    #[arg(long, conflicts_with = "resume")]
    pub find_rate: bool,
    /// Go on with a run that was cancelled or interrupted (id, name or latest)
    #[arg(long, value_name = "RUN", conflicts_with_all = ["model", "settings", "config"])]
    pub resume: Option<String>,
    /// One JSON document on standard output
    #[arg(long)]
    pub json: bool,
}

/// Arguments of `evaluate`.
#[derive(Debug, Clone, Args)]
pub struct EvaluateArguments {
    /// Project, or folder with a shop's files
    pub project: PathBuf,
    /// The run: its id or the beginning of it, its name, or latest
    #[arg(long, default_value = "latest")]
    pub run: String,
    /// List lengths
    #[arg(long, value_delimiter = ',', default_value = "5,10,20")]
    pub k: Vec<usize>,
    /// validation or test
    #[arg(long, default_value = "test")]
    pub on: String,
    /// Leave products of the history in the lists
    #[arg(long)]
    pub keep_seen: bool,
    /// How many cases: auto (a random sample only where a neural model would rank for more than about a
    /// minute), all, or a number to draw
    #[arg(long, default_value = "auto")]
    pub cases: CaseLimit,
    /// auto, gpu or cpu
    #[arg(long, default_value = "auto")]
    pub device: DeviceChoice,
    /// One JSON document on standard output
    #[arg(long)]
    pub json: bool,
}

/// Arguments of `compare`.
#[derive(Debug, Clone, Args)]
pub struct CompareArguments {
    /// Project, or folder with a shop's files
    pub project: PathBuf,
    /// The runs: ids or the beginnings of them, names, or latest
    #[arg(required = true, num_args = 2.., value_name = "RUN")]
    pub runs: Vec<String>,
    /// List length
    #[arg(long, default_value_t = 10)]
    pub k: usize,
    /// validation or test
    #[arg(long, default_value = "test")]
    pub on: String,
    /// Leave products of the history in the lists
    #[arg(long)]
    pub keep_seen: bool,
    /// How many cases: auto (a random sample only where a neural model would rank for more than about a
    /// minute), all, or a number to draw
    #[arg(long, default_value = "auto")]
    pub cases: CaseLimit,
    /// With --json: the values of each shopper too
    #[arg(long)]
    pub per_user: bool,
    /// auto, gpu or cpu
    #[arg(long, default_value = "auto")]
    pub device: DeviceChoice,
    /// One JSON document on standard output
    #[arg(long)]
    pub json: bool,
}

/// Arguments of `recommend`.
#[derive(Debug, Clone, Args)]
#[command(group(clap::ArgGroup::new("source").required(true).args(["user", "history"])))]
pub struct RecommendArguments {
    /// Project, or folder with a shop's files
    pub project: PathBuf,
    /// The run: its id or the beginning of it, its name, or latest
    #[arg(long, default_value = "latest")]
    pub run: String,
    /// Id of a shopper
    #[arg(long)]
    pub user: Option<String>,
    /// Ids of products, oldest first
    #[arg(long, value_delimiter = ',')]
    pub history: Vec<String>,
    /// How many
    #[arg(long, default_value_t = 10)]
    pub k: usize,
    /// Say why
    #[arg(long)]
    pub explain: bool,
    /// Leave products of the history in the list
    #[arg(long)]
    pub keep_seen: bool,
    /// auto, gpu or cpu
    #[arg(long, default_value = "auto")]
    pub device: DeviceChoice,
    /// One JSON document on standard output
    #[arg(long)]
    pub json: bool,
}

/// Arguments of `simulate`.
#[derive(Debug, Clone, Args)]
pub struct SimulateArguments {
    /// Folder to write
    #[arg(long)]
    pub out: PathBuf,
    /// Shoppers
    #[arg(long)]
    pub users: Option<usize>,
    /// Products
    #[arg(long)]
    pub items: Option<usize>,
    /// Days
    #[arg(long)]
    pub days: Option<u32>,
    /// Seed
    #[arg(long)]
    pub seed: Option<u64>,
    /// One JSON document on standard output
    #[arg(long)]
    pub json: bool,
}

/// Arguments of `screenshot`.
#[derive(Debug, Clone, Args)]
pub struct ScreenshotArguments {
    /// Project, or folder with a shop's files
    pub project: PathBuf,
    /// data, quality, cleaning, profiles, transitions, similarity, training, recommendations or
    /// evaluation
    #[arg(long)]
    pub view: String,
    /// PNG file to write
    #[arg(long)]
    pub out: PathBuf,
    /// Size in points
    #[arg(long, default_value = "1280x800", value_name = "WxH")]
    pub size: String,
    /// dark or light
    #[arg(long, default_value = "dark")]
    pub theme: String,
    /// en or zh
    #[arg(long, default_value = "en")]
    pub lang: String,
}

/// Arguments of `bench`.
#[derive(Debug, Clone, Args)]
pub struct BenchArguments {
    /// embed, train-step, recommend, open, fuzz, or frames (opens the window)
    pub what: String,
    /// Repetitions
    #[arg(long, default_value_t = 10)]
    pub repeat: usize,
    /// Texts or examples at a time
    #[arg(long)]
    pub batch: Option<usize>,
    /// auto, gpu or cpu
    #[arg(long, default_value = "cpu")]
    pub device: DeviceChoice,
    /// train-step: what learns, such as full or lora:8; all of them without it
    #[arg(long)]
    pub trainable: Option<Trainable>,
    /// train-step: full or mixed; both without it
    #[arg(long)]
    pub precision: Option<Precision>,
    /// train-step: tokens of a text
    #[arg(long, default_value_t = 64)]
    pub tokens: usize,
    /// train-step: folder of the encoder; the built-in one without it
    #[arg(long)]
    pub base: Option<PathBuf>,
    /// train-step: compute activations again on the way back
    #[arg(long)]
    pub recompute: bool,
    /// frames, open: the project, or folder with a shop's files
    #[arg(long, default_value = "sample_data/demo_shop")]
    pub project: PathBuf,
    /// frames: the view to paint
    #[arg(long, default_value = "training")]
    pub view: String,
    /// frames: without a training beside it; else BERT trains meanwhile, and frames count from its first step
    /// on, which a large catalogue puts off by minutes
    #[arg(long)]
    pub calm: bool,
    /// frames, fuzz: seconds to measure
    #[arg(long, default_value_t = 20.0)]
    pub secs: f64,
    /// fuzz: the reader, or all
    #[arg(long, default_value = "all")]
    pub reader: String,
    /// fuzz: folder of the good files to damage
    #[arg(long, default_value = "tests/fixtures/load")]
    pub corpus: PathBuf,
    /// fuzz: random numbers begin with this
    #[arg(long, default_value_t = 0)]
    pub seed: u64,
    /// One JSON document on standard output
    #[arg(long)]
    pub json: bool,
}

impl ScreenshotArguments {
    /// Width and height in points; `None` when they cannot be read.
    #[must_use]
    pub fn parsed_size(&self) -> Option<[f32; 2]> {
        let (width, height) = self.size.split_once('x')?;
        let side = |text: &str| text.trim().parse().ok().filter(|&side: &f32| side >= 1.0);
        Some([side(width)?, side(height)?])
    }

    /// The colour scheme; `None` when there is none of that name.
    #[must_use]
    pub fn parsed_theme(&self) -> Option<ThemeChoice> {
        match self.theme.as_str() {
            "dark" => Some(ThemeChoice::Dark),
            "light" => Some(ThemeChoice::Light),
            _ => None,
        }
    }

    /// The language; `None` when there is none of that name.
    #[must_use]
    pub fn parsed_language(&self) -> Option<Language> {
        match self.lang.as_str() {
            "en" => Some(Language::En),
            "zh" => Some(Language::Zh),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    #[test]
    fn the_command_line_is_consistent() {
        super::Arguments::command().debug_assert();
    }
}
