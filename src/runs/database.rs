//! The database of runs: a file, or for a locked project one in memory that is written encrypted after each
//! change.

use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};

use rusqlite::Connection;

use super::RunStoreError;
use super::dump::{self, DumpError};
use super::schema::{self, database_error};
use crate::vault::{files, keyring};

/// Held by whoever reads or writes the runs of a locked project; for a file the database does that by itself.
const TURN: &str = "runs.lock";

/// An open database.
#[derive(Debug)]
pub(super) struct Database {
    connection: Connection,
    sealed: Option<Sealed>,
}

/// What is in memory of a locked project.
#[derive(Debug)]
struct Sealed {
    path: PathBuf,
    /// The stored content that it was read from; none before anything was stored.
    stamp: Option<String>,
}

impl Database {
    /// Opens the database at `path`, creating it where there is none.
    pub(super) fn open(path: &Path) -> Result<Self, RunStoreError> {
        if !keyring::covers(path) {
            return Ok(Self { connection: schema::open(path)?, sealed: None });
        }
        let mut database = Self {
            connection: blank(path)?,
            // Unlike any stamp, so that what is stored is read at once, be it nothing.
            sealed: Some(Sealed { path: path.to_owned(), stamp: Some(String::new()) }),
        };
        let _turn = database.turn()?;
        database.refresh()?;
        Ok(database)
    }

    /// Asks or changes the database.
    pub(super) fn with<T>(
        &mut self,
        query: impl FnOnce(&mut Connection) -> Result<T, RunStoreError>,
    ) -> Result<T, RunStoreError> {
        if self.sealed.is_none() {
            return query(&mut self.connection);
        }
        let _turn = self.turn()?;
        self.refresh()?;
        let before = self.changes()?;
        let answer = query(&mut self.connection)?;
        if self.changes()? != before
            && let Err(error) = self.store()
        {
            // What is not stored did not happen.
            if let Some(sealed) = &mut self.sealed {
                sealed.stamp = Some(String::new());
            }
            return Err(error);
        }
        Ok(answer)
    }

    /// Waits for other threads and processes.
    fn turn(&self) -> Result<Option<File>, RunStoreError> {
        let Some(sealed) = &self.sealed else { return Ok(None) };
        let path = sealed.path.with_file_name(TURN);
        let file = files::lock_file(&path).and_then(|file| file.lock().map(|()| file));
        file.map(Some).map_err(failed("cannot open the run store", &path))
    }

    /// Reads what is stored where it is not what is in memory.
    fn refresh(&mut self) -> Result<(), RunStoreError> {
        let Some(sealed) = &mut self.sealed else { return Ok(()) };
        let unreadable = || failed("cannot read the run store", &sealed.path);
        let stamp = files::stamp(&sealed.path).map_err(unreadable())?;
        if stamp == sealed.stamp {
            return Ok(());
        }
        self.connection = blank(&sealed.path)?;
        if stamp.is_none() {
            schema::fill(&mut self.connection, &sealed.path)?;
        } else {
            let bytes = files::read(&sealed.path).map_err(unreadable())?;
            restore(&bytes, &mut self.connection, &sealed.path)?;
        }
        sealed.stamp = stamp;
        Ok(())
    }

    fn store(&mut self) -> Result<(), RunStoreError> {
        let Some(sealed) = &mut self.sealed else { return Ok(()) };
        let path = &sealed.path;
        let bytes = dump::write(&self.connection)
            .map_err(|source| database_error("cannot write the run store", source, path))?;
        files::write(path, &bytes).map_err(failed("cannot write the run store", path))?;
        sealed.stamp = files::stamp(path).map_err(failed("cannot write the run store", path))?;
        Ok(())
    }

    fn changes(&self) -> Result<i64, RunStoreError> {
        let count = self.connection.query_row("SELECT total_changes()", [], |row| row.get(0));
        let path = self.sealed.as_ref().map_or(Path::new(""), |sealed| &sealed.path);
        count.map_err(|source| database_error("cannot read the run store", source, path))
    }
}

/// The runs of a project in clear as the bytes that a locked one keeps; `None` where there are none.
pub(super) fn content_of(path: &Path) -> Result<Option<Vec<u8>>, RunStoreError> {
    if !path.exists() {
        return Ok(None);
    }
    let connection = schema::open(path)?;
    let bytes = dump::write(&connection);
    bytes.map(Some).map_err(|source| database_error("cannot read the run store", source, path))
}

/// Writes a database in clear out of what a locked project kept.
pub(super) fn write_clear(bytes: &[u8], path: &Path) -> Result<(), RunStoreError> {
    let failed = |source| database_error("cannot write the run store", source, path);
    let mut connection = Connection::open(path).map_err(failed)?;
    restore(bytes, &mut connection, path)?;
    connection.close().map_err(|(_, source)| failed(source))
}

/// An empty database in memory, which puts nothing into files meanwhile.
fn blank(path: &Path) -> Result<Connection, RunStoreError> {
    let open = || {
        let connection = Connection::open_in_memory()?;
        connection.pragma_update(None, "temp_store", "MEMORY")?;
        connection.pragma_update(None, "foreign_keys", true)?;
        Ok(connection)
    };
    open().map_err(|source| database_error("cannot open the run store", source, path))
}

fn restore(bytes: &[u8], connection: &mut Connection, path: &Path) -> Result<(), RunStoreError> {
    let corrupt = |found: String| RunStoreError::Corrupt { found, path: path.to_owned() };
    dump::read(bytes, connection).map_err(|error| match error {
        DumpError::Database(source) => database_error("cannot read the run store", source, path),
        DumpError::Newer(found) => {
            RunStoreError::Newer { found, supported: schema::FORMAT, path: path.to_owned() }
        }
        DumpError::Damaged => corrupt(error.to_string()),
    })?;
    schema::fill(connection, path)
}

fn failed(action: &'static str, path: &Path) -> impl FnOnce(io::Error) -> RunStoreError {
    let path = path.to_owned();
    move |source| RunStoreError::Io { action, source, path }
}
