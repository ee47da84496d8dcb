//! Opening, importing and closing shops.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use super::clean::cleaning_of;
use super::failed;
use crate::analysis::profile::ShopStatistics;
use crate::analysis::summary::{summarise_items, summarise_users};
use crate::control::Control;
use crate::dataset::Dataset;
use crate::dataset::describe::describe;
use crate::dataset::load::{Formats, LoadReport, LoadRequest, guess_request, load, preview_in};
use crate::dataset::privacy::{KeyStore, SmallGroups};
use crate::dataset::project::{Project, is_project};
use crate::dataset::schema::Role;
use crate::dataset::simulate::{SimulateConfig, simulate_to_folder};
use crate::jobs::{JobError, Lane};
use crate::runs::{Run, RunStore};
use crate::vault::is_locked;
use crate::workbench::answer::{self, Answer};
use crate::workbench::state::{ImportProposal, OpenShop, Overview, Selection};
use crate::workbench::{Folders, Severity, Workbench};

/// Folder of the sample shop's project below the projects folder.
const SAMPLE: &str = "demo_shop";

impl Workbench {
    pub(in crate::workbench) fn open_folder(&mut self, folder: PathBuf) {
        if self.waits_for_passphrase(&project_of(&folder, &self.folders)) {
            return;
        }
        let folders = self.folders.clone();
        self.open(move |control| open_or_import(&folder, &folders, control));
    }

    pub(in crate::workbench) fn open_sample(&mut self) {
        if self.waits_for_passphrase(&self.folders.projects.join(SAMPLE)) {
            return;
        }
        let folders = self.folders.clone();
        self.open(move |control| open_sample(&folders, control));
    }

    pub(in crate::workbench) fn import(&mut self, project: PathBuf, request: LoadRequest) {
        let keys = self.folders.keys();
        self.open(move |control| import_into(&project, request, &keys, control));
    }

    fn open(&mut self, open: impl FnOnce(&Control) -> Result<OpenShop, JobError> + Send + 'static) {
        if self.is_training() {
            self.notify(Severity::Warning, "notice-training-blocks-opening", "");
            return;
        }
        let ticket = self.submit(Lane::Analysis, answer::OPEN, move |control| {
            let shop = open(control)?;
            let runs = runs_of(&shop.project)?;
            Ok(Answer::Opened(shop, runs))
        });
        self.state.shop.start(ticket);
    }

    pub(super) fn opened(&mut self, shop: OpenShop, runs: Vec<Run>) {
        let project = shop.project.clone();
        self.forget_key(Some(&project));
        self.state.is_locked = is_locked(&project);
        let is_bad = shop.report.sources.iter().any(|source| !source.rejected.is_empty());
        self.adopt(shop, runs);
        self.change_settings(|settings| settings.remember(&project));
        if is_bad {
            self.notify(Severity::Warning, "notice-rows-left-out", "");
        }
    }

    /// A shop takes the place of the one before, and is counted.
    pub(super) fn adopt(&mut self, shop: OpenShop, runs: Vec<Run>) {
        let (dataset, report) = (shop.dataset.clone(), shop.report.clone());
        self.forget_shop();
        self.state.cleaning.set(shop.cleaning.clone());
        self.state.shop.set(shop);
        self.show_runs(runs);
        self.state.selection.run = latest_finished(&self.state.runs);
        let ticket = self.submit(Lane::Analysis, answer::OVERVIEW, move |control| {
            Ok(Answer::Overview(Arc::new(overview(&dataset, &report, control)?)))
        });
        self.state.overview.start(ticket);
    }

    pub(in crate::workbench) fn preview_files(&mut self, files: Vec<PathBuf>, formats: Formats) {
        let ticket = self.submit(Lane::Analysis, answer::PREVIEW, move |control| {
            let mut previews = Vec::new();
            for file in files {
                control.check()?;
                let format = formats.of(&file, Role::Events);
                previews.push(preview_in(&file, &format).map_err(|error| failed(&error))?);
            }
            Ok(Answer::Previewed(ImportProposal { previews }))
        });
        self.state.proposal.start(ticket);
    }

    pub(in crate::workbench) fn close_project(&mut self) {
        if self.is_training() {
            self.notify(Severity::Warning, "notice-training-blocks-opening", "");
            return;
        }
        self.forget_key(None);
        self.state.is_locked = false;
        self.forget_shop();
        self.state.shop.clear();
    }

    /// Forget everything that belongs to one shop, so that nothing of it is seen in the next.
    fn forget_shop(&mut self) {
        let state = &mut self.state;
        state.cleaning.clear();
        state.overview.clear();
        state.quality.clear();
        state.profile.clear();
        state.transitions.clear();
        state.similarity.clear();
        state.rate_sweep.clear();
        state.knowledge.clear();
        state.known_product.clear();
        state.neighbours.clear();
        state.table.clear();
        state.column.clear();
        state.activity.clear();
        state.recommendations.clear();
        state.evaluation.clear();
        state.split.clear();
        state.comparison.clear();
        state.selection = Selection::default();
        state.runs.clear();
        state.text_runs.clear();
        state.queue.clear();
        state.result.clear();
        state.told.clear();
        state.found.clear();
        state.exported_encoder.clear();
        state.training = None;
    }
}

