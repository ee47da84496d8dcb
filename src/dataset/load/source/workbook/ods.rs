//! The sheets of an `OpenDocument` workbook, a row at a time.

use std::io::Read;
use std::path::Path;

use super::sheet::{SheetRow, Taker, damaged, hand_on};
use super::xml::{Event, Events};
use super::zip;
use crate::dataset::load::cell::OwnedCell;
use crate::dataset::load::error::{FileProblem, Stop};
use crate::dataset::load::source::records::MOST_VALUES;

const CONTENT: &str = "content.xml";
/// Rows of a sheet of this format.
const MOST_ROWS: u64 = 1 << 20;
/// Cells that may be made by repeating rows.
const MOST_REPEATED: u64 = 1 << 22;

/// The names of the sheets.
pub(super) fn sheets(path: &Path) -> Result<Vec<String>, FileProblem> {
    let mut events = Events::new(zip::open(path, CONTENT)?);
    let mut names = Vec::new();
    while let Some(event) = events.next().map_err(damaged)? {
        if let Event::Open { name, attributes, .. } = event
            && name == "table:table"
        {
            names.extend(attribute(&attributes, "table:name").map(str::to_owned));
        }
    }
    Ok(names)
}

/// Hands every row of a sheet that is not blank to `take`.
pub(super) fn each_row(path: &Path, sheet: &str, take: &mut Taker<'_>) -> Result<(), Stop> {
    let mut reader =
        SheetReader { events: Events::new(zip::open(path, CONTENT)?), line: 0, repeated: 0 };
    while let Some(event) = reader.events.next().map_err(damaged)? {
        if let Event::Open { name, attributes, is_empty: false } = event
            && name == "table:table"
            && attribute(&attributes, "table:name") == Some(sheet)
        {
            return reader.rows(take);
        }
    }
    Ok(())
}

fn attribute<'a>(attributes: &'a [(String, String)], name: &str) -> Option<&'a str> {
    attributes.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
}

fn repeats(attributes: &[(String, String)], name: &str) -> u64 {
    attribute(attributes, name).and_then(|count| count.parse().ok()).unwrap_or(1)
}

struct SheetReader<R> {
    events: Events<R>,
    line: u64,
    /// Cells made by repeating rows so far.
    repeated: u64,
}

impl<R: Read> SheetReader<R> {
    fn next(&mut self) -> Result<Event, FileProblem> {
        self.events.next().map_err(damaged)?.ok_or_else(|| damaged("it breaks off"))
    }

    fn rows(&mut self, take: &mut Taker<'_>) -> Result<(), Stop> {
        while self.line < MOST_ROWS {
            match self.next()? {
                Event::Open { name, attributes, is_empty } if name == "table:table-row" => {
                    let count = repeats(&attributes, "table:number-rows-repeated");
                    let cells = if is_empty { Vec::new() } else { self.cells()? };
                    let last = self.line.saturating_add(count).min(MOST_ROWS);
                    if !cells.is_empty() {
                        let more = last.saturating_sub(self.line + 1) * cells.len() as u64;
                        self.repeated = self.repeated.saturating_add(more);
                        if self.repeated > MOST_REPEATED {
                            return Err(damaged("it repeats rows beyond all measure").into());
                        }
                        let mut row = SheetRow { line: self.line, cells };
                        while row.line < last {
                            row.line += 1;
                            hand_on(&row, take)?;
                        }
                    }
                    self.line = last;
                }
                Event::Close(name) if name == "table:table" => break,
                _ => {}
            }
        }
        Ok(())
    }

    /// The cells of a row that hold something.
    fn cells(&mut self) -> Result<Vec<(usize, OwnedCell)>, FileProblem> {
        let mut cells = Vec::new();
        let mut column = 0;
        loop {
            match self.next()? {
                Event::Open { name, attributes, is_empty } if is_cell(&name) => {
                    let count = repeats(&attributes, "table:number-columns-repeated");
                    let text = if is_empty { String::new() } else { self.text(&name)? };
                    let value = value(&attributes, text);
                    let count = usize::try_from(count).unwrap_or(MOST_VALUES);
                    let last = count.saturating_add(column).min(MOST_VALUES);
                    if !super::is_blank(&value) {
                        cells.extend((column..last).map(|column| (column, value.clone())));
                    }
                    column = last;
                }
                Event::Close(name) if name == "table:table-row" => return Ok(cells),
                _ => {}
            }
        }
    }

    /// The paragraphs of a cell; remarks on it are left out.
    fn text(&mut self, cell: &str) -> Result<String, FileProblem> {
        let mut text = String::new();
        let mut in_remark = false;
        loop {
            match self.next()? {
                Event::Close(name) if name == cell => return Ok(text),
                Event::Close(name) if name == "office:annotation" => in_remark = false,
                Event::Open { name, is_empty, .. } if name == "office:annotation" => {
                    in_remark = !is_empty;
                }
                _ if in_remark => {}
                Event::Open { name, .. } if name == "text:p" && !text.is_empty() => text.push('\n'),
                Event::Open { name, .. } if name == "text:s" || name == "text:tab" => {
                    text.push(' ')
                }
                Event::Open { name, .. } if name == "text:line-break" => text.push('\n'),
                Event::Text(more) => text.push_str(&more),
                _ => {}
            }
        }
    }
}

fn is_cell(name: &str) -> bool {
    name == "table:table-cell" || name == "table:covered-table-cell"
}

fn value(attributes: &[(String, String)], text: String) -> OwnedCell {
    let named = |name| attribute(attributes, name);
    let number = || named("office:value").and_then(|value| value.parse().ok());
    let found = match named("office:value-type") {
        Some("float" | "percentage" | "currency") => number().map(OwnedCell::Float),
        Some("date") => named("office:date-value").map(|date| OwnedCell::Text(date.to_owned())),
        Some("boolean") => named("office:boolean-value").map(|v| OwnedCell::Text(v.to_owned())),
        Some("string") => named("office:string-value").map(|v| OwnedCell::Text(v.to_owned())),
        _ => None,
    };
    found.unwrap_or(OwnedCell::Text(text))
}
