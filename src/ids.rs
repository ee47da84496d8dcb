//! Typed identifiers: dense indices inside the program, external ids at its edges.
//!
//! A `UserIdx` or `ItemIdx` is valid for the [`crate::dataset::Dataset`] that made it and for every
//! split of that dataset; it means nothing in another revision. External ids are what the shop's
//! files call a shopper or product, kept byte for byte.

use std::collections::HashMap;
use std::fmt;

use serde::{Deserialize, Serialize};

macro_rules! dense_index {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub u32);

        impl $name {
            /// The position in a per-entity array.
            #[must_use]
            pub const fn index(self) -> usize {
                self.0 as usize
            }

            /// The index for a position in a per-entity array.
            ///
            /// # Panics
            /// If the position does not fit 32 bits; no dataset holds that many entities.
            #[must_use]
            pub fn from_index(index: usize) -> Self {
                Self(u32::try_from(index).expect("entity counts fit 32 bits"))
            }
        }
    };
}

dense_index!(
    /// Position of a shopper in one dataset.
    UserIdx
);
dense_index!(
    /// Position of a product in one dataset.
    ItemIdx
);

/// One trained result in the run store. Sorts by creation.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct RunId(pub String);

impl fmt::Display for RunId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// One piece of background work, unique within the process.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct JobId(pub u64);

/// Fingerprint of a dataset's content: equal content gives an equal revision on every machine.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct DatasetRevision(pub String);

impl fmt::Display for DatasetRevision {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// External id ⇄ dense index, in order of first insertion.
#[derive(Debug, Clone, Default)]
pub struct IdMap {
    external: Vec<Box<str>>,
    dense: HashMap<Box<str>, u32>,
}

impl IdMap {
    /// A map over ids that are already distinct and ordered.
    pub fn from_ids<S: AsRef<str>>(ids: impl IntoIterator<Item = S>) -> Self {
        let mut map = Self::default();
        for id in ids {
            map.insert(id.as_ref());
        }
        map
    }

    /// The dense index of `id`, giving it the next free one when it is new.
    ///
    /// # Panics
    /// If there are more than 2³² distinct ids.
    pub fn insert(&mut self, id: &str) -> u32 {
        if let Some(&idx) = self.dense.get(id) {
            return idx;
        }
        let idx = u32::try_from(self.external.len()).expect("entity counts fit 32 bits");
        self.external.push(id.into());
        self.dense.insert(id.into(), idx);
        idx
    }

    /// The dense index of `id`, if it is known.
    #[must_use]
    pub fn get(&self, id: &str) -> Option<u32> {
        self.dense.get(id).copied()
    }

    /// The external id at a dense index.
    ///
    /// # Panics
    /// If `idx` did not come from this map.
    #[must_use]
    pub fn external(&self, idx: u32) -> &str {
        &self.external[idx as usize]
    }

    /// Number of distinct ids.
    #[must_use]
    pub fn len(&self) -> usize {
        self.external.len()
    }

    /// Whether no id is known.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.external.is_empty()
    }

    /// All external ids in dense order.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = &str> {
        self.external.iter().map(AsRef::as_ref)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_keep_the_order_of_first_insertion() {
        let mut map = IdMap::default();
        assert_eq!(map.insert("b"), 0);
        assert_eq!(map.insert("a"), 1);
        assert_eq!(map.insert("b"), 0);
        assert_eq!(map.external(1), "a");
        assert_eq!(map.get("c"), None);
        assert_eq!(map.len(), 2);
    }
}
