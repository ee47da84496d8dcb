//! The domain state that views read.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;

use super::async_value::AsyncValue;
use super::command::{
    ColumnRequest, Command, ComparisonRequest, ExportRequest, KnowledgeRequest, KnownRequest,
    NeighbourRequest, SearchRequest, SplitRequest, TellRequest,
};
use super::settings::Settings;
use super::training_log::TrainingLog;
use crate::analysis::profile::{ShopStatistics, UserProfile};
use crate::analysis::similarity::{Neighbour, SimilarityMatrix, SimilarityOptions};
use crate::analysis::summary::{ItemSummary, UserSummary};
use crate::analysis::table::{Activity, ColumnProfile, Rows, TableQuery};
use crate::analysis::transitions::{OrderTest, Stationary, TransitionMatrix};
use crate::dataset::Dataset;
use crate::dataset::clean::{Counts, Recipe, StepOutcome};
use crate::dataset::describe::Description;
use crate::dataset::load::{LoadReport, Preview, TextColumns};
use crate::dataset::privacy::SmallGroups;
use crate::dataset::quality::QualityReport;
use crate::dataset::sessions::SessionStatistics;
use crate::dataset::split::{Leak, Phase, SplitSpec, SplitSummary, Timeline};
use crate::eval::{Comparison, EvalReport, PairedDifference};
use crate::ids::{DatasetRevision, ItemIdx, RunId, UserIdx};
use crate::jobs::JobTicket;
use crate::model::bert::device::DeviceInfo;
use crate::model::bert::hub::{Download, HubModel};
use crate::model::bert::rate_finder::RateSweep;
use crate::model::bert::tasks::ToldTable;
use crate::model::knowledge::{Knowledge, KnowledgeReport, KnownProduct};
use crate::model::{History, Reason};
use crate::runs::{Run, TextOutcome, Work};
use crate::vault::Locking;

/// An open shop.
#[derive(Clone)]
pub struct OpenShop {
    /// Project folder.
    pub project: PathBuf,
    /// The data.
    pub dataset: Arc<Dataset>,
    /// How its files were read.
    pub report: Arc<LoadReport>,
    /// How the data came out of the imported ones.
    pub cleaning: Arc<Cleaning>,
}

/// How the data of a shop came out of the imported ones.
#[derive(Debug, Clone, PartialEq)]
pub struct Cleaning {
    /// What was done; no step where the data are as imported.
    pub recipe: Recipe,
    /// Size of the data as imported.
    pub original: Counts,
    /// Fingerprint of the data as imported.
    pub original_revision: DatasetRevision,
    /// What each step did.
    pub outcomes: Vec<StepOutcome>,
}

/// What became of a project's lock.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LockingResult {
    /// The passphrase opens this project.
    Opened(PathBuf),
    /// The project is locked.
    Locked(Locking),
    /// The project is in clear again.
    Unlocked,
    /// The project has another passphrase.
    Changed,
}

/// What is known of the shop as a whole, computed once after opening.
pub struct Overview {
    /// Counts, span, series.
    pub description: Description,
    /// What profiles are compared with.
    pub statistics: ShopStatistics,
    /// A row per user, in dense order.
    pub users: Vec<UserSummary>,
    /// A row per item, in dense order.
    pub items: Vec<ItemSummary>,
    /// Which values of shoppers too few have for them to be shown.
    pub small_groups: SmallGroups,
}

/// What is picked; every view shows it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Selection {
    /// The shopper.
    pub user: Option<UserIdx>,
    /// The product.
    pub item: Option<ItemIdx>,
    /// The run.
    pub run: Option<RunId>,
}

/// A similarity matrix with the options it was computed for; its spec stands in the matrix.
pub struct SimilarityResult {
    /// What was asked.
    pub options: SimilarityOptions,
    /// The answer.
    pub matrix: SimilarityMatrix,
}

