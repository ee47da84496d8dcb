//! Rows as comma-separated values (RFC 4180), safe to open in a spreadsheet.

use std::borrow::Cow;
use std::io::{self, Write};

use super::cells::NumberCells;
use super::rows::Rows;
use super::view::{Cells, Column, ColumnKind, TableView, Value};
use crate::control::Control;
use crate::dataset::load::format_ms;
use crate::dataset::privacy::csv_field;

/// Rows written between two looks at the cancel flag, and two reports of progress.
const BLOCK: usize = 1 << 14;

impl Column<'_> {
    /// A cell for programs: ISO 8601 times, plain numbers, texts as they are; `None` where missing.
    #[must_use]
    pub fn plain(&self, row: u32) -> Option<Cow<'_, str>> {
        match self.value(row) {
            Value::Missing => None,
            Value::Text(text) => Some(Cow::Borrowed(text)),
            Value::Number(number) => Some(Cow::Owned(self.written(number))),
        }
    }

    /// A number of this column for programs; a condition with it finds the rows that hold it.
    #[must_use]
    pub fn written(&self, number: f64) -> String {
        match &self.cells {
            _ if self.kind == ColumnKind::Time => format_ms(number as i64),
            // In its own precision 9.99 is written as such.
            Cells::Number(NumberCells::Single(_)) => (number as f32).to_string(),
            _ => number.to_string(),
        }
    }
}

/// Writes the header and the given columns of `rows`; texts can do nothing in a spreadsheet (see [`csv_field`]).
///
/// # Errors
/// What the writer says, or that a stop was asked for.
pub fn write_csv(
    view: &TableView<'_>,
    columns: &[usize],
    rows: &Rows,
    out: &mut dyn Write,
    control: &Control,
) -> io::Result<()> {
    let columns: Vec<&Column<'_>> =
        columns.iter().filter_map(|&column| view.columns.get(column)).collect();
    let mut line = String::new();
    for (position, column) in columns.iter().enumerate() {
        push_cell(&mut line, position, column.name, true);
    }
    line.push_str("\r\n");
    for (position, row) in rows.iter().enumerate() {
        if position % BLOCK == 0 {
            control.check().map_err(io::Error::other)?;
            control.report("stage-exporting", position as u64, rows.len() as u64);
            out.write_all(line.as_bytes())?;
            line.clear();
        }
        for (position, column) in columns.iter().enumerate() {
            let cell = column.plain(row).unwrap_or_default();
            push_cell(&mut line, position, &cell, column.kind.is_text());
        }
        line.push_str("\r\n");
    }
    out.write_all(line.as_bytes())
}

fn push_cell(line: &mut String, position: usize, cell: &str, is_text: bool) {
    if position > 0 {
        line.push(',');
    }
    // Numbers and times hold nothing to take care of.
    line.push_str(&if is_text { csv_field(cell) } else { Cow::Borrowed(cell) });
}
