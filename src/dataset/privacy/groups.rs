//! Small groups: what is known of shoppers must not single anybody out.
//!
//! A table is k-anonymous when every combination of attributes that occurs is shared by at least k
//! rows (L. Sweeney, "k-anonymity: a model for protecting privacy", 2002). Combinations under k are
//! counted, and values that fewer than k shoppers have are not shown.

use std::collections::HashMap;

use serde::{Deserialize, Serialize};

use crate::dataset::Dataset;

/// How many shoppers share what is known of them.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct GroupReport {
    /// The smallest group that is shown.
    pub min_group_size: u32,
    /// Distinct combinations of attributes.
    pub combinations: u64,
    /// Combinations that fewer shoppers share.
    pub combinations_below: u64,
    /// Shoppers in those.
    pub shoppers_below: u64,
    /// Shoppers of the rarest combination: the k for which the attributes are k-anonymous.
    pub smallest: u64,
    /// The same for each column by itself.
    pub columns: Vec<ColumnGroups>,
}

/// How many shoppers share the values of one column.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ColumnGroups {
    /// The column.
    pub column: String,
    /// Distinct values.
    pub values: u64,
    /// Values that fewer shoppers have.
    pub values_below: u64,
    /// Shoppers with those.
    pub shoppers_below: u64,
}

/// Counts groups under `min_group_size`. Shoppers of whom nothing is known are in no group.
#[must_use]
pub fn group_report(dataset: &Dataset, min_group_size: u32) -> GroupReport {
    let combinations = combinations(dataset);
    let is_below = |&&count: &&u64| count < u64::from(min_group_size);
    let below: Vec<u64> = combinations.values().filter(is_below).copied().collect();
    let column = |(attribute, counts): (&crate::dataset::UserAttribute, Vec<u64>)| {
        let below: Vec<u64> = counts.iter().filter(is_below).copied().collect();
        ColumnGroups {
            column: attribute.name.clone(),
            values: counts.len() as u64,
            values_below: below.len() as u64,
            shoppers_below: below.iter().sum(),
        }
    };
    GroupReport {
        min_group_size,
        combinations: combinations.len() as u64,
        combinations_below: below.len() as u64,
        shoppers_below: below.iter().sum(),
        smallest: combinations.values().copied().min().unwrap_or(0),
        columns: dataset.user_attributes.iter().zip(value_counts(dataset)).map(column).collect(),
    }
}

fn combinations(dataset: &Dataset) -> HashMap<Box<[u32]>, u64> {
    let mut combinations: HashMap<Box<[u32]>, u64> = HashMap::new();
    for user in 0..dataset.n_users() {
        let codes = dataset
            .user_attributes
            .iter()
            .map(|attribute| attribute.values.code(user).unwrap_or(u32::MAX));
        let combination: Box<[u32]> = codes.collect();
        if combination.iter().any(|&code| code != u32::MAX) {
            *combinations.entry(combination).or_default() += 1;
        }
    }
    combinations
}

/// Shoppers with each value of each attribute, by code.
fn value_counts(dataset: &Dataset) -> Vec<Vec<u64>> {
    let count = |attribute: &crate::dataset::UserAttribute| {
        let mut counts = vec![0; attribute.values.pool().len()];
        for code in (0..attribute.values.len()).filter_map(|user| attribute.values.code(user)) {
            counts[code as usize] += 1;
        }
        counts
    };
    dataset.user_attributes.iter().map(count).collect()
}

/// Which values of which attribute are shown.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SmallGroups {
    /// By attribute and code, whether too few shoppers have the value; empty where all are shown.
    is_small: Vec<Vec<bool>>,
}

impl SmallGroups {
    /// Finds the values that fewer shoppers have than the dataset's smallest group.
    #[must_use]
    pub fn of(dataset: &Dataset) -> Self {
        let smallest = u64::from(dataset.min_group_size);
        if smallest < 2 {
            return Self::default();
        }
        let is_small = |counts: Vec<u64>| counts.iter().map(|&count| count < smallest).collect();
        Self { is_small: value_counts(dataset).into_iter().map(is_small).collect() }
    }

    /// Whether a value may be shown, by the position of its attribute and its code.
    #[must_use]
    pub fn is_shown(&self, attribute: usize, code: u32) -> bool {
        let small = self.is_small.get(attribute).and_then(|codes| codes.get(code as usize));
        !small.copied().unwrap_or(false)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dataset::UserAttribute;
    use crate::ids::IdMap;

    fn shop(min_group_size: u32) -> Dataset {
        let attribute = |name: &str, values: [Option<&str>; 6]| UserAttribute {
            name: name.to_owned(),
            values: values.into_iter().collect(),
        };
        Dataset {
            users: IdMap::from_ids(["a", "b", "c", "d", "e", "f"]),
            user_attributes: vec![
                attribute(
                    "age",
                    [Some("30"), Some("30"), Some("30"), Some("40"), Some("40"), None],
                ),
                attribute("town", [Some("X"), Some("X"), Some("Y"), Some("X"), None, None]),
            ],
            min_group_size,
            ..Dataset::default()
        }
    }

    #[test]
    fn combinations_under_k_are_counted() {
        let report = group_report(&shop(0), 2);
        // (30, X) twice; (30, Y), (40, X) and (40, nothing) once; the sixth shopper in none.
        assert_eq!((report.combinations, report.combinations_below), (4, 3));
        assert_eq!((report.shoppers_below, report.smallest), (3, 1));
        let towns = &report.columns[1];
        assert_eq!((towns.values, towns.values_below, towns.shoppers_below), (2, 1, 1));
        assert_eq!(group_report(&Dataset::default(), 5).smallest, 0);
    }

    #[test]
    fn rare_values_are_not_shown() {
        let groups = SmallGroups::of(&shop(3));
        assert!(groups.is_shown(0, 0) && !groups.is_shown(0, 1));
        assert!(groups.is_shown(1, 0) && !groups.is_shown(1, 1));
        assert!(SmallGroups::of(&shop(0)).is_shown(1, 1));
    }
}
