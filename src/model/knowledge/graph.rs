//! The catalogue as a graph: products, categories, brands and values, and what holds between them.

use std::collections::{HashMap, HashSet};
use std::path::Path;

use super::attributes;
use super::category::CategoryShape;
use super::config::KnowledgeConfig;
use super::rules::{self, Named, Stated};
use crate::control::Control;
use crate::dataset::Dataset;
use crate::ids::ItemIdx;
use crate::model::ModelError;

/// From a product to its category or one of its labels.
pub const IN_CATEGORY: &str = "in_category";
/// From a category to the one above it.
pub const PARENT_CATEGORY: &str = "parent_category";
/// From a product to its brand.
pub const OF_BRAND: &str = "of_brand";
/// From a product to the band of its price.
pub const IN_PRICE_BAND: &str = "in_price_band";

/// What stands at a node.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Entity {
    /// A product.
    Product(ItemIdx),
    /// A category by its path from the root, or a label.
    Category(Vec<String>),
    /// A brand.
    Brand(String),
    /// An attribute and its value.
    Attribute(String, String),
    /// Anything else, by its name.
    Value(String),
}

/// One fact: a relation from one entity to another, each by its number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Triple {
    /// The entity that the relation starts from.
    pub head: u32,
    /// The relation.
    pub relation: u32,
    /// The entity that it leads to.
    pub tail: u32,
}

/// What a line of the file of rules says.
#[derive(Debug, Clone, Copy)]
pub(super) struct Rule {
    /// From 1.
    pub line: usize,
    pub fact: Triple,
}

/// Entities, relations and facts. Numbers follow the catalogue's order and then that of the rules: the same
/// catalogue and rules give the same graph.
#[derive(Debug, Clone, Default)]
pub struct Graph {
    entities: Vec<Entity>,
    numbers: HashMap<Entity, u32>,
    relations: Vec<String>,
    triples: Vec<Triple>,
    known: HashSet<Triple>,
    /// Of the first facts, how many come from the catalogue.
    from_catalogue: usize,
    /// All lines of the file of rules, those too that say what is known already.
    rules: Vec<Rule>,
}

impl Graph {
    /// The graph of a shop's catalogue, and of the table of attributes and the file of rules where there are such.
    /// Behaviour plays no part.
    ///
    /// # Errors
    /// [`ModelError::Io`], [`ModelError::Texts`] or [`ModelError::BadFile`] when attributes or rules cannot be
    /// read, or speak of what the catalogue does not hold.
    pub fn new(
        config: &KnowledgeConfig,
        dataset: &Dataset,
        control: &Control,
    ) -> Result<Self, ModelError> {
        let mut graph = Self::of_catalogue(config, dataset);
        if let Some(path) = &config.attributes {
            let stated = attributes::read(path, &config.attribute_columns, dataset, control)?;
            graph.add_attributes(stated);
        }
        graph.from_catalogue = graph.triples.len();
        if let Some(path) = &config.rules {
            let stated = rules::read(path)?;
            graph.add_rules(&stated, config, dataset, path)?;
        }
        Ok(graph)
    }

    fn of_catalogue(config: &KnowledgeConfig, dataset: &Dataset) -> Self {
        let catalog = &dataset.catalog;
        let shape = config.categories.resolved(catalog.categories.pool());
        let bands = Bands::new(&catalog.prices, config.price_bands);
        let mut graph = Self::default();
        for row in 0..dataset.n_items() {
            let product = Entity::Product(ItemIdx::from_index(row));
            if let Some(category) = catalog.categories.get(row) {
                graph.add_category(&product, category, &shape);
            }
            if let Some(brand) = catalog.brands.get(row) {
                graph.add(product.clone(), OF_BRAND, Entity::Brand(brand.to_owned()));
            }
            if let Some(band) = catalog.prices.get(row).and_then(|&price| bands.name(price)) {
                graph.add(product, IN_PRICE_BAND, Entity::Value(band));
            }
        }
        graph
    }

    fn add_attributes(&mut self, stated: Vec<attributes::Stated>) {
        for attributes::Stated { item, attribute, value } in stated {
            let relation = attributes::relation(&attribute);
            self.add(Entity::Product(item), &relation, Entity::Attribute(attribute, value));
        }
    }

