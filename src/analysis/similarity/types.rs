//! What can be asked of the similarity index and what it answers.

use serde::{Deserialize, Serialize};

use crate::ids::DatasetRevision;

/// What is compared.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Subject {
    /// Products.
    #[default]
    Items,
    /// Shoppers.
    Users,
}

/// How two sparse vectors `a`, `b` are compared.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Measure {
    /// `a·b / (|a||b|)`.
    #[default]
    Cosine,
    /// `|A ∩ B| / |A ∪ B|` over the features that are present, whatever their weights.
    Jaccard,
    /// Pearson correlation over all features, absent ones counting as 0.
    Pearson,
}

impl Measure {
    /// Every measure.
    pub const ALL: [Self; 3] = [Self::Cosine, Self::Jaccard, Self::Pearson];

    /// The name on the command line and in JSON.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Cosine => "cosine",
            Self::Jaccard => "jaccard",
            Self::Pearson => "pearson",
        }
    }

    /// The measure with this name.
    #[must_use]
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|measure| measure.name() == name)
    }
}

/// What the vectors are made of.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Basis {
    /// Who met the product, what the shopper met. Returns and searches do not count.
    #[default]
    Behaviour,
    /// TF-IDF of the products' texts; a shopper is the sum over the products met.
    Text,
}

/// How much one shopper-product pair weighs in behaviour.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Weighting {
    /// 1 if they met at all.
    #[default]
    Presence,
    /// `ln(1 + Σ strength)` over their events, see [`crate::analysis::profile::weights::strength`].
    Strength,
}

/// What an index is built for.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct SimilaritySpec {
    /// What is compared.
    pub subject: Subject,
    /// How.
    pub measure: Measure,
    /// On what grounds.
    pub basis: Basis,
    /// How behaviour is weighted.
    pub weighting: Weighting,
}

/// One neighbour of a product or shopper.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Neighbour {
    /// Dense index of the product or shopper.
    pub idx: u32,
    /// Similarity by the index's measure.
    pub score: f32,
    /// Shoppers, products or words in common: how much the score rests on.
    pub common: u32,
}

/// Into how many clusters a dendrogram is cut.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ClusterCut {
    /// The number in `2..=20` with the best mean silhouette (ties: fewer clusters).
    #[default]
    BestSilhouette,
    /// Where two merge heights in a row lie furthest apart, `2..=20` clusters.
    LargestGap,
    /// So many, or one each where there are fewer rows.
    Count(usize),
}

/// Which rows a similarity matrix has and how it is clustered.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SimilarityOptions {
    /// At most so many rows, the most active first; `1..=`[`super::MAX_MATRIX`].
    pub max_rows: usize,
    /// Only these dense indices; `None` for all. Unknown ones are an error.
    pub only: Option<Vec<u32>>,
    /// Number of clusters.
    pub cut: ClusterCut,
}

impl Default for SimilarityOptions {
    fn default() -> Self {
        Self { max_rows: 200, only: None, cut: ClusterCut::default() }
    }
}

/// All pairs among some products or shoppers, with a clustering to order them by.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct SimilarityMatrix {
    /// The data it was computed on.
    pub revision: DatasetRevision,
    /// What was compared and how.
    pub spec: SimilaritySpec,
    /// `[n]` dense indices, most active first.
    pub ids: Vec<u32>,
    /// `[n]` titles of products or ids of shoppers.
    pub labels: Vec<String>,
    /// `[n][n]` row-major, symmetric; rows and columns in the order of `ids`. The diagonal is 1, for a
    /// row without any feature too.
    pub values: Vec<f32>,
    /// `[n]` positions in `ids` in the order of the dendrogram's leaves: average linkage over
    /// `1 - similarity`, leaves ordered so that neighbours are as near as the tree allows
    /// (Bar-Joseph et al. 2001).
    pub order: Vec<usize>,
    /// `[n]` cluster of each row, numbered from 0 along `order`.
    pub clusters: Vec<u32>,
    /// `[n - 1]` merges of the dendrogram, lowest first.
    pub merges: Vec<Merge>,
    /// Mean silhouette of the clusters in `-1..=1` by `1 - similarity`; `None` with one cluster or as
    /// many clusters as rows.
    pub silhouette: Option<f32>,
}

/// One merge of a dendrogram. Nodes below n are rows; node `n + i` is what merge `i` made.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Merge {
    /// The smaller node number.
    pub left: usize,
    /// The larger node number.
    pub right: usize,
    /// Mean distance between the rows of the two.
    pub height: f64,
    /// Rows in the merged cluster.
    pub size: usize,
}
