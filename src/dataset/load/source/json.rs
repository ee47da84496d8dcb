//! JSON: an object a line, one array of objects, or an object that holds such an array. None of
//! them is ever held whole.

use std::collections::{HashMap, HashSet};
use std::io;
use std::path::Path;
use std::sync::atomic::Ordering;

use super::bytes::{self, BytesRead, Head};
use super::json_flatten::{Flat, Rows};
use super::json_stream::{Shape, Values};
use super::records::{MOST_VALUES, Records, Syntax};
use super::{ReadStats, Visitor};
use crate::control::Control;
use crate::dataset::load::cell::{Cell, GoodRow, Row};
use crate::dataset::load::error::{FileProblem, Stop};
use crate::dataset::load::format::FileFormat;
use crate::dataset::load::report::RejectReason;

/// Objects looked at to find all columns.
const SNIFFED: usize = 1000;
const OBJECTS_PER_CHECK: u64 = 1024;

/// A JSON file whose keys are known.
#[derive(Debug, Clone)]
pub(super) struct JsonTable {
    pub columns: Vec<String>,
    layout: Layout,
    is_amazon: bool,
}

/// How objects follow one another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Layout {
    Lines,
    Document(Shape),
}

/// Whether a text is JSON, and of which kind.
pub(super) fn detect(path: &Path, sample: &str) -> Option<FileFormat> {
    let rest = |text: &str| text[1..].trim_start().chars().next();
    match sample.chars().next() {
        Some('{') if is_lines(path, sample) => Some(FileFormat::JsonLines),
        Some('{') => Some(FileFormat::Json),
        Some('[') if matches!(rest(sample), None | Some('{' | ']')) => Some(FileFormat::Json),
        _ => None,
    }
}

/// Whether the first line is an object of its own, or one that was spoilt; the first line of a
/// document ends in the middle of one.
fn is_lines(path: &Path, sample: &str) -> bool {
    let is_packed = |ending: &str| ending == "gz" || ending == "zst";
    let ending = |path: &Path| path.extension().map(|e| e.to_string_lossy().to_lowercase());
    let named = match ending(path) {
        Some(packed) if is_packed(&packed) => ending(&path.with_extension("")),
        named => named,
    };
    let is_named = named.is_some_and(|ending| ending == "jsonl" || ending == "ndjson");
    let line = sample.lines().next().unwrap_or_default().trim_end();
    is_named || Rows::parse(line).is_ok() || !line.ends_with(['{', '[', ':', ','])
}

impl JsonTable {
    /// Collects the keys of the first objects in order of appearance.
    pub(super) fn sniff(path: &Path, head: &Head, format: FileFormat) -> Result<Self, FileProblem> {
        let sample = head.text();
        let sample = sample.trim_start();
        let layout = match format {
            FileFormat::Json => Layout::Document(shape(sample)),
            FileFormat::Amazon if detect(path, sample) == Some(FileFormat::Json) => {
                Layout::Document(shape(sample))
            }
            _ => Layout::Lines,
        };
        let (mut objects, _) = Objects::open(path, head, layout)?;
        let mut columns = Vec::new();
        let mut known: HashSet<String> = HashSet::new();
        let mut first_error = None;
        for _ in 0..SNIFFED {
            let Some((line, bytes)) = objects.next().map_err(|error| head.problem(error))? else {
                break;
            };
            match Rows::parse(&ReadStats::default().decode(bytes)) {
                Ok(rows) => rows.names().for_each(|name| {
                    if columns.len() < MOST_VALUES && known.insert(name.to_owned()) {
                        columns.push(name.to_owned());
                    }
                }),
                Err(error) => {
                    first_error.get_or_insert((line, error.to_string()));
                }
            }
        }
        match (columns.is_empty(), first_error) {
            (true, Some((line, detail))) => Err(FileProblem::NotJsonLines { line, detail }),
            (true, None) => Err(FileProblem::Empty),
            (false, _) => {
                let is_amazon = format == FileFormat::Amazon || is_amazon(&columns);
                Ok(Self { columns, layout, is_amazon })
            }
        }
    }

    /// The format that it was read as.
    pub(super) fn format(&self) -> FileFormat {
        match self.layout {
            _ if self.is_amazon => FileFormat::Amazon,
            Layout::Lines => FileFormat::JsonLines,
            Layout::Document(_) => FileFormat::Json,
        }
    }