    fn add_category(&mut self, product: &Entity, category: &str, shape: &CategoryShape) {
        let parts = shape.parts(category);
        if !shape.is_path() {
            for label in parts {
                let label = Entity::Category(vec![label.to_owned()]);
                self.add(product.clone(), IN_CATEGORY, label);
            }
            return;
        }
        let mut path: Vec<String> = parts.into_iter().map(str::to_owned).collect();
        if path.is_empty() {
            return;
        }
        self.add(product.clone(), IN_CATEGORY, Entity::Category(path.clone()));
        while path.len() > 1 {
            let child = Entity::Category(path.clone());
            path.pop();
            self.add(child, PARENT_CATEGORY, Entity::Category(path.clone()));
        }
    }

    fn add_rules(
        &mut self,
        stated: &[Stated],
        config: &KnowledgeConfig,
        dataset: &Dataset,
        path: &Path,
    ) -> Result<(), ModelError> {
        let shape = config.categories.resolved(dataset.catalog.categories.pool());
        let brands: HashSet<&str> =
            dataset.catalog.brands.pool().iter().map(AsRef::as_ref).collect();
        for rule in stated {
            let entity = |named: &Named| {
                self.entity_of(named, dataset, &shape, &brands)
                    .map_err(|problem| rules::bad_line(path, rule.line, &problem))
            };
            let (head, tail) = (entity(&rule.head)?, entity(&rule.tail)?);
            let fact = self.add(head, &rule.relation, tail);
            self.rules.push(Rule { line: rule.line, fact });
        }
        Ok(())
    }

    /// What a rule speaks of, if the catalogue holds it.
    fn entity_of(
        &self,
        named: &Named,
        dataset: &Dataset,
        shape: &CategoryShape,
        brands: &HashSet<&str>,
    ) -> Result<Entity, String> {
        match named {
            Named::Product(id) => dataset.item(id).map(Entity::Product).ok_or_else(|| {
                format!(
                    "there is no product {id:?} in this shop; correct the id or remove the line"
                )
            }),
            Named::Brand(name) if brands.contains(name.as_str()) => Ok(Entity::Brand(name.clone())),
            Named::Brand(name) => Err(format!(
                "no product of this shop has the brand {name:?}; correct the name or remove the line"
            )),
            Named::Category(text) => {
                let parts: Vec<String> = shape.parts(text).into_iter().map(str::to_owned).collect();
                let category = Entity::Category(parts);
                if self.numbers.contains_key(&category) {
                    return Ok(category);
                }
                Err(format!(
                    "no product of this shop has the category {text:?} (categories are read as {shape}); \
                     correct the name or remove the line"
                ))
            }
            Named::Value(name) => Ok(Entity::Value(name.clone())),
        }
    }

    fn add(&mut self, head: Entity, relation: &str, tail: Entity) -> Triple {
        let triple = Triple {
            head: self.number(head),
            relation: self.relation(relation),
            tail: self.number(tail),
        };
        if self.known.insert(triple) {
            self.triples.push(triple);
        }
        triple
    }

    fn number(&mut self, entity: Entity) -> u32 {
        let next = self.entities.len() as u32;
        let number = *self.numbers.entry(entity.clone()).or_insert(next);
        if number == next {
            self.entities.push(entity);
        }
        number
    }

    fn relation(&mut self, name: &str) -> u32 {
        let known = self.relations.iter().position(|known| known == name);
        let number = known.unwrap_or_else(|| {
            self.relations.push(name.to_owned());
            self.relations.len() - 1
        });
        number as u32
    }

    /// What stands at each node.
    #[must_use]
    pub fn entities(&self) -> &[Entity] {
        &self.entities
    }

    /// Names of the relations.
    #[must_use]
    pub fn relations(&self) -> &[String] {
        &self.relations
    }

    /// All facts, each once.
    #[must_use]
    pub fn triples(&self) -> &[Triple] {
        &self.triples
    }

    /// Whether a fact is in the graph.
    #[must_use]
    pub fn holds(&self, triple: Triple) -> bool {
        self.known.contains(&triple)
    }

    /// Facts that rules added to those of the catalogue.
    #[must_use]
    pub fn n_rules(&self) -> usize {
        self.triples.len() - self.from_catalogue
    }

    /// Facts of the catalogue and of the table of attributes.
    pub(super) fn catalogue(&self) -> &[Triple] {
        &self.triples[..self.from_catalogue]
    }

    /// Lines of the file of rules, in their order.
    pub(super) fn rules(&self) -> &[Rule] {
        &self.rules
    }

