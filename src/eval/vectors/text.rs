//! Products by their words.

use std::collections::{BTreeMap, HashMap};

use rayon::prelude::*;

use super::ItemVectors;
use crate::control::{Cancelled, Control};
use crate::dataset::Dataset;
use crate::eval::protocol::DiversityBasis;
use crate::ids::ItemIdx;

/// Products between two looks at the cancel flag.
const ITEMS_PER_CHECK: usize = 4_096;

/// TF-IDF over category, brand and title words: weight `tf · ln(1 + n / df)`. Category and brand
/// count as one term each, apart from the same word in a title.
#[derive(Debug)]
pub(super) struct TextVectors {
    /// Per product its terms, ascending, with weights; of unit length unless empty.
    rows: Vec<Vec<(u32, f32)>>,
}

impl TextVectors {
    /// Of the products of a catalogue.
    ///
    /// # Errors
    /// [`Cancelled`] on request.
    pub fn new(dataset: &Dataset, control: &Control) -> Result<Self, Cancelled> {
        let n_items = dataset.n_items();
        let mut codes = HashMap::new();
        let mut counts: Vec<BTreeMap<u32, f32>> = Vec::with_capacity(n_items);
        for item in 0..n_items {
            if item % ITEMS_PER_CHECK == 0 {
                control.check()?;
            }
            counts.push(term_counts(dataset, ItemIdx::from_index(item), &mut codes));
        }
        let mut document_frequency = vec![0_u32; codes.len()];
        for &term in counts.iter().flat_map(BTreeMap::keys) {
            document_frequency[term as usize] += 1;
        }
        let weigh = |(term, count): (u32, f32)| {
            (term, count * (1.0 + n_items as f32 / document_frequency[term as usize] as f32).ln())
        };
        control.check()?;
        let rows = counts.into_par_iter().map(|terms| unit(terms.into_iter().map(weigh).collect()));
        Ok(Self { rows: rows.collect() })
    }
}

fn term_counts(
    dataset: &Dataset,
    item: ItemIdx,
    codes: &mut HashMap<String, u32>,
) -> BTreeMap<u32, f32> {
    let product = dataset.catalog.product(item);
    let whole = |field: &str, text: Option<&str>| {
        text.map(|text| format!("{field}:{}", text.to_lowercase()))
    };
    let fields = [whole("category", product.category), whole("brand", product.brand)];
    let title = product.title.unwrap_or_default().to_lowercase();
    let words =
        title.split(|letter: char| !letter.is_alphanumeric()).filter(|word| !word.is_empty());
    let mut counts = BTreeMap::new();
    for term in fields.into_iter().flatten().chain(words.map(str::to_owned)) {
        let next = u32::try_from(codes.len()).expect("distinct words fit 32 bits");
        *counts.entry(*codes.entry(term).or_insert(next)).or_insert(0.0) += 1.0;
    }
    counts
}

fn unit(mut row: Vec<(u32, f32)>) -> Vec<(u32, f32)> {
    let norm = row.iter().map(|(_, weight)| weight * weight).sum::<f32>().sqrt();
    for (_, weight) in &mut row {
        *weight /= norm;
    }
    row
}

impl ItemVectors for TextVectors {
    fn cosine(&self, a: ItemIdx, b: ItemIdx) -> f32 {
        match (self.rows.get(a.index()), self.rows.get(b.index())) {
            (Some(a), Some(b)) => dot(a, b),
            _ => 0.0,
        }
    }

    fn basis(&self) -> DiversityBasis {
        DiversityBasis::CatalogText
    }
}

fn dot(a: &[(u32, f32)], b: &[(u32, f32)]) -> f32 {
    let (mut at_a, mut at_b, mut sum) = (0, 0, 0.0);
    while at_a < a.len() && at_b < b.len() {
        let (term_a, term_b) = (a[at_a].0, b[at_b].0);
        if term_a == term_b {
            sum += a[at_a].1 * b[at_b].1;
        }
        at_a += usize::from(term_a <= term_b);
        at_b += usize::from(term_b <= term_a);
    }
    sum
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dataset::TextColumn;
    use crate::dataset::split::fixtures::ring_shop;

    #[test]
    fn products_of_one_kind_are_nearer_than_others() {
        let mut dataset = ring_shop(5, 4, 4);
        let column = |texts: [Option<&str>; 4]| texts.into_iter().collect::<TextColumn>();
        dataset.catalog.titles =
            column([Some("Red Mug"), Some("Blue mug!"), Some("Garden hose"), None]);
        dataset.catalog.categories =
            column([Some("Kitchen"), Some("Kitchen"), Some("Garden"), None]);
        let vectors = TextVectors::new(&dataset, &Control::default()).unwrap();
        let cosine = |a, b| vectors.cosine(ItemIdx(a), ItemIdx(b));
        assert!((cosine(0, 0) - 1.0).abs() < 1e-6);
        assert!(cosine(0, 1) > 0.3 && cosine(0, 2) == 0.0);
        assert!((cosine(2, 2) - 1.0).abs() < 1e-6);
        assert_eq!((cosine(0, 3), cosine(3, 3), cosine(0, 99)), (0.0, 0.0, 0.0));
    }
}
