//! A similarity matrix in the order of its clusters, with what is told of each cluster. Made off the
//! painting thread.

use std::collections::HashMap;
use std::ops::Range;
use std::sync::Arc;

use crate::analysis::similarity::Subject;
use crate::dataset::Dataset;
use crate::gui::views::names::ShopperNames;
use crate::gui::widgets::HeatmapSource;
use crate::workbench::SimilarityResult;

/// Members of a cluster that are named.
const NAMED: usize = 3;
/// Share of the cells that may lie beyond the end of the colour scale, so that a few twins do not
/// make everything else look alike.
const BEYOND_SCALE: f64 = 0.002;

/// One cluster.
#[derive(Debug, Clone, PartialEq)]
pub struct Cluster {
    /// Places of its members in the matrix as it is shown.
    pub places: Range<usize>,
    /// Mean similarity of its pairs; `None` with one member.
    pub cohesion: Option<f64>,
    /// Dense indices of the members most like the rest, best first.
    pub typical: Vec<u32>,
    /// What most of its products are, with the share in `0..=1`; products only.
    pub category: Option<(String, f64)>,
}

/// The matrix as it is shown.
pub struct Ordered {
    /// As the analysis gave it.
    pub result: Arc<SimilarityResult>,
    /// Clusters from the top left on.
    pub clusters: Vec<Cluster>,
    /// End of the colour scale.
    pub top: f32,
    places: HashMap<u32, usize>,
    /// What shoppers are called, by position, where that is not as the analysis has it.
    names: Vec<String>,
}

impl Ordered {
    /// Order `result` and describe its clusters.
    pub fn new(result: Arc<SimilarityResult>, dataset: &Dataset, shoppers: &ShopperNames) -> Self {
        let matrix = &result.matrix;
        let places = matrix
            .order
            .iter()
            .enumerate()
            .map(|(place, &position)| (matrix.ids[position], place))
            .collect();
        let top = end_of_scale(&result);
        let clusters =
            ranges(&result).into_iter().map(|places| describe(&result, dataset, places)).collect();
        let names = match matrix.spec.subject {
            Subject::Items => Vec::new(),
            Subject::Users => {
                matrix.ids.iter().map(|&user| shoppers.name(dataset, user).into_owned()).collect()
            }
        };
        Self { result, clusters, top, places, names }
    }

    /// Rows of the matrix.
    pub fn len(&self) -> usize {
        self.result.matrix.order.len()
    }

    /// The product or shopper at a place.
    pub fn id_at(&self, place: usize) -> u32 {
        let matrix = &self.result.matrix;
        matrix.ids[matrix.order[place]]
    }

    /// Where a product or shopper is shown.
    pub fn place_of(&self, id: u32) -> Option<usize> {
        self.places.get(&id).copied()
    }

    /// Similarity of two places.
    pub fn at(&self, row: usize, col: usize) -> f32 {
        value_at(&self.result, row, col)
    }

    /// Name at a place.
    pub fn label_at(&self, place: usize) -> &str {
        let matrix = &self.result.matrix;
        let position = matrix.order[place];
        self.names.get(position).unwrap_or(&matrix.labels[position])
    }

    /// The cluster at a place.
    pub fn cluster_at(&self, place: usize) -> usize {
        let matrix = &self.result.matrix;
        matrix.clusters[matrix.order[place]] as usize
    }
}

fn value_at(result: &SimilarityResult, row: usize, col: usize) -> f32 {
    let matrix = &result.matrix;
    matrix.values[matrix.order[row] * matrix.ids.len() + matrix.order[col]]
}

/// Stretches of one cluster along the order.
fn ranges(result: &SimilarityResult) -> Vec<Range<usize>> {
    let matrix = &result.matrix;
    let mut ranges: Vec<Range<usize>> = Vec::new();
    let mut last = None;
    for (place, &position) in matrix.order.iter().enumerate() {
        let cluster = matrix.clusters[position];
        match ranges.last_mut() {
            Some(range) if last == Some(cluster) => range.end = place + 1,
            _ => ranges.push(place..place + 1),
        }
        last = Some(cluster);
    }
    ranges
}

