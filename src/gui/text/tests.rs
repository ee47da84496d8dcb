//! The catalogue is whole, in both languages, and holds nothing that is not used.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use super::*;

/// Prefixes of keys that the sources put together at run time.
const MADE_KEYS: &[&str] = &[
    "metric-",
    "model-",
    "stage-",
    "setting-",
    "trainable-",
    "pairs-preset-",
    "text-preset-",
    "text-model-",
    "disturbance-",
];

fn keys(
    pick: impl Fn(&(&'static str, &'static str, &'static str)) -> &'static str,
) -> BTreeMap<&'static str, BTreeSet<&'static str>> {
    AREAS.iter().map(|area| (area.0, message_keys(pick(area)).collect())).collect()
}

fn sources() -> String {
    fn collect(folder: &Path, text: &mut String) {
        for entry in std::fs::read_dir(folder).expect("src is readable") {
            let path = entry.expect("src is readable").path();
            if path.is_dir() {
                collect(&path, text);
            } else {
                text.push_str(&std::fs::read_to_string(&path).expect("sources are UTF-8"));
            }
        }
    }
    let mut text = String::new();
    collect(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src"), &mut text);
    text
}

#[test]
fn both_languages_have_the_same_keys() {
    let (english, chinese) = (keys(|area| area.1), keys(|area| area.2));
    for (area, keys) in &english {
        assert_eq!(keys, &chinese[area], "the keys of {area} differ");
    }
}

#[test]
fn no_key_is_defined_twice() {
    let mut seen = BTreeSet::new();
    for (area, english, _) in AREAS {
        for key in message_keys(english) {
            assert!(seen.insert(key), "{key} of {area} is defined twice");
        }
    }
}

#[test]
fn parameters_are_the_same_in_both_languages() {
    let parameters = |source: &'static str| -> BTreeMap<&'static str, BTreeSet<&'static str>> {
        let mut found: BTreeMap<&str, BTreeSet<&str>> = BTreeMap::new();
        let mut current = "";
        for line in source.lines() {
            if let Some(key) = message_keys(line).next() {
                current = key;
            }
            let names = line.split('$').skip(1).filter_map(|rest| rest.split([' ', '}']).next());
            found.entry(current).or_default().extend(names);
        }
        found
    };
    for (area, english, chinese) in AREAS {
        let (english, chinese) = (parameters(english), parameters(chinese));
        for (key, names) in &english {
            assert_eq!(Some(names), chinese.get(key), "parameters of {key} in {area}");
        }
    }
}

#[test]
fn every_text_that_needs_no_values_is_ready_and_the_syntax_is_right() {
    for (area, english, chinese) in AREAS {
        for source in [english, chinese] {
            assert!(FluentResource::try_new((*source).to_owned()).is_ok(), "syntax of {area}");
        }
    }
    for language in [Language::En, Language::Zh] {
        let text = Text::new(language);
        assert!(text.plain.len() > 100);
        assert_eq!(text.tr("view-data"), if language == Language::En { "Data" } else { "数据" });
        assert_eq!(text.missing(), Vec::<String>::new());
    }
}

#[test]
fn stages_jobs_and_notices_of_all_layers_have_a_text() {
    let text = Text::new(Language::En);
    let sources = sources();
    for prefix in ["stage-", "job-", "notice-"] {
        for key in literals(&sources, prefix) {
            // Test doubles in the jobs layer have names of their own.
            let is_double = matches!(key, "job-load" | "job-fit");
            assert!(is_double || text.has(key), "{key} has no text");
        }
    }
}

fn literals<'a>(sources: &'a str, prefix: &'a str) -> impl Iterator<Item = &'a str> {
    sources.match_indices('"').filter_map(move |(at, _)| {
        let literal = sources[at + 1..].split('"').next()?;
        let is_key = literal.starts_with(prefix) && literal.len() > prefix.len();
        let is_word = literal.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'-');
        (is_key && is_word).then_some(literal)
    })
}

#[test]
fn every_text_is_used() {
    let sources = sources();
    for (area, english, _) in AREAS {
        for key in message_keys(english) {
            let is_made = MADE_KEYS.iter().any(|prefix| key.starts_with(prefix));
            assert!(
                is_made || sources.contains(&format!("\"{key}\"")),
                "{key} of {area} is not used"
            );
        }
    }
}

#[test]
fn values_are_filled_in_and_numbers_grouped() {
    let text = Text::new(Language::En);
    assert_eq!(text.tr_with("data-rows", &[("rows", 12_345.into())]), "12,345 rows");
    assert_eq!(text.tr_with("data-days", &[("days", 1.into())]), "1 day");
    assert_eq!(text.tr_with("data-days", &[("days", 2.into())]), "2 days");
    assert_eq!(text.tr("no-such-key"), "no-such-key");
    assert_eq!(text.missing(), ["no-such-key"]);
}