/// The nearest among all products or shoppers.
pub struct NeighbourResult {
    /// What was asked.
    pub request: NeighbourRequest,
    /// Best first.
    pub neighbours: Vec<Neighbour>,
}

/// Rows of a table.
pub struct TableResult {
    /// What was asked.
    pub query: TableQuery,
    /// The rows in the order asked for.
    pub rows: Arc<Rows>,
}

/// What one column of a table holds.
pub struct ColumnResult {
    /// What was asked.
    pub request: ColumnRequest,
    /// The answer.
    pub profile: ColumnProfile,
}

/// A file of rows that was written.
pub struct ExportResult {
    /// What was asked.
    pub request: ExportRequest,
    /// Rows written.
    pub rows: u64,
}

/// A transition matrix, the options it was computed for standing in it.
pub struct TransitionResult {
    /// The chain.
    pub matrix: TransitionMatrix,
    /// What it settles to.
    pub stationary: Stationary,
    /// Whether the next state depends on the present one; `None` where there is too little to test.
    pub order_test: Option<OrderTest>,
}

/// One product of a recommendation list.
#[derive(Debug, Clone, PartialEq)]
pub struct RecommendedItem {
    /// Which product.
    pub item: ItemIdx,
    /// The model's score; comparable within the list only.
    pub score: f32,
    /// Position from 1.
    pub rank: u32,
    /// Why, strongest first.
    pub why: Vec<Reason>,
}

/// The list of one model.
#[derive(Debug, Clone, PartialEq)]
pub struct RecommendationList {
    /// The run, or `None` for a baseline fitted for this comparison.
    pub run: Option<RunId>,
    /// Model name as in the registry.
    pub model: &'static str,
    /// What to call it on the screen: the run's name or the model's.
    pub label: String,
    /// Best first.
    pub items: Vec<RecommendedItem>,
    /// Milliseconds for scoring and choosing the list, explanations not included.
    pub latency_ms: f64,
}

/// Lists side by side for one history.
#[derive(Debug, Clone, PartialEq)]
pub struct RecommendationSet {
    /// Whose history or which products.
    pub source: super::HistorySource,
    /// What the models saw, oldest first.
    pub history: History,
    /// The chosen run first, then popularity and Markov.
    pub lists: Vec<RecommendationList>,
}

/// One row of the evaluation table.
#[derive(Debug, Clone)]
pub struct EvaluatedModel {
    /// The run, or `None` for a baseline.
    pub run: Option<RunId>,
    /// Model name as in the registry.
    pub model: &'static str,
    /// What to call it on the screen.
    pub label: String,
    /// Its figures with protocol and intervals.
    pub report: Arc<EvalReport>,
}

/// A run beside the baselines on one split.
#[derive(Debug, Clone)]
pub struct EvaluationTable {
    /// The run judged.
    pub run: RunId,
    /// On which cases.
    pub phase: Phase,
    /// The run first, then the baselines.
    pub rows: Vec<EvaluatedModel>,
    /// The run's paired difference to each baseline in `ndcg@k` at the table's main k, by model name.
    pub differences: BTreeMap<&'static str, PairedDifference>,
    /// The metric that the differences are in, such as `ndcg@10`.
    pub metric: String,
}

/// One of the runs that are compared.
#[derive(Debug, Clone)]
pub struct ComparedRun {
    /// Which run.
    pub run: RunId,
    /// What to call it.
    pub name: String,
    /// Name of its model.
    pub model: String,
    /// Its figures with protocol and values per user.
    pub report: Arc<EvalReport>,
    /// Whether it was trained on other data than what is open; its figures are then from that time.
    pub is_other_data: bool,
}

/// Runs side by side.
#[derive(Debug, Clone)]
pub struct RunComparison {
    /// What was asked.
    pub request: ComparisonRequest,
    /// The runs in the order asked for; positions of the comparison are positions here.
    pub runs: Vec<ComparedRun>,
    /// Pairs that were measured alike, and those that were not.
    pub comparison: Comparison,
}

