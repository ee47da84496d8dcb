//! Whole columns as slices, for work that runs over all rows.

use super::{EventKind, Interactions};

impl Interactions {
    /// What stands in [`Self::item_codes`] for a row without a product.
    pub const NO_ITEM: u32 = super::NO_ITEM;

    /// `[n_rows]` dense index of each row's product, [`Self::NO_ITEM`] where it has none.
    #[must_use]
    pub fn item_codes(&self) -> &[u32] {
        &self.items
    }

    /// `[n_users + 1]`: rows of user `u` are `user_offsets[u]..user_offsets[u + 1]`.
    pub(in crate::dataset) fn user_offsets(&self) -> &[u32] {
        &self.user_offsets
    }

    /// `[n_rows]` kinds.
    #[must_use]
    pub fn kinds(&self) -> &[EventKind] {
        &self.kinds
    }

    /// `[n_rows]` milliseconds since 1970-01-01 UTC.
    #[must_use]
    pub fn times_ms(&self) -> &[i64] {
        &self.times_ms
    }

    /// `[n_rows]` quantities or stars, NaN where there is none; empty where no row has any.
    #[must_use]
    pub fn amounts(&self) -> &[f32] {
        &self.amounts
    }

    /// `[n_rows]` prices of one unit, NaN where there is none; empty where no row has any.
    #[must_use]
    pub fn prices(&self) -> &[f32] {
        &self.prices
    }
}
