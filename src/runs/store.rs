//! The store itself.

use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use rusqlite::{Connection, TransactionBehavior};

use super::database::Database;
use super::lease::RunLease;
use super::schema::database_error;
use super::{NewRun, Run, RunOutcome, RunStatus, RunStoreError, TextOutcome, rows};
use crate::dataset::calendar::{DAY_MS, civil_from_days};
use crate::dataset::project::ProjectError;
use crate::ids::RunId;
use crate::model::{EpochReport, FittedModel, ModelError};
use crate::vault::{self, files};

pub(super) const DATABASE: &str = "runs.sqlite";
pub(super) const ARTEFACTS: &str = "runs";
const MODEL: &str = "model";
const CHECKPOINTS: &str = "checkpoints";
const REPORT: &str = "report.json";

/// Where the model of a run of a project lies once it is saved.
#[must_use]
pub fn model_folder(project_folder: &Path, id: &RunId) -> PathBuf {
    project_folder.join(ARTEFACTS).join(&id.0).join(MODEL)
}

/// The runs of one project. May be shared between threads; processes may share the project.
#[derive(Debug)]
pub struct RunStore {
    /// `runs.sqlite`.
    pub(super) path: PathBuf,
    artefacts: PathBuf,
    database: Mutex<Database>,
}

impl RunStore {
    /// Opens the store of a project folder, creating it where there is none.
    ///
    /// # Errors
    /// [`RunStoreError::Corrupt`] or [`RunStoreError::Newer`] when the file is not one that can be
    /// used (it is left as it is), [`RunStoreError::Database`] when it cannot be opened.
    pub fn open(project_folder: &Path) -> Result<Self, RunStoreError> {
        if vault::is_locked(project_folder) && !vault::keyring::holds(project_folder) {
            return Err(ProjectError::Locked { folder: project_folder.to_owned() }.into());
        }
        let path = project_folder.join(DATABASE);
        let database = Mutex::new(Database::open(&path)?);
        let store = Self { path, artefacts: project_folder.join(ARTEFACTS), database };
        store.mark_interrupted()?;
        Ok(store)
    }

    /// Adds a run and takes the right to train it. Its status is training until [`Self::end`].
    ///
    /// # Errors
    /// [`RunStoreError::Io`] or [`RunStoreError::Database`] when it cannot be written.
    pub fn begin(&self, new: &NewRun) -> Result<RunLease, RunStoreError> {
        let latest = self.with("cannot read the runs", rows::latest_ms)?;
        let (lease, created_ms) = self.lease_new(latest)?;
        self.with("cannot add the run", |connection| {
            rows::insert(connection, lease.id(), new, created_ms)
        })?;
        Ok(lease)
    }

    /// Takes the right to go on with a run that was cancelled, failed or interrupted.
    ///
    /// # Errors
    /// [`RunStoreError::Busy`] while somebody trains it, [`RunStoreError::AlreadyFinished`],
    /// [`RunStoreError::NoSuchRun`].
    pub fn resume(&self, id: &RunId) -> Result<RunLease, RunStoreError> {
        self.get(id)?;
        let lease = RunLease::take(id, &self.folder(id))?;
        // Only now is the status sure not to change under us.
        let run = self.get_as_stored(id)?;
        if run.status == RunStatus::Finished {
            return Err(RunStoreError::AlreadyFinished(id.clone()));
        }
        let action = "cannot mark the run as training";
        self.with(action, |connection| {
            rows::change_status(connection, id, run.status, RunStatus::Training)
        })?;
        Ok(lease)
    }

    /// Records an epoch; one of the same number is replaced.
    ///
    /// # Errors
    /// [`RunStoreError::Database`] when it cannot be written.
    pub fn record_epoch(&self, lease: &RunLease, epoch: &EpochReport) -> Result<(), RunStoreError> {
        self.with("cannot record the epoch", |connection| {
            rows::put_epoch(connection, lease.id(), epoch)
        })
    }

