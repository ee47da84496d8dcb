//! How many cases are judged.

use std::fmt;
use std::str::FromStr;

/// Products ranked, over all cases, in about a minute on a few cores. The figure belongs to no machine, so
/// that the same data are judged on the same cases everywhere.
const PRODUCTS_A_MINUTE: usize = 10_000_000_000;
/// Fewest cases that are drawn unasked: intervals of fewer say little.
const FEWEST: usize = 1_000;

/// Which of the cases of a split are judged. Never says which products a target competes with: that is the
/// whole catalogue, always.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum CaseLimit {
    /// All, unless a model that scores every product would rank for more than about a minute; then as
    /// many as it ranks in one, at least 1,000.
    #[default]
    Auto,
    /// All.
    All,
    /// A random sample of so many, or all where there are no more.
    AtMost(usize),
}

impl CaseLimit {
    /// How many of `n_cases` are judged against `n_items` products; `None` is all of them. `is_dense` says
    /// whether any model judged on them scores every product for every case, as neural ones do.
    #[must_use]
    pub fn resolve(self, is_dense: bool, n_cases: usize, n_items: usize) -> Option<usize> {
        let limit = match self {
            Self::All => return None,
            Self::AtMost(most) => most,
            Self::Auto if !is_dense => return None,
            Self::Auto => (PRODUCTS_A_MINUTE / n_items.max(1)).max(FEWEST),
        };
        (limit < n_cases).then_some(limit)
    }
}

impl fmt::Display for CaseLimit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Auto => f.write_str("auto"),
            Self::All => f.write_str("all"),
            Self::AtMost(most) => write!(f, "{most}"),
        }
    }
}

/// The text says no number of cases.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is no number of cases; write auto, all, or a number of 1 or more")]
pub struct UnknownLimit(String);

impl FromStr for CaseLimit {
    type Err = UnknownLimit;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "auto" => Ok(Self::Auto),
            "all" => Ok(Self::All),
            number => match number.parse() {
                Ok(most @ 1..) => Ok(Self::AtMost(most)),
                _ => Err(UnknownLimit(text.to_owned())),
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_more_than_a_minute_of_dense_ranking_is_cut_short_unasked() {
        let auto = CaseLimit::Auto;
        assert_eq!(auto.resolve(true, 22_363, 12_101), None);
        assert_eq!(auto.resolve(true, 81_000, 1_000_000), Some(10_000));
        assert_eq!(auto.resolve(true, 81_000, 100_000_000), Some(1_000));
        assert_eq!(auto.resolve(true, 900, 100_000_000), None);
        assert_eq!(auto.resolve(false, 81_000, 1_000_000), None, "a sparse model costs little");
        assert_eq!(CaseLimit::All.resolve(true, 81_000, 1_000_000), None);
        assert_eq!(CaseLimit::AtMost(50).resolve(false, 60, 10), Some(50));
        assert_eq!(CaseLimit::AtMost(50).resolve(false, 50, 10), None);
    }

    #[test]
    fn limits_are_read_as_written() {
        for limit in [CaseLimit::Auto, CaseLimit::All, CaseLimit::AtMost(2_000)] {
            assert_eq!(limit.to_string().parse(), Ok(limit));
        }
        for text in ["", "0", "-1", "some", "1e3"] {
            assert!(text.parse::<CaseLimit>().is_err(), "{text}");
        }
    }
}
