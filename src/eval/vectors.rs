//! Vectors of products, over which the diversity of a list is measured.

use std::collections::{BTreeMap, HashMap};

use super::protocol::DiversityBasis;
use crate::dataset::split::Split;
use crate::dataset::{Dataset, Interactions};
use crate::ids::ItemIdx;
use crate::model::counting::distinct_items;

/// Something that knows how alike two products are.
pub trait ItemVectors: Sync {
    /// Cosine similarity of two products' vectors; 0 where either has none.
    fn cosine(&self, a: ItemIdx, b: ItemIdx) -> f32;

    /// What the vectors are made of.
    fn basis(&self) -> DiversityBasis;
}

/// Embeddings, `[n_items, width]` row by row.
#[derive(Debug, Clone)]
pub struct DenseVectors {
    width: usize,
    unit: Vec<f32>,
}

impl DenseVectors {
    /// Takes embeddings of any length and brings each to unit length.
    ///
    /// # Panics
    /// If `values` is not a whole number of rows of `width > 0`.
    #[must_use]
    pub fn new(width: usize, mut values: Vec<f32>) -> Self {
        assert!(
            width > 0 && values.len().is_multiple_of(width),
            "{} values, width {width}",
            values.len()
        );
        for row in values.chunks_exact_mut(width) {
            let norm = row.iter().map(|value| value * value).sum::<f32>().sqrt();
            if norm > 0.0 {
                row.iter_mut().for_each(|value| *value /= norm);
            }
        }
        Self { width, unit: values }
    }

    fn row(&self, item: ItemIdx) -> &[f32] {
        let from = item.index() * self.width;
        self.unit.get(from..from + self.width).unwrap_or_default()
    }
}

impl ItemVectors for DenseVectors {
    fn cosine(&self, a: ItemIdx, b: ItemIdx) -> f32 {
        self.row(a).iter().zip(self.row(b)).map(|(a, b)| a * b).sum()
    }

    fn basis(&self) -> DiversityBasis {
        DiversityBasis::Embeddings
    }
}

/// Sparse vectors of unit length: terms ascending, with weights.
#[derive(Debug, Clone)]
pub(super) struct SparseVectors {
    rows: Vec<Vec<(u32, f32)>>,
    basis: DiversityBasis,
}

impl SparseVectors {
    /// What can be had without a model: the catalogue's words, or where it has none the shoppers of
    /// the training part.
    pub fn of(dataset: &Dataset, split: &Split) -> Self {
        let catalog = &dataset.catalog;
        if catalog.titles.is_blank() && catalog.categories.is_blank() && catalog.brands.is_blank() {
            Self::of_shoppers(&split.train, dataset.n_items())
        } else {
            Self::of_catalog(dataset)
        }
    }

    /// TF-IDF over category, brand and title words: weight `tf · ln(1 + n / df)`.
    fn of_catalog(dataset: &Dataset) -> Self {
        let n_items = dataset.n_items();
        let mut codes = HashMap::new();
        let counts: Vec<BTreeMap<u32, f32>> = (0..n_items)
            .map(|item| term_counts(dataset, ItemIdx::from_index(item), &mut codes))
            .collect();
        let mut document_frequency = vec![0_u32; codes.len()];
        for &term in counts.iter().flat_map(BTreeMap::keys) {
            document_frequency[term as usize] += 1;
        }
        #[expect(clippy::cast_precision_loss, reason = "a weight needs no more")]
        let weigh = |(term, count): (u32, f32)| {
            (term, count * (1.0 + n_items as f32 / document_frequency[term as usize] as f32).ln())
        };
        let rows =
            counts.into_iter().map(|terms| unit(terms.into_iter().map(weigh).collect())).collect();
        Self { rows, basis: DiversityBasis::CatalogText }
    }