    /// Ends a training that took `fit_secs` since it began or was resumed, and gives the lease back.
    ///
    /// # Errors
    /// [`RunStoreError::Database`] when it cannot be written.
    pub fn end(
        &self,
        lease: RunLease,
        outcome: &RunOutcome,
        fit_secs: f64,
    ) -> Result<(), RunStoreError> {
        let (status, error) = match outcome {
            RunOutcome::Finished => (RunStatus::Finished, None),
            RunOutcome::Cancelled => (RunStatus::Cancelled, None),
            RunOutcome::Failed(message) => (RunStatus::Failed, Some(message.as_str())),
        };
        let end =
            |connection: &Connection| rows::end(connection, lease.id(), status, error, fit_secs);
        let ended = self.with("cannot record the end of the run", end);
        drop(lease);
        ended
    }

    /// All runs, the newest first.
    ///
    /// # Errors
    /// [`RunStoreError::Database`] or [`RunStoreError::Corrupt`] when they cannot be read.
    pub fn list(&self) -> Result<Vec<Run>, RunStoreError> {
        self.mark_interrupted()?;
        self.with("cannot read the runs", |connection| {
            let mut runs = rows::all(connection)?;
            for run in &mut runs {
                run.epochs = rows::epochs(connection, &run.id)?;
            }
            Ok(runs)
        })
    }

    /// One run.
    ///
    /// # Errors
    /// [`RunStoreError::NoSuchRun`], or as [`Self::list`].
    pub fn get(&self, id: &RunId) -> Result<Run, RunStoreError> {
        self.mark_interrupted()?;
        self.get_as_stored(id)
    }

    /// The run that a user means: its id, the beginning of exactly one id, its name (the newest run of
    /// that name), or `latest`, the newest run of a recommender.
    ///
    /// # Errors
    /// [`RunStoreError::NoSuchRun`], or as [`Self::list`].
    pub fn resolve(&self, text: &str) -> Result<Run, RunStoreError> {
        let runs = self.list()?;
        let starting: Vec<&Run> = runs.iter().filter(|run| run.id.0.starts_with(text)).collect();
        let exact = runs.iter().find(|run| run.id.0 == text);
        let named = || runs.iter().find(|run| run.name == text);
        let only = || starting.first().copied().filter(|_| starting.len() == 1 && !text.is_empty());
        let latest = || runs.iter().find(|run| run.is_recommender()).filter(|_| text == "latest");
        let run = exact.or_else(named).or_else(only).or_else(latest);
        run.cloned().ok_or_else(|| RunStoreError::NoSuchRun(text.to_owned()))
    }

    /// Gives a run another name.
    ///
    /// # Errors
    /// [`RunStoreError::NoSuchRun`] or [`RunStoreError::Database`].
    pub fn rename(&self, id: &RunId, name: &str) -> Result<(), RunStoreError> {
        let changed = self.with("cannot rename the run", |connection| {
            connection.execute("UPDATE runs SET name = ? WHERE id = ?", (name, &id.0))
        })?;
        if changed == 0 { Err(RunStoreError::NoSuchRun(id.0.clone())) } else { Ok(()) }
    }

    /// Puts a run into the bin: it is gone for everybody, but [`Self::restore`] brings it back until
    /// [`Self::empty_bin`].
    ///
    /// # Errors
    /// [`RunStoreError::Busy`] while somebody trains it, [`RunStoreError::NoSuchRun`].
    pub fn delete(&self, id: &RunId) -> Result<(), RunStoreError> {
        self.get_as_stored(id)?;
        let _lease = RunLease::take(id, &self.folder(id))?;
        self.set_deleted(id, Some(now_ms()))
    }

    /// Takes a run out of the bin, with all that it had.
    ///
    /// # Errors
    /// [`RunStoreError::NoSuchRun`] when it is not there, or not any more.
    pub fn restore(&self, id: &RunId) -> Result<(), RunStoreError> {
        self.set_deleted(id, None)
    }

    /// Removes the runs that have been in the bin for at least `age`, with their reports, models and
    /// checkpoints.
    ///
    /// # Errors
    /// [`RunStoreError::Busy`], [`RunStoreError::Io`] when a folder cannot be removed (the run is then
    /// gone all the same).
    pub fn empty_bin(&self, age: Duration) -> Result<(), RunStoreError> {
        let age_ms = i64::try_from(age.as_millis()).unwrap_or(i64::MAX);
        let before = now_ms().saturating_sub(age_ms).saturating_add(1);
        let ids = self
            .with("cannot read the bin", |connection| rows::deleted_before(connection, before))?;
        ids.iter().try_for_each(|id| self.remove(id))
    }

