//! Cutting a dendrogram into clusters, and how well they stand apart.

use std::ops::RangeInclusive;

use super::linkage::Forest;
use super::{ClusterCut, Merge};
use crate::analysis::numeric::real_len;

const MOST_CLUSTERS: usize = 20;

/// `[n]` cluster of each row, numbered along `order`.
pub(super) fn clusters(
    merges: &[Merge],
    distances: &[f64],
    order: &[usize],
    cut: ClusterCut,
) -> Vec<u32> {
    let n = order.len();
    let candidates = 2..=MOST_CLUSTERS.min(n.saturating_sub(1));
    let count = match cut {
        ClusterCut::Count(count) => count.clamp(1, n.max(1)),
        ClusterCut::LargestGap => largest_gap(merges, n, candidates),
        ClusterCut::BestSilhouette => best_silhouette(merges, distances, order, candidates),
    };
    labels(merges, order, count)
}

fn largest_gap(merges: &[Merge], n: usize, candidates: RangeInclusive<usize>) -> usize {
    let gap = |count: usize| merges[n - count].height - merges[n - count - 1].height;
    first_best(candidates, gap).unwrap_or(1)
}

fn best_silhouette(
    merges: &[Merge],
    distances: &[f64],
    order: &[usize],
    candidates: RangeInclusive<usize>,
) -> usize {
    let quality = |count| silhouette(distances, &labels(merges, order, count)).unwrap_or(-1.0);
    first_best(candidates, quality).unwrap_or(1)
}

/// The candidate with the greatest value, the first among equals.
fn first_best(candidates: RangeInclusive<usize>, value: impl Fn(usize) -> f64) -> Option<usize> {
    let valued = candidates.map(|candidate| (candidate, value(candidate)));
    let best = valued.reduce(|best, next| if next.1 > best.1 { next } else { best });
    best.map(|(candidate, _)| candidate)
}

/// Replays merges until `count` clusters are left.
fn labels(merges: &[Merge], order: &[usize], count: usize) -> Vec<u32> {
    let n = order.len();
    let mut forest = Forest::new(n);
    for merge in &merges[..n.saturating_sub(count)] {
        forest.merge(merge.left, merge.right, merge.height);
    }
    let mut numbers = std::collections::HashMap::new();
    let mut labels = vec![0; n];
    for &row in order {
        let next = u32::try_from(numbers.len()).expect("row counts fit 32 bits");
        labels[row] = *numbers.entry(forest.root(row)).or_insert(next);
    }
    labels
}

/// Mean silhouette of labels from 0 upwards by `[n][n]` distances: the mean of
/// `(b - a) / max(a, b)`, a being the mean distance to one's own cluster, b to the nearest other one;
/// 0 for a row alone in its cluster (Rousseeuw 1987; scikit-learn's `silhouette_score`). `None` with
/// fewer than two clusters or as many as rows.
#[must_use]
pub fn silhouette(distances: &[f64], labels: &[u32]) -> Option<f64> {
    let n = labels.len();
    let n_clusters = labels.iter().max().map_or(0, |&last| last as usize + 1);
    if n_clusters < 2 || n_clusters >= n {
        return None;
    }
    let mut sizes = vec![0_usize; n_clusters];
    for &label in labels {
        sizes[label as usize] += 1;
    }
    let mut total = 0.0;
    for (row, &own) in labels.iter().enumerate() {
        let mut sums = vec![0.0; n_clusters];
        for (&label, distance) in labels.iter().zip(&distances[row * n..(row + 1) * n]) {
            sums[label as usize] += distance;
        }
        total += row_silhouette(own as usize, &sums, &sizes);
    }
    Some(total / real_len(n))
}

fn row_silhouette(own: usize, sums: &[f64], sizes: &[usize]) -> f64 {
    if sizes[own] < 2 {
        return 0.0;
    }
    let within = sums[own] / real_len(sizes[own] - 1);
    let others = (0..sums.len()).filter(|&label| label != own && sizes[label] > 0);
    let outside =
        others.map(|label| sums[label] / real_len(sizes[label])).fold(f64::INFINITY, f64::min);
    let scale = within.max(outside);
    if scale > 0.0 { (outside - within) / scale } else { 0.0 }
}
