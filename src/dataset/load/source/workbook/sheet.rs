//! The rows of one sheet, whatever the workbook's format.

use std::fs::File;
use std::io::BufReader;
use std::path::Path;

use calamine::{Cell as SheetCell, Data, DataRef, ExcelDateTime, Reader, Xls, Xlsb, Xlsx};

use super::{binary, compound, is_blank, ods, zip};
use crate::dataset::load::calendar::{MS_PER_DAY, days_from_civil};
use crate::dataset::load::careful::guarded;
use crate::dataset::load::cell::OwnedCell;
use crate::dataset::load::error::{FileProblem, Stop};
use crate::dataset::load::source::bytes::open_file;
use crate::dataset::load::source::records::MOST_VALUES;

/// Formats of workbooks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// Office Open XML.
    Xlsx,
    /// The same with binary parts.
    Xlsb,
    /// Excel 97 to 2003.
    Xls,
    /// `OpenDocument`.
    Ods,
}

/// A row that is not blank.
#[derive(Debug, Clone)]
pub(super) struct SheetRow {
    /// Its number in the sheet, from 1.
    pub line: u64,
    /// Position and value of each cell that holds something.
    pub cells: Vec<(usize, OwnedCell)>,
}

/// Takes rows one after another.
pub(super) type Taker<'t> = dyn FnMut(&SheetRow) -> Result<(), Stop> + 't;

pub(super) fn damaged(problem: impl ToString) -> FileProblem {
    FileProblem::DamagedWorkbook(problem.to_string())
}

fn reader(path: &Path) -> Result<BufReader<File>, FileProblem> {
    open_file(path).map(BufReader::new)
}

impl Kind {
    /// Finds out the format and checks that the file is no trap.
    pub(super) fn of(path: &Path) -> Result<Self, FileProblem> {
        let mut magic = Vec::new();
        std::io::Read::read_to_end(&mut std::io::Read::take(open_file(path)?, 8), &mut magic)
            .map_err(FileProblem::Unreadable)?;
        if compound::is_compound(&magic) {
            let stream = compound::workbook_stream(path).map_err(damaged)?;
            binary::check(&stream).map_err(damaged)?;
            return Ok(Self::Xls);
        }
        let parts = zip::check(path)?;
        let has = |name: &str| parts.iter().any(|part| part.ends_with(name));
        Ok(if has("workbook.bin") {
            Self::Xlsb
        } else if has("content.xml") && !has("workbook.xml") {
            Self::Ods
        } else {
            Self::Xlsx
        })
    }

    /// The names of the sheets.
    pub(super) fn sheets(self, path: &Path) -> Result<Vec<String>, FileProblem> {
        let file = reader(path)?;
        match self {
            Self::Xlsx => guarded(|| Xlsx::new(file).map(|book| book.sheet_names())),
            Self::Xlsb => guarded(|| Xlsb::new(file).map(|book| book.sheet_names())),
            Self::Xls => guarded(|| Xls::new(file).map(|book| book.sheet_names())),
            Self::Ods => return ods::sheets(path),
        }
        .map_err(damaged)
    }

    /// Hands every row that is not blank to `take`.
    pub(super) fn each_row(
        self,
        path: &Path,
        sheet: &str,
        take: &mut Taker<'_>,
    ) -> Result<(), Stop> {
        let file = reader(path)?;
        match self {
            Self::Xlsx => {
                let mut book = guarded(|| Xlsx::new(file)).map_err(damaged)?;
                let mut cells = guarded(|| book.worksheet_cells_reader(sheet)).map_err(damaged)?;
                gather(&mut || guarded(|| cells.next_cell()).map_err(damaged), take)
            }
            Self::Xlsb => {
                let mut book = guarded(|| Xlsb::new(file)).map_err(damaged)?;
                let mut cells = guarded(|| book.worksheet_cells_reader(sheet)).map_err(damaged)?;
                gather(&mut || guarded(|| cells.next_cell()).map_err(damaged), take)
            }
            Self::Xls => {
                let range = guarded(|| Xls::new(file)?.worksheet_range(sheet)).map_err(damaged)?;
                let (first_row, first_column) = range.start().unwrap_or_default();
                for (line, row) in (u64::from(first_row) + 1..).zip(range.rows()) {
                    let cells = (first_column as usize..).zip(row);
                    let cells = cells.map(|(column, cell)| (column, owned_data(cell)));
                    hand_on(&SheetRow { line, cells: cells.collect() }, take)?;
                }
                Ok(())
            }
            Self::Ods => ods::each_row(path, sheet, take),
        }
    }
}

