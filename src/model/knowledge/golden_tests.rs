//! Losses, gradients and steps held to those of `PyTorch`; `scripts/golden/transe.py` made the values.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::config::{Distance, KnowledgeConfig};
use super::graph::Triple;
use super::transe::{Table, TransE};

#[derive(Deserialize)]
struct Golden {
    dim: usize,
    margin: f32,
    rate: f32,
    entities: Vec<f32>,
    relations: Vec<f32>,
    /// Batches of facts, each beside what is none: head, relation, tail twice.
    batches: Vec<Vec<[[u32; 3]; 2]>>,
    cases: BTreeMap<String, Case>,
}

#[derive(Deserialize)]
struct Case {
    losses: Vec<f32>,
    entity_gradients: Vec<f32>,
    relation_gradients: Vec<f32>,
    entities: Vec<f32>,
    relations: Vec<f32>,
}

fn golden() -> Golden {
    let text = include_str!("../../../tests/golden/knowledge/transe.json");
    serde_json::from_str(text).expect("the golden file")
}

fn pairs(batch: &[[[u32; 3]; 2]]) -> Vec<(Triple, Triple)> {
    let triple = |[head, relation, tail]: [u32; 3]| Triple { head, relation, tail };
    batch.iter().map(|&[fact, other]| (triple(fact), triple(other))).collect()
}

fn assert_near(found: &[f32], expected: &[f32], what: &str) {
    assert_eq!(found.len(), expected.len(), "{what}");
    for (at, (found, expected)) in found.iter().zip(expected).enumerate() {
        assert!((found - expected).abs() < 2e-5, "{what}[{at}]: {found}, not {expected}");
    }
}

#[test]
fn losses_gradients_and_steps_are_those_of_pytorch() {
    let golden = golden();
    for (name, distance) in [("l1", Distance::L1), ("l2", Distance::L2)] {
        let case = &golden.cases[name];
        let Golden { dim, margin, rate, .. } = golden;
        let config = KnowledgeConfig { margin, rate, distance, ..KnowledgeConfig::default() };
        let table = |values: &Vec<f32>| Table::new(dim, values.clone());
        let mut model =
            TransE::from_tables(&config, table(&golden.entities), table(&golden.relations));
        let mut probe = model.clone();
        probe.gather(&pairs(&golden.batches[0]));
        assert_near(&probe.entities.gradients, &case.entity_gradients, "gradients of entities");
        assert_near(&probe.relations.gradients, &case.relation_gradients, "gradients of relations");
        let losses: Vec<f32> =
            golden.batches.iter().map(|batch| model.step(&pairs(batch))).collect();
        assert!(losses.iter().all(|&loss| loss > 0.0));
        assert_near(&losses, &case.losses, name);
        assert_near(&model.entities.values, &case.entities, "entities");
        assert_near(&model.relations.values, &case.relations, "relations");
    }
}
