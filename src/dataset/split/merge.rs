//! Events in a row on one product as one visit.

use crate::dataset::{EventKind, Interactions};

/// Interest that a kind shows, for choosing one event of a visit.
const fn strength(kind: EventKind) -> u8 {
    match kind {
        EventKind::Search => 0,
        EventKind::View => 1,
        EventKind::Cart => 2,
        EventKind::Rating => 3,
        EventKind::Review => 4,
        EventKind::Purchase => 5,
        EventKind::Return => 6,
    }
}

/// Which rows stand for a visit: of each run of rows on one product the strongest, the first of equal
/// ones. A run ends where `same_part` of two neighbours does not hold. `[log.len()]`
pub(super) fn kept_rows(log: &Interactions, same_part: impl Fn(usize, usize) -> bool) -> Vec<bool> {
    let mut is_kept = vec![false; log.len()];
    for (_, rows) in log.users() {
        let mut rows = rows.peekable();
        while let Some(first) = rows.next() {
            let mut strongest = first;
            let continues =
                |next: &usize| log.item(*next) == log.item(first) && same_part(first, *next);
            while let Some(next) = rows.next_if(continues) {
                if strength(log.kind(next)) > strength(log.kind(strongest)) {
                    strongest = next;
                }
            }
            is_kept[strongest] = true;
        }
    }
    is_kept
}
