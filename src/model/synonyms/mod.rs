//! English words of reviews and requests that may stand for one another.

use std::collections::HashMap;
use std::sync::LazyLock;

/// A group on each line.
const WORDS: &str = include_str!("words.txt");

/// Each word with the others of its group.
static GROUPS: LazyLock<HashMap<&str, Vec<&str>>> = LazyLock::new(|| {
    let groups = WORDS.lines().filter(|line| !line.starts_with('#'));
    let mut others = HashMap::new();
    for group in groups.map(|line| line.split_whitespace().collect::<Vec<_>>()) {
        for &word in &group {
            others.insert(word, group.iter().copied().filter(|&other| other != word).collect());
        }
    }
    others
});

/// Words of like meaning, in small letters; empty for a word that is not in the list.
#[must_use]
pub fn synonyms(word: &str) -> &'static [&'static str] {
    GROUPS.get(word).map_or(&[], Vec::as_slice)
}

/// Every word of the list with its synonyms, in no order.
pub fn all() -> impl Iterator<Item = (&'static str, &'static [&'static str])> {
    GROUPS.iter().map(|(&word, others)| (word, others.as_slice()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_stands_in_one_group_of_two_or_more() {
        let words: Vec<&str> = WORDS
            .lines()
            .filter(|line| !line.starts_with('#'))
            .flat_map(str::split_whitespace)
            .collect();
        assert_eq!(words.len(), all().count(), "a word stands twice");
        assert!(all().all(|(_, others)| !others.is_empty()) && words.len() > 150);
        let (word, others) = all().next().expect("there are words");
        assert!(!others.contains(&word) && synonyms(others[0]).contains(&word));
        assert!(synonyms("qwertyuiop").is_empty());
    }
}