    /// Hands every row to `visit`, with the cells of the wanted columns.
    pub(super) fn read(
        &self,
        path: &Path,
        head: &Head,
        wanted: &[usize],
        control: &Control,
        visit: &mut Visitor<'_>,
    ) -> Result<ReadStats, Stop> {
        let (mut objects, bytes_read) = Objects::open(path, head, self.layout)?;
        let places: HashMap<&str, usize> = wanted
            .iter()
            .zip(0..)
            .map(|(&column, at)| (self.columns[column].as_str(), at))
            .collect();
        let mut stats = ReadStats::default();
        let mut seen = 0;
        while let Some((line, bytes)) = objects.next().map_err(|error| head.problem(error))? {
            if seen % OBJECTS_PER_CHECK == 0 {
                control.check()?;
                let done = bytes_read.load(Ordering::Relaxed);
                control.report("stage-reading", done, head.file_bytes);
            }
            seen += 1;
            let text = stats.decode(bytes);
            let Ok(rows) = Rows::parse(&text) else {
                stats.rows += 1;
                visit(Row::Bad { line, reason: RejectReason::BadJson, text })?;
                continue;
            };
            let mut shared = vec![Cell::Missing; wanted.len()];
            place(&rows.shared, &places, &mut shared);
            let mut hand_on = |cells: &[Cell<'_>]| {
                stats.rows += 1;
                visit(Row::Good(GoodRow { line, cells, raw: Some(&text) }))
            };
            match &rows.each {
                None => hand_on(&shared)?,
                Some(each) => {
                    for row in each {
                        let mut cells = shared.clone();
                        place(row, &places, &mut cells);
                        hand_on(&cells)?;
                    }
                }
            }
        }
        Ok(stats)
    }
}

/// Puts the values of a row where they are wanted; of values with one name the first.
fn place<'a>(row: &'a Flat, places: &HashMap<&str, usize>, cells: &mut [Cell<'a>]) {
    for (name, value) in row.iter().rev() {
        if let Some(&at) = places.get(name.as_str()) {
            cells[at] = value.as_cell();
        }
    }
}

/// An object that does not end within the sample and holds an array of objects wraps its records;
/// any other is a record itself.
fn shape(sample: &str) -> Shape {
    let begins = |shape, is_wanted: fn(&str) -> bool| {
        let stream = Box::new(io::Cursor::new(sample.as_bytes().to_vec()));
        let first = Values::new(stream, shape).and_then(|mut values| {
            Ok(values.next()?.map(|value| String::from_utf8_lossy(value.bytes).into_owned()))
        });
        first.is_ok_and(|first| first.is_some_and(|first| is_wanted(&first)))
    };
    let is_wrapped = sample.starts_with('{')
        && begins(Shape::Values, |text| Rows::parse(text).is_err())
        && begins(Shape::Wrapped, |text| text.starts_with('{'));
    if is_wrapped { Shape::Wrapped } else { Shape::Values }
}

/// The field names of Amazon's reviews, of 2014 and 2018 and of 2023.
fn is_amazon(columns: &[String]) -> bool {
    let has = |names: [&str; 3]| names.iter().all(|name| columns.iter().any(|c| c == name));
    has(["reviewerID", "asin", "overall"]) || has(["user_id", "parent_asin", "rating"])
}

/// Objects one after another.
enum Objects {
    Lines(Records),
    Document(Values),
}

impl Objects {
    fn open(path: &Path, head: &Head, layout: Layout) -> Result<(Self, BytesRead), FileProblem> {
        let (stream, read) = bytes::text_stream(path, head)?;
        let opened = match layout {
            Layout::Lines => Records::new(stream, Syntax::LINES).map(Self::Lines),
            Layout::Document(shape) => Values::new(stream, shape).map(Self::Document),
        };
        Ok((opened.map_err(|error| head.problem(error))?, read))
    }

    /// Line and text of the next one.
    fn next(&mut self) -> io::Result<Option<(u64, &[u8])>> {
        Ok(match self {
            Self::Lines(records) => records.next()?.map(|record| (record.line, record.bytes)),
            Self::Document(values) => values.next()?.map(|value| (value.line, value.bytes)),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(name: &str, text: &str) -> Option<FileFormat> {
        detect(Path::new(name), text)
    }

    #[test]
    fn lines_documents_and_text_are_told_apart() {
        assert_eq!(of("a", "{\"a\":1}\n{\"a\":2}"), Some(FileFormat::JsonLines));
        assert_eq!(of("a.jsonl.gz", "{\n"), Some(FileFormat::JsonLines));
        assert_eq!(of("a", "{\n \"items\": []}"), Some(FileFormat::Json));
        assert_eq!(of("a", "[\n{}]"), Some(FileFormat::Json));
        assert_eq!(of("a", "[id],name\n1,2"), None);
        assert_eq!(of("a", "id,name"), None);
    }

    #[test]
    fn an_object_around_records_is_looked_into() {
        assert_eq!(shape("{\"n\":1,\n\"items\":[{\"a\":1},"), Shape::Wrapped);
        assert_eq!(shape("{\n\"a\":1\n}\n{\"a\":2}"), Shape::Values);
        assert_eq!(shape("{\n\"tags\":[1,2]\n}"), Shape::Values);
        assert_eq!(shape("[{\"a\":[{}]}]"), Shape::Values);
    }
}
