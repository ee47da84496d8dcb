//! Facts by the names of what they are about, for people.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::graph::{
    Entity, Graph, IN_CATEGORY, IN_PRICE_BAND, OF_BRAND, PARENT_CATEGORY, Triple, band_range,
};
use super::words::spoken;
use crate::dataset::Dataset;

/// Facts of one relation among the examples, at most.
const OF_A_RELATION: usize = 2;
/// Relations that have examples, at most.
const RELATIONS: usize = 6;

/// What a fact says of the two things that it is about.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Relation {
    /// A product is in a category or has a label.
    Category,
    /// A category lies below another one.
    ParentCategory,
    /// A product is of a brand.
    Brand,
    /// A product costs so much.
    PriceBand,
    /// A product has a value of this attribute.
    Attribute(String),
    /// What rules say, in words.
    Other(String),
}

impl Relation {
    /// The relation of this name in a graph.
    #[must_use]
    pub fn named(name: &str) -> Self {
        match name {
            IN_CATEGORY => Self::Category,
            PARENT_CATEGORY => Self::ParentCategory,
            OF_BRAND => Self::Brand,
            IN_PRICE_BAND => Self::PriceBand,
            other => Self::Other(spoken(other)),
        }
    }

    pub(super) fn of(graph: &Graph, fact: Triple) -> Self {
        match &graph.entities()[fact.tail as usize] {
            Entity::Attribute(name, _) => Self::Attribute(name.clone()),
            _ => Self::named(&graph.relations()[fact.relation as usize]),
        }
    }
}

impl fmt::Display for Relation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Category => f.write_str("in category"),
            Self::ParentCategory => f.write_str("below"),
            Self::Brand => f.write_str("of brand"),
            Self::PriceBand => f.write_str("costs"),
            Self::Attribute(name) => write!(f, "has {name}"),
            Self::Other(words) => f.write_str(words),
        }
    }
}

/// A fact by names.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NamedFact {
    /// What it starts from.
    pub head: String,
    /// What it says.
    pub relation: Relation,
    /// What it leads to.
    pub tail: String,
}

impl fmt::Display for NamedFact {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {} {}", self.head, self.relation, self.tail)
    }
}

impl NamedFact {
    pub(super) fn of(graph: &Graph, dataset: &Dataset, fact: Triple) -> Self {
        let relation = Relation::of(graph, fact);
        let tail = name(graph, dataset, fact.tail, &relation);
        Self { head: name(graph, dataset, fact.head, &relation), relation, tail }
    }
}

/// What something at an end of a relation is called: a product by its title or id, a category by its path.
pub(super) fn name(graph: &Graph, dataset: &Dataset, number: u32, relation: &Relation) -> String {
    match &graph.entities()[number as usize] {
        Entity::Product(item) => dataset.item_label(*item).to_owned(),
        Entity::Category(path) => path.join(" > "),
        Entity::Value(band) if *relation == Relation::PriceBand => band_range(band),
        Entity::Brand(name) | Entity::Attribute(_, name) | Entity::Value(name) => name.clone(),
    }
}

/// A few facts of each relation, those that come first in the catalogue and in the middle.
pub(super) fn examples(graph: &Graph, dataset: &Dataset) -> Vec<NamedFact> {
    let counts: Vec<usize> =
        graph.counts().iter().map(|(_, count)| *count).take(RELATIONS).collect();
    let mut met = vec![0; counts.len()];
    let mut chosen: Vec<Vec<Triple>> = vec![Vec::new(); counts.len()];
    for &fact in graph.triples() {
        let relation = fact.relation as usize;
        let Some(&count) = counts.get(relation) else { continue };
        let next = chosen[relation].len();
        if next < OF_A_RELATION && met[relation] == count * next / OF_A_RELATION {
            chosen[relation].push(fact);
        }
        met[relation] += 1;
    }
    chosen.concat().into_iter().map(|fact| NamedFact::of(graph, dataset, fact)).collect()
}

#[cfg(test)]
mod tests {
    use super::super::config::KnowledgeConfig;
    use super::*;
    use crate::control::Control;
    use crate::dataset::Catalog;
    use crate::ids::IdMap;

    #[test]
    fn examples_of_each_relation_are_told_by_names() {
        let texts = |text: &dyn Fn(usize) -> String| (0..5).map(|row| Some(text(row))).collect();
        let dataset = Dataset {
            items: IdMap::from_ids((0..5).map(|item| format!("P{item}"))),
            catalog: Catalog {
                categories: texts(&|row| format!("Home > {}", ["Mugs", "Lamps"][row % 2])),
                prices: vec![1.0, 2.0, 3.0, 4.0, 5.0],
                ..Catalog::default()
            },
            ..Dataset::default()
        };
        let config = KnowledgeConfig { price_bands: 2, ..KnowledgeConfig::default() };
        let graph = Graph::new(&config, &dataset, &Control::default()).expect("a graph");
        let told: Vec<String> =
            examples(&graph, &dataset).iter().map(ToString::to_string).collect();
        assert_eq!(
            told,
            [
                "P0 in category Home > Mugs",
                "P2 in category Home > Mugs",
                "Home > Mugs below Home",
                "Home > Lamps below Home",
                "P0 costs 1.00 – 3.00",
                "P2 costs ≥ 3.00",
            ]
        );
    }

    #[test]
    fn relations_are_known_by_their_names() {
        assert_eq!(Relation::named(OF_BRAND), Relation::Brand);
        assert_eq!(Relation::named("goes-with_it").to_string(), "goes with it");
        assert_eq!(Relation::Attribute("Neck line".to_owned()).to_string(), "has Neck line");
    }
}
