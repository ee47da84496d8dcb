//! Vectors of a graph: `TransE` (Bordes et al. 2013), where `head + relation` lies near `tail`.
//!
//! For every fact `(h, r, t)` and one with its head or tail exchanged, `(h', r, t')`, the loss is
//! `max(0, γ + d(h + r, t) - d(h' + r, t'))`, `d` the L1 or L2 norm of the difference. Which end is exchanged
//! is drawn as by Wang et al. 2014: the head with probability `tph / (tph + hpt)`, tails per head and heads per
//! tail of the relation. Half of the exchanges come from what the relation is known to lead from or to, since
//! others are told apart too easily. Adagrad (Duchi et al. 2011); after each step the entities that it moved
//! are brought back to length 1.

use std::collections::BTreeSet;

use rand::seq::SliceRandom;
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::config::{Distance, KnowledgeConfig};
use super::graph::{Graph, Triple};
use crate::control::Control;
use crate::model::ModelError;

/// Facts of one step.
const BATCH: usize = 256;
/// Draws until an exchange makes something that is not a fact.
const TRIES: usize = 10;
/// Keeps Adagrad from dividing by 0.
const EPSILON: f32 = 1e-10;

/// Vectors of entities and relations.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct TransE {
    pub entities: Table,
    pub relations: Table,
    margin: f32,
    distance: Distance,
    rate: f32,
}

impl TransE {
    /// Vectors drawn evenly from `±6 / √dim` and brought to length 1.
    pub fn new(config: &KnowledgeConfig, graph: &Graph, seed: u64) -> Self {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        let bound = 6.0 / (config.dim as f32).sqrt();
        let mut table = |rows: usize| {
            let values = (0..rows * config.dim).map(|_| rng.random_range(-bound..bound)).collect();
            let mut table = Table::new(config.dim, values);
            (0..rows).for_each(|row| table.normalise(row));
            table
        };
        let (entities, relations) = (table(graph.entities().len()), table(graph.relations().len()));
        Self::from_tables(config, entities, relations)
    }

    /// Vectors that are given.
    pub const fn from_tables(config: &KnowledgeConfig, entities: Table, relations: Table) -> Self {
        let KnowledgeConfig { margin, distance, rate, .. } = *config;
        Self { entities, relations, margin, distance, rate }
    }

    /// Learn facts of a graph, all or some.
    ///
    /// # Errors
    /// [`ModelError::Cancelled`].
    pub fn learn(
        &mut self,
        graph: &Graph,
        facts: &[Triple],
        epochs: u32,
        seed: u64,
        control: &Control,
    ) -> Result<(), ModelError> {
        let exchanges = Exchanges::new(graph, facts);
        let mut rng = ChaCha8Rng::seed_from_u64(seed ^ 0x7472_616e_7365);
        let mut facts = facts.to_vec();
        for epoch in 0..epochs {
            control.report("stage-knowledge", epoch.into(), epochs.into());
            facts.shuffle(&mut rng);
            for batch in facts.chunks(BATCH) {
                control.check()?;
                let pairs: Vec<(Triple, Triple)> = batch
                    .iter()
                    .filter_map(|&fact| Some((fact, exchanges.draw(graph, fact, &mut rng)?)))
                    .collect();
                self.step(&pairs);
            }
        }
        Ok(())
    }

    /// One step on facts, each beside what is none: the loss before it, summed.
    pub fn step(&mut self, pairs: &[(Triple, Triple)]) -> f32 {
        let loss = self.gather(pairs);
        let moved = self.entities.apply(self.rate);
        moved.into_iter().for_each(|row| self.entities.normalise(row as usize));
        self.relations.apply(self.rate);
        loss
    }

    /// The loss of facts beside what is none, summed; its gradients are added to those of the tables.
    pub(super) fn gather(&mut self, pairs: &[(Triple, Triple)]) -> f32 {
        let dim = self.entities.dim;
        let (mut near, mut far) = (vec![0.0; dim], vec![0.0; dim]);
        let mut total = 0.0;
        for &(fact, other) in pairs {
            let excess = self.margin + self.slope(fact, &mut near) - self.slope(other, &mut far);
            if excess <= 0.0 {
                continue;
            }
            total += excess;
            self.entities.push(fact.head, &near, 1.0);
            self.entities.push(fact.tail, &near, -1.0);
            self.entities.push(other.head, &far, -1.0);
            self.entities.push(other.tail, &far, 1.0);
            self.relations.push(fact.relation, &near, 1.0);
            self.relations.push(other.relation, &far, -1.0);
        }
        total
    }

