//! Finding shoppers by id and products by id or title while somebody types.

use crate::dataset::Dataset;
use crate::ids::{IdMap, ItemIdx, UserIdx};

/// Shoppers whose id is `query`, then those whose id begins with it, then those whose id holds it;
/// dense order within each. ASCII case does not matter. An empty query finds the first shoppers.
#[must_use]
pub fn search_users(dataset: &Dataset, query: &str, limit: usize) -> Vec<UserIdx> {
    let found = ranked(&dataset.users, query.trim(), limit, |_, _| None);
    found.into_iter().map(UserIdx).collect()
}

/// Products like [`search_users`], then those whose title holds every word of `query`.
#[must_use]
pub fn search_items(dataset: &Dataset, query: &str, limit: usize) -> Vec<ItemIdx> {
    let words: Vec<String> = query.split_whitespace().map(str::to_lowercase).collect();
    let by_title = |item: usize, lower: &mut String| {
        let title = dataset.catalog.titles.get(item)?;
        lower.clear();
        lower.extend(title.chars().flat_map(char::to_lowercase));
        words.iter().all(|word| lower.contains(word.as_str())).then_some(Match::Text)
    };
    let found = ranked(&dataset.items, query.trim(), limit, by_title);
    found.into_iter().map(ItemIdx).collect()
}

/// How an entry matches, best first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Match {
    Exact,
    Prefix,
    Within,
    Text,
}

fn ranked(
    ids: &IdMap,
    query: &str,
    limit: usize,
    other: impl Fn(usize, &mut String) -> Option<Match>,
) -> Vec<u32> {
    let mut found: [Vec<u32>; 4] = Default::default();
    let mut scratch = String::new();
    for (position, id) in ids.iter().enumerate() {
        // With the better places taken only the id itself can still come before them.
        let full = found[Match::Prefix as usize].len() >= limit;
        if full && query.is_empty() {
            break;
        }
        let matched = if full {
            id.eq_ignore_ascii_case(query).then_some(Match::Exact)
        } else {
            by_id(id, query).or_else(|| other(position, &mut scratch))
        };
        if let Some(list) = matched.map(|matched| &mut found[matched as usize])
            && list.len() < limit
        {
            list.extend(u32::try_from(position));
        }
    }
    found.concat().into_iter().take(limit).collect()
}

fn by_id(id: &str, query: &str) -> Option<Match> {
    let (id, query) = (id.as_bytes(), query.as_bytes());
    let begins =
        |tail: &[u8]| tail.len() >= query.len() && tail[..query.len()].eq_ignore_ascii_case(query);
    if begins(id) {
        return Some(if id.len() == query.len() { Match::Exact } else { Match::Prefix });
    }
    (1..id.len()).any(|from| begins(&id[from..])).then_some(Match::Within)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shop() -> Dataset {
        let mut dataset = Dataset {
            users: IdMap::from_ids(["x12", "U120", "u12", "u1", "12"]),
            items: IdMap::from_ids(["p1", "p2", "p3"]),
            ..Dataset::default()
        };
        dataset.catalog.titles =
            [Some("Red Steel Kettle"), Some("Steel pan, RED lid"), None].into_iter().collect();
        dataset
    }

    fn users(query: &str, limit: usize) -> Vec<u32> {
        search_users(&shop(), query, limit).into_iter().map(|user| user.0).collect()
    }

    #[test]
    fn the_id_itself_comes_first_then_beginnings_then_parts() {
        assert_eq!(users("U12", 9), vec![2, 1]);
        assert_eq!(users("12", 9), vec![4, 0, 1, 2]);
        assert_eq!(users("u12", 1), vec![2]);
        assert_eq!(users("", 2), vec![0, 1]);
        assert_eq!(users("nobody", 9), Vec::<u32>::new());
        assert_eq!(users("u", 0), Vec::<u32>::new());
    }

    #[test]
    fn titles_match_by_all_words() {
        let find = |query| search_items(&shop(), query, 9);
        assert_eq!(find("red steel"), vec![ItemIdx(0), ItemIdx(1)]);
        assert_eq!(find("KETTLE"), vec![ItemIdx(0)]);
        assert_eq!(find("p3"), vec![ItemIdx(2)]);
        assert_eq!(search_items(&Dataset::default(), "p", 9), vec![]);
    }
}
