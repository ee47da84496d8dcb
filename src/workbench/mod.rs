//! The headless application: state, commands and what they do. Views, the command line and tests
//! all work through it; nothing here knows of a window.
//!
//! [`Workbench::send`] carries out a [`Command`] at once where that is cheap and otherwise starts a
//! job; [`Workbench::poll`] takes in what jobs have answered. Both are called from one thread.

mod answer;
mod async_value;
mod caches;
mod command;
mod handlers;
#[cfg(test)]
mod knowledge_tests;
#[cfg(test)]
mod search_tests;
pub mod settings;
mod state;
#[cfg(test)]
mod text_tests;
mod training_log;
mod whole_file;

use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

pub use async_value::AsyncValue;
pub use command::{
    ClassifyRequest, ColumnRequest, Command, ComparisonRequest, DownloadRequest, EncoderExport,
    EvaluationRequest, ExportRequest, HistorySource, KnowledgeRequest, KnownRequest,
    NeighbourRequest, RecommendRequest, SearchRequest, SearchedTexts, SplitRequest, TellRequest,
    TextTrainingRequest, TrainingRequest,
};
pub use handlers::project_of;
pub use state::{
    Cleaning, ColumnResult, ComparedRun, EvaluatedModel, EvaluationTable, ExportResult, FoundText,
    ImportProposal, KnowledgeResult, KnownResult, LockingResult, NeighbourResult, Notice, OpenShop,
    Overview, RecommendationList, RecommendationSet, RecommendedItem, RunComparison, RunResult,
    SearchResult, Selection, Severity, SimilarityResult, SplitOverview, State, TableResult,
    TextFile, ToldText, Training, TransitionResult,
};
pub use training_log::{TrainingLog, TrainingSnapshot};
pub use whole_file::write_whole;

use crate::dataset::load::Formats;
use crate::dataset::privacy::KeyStore;
use crate::jobs::{JobEnded, JobError, JobKind, JobTicket, Jobs, Lane};
use crate::model::bert::device::DeviceChoice;
use crate::model::bert::hub::downloaded;
use answer::Answer;
use caches::Caches;
use settings::{Language, Settings};

/// Where the workbench keeps what is not in a project.
#[derive(Debug, Clone)]
pub struct Folders {
    /// Settings.
    pub config: PathBuf,
    /// Projects made from a plain folder of files or from the sample shop.
    pub projects: PathBuf,
    /// Encoders from the hub, each in a folder of its own.
    pub models: PathBuf,
}

impl Folders {
    /// The folders that the system means for it, or the working folder where it names none.
    #[must_use]
    pub fn of_system() -> Self {
        match directories::ProjectDirs::from("", "", "shelfwise") {
            Some(dirs) => Self {
                config: dirs.config_dir().to_path_buf(),
                projects: dirs.data_dir().join("projects"),
                models: dirs.data_dir().join("models"),
            },
            None => Self {
                config: "shelfwise".into(),
                projects: "shelfwise/projects".into(),
                models: "shelfwise/models".into(),
            },
        }
    }

    /// Where the keys of pseudonyms are kept, apart from every project.
    #[must_use]
    pub fn keys(&self) -> KeyStore {
        KeyStore::in_folder(self.config.join("keys"))
    }

    /// Everything below one folder, for tests.
    #[must_use]
    pub fn below(folder: &std::path::Path) -> Self {
        let [config, projects, models] =
            ["config", "projects", "models"].map(|name| folder.join(name));
        Self { config, projects, models }
    }
}

/// The application without its window.
pub struct Workbench {
    state: State,
    jobs: Jobs<Answer>,
    caches: Arc<Caches>,
    folders: Folders,
    next_notice: u64,
    /// Headless work leaves the user's settings alone and tells its errors to its caller only.
    is_headless: bool,
}

impl Workbench {
    /// Start with no project open. `wake` is called from worker threads when there is something new
    /// to [`poll`](Self::poll).
    pub fn new(folders: Folders, wake: impl Fn() + Send + Sync + 'static) -> Self {
        let settings = Settings::load(&folders.config);
        let mut workbench = Self::with_settings(folders, settings, wake);
        workbench.look_for_devices();
        workbench
    }

    /// A workbench for a command line or a test: default settings with `device`, nothing saved
    /// outside the project, no look at devices before they are needed.
    #[must_use]
    pub fn headless(folders: Folders, device: DeviceChoice) -> Self {
        let settings = Settings { device, language: Language::En, ..Settings::default() };
        Self { is_headless: true, ..Self::with_settings(folders, settings, || {}) }
    }

