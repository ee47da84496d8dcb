//! Parquet files through polars, a row group at a time and only the wanted columns.

use std::path::Path;

use polars::prelude::*;

use super::columns::{TypedColumn, read_groups};
use super::{ReadStats, Visitor, bytes};
use crate::control::Control;
use crate::dataset::load::careful::{guarded, open_parquet};
use crate::dataset::load::cell::OwnedCell;
use crate::dataset::load::error::{FileProblem, Stop};

/// A Parquet file whose schema was read.
#[derive(Debug, Clone)]
pub(super) struct ParquetTable {
    /// Names as in the schema; Parquet has them distinct.
    pub columns: Vec<String>,
    /// Rows of each row group.
    groups: Vec<usize>,
}

impl ParquetTable {
    /// Reads the schema.
    pub(super) fn open(path: &Path) -> Result<Self, FileProblem> {
        let (mut reader, groups) = open_parquet(bytes::open_file(path)?).map_err(damaged)?;
        let columns = guarded(|| {
            let schema = reader.schema()?;
            Ok::<_, PolarsError>(schema.iter_names().map(ToString::to_string).collect())
        });
        Ok(Self { columns: columns.map_err(damaged)?, groups })
    }

    /// Hands every row to `visit`, with the cells of the wanted columns.
    pub(super) fn read(
        &self,
        path: &Path,
        wanted: &[usize],
        control: &Control,
        visit: &mut Visitor<'_>,
    ) -> Result<ReadStats, Stop> {
        let groups: Vec<_> = self.groups.iter().map(|&rows| ((), rows)).collect();
        read_groups(&groups, control, visit, |(), done, rows| self.slice(path, wanted, done, rows))
    }

    /// The first rows, all columns.
    pub(super) fn sample(
        &self,
        path: &Path,
        rows: usize,
    ) -> Result<Vec<Vec<OwnedCell>>, FileProblem> {
        let wanted: Vec<usize> = (0..self.columns.len()).collect();
        let rows = rows.min(self.groups.iter().sum());
        let columns = self.slice(path, &wanted, 0, rows)?;
        let row = |row| columns.iter().map(|column| column.cell(row).into()).collect();
        Ok((0..rows).map(row).collect())
    }

    fn slice(
        &self,
        path: &Path,
        wanted: &[usize],
        from: usize,
        rows: usize,
    ) -> Result<Vec<TypedColumn>, FileProblem> {
        let file = bytes::open_file(path)?;
        let names = wanted.iter().map(|&column| self.columns[column].clone()).collect();
        let columns = guarded(|| {
            let frame = ParquetReader::new(file)
                .with_columns(Some(names))
                .with_slice(Some((from, rows)))
                .finish()?;
            // The frame has the file's order, the caller wants its own.
            wanted
                .iter()
                .map(|&column| TypedColumn::new(frame.column(&self.columns[column])?))
                .collect::<PolarsResult<Vec<_>>>()
        })
        .map_err(damaged)?;
        if columns.iter().any(|column| column.len() != rows) {
            return Err(damaged("rows are missing".to_owned()));
        }
        Ok(columns)
    }
}

fn damaged(problem: String) -> FileProblem {
    FileProblem::DamagedParquet(problem)
}
