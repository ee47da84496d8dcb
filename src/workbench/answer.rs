//! What jobs answer, and the kinds of jobs there are.

use std::path::PathBuf;
use std::sync::Arc;

use super::state::{
    ColumnResult, EvaluationTable, ExportResult, ImportProposal, KnowledgeResult, KnownResult,
    LockingResult, NeighbourResult, OpenShop, Overview, RecommendationSet, RunComparison,
    RunResult, SearchResult, SimilarityResult, SplitOverview, TableResult, TextFile, ToldText,
    TransitionResult,
};
use crate::analysis::profile::UserProfile;
use crate::analysis::table::Activity;
use crate::dataset::quality::QualityReport;
use crate::jobs::JobKind;
use crate::model::bert::device::DeviceInfo;
use crate::model::bert::hub::{Download, HubModel};
use crate::model::bert::rate_finder::RateSweep;
use crate::model::bert::tasks::ToldTable;
use crate::runs::Run;

pub(super) const OPEN: JobKind = JobKind("job-open");
pub(super) const CLEAN: JobKind = JobKind("job-clean");
pub(super) const OVERVIEW: JobKind = JobKind("job-overview");
pub(super) const QUALITY: JobKind = JobKind("job-quality");
pub(super) const PREVIEW: JobKind = JobKind("job-preview");
pub(super) const PROFILE: JobKind = JobKind("job-profile");
pub(super) const TRANSITIONS: JobKind = JobKind("job-transitions");
pub(super) const SIMILARITY: JobKind = JobKind("job-similarity");
pub(super) const NEIGHBOURS: JobKind = JobKind("job-neighbours");
pub(super) const TABLE: JobKind = JobKind("job-table");
pub(super) const COLUMN: JobKind = JobKind("job-column");
pub(super) const EXPORT: JobKind = JobKind("job-export");
pub(super) const EXPORT_ENCODER: JobKind = JobKind("job-export-encoder");
pub(super) const CLASSIFY: JobKind = JobKind("job-classify");
pub(super) const DOWNLOAD: JobKind = JobKind("job-download");
pub(super) const ACTIVITY: JobKind = JobKind("job-activity");
pub(super) const RECOMMEND: JobKind = JobKind("job-recommend");
pub(super) const EVALUATE: JobKind = JobKind("job-evaluate");
pub(super) const SPLIT: JobKind = JobKind("job-split");
pub(super) const COMPARE: JobKind = JobKind("job-compare");
pub(super) const FIND_RATE: JobKind = JobKind("job-find-rate");
pub(super) const KNOWLEDGE: JobKind = JobKind("job-knowledge");
pub(super) const KNOWN: JobKind = JobKind("job-known-product");
pub(super) const TRAIN: JobKind = JobKind("job-train");
pub(super) const LOCK: JobKind = JobKind("job-lock");
pub(super) const TEXT_COLUMNS: JobKind = JobKind("job-text-columns");
pub(super) const RESULT: JobKind = JobKind("job-result");
pub(super) const TELL: JobKind = JobKind("job-tell");
pub(super) const SEARCH: JobKind = JobKind("job-search");
pub(super) const DEVICES: JobKind = JobKind("job-devices");

/// The result of a job that finished.
pub(super) enum Answer {
    /// A shop was opened, with the runs of its project.
    Opened(OpenShop, Vec<Run>),
    /// The open shop's data were cleaned, with the runs of its project.
    Cleaned(OpenShop, Vec<Run>),
    /// The shop as a whole.
    Overview(Arc<Overview>),
    /// What is wrong with the data.
    Examined(Arc<QualityReport>),
    /// First rows of files.
    Previewed(ImportProposal),
    /// One shopper.
    Profile(Arc<UserProfile>),
    /// A Markov chain.
    Transitions(Arc<TransitionResult>),
    /// All pairs.
    Similarity(Arc<SimilarityResult>),
    /// The nearest.
    Neighbours(Arc<NeighbourResult>),
    /// Rows of a table.
    Rows(Arc<TableResult>),
    /// What one column holds.
    Column(Arc<ColumnResult>),
    /// Rows were written.
    Exported(Arc<ExportResult>),
    /// A table was told.
    Classified(Arc<ToldTable>),
    /// A model was fetched, and the models that are there now.
    Downloaded(Arc<Download>, Vec<(HubModel, PathBuf)>),
    /// An encoder was written into this folder.
    EncoderExported(Arc<PathBuf>),
    /// How uneven activity is.
    Activity(Arc<Activity>),
    /// Lists side by side.
    Recommended(Arc<RecommendationSet>),
    /// A run beside the baselines.
    Evaluated(Arc<EvaluationTable>),
    /// A shop divided for training and judgement.
    Divided(Arc<SplitOverview>),
    /// Runs side by side.
    Compared(Arc<RunComparison>),
    /// The loss at growing learning rates.
    RateFound(Arc<RateSweep>),
    /// The catalogue's facts as a graph.
    Knowledge(Arc<KnowledgeResult>),
    /// A product in that graph.
    KnownProduct(Arc<KnownResult>),
    /// A training came to its end, and how the run fares on the test cases.
    Trained(Arc<EvaluationTable>),
    /// A project was locked or unlocked, or a passphrase given to it.
    Locking(LockingResult),
    /// A text task or pre-training came to its end.
    LearnedTexts(Arc<RunResult>),
    /// Columns of a file of texts.
    TextColumns(Arc<TextFile>),
    /// What came of a text task or pre-training.
    Result(Arc<RunResult>),
    /// A text was told.
    Told(Arc<ToldText>),
    /// Texts were searched.
    Found(Arc<SearchResult>),
    /// Devices there are, and what would be used.
    Devices(Vec<DeviceInfo>, Result<String, String>),
}
