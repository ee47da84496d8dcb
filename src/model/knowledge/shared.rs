//! A product by what is known of it: its nearest, and what it has in common with each.

use std::collections::HashMap;

use serde::{Deserialize, Serialize};

use super::Knowledge;
use super::config::KnowledgeConfig;
use super::graph::{Graph, IN_CATEGORY, PARENT_CATEGORY, Triple};
use super::told::{NamedFact, Relation, name};
use crate::control::Control;
use crate::dataset::Dataset;
use crate::ids::ItemIdx;
use crate::model::ModelError;

/// What two products have in common that is told, at most.
const MOST_SHARED: usize = 8;
/// Facts between two looks at whether to stop.
const BLOCK: usize = 100_000;

/// Something that two products have in common.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Shared {
    /// The same relation leads from both to this.
    To(Relation, String),
    /// The same relation leads from this to both.
    From(Relation, String),
    /// The categories of both lie below this one, or are it.
    Below(String),
    /// A fact leads from one to the other.
    Direct(NamedFact),
}

/// A product near another one.
#[derive(Debug, Clone, PartialEq)]
pub struct NearProduct {
    /// Which product.
    pub item: ItemIdx,
    /// Cosine similarity of the two products' vectors.
    pub cosine: f32,
    /// What both have in common.
    pub shared: Vec<Shared>,
}

/// A product by what is known of it.
#[derive(Debug, Clone, PartialEq)]
pub struct KnownProduct {
    /// Which product.
    pub item: ItemIdx,
    /// Its text with what is known of it in words.
    pub text: String,
    /// Whether there is any fact about it.
    pub is_known: bool,
    /// The nearest by their vectors, the nearest first.
    pub near: Vec<NearProduct>,
}

impl Knowledge {
    /// A product with the `k` nearest to it and what they have in common with it.
    ///
    /// # Errors
    /// [`ModelError::Cancelled`].
    pub fn product(
        &self,
        config: &KnowledgeConfig,
        dataset: &Dataset,
        (item, k): (ItemIdx, usize),
        control: &Control,
    ) -> Result<KnownProduct, ModelError> {
        let near = self.nearest(item, k);
        control.check()?;
        let text = self.text(config, dataset, item);
        let Some(number) = self.graph.product(item) else {
            return Ok(KnownProduct { item, text, is_known: false, near: Vec::new() });
        };
        let others = near.iter().filter_map(|one| self.graph.product(one.item));
        let common = Common::new(&self.graph, dataset, number, others, control)?;
        let near = near.into_iter().map(|one| {
            let other = self.graph.product(one.item);
            let shared = other.map(|other| common.with(other)).unwrap_or_default();
            NearProduct { item: one.item, cosine: one.cosine, shared }
        });
        Ok(KnownProduct { item, text, is_known: true, near: near.collect() })
    }
}

/// What is known of one product, and the categories of the others, to see what they have in common.
struct Common<'a> {
    graph: &'a Graph,
    dataset: &'a Dataset,
    product: u32,
    /// Facts about the product.
    facts: Vec<Triple>,
    /// Categories of products, these and the others.
    categories: HashMap<u32, Vec<u32>>,
    parents: HashMap<u32, Vec<u32>>,
}

impl<'a> Common<'a> {
    fn new(
        graph: &'a Graph,
        dataset: &'a Dataset,
        product: u32,
        others: impl Iterator<Item = u32>,
        control: &Control,
    ) -> Result<Self, ModelError> {
        let mut categories: HashMap<u32, Vec<u32>> =
            others.chain([product]).map(|one| (one, Vec::new())).collect();
        let mut parents: HashMap<u32, Vec<u32>> = HashMap::new();
        let mut facts = Vec::new();
        for block in graph.triples().chunks(BLOCK) {
            control.check()?;
            for &fact in block {
                if fact.head == product || fact.tail == product {
                    facts.push(fact);
                }
                match graph.relations()[fact.relation as usize].as_str() {
                    IN_CATEGORY => {
                        categories.entry(fact.head).and_modify(|all| all.push(fact.tail));
                    }
                    PARENT_CATEGORY => parents.entry(fact.head).or_default().push(fact.tail),
                    _ => {}
                }
            }
        }
        Ok(Self { graph, dataset, product, facts, categories, parents })
    }

    fn with(&self, other: u32) -> Vec<Shared> {
        let mut shared: Vec<Shared> =
            self.facts.iter().filter_map(|&fact| self.fact_with(fact, other)).collect();
        let has_category = |one: &Shared| matches!(one, Shared::To(Relation::Category, _));
        if !shared.iter().any(has_category) {
            let theirs = self.line(other);
            let nearest = self.line(self.product).into_iter().find(|one| theirs.contains(one));
            if let Some(number) = nearest {
                let place = name(self.graph, self.dataset, number, &Relation::Category);
                shared.insert(0, Shared::Below(place));
            }
        }
        shared.truncate(MOST_SHARED);
        shared
    }