/// Leaves out blank cells and then blank rows.
pub(super) fn hand_on(row: &SheetRow, take: &mut Taker<'_>) -> Result<(), Stop> {
    let keep = |(column, cell): &&(usize, OwnedCell)| *column < MOST_VALUES && !is_blank(cell);
    let cells: Vec<_> = row.cells.iter().filter(keep).cloned().collect();
    if cells.is_empty() { Ok(()) } else { take(&SheetRow { line: row.line, cells }) }
}

/// Makes rows of cells that come one after another.
fn gather<'a>(
    next: &mut dyn FnMut() -> Result<Option<SheetCell<DataRef<'a>>>, FileProblem>,
    take: &mut Taker<'_>,
) -> Result<(), Stop> {
    let mut row = SheetRow { line: 0, cells: Vec::new() };
    while let Some(cell) = next()? {
        let (line, column) = cell.get_position();
        let line = u64::from(line) + 1;
        if line != row.line {
            hand_on(&row, take)?;
            row = SheetRow { line, cells: Vec::new() };
        }
        // A row has as many cells as a table may have columns; others are repetitions.
        if row.cells.len() <= MOST_VALUES {
            row.cells.push((column as usize, owned(cell.get_value())));
        }
    }
    hand_on(&row, take)
}

fn owned(value: &DataRef<'_>) -> OwnedCell {
    match value {
        DataRef::Int(value) => OwnedCell::Int(*value),
        DataRef::Float(value) => OwnedCell::Float(*value),
        DataRef::String(text) | DataRef::DateTimeIso(text) | DataRef::DurationIso(text) => {
            OwnedCell::Text(text.clone())
        }
        DataRef::SharedString(text) => OwnedCell::Text((*text).to_owned()),
        DataRef::Bool(value) => OwnedCell::Text(value.to_string()),
        DataRef::DateTime(value) => time(*value),
        DataRef::Error(_) | DataRef::Empty => OwnedCell::Missing,
    }
}

/// The same for sheets that are held whole.
fn owned_data(value: &Data) -> OwnedCell {
    match value {
        Data::Int(value) => OwnedCell::Int(*value),
        Data::Float(value) => OwnedCell::Float(*value),
        Data::String(text) | Data::DateTimeIso(text) | Data::DurationIso(text) => {
            OwnedCell::Text(text.clone())
        }
        Data::Bool(value) => OwnedCell::Text(value.to_string()),
        Data::DateTime(value) => time(*value),
        Data::Error(_) | Data::Empty => OwnedCell::Missing,
    }
}

/// Dates become times; they have no zone and are taken as UTC, as dates in text are.
fn time(value: ExcelDateTime) -> OwnedCell {
    if !value.is_datetime() {
        return OwnedCell::Float(value.as_f64());
    }
    let (year, month, day, hour, minute, second, ms) = value.to_ymd_hms_milli();
    let clock = (i64::from(hour) * 60 + i64::from(minute)) * 60 + i64::from(second);
    let days = days_from_civil(i64::from(year), i64::from(month), i64::from(day));
    let ms = days.map(|days| days * MS_PER_DAY + clock * 1000 + i64::from(ms));
    ms.map_or(OwnedCell::Float(value.as_f64()), OwnedCell::TimeMs)
}
