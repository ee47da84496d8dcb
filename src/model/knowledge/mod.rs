//! What the catalogue knows of products, for recommenders: a graph of products, categories, brands, prices and
//! attributes, and the user's own rules, told in words or as vectors.
//!
//! The vectors are learned by `TransE` from the facts alone, never from behaviour, so that nothing that is
//! held out can leak. A product's vector is what its facts say it should be: the mean of `tail - relation` over
//! the facts that start from it and of `head + relation` over those that lead to it, the mean of all products
//! taken out, of length 1. So products of which the same is known have the same vector, whether anybody has met
//! them or not, and one of which nothing is known has zeros.

mod attributes;
mod category;
pub mod config;
mod coverage;
#[cfg(test)]
mod golden_tests;
mod graph;
mod judge;
mod rules;
mod shared;
mod told;
mod transe;
mod words;

use serde::{Deserialize, Serialize};

pub use self::attributes::AttributeColumns;
pub use self::category::CategoryShape;
use self::config::KnowledgeConfig;
pub use self::coverage::{Gap, RuleUse};
pub use self::graph::{Entity, Graph, Triple};
pub use self::judge::{LinkQuality, TailRanks};
pub use self::shared::{KnownProduct, NearProduct, Shared};
pub use self::told::{NamedFact, Relation};
use self::transe::TransE;
pub(in crate::model) use self::words::ProductTexts;
use super::ModelError;
use super::bert::pretrained::fingerprint;
use crate::control::Control;
use crate::dataset::Dataset;
use crate::ids::ItemIdx;

/// Of what a graph was made, and how good its vectors are.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct KnowledgeReport {
    /// Products, categories, brands and values.
    pub entities: usize,
    /// Facts of each relation.
    pub facts: Vec<(String, usize)>,
    /// Facts among them that rules added.
    pub rules: usize,
    /// Products of which something is known.
    pub products: usize,
    /// What held-out facts say of the vectors, where there are any.
    pub links: Option<LinkQuality>,
    /// Lines of the file of rules with the products that they speak of.
    pub rule_uses: Vec<RuleUse>,
    /// What the settings ask for in vain.
    pub gaps: Vec<Gap>,
    /// A few facts of each relation.
    pub examples: Vec<NamedFact>,
}

impl KnowledgeReport {
    /// All facts.
    #[must_use]
    pub fn n_facts(&self) -> usize {
        self.facts.iter().map(|(_, count)| count).sum()
    }
}

/// A product near another by what is known of both.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Neighbour {
    /// Which product.
    pub item: ItemIdx,
    /// Cosine similarity of the two products' vectors.
    pub cosine: f32,
}

/// A graph, and the vectors of products where they were asked for.
#[derive(Debug, Clone)]
pub struct Knowledge {
    /// The facts.
    pub graph: Graph,
    /// `[n_items, dim]`, unit rows, zeros where nothing is known.
    pub(in crate::model) vectors: Option<Vectors>,
}

/// Vectors of all products.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::model) struct Vectors {
    pub dim: usize,
    pub values: Vec<f32>,
}

impl Vectors {
    /// The vector of a product.
    pub fn row(&self, item: ItemIdx) -> &[f32] {
        &self.values[item.index() * self.dim..(item.index() + 1) * self.dim]
    }
}

impl Knowledge {
    /// What the catalogue and the rules say; `None` where the settings ask for nothing. A function of settings,
    /// catalogue, rules and seed.
    ///
    /// # Errors
    /// [`ModelError`]: cancelled, rules that cannot be read, a catalogue that says nothing.
    pub fn new(
        config: &KnowledgeConfig,
        dataset: &Dataset,
        seed: u64,
        control: &Control,
    ) -> Result<Option<Self>, ModelError> {
        if !(config.used.is_text() || config.used.is_graph()) {
            return Ok(None);
        }
        let graph = Graph::new(config, dataset, control)?;
        if graph.triples().is_empty() {
            return Err(ModelError::UnusableData(
                "there is no knowledge to learn from: no product has a category or a brand. Name those columns \
                 when importing, give a table of attributes or a file of rules, or set knowledge to none"
                    .to_owned(),
            ));
        }
        let mut vectors = None;
        if config.used.is_graph() {
            let mut model = TransE::new(config, &graph, seed);
            model.learn(&graph, graph.triples(), config.epochs, seed, control)?;
            vectors = Some(product_vectors(&graph, &model, dataset.n_items()));
        }
        Ok(Some(Self { graph, vectors }))
    }

