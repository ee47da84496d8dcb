//! A simulated shop: a catalogue that reads like one, and shoppers who behave by a latent-interest
//! model, so that there is something to learn and not everything to learn.
//!
//! Accuracy on this data says nothing about a real shop; `shop.json` therefore carries
//! `"origin": "simulated"`, and whatever reads the folder shows it.
//!
//! Memory is `O(items + block)`: every shopper is generated on its own from a generator seeded by
//! `(seed, user)`, rows go out grouped by user, block after block, in user order. The bytes depend
//! on the configuration alone, never on the number of threads or on the platform.

mod catalogue;
mod folder;
mod language;
mod market;
mod random;
mod sessions;
mod shopper;
mod text;
mod vocabulary;
mod write;

#[cfg(test)]
mod tests;

use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::control::{Cancelled, Control};

/// What shop to simulate. The default is the committed demo shop.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SimulateConfig {
    /// Number of shoppers.
    pub users: usize,
    /// Number of products.
    pub items: usize,
    /// Length of the log in days, from 1 January 2025.
    pub days: u32,
    /// Seed: the same configuration gives the same bytes.
    pub seed: u64,
}

impl Default for SimulateConfig {
    fn default() -> Self {
        Self { users: 1600, items: 600, days: 365, seed: 20_250_101 }
    }
}

/// What was written.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SimulateSummary {
    /// Shoppers in `users.csv`.
    pub users: u64,
    /// Products in `catalog.csv`.
    pub items: u64,
    /// Rows in `events.csv`.
    pub events: u64,
    /// Rows of each kind, by the name of the kind.
    pub events_by_type: std::collections::BTreeMap<String, u64>,
}

/// Why no shop was written. Whatever stood at the target is untouched.
#[derive(Debug, thiserror::Error)]
pub enum SimulateError {
    /// Somebody asked for a stop.
    #[error(transparent)]
    Cancelled(#[from] Cancelled),
    /// A number in the configuration is out of range.
    #[error("cannot simulate a shop: {what} must be between {low} and {high} (found {found})")]
    OutOfRange {
        /// Which setting.
        what: &'static str,
        /// Smallest value allowed.
        low: u64,
        /// Largest value allowed.
        high: u64,
        /// The value given.
        found: u64,
    },
    /// The target holds something that this program did not simulate.
    #[error(
        "cannot write the simulated shop: the folder is not empty and does not hold a simulated \
         shop (found \"{found}\"). Choose an empty or new folder. Folder: {}", folder.display()
    )]
    FolderInUse {
        /// One of the entries found there.
        found: String,
        /// The target.
        folder: PathBuf,
    },
    /// Reading or writing failed.
    #[error("cannot write the simulated shop: {source}. Check the free space and your rights. Path: {}", path.display())]
    Io {
        /// What the system said.
        source: std::io::Error,
        /// The file or folder.
        path: PathBuf,
    },
}

/// Simulate a shop into the folder `out`: `catalog.csv`, `events.csv`, `users.csv`, `shop.json`.
///
/// The folder appears whole or not at all; a simulated shop that stood there before is replaced.
///
/// # Errors
/// See [`SimulateError`].
pub fn simulate_to_folder(
    config: &SimulateConfig,
    out: &Path,
    control: &Control,
) -> Result<SimulateSummary, SimulateError> {
    write::shop(config, out, control)
}
