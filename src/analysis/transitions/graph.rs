//! The chain as a drawing: which arrows, and where the states stand.

use super::{Edge, GraphLayout, TransitionMatrix};
use crate::analysis::numeric::{real_len, single};

/// Pairs of states that the springs may look at in all, so that a thousand states take no minute.
const FORCE_PAIRS: usize = 20_000_000;
const MAX_FORCE_ROUNDS: usize = 300;

impl TransitionMatrix {
    /// The arrows with at least the probability `min_p`, most travelled first, at most `max`.
    #[must_use]
    pub fn strongest_edges(&self, min_p: f64, max: usize) -> Vec<Edge> {
        let n = self.len();
        let edge = |cell: usize| Edge {
            from: cell / n,
            to: cell % n,
            probability: self.probabilities[cell],
            count: self.counts[cell],
        };
        let mut edges: Vec<Edge> = (0..n * n)
            .map(edge)
            .filter(|edge| edge.probability > 0.0 && edge.probability >= min_p)
            .collect();
        edges.sort_by(|a, b| {
            let by_count = b.count.total_cmp(&a.count);
            let by_probability = b.probability.total_cmp(&a.probability);
            by_count.then(by_probability).then((a.from, a.to).cmp(&(b.from, b.to)))
        });
        edges.truncate(max);
        edges
    }

    /// `[n]` positions within `-1..=1`, x to the right and y upwards.
    #[must_use]
    pub fn layout(&self, layout: GraphLayout) -> Vec<(f32, f32)> {
        let circle = self.circle();
        let points = match layout {
            GraphLayout::Circular => circle,
            GraphLayout::Force => self.springs(circle),
        };
        points.into_iter().map(|(x, y)| (single(x), single(y))).collect()
    }

    /// From the top clockwise; each place goes to the state that exchanges most with the one before.
    fn circle(&self) -> Vec<(f64, f64)> {
        let n = self.len();
        let mut points = vec![(0.0, 0.0); n];
        if n < 2 {
            return points;
        }
        for (place, state) in self.walk().into_iter().enumerate() {
            let angle = std::f64::consts::TAU * real_len(place) / real_len(n);
            points[state] = (angle.sin(), angle.cos());
        }
        points
    }

    fn walk(&self) -> Vec<usize> {
        let n = self.len();
        let mut left: Vec<usize> = (0..n).collect();
        let busiest = left
            .iter()
            .copied()
            .max_by_key(|&state| (self.visits[state], std::cmp::Reverse(state)));
        let mut order: Vec<usize> = busiest.into_iter().collect();
        left.retain(|state| Some(*state) != busiest);
        while let Some(&last) = order.last() {
            let flow = |state: usize| self.counts[last * n + state] + self.counts[state * n + last];
            let next =
                left.iter().copied().max_by(|&a, &b| flow(a).total_cmp(&flow(b)).then(b.cmp(&a)));
            let Some(next) = next else { break };
            order.push(next);
            left.retain(|&state| state != next);
        }
        order
    }

    /// Fruchterman and Reingold 1991 with the mean of both directions' probabilities as spring weight,
    /// cooled linearly, then scaled to the unit square.
    fn springs(&self, mut points: Vec<(f64, f64)>) -> Vec<(f64, f64)> {
        let n = self.len();
        if n < 3 {
            return points;
        }
        let ideal = 2.0 / real_len(n).sqrt();
        let rounds = (FORCE_PAIRS / (n * n)).clamp(20, MAX_FORCE_ROUNDS);
        for round in 0..rounds {
            let heat = 0.2 * (1.0 - real_len(round) / real_len(rounds));
            let moves: Vec<(f64, f64)> =
                (0..n).map(|state| self.force_on(state, &points, ideal)).collect();
            for (point, (x, y)) in points.iter_mut().zip(moves) {
                let length = x.hypot(y);
                if length > 0.0 {
                    let step = length.min(heat) / length;
                    *point = (point.0 + x * step, point.1 + y * step);
                }
            }
        }
        fit(&mut points);
        points
    }

    fn force_on(&self, state: usize, points: &[(f64, f64)], ideal: f64) -> (f64, f64) {
        let n = self.len();
        let mut force = (0.0, 0.0);
        for (other, point) in points.iter().enumerate().filter(|&(other, _)| other != state) {
            let (dx, dy) = (points[state].0 - point.0, points[state].1 - point.1);
            let distance = dx.hypot(dy).max(1e-6);
            let weight = f64::midpoint(
                self.probabilities[state * n + other],
                self.probabilities[other * n + state],
            );
            let push = ideal * ideal / distance - weight * distance * distance / ideal;
            force.0 += dx / distance * push;
            force.1 += dy / distance * push;
        }
        // A weak pull to the middle keeps parts without a connection on the page.
        (force.0 - 0.1 * points[state].0, force.1 - 0.1 * points[state].1)
    }
}

/// Centres the points and scales them, both axes alike, into `-1..=1`.
fn fit(points: &mut [(f64, f64)]) {
    let range = |values: &mut dyn Iterator<Item = f64>| {
        values.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), value| {
            (low.min(value), high.max(value))
        })
    };
    let (left, right) = range(&mut points.iter().map(|point| point.0));
    let (bottom, top) = range(&mut points.iter().map(|point| point.1));
    let half = ((right - left).max(top - bottom) / 2.0).max(1e-9);
    for point in points {
        point.0 = ((point.0 - f64::midpoint(left, right)) / half).clamp(-1.0, 1.0);
        point.1 = ((point.1 - f64::midpoint(bottom, top)) / half).clamp(-1.0, 1.0);
    }
}