    /// The same with what it is made of, for people to look at.
    ///
    /// # Errors
    /// [`ModelError`]: as above, and settings that cannot be worked with or ask for nothing.
    pub fn looked_into(
        config: &KnowledgeConfig,
        dataset: &Dataset,
        seed: u64,
        control: &Control,
    ) -> Result<(Self, KnowledgeReport), ModelError> {
        config.check().map_err(ModelError::UnusableData)?;
        let known = Self::new(config, dataset, seed, control)?.ok_or_else(|| {
            let what = "knowledge=none asks for nothing; choose text, graph or both";
            ModelError::UnusableData(what.to_owned())
        })?;
        let report = known.report(config, dataset, seed, control)?;
        Ok((known, report))
    }

    /// Fingerprint of the facts.
    pub(in crate::model) fn fingerprint(&self) -> u64 {
        let graph = &self.graph;
        let parts = format!("{:?}", (graph.entities(), graph.relations(), graph.triples()));
        fingerprint(parts.as_bytes())
    }

    /// What the graph is made of, and how well vectors that were learned without some facts find these.
    ///
    /// # Errors
    /// [`ModelError::Cancelled`].
    pub fn report(
        &self,
        config: &KnowledgeConfig,
        dataset: &Dataset,
        seed: u64,
        control: &Control,
    ) -> Result<KnowledgeReport, ModelError> {
        let is_product = |entity: &&Entity| matches!(entity, Entity::Product(_));
        let rule_uses = coverage::rule_uses(&self.graph, dataset, control)?;
        Ok(KnowledgeReport {
            entities: self.graph.entities().len(),
            facts: self.graph.counts(),
            rules: self.graph.n_rules(),
            products: self.graph.entities().iter().filter(is_product).count(),
            links: judge::judge(config, &self.graph, seed, control)?,
            gaps: coverage::gaps(config, &self.graph, &rule_uses),
            rule_uses,
            examples: told::examples(&self.graph, dataset),
        })
    }

    /// A product in words: its text with what is known of it.
    #[must_use]
    pub fn text(&self, config: &KnowledgeConfig, dataset: &Dataset, item: ItemIdx) -> String {
        ProductTexts::new(dataset, config.product_text, Some(&self.graph)).text_or_id(item)
    }

    /// The `k` products nearest to one by their vectors, the nearest first, ties by index; none where there are
    /// no vectors or nothing is known of the product.
    #[must_use]
    pub fn nearest(&self, item: ItemIdx, k: usize) -> Vec<Neighbour> {
        let Some(vectors) = &self.vectors else { return Vec::new() };
        let products = self.graph.entities().iter().filter_map(|entity| match entity {
            Entity::Product(other) if *other != item => Some(*other),
            _ => None,
        });
        if self.graph.product(item).is_none() {
            return Vec::new();
        }
        let cosine = |other: ItemIdx| {
            let pairs = vectors.row(item).iter().zip(vectors.row(other));
            pairs.map(|(a, b)| a * b).sum()
        };
        let mut near: Vec<Neighbour> =
            products.map(|other| Neighbour { item: other, cosine: cosine(other) }).collect();
        near.sort_by(|a, b| b.cosine.total_cmp(&a.cosine).then(a.item.cmp(&b.item)));
        near.truncate(k);
        near
    }
}

/// Where the facts about each product say that it lies.
fn product_vectors(graph: &Graph, model: &TransE, n_items: usize) -> Vectors {
    let dim = model.entities.dim;
    let mut values = vec![0.0_f32; n_items * dim];
    let mut add = |entity: u32, other: u32, relation: u32, sign: f32| {
        let Entity::Product(item) = graph.entities()[entity as usize] else { return };
        let row = &mut values[item.index() * dim..(item.index() + 1) * dim];
        let other = model.entities.row(other as usize);
        let relation = model.relations.row(relation as usize);
        for ((slot, other), relation) in row.iter_mut().zip(other).zip(relation) {
            *slot += other + sign * relation;
        }
    };
    let mut counts = vec![0_u32; n_items];
    for fact in graph.triples() {
        add(fact.head, fact.tail, fact.relation, -1.0);
        add(fact.tail, fact.head, fact.relation, 1.0);
        for entity in [fact.head, fact.tail] {
            if let Entity::Product(item) = graph.entities()[entity as usize] {
                counts[item.index()] += 1;
            }
        }
    }
    for (row, &count) in values.chunks_exact_mut(dim).zip(&counts) {
        row.iter_mut().for_each(|value| *value /= count.max(1) as f32);
    }
    centre(&mut values, dim, &counts);
    Vectors { dim, values }
}

