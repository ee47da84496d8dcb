//! Opening a folder: which of its files are the catalogue, the shoppers and the events.

use std::path::{Path, PathBuf};

use serde::Deserialize;

use super::error::LoadError;
use super::preview::preview;
use super::{FolderGuess, LoadRequest};
use crate::dataset::Origin;
use crate::dataset::schema::{Field, Role};

/// Endings of files that can be loaded.
const ENDINGS: [&str; 22] = [
    "csv", "tsv", "tab", "txt", "psv", "inter", "item", "user", "parquet", "jsonl", "ndjson",
    "json", "arrow", "arrows", "feather", "ipc", "xlsx", "xlsb", "xls", "ods", "dat", "data",
];

const CATALOG_WORDS: &[&str] =
    &["catalog", "catalogue", "product", "item", "article", "sku", "good", "movie", "book"];
const USERS_WORDS: &[&str] =
    &["user", "customer", "household", "shopper", "demographic", "member", "visitor", "client"];
const EVENT_WORDS: &[&str] = &[
    "event",
    "interaction",
    "transaction",
    "order",
    "click",
    "rating",
    "review",
    "purchase",
    "session",
    "behavior",
    "behaviour",
    "log",
    "sale",
    "invoice",
    "basket",
    "inter",
    "retail",
];
/// Files that hold out a part of the data or look like something else.
const HELD_OUT: [&str; 4] = ["test", "valid", "validation", "holdout"];

/// What a folder may say of itself in `shop.json`.
#[derive(Debug, Default, Deserialize)]
struct ShopNote {
    name: Option<String>,
    origin: Option<Origin>,
}

/// Finds the files of a folder that can be loaded together, by their names, and where names say
/// nothing, by their columns. `shop.json`, if there, gives the name and says whether the shop is
/// simulated.
///
/// # Errors
/// [`LoadError::Folder`] if the folder cannot be read or holds nothing to load.
pub fn guess_request(folder: &Path) -> Result<FolderGuess, LoadError> {
    let files = data_files(folder)?;
    let note = read_note(folder)?;
    let folder_name = folder.file_name().map(|name| name.to_string_lossy().into_owned());
    let mut guess = FolderGuess {
        request: LoadRequest {
            name: note.name.or(folder_name).unwrap_or_default(),
            origin: note.origin.unwrap_or_default(),
            ..LoadRequest::default()
        },
        ignored: Vec::new(),
    };
    let mut unnamed = Vec::new();
    for path in files {
        match role_by_name(&path) {
            Named::Role(role) => sort_in(&mut guess, role, path),
            Named::HeldOut => guess.ignored.push((path, "it seems to be held out".to_owned())),
            Named::Unknown => unnamed.push(path),
        }
    }
    for path in unnamed {
        sort_by_columns(&mut guess, path);
    }
    if guess.request.events.is_empty() && guess.request.catalog.is_empty() {
        return Err(nothing_found(folder, &guess.ignored));
    }
    Ok(guess)
}

fn folder_error(path: &Path, problem: impl Into<String>) -> LoadError {
    LoadError::Folder { path: path.to_owned(), problem: problem.into() }
}

fn nothing_found(folder: &Path, ignored: &[(PathBuf, String)]) -> LoadError {
    let name = |path: &Path| path.file_name().map(|name| name.to_string_lossy().into_owned());
    let seen: Vec<String> = ignored
        .iter()
        .filter_map(|(path, reason)| Some(format!("{}: {reason}", name(path)?)))
        .collect();
    let seen = if seen.is_empty() { String::new() } else { format!(" ({})", seen.join("; ")) };
    folder_error(
        folder,
        format!(
            "no file in it looks like events or a catalogue{seen}. Name them events.csv, \
             catalog.csv and users.csv, or choose the files one by one"
        ),
    )
}

/// The data files of a folder, by name.
fn data_files(folder: &Path) -> Result<Vec<PathBuf>, LoadError> {
    let unreadable = |error: std::io::Error| match error.kind() {
        std::io::ErrorKind::NotFound => folder_error(folder, "it does not exist. Check its name"),
        std::io::ErrorKind::NotADirectory => {
            folder_error(folder, "it is a file. Load it as events, catalogue or users")
        }
        _ => folder_error(folder, format!("it cannot be read ({error}). Check its permissions")),
    };
    let mut files = Vec::new();
    for entry in std::fs::read_dir(folder).map_err(unreadable)? {
        let path = entry.map_err(unreadable)?.path();
        if path.is_file() && ending(&path).is_some() && !is_hidden(&path) {
            files.push(path);
        }
    }
    files.sort();
    Ok(files)
}

fn is_hidden(path: &Path) -> bool {
    let name = path.file_name().map(|name| name.to_string_lossy().into_owned());
    name.is_none_or(|name| name.starts_with('.') || matches!(&*name, "shop.json" | "project.json"))
}

