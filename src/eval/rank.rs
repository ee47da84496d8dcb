//! Lists and ranks out of scores.

use std::cmp::Ordering;

use super::case_scores::CaseScores;
use crate::ids::ItemIdx;

/// A score and whose it is.
pub(super) type Scored = (f32, u32);

#[expect(clippy::trivially_copy_pass_by_ref, reason = "so do sorts pass them")]
fn better(a: &Scored, b: &Scored) -> Ordering {
    b.0.total_cmp(&a.0).then(a.1.cmp(&b.1))
}

/// The best `k` products, the best first, ties by index; products scored `NEG_INFINITY` are left out.
/// Equal to [`crate::model::top_k`], but in one pass without a list of all candidates.
pub(super) fn best(scores: &[f32], k: usize) -> Vec<ItemIdx> {
    let mut kept: Vec<Scored> = Vec::with_capacity(4 * k);
    // Whatever comes later at the worst kept score loses the tie by its index.
    let mut bar = f32::NEG_INFINITY;
    for (item, &score) in (0..).zip(scores) {
        if score > bar {
            kept.push((score, item));
            if kept.len() == 4 * k {
                kept.select_nth_unstable_by(k - 1, better);
                kept.truncate(k);
                bar = kept[k - 1].0;
            }
        }
    }
    first(kept, k)
}

/// The first `k` of some products from best to worst, ties by index.
pub(super) fn first(mut scored: Vec<Scored>, k: usize) -> Vec<ItemIdx> {
    if scored.len() > 2 * k && k > 0 {
        scored.select_nth_unstable_by(k - 1, better);
        scored.truncate(k);
    }
    scored.sort_unstable_by(better);
    scored.into_iter().take(k).map(|(_, item)| ItemIdx(item)).collect()
}

/// The targets that come out among the first `k` with their ranks, from 1, ascending. Ties are broken
/// against the model: a target stands after all other products of its score, tied targets by index.
/// `list` is [`CaseScores::best`] of `k`.
pub(super) fn ranked(
    scores: &impl CaseScores,
    list: &[ItemIdx],
    targets: &[ItemIdx],
    k: usize,
) -> Vec<(usize, ItemIdx)> {
    let score = |item: &ItemIdx| scores.score(*item);
    // Products above the bar are all in the list; those at the bar may not be.
    let bar =
        if list.len() < k { f32::NEG_INFINITY } else { list.last().map_or(f32::INFINITY, score) };
    let mut by_score: Vec<(f32, ItemIdx)> = targets
        .iter()
        .map(|&item| (score(&item), item))
        .filter(|&(own, _)| own > f32::NEG_INFINITY && own >= bar)
        .collect();
    by_score.sort_unstable_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
    let mut ranked = Vec::with_capacity(by_score.len());
    for tied in by_score.chunk_by(|a, b| a.0 == b.0) {
        let own = tied[0].0;
        let above = list.iter().filter(|item| score(item) > own).count();
        let all_tied = if own > bar {
            list.iter().filter(|item| score(item) == own).count()
        } else {
            scores.below_and_at(own).1
        };
        let last = above + all_tied;
        let ranks = last + 1 - tied.len()..=last;
        ranked.extend(ranks.zip(tied.iter().map(|&(_, item)| item)).filter(|&(rank, _)| rank <= k));
    }
    ranked
}

#[cfg(test)]
mod tests {
    use super::super::case_scores::Dense;
    use super::*;
    use crate::model::top_k;

    const NONE: f32 = f32::NEG_INFINITY;

    fn ranks_of(scores: &[f32], targets: &[u32], k: usize) -> Vec<usize> {
        let targets: Vec<ItemIdx> = targets.iter().copied().map(ItemIdx).collect();
        let ranked = ranked(&Dense::new(scores, &[]), &best(scores, k), &targets, k);
        ranked.into_iter().map(|(rank, _)| rank).collect()
    }

    #[test]
    fn the_one_pass_list_is_the_list_that_is_shown() {
        // A small linear congruential generator; few distinct scores, so that ties abound.
        let mut state = 1_u32;
        let mut next = move || {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            state >> 24
        };
        for n in [0, 1, 3, 10, 200] {
            let scores: Vec<f32> =
                (0..n)
                    .map(|_| next())
                    .map(|draw| {
                        if draw < 20 { NONE } else { [0.5, 1.0, -2.0, 7.5, 3.0][draw as usize % 5] }
                    })
                    .collect();
            for k in [1, 2, 5, 50] {
                let shown: Vec<ItemIdx> =
                    top_k(&scores, |_| false, k).iter().map(|one| one.item).collect();
                assert_eq!(best(&scores, k), shown, "n {n}, k {k}");
            }
        }
    }

    #[test]
    fn a_tie_never_helps_the_model() {
        let scores = [1.0, 1.0, 1.0, 0.5, NONE];
        assert_eq!(ranks_of(&scores, &[0], 3), [3]);
        assert_eq!(ranks_of(&scores, &[0], 2), [] as [usize; 0]);
        assert_eq!(
            ranks_of(&scores, &[0, 2], 3),
            [2, 3],
            "tied targets stand behind the rest, each on a rank of its own"
        );
        assert_eq!(ranks_of(&scores, &[0, 2], 2), [2]);
        assert_eq!(ranks_of(&scores, &[3, 4], 9), [4], "no score is no rank");
    }

    #[test]
    fn a_list_of_zeros_is_all_ties() {
        assert_eq!(ranks_of(&[0.0; 50], &[0], 10), [] as [usize; 0]);
        assert_eq!(ranks_of(&[0.0; 50], &[0], 50), [50]);
        assert_eq!(ranks_of(&[], &[], 5), [] as [usize; 0]);
        assert_eq!(ranks_of(&[0.0, -0.0], &[1], 1), [] as [usize; 0], "signed zeros are equal");
    }
}
