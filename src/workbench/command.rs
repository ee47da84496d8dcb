//! What can be asked of the workbench. Views, the palette, the command line and the tests send these
//! and nothing else changes the domain state.

use std::path::PathBuf;

use super::settings::{Language, ThemeChoice};
use crate::analysis::similarity::{SimilarityOptions, SimilaritySpec};
use crate::analysis::table::TableQuery;
use crate::analysis::transitions::TransitionOptions;
use crate::dataset::clean::{CleaningStep, Recipe};
use crate::dataset::load::{Formats, LoadRequest};
use crate::dataset::split::{Phase, SplitSpec};
use crate::eval::CaseLimit;
use crate::ids::{ItemIdx, RunId, UserIdx};
use crate::model::ModelConfig;
use crate::model::bert::device::DeviceChoice;
use crate::model::bert::hub::HubModel;
use crate::model::bert::tasks::{TextInput, TextTable};
use crate::model::knowledge::config::KnowledgeConfig;
use crate::runs::Work;
use crate::vault::Passphrase;

/// A training as it is asked for.
#[derive(Debug, Clone, PartialEq)]
pub struct TrainingRequest {
    /// Name to show; empty for one made from the model's name.
    pub name: String,
    /// The model and its settings.
    pub config: ModelConfig,
    /// How events are divided.
    pub split: SplitSpec,
    /// Seed of everything random.
    pub seed: u64,
    /// Device for neural models.
    pub device: DeviceChoice,
}

/// A training on texts as it is asked for.
#[derive(Debug, Clone, PartialEq)]
pub struct TextTrainingRequest {
    /// Name to show; empty for one made from what is trained.
    pub name: String,
    /// What is trained; not a recommender.
    pub work: Work,
    /// Seed of everything random.
    pub seed: u64,
    /// Device to train on.
    pub device: DeviceChoice,
}

/// A text to tell by the model of a run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TellRequest {
    /// The run, of a text task.
    pub run: RunId,
    /// The text, or pair.
    pub input: TextInput,
}

/// Which texts a query is held against.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum SearchedTexts {
    /// The right texts of the run's pairs, which it was judged on.
    #[default]
    Pairs,
    /// The products of the open shop.
    Products,
}

/// A query to search by the encoder of a run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SearchRequest {
    /// The run, of a training on pairs.
    pub run: RunId,
    /// What is asked.
    pub query: String,
    /// What is searched.
    pub texts: SearchedTexts,
}

/// What recommendations are asked for.
#[derive(Debug, Clone, PartialEq)]
pub struct RecommendRequest {
    /// The run to ask; `None` for the baselines alone.
    pub run: Option<RunId>,
    /// Whose history to start from.
    pub source: HistorySource,
    /// Length of each list.
    pub k: usize,
    /// Whether products that the history holds are left out.
    pub filter_viewed: bool,
}

/// Where a history comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum HistorySource {
    /// All that a shopper did.
    User(UserIdx),
    /// Products put together by hand, oldest first.
    Items(Vec<ItemIdx>),
}

/// The facts of the catalogue, to be learned as a graph and looked at.
#[derive(Debug, Clone, PartialEq)]
pub struct KnowledgeRequest {
    /// How they are read and learned.
    pub config: KnowledgeConfig,
    /// Seed of everything random.
    pub seed: u64,
}

/// A product to be looked at in the graph that was learned last.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct KnownRequest {
    /// Which product.
    pub item: ItemIdx,
    /// How many of the nearest.
    pub k: usize,
}

/// How runs are to be judged.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EvaluationRequest {
    /// Which run.
    pub run: RunId,
    /// List lengths.
    pub ks: Vec<usize>,
    /// On which cases.
    pub phase: Phase,
    /// Whether products that the history holds are left out.
    pub mask_seen: bool,
    /// How many of the cases.
    pub cases: CaseLimit,
}

/// Which runs are to be put side by side.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ComparisonRequest {
    /// The runs, two at least, in the order to show.
    pub runs: Vec<RunId>,
    /// List length.
    pub k: usize,
    /// On which cases.
    pub phase: Phase,
    /// Whether products that the history holds are left out.
    pub mask_seen: bool,
    /// How many of the cases.
    pub cases: CaseLimit,
}

/// How a shop is to be divided, to be looked at.
#[derive(Debug, Clone, PartialEq)]
pub struct SplitRequest {
    /// How events are divided.
    pub spec: SplitSpec,
    /// Longest pause within a session, minutes.
    pub gap_minutes: u32,
}

/// Whose neighbours are asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NeighbourRequest {
    /// What is compared and how.
    pub spec: SimilaritySpec,
    /// Dense index of the product or shopper.
    pub idx: u32,
    /// How many.
    pub k: usize,
}

/// Which column is to be looked at, over which rows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ColumnRequest {
    /// The rows; their order does not matter.
    pub query: TableQuery,
    /// Name of the column.
    pub column: String,
}

/// Which rows and columns of a table are to be written, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExportRequest {
    /// The rows in their order.
    pub query: TableQuery,
    /// Names of the columns in their order; one that nobody may see now is left out.
    pub columns: Vec<String>,
    /// The CSV file.
    pub path: PathBuf,
}

/// A table whose rows a saved text task is to tell.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClassifyRequest {
    /// Folder of the saved text task.
    pub model: PathBuf,
    /// The table.
    pub table: TextTable,
    /// The CSV file to write; `None` keeps what is told in memory.
    pub path: Option<PathBuf>,
    /// Where the model runs.
    pub device: DeviceChoice,
}

/// A model to fetch from the hub.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DownloadRequest {
    /// Which.
    pub model: HubModel,
    /// Where to; `None` is the program's own folder of models.
    pub folder: Option<PathBuf>,
}