/// A shop divided for training and judgement, in figures.
#[derive(Debug, Clone)]
pub struct SplitOverview {
    /// What was asked.
    pub request: SplitRequest,
    /// The data that it divides.
    pub revision: DatasetRevision,
    /// The split, with all that was left open in the request.
    pub spec: SplitSpec,
    /// Its parts in figures.
    pub summary: SplitSummary,
    /// Its parts over time; `None` without times.
    pub timeline: Option<Timeline>,
    /// What leaks.
    pub leaks: Vec<Leak>,
    /// What shoppers do in one go; `None` without times.
    pub sessions: Option<SessionStatistics>,
}

/// The training that runs, waits or ended last.
#[derive(Clone)]
pub struct Training {
    /// The run it makes.
    pub run: RunId,
    /// What is trained.
    pub work: Work,
    /// The job while it runs or waits.
    pub ticket: Option<JobTicket>,
    /// Loss, rate and validation as they come.
    pub log: Arc<TrainingLog>,
    /// Why it failed, if it did.
    pub error: Option<String>,
}

/// A file of texts and its columns.
#[derive(Debug, Clone, PartialEq)]
pub struct TextFile {
    /// The file.
    pub path: PathBuf,
    /// Its columns, and which of them a text task would use.
    pub columns: TextColumns,
}

/// What came of a text task or pre-training.
#[derive(Debug, Clone, PartialEq)]
pub struct RunResult {
    /// Which run.
    pub run: RunId,
    /// Its figures.
    pub outcome: TextOutcome,
}

/// A text and what a model says of it.
#[derive(Debug, Clone, PartialEq)]
pub struct ToldText {
    /// What was asked.
    pub request: TellRequest,
    /// Likeliest labels with their probabilities, the best first; a rating is one without.
    pub guesses: Vec<(String, Option<f32>)>,
}

/// What the catalogue knows, as a graph that was learned.
pub struct KnowledgeResult {
    /// What was asked.
    pub request: KnowledgeRequest,
    /// The graph with its vectors.
    pub known: Knowledge,
    /// What it is made of, and how good its vectors are.
    pub report: KnowledgeReport,
}

/// A product in the graph that was learned last.
pub struct KnownResult {
    /// What was asked.
    pub request: KnownRequest,
    /// The answer.
    pub product: KnownProduct,
}

/// A text that was found.
#[derive(Debug, Clone, PartialEq)]
pub struct FoundText {
    /// The product, where products were searched.
    pub item: Option<ItemIdx>,
    /// The text.
    pub text: String,
    /// Cosine of its vector with the query's, at most 1.
    pub score: f32,
}

/// A query and what an encoder found for it.
#[derive(Debug, Clone, PartialEq)]
pub struct SearchResult {
    /// What was asked.
    pub request: SearchRequest,
    /// The nearest texts, the best first.
    pub found: Vec<FoundText>,
    /// How many were searched.
    pub searched: usize,
    /// Whether these are others than the run was judged on.
    pub has_changed: bool,
    /// Milliseconds for the query, the vectors of what is searched being there.
    pub latency_ms: f64,
}

/// How serious a notice is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Severity {
    /// Something worked.
    Info,
    /// Something to look at.
    Warning,
    /// Something failed; the previous state is intact.
    Error,
}

/// A message to the user.
#[derive(Debug, Clone, PartialEq)]
pub struct Notice {
    /// Unique in the session.
    pub id: u64,
    /// How serious.
    pub severity: Severity,
    /// Key in the message catalogue.
    pub key: &'static str,
    /// What failed and what to do, as the layer below said it; may be empty.
    pub detail: String,
    /// What takes back what the notice tells of, where that can be.
    pub undo: Option<Command>,
}

/// What files would become if they were imported.
#[derive(Debug, Clone)]
pub struct ImportProposal {
    /// The first rows of each file.
    pub previews: Vec<Preview>,
}

