//! Evaluation reports of runs, with the values per shopper.

use std::collections::BTreeMap;

use rusqlite::{Connection, OptionalExtension};

use super::rows::{json, to_json};
use super::{RunStore, RunStoreError};
use crate::dataset::split::Phase;
use crate::eval::EvalReport;
use crate::ids::{RunId, UserIdx};

impl RunStore {
    /// Keeps a report with its values per shopper, in place of an earlier one of the same phase.
    ///
    /// # Errors
    /// [`RunStoreError::NoSuchRun`] or [`RunStoreError::Database`].
    pub fn put_report(&self, id: &RunId, report: &EvalReport) -> Result<(), RunStoreError> {
        self.get(id)?;
        self.in_transaction("cannot keep the report", |connection| insert(connection, id, report))
    }

    /// The report of a run on one phase, with its values per shopper; `None` if it was not evaluated.
    ///
    /// # Errors
    /// [`RunStoreError::Database`] or [`RunStoreError::Corrupt`] when it cannot be read.
    pub fn report(&self, id: &RunId, phase: Phase) -> Result<Option<EvalReport>, RunStoreError> {
        let Some((mut report, users)) =
            self.with("cannot read the report", |connection| summary(connection, id, phase))?
        else {
            return Ok(None);
        };
        report.users = users;
        report.per_user =
            self.with("cannot read the report", |connection| values(connection, id, phase))?;
        match report.per_user.iter().find(|(_, values)| values.len() != report.users.len()) {
            None => Ok(Some(report)),
            Some((metric, values)) => Err(RunStoreError::Corrupt {
                found: format!(
                    "run {id} holds {} values of {metric} for {} shoppers",
                    values.len(),
                    report.users.len()
                ),
                path: self.path.clone(),
            }),
        }
    }

    /// All reports of one phase without the values per shopper, for tables of runs.
    ///
    /// # Errors
    /// As [`Self::report`].
    pub fn summaries(&self, phase: Phase) -> Result<BTreeMap<RunId, EvalReport>, RunStoreError> {
        self.with("cannot read the reports", |connection| {
            let mut statement =
                connection.prepare_cached("SELECT run, report FROM reports WHERE phase = ?")?;
            let rows = statement.query_map([name(phase)], |row| {
                Ok((RunId(row.get("run")?), json::<EvalReport>(row, "report")?))
            })?;
            rows.collect()
        })
    }
}

const fn name(phase: Phase) -> &'static str {
    match phase {
        Phase::Validation => "validation",
        Phase::Test => "test",
    }
}

fn insert(connection: &Connection, id: &RunId, report: &EvalReport) -> rusqlite::Result<()> {
    let phase = name(report.protocol.phase);
    connection.execute("DELETE FROM reports WHERE run = ? AND phase = ?", (&id.0, phase))?;
    let users: Vec<u8> = report.users.iter().flat_map(|user| user.0.to_le_bytes()).collect();
    let sql = "INSERT INTO reports (run, phase, report, users) VALUES (?, ?, ?, ?)";
    connection.execute(sql, (&id.0, phase, to_json(report), users))?;
    let sql = "INSERT INTO user_values (run, phase, metric, user_values) VALUES (?, ?, ?, ?)";
    let mut statement = connection.prepare_cached(sql)?;
    for (metric, values) in &report.per_user {
        let bytes: Vec<u8> = values.iter().flat_map(|value| value.to_le_bytes()).collect();
        statement.execute((&id.0, phase, metric, bytes))?;
    }
    Ok(())
}

fn summary(
    connection: &Connection,
    id: &RunId,
    phase: Phase,
) -> rusqlite::Result<Option<(EvalReport, Vec<UserIdx>)>> {
    let sql = "SELECT report, users FROM reports WHERE run = ? AND phase = ?";
    let read = |row: &rusqlite::Row<'_>| {
        let users: Vec<u8> = row.get("users")?;
        Ok((
            json(row, "report")?,
            words(&users).map(|word| UserIdx(u32::from_le_bytes(word))).collect(),
        ))
    };
    connection.prepare_cached(sql)?.query_row((&id.0, name(phase)), read).optional()
}

fn values(
    connection: &Connection,
    id: &RunId,
    phase: Phase,
) -> rusqlite::Result<BTreeMap<String, Vec<f32>>> {
    let sql = "SELECT metric, user_values FROM user_values WHERE run = ? AND phase = ?";
    let mut statement = connection.prepare_cached(sql)?;
    let rows = statement.query_map((&id.0, name(phase)), |row| {
        let bytes: Vec<u8> = row.get("user_values")?;
        Ok((row.get("metric")?, words(&bytes).map(f32::from_le_bytes).collect()))
    })?;
    rows.collect()
}

fn words(bytes: &[u8]) -> impl Iterator<Item = [u8; 4]> + '_ {
    bytes.as_chunks::<4>().0.iter().copied()
}
