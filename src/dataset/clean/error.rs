//! Why a recipe cannot be read or carried out.

use std::io;
use std::path::PathBuf;

use super::step::RECIPE_VERSION;
use crate::control::Cancelled;

/// A recipe cannot be read or carried out. The data are as they were.
#[derive(Debug, thiserror::Error)]
pub enum CleanError {
    /// A step asks for something that cannot be.
    #[error("cannot clean: step {position} ({step}): {problem}")]
    Invalid {
        /// Position of the step, from 1.
        position: usize,
        /// Name of the step.
        step: &'static str,
        /// What is wrong, what was found and what to do.
        problem: String,
    },
    /// A step would leave no event.
    #[error(
        "cannot clean: step {position} ({step}) would leave none of {events} events. Loosen it or \
         leave it out"
    )]
    NothingLeft {
        /// Position of the step, from 1.
        position: usize,
        /// Name of the step.
        step: &'static str,
        /// Events before it.
        events: u64,
    },
    /// The text of a recipe or step cannot be understood.
    #[error("cannot read the cleaning recipe: {0}")]
    Unreadable(String),
    /// A later version wrote the recipe.
    #[error(
        "cannot read the cleaning recipe: it was written by a newer version (recipe version \
         {found}; this version reads up to {RECIPE_VERSION}). Update the program"
    )]
    Newer {
        /// The version found.
        found: u64,
    },
    /// The file cannot be read or written.
    #[error("cannot {action} the cleaning recipe: {source}. File: {}", path.display())]
    Io {
        /// What was tried: `read` or `write`.
        action: &'static str,
        /// Why it failed.
        source: io::Error,
        /// The file.
        path: PathBuf,
    },
    /// Cancelled on request.
    #[error(transparent)]
    Cancelled(#[from] Cancelled),
}
