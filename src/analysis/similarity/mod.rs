//! What goes with what: products that the same shoppers meet or whose texts agree, and shoppers alike.
//!
//! A [`SimilarityIndex`] answers for one product or shopper at a time, over the whole shop, in
//! milliseconds; a [`SimilarityMatrix`] shows all pairs among the most active ones, ordered and
//! clustered.

mod cut;
mod index;
mod leaf_order;
mod linkage;
mod matrix;
mod sparse;
mod types;
mod vectors;

#[cfg(test)]
mod tests;

pub use cut::silhouette;
pub use index::SimilarityIndex;
pub use matrix::similarity_matrix;
pub use types::{
    Basis, ClusterCut, Measure, Merge, Neighbour, SimilarityMatrix, SimilarityOptions,
    SimilaritySpec, Subject, Weighting,
};

/// Most rows of a similarity matrix: pairs grow with the square, ordering the leaves with the cube.
pub const MAX_MATRIX: usize = 1000;
