//! The database file: format, creation, what is refused.

use std::path::Path;
use std::time::Duration;

use rusqlite::{Connection, ErrorCode, TransactionBehavior};

use super::RunStoreError;

/// Newest format that this version reads and writes.
pub(super) const FORMAT: i64 = 2;
/// "SHLW", so that no other program's database is taken for ours.
const APPLICATION_ID: i64 = 0x5348_4c57;
/// How long one process waits for another's write.
const BUSY_TIMEOUT: Duration = Duration::from_secs(10);

/// What each format adds to the one before it; the first creates everything.
const STEPS: [&str; FORMAT as usize] = [
    "
    CREATE TABLE runs (
        id TEXT PRIMARY KEY,
        name TEXT NOT NULL,
        model TEXT NOT NULL,
        config TEXT NOT NULL,
        seed INTEGER NOT NULL,
        revision TEXT NOT NULL,
        split TEXT NOT NULL,
        device TEXT NOT NULL,
        created_ms INTEGER NOT NULL,
        status TEXT NOT NULL,
        fit_secs REAL NOT NULL DEFAULT 0,
        error TEXT
    ) STRICT;
    CREATE TABLE epochs (
        run TEXT NOT NULL REFERENCES runs (id) ON DELETE CASCADE,
        epoch INTEGER NOT NULL,
        report TEXT NOT NULL,
        PRIMARY KEY (run, epoch)
    ) STRICT;
    CREATE TABLE reports (
        run TEXT NOT NULL REFERENCES runs (id) ON DELETE CASCADE,
        phase TEXT NOT NULL,
        report TEXT NOT NULL,
        users BLOB NOT NULL,
        PRIMARY KEY (run, phase)
    ) STRICT;
    CREATE TABLE user_values (
        run TEXT NOT NULL,
        phase TEXT NOT NULL,
        metric TEXT NOT NULL,
        user_values BLOB NOT NULL,
        PRIMARY KEY (run, phase, metric),
        FOREIGN KEY (run, phase) REFERENCES reports (run, phase) ON DELETE CASCADE
    ) STRICT;
",
    // When a run was put into the bin; null for those that are not in it.
    "ALTER TABLE runs ADD COLUMN deleted_ms INTEGER;",
];

/// Opens the database, creating it where there is none.
pub(super) fn open(path: &Path) -> Result<Connection, RunStoreError> {
    let failed = |source| database_error("cannot open the run store", source, path);
    let mut connection = Connection::open(path).map_err(failed)?;
    connection.busy_timeout(BUSY_TIMEOUT).map_err(failed)?;
    connection.pragma_update(None, "foreign_keys", true).map_err(failed)?;
    check(&connection, path)?;
    upgrade(&mut connection).map_err(failed)?;
    Ok(connection)
}

/// Takes a database that is empty, or of an earlier format, to the newest one.
pub(super) fn fill(connection: &mut Connection, path: &Path) -> Result<(), RunStoreError> {
    let failed = |source| database_error("cannot open the run store", source, path);
    upgrade(connection).map_err(failed)
}

/// Makes the tables of a format in an empty database.
pub(super) fn create(connection: &Connection, format: usize) -> rusqlite::Result<()> {
    for step in STEPS.iter().take(format) {
        connection.execute_batch(step)?;
    }
    connection.pragma_update(None, "application_id", APPLICATION_ID)?;
    connection.pragma_update(None, "user_version", format as i64)
}

fn check(connection: &Connection, path: &Path) -> Result<(), RunStoreError> {
    let number = |sql: &str| {
        let read = connection.query_row(sql, [], |row| row.get::<_, i64>(0));
        read.map_err(|source| database_error("cannot read the run store", source, path))
    };
    let is_empty = number("SELECT count(*) FROM sqlite_schema")? == 0;
    if !is_empty && number("PRAGMA application_id")? != APPLICATION_ID {
        let found = "it is a database of another program".to_owned();
        return Err(RunStoreError::Corrupt { found, path: path.to_owned() });
    }
    let found = number("PRAGMA user_version")?;
    if found > FORMAT {
        return Err(RunStoreError::Newer { found, supported: FORMAT, path: path.to_owned() });
    }
    Ok(())
}

/// Takes the file to the newest format in one transaction, so that a killed process leaves the old
/// one and two processes do not both create it.
fn upgrade(connection: &mut Connection) -> rusqlite::Result<()> {
    let version = |connection: &Connection| {
        connection.query_row("PRAGMA user_version", [], |row| row.get::<_, i64>(0))
    };
    if version(connection)? == FORMAT {
        return Ok(());
    }
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    let found = usize::try_from(version(&transaction)?).unwrap_or(0);
    for step in STEPS.iter().skip(found) {
        transaction.execute_batch(step)?;
    }
    transaction.pragma_update(None, "application_id", APPLICATION_ID)?;
    transaction.pragma_update(None, "user_version", FORMAT)?;
    transaction.commit()
}

/// Tells a damaged file from a request that failed.
pub(super) fn database_error(
    action: &'static str,
    source: rusqlite::Error,
    path: &Path,
) -> RunStoreError {
    let path = path.to_owned();
    match source.sqlite_error_code() {
        Some(ErrorCode::NotADatabase | ErrorCode::DatabaseCorrupt) => {
            RunStoreError::Corrupt { found: source.to_string(), path }
        }
        _ => RunStoreError::Database { action, source, path },
    }
}
