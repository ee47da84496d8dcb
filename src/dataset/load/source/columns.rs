//! Columns of data frames as cells, for the formats that polars reads.

use polars::prelude::*;

use super::{ReadStats, Visitor};
use crate::control::Control;
use crate::dataset::load::cell::{Cell, GoodRow, Row};
use crate::dataset::load::error::{FileProblem, Stop};

const ROWS_PER_CHECK: usize = 4096;

/// Hands every row of the groups that a file is made of to `visit`. `columns` reads a group, given itself,
/// the number of rows before it, and its own.
pub(super) fn read_groups<G: Copy>(
    groups: &[(G, usize)],
    control: &Control,
    visit: &mut Visitor<'_>,
    mut columns: impl FnMut(G, usize, usize) -> Result<Vec<TypedColumn>, FileProblem>,
) -> Result<ReadStats, Stop> {
    let total: usize = groups.iter().map(|&(_, rows)| rows).sum();
    let mut done = 0;
    for &(group, rows) in groups {
        control.check()?;
        visit_rows(&columns(group, done, rows)?, done, rows, control, visit)?;
        done += rows;
        control.report("stage-reading", done as u64, total as u64);
    }
    Ok(ReadStats { rows: total as u64, ..ReadStats::default() })
}

/// Hands rows to `visit`; `done` of them came before.
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

/// A column as one of the few types that cells have.
pub(super) enum TypedColumn {
    Text(StringChunked),
    Int(Int64Chunked),
    Float(Float64Chunked),
    TimeMs(Int64Chunked),
    /// Nested or binary values, which nothing here can use.
    Unusable(usize),
}

impl TypedColumn {
    /// Turns a column into cells.
    pub(super) fn new(column: &Column) -> PolarsResult<Self> {
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

    /// Rows.
    pub(super) fn len(&self) -> usize {
        match self {
            Self::Text(values) => values.len(),
            Self::Int(values) | Self::TimeMs(values) => values.len(),
            Self::Float(values) => values.len(),
            Self::Unusable(rows) => *rows,
        }
    }

    /// One value.
    pub(super) fn cell(&self, row: usize) -> Cell<'_> {
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
