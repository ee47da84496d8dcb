//! A file of facts and rules beside the catalogue, one a line: what, in which relation, to what.
//!
//! ```text
//! # a comment
//! P1 complements P2
//! brand:Acme similar_to brand:"Other Ltd"
//! category:"Home > Mugs" goes_with category:"Home > Teapots"
//! P1 has_colour value:red
//! ```
//!
//! A bare word, or one after `product:`, is a product's id; `brand:` and `category:` name what the catalogue
//! holds, a category by its path or a part of it from the root; `value:` is anything else. Names with spaces
//! stand in double quotes, or the three fields are separated by tabs. A relation is one word.

use std::path::Path;

use crate::model::ModelError;

/// What a rule speaks of, as it is written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Named {
    Product(String),
    Brand(String),
    Category(String),
    Value(String),
}

/// One line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Stated {
    /// From 1.
    pub line: usize,
    pub head: Named,
    pub relation: String,
    pub tail: Named,
}

/// Read a file of rules.
///
/// # Errors
/// [`ModelError::Io`], [`ModelError::BadFile`] with the number of the first line that cannot be read.
pub(super) fn read(path: &Path) -> Result<Vec<Stated>, ModelError> {
    let text = std::fs::read_to_string(path).map_err(|source| ModelError::Io {
        action: "cannot read the rules",
        path: path.to_owned(),
        source,
    })?;
    parse(&text).map_err(|(line, problem)| bad_line(path, line, &problem))
}

/// An error in one line of the file.
pub(super) fn bad_line(path: &Path, line: usize, problem: &str) -> ModelError {
    let what = format!("line {line} of the rules: {problem}");
    ModelError::BadFile { what, path: path.to_owned() }
}

/// All lines, or the first that cannot be read.
pub(super) fn parse(text: &str) -> Result<Vec<Stated>, (usize, String)> {
    let lines = text.trim_start_matches('\u{feff}').lines().enumerate();
    lines
        .map(|(at, line)| (at + 1, line.trim()))
        .filter(|(_, line)| !line.is_empty() && !line.starts_with('#'))
        .map(|(number, line)| stated(number, line).map_err(|problem| (number, problem)))
        .collect()
}

fn stated(line: usize, text: &str) -> Result<Stated, String> {
    let fields = fields(text)?;
    let [head, relation, tail] = fields.as_slice() else {
        return Err(format!(
            "found {} fields, expected 3, such as P1 complements P2; put names with spaces into double \
             quotes",
            fields.len()
        ));
    };
    let is_word = |letter: char| letter.is_alphanumeric() || letter == '_' || letter == '-';
    if relation.is_empty() || !relation.chars().all(is_word) {
        return Err(format!(
            "{relation:?} is no relation; write one word of letters, digits, _ and -"
        ));
    }
    Ok(Stated { line, head: named(head)?, relation: relation.clone(), tail: named(tail)? })
}

/// Fields at tabs where there is one, else at spaces outside of quotes.
fn fields(text: &str) -> Result<Vec<String>, String> {
    if text.contains('\t') {
        return Ok(text.split('\t').map(|field| field.trim().replace('"', "")).collect());
    }
    let (mut fields, mut field, mut is_quoted, mut is_open) =
        (Vec::new(), String::new(), false, false);
    for letter in text.chars() {
        match letter {
            '"' => (is_quoted, is_open) = (!is_quoted, true),
            ' ' if !is_quoted => {
                if is_open {
                    fields.push(std::mem::take(&mut field));
                }
                is_open = false;
            }
            other => {
                field.push(other);
                is_open = true;
            }
        }
    }
    if is_quoted {
        return Err("a double quote is not closed".to_owned());
    }
    if is_open {
        fields.push(field);
    }
    Ok(fields)
}

fn named(field: &str) -> Result<Named, String> {
    type Kind = fn(String) -> Named;
    let kinds: [(&str, Kind); 4] = [
        ("product:", Named::Product),
        ("brand:", Named::Brand),
        ("category:", Named::Category),
        ("value:", Named::Value),
    ];
    let found = kinds.into_iter().find_map(|(prefix, kind)| {
        let (start, rest) = (field.get(..prefix.len())?, field.get(prefix.len()..)?);
        start.eq_ignore_ascii_case(prefix).then_some((rest, kind))
    });
    let (name, kind) = found.unwrap_or((field, Named::Product));
    let name = name.trim();
    if name.is_empty() {
        return Err(format!("{field:?} names nothing"));
    }
    Ok(kind(name.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_read_with_quotes_tabs_and_comments() {
        let text = "\u{feff}# what goes with what\n\nP1 complements  product:P2\r\n\
                    brand:Acme similar_to brand:\"Other Ltd\"\n\
                    category:Home > Mugs\tgoes-with\tcategory:Home > Teapots\n\
                    \"my id\" has_colour value:red";
        let found = parse(text).expect("read");
        let (product, brand) =
            (|id: &str| Named::Product(id.to_owned()), |id: &str| Named::Brand(id.to_owned()));
        assert_eq!(found.len(), 4);
        assert_eq!(
            (found[0].line, &found[0].head, &found[0].tail),
            (3, &product("P1"), &product("P2"))
        );
        assert_eq!((&found[1].relation[..], &found[1].tail), ("similar_to", &brand("Other Ltd")));
        assert_eq!(found[2].head, Named::Category("Home > Mugs".to_owned()));
        assert_eq!(found[2].relation, "goes-with");
        assert_eq!(
            (&found[3].head, &found[3].tail),
            (&product("my id"), &Named::Value("red".to_owned()))
        );
    }

    #[test]
    fn the_line_that_cannot_be_read_is_told() {
        for (text, line, problem) in [
            ("P1 complements P2\n# fine\nP1 complements", 3, "found 2 fields"),
            ("P1 goes with P2", 1, "found 4 fields"),
            ("P1 a.b P2", 1, "is no relation"),
            ("P1 x \"P2", 1, "not closed"),
            ("brand: x P2", 1, "names nothing"),
        ] {
            let (found, told) = parse(text).expect_err(text);
            assert!(found == line && told.contains(problem), "{text}: {found} {told}");
        }
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("rules.txt");
        assert!(matches!(read(&path), Err(ModelError::Io { .. })));
        std::fs::write(&path, "P1").expect("written");
        let error = read(&path).expect_err("one field").to_string();
        assert!(error.contains("line 1 of the rules") && error.contains("rules.txt"), "{error}");
    }
}
