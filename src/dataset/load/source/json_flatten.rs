//! One JSON object as rows of cells: objects inside it become columns with a point in their name; if
//! one value is a list of objects, as in a session with its events, each of those is a row.

use std::fmt;

use serde::de::{Deserialize, Deserializer, MapAccess, Visitor as SerdeVisitor};
use serde_json::Value;

use crate::dataset::load::cell::OwnedCell;
use crate::dataset::load::synonyms;

/// Columns and values.
pub(super) type Flat = Vec<(String, OwnedCell)>;

/// The rows of one object.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Rows {
    /// What all rows share.
    pub shared: Flat,
    /// What each row has of its own; `None` where the object is one row.
    pub each: Option<Vec<Flat>>,
}

impl Rows {
    /// Takes the text of one object apart.
    pub(super) fn parse(text: &str) -> Result<Self, serde_json::Error> {
        let Object(entries) = serde_json::from_str(text)?;
        let mut rows = Self::default();
        let mut nested = None;
        for (name, value) in entries {
            flatten(&name, value, &mut rows.shared, Some(&mut nested));
        }
        rows.each = nested.map(|(list, values)| {
            let row = |value| own_row(&list, value, &rows.shared);
            values.into_iter().map(row).collect()
        });
        Ok(rows)
    }

    /// Names of all columns, in order of appearance; some come again and again.
    pub(super) fn names(&self) -> impl Iterator<Item = &str> {
        let own = self.each.iter().flatten().flatten();
        self.shared.iter().chain(own).map(|(name, _)| name.as_str())
    }
}

/// A list of objects and what it is called.
type Nested = Option<(String, Vec<Value>)>;

/// The row of one object of a list; a name that stands beside the list already takes the list's name
/// in front, as the id of an order and the ids of its products.
fn own_row(list: &str, value: Value, shared: &Flat) -> Flat {
    let mut row = Flat::new();
    if let Value::Object(entries) = value {
        for (name, value) in entries {
            let is_taken = shared.iter().any(|(known, _)| *known == name);
            let name = if is_taken { format!("{list}.{name}") } else { name };
            flatten(&name, value, &mut row, None);
        }
    }
    row
}

fn flatten(name: &str, value: Value, row: &mut Flat, mut nested: Option<&mut Nested>) {
    let cell = match value {
        Value::Object(entries) => {
            for (inner, value) in entries {
                flatten(&format!("{name}.{inner}"), value, row, nested.as_deref_mut());
            }
            return;
        }
        Value::Array(values) => match nested {
            Some(nested) if nested.is_none() && holds_rows(name, &values) => {
                *nested = Some((name.to_owned(), values));
                return;
            }
            _ => OwnedCell::Text(join(&values)),
        },
        Value::Null => OwnedCell::Missing,
        Value::Bool(value) => OwnedCell::Text(value.to_string()),
        Value::Number(number) => match number.as_i64() {
            Some(value) => OwnedCell::Int(value),
            // Ids beyond 63 bits must not lose digits.
            None if number.is_u64() => OwnedCell::Text(number.to_string()),
            None => number.as_f64().map_or(OwnedCell::Missing, OwnedCell::Float),
        },
        Value::String(text) => OwnedCell::Text(text),
    };
    row.push((name.to_owned(), cell));
}

/// Whether a list holds rows: objects that name a product, or that are called what rows are called.
/// The pictures of a review are objects, too, but no rows.
fn holds_rows(name: &str, values: &[Value]) -> bool {
    const LISTS: [&str; 14] = [
        "events",
        "items",
        "products",
        "lines",
        "lineitems",
        "orderlines",
        "orders",
        "clicks",
        "actions",
        "interactions",
        "transactions",
        "purchases",
        "ratings",
        "records",
    ];
    let name = synonyms::normalise(name.rsplit('.').next().unwrap_or(name));
    let names_product = |value: &Value| {
        value.as_object().is_some_and(|object| object.keys().any(|key| synonyms::is_item(key)))
    };
    values.iter().all(Value::is_object)
        && values
            .first()
            .is_some_and(|first| LISTS.contains(&name.as_str()) || names_product(first))
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

    fn cell<'a>(row: &'a Flat, name: &str) -> Option<&'a OwnedCell> {
        row.iter().find(|(known, _)| known == name).map(|(_, cell)| cell)
    }

    #[test]
    fn objects_are_flattened_and_tags_joined() {
        let rows =
            Rows::parse(r#"{"z":1,"a":{"b":"x"},"tags":["s","t"],"n":null,"f":2.5}"#).unwrap();
        let expected: Flat = vec![
            ("z".to_owned(), OwnedCell::Int(1)),
            ("a.b".to_owned(), OwnedCell::Text("x".to_owned())),
            ("tags".to_owned(), OwnedCell::Text("s, t".to_owned())),
            ("n".to_owned(), OwnedCell::Missing),
            ("f".to_owned(), OwnedCell::Float(2.5)),
        ];
        assert_eq!(rows, Rows { shared: expected, each: None });
    }

    #[test]
    fn a_session_with_its_events_is_a_row_per_event() {
        for text in [
            r#"{"session":7,"events":[{"aid":1},{"aid":2}]}"#,
            r#"{"session":7,"log":{"events":[{"aid":1},{"aid":2}]}}"#,
        ] {
            let rows = Rows::parse(text).unwrap();
            assert_eq!(cell(&rows.shared, "session"), Some(&OwnedCell::Int(7)));
            let each = rows.each.unwrap();
            assert_eq!((each.len(), cell(&each[1], "aid")), (2, Some(&OwnedCell::Int(2))));
        }
    }

    #[test]
    fn pictures_are_no_rows() {
        let rows = Rows::parse(r#"{"asin":"a","images":[{"url":"x"},{"url":"y"}]}"#).unwrap();
        assert!(rows.each.is_none());
    }

    #[test]
    fn a_name_that_comes_twice_is_told_apart_by_its_list() {
        let rows = Rows::parse(r#"{"items":[{"id":"p1"}],"id":"o1"}"#).unwrap();
        assert_eq!(rows.names().collect::<Vec<_>>(), ["id", "items.id"]);
    }

    #[test]
    fn long_ids_keep_their_digits() {
        let rows = Rows::parse(r#"{"id":18446744073709551615}"#).unwrap();
        assert_eq!(rows.shared[0].1, OwnedCell::Text("18446744073709551615".to_owned()));
    }

    #[test]
    fn what_is_no_object_is_refused() {
        for text in ["[1]", "{\"a\":", "3", "{\"a\":1}{\"a\":2}"] {
            assert!(Rows::parse(text).is_err(), "{text}");
        }
    }
}
