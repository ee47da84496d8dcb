//! A shop as the rest of the program sees it: id maps, a catalogue and a behaviour log.
//!
//! Nothing outside this module knows about files or data frames: everyone else sees typed columns
//! and per-user rows.

pub(crate) mod calendar;
pub mod catalog;
pub mod clean;
pub mod columns;
pub mod describe;
pub mod event;
mod html;
pub mod interactions;
pub mod load;
pub(crate) mod numeric;
pub mod privacy;
pub mod project;
pub mod quality;
pub mod schema;
pub mod sessions;
pub mod simulate;
pub mod split;

use crate::ids::{DatasetRevision, IdMap, ItemIdx, UserIdx};
pub use catalog::{Catalog, Product};
pub use columns::{TextColumn, TextColumnBuilder};
pub use event::{EventCounts, EventKind};
pub use interactions::{Interaction, Interactions, InteractionsBuilder, NewInteraction};

/// Where a dataset comes from; whatever shows its figures shows this too.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Origin {
    /// The user's own files.
    #[default]
    Files,
    /// Made by a simulator: accuracy on it says nothing about a real shop.
    Simulated,
}

/// One column of what is known about shoppers beside their behaviour.
#[derive(Debug, Clone, PartialEq)]
pub struct UserAttribute {
    /// Column name as in the file.
    pub name: String,
    /// Value per user.
    pub values: TextColumn,
}

/// One shop, immutable once made and shared behind an `Arc`.
#[derive(Debug, Clone, Default)]
pub struct Dataset {
    /// Name to show: the project's folder or the sample's name.
    pub name: String,
    /// Fingerprint of the content.
    pub revision: DatasetRevision,
    /// Where it comes from.
    pub origin: Origin,
    /// External user ids.
    pub users: IdMap,
    /// External item ids.
    pub items: IdMap,
    /// What is known of products, `[n_items]` rows.
    pub catalog: Catalog,
    /// What is known of shoppers, each column `[n_users]` rows.
    pub user_attributes: Vec<UserAttribute>,
    /// The behaviour log.
    pub interactions: Interactions,
    /// Whether the source had real times; if not, `time_ms` only orders the rows.
    pub has_times: bool,
    /// Groups of fewer shoppers are not shown; 0 shows all.
    pub min_group_size: u32,
}

impl Dataset {
    /// Bytes that all columns and ids take in memory.
    #[must_use]
    pub fn size_bytes(&self) -> usize {
        let attributes = self.user_attributes.iter().map(|attribute| attribute.values.size_bytes());
        self.users.size_bytes()
            + self.items.size_bytes()
            + self.catalog.size_bytes()
            + attributes.sum::<usize>()
            + self.interactions.size_bytes()
    }

    /// Number of users.
    #[must_use]
    pub fn n_users(&self) -> usize {
        self.users.len()
    }

    /// Number of items, in the catalogue or in events.
    #[must_use]
    pub fn n_items(&self) -> usize {
        self.items.len()
    }

    /// The user with this external id.
    #[must_use]
    pub fn user(&self, id: &str) -> Option<UserIdx> {
        self.users.get(id).map(UserIdx)
    }

    /// The item with this external id.
    #[must_use]
    pub fn item(&self, id: &str) -> Option<ItemIdx> {
        self.items.get(id).map(ItemIdx)
    }

    /// What to call a product on the screen: its title, else its id.
    #[must_use]
    pub fn item_label(&self, item: ItemIdx) -> &str {
        self.catalog.titles.get(item.index()).unwrap_or_else(|| self.items.external(item.0))
    }
}
