//! What the recommended lists are like, whether they hit or not.

use super::vectors::ItemVectors;
use crate::ids::ItemIdx;

/// Share of the catalogue that is listed at all; 0 for an empty catalogue.
#[must_use]
pub fn coverage(exposure: &[u32]) -> f64 {
    let listed = exposure.iter().filter(|&&count| count > 0).count();
    if exposure.is_empty() { 0.0 } else { real(listed) / real(exposure.len()) }
}

/// Gini coefficient of how often each product is listed: with `x` ascending and positions from 1,
/// `Σ (2i − n − 1) x_i / (n Σ x)`. 0 when nothing is listed.
#[must_use]
pub fn gini(exposure: &[u32]) -> f64 {
    let total: u64 = exposure.iter().map(|&count| u64::from(count)).sum();
    if total == 0 {
        return 0.0;
    }
    let mut ascending = exposure.to_vec();
    ascending.sort_unstable();
    let n = real(ascending.len());
    let weighted: f64 = (1..)
        .zip(&ascending)
        .map(|(position, &count)| (2.0 * real(position) - n - 1.0) * f64::from(count))
        .sum();
    let total = total as f64;
    weighted / (n * total)
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
