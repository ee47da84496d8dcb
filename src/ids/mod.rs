//! Typed identifiers: dense indices inside the program, external ids at its edges.
//!
//! A `UserIdx` or `ItemIdx` is valid for the [`crate::dataset::Dataset`] that made it and for every
//! split of that dataset; it means nothing in another revision. External ids are what the shop's
//! files call a shopper or product, kept byte for byte.

mod index;

use std::fmt;
use std::sync::OnceLock;

use serde::{Deserialize, Serialize};

use index::Index;

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
    /// All ids one after another.
    text: String,
    /// Where each id ends in the text.
    ends: Vec<u64>,
    /// Made when an id is first looked for: many a map is only read by index.
    index: OnceLock<Index>,
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

    /// A map over distinct ids that stand one after another in `text`, each up to its end; `None` where
    /// the ends are not those of texts. That the ids are distinct is for the caller to know.
    #[must_use]
    pub fn from_text(text: String, ends: Vec<u64>) -> Option<Self> {
        let fits = ends.is_sorted()
            && ends.last().copied().unwrap_or(0) == text.len() as u64
            && u32::try_from(ends.len()).is_ok()
            && ends.iter().all(|&end| text.is_char_boundary(end as usize));
        fits.then(|| Self { text, ends, index: OnceLock::new() })
    }

    /// The dense index of `id`, giving it the next free one when it is new.
    ///
    /// # Panics
    /// If there are more than 2³² distinct ids.
    pub fn insert(&mut self, id: &str) -> u32 {
        let mut index = self.index.take().unwrap_or_else(|| Index::of(self.iter()));
        let found = index.find_or_insert(id, |idx| self.external(idx));
        self.index = OnceLock::from(index);
        if found as usize == self.ends.len() {
            self.text.push_str(id);
            self.ends.push(self.text.len() as u64);
        }
        found
    }

    /// The dense index of `id`, if it is known.
    #[must_use]
    pub fn get(&self, id: &str) -> Option<u32> {
        let index = self.index.get_or_init(|| Index::of(self.iter()));
        index.find(id, |idx| self.external(idx))
    }

    /// The external id at a dense index.
    ///
    /// # Panics
    /// If `idx` did not come from this map.
    #[must_use]
    pub fn external(&self, idx: u32) -> &str {
        let idx = idx as usize;
        let start = if idx == 0 { 0 } else { self.ends[idx - 1] };
        &self.text[start as usize..self.ends[idx] as usize]
    }

    /// Bytes that the ids take in memory, without the index by which they are found.
    #[must_use]
    pub fn size_bytes(&self) -> usize {
        self.text.len() + size_of_val(&*self.ends)
    }

    /// Number of distinct ids.
    #[must_use]
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    /// Whether no id is known.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }

    /// All external ids in dense order.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = &str> {
        (0..self.ends.len()).map(|idx| self.external(idx as u32))
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

    #[test]
    fn a_map_grows_and_is_made_of_its_parts_again() {
        let ids: Vec<String> = (0..5_000).map(|n| format!("id-{}", n * 7 % 5_003)).collect();
        let map = IdMap::from_ids(&ids);
        let ends = map.ends.clone();
        let again = IdMap::from_text(map.text.clone(), ends.clone()).expect("the same parts");
        for (idx, id) in ids.iter().enumerate() {
            assert_eq!((map.get(id), again.get(id)), (Some(idx as u32), Some(idx as u32)));
            assert_eq!(again.external(idx as u32), id);
        }
        assert_eq!((again.get("id-"), again.get("")), (None, None));
        let mut grown = again.clone();
        assert_eq!((grown.insert("new"), grown.insert(&ids[3])), (5_000, 3));
        assert!(IdMap::from_text("é".into(), vec![1, 2]).is_none(), "within a letter");
        assert!(IdMap::from_text("ab".into(), vec![2, 1]).is_none(), "not in order");
        assert!(IdMap::from_text("ab".into(), vec![1]).is_none(), "text left over");
        assert!(IdMap::from_text(String::new(), Vec::new()).is_some_and(|map| map.is_empty()));
    }
}