    fn of_shoppers(train: &Interactions, n_items: usize) -> Self {
        let mut rows = vec![Vec::new(); n_items];
        for (user, visits) in train.users() {
            for item in distinct_items(train, visits) {
                rows[item as usize].push((user.0, 1.0));
            }
        }
        Self { rows: rows.into_iter().map(unit).collect(), basis: DiversityBasis::Shoppers }
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
    let mut terms: Vec<String> =
        [whole("category", product.category), whole("brand", product.brand)]
            .into_iter()
            .flatten()
            .collect();
    let title = product.title.unwrap_or_default().to_lowercase();
    let words =
        title.split(|letter: char| !letter.is_alphanumeric()).filter(|word| !word.is_empty());
    terms.extend(words.map(str::to_owned));
    let mut counts = BTreeMap::new();
    for term in terms {
        let next = u32::try_from(codes.len()).expect("distinct words fit 32 bits");
        *counts.entry(*codes.entry(term).or_insert(next)).or_insert(0.0) += 1.0;
    }
    counts
}

fn unit(mut row: Vec<(u32, f32)>) -> Vec<(u32, f32)> {
    let norm = row.iter().map(|(_, weight)| weight * weight).sum::<f32>().sqrt();
    row.iter_mut().for_each(|(_, weight)| *weight /= norm);
    row
}

impl ItemVectors for SparseVectors {
    fn cosine(&self, a: ItemIdx, b: ItemIdx) -> f32 {
        let (Some(a), Some(b)) = (self.rows.get(a.index()), self.rows.get(b.index())) else {
            return 0.0;
        };
        let (short, long) = if a.len() <= b.len() { (a, b) } else { (b, a) };
        // A search per term once one vector is much longer than the other, a merge otherwise.
        if short.len() * 16 < long.len() {
            dot_by_search(short, long)
        } else {
            dot_by_merge(short, long)
        }
    }

    fn basis(&self) -> DiversityBasis {
        self.basis
    }
}

fn dot_by_search(short: &[(u32, f32)], long: &[(u32, f32)]) -> f32 {
    let product = |&(term, weight): &(u32, f32)| {
        let at = long.binary_search_by_key(&term, |&(term, _)| term).ok()?;
        Some(weight * long[at].1)
    };
    short.iter().filter_map(product).sum()
}

fn dot_by_merge(a: &[(u32, f32)], b: &[(u32, f32)]) -> f32 {
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
    use crate::dataset::split::SplitSpec;
    use crate::dataset::split::fixtures::{ring_shop, shop};

    #[test]
    fn products_of_one_kind_are_nearer_than_others() {
        let mut dataset = ring_shop(5, 4, 4);
        dataset.catalog.titles = [Some("Red Mug"), Some("Blue mug!"), Some("Garden hose"), None]
            .into_iter()
            .collect::<TextColumn>();
        dataset.catalog.categories = [Some("Kitchen"), Some("Kitchen"), Some("Garden"), None]
            .into_iter()
            .collect::<TextColumn>();
        let split = Split::new(&dataset, &SplitSpec::default()).unwrap();
        let vectors = SparseVectors::of(&dataset, &split);
        let cosine = |a, b| vectors.cosine(ItemIdx(a), ItemIdx(b));
        assert_eq!(vectors.basis(), DiversityBasis::CatalogText);
        assert!((cosine(0, 0) - 1.0).abs() < 1e-6);
        assert!(
            cosine(0, 1) > 0.3 && cosine(0, 2) == 0.0,
            "category:garden and garden are two terms"
        );
        assert_eq!((cosine(0, 3), cosine(3, 3), cosine(0, 99)), (0.0, 0.0, 0.0));
    }

    #[test]
    fn without_a_catalogue_shoppers_decide() {
        let dataset = shop(&[("u", "a", 1), ("u", "b", 2), ("v", "a", 1), ("v", "c", 2)]);
        let split = Split::new(&dataset, &SplitSpec::default()).unwrap();
        let vectors = SparseVectors::of(&dataset, &split);
        assert_eq!(vectors.basis(), DiversityBasis::Shoppers);
        let expected = 1.0 / 2.0_f32.sqrt();
        assert!((vectors.cosine(ItemIdx(0), ItemIdx(1)) - expected).abs() < 1e-6);
        assert_eq!(vectors.cosine(ItemIdx(1), ItemIdx(2)), 0.0);
    }

    #[test]
    fn search_and_merge_agree() {
        let long: Vec<(u32, f32)> = (0..100).map(|term| (term * 3, 0.1)).collect();
        let short = [(4, 1.0), (9, 0.5), (297, 2.0), (500, 1.0)];
        assert!((dot_by_search(&short, &long) - dot_by_merge(&short, &long)).abs() < 1e-6);
        assert!((dot_by_search(&short, &long) - 0.25).abs() < 1e-6);
    }

    #[test]
    fn dense_vectors_are_brought_to_unit_length() {
        let vectors = DenseVectors::new(2, vec![3.0, 4.0, 0.0, 0.0, 4.0, 3.0]);
        assert!((vectors.cosine(ItemIdx(0), ItemIdx(2)) - 0.96).abs() < 1e-6);
        assert_eq!(vectors.cosine(ItemIdx(0), ItemIdx(1)), 0.0);
        assert_eq!(vectors.cosine(ItemIdx(0), ItemIdx(9)), 0.0);
    }
}