    /// The distance of `head + relation` from `tail`.
    pub fn distance(&self, triple: Triple) -> f32 {
        norm(self.distance, self.difference(triple))
    }

    fn difference(&self, triple: Triple) -> impl Iterator<Item = f32> + Clone + '_ {
        let head = self.entities.row(triple.head as usize);
        let relation = self.relations.row(triple.relation as usize);
        let tail = self.entities.row(triple.tail as usize);
        head.iter().zip(relation).zip(tail).map(|((head, relation), tail)| head + relation - tail)
    }

    /// The distance, and its gradient by the head.
    fn slope(&self, triple: Triple, gradient: &mut [f32]) -> f32 {
        gradient.iter_mut().zip(self.difference(triple)).for_each(|(slot, part)| *slot = part);
        let distance = norm(self.distance, gradient.iter().copied());
        for part in gradient {
            *part = match self.distance {
                Distance::L1 if *part == 0.0 => 0.0,
                Distance::L1 => part.signum(),
                Distance::L2 if distance == 0.0 => 0.0,
                Distance::L2 => *part / distance,
            };
        }
        distance
    }
}

fn norm(distance: Distance, difference: impl Iterator<Item = f32>) -> f32 {
    match distance {
        Distance::L1 => difference.map(f32::abs).sum(),
        Distance::L2 => difference.map(|part| part * part).sum::<f32>().sqrt(),
    }
}

/// Vectors as rows, their gradients, and what Adagrad remembers.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Table {
    pub dim: usize,
    pub values: Vec<f32>,
    pub gradients: Vec<f32>,
    squares: Vec<f32>,
    /// Rows that have gradients, each once.
    touched: BTreeSet<u32>,
}

impl Table {
    /// Rows of `dim` values.
    pub fn new(dim: usize, values: Vec<f32>) -> Self {
        let zeros = vec![0.0; values.len()];
        let (gradients, squares) = (zeros.clone(), zeros);
        Self { dim, values, gradients, squares, touched: BTreeSet::new() }
    }

    /// One vector.
    pub fn row(&self, row: usize) -> &[f32] {
        &self.values[row * self.dim..(row + 1) * self.dim]
    }

    fn push(&mut self, row: u32, gradient: &[f32], sign: f32) {
        let start = row as usize * self.dim;
        let slots = &mut self.gradients[start..start + self.dim];
        slots.iter_mut().zip(gradient).for_each(|(slot, part)| *slot += sign * part);
        self.touched.insert(row);
    }

    /// Move the rows that have gradients; these are then used up. Which rows they were.
    fn apply(&mut self, rate: f32) -> BTreeSet<u32> {
        let touched = std::mem::take(&mut self.touched);
        for &row in &touched {
            let range = row as usize * self.dim..(row as usize + 1) * self.dim;
            let squares = &mut self.squares[range.clone()];
            let gradients = &mut self.gradients[range.clone()];
            for ((value, square), gradient) in
                self.values[range].iter_mut().zip(squares).zip(gradients)
            {
                *square += *gradient * *gradient;
                *value -= rate * *gradient / (square.sqrt() + EPSILON);
                *gradient = 0.0;
            }
        }
        touched
    }

    fn normalise(&mut self, row: usize) {
        let values = &mut self.values[row * self.dim..(row + 1) * self.dim];
        let length = values.iter().map(|value| value * value).sum::<f32>().sqrt().max(1e-12);
        values.iter_mut().for_each(|value| *value /= length);
    }
}

/// What facts are exchanged for.
struct Exchanges {
    /// Of each relation, what it is known to lead from and to, and how likely the head is exchanged.
    places: Vec<Places>,
    n_entities: u32,
}

struct Places {
    heads: Vec<u32>,
    tails: Vec<u32>,
    head_share: f64,
}

impl Exchanges {
    fn new(graph: &Graph, facts: &[Triple]) -> Self {
        let place = |relation: usize| {
            let facts = facts.iter().filter(|fact| fact.relation as usize == relation);
            let heads: BTreeSet<u32> = facts.clone().map(|fact| fact.head).collect();
            let tails: BTreeSet<u32> = facts.map(|fact| fact.tail).collect();
            // tph / (tph + hpt): with n facts n/heads and n/tails.
            let head_share = tails.len() as f64 / (heads.len() + tails.len()).max(1) as f64;
            let (heads, tails) = (heads.into_iter().collect(), tails.into_iter().collect());
            Places { heads, tails, head_share }
        };
        Self {
            places: (0..graph.relations().len()).map(place).collect(),
            n_entities: graph.entities().len() as u32,
        }
    }

