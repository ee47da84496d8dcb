//! Products as texts: what the catalogue says, and facts in words.

use std::collections::HashMap;

use super::Knowledge;
use super::config::{KnowledgeConfig, TextParts};
use super::graph::{Entity, Graph, IN_CATEGORY, IN_PRICE_BAND, OF_BRAND, PARENT_CATEGORY, Triple};
use crate::dataset::Dataset;
use crate::ids::ItemIdx;

/// Facts of rules that one text tells, at most.
const MOST_RULES: usize = 12;

/// Makes the texts that a language model reads of products.
#[derive(Debug, Clone)]
pub(in crate::model) struct ProductTexts<'a> {
    dataset: &'a Dataset,
    parts: TextParts,
    facts: Option<Facts<'a>>,
}

/// Facts by the entities that they are about.
#[derive(Debug, Clone)]
struct Facts<'a> {
    graph: &'a Graph,
    from: HashMap<u32, Vec<Triple>>,
    /// Rules that lead from a product to a product, by the latter.
    to: HashMap<u32, Vec<Triple>>,
}

impl<'a> ProductTexts<'a> {
    /// Texts of these columns; with a graph its facts tell category, brand and more.
    pub fn new(dataset: &'a Dataset, parts: TextParts, graph: Option<&'a Graph>) -> Self {
        Self { dataset, parts, facts: graph.map(Facts::new) }
    }

    /// The texts that settings ask for.
    pub fn of_settings(
        config: &KnowledgeConfig,
        dataset: &'a Dataset,
        knowledge: Option<&'a Knowledge>,
    ) -> Self {
        let told = knowledge.filter(|_| config.used.is_text());
        Self::new(dataset, config.product_text, told.map(|known| &known.graph))
    }

    /// The shop whose products they are of.
    pub const fn dataset(&self) -> &'a Dataset {
        self.dataset
    }

    /// What a history calls a product: its title, else `item <id>`, and the facts about it where they are told.
    pub fn label(&self, item: ItemIdx) -> String {
        let mut label = match self.dataset.catalog.titles.get(item.index()) {
            Some(title) => title.to_owned(),
            None => format!("item {}", self.dataset.items.external(item.0)),
        };
        for fact in self.facts.iter().flat_map(|facts| facts.told(self.dataset, item)) {
            label.push_str(", ");
            label.push_str(&fact);
        }
        label
    }

    /// Everything that is told of a product, sentence by sentence; empty when there is nothing.
    pub fn text(&self, item: ItemIdx) -> String {
        let product = self.dataset.catalog.product(item);
        let told = |wanted: bool, text: Option<&str>| text.filter(|_| wanted).map(str::to_owned);
        let mut sentences: Vec<String> =
            told(self.parts.title, product.title).into_iter().collect();
        match &self.facts {
            Some(facts) => sentences.extend(facts.told(self.dataset, item)),
            None => {
                sentences.extend(told(self.parts.category, product.category));
                sentences.extend(told(self.parts.brand, product.brand));
            }
        }
        sentences.extend(told(self.parts.description, product.description));
        sentences.join(". ")
    }

    /// The same, else `item <id>`.
    pub fn text_or_id(&self, item: ItemIdx) -> String {
        let text = self.text(item);
        if text.is_empty() { format!("item {}", self.dataset.items.external(item.0)) } else { text }
    }
}

impl<'a> Facts<'a> {
    fn new(graph: &'a Graph) -> Self {
        let (mut from, mut to) = (HashMap::new(), HashMap::new());
        let is_product =
            |number: u32| matches!(graph.entities()[number as usize], Entity::Product(_));
        for &fact in graph.triples() {
            from.entry(fact.head).or_insert_with(Vec::new).push(fact);
            if is_product(fact.head) && is_product(fact.tail) {
                to.entry(fact.tail).or_insert_with(Vec::new).push(fact);
            }
        }
        Self { graph, from, to }
    }

