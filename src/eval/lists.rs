//! What the recommended lists are like, whether they hit or not.

use super::metrics::total;
use super::vectors::ItemVectors;
use crate::dataset::numeric;
use crate::ids::ItemIdx;

/// Share of the catalogue that is listed at all; 0 for an empty catalogue.
#[must_use]
pub fn coverage(exposure: &[u32]) -> f64 {
    let listed = exposure.iter().filter(|&&count| count > 0).count();
    if exposure.is_empty() { 0.0 } else { real(listed) / real(exposure.len()) }
}

/// Gini coefficient of how often each product is listed; 0 when nothing is listed.
#[must_use]
pub fn gini(exposure: &[u32]) -> f64 {
    let mut ascending = exposure.to_vec();
    ascending.sort_unstable();
    numeric::gini(ascending.into_iter().map(f64::from)).unwrap_or(0.0)
}

/// Self-information of each product: `-log2(shoppers who met it / all shoppers)`, bits. A product
/// that nobody met counts as met by one.
#[must_use]
pub fn self_information(shoppers: &[u32], n_shoppers: usize) -> Vec<f32> {
    let all = real(n_shoppers.max(1));
    let bits = |&count: &u32| -(f64::from(count.max(1)) / all).log2() as f32;
    shoppers.iter().map(bits).collect()
}

/// Mean self-information of a list's first `k`; 0 for an empty list.
#[must_use]
pub fn novelty(list: &[ItemIdx], k: usize, self_information: &[f32]) -> f32 {
    let list = &list[..list.len().min(k)];
    let bits: f64 = list.iter().map(|item| f64::from(self_information[item.index()])).sum();
    mean(bits, list.len())
}

/// Mean cosine distance of all pairs among a list's first `k`, for each of `ks`; 0 for
/// a list of fewer than two.
#[must_use]
pub fn diversity(list: &[ItemIdx], ks: &[usize], vectors: &dyn ItemVectors) -> Vec<f32> {
    let cosines = vectors.cosines_with_earlier(list);
    let at = |&k: &usize| {
        let n = k.min(list.len());
        let pairs = n * n.saturating_sub(1) / 2;
        mean(real(pairs) - cosines[..n].iter().sum::<f64>(), pairs)
    };
    ks.iter().map(at).collect()
}

/// What popularity alone would give each product: `(n + 1 − rank) / n`, with the rank by shoppers from 1,
/// equal numbers sharing one; 0 for a product that nobody met. `[n_items]`
#[must_use]
pub fn expectedness(shoppers: &[u32]) -> Vec<f32> {
    let mut distinct: Vec<u32> = shoppers.iter().copied().filter(|&count| count > 0).collect();
    distinct.sort_unstable_by(|a, b| b.cmp(a));
    distinct.dedup();
    let n = real(shoppers.len());
    let one = |&count: &u32| {
        let before = distinct.partition_point(|&other| other > count);
        if count == 0 { 0.0 } else { ((n - real(before)) / n) as f32 }
    };
    shoppers.iter().map(one).collect()
}

/// Serendipity of the hits of a list at `k ≥ 1`: `Σ max((n + 1 − rank) / n − expectedness, 0) / k`.
#[must_use]
pub fn serendipity(hits: &[(usize, ItemIdx)], k: usize, expectedness: &[f32]) -> f32 {
    let n = real(expectedness.len());
    let surprise = |&(rank, item): &(usize, ItemIdx)| {
        let chance = (n + 1.0 - real(rank)) / n;
        (chance - f64::from(expectedness[item.index()])).max(0.0)
    };
    let hits = hits.iter().take_while(|(rank, _)| *rank <= k);
    (total(hits.map(surprise)) / real(k)) as f32
}

fn mean(sum: f64, count: usize) -> f32 {
    if count == 0 { 0.0 } else { (sum / real(count)) as f32 }
}

fn real(count: usize) -> f64 {
    count as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gini_is_zero_for_equal_and_near_one_for_single_exposure() {
        assert!(gini(&[3, 3, 3]).abs() < 1e-12);
        assert!((gini(&[0, 0, 0, 8]) - 0.75).abs() < 1e-12, "(n - 1) / n");
        assert!(gini(&[0, 0]).abs() < 1e-12);
        assert!((coverage(&[0, 1, 7, 0]) - 0.5).abs() < 1e-12);
        assert!(coverage(&[]).abs() < 1e-12);
    }

    #[test]
    fn novelty_counts_bits() {
        let bits = self_information(&[4, 1, 0], 4);
        assert_eq!(bits, [0.0, 2.0, 2.0]);
        let list = [ItemIdx(0), ItemIdx(1)];
        assert_eq!(
            (novelty(&list, 1, &bits), novelty(&list, 9, &bits), novelty(&[], 5, &bits)),
            (0.0, 1.0, 0.0)
        );
    }
}