    fn with_settings(
        folders: Folders,
        settings: Settings,
        wake: impl Fn() + Send + Sync + 'static,
    ) -> Self {
        let encoders = downloaded(&folders.models);
        Self {
            state: State { settings, encoders, ..State::default() },
            jobs: Jobs::start(wake),
            caches: Arc::default(),
            folders,
            next_notice: 1,
            is_headless: false,
        }
    }

    /// What views read.
    #[must_use]
    pub fn state(&self) -> &State {
        &self.state
    }

    /// Take in what jobs have answered since the last call. Never blocks.
    pub fn poll(&mut self) {
        let ended: Vec<_> = self.jobs.drain().collect();
        for end in ended {
            self.take_in(end);
        }
    }

    /// Carry out a command, or start the job that does.
    pub fn send(&mut self, command: Command) {
        match command {
            Command::OpenFolder(folder) => self.open_folder(folder),
            Command::OpenSample => self.open_sample(),
            Command::Import { project, request } => self.import(project, request),
            Command::PreviewFiles(files) => self.preview_files(files, Formats::default()),
            Command::PreviewAs { files, formats } => self.preview_files(files, formats),
            Command::DismissPreview => self.state.proposal.clear(),
            Command::CloseProject => self.close_project(),
            Command::GivePassphrase(passphrase) => self.give_passphrase(passphrase),
            Command::DismissPassphrase => self.dismiss_passphrase(),
            Command::LockProject(passphrase) => self.lock_project(passphrase),
            Command::UnlockProject(passphrase) => self.unlock_project(passphrase),
            Command::ChangePassphrase { old, new } => self.change_passphrase(old, new),
            Command::ApplyRecipe(recipe) => self.apply_recipe(recipe),
            Command::ApplyRecipeFile(path) => self.apply_recipe_file(path),
            Command::AddCleaningSteps(steps) => self.add_cleaning_steps(steps),
            Command::SelectUser(user) => self.select_user(user),
            Command::SelectItem(item) => self.state.selection.item = item,
            Command::SelectRun(run) => self.state.selection.run = run,
            Command::ExamineQuality => self.examine_quality(),
            Command::ComputeTransitions(options) => self.compute_transitions(options),
            Command::ComputeSimilarity(spec, options) => self.compute_similarity(spec, options),
            Command::FindNeighbours(request) => self.find_neighbours(request),
            Command::ComputeSplit(request) => self.compute_split(request),
            Command::CompareRuns(request) => self.compare_runs(request),
            Command::QueryTable(query) => self.query_table(query),
            Command::ProfileColumn(request) => self.profile_column(request),
            Command::ComputeActivity => self.compute_activity(),
            Command::ExportTable(request) => self.export_table(request),
            Command::CancelExport => self.cancel_export(),
            Command::ExportEncoder(request) => self.export_encoder(request),
            Command::ClassifyTable(request) => self.classify_table(request),
            Command::DownloadModel(request) => self.download_model(request),
            Command::CancelDownload => self.cancel_download(),
            Command::StartTraining(request) => self.start_training(request),
            Command::StartTextTraining(request) => self.start_text_training(request),
            Command::LookAtTexts(file) => self.look_at_texts(file),
            Command::ReadResult(run) => self.read_result(&run),
            Command::TellText(request) => self.tell_text(request),
            Command::SearchTexts(request) => self.search_texts(request),
            Command::ResumeTraining(run) => self.resume_training(&run),
            Command::FindRate(request) => self.find_rate(request),
            Command::LearnKnowledge(request) => self.learn_knowledge(request),
            Command::LookAtKnown(request) => self.look_at_known(request),
            Command::FindTextRate(request) => self.find_text_rate(request),
            Command::PauseTraining(wanted) => self.pause_training(wanted),
            Command::CancelTraining => self.cancel_training(),
            Command::CancelQueued(run) => self.cancel_queued(&run),
            Command::DeleteRun(run) => self.delete_run(&run),
            Command::RestoreRun(run) => self.restore_run(&run),
            Command::RenameRun(run, name) => self.rename_run(&run, &name),
            Command::Recommend(request) => self.recommend(request),
            Command::Evaluate(request) => self.evaluate(request),
            Command::CancelAnalysis => self.cancel_analysis(),
            Command::SetTheme(theme) => self.change_settings(|settings| settings.theme = theme),
            Command::SetLanguage(language) => {
                self.change_settings(|settings| settings.language = language);
            }
            Command::SetDevice(device) => {
                self.change_settings(|settings| settings.device = device);
                self.look_for_devices();
            }
            Command::SetPresenterMode(is_on) => {
                self.change_settings(|settings| settings.presenter = is_on);
            }
            Command::DismissNotice(id) => self.state.notices.retain(|notice| notice.id != id),
        }
    }