fn latest_finished(runs: &[Run]) -> Option<crate::ids::RunId> {
    let finished = |run: &&Run| run.status == crate::runs::RunStatus::Finished;
    runs.iter().find(finished).map(|run| run.id.clone())
}

/// How long a deleted run is surely kept. Another window of the same project may still offer to take
/// back what it deleted just now.
const UNDO_TIME: Duration = Duration::from_hours(1);

pub(super) fn runs_of(project: &Path) -> Result<Vec<Run>, JobError> {
    let store = RunStore::open(project).map_err(|error| failed(&error))?;
    if let Err(error) = store.empty_bin(UNDO_TIME) {
        tracing::warn!(%error, "deleted runs could not be removed");
    }
    store.list().map_err(|error| failed(&error))
}

fn overview(
    dataset: &Dataset,
    report: &LoadReport,
    control: &Control,
) -> Result<Overview, JobError> {
    let silent = control.silent();
    // Each reads the whole log once or more, and none needs another.
    let ((statistics, items), (users, description)) = rayon::join(
        || {
            rayon::join(
                || ShopStatistics::new(dataset, control),
                || summarise_items(dataset, &silent),
            )
        },
        || rayon::join(|| summarise_users(dataset, &silent), || describe(dataset, Some(report))),
    );
    Ok(Overview {
        description,
        statistics: statistics.map_err(|error| failed(&error))?,
        users: users.map_err(|error| failed(&error))?,
        items: items.map_err(|error| failed(&error))?,
        small_groups: SmallGroups::of(dataset),
    })
}

fn open_project(project: &Path, control: &Control) -> Result<OpenShop, JobError> {
    let (opened, dataset, report) =
        Project::open(project, control).map_err(|error| failed(&error))?;
    let cleaning = cleaning_of(&opened, &dataset).map_err(|error| failed(&error))?;
    Ok(OpenShop {
        project: project.to_path_buf(),
        cleaning: Arc::new(cleaning),
        dataset: Arc::new(dataset),
        report: Arc::new(report),
    })
}

fn import_into(
    project: &Path,
    mut request: LoadRequest,
    keys: &KeyStore,
    control: &Control,
) -> Result<OpenShop, JobError> {
    let known = Project::key_fingerprint(project);
    keys.settle(&mut request.privacy, known.as_deref()).map_err(|error| failed(&error))?;
    let loaded = load(&request, control).map_err(|error| failed(&error))?;
    control.check()?;
    keys.keep(&request.privacy).map_err(|error| failed(&error))?;
    let created = Project::create(project, &loaded, control).map_err(|error| failed(&error))?;
    let cleaning = cleaning_of(&created, &loaded.dataset).map_err(|error| failed(&error))?;
    Ok(OpenShop {
        project: project.to_path_buf(),
        cleaning: Arc::new(cleaning),
        dataset: Arc::new(loaded.dataset),
        report: Arc::new(loaded.report),
    })
}

/// A project is opened; a folder of plain files is imported into a project of its own, so that the
/// user's files stay as they are.
fn open_or_import(
    folder: &Path,
    folders: &Folders,
    control: &Control,
) -> Result<OpenShop, JobError> {
    if is_project(folder) {
        return open_project(folder, control);
    }
    let guess = guess_request(folder).map_err(|error| failed(&error))?;
    let project = project_of(folder, folders);
    if is_current(&project, folder) {
        return open_project(&project, control);
    }
    import_into(&project, guess.request, &folders.keys(), control)
}

/// The project that is opened for a folder: itself, or one of its own for a folder of plain files.
#[must_use]
pub fn project_of(folder: &Path, folders: &Folders) -> PathBuf {
    if is_project(folder) {
        return folder.to_owned();
    }
    folders.projects.join(project_name(folder))
}

/// The folder's name with a mark of its whole path: two shops called `data` do not meet.
fn project_name(folder: &Path) -> String {
    let whole = folder.canonicalize().unwrap_or_else(|_| folder.to_path_buf());
    let name = whole.file_name().map_or("shop".into(), |name| name.to_string_lossy().into_owned());
    let mut hash: u32 = 0x811c_9dc5; // FNV-1a
    for byte in whole.to_string_lossy().bytes() {
        hash = (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193);
    }
    format!("{name}-{hash:08x}")
}

/// Whether a project was imported after its files last changed.
fn is_current(project: &Path, folder: &Path) -> bool {
    let modified = |path: &Path| path.metadata().and_then(|meta| meta.modified()).ok();
    let Some(imported) = modified(&project.join("project.json")) else { return false };
    let Ok(entries) = std::fs::read_dir(folder) else { return false };
    entries.flatten().filter_map(|entry| modified(&entry.path())).all(|time| time < imported)
}

/// The sample shop comes from the simulator itself, so that an installed program needs no files.
fn open_sample(folders: &Folders, control: &Control) -> Result<OpenShop, JobError> {
    let project = folders.projects.join(SAMPLE);
    if is_project(&project) {
        // A sample that an older version made, or that is damaged, is simply made again.
        let opened = open_project(&project, control);
        if opened.is_ok() || is_locked(&project) {
            return opened;
        }
        control.check()?;
    }
    let files = folders.projects.join(format!("{SAMPLE}-files"));
    simulate_to_folder(&SimulateConfig::default(), &files, control)
        .map_err(|error| failed(&error))?;
    let guess = guess_request(&files).map_err(|error| failed(&error))?;
    import_into(&project, guess.request, &folders.keys(), control)
}