/// Take the mean out of the rows that have facts and bring them to length 1.
fn centre(values: &mut [f32], dim: usize, counts: &[u32]) {
    let known = counts.iter().filter(|&&count| count > 0).count().max(1) as f32;
    let mut mean = vec![0.0; dim];
    for row in values.chunks_exact(dim) {
        mean.iter_mut().zip(row).for_each(|(mean, value)| *mean += value / known);
    }
    for (row, _) in values.chunks_exact_mut(dim).zip(counts).filter(|&(_, &count)| count > 0) {
        row.iter_mut().zip(&mean).for_each(|(value, mean)| *value -= mean);
        let length = row.iter().map(|value| value * value).sum::<f32>().sqrt().max(1e-6);
        row.iter_mut().for_each(|value| *value /= length);
    }
}

#[cfg(test)]
mod tests {
    use super::config::KnowledgeUse;
    use super::*;
    use crate::dataset::{Catalog, TextColumn};
    use crate::ids::IdMap;

    /// Products 0 to 11 in two categories of three brands; 12 is like 0, nothing is known of 13.
    fn shop() -> Dataset {
        let known = |text: &dyn Fn(usize) -> String| -> TextColumn {
            (0..14).map(|row| (row < 13).then(|| text(row % 12))).collect()
        };
        Dataset {
            items: IdMap::from_ids((0..14).map(|item| format!("P{item}"))),
            catalog: Catalog {
                categories: known(&|row| format!("Home > {}", ["Mugs", "Lamps"][row % 2])),
                brands: known(&|row| ["Acme", "Best", "Calm"][row % 3].to_owned()),
                ..Catalog::default()
            },
            ..Dataset::default()
        }
    }

    fn config(used: KnowledgeUse) -> KnowledgeConfig {
        KnowledgeConfig { used, dim: 16, epochs: 60, ..KnowledgeConfig::default() }
    }

    fn vectors(seed: u64) -> Vectors {
        let config = config(KnowledgeUse::Graph);
        let found = Knowledge::new(&config, &shop(), seed, &Control::default());
        found.expect("learned").expect("knowledge").vectors.expect("vectors")
    }

    #[test]
    fn products_lie_where_their_facts_say() {
        let vectors = vectors(5);
        let cosine = |a: u32, b: u32| -> f32 {
            vectors.row(ItemIdx(a)).iter().zip(vectors.row(ItemIdx(b))).map(|(a, b)| a * b).sum()
        };
        assert!((cosine(0, 0) - 1.0).abs() < 1e-5);
        assert!((cosine(0, 12) - 1.0).abs() < 1e-5, "of both the same is known");
        assert!(cosine(0, 6) > 0.99 && cosine(0, 2) < 0.9 && cosine(0, 1) < cosine(0, 2));
        assert_eq!(vectors.row(ItemIdx(13)), [0.0; 16], "nothing is known of it");
        assert_eq!(vectors, self::vectors(5));
        assert_ne!(vectors, self::vectors(6));
    }

    #[test]
    fn what_was_made_is_told() {
        let control = Control::default();
        let config = config(KnowledgeUse::Graph);
        let made = Knowledge::looked_into(&config, &shop(), 1, &control);
        let (made, report) = made.expect("learned and judged");
        assert_eq!((report.products, report.entities, report.rules), (13, 13 + 3 + 3, 0));
        assert_eq!(report.facts[0], ("in_category".to_owned(), 13));
        assert_eq!(report.links.expect("facts to hold out").held_out, 1);
        assert_eq!((report.n_facts(), report.gaps, report.rule_uses), (28, vec![], vec![]));
        assert_eq!(report.examples[0].to_string(), "P0 in category Home > Mugs");
        let near = made.nearest(ItemIdx(0), 2);
        assert_eq!(near.iter().map(|one| one.item.0).collect::<Vec<_>>(), [6, 12]);
        assert!(near[0].cosine > 0.99);
        assert_eq!(made.nearest(ItemIdx(13), 2), []);
    }

    #[test]
    fn what_is_not_asked_for_is_not_made() {
        let control = Control::default();
        let made = |used, dataset: &Dataset| {
            Knowledge::new(&config(used), dataset, 1, &control).map_err(|error| error.to_string())
        };
        assert!(made(KnowledgeUse::None, &shop()).expect("nothing to do").is_none());
        let asked = Knowledge::looked_into(&config(KnowledgeUse::None), &shop(), 1, &control);
        assert!(asked.expect_err("nothing to do").to_string().contains("knowledge=none"));
        let told = made(KnowledgeUse::Text, &shop()).expect("a graph").expect("knowledge");
        assert_eq!(told.vectors, None);
        let blank = Dataset { catalog: Catalog::default(), ..shop() };
        let error = made(KnowledgeUse::Both, &blank).expect_err("nothing is known");
        assert!(error.contains("set knowledge to none"), "{error}");
    }
}
