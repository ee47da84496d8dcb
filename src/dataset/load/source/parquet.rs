//! Parquet files through polars, a row group at a time and only the wanted columns.

use std::path::Path;

use polars::prelude::*;

use super::{ReadStats, Visitor, bytes};
use crate::control::Control;
use crate::dataset::load::careful::{guarded, open_parquet};
use crate::dataset::load::cell::{Cell, GoodRow, OwnedCell, Row};
use crate::dataset::load::error::{FileProblem, Stop};

const ROWS_PER_CHECK: usize = 4096;

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
        let total: usize = self.groups.iter().sum();
        let mut done = 0;
        for &rows in &self.groups {
            control.check()?;
            let columns = self.slice(path, wanted, done, rows)?;
            visit_rows(&columns, done, rows, control, visit)?;
            done += rows;
            control.report("stage-reading", done as u64, total as u64);
        }
        Ok(ReadStats { rows: total as u64, ..ReadStats::default() })
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

fn visit_rows(
    columns: &[TypedColumn],
    done: usize,
    rows: usize,
    control: &Control,
    visit: &mut Visitor<'_>,
) -> Result<(), Stop> {
    for row in 0..rows {
        if row % ROWS_PER_CHECK == 0 {
            control.check()?;
        }
        let cells: Vec<Cell<'_>> = columns.iter().map(|column| column.cell(row)).collect();
        let line = (done + row + 1) as u64;
        visit(Row::Good(GoodRow { line, cells: &cells, raw: None }))?;
    }
    Ok(())
}

fn damaged(problem: String) -> FileProblem {
    FileProblem::DamagedParquet(problem)
}

/// A column as one of the few types that cells have.
enum TypedColumn {
    Text(StringChunked),
    Int(Int64Chunked),
    Float(Float64Chunked),
    TimeMs(Int64Chunked),
    /// Nested or binary values, which nothing here can use.
    Unusable(usize),
}

impl TypedColumn {
    fn new(column: &Column) -> PolarsResult<Self> {
        let series = column.as_materialized_series().rechunk();
        let as_type = |dtype: DataType| series.strict_cast(&dtype);
        Ok(match series.dtype() {
            DataType::String
            | DataType::Categorical(..)
            | DataType::Enum(..)
            | DataType::Boolean
            | DataType::UInt64 => Self::Text(as_type(DataType::String)?.str()?.clone()),
            DataType::Float32 | DataType::Float64 => {
                Self::Float(as_type(DataType::Float64)?.f64()?.clone())
            }
            DataType::Date | DataType::Datetime(..) => {
                let ms = as_type(DataType::Datetime(TimeUnit::Milliseconds, None))?;
                Self::TimeMs(ms.to_physical_repr().i64()?.clone())
            }
            dtype if dtype.is_integer() => Self::Int(as_type(DataType::Int64)?.i64()?.clone()),
            _ => Self::Unusable(series.len()),
        })
    }

    fn len(&self) -> usize {
        match self {
            Self::Text(values) => values.len(),
            Self::Int(values) | Self::TimeMs(values) => values.len(),
            Self::Float(values) => values.len(),
            Self::Unusable(rows) => *rows,
        }
    }

    fn cell(&self, row: usize) -> Cell<'_> {
        let cell = match self {
            Self::Text(values) => values.get(row).map(Cell::Text),
            Self::Int(values) => values.get(row).map(Cell::Int),
            Self::Float(values) => values.get(row).map(Cell::Float),
            Self::TimeMs(values) => values.get(row).map(Cell::TimeMs),
            Self::Unusable(_) => None,
        };
        cell.unwrap_or(Cell::Missing)
    }
}