/// Everything that views read.
#[derive(Default)]
pub struct State {
    /// The open shop.
    pub shop: AsyncValue<OpenShop>,
    /// The latest cleaning of its data; what it came to stands in the shop as well.
    pub cleaning: AsyncValue<Arc<Cleaning>>,
    /// What is known of it as a whole.
    pub overview: AsyncValue<Arc<Overview>>,
    /// What is wrong with its data.
    pub quality: AsyncValue<Arc<QualityReport>>,
    /// Files waiting for the user's word.
    pub proposal: AsyncValue<ImportProposal>,
    /// What is picked.
    pub selection: Selection,
    /// Profile of the picked shopper.
    pub profile: AsyncValue<Arc<UserProfile>>,
    /// Latest transition matrix.
    pub transitions: AsyncValue<Arc<TransitionResult>>,
    /// Latest sweep through learning rates.
    pub rate_sweep: AsyncValue<Arc<RateSweep>>,
    /// Latest graph of the catalogue's facts.
    pub knowledge: AsyncValue<Arc<KnowledgeResult>>,
    /// The product looked at last in that graph.
    pub known_product: AsyncValue<Arc<KnownResult>>,
    /// Latest similarity matrix.
    pub similarity: AsyncValue<Arc<SimilarityResult>>,
    /// Latest neighbours.
    pub neighbours: AsyncValue<Arc<NeighbourResult>>,
    /// Latest rows of a table.
    pub table: AsyncValue<Arc<TableResult>>,
    /// Latest column that was looked at.
    pub column: AsyncValue<Arc<ColumnResult>>,
    /// How uneven shoppers, products and times between events are.
    pub activity: AsyncValue<Arc<Activity>>,
    /// Latest file of rows.
    pub export: AsyncValue<Arc<ExportResult>>,
    /// The table that was told last.
    pub classified: AsyncValue<Arc<ToldTable>>,
    /// The latest model from the hub.
    pub download: AsyncValue<Arc<Download>>,
    /// Models from the hub in the program's own folder, by name.
    pub encoders: Vec<(HubModel, PathBuf)>,
    /// A locked project that waits for its passphrase.
    pub passphrase_for: Option<PathBuf>,
    /// Whether the open project is locked with a passphrase on the disk.
    pub is_locked: bool,
    /// The latest locking, unlocking or trying of a passphrase.
    pub locking: AsyncValue<LockingResult>,
    /// All runs of recommenders of the project, newest first.
    pub runs: Vec<Run>,
    /// All its text tasks and pre-trainings, newest first.
    pub text_runs: Vec<Run>,
    /// The training that runs or ended last.
    pub training: Option<Training>,
    /// Trainings that wait for it, in their order.
    pub queue: Vec<Training>,
    /// The columns of the file of texts that was looked at last.
    pub text_columns: AsyncValue<Arc<TextFile>>,
    /// What came of the text task or pre-training looked at last.
    pub result: AsyncValue<Arc<RunResult>>,
    /// The text that was told last.
    pub told: AsyncValue<Arc<ToldText>>,
    /// What was searched last.
    pub found: AsyncValue<Arc<SearchResult>>,
    /// The folder that an encoder was written into last.
    pub exported_encoder: AsyncValue<Arc<PathBuf>>,
    /// Latest recommendations.
    pub recommendations: AsyncValue<Arc<RecommendationSet>>,
    /// Latest evaluation.
    pub evaluation: AsyncValue<Arc<EvaluationTable>>,
    /// The split looked at last.
    pub split: AsyncValue<Arc<SplitOverview>>,
    /// The runs compared last.
    pub comparison: AsyncValue<Arc<RunComparison>>,
    /// Devices found at the start; empty until they are known.
    pub devices: Vec<DeviceInfo>,
    /// What neural models will use under the present choice, or why nothing can be used.
    pub device_summary: Option<Result<String, String>>,
    /// Messages not yet dismissed, oldest first.
    pub notices: Vec<Notice>,
    /// The user's choices.
    pub settings: Settings,
}
