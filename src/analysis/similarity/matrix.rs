//! All pairs among the most active, ordered and clustered.

use super::cut::{clusters, silhouette};
use super::leaf_order::leaf_order;
use super::linkage::average_linkage;
use super::{MAX_MATRIX, SimilarityIndex, SimilarityMatrix, SimilarityOptions, Subject};
use crate::analysis::AnalysisError;
use crate::analysis::numeric::single;
use crate::control::Control;
use crate::dataset::Dataset;
use crate::ids::{ItemIdx, UserIdx};

const STAGE: &str = "stage-similarity-matrix";

impl SimilarityMatrix {
    /// Number of rows.
    #[must_use]
    pub fn len(&self) -> usize {
        self.ids.len()
    }

    /// Whether there are no rows.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.ids.is_empty()
    }

    /// The similarity of two rows, by position in `ids`.
    ///
    /// # Panics
    /// If a position is out of range.
    #[must_use]
    pub fn value(&self, row: usize, column: usize) -> f32 {
        self.values[row * self.len()..(row + 1) * self.len()][column]
    }
}

/// Compares the most active products or shoppers with each other. `dataset` has to be the one that
/// the index was built on.
///
/// # Errors
/// [`AnalysisError::InvalidSetting`] for a size out of range, [`AnalysisError::UnknownItem`] or
/// [`AnalysisError::UnknownUser`] for an index in `only` that does not exist, and
/// [`AnalysisError::Cancelled`].
pub fn similarity_matrix(
    dataset: &Dataset,
    index: &SimilarityIndex,
    options: &SimilarityOptions,
    control: &Control,
) -> Result<SimilarityMatrix, AnalysisError> {
    let ids = chosen(dataset, index, options)?;
    let n = ids.len();
    control.report(STAGE, 0, 3);
    let values = index.all_pairs(&ids);
    control.check()?;
    let distances: Vec<f64> = values.iter().map(|&value| 1.0 - f64::from(value)).collect();
    control.report(STAGE, 1, 3);
    let merges = average_linkage(distances.clone(), n, control)?;
    control.report(STAGE, 2, 3);
    let order = leaf_order(&merges, &distances, n, control)?;
    let clusters = clusters(&merges, &distances, &order, options.cut);
    Ok(SimilarityMatrix {
        revision: index.revision().clone(),
        spec: index.spec(),
        labels: ids.iter().map(|&id| label(dataset, index.spec().subject, id)).collect(),
        silhouette: silhouette(&distances, &clusters).map(single),
        ids,
        values,
        order,
        clusters,
        merges,
    })
}

fn label(dataset: &Dataset, subject: Subject, id: u32) -> String {
    match subject {
        Subject::Items => dataset.item_label(ItemIdx(id)).to_owned(),
        Subject::Users => dataset.users.external(id).to_owned(),
    }
}

/// The rows to compare: by number of events, ties by index.
fn chosen(
    dataset: &Dataset,
    index: &SimilarityIndex,
    options: &SimilarityOptions,
) -> Result<Vec<u32>, AnalysisError> {
    if !(1..=MAX_MATRIX).contains(&options.max_rows) {
        return Err(AnalysisError::InvalidSetting {
            setting: "max_rows",
            found: options.max_rows.to_string(),
            expected: "between 1 and 1000",
        });
    }
    let mut ids: Vec<u32> = match &options.only {
        Some(only) => only.clone(),
        None => (0..).take(index.len()).collect(),
    };
    ids.iter().try_for_each(|&id| index.known(id))?;
    ids.sort_unstable();
    ids.dedup();
    let activity = activity(dataset, index.spec().subject);
    ids.sort_by_key(|&id| std::cmp::Reverse(activity[id as usize]));
    ids.truncate(options.max_rows);
    Ok(ids)
}

fn activity(dataset: &Dataset, subject: Subject) -> Vec<usize> {
    let log = &dataset.interactions;
    if subject == Subject::Users {
        let users = (0..dataset.n_users()).map(UserIdx::from_index);
        return users.map(|user| log.rows_of(user).len()).collect();
    }
    let mut events = vec![0; dataset.n_items()];
    for item in (0..log.len()).filter_map(|row| log.item(row)) {
        events[item.index()] += 1;
    }
    events
}
