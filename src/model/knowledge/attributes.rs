//! What a table says of products beyond the catalogue's own columns: colour, size, material.
//!
//! A shop keeps the columns that every view understands; the others stay in the shop's file, and are read from
//! there when a recommender is to know them. Each cell is a fact: the product has this value of this attribute.

use std::fmt;
use std::path::Path;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::control::Control;
use crate::dataset::Dataset;
use crate::dataset::load::{LoadError, read_columns};
use crate::ids::ItemIdx;
use crate::model::ModelError;

/// Names of columns: that of the product ids, then those of attributes. As text `sku,colour,size`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "String", into = "String")]
pub struct AttributeColumns(Vec<String>);

impl AttributeColumns {
    /// Whether there are product ids and at least one attribute, each named once.
    #[must_use]
    pub fn is_complete(&self) -> bool {
        let names: std::collections::BTreeSet<_> = self.0.iter().collect();
        self.0.len() >= 2 && names.len() == self.0.len()
    }

    /// Names of the attributes, without the column of the product ids.
    #[must_use]
    pub fn attributes(&self) -> &[String] {
        self.0.get(1..).unwrap_or_default()
    }
}

impl fmt::Display for AttributeColumns {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.join(","))
    }
}

impl FromStr for AttributeColumns {
    type Err = std::convert::Infallible;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let names = text.split(',').map(str::trim).filter(|name| !name.is_empty());
        Ok(Self(names.map(str::to_owned).collect()))
    }
}

impl From<String> for AttributeColumns {
    fn from(text: String) -> Self {
        let Ok(columns) = text.parse();
        columns
    }
}

impl From<AttributeColumns> for String {
    fn from(columns: AttributeColumns) -> Self {
        columns.to_string()
    }
}

/// One cell.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Stated {
    pub item: ItemIdx,
    pub attribute: String,
    pub value: String,
}

/// The facts of a table in the order of its rows. Products that the shop does not have are passed over, for
/// a shop's file may hold more than was imported.
///
/// # Errors
/// [`ModelError::Texts`] when the table cannot be read, lacks a column, or on a request to stop;
/// [`ModelError::BadFile`] when it speaks of none of the shop's products.
pub(super) fn read(
    path: &Path,
    columns: &AttributeColumns,
    dataset: &Dataset,
    control: &Control,
) -> Result<Vec<Stated>, ModelError> {
    let wanted: Vec<&str> = columns.0.iter().map(String::as_str).collect();
    let found = read_columns(&[path.to_owned()], &wanted, control).map_err(of_attributes)?;
    let Some((ids, attributes)) = found.columns.split_first() else { return Ok(Vec::new()) };
    let mut facts = Vec::new();
    let mut met = 0;
    for (row, id) in ids.iter().enumerate() {
        let Some(item) = id.as_deref().and_then(|id| dataset.item(id.trim())) else { continue };
        met += 1;
        for (values, name) in attributes.iter().zip(&wanted[1..]) {
            let Some(value) = values[row].as_deref().map(str::trim) else { continue };
            if !value.is_empty() {
                let (attribute, value) = ((*name).to_owned(), value.to_owned());
                facts.push(Stated { item, attribute, value });
            }
        }
    }
    if met == 0 {
        let first = ids.iter().flatten().next().map_or("nothing", String::as_str);
        return Err(ModelError::BadFile {
            what: format!(
                "none of the {} ids in its column {:?} is a product of this shop (found {first:?} first); name the \
                 column of the product ids first, such as sku,colour,size",
                ids.len(),
                wanted[0]
            ),
            path: path.to_owned(),
        });
    }
    Ok(facts)
}

/// The error of a table, which is said to be one of attributes.
fn of_attributes(error: LoadError) -> LoadError {
    match error {
        LoadError::File { path, problem, .. } => {
            LoadError::File { what: Some("the table of attributes"), path, problem }
        }
        other => other,
    }
}

/// `Neck line` as a relation: `has_neck_line`.
pub(super) fn relation(attribute: &str) -> String {
    let word = |letter: char| if letter.is_alphanumeric() { letter } else { '_' };
    format!("has_{}", attribute.to_lowercase().chars().map(word).collect::<String>())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ids::IdMap;

    fn read_text(text: &str, columns: &str) -> Result<Vec<Stated>, ModelError> {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("products.csv");
        std::fs::write(&path, text).expect("written");
        let shop = Dataset { items: IdMap::from_ids(["P1", "P2"]), ..Dataset::default() };
        read(&path, &columns.parse().expect("names"), &shop, &Control::default())
    }

    #[test]
    fn each_cell_of_a_known_product_is_a_fact() {
        let table = "sku,Title,Colour,Size\nP2,Mug,red, \nP9,Lamp,blue,L\nP1,Pot,,M\n";
        let facts = read_text(table, "sku, Colour ,Size").expect("read");
        let fact = |item, attribute: &str, value: &str| Stated {
            item: ItemIdx(item),
            attribute: attribute.to_owned(),
            value: value.to_owned(),
        };
        assert_eq!(facts, [fact(1, "Colour", "red"), fact(0, "Size", "M")]);
        let error = read_text(table, "Title,Colour").expect_err("titles are no ids").to_string();
        assert!(error.contains("none of the 3 ids") && error.contains("\"Mug\""), "{error}");
        let error = read_text(table, "sku,Material").expect_err("no such column").to_string();
        assert!(error.contains("Material") && error.contains("Colour"), "{error}");
        assert!(error.contains("cannot load the table of attributes"), "{error}");
    }

    #[test]
    fn names_read_back_and_have_to_be_complete() {
        let columns: AttributeColumns = "sku, colour,,size ".parse().expect("names");
        assert_eq!(columns.to_string(), "sku,colour,size");
        assert!(columns.is_complete());
        for short in ["", "sku", "sku,sku"] {
            assert!(!short.parse::<AttributeColumns>().expect("names").is_complete(), "{short}");
        }
        assert_eq!(relation("Neck line (cm)"), "has_neck_line__cm_");
    }
}
