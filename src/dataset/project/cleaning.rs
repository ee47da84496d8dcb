//! Cleaned data beside the original ones.

use std::path::Path;

use serde::{Deserialize, Serialize};

use super::{
    FORMAT_VERSION, Manifest, Project, ProjectError, StoredData, Writing, read_json, read_manifest,
    remove_leftovers, store, to_json, write_data,
};
use crate::control::Control;
use crate::dataset::Dataset;
use crate::dataset::clean::{Counts, Recipe, StepOutcome, apply};
use crate::dataset::load::{LoadReport, Loaded};
use crate::ids::DatasetRevision;
use crate::vault::files;

const OUTCOMES: &str = "cleaning.json";

/// How the data of a project came out of the imported ones.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CleaningRecord {
    /// Folder of the data as imported.
    pub original: String,
    /// Fingerprint of the data as imported.
    pub original_revision: DatasetRevision,
    /// Size of the data as imported.
    pub original_counts: Counts,
    /// What was done.
    pub recipe: Recipe,
}

/// A project whose data were just cleaned, or are the imported ones again.
#[derive(Debug, Clone)]
pub struct CleanedProject {
    /// The project.
    pub project: Project,
    /// The data that count from now on.
    pub dataset: Dataset,
    /// How the files were read.
    pub report: LoadReport,
    /// What each step did.
    pub outcomes: Vec<StepOutcome>,
}

impl Project {
    /// Carries out a recipe on the data as imported and makes the result the data that count; a
    /// recipe without steps makes the imported data count again. The imported data stay as they
    /// are in either case, and so do runs.
    ///
    /// # Errors
    /// [`ProjectError`] if the project cannot be read or written, the recipe cannot be carried out,
    /// or the work is cancelled. The previous state is then as it was.
    pub fn clean(
        folder: &Path,
        recipe: &Recipe,
        control: &Control,
    ) -> Result<CleanedProject, ProjectError> {
        let manifest = read_manifest(folder)?;
        let present = Self { folder: folder.to_owned(), manifest };
        let (dataset, report) = present.read_stored(&present.original(), control)?;
        let cleaned = if recipe.steps.is_empty() {
            let manifest = present.restored(&dataset);
            store::take_over(folder, &to_json(&manifest, folder)?)?;
            let project = Self { folder: folder.to_owned(), manifest };
            CleanedProject { project, dataset, report, outcomes: Vec::new() }
        } else {
            present.write_cleaned(&dataset, report, recipe, control)?
        };
        remove_leftovers(folder);
        Ok(cleaned)
    }

    /// What each step of the project's recipe did; nothing where the data are as imported.
    ///
    /// # Errors
    /// [`ProjectError`] if the record of it cannot be read.
    pub fn cleaning_outcomes(&self) -> Result<Vec<StepOutcome>, ProjectError> {
        match self.manifest.cleaning {
            None => Ok(Vec::new()),
            Some(_) => read_json(self.stored().folder.join(OUTCOMES)),
        }
    }