    fn fact_with(&self, fact: Triple, other: u32) -> Option<Shared> {
        if fact.head == other || fact.tail == other {
            return Some(Shared::Direct(NamedFact::of(self.graph, self.dataset, fact)));
        }
        let is_head = fact.head == self.product;
        let (alike, end) = if is_head {
            (Triple { head: other, ..fact }, fact.tail)
        } else {
            (Triple { tail: other, ..fact }, fact.head)
        };
        if !self.graph.holds(alike) {
            return None;
        }
        let relation = Relation::of(self.graph, fact);
        let end = name(self.graph, self.dataset, end, &relation);
        Some(if is_head { Shared::To(relation, end) } else { Shared::From(relation, end) })
    }

    /// A product's categories and those above them, the nearest first, each once.
    fn line(&self, product: u32) -> Vec<u32> {
        let mut line = self.categories.get(&product).cloned().unwrap_or_default();
        let mut at = 0;
        while let Some(&category) = line.get(at) {
            for &parent in self.parents.get(&category).into_iter().flatten() {
                if !line.contains(&parent) {
                    line.push(parent);
                }
            }
            at += 1;
        }
        line
    }
}

#[cfg(test)]
mod tests {
    use super::super::config::KnowledgeUse;
    use super::*;
    use crate::dataset::Catalog;
    use crate::ids::IdMap;

    fn shop() -> Dataset {
        let texts = |texts: [Option<&str>; 5]| texts.into_iter().collect();
        Dataset {
            items: IdMap::from_ids(["P1", "P2", "P3", "P4", "P5"]),
            catalog: Catalog {
                titles: texts([
                    Some("Red mug"),
                    Some("Blue mug"),
                    Some("Lamp"),
                    Some("Tent"),
                    None,
                ]),
                categories: texts([
                    Some("Home > Mugs"),
                    Some("Home > Mugs"),
                    Some("Home > Lamps"),
                    Some("Camping"),
                    None,
                ]),
                brands: texts([Some("Acme"), Some("Acme"), None, Some("Acme"), None]),
                ..Catalog::default()
            },
            ..Dataset::default()
        }
    }

    #[test]
    fn neighbours_are_told_with_what_they_have_in_common() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("rules.txt");
        let rules = "P1 stands_on P3\nbrand:Acme offers P1\nbrand:Acme offers P2";
        std::fs::write(&path, rules).expect("written");
        let config = KnowledgeConfig {
            used: KnowledgeUse::Graph,
            rules: Some(path),
            dim: 8,
            epochs: 30,
            ..KnowledgeConfig::default()
        };
        let (dataset, control) = (shop(), Control::default());
        let (known, _) =
            Knowledge::looked_into(&config, &dataset, 1, &control).expect("facts to learn");
        let ask = |item| {
            known.product(&config, &dataset, (ItemIdx(item), 10), &control).expect("not cancelled")
        };
        let found = ask(0);
        assert!(found.is_known && found.text.starts_with("Red mug. "), "{}", found.text);
        assert_eq!(found.near.len(), 3, "nothing is known of the fifth");
        assert!(found.near.is_sorted_by(|a, b| a.cosine >= b.cosine));
        let shared = |item: u32| {
            let one = found.near.iter().find(|one| one.item.0 == item).expect("a neighbour");
            one.shared.clone()
        };
        let of_acme = Shared::To(Relation::Brand, "Acme".to_owned());
        let offered = Relation::Other("offers".to_owned());
        assert_eq!(
            shared(1),
            [
                Shared::To(Relation::Category, "Home > Mugs".to_owned()),
                of_acme.clone(),
                Shared::From(offered, "Acme".to_owned()),
            ]
        );
        let stands = NamedFact {
            head: "Red mug".to_owned(),
            relation: Relation::Other("stands on".to_owned()),
            tail: "Lamp".to_owned(),
        };
        assert_eq!(shared(2), [Shared::Below("Home".to_owned()), Shared::Direct(stands)]);
        assert_eq!(shared(3), [of_acme]);
        let unknown = ask(4);
        assert!(!unknown.is_known && unknown.near.is_empty());
        control.cancel_token().cancel();
        let stopped = known.product(&config, &dataset, (ItemIdx(0), 3), &control);
        assert!(matches!(stopped, Err(ModelError::Cancelled(_))));
    }
}