    fn set_deleted(&self, id: &RunId, deleted_ms: Option<i64>) -> Result<(), RunStoreError> {
        let changed = self.with("cannot delete or restore the run", |connection| {
            rows::set_deleted(connection, id, deleted_ms)
        })?;
        if changed == 0 { Err(RunStoreError::NoSuchRun(id.0.clone())) } else { Ok(()) }
    }

    fn remove(&self, id: &RunId) -> Result<(), RunStoreError> {
        let folder = self.folder(id);
        let lease = RunLease::take(id, &folder)?;
        self.with("cannot delete the run", |connection| {
            connection.execute("DELETE FROM runs WHERE id = ?", [&id.0])
        })?;
        // Some systems do not remove a file that is open.
        drop(lease);
        files::remove_dir_all(&folder).map_err(|source| RunStoreError::Io {
            action: "cannot remove the folder of the run",
            source,
            path: folder,
        })
    }

    /// Where the model of a run lies once it is saved.
    #[must_use]
    pub fn model_folder(&self, id: &RunId) -> PathBuf {
        self.folder(id).join(MODEL)
    }

    /// Where the training of a run keeps its checkpoints, made if it is not there.
    ///
    /// # Errors
    /// [`RunStoreError::Io`] when it cannot be made.
    pub fn checkpoints_folder(&self, id: &RunId) -> Result<PathBuf, RunStoreError> {
        let path = self.folder(id).join(CHECKPOINTS);
        match files::create_dir_all(&path) {
            Ok(()) => Ok(path),
            Err(source) => Err(RunStoreError::Io {
                action: "cannot make the folder for checkpoints",
                source,
                path,
            }),
        }
    }

    /// Saves the fitted model of a run. The folder appears whole or not at all; an earlier model is
    /// replaced.
    ///
    /// # Errors
    /// [`RunStoreError::Model`] or [`RunStoreError::Io`] when it cannot be written.
    pub fn save_model(
        &self,
        lease: &RunLease,
        model: &dyn FittedModel,
    ) -> Result<(), RunStoreError> {
        self.save_with(lease, |folder| model.save(folder))
    }

    /// [`Self::save_model`] with whatever writes the model into an empty folder.
    ///
    /// # Errors
    /// As [`Self::save_model`].
    pub fn save_with(
        &self,
        lease: &RunLease,
        write: impl FnOnce(&Path) -> Result<(), ModelError>,
    ) -> Result<(), RunStoreError> {
        let whole = self.model_folder(lease.id());
        let (partial, old) = (whole.with_extension("partial"), whole.with_extension("old"));
        let failed = |source| RunStoreError::Io {
            action: "cannot save the model",
            source,
            path: whole.clone(),
        };
        for leftover in [&partial, &old] {
            if files::exists(leftover) {
                files::remove_dir_all(leftover).map_err(failed)?;
            }
        }
        files::create_dir_all(&partial).map_err(failed)?;
        write(&partial)?;
        if files::exists(&whole) {
            files::rename(&whole, &old).map_err(failed)?;
        }
        files::rename(&partial, &whole).map_err(failed)?;
        if files::exists(&old) {
            files::remove_dir_all(&old).map_err(failed)?;
        }
        Ok(())
    }

    /// Keeps what came of a text task or pre-training beside its model.
    ///
    /// # Errors
    /// [`RunStoreError::Io`] when it cannot be written.
    pub fn save_outcome(
        &self,
        lease: &RunLease,
        outcome: &TextOutcome,
    ) -> Result<(), RunStoreError> {
        let path = self.model_folder(lease.id()).join(REPORT);
        files::write(&path, rows::to_json(outcome).as_bytes()).map_err(|source| RunStoreError::Io {
            action: "cannot write the report of the run",
            source,
            path,
        })
    }