/// An encoder to write for transformers and sentence-transformers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EncoderExport {
    /// The run that it is of.
    pub run: RunId,
    /// Where a folder with the run's name is made.
    pub into: PathBuf,
}

/// One request to the workbench.
#[derive(Debug, Clone, PartialEq)]
pub enum Command {
    /// Open a project, or import a folder with a shop's files into a project of its own.
    OpenFolder(PathBuf),
    /// Open the simulated sample shop.
    OpenSample,
    /// Import files into `project`, replacing its data; runs stay.
    Import {
        /// The project folder, made when it does not exist.
        project: PathBuf,
        /// What to read and how.
        request: LoadRequest,
    },
    /// Read the first rows of files and propose how to import them.
    PreviewFiles(Vec<PathBuf>),
    /// The same, with files laid out as the user says.
    PreviewAs {
        /// The files.
        files: Vec<PathBuf>,
        /// How they are laid out.
        formats: Formats,
    },
    /// Forget the proposal.
    DismissPreview,
    /// Close the project.
    CloseProject,
    /// Open the locked project that waits for its passphrase.
    GivePassphrase(Passphrase),
    /// Leave the locked project closed.
    DismissPassphrase,
    /// Encrypt the open project with a passphrase.
    LockProject(Passphrase),
    /// Write the open project in clear again.
    UnlockProject(Passphrase),
    /// Give the open project another passphrase.
    ChangePassphrase {
        /// The present one.
        old: Passphrase,
        /// The one from now on.
        new: Passphrase,
    },
    /// Clean the data as imported by this recipe; one without steps gives them back.
    ApplyRecipe(Recipe),
    /// Clean the data as imported by the recipe in this file.
    ApplyRecipeFile(PathBuf),
    /// Add steps to the present recipe and clean by it.
    AddCleaningSteps(Vec<CleaningStep>),

    /// Pick a shopper everywhere.
    SelectUser(Option<UserIdx>),
    /// Pick a product everywhere.
    SelectItem(Option<ItemIdx>),
    /// Pick a run everywhere.
    SelectRun(Option<RunId>),

    /// Look for what is wrong with the data. The Quality view asks when it is first seen.
    ExamineQuality,
    /// Compute transitions.
    ComputeTransitions(TransitionOptions),
    /// Compute a similarity matrix.
    ComputeSimilarity(SimilaritySpec, SimilarityOptions),
    /// Find what is nearest to one product or shopper, among all of them.
    FindNeighbours(NeighbourRequest),
    /// Divide the shop and look at the parts.
    ComputeSplit(SplitRequest),

    /// Filter, search and sort a table.
    QueryTable(TableQuery),
    /// Count what one column of a table holds.
    ProfileColumn(ColumnRequest),
    /// Measure how uneven shoppers, products and times between events are.
    ComputeActivity,
    /// Write rows of a table as CSV. One is written at a time; another takes its place.
    ExportTable(ExportRequest),
    /// Stop writing; nothing of the file stays behind.
    CancelExport,

    /// Tell every row of a table by a saved text task.
    ClassifyTable(ClassifyRequest),
    /// Fetch an encoder from the hub. One is fetched at a time; another takes its place.
    DownloadModel(DownloadRequest),
    /// Stop fetching; nothing of the model stays behind.
    CancelDownload,

    /// Start a training in the background.
    StartTraining(TrainingRequest),
    /// Start a text task or a pre-training in the background.
    StartTextTraining(TextTrainingRequest),
    /// Look at the columns of a file of texts.
    LookAtTexts(PathBuf),
    /// Write the encoder of a finished run into a folder of its own.
    ExportEncoder(EncoderExport),
    /// Read what came of a finished text task or pre-training.
    ReadResult(RunId),
    /// Tell a text by a finished text task.
    TellText(TellRequest),
    /// Search texts by the encoder of a finished training on pairs.
    SearchTexts(SearchRequest),
    /// Go on with a run that was cancelled or interrupted.
    ResumeTraining(RunId),
    /// Try growing learning rates in a short training that leaves nothing behind.
    FindRate(TrainingRequest),
    /// The same for a text task or a training on pairs.
    FindTextRate(TextTrainingRequest),
    /// Learn the facts of the catalogue as a graph, and judge it by facts that were held out.
    LearnKnowledge(KnowledgeRequest),
    /// Look at a product in that graph: what is known of it, and the nearest.
    LookAtKnown(KnownRequest),
    /// Have the running training write a checkpoint and wait, or go on.
    PauseTraining(bool),
    /// Stop the running training; its last checkpoint stays.
    CancelTraining,
    /// Take a training out of the queue; it can be gone on with later.
    CancelQueued(RunId),
    /// Put a run with its artefacts into the bin.
    DeleteRun(RunId),
    /// Bring a deleted run back.
    RestoreRun(RunId),
    /// Call a run by another name.
    RenameRun(RunId, String),

    /// Recommend from a run, beside the baselines.
    Recommend(RecommendRequest),
    /// Judge a run and the baselines on one split.
    Evaluate(EvaluationRequest),
    /// Put runs side by side, with paired tests where they were measured alike.
    CompareRuns(ComparisonRequest),

    /// Stop whatever the analysis lane does for the user.
    CancelAnalysis,
    /// Change the colour scheme.
    SetTheme(ThemeChoice),
    /// Change the language.
    SetLanguage(Language),
    /// Change the device for neural models.
    SetDevice(DeviceChoice),
    /// Hide ids of shoppers and rows as they are in the files, or show them again.
    SetPresenterMode(bool),
    /// A notice was read.
    DismissNotice(u64),
}
