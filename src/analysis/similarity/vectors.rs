//! The vectors that are compared.

use std::collections::HashMap;

use super::sparse::SparseRows;
use super::{Basis, SimilaritySpec, Subject, Weighting};
use crate::analysis::AnalysisError;
use crate::analysis::numeric::{real, real_len, single};
use crate::analysis::profile::weights::strength;
use crate::analysis::text::{for_each_token, is_content_word};
use crate::control::{Cancelled, Control};
use crate::dataset::{Dataset, EventKind};
use crate::ids::ItemIdx;

const CHUNK: usize = 1024;
const STAGE: &str = "stage-similarity";

/// One row per product or shopper.
pub(super) fn vectors(
    dataset: &Dataset,
    spec: SimilaritySpec,
    control: &Control,
) -> Result<SparseRows, AnalysisError> {
    match (spec.basis, spec.subject) {
        (Basis::Behaviour, Subject::Users) => Ok(met(dataset, spec.weighting, control)?),
        (Basis::Behaviour, Subject::Items) => {
            Ok(met(dataset, spec.weighting, control)?.transposed())
        }
        (Basis::Text, Subject::Items) => product_texts(dataset, control),
        (Basis::Text, Subject::Users) => {
            let texts = product_texts(dataset, control)?;
            let met = met(dataset, spec.weighting, control)?;
            Ok(summed_over(&met, &texts, control)?)
        }
    }
}

/// `[n_users][n_items]` products met, weighted.
fn met(
    dataset: &Dataset,
    weighting: Weighting,
    control: &Control,
) -> Result<SparseRows, Cancelled> {
    let log = &dataset.interactions;
    let mut matrix = SparseRows::new(dataset.n_items());
    let mut events: Vec<(u32, EventKind)> = Vec::new();
    for (user, rows) in log.users() {
        if user.index() % CHUNK == 0 {
            control.check()?;
            control.report(STAGE, user.index() as u64, log.n_users() as u64);
        }
        let meets = |kind| !matches!(kind, EventKind::Return | EventKind::Search);
        events.clear();
        events.extend(rows.filter_map(|row| Some((log.item(row)?.0, log.kind(row)))));
        events.retain(|&(_, kind)| meets(kind));
        events.sort_unstable();
        let products = events.chunk_by(|a, b| a.0 == b.0);
        matrix.push(products.map(|product| (product[0].0, weight(product, weighting))));
    }
    Ok(matrix)
}

fn weight(events: &[(u32, EventKind)], weighting: Weighting) -> f32 {
    match weighting {
        Weighting::Presence => 1.0,
        Weighting::Strength => {
            let sum: f64 = events.iter().map(|&(_, kind)| strength(kind)).sum();
            single(sum.ln_1p())
        }
    }
}

/// `[n_items][n_words]` TF-IDF as scikit-learn's `TfidfVectorizer` defines it by default: raw term
/// counts times `ln((1 + n) / (1 + df)) + 1`, rows scaled to length 1. n counts all products.
fn product_texts(dataset: &Dataset, control: &Control) -> Result<SparseRows, AnalysisError> {
    let n_items = dataset.n_items();
    let catalog = &dataset.catalog;
    if catalog.titles.is_blank() && catalog.descriptions.is_blank() {
        return Err(AnalysisError::NoText { n_items });
    }
    let mut vocabulary: HashMap<Box<str>, u32> = HashMap::new();
    let mut documents: Vec<u64> = Vec::new();
    let mut rows: Vec<Vec<(u32, f32)>> = Vec::with_capacity(n_items);
    for item in 0..n_items {
        if item % CHUNK == 0 {
            control.check()?;
            control.report(STAGE, item as u64, n_items as u64);
        }
        let words = word_counts(&catalog.text(ItemIdx::from_index(item)), &mut vocabulary);
        documents.resize(vocabulary.len(), 0);
        for &(word, _) in &words {
            documents[word as usize] += 1;
        }
        rows.push(words);
    }
    let mut matrix = SparseRows::new(vocabulary.len());
    for row in rows {
        matrix.push(row);
    }
    let idf = |&count: &u64| single(((1.0 + real_len(n_items)) / (1.0 + real(count))).ln() + 1.0);
    matrix.scale_columns(&documents.iter().map(idf).collect::<Vec<f32>>());
    matrix.normalise();
    Ok(matrix)
}

/// Counts of the content words of a text, words ascending; new words get the next number.
fn word_counts(text: &str, vocabulary: &mut HashMap<Box<str>, u32>) -> Vec<(u32, f32)> {
    let mut words = Vec::new();
    for_each_token(text, |token| {
        if is_content_word(token) {
            words.push(number_of(token, vocabulary));
        }
    });
    words.sort_unstable();
    let counted = words.chunk_by(|a, b| a == b).map(|run| (run[0], single(real_len(run.len()))));
    counted.collect()
}

fn number_of(token: &str, vocabulary: &mut HashMap<Box<str>, u32>) -> u32 {
    if let Some(&known) = vocabulary.get(token) {
        return known;
    }
    let number = u32::try_from(vocabulary.len()).expect("vocabularies fit 32 bits");
    vocabulary.insert(token.into(), number);
    number
}

/// `weights · rows`: for each shopper the weighted sum over the products met.
fn summed_over(
    weights: &SparseRows,
    rows: &SparseRows,
    control: &Control,
) -> Result<SparseRows, Cancelled> {
    let mut sums = SparseRows::new(rows.n_columns());
    let mut dense = vec![0.0_f32; rows.n_columns()];
    let mut touched: Vec<u32> = Vec::new();
    for user in 0..weights.len() {
        if user % CHUNK == 0 {
            control.check()?;
        }
        for (item, weight) in weights.cells(user) {
            for (word, value) in rows.cells(item as usize) {
                let sum = &mut dense[word as usize];
                if *sum == 0.0 {
                    touched.push(word);
                }
                *sum += weight * value;
            }
        }
        touched.sort_unstable();
        sums.push(touched.iter().map(|&word| (word, dense[word as usize])));
        touched.drain(..).for_each(|word| dense[word as usize] = 0.0);
    }
    Ok(sums)
}
