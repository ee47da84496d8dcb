//! Workbooks: a sheet of an .xlsx, .xlsb, .xls or .ods file as a table, a row at a time.
//!
//! What a workbook declares of its size is never believed: parts are unfolded and counted before the
//! readers see them.

use std::path::Path;

use super::records::MOST_VALUES;
use super::{ReadStats, Visitor};
use crate::control::Control;
use crate::dataset::load::cell::{Cell, GoodRow, OwnedCell, Row};
use crate::dataset::load::error::{FileProblem, Stop};

mod binary;
mod compound;
mod ods;
mod sheet;
mod xml;
mod zip;

use sheet::{Kind, SheetRow};

/// Rows among which the names of the columns are looked for.
const HEADER_ROWS: usize = 20;
const ROWS_PER_CHECK: u64 = 1024;

/// A workbook of which one sheet is read.
#[derive(Debug, Clone)]
pub(super) struct Workbook {
    /// Names of the columns.
    pub columns: Vec<String>,
    kind: Kind,
    sheet: String,
    /// Line that holds the names.
    header_line: u64,
    /// Position of the first column in the sheet.
    first_column: usize,
}

/// Whether a file is a workbook, or at least a container that usually is one.
pub(super) fn is_workbook(path: &Path, bytes: &[u8]) -> bool {
    compound::is_compound(bytes) || (zip::is_zip(bytes) && zip::holds_workbook(path))
}

impl Workbook {
    /// Finds the sheet, the first with rows if none is named, and its columns.
    pub(super) fn open(path: &Path, wanted: Option<&str>) -> Result<Self, FileProblem> {
        let kind = Kind::of(path)?;
        let sheets = kind.sheets(path)?;
        let mut first_problem = None;
        let candidates = sheets.iter().filter(|name| wanted.is_none_or(|wanted| wanted == *name));
        for sheet in candidates {
            // A chart has no rows, and one damaged sheet does not spoil the others.
            let rows = match first_rows(kind, path, sheet) {
                Ok(rows) => rows,
                Err(problem) => {
                    first_problem.get_or_insert(problem);
                    continue;
                }
            };
            let most = rows.iter().map(|row| row.cells.len()).max().unwrap_or(0);
            // A title above the table has fewer cells than its names.
            let Some(header) = rows.iter().find(|row| row.cells.len() * 2 > most) else { continue };
            let (first_column, columns) = names(header);
            return Ok(Self {
                columns,
                kind,
                sheet: sheet.clone(),
                header_line: header.line,
                first_column,
            });
        }
        Err(first_problem
            .unwrap_or(FileProblem::NoSheet { sheet: wanted.map(str::to_owned), sheets }))
    }

    /// Hands every row to `visit`, with the cells of the wanted columns.
    pub(super) fn read(
        &self,
        path: &Path,
        wanted: &[usize],
        control: &Control,
        visit: &mut Visitor<'_>,
    ) -> Result<ReadStats, Stop> {
        let mut stats = ReadStats::default();
        self.kind.each_row(path, &self.sheet, &mut |row| {
            if row.line <= self.header_line {
                return Ok(());
            }
            if stats.rows.is_multiple_of(ROWS_PER_CHECK) {
                control.check()?;
                control.report("stage-reading", stats.rows, 0);
            }
            let mut all = vec![Cell::Missing; self.columns.len()];
            for (column, cell) in &row.cells {
                let place = column.checked_sub(self.first_column);
                if let Some(place) = place.and_then(|place| all.get_mut(place)) {
                    *place = cell.as_cell();
                }
            }
            if all.iter().all(|cell| cell.text().is_none()) {
                return Ok(());
            }
            stats.rows += 1;
            let cells: Vec<Cell<'_>> = wanted.iter().map(|&column| all[column]).collect();
            visit(Row::Good(GoodRow { line: row.line, cells: &cells, raw: None }))
        })?;
        Ok(stats)
    }
}

fn first_rows(kind: Kind, path: &Path, sheet: &str) -> Result<Vec<SheetRow>, FileProblem> {
    let mut rows = Vec::new();
    let outcome = kind.each_row(path, sheet, &mut |row| {
        rows.push(row.clone());
        if rows.len() < HEADER_ROWS { Ok(()) } else { Err(Stop::Enough) }
    });
    match outcome {
        Err(Stop::Problem(problem)) => Err(problem),
        _ => Ok(rows),
    }
}

/// Position of the first column, and the names of all of them.
fn names(header: &SheetRow) -> (usize, Vec<String>) {
    let positions = || header.cells.iter().map(|(column, _)| *column);
    let first = positions().min().unwrap_or(0);
    let last = positions().max().unwrap_or(0).min(first + MOST_VALUES);
    let mut names = vec![String::new(); last + 1 - first];
    for (column, cell) in &header.cells {
        if let Some(name) = names.get_mut(column - first) {
            *name = cell.as_cell().text().unwrap_or_default().into_owned();
        }
    }
    (first, super::distinct_names(names.into_iter()))
}

/// A cell that holds nothing is not kept.
fn is_blank(cell: &OwnedCell) -> bool {
    match cell {
        OwnedCell::Missing => true,
        OwnedCell::Text(text) => text.trim().is_empty(),
        _ => false,
    }
}
