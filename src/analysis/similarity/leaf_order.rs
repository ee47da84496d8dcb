//! The order of a dendrogram's leaves in which neighbours are as near as the tree allows.
//!
//! Bar-Joseph, Gifford and Jaakkola 2001, Fast optimal leaf ordering for hierarchical clustering,
//! Bioinformatics 17: the cheapest order of a subtree by its two end leaves, from the bottom up.

use std::ops::Range;

use rayon::prelude::*;

use super::Merge;
use crate::control::{Cancelled, Control};

/// `[n]` rows in the order of the leaves; the lower-numbered end comes first.
pub(super) fn leaf_order(
    merges: &[Merge],
    distances: &[f64],
    n: usize,
    control: &Control,
) -> Result<Vec<usize>, Cancelled> {
    if n < 2 {
        return Ok((0..n).collect());
    }
    let mut tree = Tree::new(merges, distances, n);
    for node in n..n + merges.len() {
        control.check()?;
        tree.solve(node);
    }
    Ok(tree.read_out())
}

struct Tree<'a> {
    merges: &'a [Merge],
    distances: &'a [f64],
    n: usize,
    /// Leaves so that those of every node lie together.
    leaves: Vec<usize>,
    /// Where in `leaves` those of a node lie.
    spans: Vec<Range<usize>>,
    /// `[n][n]` cost of the cheapest order of the smallest subtree that holds both leaves, with them at
    /// its ends.
    cost: Vec<f64>,
}

impl<'a> Tree<'a> {
    fn new(merges: &'a [Merge], distances: &'a [f64], n: usize) -> Self {
        let mut tree = Self {
            merges,
            distances,
            n,
            leaves: Vec::with_capacity(n),
            spans: vec![0..0; n + merges.len()],
            cost: vec![0.0; n * n],
        };
        let mut stack = vec![(n + merges.len() - 1, 0)];
        while let Some((node, start)) = stack.pop() {
            tree.spans[node] = start..start + tree.size(node);
            match tree.children(node) {
                None => tree.leaves.push(node),
                Some((left, right)) => {
                    stack.push((right, start + tree.size(left)));
                    stack.push((left, start));
                }
            }
        }
        tree
    }

    fn children(&self, node: usize) -> Option<(usize, usize)> {
        let merge = self.merges.get(node.checked_sub(self.n)?)?;
        Some((merge.left, merge.right))
    }

    fn size(&self, node: usize) -> usize {
        node.checked_sub(self.n).map_or(1, |merge| self.merges[merge].size)
    }

    fn leaves_of(&self, node: usize) -> &[usize] {
        &self.leaves[self.spans[node].clone()]
    }

    fn holds(&self, node: usize, leaf: usize) -> bool {
        self.leaves_of(node).contains(&leaf)
    }

    /// The leaves that can stand at the other end of `node` when `leaf` stands at one.
    fn far_ends(&self, node: usize, leaf: usize) -> &[usize] {
        match self.children(node) {
            None => self.leaves_of(node),
            Some((left, right)) if self.holds(left, leaf) => self.leaves_of(right),
            Some((left, _)) => self.leaves_of(left),
        }
    }

    fn cost(&self, a: usize, b: usize) -> f64 {
        self.cost[a * self.n + b]
    }

    fn distance(&self, a: usize, b: usize) -> f64 {
        self.distances[a * self.n + b]
    }

    /// Fills the costs between the leaves of a node's two children, whose own are filled.
    fn solve(&mut self, node: usize) {
        let Some((left, right)) = self.children(node) else {
            return;
        };
        let opposite: Vec<&[usize]> =
            self.leaves_of(right).iter().map(|&leaf| self.far_ends(right, leaf)).collect();
        let rows: Vec<Vec<f64>> = self
            .leaves_of(left)
            .par_iter()
            .map(|&first| self.costs_from(first, left, right, &opposite))
            .collect();
        let (firsts, lasts) = (self.spans[left].clone(), self.spans[right].clone());
        for (first, row) in firsts.zip(rows) {
            for (last, cost) in lasts.clone().zip(row) {
                let (first, last) = (self.leaves[first], self.leaves[last]);
                self.cost[first * self.n + last] = cost;
                self.cost[last * self.n + first] = cost;
            }
        }
    }

    /// Costs from one end in `left` to every end in `right`.
    fn costs_from(
        &self,
        first: usize,
        left: usize,
        right: usize,
        opposite: &[&[usize]],
    ) -> Vec<f64> {
        let inner_left = self.far_ends(left, first);
        let mut entering = vec![f64::INFINITY; self.n];
        for &inner in inner_left {
            let so_far = self.cost(first, inner);
            for &next in self.leaves_of(right) {
                entering[next] = entering[next].min(so_far + self.distance(inner, next));
            }
        }
        let lasts = self.leaves_of(right).iter().zip(opposite);
        let cheapest = |(&last, inner_right): (&usize, &&[usize])| {
            let through = inner_right.iter().map(|&inner| entering[inner] + self.cost(inner, last));
            through.fold(f64::INFINITY, f64::min)
        };
        lasts.map(cheapest).collect()
    }

    fn read_out(&self) -> Vec<usize> {
        let root = self.n + self.merges.len() - 1;
        let mut order = Vec::with_capacity(self.n);
        let mut stack = vec![self.best_ends(root)];
        while let Some((node, first, last)) = stack.pop() {
            let Some((left, right)) = self.children(node) else {
                order.push(node);
                continue;
            };
            let (near, far) = if self.holds(left, first) { (left, right) } else { (right, left) };
            let (end, begin) = self.junction(near, far, first, last);
            stack.push((far, begin, last));
            stack.push((near, first, end));
        }
        order
    }

    fn best_ends(&self, root: usize) -> (usize, usize, usize) {
        let Some((left, right)) = self.children(root) else {
            return (root, root, root);
        };
        let pairs = self
            .leaves_of(left)
            .iter()
            .flat_map(|&a| self.leaves_of(right).iter().map(move |&b| (a.min(b), a.max(b))));
        let cheaper = |a: &(usize, usize), b: &(usize, usize)| {
            self.cost(a.0, a.1).total_cmp(&self.cost(b.0, b.1)).then(a.cmp(b))
        };
        let (first, last) = pairs.min_by(cheaper).unwrap_or((root, root));
        (root, first, last)
    }

    /// The leaves that meet in the middle of the cheapest order from `first` to `last`.
    fn junction(&self, near: usize, far: usize, first: usize, last: usize) -> (usize, usize) {
        let mut best = (f64::INFINITY, first, last);
        for &end in self.far_ends(near, first) {
            for &begin in self.far_ends(far, last) {
                let cost =
                    self.cost(first, end) + self.distance(end, begin) + self.cost(begin, last);
                if cost < best.0 {
                    best = (cost, end, begin);
                }
            }
        }
        (best.1, best.2)
    }
}
