//! How a catalogue writes categories: `Home > Kitchen > Mugs` is a path through a tree, `Comedy|Drama` are
//! labels side by side.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::str::FromStr;

use crate::model::bert::rules::stored_as_text;
use serde::{Deserialize, Serialize};

/// How the text of a category is read.
///
/// As text `auto`, `whole`, `path:>`, `tags:,`; `space` stands for a space.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum CategoryShape {
    /// As most of the catalogue's categories look.
    #[default]
    Auto,
    /// One name.
    Whole,
    /// A path from the root of a tree, its parts separated by this.
    Path(String),
    /// Labels of the same rank, separated by this.
    Tags(String),
}

const SPACE: &str = "space";

impl fmt::Display for CategoryShape {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let shown = |separator: &str| if separator == " " { SPACE } else { separator }.to_owned();
        match self {
            Self::Auto => f.write_str("auto"),
            Self::Whole => f.write_str("whole"),
            Self::Path(separator) => write!(f, "path:{}", shown(separator)),
            Self::Tags(separator) => write!(f, "tags:{}", shown(separator)),
        }
    }
}

impl FromStr for CategoryShape {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let separator = |text: &str| match text.trim() {
            "" => None,
            SPACE => Some(" ".to_owned()),
            other => Some(other.to_owned()),
        };
        let found = match text.trim() {
            "auto" => Some(Self::Auto),
            "whole" => Some(Self::Whole),
            other => match other.split_once(':') {
                Some(("path", rest)) => separator(rest).map(Self::Path),
                Some(("tags", rest)) => separator(rest).map(Self::Tags),
                _ => None,
            },
        };
        found.ok_or_else(|| {
            format!(
                "cannot read {text:?} as how categories are written; write auto, whole, path:SEPARATOR or \
                 tags:SEPARATOR, such as path:> or tags:space"
            )
        })
    }
}

stored_as_text!(CategoryShape);

/// What separates the parts of a category, the surest first.
const SEPARATORS: [&str; 7] = [">", "»", "|", "\\", "/", ";", ","];

impl CategoryShape {
    /// The shape itself, or where that is left open the one that these distinct categories have.
    #[must_use]
    pub fn resolved(&self, categories: &[Box<str>]) -> Self {
        match self {
            Self::Auto => SEPARATORS
                .into_iter()
                .find_map(|separator| looks_like(separator, categories))
                .unwrap_or(Self::Whole),
            other => other.clone(),
        }
    }

    /// The parts of a category, trimmed, none of them empty.
    #[must_use]
    pub fn parts<'a>(&self, category: &'a str) -> Vec<&'a str> {
        match self {
            Self::Auto | Self::Whole => vec![category.trim()],
            Self::Path(separator) | Self::Tags(separator) => parts(category, separator),
        }
    }

    /// Whether nothing is missing: a form may leave a separator empty.
    #[must_use]
    pub const fn is_complete(&self) -> bool {
        match self {
            Self::Auto | Self::Whole => true,
            Self::Path(separator) | Self::Tags(separator) => !separator.is_empty(),
        }
    }

    /// Whether a part lies below the one before it.
    #[must_use]
    pub const fn is_path(&self) -> bool {
        matches!(self, Self::Path(_))
    }
}

fn parts<'a>(category: &'a str, separator: &str) -> Vec<&'a str> {
    category.split(separator).map(str::trim).filter(|part| !part.is_empty()).collect()
}

/// What a separator means where it stands in at least half of the categories.
fn looks_like(separator: &str, categories: &[Box<str>]) -> Option<CategoryShape> {
    let divided: Vec<Vec<&str>> = categories
        .iter()
        .map(|category| parts(category, separator))
        .filter(|parts| parts.len() > 1)
        .collect();
    if divided.is_empty() || divided.len() * 2 < categories.len() {
        return None;
    }
    if [">", "»"].contains(&separator) {
        return Some(CategoryShape::Path(separator.to_owned()));
    }
    let labels: BTreeSet<&str> = divided.iter().flatten().copied().collect();
    let roots: BTreeSet<&str> = divided.iter().map(|parts| parts[0]).collect();
    if [";", ","].contains(&separator) || !is_tree(&divided) {
        // Names with a comma in them share no labels.
        let are_shared = labels.len() < divided.len();
        return are_shared.then(|| CategoryShape::Tags(separator.to_owned()));
    }
    (roots.len() < divided.len()).then(|| CategoryShape::Path(separator.to_owned()))
}

/// Whether most labels below others stand below one alone.
fn is_tree(divided: &[Vec<&str>]) -> bool {
    let mut above: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
    for parts in divided {
        for pair in parts.windows(2) {
            above.entry(pair[1]).or_default().insert(pair[0]);
        }
    }
    let single = above.values().filter(|parents| parents.len() == 1).count();
    single * 2 > above.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn resolved(categories: &[&str]) -> CategoryShape {
        let categories: Vec<Box<str>> = categories.iter().map(|&text| text.into()).collect();
        CategoryShape::Auto.resolved(&categories)
    }

    #[test]
    fn shapes_read_back_from_their_text() {
        for text in ["auto", "whole", "path:>", "path:::", "tags:|", "tags:space"] {
            assert_eq!(text.parse::<CategoryShape>().expect(text).to_string(), text);
        }
        for wrong in ["tree", "path:", "tags", ""] {
            let error = wrong.parse::<CategoryShape>().expect_err(wrong);
            assert!(error.contains("path:SEPARATOR"), "{error}");
        }
        let tags = CategoryShape::Tags(" ".to_owned());
        assert_eq!(tags.parts(" Animation  Comedy "), ["Animation", "Comedy"]);
        assert!(tags.is_complete() && !CategoryShape::Path(String::new()).is_complete());
        assert_eq!(CategoryShape::Whole.parts(" Home, Garden "), ["Home, Garden"]);
    }

    #[test]
    fn paths_labels_and_names_are_told_apart() {
        let path = |separator: &str| CategoryShape::Path(separator.to_owned());
        assert_eq!(resolved(&["Home > Mugs", "Home > Lamps", "Garden"]), path(">"));
        assert_eq!(resolved(&["Home|Mugs", "Home|Lamps", "Garden|Chairs"]), path("|"));
        assert_eq!(resolved(&["Home/Mugs", "Home/Lamps", "Garden/Chairs"]), path("/"));
        let films = ["Drama|War", "Comedy|War", "Drama|Comedy", "Comedy|Drama", "War|Comedy"];
        assert_eq!(resolved(&films), CategoryShape::Tags("|".to_owned()));
        assert_eq!(
            resolved(&["a, b", "b, c", "a, c", "c, b"]),
            CategoryShape::Tags(",".to_owned())
        );
        for names in
            [&["Pots, Pans", "Beds, Sofas"][..], &["Tops/Shirts", "Shorts/Skirts"], &["Mugs"], &[]]
        {
            assert_eq!(resolved(names), CategoryShape::Whole, "{names:?}");
        }
    }
}
