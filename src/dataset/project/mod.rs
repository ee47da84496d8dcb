//! A project: a folder that holds an imported shop, its runs and their artefacts.
//!
//! ```text
//! project.json          what it is, and which folder of data counts
//! data-<revision>-<n>/  shop.columns, columns.json, report.json; cleaning.json where the data were
//!                       cleaned. Older ones: items.parquet, users.parquet, events.parquet
//! runs.sqlite, runs/    trained results; never touched by an import
//! ```
//!
//! An import writes a new folder of data and then replaces `project.json` by a rename, so that an
//! interrupted one leaves the previous state as it was. Cleaning does the same and keeps the folder
//! of the original data beside its own.
//!
//! All of it goes through [`files`]: where the project is locked with a passphrase it lies in its vault.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use super::event::EventKind;
use super::load::{LoadReport, Loaded, revision_of};
use super::{Dataset, Origin};
use crate::control::Control;
use crate::ids::DatasetRevision;
use crate::vault::{self, files};

mod cleaning;
mod columns;
mod error;
mod store;
mod tables;
#[cfg(test)]
mod tests;

pub use cleaning::{CleanedProject, CleaningRecord};
pub use error::ProjectError;
use store::{MANIFEST, Writing, io_error};

/// Latest format of the folder that can be read. Raised whenever older programs could not read it.
///
/// 1: data as imported, in tables (Parquet). 2: beside cleaned data, which older programs would lose.
/// 3: data in columns. Every folder of data says by itself whether it holds tables or columns, so that a
/// project may have one of each.
pub const FORMAT_VERSION: u64 = 3;

const REPORT: &str = "report.json";

/// What `project.json` says.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Manifest {
    /// Format of the folder, see [`FORMAT_VERSION`].
    pub format_version: u64,
    /// The shop's name.
    pub name: String,
    /// Fingerprint of the data.
    pub revision: DatasetRevision,
    /// Where the data come from.
    pub origin: Origin,
    /// Whether there are real times.
    pub has_times: bool,
    /// Version of the program that wrote it.
    pub created_by: String,
    /// The files that were imported.
    pub sources: Vec<PathBuf>,
    /// Folder of the data that count.
    pub data: String,
    /// The kind that each code in the events table stands for.
    pub event_kinds: Vec<EventKind>,
    /// How the data were cleaned; nothing where they are as imported.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cleaning: Option<CleaningRecord>,
}

/// A project folder.
#[derive(Debug, Clone, PartialEq)]
pub struct Project {
    folder: PathBuf,
    manifest: Manifest,
}

/// Whether a folder holds a project, of whatever version.
#[must_use]
pub fn is_project(folder: &Path) -> bool {
    folder.join(MANIFEST).is_file()
}

impl Project {
    /// Writes an imported shop as a project; the data of a project that is already there are
    /// replaced, its runs stay.
    ///
    /// # Errors
    /// [`ProjectError`] if the folder cannot be written, holds a project of a newer version, or
    /// the work is cancelled. The previous state is then as it was.
    pub fn create(folder: &Path, loaded: &Loaded, control: &Control) -> Result<Self, ProjectError> {
        refuse_newer(folder)?;
        control.check()?;
        let is_new = !folder.exists();
        let writing = Writing::begin(folder)?;
        let data = store::new_data_folder(folder, &loaded.dataset.revision.0)?;
        let written = write_data(&data, loaded, control)
            .and_then(|()| Ok(control.check()?))
            .and_then(|()| publish(folder, &data, loaded));
        if written.is_err() {
            // It never counted; if it cannot be removed now, the next import does.
            let _ = files::remove_dir_all(&data);
            if is_new {
                // Nor is there a project; a folder that holds anything else stays.
                writing.forget(folder);
                let _ = fs::remove_dir(folder);
            }
            return written;
        }
        drop(writing);
        remove_leftovers(folder);
        written
    }

    /// Reads a project with its dataset and the report of its import. Data that an interrupted import left
    /// behind are removed, unless somebody is writing some.
    ///
    /// # Errors
    /// [`ProjectError`] if it is no project, was written by a newer version, is damaged, or the
    /// work is cancelled.
    pub fn open(
        folder: &Path,
        control: &Control,
    ) -> Result<(Self, Dataset, LoadReport), ProjectError> {
        let project = Self::look(folder)?;
        remove_leftovers(folder);
        let (dataset, report) = project.read_stored(&project.stored(), control)?;
        Ok((project, dataset, report))
    }

