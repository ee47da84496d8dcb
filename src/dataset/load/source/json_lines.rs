//! JSON lines: an object a line. Objects inside it become columns with a point in their name; if
//! one value is a list of objects, as in a session with its events, each of those is a row.

use std::fmt;
use std::path::Path;
use std::sync::atomic::Ordering;

use serde::de::{Deserialize, Deserializer, MapAccess, Visitor as SerdeVisitor};
use serde_json::Value;

use super::bytes::{self, Head};
use super::delimited::damaged;
use super::records::{Records, Syntax};
use super::{ReadStats, Visitor};
use crate::control::Control;
use crate::dataset::load::cell::{Cell, GoodRow, OwnedCell, Row};
use crate::dataset::load::error::{FileProblem, Stop};
use crate::dataset::load::report::RejectReason;

/// Lines looked at to find all columns.
const SNIFFED: usize = 1000;
const LINES_PER_CHECK: u64 = 1024;

/// A JSON lines file whose keys are known.
#[derive(Debug, Clone)]
pub(super) struct JsonLines {
    pub columns: Vec<String>,
}

/// One flat row: column name and value.
type Flat = Vec<(String, OwnedCell)>;

impl JsonLines {
    /// Collects the keys of the first lines in order of appearance.
    pub(super) fn sniff(path: &Path, head: &Head) -> Result<Self, FileProblem> {
        let (stream, _) = bytes::text_stream(path, head)?;
        let mut records =
            Records::new(stream, Syntax::LINES).map_err(|error| damaged(error, head))?;
        let mut columns: Vec<String> = Vec::new();
        let mut first_error = None;
        for _ in 0..SNIFFED {
            let Some(record) = records.next().map_err(|error| damaged(error, head))? else {
                break;
            };
            match parse_line(&ReadStats::default().decode(record.bytes)) {
                Ok(rows) => rows.into_iter().flatten().for_each(|(name, _)| {
                    if !columns.contains(&name) {
                        columns.push(name);
                    }
                }),
                Err(error) => {
                    first_error.get_or_insert((record.line, error.to_string()));
                }
            }
        }
        match (columns.is_empty(), first_error) {
            (true, Some((line, detail))) => Err(FileProblem::NotJsonLines { line, detail }),
            (true, None) => Err(FileProblem::Empty),
            (false, _) => Ok(Self { columns }),
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
        let (stream, bytes_read) = bytes::text_stream(path, head)?;
        let mut records =
            Records::new(stream, Syntax::LINES).map_err(|error| damaged(error, head))?;
        let names: Vec<&str> = wanted.iter().map(|&column| self.columns[column].as_str()).collect();
        let mut stats = ReadStats::default();
        let mut lines = 0;
        while let Some(record) = records.next().map_err(|error| damaged(error, head))? {
            if lines % LINES_PER_CHECK == 0 {
                control.check()?;
                let done = bytes_read.load(Ordering::Relaxed);
                control.report("stage-reading", done, head.file_bytes);
            }
            lines += 1;
            let text = stats.decode(record.bytes);
            let Ok(rows) = parse_line(&text) else {
                stats.rows += 1;
                visit(Row::Bad { line: record.line, reason: RejectReason::BadJson, text })?;
                continue;
            };
            for row in rows {
                stats.rows += 1;
                let cells: Vec<Cell<'_>> = names.iter().map(|name| find(&row, name)).collect();
                visit(Row::Good(GoodRow { line: record.line, cells: &cells, raw: Some(&text) }))?;
            }
        }
        Ok(stats)
    }
}

fn find<'a>(row: &'a Flat, name: &str) -> Cell<'a> {
    let found = row.iter().find(|(known, _)| known == name);
    found.map_or(Cell::Missing, |(_, value)| value.as_cell())
}

