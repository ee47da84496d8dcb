//! Average linkage (UPGMA) by chains of nearest neighbours: `n²` time, the same tree as merging the
//! nearest pair again and again (Müllner 2011, arXiv:1109.2378).

use super::Merge;
use crate::analysis::numeric::real_len;
use crate::control::{Cancelled, Control};

/// Merges of `n` rows by `[n][n]` distances, lowest first.
pub(super) fn average_linkage(
    mut distances: Vec<f64>,
    n: usize,
    control: &Control,
) -> Result<Vec<Merge>, Cancelled> {
    let mut sizes = vec![1_usize; n];
    let mut found = Vec::with_capacity(n.saturating_sub(1));
    let mut chain: Vec<usize> = Vec::new();
    while found.len() + 1 < n {
        control.check()?;
        if chain.is_empty() {
            chain.extend(sizes.iter().position(|&size| size > 0));
        }
        let (a, b, height) = follow(&mut chain, &distances, &sizes);
        let (gone, kept) = (a.min(b), a.max(b));
        found.push((gone, kept, height));
        unite(&mut distances, &mut sizes, gone, kept);
    }
    Ok(number(found, n))
}

/// Walks from neighbour to nearest neighbour until two are each other's nearest, and takes both off the
/// chain. Ties go to where the walk came from, then to the lower number.
fn follow(chain: &mut Vec<usize>, distances: &[f64], sizes: &[usize]) -> (usize, usize, f64) {
    let n = sizes.len();
    loop {
        let here = chain[chain.len() - 1];
        let before = chain.len().checked_sub(2).map(|position| chain[position]);
        let mut nearest = before;
        let mut height = before.map_or(f64::INFINITY, |other| distances[here * n + other]);
        for other in (0..n).filter(|&other| other != here && sizes[other] > 0) {
            let distance = distances[here * n + other];
            if distance < height || nearest.is_none() {
                (nearest, height) = (Some(other), distance);
            }
        }
        let nearest = nearest.expect("two clusters are left to merge");
        if Some(nearest) == before {
            chain.truncate(chain.len() - 2);
            return (here, nearest, height);
        }
        chain.push(nearest);
    }
}

fn unite(distances: &mut [f64], sizes: &mut [usize], gone: usize, kept: usize) {
    let n = sizes.len();
    let (a, b) = (real_len(sizes[gone]), real_len(sizes[kept]));
    for other in (0..n).filter(|&other| other != gone && other != kept) {
        let mean = (a * distances[other * n + gone] + b * distances[other * n + kept]) / (a + b);
        distances[other * n + kept] = mean;
        distances[kept * n + other] = mean;
    }
    sizes[kept] += sizes[gone];
    sizes[gone] = 0;
}

/// Sorts merges by height and numbers the clusters that they make.
fn number(mut found: Vec<(usize, usize, f64)>, n: usize) -> Vec<Merge> {
    found.sort_by(|a, b| a.2.total_cmp(&b.2));
    let mut forest = Forest::new(n);
    found.into_iter().map(|(a, b, height)| forest.merge(a, b, height)).collect()
}

/// Which cluster each row is in while merges are replayed.
pub(super) struct Forest {
    parent: Vec<usize>,
    size: Vec<usize>,
}

impl Forest {
    pub(super) fn new(n: usize) -> Self {
        Self { parent: (0..n).collect(), size: vec![1; n] }
    }

    pub(super) fn root(&mut self, mut node: usize) -> usize {
        while self.parent[node] != node {
            self.parent[node] = self.parent[self.parent[node]];
            node = self.parent[node];
        }
        node
    }

    pub(super) fn merge(&mut self, a: usize, b: usize, height: f64) -> Merge {
        let (a, b) = (self.root(a), self.root(b));
        let made = self.parent.len();
        let size = self.size[a] + self.size[b];
        self.parent[a] = made;
        self.parent[b] = made;
        self.parent.push(made);
        self.size.push(size);
        Merge { left: a.min(b), right: a.max(b), height, size }
    }
}
