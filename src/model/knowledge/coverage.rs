//! What rules speak of, and what settings ask for in vain.

use std::collections::{HashMap, HashSet};
use std::fmt;

use serde::{Deserialize, Serialize};

use super::config::KnowledgeConfig;
use super::graph::{Entity, Graph, IN_CATEGORY, IN_PRICE_BAND, OF_BRAND, PARENT_CATEGORY};
use super::told::NamedFact;
use crate::control::Control;
use crate::dataset::Dataset;
use crate::model::ModelError;

/// A line of the file of rules and the products that it speaks of: a product itself, those of a brand, those in a
/// category or below it, those that have a value.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RuleUse {
    /// Which line, from 1.
    pub line: usize,
    /// What it says.
    pub fact: NamedFact,
    /// Products at the end that it starts from.
    pub head_products: usize,
    /// Products at the end that it leads to.
    pub tail_products: usize,
}

/// Something that was asked for and of which there is nothing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Gap {
    /// No product has a category.
    Categories,
    /// No product has a brand.
    Brands,
    /// There are to be price bands, and no product has a price.
    Prices,
    /// No product of the shop has a value in this column of the table of attributes.
    Attribute(String),
    /// The file of rules holds none.
    NoRules,
    /// So many rules speak of no product.
    IdleRules(usize),
}

impl fmt::Display for Gap {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Categories => f.write_str("no product has a category"),
            Self::Brands => f.write_str("no product has a brand"),
            Self::Prices => f.write_str("no product has a price to make bands of"),
            Self::Attribute(name) => write!(f, "no product of this shop has a {name:?}"),
            Self::NoRules => f.write_str("the file of rules holds no rule"),
            Self::IdleRules(rules) => write!(f, "{rules} rules speak of no product"),
        }
    }
}

/// What each line of the file of rules came to.
///
/// # Errors
/// [`ModelError::Cancelled`].
pub(super) fn rule_uses(
    graph: &Graph,
    dataset: &Dataset,
    control: &Control,
) -> Result<Vec<RuleUse>, ModelError> {
    if graph.rules().is_empty() {
        return Ok(Vec::new());
    }
    let mut members = Members::new(graph);
    let uses = graph.rules().iter().map(|rule| {
        control.check()?;
        Ok(RuleUse {
            line: rule.line,
            fact: NamedFact::of(graph, dataset, rule.fact),
            head_products: members.count(rule.fact.head),
            tail_products: members.count(rule.fact.tail),
        })
    });
    uses.collect()
}

/// What the settings ask for in vain.
pub(super) fn gaps(config: &KnowledgeConfig, graph: &Graph, uses: &[RuleUse]) -> Vec<Gap> {
    let catalogue = graph.catalogue();
    let is_there = |name: &str| {
        let number = graph.relations().iter().position(|known| known == name);
        number.is_some_and(|number| catalogue.iter().any(|fact| fact.relation as usize == number))
    };
    let mut gaps = Vec::new();
    let mut unless = |is_there: bool, gap: Gap| {
        if !is_there {
            gaps.push(gap);
        }
    };
    unless(is_there(IN_CATEGORY), Gap::Categories);
    unless(is_there(OF_BRAND), Gap::Brands);
    unless(config.price_bands == 0 || is_there(IN_PRICE_BAND), Gap::Prices);
    if config.attributes.is_some() {
        let met: HashSet<&str> = graph.entities().iter().filter_map(attribute).collect();
        for name in config.attribute_columns.attributes() {
            unless(met.contains(name.as_str()), Gap::Attribute(name.clone()));
        }
    }
    unless(config.rules.is_none() || !uses.is_empty(), Gap::NoRules);
    let idle = uses.iter().filter(|rule| rule.head_products + rule.tail_products == 0).count();
    unless(idle == 0, Gap::IdleRules(idle));
    gaps
}

fn attribute(entity: &Entity) -> Option<&str> {
    match entity {
        Entity::Attribute(name, _) => Some(name),
        _ => None,
    }
}

/// Counts the products that an entity stands for.
struct Members<'a> {
    graph: &'a Graph,
    /// What leads to an entity, and by which relation.
    into: HashMap<u32, Vec<(u32, u32)>>,
    counted: HashMap<u32, usize>,
}

impl<'a> Members<'a> {
    fn new(graph: &'a Graph) -> Self {
        let mut into: HashMap<u32, Vec<(u32, u32)>> = HashMap::new();
        for fact in graph.triples() {
            into.entry(fact.tail).or_default().push((fact.head, fact.relation));
        }
        Self { graph, into, counted: HashMap::new() }
    }

    fn count(&mut self, entity: u32) -> usize {
        if let Some(&known) = self.counted.get(&entity) {
            return known;
        }
        let count = match self.graph.entities()[entity as usize] {
            Entity::Product(_) => 1,
            _ => self.products(entity).len(),
        };
        self.counted.insert(entity, count);
        count
    }