/// The rows of one line.
fn parse_line(text: &str) -> Result<Vec<Flat>, serde_json::Error> {
    let Object(entries) = serde_json::from_str(text)?;
    let mut shared = Flat::new();
    let mut nested: Option<Vec<Flat>> = None;
    for (name, value) in entries {
        match value {
            Value::Array(values) if nested.is_none() && holds_objects(&values) => {
                nested = Some(values.into_iter().map(object_row).collect());
            }
            value => flatten(&name, value, &mut shared),
        }
    }
    Ok(match nested {
        None => vec![shared],
        Some(rows) => {
            let with_shared = |row: Flat| shared.iter().cloned().chain(row).collect();
            rows.into_iter().map(with_shared).collect()
        }
    })
}

fn holds_objects(values: &[Value]) -> bool {
    !values.is_empty() && values.iter().all(Value::is_object)
}

fn object_row(value: Value) -> Flat {
    let mut row = Flat::new();
    if let Value::Object(entries) = value {
        for (name, value) in entries {
            flatten(&name, value, &mut row);
        }
    }
    row
}

fn flatten(name: &str, value: Value, row: &mut Flat) {
    let cell = match value {
        Value::Object(entries) => {
            for (inner, value) in entries {
                flatten(&format!("{name}.{inner}"), value, row);
            }
            return;
        }
        Value::Null => OwnedCell::Missing,
        Value::Bool(value) => OwnedCell::Text(value.to_string()),
        Value::Number(number) => match number.as_i64() {
            Some(value) => OwnedCell::Int(value),
            // Ids beyond 63 bits must not lose digits.
            None if number.is_u64() => OwnedCell::Text(number.to_string()),
            None => number.as_f64().map_or(OwnedCell::Missing, OwnedCell::Float),
        },
        Value::String(text) => OwnedCell::Text(text),
        Value::Array(values) => OwnedCell::Text(join(&values)),
    };
    row.push((name.to_owned(), cell));
}

/// A list of tags as one text.
fn join(values: &[Value]) -> String {
    let text = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    values.iter().map(text).collect::<Vec<_>>().join(", ")
}

/// An object that remembers the order of its keys.
struct Object(Vec<(String, Value)>);

impl<'de> Deserialize<'de> for Object {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Entries;
        impl<'de> SerdeVisitor<'de> for Entries {
            type Value = Object;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a JSON object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Object, A::Error> {
                let mut entries = Vec::new();
                while let Some(entry) = map.next_entry()? {
                    entries.push(entry);
                }
                Ok(Object(entries))
            }
        }
        deserializer.deserialize_map(Entries)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn objects_are_flattened_and_tags_joined() {
        let rows =
            parse_line(r#"{"z":1,"a":{"b":"x"},"tags":["s","t"],"n":null,"f":2.5}"#).unwrap();
        let expected: Flat = vec![
            ("z".to_owned(), OwnedCell::Int(1)),
            ("a.b".to_owned(), OwnedCell::Text("x".to_owned())),
            ("tags".to_owned(), OwnedCell::Text("s, t".to_owned())),
            ("n".to_owned(), OwnedCell::Missing),
            ("f".to_owned(), OwnedCell::Float(2.5)),
        ];
        assert_eq!(rows, [expected]);
    }

    #[test]
    fn a_session_with_its_events_is_a_row_per_event() {
        let rows = parse_line(r#"{"session":7,"events":[{"aid":1},{"aid":2}]}"#).unwrap();
        assert_eq!(rows.len(), 2);
        assert_eq!(find(&rows[1], "session"), Cell::Int(7));
        assert_eq!(find(&rows[1], "aid"), Cell::Int(2));
    }

    #[test]
    fn long_ids_keep_their_digits() {
        let rows = parse_line(r#"{"id":18446744073709551615}"#).unwrap();
        assert_eq!(find(&rows[0], "id"), Cell::Text("18446744073709551615"));
    }

    #[test]
    fn what_is_no_object_is_refused() {
        for text in ["[1]", "{\"a\":", "3", "{\"a\":1}{\"a\":2}"] {
            assert!(parse_line(text).is_err(), "{text}");
        }
    }
}
