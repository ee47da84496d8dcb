//! What a figure shows, as rows and columns: for the table twin, the clipboard and CSV files.

use std::sync::Arc;

use crate::dataset::privacy::csv_field;

type Cell = Arc<dyn Fn(usize, usize) -> String + Send + Sync>;

/// Named columns and cells that are formatted when they are asked for.
#[derive(Clone)]
pub struct Table {
    /// Column names.
    pub columns: Vec<String>,
    /// Number of rows.
    pub n_rows: usize,
    cell: Cell,
}

impl Table {
    /// A table whose cells come from `cell(row, column)`.
    pub fn new(
        columns: Vec<String>,
        n_rows: usize,
        cell: impl Fn(usize, usize) -> String + Send + Sync + 'static,
    ) -> Self {
        Self { columns, n_rows, cell: Arc::new(cell) }
    }

    /// A small table of finished texts.
    #[must_use]
    pub fn from_rows(columns: Vec<String>, rows: Vec<Vec<String>>) -> Self {
        let n_rows = rows.len();
        Self::new(columns, n_rows, move |row, column| {
            rows[row].get(column).cloned().unwrap_or_default()
        })
    }

    /// One cell.
    #[must_use]
    pub fn cell(&self, row: usize, column: usize) -> String {
        (self.cell)(row, column)
    }

    /// All of it as CSV after RFC 4180, no cell of which is a formula to a spreadsheet.
    #[must_use]
    pub fn to_csv(&self) -> String {
        let mut csv = String::new();
        write_row(&mut csv, self.columns.iter().map(String::as_str));
        for row in 0..self.n_rows {
            let cells: Vec<String> =
                (0..self.columns.len()).map(|column| self.cell(row, column)).collect();
            write_row(&mut csv, cells.iter().map(String::as_str));
        }
        csv
    }
}

fn write_row<'a>(csv: &mut String, cells: impl Iterator<Item = &'a str>) {
    for (position, cell) in cells.enumerate() {
        if position > 0 {
            csv.push(',');
        }
        csv.push_str(&csv_field(cell));
    }
    csv.push_str("\r\n");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cells_that_need_it_are_quoted() {
        let rows = vec![vec!["a,b".to_owned(), "say \"hi\"".to_owned()], vec!["x".to_owned()]];
        let table = Table::from_rows(vec!["one".to_owned(), "two".to_owned()], rows);
        assert_eq!(table.to_csv(), "one,two\r\n\"a,b\",\"say \"\"hi\"\"\"\r\nx,\r\n");
    }

    #[test]
    fn a_title_cannot_become_a_formula() {
        let rows = vec![vec!["=cmd|' /C calc'!A0".to_owned(), "-0.25".to_owned()]];
        let table = Table::from_rows(vec!["@title".to_owned(), "n".to_owned()], rows);
        assert_eq!(table.to_csv(), "'@title,n\r\n'=cmd|' /C calc'!A0,-0.25\r\n");
    }
}
