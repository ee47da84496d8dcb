//! Ids that are probably the same, and titles that several products share.

use super::finding::{BarLabel, FigureName, Finding, FindingKind, Severity, Subject, Unit, share};
use super::report::SkipReason;
use super::shop::{Found, Shop};
use super::thresholds::by_share;
use crate::control::Cancelled;
use crate::dataset::schema::{Field, Role};
use crate::ids::IdMap;

/// Ids per chunk.
const CHUNK: usize = 1 << 14;

pub(super) fn check(shop: &Shop<'_>, found: &mut Found) -> Result<(), Cancelled> {
    collisions(shop, found, &shop.dataset.users, Subject::Users)?;
    collisions(shop, found, &shop.dataset.items, Subject::Items)?;
    shared_titles(shop, found)
}

/// An id without case, white space and leading zeros; zeros alone are one zero.
pub(super) fn bare(id: &str) -> String {
    let folded: String = id
        .chars()
        .filter(|character| !character.is_whitespace())
        .flat_map(char::to_lowercase)
        .collect();
    let bare = folded.trim_start_matches('0');
    if bare.is_empty() && !folded.is_empty() { "0".to_owned() } else { bare.to_owned() }
}

/// Groups of two or more positions with equal keys, in the order of their first members. Only
/// hashes of the keys are held: equal ones are compared by `is_same`.
fn groups(mut hashed: Vec<(u64, u32)>, is_same: impl Fn(u32, u32) -> bool) -> Vec<Vec<u32>> {
    hashed.sort_unstable();
    let mut groups = Vec::new();
    for run in hashed.chunk_by(|a, b| a.0 == b.0).filter(|run| run.len() > 1) {
        let first = run[0].1;
        let group: Vec<u32> = run
            .iter()
            .map(|&(_, member)| member)
            .filter(|&member| is_same(first, member))
            .collect();
        if group.len() > 1 {
            groups.push(group);
        }
    }
    groups.sort_unstable_by_key(|group| group[0]);
    groups
}

fn hash(text: &str) -> u64 {
    let digest = blake3::hash(text.as_bytes());
    let mut bytes = [0; 8];
    bytes.copy_from_slice(&digest.as_bytes()[..8]);
    u64::from_le_bytes(bytes)
}

fn collisions(
    shop: &Shop<'_>,
    found: &mut Found,
    ids: &IdMap,
    subject: Subject,
) -> Result<(), Cancelled> {
    let hashed = shop.chunks(ids.len(), CHUNK, |chunk| {
        chunk.map(|id| (hash(&bare(ids.external(id as u32))), id as u32)).collect::<Vec<_>>()
    })?;
    let groups = groups(hashed.concat(), |a, b| bare(ids.external(a)) == bare(ids.external(b)));
    let count = groups.iter().map(Vec::len).sum::<usize>() as u64;
    let of = ids.len() as u64;
    let unit = if subject == Subject::Users { Unit::Users } else { Unit::Items };
    let examples = groups.iter().take(super::MAX_EXAMPLES).map(|group| {
        let names: Vec<String> =
            group.iter().map(|&id| format!("{:?}", ids.external(id))).collect();
        let first = group[0] as usize;
        let value = names.join(" = ");
        match unit {
            Unit::Users => shop.user_example(first, value),
            _ => shop.item_example(first, value),
        }
    });
    found.push_if_any(
        Finding::new(
            FindingKind::IdCollisions,
            by_share(share(count, of), 0.0, 0.05),
            unit,
            count,
            of,
        )
        .about(subject)
        .with_figure(FigureName::DistinctIds, groups.len() as f64)
        .with_examples(examples.collect())
        .with_bars(group_sizes(groups.iter().map(Vec::len))),
    );
    Ok(())
}

fn group_sizes(sizes: impl Iterator<Item = usize>) -> Vec<(BarLabel, u64)> {
    const LABELS: [&str; 4] = ["2", "3", "4–9", "≥ 10"];
    let mut counts = [0; LABELS.len()];
    for size in sizes {
        counts[match size {
            0..=2 => 0,
            3 => 1,
            4..=9 => 2,
            _ => 3,
        }] += 1;
    }
    let label = |label: &str| BarLabel::Plain(label.to_owned());
    LABELS.into_iter().map(label).zip(counts).collect()
}

/// Titles are compared as they are: their column holds each once.
fn shared_titles(shop: &Shop<'_>, found: &mut Found) -> Result<(), Cancelled> {
    let titles = &shop.dataset.catalog.titles;
    let kind = FindingKind::SharedTitles;
    if titles.is_blank() {
        found.skip(&[kind], SkipReason::NoSuchColumn);
        return Ok(());
    }
    shop.control.check()?;
    let mut with_title = vec![0_u32; titles.pool().len()];
    let codes = || (0..titles.len()).filter_map(|item| titles.code(item));
    codes().for_each(|code| with_title[code as usize] += 1);
    let is_shared = |code: u32| with_title[code as usize] > 1;
    let count = codes().filter(|&code| is_shared(code)).count() as u64;
    let of = codes().count() as u64;
    let mut examples = Vec::new();
    let mut shown = std::collections::HashSet::new();
    for item in 0..titles.len() {
        let Some(code) = titles.code(item).filter(|&code| is_shared(code)) else { continue };
        if examples.len() == super::MAX_EXAMPLES {
            break;
        }
        if shown.insert(code) {
            let title = titles.get(item).unwrap_or_default();
            let value = format!("{title} × {}", with_title[code as usize]);
            examples.push(shop.item_example(item, value));
        }
    }
    let shared = with_title.iter().filter(|&&products| products > 1);
    let sizes: Vec<usize> = shared.map(|&products| products as usize).collect();
    found.push_if_any(
        Finding::new(kind, Severity::Note, Unit::Items, count, of)
            .about(Subject::Field(Role::Catalog, Field::Title))
            .with_figure(FigureName::DistinctIds, sizes.len() as f64)
            .with_examples(examples)
            .with_bars(group_sizes(sizes.into_iter())),
    );
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn case_space_and_leading_zeros_do_not_count() {
        for (id, expected) in [
            ("00A 1", "a1"),
            ("a1", "a1"),
            (" A1\u{a0}", "a1"),
            ("0", "0"),
            ("000", "0"),
            ("10", "10"),
        ] {
            assert_eq!(bare(id), expected, "{id:?}");
        }
        assert_ne!(bare("a-1"), bare("a1"));
    }
}