    fn told(&self, dataset: &Dataset, item: ItemIdx) -> Vec<String> {
        let Some(product) = self.graph.product(item) else { return Vec::new() };
        let (mut told, mut rules) = (Vec::new(), Vec::new());
        for &fact in self.from.get(&product).into_iter().flatten() {
            let tail = self.name(dataset, fact.tail);
            match self.relation(fact) {
                IN_CATEGORY => told.push(tail),
                OF_BRAND => told.push(format!("brand {tail}")),
                IN_PRICE_BAND => told.push(format!("price {tail}")),
                relation => rules.push(format!("{} {tail}", spoken(relation))),
            }
            for &further in self.from.get(&fact.tail).into_iter().flatten() {
                let is_product = self.is_product(further.head);
                if !is_product && self.relation(further) != PARENT_CATEGORY {
                    rules.push(self.sentence(dataset, further));
                }
            }
        }
        for &fact in self.to.get(&product).into_iter().flatten() {
            rules.push(self.sentence(dataset, fact));
        }
        rules.truncate(MOST_RULES);
        told.extend(rules);
        told
    }

    fn sentence(&self, dataset: &Dataset, fact: Triple) -> String {
        let (head, tail) = (self.name(dataset, fact.head), self.name(dataset, fact.tail));
        format!("{head} {} {tail}", spoken(self.relation(fact)))
    }

    fn relation(&self, fact: Triple) -> &str {
        &self.graph.relations()[fact.relation as usize]
    }

    fn is_product(&self, number: u32) -> bool {
        matches!(self.graph.entities()[number as usize], Entity::Product(_))
    }

    fn name(&self, dataset: &Dataset, number: u32) -> String {
        match &self.graph.entities()[number as usize] {
            Entity::Product(item) => dataset.item_label(*item).to_owned(),
            Entity::Category(path) => path.join(", "),
            Entity::Brand(name) | Entity::Attribute(_, name) | Entity::Value(name) => name.clone(),
        }
    }
}

/// `similar_to` as it is said.
pub(super) fn spoken(relation: &str) -> String {
    relation.replace(['_', '-'], " ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::control::Control;
    use crate::dataset::Catalog;
    use crate::ids::IdMap;

    fn shop() -> Dataset {
        let texts = |texts: [Option<&str>; 3]| texts.into_iter().collect();
        Dataset {
            items: IdMap::from_ids(["P1", "P2", "P3"]),
            catalog: Catalog {
                titles: texts([Some("Red mug"), Some("Blue teapot"), None]),
                categories: texts([Some("Home > Mugs"), Some("Home > Teapots"), None]),
                brands: texts([Some("Acme"), None, None]),
                descriptions: texts([Some("Holds tea"), None, None]),
                ..Catalog::default()
            },
            ..Dataset::default()
        }
    }

    #[test]
    fn plain_texts_are_those_of_the_catalogue() {
        let dataset = shop();
        let texts = ProductTexts::new(&dataset, TextParts::default(), None);
        for item in (0..3).map(ItemIdx) {
            assert_eq!(texts.text(item), dataset.catalog.text(item));
        }
        assert_eq!(texts.text_or_id(ItemIdx(2)), "item P3");
        let parts = "title,description".parse().expect("parts");
        let texts = ProductTexts::new(&dataset, parts, None);
        assert_eq!(texts.text(ItemIdx(0)), "Red mug. Holds tea");
    }

    #[test]
    fn facts_are_told_in_words() {
        let dataset = shop();
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("rules.txt");
        let rules = "P1 goes_with P2\nbrand:Acme similar_to value:Other\nP3 has_colour value:red";
        std::fs::write(&path, rules).expect("written");
        let config = KnowledgeConfig { rules: Some(path), ..KnowledgeConfig::default() };
        let graph = Graph::new(&config, &dataset, &Control::default()).expect("a graph");
        let texts = ProductTexts::new(&dataset, TextParts::default(), Some(&graph));
        assert_eq!(
            texts.text(ItemIdx(0)),
            "Red mug. Home, Mugs. brand Acme. Acme similar to Other. goes with Blue teapot. Holds tea"
        );
        assert_eq!(
            texts.text(ItemIdx(1)),
            "Blue teapot. Home, Teapots. Red mug goes with Blue teapot"
        );
        assert_eq!(texts.text(ItemIdx(2)), "has colour red");
    }
}
