//! Which rows, in which order.

/// Rows of a table: all in their own order, or those picked by a query.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Rows {
    /// So many, from the first on.
    All(usize),
    /// Row numbers in the order to show.
    Picked(Vec<u32>),
}

impl Rows {
    /// How many.
    #[must_use]
    pub fn len(&self) -> usize {
        match self {
            Self::All(n) => *n,
            Self::Picked(rows) => rows.len(),
        }
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The row at a position of the order.
    #[must_use]
    pub fn get(&self, position: usize) -> Option<u32> {
        match self {
            Self::All(n) if position < *n => u32::try_from(position).ok(),
            Self::All(_) => None,
            Self::Picked(rows) => rows.get(position).copied(),
        }
    }

    /// The row numbers in order.
    pub fn iter(&self) -> impl Iterator<Item = u32> + '_ {
        (0..self.len()).filter_map(|position| self.get(position))
    }
}