    /// The data as imported.
    fn original(&self) -> StoredData<'_> {
        match &self.manifest.cleaning {
            None => self.stored(),
            Some(cleaning) => StoredData {
                folder: self.folder.join(&cleaning.original),
                revision: &cleaning.original_revision,
            },
        }
    }

    /// The manifest with the imported data as those that count.
    fn restored(&self, original: &Dataset) -> Manifest {
        let manifest = self.manifest.clone();
        let data = match manifest.cleaning {
            None => manifest.data,
            Some(cleaning) => cleaning.original,
        };
        Manifest {
            format_version: FORMAT_VERSION,
            revision: original.revision.clone(),
            data,
            cleaning: None,
            ..manifest
        }
    }

    /// Writes cleaned data into a folder of their own and lets them count.
    fn write_cleaned(
        &self,
        original: &Dataset,
        report: LoadReport,
        recipe: &Recipe,
        control: &Control,
    ) -> Result<CleanedProject, ProjectError> {
        let cleaned = apply(original, recipe, control)?;
        let folder = &self.folder;
        let _writing = Writing::begin(folder)?;
        let data = store::new_data_folder(folder, &cleaned.dataset.revision.0)?;
        let imported = self.restored(original);
        let manifest = Manifest {
            format_version: FORMAT_VERSION,
            revision: cleaned.dataset.revision.clone(),
            data: data.file_name().unwrap_or_default().to_string_lossy().into_owned(),
            cleaning: Some(CleaningRecord {
                original: imported.data.clone(),
                original_revision: original.revision.clone(),
                original_counts: Counts::of(original),
                recipe: recipe.clone(),
            }),
            ..imported
        };
        let loaded = Loaded { dataset: cleaned.dataset, report };
        let outcomes = cleaned.outcomes;
        let written = to_json(&outcomes, &data)
            .and_then(|json| store::write_file(&data.join(OUTCOMES), &json))
            .and_then(|()| write_data(&data, &loaded, control))
            .and_then(|()| Ok(control.check()?))
            .and_then(|()| store::take_over(folder, &to_json(&manifest, folder)?));
        if written.is_err() {
            // It never counted; if it cannot be removed now, the next import does.
            let _ = files::remove_dir_all(&data);
        }
        written?;
        let project = Self { folder: folder.clone(), manifest };
        let Loaded { dataset, report } = loaded;
        Ok(CleanedProject { project, dataset, report, outcomes })
    }
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::PathBuf;

    use super::*;
    use crate::dataset::clean::{CleanError, CleaningStep, EventTest};
    use crate::dataset::event::EventKind;
    use crate::dataset::load::{guess_request, load};
    use crate::dataset::project::store::MANIFEST;

    fn imported(folder: &Path) -> Loaded {
        let files = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/load/shop");
        let request = guess_request(&files).unwrap().request;
        let loaded = load(&request, &Control::default()).unwrap();
        Project::create(folder, &loaded, &Control::default()).unwrap();
        loaded
    }

    fn without_views() -> Recipe {
        let kinds = vec![EventKind::View];
        Recipe::default().with(CleaningStep::DropEvents { kinds, when: EventTest::Any })
    }

    fn clean(folder: &Path, recipe: &Recipe) -> Result<CleanedProject, ProjectError> {
        Project::clean(folder, recipe, &Control::default())
    }

    fn open(folder: &Path) -> (Project, Dataset) {
        let (project, dataset, _) = Project::open(folder, &Control::default()).unwrap();
        (project, dataset)
    }

    /// Name and content of every file below the folder of data.
    fn files(data: &Path) -> Vec<(PathBuf, Vec<u8>)> {
        let entries = fs::read_dir(data).unwrap().map(|entry| entry.unwrap().path());
        let mut files: Vec<_> =
            entries.map(|path| (path.clone(), fs::read(path).unwrap())).collect();
        files.sort();
        files
    }

    #[test]
    fn the_original_stays_and_comes_back() {
        let temp = tempfile::tempdir().unwrap();
        let folder = temp.path();
        let original = imported(folder).dataset;
        let (project, _) = open(folder);
        let data = folder.join(&project.manifest().data);
        let before = files(&data);
        let cleaned = clean(folder, &without_views()).unwrap();
        assert_ne!(cleaned.dataset.revision, original.revision);
        assert_eq!(cleaned.outcomes[0].before, Counts::of(&original));
        let (opened, dataset) = open(folder);
        assert_eq!(opened, cleaned.project);
        assert_eq!(dataset.revision, cleaned.dataset.revision);
        assert_eq!(dataset.interactions.counts().get(EventKind::View), 0);
        assert_eq!(opened.cleaning_outcomes().unwrap(), cleaned.outcomes);
        let record = opened.manifest().cleaning.clone().unwrap();
        assert_eq!(
            (record.recipe, record.original_revision),
            (without_views(), original.revision.clone())
        );
        assert_eq!(files(&data), before, "the original data are not touched");
        // Another recipe starts from the original again.
        let other = Recipe::default().with(CleaningStep::DropUnusedProducts);
        let again = clean(folder, &other).unwrap();
        assert_eq!(again.outcomes[0].before, Counts::of(&original));
        assert_eq!(again.project.manifest().data_folders().len(), 2);
        let restored = clean(folder, &Recipe::default()).unwrap();
        assert_eq!(restored.project, project);
        assert_eq!(open(folder).0, project);
        assert_eq!(restored.dataset.revision, original.revision);
        assert_eq!(fs::read_dir(folder).unwrap().count(), 3, "manifest, lock and data");
    }

    #[test]
    fn a_failed_or_killed_cleaning_changes_nothing() {
        let temp = tempfile::tempdir().unwrap();
        let folder = temp.path();
        imported(folder);
        let first = clean(folder, &without_views()).unwrap().project;
        let impossible = Recipe::default().with(CleaningStep::KCore { users: 1_000, items: 1 });
        let failed = clean(folder, &impossible);
        assert!(matches!(failed, Err(ProjectError::Clean(CleanError::NothingLeft { .. }))));
        let cancelled = Control::default();
        cancelled.cancel_token().cancel();
        let stopped = Project::clean(folder, &without_views(), &cancelled);
        assert!(matches!(stopped, Err(ProjectError::Cancelled(_))));
        // The rename cannot be prepared: a folder stands where the new manifest would.
        fs::create_dir(folder.join("project.json.new")).unwrap();
        assert!(matches!(clean(folder, &Recipe::default()), Err(ProjectError::Io { .. })));
        fs::remove_dir(folder.join("project.json.new")).unwrap();
        // Killed while writing: half a folder of data and half a manifest.
        let half = store::new_data_folder(folder, "0123456789abcdef").unwrap();
        fs::write(half.join("shop.columns"), b"half").unwrap();
        fs::write(folder.join("project.json.new"), b"{").unwrap();
        assert_eq!(open(folder).0, first);
        assert!(!half.exists(), "opening clears up");
        clean(folder, &without_views()).unwrap();
        assert!(open(folder).0.manifest().cleaning.is_some());
    }

    #[test]
    fn what_is_cleaned_is_told_and_forgotten_again() {
        let temp = tempfile::tempdir().unwrap();
        let folder = temp.path();
        imported(folder);
        let version = || {
            let text = fs::read_to_string(folder.join(MANIFEST)).unwrap();
            let manifest: serde_json::Value = serde_json::from_str(&text).unwrap();
            (manifest["format_version"] == FORMAT_VERSION, manifest.get("cleaning").is_some())
        };
        assert_eq!(version(), (true, false));
        clean(folder, &without_views()).unwrap();
        assert_eq!(version(), (true, true));
        clean(folder, &Recipe::default()).unwrap();
        assert_eq!(version(), (true, false));
        // An import replaces both the original and the cleaned data.
        clean(folder, &without_views()).unwrap();
        imported(folder);
        assert_eq!(version(), (true, false));
        assert_eq!(fs::read_dir(folder).unwrap().count(), 3);
    }
}