    /// The folder.
    #[must_use]
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// What `project.json` says.
    #[must_use]
    pub fn manifest(&self) -> &Manifest {
        &self.manifest
    }

    /// Fingerprint of the key that the pseudonyms of the project in `folder` were made with; `None`
    /// where there is no project, one that cannot be read, or one with the shop's own ids.
    #[must_use]
    pub fn key_fingerprint(folder: &Path) -> Option<String> {
        let project = Self::look(folder).ok()?;
        let report: LoadReport = read_json(project.stored().folder.join(REPORT)).ok()?;
        report.provenance.privacy.key_fingerprint
    }

    /// The project's files and folders by their path from its folder, but for `project.json` and runs.
    #[must_use]
    pub fn data_folders(&self) -> Vec<&str> {
        self.manifest.data_folders()
    }

    /// Whether all its data are columns: older tables are not read out of a vault.
    ///
    /// # Errors
    /// [`ProjectError::OldTables`].
    pub fn check_columns(&self) -> Result<(), ProjectError> {
        let is_old = |name: &&str| !columns::has_columns(&self.folder.join(name));
        match self.data_folders().iter().find(|name| is_old(name)) {
            None => Ok(()),
            Some(_) => Err(ProjectError::OldTables { folder: self.folder.clone() }),
        }
    }

    /// The project without its data.
    ///
    /// # Errors
    /// As [`Self::open`].
    pub fn look(folder: &Path) -> Result<Self, ProjectError> {
        let manifest = read_manifest(folder)?;
        Ok(Self { folder: folder.to_owned(), manifest })
    }

    /// The database of runs.
    #[must_use]
    pub fn runs_db(&self) -> PathBuf {
        self.folder.join("runs.sqlite")
    }

    /// The folder of what runs leave behind.
    #[must_use]
    pub fn runs_dir(&self) -> PathBuf {
        self.folder.join("runs")
    }

    /// The data that count.
    fn stored(&self) -> StoredData<'_> {
        let manifest = &self.manifest;
        StoredData { folder: self.folder.join(&manifest.data), revision: &manifest.revision }
    }

    fn read_stored(
        &self,
        stored: &StoredData<'_>,
        control: &Control,
    ) -> Result<(Dataset, LoadReport), ProjectError> {
        let mut dataset = self.read_dataset(stored, control)?;
        let report: LoadReport = read_json(stored.folder.join(REPORT))?;
        dataset.min_group_size = report.provenance.privacy.policy.min_group_size;
        Ok((dataset, report))
    }

    fn read_dataset(
        &self,
        stored: &StoredData<'_>,
        control: &Control,
    ) -> Result<Dataset, ProjectError> {
        control.check()?;
        control.report("stage-opening", 0, 0);
        let manifest = &self.manifest;
        let dataset = if columns::has_columns(&stored.folder) {
            let (revision, kinds) = (&stored.revision.0, &manifest.event_kinds);
            columns::read_shop(&stored.folder, revision, kinds, control)?
        } else {
            tables::read_shop(&stored.folder, &manifest.event_kinds, control)?
        };
        let mut dataset = Dataset {
            name: manifest.name.clone(),
            revision: stored.revision.clone(),
            origin: manifest.origin,
            has_times: manifest.has_times,
            ..dataset
        };
        if !columns::has_columns(&stored.folder) {
            // Columns are checked as they are read.
            dataset.revision = revision_of(&dataset);
        }
        if dataset.revision != *stored.revision {
            return Err(ProjectError::Damaged {
                problem: "the data are not those that were imported".to_owned(),
                path: stored.folder.clone(),
            });
        }
        Ok(dataset)
    }
}

/// A folder of data and the fingerprint of what it holds.
struct StoredData<'a> {
    folder: PathBuf,
    revision: &'a DatasetRevision,
}