    /// The number of a product; `None` when there is no fact about it.
    #[must_use]
    pub fn product(&self, item: ItemIdx) -> Option<u32> {
        self.numbers.get(&Entity::Product(item)).copied()
    }

    /// How many facts there are of each relation.
    #[must_use]
    pub fn counts(&self) -> Vec<(String, usize)> {
        let mut counts = vec![0; self.relations.len()];
        self.triples.iter().for_each(|triple| counts[triple.relation as usize] += 1);
        self.relations.iter().cloned().zip(counts).collect()
    }

    /// A graph of numbered entities and relations, for tests.
    #[cfg(test)]
    pub(super) fn from_numbers(entities: usize, relations: usize, triples: &[[u32; 3]]) -> Self {
        let mut graph = Self::default();
        let value = |number: u32| Entity::Value(number.to_string());
        for number in 0..entities as u32 {
            graph.number(value(number));
        }
        for number in 0..relations {
            graph.relation(&number.to_string());
        }
        for &[head, relation, tail] in triples {
            graph.add(value(head), &relation.to_string(), value(tail));
        }
        graph
    }
}

/// Prices in bands of as many products each.
struct Bands {
    /// Lowest price of each band, ascending, each once.
    lowest: Vec<f32>,
}

impl Bands {
    fn new(prices: &[f32], bands: u32) -> Self {
        let mut known: Vec<f32> =
            prices.iter().copied().filter(|price| price.is_finite()).collect();
        known.sort_by(f32::total_cmp);
        let at = |band: u32| known.get(known.len() * band as usize / bands as usize).copied();
        let mut lowest: Vec<f32> = (0..bands).filter_map(at).collect();
        lowest.dedup();
        Self { lowest }
    }

    /// The band of a price, named by where it begins and where the next one does.
    fn name(&self, price: f32) -> Option<String> {
        if !price.is_finite() {
            return None;
        }
        let band = self.lowest.partition_point(|&lowest| lowest <= price).checked_sub(1)?;
        let from = self.lowest[band];
        Some(match self.lowest.get(band + 1) {
            Some(next) => format!("{from:.2}{TO_BELOW}{next:.2}"),
            None => format!("{from:.2}{OR_MORE}"),
        })
    }
}

const TO_BELOW: &str = " to below ";
const OR_MORE: &str = " or more";

