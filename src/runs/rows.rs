//! Runs as rows of the database.

use rusqlite::{Connection, OptionalExtension, Row, named_params};
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::{NewRun, Run, RunStatus};
use crate::ids::{DatasetRevision, RunId};
use crate::model::EpochReport;

const COLUMNS: &str =
    "id, name, model, config, seed, revision, split, device, created_ms, status, fit_secs, error";

/// JSON of a value that is made of plain fields.
pub(super) fn to_json(value: &impl Serialize) -> String {
    serde_json::to_string(value).expect("plain fields with text keys can be written as JSON")
}

/// Reads a JSON column; damaged text becomes an error of the row.
pub(super) fn json<T: DeserializeOwned>(row: &Row<'_>, column: &str) -> rusqlite::Result<T> {
    let text: String = row.get(column)?;
    serde_json::from_str(&text).map_err(|error| unreadable(row, column, error.into()))
}

fn unreadable(
    row: &Row<'_>,
    column: &str,
    error: Box<dyn std::error::Error + Send + Sync>,
) -> rusqlite::Error {
    let index = row.as_ref().column_index(column).unwrap_or_default();
    rusqlite::Error::FromSqlConversionFailure(index, rusqlite::types::Type::Text, error)
}

fn run(row: &Row<'_>) -> rusqlite::Result<Run> {
    let status: String = row.get("status")?;
    let status = RunStatus::by_name(&status)
        .ok_or_else(|| unreadable(row, "status", format!("unknown status \"{status}\"").into()))?;
    Ok(Run {
        id: RunId(row.get("id")?),
        name: row.get("name")?,
        model: row.get("model")?,
        config: json(row, "config")?,
        seed: row.get::<_, i64>("seed")?.cast_unsigned(),
        revision: DatasetRevision(row.get("revision")?),
        split: json(row, "split")?,
        device: row.get("device")?,
        created_ms: row.get("created_ms")?,
        status,
        fit_secs: row.get("fit_secs")?,
        epochs: Vec::new(),
        error: row.get("error")?,
    })
}

/// All runs that are not in the bin, the newest first, without their epochs.
pub(super) fn all(connection: &Connection) -> rusqlite::Result<Vec<Run>> {
    let sql = format!("SELECT {COLUMNS} FROM runs WHERE deleted_ms IS NULL ORDER BY id DESC");
    connection.prepare_cached(&sql)?.query_map([], run)?.collect()
}

/// One run that is not in the bin, without its epochs.
pub(super) fn one(connection: &Connection, id: &RunId) -> rusqlite::Result<Option<Run>> {
    let sql = format!("SELECT {COLUMNS} FROM runs WHERE id = ? AND deleted_ms IS NULL");
    connection.prepare_cached(&sql)?.query_row([&id.0], run).optional()
}

/// Epochs of one run, ascending.
pub(super) fn epochs(connection: &Connection, id: &RunId) -> rusqlite::Result<Vec<EpochReport>> {
    let sql = "SELECT report FROM epochs WHERE run = ? ORDER BY epoch";
    connection.prepare_cached(sql)?.query_map([&id.0], |row| json(row, "report"))?.collect()
}

/// Time of the newest run.
pub(super) fn latest_ms(connection: &Connection) -> rusqlite::Result<Option<i64>> {
    connection.query_row("SELECT max(created_ms) FROM runs", [], |row| row.get(0))
}

/// Ids of the runs that are said to be training.
pub(super) fn training(connection: &Connection) -> rusqlite::Result<Vec<RunId>> {
    let sql = "SELECT id FROM runs WHERE status = 'training'";
    connection.prepare_cached(sql)?.query_map([], |row| row.get(0).map(RunId))?.collect()
}

/// Puts a run into the bin, or takes it out where there is no time; how many runs changed.
pub(super) fn set_deleted(
    connection: &Connection,
    id: &RunId,
    deleted_ms: Option<i64>,
) -> rusqlite::Result<usize> {
    let sql =
        "UPDATE runs SET deleted_ms = ?1 WHERE id = ?2 AND (deleted_ms IS NULL) = (?1 IS NOT NULL)";
    connection.execute(sql, (deleted_ms, &id.0))
}

/// Ids of the runs that were put into the bin before this time.
pub(super) fn deleted_before(
    connection: &Connection,
    before_ms: i64,
) -> rusqlite::Result<Vec<RunId>> {
    let sql = "SELECT id FROM runs WHERE deleted_ms < ?";
    connection.prepare_cached(sql)?.query_map([before_ms], |row| row.get(0).map(RunId))?.collect()
}

/// Adds a run that starts training.
pub(super) fn insert(
    connection: &Connection,
    id: &RunId,
    new: &NewRun,
    created_ms: i64,
) -> rusqlite::Result<()> {
    let sql = "INSERT INTO runs (id, name, model, config, seed, revision, split, device, created_ms, status)
        VALUES (:id, :name, :model, :config, :seed, :revision, :split, :device, :created_ms, 'training')";
    connection.execute(
        sql,
        named_params! {
            ":id": id.0,
            ":name": new.name,
            ":model": new.work.model(),
            ":config": to_json(&new.work.settings()),
            ":seed": new.seed.cast_signed(),
            ":revision": new.revision.0,
            ":split": to_json(&new.work.split()),
            ":device": new.device,
            ":created_ms": created_ms,
        },
    )?;
    Ok(())
}

/// Records how a stint of training ended.
pub(super) fn end(
    connection: &Connection,
    id: &RunId,
    status: RunStatus,
    error: Option<&str>,
    fit_secs: f64,
) -> rusqlite::Result<()> {
    let sql = "UPDATE runs SET status = ?, error = ?, fit_secs = fit_secs + ? WHERE id = ?";
    connection.execute(sql, (status.name(), error, fit_secs, &id.0)).map(drop)
}

/// Changes the status if it still is `from`.
pub(super) fn change_status(
    connection: &Connection,
    id: &RunId,
    from: RunStatus,
    to: RunStatus,
) -> rusqlite::Result<()> {
    let sql = "UPDATE runs SET status = ?, error = NULL WHERE id = ? AND status = ?";
    connection.execute(sql, (to.name(), &id.0, from.name())).map(drop)
}

/// Adds an epoch, in place of an earlier one of the same number.
pub(super) fn put_epoch(
    connection: &Connection,
    id: &RunId,
    epoch: &EpochReport,
) -> rusqlite::Result<()> {
    let sql = "INSERT OR REPLACE INTO epochs (run, epoch, report) VALUES (?, ?, ?)";
    connection.execute(sql, (&id.0, epoch.epoch, to_json(epoch))).map(drop)
}