impl Manifest {
    /// Every folder of data that is still of use.
    fn data_folders(&self) -> Vec<&str> {
        let original = self.cleaning.as_ref().map(|cleaning| cleaning.original.as_str());
        std::iter::once(self.data.as_str()).chain(original).collect()
    }
}

fn read_json<T: serde::de::DeserializeOwned>(path: PathBuf) -> Result<T, ProjectError> {
    let bytes = files::read(&path).map_err(io_error("read", &path))?;
    serde_json::from_slice(&bytes)
        .map_err(|error| ProjectError::Damaged { problem: error.to_string(), path })
}

fn write_data(data: &Path, loaded: &Loaded, control: &Control) -> Result<(), ProjectError> {
    columns::write_shop(data, &loaded.dataset, control)?;
    let report = to_json(&loaded.report, data)?;
    store::write_file(&data.join(REPORT), &report)?;
    files::sync_folder(data);
    Ok(())
}

/// Removes folders of data that the manifest does not name, unless somebody is writing data.
fn remove_leftovers(folder: &Path) {
    let valid = || {
        let manifest = read_manifest(folder).ok()?;
        Some(manifest.data_folders().into_iter().map(str::to_owned).collect())
    };
    store::remove_leftovers(folder, valid);
}

/// Makes the data in `data` those that count.
fn publish(folder: &Path, data: &Path, loaded: &Loaded) -> Result<Project, ProjectError> {
    let dataset = &loaded.dataset;
    let name = data.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let manifest = Manifest {
        format_version: FORMAT_VERSION,
        name: dataset.name.clone(),
        revision: dataset.revision.clone(),
        origin: dataset.origin,
        has_times: dataset.has_times,
        created_by: env!("CARGO_PKG_VERSION").to_owned(),
        sources: loaded.report.sources.iter().map(|source| source.path.clone()).collect(),
        data: name,
        event_kinds: EventKind::ALL.to_vec(),
        cleaning: None,
    };
    store::take_over(folder, &to_json(&manifest, folder)?)?;
    Ok(Project { folder: folder.to_owned(), manifest })
}

fn to_json(value: &impl Serialize, path: &Path) -> Result<Vec<u8>, ProjectError> {
    serde_json::to_vec_pretty(value).map_err(|error| io_error("write", path)(error.into()))
}

fn read_manifest(folder: &Path) -> Result<Manifest, ProjectError> {
    let path = folder.join(MANIFEST);
    if vault::is_locked(folder) && !vault::keyring::holds(folder) {
        return Err(ProjectError::Locked { folder: folder.to_owned() });
    }
    let bytes = files::read(&path).map_err(|error| match error.kind() {
        io::ErrorKind::NotFound | io::ErrorKind::NotADirectory => {
            ProjectError::NotAProject { folder: folder.to_owned() }
        }
        _ => io_error("read", &path)(error),
    })?;
    let damaged = |error: serde_json::Error| ProjectError::Damaged {
        problem: format!("project.json cannot be read ({error})"),
        path: path.clone(),
    };
    // The version comes first: a newer manifest may look different in all else.
    let version: Version = serde_json::from_slice(&bytes).map_err(damaged)?;
    if version.format_version > FORMAT_VERSION {
        return Err(ProjectError::Newer {
            found: version.format_version,
            supported: FORMAT_VERSION,
            folder: folder.to_owned(),
        });
    }
    let manifest: Manifest = serde_json::from_slice(&bytes).map_err(damaged)?;
    let is_plain = |name: &str| name.starts_with(store::DATA_PREFIX) && !name.contains(['/', '\\']);
    match manifest.data_folders().into_iter().find(|name| !is_plain(name)) {
        None => Ok(manifest),
        Some(strange) => {
            let problem = format!("it names a strange folder of data ({strange:?})");
            Err(ProjectError::Damaged { problem, path })
        }
    }
}

/// The part of `project.json` that every version has.
#[derive(Deserialize)]
struct Version {
    format_version: u64,
}

/// A project of a newer program is not written over, nor a locked one in clear.
fn refuse_newer(folder: &Path) -> Result<(), ProjectError> {
    match read_manifest(folder) {
        Err(error @ (ProjectError::Newer { .. } | ProjectError::Locked { .. })) => Err(error),
        _ => Ok(()),
    }
}