/// The name of a price band without words, for people of any language.
pub(super) fn band_range(name: &str) -> String {
    match (name.split_once(TO_BELOW), name.strip_suffix(OR_MORE)) {
        (Some((from, below)), _) => format!("{from} – {below}"),
        (None, Some(from)) => format!("≥ {from}"),
        (None, None) => name.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dataset::{Catalog, EventKind, InteractionsBuilder, NewInteraction};
    use crate::ids::{IdMap, UserIdx};

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
                brands: texts([Some("Acme"), None, Some("Other Ltd"), None]),
                prices: vec![3.0, 10.0, 4.0, f32::NAN],
                ..Catalog::default()
            },
            ..Dataset::default()
        }
    }

    fn told(graph: &Graph) -> Vec<(String, String, String)> {
        let name = |number: u32| match &graph.entities[number as usize] {
            Entity::Product(item) => format!("P{}", item.0 + 1),
            Entity::Category(path) => path.join("/"),
            Entity::Brand(name) | Entity::Attribute(_, name) | Entity::Value(name) => name.clone(),
        };
        let all = graph.triples.iter();
        all.map(|triple| {
            let relation = graph.relations[triple.relation as usize].clone();
            (name(triple.head), relation, name(triple.tail))
        })
        .collect()
    }

    fn with_rules(rules: &str) -> Result<Graph, ModelError> {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("rules.txt");
        std::fs::write(&path, rules).expect("written");
        let config = KnowledgeConfig { rules: Some(path), ..KnowledgeConfig::default() };
        Graph::new(&config, &shop(), &Control::default())
    }

    fn fact(head: &str, relation: &str, tail: &str) -> (String, String, String) {
        (head.to_owned(), relation.to_owned(), tail.to_owned())
    }

    #[test]
    fn a_catalogue_becomes_facts_each_once() {
        let graph =
            Graph::new(&KnowledgeConfig::default(), &shop(), &Control::default()).expect("a graph");
        let expected = [
            fact("P1", IN_CATEGORY, "Home/Mugs"),
            fact("Home/Mugs", PARENT_CATEGORY, "Home"),
            fact("P1", OF_BRAND, "Acme"),
            fact("P2", IN_CATEGORY, "Home/Lamps"),
            fact("Home/Lamps", PARENT_CATEGORY, "Home"),
            fact("P3", IN_CATEGORY, "Home/Mugs"),
            fact("P3", OF_BRAND, "Other Ltd"),
        ];
        assert_eq!(told(&graph), expected);
        assert_eq!(graph.product(ItemIdx(3)), None, "nothing is known of it");
        assert_eq!(graph.counts()[0], (IN_CATEGORY.to_owned(), 3));
        assert!(graph.holds(graph.triples()[0]));
        let labels = KnowledgeConfig {
            categories: CategoryShape::Tags(">".to_owned()),
            price_bands: 2,
            ..KnowledgeConfig::default()
        };
        let facts = told(&Graph::new(&labels, &shop(), &Control::default()).expect("a graph"));
        assert!(facts.contains(&fact("P1", IN_CATEGORY, "Home")));
        assert!(facts.contains(&fact("P1", IN_PRICE_BAND, "3.00 to below 4.00")));
        assert!(facts.contains(&fact("P2", IN_PRICE_BAND, "4.00 or more")));
        assert!(facts.iter().all(|(_, relation, _)| relation != PARENT_CATEGORY));
    }

    #[test]
    fn attributes_join_the_facts_and_do_not_mix() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("products.csv");
        std::fs::write(&path, "sku,Size,Power\nP1,M,M\nP4,M,\n").expect("written");
        let config = KnowledgeConfig {
            attributes: Some(path),
            attribute_columns: "sku,Size,Power".parse().expect("names"),
            ..KnowledgeConfig::default()
        };
        let graph = Graph::new(&config, &shop(), &Control::default()).expect("a graph");
        let facts = told(&graph);
        assert_eq!(
            facts[7..],
            [
                fact("P1", "has_size", "M"),
                fact("P1", "has_power", "M"),
                fact("P4", "has_size", "M"),
            ]
        );
        let [size, power, other] = [7, 8, 9].map(|at| graph.triples()[at].tail);
        assert!(size == other && size != power, "a size is not a power");
        assert_eq!(graph.n_rules(), 0);
    }

    #[test]
    fn rules_join_the_facts() {
        let graph = with_rules(
            "P1 complements P4\nbrand:Acme similar_to brand:\"Other Ltd\"\n\
             category:Home goes_with category:\"Home > Mugs\"\nP2 has_colour value:red\nP1 complements P4",
        )
        .expect("a graph");
        assert_eq!(graph.n_rules(), 4);
        let facts = told(&graph);
        assert!(facts.contains(&fact("P1", "complements", "P4")));
        assert!(facts.contains(&fact("Home", "goes_with", "Home/Mugs")));
        assert!(facts.contains(&fact("P2", "has_colour", "red")));
        assert!(graph.product(ItemIdx(3)).is_some());
    }

    #[test]
    fn a_rule_about_something_unknown_is_told_with_its_line() {
        for (rules, problem) in [
            ("P1 x P2\nP9 x P2", "line 2 of the rules: there is no product \"P9\""),
            (
                "P1 of_brand brand:Acne",
                "line 1 of the rules: no product of this shop has the brand",
            ),
            ("category:Garden x P1", "has the category \"Garden\" (categories are read as path:>)"),
        ] {
            let error = with_rules(rules).expect_err(rules).to_string();
            assert!(error.contains(problem), "{error}");
        }
    }

    #[test]
    fn behaviour_plays_no_part() {
        let mut quiet = shop();
        let before = told(
            &Graph::new(&KnowledgeConfig::default(), &quiet, &Control::default()).expect("a graph"),
        );
        let mut log = InteractionsBuilder::default();
        for item in [1, 3, 0] {
            log.push(&NewInteraction {
                user: UserIdx(0),
                item: Some(ItemIdx(item)),
                kind: EventKind::Purchase,
                time_ms: 1,
                amount: None,
                price: Some(9.0),
                text: None,
            });
        }
        quiet.interactions = log.finish(1);
        assert_eq!(
            told(
                &Graph::new(&KnowledgeConfig::default(), &quiet, &Control::default())
                    .expect("a graph")
            ),
            before
        );
    }
}
