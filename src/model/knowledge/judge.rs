//! How good the vectors of a graph are by themselves: facts are held out, and the right tail is looked for
//! among all entities.

use std::collections::HashMap;

use rand::SeedableRng;
use rand::seq::SliceRandom;
use rand_chacha::ChaCha8Rng;
use rayon::prelude::*;
use serde::{Deserialize, Serialize};

use super::config::KnowledgeConfig;
use super::graph::{Graph, Triple};
use super::transe::TransE;
use crate::control::Control;
use crate::model::ModelError;

/// One fact of so many is held out.
const HELD_OUT: usize = 20;
/// Most facts that are held out.
const MOST: usize = 1_000;
/// Length of the list that counts as a hit.
const K: u32 = 10;

/// Ranks of the right tails among all entities, other right tails left out; ties count against.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
pub struct TailRanks {
    /// Share of facts whose tail is among the best ten.
    pub hits_at_10: f64,
    /// Mean rank, from 1.
    pub mean_rank: f64,
}

impl TailRanks {
    fn of(ranks: &[u32]) -> Self {
        let count = ranks.len().max(1) as f64;
        Self {
            hits_at_10: ranks.iter().filter(|&&rank| rank <= K).count() as f64 / count,
            mean_rank: ranks.iter().map(|&rank| f64::from(rank)).sum::<f64>() / count,
        }
    }
}

/// What held-out facts say.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct LinkQuality {
    /// Facts that were held out.
    pub held_out: usize,
    /// Entities that a tail stands among.
    pub entities: usize,
    /// By the distance of vectors learned from the other facts.
    pub vectors: TailRanks,
    /// By how often the relation leads to an entity.
    pub popularity: TailRanks,
}

/// Learn vectors anew without some facts, and look for these; `None` when none can be held out.
///
/// # Errors
/// [`ModelError::Cancelled`].
pub(super) fn judge(
    config: &KnowledgeConfig,
    graph: &Graph,
    seed: u64,
    control: &Control,
) -> Result<Option<LinkQuality>, ModelError> {
    let (kept, held_out) = divided(graph, seed);
    if held_out.is_empty() {
        return Ok(None);
    }
    let mut model = TransE::new(config, graph, seed);
    model.learn(graph, &kept, config.epochs, seed, &judging(control))?;
    let counts = tail_counts(&kept);
    let ranks = |worse: &(dyn Fn(Triple) -> f32 + Sync)| {
        held_out
            .par_iter()
            .map(|&fact| {
                control.check()?;
                Ok(rank(graph, fact, worse))
            })
            .collect::<Result<Vec<u32>, ModelError>>()
    };
    let by_vectors = ranks(&|triple| model.distance(triple))?;
    let by_count = ranks(&|triple| {
        -(counts.get(&(triple.relation, triple.tail)).copied().unwrap_or_default() as f32)
    })?;
    Ok(Some(LinkQuality {
        held_out: held_out.len(),
        entities: graph.entities().len(),
        vectors: TailRanks::of(&by_vectors),
        popularity: TailRanks::of(&by_count),
    }))
}

/// The same control, whose progress says that this is the second learning.
fn judging(control: &Control) -> Control {
    let outer = control.clone();
    Control::new(control.cancel_token().clone(), move |progress| {
        outer.report("stage-judging-knowledge", progress.done, progress.total);
    })
}

/// Rank of a fact's tail by what is less for better ones.
fn rank(graph: &Graph, fact: Triple, worse: &dyn Fn(Triple) -> f32) -> u32 {
    let own = worse(fact);
    let others = (0..graph.entities().len() as u32).map(|tail| Triple { tail, ..fact });
    let before =
        others.filter(|&other| other != fact && worse(other) <= own && !graph.holds(other)).count();
    before as u32 + 1
}

/// How often a relation leads to an entity, by both.
fn tail_counts(facts: &[Triple]) -> HashMap<(u32, u32), u32> {
    let mut counts = HashMap::new();
    for fact in facts {
        *counts.entry((fact.relation, fact.tail)).or_insert(0) += 1;
    }
    counts
}

/// Facts that stay, and those that are held out: each of these has both its entities and its relation in
/// others that stay.
fn divided(graph: &Graph, seed: u64) -> (Vec<Triple>, Vec<Triple>) {
    let mut degrees = vec![0_u32; graph.entities().len()];
    let mut uses = vec![0_u32; graph.relations().len()];
    for fact in graph.triples() {
        degrees[fact.head as usize] += 1;
        degrees[fact.tail as usize] += 1;
        uses[fact.relation as usize] += 1;
    }
    let mut order = graph.triples().to_vec();
    order.shuffle(&mut ChaCha8Rng::seed_from_u64(seed ^ 0x6865_6c64));
    let wanted = (order.len() / HELD_OUT).min(MOST);
    let (mut kept, mut held_out) = (Vec::new(), Vec::new());
    for fact in order {
        let (head, tail) = (fact.head as usize, fact.tail as usize);
        let is_spare = fact.head != fact.tail
            && degrees[head] > 1
            && degrees[tail] > 1
            && uses[fact.relation as usize] > 1;
        if held_out.len() < wanted && is_spare {
            degrees[head] -= 1;
            degrees[tail] -= 1;
            uses[fact.relation as usize] -= 1;
            held_out.push(fact);
        } else {
            kept.push(fact);
        }
    }
    (kept, held_out)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Products whose category tells their brand: 8 brands, two in each of 4 categories.
    fn graph() -> Graph {
        let mut triples = Vec::new();
        for product in 0..160 {
            triples.push([product, 0, 160 + product % 4]);
            triples.push([product, 1, 164 + product % 8]);
        }
        Graph::from_numbers(172, 2, &triples)
    }

    #[test]
    fn held_out_facts_leave_their_entities_behind() {
        let graph = graph();
        let (kept, held_out) = divided(&graph, 4);
        assert_eq!((kept.len(), held_out.len()), (304, 16));
        for fact in &held_out {
            assert!(!kept.contains(fact));
            assert!(kept.iter().any(|other| other.head == fact.head));
            assert!(kept.iter().any(|other| other.tail == fact.tail));
        }
        assert!(divided(&Graph::from_numbers(3, 1, &[[0, 0, 1], [1, 0, 2]]), 4).1.is_empty());
    }

    #[test]
    fn ranks_leave_other_facts_out_and_ties_count_against() {
        let graph = Graph::from_numbers(4, 1, &[[0, 0, 1], [0, 0, 2]]);
        let fact = graph.triples()[0];
        assert_eq!(rank(&graph, fact, &|_| 1.0), 3, "two ties, the other fact left out");
        assert_eq!(rank(&graph, fact, &|other| other.tail as f32), 2);
        let ranks = TailRanks::of(&[1, 10, 11, 18]);
        assert_eq!(ranks, TailRanks { hits_at_10: 0.5, mean_rank: 10.0 });
    }

    #[test]
    fn what_follows_from_other_facts_is_found() {
        let (config, control) = (KnowledgeConfig::default(), Control::default());
        let quality = judge(&config, &graph(), 2, &control).expect("judged").expect("some facts");
        assert_eq!((quality.held_out, quality.entities), (16, 172));
        // A category leaves two brands, a brand one category.
        assert!(quality.vectors.mean_rank <= 3.0, "{quality:?}");
        assert!(quality.vectors.mean_rank < quality.popularity.mean_rank, "{quality:?}");
        assert!(quality.popularity.mean_rank <= 8.0, "{quality:?}");
    }
}