    /// Jobs that the state still waits for.
    #[must_use]
    pub fn pending(&self) -> Vec<&JobTicket> {
        let state = &self.state;
        [
            state.shop.pending(),
            state.locking.pending(),
            state.cleaning.pending(),
            state.overview.pending(),
            state.quality.pending(),
            state.proposal.pending(),
            state.profile.pending(),
            state.transitions.pending(),
            state.similarity.pending(),
            state.neighbours.pending(),
            state.table.pending(),
            state.column.pending(),
            state.activity.pending(),
            state.export.pending(),
            state.exported_encoder.pending(),
            state.download.pending(),
            state.classified.pending(),
            state.recommendations.pending(),
            state.evaluation.pending(),
            state.split.pending(),
            state.comparison.pending(),
            state.text_columns.pending(),
            state.result.pending(),
            state.told.pending(),
            state.found.pending(),
            state.rate_sweep.pending(),
            state.knowledge.pending(),
            state.known_product.pending(),
            state.training.as_ref().and_then(|training| training.ticket.as_ref()),
        ]
        .into_iter()
        .flatten()
        .chain(state.queue.iter().filter_map(|training| training.ticket.as_ref()))
        .collect()
    }

    /// Wait until nothing is pending, for command lines and tests. `each` is called about ten times
    /// a second and may send nothing; returns whether all was done before `limit`.
    pub fn settle(&mut self, limit: Duration, mut each: impl FnMut(&State)) -> bool {
        let started = Instant::now();
        loop {
            self.poll();
            if self.pending().is_empty() {
                return true;
            }
            if started.elapsed() > limit {
                return false;
            }
            each(&self.state);
            if let Some(end) = self.jobs.wait(Duration::from_millis(100)) {
                self.take_in(end);
            }
        }
    }

    fn take_in(&mut self, end: JobEnded<Answer>) {
        handlers::take_in(self, end);
    }

    fn submit(
        &self,
        lane: Lane,
        kind: JobKind,
        work: impl FnOnce(&crate::control::Control) -> Result<Answer, JobError> + Send + 'static,
    ) -> JobTicket {
        self.jobs.submit(lane, kind, work)
    }

    fn notify(&mut self, severity: Severity, key: &'static str, detail: impl Into<String>) {
        self.notify_with_undo(severity, key, detail, None);
    }

    /// A notice that `undo` takes back what it tells of.
    fn notify_with_undo(
        &mut self,
        severity: Severity,
        key: &'static str,
        detail: impl Into<String>,
        undo: Option<Command>,
    ) {
        let detail = detail.into();
        match severity {
            _ if self.is_headless => {}
            Severity::Error => tracing::error!(key, %detail),
            Severity::Warning => tracing::warn!(key, %detail),
            Severity::Info => tracing::info!(key, %detail),
        }
        self.state.notices.push(Notice { id: self.next_notice, severity, key, detail, undo });
        self.next_notice += 1;
    }

    fn change_settings(&mut self, change: impl FnOnce(&mut Settings)) {
        change(&mut self.state.settings);
        if self.is_headless {
            return;
        }
        if let Err(error) = self.state.settings.save(&self.folders.config) {
            let detail = format!("{error}. Folder: {}", self.folders.config.display());
            self.notify(Severity::Warning, "notice-settings-unsaved", detail);
        }
    }

    fn cancel_analysis(&mut self) {
        let state = &self.state;
        let tickets = [
            state.shop.pending(),
            state.locking.pending(),
            state.quality.pending(),
            state.cleaning.pending(),
            state.proposal.pending(),
            state.transitions.pending(),
            state.similarity.pending(),
            state.neighbours.pending(),
            state.table.pending(),
            state.column.pending(),
            state.activity.pending(),
            state.recommendations.pending(),
            state.evaluation.pending(),
            state.split.pending(),
            state.comparison.pending(),
            state.knowledge.pending(),
            state.known_product.pending(),
        ];
        for ticket in tickets.into_iter().flatten() {
            ticket.cancel();
        }
    }
}