    /// Something that is no fact; `None` when none was found.
    fn draw(&self, graph: &Graph, fact: Triple, rng: &mut ChaCha8Rng) -> Option<Triple> {
        let places = &self.places[fact.relation as usize];
        let is_head = rng.random_bool(places.head_share);
        let usual = if is_head { &places.heads } else { &places.tails };
        (0..TRIES).find_map(|_| {
            let entity = if rng.random_bool(0.5) {
                usual[rng.random_range(0..usual.len())]
            } else {
                rng.random_range(0..self.n_entities)
            };
            let other = if is_head {
                Triple { head: entity, ..fact }
            } else {
                Triple { tail: entity, ..fact }
            };
            (!graph.holds(other)).then_some(other)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Twelve products in three categories below one root, each of a brand that two categories share.
    fn graph() -> Graph {
        let mut triples = Vec::new();
        for product in 0..12 {
            triples.push([product, 0, 12 + product % 3]);
            triples.push([product, 1, 16 + product % 2]);
        }
        (12..15).for_each(|category| triples.push([category, 2, 15]));
        Graph::from_numbers(18, 3, &triples)
    }

    fn learned(config: &KnowledgeConfig, seed: u64) -> TransE {
        let graph = graph();
        let mut model = TransE::new(config, &graph, seed);
        let control = Control::default();
        model.learn(&graph, graph.triples(), config.epochs, seed, &control).expect("learned");
        model
    }

    #[test]
    fn facts_come_nearer_than_what_is_none() {
        let graph = graph();
        for distance in [Distance::L1, Distance::L2] {
            let config = KnowledgeConfig { distance, dim: 16, ..KnowledgeConfig::default() };
            let (before, after) = (TransE::new(&config, &graph, 3), learned(&config, 3));
            let is_nearest = |model: &TransE, product: u32| {
                let to = |category| Triple { head: product, relation: 0, tail: 12 + category };
                let own = model.distance(to(product % 3));
                (0..3)
                    .filter(|&other| other != product % 3)
                    .all(|other| model.distance(to(other)) > own)
            };
            let right =
                |model: &TransE| (0..12).filter(|&product| is_nearest(model, product)).count();
            assert!(right(&before) < 10 && right(&after) == 12, "{distance:?}: {}", right(&after));
            for row in 0..18 {
                let length = norm(Distance::L2, after.entities.row(row).iter().copied());
                assert!((length - 1.0).abs() < 1e-5, "{distance:?}: {length}");
            }
        }
    }

    #[test]
    fn the_same_seed_gives_the_same_vectors() {
        let config = KnowledgeConfig { epochs: 5, ..KnowledgeConfig::default() };
        assert_eq!(learned(&config, 7), learned(&config, 7));
        assert_ne!(learned(&config, 7), learned(&config, 8));
    }

    #[test]
    fn what_is_exchanged_is_no_fact_and_heads_and_tails_as_often_as_they_should() {
        let graph = graph();
        let exchanges = Exchanges::new(&graph, graph.triples());
        let mut rng = ChaCha8Rng::seed_from_u64(1);
        let fact = graph.triples()[0];
        let mut heads = 0;
        for _ in 0..2_000 {
            let other = exchanges.draw(&graph, fact, &mut rng).expect("something else");
            assert!(!graph.holds(other) && other.relation == fact.relation);
            assert!((other.head == fact.head) != (other.tail == fact.tail));
            heads += usize::from(other.head != fact.head);
        }
        // One tail per head and four heads per tail: 1 / (1 + 4).
        assert!((320..480).contains(&heads), "{heads} of 2000");
        let full = Graph::from_numbers(1, 1, &[[0, 0, 0]]);
        let exchanges = Exchanges::new(&full, full.triples());
        assert_eq!(exchanges.draw(&full, full.triples()[0], &mut rng), None);
    }

    #[test]
    fn learning_is_cancelled_on_request() {
        let graph = graph();
        let control = Control::default();
        control.cancel_token().cancel();
        let config = KnowledgeConfig::default();
        let mut model = TransE::new(&config, &graph, 1);
        let result = model.learn(&graph, graph.triples(), 5, 1, &control);
        assert!(matches!(result, Err(ModelError::Cancelled(_))));
    }
}
