//! What can be typed for text tasks.

use std::path::PathBuf;

use clap::Args;

use crate::model::bert::device::DeviceChoice;

/// Arguments of `text-task`.
#[derive(Debug, Clone, Args)]
#[command(group(clap::ArgGroup::new("target").required(true).args(["label", "rating"])))]
pub struct TextTaskArguments {
    /// Files of any format that a shop can be loaded from, one after another
    #[arg(required = true, value_name = "FILE")]
    pub files: Vec<PathBuf>,
    /// Columns that together are the text
    #[arg(long, value_name = "COL,COL", value_delimiter = ',', required = true)]
    pub text: Vec<String>,
    /// Column of the second text of a pair
    #[arg(long, value_name = "COL")]
    pub pair: Option<String>,
    /// Column whose values are the classes to tell
    #[arg(long, value_name = "COL")]
    pub label: Option<String>,
    /// What stands between several labels in one cell, such as |: each is then told for itself. A cell with it alone
    /// says that there is no label
    #[arg(long, value_name = "TEXT", requires = "label")]
    pub label_separator: Option<String>,
    /// Column of numbers to tell
    #[arg(long, value_name = "COL")]
    pub rating: Option<String>,
    /// hash, hash:80/10/10, fold:I/K (`@SALT` behind it for another division) or column:NAME with train,
    /// validation and test in it
    #[arg(long, default_value = "hash")]
    pub split: String,
    /// Test every text once, in this many trainings
    #[arg(long, value_name = "K", conflicts_with_all = ["out", "resume", "robustness"])]
    pub folds: Option<u32>,
    /// Learn from this many texts of each class only
    #[arg(long, value_name = "N")]
    pub few_shot: Option<usize>,
    /// Folder of a Hugging Face BERT, or owner/name of one that was downloaded; the built-in model by default
    #[arg(long, value_name = "MODEL")]
    pub base: Option<PathBuf>,
    /// Passes over the training texts
    #[arg(long)]
    pub epochs: Option<u32>,
    /// Train on pushed word vectors: none, fgm, pgd or freelb
    #[arg(long, value_name = "METHOD")]
    pub adversarial: Option<String>,
    /// Judge on texts with typos, synonyms, other word order, dropped words and noise too, beside a twin
    /// without adversarial training
    #[arg(long)]
    pub robustness: bool,
    /// One setting of the training; may be repeated
    #[arg(long = "set", value_name = "KEY=VALUE")]
    pub settings: Vec<String>,
    /// Settings from a TOML file; --set goes over it
    #[arg(long, value_name = "FILE.toml")]
    pub config: Option<PathBuf>,
    /// Try growing learning rates on a hundred batches, tell the loss at each and suggest one; nothing is kept
    #[arg(long, conflicts_with_all = ["folds", "out", "resume", "robustness"])]
    pub find_rate: bool,
    /// Seed of everything random
    #[arg(long, default_value_t = 0)]
    pub seed: u64,
    /// auto, gpu or cpu
    #[arg(long, default_value = "auto")]
    pub device: DeviceChoice,
    /// Folder to save the model and its report in
    #[arg(long, value_name = "FOLDER")]
    pub out: Option<PathBuf>,
    /// Go on with the training that was interrupted in the --out folder
    #[arg(long, requires = "out")]
    pub resume: bool,
    /// One JSON document on standard output
    #[arg(long)]
    pub json: bool,
}

/// Arguments of `classify`.
#[derive(Debug, Clone, Args)]
pub struct ClassifyArguments {
    /// Folder that text-task saved a model in
    pub folder: PathBuf,
    /// The texts
    #[arg(required_unless_present = "file", conflicts_with = "file", value_name = "TEXT")]
    pub texts: Vec<String>,
    /// Tell every row of this table (CSV, JSON lines, Parquet, …) instead
    #[arg(long, value_name = "FILE", requires = "text")]
    pub file: Option<PathBuf>,
    /// Columns of the table that together are the text
    #[arg(long, value_name = "COL,COL", value_delimiter = ',', requires = "file")]
    pub text: Vec<String>,
    /// Further columns of the table to write beside what is told
    #[arg(long, value_name = "COL,COL", value_delimiter = ',', requires = "file")]
    pub keep: Vec<String>,
    /// CSV file to write what is told of the table to; on standard output by default
    #[arg(long, value_name = "FILE", requires = "file")]
    pub out: Option<PathBuf>,
    /// Second text of every pair; of a table, the column that holds it
    #[arg(long, value_name = "TEXT")]
    pub pair: Option<String>,
    /// Likeliest classes to show
    #[arg(long, default_value_t = 3)]
    pub top: usize,
    /// auto, gpu or cpu
    #[arg(long, default_value = "cpu")]
    pub device: DeviceChoice,
    /// One JSON document on standard output
    #[arg(long)]
    pub json: bool,
}