    /// The products that lead to an entity or to a category below it, each once.
    fn products(&self, entity: u32) -> HashSet<u32> {
        let (mut seen, mut open, mut found) =
            (HashSet::from([entity]), vec![entity], HashSet::new());
        while let Some(next) = open.pop() {
            for &(head, relation) in self.into.get(&next).into_iter().flatten() {
                let relation = self.graph.relations()[relation as usize].as_str();
                match self.graph.entities()[head as usize] {
                    Entity::Product(_) if self.counts(next, relation) => {
                        found.insert(head);
                    }
                    Entity::Category(_) if relation == PARENT_CATEGORY && seen.insert(head) => {
                        open.push(head);
                    }
                    _ => {}
                }
            }
        }
        found
    }

    /// Whether a relation makes products members of what it leads to, and does not just speak of it.
    fn counts(&self, entity: u32, relation: &str) -> bool {
        match self.graph.entities()[entity as usize] {
            Entity::Category(_) => relation == IN_CATEGORY,
            Entity::Brand(_) => relation == OF_BRAND,
            Entity::Product(_) | Entity::Attribute(..) | Entity::Value(_) => true,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dataset::Catalog;
    use crate::ids::IdMap;

    fn shop() -> Dataset {
        let texts = |texts: [Option<&str>; 4]| texts.into_iter().collect();
        Dataset {
            items: IdMap::from_ids(["P1", "P2", "P3", "P4"]),
            catalog: Catalog {
                categories: texts([
                    Some("Home > Mugs"),
                    Some("Home > Lamps"),
                    Some("Home > Mugs"),
                    None,
                ]),
                brands: texts([Some("Acme"), None, Some("Acme"), None]),
                ..Catalog::default()
            },
            ..Dataset::default()
        }
    }

    /// The products at both ends of each rule, and what was asked for in vain.
    fn found(config: KnowledgeConfig, rules: Option<&str>) -> (Vec<[usize; 3]>, Vec<Gap>) {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("rules.txt");
        let config = KnowledgeConfig { rules: rules.map(|_| path.clone()), ..config };
        std::fs::write(&path, rules.unwrap_or_default()).expect("written");
        let (dataset, control) = (shop(), Control::default());
        let graph = Graph::new(&config, &dataset, &control).expect("a graph");
        let uses = rule_uses(&graph, &dataset, &control).expect("not cancelled");
        let gaps = gaps(&config, &graph, &uses);
        (
            uses.iter().map(|rule| [rule.line, rule.head_products, rule.tail_products]).collect(),
            gaps,
        )
    }

    #[test]
    fn rules_are_told_with_the_products_at_both_ends() {
        let rules = "# what goes with what\nP1 complements P4\n\
                     brand:Acme similar_to category:Home\n\
                     category:\"Home > Mugs\" goes_with category:\"Home > Lamps\"\n\
                     P2 has_colour value:red\nP4 like category:Home\n\
                     value:red warmer_than value:blue\nvalue:up opposite value:down";
        let (uses, gaps) = found(KnowledgeConfig::default(), Some(rules));
        // Speaking of a category does not make P4 one of its products.
        let expected =
            [[2, 1, 1], [3, 2, 3], [4, 2, 1], [5, 1, 1], [6, 1, 3], [7, 1, 0], [8, 0, 0]];
        assert_eq!(uses, expected);
        assert_eq!(gaps, [Gap::IdleRules(1)]);
    }

    #[test]
    fn a_rule_that_is_repeated_is_told_twice() {
        let (uses, _) = found(KnowledgeConfig::default(), Some("P1 with P2\nP1 with P2"));
        assert_eq!(uses, [[1, 1, 1], [2, 1, 1]]);
    }

    #[test]
    fn a_circle_of_categories_ends() {
        let rules = "category:Home parent_category category:\"Home > Mugs\"\nP4 x category:Home";
        let (uses, _) = found(KnowledgeConfig::default(), Some(rules));
        assert_eq!(uses, [[1, 3, 3], [2, 1, 3]]);
    }

    #[test]
    fn what_is_asked_for_in_vain_is_told() {
        let config = KnowledgeConfig { price_bands: 3, ..KnowledgeConfig::default() };
        assert_eq!(found(config, Some("# none yet\n")), (vec![], vec![Gap::Prices, Gap::NoRules]));
        let folder = tempfile::tempdir().expect("a folder");
        let table = folder.path().join("table.csv");
        std::fs::write(&table, "sku,Size,Colour\nP1,M,\nP9,L,red\n").expect("written");
        let config = KnowledgeConfig {
            attributes: Some(table),
            attribute_columns: "sku,Size,Colour".parse().expect("names"),
            ..KnowledgeConfig::default()
        };
        assert_eq!(found(config, None).1, [Gap::Attribute("Colour".to_owned())]);
        assert!(Gap::IdleRules(3).to_string().starts_with("3 rules"));
    }
}
