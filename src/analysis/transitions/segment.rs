//! Which shoppers and which of their rows a segment holds.

use super::Segment;
use crate::analysis::AnalysisError;
use crate::dataset::{Dataset, EventKind};
use crate::ids::UserIdx;

/// A segment with its names looked up.
pub(super) enum RowFilter {
    All,
    Buyers(bool),
    Category(u32),
    Attribute { column: usize, code: u32 },
}

impl RowFilter {
    pub(super) fn new(dataset: &Dataset, segment: &Segment) -> Result<Self, AnalysisError> {
        match segment {
            Segment::All => Ok(Self::All),
            Segment::Buyers => Ok(Self::Buyers(true)),
            Segment::NonBuyers => Ok(Self::Buyers(false)),
            Segment::Category { name } => code_of(dataset.catalog.categories.pool(), name)
                .map(Self::Category)
                .ok_or_else(|| unknown("category", name)),
            Segment::Attribute { column, value } => attribute(dataset, column, value),
        }
    }

    /// Refuses a segment of fewer shoppers than the dataset's smallest group.
    pub(super) fn check_size(&self, dataset: &Dataset) -> Result<(), AnalysisError> {
        let min_group_size = dataset.min_group_size;
        if min_group_size < 2 || matches!(self, Self::All) {
            return Ok(());
        }
        let is_in = |(user, rows): &(UserIdx, std::ops::Range<usize>)| {
            self.has_user(dataset, *user) && rows.clone().any(|row| self.has_row(dataset, row))
        };
        let enough = dataset.interactions.users().filter(is_in).take(min_group_size as usize);
        if enough.count() < min_group_size as usize {
            return Err(AnalysisError::SmallGroup { min_group_size });
        }
        Ok(())
    }

    /// Whether any row of this shopper can count.
    pub(super) fn has_user(&self, dataset: &Dataset, user: UserIdx) -> bool {
        match *self {
            Self::All | Self::Category(_) => true,
            Self::Buyers(wanted) => is_buyer(dataset, user) == wanted,
            Self::Attribute { column, code } => {
                let values = &dataset.user_attributes[column].values;
                values.code(user.index()) == Some(code)
            }
        }
    }

    /// Whether this row of a shopper who can count does count.
    pub(super) fn has_row(&self, dataset: &Dataset, row: usize) -> bool {
        match *self {
            Self::Category(code) => {
                let item = dataset.interactions.item(row);
                item.and_then(|item| dataset.catalog.categories.code(item.index())) == Some(code)
            }
            Self::All | Self::Buyers(_) | Self::Attribute { .. } => true,
        }
    }
}

fn is_buyer(dataset: &Dataset, user: UserIdx) -> bool {
    let log = &dataset.interactions;
    log.rows_of(user).any(|row| log.kind(row) == EventKind::Purchase)
}

fn attribute(dataset: &Dataset, name: &str, value: &str) -> Result<RowFilter, AnalysisError> {
    let column = dataset
        .user_attributes
        .iter()
        .position(|attribute| attribute.name == name)
        .ok_or_else(|| unknown("attribute", name))?;
    let code = code_of(dataset.user_attributes[column].values.pool(), value)
        .ok_or_else(|| unknown("attribute value", value))?;
    Ok(RowFilter::Attribute { column, code })
}

fn code_of(pool: &[Box<str>], text: &str) -> Option<u32> {
    let position = pool.iter().position(|known| known.as_ref() == text)?;
    u32::try_from(position).ok()
}

fn unknown(what: &'static str, name: &str) -> AnalysisError {
    AnalysisError::UnknownSegment { what, name: name.into() }
}
