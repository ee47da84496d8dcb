//! What the behaviour log says about a shop before any model is trained: who the shoppers are
//! ([`profile`]), how they move ([`transitions`]) and what goes with what ([`similarity`]).
//!
//! Everything here is a pure function of a [`crate::dataset::Dataset`]: no threads of its own beyond
//! data-parallel loops, no files, no colours, and the same result on every machine and at every
//! thread count.

pub mod error;
pub mod find;
pub mod numeric;
pub mod profile;
pub mod similarity;
pub mod summary;
pub mod table;
#[cfg(test)]
mod testing;
pub mod text;
pub mod transitions;

pub use error::AnalysisError;
pub use find::{search_items, search_users};
pub use profile::{ShopStatistics, UserProfile};
pub use similarity::{SimilarityIndex, SimilarityMatrix, similarity_matrix};
pub use summary::{ItemSummary, UserSummary, summarise_items, summarise_users};
pub use transitions::{TransitionMatrix, TransitionOptions};

#[cfg(test)]
mod tests {
    use super::testing::golden_shop;
    use super::*;
    use crate::control::Control;

    #[test]
    fn the_number_of_threads_changes_nothing() {
        let dataset = golden_shop();
        let control = Control::default();
        let everything = || {
            let index =
                SimilarityIndex::build(&dataset, similarity::SimilaritySpec::default(), &control)?;
            let options = similarity::SimilarityOptions::default();
            let chain =
                transitions::transitions(&dataset, &TransitionOptions::default(), &control)?;
            Ok::<_, AnalysisError>((
                similarity_matrix(&dataset, &index, &options, &control)?,
                chain.n_step(9),
                summarise_users(&dataset, &control)?,
            ))
        };
        let with = |threads| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build();
            pool.expect("a pool starts").install(everything).expect("nobody cancels")
        };
        assert_eq!(with(1), with(5));
    }
}