/// Stem and ending of a file that can be loaded, `.gz` and `.zst` left out.
fn ending(path: &Path) -> Option<(String, String)> {
    let name = path.file_name()?.to_string_lossy().to_lowercase();
    let name = name.strip_suffix(".gz").or_else(|| name.strip_suffix(".zst")).unwrap_or(&name);
    let (stem, ending) = name.rsplit_once('.')?;
    ENDINGS.contains(&ending).then(|| (stem.to_owned(), ending.to_owned()))
}

fn read_note(folder: &Path) -> Result<ShopNote, LoadError> {
    let path = folder.join("shop.json");
    match std::fs::read(&path) {
        Err(_) => Ok(ShopNote::default()),
        Ok(bytes) => serde_json::from_slice(&bytes).map_err(|error| {
            folder_error(&path, format!("shop.json is damaged ({error}). Repair or remove it"))
        }),
    }
}

/// What a file's name says.
#[derive(Debug, PartialEq, Eq)]
enum Named {
    Role(Role),
    HeldOut,
    Unknown,
}

fn role_by_name(path: &Path) -> Named {
    let Some((stem, ending)) = ending(path) else { return Named::Unknown };
    let words: Vec<&str> = stem
        .split(|letter: char| !letter.is_alphanumeric())
        .filter(|word| !word.is_empty())
        .collect();
    if words.iter().any(|word| HELD_OUT.contains(word)) {
        return Named::HeldOut;
    }
    match ending.as_str() {
        "data" if stem == "u" => return Named::Role(Role::Events),
        "inter" => return Named::Role(Role::Events),
        "item" => return Named::Role(Role::Catalog),
        "user" => return Named::Role(Role::Users),
        _ => {}
    }
    let has = |known: &[&str]| {
        words.iter().any(|word| {
            let single = word.strip_suffix('s').unwrap_or(word);
            known.contains(word) || known.contains(&single)
        })
    };
    // "user_events" and "product_reviews" are events.
    if has(EVENT_WORDS) {
        Named::Role(Role::Events)
    } else if has(CATALOG_WORDS) {
        Named::Role(Role::Catalog)
    } else if has(USERS_WORDS) {
        Named::Role(Role::Users)
    } else {
        Named::Unknown
    }
}

fn files_of(guess: &mut FolderGuess, role: Role) -> &mut Vec<PathBuf> {
    match role {
        Role::Catalog => &mut guess.request.catalog,
        Role::Users => &mut guess.request.users,
        Role::Events => &mut guess.request.events,
    }
}

/// Takes a file whose name says what it is, if its columns do not contradict.
fn sort_in(guess: &mut FolderGuess, role: Role, path: PathBuf) {
    match super::preview_as(&path, role, &crate::dataset::schema::ColumnMapping::default()) {
        Err(error) => guess.ignored.push((path, error.to_string())),
        Ok(seen) => {
            let found = |field: &Field| seen.mapping.iter().any(|mapped| mapped.field == *field);
            match role.required().iter().find(|field| !found(field)) {
                None => files_of(guess, role).push(path),
                Some(field) => {
                    guess.ignored.push((path, format!("it has no column for \"{field}\"")));
                }
            }
        }
    }
}

/// Takes a file whose name says nothing, if its columns do and the role is still open.
fn sort_by_columns(guess: &mut FolderGuess, path: PathBuf) {
    match preview(&path) {
        Err(error) => guess.ignored.push((path, error.to_string())),
        Ok(seen) if !files_of(guess, seen.role).is_empty() => {
            let reason = format!("there is already a file of {}", seen.role);
            guess.ignored.push((path, reason));
        }
        Ok(seen) => sort_in(guess, seen.role, path),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_tell_the_role() {
        for (name, role) in [
            ("catalog.csv", Named::Role(Role::Catalog)),
            ("products.parquet", Named::Role(Role::Catalog)),
            ("user_events.jsonl", Named::Role(Role::Events)),
            ("online_retail.csv.gz", Named::Role(Role::Events)),
            ("transactions.parquet", Named::Role(Role::Events)),
            ("households.parquet", Named::Role(Role::Users)),
            ("ml-100k.inter", Named::Role(Role::Events)),
            ("ml-100k.item", Named::Role(Role::Catalog)),
            ("u.data", Named::Role(Role::Events)),
            ("movies.dat", Named::Role(Role::Catalog)),
            ("orders.xlsx", Named::Role(Role::Events)),
            ("test_purchase.csv", Named::HeldOut),
            ("notes.txt", Named::Unknown),
        ] {
            assert_eq!(role_by_name(Path::new(name)), role, "{name}");
        }
        assert_eq!(ending(Path::new("a.CSV.gz")), Some(("a".to_owned(), "csv".to_owned())));
        assert_eq!(ending(Path::new("README.md")), None);
    }
}