    /// What came of a text task or pre-training.
    ///
    /// # Errors
    /// [`RunStoreError::Io`] when it cannot be read, [`RunStoreError::Corrupt`] when it is no such report.
    pub fn outcome(&self, id: &RunId) -> Result<TextOutcome, RunStoreError> {
        let path = self.model_folder(id).join(REPORT);
        let text = files::read(&path).map_err(|source| RunStoreError::Io {
            action: "cannot read the report of the run",
            source,
            path: path.clone(),
        })?;
        serde_json::from_slice(&text).map_err(|error| RunStoreError::Corrupt {
            found: format!("the report of run {id} is damaged ({error})"),
            path,
        })
    }

    /// Runs that are said to be training but that nobody trains were left behind by a killed process.
    fn mark_interrupted(&self) -> Result<(), RunStoreError> {
        for id in self.with("cannot read the runs", rows::training)? {
            let Some(_lease) = RunLease::try_take(&id, &self.folder(&id))? else {
                continue;
            };
            self.with("cannot mark the run as interrupted", |connection| {
                rows::change_status(connection, &id, RunStatus::Training, RunStatus::Interrupted)
            })?;
        }
        Ok(())
    }

    fn get_as_stored(&self, id: &RunId) -> Result<Run, RunStoreError> {
        let run = self.with("cannot read the run", |connection| {
            let Some(mut run) = rows::one(connection, id)? else {
                return Ok(None);
            };
            run.epochs = rows::epochs(connection, id)?;
            Ok(Some(run))
        })?;
        run.ok_or_else(|| RunStoreError::NoSuchRun(id.0.clone()))
    }

    /// A folder, and hence an id, that no other run has, later than `latest`.
    fn lease_new(&self, latest: Option<i64>) -> Result<(RunLease, i64), RunStoreError> {
        let failed = |source, path| RunStoreError::Io {
            action: "cannot make the folder of the run",
            source,
            path,
        };
        files::create_dir_all(&self.artefacts)
            .map_err(|source| failed(source, self.artefacts.clone()))?;
        let mut created_ms = now_ms().max(latest.map_or(0, |latest| latest + 1));
        loop {
            let id = RunId(id_of(created_ms));
            let folder = self.folder(&id);
            match files::create_dir(&folder) {
                Ok(()) => return Ok((RunLease::take(&id, &folder)?, created_ms)),
                Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => created_ms += 1,
                Err(source) => return Err(failed(source, folder)),
            }
        }
    }

    fn folder(&self, id: &RunId) -> PathBuf {
        self.artefacts.join(&id.0)
    }

    /// Runs a query; what the database refuses becomes an error that says what was tried.
    pub(super) fn with<T>(
        &self,
        action: &'static str,
        query: impl FnOnce(&Connection) -> rusqlite::Result<T>,
    ) -> Result<T, RunStoreError> {
        self.database().with(|connection| {
            query(connection).map_err(|source| database_error(action, source, &self.path))
        })
    }

    /// Runs several writes of which all or none take effect.
    pub(super) fn in_transaction(
        &self,
        action: &'static str,
        writes: impl FnOnce(&Connection) -> rusqlite::Result<()>,
    ) -> Result<(), RunStoreError> {
        let write = |connection: &mut Connection| {
            let transaction =
                connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
            writes(&transaction)?;
            transaction.commit()
        };
        self.database().with(|connection| {
            write(connection).map_err(|source| database_error(action, source, &self.path))
        })
    }

    /// A panic elsewhere leaves no half-done transaction behind: rusqlite rolls it back on drop.
    fn database(&self) -> MutexGuard<'_, Database> {
        self.database.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn now_ms() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
}

/// `YYYYMMDD-HHMMSS-mmm` (UTC): sorts by time, fits a file name.
fn id_of(time_ms: i64) -> String {
    let (year, month, day) = civil_from_days(time_ms.div_euclid(DAY_MS));
    let of_day = time_ms.rem_euclid(DAY_MS);
    let (secs, ms) = (of_day / 1000, of_day % 1000);
    let (hours, minutes) = (secs / 3600, secs / 60 % 60);
    format!("{year:04}{month:02}{day:02}-{hours:02}{minutes:02}{:02}-{ms:03}", secs % 60)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_dates_and_sort_by_time() {
        assert_eq!(id_of(0), "19700101-000000-000");
        assert_eq!(id_of(1_795_320_742_123), "20261122-041222-123");
        assert!(id_of(1_795_320_742_123) < id_of(1_795_320_743_000));
    }
}