#[expect(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a quantile of at most a million cells"
)]
fn end_of_scale(result: &SimilarityResult) -> f32 {
    let n = result.matrix.ids.len();
    let mut values: Vec<f32> = (0..n)
        .flat_map(|row| (row + 1..n).map(move |col| (row, col)))
        .map(|(row, col)| result.matrix.values[row * n + col].abs())
        .collect();
    if values.is_empty() {
        return 1.0;
    }
    let at = ((values.len() - 1) as f64 * (1.0 - BEYOND_SCALE)) as usize;
    let (_, top, _) = values.select_nth_unstable_by(at, f32::total_cmp);
    top.max(0.02)
}

#[expect(clippy::cast_precision_loss, reason = "a mean for the eye")]
fn describe(result: &SimilarityResult, dataset: &Dataset, places: Range<usize>) -> Cluster {
    let mut likeness: Vec<(f64, usize)> = places
        .clone()
        .map(|row| {
            let others = places.clone().filter(|&col| col != row);
            (others.map(|col| f64::from(value_at(result, row, col))).sum::<f64>(), row)
        })
        .collect();
    let pairs = places.len() * places.len().saturating_sub(1);
    let cohesion =
        (pairs > 0).then(|| likeness.iter().map(|one| one.0).sum::<f64>() / pairs as f64);
    likeness.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
    let matrix = &result.matrix;
    let id = |&(_, place): &(f64, usize)| matrix.ids[matrix.order[place]];
    let typical = likeness.iter().take(NAMED).map(id).collect();
    let category = match matrix.spec.subject {
        Subject::Items => main_category(dataset, likeness.iter().map(id)),
        Subject::Users => None,
    };
    Cluster { places, cohesion, typical, category }
}

#[expect(clippy::cast_precision_loss, reason = "a share for the eye")]
fn main_category(
    dataset: &Dataset,
    items: impl ExactSizeIterator<Item = u32>,
) -> Option<(String, f64)> {
    let all = items.len();
    let categories = &dataset.catalog.categories;
    let mut counts = vec![0_usize; categories.pool().len()];
    for code in items.filter_map(|item| categories.code(item as usize)) {
        counts[code as usize] += 1;
    }
    let (code, &count) = counts.iter().enumerate().rev().max_by_key(|&(_, count)| *count)?;
    (count > 0).then(|| (categories.pool()[code].to_string(), count as f64 / all as f64))
}

impl HeatmapSource for Ordered {
    fn n_rows(&self) -> usize {
        self.len()
    }

    fn n_cols(&self) -> usize {
        self.len()
    }

    fn value(&self, row: usize, col: usize) -> f32 {
        self.at(row, col)
    }

    fn row_label(&self, row: usize) -> String {
        self.label_at(row).to_owned()
    }

    fn col_label(&self, col: usize) -> String {
        self.label_at(col).to_owned()
    }

    fn group(&self, index: usize) -> Option<usize> {
        Some(self.cluster_at(index))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analysis::similarity::{SimilarityMatrix, SimilarityOptions, SimilaritySpec};
    use crate::ids::DatasetRevision;

    fn result() -> Arc<SimilarityResult> {
        let values = vec![1.0, 0.1, 0.8, 0.1, 1.0, 0.2, 0.8, 0.2, 1.0];
        let matrix = SimilarityMatrix {
            revision: DatasetRevision::default(),
            spec: SimilaritySpec::default(),
            ids: vec![7, 8, 9],
            labels: ["a", "b", "c"].map(str::to_owned).to_vec(),
            values,
            order: vec![0, 2, 1],
            clusters: vec![0, 1, 0],
            merges: Vec::new(),
            silhouette: None,
        };
        Arc::new(SimilarityResult { options: SimilarityOptions::default(), matrix })
    }

    #[test]
    fn clusters_are_stretches_of_the_order() {
        let ordered = Ordered::new(result(), &Dataset::default(), &ShopperNames::default());
        assert_eq!(ordered.clusters.len(), 2);
        assert_eq!(ordered.clusters[0].places, 0..2);
        assert!((ordered.clusters[0].cohesion.expect("two members") - 0.8).abs() < 1e-6);
        assert_eq!(ordered.clusters[1].cohesion, None);
        assert_eq!((ordered.id_at(1), ordered.place_of(9), ordered.label_at(2)), (9, Some(1), "b"));
        assert!((ordered.at(0, 1) - 0.8).abs() < 1e-6);
    }
}
